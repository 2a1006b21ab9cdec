"""The variance ledger: how far each estimate may be off, split into causes that add up.

Six causes are drawn, each independently of the others: the model's error (what tasks of an occupation share
and what each has for itself), the rater, the noise of labels, the weights of tasks, the crosswalk, and the
survey sampling of employment and wages. What is common to all occupations, such as a model that is too low
everywhere, is in none of them but the rater: :mod:`jobimpact.estimates.debias.prediction_powered` measures it
with a few labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.variance.blocks import make_blocks
from jobimpact.estimates.variance.draws import make_draws
from jobimpact.estimates.variance.estimator import QUERIES
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from jobimpact.estimates.means.populations import Population
    from jobimpact.estimates.variance.blocks import Blocks
    from jobimpact.estimates.variance.draws import Draws, Exposures
    from jobimpact.estimates.variance.estimator import Query

SAMPLING, TOTAL = "survey sampling", "total"
CAUSES = ("model", "rater", "label noise", "task weights", "crosswalk", SAMPLING)
# Rounding of single precision leaves some 1e-14 where nothing varies.
_ROUNDING = 1e-13


def variance_ledger(
    exposures: Exposures,
    populations: Sequence[Population],
    *,
    queries: Sequence[Query] = QUERIES,
    gaps: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    n_draws: int | None = None,
    seed: int | None = None,
    level: float | None = None,
) -> pd.DataFrame:
    """Return the variance of every estimate, split into causes.

    Parameters
    ----------
    exposures
        Of :func:`jobimpact.estimates.variance.draws.occupation_exposures`.
    populations
        Of :mod:`jobimpact.estimates.means.populations`; those of one occupation each have only the first
        query.
    queries
        Columns to estimate: means and shares above a cut, weighted by employment or the wage bill.
    gaps
        By table name, pairs of row keys (A, B) whose difference A less B is an estimate as well. Both are
        taken from the same draws, so that what they share cancels. B may be a row of another table,
        ``table:key``, where A is an occupation. The mean by wage bill less that by jobs is an estimate
        wherever both are.
    n_draws, seed, level
        By default the assumptions of data/variance.toml.

    Returns
    -------
    pandas.DataFrame
        Table ``variance_ledger``: ``table_name row_key column_name`` (the cell of the study; ``A - B`` for a
        gap of rows or of columns), its ``point_estimate``, and one row for each ``cause`` of `CAUSES` and the
        ``total``, their sum: ``variance``, ``variance_share``, ``estimate_se``, ``estimate_low``,
        ``estimate_high`` (of a cause the estimate plus and minus its normal quantile; of the total quantiles
        of the draws, which hold other raters at their own level, so that they need not lie evenly around the
        estimate; an end never lies beyond what the estimate can be, 0 to 1, or -1 to 1 for a difference). A
        cause that cannot be drawn (no raters, no components; and the crosswalk, as none is in the way of a
        study's tables) is missing, not zero. A group without a matched cell has a missing estimate.

    Raises
    ------
    InputError
        If a gap names a row that is not there, only one rater or scheme is given, which has no spread, or
        there are fewer draws than raters or schemes.

    Notes
    -----
    By the law of total variance, var(t) = var(E[t | exposures]) + E[var(t | exposures)]. The second is the part of survey
    sampling, see :meth:`jobimpact.estimates.variance.estimator.Estimator.sampling_variance`; the first is split by drawing one
    cause at a time, see :func:`crossed_effect` and :func:`allocate`. Raters are a sample of many that might have been: their
    variance has the divisor R - 1. Schemes of task weights are the whole list, each equally likely. Errors of occupations are
    independent of each other.

    Examples
    --------
    >>> import pandas as pd
    >>> from jobimpact.estimates.means.populations import population_by
    >>> from jobimpact.estimates.variance.draws import occupation_exposures
    >>> tasks = pd.DataFrame({"onetsoc_code": ["a", "b"], "beta": [0.2, 0.6], "task_weight": 1.0})
    >>> cells = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": 100.0, "emp_prse": 5.0, "a_mean": 5e4, "mean_prse": 1.0})
    >>> exposures = occupation_exposures(tasks, tasks["onetsoc_code"], schemes=())
    >>> sectors = population_by("sectors", cells.assign(naics="52"), "naics")
    >>> ledger = variance_ledger(exposures, [sectors]).set_index("cause")
    >>> mean = ledger[ledger["column_name"] == "exposure_beta"]["variance"]
    >>> round(float(mean["survey sampling"]), 6)  # (0.5 x 0.05 x 0.2)^2 for each cell
    5e-05
    """
    for what, names in (("rater", exposures.raters), ("scheme of task weights", exposures.schemes)):
        if len(names) == 1:
            raise InputError(f"found one {what}, {names[0]!r}; expected none or at least two, whose spread is its part")
    n = int(assumption("variance", "draws")) if n_draws is None else n_draws
    least = max(len(exposures.raters), len(exposures.schemes), 2)
    if n < least:
        raise InputError(f"found {n} draws; expected at least {least}, one for each rater and scheme")
    rng = np.random.default_rng(int(assumption("variance", "seed")) if seed is None else seed)
    draws = make_draws(exposures, n, rng)
    # Two sets of draws: a cause varies over the first while all else stands at a draw of the second.
    background = make_draws(exposures, int(assumption("variance", "backgrounds")), rng)
    level = float(assumption("variance", "level")) if level is None else level
    blocks = make_blocks(exposures, populations, queries, gaps or {})
    rows = blocks.rows()
    causes = [cause for cause, drawable in _drawable(exposures).items() if drawable]
    effects = {cause: crossed_effect(_varied(blocks, exposures, draws, background, cause)) for cause in causes}
    joint, sampling = blocks.estimates(exposures, draws), blocks.sampling_variances(exposures, draws)
    parts, whole = allocate(effects, joint, _factors(exposures))
    return _table(rows, parts, whole, joint, sampling, level, rng)


def _drawable(exposures: Exposures) -> dict[str, bool]:
    """Return whether each cause can be drawn; the survey sampling of employment is computed, and no crosswalk is drawn here."""
    components = exposures.components_given
    return {
        "model": components,
        "rater": bool(exposures.raters),
        "label noise": components,
        "task weights": bool(exposures.schemes),
    }


def _varied(blocks: Blocks, exposures: Exposures, draws: Draws, background: Draws, cause: str) -> Iterator[NDArray[np.float64]]:
    for number in range(len(background.rater)):
        yield blocks.estimates(exposures, draws.only(cause, background, number))


def _factors(exposures: Exposures) -> dict[str, float]:
    """Return by what the variance over options is multiplied to be that of what they are a sample of."""
    raters = len(exposures.raters)
    return {"rater": raters / (raters - 1)} if raters else {}


@dataclass(frozen=True)
class Effect:
    """What one cause does to E estimates."""

    main: NDArray[np.float64]  # (E,) first-order effect: variance of the mean over all else, given the cause
    shared: NDArray[np.float64]  # (E,) variance that the cause makes only together with others

    @property
    def part(self) -> NDArray[np.float64]:
        """The main effect and half of what is shared."""
        return np.maximum(self.main, 0.0) + np.maximum(self.shared, 0.0) / 2


def crossed_effect(backgrounds: Iterable[NDArray[np.float64]]) -> Effect:
    """Return the effect of a cause from J arrays (E, D), the same D draws of it on each of J of all else.

    With y(d, j) the estimate under draw d of the cause and draw j of all else, the balanced two-way analysis
    of variance gives var(shared) = MS(rest) and var(main) = (MS(d) - MS(rest)) / J (Searle, Casella and
    McCulloch 1992, Variance Components, ISBN 0-471-62162-5, chapter 4). As all else stands still within a j,
    chance correlation of the cause with larger ones does not enter, and the error of a part is relative to
    the part: sqrt(2/D).
    """
    rows: NDArray[np.float64] | None = None
    squares, columns, origin = 0.0, [], 0.0
    for draws in backgrounds:
        if rows is None:
            # Sums about the first background's mean: about 0 the squares of estimates near .4 would lose the digits that count.
            rows, origin = np.zeros_like(draws), draws.mean(axis=1, keepdims=True)
        centred = draws - origin
        rows += centred
        squares = squares + (centred**2).sum(axis=1)
        columns.append(centred.sum(axis=1))
    if rows is None or len(columns) < 2:  # noqa: PLR2004 - two draws of all else are the fewest that have a spread
        raise ValueError("a crossed design needs at least two backgrounds")
    n_draws, n_rest = rows.shape[1], len(columns)
    correction = rows.sum(axis=1) ** 2 / (n_draws * n_rest)
    between = (rows**2).sum(axis=1) / n_rest - correction
    rest = (np.array(columns) ** 2).sum(axis=0) / n_draws - correction
    shared = (squares - correction - between - rest) / ((n_draws - 1) * (n_rest - 1))
    return Effect((between / (n_draws - 1) - shared) / n_rest, shared)


def allocate(
    effects: Mapping[str, Effect], joint: NDArray[np.float64], factors: Mapping[str, float]
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Return the part (E,) of each cause in the variance of the joint draws (E, D), and the sum of the parts.

    What several causes make only together is shared between them equally, as the Shapley value does: the part
    of a cause is its main effect and half of what it shares, exact where no more than two causes act together
    (Owen 2014, doi:10.1137/130936233: the Shapley value lies between the main and the total effect), scaled
    so that the parts sum to the variance of `joint`. An estimate in which causes only add has no shared part,
    and the parts are the main effects. `factors` are what a part is then multiplied by: the spread of few
    raters is less than that of what they are a sample of.
    """
    whole = joint.var(axis=1, ddof=1)
    parts = {cause: effect.part for cause, effect in effects.items()}
    sums = np.sum(list(parts.values()), axis=0) if parts else np.zeros_like(whole)
    scale = np.divide(whole, sums, out=np.zeros_like(whole), where=sums > _ROUNDING)
    scaled = {cause: part * scale * factors.get(cause, 1.0) for cause, part in parts.items()}
    return scaled, np.sum(list(scaled.values()), axis=0) if scaled else np.zeros_like(whole)


def _table(
    rows: pd.DataFrame,
    parts: Mapping[str, NDArray[np.float64]],
    whole: NDArray[np.float64],
    joint: NDArray[np.float64],
    sampling: NDArray[np.float64],
    level: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the ledger: the rows of each estimate in the order of `CAUSES`, the total last."""
    sampled, none = sampling.mean(axis=1), np.full(len(rows), np.nan)
    variances = {cause: parts.get(cause, none) for cause in CAUSES} | {SAMPLING: sampled, TOTAL: whole + sampled}
    variance = np.stack(list(variances.values()), axis=1)
    se, value = np.sqrt(variance), rows["point_estimate"].to_numpy()[:, None]
    reach = NormalDist().inv_cdf((1 + level) / 2) * se
    low, high = value - reach, value + reach
    low[:, -1], high[:, -1] = _interval(whole, joint, np.sqrt(sampling), level, rng)
    # Only after all sums: clipping draws would take from the variance what the interval shows.
    low, high = (np.clip(end, rows["least"].to_numpy()[:, None], 1.0) for end in (low, high))
    total = variance[:, -1:]
    share = np.divide(variance, total, out=np.full_like(variance, np.nan), where=total > 0)
    columns = {"variance": variance, "variance_share": share, "estimate_se": se, "estimate_low": low, "estimate_high": high}
    ledger = rows.loc[rows.index.repeat(len(variances))].reset_index(drop=True)
    return ledger.assign(cause=list(variances) * len(rows), **{name: cells.ravel() for name, cells in columns.items()})[
        table_columns("variance_ledger")
    ]


def _interval(
    whole: NDArray[np.float64], joint: NDArray[np.float64], noise_sd: NDArray[np.float64], level: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return quantiles of the joint draws with sampling added to each.

    Few raters are spread less than what they are a sample of, so the draws are stretched about their mean to
    the variance.
    """
    spread, mean = joint.var(axis=1, ddof=1), joint.mean(axis=1, keepdims=True)
    stretch = np.sqrt(np.divide(whole, spread, out=np.ones_like(spread), where=spread > 0))
    estimates = mean + stretch[:, None] * (joint - mean) + noise_sd * rng.standard_normal(noise_sd.shape)
    low, high = np.quantile(estimates, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return low, high
