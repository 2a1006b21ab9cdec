"""Where a claim's figure stands: cells of the study's tables, and what is counted from them."""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.facts.states import territories
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

DIFFERENCE = " - "
# Between the name of another table and a row key, in differences across tables; between texts of which a cell may have any.
OTHER_TABLE, EITHER = ":", ".."
# Column of each table that names its rows.
TITLES = {
    "occupations": "title",
    "sectors": "naics_title",
    "areas": "area_title",
    "groups": "group_title",
    "industries": "naics_title",
    "tasks": "title",
    "mix_occupations": "title",
    "mix_majors": "major_title",
    "occupation_cells": "title",
    "mix_sectors": "naics_title",
    "mix_areas": "area_title",
    "change_sides": "side_name",
    "change_occupations": "title",
    "change_rows": "row_title",
    "model_figures": "fold",
}
_CONDITION = re.compile(r"(\w+)(>=|<|=)(.+)")
_TESTS: dict[str, Callable[[pd.Series, str], pd.Series]] = {
    "=": lambda cells, wanted: cells.astype("string").isin(wanted.split(EITHER)),
    ">=": lambda cells, wanted: cells >= float(wanted),
    "<": lambda cells, wanted: cells < float(wanted),
}


def row_keys(name: str, table: pd.DataFrame) -> pd.Series:
    """Return the key of every row of the table `name`, its parts joined by ``|``."""
    first, *others = read_dictionary()["tables"][name]["key"]
    keys: pd.Series = table[first].astype("object")
    for column in others:
        keys = keys + "|" + table[column].astype("object")
    return keys


def find_rows(name: str, table: pd.DataFrame, row_key: str) -> np.ndarray:
    """Return which rows of the table `name` have this key, as booleans."""
    columns = read_dictionary()["tables"][name]["key"]
    # The last part may be a number of a user's file, which may hold any sign.
    parts = row_key.split("|") if "row_key" in columns else row_key.split("|", len(columns) - 1)
    if len(parts) > len(columns):
        # The key of a row of another table is one part of the key, whatever parts it has itself.
        start = columns.index("row_key")
        end = len(parts) - (len(columns) - start - 1)
        parts = [*parts[:start], "|".join(parts[start:end]), *parts[end:]]
    if len(columns) != len(parts):
        return np.zeros(len(table), dtype=bool)
    mask = np.ones(len(table), dtype=bool)
    for column, part in zip(columns, parts, strict=True):
        mask &= np.asarray(table[column] == part, dtype=bool)
    return mask


def read_value(
    tables: Mapping[str, pd.DataFrame], kind: str, table_name: str, row_key: str, column_name: str, *, unit: str = ""
) -> float:
    """Return the figure that a claim of this binding states, from the tables; missing where its cell is missing.

    Parameters
    ----------
    tables
        Tables of a study by name.
    kind
        ``value`` and ``share``: the cell. ``difference`` and ``direction``: the cell of A less that of B, which may stand in
        another table (``A - table:B``). ``rank``: place
        of the row among its like with an exposure (groups of one type; states without territories). ``count``: rows with
        a value that meet the conditions. ``sum``: their sum.
    table_name, row_key, column_name, unit
        As in the table ``claims`` of the data dictionary; the unit of a rank says from which end it counts.

    Raises
    ------
    InputError
        If the study has no such table, row or column, or the kind is unknown.
    """
    if kind in ("value", "share"):
        return _cell(tables, table_name, row_key, column_name)
    if kind in ("difference", "direction"):
        rows, columns = row_key.split(DIFFERENCE), column_name.split(DIFFERENCE)
        left = _cell(tables, table_name, rows[0], columns[0])
        other, row = other_table(tables, table_name, rows[-1])
        return left - _cell(tables, other, row, columns[-1])
    if kind == "rank":
        return _rank(tables, table_name, row_key, column_name, from_top=unit == "rank from the top")
    if kind in ("count", "sum"):
        rows_found = select_rows(tables, table_name, row_key)[column_name].dropna()
        return float(len(rows_found) if kind == "count" else rows_found.sum())
    raise InputError(f"a claim of kind {kind!r} is not known; expected value, share, difference, direction, rank, count or sum")


def other_table(tables: Collection[str], table_name: str, row_key: str) -> tuple[str, str]:
    """Return table and key of the second row of a difference, which names its table where that is another.

    Examples
    --------
    >>> other_table({"groups", "sectors"}, "sectors", "groups:all|all"), other_table({"sectors"}, "sectors", "52")
    (('groups', 'all|all'), ('sectors', '52'))
    """
    other, sign, row = row_key.partition(OTHER_TABLE)
    return (other, row) if sign and other in tables else (table_name, row_key)


def select_rows(tables: Mapping[str, pd.DataFrame], table_name: str, conditions: str = "*") -> pd.DataFrame:
    """Return the rows that meet `conditions` (``*``, or ``column=text``, ``column>=number``, ``column<number`` joined by |).

    A text may be several joined by ``..``, of which a cell has one.

    Of ``areas`` only the states and the District of Columbia count; territories have cells but no rank.
    """
    table = _table(tables, table_name)
    if table_name == "areas":
        table = table[~table["state"].isin(territories())]
    for condition in [] if conditions == "*" else conditions.split("|"):
        match = _CONDITION.fullmatch(condition)
        if match is None or match[1] not in table.columns:
            raise InputError(f"condition {condition!r} on table {table_name!r}: expected COLUMN=TEXT, COLUMN>=N or COLUMN<N")
        table = table[_TESTS[match[2]](table[match[1]], match[3]).fillna(value=False).astype(bool)]
    return table


def like_rows(table_name: str, row_key: str) -> str:
    """Return the condition of the rows among which the row is ranked."""
    return f"group_type={row_key.partition('|')[0]}" if table_name == "groups" else "*"


def _table(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    if name not in tables:
        raise InputError(f"the study has no table {name!r}; it has {', '.join(sorted(tables))}")
    return tables[name]


def _cell(tables: Mapping[str, pd.DataFrame], table_name: str, row_key: str, column_name: str) -> float:
    table = _table(tables, table_name)
    if column_name not in table.columns:
        raise InputError(f"table {table_name!r} has no column {column_name!r}")
    found = table[column_name].to_numpy()[find_rows(table_name, table, row_key)]
    if len(found) != 1:
        raise InputError(f"table {table_name!r} has {len(found)} rows with the key {row_key!r}; expected one")
    return float("nan") if pd.isna(found[0]) else float(found[0])


def _rank(tables: Mapping[str, pd.DataFrame], table_name: str, row_key: str, column_name: str, *, from_top: bool) -> float:
    own = _cell(tables, table_name, row_key, column_name)
    if math.isnan(own):
        return own
    ahead = operator.gt if from_top else operator.lt
    like = select_rows(tables, table_name, like_rows(table_name, row_key)).dropna(subset=["exposure_beta"])
    return float(1 + ahead(like[column_name], own).sum())


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dictionaries by column name."""
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict(orient="records")]
