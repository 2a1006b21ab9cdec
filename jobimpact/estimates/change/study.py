"""Why a number differs between two studies: `change` reads both and splits the difference by factor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.change.explain import ChangeExplanation, explain_change
from jobimpact.results import Result
from jobimpact.sources.jobs.oews import read_oews

if TYPE_CHECKING:
    from jobimpact.study import Study


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Change(Result):
    """The change of an estimate between two studies, split by factor.

    Attributes
    ----------
    table
        One row per factor, see :class:`jobimpact.estimates.change.explain.ChangeExplanation`.
    occupations
        The occupations that move the estimate most.
    explanation
        All of it.
    """

    occupations: pd.DataFrame
    explanation: ChangeExplanation

    def headline_rows(self) -> pd.DataFrame:
        """Return the part of each factor as it is printed."""
        rows = self.table[["factor", "part", "before", "after"]]
        return rows.assign(part=rows["part"].map(_signed), after=rows["after"].where(self.table["differs"], "the same"))

    def to_record(self) -> dict[str, Any]:
        """Return everything as JSON holds it."""
        return self.explanation.to_dict()


def change(
    before: Study | str | Path,
    after: Study | str | Path,
    *,
    estimate: str = "mean:beta",
    estimate_after: str | None = None,
    employment_before: pd.DataFrame | str | Path | None = None,
    employment_after: pd.DataFrame | str | Path | None = None,
) -> Change:
    """Say why a number differs between two studies: tasks, employment, scores, weights or definition, in parts that add up.

    Parameters
    ----------
    before, after
        Studies or their folders.
    estimate
        What is compared: ``mean:beta``, ``share:beta>=0.5``, ``mean:beta/wage_bill``; with ``@soc_major=15-0000``, ``@naics=51``
        or ``@area=06`` for a group.
    estimate_after
        Another definition for `after`.
    employment_before, employment_after
        Table ``oews`` or an OEWS file in place of the studies' own employment: needed for sectors and states of a release that
        is not at hand.

    Returns
    -------
    Change
        Parts sum to the change; see :func:`jobimpact.estimates.change.explain.explain_change`.

    Raises
    ------
    InputError
        If the estimate is not known or missing on a side, or employment of the release is not at hand.
    StudyError
        If a folder is no study.

    Examples
    --------
    >>> change("reports/2023", "reports/2025", estimate="share:beta>=0.5")  # doctest: +SKIP
    """
    first, second = Estimate.parse(estimate), Estimate.parse(estimate_after or estimate)
    explanation = explain_change(
        Path(before) if isinstance(before, str) else before,
        Path(after) if isinstance(after, str) else after,
        estimate=first,
        estimate_after=second,
        employment_before=_employment(employment_before, first.by),
        employment_after=_employment(employment_after, second.by),
    )
    low, high = explanation.split.before, explanation.split.after
    names = explanation.names
    movers = explanation.largest().reset_index()
    notes = [f"{row['factor']}: {row['note']}." for row in explanation.table.to_dict("records") if row["note"]]
    listed = [
        f"{row['soc_code']} {row['title']} {_signed(row['composition'])} {_signed(row['content'])}"
        for row in movers.to_dict("records")
    ]
    notes.append(f"Occupations that move it most (by jobs; by scores and tasks): {'; '.join(listed) or 'none'}.")
    return Change(
        title=f"{names[0]}: {low:.6f}; {names[1]}: {high:.6f}; change {high - low:+.6f}, of it by",
        table=explanation.table,
        notes=tuple(notes),
        occupations=movers,
        explanation=explanation,
    )


def _signed(part: float) -> str:
    return f"{round(part, 6) + 0.0:+.6f}"  # -0.0 + 0.0 is 0.0: a part that rounds to nothing has no sign to show


def _employment(table: pd.DataFrame | str | Path | None, by: str) -> pd.DataFrame | None:
    if table is None or isinstance(table, pd.DataFrame):
        return table
    return read_oews(Path(table), i_groups=["sector"] if by == "naics" else ["cross-industry"], o_groups=["detailed"])
