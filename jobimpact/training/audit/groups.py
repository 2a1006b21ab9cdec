"""The groups that an audit looks at: which task belongs to which, and what each is called."""

from __future__ import annotations

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.facts.codes import oews_code, soc_major
from jobimpact.sources.jobs.employment import read_employment

UNKNOWN = "unknown"
DIMENSIONS = ("all", "soc_major", "wage_quintile", "women_quintile", "length_quintile", "task_type", "job_zone")


def audit_groups(
    tasks: pd.DataFrame, quantiles: int, *, demographics: pd.DataFrame | None = None, job_zones: pd.Series | None = None
) -> pd.DataFrame:
    """Return which groups every task is in.

    Parameters
    ----------
    tasks
        ``onetsoc_code soc_code task task_type``.
    quantiles
        Groups into which SOC codes (by median wage, by share of women) and tasks (by length) are cut. Every SOC code counts
        once; codes with the same value, such as those that share an estimate, stay together.
    demographics, job_zones
        As for :func:`jobimpact.training.audit.audit.audit`; a dimension is left out where its table is not given.

    Returns
    -------
    pandas.DataFrame
        Index of `tasks`, each as often as there are dimensions, in the order of DIMENSIONS and of groups: ``dimension group
        group_title``. No task is left out: what is not known is the group ``unknown``.
    """
    national = read_employment("national")
    codes = pd.Series(tasks["soc_code"].unique())
    published = oews_code(codes)
    wage = published.map(national.set_index("soc_code")["a_median"]).set_axis(codes)
    parts = [
        _named(pd.Series("all", index=tasks.index), "all", {"all": "All tasks"}),
        _by_major(tasks, national),
        _by_quantile(
            tasks["soc_code"], wage, quantiles, "wage_quintile", "median wage {low:,.0f} to {high:,.0f} $", "wage not known"
        ),
    ]
    if demographics is not None:
        women = _column(demographics, "share_women").reindex(codes)
        parts.append(
            _by_quantile(
                tasks["soc_code"],
                women * 100,
                quantiles,
                "women_quintile",
                "{low:.0f} to {high:.0f} % women",
                "share of women not known",
            )
        )
    length = tasks["task"].str.len().astype("float64")
    own = pd.Series(tasks.index, index=tasks.index)
    parts.append(_by_quantile(own, length, quantiles, "length_quintile", "{low:.0f} to {high:.0f} characters"))
    kind = tasks["task_type"].astype(object).where(tasks["task_type"].notna(), UNKNOWN)
    parts.append(_named(kind, "task_type", {"Core": "Core", "Supplemental": "Supplemental", UNKNOWN: "type not rated"}))
    if job_zones is not None:
        parts.append(_by_zone(tasks["onetsoc_code"], job_zones))
    return pd.concat(parts)


def _by_major(tasks: pd.DataFrame, national: pd.DataFrame) -> pd.DataFrame:
    titles = national[national["o_group"] == "major"].set_index("soc_code")["title"].to_dict()
    majors = soc_major(tasks["soc_code"])
    if majors.isna().any():
        raise InputError(f"{tasks['soc_code'][majors.isna()].iloc[0]!r} is no SOC 2018 code; expected such as 15-1252: mend it")
    return _named(majors, "soc_major", {code: titles.get(code, code) for code in sorted(majors.unique())})


def _by_quantile(
    members: pd.Series, values: pd.Series, quantiles: int, dimension: str, wording: str, unknown: str = UNKNOWN
) -> pd.DataFrame:
    """Cut `values` (by member) and give every task the group of its member; fewer groups where values repeat too often."""
    known = values.dropna()
    cut = pd.Series(dtype="float64") if known.empty else pd.qcut(known, quantiles, labels=False, duplicates="drop")
    order = {cell: str(number) for number, cell in enumerate(np.sort(cut.dropna().unique()), 1)}
    groups = cut.map(order)
    ends = known.groupby(groups).agg(["min", "max"])
    titles = {str(name): wording.format(low=low, high=high) for name, low, high in ends.itertuples()}
    return _named(members.map(groups.to_dict()).astype(object).fillna(UNKNOWN), dimension, titles | {UNKNOWN: unknown})


def _by_zone(codes: pd.Series, job_zones: pd.Series) -> pd.DataFrame:
    if job_zones.index.duplicated().any():
        raise InputError("job zones have an O*NET-SOC code more than once; expected one zone for each: drop the copies")
    known = job_zones.dropna().astype("int64").astype(str).to_dict()
    zones = codes.map(known).astype(object).fillna(UNKNOWN)
    return _named(
        zones, "job_zone", {zone: f"job zone {zone}" for zone in sorted(set(known.values()))} | {UNKNOWN: "job zone not known"}
    )


def _named(groups: pd.Series, dimension: str, titles: dict[str, str]) -> pd.DataFrame:
    table = pd.DataFrame({"dimension": dimension, "group": groups, "group_title": groups.map(titles)})
    rank = {name: place for place, name in enumerate(titles)}
    return table.iloc[np.argsort(table["group"].map(rank).to_numpy(), kind="stable")]


def _column(demographics: pd.DataFrame, name: str) -> pd.Series:
    missing = [column for column in ("soc_code", name) if column not in demographics]
    if missing:
        raise InputError(f"demographics lack {', '.join(missing)}; expected the table of read_cps_demographics: give that")
    if demographics["soc_code"].duplicated().any():
        raise InputError("demographics have a SOC code more than once; expected one row for each: drop the copies")
    return demographics.set_index("soc_code")[name]
