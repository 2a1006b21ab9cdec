"""Where a claim's figure stands: a cell of the study's tables, a difference of two, or what is counted from them."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.facts.states import territories
from jobimpact.tables import read_dictionary

BETA, BILL = "exposure_beta", "exposure_beta_wage_bill"
# Key of the country in the table groups.
NATION = "all|all"
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
    "change_raters": "rater",
    "model_figures": "fold",
}
_CONDITION = re.compile(r"(\w+)(>=|<|=)(.+)")
_TESTS: dict[str, Callable[[pd.Series, str], pd.Series]] = {
    # As text: a flag is asked for as True, a code as 52.
    "=": lambda cells, texts: cells.astype("string").isin(texts.split(EITHER)),
    ">=": lambda cells, number: cells >= float(number),
    "<": lambda cells, number: cells < float(number),
}


@dataclass(frozen=True)
class Cell:
    """A cell: its table, the key of its row with parts joined by ``|``, and its column."""

    table: str
    key: str
    column: str


@dataclass(frozen=True)
class Difference:
    """The cell `left` less the cell `right`, which may stand in another row, column or table.

    ``table``, ``key`` and ``column`` are how the tables ``claims`` and ``variance_ledger`` name it; :func:`parse` reads them.

    Examples
    --------
    >>> nation = Cell("groups", "all|all", "exposure_beta")
    >>> Difference(Cell("sectors", "52", "exposure_beta"), nation).key
    '52 - groups:all|all'
    """

    left: Cell
    right: Cell

    @property
    def table(self) -> str:
        """The table of the left cell."""
        return self.left.table

    @property
    def key(self) -> str:
        """The key of the row, or both joined by a minus, the second with its table where that is another."""
        if (self.left.table, self.left.key) == (self.right.table, self.right.key):
            return self.left.key
        prefix = "" if self.left.table == self.right.table else f"{self.right.table}{OTHER_TABLE}"
        return f"{self.left.key}{DIFFERENCE}{prefix}{self.right.key}"

    @property
    def column(self) -> str:
        """The column, or both joined by a minus."""
        return self.left.column if self.left.column == self.right.column else f"{self.left.column}{DIFFERENCE}{self.right.column}"


@dataclass(frozen=True)
class Count:
    """The rows of a table that meet the conditions `key` (see :func:`select_rows`) and have a value in `column`."""

    table: str
    key: str
    column: str


Binding = Cell | Difference | Count


def parse(kind: str, table: str, key: str, column: str) -> Binding:
    """Return what a claim of this kind is bound to, from the columns of the table ``claims``.

    Examples
    --------
    >>> parse("direction", "sectors", "52 - groups:all|all", "exposure_beta").right
    Cell(table='groups', key='all|all', column='exposure_beta')
    """
    if kind in ("count", "sum"):
        return Count(table, key, column)
    if kind not in ("difference", "direction"):
        # The key of a user's row may hold any sign, a minus too.
        return Cell(table, key, column)
    keys, columns = key.split(DIFFERENCE), column.split(DIFFERENCE)
    other, sign, row = keys[-1].partition(OTHER_TABLE)
    # Tables are those of the dictionary, so that a binding is read without the study at hand.
    right = (other, row) if sign and other in read_dictionary()["tables"] else (table, keys[-1])
    return Difference(Cell(table, keys[0], columns[0]), Cell(*right, columns[-1]))


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
    inner = next((name for name in ("row_key", "row") if name in columns), "")
    parts = row_key.split("|") if inner else row_key.split("|", len(columns) - 1)
    if len(parts) > len(columns):
        # The key of a row of another table is one part of the key, whatever parts it has itself.
        start = columns.index(inner)
        end = len(parts) - (len(columns) - start - 1)
        parts = [*parts[:start], "|".join(parts[start:end]), *parts[end:]]
    if len(columns) != len(parts):
        return np.zeros(len(table), dtype=bool)
    mask = np.ones(len(table), dtype=bool)
    for column, part in zip(columns, parts, strict=True):
        mask &= np.asarray(table[column] == part, dtype=bool)
    return mask


def read_value(tables: Mapping[str, pd.DataFrame], kind: str, binding: Binding, *, unit: str = "") -> float:
    """Return the figure that a claim of this kind and binding states; missing where its cell is missing.

    A ``rank`` is the place of the row among its like with an exposure (groups of one type; states without
    territories), from the end that `unit` names; ``count`` and ``sum`` are of the rows with a value that meet
    the conditions. A table, row or column that the study has not is an InputError.
    """
    if isinstance(binding, Difference):
        return _read_cell(tables, binding.left) - _read_cell(tables, binding.right)
    if isinstance(binding, Count):
        values = select_rows(tables, binding.table, binding.key)[binding.column].dropna()
        return float(len(values) if kind == "count" else values.sum())
    if kind == "rank":
        value = _read_cell(tables, binding)
        if math.isnan(value):
            return value
        ahead = operator.gt if unit == "rank from the top" else operator.lt
        # Only rows with an exposure count: a row without covered jobs has no place, whatever the column.
        like = select_rows(tables, binding.table, like_rows(binding.table, binding.key)).dropna(subset=[BETA])
        return float(1 + ahead(like[binding.column], value).sum())
    if kind in ("value", "share"):
        return _read_cell(tables, binding)
    raise InputError(f"a claim of kind {kind!r} is not known; expected value, share, difference, direction, rank, count or sum")


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
        # A missing cell meets no condition.
        table = table[_TESTS[match[2]](table[match[1]], match[3]).fillna(value=False).astype(bool)]
    return table


def like_rows(table_name: str, row_key: str) -> str:
    """Return the condition of the rows among which the row is ranked."""
    return f"group_type={row_key.partition('|')[0]}" if table_name == "groups" else "*"


def _table(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    if name not in tables:
        raise InputError(f"the study has no table {name!r}; it has {', '.join(sorted(tables))}")
    return tables[name]


def _read_cell(tables: Mapping[str, pd.DataFrame], cell: Cell) -> float:
    table = _table(tables, cell.table)
    if cell.column not in table.columns:
        raise InputError(f"table {cell.table!r} has no column {cell.column!r}")
    values = table[cell.column].to_numpy()[find_rows(cell.table, table, cell.key)]
    if len(values) != 1:
        raise InputError(f"table {cell.table!r} has {len(values)} rows with the key {cell.key!r}; expected one")
    return float("nan") if pd.isna(values[0]) else float(values[0])


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as dictionaries by column name."""
    return [{str(name): cell for name, cell in row.items()} for row in table.to_dict(orient="records")]
