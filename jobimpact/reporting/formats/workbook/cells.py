"""Sheets of a workbook, written cell by cell so that text stays text and a cut text is named."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.reporting.formats.codebook import export_words, read_exports
from jobimpact.reporting.formats.escaping import escape_formula
from jobimpact.reporting.formats.layout import free_name, plain, text_width

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
# The file says nothing of when it was made: the same study gives the same bytes.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_INK, _HEAD, _LINE = "#1a1a1a", "#e8e8e8", "#8c8c8c"
_LINK = "#0b4f8a"
_LINE_HEIGHT, _HIGHEST = 15.0, 400.0  # points: of a line of text at 11 points, and what a row may have
_POINTS = 11  # size of the type of a sheet
_ROOM = 4  # characters beside the text: the indent, and the button of the filter
_LONGEST_NUMBER = 24
_LEFT: dict[str, object] = {"align": "left", "indent": 1}
_RIGHT: dict[str, object] = {"align": "right", "indent": 1}
_PAGE_WIDTH = 250  # characters that an A4 page across holds in a legible size

Value = str | float | bool | None


@dataclass
class Book:
    """A workbook in the making."""

    language: str
    book: Workbook
    cuts: list[str] = field(default_factory=list)  # sentences on the texts that a cell could not hold
    _formats: dict[tuple[tuple[str, object], ...], Format] = field(default_factory=dict)

    @property
    def words(self) -> dict[str, Any]:
        """Words around the tables."""
        return export_words(self.language)

    def style(self, **properties: object) -> Format:
        """Return the cell format with these properties of XlsxWriter, the same object for the same properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"font_color": _INK, "valign": "top", **properties})
        return self._formats[key]

    def sheet(self, name: str) -> Sheet:
        """Add a sheet; its name is made valid and unique."""
        names = {sheet.get_name().casefold() for sheet in self.book.worksheets()}
        sheet = self.book.add_worksheet(sheet_name(name, names))
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return Sheet(self, sheet)


def open_book(path: Path, *, language: str, title: str, subject: str) -> Book:
    """Start a workbook at `path`; without XlsxWriter an InputError."""
    try:
        from xlsxwriter import Workbook
    except ImportError as error:
        raise InputError("a workbook needs XlsxWriter, which is not installed: pip install 'jobimpact[reports]'") from error
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(str(path), options)
    book.set_properties({"title": title[:255], "subject": subject[:255], "author": "jobimpact", "created": _CREATED})
    return Book(language, book)


def sheet_name(name: str, others: set[str]) -> str:
    """Return `name` as a sheet may be called: without brackets and slashes, unlike those `taken` (in lower case).

    Examples
    --------
    >>> sheet_name("Table 1: sectors/areas", set()), sheet_name("Data", {"data"})
    ('Table 1_ sectors_areas', 'Data 2')
    """
    most = int(assumption("exports", "excel_sheet_name"))
    clean = _FORBIDDEN.sub("_", name).strip("' ")[:most].strip("' ") or "Sheet"
    clean = f"{clean}_" if clean.casefold() == "history" else clean  # Excel keeps this name to itself
    return free_name(clean, others, " {}", most)


def lines_in(text: str, room: int) -> int:
    """Return how many lines `text` needs in a cell that is `room` characters wide."""
    return sum(math.ceil(max(_width(line), 1) / max(room, 1)) for line in text.split("\n"))


@dataclass
class Sheet:
    """One sheet; rows and columns count from 0."""

    owner: Book
    sheet: Worksheet
    _widths: dict[int, int] = field(default_factory=dict)
    _fixed: dict[int, int] = field(default_factory=dict)
    _lines: dict[int, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the sheet."""
        return str(self.sheet.get_name())

    def put(self, row: int, column: int, value: Value, unit: str = "", *, number_format: str = "", **style: Any) -> None:
        """Write a value: text as text, numbers with the format of their unit, nothing where it is missing."""
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(row, column, value, self.owner.style(**_LEFT | style))
            self._widen(column, len("FALSE"))
        elif isinstance(value, str) or math.isinf(value):
            self.text(row, column, str(value), **style)
        else:
            pattern = number_format or read_exports()["number_formats"].get(unit, "General")
            self.sheet.write_number(row, column, value, self.owner.style(num_format=pattern, **_RIGHT | style))
            self._widen(column, min(len(f"{value:,.0f}") + 4, _LONGEST_NUMBER))

    def text(self, row: int, column: int, text: str, *, measure: bool = True, **style: Any) -> None:
        """Write text as text, whatever it begins with; what a cell cannot hold is cut and named in `Book.cuts`."""
        content = self._fitting(row, column, text)
        if not content:
            return
        widest = int(assumption("exports", "widest_column"))
        style = _LEFT | style
        if measure:
            width, room = max(map(_width, content.split("\n"))), self._fixed.get(column, widest)
            self._widen(column, width)
            if width > room - 1 or "\n" in content:
                style = style | {"text_wrap": True}
                self._lines[row] = max(self._lines.get(row, 1), lines_in(content, room))
        # Without it, Excel would take the text for a formula as soon as somebody edits the cell.
        if escape_formula(content) != content:
            style = style | {"quote_prefix": True}
        form = self.owner.style(**style)
        # XlsxWriter takes such a text for finished XML and would print it as it is.
        if content.startswith("<r>") and content.endswith("</r>"):
            self.sheet.write_rich_string(row, column, content[:1], self.owner.style(), content[1:], form)
        else:
            self.sheet.write_string(row, column, content, form)

    def _fitting(self, row: int, column: int, text: str) -> str:
        limit = int(assumption("exports", "excel_characters"))
        if 2 * len(text) <= limit or (units := _units(text)) <= limit:
            return text
        from xlsxwriter.utility import xl_rowcol_to_cell

        words = self.owner.words
        cell = xl_rowcol_to_cell(row, column)
        self.owner.cuts.append(words["cut_text"].format(sheet=self.name, cell=cell, found=f"{units:,}", limit=f"{limit:,}"))
        mark = str(words["cut_mark"])
        raw = text.encode("utf-16-le")[: 2 * (limit - _units(mark))]
        return raw.decode("utf-16-le", errors="ignore") + mark

    def _widen(self, column: int, width: int) -> None:
        self._widths[column] = max(self._widths.get(column, 0), width)

    def head(self, row: int, titles: list[str], *, right: frozenset[int] = frozenset()) -> None:
        """Write the head of a table."""
        for column, title in enumerate(titles):
            align = "right" if column in right else "left"
            self.text(row, column, title, bold=True, bg_color=_HEAD, bottom=1, bottom_color=_LINE, align=align)

    def block(self, row: int, text: str, columns: int, **style: Any) -> None:
        """Write a longer text over the first `columns` columns, wrapped, in a row as high as it needs."""
        text = plain(text)
        room = sum(self.width(column) for column in range(columns))
        scale = style.get("font_size", _POINTS) / _POINTS
        height = lines_in(text, int(room / scale)) * _LINE_HEIGHT * scale
        if columns > 1:
            # Joined while empty: XlsxWriter would take a text given here for markup or a formula.
            self.sheet.merge_range(row, 0, row, columns - 1, "", self.owner.style(text_wrap=True, **_LEFT | style))
            self.sheet.set_row(row, min(height, _HIGHEST))
        self.text(row, 0, text, measure=False, text_wrap=columns > 1, **style)

    def link(self, row: int, column: int, text: str, sheet: str, cell: str) -> None:
        """Write a link to a cell of another sheet of this workbook."""
        quoted = sheet.replace("'", "''")
        form = self.owner.style(font_color=_LINK, underline=1, **_LEFT)
        self.sheet.write_url(row, column, f"internal:'{quoted}'!{cell}", form, string=text)
        self._widen(column, _width(text))

    def fix_width(self, column: int, width: int) -> None:
        """Set the width of a column in characters, whatever comes into it."""
        self._fixed[column] = width

    def width(self, column: int) -> int:
        """Return the width that the column has so far, in characters."""
        if column in self._fixed:
            return self._fixed[column]
        return min(self._widths.get(column, 8) + _ROOM, int(assumption("exports", "widest_column")))

    def finish(self, *, head: int | None = None, last: int = 0, columns: int = 0, frozen: int = 1) -> None:
        """Set widths and how the sheet prints; freeze the `head` row, with filters.

        `last` is the row of the last record, `columns` their number, and `frozen` of them stay in view.
        """
        widths = {column: self.width(column) for column in sorted(self._widths | self._fixed)}
        for column, width in widths.items():
            self.sheet.set_column(column, column, width)
        for row, lines in self._lines.items():
            self.sheet.set_row(row, min(lines * _LINE_HEIGHT, _HIGHEST))
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4
        self.sheet.fit_to_pages(math.ceil(sum(widths.values()) / _PAGE_WIDTH), 0)
        self.sheet.set_footer("&L&A&R&P / &N")
        if head is not None:
            self.sheet.freeze_panes(head + 1, frozen)
            self.sheet.repeat_rows(head)
            if last > head:
                self.sheet.autofilter(head, 0, last, columns - 1)


def _width(text: str) -> int:
    return len(text) if text.isascii() else text_width(text)  # most texts are ASCII, and a study has many


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
