"""The variance ledger: how far each estimate may be off given one judge, split into components that add up.

Five components are independent of each other: the model's error (what tasks of an occupation share and what
each has for itself), the noise of labels, the weights of tasks, the crosswalk, and the survey sampling of
employment and wages. Whose judgement exposure is, human raters' or a language model's, is in none of them:
:mod:`jobimpact.estimates.variance.raters` has every estimate by each judge. What is common to all
occupations, such as a model that is too low everywhere, is in none either:
:mod:`jobimpact.estimates.debias.prediction_powered` measures it with a few labels.

Estimates are rows of populations, and differences between them, as sums over occupations.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.definitions import above_cut
from jobimpact.estimates.means.populations import Population
from jobimpact.estimates.variance.exposures import Exposures, draw_exposures, normal_scores
from jobimpact.estimates.variance.shares import DIFFERENCE, QUERIES, Moments, Query, Shares, make_shares
from jobimpact.tables import table_columns

TOTAL = "total"
COMPONENTS = ("model", "label noise", "task weights", "crosswalk", "survey sampling")
_OTHER_TABLE = ":"  # as in the row keys of claims: table:key
_JOBS, _BILL = "exposure_beta", "exposure_beta_wage_bill"


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
    """Return the interval of every estimate, and its variance split into components.

    Parameters
    ----------
    exposures
        Of :func:`jobimpact.estimates.variance.exposures.occupation_exposures`.
    populations
        Of :mod:`jobimpact.estimates.means.populations`; those of one occupation each have only the first
        query.
    queries
        Columns to estimate: means and expected shares above a cut, weighted by employment or the wage bill.
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
        gap of rows or of columns), its ``point_estimate``, and one row for each ``cause`` of `COMPONENTS` and
        the ``total``, their sum: ``variance``, ``variance_share``, ``estimate_se``; of the total alone
        ``estimate_low``, ``estimate_high``, quantiles of the draws that always hold the estimate. A component
        that cannot be drawn (no components of the model; and the crosswalk, as none is in the way of a
        study's tables) is missing, not zero. A group without a matched cell has a missing estimate.

    Raises
    ------
    InputError
        If a gap names a row that is not there, or there are fewer draws than schemes of task weights, or one
        scheme alone, which has no spread.

    Notes
    -----
    An estimate is a sum over occupations of a coefficient times f, the exposure, or whether it lies at or
    above a cut. Errors of occupations are independent of each other, so its variance is the sum of squared
    coefficients times the variance of f, p (1 - p) above a cut; the model and the noise of labels share it
    as their variances. Schemes of task weights are the whole list, each equally likely. The sampling of
    employment adds the mean over f of its own variance, see
    :meth:`jobimpact.estimates.variance.shares.Shares.sampling_covariance` (the law of total variance). Draws
    of f, the same for all estimates, with sampling added, give the intervals.

    Examples
    --------
    >>> import pandas as pd
    >>> from jobimpact.estimates.means.populations import population_by
    >>> from jobimpact.estimates.variance.exposures import occupation_exposures
    >>> tasks = pd.DataFrame({"onetsoc_code": ["a", "b"], "beta": [0.2, 0.6], "task_weight": 1.0})
    >>> cells = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": 100.0, "emp_prse": 5.0, "a_mean": 5e4, "mean_prse": 1.0})
    >>> exposures = occupation_exposures(tasks, tasks["onetsoc_code"], schemes=())
    >>> sectors = population_by("sectors", cells.assign(naics="52"), "naics")
    >>> ledger = variance_ledger(exposures, [sectors]).set_index("cause")
    >>> mean = ledger[ledger["column_name"] == "exposure_beta"]["variance"]
    >>> round(float(mean["survey sampling"]), 6)  # (0.5 x 0.05 x 0.2)^2 for each cell
    5e-05
    """
    n = int(assumption("variance", "draws")) if n_draws is None else n_draws
    if len(exposures.schemes) == 1:
        raise InputError(f"found one scheme of task weights, {exposures.schemes[0]!r}; expected none or at least two")
    if n < max(len(exposures.schemes), 2):
        raise InputError(f"found {n} draws; expected at least {max(len(exposures.schemes), 2)}, one for each scheme")
    rng = np.random.default_rng(int(assumption("variance", "seed")) if seed is None else seed)
    level = float(assumption("variance", "level")) if level is None else level
    draws = draw_exposures(exposures, n, rng)
    sampling = normal_scores((1, n), rng)
    cuts = {query.cut for query in queries}
    averaged = {cut: np.nan_to_num(draws if cut is None else above_cut(draws, cut).astype(float)) for cut in cuts}
    parts = [
        _block_table(block, exposures, averaged[block.cut], sampling, level)
        for block in make_blocks(exposures, populations, queries, gaps or {})
    ]
    return pd.concat(parts, ignore_index=True)[table_columns("variance_ledger")]


def interval(
    draws: NDArray[np.float64], estimate: NDArray[np.float64], level: float, least: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends (E,) of intervals from draws (E, D): their quantiles, drawn out to hold the estimate.

    Quantiles of a share can leave out the estimate, their mean, where few occupations decide it. Ends never
    lie beyond what an estimate can be, `least` to 1; only the ends are cut there, as cut draws would be too
    narrow.

    Examples
    --------
    >>> low, high = interval(np.array([[0.2, 0.3, 1.1, 1.2]]), np.array([0.1]), 0.9)
    >>> low.tolist(), high.tolist()
    ([0.1], [1.0])
    """
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=1)
    return np.minimum(np.maximum(low, least), estimate), np.maximum(np.minimum(high, 1.0), estimate)


def _block_table(
    block: "Block", exposures: Exposures, averaged: NDArray[np.float64], sampling: NDArray[np.float64], level: float
) -> pd.DataFrame:
    """Return the rows of one block: every estimate by `COMPONENTS` and the total."""
    coefficients = block.coefficients
    # Cells can pass the published total by rounding, so a share of all jobs can pass 1 by as much.
    estimate = (coefficients @ exposures.expected(exposures.options[0], block.cut)).clip(-1.0, 1.0)
    errors = coefficients**2 @ np.stack(_error_parts(exposures, block.cut), axis=1)
    none = np.full(len(estimate), np.nan)
    by_scheme = coefficients @ exposures.expected(exposures.drawn, block.cut).T
    model, noise = errors.T if exposures.components_given else (none, none)
    weights = by_scheme.var(axis=1) if exposures.schemes else none
    variances = dict(zip(COMPONENTS, (model, noise, weights, none, block.sampling), strict=True))
    total = np.where(np.isnan(estimate), np.nan, np.nansum(list(variances.values()), axis=0))
    variance = np.stack([*variances.values(), total], axis=1)
    share = np.divide(variance, total[:, None], out=np.full_like(variance, np.nan), where=total[:, None] > 0)
    ends = np.full((2, *variance.shape), np.nan)
    draws = coefficients @ averaged + np.sqrt(block.sampling)[:, None] * sampling
    ends[:, :, -1] = interval(draws, estimate, level, block.least)
    n = variance.shape[1]
    return pd.DataFrame(
        {
            "table_name": block.table_name,
            "row_key": np.repeat(np.array(block.keys, dtype=object), n),
            "column_name": block.column_name,
            "point_estimate": np.repeat(estimate, n),
            "cause": [*COMPONENTS, TOTAL] * len(estimate),
            "variance": variance.ravel(),
            "variance_share": share.ravel(),
            "estimate_se": np.sqrt(variance).ravel(),
            "estimate_low": ends[0].ravel(),
            "estimate_high": ends[1].ravel(),
        }
    )


def _error_parts(exposures: Exposures, cut: float | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the (O,) variance that the model's error makes, and that of the noise of labels."""
    whole, spread = exposures.error_variance(cut), exposures.error_sd**2
    model = np.divide(whole * exposures.model_sd**2, spread, out=np.zeros_like(whole), where=spread > 0)
    return model, np.maximum(whole - model, 0.0)


@dataclass(frozen=True)
class Block:
    """Estimates of one table and column, each a sum over occupations of a coefficient times what is averaged.

    Attributes
    ----------
    table_name, column_name, keys
        Where the E estimates stand.
    cut
        None for means of exposure; else what is averaged is whether the exposure lies at or above it.
    coefficients
        (E, O), missing in the rows without an estimate.
    sampling
        (E,) variance that the sampling of employment makes.
    least
        What an estimate is at least: 0, or -1 for a difference.
    """

    table_name: str
    column_name: str
    keys: tuple[str, ...]
    cut: float | None
    coefficients: NDArray[np.float64]
    sampling: NDArray[np.float64]
    least: float


def make_blocks(
    exposures: Exposures,
    populations: Sequence[Population],
    queries: Sequence[Query],
    gaps: Mapping[str, Sequence[tuple[str, str]]],
) -> Iterator[Block]:
    """Yield what a ledger estimates, see :func:`jobimpact.estimates.variance.ledger.variance_ledger`."""
    shares = {population.table_name: make_shares(population, exposures.codes, exposures.options[0]) for population in populations}
    for population in populations:
        name = population.table_name
        for query in queries if population.weighted_by_jobs else queries[:1]:
            moments = Moments(exposures.expected(exposures.drawn, query.cut).mean(axis=0), exposures.error_variance(query.cut))
            part = _Part(name, query, moments, shares)
            yield part.groups()
            # Only rows that rest on no employment are compared with those of another table.
            beyond = [pair for pair in gaps.get(name, ()) if not population.weighted_by_jobs and _OTHER_TABLE in pair[1]]
            if within := [pair for pair in gaps.get(name, ()) if population.weighted_by_jobs or _OTHER_TABLE not in pair[1]]:
                yield part.gaps(within)
            if beyond:
                yield part.gaps_beyond(beyond)
            if query.column_name == _BILL and any(other.column_name == _JOBS for other in queries):
                yield part.pay_gaps()


@dataclass(frozen=True)
class _Part:
    """One query of one table."""

    table_name: str
    query: Query
    moments: Moments
    shares: Mapping[str, Shares]

    @property
    def own(self) -> Shares:
        return self.shares[self.table_name]

    def groups(self) -> Block:
        every = np.arange(len(self.own.keys))
        return self._block(self.own.keys, self.own.shares[self.query.weight], self._sampling(self.own, every), least=0.0)

    def gaps(self, pairs: Sequence[tuple[str, str]]) -> Block:
        """Return differences of two groups of the table, whose common cells cancel."""
        shares, weight = self.own.shares[self.query.weight], self.query.weight
        first, second = (self.own.positions([pair[side] for pair in pairs]) for side in (0, 1))
        shared = self.own.sampling_covariance(self.moments, (weight, first), (weight, second))
        single = self._sampling(self.own, np.arange(len(self.own.keys)))
        return self._block(_names(pairs), shares[first] - shares[second], single[first] + single[second] - 2 * shared)

    def gaps_beyond(self, pairs: Sequence[tuple[str, str]]) -> Block:
        """Return rows of this table, which rest on no employment, less groups of another."""
        table = pairs[0][1].partition(_OTHER_TABLE)[0]
        if table not in self.shares:
            raise InputError(f"a gap names {pairs[0][1]!r}; expected a table of the ledger, such as {', '.join(self.shares)}")
        other = self.shares[table]
        first = self.own.positions([pair[0] for pair in pairs])
        second = other.positions([pair[1].partition(_OTHER_TABLE)[2] for pair in pairs])
        coefficients = self.own.shares[self.query.weight][first] - other.shares[self.query.weight][second]
        rows, number = np.unique(second, return_inverse=True)
        return self._block(_names(pairs), coefficients, self._sampling(other, rows)[number])

    def pay_gaps(self) -> Block:
        """Return the mean by wage bill less the mean by jobs, of every group."""
        every, bill = np.arange(len(self.own.keys)), self.own.shares["wage_bill"]
        jobs = self.own.sampling_covariance(self.moments, ("employment", every), ("employment", every))
        shared = self.own.sampling_covariance(self.moments, ("employment", every), ("wage_bill", every))
        sampling = self._sampling(self.own, every) + jobs - 2 * shared
        name = f"{_BILL}{DIFFERENCE}{_JOBS}"
        return self._block(self.own.keys, bill - self.own.shares["employment"], sampling, column_name=name)

    def _sampling(self, shares: Shares, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return shares.sampling_covariance(self.moments, (self.query.weight, rows), (self.query.weight, rows))

    def _block(
        self,
        keys: tuple[str, ...],
        coefficients: NDArray[np.float64],
        sampling: NDArray[np.float64],
        *,
        least: float = -1.0,
        column_name: str = "",
    ) -> Block:
        name = column_name or self.query.column_name
        return Block(self.table_name, name, keys, self.query.cut, coefficients, np.maximum(sampling, 0.0), least)


def _names(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(DIFFERENCE.join(pair) for pair in pairs)
