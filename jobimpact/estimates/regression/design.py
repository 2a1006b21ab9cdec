"""Rows, columns, weights and clusters of a regression, and results of any estimator as a statsmodels object."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.errors import CoverageWarning, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

CONSTANT = "const"


@dataclass(frozen=True)
class Design:
    """What a regression is run on: n rows, k regressors of which the exposure is the first."""

    outcome: pd.Series
    regressors: pd.DataFrame  # (n, k) exposure, constant, controls
    weights: np.ndarray  # (n,) positive, mean 1
    clusters: np.ndarray  # (n,) numbers of clusters from 0; each row its own where none are given
    clustered: bool
    extra: pd.DataFrame  # (n, m) further columns, such as the replicate rating

    @property
    def n_clusters(self) -> int:
        """Number of clusters, of rows where none were given."""
        return int(self.clusters.max()) + 1

    @property
    def exposure(self) -> np.ndarray:
        """(n,) the exposure as measured."""
        return self.regressors.iloc[:, 0].to_numpy()

    def take(self, rows: np.ndarray, clusters: np.ndarray | None = None) -> Design:
        """Return the design of the rows numbered `rows`, which may repeat."""
        return replace(
            self,
            outcome=self.outcome.iloc[rows],
            regressors=self.regressors.iloc[rows],
            weights=self.weights[rows],
            clusters=self.clusters[rows] if clusters is None else clusters,
            extra=self.extra.iloc[rows],
        )


def make_design(
    table: pd.DataFrame,
    outcome: str,
    exposure: str,
    *,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    extra: Sequence[str] = (),
) -> Design:
    """Return the complete rows of `table` as a design; text controls become dummies.

    A warning counts the rows left out for a missing cell or no weight, and the part of the weight that they
    carry.
    """
    columns = [outcome, exposure, *controls, *extra, *(name for name in (weights, cluster) if name is not None)]
    if absent := [name for name in columns if name not in table]:
        first = ", ".join(map(repr, table.columns[:8]))
        raise InputError(f"found no column {absent[0]!r} among {first}; expected it for the regression: add it or check the name")
    # Text is checked before rows are dropped: a word in place of a number is a mistake, not a missing cell.
    _check_numbers(table, [outcome, exposure, *extra, *([weights] if weights is not None else [])])
    rows = _complete(table[list(dict.fromkeys(columns))], weights)
    weight = np.ones(len(rows)) if weights is None else rows[weights].to_numpy(dtype="float64")
    regressors = pd.concat([rows[[exposure]].astype("float64").assign(**{CONSTANT: 1.0}), _controls(rows, controls)], axis=1)
    numbers = np.arange(len(rows)) if cluster is None else pd.factorize(rows[cluster], sort=True)[0]
    least = regressors.shape[1] + 1
    groups = len(np.unique(numbers))
    if len(rows) < least or groups < 2:  # noqa: PLR2004 - no spread between fewer than two clusters
        raise InputError(
            f"found {len(rows)} complete rows in {groups} clusters; expected {least} rows or more in 2 clusters or more: "
            "give more rows, or fewer controls"
        )
    rank = int(np.linalg.matrix_rank(regressors.to_numpy()))
    if rank < regressors.shape[1]:
        raise InputError(f"found {regressors.shape[1]} regressors of rank {rank}: leave out controls that repeat each other")
    # A slope does not depend on the unit of the weights; with mean 1 the residual variance does not either.
    return Design(
        rows[outcome].astype("float64"),
        regressors,
        weight / weight.mean(),
        np.asarray(numbers),
        cluster is not None,
        rows[list(extra)].astype("float64"),
    )


def _check_numbers(table: pd.DataFrame, columns: Sequence[str]) -> None:
    for name in columns:
        wrong = pd.to_numeric(table[name], errors="coerce").isna() & table[name].notna()
        if wrong.any():
            raise InputError(
                f"found {table[name][wrong].iloc[0]!r} in column {name!r} ({int(wrong.sum()):,} such rows); expected numbers, "
                "missing where unknown"
            )


def _complete(rows: pd.DataFrame, weights: str | None) -> pd.DataFrame:
    weight = rows[weights].fillna(0.0) if weights is not None else pd.Series(1.0, index=rows.index)
    if (weight < 0).any():
        raise InputError(f"found weight {weight.min()} in {weights!r}; expected 0 or more: check the column")
    finite = rows.select_dtypes("number").astype("float64").abs().lt(np.inf).all(axis=1)
    whole = rows.notna().all(axis=1) & finite & (weight > 0)
    if not whole.all():
        columns = [str(name) for name in rows if rows[name].isna().any()]
        missing = 1 - weight[whole].sum() / weight.sum() if weight.sum() > 0 else 1.0
        warnings.warn(
            f"{int((~whole).sum()):,} of {len(rows):,} rows are left out of the regression, with {100 * missing:.2f} % of "
            f"weight: a cell is missing or not finite ({', '.join(columns) or 'none missing'}), or the weight is 0",
            CoverageWarning,
            stacklevel=4,
        )
    return rows[whole]


def _controls(rows: pd.DataFrame, controls: Sequence[str]) -> pd.DataFrame:
    if not controls:
        return pd.DataFrame(index=rows.index)
    # A level of which no row is left would be a column of zeros.
    categories = {
        name: rows[name].cat.remove_unused_categories() if isinstance(rows[name].dtype, pd.CategoricalDtype) else rows[name]
        for name in controls
    }
    return pd.get_dummies(pd.DataFrame(categories), drop_first=True, dtype="float64").astype("float64")


def sandwich(bread: np.ndarray, scores: np.ndarray, clusters: np.ndarray, n_params: int) -> np.ndarray:
    """Return the cluster-robust covariance bread x meat x bread', with the factor of Stata and statsmodels.

    `bread` (k, k) is the inverse of the derivative of the sum of `scores` (n, k), the estimating functions of
    the rows. With each row its own cluster, the factor is n / (n - k) (HC1).
    """
    n, groups = len(scores), int(clusters.max()) + 1
    sums = np.zeros((groups, scores.shape[1]))
    np.add.at(sums, clusters, scores)
    factor = groups / (groups - 1) * (n - 1) / (n - n_params)
    return np.asarray(factor * bread @ (sums.T @ sums) @ bread.T)


def as_results(design: Design, params: np.ndarray, covariance: np.ndarray, *, method: str, note: str) -> Any:
    """Return estimates that were made elsewhere as a statsmodels ``RegressionResultsWrapper``.

    Everything in it (``params bse tvalues pvalues conf_int t_test wald_test summary fittedvalues resid``)
    follows from `params` and `covariance`. Tests use the t distribution with the number of clusters less one,
    or n - k, degrees of freedom. Residuals are those of the exposure as measured, so ``rsquared``, ``fvalue``
    and ``aic`` say nothing about the corrected model, and the summary leaves them out.
    """
    from statsmodels.regression.linear_model import WLS, RegressionResults, RegressionResultsWrapper

    # The class's name is what statsmodels prints as the model.
    model = type(method, (WLS,), {})(design.outcome, design.regressors, weights=design.weights)
    results = RegressionResults(model, params, normalized_cov_params=covariance)
    results.cov_params_default = covariance
    results.cov_type = "cluster" if design.clustered else "HC1"
    results.cov_kwds = {"description": note, "n_groups": design.n_clusters}
    results.df_resid_inference = design.n_clusters - 1 if design.clustered else model.df_resid
    results.use_t = True
    results.summary = results.summary2 = partial(_summary, results)
    return RegressionResultsWrapper(results)


def _summary(results: Any, yname: Any = None, xname: Any = None, title: str | None = None, alpha: float = 0.05, **_: Any) -> Any:
    """Return the summary of statsmodels without what holds for least squares alone."""
    from statsmodels.iolib.summary import Summary

    summary = Summary()
    left = [("Dep. Variable:", None), ("Model:", None), ("No. Observations:", None)]
    right = [("Covariance Type:", [results.cov_type]), ("Df of t:", [f"{results.df_resid_inference:.0f}"]), ("", [""])]
    title = title or f"{type(results.model).__name__} Regression Results"
    summary.add_table_2cols(results, gleft=left, gright=right, yname=yname, xname=xname, title=title)
    summary.add_table_params(results, yname=yname, xname=xname, alpha=alpha, use_t=results.use_t)
    summary.add_extra_txt(["Notes:", f"[1] {results.cov_kwds['description']}"])
    return summary
