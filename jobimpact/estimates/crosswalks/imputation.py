"""What unknown shares of a crosswalk do to a statistic: they are drawn many times, and the results combined by Rubin's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.shares import check_bases, check_crosswalk, compose_crosswalks
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# A statistic alone, or with its own variance (of sampling, of the model) as the second of two.
Result: TypeAlias = "float | pd.Series | tuple[float, float] | tuple[pd.Series, pd.Series]"

_ALONE = "statistic"
_LEAST_DRAWS = 2


@dataclass(frozen=True)
class ImputedStatistics:
    """Statistics under unknown shares, and how they were come by.

    ``str()`` of it says in a sentence what was drawn and how much information is missing at worst.

    Attributes
    ----------
    table
        Table ``imputed_statistics``, one row per quantity.
    n_draws, concentration, seed
        Of the draws.
    n_drawn_codes
        Codes of the crosswalks whose shares were drawn.
    incomplete
        Quantities that had no value in some draws; their row is empty.
    """

    table: pd.DataFrame
    n_draws: int
    concentration: float
    seed: int
    n_drawn_codes: int
    incomplete: list[str]

    def __str__(self) -> str:
        """Return what was drawn and how much information is missing at worst, in a sentence."""
        known = self.table[self.table["variance_within"] > 0].nlargest(1, "missing_information")
        worst = "; all of the variance is between draws"
        if len(known):
            part, name = known["missing_information"].iloc[0], known["quantity"].iloc[0]
            worst = f"; at worst {100 * part:.0f} % of the information is missing ({name})"
        return (
            f"{len(self.table):,} quantities over {self.n_draws} draws of the shares of {self.n_drawn_codes:,} codes (Dirichlet, "
            f"concentration {self.concentration:g}, seed {self.seed}){worst}; {len(self.incomplete)} lack a value in some draws."
        )


def draw_shares(
    crosswalk: pd.DataFrame,
    *,
    n_draws: int | None = None,
    concentration: float | None = None,
    seed: int | None = None,
    bases: Sequence[str] = ("equal", "similarity"),
) -> Iterator[pd.DataFrame]:
    """Yield crosswalks in which unknown shares are drawn.

    The shares of a code with K partners are Dirichlet with parameters `concentration` x K x the share at hand, independently
    of those of other codes: their mean is the share at hand, and with concentration 1 and equal shares every way to share
    the code out is as likely as any other.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``.
    n_draws, concentration, seed
        By default those of data/crosswalks.toml.
    bases
        Values of ``share_basis`` that count as unknown. What rests on employment is not drawn unless named here.

    Yields
    ------
    pandas.DataFrame
        `crosswalk` with drawn ``share`` and ``share_basis`` of ``drawn``; the sum of a code's shares stays as it is.

    Raises
    ------
    InputError
        As `check_crosswalk`; if there are less than two draws, the concentration is not above 0, or a basis is not known.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> drawn = next(draw_shares(read_oews_to_soc_2018(), n_draws=2))
    >>> shares = drawn.loc[drawn["from_code"] == "31-1120", "share"]
    >>> bool((shares != 0.5).all()), round(float(shares.sum()), 9)
    (True, 1.0)
    """
    n_draws, concentration, seed = _settings(n_draws, concentration, seed)
    plan, rng = _plan(crosswalk, concentration, bases), np.random.default_rng(seed)
    for _ in range(n_draws):
        yield plan.draw(rng)


def impute_statistic(
    crosswalks: pd.DataFrame | Sequence[pd.DataFrame],
    statistic: Callable[[pd.DataFrame], Result],
    *,
    n_draws: int | None = None,
    concentration: float | None = None,
    seed: int | None = None,
    bases: Sequence[str] = ("equal", "similarity"),
) -> ImputedStatistics:
    """Compute a statistic under every draw of the unknown shares and combine the results.

    Parameters
    ----------
    crosswalks
        Table ``crosswalk``, or the steps of a chain in order: shares are then drawn in every step before it is joined, since
        all codes that pass through a middle code share its draw.
    statistic
        Takes a crosswalk; returns a number, or numbers by name, alone or as a pair with their variances.
    n_draws, concentration, seed, bases
        As in `draw_shares`.

    Returns
    -------
    ImputedStatistics
        Means over draws with variance within and between draws.

    Raises
    ------
    InputError
        As `draw_shares`; if the statistic gives other names from draw to draw, or variances for some draws only.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> from jobimpact.estimates.crosswalks.carry import convert_employment
    >>> jobs = pd.Series({"31-1120": 1000.0})
    >>> def home_health_aides(crosswalk):
    ...     return float(convert_employment(jobs, crosswalk).employment["employment"].iloc[0])
    >>> found = impute_statistic(read_oews_to_soc_2018(), home_health_aides, n_draws=200)
    >>> found.table["imputed_mean"].between(400, 600).tolist()
    [True]
    """
    n_draws, concentration, seed = _settings(n_draws, concentration, seed)
    steps = [crosswalks] if isinstance(crosswalks, pd.DataFrame) else list(crosswalks)
    plans = [_plan(step, concentration, bases) for step in steps]
    # Each step has a stream of its own, so that another step in the chain leaves its draws as they were.
    streams = [np.random.default_rng([seed, place]) for place in range(len(steps))]
    results = []
    for _ in range(n_draws):
        drawn = [plan.draw(rng) for plan, rng in zip(plans, streams, strict=True)]
        chain = compose_crosswalks(*drawn) if len(drawn) > 1 else drawn[0]
        results.append(_as_series(statistic(chain)))
    names = results[0][0].index
    if any(not estimate.index.equals(names) or not variance.index.equals(names) for estimate, variance in results):
        raise InputError("statistic: found other quantities in some draws; expected the same names in the same order in each")
    estimates = pd.DataFrame([estimate for estimate, _ in results])
    variances = pd.DataFrame([variance for _, variance in results])
    incomplete = estimates.isna().any() | variances.isna().any()
    n_codes = sum(len(plan.kept) for plan in plans)
    return ImputedStatistics(
        combine_rubin(estimates, variances), n_draws, concentration, seed, n_codes, list(names[incomplete].astype(str))
    )


def combine_rubin(estimates: pd.DataFrame, variances: pd.DataFrame | None = None, *, level: float | None = None) -> pd.DataFrame:
    """Combine estimates from several imputed data sets by Rubin's rules.

    With m draws, Q their mean, U the mean of their variances and B the variance between them: T = U + (1 + 1/m) B,
    r = (1 + 1/m) B / U, df = (m - 1)(1 + 1/r)^2, and the fraction of missing information (r + 2 / (df + 3)) / (r + 1)
    (Rubin 1987, Multiple Imputation for Nonresponse in Surveys, doi:10.1002/9780470316696, equations 3.1.2 to 3.1.10).

    Parameters
    ----------
    estimates
        (m, k): a row per draw, a column per quantity.
    variances
        Of the same shape, the squared standard errors; 0 where not given.
    level
        Of the interval; by default ``interval_level`` of data/crosswalks.toml.

    Returns
    -------
    pandas.DataFrame
        Table ``imputed_statistics``. A quantity that is missing in any draw is missing. ``missing_information`` is 1 where
        there is no variance within: all that is not known of such a statistic is the shares.

    Raises
    ------
    InputError
        If there are less than two draws, the shapes or the names of quantities differ, or a variance is negative.

    Examples
    --------
    >>> found = combine_rubin(pd.DataFrame({"mean": [1.0, 2.0, 3.0]}), pd.DataFrame({"mean": [1.0, 1.0, 1.0]}))
    >>> found[["imputed_mean", "variance_total", "rubin_df"]].round(3).to_numpy().tolist()
    [[2.0, 2.333, 6.125]]
    """
    from scipy import stats

    level = float(assumption("crosswalks", "interval_level")) if level is None else level
    own = pd.DataFrame(0.0, index=estimates.index, columns=estimates.columns) if variances is None else variances
    m = len(estimates)
    alike = own.shape == estimates.shape and own.columns.equals(estimates.columns)
    if m < _LEAST_DRAWS or not alike or bool((own < 0).to_numpy().any()):
        raise InputError(
            f"found {m} draws of {estimates.shape[1]} estimates with variances of shape {own.shape}; expected two draws or more, "
            "and as many variances, of 0 or more, of the same quantities"
        )
    whole = ~(estimates.isna().any() | own.isna().any())
    mean, within = estimates.mean().where(whole), own.mean().where(whole)
    between = estimates.var(ddof=1).where(whole)
    inflated = (1 + 1 / m) * between
    ratio = (inflated / within.where(within > 0)).where(within > 0, np.inf).where(inflated > 0, 0.0).where(whole)
    freedom = (m - 1) * (1 + 1 / ratio.where(ratio > 0, np.nan)) ** 2
    freedom = freedom.where(ratio > 0, np.inf).where(whole)
    missing = ((ratio + 2 / (freedom + 3)) / (ratio + 1)).where(np.isfinite(ratio), 1.0).where(whole)
    half = pd.Series(stats.t.ppf(0.5 + level / 2, freedom), index=mean.index) * (within + inflated) ** 0.5
    combined = pd.DataFrame(
        {
            "imputed_mean": mean,
            "variance_within": within,
            "variance_between": between,
            "variance_total": within + inflated,
            "rubin_df": freedom,
            "missing_information": missing.clip(0, 1),
            "imputed_low": mean - half,
            "imputed_high": mean + half,
        }
    )
    combined = combined.set_axis(combined.index.astype(str), axis=0).rename_axis("quantity").reset_index()
    return check_table("imputed_statistics", combined[table_columns("imputed_statistics")])


def _settings(n_draws: int | None, concentration: float | None, seed: int | None) -> tuple[int, float, int]:
    n_draws = int(assumption("crosswalks", "n_draws")) if n_draws is None else n_draws
    concentration = float(assumption("crosswalks", "concentration")) if concentration is None else concentration
    seed = int(assumption("crosswalks", "seed")) if seed is None else seed
    if n_draws < _LEAST_DRAWS or not concentration > 0:
        raise InputError(
            f"found {n_draws} draws and concentration {concentration}; expected two draws or more and a number above 0"
        )
    return n_draws, concentration, seed


@dataclass(frozen=True)
class _Plan:
    """What is drawn in a crosswalk: `rows` of its pairs, `alpha` and code number of each, and what each code has to share out."""

    crosswalk: pd.DataFrame
    rows: np.ndarray
    alpha: np.ndarray
    code: np.ndarray
    kept: np.ndarray

    def draw(self, rng: np.random.Generator) -> pd.DataFrame:
        # log of a gamma(alpha) variate, from gamma(alpha + 1): a small alpha would give 0 for every partner of a code.
        logs = np.log(rng.standard_gamma(self.alpha + 1)) + np.log1p(-rng.random(len(self.alpha))) / self.alpha
        highest = np.full(len(self.kept), -np.inf)
        np.maximum.at(highest, self.code, logs)
        weights = np.exp(logs - highest[self.code])
        sums = np.bincount(self.code, weights, minlength=len(self.kept))
        share = self.crosswalk["share"].to_numpy(dtype="float64", copy=True)
        share[self.rows] = (self.kept / sums)[self.code] * weights
        basis = self.crosswalk["share_basis"].to_numpy(dtype=object, copy=True)
        basis[self.rows] = "drawn"
        return self.crosswalk.assign(share=share, share_basis=basis)


def _plan(crosswalk: pd.DataFrame, concentration: float, bases: Sequence[str]) -> _Plan:
    """Plan draws of the shares that are unknown and above 0, of codes that have several such shares."""
    check_crosswalk(crosswalk)
    open_to = crosswalk["share_basis"].isin(check_bases(bases)) & (crosswalk["share"] > 0)
    unknown = (open_to & (open_to.groupby(crosswalk["from_code"]).transform("sum") > 1)).to_numpy()
    code, names = pd.factorize(crosswalk.loc[unknown, "from_code"])
    share = crosswalk["share"].to_numpy(dtype="float64")[unknown]
    kept = np.bincount(code, share, minlength=len(names))
    partners = np.bincount(code, minlength=len(names))
    return _Plan(crosswalk, np.flatnonzero(unknown), concentration * partners[code] * share / kept[code], code, kept)


def _as_series(result: Result) -> tuple[pd.Series, pd.Series]:
    estimate, variance = result if isinstance(result, tuple) else (result, None)
    estimates = estimate if isinstance(estimate, pd.Series) else pd.Series({_ALONE: float(estimate)})
    if variance is None:
        return estimates.astype("float64"), pd.Series(0.0, index=estimates.index)
    variances = variance if isinstance(variance, pd.Series) else pd.Series({_ALONE: float(variance)})
    return estimates.astype("float64"), variances.astype("float64")
