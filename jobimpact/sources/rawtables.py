"""A publisher's text or Excel table as released: every cell as text, and one clear error when it is not whole."""

import csv
import difflib
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.facts.codes import normalise_onetsoc
from jobimpact.sources.store.archives import BROKEN_ZIP, opened_folder
from jobimpact.tables import check_table

TEXT_ENDINGS = (".txt", ".tsv", ".csv", ".txt.gz", ".tsv.gz", ".csv.gz")
EXCEL_ENDINGS = (".xlsx",)
_ENDINGS = TEXT_ENDINGS + EXCEL_ENDINGS  # text first: Excel is slower to read
# How deep below the given folder a file may lie: a zip of a repository has REPOSITORY/data/FILE.
_DEPTHS = ("", "*/", "*/*/")
_SHOWN_COLUMNS = 8
_BROKEN_TEXT = (EOFError, gzip.BadGzipFile, zlib.error)


def find_file(folder: Path, stem: str, endings: Sequence[str] = _ENDINGS) -> Path | None:
    """Return the first file STEM.ENDING in `folder` or up to two folders below it, or None; a file alone is its own folder.

    Endings are tried in their order, so text comes before Excel, which is slower to read. Names are compared without
    regard to case.
    """
    names = [f"{stem}{ending}".lower() for ending in endings]
    if folder.is_file():
        return folder if folder.name.lower() in names else None
    for depth in _DEPTHS:
        files = {path.name.lower(): path for path in _files(folder, depth)}
        file = next((files[name] for name in names if name in files), None)
        if file is not None:
            return file
    return None


@contextmanager
def opened_files(
    path: Path, stems: Mapping[str, str], expected: str, *, beside: Sequence[str] = (), endings: Sequence[str] = _ENDINGS
) -> Iterator[dict[str, Path]]:
    """Give those files of a folder or zip archive that are named STEM.ENDING, by kind; `path` may be one of them.

    Of `stems` one must be there; what is `beside` them is given by its stem. `expected` says in an error what the files are and
    how to get them.
    """
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder; expected {expected}, or check the path")
    every = {**stems, **{stem: stem for stem in beside}}
    names = tuple(stem.lower() for stem in every.values())
    with opened_folder(path, lambda name: name.lower().startswith(names)) as opened:
        files = {kind: file for kind, stem in every.items() if (file := find_file(opened, stem, endings)) is not None}
        if not stems.keys() & files.keys():
            listing = " or ".join(map(repr, stems.values()))
            raise SourceError(f"{path}: found no file {listing} in it; expected {expected}, or give a file itself")
        yield files


@contextmanager
def opened_file(
    path: Path, stems: Sequence[str], expected: str, endings: Sequence[str] = _ENDINGS, *, beside: Sequence[str] = ()
) -> Iterator[Path]:
    """Give `path`, or the first file of a folder or zip that has one of these stems, see :func:`opened_files`."""
    if path.is_file() and path.suffix.lower() != ".zip":
        yield path
        return
    with opened_files(path, dict(zip(stems, stems, strict=True)), expected, beside=beside, endings=endings) as files:
        yield next(files[stem] for stem in stems if stem in files)


def read_raw_table(
    path: Path, required: Sequence[str], optional: Sequence[str] = (), *, separator: str = "\t", quoted: bool = False
) -> pd.DataFrame:
    """Read columns of delimited text (UTF-8, gzipped or not) or of the first sheet of an .xlsx.

    Every cell is text, or missing where the file has nothing or ``n/a``. `quoted` says that cells of a text file may stand in
    double quotes; O*NET writes them bare.
    """
    if not path.is_file():
        raise SourceError(f"{path}: no such file; expected a publisher's table: check the path")
    lowered = path.name.lower()
    if lowered.endswith(EXCEL_ENDINGS):
        table = _read_excel(path)
    elif lowered.endswith(TEXT_ENDINGS):
        table = _read_text(path, separator, quoted=quoted)
    else:
        raise SourceError(f"{path.name}: found a file of another kind; expected one of {', '.join(_ENDINGS)}: give that file")
    check_columns(table, required, path.name)
    if table.empty:
        raise SourceError(f"{path.name}: found a header and no rows; expected the whole table: download it again")
    return table[[*required, *(column for column in optional if column in table)]]


def read_raw_sheet(path: Path, sheet: str | None = None) -> pd.DataFrame:
    """Read a sheet, by default the first, of a workbook whose header is not its first row: cells as text or missing."""
    if not path.is_file():
        raise SourceError(f"{path}: no such file; expected a publisher's workbook: check the path")
    lowered = path.name.lower()
    if not lowered.endswith((*EXCEL_ENDINGS, ".xls")):
        raise SourceError(f"{path.name}: found a file of another kind; expected .xlsx: give that file")
    if lowered.endswith(EXCEL_ENDINGS):
        _check_workbook(path)
    try:
        with pd.ExcelFile(path, engine="calamine") as book:
            names = {str(name).strip(): name for name in book.sheet_names}
            title = 0 if sheet is None else names.get(sheet)
            cells: pd.DataFrame | None = None if title is None else pd.read_excel(book, sheet_name=title, header=None, dtype=str)
    except Exception as error:  # the engine has errors of its own
        raise _broken(path, "Excel workbook") from error
    if cells is None:
        raise SourceError(f"{path.name}: found the sheets {', '.join(names)}; expected {sheet!r}: give the publisher's own file")
    return cells


def check_columns(table: pd.DataFrame, required: Sequence[str], name: str) -> None:
    """Raise SourceError with a "did you mean" if `table`, read from the file `name`, lacks a required column."""
    missing = [column for column in required if column not in table.columns]
    if not missing:
        return
    columns = [str(column) for column in table.columns]
    # A publisher's name is never taken for another one that the layout has in its own right.
    others = [column for column in columns if column not in required]
    close = difflib.get_close_matches(missing[0], others, 1, 0.5)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    listing = ", ".join(repr(column[:40]) for column in columns[:_SHOWN_COLUMNS])
    listing += ", ..." if len(columns) > _SHOWN_COLUMNS else ""
    raise SourceError(
        f"{name}: found no column {missing[0]!r}{hint} among {listing}; expected the publisher's layout with "
        f"{', '.join(repr(column) for column in required)}: give the file as the publisher released it"
    )


def check_source_table(schema: str, table: pd.DataFrame, name: str, key: Sequence[str]) -> pd.DataFrame:
    """Return `table`, read from the file `name`, if its key is unique and it fits the schema."""
    repeated = table.duplicated(list(key))
    if repeated.any():
        first = " ".join(table.loc[repeated, list(key)].iloc[0].astype(str))
        raise SourceError(
            f"{name}: found {first} more than once ({int(repeated.sum()):,} such rows); expected one row for each "
            f"{' and '.join(key)}: remove the copies or download the file again"
        )
    try:
        return check_table(schema, table)
    except InputError as error:
        raise SourceError(f"{name}: {error}; expected the publisher's own cells: download the file again") from error


def check_filled(table: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Raise SourceError if a cell of `columns` is missing in `table`, read from the file `name`."""
    missing = table[list(columns)].isna()
    if not missing.to_numpy().any():
        return
    row = int(missing.any(axis=1).to_numpy().argmax())
    column = str(missing.iloc[row].idxmax())
    raise SourceError(
        f"{name}: found data row {row + 1:,} of {len(table):,} without {column!r}; expected it in every row "
        "(a download that broke off ends so): download it again"
    )


def check_cells(valid: pd.Series, cells: pd.Series, name: str, expected: str) -> None:
    """Raise SourceError with the first of `cells`, read from the file `name`, that is not `valid`."""
    if not valid.all():
        wrong = cells[~valid]
        # The index counts the rows of the file, also where some have been left out since.
        raise SourceError(
            f"{name}: found {str(wrong.iloc[0])[:40]!r} in data row {wrong.index[0] + 1:,} ({len(wrong):,} such rows); expected "
            f"{expected}: give the file as the publisher released it"
        )


def onetsoc_codes(codes: pd.Series, name: str) -> pd.Series:
    """Return O*NET-SOC codes in the form ``NN-NNNN.NN``; raise SourceError where a cell of the file `name` is none."""
    normal = normalise_onetsoc(codes)
    check_cells(normal.notna(), codes, name, "an O*NET-SOC code such as 11-1011.00")
    return normal


def plain_ids(identifiers: pd.Series) -> pd.Series:
    """Return identifiers as text without the decimals that spreadsheets add: ``8823.0`` is ``8823``."""
    return identifiers.str.strip().str.replace(r"\.0+$", "", regex=True)


def _files(folder: Path, depth: str) -> Iterator[Path]:
    # Archives made on a Mac carry a shadow "._NAME" of each file.
    return (path for path in sorted(folder.glob(f"{depth}*")) if path.is_file() and not path.name.startswith("._"))


def _read_text(path: Path, separator: str, *, quoted: bool) -> pd.DataFrame:
    try:
        table: pd.DataFrame = pd.read_csv(
            path,
            sep=separator,
            dtype=str,
            encoding="utf-8-sig",
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            # pandas would take titles such as None and NA for missing cells.
            keep_default_na=False,
            na_values=["", "n/a"],
        )
    except _BROKEN_TEXT as error:
        raise _broken(path, "gzip file") from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path.name}: found bytes that are not UTF-8 text; expected the publisher's text file: "
            "download it again, and do not save it from a spreadsheet"
        ) from error
    except pd.errors.EmptyDataError as error:
        raise SourceError(f"{path.name}: found an empty file; expected a table: download it again") from error
    except pd.errors.ParserError as error:
        reason = " ".join(str(error).split())
        raise SourceError(
            f"{path.name}: found rows of unequal length ({reason}); expected the publisher's layout: download it again"
        ) from error
    return table


def _read_excel(path: Path) -> pd.DataFrame:
    _check_workbook(path)
    try:
        # calamine reads a release's large files about ten times as fast as openpyxl.
        cells: pd.DataFrame = pd.read_excel(path, dtype=str, engine="calamine", keep_default_na=False, na_values=["", "n/a"])
    except Exception as error:  # the engine has errors of its own
        raise _broken(path, "Excel workbook") from error
    return cells


def _check_workbook(path: Path) -> None:
    """Raise unless `path` is a whole zip archive with a workbook in it: calamine does not look at every member."""
    try:
        with ZipFile(path) as archive:
            whole = archive.testzip() is None and "xl/workbook.xml" in archive.namelist()
    except BROKEN_ZIP as error:
        raise _broken(path, "Excel workbook") from error
    if not whole:
        raise _broken(path, "Excel workbook")


def _broken(path: Path, kind: str) -> SourceError:
    size = path.stat().st_size
    return SourceError(
        f"{path.name}: found {size:,} bytes that are not a whole {kind}; expected the file as the publisher has it: "
        "download it again"
    )
