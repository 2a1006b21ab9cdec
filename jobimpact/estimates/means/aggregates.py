"""Occupations to sectors, industries, places and groups, weighted by employment and by the wage bill."""

from collections.abc import Sequence

import pandas as pd

from jobimpact.assumptions import read_assumptions
from jobimpact.estimates.means.levels import SCORES, UNKNOWN, Level, national_levels, oews_levels
from jobimpact.estimates.means.weights import covered_share
from jobimpact.facts.codes import sector_of
from jobimpact.tables import table_columns

# BLS rounds employment to tens.
_ROUNDING = 10.0


def aggregate(cells: pd.DataFrame, totals: pd.Series, by: str) -> pd.DataFrame:
    """Return employment-weighted exposure, a row for each group of `totals`, its published employment.

    `cells` has one row per group and detailed occupation: `by`, ``tot_emp`` and ``a_mean`` (missing where not
    released) and `SCORES` (missing where the occupation was not scored); the means of probabilities of lying
    above a cut are the expected shares of jobs. Groups without a matched cell have missing exposures, those
    without a wage a missing wage bill. Cells that BLS did not release are counted, never filled in.
    """
    matched = cells[cells["tot_emp"].notna() & cells["exposure_beta"].notna() & (cells["tot_emp"] > 0)]
    paid = matched.assign(bill=matched["tot_emp"] * matched["a_mean"]).dropna(subset=["bill"])
    group = matched[by]
    result = pd.DataFrame(index=totals.index.rename(by))
    result["n_occupations"] = group.groupby(group).size().reindex(result.index, fill_value=0).astype(int)
    result["tot_emp"] = totals.astype("float64")
    result["emp_matched"] = matched.groupby(by)["tot_emp"].sum().reindex(result.index, fill_value=0.0)
    result["matched_share"] = covered_share(result["emp_matched"], result["tot_emp"])
    missing = cells[cells["tot_emp"].isna()]
    result["cells_suppressed"] = missing.groupby(by).size().reindex(result.index, fill_value=0).astype(int)
    result["wage_bill"] = paid.groupby(by)["bill"].sum().reindex(result.index)
    # Without a matched cell it is nothing; without a wage it is not known.
    result["wage_bill"] = result["wage_bill"].mask(result["emp_matched"] == 0, 0.0)
    result[SCORES] = weighted_means(matched, SCORES, "tot_emp", by)
    result["exposure_beta_wage_bill"] = weighted_means(paid, ["exposure_beta"], "bill", by)["exposure_beta"]
    return result


def weighted_means(table: pd.DataFrame, columns: Sequence[str], weight: str, by: str) -> pd.DataFrame:
    """Return the means of `columns` in each group of `by`, weighted by `weight`; missing values weigh nothing."""
    values = table[list(columns)]
    sums = values.multiply(table[weight], axis=0).groupby(table[by]).sum()
    means = sums.divide(values.notna().multiply(table[weight], axis=0).groupby(table[by]).sum(), axis=0)
    # The quotient of two rounded sums can pass a bound by one unit in the last place.
    bounds = table.groupby(by)[list(columns)]
    return means.clip(lower=bounds.min(), upper=bounds.max())


def aggregate_level(level: Level) -> pd.DataFrame:
    """Return :func:`aggregate` of a level, with ``group_type``, ``group`` and ``group_title`` as columns."""
    table = aggregate(level.cells, level.totals, "group").reset_index()
    return table.assign(group_type=level.group_type, group_title=table["group"].map(level.titles))


def aggregate_sectors(occupations: pd.DataFrame, sector_oews: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``sectors`` from `occupations` and the sector by occupation table of OEWS."""
    (level,) = oews_levels(occupations, sector_oews, "naics")
    sectors = aggregate_level(level).rename(columns={"group": "naics", "group_title": "naics_title"})
    return sectors[table_columns("sectors")]


def aggregate_industries(occupations: pd.DataFrame, industry_oews: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``industries`` from `occupations` and the industry by occupation table of OEWS.

    Industries of 3 digits make up the whole economy; of 4 digits BLS publishes not all, so those do not add
    up to it. ``release`` is that of the employment, which may differ from the study's where a user derived
    one without industries.
    """
    parts = [aggregate_level(level) for level in oews_levels(occupations, industry_oews, "naics")]
    industries = pd.concat(parts, ignore_index=True).rename(
        columns={"group": "naics", "group_title": "naics_title", "group_type": "i_group"}
    )
    sectors = industries["naics"].str[:2].map(sector_of).astype("str")
    industries = industries.assign(release=industry_oews["release"].iloc[0], naics_sector=sectors)
    return industries[table_columns("industries")]


def aggregate_areas(occupations: pd.DataFrame, state_oews: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``areas`` from `occupations`, the state by occupation table of OEWS and the list of states."""
    (level,) = oews_levels(occupations, state_oews, "area")
    areas = aggregate_level(level).rename(columns={"group": "area", "group_title": "area_title"})
    areas["state"] = areas["area"].map(states.set_index("fips")["state"])
    return areas[table_columns("areas")]


def aggregate_groups(occupations: pd.DataFrame, national: pd.DataFrame, memberships: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the table ``groups``: whole economy, SOC groups, wage fifths and tenths, `memberships`.

    Employment of groups from `memberships` is the occupation's times the group's share in it; what no share
    is known of is the group ``unknown``. ``wage_bill`` is missing where the wage of an occupation is not that
    of the group, as with women and men. A type without memberships is absent, and :func:`group_notes` says
    so.
    """
    parts = [aggregate_level(level) for level in national_levels(occupations, national, memberships)]
    return pd.concat(parts, ignore_index=True)[table_columns("groups")]


def group_notes(groups: pd.DataFrame) -> list[str]:
    """Return one sentence for each type of group: what its employment rests on and covers, or why it is absent.

    Parameters
    ----------
    groups
        Table ``groups``.

    Examples
    --------
    >>> groups = pd.DataFrame({"group_type": ["all"], "group": ["all"], "tot_emp": [200.0], "emp_matched": [150.0]})
    >>> group_notes(groups)[0]
    'all: Published employment of all occupations (BLS OEWS); exposure covers 75.0 % of 200 jobs.'
    """
    notes = []
    national = float(groups.loc[groups["group_type"] == "all", "tot_emp"].sum())
    for group_type, entry in read_assumptions("group_types").items():
        rows = groups[groups["group_type"] == group_type]
        if rows.empty:
            notes.append(f"{group_type}: absent; {entry.get('absent', 'run the study again')}.")
            continue
        # Groups that overlap would count some jobs twice.
        rows = rows[~rows["group"].isin(entry.get("overlapping", []))]
        total, matched = rows["tot_emp"].sum(), rows["emp_matched"].sum()
        covered = f"exposure covers {100 * matched / total:.1f} % of {total:,.0f} jobs"
        note = f"{group_type}: {entry['basis']} ({entry['source']}); {covered}"
        outside = national - rows.loc[rows["group"] != UNKNOWN, "tot_emp"].sum()
        more = f"; {outside:,.0f} jobs of the country are in none of its groups" if outside >= _ROUNDING * len(rows) else ""
        notes.append(f"{note}{more}.")
    return notes
