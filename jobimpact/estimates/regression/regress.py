"""Regressions on an exposure that is measured with error.

Scores of exposure are one rater's view. If that view is the truth plus noise (classical error), least squares
pulls the slope towards zero: its limit is the slope times the reliability. Moments (``eiv``), simulation
(``simex``) and a second rater (``iv``, ``oriv``) undo that, under assumptions that each one states.

A score that a model predicts is not of that kind. The truth is then the score plus what the model missed
(Berkson error), least squares is not attenuated, and a correction would overshoot (Berkson 1950,
doi:10.1080/01621459.1950.10483349; Carroll et al. 2006, section 1.4).

EIV: Fuller 1987, Measurement Error Models, ISBN 0-471-86187-1, sections 2.2 and 3.1. SIMEX: Cook and
Stefanski 1994, doi:10.1080/01621459.1994.10476871; Carroll et al. 2006, chapter 5. IV: Wooldridge 2010, ISBN
978-0-262-23258-6, section 5.3.2 (multiple indicators). ORIV: Gillen, Snowberg and Yariv 2019,
doi:10.1086/701681.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, PredictionErrorWarning
from jobimpact.estimates.regression.design import make_design
from jobimpact.estimates.regression.instruments import first_stage_f, fit_iv, fit_oriv
from jobimpact.estimates.regression.ols import error_variances, fit_eiv, fit_ols
from jobimpact.estimates.regression.simex import Extrapolation, Variance, fit_simex
from jobimpact.results import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.estimates.regression.design import Design

Method = Literal["ols", "simex", "eiv", "iv", "oriv"]
_CORRECTED = ("simex", "eiv")
_INSTRUMENTED = ("iv", "oriv")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Regression(Result):
    """One regression: a row of `table` per term, and the statsmodels results for tests and fitted values.

    Attributes
    ----------
    table
        ``term``, the exposure first; ``estimate``, ``se`` (robust, or clustered), ``t``, ``p`` and the
        interval ``low``, ``high`` (``confidence`` of data/regression.toml).
    results
        A statsmodels ``RegressionResultsWrapper``; of ``iv`` and ``oriv`` its attribute ``iv`` holds the
        results of linearmodels' ``IV2SLS``, of ``simex`` its attribute ``simex`` the path of estimates as
        error is added.
    """

    results: Any


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
        ``ols``: (weighted) least squares, taking the exposure for exact. ``eiv``: its error, of known size,
        taken out of the moments. ``simex``: its error, of known size, undone by simulation. ``iv``: one
        rater's exposure instrumented by another's. ``oriv``: both stacked, each instrumenting the other.
    controls
        Further regressors; text columns become dummies.
    weights
        Column of weights, such as employment: the slope is then that of a regression over jobs, not over
        occupations.
    cluster
        Column of clusters, such as ``soc_major``. Without it errors are heteroskedasticity-robust (HC1).
    error_se, reliability
        Of ``eiv`` and ``simex``: the standard error of a measurement, such as that of a mean over few raters'
        labels or of a survey, a number or a column; or the part of the exposure's (weighted) variance that is
        not error, above 0 and up to 1. The ``exposure_beta_se`` of a study is the error of a prediction: a
        correction for it overshoots.
    replicate
        Column of another rating of the same thing, whose errors are unrelated: the instrument of ``iv`` and
        ``oriv``; for ``eiv`` and ``simex``, in place of the other two, what the error is measured by. What
        both get wrong in the same way, as raters under one rubric may, is not mended: the slope then still
        lies too near zero. Both must be on one scale but for ``iv``, where only `exposure` sets it.
    extrapolation
        Of ``simex``: ``quadratic`` (default of data/regression.toml), ``linear``, or ``rational`` (a + b / (c
        + lambda), the exact form in linear regression). The quadratic leaves part of the attenuation: in
        simple regression its limit is .97 of the slope with reliability .8, .85 with .6 and .75 with .5.
    variance
        Of ``simex``: ``jackknife``, the same curve through mean estimated covariance less the covariance of
        estimates (for the rational curve that of ``eiv``), or ``bootstrap`` over clusters, or over rows.
    seed
        Of the error that ``simex`` adds; that of data/regression.toml by default.

    Returns
    -------
    Regression
        Clustered errors have the small-sample factor G/(G-1) (n-1)/(n-k) and t(G-1). With few clusters (SOC
        has 22 major groups) they are on the small side (Cameron, Gelbach, Miller 2008,
        doi:10.1162/rest.90.3.414).

    Raises
    ------
    InputError
        If a column is missing or holds no numbers, regressors are collinear, too few rows are left, what the
        method needs is not given (or something that it does not use is), or the error is too large for a
        correction (``least_reliability`` of data/regression.toml).

    Warns
    -----
    CoverageWarning
        With the rows left out for a missing cell or no weight.
    PredictionErrorWarning
        If `error_se` is a column of prediction errors (``prediction_errors`` of data/regression.toml).

    Examples
    --------
    >>> data = pd.DataFrame({"wage": [1.0, 2.0, 2.0, 3.0], "exposure": [0.0, 0.5, 0.5, 1.0]})
    >>> fit = regress(data, "wage", "exposure")
    >>> round(float(fit.table["estimate"][0]), 6), fit.notes[0]
    (2.0, 'Least squares on 4 rows; errors robust to heteroskedasticity (HC1).')
    >>> labels = data.assign(label_se=[0.1, 0.2, 0.2, 0.1])  # of the mean of a few raters
    >>> round(float(regress(labels, "wage", "exposure", method="eiv", error_se="label_se").table["estimate"][0]), 2)
    2.5
    """
    # Before the design is made: a misspelt option must not be found after a minute of simulation.
    _check_arguments(method, error_se, reliability, replicate, extrapolation, variance)
    extra = [column for column in (error_se, replicate) if isinstance(column, str)]
    design = make_design(data, outcome, exposure, controls=controls, weights=weights, cluster=cluster, extra=extra)
    if method == "ols":
        results = fit_ols(design)
    elif method in _INSTRUMENTED:
        results = (fit_iv if method == "iv" else fit_oriv)(design, str(replicate))
    else:
        variances = error_variances(design, error_se, reliability, replicate)
        if method == "eiv":
            results = fit_eiv(design, variances)
        else:
            results = fit_simex(design, variances, extrapolation=extrapolation, variance=variance, seed=seed)
    low, high = results.conf_int(alpha=1 - assumption("regression", "confidence")).to_numpy().T
    table = pd.DataFrame({"term": results.params.index, "estimate": results.params.to_numpy(), "se": results.bse.to_numpy()})
    table = table.assign(t=results.tvalues.to_numpy(), p=results.pvalues.to_numpy(), low=low, high=high)
    title = f"Regression of {outcome} on {exposure} ({method})"
    notes = _notes(design, results, method)
    if error_se in assumption("regression", "prediction_errors"):
        message = (
            f"{error_se} is the error of a prediction (Berkson), which does not attenuate, and a correction for it overshoots: "
            "use method 'ols', or the standard error of a measurement"
        )
        warnings.warn(message, PredictionErrorWarning, stacklevel=2)
        notes += (f"{message}.",)
    return Regression(title=title, table=table, notes=notes, results=results)


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
    if (method in _INSTRUMENTED) if replicate is None else (method == "ols"):
        fault = f"{'no ' if replicate is None else ''}replicate with method {method!r}"
        raise InputError(f"found {fault}; expected another rating's column for iv and oriv, and none for ols")


def _notes(design: Design, results: Any, method: str) -> tuple[str, ...]:
    name = "Least squares" if method == "ols" else str(results.cov_kwds["description"]).rstrip(".").replace(";", ",")
    errors = "errors robust to heteroskedasticity (HC1)"
    if design.clustered:
        errors = f"errors clustered in {design.n_clusters:,} groups"
    notes = [f"{name} on {len(design.outcome):,} rows; {errors}."]
    stage = first_stage_f(results)
    if stage < assumption("regression", "weak_instrument"):
        notes.append(f"The instrument is weak: F of the first stage is {stage:.1f}.")
    elif method in _INSTRUMENTED:
        notes.append(
            "What both ratings get wrong alike is not mended. Two heads of one encoder share most of their errors: the slope "
            f"then stays near that of least squares, and a high F of the first stage (here {stage:,.1f}) is a sign of it."
        )
    return tuple(notes)
