"""Why a number changed: an exact split over task release, employment release, scores, weights and definition.

How much of a difference each cause accounts for is its Shapley value.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import factorial, isfinite
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.change.interval import Ends, change_intervals, same_model
from jobimpact.estimates.change.mixture import FACTORS, MissingScores, Mixture
from jobimpact.estimates.change.shift_share import ShiftShare, shift_share
from jobimpact.estimates.change.sides import Side, distinct_names, study_side
from jobimpact.results import Result
from jobimpact.study import Study

_ENDS = ["value_before", "value_after", "share_before", "share_after"]
_MOVER_COLUMNS = ["title", "composition", "content", *_ENDS]


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Change(Result):
    """The change of an estimate between two sides, split by factor.

    Attributes
    ----------
    table
        One row per factor (``tasks employment scores weights definition``): ``before`` and ``after``, what
        each side has; ``differs``; ``part`` of the change; ``alone_first`` and ``alone_last``, what the
        factor does when changed before and after all others; ``note``, how what could not be exchanged was
        handled, empty where all could.
    names
        Of both sides.
    split
        Values and parts, see :class:`jobimpact.estimates.change.change.ShapleySplit`.
    unscored
        Index ``before``, ``after``: of the tasks of that side, ``n_tasks``, ``n_unscored`` that the other
        side did not score, and ``employment_share``, the part of the estimate's employment, by weight of
        tasks, that hangs on them.
    stored
        For each side the value of the estimate in the study's own table, missing where it holds none.
    occupations
        The same change by occupation: ``composition`` (jobs) and ``content`` (scores, tasks, definition), see
        :func:`jobimpact.estimates.change.shift_share.shift_share`; ``units`` has titles.
    own_weights
        Sides, ``before`` or ``after``, whose tasks cannot be weighted by the other's scheme and keep their
        own.
    interval
        Both ends of the interval of the change, see
        :func:`jobimpact.estimates.change.interval.change_intervals`; missing where it is not known.
    common_errors
        Whether both sides have one judge and model, whose errors cancel as far as they are common.
    by_rater
        Index ``rater``: the estimate ``before`` and ``after`` by each judge that both studies have, and its
        ``change``, the lowest first.
    """

    names: tuple[str, str]
    split: "ShapleySplit"
    unscored: pd.DataFrame
    stored: tuple[float, float]
    occupations: ShiftShare
    own_weights: tuple[str, ...]
    interval: Ends
    common_errors: bool
    by_rater: pd.DataFrame

    def headline_rows(self) -> pd.DataFrame:
        """Return the part of each factor as it is printed."""
        rows = self.table[["factor", "part", "before", "after"]]
        return rows.assign(part=rows["part"].map(_signed), after=rows["after"].where(self.table["differs"], "the same"))

    def largest(self) -> pd.DataFrame:
        """Return the occupations that move the estimate most, with both values and shares, by ``soc_code``."""
        return _largest(self.occupations)

    def to_record(self) -> dict[str, Any]:
        """Return everything as JSON holds it; missing figures are null."""
        values = (("before", self.split.before), ("after", self.split.after))
        sides = {
            side: {"name": name, "value": value, "stored": None if math.isnan(stored) else stored}
            for (side, value), name, stored in zip(values, self.names, self.stored, strict=True)
        }
        largest = self.largest().reset_index()
        return {
            **sides,
            "change": self.split.after - self.split.before,
            "interval": None if math.isnan(self.interval[0]) else list(self.interval),
            "common_errors": self.common_errors,
            "by_rater": self.by_rater.reset_index().to_dict("records"),
            "factors": self.table.to_dict("records"),
            "unscored": self.unscored.to_dict("index"),
            "occupations": largest.astype(object).where(largest.notna(), None).to_dict("records"),
        }


def change(
    before: Study | Side | str | Path,
    after: Study | Side | str | Path,
    *,
    estimate: Estimate | str = "mean:beta",
    estimate_after: Estimate | str | None = None,
    employment_before: pd.DataFrame | str | Path | None = None,
    employment_after: pd.DataFrame | str | Path | None = None,
    missing_scores: MissingScores | None = None,
) -> Change:
    """Say why a number differs between two studies: tasks, employment, scores, weights or definition, in parts that add up.

    The estimate is made again with every mixture of the two sides: tasks of the one with scores of the other,
    and so on, 32 in all when everything differs. Each factor's part is the mean of what changing it adds,
    over all 120 orderings.

    Parameters
    ----------
    before, after
        Studies, their folders, or :class:`jobimpact.estimates.change.sides.Side` made from tables.
    estimate
        What is compared: ``mean:beta``, ``share:beta>=0.5``, ``mean:beta/wage_bill``; with
        ``@soc_major=15-0000``, ``@naics=51`` or ``@area=06`` for a group. Sides made from tables have their
        own.
    estimate_after
        Another definition for `after`.
    employment_before, employment_after
        Table ``oews`` or an OEWS file in place of the studies' own employment: needed for sectors and states
        of a release that is not at hand.
    missing_scores
        What a task counts for that the other side never scored: see ``missing_scores`` in data/change.toml.

    Returns
    -------
    Change
        Parts sum to the change, but for the rounding of floats; a factor that is the same on both sides has
        part 0.

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
    `jobimpact.estimates.change.change`.

    Examples
    --------
    >>> parts = change("reports/study", "reports/study", estimate="mean:beta", estimate_after="mean:gamma")
    >>> parts.table.set_index("factor")["part"].idxmax()
    'definition'
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
    names, occupations = distinct_names(*sides), _by_occupation(mixture)
    table = _table(sides, split, differing, mixture.notes())
    notes = [f"{row['factor']}: {row['note']}." for row in table.to_dict("records") if row["note"]]
    movers = [
        f"{row['soc_code']} {row['title']} {_signed(row['composition'])} {_signed(row['content'])}"
        for row in _largest(occupations).reset_index().to_dict("records")
    ]
    notes.append(f"Occupations that move it most (by jobs; by scores and tasks): {'; '.join(movers) or 'none'}.")
    interval = change_intervals(mixture, [(sides[0].estimate, sides[1].estimate)])[0]
    by_rater = pd.concat([side.by_rater for side in sides], axis="columns", join="inner", keys=["before", "after"])
    # What single precision of the scores leaves is no change.
    changes = (by_rater["after"] - by_rater["before"]).round(7)
    by_rater = by_rater.assign(change=changes + 0.0).sort_values("change", kind="stable").rename_axis("rater")
    notes += _certainty(interval, by_rater, common_errors=same_model(mixture))
    low, high = split.before, split.after
    return Change(
        title=f"{names[0]}: {low:.6f}; {names[1]}: {high:.6f}; change {high - low:+.6f}, of it by",
        table=table,
        notes=tuple(notes),
        names=names,
        split=split,
        unscored=mixture.unscored(),
        stored=(sides[0].stored, sides[1].stored),
        occupations=occupations,
        own_weights=mixture.own_scheme,
        interval=interval,
        common_errors=same_model(mixture),
        by_rater=by_rater,
    )


def _certainty(interval: Ends, by_rater: pd.DataFrame, *, common_errors: bool) -> list[str]:
    """Return the interval of the change and the change by each judge in words, as far as they are known."""
    notes = []
    if not math.isnan(interval[0]):
        errors = "errors of the same judge and model cancel" if common_errors else "judge or model differ: errors independent"
        level = 100 * float(assumption("variance", "level"))
        notes.append(f"{level:.0f} % interval of the change {_signed(interval[0])} to {_signed(interval[1])} ({errors}).")
    if len(by_rater):
        changes = ", ".join(f"{rater} {_signed(value)}" for rater, value in by_rater["change"].items())
        notes.append(f"Change by each judge: {changes}.")
    return notes


def _signed(part: float) -> str:
    return f"{round(part, 6) + 0.0:+.6f}"  # -0.0 + 0.0 is 0.0: a part that rounds to nothing has no sign to show


def _largest(occupations: ShiftShare) -> pd.DataFrame:
    units = occupations.units
    moves = (units["composition"] + units["content"]).abs() > assumption("change", "stored_tolerance")
    rows: pd.DataFrame = units.loc[moves, _MOVER_COLUMNS].head(int(assumption("change", "largest")))
    return rows


def _by_occupation(mixture: Mixture) -> ShiftShare:
    """Return the change between both sides as they are, occupation by occupation."""
    cells = []
    for number, side in enumerate(mixture.sides):
        values = side.estimate.values(mixture.occupations(number, number, number))
        cells.append(side.estimate.cells(values, side.employment))
    split = shift_share(cells[0], cells[1], key="soc_code", weight="weight", value="value")
    titles = pd.Series(dtype="object")
    if titled := [side.employment for side in mixture.sides if "title" in side.employment]:
        titles = pd.concat(titled).drop_duplicates("soc_code").set_index("soc_code")["title"]
    units = split.units.assign(title=titles.reindex(split.units.index))
    return replace(split, units=units)


def _table(
    sides: tuple[Side, Side], split: "ShapleySplit", differing: Mapping[str, bool], notes: Mapping[str, str]
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


@dataclass(frozen=True)
class ShapleySplit:
    """A difference of two values by factor; where alone first and last differ, factors interact."""

    before: float  # with no factor changed
    after: float  # with all factors changed
    parts: Mapping[str, float]  # by factor, mean over all orderings of what changing it adds
    alone_first: Mapping[str, float]  # by factor, what it adds when changed before all others
    alone_last: Mapping[str, float]  # and after all others


def shapley_split(
    value: Callable[[frozenset[str]], float], factors: Sequence[str], changing: Iterable[str] | None = None
) -> ShapleySplit:
    """Split the difference between two values exactly among the factors that differ.

    The part of factor i among n is the sum over all sets S without i of |S|! (n - |S| - 1)! / n! [v(S with i)
    - v(S)], the mean of its contribution over all n! orderings (Shapley 1953, doi:10.1515/9781400881970-018;
    as a rule of decomposition Shorrocks 2013, doi:10.1007/s10888-011-9214-z). Sums are made in fractions, so
    that factors with equal contributions get equal parts and parts add up to the last digit that a float can
    tell. `value` is called once for each set of factors that are `changing` (all by default); the others get
    0. A missing or infinite value is an InputError.

    Examples
    --------
    >>> worth = {frozenset(): 1.0, frozenset("a"): 2.0, frozenset("b"): 3.0, frozenset("ab"): 6.0}
    >>> shapley_split(worth.__getitem__, ["a", "b"]).parts
    {'a': 2.0, 'b': 3.0}
    """
    requested = set(factors if changing is None else changing)
    live = [factor for factor in factors if factor in requested]
    unknown = requested - set(factors)
    if unknown or len(set(factors)) != len(factors):
        raise InputError(f"found factors {sorted(unknown) or list(factors)}; expected each once among {', '.join(factors)}")
    subsets = [frozenset(subset) for size in range(len(live) + 1) for subset in combinations(live, size)]
    values = {subset: value(subset) for subset in subsets}
    missing = [sorted(subset) for subset, number in values.items() if not isfinite(number)]
    if missing:
        raise InputError(
            f"the estimate is missing once {', '.join(missing[0]) or 'nothing'} is changed: expected a number in all "
            f"{len(values)} combinations; check that both sides have scores and employment for this group"
        )
    exact = {subset: Fraction(number) for subset, number in values.items()}
    everything = frozenset(live)
    parts = {factor: float(_part(exact, everything, factor)) if factor in everything else 0.0 for factor in factors}
    first = {name: float(exact[frozenset({name} & everything)] - exact[frozenset()]) for name in factors}
    last = {factor: float(exact[everything] - exact[everything - {factor}]) for factor in factors}
    return ShapleySplit(values[frozenset()], values[everything], parts, first, last)


def _part(exact: Mapping[frozenset[str], Fraction], everything: frozenset[str], factor: str) -> Fraction:
    n = len(everything)
    return sum(
        (
            Fraction(factorial(len(subset)) * factorial(n - len(subset) - 1), factorial(n))
            * (exact[subset | {factor}] - exact[subset])
            for subset in exact
            if factor not in subset
        ),
        start=Fraction(0),
    )
