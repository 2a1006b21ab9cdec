"""A user's own table: read whatever its ending says, keep every row and column, write it back whole or not at all."""

import csv
import difflib
import gzip
import io
import json
import re
import warnings
import zipfile
from pathlib import Path
from typing import Literal

import pandas as pd

from jobimpact.errors import InputError, RowsWarning
from jobimpact.files import written_whole

ENDINGS = (".csv", ".tsv", ".xlsx", ".parquet", ".jsonl", ".dta", ".csv.gz", ".tsv.gz", ".jsonl.gz")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # with which Excel's Unicode text begins
_EXCEL_CELL, _EXCEL_ROWS, _EXCEL_COLUMNS = 32_767, 1_048_575, 16_384  # characters of a cell; rows under a header; columns
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # which a workbook cannot hold
MISSING_WORDS = ("", "na", "n/a", "nan", "null", "none", "<na>", "#n/a", "nat", "nil")  # that programs write for missing text
_SHOWN_COLUMNS = 8
_TOP_ROWS = 20  # of a file, among which a header is looked for
_REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
_NO_RESULT = re.compile(rb'<c r="([A-Z]+\d+)"[^>]*><f[^>]*>[^<]*</f>(?:<v></v>|<v ?/>)?</c>')
_ERROR = re.compile(rb'<c r="([A-Z]+\d+)"[^>]* t="e"')
_LETTERS = 26
_AREA, _SPARSE = 20_000_000, 40  # cells of a sheet that fill memory; cells that a sheet holds for each that is written


def read_user_table(path: Path, *, encoding: str = "utf-8-sig", sheet: str | None = None) -> pd.DataFrame:
    """Read a table by the ending of its name: .csv, .tsv, .jsonl (also .gz), .xlsx, .parquet or .dta.

    Cells of text formats stay as they are written: ``001`` keeps its zeros and ``NA`` stays a word. A .csv file
    may be separated by semicolons or tabs; a byte-order mark says what encoding a file has. Of a workbook it
    is the first sheet, or `sheet`. An index with a name is a column.

    Parameters
    ----------
    path
        File to read.
    encoding
        Of text formats.
    sheet
        Name of a sheet of a workbook.

    Raises
    ------
    InputError
        If the file is missing, empty, of another kind, broken, has its header below a title, or two columns of
        one name.

    Warns
    -----
    RowsWarning
        Where a quoted cell holds what look like further rows.
    """
    ending = table_ending(path)
    if not path.exists():
        raise InputError(f"{path}: no such file; expected a table: check the path")
    if not path.is_file():
        raise InputError(f"{path}: this is a folder; expected a file ({', '.join(ENDINGS)})")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; expected a header and rows")
    if sheet is not None and ending != ".xlsx":
        raise InputError(
            f"{path}: found a sheet, {sheet!r}, for a file without sheets; leave {{sheet}} out", parameters=["sheet"]
        )
    try:
        table = _read(path, ending, encoding, sheet)
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
    name = path.name.lower()
    ending = next((ending for ending in reversed(ENDINGS) if name.endswith(ending)), "")
    if not ending:
        raise InputError(f"{path}: unknown ending {path.suffix.lower() or 'none'!r}; expected one of {', '.join(ENDINGS)}")
    return ending


def _read(path: Path, ending: str, encoding: str, sheet: str | None) -> pd.DataFrame:
    kind = ending.removesuffix(".gz")
    if kind == ".xlsx":
        return _read_workbook(path, sheet)
    if kind == ".parquet":
        table = pd.read_parquet(path)
        return table.reset_index() if any(name is not None for name in table.index.names) else table
    if kind == ".dta":
        return pd.read_stata(path)
    content = gzip.decompress(path.read_bytes()) if ending.endswith(".gz") else path.read_bytes()
    text = content.decode(_MARKS.get(content[:2], encoding))
    return _read_lines(text, path) if kind == ".jsonl" else _read_text(text, _SEPARATORS[kind], path)


def _read_lines(text: str, path: Path) -> pd.DataFrame:
    # pandas.read_json would turn text that looks like a date into one; str.splitlines ends lines within texts too. As objects
    # whole numbers beside a missing one keep their digits.
    records = [(number, json.loads(line)) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    strange = next((number for number, record in records if not isinstance(record, dict)), None)
    if strange is not None:
        raise InputError(f"{path}: line {strange} is no JSON object; expected one for each row")
    return pd.DataFrame([record for _, record in records], dtype=object)


def _read_text(text: str, separator: str, path: Path) -> pd.DataFrame:
    lines = text.lstrip("\ufeff").strip("\r\n").splitlines()
    first = lines[0] if lines else ""
    # A spreadsheet whose decimals have commas separates cells by semicolons; a tab in a header is never part of a name.
    separator = max((separator, ",", ";", "\t"), key=lambda sign: _outside_quotes(first).count(sign))
    _check_header([_outside_quotes(line).count(separator) + 1 for line in lines[:_TOP_ROWS]], lines, path)
    # Where every line has as many cells, a quote opens none that goes on: it is a sign in a text, such as that of inches.
    bare = separator == "\t" and '"' in text and len({line.count(separator) for line in lines}) == 1
    # The first row is read as data: pandas would rename a repeated column name without a word. In a file of one column a
    # blank line is a row without a value.
    rows = pd.read_csv(
        io.StringIO("\n".join(lines)), sep=separator, header=None, dtype=str, keep_default_na=False,
        quoting=csv.QUOTE_NONE if bare else csv.QUOTE_MINIMAL, skip_blank_lines=separator in first,
    )  # fmt: skip
    if bare:
        rows = rows.map(_unquoted)
    table = rows.iloc[1:].reset_index(drop=True)
    table.columns = pd.Index([str(name) for name in rows.iloc[0]])
    table.attrs["separator"] = separator
    return table


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _unquoted(cell: object) -> object:
    if isinstance(cell, str) and len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell


def _check_header(n_cells: list[int], cells: list[str], path: Path) -> None:
    """Raise where the first of the rows holds one cell and a later one, which looks like a header, more."""
    row = next((position for position, n in enumerate(n_cells) if n > 1), 0)
    if row and all(n > 1 for n in n_cells[row:]) and len(n_cells) > row + 1:
        raise InputError(
            f"{path}: the first row holds one cell, and the header seems to be in row {row + 1} ({cells[row][:60]}): delete the "
            "rows above it"
        )


def _warn_swallowed(table: pd.DataFrame, separator: str, path: Path) -> None:
    """Warn where a cell holds lines with as many separators as a row: a quote that is never closed swallows rows."""
    most = len(table.columns) - 1
    if not most:
        return
    for column in table:
        broken = table[column].map(lambda cell: any(line.count(separator) >= most for line in str(cell).split("\n")[1:]))
        if broken.any():
            row = int(broken.to_numpy().argmax()) + 1
            warn_rows(f"{path}: row {row} of {column!r} holds line breaks and what look like further rows: close its quote")
            return


def warn_rows(message: str) -> None:
    """Warn of rows that may not be what the user has in mind."""
    warnings.warn(message, RowsWarning, stacklevel=5)


def _read_workbook(path: Path, sheet: str | None) -> pd.DataFrame:
    _check_cells(path, None)
    with pd.ExcelFile(path, engine="calamine") as book:
        names = [str(name) for name in book.sheet_names]
        if sheet is not None and sheet not in names:
            raise InputError(f"{path}: found no sheet {sheet!r}; the sheets are {', '.join(names)}", parameters=["sheet"])
        _check_cells(path, names.index(sheet or names[0]) + 1)
        rows = pd.read_excel(book, sheet_name=sheet or 0, header=None, dtype=str, keep_default_na=False, na_values=[""])
    filled = rows.notna().sum(axis=1).tolist()[:_TOP_ROWS]
    texts = [", ".join(map(str, row.dropna())) for _, row in rows.head(_TOP_ROWS).iterrows()]
    # A blank row between title and header has no cell.
    _check_header([max(n, 1) for n in filled], texts, path)
    if rows.empty:
        raise InputError(f"{path}: the sheet {sheet or names[0]!r} is empty; the sheets are {', '.join(names)}")
    header = [f"Unnamed: {position}" if pd.isna(name) else str(name) for position, name in enumerate(rows.iloc[0])]
    table = rows.iloc[1:].reset_index(drop=True).set_axis(header, axis=1)
    table.attrs["sheets"] = names if sheet is None else []
    return table


def _check_cells(path: Path, position: int | None) -> None:
    """Raise where a cell is so far from the others that a sheet fills the memory; at `position`, where a formula has no result.

    Of error values, such as #N/A, which are read as missing, there is a warning.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or archive.getinfo(name).file_size > _AREA:
                continue
            content = archive.read(name)
            if position is not None:
                if name.endswith(f"/sheet{position}.xml"):
                    _check_results(content, path)
                continue
            cells = _REFERENCE.findall(content)
            if not cells:
                continue
            n_rows = max(int(row) for _, row in cells)
            letters = max((column for column, _ in cells), key=lambda column: (len(column), column))
            n_columns = 0
            for letter in letters:
                n_columns = n_columns * _LETTERS + letter - ord("A") + 1
            if n_rows * n_columns > max(_AREA, _SPARSE * len(cells)):
                raise InputError(
                    f"{path}: a sheet of {len(cells):,} cells reaches to {letters.decode()}{n_rows}, far from the others: delete "
                    "the cells out there"
                )


def _check_results(content: bytes, path: Path) -> None:
    if formula := _NO_RESULT.search(content):
        raise InputError(
            f"{path}: cell {formula[1].decode()} holds a formula without a result, as a program wrote it: open the file in a "
            "spreadsheet, and save it"
        )
    if errors := _ERROR.findall(content):
        warn_rows(
            f"{path}: {len(errors):,} cells hold an error such as #N/A (first: {errors[0].decode()}) and are taken as missing"
        )


def _checked(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    attributes = dict(table.attrs)
    table.columns = pd.Index([str(name) for name in table.columns])
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise InputError(f"{path}: the column {twice[0]!r} is there twice: rename one of them")
    if table.empty:
        sheets = attributes.get("sheets", [])
        other = f", or another sheet of {', '.join(sheets)} with {{sheet}}" if len(sheets) > 1 else ""
        raise InputError(
            f"{path}: there is a header and no rows; expected one row per task, cell or person{other}", parameters=["sheet"]
        )
    table.attrs.update(attributes)
    if "separator" in attributes:
        _warn_swallowed(table, attributes["separator"], path)
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
    sheets = table.attrs.get("sheets", [])
    other = f"; or another sheet of {', '.join(sheets)} with {{sheet}}" if len(sheets) > 1 else ""
    raise InputError(
        f"{name}: no column {column!r}; {hint}The columns are: {listing}. Choose one with {{{option}}}{other}",
        parameters=[option, *(["sheet"] if other else [])],
    )


def check_fits(table: pd.DataFrame, path: Path) -> None:
    """Raise where `table` is larger than the format of `path` allows, so that nobody waits for what cannot be kept."""
    if table_ending(path) != ".xlsx":
        return
    for size, most, what in ((len(table), _EXCEL_ROWS, "rows"), (len(table.columns), _EXCEL_COLUMNS, "columns")):
        if size > most:
            raise InputError(f"{path}: {size:,} {what} are more than the {most:,} of an Excel sheet: write .csv or .parquet")
    for column in table.columns:
        long = table[column].map(lambda cell: isinstance(cell, str) and len(cell) > _EXCEL_CELL).to_numpy()
        if long.any():
            raise InputError(
                f"{path}: row {int(long.argmax()) + 1} of {column!r} has more than {_EXCEL_CELL:,} characters, the most that an "
                "Excel cell holds: write .csv or .parquet"
            )


def write_user_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` in the format that the ending of `path` says; the file appears whole or not at all.

    In .xlsx a text that begins with = is written as text, never as a formula, and control characters, which a
    workbook cannot hold, are left out.

    Raises
    ------
    InputError
        If the ending is unknown, the folder cannot be written, or a cell is too long for .xlsx.
    """
    kind = table_ending(path)
    compression: Literal["gzip"] | None = "gzip" if kind.endswith(".gz") else None
    kind = kind.removesuffix(".gz")
    check_fits(table, path)
    with written_whole(path) as temporary:
        if kind in _SEPARATORS:
            table.to_csv(temporary, sep=_SEPARATORS[kind], index=False, lineterminator="\n", compression=compression)
        elif kind == ".parquet":
            _of_one_type(table).to_parquet(temporary, index=False)
        elif kind == ".jsonl":
            table.to_json(temporary, orient="records", lines=True, force_ascii=False, compression=compression)
        elif kind == ".dta":
            _of_one_type(table).to_stata(temporary, write_index=False, version=118)
        else:
            _write_excel(table, temporary)


def _of_one_type(table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with columns that mix numbers and words as text, as Parquet and Stata have columns of one type."""
    mixed = [str(name) for name in table if table[name].dtype == object and len(set(table[name].dropna().map(type))) > 1]
    return table.assign(**{name: table[name].map(str, na_action="ignore") for name in mixed})


def _write_excel(table: pd.DataFrame, temporary: Path) -> None:
    zoned = [str(name) for name in table if isinstance(table[name].dtype, pd.DatetimeTZDtype)]
    # A workbook has no time zones: the time of day stays as it was read.
    sheet = table.assign(**{name: table[name].dt.tz_localize(None) for name in zoned})
    sheet = sheet.map(lambda cell: _CONTROL.sub("", cell) if isinstance(cell, str) else cell)
    with pd.ExcelWriter(temporary, engine="openpyxl") as writer:
        sheet.to_excel(writer, index=False)
        for row in writer.book.worksheets[0].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    cell.data_type = "s"
