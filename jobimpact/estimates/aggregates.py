"""Occupations to sectors, places and groups, weighted by employment and by the wage bill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.estimates.occupations import MEASURES
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EXPOSURES = list(MEASURES.values())
CUTS = {"share_workers_10": 0.10, "share_workers_50": 0.50}


def aggregate(cells: pd.DataFrame, totals: pd.Series, by: str) -> pd.DataFrame:
    """Return employment-weighted exposure, one row per group.

    Parameters
    ----------
    cells
        One row per group and detailed occupation: `by`, ``tot_emp`` and ``a_mean`` (missing where not released) and the
        four ``exposure_*`` columns (missing where the occupation was not scored).
    totals
        Published employment of each group; its index names the groups and their order.
    by
        Column of the group.

    Returns
    -------
    pandas.DataFrame
        Index `by`: ``n_occupations tot_emp emp_matched matched_share cells_suppressed wage_bill``, the four exposures,
        ``exposure_beta_wage_bill``, ``share_workers_10``, ``share_workers_50``. Groups without a matched cell have missing
        exposures. Cells that BLS did not release are counted, never filled in.
    """
    matched = cells[cells["tot_emp"].notna() & cells["exposure_beta"].notna() & (cells["tot_emp"] > 0)]
    paid = matched.assign(bill=matched["tot_emp"] * matched["a_mean"]).dropna(subset=["bill"])
    group = matched[by]
    result = pd.DataFrame(index=totals.index.rename(by))
    result["n_occupations"] = group.groupby(group).size().reindex(result.index, fill_value=0).astype("int64")
    result["tot_emp"] = totals.astype("float64")
    result["emp_matched"] = matched.groupby(by)["tot_emp"].sum().reindex(result.index, fill_value=0.0)
    result["matched_share"] = (result["emp_matched"] / result["tot_emp"]).fillna(0.0)
    missing = cells[cells["tot_emp"].isna()]
    result["cells_suppressed"] = missing.groupby(by).size().reindex(result.index, fill_value=0).astype("int64")
    result["wage_bill"] = paid.groupby(by)["bill"].sum().reindex(result.index, fill_value=0.0)
    result[_EXPOSURES] = weighted_means(matched, _EXPOSURES, "tot_emp", by)
    result["exposure_beta_wage_bill"] = weighted_means(paid, ["exposure_beta"], "bill", by)["exposure_beta"]
    above = pd.DataFrame({name: (matched["exposure_beta"] >= cut).astype(float) for name, cut in CUTS.items()})
    shares = weighted_means(above.assign(tot_emp=matched["tot_emp"], **{by: group}), list(CUTS), "tot_emp", by)
    result[list(CUTS)] = shares
    return result


def weighted_means(table: pd.DataFrame, columns: Sequence[str], weight: str, by: str) -> pd.DataFrame:
    """Return the means of `columns` in each group of `by`, weighted by `weight`."""
    sums = table[list(columns)].multiply(table[weight], axis=0).groupby(table[by]).sum()
    means = sums.divide(table.groupby(by)[weight].sum(), axis=0)
    # The quotient of two rounded sums can pass a bound by one unit in the last place.
    bounds = table.groupby(by)[list(columns)]
    return means.clip(lower=bounds.min(), upper=bounds.max())


def aggregate_sectors(occupations: pd.DataFrame, sector_oews: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``sectors`` from `occupations` and the sector by occupation table of OEWS."""
    cells, heads = _split(occupations, sector_oews, "naics")
    sectors = aggregate(cells, heads.set_index("naics")["tot_emp"], "naics").reset_index()
    sectors["naics_title"] = sectors["naics"].map(heads.set_index("naics")["naics_title"])
    return sectors[table_columns("sectors")]


def aggregate_areas(occupations: pd.DataFrame, state_oews: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``areas`` from `occupations`, the state by occupation table of OEWS and the list of states."""
    cells, heads = _split(occupations, state_oews, "area")
    areas = aggregate(cells, heads.set_index("area")["tot_emp"], "area").reset_index()
    areas["area_title"] = areas["area"].map(heads.set_index("area")["area_title"])
    areas["state"] = areas["area"].map(states.set_index("fips")["state"])
    return areas[table_columns("areas")]


def aggregate_groups(occupations: pd.DataFrame, national: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``groups``: the whole economy, SOC major groups and wage quintiles."""
    cells = occupations[occupations["tot_emp"].notna()].assign(all="all")
    totals = national[national["o_group"] == "total"]["tot_emp"].set_axis(["all"])
    majors = national[national["o_group"] == "major"].set_index("soc_code")
    quintiles = cells.dropna(subset=["wage_quintile"]).astype({"wage_quintile": int}).astype({"wage_quintile": str})
    quintile_titles = {"1": "Lowest-paid fifth", "2": "Second fifth", "3": "Middle fifth", "4": "Fourth fifth"}
    quintile_titles["5"] = "Highest-paid fifth"
    parts = [
        _named(aggregate(cells, totals, "all"), "all", {"all": "All occupations"}),
        _named(aggregate(cells, majors["tot_emp"], "soc_major"), "soc_major", majors["title"].to_dict()),
        _named(
            aggregate(quintiles, quintiles.groupby("wage_quintile")["tot_emp"].sum(), "wage_quintile"),
            "wage_quintile",
            quintile_titles,
        ),
    ]
    return pd.concat(parts, ignore_index=True)[table_columns("groups")]


def _split(occupations: pd.DataFrame, oews: pd.DataFrame, by: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the detailed cells with their occupation's exposure, and the rows of published totals."""
    detailed = oews[oews["o_group"] == "detailed"][[by, "soc_code", "tot_emp", "a_mean"]]
    cells = detailed.merge(occupations[["soc_code", *_EXPOSURES]], on="soc_code", how="left", validate="many_to_one")
    return cells, oews[oews["o_group"] == "total"].sort_values(by)


def _named(table: pd.DataFrame, group_type: str, titles: Mapping[Any, str]) -> pd.DataFrame:
    table = table.rename_axis("group").reset_index()
    return table.assign(group_type=group_type, group_title=table["group"].map(titles))
