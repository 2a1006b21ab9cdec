"""Least squares, and errors in variables: the exposure's error, of known size, taken out of the moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.regression.design import Design, as_results, sandwich

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ReplicateError:
    """What two ratings of the same occupations tell about their errors, on each rating's scale."""

    first_sd: float  # of its error; 0 where the ratings share all that varies
    second_sd: float
    first_reliability: float  # part of its variance that is not error, up to 1
    second_reliability: float
    correlation: float  # Pearson, weighted
    n: int  # occupations with both


def fit_ols(design: Design) -> Any:
    """Return the statsmodels results of weighted least squares on `design`."""
    from statsmodels.regression.linear_model import WLS

    model = WLS(design.outcome, design.regressors, weights=design.weights)
    if not design.clustered:
        return model.fit(cov_type="HC1", use_t=True)
    return model.fit(cov_type="cluster", cov_kwds={"groups": design.clusters}, use_t=True)


def fit_eiv(design: Design, variances: np.ndarray) -> Any:
    """Return errors-in-variables estimates for errors of the exposure with `variances` (n,).

    With x = true exposure + u, var(u_i) = s_i^2 and no error in the controls, the estimate solves
    sum w_i [x_i (y_i - x_i' b) + s_i^2 e e' b] = 0, e picking the exposure. In a linear model with one s it is the same as
    regression calibration (Fuller 1987, sections 2.2 and 3.1; Carroll et al. 2006, chapter 4).
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


def replicate_error(table: pd.DataFrame, first: str, second: str, weights: str | None = None) -> ReplicateError:
    """Return the errors of two ratings, taking what they have in common for the truth.

    With first = truth + u, second = truth + v and u, v independent: cov(first, second) = var(truth). Errors
    that both make (a rubric that misleads both) count as truth, so that these errors are lower bounds, and
    corrections with them cautious.

    Examples
    --------
    >>> import pandas as pd
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
    # What both ratings share is the truth's variance; sampling can put it above that of one of them.
    return ReplicateError(
        first_sd=float(np.sqrt(max(both[0, 0] - common, 0.0))),
        second_sd=float(np.sqrt(max(both[1, 1] - common, 0.0))),
        first_reliability=float(min(common / both[0, 0], 1.0)),
        second_reliability=float(min(common / both[1, 1], 1.0)),
        correlation=common / float(np.sqrt(both[0, 0] * both[1, 1])),
        n=len(rows),
    )
