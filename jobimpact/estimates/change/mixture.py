"""An estimate with its tasks, employment, scores, weights and definition from either of two sides."""

from functools import cached_property
from typing import Final, Literal

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.change.sides import Side, distinct_names
from jobimpact.estimates.means.occupations import exposure_by_rater
from jobimpact.estimates.means.weights import task_weights
from jobimpact.exposure.heads.components import occupation_standard_errors

MissingScores = Literal["own", "drop"]
# What each scheme of weights reads of a task.
_READS: Final = {"core": "task_type", "importance": "importance"}
FACTORS: Final = ("tasks", "employment", "scores", "weights", "definition")


class Mixture:
    """The estimate with each factor taken from one of two sides; what two factors give together is kept."""

    def __init__(self, sides: tuple[Side, Side], missing_scores: str) -> None:
        self.sides = sides
        self.missing_scores = missing_scores
        self.measures = sorted({side.estimate.measure for side in sides})
        for side in sides:
            if absent := [measure for measure in self.measures if measure not in side.scores]:
                raise InputError(
                    f"{side.name}: the scores have no column {absent[0]!r}, which the other side's estimate needs: add it, or "
                    "compare one measure"
                )
        self._weights: dict[tuple[int, int], np.ndarray] = {}
        self._occupations: dict[tuple[int, int, int], pd.DataFrame] = {}
        self._own_scheme: set[int] = set()

    def value(self, changed: frozenset[str]) -> float:
        """Return the estimate with the factors in `changed` from the second side."""
        of = {factor: int(factor in changed) for factor in FACTORS}
        exposures = self.occupations(of["tasks"], of["scores"], of["weights"])
        return self.sides[of["definition"]].estimate.compute(exposures, self.sides[of["employment"]].employment)

    def occupations(self, tasks: int, scores: int, weights: int) -> pd.DataFrame:
        """Return measures by OEWS occupation: tasks of one side, scores and weights of others.

        Where the components of the scores' errors are known, ``beta_se`` is the standard error that they make.
        """
        # Kept: 32 mixtures share a few exposures, each a mean over all tasks.
        key = (tasks, scores, weights)
        if key not in self._occupations:
            side = self.sides[tasks]
            table = side.tasks.assign(task_weight=self.weights(tasks, weights), **self.scores(tasks, scores))
            exposures = exposure_by_rater(table, self.measures, side.oews_codes)
            components = self.sides[scores].components
            if components is not None and "beta" in self.measures:
                rows = table.assign(oews=side.oews_codes).dropna(subset=self.measures)
                errors = occupation_standard_errors(rows, components, by="oews", within="onetsoc_code")
                exposures = exposures.assign(beta_se=errors)
            self._occupations[key] = exposures
        return self._occupations[key]

    def weights(self, tasks: int, scheme: int) -> np.ndarray:
        """Return the weights of one side's tasks under the other's scheme, or its own where that cannot be had."""
        key = (tasks, scheme)
        if key not in self._weights:
            values = self._scheme_weights(tasks, scheme)
            if values is None:
                self._own_scheme.add(tasks)
                values = self.weights(tasks, tasks)
            self._weights[key] = values
        return self._weights[key]

    def _scheme_weights(self, tasks: int, scheme: int) -> np.ndarray | None:
        side, name = self.sides[tasks], self.sides[scheme].weights
        if "given" in (name, side.weights):
            return side.given_weights() if tasks == scheme else None
        if tasks != scheme and _READS.get(name) not in side.tasks:
            return None
        try:
            return task_weights(side.tasks, name).to_numpy()  # type: ignore[arg-type]
        except InputError:
            if tasks == scheme:
                raise
            return None

    def scores(self, tasks: int, scores: int) -> dict[str, np.ndarray]:
        """Return the scores of one side's tasks by the other side."""
        side_scores = self.sides[tasks].scores[self.measures]
        if tasks == scores:
            return {measure: side_scores[measure].to_numpy() for measure in self.measures}
        rows, both = self.exchangeable[tasks]
        other = self.sides[scores].scores[self.measures].to_numpy()[rows]
        fallback = side_scores.to_numpy() if self.missing_scores == "own" else np.full(side_scores.shape, np.nan)
        mixed = np.where(both[:, None], other, fallback)
        return {measure: mixed[:, column] for column, measure in enumerate(self.measures)}

    @cached_property
    def partners(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """For each side, the row of the other that has the same task, and whether there is one."""
        keys = self._keys()
        first, second = (pd.Index(side) for side in keys)
        rows = [second.get_indexer(first), first.get_indexer(second)]
        return (rows[0], rows[0] >= 0), (rows[1], rows[1] >= 0)

    @cached_property
    def scored(self) -> tuple[np.ndarray, np.ndarray]:
        """For each side, which of its tasks have every score: the others count in no mixture of its tasks."""
        masks = [side.scores[self.measures].notna().all(axis=1).to_numpy() for side in self.sides]
        return masks[0], masks[1]

    @cached_property
    def exchangeable(self) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """For each side, the row of the other that has the same task, and whether both sides scored it."""
        (second_rows, in_second), (first_rows, in_first) = self.partners
        first, second = self.scored
        both = in_second & first & second[second_rows], in_first & second & first[first_rows]
        return (second_rows, both[0]), (first_rows, both[1])

    def _keys(self) -> tuple[pd.Series, pd.Series]:
        # Numbers of tasks are not kept by users' files, wordings are what a model sees; without wordings the number must do.
        column = "task" if all("task" in side.tasks for side in self.sides) else "task_id"
        keys = []
        for side in self.sides:
            text = side.tasks["onetsoc_code"].astype(str) + "|" + side.tasks[column].fillna("").astype(str).str.strip()
            keys.append(text + "|" + text.groupby(text).cumcount().astype(str))
        return keys[0], keys[1]

    @cached_property
    def differing(self) -> dict[str, bool]:
        """Whether each factor differs between the sides."""
        first, second = self.sides
        (rows, matched), both = self.partners[0], self.exchangeable[0][1]
        mine, theirs = (side.scores[self.measures].to_numpy() for side in self.sides)
        same = np.array_equal(mine[both], theirs[rows[both]])
        same_tasks = bool(matched.all()) and len(matched) == len(second.tasks) and first.same_tasks(second, rows)
        return {
            # A task that only one side scored counts on that side alone, as one that only it has.
            "tasks": not (same_tasks and np.array_equal(self.scored[0], self.scored[1][rows])),
            "employment": not first.same_employment(second),
            "scores": not same,
            "weights": first.weights != second.weights,
            "definition": first.estimate != second.estimate,
        }

    def unscored(self) -> pd.DataFrame:
        """Return how many tasks of each side the other did not score, and what employment hangs on them."""
        rows = {}
        for number, name in enumerate(("before", "after")):
            side, has_scores, both = self.sides[number], self.scored[number], self.exchangeable[number][1]
            missing = np.where(has_scores, ~both, np.nan)
            table = side.tasks.assign(task_weight=self.weights(number, number), lacking=missing)
            shares = exposure_by_rater(table, ["lacking"], side.oews_codes)["lacking"]
            rows[name] = {
                "n_tasks": int(has_scores.sum()),
                "n_unscored": int((has_scores & ~both).sum()),
                "employment_share": side.estimate.mean(shares, side.employment),
            }
        return pd.DataFrame.from_dict(rows, orient="index").astype({"n_tasks": int, "n_unscored": int})

    @property
    def own_scheme(self) -> tuple[str, ...]:
        """Sides, ``before`` or ``after``, whose tasks could not be weighted by the other's scheme in what was computed so far."""
        return tuple(("before", "after")[number] for number in sorted(self._own_scheme))

    def notes(self) -> dict[str, str]:
        """Return by factor how what could not be exchanged was handled."""
        notes = {}
        counts = self.unscored()
        if counts["n_unscored"].any():
            (_, old), (_, new) = counts.to_dict("index").items()
            handled = "keep their own score" if self.missing_scores == "own" else "are left out of mixtures"
            notes["scores"] = (
                f"{old['n_unscored']:,} of {old['n_tasks']:,} tasks before and {new['n_unscored']:,} of {new['n_tasks']:,} after "
                f"have no score on the other side ({100 * old['employment_share']:.2f} and {100 * new['employment_share']:.2f} % "
                f"of employment by weight of tasks): they {handled}; what they change is under tasks"
            )
        if self.own_scheme:
            which = " and ".join(self.own_scheme)
            notes["weights"] = f"the tasks {which} cannot be weighted by the other side's scheme and keep their own"
        names, factors = distinct_names(*self.sides), (frozenset[str](), frozenset(FACTORS))
        values = [self.value(changed) for changed in factors]
        other = [
            f"{name} states {side.stored:.9f}, its tables give {value:.9f}: it was made by other code"
            for side, name, value in zip(self.sides, names, values, strict=True)
            if abs(side.stored - value) > assumption("change", "stored_tolerance")
        ]
        if other:
            notes["definition"] = "; ".join(other)
        return notes
