"""Least squares, and errors in variables: the exposure's error, of known size, taken out of the moments."""

from __future__ import annotations

from typing import Any

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.regression.design import Design, as_results, sandwich


def fit_ols(design: Design) -> Any:
    """Return the statsmodels results of weighted least squares on `design`."""
    from statsmodels.regression.linear_model import WLS

    model = WLS(design.outcome, design.regressors, weights=design.weights)
    if not design.clustered:
        return model.fit(cov_type="HC1", use_t=True)
    return model.fit(cov_type="cluster", cov_kwds={"groups": design.clusters}, use_t=True)


def fit_eiv(design: Design, variances: np.ndarray) -> Any:
    """Return errors-in-variables estimates for errors of the exposure with `variances` (n,).

    With x = true exposure + u, var(u_i) = s_i^2 and no error in the controls, the estimate solves sum w_i
    [x_i (y_i - x_i' b) + s_i^2 e e' b] = 0, e picking the exposure. In a linear model with one s it is the
    same as regression calibration (Fuller 1987, sections 2.2 and 3.1; Carroll et al. 2006, chapter 4).
    """
    check_reliability(design, variances)
    x, y, w = design.regressors.to_numpy(), design.outcome.to_numpy(), design.weights
    moments = x.T @ (w[:, None] * x)
    # Constant and controls have no error: only the exposure's own moment is too large, by its error variance.
    moments[0, 0] -= w @ variances
    params = np.linalg.solve(moments, x.T @ (w * y))
    scores = w[:, None] * x * (y - x @ params)[:, None]
    scores[:, 0] += w * variances * params[0]
    covariance = sandwich(np.linalg.inv(moments), scores, design.clusters, x.shape[1])
    note = "Errors in variables; the variance of the exposure's error is taken for known."
    return as_results(design, params, covariance, method="EIV", note=note)


def error_variances(design: Design, error_se: str | float | None, reliability: float | None, replicate: str | None) -> np.ndarray:
    """Return the variance of the exposure's error in each row, from exactly one of its sizes.

    With exposure = truth + u, replicate = truth + v and u, v independent, cov(exposure, replicate) =
    var(truth). Errors that both make (a rubric that misleads both) count as truth, so that this error is a
    lower bound, and the correction cautious.
    """
    sizes = [size for size in (error_se, reliability, replicate) if size is not None]
    if len(sizes) != 1:
        raise InputError(f"found {len(sizes)} of error_se, reliability and replicate; expected one, the size of the error")
    if isinstance(error_se, str):
        errors = design.extra[error_se].to_numpy()
        if (errors < 0).any() or not np.isfinite(errors).all():
            raise InputError(f"found a standard error of {errors.min()}; expected 0 or more in every row: check {error_se!r}")
        return np.asarray(errors**2)
    if error_se is not None:
        if not 0 <= error_se < np.inf:
            raise InputError(f"found a standard error of {error_se}; expected 0 or more")
        return np.full(len(design.exposure), float(error_se) ** 2)
    other = design.exposure if replicate is None else design.extra[replicate].to_numpy()
    (total, common), _ = np.cov(design.exposure, other, aweights=design.weights, ddof=0)
    if reliability is not None:
        if not 0 < reliability <= 1:
            raise InputError(f"found reliability {reliability}; expected more than 0 and at most 1")
        return np.full(len(other), (1 - reliability) * total)
    if not common > 0:
        names = f"{design.regressors.columns[0]!r} and {replicate!r}"
        raise InputError(f"{names} have covariance {common:.4f}; expected more than 0, from ratings of one thing")
    # Sampling can put what both ratings share above the variance of one of them.
    return np.full(len(other), max(total - common, 0.0))


def conditional_reliability(design: Design, variances: np.ndarray) -> float:
    """Return the part of the exposure's variance, given the controls, that is not error; below 0 if errors exceed it."""
    root = np.sqrt(design.weights)
    others = design.regressors.iloc[:, 1:].to_numpy() * root[:, None]
    x = design.exposure * root
    # Residual of the exposure on the controls (Frisch and Waugh): the error is all in it, the truth only in part.
    rest = x - others @ np.linalg.lstsq(others, x, rcond=None)[0]
    return float(1 - (design.weights @ variances) / (rest @ rest))


def check_reliability(design: Design, variances: np.ndarray) -> None:
    """Raise InputError if too little of the exposure is left once its error is taken out."""
    remaining, least = conditional_reliability(design, variances), assumption("regression", "least_reliability")
    if remaining < least:
        raise InputError(
            f"found a reliability of {remaining:.2f} given the controls; expected {least} or more: the error is too large for a "
            "correction; use fewer controls or an exposure with less error"
        )
