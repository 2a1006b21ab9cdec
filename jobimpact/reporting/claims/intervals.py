"""Intervals of claims, looked up in the variance ledger of the study."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption
from jobimpact.reporting.claims.cells import DIFFERENCE, OTHER_TABLE, other_table, row_keys
from jobimpact.reporting.words.wording import format_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_CHANGES = ("change_rows",)
Ends = tuple[float, float]
Known = tuple[float, float, float]
_Cell = tuple[str, str, str]
# One object for every missing end, so that equal claims are equal: NaN is equal to itself alone where it is the same object.
UNKNOWN: Ends = (math.nan, math.nan)
_CELLS, _GAPS = ("value", "share"), ("difference", "direction")
# Tables made for a report hold the ends beside the value.
_BESIDE = {
    ("change_sides", "side_estimate"): ("side_low", "side_high"),
    ("change_rows", "beta_change"): ("change_low", "change_high"),
}


class Intervals:
    """The ends of the interval of every cell and difference that the study has them for.

    Parameters
    ----------
    tables
        Of a study. Without ``variance_ledger``, as in studies of earlier versions, nothing has an interval.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._tables = frozenset(tables)
        self._found: dict[_Cell, Known] = {}
        if "variance_ledger" in tables:
            ledger = tables["variance_ledger"]
            total = ledger[ledger["cause"] == "total"]
            self._add(total, ("table_name", "row_key", "column_name"), ("point_estimate", "estimate_low", "estimate_high"))
        for (name, column), ends in _BESIDE.items():
            if name in tables:
                table = tables[name].assign(_table=name, _key=row_keys(name, tables[name]), _column=column)
                self._add(table, ("_table", "_key", "_column"), (column, *ends))

    def _add(self, table: pd.DataFrame, cell: tuple[str, str, str], known: tuple[str, str, str]) -> None:
        rows = table.dropna(subset=list(known))
        cells = zip(*(rows[name] for name in cell), strict=True)
        self._found |= dict(zip(cells, zip(*(rows[name].astype(float) for name in known), strict=True), strict=True))

    def find(self, kind: str, table_name: str, row_key: str, column_name: str) -> Ends:
        """Return the ends of a claim's value; missing for ranks, counts and sums, and where the ledger has none.

        Exposures and shares lie within 0 and 1, and so do their ends. A difference of two rows, or of two columns of a row, has
        the interval that the ledger has of it, either way round; where it has none, :func:`difference_interval` of both.
        """
        if kind in _CELLS:
            found = self._found.get((table_name, row_key, column_name))
            if not found:
                return UNKNOWN
            return found[1:] if table_name in _CHANGES else (max(found[1], 0.0), min(found[2], 1.0))
        if kind not in _GAPS:
            return UNKNOWN
        upper, lower = self._sides(table_name, row_key, column_name)
        for first, second, turned in ((upper, lower, False), (lower, upper, True)):
            if found := self._found.get(_written(first, second)):
                return (-found[2], -found[1]) if turned else found[1:]
        both = self._found.get(upper), self._found.get(lower)
        return difference_interval(both[0], both[1]) if both[0] and both[1] else UNKNOWN

    def _sides(self, table_name: str, row_key: str, column_name: str) -> tuple[_Cell, _Cell]:
        """Return the two cells of a difference."""
        rows, columns = row_key.split(DIFFERENCE), column_name.split(DIFFERENCE)
        other, row = other_table(self._tables, table_name, rows[-1])
        return (table_name, rows[0], columns[0]), (other, row, columns[-1])


def _written(first: _Cell, second: _Cell) -> _Cell:
    """Return how the ledger names the first cell less the second."""
    row = second[1] if second[0] == first[0] else f"{second[0]}{OTHER_TABLE}{second[1]}"
    rows = first[1] if first[:2] == second[:2] else f"{first[1]}{DIFFERENCE}{row}"
    columns = first[2] if first[2] == second[2] else f"{first[2]}{DIFFERENCE}{second[2]}"
    return first[0], rows, columns


def difference_interval(upper: Known, lower: Known) -> Ends:
    """Return the interval of one estimate less another from the intervals of both, as if they were independent.

    Parameters
    ----------
    upper, lower
        Value and both ends of A and of B.

    Returns
    -------
    tuple of float
        Ends of A less B. Estimates of one study share errors of the same sign, as do those of two studies with the same raters,
        tasks or employment, so that this is wider than it need be: a text says rather too seldom than too often that two
        rows differ.

    Notes
    -----
    Zou and Donner 2008, doi:10.1002/sim.3095: with the intervals (l, u) of both, the lower end is
    A - B - sqrt((A - l_A)^2 + (u_B - B)^2), the upper one A - B + sqrt((u_A - A)^2 + (B - l_B)^2).

    Examples
    --------
    >>> low, high = difference_interval((0.5, 0.47, 0.53), (0.3, 0.26, 0.34))
    >>> round(low, 3), round(high, 3)
    (0.15, 0.25)
    """
    gap = upper[0] - lower[0]
    down = math.hypot(upper[0] - upper[1], lower[2] - lower[0])
    return gap - down, gap + math.hypot(upper[2] - upper[0], lower[0] - lower[1])


def interval_note(ends: Intervals, table_name: str, row_key: str, column_name: str, unit: str) -> str:
    """Return the interval of a cell as a short sentence; empty where the study has none."""
    low, high = ends.find("value", table_name, row_key, column_name)
    if math.isnan(low):
        return ""
    return f"{100 * float(assumption('variance', 'level')):.0f} % interval {format_cell(low, unit)} to {format_cell(high, unit)}."


def with_interval(tables: Mapping[str, pd.DataFrame], table_name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return `rows` of a table with ``estimate_low`` and ``estimate_high`` of their exposure (beta), missing where unknown."""
    ends = Intervals(tables)
    found = [ends.find("value", table_name, str(key), "exposure_beta") for key in row_keys(table_name, rows)]
    return rows.assign(estimate_low=[low for low, _ in found], estimate_high=[high for _, high in found])


def known(low: float | None, high: float | None) -> Ends:
    """Return two ends as a table holds them, both or neither."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return UNKNOWN
    return float(low), float(high)
