"""Why a number changed: an exact split over task release, employment release, scores, weights and definition."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.change.mixture import FACTORS, MissingScores, Mixture
from jobimpact.estimates.change.shapley import shapley_split
from jobimpact.estimates.change.shift_share import shift_share
from jobimpact.estimates.change.sides import distinct_names, study_side

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobimpact.estimates.change.estimate import Estimate
    from jobimpact.estimates.change.shapley import ShapleySplit
    from jobimpact.estimates.change.shift_share import ShiftShare
    from jobimpact.estimates.change.sides import Side
    from jobimpact.study import Study


_MOVER_COLUMNS = ("title", "composition", "content", "value_before", "value_after", "share_before", "share_after")


@dataclass(frozen=True)
class ChangeExplanation:
    """The change of an estimate between two sides, split by cause.

    Attributes
    ----------
    names
        Of both sides.
    split
        Values and parts, see :class:`jobimpact.estimates.change.shapley.ShapleySplit`.
    table
        One row per factor (``tasks employment scores weights definition``): ``before`` and ``after``, what each side has;
        ``differs``; ``part`` of the change; ``alone_first`` and ``alone_last``, what the factor does when changed before and
        after all others; ``note``, how what could not be exchanged was handled, empty where all could.
    unscored
        Index ``before``, ``after``: of the tasks of that side, ``n_tasks``, ``n_unscored`` that the other side did not score,
        and ``employment_share``, the part of the estimate's employment, by weight of tasks, that hangs on them.
    stored
        For each side the value of the estimate in the study's own table, missing where it holds none.
    occupations
        The same change by occupation: ``composition`` (jobs) and ``content`` (scores, tasks, definition), see
        :func:`jobimpact.estimates.change.shift_share.shift_share`; ``units`` has titles.
    own_weights
        Sides, ``before`` or ``after``, whose tasks cannot be weighted by the other's scheme and keep their own.
    """

    names: tuple[str, str]
    split: ShapleySplit
    table: pd.DataFrame
    unscored: pd.DataFrame
    stored: tuple[float, float]
    occupations: ShiftShare
    own_weights: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as one JSON document; missing figures are null."""
        values = (("before", self.split.before), ("after", self.split.after))
        sides = {
            side: {"name": name, "value": value, "stored": None if math.isnan(stored) else stored}
            for (side, value), name, stored in zip(values, self.names, self.stored, strict=True)
        }
        largest = self.largest().reset_index()
        return {
            **sides,
            "change": self.split.after - self.split.before,
            "factors": self.table.to_dict("records"),
            "unscored": self.unscored.to_dict("index"),
            "occupations": largest.astype(object).where(largest.notna(), None).to_dict("records"),
        }

    def largest(self) -> pd.DataFrame:
        """Return the occupations that move the estimate most: ``title``, ``composition``, ``content``, both values and shares."""
        units = self.occupations.units
        moves = (units["composition"] + units["content"]).abs() > assumption("change", "stored_tolerance")
        rows: pd.DataFrame = units.loc[moves, list(_MOVER_COLUMNS)].head(int(assumption("change", "largest")))
        return rows

    def to_text(self) -> str:
        """Return the explanation as lines for the screen."""
        before, after = self.split.before, self.split.after
        lines = [f"{self.names[0]}: {before:.6f}", f"{self.names[1]}: {after:.6f}", f"Change: {after - before:+.6f}, of it by"]
        factors = self.table.to_dict("records")
        for row in factors:
            what = f"{row['before']} -> {row['after']}" if row["differs"] else f"{row['before']}, the same"
            lines.append(f"  {row['factor']:<11}{_signed(row['part'])}  {what}")
        lines += [f"Note on {row['factor']}: {row['note']}." for row in factors if row["note"]]
        movers = self.largest().reset_index().to_dict("records")
        lines.append(f"Occupations that move it most (jobs, scores and tasks):{'' if movers else ' none'}")
        for mover in movers:
            lines.append(f"  {mover['soc_code']} {mover['title']}: {_signed(mover['composition'])} {_signed(mover['content'])}")
        return "\n".join(lines)


def _signed(part: float) -> str:
    return f"{round(part, 6) + 0.0:+.6f}"  # -0.0 + 0.0 is 0.0: a part that rounds to nothing has no sign to show


def explain_change(
    before: Study | Path | Side,
    after: Study | Path | Side,
    *,
    estimate: Estimate | str = "mean:beta",
    estimate_after: Estimate | str | None = None,
    employment_before: pd.DataFrame | None = None,
    employment_after: pd.DataFrame | None = None,
    missing_scores: MissingScores | None = None,
) -> ChangeExplanation:
    """Say why an estimate differs between two studies, or between two sets of tables.

    The estimate is made again with every mixture of the two sides: tasks of the one with scores of the other, and so on, 32
    in all when everything differs. Each factor's part is the mean of what changing it adds, over all 120 orderings.

    Parameters
    ----------
    before, after
        Studies, folders of studies, or `jobimpact.estimates.change.sides.Side` made from tables.
    estimate
        What is compared, such as ``mean:beta``, ``share:beta>=0.5``, ``mean:beta@naics=51`` (see
        :class:`jobimpact.estimates.change.estimate.Estimate`). Sides made from tables have their own.
    estimate_after
        Another definition for `after`; the same by default.
    employment_before, employment_after
        Tables ``oews`` in place of the studies' own employment: needed for sectors and states of a study whose release is not
        the one that the package has at hand.
    missing_scores
        What a task counts for that the other side never scored: see ``missing_scores`` in data/change.toml.

    Returns
    -------
    ChangeExplanation
        Parts sum to the change, but for the rounding of floats; a factor that is the same on both sides has part 0.

    Raises
    ------
    InputError
        If the estimate is not known or missing on a side, or employment of the release is not at hand.
    StudyError
        If a folder is no study.

    Notes
    -----
    What each factor is. ``tasks``: which tasks there are and have a score, in which occupation and wording, with which task
    type. ``scores``: the score of the same wording in the same occupation, where both sides have one. ``weights``: the scheme,
    not the task types it reads. ``employment``: jobs and wages. ``definition``: measure, cut, group. Shapley 1953, see
    `jobimpact.estimates.change.shapley`.
    """
    method = missing_scores or assumption("change", "missing_scores")
    if method not in get_args(MissingScores):
        raise InputError(f"missing_scores {method!r}: expected one of {', '.join(get_args(MissingScores))}")
    sides = (
        study_side(before, estimate, employment_before),
        study_side(after, estimate if estimate_after is None else estimate_after, employment_after),
    )
    mixture = Mixture(sides, method)
    # Factors that do not differ are left out of the orderings: their part is exactly 0, and 32 values become fewer.
    differing = mixture.differing
    split = shapley_split(mixture.value, FACTORS, [factor for factor in FACTORS if differing[factor]])
    return ChangeExplanation(
        distinct_names(*sides),
        split,
        _table(sides, split, differing, mixture.notes()),
        mixture.unscored(),
        (sides[0].stored, sides[1].stored),
        _by_occupation(mixture),
        mixture.own_scheme,
    )


def _by_occupation(mixture: Mixture) -> ShiftShare:
    """Return the change between both sides as they are, occupation by occupation."""
    cells = []
    for number, side in enumerate(mixture.sides):
        exposure = mixture.occupations(number, number, number)[side.estimate.measure]
        cells.append(side.estimate.cells(side.estimate.values(exposure), side.employment))
    split = shift_share(cells[0], cells[1], key="soc_code", weight="weight", value="value")
    titles = pd.Series(dtype="object")
    if titled := [side.employment for side in mixture.sides if "title" in side.employment]:
        titles = pd.concat(titled).drop_duplicates("soc_code").set_index("soc_code")["title"]
    units = split.units.assign(title=titles.reindex(split.units.index))
    return replace(split, units=units)


def _table(
    sides: tuple[Side, Side], split: ShapleySplit, differing: Mapping[str, bool], notes: Mapping[str, str]
) -> pd.DataFrame:
    labels = [side.labels() for side in sides]
    return pd.DataFrame(
        {
            "factor": list(FACTORS),
            "before": [labels[0][factor] for factor in FACTORS],
            "after": [labels[1][factor] for factor in FACTORS],
            "differs": [differing[factor] for factor in FACTORS],
            "part": [split.parts[factor] for factor in FACTORS],
            "alone_first": [split.alone_first[factor] for factor in FACTORS],
            "alone_last": [split.alone_last[factor] for factor in FACTORS],
            "note": [notes.get(factor, "") for factor in FACTORS],
        }
    )
