"""Groups of jobs ready to be aggregated: sectors, industries, places, SOC groups, wage parts, people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import read_assumptions
from jobimpact.estimates.means.definitions import CUTS, probability_above
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.estimates.means.soc_levels import SocLevel, published_groups, soc_group
from jobimpact.estimates.means.weights import wage_groups

EXPOSURES = list(MEASURES.values())
SCORES = [*EXPOSURES, *CUTS]  # what cells take over from their occupation, which above a cut is a probability
UNKNOWN, UNKNOWN_TITLE = "unknown", "Not published"
_SOC_LEVELS: tuple[SocLevel, ...] = ("major", "minor", "broad")


@dataclass(frozen=True)
class Level:
    """The groups of one kind, with titles by ``group``."""

    group_type: str  # as in the table `groups`; else `sector`, `area`, `3-digit` or `4-digit`
    cells: pd.DataFrame  # group soc_code tot_emp a_mean and SCORES; missing where not released or scored
    totals: pd.Series  # published, or the sum of cells where the publisher has no such group
    titles: Mapping[Any, str]


def with_probabilities(occupations: pd.DataFrame) -> pd.DataFrame:
    """Return `occupations` with the probability of each that its exposure lies at or above each cut, named as the shares."""
    # A table of labels, which have no error of prediction, need not have its column.
    beta, error = (
        np.asarray(occupations.get(name, default=np.nan), dtype=float) for name in ("exposure_beta", "exposure_beta_se")
    )
    return occupations.assign(**{name: probability_above(beta, error, cut) for name, cut in CUTS.items()})


def oews_levels(occupations: pd.DataFrame, oews: pd.DataFrame, by: str) -> list[Level]:
    """Return the sectors, industries or states of a table of OEWS, one level per level of industry."""
    kinds = {"cross-industry": "area"}
    return [
        _oews_level(occupations, part, by, kinds.get(str(i_group), str(i_group)))
        for i_group, part in oews.groupby("i_group", sort=True)
    ]


def _oews_level(occupations: pd.DataFrame, oews: pd.DataFrame, by: str, group_type: str) -> Level:
    detailed = oews[oews["o_group"] == "detailed"][[by, "soc_code", "tot_emp", "a_mean"]].rename(columns={by: "group"})
    scores = with_probabilities(occupations)[["soc_code", *SCORES]]
    cells = detailed.merge(scores, on="soc_code", how="left", validate="many_to_one")
    heads = oews[oews["o_group"] == "total"].sort_values(by).set_index(by)
    return Level(group_type, cells, heads["tot_emp"], heads[f"{by}_title"].to_dict())


def national_levels(
    occupations: pd.DataFrame, national: pd.DataFrame, memberships: pd.DataFrame | None = None
) -> Iterator[Level]:
    """Yield the levels of the table ``groups``: whole economy, SOC groups, wage parts, `memberships`.

    Jobs of occupations that have no part in any group of a type are the group ``unknown`` of that type.
    """
    detailed = national.loc[national["o_group"] == "detailed", "soc_code"]
    jobs = with_probabilities(occupations[occupations["soc_code"].isin(detailed)])
    columns = ["soc_code", "tot_emp", "a_mean", *SCORES]
    total = national[national["o_group"] == "total"]["tot_emp"].set_axis(["all"])
    yield Level("all", jobs[columns].assign(group="all"), total, group_titles("all"))
    for level in _SOC_LEVELS:
        heads = published_groups(national, level)
        cells = jobs[columns].assign(group=soc_group(jobs["soc_code"], level))
        yield Level(f"soc_{level}", cells, heads["tot_emp"], heads["title"].to_dict())
    yield _wage_level(jobs, columns, "wage_quintile", jobs["wage_quintile"])
    yield _wage_level(jobs, columns, "wage_decile", wage_groups(jobs, len(group_titles("wage_decile"))))
    if memberships is not None:
        for group_type, shares in memberships.groupby("group_type", sort=False):
            yield _shared_level(jobs[columns], str(group_type), shares)


def _wage_level(jobs: pd.DataFrame, columns: list[str], group_type: str, part: pd.Series) -> Level:
    titles = group_titles(group_type)
    # Groups sort as text: of ten parts the first is 01.
    width = max(map(len, titles))
    cells = jobs[part.notna()][columns]
    cells = cells.assign(group=part.dropna().astype(int).astype(str).str.zfill(width))
    return Level(group_type, cells, _sums(cells, list(titles)), titles)


def _shared_level(jobs: pd.DataFrame, group_type: str, shares: pd.DataFrame) -> Level:
    """Return a level whose groups hold parts of occupations, and what no part is known of as the group ``unknown``."""
    cells = jobs.merge(shares[["soc_code", "group", "group_share"]], on="soc_code", how="left", validate="one_to_many")
    # A part that no membership names is kept as unknown, so that groups still add up to the country.
    cells = cells.assign(group=cells["group"].fillna(UNKNOWN), tot_emp=cells["tot_emp"] * cells["group_share"].fillna(1.0)).drop(
        columns="group_share"
    )
    entry = read_assumptions("group_types").get(group_type, {})
    if entry.get("no_wages", False):
        # The wage of an occupation is not that of the group's part of it.
        cells = cells.assign(a_mean=float("nan"))
    heads = shares.drop_duplicates("group")
    titles = {**dict(zip(heads["group"], heads["group_title"], strict=True)), UNKNOWN: UNKNOWN_TITLE}
    return Level(group_type, cells, _sums(cells, list(titles)), titles)


def group_titles(group_type: str) -> dict[str, str]:
    """Return the names of the groups of a type, in their order, from data/group_types.toml."""
    return dict(read_assumptions("group_types")[group_type]["titles"])


def _sums(cells: pd.DataFrame, order: list[str]) -> pd.Series:
    sums = cells.groupby("group")["tot_emp"].sum()
    return sums.reindex([group for group in order if group in sums.index])
