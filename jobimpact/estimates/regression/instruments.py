"""Regressions on an exposure with error by instrumental variables: one rater's view instrumented by another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.regression.design import Design, as_results, make_design
from jobimpact.estimates.regression.ols import fit_eiv, fit_ols, replicate_error
from jobimpact.estimates.regression.simex import fit_simex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_REPLICATE = "replicate"


@dataclass(frozen=True)
class RegressionComparison:
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

    table: pd.DataFrame
    results: Mapping[tuple[str, str], Any]


def regress_iv(
    table: pd.DataFrame,
    outcome: str,
    exposure: str,
    replicate: str,
    *,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
) -> Any:
    """Regress `outcome` on one rater's exposure, instrumented by another rater's (two-stage least squares).

    Errors of the two must be unrelated. What both get wrong in the same way, as raters under one rubric may, is not mended:
    the slope then still lies too near zero. Only `exposure` sets the scale; `replicate` may be on any.

    Parameters
    ----------
    table, outcome, exposure, controls, weights, cluster
        See :func:`jobimpact.estimates.regression.ols.regress_ols`.
    replicate
        Column of the other rating.

    Returns
    -------
    statsmodels RegressionResultsWrapper
        See :func:`jobimpact.estimates.regression.design.as_results`, with the attribute ``iv``, the results of linearmodels'
        ``IV2SLS`` (first stage, tests of endogeneity); see `first_stage_f`.

    Raises
    ------
    InputError
        See :func:`jobimpact.estimates.regression.design.make_design`.

    Notes
    -----
    Fuller 1987, section 1.4; Wooldridge 2010, Econometric Analysis of Cross Section and Panel Data, ISBN 978-0-262-23258-6,
    section 5.3.2 (multiple indicators).
    """
    design = make_design(table, outcome, exposure, controls=controls, weights=weights, cluster=cluster, extra=[replicate])
    return fit_iv(design, replicate)


def fit_iv(design: Design, replicate: str) -> Any:
    """Return two-stage least squares on `design`, whose `extra` holds the column `replicate`."""
    instrument = design.extra[[replicate]].set_axis([_REPLICATE], axis=1)
    fitted = _two_stages(design.outcome, design.regressors, design.regressors.columns[:1], instrument, design)
    note = f"Two-stage least squares: {design.regressors.columns[0]} instrumented by {replicate}."
    return _with_stages(design, fitted, "IV2SLS", note)


def regress_oriv(
    table: pd.DataFrame,
    outcome: str,
    exposure: str,
    replicate: str,
    *,
    controls: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
) -> Any:
    """Regress on two ratings at once, each instrumented by the other (obviously related instrumental variables).

    Both copies of the data are stacked, each with its own constant and controls, under one slope; errors are clustered by
    `cluster`, or by row, so that no row counts twice. Both ratings must be on one scale, each the truth plus noise: where
    `regress_iv` gives another slope the other way round, they are not.

    Parameters
    ----------
    table, outcome, exposure, replicate, controls, weights, cluster
        See `regress_iv`.

    Returns
    -------
    statsmodels RegressionResultsWrapper
        See `regress_iv`. The constant and controls are those of the copy with `exposure`; residuals too.

    Notes
    -----
    Gillen, Snowberg, Yariv 2019, doi:10.1086/701681.
    """
    design = make_design(table, outcome, exposure, controls=controls, weights=weights, cluster=cluster, extra=[replicate])
    return fit_oriv(design, replicate)


def fit_oriv(design: Design, replicate: str) -> Any:
    """Return the stacked regression on `design`, whose `extra` holds the column `replicate`."""
    x, other = design.regressors, design.extra[replicate].to_numpy()
    zeros = np.zeros(len(x))
    exogenous = x.columns[1:].to_list()
    stacked = pd.DataFrame({x.columns[0]: np.concatenate([design.exposure, other])})
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
    kept = [x.columns[0], *(f"{name} (1)" for name in exogenous)]
    return _with_stages(design, fitted, "ORIV", note, kept)


def _two_stages(outcome: pd.Series, x: pd.DataFrame, endogenous: pd.Index, instruments: pd.DataFrame, design: Design) -> Any:
    from linearmodels.iv import IV2SLS

    exogenous = x.drop(columns=endogenous)
    model = IV2SLS(outcome, exogenous, x[endogenous], instruments.set_axis(x.index), weights=design.weights)
    if len(np.unique(design.clusters)) == len(x):  # the same errors as with a cluster for each row, without a loop over rows
        return model.fit(cov_type="robust", debiased=True)
    return model.fit(cov_type="clustered", clusters=design.clusters, debiased=True)


def _with_stages(design: Design, fitted: Any, method: str, note: str, kept: Sequence[str] | None = None) -> Any:
    """Return linearmodels' estimates as statsmodels results, in the order of the design's columns."""
    names = design.regressors.columns.to_list() if kept is None else list(kept)
    covariance = fitted.cov.loc[names, names].to_numpy()
    results = as_results(design, fitted.params[names].to_numpy(), covariance, method=method, note=note)
    results.iv = fitted
    return results


def first_stage_f(results: Any) -> float:
    """Return the robust F of the instruments in the first stage of `regress_iv` or `regress_oriv`; missing for other results.

    F is linearmodels' Wald statistic over the number of instruments. Of `regress_oriv` it is that of the stacked regression.
    """
    fitted = getattr(results, "iv", None)
    if fitted is None:
        return float("nan")
    return float(fitted.first_stage.diagnostics["f.stat"].iloc[0]) / int(fitted.model.instruments.shape[1])


def compare_regressions(
    table: pd.DataFrame,
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
    table, outcome, exposure, replicate, controls, weights, cluster
        See `regress_iv`.
    seed
        Of SIMEX.

    Returns
    -------
    RegressionComparison
        Methods ``ols`` (each rater, and ``mean`` of both), ``simex`` (by the extrapolation of data/regression.toml), ``eiv`` and
        ``iv`` (each rater), and ``oriv``.
    """
    extra = [replicate, *([weights] if weights else [])]
    design = make_design(table, outcome, exposure, controls=controls, weights=weights, cluster=cluster, extra=extra)
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
        {"method": key[0], "exposure": key[1], **_figures(results.get(key)), **sizes,
         "reliability": float("nan") if key[0] == "ols" else reliability.get(key[1], float("nan")), "note": refused.get(key, "")}
        for key in fits
    ]  # fmt: skip
    return RegressionComparison(pd.DataFrame(rows), results)


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
    own = design.regressors.columns[0]
    return Design(
        design.outcome,
        _with_exposure(design, design.extra[replicate].to_numpy(), replicate).regressors,
        design.weights,
        design.clusters,
        design.clustered,
        pd.DataFrame({own: design.exposure}, index=design.outcome.index),
    )


def _with_exposure(design: Design, exposure: np.ndarray, name: str) -> Design:
    first = pd.DataFrame({name: exposure}, index=design.regressors.index)
    regressors = pd.concat([first, design.regressors.iloc[:, 1:]], axis=1)
    return Design(design.outcome, regressors, design.weights, design.clusters, design.clustered, design.extra)
