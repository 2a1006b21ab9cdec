"""The tables that the comparison of two studies is made from: both sides, causes, occupations, and rows that both have."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.change.sides import estimate_cell
from jobimpact.reporting.claims.cells import BETA, Cell, row_keys
from jobimpact.reporting.claims.facts import row_title
from jobimpact.reporting.claims.intervals import UNKNOWN, Intervals, difference_interval
from jobimpact.reporting.words.wording import direction_state
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from jobimpact.estimates.change.explain import ChangeExplanation
    from jobimpact.reporting.claims.intervals import Ends
    from jobimpact.study import Study

_GROUPS = ("all", "soc_major", "wage_quintile")
_FACTORS = {
    "factor": "change_factor",
    "before": "factor_before",
    "after": "factor_after",
    "differs": "factor_differs",
    "part": "change_part",
    "note": "change_note",
}


def explained(before: Study, after: Study, estimate: str) -> tuple[dict[str, pd.DataFrame], ChangeExplanation | None, str]:
    """Return the tables of the explanation and itself; nothing, and the reason, where the estimate cannot be split.

    Returns
    -------
    tuple
        ``change_sides``, ``change_factors`` and ``change_occupations`` by name; the explanation; the reason, empty where it
        could be split.
    """
    from jobimpact.estimates.change.explain import explain_change

    try:
        explanation = explain_change(before, after, estimate=estimate)
    # Two studies whose tasks or employment are not at hand can still be set side by side.
    except InputError as error:
        return {}, None, str(error)
    sides = _sides(explanation, (before, after), Estimate.parse(estimate))
    occupations = explanation.largest().rename(columns={"content": "content_part"}).rename_axis("soc_code").reset_index()
    tables = {
        "change_sides": sides,
        "change_factors": explanation.table.rename(columns=_FACTORS)[table_columns("change_factors")],
        "change_occupations": occupations[table_columns("change_occupations")],
    }
    return tables, explanation, ""


def _sides(explanation: ChangeExplanation, studies: tuple[Study, Study], estimate: Estimate) -> pd.DataFrame:
    split, unscored = explanation.split, explanation.unscored
    ends = [_estimate_ends(study, estimate) for study in studies]
    columns = {
        "change_side": ["before", "after"],
        "side_name": list(explanation.names),
        "side_estimate": [split.before, split.after],
        "side_low": [low for low, _ in ends],
        "side_high": [high for _, high in ends],
        "side_stored": list(explanation.stored),
        "side_tasks": unscored["n_tasks"].to_numpy(),
        "side_unscored": unscored["n_unscored"].to_numpy(),
        "side_unscored_share": unscored["employment_share"].to_numpy(),
    }
    return pd.DataFrame(columns)[table_columns("change_sides")]


def _estimate_ends(study: Study, estimate: Estimate) -> Ends:
    cell = estimate_cell(estimate)
    return Intervals(study.tables).find(Cell(*cell)) if cell else UNKNOWN


def changed_rows(before: Study, after: Study, language: str) -> pd.DataFrame:
    """Return the table ``change_rows``: rows that both studies have, named in `language`.

    The interval of a change is made from those of both studies as if their errors were independent.
    """
    rows, intervals = [], [Intervals(study.tables) for study in (before, after)]
    for name in ("groups", "sectors", "areas"):
        sides = [_keyed(study.tables[name], name) for study in (before, after)]
        for key in sides[1].index.intersection(sides[0].index):
            old, new = (float(side[key]) for side in sides)
            cell = Cell(name, key, BETA)
            earlier, later = (old, *intervals[0].find(cell)), (new, *intervals[1].find(cell))
            low, high = UNKNOWN if any(map(math.isnan, earlier + later)) else difference_interval(later, earlier)
            direction = "unknown" if math.isnan(new - old) else direction_state(new - old, low, high)
            rows.append((name, key, row_title(after.tables, name, key, language), old, new, new - old, low, high, direction))
    return pd.DataFrame(rows, columns=table_columns("change_rows"))


def _keyed(table: pd.DataFrame, name: str) -> pd.Series:
    rows = table[table["group_type"].isin(_GROUPS)] if name == "groups" else table
    return pd.Series(rows[BETA].to_numpy(), index=row_keys(name, rows).astype(str), dtype="float64")
