"""Intervals of claims, looked up in the variance ledger of the study."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption
from jobimpact.reporting.cells import DIFFERENCE, row_keys
from jobimpact.reporting.wording import format_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

Ends = tuple[float, float]
# One object for every missing end, so that equal claims are equal: NaN is equal to itself alone where it is the same object.
UNKNOWN: Ends = (math.nan, math.nan)
_CELLS, _GAPS = ("value", "share"), ("difference", "direction")


class Intervals:
    """The ends of the interval of every cell and difference that the study has them for.

    Parameters
    ----------
    tables
        Of a study. Without ``variance_ledger``, as in studies of earlier versions, nothing has an interval.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._ends: dict[tuple[str, str, str], Ends] = {}
        if "variance_ledger" in tables:
            ledger = tables["variance_ledger"]
            total = ledger[(ledger["cause"] == "total")].dropna(subset=["estimate_low", "estimate_high"])
            keys = zip(total["table_name"], total["row_key"], total["column_name"], strict=True)
            ends = zip(total["estimate_low"].astype(float), total["estimate_high"].astype(float), strict=True)
            self._ends = dict(zip(keys, ends, strict=True))

    def find(self, kind: str, table_name: str, row_key: str, column_name: str) -> Ends:
        """Return the ends of a claim's value; missing for ranks, counts and sums, and where the ledger has none.

        Exposures and shares lie within 0 and 1, and so do their ends. The interval of A less B is that of B less A, turned
        round.
        """
        if kind in _CELLS and (found := self._ends.get((table_name, row_key, column_name))):
            return max(found[0], 0.0), min(found[1], 1.0)
        if kind in _GAPS and DIFFERENCE in row_key:
            if found := self._ends.get((table_name, row_key, column_name)):
                return found
            upper, lower = row_key.split(DIFFERENCE)
            if found := self._ends.get((table_name, f"{lower}{DIFFERENCE}{upper}", column_name)):
                return -found[1], -found[0]
        return UNKNOWN


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
