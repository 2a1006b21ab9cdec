"""Simulation and extrapolation (SIMEX): add more error to the exposure, see what it does, and go back to none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.regression.design import as_results, sandwich
from jobimpact.estimates.regression.ols import check_reliability, fit_eiv

if TYPE_CHECKING:
    from jobimpact.estimates.regression.design import Design

Extrapolation = Literal["linear", "quadratic", "rational"]
Variance = Literal["jackknife", "bootstrap"]
_NO_ERROR = -1.0
# The rational curve has its pole left of -1, where no error is left; nearer than this it is steeper than any data can tell.
_POLE = (1.05, 1e4)


@dataclass(frozen=True)
class SimexPath:
    """Estimates of SIMEX over m lambdas, the added variance in multiples of the known one, 0 first."""

    lambdas: np.ndarray
    params: np.ndarray  # (m, k) mean estimates
    covariances: np.ndarray  # (m, k, k) estimated less between data sets (Stefanski, Cook 1995)


def fit_simex(
    design: Design,
    variances: np.ndarray,
    *,
    extrapolation: Extrapolation | None = None,
    variance: Variance = "jackknife",
    seed: int | None = None,
) -> Any:
    """Return SIMEX estimates for errors of the exposure with `variances` (n,).

    For each of several lambdas, normal noise of variance lambda s_i^2 is added to the exposure, the
    regression is run, and estimates are averaged over many such data sets. A curve through the averages, read
    at lambda = -1, is the estimate.
    """
    check_reliability(design, variances)
    method: Extrapolation = extrapolation or assumption("regression", "extrapolation")
    rng = np.random.default_rng(assumption("regression", "seed") if seed is None else seed)
    path = simulate(design, variances, rng)
    params = extrapolate(path.lambdas, path.params, method)
    if variance == "bootstrap":
        covariance = _bootstrap(design, variances, method, rng)
    elif method == "rational":
        covariance = fit_eiv(design, variances).cov_params().to_numpy(copy=True)
    else:
        flat = path.covariances.reshape(len(path.lambdas), -1)
        covariance = extrapolate(path.lambdas, flat, method).reshape(path.covariances.shape[1:])
    if not covariance[0, 0] > 0:
        raise InputError(
            f"the extrapolated variance of {design.regressors.columns[0]!r} is {covariance[0, 0]:.3g}; expected more than 0: use "
            "variance='bootstrap', or method='eiv'"
        )
    # A control that is constant within clusters, such as a dummy of the cluster itself, has no cluster-robust variance.
    unknown = ~(np.diag(covariance) > 0)
    covariance[unknown, :] = covariance[:, unknown] = np.nan
    note = f"SIMEX, {method} extrapolation, {variance} variance; the variance of the exposure's error is taken for known."
    results = as_results(design, params, covariance, method="SIMEX", note=note)
    results.simex = path
    return results


def simulate(design: Design, variances: np.ndarray, rng: np.random.Generator) -> SimexPath:
    """Return mean estimates and their covariances as normal errors are added to the exposure."""
    lambdas = np.asarray(assumption("regression", "lambdas"), dtype="float64")
    n_sets = int(assumption("regression", "remeasurements"))
    x, spread = design.regressors.to_numpy(copy=True), np.sqrt(variances)
    measured = design.exposure
    params, covariances = [], []
    for size in lambdas:
        sets = 1 if size == 0 else n_sets
        estimates, inner = [], []
        for _ in range(sets):
            x[:, 0] = measured + np.sqrt(size) * spread * rng.standard_normal(len(measured))
            estimate, covariance = _least_squares(x, design)
            estimates.append(estimate)
            inner.append(covariance)
        between = np.cov(np.array(estimates), rowvar=False) if sets > 1 else 0.0
        params.append(np.mean(estimates, axis=0))
        covariances.append(np.mean(inner, axis=0) - between)
    return SimexPath(lambdas, np.array(params), np.array(covariances))


def extrapolate(lambdas: np.ndarray, values: np.ndarray, method: Extrapolation) -> np.ndarray:
    """Return the values (m, k) at lambda = -1 on the curve of least squares through them.

    The rational curve a + b / (c + lambda) has one c for all columns, that of the first, which is the
    exposure's.

    Examples
    --------
    >>> lambdas = np.array([0.0, 1.0, 2.0])
    >>> extrapolate(lambdas, lambdas[:, None] ** 2, "quadratic").round(6).tolist()
    [1.0]
    """
    points = np.append(lambdas, _NO_ERROR)
    if method == "rational":
        basis = np.column_stack([np.ones_like(points), 1 / (_find_pole(lambdas, values[:, 0]) + points)])
    else:
        basis = points[:, None] ** np.arange(2 if method == "linear" else 3)
    return np.asarray(basis[-1] @ np.linalg.lstsq(basis[:-1], values, rcond=None)[0])


def _find_pole(lambdas: np.ndarray, values: np.ndarray) -> float:
    """Return the c of the curve a + b / (c + lambda) of least squares through the values (m,)."""
    from scipy.optimize import minimize_scalar

    def misfit(log_pole: float) -> float:
        basis = np.column_stack([np.ones_like(lambdas), 1 / (np.exp(log_pole) + lambdas)])
        rest = values - basis @ np.linalg.lstsq(basis, values, rcond=None)[0]
        return float(rest @ rest)

    return float(np.exp(minimize_scalar(misfit, bounds=tuple(np.log(_POLE)), method="bounded").x))


def _least_squares(x: np.ndarray, design: Design) -> tuple[np.ndarray, np.ndarray]:
    weighted = design.weights[:, None] * x
    bread = np.linalg.inv(x.T @ weighted)
    estimate = bread @ (weighted.T @ design.outcome.to_numpy())
    residuals = design.outcome.to_numpy() - x @ estimate
    return estimate, sandwich(bread, weighted * residuals[:, None], design.clusters, x.shape[1])


def _bootstrap(design: Design, variances: np.ndarray, method: Extrapolation, rng: np.random.Generator) -> np.ndarray:
    """Return the covariance of SIMEX estimates over samples of whole clusters."""
    rows = [np.flatnonzero(design.clusters == number) for number in range(design.n_clusters)]
    estimates = []
    for _ in range(int(assumption("regression", "bootstrap_draws"))):
        clusters = [rows[number] for number in rng.integers(len(rows), size=len(rows))]
        sample = np.concatenate(clusters)
        # A cluster that was drawn twice is two clusters.
        names = np.repeat(np.arange(len(clusters)), [len(part) for part in clusters])
        resampled = design.take(sample, names)
        if np.linalg.matrix_rank(resampled.regressors.to_numpy()) < resampled.regressors.shape[1]:
            raise InputError(
                "found a bootstrap sample whose controls repeat each other, as dummies of clusters do where one was not drawn; "
                "expected controls that every sample tells apart: use variance='jackknife', or fewer controls"
            )
        path = simulate(resampled, variances[sample], rng)
        estimates.append(extrapolate(path.lambdas, path.params, method))
    return np.asarray(np.cov(np.array(estimates), rowvar=False))
