"""Intervals of claims, looked up in the variance ledger of the study."""

import math
from collections.abc import Mapping

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.reporting.claims.cells import BETA, DIFFERENCE, Binding, Cell, Difference, row_keys
from jobimpact.reporting.words.wording import format_cell
from jobimpact.study import read_raters

_CHANGES = ("change_rows",)
Ends = tuple[float, float]
Estimate = tuple[float, float, float]
# One object for every missing end, so that equal claims are equal: NaN is equal to itself alone where it is the same object.
UNKNOWN: Ends = (math.nan, math.nan)
# Tables made for a report hold the ends beside the value.
_BESIDE = {
    ("change_sides", "side_estimate"): ("side_low", "side_high"),
    ("change_rows", "beta_change"): ("change_low", "change_high"),
}


class Intervals:
    """The interval of every cell and difference that the tables of a study have one for.

    Without ``variance_ledger``, as in studies of earlier versions, nothing has an interval.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._tables = tables
        # By table, key and column as text, as the ledger names cells and differences alike.
        self._estimates: dict[tuple[str, str, str], Estimate] = {}
        if "variance_ledger" in tables:
            ledger = tables["variance_ledger"]
            total = ledger[ledger["cause"] == "total"]
            self._add(total, ("table_name", "row_key", "column_name"), ("point_estimate", "estimate_low", "estimate_high"))
        for (name, column), ends in _BESIDE.items():
            if name in tables:
                table = tables[name].assign(_table=name, _key=row_keys(name, tables[name]), _column=column)
                self._add(table, ("_table", "_key", "_column"), (column, *ends))
        if "change_sides" in tables:
            sides = tables["change_sides"]
            # The first row, of the study before, has no change.
            change = sides.assign(_table="change_sides", _key=f"after{DIFFERENCE}before", _column="side_estimate")
            change = change.assign(_change=sides["side_estimate"].diff())
            self._add(change, ("_table", "_key", "_column"), ("_change", "side_change_low", "side_change_high"))

    def _add(self, table: pd.DataFrame, cell: tuple[str, str, str], estimate: tuple[str, str, str]) -> None:
        rows = table.dropna(subset=list(estimate))
        cells = zip(*(rows[name] for name in cell), strict=True)
        self._estimates |= dict(zip(cells, zip(*(rows[name].astype(float) for name in estimate), strict=True), strict=True))

    def find(self, binding: Binding) -> Ends:
        """Return the ends of the value of a cell or a difference; missing for counts and sums, and where the ledger has none.

        Exposures and shares lie within 0 and 1, and so do their ends. A difference of two rows, or of two columns of a row, has
        the interval that the ledger has of it, either way round; where it has none, :func:`difference_interval` of both.
        """
        if isinstance(binding, Difference):
            return self._find_difference(binding)
        estimate = self._get(binding) if isinstance(binding, Cell) else None
        if estimate is None:
            return UNKNOWN
        # A change may be negative; an exposure or a share may not, though its quantile can be.
        return estimate[1:] if binding.table in _CHANGES else (max(estimate[1], 0.0), min(estimate[2], 1.0))

    def judges(self, cell: Cell) -> pd.Series:
        """Return the value of a cell by each judge, the lowest first; empty where the study has none."""
        return read_raters(self._tables, cell.table, cell.key, cell.column)

    def _get(self, binding: Cell | Difference) -> Estimate | None:
        return self._estimates.get((binding.table, binding.key, binding.column))

    def _find_difference(self, binding: Difference) -> Ends:
        left, right = binding.left, binding.right
        if estimate := self._get(binding):
            return estimate[1:]
        # The ledger holds a pair once; turned round, its ends change places.
        if estimate := self._get(Difference(right, left)):
            return -estimate[2], -estimate[1]
        upper, lower = self._get(left), self._get(right)
        return difference_interval(upper, lower) if upper and lower else UNKNOWN


def difference_interval(upper: Estimate, lower: Estimate) -> Ends:
    """Return the interval of the first estimate less the second, from value and ends of both.

    Estimates of one study share errors of the same sign: the interval is wider than it need be, and a text
    says rather too seldom than too often that two rows differ.

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


def interval_note(intervals: Intervals, cell: Cell, unit: str) -> str:
    """Return the interval of a cell and its range over judges as short sentences; empty where the study has none."""
    low, high = intervals.find(cell)
    if math.isnan(low):
        return ""
    level = f"{100 * float(assumption('variance', 'level')):.0f} %"
    judges = intervals.judges(cell)
    by_judge = f" {format_cell(judges.min(), unit)} to {format_cell(judges.max(), unit)} over {len(judges)} judges."
    note = f"{level} interval {format_cell(low, unit)} to {format_cell(high, unit)}, given the judge."
    return note + (by_judge if len(judges) > 1 else "")


def with_interval(tables: Mapping[str, pd.DataFrame], table_name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return `rows` of a table with ``estimate_low`` and ``estimate_high`` of their exposure (beta), missing where it is."""
    intervals, keys = Intervals(tables), row_keys(table_name, rows)
    ends = [intervals.find(Cell(table_name, str(key), BETA)) for key in keys]
    ends = [UNKNOWN if math.isnan(value) else interval for value, interval in zip(rows[BETA], ends, strict=True)]
    return rows.assign(estimate_low=[low for low, _ in ends], estimate_high=[high for _, high in ends])


def both_ends(low: float | None, high: float | None) -> Ends:
    """Return two ends as a table holds them, both or neither."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return UNKNOWN
    return float(low), float(high)
