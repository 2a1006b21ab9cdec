"""Which choice matters most: the variance of a multiverse split over its choices.

Every universe is computed, so nothing is sampled: the Sobol indices of a full factorial are exact sums over
its cells, the eta squared of an analysis of variance. SALib estimates them from samples of a function that
can be called anywhere, and the tests hold this module against it. Where choices are not crossed (an index has
no weights of tasks), Sobol indices overlap and do not add up; the Shapley effects of the choices do, whatever
the design.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from jobimpact.errors import InputError

_TOLERANCE = 1e-9
_MOST_FACTORS = 12


@dataclass(frozen=True)
class VarianceSplit:
    """The variance of an outcome over universes, split over the choices.

    Attributes
    ----------
    table
        One row per choice, the largest Shapley effect first: ``choice``, ``n_levels``, ``main`` (first-order
        index, eta squared: what the choice explains alone), ``total`` (what is left unexplained when all
        others are known) and ``shapley`` (its fair part; sums to 1). Missing where the outcome does not vary.
    variance
        Of the outcome.
    additive, interaction
        Shares of the variance that effects of single choices explain together (R squared of a linear model of
        all levels), and the rest; their sum is 1.
    orthogonal
        Whether the choices are crossed so that the ``main`` effects add up to `additive`.
    """

    table: pd.DataFrame
    variance: float
    additive: float
    interaction: float
    orthogonal: bool


def split_variance(
    universes: pd.DataFrame, outcome: np.ndarray, choices: Sequence[str], weights: np.ndarray | None = None
) -> VarianceSplit:
    """Split the variance of `outcome` (u,), estimates or answers of 1 and 0, over at most 12 `choices`.

    With V(S) the variance of the mean outcome given the choices in S (Sobol 1993; Saltelli et al. 2008,
    doi:10.1002/ 9780470725184, chapter 4), and V the whole: main = V({i}) / V; total = 1 - V(all but i) / V;
    shapley = the mean of V(S + i) - V(S) over all orders in which choices can become known, over V (Owen
    2014, doi:10.1137/130936233; Song, Nelson and Staum 2016, doi:10.1137/15M1048070). In a full factorial
    main <= shapley <= total.

    Examples
    --------
    >>> grid = pd.DataFrame({"rater": ["a", "a", "b", "b"], "cut": [1, 2, 1, 2]})
    >>> split_variance(grid, np.array([0.0, 1.0, 0.0, 1.0]), ["rater", "cut"]).table["shapley"].tolist()
    [1.0, 0.0]
    """
    weights = np.ones(len(universes)) if weights is None else np.asarray(weights, dtype=float)
    outcome = np.asarray(outcome, dtype=float)
    if not len(outcome) or np.isnan(outcome).any() or len(choices) > _MOST_FACTORS:
        fault = f"{len(outcome)} universes, {int(np.isnan(outcome).sum())} without an outcome, and {len(choices)} choices"
        raise InputError(f"found {fault}; expected outcomes without gaps and at most {_MOST_FACTORS} choices: leave some out")
    weights = weights / weights.sum()
    codes = {choice: pd.factorize(universes[choice])[0] for choice in choices}
    levels = {choice: int(codes[choice].max()) + 1 for choice in choices}
    largest = float(np.abs(outcome).max())
    outcome = outcome - weights @ outcome
    variance = float(weights @ outcome**2)
    table = pd.DataFrame({"choice": list(choices), "n_levels": [levels[choice] for choice in choices]})
    # Rounding leaves a variance of about the square of the last place.
    if variance <= (largest * _TOLERANCE) ** 2:
        empty = table.assign(main=np.nan, total=np.nan, shapley=np.nan)
        return VarianceSplit(empty, 0.0, math.nan, math.nan, orthogonal=False)
    free = [choice for choice in choices if levels[choice] > 1]
    variances = _variances_given(codes, levels, free, outcome, weights)
    everything = variances[frozenset(free)]
    main = {choice: variances[frozenset([choice])] / variance for choice in free}
    total = {choice: (variance - variances[frozenset(free) - {choice}]) / variance for choice in free}
    shares = {choice: value / variance for choice, value in _shapley(variances, free).items()}
    # What differs between universes of the same choices belongs to no choice; there is none of it in a multiverse.
    unexplained = (variance - everything) / variance
    if unexplained > _TOLERANCE:
        raise InputError(
            f"{unexplained:.1%} of the variance is between universes of the same choices; expected one for each: name all"
        )
    additive = _additive(codes, levels, free, outcome, weights) / variance
    columns = {
        name: table["choice"].map(values).fillna(0.0)
        for name, values in {"main": main, "total": total, "shapley": shares}.items()
    }
    # Differences of equal sums are a rounding error away from zero.
    columns = {name: values.where(values.abs() > _TOLERANCE, 0.0) for name, values in columns.items()}
    table = table.assign(**columns).sort_values("shapley", ascending=False, kind="stable", ignore_index=True)
    orthogonal = abs(sum(main.values()) - additive) < _TOLERANCE * 1e3
    return VarianceSplit(table, variance, additive, 1 - additive, orthogonal=bool(orthogonal))


def _variances_given(
    codes: dict[str, np.ndarray], levels: dict[str, int], free: Sequence[str], outcome: np.ndarray, weights: np.ndarray
) -> dict[frozenset[str], float]:
    """Return the variance of the mean outcome given each set of choices."""
    variances = {frozenset[str](): 0.0}
    for size in range(1, len(free) + 1):
        for names in combinations(free, size):
            cell = np.zeros(len(outcome), dtype=np.int64)
            for name in names:
                cell = cell * levels[name] + codes[name]
            # Renumbered after each set: products of twelve numbers of levels would outgrow memory in bincount.
            _, cell = np.unique(cell, return_inverse=True)
            sums, totals = np.bincount(cell, weights=weights * outcome), np.bincount(cell, weights=weights)
            variances[frozenset(names)] = float((sums**2 / totals).sum())
    return variances


def _shapley(variances: dict[frozenset[str], float], free: Sequence[str]) -> dict[str, float]:
    n = len(free)
    effects = dict.fromkeys(free, 0.0)
    for names, value in variances.items():
        size = len(names)
        for choice in set(free) - names:
            order = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            effects[choice] += order * (variances[names | {choice}] - value)
    return effects


def _additive(
    codes: dict[str, np.ndarray], levels: dict[str, int], free: Sequence[str], outcome: np.ndarray, weights: np.ndarray
) -> float:
    """Return the variance that a weighted least-squares model of all levels without interactions explains."""
    dummies = [np.ones((len(outcome), 1))] + [np.eye(levels[name])[codes[name]][:, 1:] for name in free]
    design, root = np.column_stack(dummies), np.sqrt(weights)
    coefficients = np.linalg.lstsq(design * root[:, None], outcome * root, rcond=None)[0]
    return float(weights @ outcome**2 - weights @ (outcome - design @ coefficients) ** 2)
