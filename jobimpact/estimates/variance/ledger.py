"""The variance ledger: how far each estimate may be off, split into causes that add up.

Six causes are drawn, each independently of the others: the model's error (what tasks of an occupation share and what each has
for itself), the rater, the noise of labels, the weights of tasks, the crosswalk, and the survey sampling of employment and
wages. What is common to all occupations, such as a model that is too low everywhere, is in none of them but the rater:
:mod:`jobimpact.estimates.debias.prediction_powered` measures it with a few labels.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.variance.blocks import make_blocks
from jobimpact.estimates.variance.draws import make_draws
from jobimpact.estimates.variance.estimator import QUERIES
from jobimpact.estimates.variance.split import allocate, crossed_effect
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from jobimpact.estimates.means.populations import Population
    from jobimpact.estimates.variance.blocks import Blocks
    from jobimpact.estimates.variance.draws import Draws, Exposures
    from jobimpact.estimates.variance.estimator import Query

SAMPLING, TOTAL = "survey sampling", "total"
CAUSES = ("model", "rater", "label noise", "task weights", "crosswalk", SAMPLING)


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
        Of :mod:`jobimpact.estimates.means.populations`; those of one occupation each have only the first query.
    queries
        Columns to estimate: means and shares above a cut, weighted by employment or the wage bill.
    gaps
        By table name, pairs of row keys (A, B) whose difference A less B is an estimate as well. Both are taken from the
        same draws, so that what they share cancels. B may be a row of another table, ``table:key``, where A is an occupation.
        The mean by wage bill less that by jobs is an estimate wherever both are.
    n_draws, seed, level
        By default the assumptions of data/variance.toml.

    Returns
    -------
    pandas.DataFrame
        Table ``variance_ledger``: ``table_name row_key column_name`` (the cell of the study; ``A - B`` for a gap of rows or
        of columns), its ``point_estimate``, and one row for each ``cause`` of `CAUSES` and the ``total``, their sum:
        ``variance``, ``variance_share``, ``estimate_se``, ``estimate_low``, ``estimate_high``
        (of a cause the estimate plus and minus its normal quantile; of the total quantiles of the draws, which hold other raters
        at their own level, so that they need not lie evenly around the estimate; an end never lies beyond what the estimate can
        be, 0 to 1, or -1 to 1 for a difference). A cause that was not given (no raters, no components, no imputations) is
        missing, not zero. A group without a matched cell has a missing estimate.

    Raises
    ------
    InputError
        If a gap names a row that is not there, only one rater or scheme is given, which has no spread, or there are fewer
        draws than raters, schemes or imputations.

    Notes
    -----
    By the law of total variance, var(t) = var(E[t | exposures]) + E[var(t | exposures)]. The second is the part of survey
    sampling, see :meth:`jobimpact.estimates.variance.estimator.Estimator.sampling_variance`; the first is split by drawing one
    cause at a time, see :func:`jobimpact.estimates.variance.split.crossed_effect` and
    :func:`jobimpact.estimates.variance.split.allocate`. Raters and imputations are samples of many that might have been:
    their variance has the divisor R - 1, that of M imputations times 1 + 1/M (Rubin 1987, doi:10.1002/9780470316696). Schemes
    of task weights are the whole list, each equally likely. Errors of occupations are independent of each other.

    Examples
    --------
    >>> import pandas as pd
    >>> from jobimpact.estimates.means.populations import population_by
    >>> from jobimpact.estimates.variance.draws import occupation_exposures
    >>> tasks = pd.DataFrame({"onetsoc_code": ["a", "b"], "beta": [0.2, 0.6], "task_weight": 1.0})
    >>> cells = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": 100.0, "emp_prse": 5.0, "a_mean": 5e4, "mean_prse": 1.0})
    >>> exposures = occupation_exposures(tasks, tasks["onetsoc_code"], schemes=())
    >>> found = variance_ledger(exposures, [population_by("sectors", cells.assign(naics="52"), "naics")]).set_index("cause")
    >>> mean = found[found["column_name"] == "exposure_beta"]["variance"]
    >>> round(float(mean["survey sampling"]), 6)  # (0.5 x 0.05 x 0.2)^2 for each cell
    5e-05
    """
    for what, names in (("rater", exposures.raters), ("scheme of task weights", exposures.schemes)):
        if len(names) == 1:
            raise InputError(f"found one {what}, {names[0]!r}; expected none or at least two, whose spread is its part")
    counts = {len(population.imputed) for population in populations if population.imputed}
    if len(counts) > 1:
        raise InputError(f"found populations with {sorted(counts)} imputations; expected as many in each")
    n_imputations = max(counts, default=0)
    n = int(assumption("variance", "draws")) if n_draws is None else n_draws
    least = max(len(exposures.raters), len(exposures.schemes), n_imputations, 2)
    if n < least:
        raise InputError(f"found {n} draws; expected at least {least}, one for each rater, scheme and imputation")
    rng = np.random.default_rng(int(assumption("variance", "seed")) if seed is None else seed)
    draws = make_draws(exposures, n, n_imputations, rng)
    background = make_draws(exposures, int(assumption("variance", "backgrounds")), n_imputations, rng)
    level = float(assumption("variance", "level")) if level is None else level
    blocks = make_blocks(exposures, populations, queries, gaps or {})
    rows = blocks.rows()
    given = _given(exposures, n_imputations)
    effects = {
        cause: crossed_effect(_varied(blocks, exposures, draws, background, cause)) for cause in CAUSES if given.get(cause)
    }
    joint, sampling = blocks.estimates(exposures, draws), blocks.sampling_variances(exposures, draws)
    parts, whole = allocate(effects, joint, _factors(exposures, n_imputations))
    return _table(rows, parts, whole, joint, sampling, level, rng)


def _given(exposures: Exposures, n_imputations: int) -> dict[str, bool]:
    components = exposures.components_given
    return {
        "model": components,
        "rater": bool(exposures.raters),
        "label noise": components,
        "task weights": bool(exposures.schemes),
        "crosswalk": n_imputations > 0,
    }


def _varied(blocks: Blocks, exposures: Exposures, draws: Draws, background: Draws, cause: str) -> Iterator[NDArray[np.float64]]:
    for number in range(len(background.rater)):
        yield blocks.estimates(exposures, draws.only(cause, background, number))


def _factors(exposures: Exposures, n_imputations: int) -> dict[str, float]:
    """Return by what the variance over options is multiplied to be that of what they are a sample of."""
    raters = len(exposures.raters)
    factors = {"rater": raters / (raters - 1)} if raters else {}
    return factors | ({"crosswalk": (n_imputations + 1) / (n_imputations - 1)} if n_imputations else {})


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
    variances["crosswalk"] = np.where(rows["imputed"], variances["crosswalk"], np.nan)
    variance = np.stack(list(variances.values()), axis=1)
    se, value = np.sqrt(variance), rows["point_estimate"].to_numpy()[:, None]
    reach = NormalDist().inv_cdf((1 + level) / 2) * se
    low, high = value - reach, value + reach
    low[:, -1], high[:, -1] = _interval(whole, joint, np.sqrt(sampling), level, rng)
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

    Few raters are spread less than what they are a sample of, so the draws are stretched about their mean to the variance.
    """
    spread, mean = joint.var(axis=1, ddof=1), joint.mean(axis=1, keepdims=True)
    stretch = np.sqrt(np.divide(whole, spread, out=np.ones_like(spread), where=spread > 0))
    drawn = mean + stretch[:, None] * (joint - mean) + noise_sd * rng.standard_normal(noise_sd.shape)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return low, high
