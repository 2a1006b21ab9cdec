"""The first sheet of a workbook: what it covers, its headline figures and their definitions, its sheets, limits and sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobimpact.reporting.compose.document import Paragraph, Tiles
from jobimpact.reporting.formats.layout import plain, sentence_gap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.compose.document import Document, SourceNote
    from jobimpact.reporting.formats.workbook.cells import Sheet
    from jobimpact.reporting.words.narrative import Sentence

_WIDTHS = (34, 84, 14, 20, 30)  # characters
_COLUMNS = len(_WIDTHS)


@dataclass
class Plan:
    """What the first sheet lists, and where the cells of the study's tables stand."""

    sheets: list[tuple[str, str, int, int, int]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    rows: dict[str, tuple[str, dict[str, int], dict[str, int]]] = field(default_factory=dict)

    def add(self, sheet: Sheet, title: str, rows: int, columns: int, empty: int) -> None:
        """Note a sheet for the list of sheets."""
        self.sheets.append((sheet.name, title, rows, columns, empty))

    def find_cell(self, table_name: str, row_key: str, column_name: str) -> tuple[str, str] | None:
        """Return the sheet and the cell of a claim; the head of the column where the claim rests on several rows."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        if table_name not in self.rows:
            return None
        sheet, keys, columns = self.rows[table_name]
        column = columns.get(column_name.partition(" - ")[0])
        # A claim may rest on many rows, such as a count: then the head of its column stands for them.
        return None if column is None else (sheet, xl_rowcol_to_cell(keys.get(row_key, 0), column))


def unrounded(value: float) -> str:
    """Return the number format that shows a claim's value in full.

    Examples
    --------
    >>> unrounded(155_495_730.0), unrounded(0.256754)
    ('#,##0', '0.000000')
    """
    return "#,##0" if value % 1 == 0 else "0.000000"


def write_about(sheet: Sheet, plan: Plan, document: Document) -> None:
    """Write the first sheet, last of all: it lists the others, and what they could not hold."""
    words = sheet.owner.words
    for column, width in enumerate(_WIDTHS):
        sheet.fix_width(column, width)
    sheet.block(0, document.title, _COLUMNS, bold=True, font_size=16)
    row = 1
    for text in (document.subtitle, document.kicker):
        if text:
            sheet.block(row, text, _COLUMNS)
            row += 1
    row = _write_texts(sheet, row, words["summary"], _paragraphs(document, "lead", words["written_by"]))
    row = _headlines(sheet, row, plan, document)
    row = _sheets(sheet, row, plan)
    row = _write_texts(sheet, row, words["reading"], words["notes"])
    row = _write_texts(sheet, row, words["limits"], _paragraphs(document, "caveat", words["written_by"]))
    row = _write_texts(sheet, row, words["left_out"], [*plan.left_out, *sheet.owner.cuts] or [words["nothing_left_out"]])
    row = _source_list(sheet, row, document)
    packages = [f"{name} {version}" for name, version in document.manifest.get("packages", {}).items()]
    _write_texts(sheet, row, words["made_with"], [document.labels.get("made_by", ""), ", ".join(packages)])
    sheet.finish()


def _heading(sheet: Sheet, row: int, text: str) -> int:
    sheet.block(row + 1, text, _COLUMNS, bold=True, font_size=13)
    return row + 2


def _write_texts(sheet: Sheet, row: int, heading: str, texts: list[str] | Iterator[str]) -> int:
    """Write a heading and a row for each text, none where there are none; return the row after them."""
    lines = [text for text in texts if text]
    if not lines:
        return row
    row = _heading(sheet, row, heading)
    for text in lines:
        sheet.block(row, text, _COLUMNS)
        row += 1
    return row


def _paragraphs(document: Document, style: str, mark: str) -> Iterator[str]:
    for block in document.blocks():
        if isinstance(block, Paragraph) and block.style == style:
            yield sentence_gap(document).join(_marked(sentence, mark) for sentence in block.sentences)


def _marked(sentence: Sentence, mark: str) -> str:
    return f"{sentence.text} {mark.format(model=sentence.written_by)}" if sentence.written_by else sentence.text


def _headlines(sheet: Sheet, row: int, plan: Plan, document: Document) -> int:
    tiles = [tile for block in document.blocks() if isinstance(block, Tiles) for tile in block.tiles]
    if not tiles:
        return row
    row = _heading(sheet, row, sheet.owner.words["headlines"])
    sheet.head(row, sheet.owner.words["headline_columns"], right=frozenset({2, 3}))
    for tile in tiles:
        row += 1
        claim = tile.claim
        sheet.text(row, 0, plain(f"{tile.name} ({tile.note})" if tile.note else tile.name))
        sheet.text(row, 1, plain(tile.definition))
        sheet.text(row, 2, claim.text, align="right")
        sheet.put(row, 3, claim.value, number_format=unrounded(claim.value))
        target = plan.find_cell(claim.table_name, claim.row_key, claim.column_name)
        if target is not None:
            sheet.link(row, 4, "!".join(target), *target)
    return row + 1


def _sheets(sheet: Sheet, row: int, plan: Plan) -> int:
    row = _heading(sheet, row, sheet.owner.words["sheets"])
    sheet.head(row, sheet.owner.words["about_columns"], right=frozenset({2, 3, 4}))
    for name, title, *counts in plan.sheets:
        row += 1
        sheet.link(row, 0, name, name, "A1")
        sheet.text(row, 1, plain(title))
        for column, count in enumerate(counts, start=2):
            sheet.put(row, column, count, "rows")
    return row + 1


def _source_list(sheet: Sheet, row: int, document: Document) -> int:
    words = sheet.owner.words
    row = _heading(sheet, row, words["sources"])
    sheet.head(row, [words["source_columns"][1], words["source_columns"][2], words["release"], words["licence"]])
    for source in document.sources:
        row += 1
        for column, text in enumerate((source.use, _name(source), source.release, source.licence)):
            sheet.text(row, column, plain(text))
    sheet.block(row + 1, words["licence_text"], _COLUMNS, italic=True)
    return row + 2


def _name(source: SourceNote) -> str:
    return f"{source.title} ({source.publisher})" if source.publisher else source.title
