"""Regressions on an exposure with error by instrumental variables: one rater's view instrumented by another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.estimates.regression.design import as_results

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.estimates.regression.design import Design

_REPLICATE = "replicate"


def fit_iv(design: Design, replicate: str) -> Any:
    """Return two-stage least squares on `design`, whose `extra` holds the column `replicate`."""
    instrument = design.extra[[replicate]].set_axis([_REPLICATE], axis=1)
    fitted = _two_stages(design.outcome, design.regressors, design.regressors.columns[:1], instrument, design)
    note = f"Two-stage least squares: {design.regressors.columns[0]} instrumented by {replicate}."
    return _with_stages(design, fitted, "IV2SLS", note)


def fit_oriv(design: Design, replicate: str) -> Any:
    """Return the stacked regression on `design`, whose `extra` holds the column `replicate`.

    Both copies of the data have their own constant and controls, under one slope; errors are clustered by the
    design's clusters, or by row, so that no row counts twice. The constant and controls of the result are
    those of the copy with the exposure.
    """
    x, other = design.regressors, design.extra[replicate].to_numpy()
    zeros = np.zeros(len(x))
    exogenous = x.columns[1:].to_list()
    stacked = pd.DataFrame({x.columns[0]: np.concatenate([design.exposure, other])})
    # Each copy has its own constant and controls, as if they were two regressions that share the slope alone.
    copies = {f"{name} ({side})": np.concatenate(pair) for name in exogenous for side, pair in
              ((1, (x[name], zeros)), (2, (zeros, x[name])))}  # fmt: skip
    stacked = pd.concat([stacked, pd.DataFrame(copies)], axis=1)
    instruments = pd.DataFrame(
        {f"{_REPLICATE} (1)": np.concatenate([other, zeros]), f"{_REPLICATE} (2)": np.concatenate([zeros, design.exposure])}
    )
    twice = np.concatenate([np.arange(len(x)), np.arange(len(x))])
    both = design.take(twice)
    fitted = _two_stages(both.outcome.reset_index(drop=True), stacked, stacked.columns[:1], instruments, both)
    note = f"Stacked two-stage least squares: {x.columns[0]} and {replicate} instrument each other."
    terms = [x.columns[0], *(f"{name} (1)" for name in exogenous)]
    return _with_stages(design, fitted, "ORIV", note, terms)


def _two_stages(outcome: pd.Series, x: pd.DataFrame, endogenous: pd.Index, instruments: pd.DataFrame, design: Design) -> Any:
    from linearmodels.iv import IV2SLS

    exogenous = x.drop(columns=endogenous)
    model = IV2SLS(outcome, exogenous, x[endogenous], instruments.set_axis(x.index), weights=design.weights)
    if len(np.unique(design.clusters)) == len(x):  # the same errors as with a cluster for each row, without a loop over rows
        return model.fit(cov_type="robust", debiased=True)
    return model.fit(cov_type="clustered", clusters=design.clusters, debiased=True)


def _with_stages(design: Design, fitted: Any, method: str, note: str, terms: Sequence[str] | None = None) -> Any:
    """Return linearmodels' estimates as statsmodels results, in the order of the design's columns."""
    names = design.regressors.columns.to_list() if terms is None else list(terms)
    covariance = fitted.cov.loc[names, names].to_numpy()
    results = as_results(design, fitted.params[names].to_numpy(), covariance, method=method, note=note)
    results.iv = fitted
    return results


def first_stage_f(results: Any) -> float:
    """Return the robust F of the instruments in the first stage of `fit_iv` or `fit_oriv`; missing for other results.

    F is linearmodels' Wald statistic over the number of instruments. Of `fit_oriv` it is that of the stacked
    regression.
    """
    fitted = getattr(results, "iv", None)
    if fitted is None:
        return float("nan")
    return float(fitted.first_stage.diagnostics["f.stat"].iloc[0]) / int(fitted.model.instruments.shape[1])
