"""Regressions on an exposure that is measured with error: least squares, and corrected for errors of known size.

Scores of exposure are one rater's view. If that view is the truth plus noise (classical error), least squares pulls the slope
towards zero: its limit is the slope times the reliability. `regress_eiv` (moments), `jobimpact.estimates.regression.simex`
(simulation) and `jobimpact.estimates.regression.instruments` (a second rater) undo that, under assumptions that each one states.

A score that a model predicts is not of that kind. The truth is then the score plus what the model missed (Berkson error), least
squares is not attenuated, and a correction would overshoot (Berkson 1950, doi:10.1080/01621459.1950.10483349; Carroll et al.
2006, section 1.4). `error_kind` tells the two apart where both scores are at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.occupations import mean_by_occupation
from jobimpact.estimates.regression.design import Design, as_results, make_design, sandwich

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class ReplicateError:
    """What two ratings of the same occupations tell about their errors.

    Attributes
    ----------
    first_sd, second_sd
        Standard deviation of each rating's error, on the rating's scale; 0 where the ratings share all that varies.
    first_reliability, second_reliability
        Part of each rating's variance that is not error, up to 1.
    correlation
        Pearson, weighted.
    n
        Occupations with both.
    """

    first_sd: float
    second_sd: float
    first_reliability: float
    second_reliability: float
    correlation: float
    n: int


def exposure_by_rater(tasks: pd.DataFrame, raters: Sequence[str], oews_codes: pd.Series) -> pd.DataFrame:
    """Return the mean score of every rater by OEWS occupation.

    Parameters
    ----------
    tasks
        Needs ``onetsoc_code``, ``task_weight`` and a column of scores for each of `raters`. Tasks without a score of every
        rater do not count, so that all raters are averaged over the same tasks.
    raters
        Columns to average.
    oews_codes
        For each row of `tasks`, the code under which OEWS publishes its occupation; missing where it does not.

    Returns
    -------
    pandas.DataFrame
        Index ``soc_code``; a column for each rater, and ``n_tasks``. O*NET-SOC codes are averaged with equal weight into their
        OEWS occupation, as in :func:`jobimpact.estimates.means.occupations.aggregate_occupations`; those without a code of OEWS
        are in no row.
    """
    by_code = mean_by_occupation(tasks, list(raters))
    parents = pd.Series(oews_codes.to_numpy(), index=tasks["onetsoc_code"].to_numpy()).groupby(level=0).first()
    grouped = by_code.groupby(parents.reindex(by_code.index))
    return grouped[list(raters)].mean().assign(n_tasks=grouped["n_tasks"].sum()).rename_axis("soc_code")


def regress_ols(
    table: pd.DataFrame,
    outcome: str,
    exposure: str,
    *,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
) -> Any:
    """Regress `outcome` on `exposure` by (weighted) least squares, taking the exposure for exact.

    Parameters
    ----------
    table
        One row per observation.
    outcome, exposure
        Columns of numbers.
    controls
        Further regressors; text columns become dummies.
    weights
        Column of weights, such as employment: the slope is then that of a regression over jobs, not over occupations.
    cluster
        Column of clusters, such as ``soc_major``. Without it errors are heteroskedasticity-robust (HC1).

    Returns
    -------
    statsmodels RegressionResultsWrapper
        ``params`` in the order exposure, ``const``, controls; cluster-robust errors with the small-sample factor
        G/(G-1) (n-1)/(n-k) and t(G-1). With few clusters (SOC has 22 major groups) they are on the small side (Cameron,
        Gelbach, Miller 2008, doi:10.1162/rest.90.3.414).

    Raises
    ------
    InputError
        See :func:`jobimpact.estimates.regression.design.make_design`.

    Examples
    --------
    >>> table = pd.DataFrame({"wage": [1.0, 2.0, 2.0, 3.0], "exposure": [0.0, 0.5, 0.5, 1.0]})
    >>> round(float(regress_ols(table, "wage", "exposure").params["exposure"]), 6)
    2.0
    """
    return fit_ols(make_design(table, outcome, exposure, controls=controls, weights=weights, cluster=cluster))


def fit_ols(design: Design) -> Any:
    """Return the statsmodels results of weighted least squares on `design`."""
    from statsmodels.regression.linear_model import WLS

    model = WLS(design.outcome, design.regressors, weights=design.weights)
    if not design.clustered:
        return model.fit(cov_type="HC1", use_t=True)
    return model.fit(cov_type="cluster", cov_kwds={"groups": design.clusters}, use_t=True)


def regress_eiv(
    table: pd.DataFrame,
    outcome: str,
    exposure: str,
    *,
    error_se: str | float | None = None,
    reliability: float | None = None,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
) -> Any:
    """Regress on an exposure whose error variance is known, by taking it out of the moments (errors in variables).

    With x = true exposure + u, var(u_i) = s_i^2 and no error in the controls, the estimate solves
    sum w_i [x_i (y_i - x_i' b) + s_i^2 e e' b] = 0, e picking the exposure. In a linear model with one s it is the same as
    regression calibration.

    Parameters
    ----------
    table, outcome, exposure, controls, weights, cluster
        See `regress_ols`.
    error_se
        Standard error of the exposure: a column, such as ``exposure_beta_se`` (one for each row), or a number.
    reliability
        In its place, the part of the (weighted) variance of the exposure that is not error, above 0 and up to 1.

    Returns
    -------
    statsmodels RegressionResultsWrapper
        See :func:`jobimpact.estimates.regression.design.as_results`. Its errors take `error_se` or `reliability` for known.

    Raises
    ------
    InputError
        If not exactly one of both is given, or what is left of the exposure's variance given the controls is too small
        (``least_reliability`` of data/regression.toml).

    Notes
    -----
    Fuller 1987, Measurement Error Models, ISBN 0-471-86187-1, section 2.2 and, for errors of unequal size, 3.1; Carroll et al.
    2006, chapter 4. Wrong if the score is a prediction, see the module's text and `error_kind`.
    """
    extra = [error_se] if isinstance(error_se, str) else []
    design = make_design(table, outcome, exposure, controls=controls, weights=weights, cluster=cluster, extra=extra)
    return fit_eiv(design, error_variances(design, error_se, reliability))


def fit_eiv(design: Design, variances: np.ndarray) -> Any:
    """Return errors-in-variables estimates for errors of the exposure with `variances` (n,)."""
    check_reliability(design, variances)
    x, y, w = design.regressors.to_numpy(), design.outcome.to_numpy(), design.weights
    moments = x.T @ (w[:, None] * x)
    moments[0, 0] -= w @ variances
    params = np.linalg.solve(moments, x.T @ (w * y))
    scores = w[:, None] * x * (y - x @ params)[:, None]
    scores[:, 0] += w * variances * params[0]
    covariance = sandwich(np.linalg.inv(moments), scores, design.clusters, x.shape[1])
    note = "Errors in variables; the variance of the exposure's error is taken for known."
    return as_results(design, params, covariance, method="EIV", note=note)


def error_variances(design: Design, error_se: str | float | None, reliability: float | None) -> np.ndarray:
    """Return the variance of the exposure's error in each row, from its standard error or its reliability."""
    if (error_se is None) == (reliability is None):
        raise InputError("found neither or both of error_se and reliability; expected one of them, the size of the error")
    if reliability is not None:
        if not 0 < reliability <= 1:
            raise InputError(f"found reliability {reliability}; expected more than 0 and at most 1")
        total = np.cov(design.exposure, aweights=design.weights, ddof=0)
        return np.full(len(design.exposure), (1 - reliability) * float(total))
    if isinstance(error_se, str):
        errors = design.extra[error_se].to_numpy()
    else:
        errors = np.full(len(design.exposure), float(error_se or 0.0))
    if (errors < 0).any() or not np.isfinite(errors).all():
        raise InputError(f"found a standard error of {errors.min()}; expected 0 or more in every row: check {error_se!r}")
    return np.asarray(errors**2)


def conditional_reliability(design: Design, variances: np.ndarray) -> float:
    """Return the part of the exposure's variance, given the controls, that is not error; below 0 if errors exceed it."""
    root = np.sqrt(design.weights)
    others = design.regressors.iloc[:, 1:].to_numpy() * root[:, None]
    x = design.exposure * root
    rest = x - others @ np.linalg.lstsq(others, x, rcond=None)[0]
    return float(1 - (design.weights @ variances) / (rest @ rest))


def check_reliability(design: Design, variances: np.ndarray) -> None:
    """Raise InputError if too little of the exposure is left once its error is taken out."""
    left, least = conditional_reliability(design, variances), assumption("regression", "least_reliability")
    if left < least:
        raise InputError(
            f"found a reliability of {left:.2f} given the controls; expected {least} or more: the error is too large for a "
            "correction; use fewer controls or an exposure with less error"
        )


def replicate_error(table: pd.DataFrame, first: str, second: str, weights: str | None = None) -> ReplicateError:
    """Return the errors of two ratings, taking what they have in common for the truth.

    With first = truth + u, second = truth + v and u, v independent: cov(first, second) = var(truth). Errors that both make
    (a rubric that misleads both) count as truth, so that these errors are lower bounds, and corrections with them cautious.

    Raises
    ------
    InputError
        If the ratings do not vary together.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [0.0, 1.0, 0.0, 1.0], "b": [0.0, 1.0, 0.2, 0.8]})
    >>> error = replicate_error(table, "a", "b")
    >>> round(error.first_reliability, 3), round(error.second_reliability, 3)
    (0.8, 1.0)
    """
    rows = table[[first, second, *([weights] if weights else [])]].dropna()
    weight = rows[weights] if weights else None
    both = np.cov(rows[first], rows[second], aweights=weight, ddof=0)
    common = float(both[0, 1])
    if not common > 0:
        raise InputError(
            f"{first!r} and {second!r} have covariance {common:.4f}; expected more than 0, from ratings of one thing"
        )
    return ReplicateError(
        first_sd=float(np.sqrt(max(both[0, 0] - common, 0.0))),
        second_sd=float(np.sqrt(max(both[1, 1] - common, 0.0))),
        first_reliability=float(min(common / both[0, 0], 1.0)),
        second_reliability=float(min(common / both[1, 1], 1.0)),
        correlation=common / float(np.sqrt(both[0, 0] * both[1, 1])),
        n=len(rows),
    )


def error_kind(table: pd.DataFrame, score: str, reference: str, weights: str | None = None) -> dict[str, float]:
    """Return the slopes between a score and a reference, which tell noise from a cautious prediction.

    ``reference_on_score`` near 1: the reference is the score plus what it missed (Berkson error); least squares on the score
    is not attenuated by it. ``score_on_reference`` near 1: the score is the reference plus noise (classical error); least
    squares is attenuated by ``reference_on_score``. Between both, in part.
    """
    rows = table[[score, reference, *([weights] if weights else [])]].dropna()
    both = np.cov(rows[score], rows[reference], aweights=rows[weights] if weights else None, ddof=0)
    return {"reference_on_score": float(both[0, 1] / both[0, 0]), "score_on_reference": float(both[0, 1] / both[1, 1])}
