"""OEWS files as BLS distributes them: the cells of a CSV or workbook, packed or not, and what names their release."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.sources.store.archives import opened_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    # Gets the header and returns the columns to read; raises where a column is missing.
    ColumnChoice = Callable[[list[str]], list[str]]

_BROKEN = (EOFError, KeyError, OSError, RuntimeError, ValueError, ParseError, zipfile.BadZipFile, zlib.error)
_GZIP, _ZIP, _OLD_EXCEL = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Cells:
    """The chosen columns of one sheet or CSV: text without missing cells and without blanks around it.

    `names` are what may name the release: file, archive member, sheet, first lines of notes; `notes` is the text of the
    workbook's other sheets.
    """

    table: pd.DataFrame
    names: tuple[str, ...]
    notes: str = ""


def read_cells(path: str | Path, choose: ColumnChoice, *, member: str | None = None) -> Cells:
    """Read a CSV, gzipped CSV, workbook, or a zip that holds one of them; the first bytes say which, not the name.

    `choose` gets the header (upper case, stripped) and returns the columns to read. `member` is a pattern such as
    ``natsector*.xlsx``, needed only for a zip that holds several tables.
    """
    path = Path(path)
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not there"
        raise SourceError(f"{path} is {kind}: give the path of the publisher's file")
    with opened_folder(path, lambda name: _is_table(name, member)) as opened:
        table = opened if opened.is_file() else _only_table(opened, path.name, member)
        cells = _read_table(table, choose)
    return Cells(cells.table, tuple(dict.fromkeys((path.name, table.name, *cells.names))), cells.notes)


def _is_table(name: str, member: str | None) -> bool:
    lowered = name.lower()
    if member is not None:
        return fnmatch(lowered, member.lower())
    return lowered.endswith((".xlsx", ".csv")) and not lowered.startswith(("~$", "._", "field_desc"))


def _only_table(folder: Path, name: str, member: str | None) -> Path:
    tables = sorted(path for path in folder.rglob("*") if path.is_file())
    if len(tables) == 1:
        return tables[0]
    members = ", ".join(path.name for path in tables[:6]) or "no such file"
    raise SourceError(f"{name} holds {members}; expected one file like {member or '*.xlsx or *.csv'}: name it by member=")


def _read_table(path: Path, choose: ColumnChoice) -> Cells:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        if content.startswith(_GZIP):
            # Browsers and servers unpack .gz at will, so the ending says nothing.
            content = gzip.decompress(content)
        is_book = content.startswith(_ZIP)
        cells = _read_workbook(content, choose) if is_book else _read_csv(content, path.name, choose)
    except _BROKEN as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise SourceError(f"{path.name} cannot be read ({reason}): truncated or damaged, download it again") from error
    if cells.table.empty:
        raise SourceError(f"{path.name} has a header but no rows: download it again")
    return cells


def _read_csv(content: bytes, name: str, choose: ColumnChoice) -> Cells:
    start = content[:200].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if not start:
        raise SourceError(f"{name} is empty: download it again")
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise SourceError(f"{name} is a web page, not a table: the publisher refused the download, fetch it by browser")
    if content.startswith(_OLD_EXCEL):
        raise SourceError(f"{name} is an old .xls workbook: save it as .xlsx")
    try:
        header = pd.read_csv(io.BytesIO(content), nrows=0, dtype=str, encoding="utf-8-sig").columns
        spelling = {str(column).strip().upper(): column for column in header}
        columns = choose(list(spelling))
        table = pd.read_csv(
            io.BytesIO(content),
            usecols=[spelling[column] for column in columns],
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
        )
    except UnicodeDecodeError as error:
        raise SourceError(f"{name} is not UTF-8 text (byte {error.start}): save it as CSV UTF-8") from error
    table = table.rename(columns={spelling[column]: column for column in columns})[columns]
    # pandas fills a short line with blanks, so a file that breaks off would go unnoticed.
    last = content[-10_000:].decode("utf-8", errors="replace").rstrip("\r\n").splitlines()[-1]
    if len(next(csv.reader([last]), header)) < len(header):
        raise SourceError(f"{name} breaks off in its last line {last[:60]!r}: truncated, download it again")
    return Cells(table.apply(lambda cells: cells.str.strip()), ())


def _read_workbook(content: bytes, choose: ColumnChoice) -> Cells:
    with warnings.catch_warnings(), pd.ExcelFile(io.BytesIO(content), engine="openpyxl") as workbook:
        # BLS's workbooks lack styles that openpyxl would like; the cells do not depend on them.
        warnings.simplefilter("ignore", UserWarning)
        first, *others = workbook.book.worksheets
        rows = first.iter_rows(values_only=True)
        header = [_text(cell).upper() for cell in next(rows, ())]
        columns = choose(header)
        positions = [header.index(column) for column in columns]
        # Rows of blanks at the end are formatting, not data.
        cells = [[_text(row[position]) for position in positions] for row in rows if any(cell is not None for cell in row)]
        notes = [_text(cell) for sheet in others for row in sheet.iter_rows(values_only=True) for cell in row]
    notes = [note for note in notes if note]
    return Cells(pd.DataFrame(cells, columns=columns, dtype=str), (first.title, *notes[:1]), "\n".join(notes))


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
