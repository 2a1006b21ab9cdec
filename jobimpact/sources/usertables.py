"""A user's own table: read whatever its ending says, keep every row and column, write it back whole or not at all."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.files import written_whole

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".jsonl")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_EXCEL_CELL = 32_767  # characters that a cell of an Excel workbook holds
_SHOWN_COLUMNS = 8


def read_user_table(path: Path, *, encoding: str = "utf-8-sig") -> pd.DataFrame:
    """Read a table by the ending of its name: .csv, .tsv, .xlsx (first sheet), .parquet or .jsonl.

    Cells of text formats stay as they are written: ``001`` keeps its zeros and ``NA`` stays a word.

    Parameters
    ----------
    path
        File to read.
    encoding
        Of text formats.

    Raises
    ------
    InputError
        If the file is missing, empty, of another kind, broken, or has two columns of one name.
    """
    ending = table_ending(path)
    if not path.exists():
        raise InputError(f"{path}: no such file; expected a table: check the path")
    if not path.is_file():
        raise InputError(f"{path}: this is a folder; expected a file ({', '.join(ENDINGS)})")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; expected a header and rows")
    try:
        table = _read(path, ending, encoding)
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: byte {error.start:,} is {error.object[error.start : error.start + 1]!r}, which is not {error.encoding} "
            "text: save the file as UTF-8, or say what it is with {encoding} (often cp1252)",
            parameters=["encoding"],
        ) from error
    except Exception as error:
        reason = " ".join(str(error).split())[:140] or type(error).__name__
        raise InputError(f"{path}: cannot be read as {ending} ({reason}): check that the file is whole") from error
    return _checked(table, path)


def table_ending(path: Path) -> str:
    """Return the ending that says what kind of table `path` is, or raise InputError."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{path}: unknown ending {ending or 'none'!r}; expected one of {', '.join(ENDINGS)}")
    return ending


def _read(path: Path, ending: str, encoding: str) -> pd.DataFrame:
    if ending in _SEPARATORS:
        return _read_text(path, _SEPARATORS[ending], encoding)
    if ending == ".xlsx":
        table: pd.DataFrame = pd.read_excel(path, dtype=str, engine="calamine", keep_default_na=False, na_values=[""])
        return table
    if ending == ".parquet":
        return pd.read_parquet(path)
    # pandas.read_json would turn text that looks like a date or a number into one.
    lines = path.read_text(encoding=encoding).splitlines()
    return pd.DataFrame([json.loads(line) for line in lines if line.strip()])


def _read_text(path: Path, separator: str, encoding: str) -> pd.DataFrame:
    # The first row is read as data: pandas would rename a repeated column name without a word.
    rows = pd.read_csv(
        path, sep=separator, header=None, dtype=str, keep_default_na=False, encoding=encoding, skip_blank_lines=True
    )
    table = rows.iloc[1:].reset_index(drop=True)
    table.columns = pd.Index([str(name) for name in rows.iloc[0]])
    return table


def _checked(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    table.columns = pd.Index([str(name) for name in table.columns])
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise InputError(f"{path}: the column {twice[0]!r} is there twice: rename one of them")
    if table.empty:
        raise InputError(f"{path}: there is a header and no rows; expected one row per task, cell or person")
    return table


def find_column(table: pd.DataFrame, column: str, *, option: str, name: str) -> str:
    """Return the name of a column of `table`, compared without regard to case, or raise with the nearest one.

    The error names the parameter, `option`, that chooses another.
    """
    names = [str(name) for name in table.columns]
    if column in names:
        return column
    by_folded = {name.strip().casefold(): name for name in reversed(names)}
    if column.casefold() in by_folded:
        return by_folded[column.casefold()]
    near = difflib.get_close_matches(column.casefold(), by_folded, n=1, cutoff=0.5)
    hint = f"did you mean {by_folded[near[0]]!r}? " if near else ""
    listing = ", ".join(names[:_SHOWN_COLUMNS]) + (", ..." if len(names) > _SHOWN_COLUMNS else "")
    raise InputError(
        f"{name}: no column {column!r}; {hint}The columns are: {listing}. Choose one with {{{option}}}", parameters=[option]
    )


def write_user_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` in the format that the ending of `path` says; the file appears whole or not at all.

    In .xlsx a text that begins with = is written as text, never as a formula.

    Raises
    ------
    InputError
        If the ending is unknown, the folder cannot be written, or a cell is too long for .xlsx.
    """
    ending = table_ending(path)
    with written_whole(path) as temporary:
        if ending in _SEPARATORS:
            table.to_csv(temporary, sep=_SEPARATORS[ending], index=False, lineterminator="\n")
        elif ending == ".parquet":
            table.to_parquet(temporary, index=False)
        elif ending == ".jsonl":
            table.to_json(temporary, orient="records", lines=True, force_ascii=False)
        else:
            _write_excel(table, temporary, path)


def _write_excel(table: pd.DataFrame, temporary: Path, path: Path) -> None:
    for column in table.columns:
        long = table[column].map(lambda cell: isinstance(cell, str) and len(cell) > _EXCEL_CELL).to_numpy()
        if long.any():
            raise InputError(
                f"{path}: row {int(long.argmax()) + 1} of {column!r} has more than {_EXCEL_CELL:,} characters, the most that an "
                "Excel cell holds: write .csv or .parquet"
            )
    with pd.ExcelWriter(temporary, engine="openpyxl") as writer:
        table.to_excel(writer, index=False)
        for row in writer.book.worksheets[0].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.data_type = "s"
