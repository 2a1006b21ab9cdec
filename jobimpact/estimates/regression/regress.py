"""Regressions on an exposure that is measured with error, by one estimator or by all of them side by side.

Scores of exposure are one rater's view. If that view is the truth plus noise (classical error), least squares pulls the slope
towards zero: its limit is the slope times the reliability. Moments (``eiv``), simulation (``simex``) and a second rater (``iv``,
``oriv``) undo that, under assumptions that each one states.

A score that a model predicts is not of that kind. The truth is then the score plus what the model missed (Berkson error), least
squares is not attenuated, and a correction would overshoot (Berkson 1950, doi:10.1080/01621459.1950.10483349; Carroll et al.
2006, section 1.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.regression.design import Design, make_design
from jobimpact.estimates.regression.instruments import first_stage_f, fit_iv, fit_oriv
from jobimpact.estimates.regression.ols import error_variances, fit_eiv, fit_ols, replicate_error
from jobimpact.estimates.regression.simex import Extrapolation, Variance, fit_simex
from jobimpact.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Method = Literal["ols", "simex", "eiv", "iv", "oriv"]
_CORRECTED = ("simex", "eiv")
_INSTRUMENTED = ("iv", "oriv")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Regression(Result):
    """One regression: a row of `table` per term, and the statsmodels results for tests and fitted values.

    Attributes
    ----------
    table
        ``term``, the exposure first; ``estimate``, ``se`` (robust, or clustered), ``t``, ``p`` and the interval ``low``, ``high``
        (``confidence`` of data/regression.toml).
    results
        A statsmodels ``RegressionResultsWrapper``; of ``iv`` and ``oriv`` its attribute ``iv`` holds the results of linearmodels'
        ``IV2SLS``, of ``simex`` its attribute ``simex`` the path of estimates as error is added.
    """

    results: Any


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class RegressionComparison(Result):
    """The same regression by several estimators, side by side.

    Attributes
    ----------
    table
        One row per estimator: ``method``; ``exposure``, the rater whose scale the slope is on; ``slope`` per unit of exposure
        with its robust ``se`` and interval ``low``, ``high`` (``confidence`` of data/regression.toml); ``first_stage_f``,
        missing without an instrument, and ``weak``, whether it is below ``weak_instrument``; ``n``, ``n_clusters``; ``weight``,
        the sum of weights in it; ``reliability`` that the two ratings imply; ``note``, why there is no slope, if there is none.
    results
        The statsmodels results by ``method`` and ``exposure``.
    """

    results: Mapping[tuple[str, str], Any]


def regress(
    data: pd.DataFrame,
    outcome: str,
    exposure: str,
    *,
    method: Method = "ols",
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    error_se: str | float | None = None,
    reliability: float | None = None,
    replicate: str | None = None,
    extrapolation: Extrapolation | None = None,
    variance: Variance = "jackknife",
    seed: int | None = None,
) -> Regression:
    """Regress an outcome on an exposure that may be measured with error.

    Parameters
    ----------
    data
        One row per observation, such as an occupation.
    outcome, exposure
        Columns of numbers.
    method
        ``ols``: (weighted) least squares, taking the exposure for exact. ``eiv``: its error, of known size, taken out of the
        moments. ``simex``: its error, of known size, undone by simulation. ``iv``: one rater's exposure instrumented by
        another's. ``oriv``: both stacked, each instrumenting the other.
    controls
        Further regressors; text columns become dummies.
    weights
        Column of weights, such as employment: the slope is then that of a regression over jobs, not over occupations.
    cluster
        Column of clusters, such as ``soc_major``. Without it errors are heteroskedasticity-robust (HC1).
    error_se, reliability
        Of ``eiv`` and ``simex``, one of them: the standard error of the exposure, a number or a column such as
        ``exposure_beta_se``; or the part of its (weighted) variance that is not error, above 0 and up to 1.
    replicate
        Of ``iv`` and ``oriv``: column of another rating of the same thing, whose errors are unrelated. What both get wrong in
        the same way, as raters under one rubric may, is not mended: the slope then still lies too near zero. For ``oriv`` both
        must be on one scale; for ``iv`` only `exposure` sets it.
    extrapolation
        Of ``simex``: ``quadratic`` (default of data/regression.toml), ``linear``, or ``rational`` (a + b / (c + lambda), the
        exact form in linear regression). The quadratic leaves part of the attenuation: in simple regression its limit is .97
        of the slope with reliability .8, .85 with .6 and .75 with .5.
    variance
        Of ``simex``: ``jackknife``, the same curve through mean estimated covariance less the covariance of estimates (for the
        rational curve that of ``eiv``), or ``bootstrap`` over clusters, or over rows.
    seed
        Of the error that ``simex`` adds; that of data/regression.toml by default.

    Returns
    -------
    Regression
        Clustered errors have the small-sample factor G/(G-1) (n-1)/(n-k) and t(G-1). With few clusters (SOC has 22 major
        groups) they are on the small side (Cameron, Gelbach, Miller 2008, doi:10.1162/rest.90.3.414).

    Raises
    ------
    InputError
        If a column is missing or holds no numbers, regressors are collinear, too few rows are left, what the method needs is not
        given (or something that it does not use is), or the error is too large for a correction (``least_reliability`` of
        data/regression.toml).

    Warns
    -----
    CoverageWarning
        With the rows left out for a missing cell or no weight.

    Notes
    -----
    EIV: Fuller 1987, Measurement Error Models, ISBN 0-471-86187-1, sections 2.2 and 3.1. SIMEX: Cook and Stefanski 1994,
    doi:10.1080/01621459.1994.10476871; Carroll et al. 2006, chapter 5. IV: Wooldridge 2010, ISBN 978-0-262-23258-6, section
    5.3.2 (multiple indicators). ORIV: Gillen, Snowberg and Yariv 2019, doi:10.1086/701681.

    Examples
    --------
    >>> data = pd.DataFrame({"wage": [1.0, 2.0, 2.0, 3.0], "exposure": [0.0, 0.5, 0.5, 1.0]})
    >>> fit = regress(data, "wage", "exposure")
    >>> round(float(fit.table["estimate"][0]), 6), fit.notes[0]
    (2.0, 'Least squares on 4 rows; errors robust to heteroskedasticity (HC1).')
    """
    # Before the design is made: a misspelt option must not be found after a minute of simulation.
    _check_arguments(method, error_se, reliability, replicate, extrapolation, variance)
    extra = [column for column in (error_se, replicate) if isinstance(column, str)]
    design = make_design(data, outcome, exposure, controls=controls, weights=weights, cluster=cluster, extra=extra)
    if method == "ols":
        results = fit_ols(design)
    elif method == "iv":
        results = fit_iv(design, str(replicate))
    elif method == "oriv":
        results = fit_oriv(design, str(replicate))
    else:
        variances = error_variances(design, error_se, reliability)
        if method == "eiv":
            results = fit_eiv(design, variances)
        else:
            results = fit_simex(design, variances, extrapolation=extrapolation, variance=variance, seed=seed)
    low, high = results.conf_int(alpha=1 - assumption("regression", "confidence")).to_numpy().T
    table = pd.DataFrame({"term": results.params.index, "estimate": results.params.to_numpy(), "se": results.bse.to_numpy()})
    table = table.assign(t=results.tvalues.to_numpy(), p=results.pvalues.to_numpy(), low=low, high=high)
    title = f"Regression of {outcome} on {exposure} ({method})"
    return Regression(title=title, table=table, notes=_notes(design, results, method), results=results)


def _check_arguments(
    method: str,
    error_se: str | float | None,
    reliability: float | None,
    replicate: str | None,
    extrapolation: str | None,
    variance: str,
) -> None:
    for name, value, options in (
        ("method", method, get_args(Method)),
        ("extrapolation", extrapolation, (None, *get_args(Extrapolation))),
        ("variance", variance, get_args(Variance)),
    ):
        if value not in options:
            raise InputError(f"{name} {value!r}: expected one of {', '.join(option for option in options if option)}")
    sized = error_se is not None or reliability is not None
    if sized and method not in _CORRECTED:
        raise InputError(f"found error_se or reliability with method {method!r}; expected {' or '.join(_CORRECTED)}")
    if (replicate is not None) != (method in _INSTRUMENTED):
        fault = f"no replicate with method {method!r}" if replicate is None else f"replicate with method {method!r}"
        raise InputError(f"found {fault}; expected another rating's column for iv and oriv, and for these alone")


def _notes(design: Design, results: Any, method: str) -> tuple[str, ...]:
    name = "Least squares" if method == "ols" else str(results.cov_kwds["description"]).rstrip(".").replace(";", ",")
    errors = "errors robust to heteroskedasticity (HC1)"
    if design.clustered:
        errors = f"errors clustered in {design.n_clusters:,} groups"
    notes = [f"{name} on {len(design.outcome):,} rows; {errors}."]
    stage = first_stage_f(results)
    if stage < assumption("regression", "weak_instrument"):
        notes.append(f"The instrument is weak: F of the first stage is {stage:.1f}.")
    return tuple(notes)


def compare_regressions(
    data: pd.DataFrame,
    outcome: str,
    exposure: str,
    replicate: str,
    *,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    seed: int | None = None,
) -> RegressionComparison:
    """Run one regression by all estimators on the same rows: least squares, corrected for known error, and instrumented.

    The error that SIMEX and EIV take out is the one that the two ratings imply
    (:func:`jobimpact.estimates.regression.ols.replicate_error`). All corrections then assume that the raters' errors are
    unrelated. SIMEX, EIV and ORIV assume too that both rate on one scale; without controls, EIV of one rating is IV of the other.
    Where the two IV slopes differ by more than chance, the scales do too, and only ``iv`` keeps its meaning: the slope on the
    scale of the rating it names.

    Parameters
    ----------
    data, outcome, exposure, replicate, controls, weights, cluster
        See `regress`.
    seed
        Of SIMEX.

    Returns
    -------
    RegressionComparison
        Methods ``ols`` (each rater, and ``mean`` of both), ``simex`` (by the extrapolation of data/regression.toml), ``eiv`` and
        ``iv`` (each rater), and ``oriv``.
    """
    extra = [replicate, *([weights] if weights else [])]
    design = make_design(data, outcome, exposure, controls=controls, weights=weights, cluster=cluster, extra=extra)
    # Both ratings on the same complete rows, so that estimators differ by method alone.
    other = _exchanged(design, replicate)
    mean = _with_exposure(design, (design.exposure + design.extra[replicate].to_numpy()) / 2, "mean")
    pair = pd.DataFrame({"first": design.exposure, "second": design.extra[replicate].to_numpy(), "weight": design.weights})
    error = replicate_error(pair, "first", "second", "weight")
    first, second = (np.full(len(pair), spread**2) for spread in (error.first_sd, error.second_sd))
    fits: dict[tuple[str, str], Callable[[], Any]] = {
        ("ols", exposure): lambda: fit_ols(design),
        ("ols", replicate): lambda: fit_ols(other),
        ("ols", "mean"): lambda: fit_ols(mean),
        ("simex", exposure): lambda: fit_simex(design, first, seed=seed),
        ("simex", replicate): lambda: fit_simex(other, second, seed=seed),
        ("eiv", exposure): lambda: fit_eiv(design, first),
        ("eiv", replicate): lambda: fit_eiv(other, second),
        ("iv", exposure): lambda: fit_iv(design, replicate),
        ("iv", replicate): lambda: fit_iv(other, exposure),
        ("oriv", f"{exposure}, {replicate}"): lambda: fit_oriv(design, replicate),
    }
    results, refused = {}, {}
    for key, fit in fits.items():
        try:
            results[key] = fit()
        except InputError as reason:  # one estimator that the data do not allow takes nothing from the others
            refused[key] = str(reason)
    weight = float(design.extra[weights].sum()) if weights else float(len(pair))
    sizes = {"n": len(pair), "n_clusters": design.n_clusters, "weight": weight}
    reliability = {exposure: error.first_reliability, replicate: error.second_reliability}
    rows = [
        {
            "method": method,
            "exposure": rater,
            **_figures(results.get((method, rater))),
            **sizes,
            "reliability": float("nan") if method == "ols" else reliability.get(rater, float("nan")),
            "note": refused.get((method, rater), ""),
        }
        for method, rater in fits
    ]
    title = f"Regression of {outcome} on {exposure} and {replicate}, by every estimator"
    return RegressionComparison(title=title, table=pd.DataFrame(rows), results=results)


def _figures(fitted: Any) -> dict[str, Any]:
    """Return slope, error, interval and first stage of a fit; missing where there is none."""
    nothing = float("nan")
    if fitted is None:
        return {"slope": nothing, "se": nothing, "low": nothing, "high": nothing, "first_stage_f": nothing, "weak": False}
    low, high = fitted.conf_int(alpha=1 - assumption("regression", "confidence")).iloc[0]
    stage = first_stage_f(fitted)
    return {
        "slope": float(fitted.params.iloc[0]),
        "se": float(fitted.bse.iloc[0]),
        "low": float(low),
        "high": float(high),
        "first_stage_f": stage,
        "weak": bool(stage < assumption("regression", "weak_instrument")),
    }


def _exchanged(design: Design, replicate: str) -> Design:
    """Return the design with the replicate as exposure and the exposure beside it."""
    exposure = design.regressors.columns[0]
    return Design(
        design.outcome,
        _with_exposure(design, design.extra[replicate].to_numpy(), replicate).regressors,
        design.weights,
        design.clusters,
        design.clustered,
        pd.DataFrame({exposure: design.exposure}, index=design.outcome.index),
    )


def _with_exposure(design: Design, exposure: np.ndarray, name: str) -> Design:
    first = pd.DataFrame({name: exposure}, index=design.regressors.index)
    regressors = pd.concat([first, design.regressors.iloc[:, 1:]], axis=1)
    return Design(design.outcome, regressors, design.weights, design.clusters, design.clustered, design.extra)
