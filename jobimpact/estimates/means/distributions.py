"""How exposure is distributed over workers: quantiles, spread, inequality, histogram, shares above a cut, exposed wage bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.definitions import Operator, above_cut
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.estimates.means.weights import covered_share
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobimpact.estimates.means.levels import Level

Measure = Literal["alpha", "beta", "gamma", "automation"]
# A quantile is not pushed to the next occupation by the rounding of a sum.
_SLACK = 1e-12


def describe_distributions(levels: Iterable[Level], measure: Measure = "beta") -> pd.DataFrame:
    """Return how exposure is distributed over the workers of every group.

    All workers of an occupation have its exposure, so what differs within occupations is not in these figures.

    Parameters
    ----------
    levels
        See :mod:`jobimpact.estimates.means.levels`.
    measure
        ``alpha``, ``beta``, ``gamma`` or ``automation``.

    Returns
    -------
    pandas.DataFrame
        Table ``distributions``: ``group_type group group_title``, coverage, ``measure``; over matched employment
        ``exposure_mean``, ``exposure_sd``, the quantiles ``exposure_p10`` to ``exposure_p90`` (the least exposure that at
        least that share of workers does not exceed), ``p90_p10`` (their difference), ``gini``; and ``wage_bill``,
        ``exposed_wage_bill`` (sum of employment times mean annual wage times exposure, US dollars) and its share in the
        wage bill. Missing for groups without a matched cell; the wage bill also where no wage is known.

    Notes
    -----
    Gini: 2 cov(x, F) / mean with F the mid-rank by employment (Lerman and Yitzhaki 1984, Economics Letters 15(3-4),
    doi:10.1016/0165-1765(84)90126-5; weights as in their 1989 paper, doi:10.1016/0304-4076(89)90023-8).
    """
    return pd.concat([_describe(level, measure) for level in levels], ignore_index=True)[table_columns("distributions")]


def worker_shares(
    levels: Iterable[Level],
    cuts: Sequence[float] | None = None,
    operators: Sequence[Operator] = get_args(Operator),
    measure: Measure = "beta",
) -> pd.DataFrame:
    """Return the share of workers above each cut, under each reading of "above".

    Parameters
    ----------
    levels
        See :mod:`jobimpact.estimates.means.levels`.
    cuts
        Exposures from 0 to 1; those of data/headlines.toml when not given.
    operators
        ``>=`` counts occupations that lie exactly at the cut, ``>`` does not; both by default, because a headline may
        hang on it.
    measure
        ``alpha``, ``beta``, ``gamma`` or ``automation``.

    Returns
    -------
    pandas.DataFrame
        Table ``worker_shares``: one row per group, cut and operator with ``emp_above`` (jobs), ``share_above`` (of matched
        employment; missing without any) and coverage.

    Raises
    ------
    InputError
        If a cut is not on 0-1 or an operator is neither ``>=`` nor ``>``.
    """
    chosen = [float(cut) for cut in (assumption("headlines", "cuts") if cuts is None else cuts)]
    _check_choices(chosen, operators)
    pairs = [(cut, sign) for cut in chosen for sign in operators]
    return pd.concat([_shares(level, pairs, measure) for level in levels], ignore_index=True)[table_columns("worker_shares")]


def exposure_histogram(levels: Iterable[Level], bins: int | None = None, measure: Measure = "beta") -> pd.DataFrame:
    """Return the workers of every group by bins of exposure.

    Parameters
    ----------
    levels
        See :mod:`jobimpact.estimates.means.levels`.
    bins
        Bins of equal width from 0 to 1; data/distributions.toml when not given.
    measure
        ``alpha``, ``beta``, ``gamma`` or ``automation``.

    Returns
    -------
    pandas.DataFrame
        Table ``exposure_histogram``: one row per group and bin, ``bin_low`` (in the bin) and ``bin_high`` (not in it, but for
        the last bin), ``emp_in_bin`` (jobs), ``share_in_bin`` (of matched employment) and coverage.

    Raises
    ------
    InputError
        If `bins` is below 1.
    """
    count = int(assumption("distributions", "bins") if bins is None else bins)
    if count < 1:
        raise InputError(f"found {count} bins; expected at least 1")
    return pd.concat([_histogram(level, count, measure) for level in levels], ignore_index=True)[
        table_columns("exposure_histogram")
    ]


def weighted_quantiles(values: np.ndarray, weights: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Return the least value that at least each share of the weight does not exceed.

    Parameters
    ----------
    values, weights
        (n,) without missing values; weights of 0 or more.
    shares
        Quantiles on 0-1.

    Returns
    -------
    numpy.ndarray
        (len(shares),); missing where there is no weight.

    Examples
    --------
    >>> weighted_quantiles(np.array([0.1, 0.9]), np.array([3.0, 1.0]), [0.5, 0.75, 0.9]).tolist()
    [0.1, 0.1, 0.9]
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    if not len(order) or not reached[-1] > 0:
        return np.full(len(shares), np.nan)
    places = np.searchsorted(reached, np.asarray(shares) * reached[-1] * (1 - _SLACK), side="left")
    return np.asarray(values[order][np.minimum(places, len(order) - 1)], dtype=float)


def weighted_gini(values: np.ndarray, weights: np.ndarray) -> float:
    """Return the Gini coefficient of values of 0 or more; missing where all are 0 or there is no weight.

    Examples
    --------
    >>> round(weighted_gini(np.array([0.0, 1.0]), np.array([1.0, 1.0])), 3)
    0.5
    """
    total = weights.sum()
    mean = (values * weights).sum() / total if total > 0 else 0.0
    if not mean > 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    weight = weights[order]
    middle = (np.cumsum(weight) - weight / 2) / total
    return float(2 * (weight * values[order] * middle).sum() / (total * mean) - 1)


def _check_choices(cuts: Sequence[float], operators: Sequence[str]) -> None:
    if not cuts or not operators:
        raise InputError(f"found {len(cuts)} cuts and {len(operators)} operators; expected at least one of each")
    for cut in cuts:
        if not 0 <= cut <= 1:
            raise InputError(f"found the cut {cut}; expected an exposure from 0 to 1")
    for sign in operators:
        if sign not in get_args(Operator):
            raise InputError(f"found the operator {sign!r}; expected one of {', '.join(get_args(Operator))}")


def _describe(level: Level, measure: Measure) -> pd.DataFrame:
    matched, table = _matched(level, measure), _frame(level, measure)
    quantiles = [float(share) for share in assumption("distributions", "quantiles")]
    names = [f"exposure_p{100 * share:.0f}" for share in quantiles]
    rows = {group: _figures(part, quantiles) for group, part in matched.groupby("group", sort=False)}
    figures = pd.DataFrame.from_dict(
        rows, orient="index", columns=["exposure_mean", "exposure_sd", *names, "gini"], dtype="float64"
    )
    bill = (matched["tot_emp"] * matched["a_mean"]).groupby(matched["group"]).sum(min_count=1)
    exposed = (matched["tot_emp"] * matched["a_mean"] * matched["x"]).groupby(matched["group"]).sum(min_count=1)
    figures = figures.assign(
        p90_p10=figures["exposure_p90"] - figures["exposure_p10"],
        wage_bill=bill,
        exposed_wage_bill=exposed,
        exposed_wage_share=exposed / bill,
    )
    return table.join(figures.reindex(table["group"]).reset_index(drop=True))


def _figures(part: pd.DataFrame, quantiles: Sequence[float]) -> list[float]:
    values, weights = part["x"].to_numpy(), part["tot_emp"].to_numpy()
    mean = float(np.average(values, weights=weights))
    spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
    # The quotient of two rounded sums can pass a bound by one unit in the last place.
    mean = float(np.clip(mean, values.min(), values.max()))
    return [mean, spread, *weighted_quantiles(values, weights, quantiles), weighted_gini(values, weights)]


def _shares(level: Level, pairs: Sequence[tuple[float, Operator]], measure: Measure) -> pd.DataFrame:
    matched, table = _matched(level, measure), _frame(level, measure)
    parts = []
    for cut, sign in pairs:
        above = matched["tot_emp"].where(above_cut(matched["x"].to_numpy(), cut, sign), 0.0)
        found = table["group"].map(above.groupby(matched["group"]).sum()).fillna(0.0).clip(upper=table["emp_matched"])
        share = (found / table["emp_matched"]).where(table["emp_matched"] > 0)
        parts.append(table.assign(cut=cut, operator=sign, emp_above=found, share_above=share))
    return pd.concat(parts).sort_index(kind="stable")


def _histogram(level: Level, count: int, measure: Measure) -> pd.DataFrame:
    matched, table = _matched(level, measure), _frame(level, measure)
    # A mean of labels that lies at an edge is exact only up to rounding.
    tie = float(assumption("headlines", "tie"))
    place = np.clip(np.floor((matched["x"].to_numpy() + tie) * count), 0, count - 1).astype(int)
    held = matched["tot_emp"].groupby([matched["group"], pd.Series(place, index=matched.index, name="bin")]).sum()
    full = pd.MultiIndex.from_product([table["group"], range(count)], names=["group", "bin"])
    rows = held.reindex(full, fill_value=0.0).rename("emp_in_bin").reset_index()
    rows = rows.merge(table, on="group", how="left", validate="many_to_one")
    return rows.assign(
        bin_low=rows["bin"] / count,
        bin_high=(rows["bin"] + 1) / count,
        share_in_bin=(rows["emp_in_bin"] / rows["emp_matched"]).where(rows["emp_matched"] > 0),
    )


def _matched(level: Level, measure: Measure) -> pd.DataFrame:
    """Return the cells with employment and exposure, the exposure as ``x``."""
    if measure not in MEASURES:
        raise InputError(f"found the measure {measure!r}; expected one of {', '.join(MEASURES)}")
    cells = level.cells.assign(x=level.cells[MEASURES[measure]])
    return cells[cells["tot_emp"].gt(0) & cells["x"].notna() & cells["group"].isin(level.totals.index)]


def _frame(level: Level, measure: Measure) -> pd.DataFrame:
    """Return one row per group with its names and coverage."""
    matched, groups = _matched(level, measure), level.totals.index
    covered = matched.groupby("group")["tot_emp"].sum().reindex(groups, fill_value=0.0).to_numpy()
    totals = level.totals.to_numpy(dtype=float)
    hidden = level.cells[level.cells["tot_emp"].isna()].groupby("group").size().reindex(groups, fill_value=0)
    return pd.DataFrame(
        {
            "group_type": level.group_type,
            "group": groups.astype(object),
            "group_title": [level.titles[group] for group in groups],
            "tot_emp": totals,
            "emp_matched": covered,
            "matched_share": covered_share(covered, totals),
            "cells_suppressed": hidden.to_numpy(dtype="int64"),
            "measure": measure,
        }
    )
