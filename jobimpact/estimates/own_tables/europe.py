"""Exposure of European countries and of ISCO-08 groups, weighted by the employment of the Cedefop Skills Forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.shares import check_amounts
from jobimpact.estimates.means.aggregates import aggregate_level
from jobimpact.estimates.means.levels import EXPOSURES, Level
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOTAL = "total"
_SHOWN = 5


def aggregate_countries(
    exposure: pd.DataFrame,
    employment: pd.DataFrame,
    *,
    year: int,
    structure: pd.DataFrame | None = None,
    weights: pd.Series | None = None,
) -> pd.DataFrame:
    """Return the exposure of every country in one year.

    Parameters
    ----------
    exposure
        ``isco_code`` (ISCO-08, all of the same number of digits) and at least ``exposure_beta``, from scored ISCO tasks or
        from SOC over a crosswalk. Other ``exposure_*`` columns that are absent come out as missing.
    employment
        Table ``cedefop_employment``.
    year
        Year of the employment.
    structure
        Table ``isco_structure``; with it unit groups without an exposure count as not matched. Without it only the codes
        of `exposure` are known, and a group is taken to consist of them.
    weights
        Employment, or anything proportional to it, by ``isco_code``, for telling a group's employment apart among the codes
        of `exposure`; equal parts when not given. A code without a weight gets none of the group's employment.

    Returns
    -------
    pandas.DataFrame
        Table ``countries``: one row per country, ``tot_emp`` being the published total with the armed forces.

    Raises
    ------
    InputError
        If `employment` has no such year, the codes of `exposure` are not ISCO-08 codes of one length, or a weight is negative
        or given twice.

    Notes
    -----
    Cedefop publishes no wages here, so nothing is weighted by the wage bill.
    """
    level = country_level(exposure, employment, year=year, structure=structure, weights=weights)
    table = aggregate_level(level).rename(columns={"group": "country"})
    facts = _in_year(employment, year).drop_duplicates("country").set_index("country")
    table = table.assign(
        year=year, **{name: table["country"].map(facts[name]).astype(bool) for name in ("aggregate", "forecast")}
    )
    return table.assign(group_weights=_basis(weights))[table_columns("countries")]


def aggregate_isco_groups(
    exposure: pd.DataFrame,
    employment: pd.DataFrame,
    *,
    year: int,
    country: str = "Eu-27",
    structure: pd.DataFrame | None = None,
    weights: pd.Series | None = None,
) -> pd.DataFrame:
    """Return the exposure of every ISCO-08 major and sub-major group in one country and year.

    Parameters
    ----------
    exposure, employment, year, structure, weights
        As :func:`aggregate_countries` takes them.
    country
        Country, or group of countries, as Cedefop writes it.

    Returns
    -------
    pandas.DataFrame
        Table ``isco_groups``: one row per group of one and of two digits that `employment` has.

    Raises
    ------
    InputError
        As :func:`aggregate_countries`, and if there is no such country.
    """
    levels = isco_levels(exposure, employment, year=year, country=country, structure=structure, weights=weights)
    parts = [aggregate_level(level).assign(level=digits) for digits, level in levels.items()]
    table = pd.concat(parts, ignore_index=True).rename(columns={"group": "isco_code", "group_title": "title"})
    forecast = bool(_in_year(employment, year)["forecast"].iloc[0])
    table = table.assign(country=country, year=year, forecast=forecast, group_weights=_basis(weights))
    return table[table_columns("isco_groups")]


def country_level(
    exposure: pd.DataFrame,
    employment: pd.DataFrame,
    *,
    year: int,
    structure: pd.DataFrame | None = None,
    weights: pd.Series | None = None,
) -> Level:
    """Return the countries of one year as a level, for distributions and shares above a cut; see `aggregate_countries`."""
    rows = _in_year(employment, year)
    totals = rows[rows["isco_group"] == _TOTAL].set_index("country")["tot_emp"]
    groups = _finest(rows)
    cells = _split(groups.rename(columns={"country": "group"}), exposure, structure, weights)
    return Level("country", cells, totals, {country: country for country in totals.index})


def isco_levels(
    exposure: pd.DataFrame,
    employment: pd.DataFrame,
    *,
    year: int,
    country: str = "Eu-27",
    structure: pd.DataFrame | None = None,
    weights: pd.Series | None = None,
) -> dict[int, Level]:
    """Return the ISCO-08 groups of a country as levels by number of digits; see `aggregate_isco_groups`."""
    rows = _in_year(employment, year)
    if country not in set(rows["country"]):
        known = ", ".join(sorted(set(rows["country"]))[:_SHOWN])
        raise InputError(f"found no country {country!r} in the employment of {year}; expected one of {known}, ...")
    own = rows[(rows["country"] == country) & (rows["isco_group"] != _TOTAL)]
    titles: Mapping[Any, str] = {} if structure is None else structure.set_index("isco_code")["title"].to_dict()
    levels = {}
    for digits in sorted(set(own["isco_group"].str.len())):
        heads = own[own["isco_group"].str.len() == digits]
        # The finest groups below carry the composition, the group's own row its size.
        finest = _finest(own[own["isco_group"].str.len() >= digits])
        parts = finest.assign(group=finest["isco_group"].str[:digits])
        names = {code: titles.get(code, code) for code in heads["isco_group"]}
        cells = _split(parts, exposure, structure, weights)
        levels[digits] = Level("isco", cells, heads.set_index("isco_group")["tot_emp"].sort_index(), names)
    return levels


def _in_year(employment: pd.DataFrame, year: int) -> pd.DataFrame:
    rows = employment[employment["year"] == year]
    if rows.empty:
        years = sorted(set(employment["year"]))
        found = f"{years[0]} to {years[-1]}" if years else "no year"
        raise InputError(f"found no employment of {year}; expected a year from {found}")
    return rows


def _finest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the groups that no other group of their country stands below, so that none is lost and none counts twice."""
    groups = rows[rows["isco_group"] != _TOTAL]
    pairs = list(zip(groups["country"], groups["isco_group"], strict=True))
    above = {(country, code[:end]) for country, code in pairs for end in range(1, len(code))}
    return groups[[pair not in above for pair in pairs]]


def _split(
    groups: pd.DataFrame, exposure: pd.DataFrame, structure: pd.DataFrame | None, weights: pd.Series | None
) -> pd.DataFrame:
    """Return cells by finer code: each group's employment in parts, equal or by `weights`, over the codes below it."""
    scores = _checked(exposure)
    digits = int(scores["isco_code"].str.len().iloc[0])
    widths = sorted(set(groups["isco_group"].str.len()))
    if digits < widths[-1]:
        raise InputError(f"found exposure of ISCO codes of {digits} digits; expected at least the {widths[-1]} of the employment")
    units = scores["isco_code"]
    if structure is not None:
        units = pd.concat([units, structure.loc[structure["isco_code"].str.len() == digits, "isco_code"]]).drop_duplicates()
    parts = pd.concat(
        [pd.DataFrame({"isco_code": units, "isco_group": units.str[:width]}) for width in widths], ignore_index=True
    )
    size = pd.Series(1.0, index=parts.index)
    if weights is not None:
        size = parts["isco_code"].map(check_amounts(weights, "weights")).fillna(0.0)
    total = size.groupby(parts["isco_group"]).transform("sum")
    # A group none of whose codes has a weight keeps equal parts rather than losing its employment.
    even = 1 / size.groupby(parts["isco_group"]).transform("size")
    parts = parts.assign(part=(size / total).where(total > 0, even)).merge(
        scores, on="isco_code", how="left", validate="many_to_one"
    )
    cells = groups.merge(parts, on="isco_group", how="left", validate="many_to_many")
    # A group without any code below it stays as one cell without an exposure.
    tot_emp = cells["tot_emp"] * cells["part"].fillna(1.0)
    return cells.assign(soc_code=cells["isco_code"], tot_emp=tot_emp, a_mean=float("nan"))[
        ["group", "soc_code", "tot_emp", "a_mean", *EXPOSURES]
    ]


def _checked(exposure: pd.DataFrame) -> pd.DataFrame:
    if absent := [column for column in ("isco_code", "exposure_beta") if column not in exposure]:
        raise InputError(f"the exposure has no column {absent[0]!r}; expected isco_code and exposure_beta")
    if exposure.empty:
        raise InputError("the exposure has no rows; expected one for each ISCO code")
    codes = exposure["isco_code"]
    wrong = ~codes.astype(str).str.fullmatch(r"\d{1,4}") | (codes.astype(str).str.len() != len(str(codes.iloc[0])))
    if wrong.any() or codes.duplicated().any():
        first = codes[wrong | codes.duplicated()].iloc[0]
        raise InputError(
            f"found {first!r} among the ISCO codes of the exposure; expected codes of one length, each once, as text such as 0110"
        )
    return exposure.reindex(columns=["isco_code", *EXPOSURES]).astype(dict.fromkeys(EXPOSURES, "float64"))


def _basis(weights: pd.Series | None) -> str:
    return str(assumption("europe", "split")) if weights is None else "given"
