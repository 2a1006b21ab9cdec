"""Changes over time split into composition and content, and trends in the use of AI by release and by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.sources.labels.usage import AUGMENTATION_MODES, AUTOMATION_MODES, MODES

if TYPE_CHECKING:
    from collections.abc import Mapping

_MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class ShiftShare:
    """The change of a weighted mean, in parts that add up.

    Attributes
    ----------
    before, after
        The weighted means.
    parts
        ``between_groups``: groups of units gained or lost weight; ``within_groups``: units did inside their group; ``content``:
        units' values changed. Without groups the first two are one, ``composition``.
    units
        By unit, the largest first: its parts of all weight ``share_before`` and ``share_after``, ``value_before`` and
        ``value_after``, and what it adds to ``composition`` (relative to the mean of both means) and ``content``, which sum to
        the parts.
    """

    before: float
    after: float
    parts: Mapping[str, float]
    units: pd.DataFrame


def shift_share(
    before: pd.DataFrame, after: pd.DataFrame, *, key: str, weight: str, value: str, group: str | None = None
) -> ShiftShare:
    """Split the change of a weighted mean into composition and content, with weights and values at the middle of both dates.

    With shares s and values e of units, sum(s1 e1) - sum(s0 e0) = sum(ds ē) + sum(s̄ de), bars being means of both dates. With
    groups, s = S r, and sum(ds ē) is again split at the middle into sum(dS) (between groups) and sum(dr) (within groups). A
    unit at one date only has share 0 at the other and keeps its value: it is composition.

    Parameters
    ----------
    before, after
        One row per unit: `key`, `weight` (such as jobs), `value` (such as exposure), and `group`. Rows without weight or value
        do not count.
    key, weight, value, group
        Their columns.

    Returns
    -------
    ShiftShare
        Parts sum to ``after - before``, but for the rounding of floats.

    Raises
    ------
    InputError
        If a unit stands twice on a side, a side has no weight, or a unit has no group or another one at each date.

    Notes
    -----
    Marshall 1887 and Edgeworth 1925 (midpoint weights); as a split of aggregate change: Foster, Haltiwanger, Krizan 2001, in New
    Developments in Productivity Analysis, ISBN 978-0-226-36062-1, chapter 8 (method 2).

    Examples
    --------
    >>> old = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": [50.0, 50.0], "exposure": [0.2, 0.6]})
    >>> new = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": [25.0, 75.0], "exposure": [0.2, 0.6]})
    >>> split = shift_share(old, new, key="soc_code", weight="tot_emp", value="exposure")
    >>> {name: round(part, 6) for name, part in split.parts.items()}
    {'composition': 0.1, 'content': 0.0}
    """
    units = _both_sides(before, after, key, weight, value, group)
    share = (units["share_before"] + units["share_after"]) / 2
    middle = (units["value_before"] + units["value_after"]) / 2
    levels = [float((units[f"share_{side}"] * units[f"value_{side}"]).sum()) for side in ("before", "after")]
    moved = units["share_after"] - units["share_before"]
    # Shares change by 0 in sum, so that any constant may be taken off the values: a unit counts by how far it is from the mean.
    units = units.assign(
        composition=moved * (middle - sum(levels) / 2), content=share * (units["value_after"] - units["value_before"])
    )
    composition, content = float(units["composition"].sum()), float(units["content"].sum())
    if group is None:
        parts = {"composition": composition, "content": content}
    else:
        between = _between(units, middle, group)
        parts = {"between_groups": between, "within_groups": composition - between, "content": content}
    order = (units["composition"] + units["content"]).abs().sort_values(ascending=False, kind="stable").index
    return ShiftShare(levels[0], levels[1], parts, units.loc[order])


def _both_sides(before: pd.DataFrame, after: pd.DataFrame, key: str, weight: str, value: str, group: str | None) -> pd.DataFrame:
    sides = []
    for name, table in (("before", before), ("after", after)):
        rows = table[table[weight].notna() & table[value].notna() & (table[weight] > 0)]
        if rows.empty or rows[key].duplicated().any():
            found = "no unit with weight and value" if rows.empty else f"{rows.loc[rows[key].duplicated(), key].iloc[0]!r} twice"
            raise InputError(f"found {found} {name}; expected each unit of {key!r} once: check the table")
        columns = {f"share_{name}": rows[weight] / rows[weight].sum(), f"value_{name}": rows[value]}
        if group is not None:
            columns[f"{group}_{name}"] = rows[group]
        sides.append(pd.DataFrame(columns).set_axis(pd.Index(rows[key], name=key)))
    units = sides[0].join(sides[1], how="outer", validate="one_to_one")
    for column in ("value", *([group] if group else [])):
        one, other = f"{column}_before", f"{column}_after"
        units[one], units[other] = units[one].fillna(units[other]), units[other].fillna(units[one])
    if group is not None:
        then, now = units.pop(f"{group}_before"), units.pop(f"{group}_after")
        # A unit in two groups would move weight between them that neither part knows of.
        if (wrong := then.isna() | (then != now)).any():
            unit = units.index[wrong][0]
            raise InputError(
                f"found {unit!r} in the {group} {then[unit]} before and {now[unit]} after ({int(wrong.sum())} such units); "
                "expected each unit in one group: group by what does not change"
            )
        units[group] = now
    return units.fillna({"share_before": 0.0, "share_after": 0.0})


def _between(units: pd.DataFrame, middle: pd.Series, group: str) -> float:
    """Return sum over groups of dS times the group's mean value, with the units' parts of their group at the middle."""
    totals = units.groupby(group)[["share_before", "share_after"]].sum()
    own = units[["share_before", "share_after"]] / units.groupby(group)[["share_before", "share_after"]].transform("sum")
    # A group without weight at one date keeps the parts that it has at the other.
    inner = (own["share_before"].fillna(own["share_after"]) + own["share_after"].fillna(own["share_before"])) / 2
    means = (inner * middle).groupby(units[group]).sum()
    return float(((totals["share_after"] - totals["share_before"]) * means).sum())


def compare_usage(
    usage: pd.DataFrame, statements: pd.DataFrame, shares: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """Return automation, augmentation and coverage of use in every release of the Anthropic Economic Index.

    Parameters
    ----------
    usage
        Table ``task_usage``.
    statements
        Table ``usage_statements`` (O*NET 20.1), all tasks that use could have been about.
    shares
        Tables ``task_shares`` by release, of releases without modes of use, such as that of February 2025.

    Returns
    -------
    pandas.DataFrame
        Index ``usage_release``: ``n_tasks`` seen; ``pct``, their part of all conversations in percent; ``automation_share`` and
        ``augmentation_share`` of conversations in a told mode; ``filtered``, part of conversations in none or held back;
        ``tasks_covered``, part of all distinct wordings; and for each of ``coverage_cuts`` in data/change.toml the part of
        O*NET-SOC 2010 occupations with that part of their tasks or more seen, such as ``occupations_25``. Missing where the
        release does not tell.

    Notes
    -----
    Releases differ in platforms (2025-08 and 2025-11 hold use through programs, which is mostly automation; 2025-03 and
    2025-11-claude do not) and in the least number of conversations that a task is told from. Compare like with like.
    """
    rows = {}
    keys = statements["task"].str.strip().str.lower()
    for release, table in (shares or {}).items():
        named = table[table["task"] != "none"]
        rows[release] = {"pct": float(named["pct"].sum())} | _coverage(set(named["task"]), statements, keys)
    for key, part in usage.groupby("usage_release", observed=True):
        rows[str(key)] = _modes(part.dropna(subset=["pct"])) | _coverage(set(part["task"].str.lower()), statements, keys)
    columns = ["n_tasks", "pct", "automation_share", "augmentation_share", "filtered", "tasks_covered", *_cut_names().values()]
    releases = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).sort_index(kind="stable")
    return releases.rename_axis("usage_release")


def _modes(table: pd.DataFrame) -> dict[str, float]:
    total = float(table["pct"].sum())
    if not total > 0:
        return {}
    sums = table[[*MODES, "filtered"]].multiply(table["pct"], axis=0).sum()
    told = float(sums[list(MODES)].sum()) or float("nan")
    return {
        "pct": total,
        "automation_share": float(sums[list(AUTOMATION_MODES)].sum()) / told,
        "augmentation_share": float(sums[list(AUGMENTATION_MODES)].sum()) / told,
        "filtered": float(sums["filtered"]) / total,
    }


def _coverage(seen: set[str], statements: pd.DataFrame, keys: pd.Series) -> dict[str, float]:
    used = keys.isin(seen)
    parts = used.groupby(statements["onetsoc_code"]).mean()
    cuts = {name: float((parts >= cut).mean()) for cut, name in _cut_names().items()}
    return {"n_tasks": len(seen), "tasks_covered": keys[used].nunique() / keys.nunique(), **cuts}


def _cut_names() -> dict[float, str]:
    return {cut: f"occupations_{100 * cut:.0f}" for cut in assumption("change", "coverage_cuts")}


def message_trends(shares: pd.DataFrame, messages: str = "work", by: int | None = None) -> pd.DataFrame:
    """Return the linear trend of each work activity's share of ChatGPT messages, with what can be told from noise.

    Parameters
    ----------
    shares
        Table ``message_shares``.
    messages
        ``all`` or ``work``.
    by
        Characters of the O*NET ID to group by, such as 9 for generalised work activities (``4.A.1.a.1``); none by default.

    Returns
    -------
    pandas.DataFrame
        Index ``iwa``: ``months`` published; ``mean_share``; ``slope`` in share per year with its Newey-West ``se`` (lags of
        data/change.toml); ``p_adjusted`` (Benjamini and Hochberg); ``noise``, standard deviation of months about the trend;
        ``established``, whether the trend passes both the false discovery rate and the step of rounding over the months
        at hand. Activities with too few months have missing trends. The steepest come first.

    Raises
    ------
    InputError
        If there are no such messages.

    Notes
    -----
    The publisher adds noise for privacy to each share, so that a small share moves from month to month without any
    cause. Months without a row are left out, not zero: activities near the publisher's threshold look more stable than they are.
    With `by`, a member without a row in a month adds nothing to its group in that month.
    Newey and West 1987, doi:10.2307/1913610.
    """
    from statsmodels.stats.multitest import multipletests

    chosen = shares[shares["messages"] == messages]
    if chosen.empty:
        raise InputError(f"found no messages {messages!r} in the shares; they have {', '.join(sorted(set(shares['messages'])))}")
    # Letters and digits of the ID are separated by points: an ID cut short is a higher level.
    names = chosen["iwa"].str.slice(0, by) if by is not None else chosen["iwa"]
    grouped = chosen.assign(iwa=names).groupby(["iwa", "month"])["message_share"].sum().reset_index()
    start = pd.PeriodIndex(grouped["month"], freq="M").min()
    years = (pd.PeriodIndex(grouped["month"], freq="M") - start).map(lambda step: step.n / _MONTHS_PER_YEAR)
    grouped = grouped.assign(years=np.asarray(years, dtype="float64"))
    trends = pd.DataFrame({str(name): _trend(rows) for name, rows in grouped.groupby("iwa")}).T.rename_axis("iwa")
    known = trends["p"].notna()
    trends["p_adjusted"] = np.nan
    if known.any():
        trends.loc[known, "p_adjusted"] = multipletests(trends.loc[known, "p"], method="fdr_bh")[1]
    span = grouped["years"].max()
    trends["established"] = (trends["p_adjusted"] < assumption("change", "trend_error")) & (
        trends["slope"].abs() * span > assumption("change", "trend_rounding")
    )
    order = trends["slope"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    columns = ["months", "mean_share", "slope", "se", "p_adjusted", "noise", "established"]
    return trends.loc[order, columns].astype({"months": int})


def _trend(rows: pd.DataFrame) -> pd.Series:
    from statsmodels.regression.linear_model import OLS

    result = {"months": len(rows), "mean_share": rows["message_share"].mean()}
    nothing = dict.fromkeys(("slope", "se", "p", "noise"), np.nan)
    if len(rows) < assumption("change", "trend_months"):
        return pd.Series(result | nothing)
    x = np.column_stack([np.ones(len(rows)), rows["years"]])
    lags = int(assumption("change", "trend_lags"))
    fitted = OLS(rows["message_share"].to_numpy(), x).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True
    )
    if not fitted.bse[1] > 0:  # a share that never moves
        return pd.Series(result | nothing | {"slope": fitted.params[1], "se": 0.0, "noise": 0.0})
    return pd.Series(
        result
        | {"slope": fitted.params[1], "se": fitted.bse[1], "p": fitted.pvalues[1], "noise": float(np.std(fitted.resid, ddof=2))}
    )
