"""The change of a weighted mean split into composition and content, at the middle of both dates."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from jobimpact.errors import InputError


@dataclass(frozen=True)
class ShiftShare:
    """The change of a weighted mean, in parts that add up.

    `parts` are ``between_groups`` (groups of units gained or lost weight), ``within_groups`` (units did
    inside their group) and ``content`` (units' values changed); without groups the first two are one,
    ``composition``. `units` has, the largest first, ``share_before share_after value_before value_after`` of
    each unit and what it adds to ``composition`` (relative to the mean of both means) and ``content``, which
    sum to the parts.
    """

    before: float
    after: float
    parts: Mapping[str, float]
    units: pd.DataFrame


def shift_share(
    before: pd.DataFrame, after: pd.DataFrame, *, key: str, weight: str, value: str, group: str | None = None
) -> ShiftShare:
    """Split the change of a weighted mean into composition and content, at the middle of both dates.

    With shares s and values e of units, sum(s1 e1) - sum(s0 e0) = sum(ds ē) + sum(s̄ de), bars being means of
    both dates. With groups, s = S r, and sum(ds ē) is again split at the middle into sum(dS) (between groups)
    and sum(dr) (within groups). A unit at one date only has share 0 at the other and keeps its value: it is
    composition. Rows without weight or value do not count. Marshall 1887 and Edgeworth 1925 (midpoint
    weights); as a split of aggregate change: Foster, Haltiwanger, Krizan 2001, in New Developments in
    Productivity Analysis, ISBN 978-0-226-36062-1, chapter 8 (method 2).

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
    shift = units["share_after"] - units["share_before"]
    # Shares change by 0 in sum, so that any constant may be taken off the values: a unit counts by how far it is from the mean.
    units = units.assign(
        composition=shift * (middle - sum(levels) / 2), content=share * (units["value_after"] - units["value_before"])
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
            repeated = rows.loc[rows[key].duplicated(), key]
            fault = "no unit with weight and value" if rows.empty else f"{repeated.iloc[0]!r} twice"
            raise InputError(f"found {fault} {name}; expected each unit of {key!r} once: check the table")
        columns = {f"share_{name}": rows[weight] / rows[weight].sum(), f"value_{name}": rows[value]}
        if group is not None:
            columns[f"{group}_{name}"] = rows[group]
        sides.append(pd.DataFrame(columns).set_axis(pd.Index(rows[key], name=key)))
    units = sides[0].join(sides[1], how="outer", validate="one_to_one")
    for column in ("value", *([group] if group else [])):
        before_name, after_name = f"{column}_before", f"{column}_after"
        first, second = units[before_name], units[after_name]
        units[before_name], units[after_name] = first.fillna(second), second.fillna(first)
    if group is not None:
        old, new = units.pop(f"{group}_before"), units.pop(f"{group}_after")
        # A unit in two groups would move weight between them that neither part knows of.
        if (wrong := old.isna() | (old != new)).any():
            unit = units.index[wrong][0]
            raise InputError(
                f"found {unit!r} in the {group} {old[unit]} before and {new[unit]} after ({int(wrong.sum())} such units); "
                "expected each unit in one group: group by what does not change"
            )
        units[group] = new
    return units.fillna({"share_before": 0.0, "share_after": 0.0})


def _between(units: pd.DataFrame, middle: pd.Series, group: str) -> float:
    """Return sum over groups of dS times the group's mean value, with the units' parts of their group at the middle."""
    totals = units.groupby(group)[["share_before", "share_after"]].sum()
    parts = units[["share_before", "share_after"]] / units.groupby(group)[["share_before", "share_after"]].transform("sum")
    # A group without weight at one date keeps the parts that it has at the other.
    inner = (parts["share_before"].fillna(parts["share_after"]) + parts["share_after"].fillna(parts["share_before"])) / 2
    means = (inner * middle).groupby(units[group]).sum()
    return float(((totals["share_after"] - totals["share_before"]) * means).sum())
