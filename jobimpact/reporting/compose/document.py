"""A report before it has a format: sections of paragraphs, tables and figures, every figure of them bound to its claim.

:mod:`jobimpact.reporting.compose.compose` makes a :class:`Document` from a study; a writer per format turns it into a file.
Writers print what stands here and compute nothing, so that all formats of a report say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.words.narrative import Name, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    import plotly.graph_objects as go

    from jobimpact.study import Study

ReportType = Literal["overview", "sector", "occupation", "state", "comparison", "methods"]
REPORT_TYPES: tuple[ReportType, ...] = ("overview", "sector", "occupation", "state", "comparison", "methods")
Part = str | Claim | Name


@dataclass(frozen=True)
class Paragraph:
    """Sentences that stand together.

    Attributes
    ----------
    sentences
        In the order of reading; a format joins them with a blank (none in Chinese).
    style
        ``lead`` for the first of a summary, ``note`` for small print, ``caveat`` for an item of a list, ``body`` else.
    """

    sentences: tuple[Sentence, ...]
    style: Literal["lead", "body", "note", "caveat"] = "body"


@dataclass(frozen=True)
class Tile:
    """A headline number.

    Attributes
    ----------
    name, note
        What it is, and the row that it is of where that is not plain.
    claim
        The figure.
    definition
        Measure, cut, weight, population and release in a sentence or two.
    """

    name: str
    claim: Claim
    definition: str
    note: str = ""


@dataclass(frozen=True)
class Tiles:
    """Headline numbers side by side."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Column:
    """A column of a printed table.

    Attributes
    ----------
    name
        Column of the study's table, a key of the data dictionary; empty where it is none.
    title
        Its head as printed, in the language of the document.
    numeric
        Whether it is set flush right.
    """

    name: str
    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a printed table.

    Attributes
    ----------
    text
        As printed; an en dash where the value is missing.
    value
        The unrounded number, for formats that hold numbers; None for text, missing where the value is.
    unit
        Of `value`, in the words of the data dictionary.
    details
        Lines under the text, such as an occupation's most exposed tasks.
    """

    text: str
    value: float | None = None
    unit: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataTable:
    """A table.

    Attributes
    ----------
    name
        Identifier, unique in the document: letters, digits, hyphens.
    title, note
        Caption, and what a reader must know to read it: the employment that it covers, what the columns mean.
    columns
        C columns; the first names the row.
    rows
        Each of C cells.
    table_name
        Table of the study that it shows rows of; empty where it is none.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    table_name: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes
    ----------
    name
        Identifier, unique in the document.
    title, note
        Caption.
    alt
        What it shows, for readers who do not see it, and where the same figures stand as text.
    figure
        Plotly figure; :func:`jobimpact.reporting.figures.svg.draw_svg` draws it without a browser.
    """

    name: str
    title: str
    note: str
    alt: str
    figure: go.Figure


Block = Paragraph | Tiles | DataTable | Figure


@dataclass(frozen=True)
class Section:
    """A part of a document under a heading."""

    identifier: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class SourceNote:
    """A source that the document rests on; what BibTeX and the list of sources print.

    Attributes
    ----------
    key
        Entry of data/sources.toml, or another short name.
    use
        What it was used for.
    title, publisher, release, licence, citation, url
        As the publisher states them; empty where unknown.
    """

    key: str
    use: str
    title: str
    publisher: str = ""
    release: str = ""
    licence: str = ""
    citation: str = ""
    url: str = ""


@dataclass(frozen=True)
class Document:
    """A whole report.

    Attributes
    ----------
    report_type, language
        ``en`` or ``zh``.
    title, subtitle, kicker
        Of the first page; `kicker` is the line above the title, with the release.
    sections
        In the order of reading.
    sources
        Everything that it rests on.
    claims
        Table ``claims`` of every claim that the document prints or rests on.
    tables
        Tables of the study, whole: what spreadsheets and the replication pack hold.
    manifest
        Of the study.
    labels
        Words that formats print around the content, in the language of the document, from data/reports.toml: ``contents``,
        ``sources``, ``every_figure``, ``figure``, ``table``, ``page``, ``made_by``, ``written_by_model``.
    request
        What was asked for, with the study: what a replication pack composes it from again. None for one made by hand.
    """

    report_type: ReportType
    language: str
    title: str
    subtitle: str
    kicker: str
    sections: tuple[Section, ...]
    sources: tuple[SourceNote, ...]
    claims: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    request: Request | None = None

    def blocks(self) -> Iterator[Block]:
        """Yield every block in the order of reading."""
        for section in self.sections:
            yield from section.blocks

    def sentences(self) -> Iterator[Sentence]:
        """Yield every sentence in the order of reading."""
        for block in self.blocks():
            if isinstance(block, Paragraph):
                yield from block.sentences


@dataclass(frozen=True)
class Request:
    """What report is wanted.

    Attributes
    ----------
    study
        With its claims.
    report_type, language
        See :class:`Document`.
    key
        The row that it is about: NAICS code, SOC code, area code or postal code; empty for the country.
    other
        The study before, for a comparison.
    """

    study: Study
    report_type: ReportType = "overview"
    language: str = "en"
    key: str = ""
    other: Study | None = None


def stated_claims(sections: Iterable[Section]) -> list[Claim]:
    """Return every claim that sections print or rest on, once, in the order of reading."""
    claims: list[Claim] = []
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Tiles):
            claims += [tile.claim for tile in block.tiles]
        elif isinstance(block, Paragraph):
            claims += [claim for sentence in block.sentences for claim in sentence.claims]
    return list({claim.claim_id: claim for claim in claims}.values())
