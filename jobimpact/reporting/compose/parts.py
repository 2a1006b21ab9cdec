"""What all reports are put together from: paragraphs, tables, tiles and figures of a study, in one language."""

from __future__ import annotations

import html
import itertools
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.claims.cells import BETA, BILL, Cell, records
from jobimpact.reporting.compose.document import Column, DataTable, Figure, Paragraph, PrintedCell, Style, Tile
from jobimpact.reporting.compose.figures import translate_figure
from jobimpact.reporting.figures.style import task_line
from jobimpact.reporting.words.narrative import Sentence, realise_all
from jobimpact.reporting.words.wording import (
    cuts,
    format_column,
    format_release,
    format_value,
    read_report_words,
    report_words,
    wording,
)
from jobimpact.study import INTERVAL_TABLES
from jobimpact.tables import ESTIMATES, read_dictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.claims.facts import Facts
    from jobimpact.study import Study

MEASURES = ("tot_emp", "matched_share", BETA, "exposure_alpha", "exposure_gamma", BILL, "share_workers_50")
# Columns of numbers that are no cells of a study's table but text already, and of text.
_TEXT_NUMBERS = ("wages",)


def key_of(table_name: str, row: Mapping[str, Any]) -> str:
    """Return the key of a row, its parts joined by ``|``."""
    return "|".join(str(row[column]) for column in read_dictionary()["tables"][table_name]["key"])


@dataclass(frozen=True)
class Parts:
    """Makes the blocks of a report on a study, from claims in its language."""

    study: Study
    facts: Facts
    placeholders: Mapping[str, str] = field(default_factory=dict)  # what those of titles and notes stand for

    @property
    def language(self) -> str:
        """The language of the report."""
        return self.facts.language

    def words(self, part: str) -> Mapping[str, Any]:
        """Return a part of data/reports.toml in the language of the report."""
        words: Mapping[str, Any] = report_words(self.language)[part]
        return words

    def fill(self, text: str, **more: str) -> str:
        """Return `text` with its placeholders filled."""
        return text.format_map({**cuts(self.language), **self.placeholders, **more})

    def note(self, name: str, style: Style = "note") -> Paragraph:
        """Return a note of data/reports.toml as a paragraph."""
        return Paragraph((Sentence("note", name, (self.fill(self.words("notes")[name]),), ()),), style)

    def realised(self, entries: str, slots: Mapping[str, Any], style: Style = "body") -> list[Paragraph]:
        """Return the sentences of a part of data/narrative.toml, one paragraph for each that it names."""
        return paragraphs(realise_all(wording(self.language).get(entries, ()), slots), style)

    def table(
        self,
        name: str,
        rows: pd.DataFrame,
        columns: Sequence[str],
        *,
        table_name: str = "",
        cells: Mapping[str, Callable[[Mapping[str, Any]], PrintedCell]] | None = None,
        heads: Mapping[str, str] | None = None,
        title: str = "",
        placeholders: Mapping[str, str] | None = None,
    ) -> DataTable:
        """Return a table with the words of data/reports.toml, its rows in the order to print.

        The caption is the entry `title` or `name`, the head of a column that of `heads` or of its name;
        `cells` make the cells of columns that do not print the value of the row.
        """
        makers, words = cells or {}, self.words("tables")[title or name]
        dictionary = read_dictionary()["columns"]
        body = tuple(
            tuple(makers[column](row) if column in makers else self._table_cell(table_name, row, column) for column in columns)
            for row in records(rows)
        )
        heading = []
        for index, column in enumerate(columns):
            head = self.fill(self.words("columns").get((heads or {}).get(column, column), column))
            # A column of texts, such as hashes, may have the name of one of numbers.
            texts = bool(body) and all(row[index].value is None for row in body)
            numeric = not texts and dictionary.get(column, {}).get("type") in ("float", "int")
            heading.append(Column(column if column in dictionary else "", head, numeric or column in _TEXT_NUMBERS))
        caption, note = (self.fill(words[text], **(placeholders or {})) for text in ("title", "note"))
        return DataTable(name, caption, note, tuple(heading), body, table_name)

    def cell(self, value: Any, column: str) -> PrintedCell:
        """Return a cell of a column of the data dictionary; text stays text."""
        if isinstance(value, str):
            return PrintedCell(value)
        unit = self.facts.unit(column)
        number = math.nan if value is None else float(value)
        return PrintedCell(format_column(number, column, self.language, unit), number, unit)

    def _table_cell(self, table_name: str, row: Mapping[str, Any], column: str) -> PrintedCell:
        """Return a cell of a table, an estimate with its interval below it, where the study has one."""
        cell = self.cell(row[column], column)
        if table_name not in INTERVAL_TABLES or column not in ESTIMATES:
            return cell
        low, high = self.facts.interval(Cell(table_name, key_of(table_name, row), column))
        if math.isnan(low) or math.isnan(high):
            return cell
        ends = (format_column(end, column, self.language) for end in (low, high))
        return replace(cell, details=("\N{EN DASH}".join(ends),))

    def name_cells(self, table_name: str, key: Callable[[Mapping[str, Any]], str]) -> Callable[[Mapping[str, Any]], PrintedCell]:
        """Return what makes the cell with the name of a row."""
        return lambda row: PrintedCell(self.facts.title(table_name, key(row)))

    def figure(self, name: str, figure: go.Figure) -> Figure:
        """Return a figure with the words of data/reports.toml."""
        words = self.words("figures")[name]
        manifest = self.study.manifest
        tasks = manifest.get("inputs", {}).get("tasks", {})
        sources = {
            employment_name(manifest, "en"): employment_name(manifest, self.language),
            html.escape(task_line(tasks), quote=False): html.escape(task_line(tasks, self.placeholders["tasks"]), quote=False),
        }
        translated = translate_figure(figure, self.study.tables, self.language, sources)
        return Figure(f"{name}-figure", self.fill(words["title"]), self.fill(words["note"]), self.fill(words["alt"]), translated)

    def tile(self, name: str, claim: Claim | None, note: str = "") -> list[Tile]:
        """Return a tile of a claim, none where there is no claim."""
        if claim is None:
            return []
        definitions = self.words("tile_definitions")
        words = definitions.get(f"{claim.table_name}.{claim.column_name}", definitions.get(claim.column_name))
        meaning = self.fill(words) if words else claim.definition
        return [Tile(self.fill(self.words("tiles")[name]), claim, self.reach(claim) + meaning, note)]

    def reach(self, claim: Claim) -> str:
        """Return the interval of a claim as a short sentence with what parts it from the next; empty where there is none."""
        low, high = claim.interval
        if math.isnan(low) or math.isnan(high):
            return ""
        ends = (format_value(end, claim.unit, claim.decimals, self.language) for end in (low, high))
        return self.fill(self.words("tiles")["interval"], **dict(zip(("low", "high"), ends, strict=True)))


def paragraphs(sentences: Iterable[Sentence], style: Style = "body") -> list[Paragraph]:
    """Return one paragraph for each run of sentences that stand in the same; of a ``lead`` only the first is one."""
    grouped = itertools.groupby(sentences, key=lambda sentence: sentence.paragraph)
    runs = [tuple(part) for _, part in grouped]
    return [Paragraph(run, "body" if style == "lead" and index else style) for index, run in enumerate(runs)]


def employment_name(manifest: Mapping[str, Any], language: str) -> str:
    """Return the employment of a study with its release, such as OEWS May 2025."""
    employment = manifest.get("inputs", {}).get("employment", {})
    name, release = (str(employment.get(part, "")) for part in ("name", "release"))
    return " ".join(part for part in (name or "OEWS", format_release(release, language)) if part)


def setting(name: str) -> int:
    """Return a setting of data/reports.toml."""
    return int(read_report_words()["settings"][name]["value"])
