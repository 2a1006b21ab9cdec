"""A report before it has a format: sections of paragraphs, tables and figures, every figure of them bound to its claim.

:mod:`jobimpact.reporting.compose.compose` makes a :class:`Document` from a study; a writer per format turns it into a file.
Writers print what stands here and compute nothing, so that all formats of a report say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    import plotly.graph_objects as go

    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.words.narrative import Sentence
    from jobimpact.study import Study

ReportType = Literal["overview", "brief", "sector", "occupation", "state", "comparison", "methods"]
# lead: the first of a summary; note: small print; caveat: an item of a list; finding: one in a box
Style = Literal["lead", "body", "note", "caveat", "finding"]
REPORT_TYPES: tuple[ReportType, ...] = get_args(ReportType)


@dataclass(frozen=True)
class Paragraph:
    """Sentences that stand together; a format joins them with a blank (none in Chinese)."""

    sentences: tuple[Sentence, ...]
    style: Style = "body"


@dataclass(frozen=True)
class Tile:
    """A headline number; its definition says measure, cut, weight, population and release."""

    name: str
    claim: Claim
    definition: str
    note: str = ""  # the row that it is of, where that is not plain


@dataclass(frozen=True)
class Tiles:
    """Headline numbers side by side."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Column:
    """A column of a printed table, with its head in the language of the document."""

    name: str  # of the study's table, a key of the data dictionary; empty where it is none
    title: str
    numeric: bool = False  # set flush right


@dataclass(frozen=True)
class PrintedCell:
    """A cell of a printed table; its text is an en dash where the value is missing."""

    text: str
    value: float | None = None  # unrounded; None for text, missing where the value is
    unit: str = ""  # of the value, in the words of the data dictionary
    details: tuple[str, ...] = ()  # lines under the text: an occupation's most exposed tasks, a number's interval

    @property
    def listed(self) -> bool:
        """Whether the details are a list under a name, such as an occupation's tasks, not a line under a number."""
        return bool(self.details) and self.value is None


@dataclass(frozen=True)
class DataTable:
    """A table with its caption; the first column names the row."""

    name: str  # unique in the document: letters, digits, hyphens
    title: str
    note: str  # what a reader must know to read it, such as the employment that it covers
    columns: tuple[Column, ...]
    rows: tuple[tuple[PrintedCell, ...], ...]
    table_name: str = ""  # of the study, where it shows rows of one


@dataclass(frozen=True)
class Figure:
    """A plotly figure with its caption, and what it shows for readers who do not see it."""

    name: str  # unique in the document
    title: str
    note: str
    alt: str  # says too where the same figures stand as text
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
    """A source that the document rests on, as its publisher states it; fields are empty where unknown."""

    key: str  # entry of data/sources.toml, or another short name
    use: str  # what it was used for
    title: str
    publisher: str = ""
    release: str = ""
    licence: str = ""
    citation: str = ""
    url: str = ""


@dataclass(frozen=True)
class Document:
    """A whole report, in the order of reading."""

    report_type: ReportType
    language: str
    title: str
    subtitle: str
    kicker: str  # line above the title, with the release
    sections: tuple[Section, ...]
    sources: tuple[SourceNote, ...]
    claims: pd.DataFrame  # table of every claim that the document prints or rests on
    # of the study and of the report, whole: what spreadsheets and the replication pack hold
    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    # words that formats print around the content, from data/reports.toml
    labels: Mapping[str, str] = field(default_factory=dict)
    # what a replication pack composes it from again; None for one made by hand
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
    """What report is wanted of which study."""

    study: Study
    report_type: ReportType = "overview"
    language: str = "en"
    key: str = ""  # NAICS, SOC, area or postal code of the row that it is about; empty for the country
    other: Study | None = None  # the study before, for a comparison


def stated_claims(sections: Iterable[Section]) -> list[Claim]:
    """Return every claim that sections print or rest on, once, in the order of reading."""
    claims: list[Claim] = []
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Tiles):
            claims += [tile.claim for tile in block.tiles]
        elif isinstance(block, Paragraph):
            claims += [claim for sentence in block.sentences for claim in sentence.claims]
    return list({claim.claim_id: claim for claim in claims}.values())
