"""Exposure of the employment that sources publish by ISCO-08 (Cedefop) and of the groups of CSCO 2022, with their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.aggregates import aggregate_level
from jobimpact.estimates.own_tables.aggregates import combine_errors, group_means
from jobimpact.estimates.own_tables.china import aggregate_csco
from jobimpact.estimates.own_tables.classifications import isco_codes
from jobimpact.estimates.own_tables.europe import country_level
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobimpact.estimates.crosswalks.code_exposures import CodeExposures
    from jobimpact.estimates.means.levels import Level
    from jobimpact.estimates.own_tables.classifications import Within

_TOTAL, _ALL = "total", "All groups and the armed forces"
_JOINT = "|"
_SHOWN = 5


def aggregate_cedefop(
    exposures: CodeExposures,
    employment: pd.DataFrame,
    *,
    year: int | None = None,
    countries: Sequence[str] = (),
    within: Within = "equal",
    titles: Mapping[str, str] | None = None,
    level: float | None = None,
) -> pd.DataFrame:
    """Return the exposure of the ISCO-08 groups of countries in one year, with its errors.

    Parameters
    ----------
    exposures
        Of ISCO-08, see :func:`jobimpact.estimates.own_tables.classifications.study_exposures`, with the same `within`.
    employment
        Table ``cedefop_employment``.
    year
        By default the last that data/europe.toml calls observed.
    countries
        As Cedefop writes them, without regard to case; all by default.
    within
        How the employment of a group is told apart among its unit groups: in equal parts, or by the US jobs behind them.
    titles
        Of groups, by code; a group without one is named by its code.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        Table ``isco_aggregates``: for each country its published total and its groups of one and two digits. Figures are those of
        :mod:`jobimpact.estimates.own_tables.europe`; unit groups without an exposure are not matched.

    Raises
    ------
    InputError
        If there is no such country or year.
    """
    year, employment = _chosen(employment, year, countries)
    finest = _width(employment)
    parts = []
    for digits in sorted({0, *employment.loc[employment["isco_group"] != _TOTAL, "isco_group"].str.len()}):
        groups = _isco_level(exposures, _relabelled(employment, digits, finest), year, within)
        # Cells of the finest groups that Cedefop has: what they are made of is drawn with the exposures.
        cells = groups.cells[groups.cells["exposure_beta"].notna()]
        cells = cells.assign(soc_code=cells["soc_code"].str[:finest])
        table = aggregate_level(groups)
        values = table["exposure_beta"].to_numpy(dtype=float)
        parts.append(table.join(_errors(cells, table["group"].tolist(), values, exposures, level)))
    found = pd.concat(parts, ignore_index=True)
    names = found["group"].str.split(_JOINT, regex=False)
    found = found.assign(country=names.str[0], isco_group=names.str[1], year=year)
    facts = employment[employment["year"] == year].drop_duplicates("country").set_index("country")
    found = found.assign(
        group_weights="equal" if within == "equal" else "given",
        group_title=[({_TOTAL: _ALL} | dict(titles or {})).get(code, code) for code in found["isco_group"]],
        **{name: found["country"].map(facts[name]).astype(bool) for name in ("aggregate", "forecast")},
    )
    found = found.sort_values(["country", "isco_group"], key=_order, kind="stable", ignore_index=True)
    return check_table("isco_aggregates", found[table_columns("isco_aggregates")])


def isco_without_exposure(
    exposures: CodeExposures,
    employment: pd.DataFrame,
    *,
    year: int | None = None,
    countries: Sequence[str] = (),
    within: Within = "equal",
) -> pd.DataFrame:
    """Return the unit groups of ISCO-08 that have no exposure, with the employment that they take in all countries together.

    Parameters are those of :func:`aggregate_cedefop`.

    Returns
    -------
    pandas.DataFrame
        Table ``unknown_codes``, the largest first; ``0`` is what the published totals have beyond their groups, the armed forces.
        Groups of countries do not count beside their members, unless nothing else was chosen.
    """
    year, employment = _chosen(employment, year, countries)
    if not employment["aggregate"].all():
        employment = employment[~employment["aggregate"]]
    level = _isco_level(exposures, employment, year, within)
    lost, total = level.cells[level.cells["exposure_beta"].isna()], float(level.totals.sum())
    table = lost.groupby("soc_code")["tot_emp"].agg(["size", "sum"]).set_axis(["n_rows", "tot_emp"], axis=1)
    table.loc["0"] = [len(level.totals), total - float(level.cells["tot_emp"].sum())]
    table = table.rename_axis("unknown_code").reset_index().astype({"n_rows": "int64", "unknown_code": object})
    # Rounding of published groups can pass their total by a few persons.
    table = table.assign(tot_emp=table["tot_emp"].clip(lower=0.0))
    table = table.assign(emp_share=table["tot_emp"] / total).sort_values(["tot_emp", "unknown_code"], ascending=[False, True])
    return check_table("unknown_codes", table[table["tot_emp"] > 0].reset_index(drop=True)[table_columns("unknown_codes")])


def aggregate_csco_groups(exposures: CodeExposures, structure: pd.DataFrame, *, level: float | None = None) -> pd.DataFrame:
    """Return the unweighted exposure of the groups of CSCO 2022, with its errors.

    Parameters
    ----------
    exposures
        Of CSCO 2022, see :func:`jobimpact.estimates.own_tables.classifications.study_exposures`.
    structure
        Table ``csco_structure``.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        Table ``csco_aggregates``: :func:`jobimpact.estimates.own_tables.china.aggregate_csco` with the errors. Each detailed
        occupation counts once: no employment by CSCO occupation is published.
    """
    detailed = structure.loc[structure["level"] == structure["level"].max(), "csco_code"]
    table = exposures.table()
    units = table[table["code"].isin(detailed)].rename(columns={"code": "csco_code"})
    groups = aggregate_csco(units.drop(columns="matched_at"), structure)
    cells = pd.concat(
        [
            pd.DataFrame({"group": units["csco_code"].str.split("-").str[:depth].str.join("-"), "soc_code": units["csco_code"]})
            for depth in sorted(set(groups["level"]))
        ]
    ).assign(tot_emp=1.0)
    errors = _errors(cells, groups["csco_code"].tolist(), groups["exposure_beta"].to_numpy(dtype=float), exposures, level)
    return check_table("csco_aggregates", groups.join(errors)[table_columns("csco_aggregates")])


def _chosen(employment: pd.DataFrame, year: int | None, countries: Sequence[str]) -> tuple[int, pd.DataFrame]:
    wanted = employment[employment["country"].isin(_countries(employment, countries))]
    return int(assumption("europe", "last_observed")) if year is None else year, wanted


def _width(employment: pd.DataFrame) -> int:
    """Return the digits of the finest groups."""
    return int(employment.loc[employment["isco_group"] != _TOTAL, "isco_group"].str.len().max())


def _isco_level(exposures: CodeExposures, employment: pd.DataFrame, year: int, within: Within) -> Level:
    table = exposures.table()
    units = table[table["code"].str.fullmatch(r"\d{4}")].rename(columns={"code": "isco_code"})
    weights = exposures.behind if within == "us-jobs" else None
    return country_level(units, employment, year=year, structure=isco_codes(), weights=weights)


def _relabelled(employment: pd.DataFrame, digits: int, finest: int) -> pd.DataFrame:
    """Return `employment` with every group of so many digits of every country, or its total, in the place of a country."""
    group = employment["isco_group"]
    heads = employment[group == _TOTAL] if digits == 0 else employment[group.str.len().eq(digits) & (group != _TOTAL)]
    cells = employment[group.ne(_TOTAL) & group.str.len().eq(finest)]
    own = cells["isco_group"].str[:digits] if digits else _TOTAL
    return pd.concat(
        [
            heads.assign(country=heads["country"] + _JOINT + heads["isco_group"], isco_group=_TOTAL),
            cells.assign(country=cells["country"] + _JOINT + own),
        ],
        ignore_index=True,
    )


def _errors(
    cells: pd.DataFrame, order: Sequence[str], values: np.ndarray, exposures: CodeExposures, level: float | None
) -> pd.DataFrame:
    """Return the errors of groups of cells, in the order of the groups."""
    import scipy.sparse as sp

    group, code = pd.Index(order).get_indexer(pd.Index(cells["group"])), exposures.codes.get_indexer(pd.Index(cells["soc_code"]))
    jobs = np.nan_to_num(cells["tot_emp"].to_numpy(dtype=float))
    inside = (group >= 0) & (code >= 0) & (jobs > 0)
    members = sp.csr_matrix((jobs[inside], (group[inside], code[inside])), shape=(len(order), len(exposures.codes)))
    return combine_errors(values, group_means(members, exposures), level=level)


def _countries(employment: pd.DataFrame, wanted: Sequence[str]) -> list[str]:
    known = {name.casefold(): name for name in sorted(set(employment["country"]))}
    for name in wanted:
        if name.casefold() not in known:
            shown = ", ".join(list(known.values())[:_SHOWN])
            raise InputError(
                f"found no country {name!r} in Cedefop's table; expected one of {shown}, ...: write it as Cedefop does"
            )
    return [known[name.casefold()] for name in wanted] if wanted else list(known.values())


def _order(cells: pd.Series) -> pd.Series:
    """Sort the total before the groups."""
    return cells.replace(_TOTAL, "")
