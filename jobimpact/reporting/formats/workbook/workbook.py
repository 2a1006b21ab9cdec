"""A document as a workbook: its tables with real numbers, the study's tables, every claim with its cell, codebook, sources.

Its first sheet says what it covers, its headline figures and their definitions, its sheets, limits and sources.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.files import written_whole
from jobimpact.reporting.claims.cells import records, row_keys
from jobimpact.reporting.compose.document import DataTable, Document, Paragraph, PrintedCell, SourceNote, Tiles
from jobimpact.reporting.formats.codebook import column_unit, make_codebook
from jobimpact.reporting.formats.datafiles import document_tables
from jobimpact.reporting.formats.layout import plain, sentence_gap
from jobimpact.reporting.formats.workbook.cells import Book, Sheet, open_book
from jobimpact.reporting.words.narrative import Sentence
from jobimpact.tables import read_dictionary

# Sign, dollars, whole part, decimals, and the blank before a percent sign.
_PRINTED = re.compile(r"([+\N{MINUS SIGN}-]?)(\$?)([\d,]+)(?:\.(\d+))?(?:([ \N{NO-BREAK SPACE}]?)(%))?")
_CLAIMS, _CELL = "claims", "cell"
# How many columns stay in view while the sheet is scrolled: those that name the row.
_NAMED_BY = {"tasks": 5, "occupations": 2, "sectors": 2, "industries": 2, "areas": 2, "groups": 3}
_WIDTHS = (34, 84, 14, 20, 30)  # characters
_COLUMNS = len(_WIDTHS)


def write_xlsx(document: Document, path: Path) -> Path:
    """Write a document as a workbook; whole or not at all, the same bytes every time.

    The first sheet says what it covers, with the definitions of the headline figures. Then come the tables of
    the report as printed, but with unrounded numbers; every claim with a link to its cell; every table of the
    study; the codebook; the sources. Codes and texts are text, whatever they begin with; no cell is a
    formula; a missing value is an empty cell.
    """
    with written_whole(path) as temporary:
        book = open_book(temporary, language=document.language, title=document.title, subject=document.subtitle)
        plan = Plan()
        about = book.sheet(book.words["about"])
        tables = [block for block in document.blocks() if isinstance(block, DataTable)]
        for number, table in enumerate(tables, start=1):
            _printed_table(book, plan, table, number)
        # Sheets stand in the order in which they are begun; claims are written last, as they link to all others.
        claims = book.sheet(book.words["claims"])
        for name, rows in document_tables(document).items():
            if name != _CLAIMS:
                _study_table(book, plan, name, rows)
        _claims(claims, plan, document)
        _codebook(book, plan, document)
        _sources(book, plan, document)
        write_about(about, plan, document)
        book.book.close()
    return path


def _printed_table(book: Book, plan: "Plan", table: DataTable, number: int) -> None:
    words = book.words
    sheet = book.sheet(f"{words['table']} {number} {table.name}")
    extra = [column for column in range(len(table.columns)) if any(row[column].details for row in table.rows)]
    titles = [plain(column.title) for column in table.columns]
    titles += [f"{titles[column]}: {words['details']}" for column in extra]
    right = frozenset(index for index, column in enumerate(table.columns) if column.numeric)
    head = 3 if table.note else 2
    sheet.head(head, titles, right=right)
    for row, cells in enumerate(table.rows, start=head + 1):
        for column, cell in enumerate(cells):
            align = "right" if column in right else "left"
            if cell.value is None:
                sheet.text(row, column, plain(cell.text), align=align)
            else:
                sheet.put(row, column, cell.value, cell.unit, number_format=printed_format(cell), align=align)
        for column, source in enumerate(extra, start=len(cells)):
            sheet.put(row, column, "\n".join(map(plain, cells[source].details)))
    last = head + len(table.rows)
    empty = sum(_is_missing(cell) for cells in table.rows for cell in cells)
    sheet.block(0, table.title, len(titles), bold=True, font_size=13)
    if table.note:
        sheet.block(1, table.note, len(titles))
    sheet.block(last + 2, _emptiness(words, empty), len(titles), italic=True)
    sheet.finish(head=head, last=last, columns=len(titles))
    plan.add(sheet, table.title, len(table.rows), len(titles), empty)


def printed_format(cell: PrintedCell) -> str:
    r"""Return the number format that shows the value of a printed cell with the decimals and signs of its text.

    Empty where the text is no plain number, such as 2.8 million; then the format of the unit holds.

    Examples
    --------
    >>> from jobimpact.reporting.compose.document import PrintedCell
    >>> print(printed_format(PrintedCell("8.5 %", 0.08526, "share")), printed_format(PrintedCell("+0.034", 0.0344, "0-1")))
    0.0\ % +0.000;-0.000
    """
    match = _PRINTED.fullmatch(cell.text)
    if match is None or cell.value is None or math.isnan(cell.value):
        return ""
    sign, dollar, whole, decimals, gap, percent = match.groups(default="")
    core = dollar + ("#,##0" if "," in whole else "0") + (f".{'0' * len(decimals)}" if decimals else "")
    if percent:
        # Of a share, the format makes percents; a value that is one already gets the sign alone.
        number = float(f"{whole.replace(',', '')}.{decimals or 0}")
        scaled = abs(100 * abs(cell.value) - number) <= abs(abs(cell.value) - number)
        core += ("\\ " if gap else "") + "%" if scaled else f'"{gap}%"'
    return f"+{core};-{core}" if sign == "+" else core


def _is_missing(cell: PrintedCell) -> bool:
    return cell.value is not None and math.isnan(cell.value)


def _emptiness(words: dict[str, Any], count: int) -> str:
    return str(words["empty_cells"].format(count=f"{count:,}") if count else words["no_empty_cells"])


def _study_table(book: Book, plan: "Plan", name: str, table: pd.DataFrame) -> None:
    words, limit = book.words, int(assumption("exports", "excel_rows"))
    if len(table) + 1 > limit:
        sentence = words["too_many_rows"].format(table=name, rows=f"{len(table):,}", limit=f"{limit:,}")
        plan.left_out.append(sentence)
        return
    sheet = book.sheet(f"{words['data']} {name}")
    _records(sheet, table, frozen=_NAMED_BY.get(name, 1))
    meaning = read_dictionary()["tables"].get(name, {}).get("description", name)
    plan.add(sheet, meaning, len(table), len(table.columns), int(table.isna().sum().sum()))
    plan.rows[name] = (sheet.name, _row_numbers(name, table), {str(column): at for at, column in enumerate(table.columns)})


def _records(sheet: Sheet, table: pd.DataFrame, *, frozen: int = 1, titles: list[str] | None = None) -> None:
    """Write a whole table: its head in the first row, a record per row."""
    names = [str(column) for column in table.columns]
    units = [column_unit(name) for name in names]
    numbers = [table.dtypes.iloc[position].kind in "iufb" for position in range(len(names))]
    sheet.head(0, titles or names, right=frozenset(index for index, number in enumerate(numbers) if number))
    for position, unit in enumerate(units):
        for row, value in enumerate(_plain(table.iloc[:, position]), start=1):
            sheet.put(row, position, value, unit)
    sheet.finish(head=0, last=len(table), columns=len(names), frozen=min(frozen, max(len(names) - 1, 0)))


def _plain(cells: pd.Series) -> list[Any]:
    """Return the cells as text, numbers and truth values of Python, None where missing."""
    present = cells.notna().to_numpy()
    values = cells.tolist() if cells.dtype.kind in "iufb" else [str(cell) for cell in cells]
    return [cell if is_present else None for cell, is_present in zip(values, present, strict=True)]


def _row_numbers(name: str, table: pd.DataFrame) -> dict[str, int]:
    """Return the row of the sheet by the key with which claims name it."""
    key = read_dictionary()["tables"].get(name, {}).get("key", [])
    if not key or not set(key) <= set(table.columns):
        return {}
    return {str(row_key): at for at, row_key in enumerate(row_keys(name, table), start=1)}


def _claims(sheet: Sheet, plan: "Plan", document: Document) -> None:
    words, claims = sheet.owner.words, document.claims
    first_columns = [column for column in words["claim_columns"] if column in claims.columns]
    names = first_columns + [str(column) for column in claims.columns if column not in first_columns]
    names.insert(names.index("value") + 1, _CELL)
    sheet.head(0, [words["claim_columns"].get(name, name) for name in names])
    for row, claim in enumerate(records(claims), start=1):
        target = plan.find_cell(str(claim["table_name"]), str(claim["row_key"]), str(claim["column_name"]))
        for column, name in enumerate(names):
            if name != _CELL:
                value = claim[name] if isinstance(claim[name], int | float) else str(claim[name])
                sheet.put(row, column, value, number_format=unrounded(value) if isinstance(value, float) else "")
            elif target is not None:
                sheet.link(row, column, "!".join(target), *target)
    sheet.finish(head=0, last=len(claims), columns=len(names))
    meaning = document.labels.get("every_figure", words["claims"])
    plan.add(sheet, meaning, len(claims), len(names), int(claims.isna().sum().sum()))


def _codebook(book: Book, plan: "Plan", document: Document) -> None:
    words = book.words
    codebook = make_codebook(document_tables(document))
    sheet = book.sheet(words["dictionary"])
    _records(sheet, codebook, frozen=2, titles=[words["codebook_columns"][name] for name in codebook.columns])
    plan.add(sheet, words["dictionary"], len(codebook), len(codebook.columns), 0)


def _sources(book: Book, plan: "Plan", document: Document) -> None:
    sheet, titles = book.sheet(book.words["sources"]), book.words["source_columns"]
    sheet.head(0, titles)
    for row, source in enumerate(document.sources, start=1):
        # The heads of data/exports.toml are those of the fields, in their order.
        for column, text in enumerate(vars(source).values()):
            sheet.put(row, column, text or None)
    sheet.finish(head=0, last=len(document.sources), columns=len(titles))
    plan.add(sheet, document.labels.get("sources", sheet.name), len(document.sources), len(titles), 0)


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
    marked = mark.format(model=sentence.written_by)
    return f"{sentence.text} {marked}" if sentence.written_by else sentence.text


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
    sheet.head(row, [*words["source_columns"][1:3], words["release"], words["licence"]])
    for source in document.sources:
        row += 1
        for column, text in enumerate((source.use, _name(source), source.release, source.licence)):
            sheet.text(row, column, plain(text))
    sheet.block(row + 1, words["licence_text"], _COLUMNS, italic=True)
    return row + 2


def _name(source: SourceNote) -> str:
    return f"{source.title} ({source.publisher})" if source.publisher else source.title
