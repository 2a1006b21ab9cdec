"""The one table that every crosswalk becomes: pairs of codes, and the part of the first code that goes to the second."""

import gzip
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import (
    EXCEL_ENDINGS,
    TEXT_ENDINGS,
    check_columns,
    check_filled,
    check_source_table,
    read_raw_sheet,
)
from jobimpact.tables import table_columns

Method = Literal["official", "research", "structure", "text similarity"]
System = Literal[
    "O*NET-SOC 2010", "O*NET-SOC 2019", "SOC 2010", "SOC 2018", "OEWS", "Census 2018",
    "ISCO-08", "ESCO", "CSCO 2022", "NAICS 2007", "NAICS 2012", "NAICS 2017", "NAICS 2022",
]  # fmt: skip
_WIDEST = 12  # columns of the widest crosswalk that is read as text, and some to spare
_BROKEN = (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError)


class Side(NamedTuple):
    """One side of a publisher's pairs: its classification, the columns of code and title, and how codes are checked."""

    system: System
    code: str
    title: str
    check: Callable[[pd.Series, str], pd.Series]


def make_pairs(
    raw: pd.DataFrame, left: Side, right: Side, name: str, *, method: Method = "official", partial: pd.Series | None = None
) -> pd.DataFrame:
    """Return the table ``crosswalk`` of a publisher's pairs, one in each row of `raw`, with equal shares.

    `method` is who says that the codes belong together; `partial` the publisher's flag, without which a pair is partial if its
    first code has several partners. `name` is that of the file, for errors.
    """
    check_filled(raw, [left.code, left.title, right.code, right.title], name)
    pairs = pd.DataFrame(
        {
            "from_system": left.system,
            "from_code": left.check(raw[left.code].str.strip(), name),
            "from_title": raw[left.title].str.strip(),
            "to_system": right.system,
            "to_code": right.check(raw[right.code].str.strip(), name),
            "to_title": raw[right.title].str.strip(),
            "method": method,
        }
    )
    pairs = with_equal_shares(pairs)
    flags = pairs["share_basis"].eq("equal") if partial is None else partial
    return check_pairs("crosswalk", pairs.assign(partial=flags.astype(bool)), name)


def with_equal_shares(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return `pairs` with ``share``, 1 over the number of partners of ``from_code``, and ``share_basis``."""
    partners = pairs.groupby("from_code")["to_code"].transform("size")
    basis = pd.Series("only partner", index=pairs.index, dtype=object).mask(partners > 1, "equal")
    return pairs.assign(share=1 / partners, share_basis=basis)


def check_pairs(table: Literal["crosswalk", "text_crosswalk"], pairs: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return `pairs` with the columns of `table` in order, or raise SourceError."""
    ordered = pairs[table_columns(table)].reset_index(drop=True)
    return check_source_table(table, ordered, name, ("from_code", "to_code"))


def read_rows_below(path: Path, header: Sequence[str], sheet: str | None = None) -> pd.DataFrame:
    """Read a table that stands below lines of notes in a workbook (.xlsx, .xls; by default its first sheet) or in CSV.

    The rows below the row with the columns `header`, blanks and line breaks in them aside, come back as text with all columns.
    """
    cells = _read_cells(path, sheet).map(_one_blank)
    matches = cells.isin(list(header)).sum(axis=1)
    if cells.empty or matches.max() == 0:
        raise SourceError(
            f"{path.name}: found no row with {', '.join(map(repr, header))}; expected the publisher's table with these columns: "
            "give the file as it was released"
        )
    position = int(matches.to_numpy().argmax())
    names = cells.iloc[position].fillna("").to_list()
    rows = cells.iloc[position + 1 :].set_axis(names, axis=1).dropna(how="all").reset_index(drop=True)
    check_columns(rows, header, path.name)
    if rows.empty:
        raise SourceError(f"{path.name}: found a header and no rows; expected the whole table: download it again")
    return rows.loc[:, [bool(column) for column in names]]


def _read_cells(path: Path, sheet: str | None) -> pd.DataFrame:
    lowered = path.name.lower()
    if not path.is_file():
        raise SourceError(f"{path}: no such file; expected a publisher's crosswalk: check the path")
    if lowered.endswith((*EXCEL_ENDINGS, ".xls")):
        return read_raw_sheet(path, sheet)
    if not lowered.endswith(TEXT_ENDINGS):
        raise SourceError(f"{path.name}: found a file of another kind; expected .xlsx, .xls or .csv: give that file")
    try:
        cells: pd.DataFrame = pd.read_csv(
            path, header=None, names=list(range(_WIDEST)), dtype=str, encoding="utf-8-sig", keep_default_na=False, na_values=[""]
        )
    except _BROKEN as error:
        reason = " ".join(str(error).split())[:120]
        raise SourceError(f"{path.name}: found text that breaks off or is not UTF-8 ({reason}): download it again") from error
    return cells


def _one_blank(cell: object) -> object:
    return (" ".join(cell.split()) or None) if isinstance(cell, str) else None
