"""Exposure of European countries and their ISCO-08 groups, on the employment of the Cedefop Skills Forecast, with its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.aggregates import aggregate_level
from jobimpact.estimates.means.levels import SCORES, Level
from jobimpact.estimates.own_tables.aggregates import errors_of_cells
from jobimpact.estimates.own_tables.classifications import isco_codes, study_exposures
from jobimpact.estimates.own_tables.results import Aggregates, check_level, errors_sentence, make_result
from jobimpact.sources.jobs.cedefop import read_cedefop_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.sources.tasks.isco import read_isco_structure
from jobimpact.study import open_study
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jobimpact.estimates.crosswalks.code_exposures import CodeExposures
    from jobimpact.estimates.own_tables.classifications import Within
    from jobimpact.study import Study

_TOTAL, _TOTAL_TITLE = "total", "All groups and the armed forces"
_JOINT = "|"
_LISTED = 5  # countries that an error names
_FEW = 3  # countries that a sentence names
_ISCO = ("isco", "ISCO-08 EN Structure and definitions.*")


def aggregate_countries(
    study: Study | str | Path | None = None,
    *,
    countries: Sequence[str] = (),
    year: int | None = None,
    within: Within = "equal",
    level: float | None = None,
    data: str | Path | None = None,
) -> Aggregates:
    """Put the exposure of a study on the ISCO-08 groups of European countries, with the employment of Cedefop's forecast.

    Parameters
    ----------
    study
        A study or its folder; by default the one written last.
    countries
        As Cedefop writes them; all by default.
    year
        By default the last observed.
    within
        What a group is made of: its unit groups in ``equal`` parts, or by the ``us-jobs`` behind them.
    level
        Of the intervals, by default that of the study's own (data/variance.toml).
    data
        Folder with publishers' files under their own names, which comes before the data folder.

    Raises
    ------
    InputError
        If there is no such country or year.
    SourceError
        If Cedefop's file is not here, with the command that brings it.

    Examples
    --------
    >>> aggregate_countries("reports/study", countries=["Germany"])
    Traceback (most recent call last):
        ...
    jobimpact.errors.SourceError: db_occupation_detail.json* is not here: ... `jobimpact sources add cedefop FILE_OR_FOLDER`
    """
    level = check_level(level)
    source, inputs = open_study(study), Inputs(data)
    file = inputs.file("cedefop", "db_occupation_detail.json*", "db_occupation.json*")
    employment = read_cedefop_employment(file.parent)
    exposures = study_exposures("isco-08", source["tasks"], source["occupations"], inputs, within=within)
    options: Any = {"year": year, "countries": countries, "within": within}
    table = country_groups(exposures.exposures, employment, titles=_isco_titles(inputs), level=level, **options)
    unmatched = isco_without_exposure(exposures.exposures, employment, **options)
    heads = table[table["isco_group"] == "total"]
    # The members of the EU would count twice beside it, unless it was asked for alone.
    heads = heads if heads["aggregate"].all() else heads[~heads["aggregate"]]
    jobs, matched = heads["tot_emp"].sum(), heads["emp_matched"].sum()
    area = ", ".join(heads["country"]) if len(heads) <= _FEW else f"{len(heads)} countries"
    period = f"{table['year'].iloc[0]}{' (forecast)' if table['forecast'].any() else ''}"
    coverage = (
        f"Exposure covers {100 * matched / jobs:.1f} % of {jobs:,.0f} persons employed, {area}, {period}, over {exposures.path}."
    )
    sentences = {"coverage": coverage, "errors": errors_sentence(table, level, "the publisher states none")}
    labels = ["country", "isco_group", "group_title"]
    return make_result(source, "cedefop", "isco-08", table, labels, sentences, unmatched=unmatched)


def country_groups(
    exposures: CodeExposures,
    employment: pd.DataFrame,
    *,
    year: int | None = None,
    countries: Sequence[str] = (),
    within: Within = "equal",
    titles: Mapping[str, str] | None = None,
    level: float | None = None,
) -> pd.DataFrame:
    """Return the table ``isco_aggregates``: total and ISCO-08 groups of each country in one year.

    Unit groups without an exposure are not matched. Cedefop publishes no wages here, so nothing is weighted
    by the wage bill. `year` is by default the last that data/europe.toml calls observed; `within` says how
    the employment of a group is split among its unit groups: in equal parts, or by the US jobs behind them.
    """
    rows, year = _select(employment, countries, year)
    cells = _unit_group_cells(exposures, rows, within)
    with_exposure = cells[cells["exposure_beta"].notna()]
    widths = rows.loc[rows["isco_group"] != _TOTAL, "isco_group"].str.len()
    parts = []
    for digits in sorted({0, *widths}):
        heads = rows[rows["isco_group"].eq(_TOTAL)] if digits == 0 else rows[rows["isco_group"].ne(_TOTAL) & widths.eq(digits)]
        totals = heads.set_index(heads["country"] + _JOINT + heads["isco_group"])["tot_emp"]
        grouped = _with_group(cells, digits)
        table = aggregate_level(Level("isco", grouped, totals, dict(zip(totals.index, totals.index, strict=True))))
        # The errors are those of the groups that Cedefop publishes: what these are made of is drawn with the exposures.
        codes = _with_group(with_exposure, digits).assign(code=with_exposure["isco_group"])
        beta = table["exposure_beta"].to_numpy(dtype=float)
        parts.append(table.join(errors_of_cells(codes, table["group"].tolist(), beta, exposures, level)))
    table = pd.concat(parts, ignore_index=True)
    keys = table["group"].str.split(_JOINT, regex=False)
    table = table.assign(country=keys.str[0], isco_group=keys.str[1], year=year)
    facts = rows.drop_duplicates("country").set_index("country")
    table = table.assign(
        group_weights="equal" if within == "equal" else "given",
        group_title=[({_TOTAL: _TOTAL_TITLE} | dict(titles or {})).get(code, code) for code in table["isco_group"]],
        **{name: table["country"].map(facts[name]).astype(bool) for name in ("aggregate", "forecast")},
    )
    # The total sorts before the groups.
    table = table.sort_values(
        ["country", "isco_group"], key=lambda keys: keys.replace(_TOTAL, ""), kind="stable", ignore_index=True
    )
    return check_table("isco_aggregates", table[table_columns("isco_aggregates")])


def isco_without_exposure(
    exposures: CodeExposures,
    employment: pd.DataFrame,
    *,
    year: int | None = None,
    countries: Sequence[str] = (),
    within: Within = "equal",
) -> pd.DataFrame:
    """Return table ``unknown_codes``: unit groups without an exposure, employment of all countries.

    ``0`` is what the published totals have beyond their groups, the armed forces. Groups of countries do not
    count beside their members, unless nothing else was chosen.
    """
    rows, _ = _select(employment, countries, year)
    if not rows["aggregate"].all():
        rows = rows[~rows["aggregate"]]
    totals = rows.loc[rows["isco_group"] == _TOTAL, "tot_emp"]
    total = float(totals.sum())
    cells = _unit_group_cells(exposures, rows, within)
    unscored = cells[cells["exposure_beta"].isna()]
    table = unscored.groupby("soc_code")["tot_emp"].agg(["size", "sum"]).set_axis(["n_rows", "tot_emp"], axis=1)
    table.loc["0"] = [len(totals), total - float(cells["tot_emp"].sum())]
    table = table.rename_axis("unknown_code").reset_index().astype({"n_rows": "int64", "unknown_code": object})
    # Rounding of published groups can pass their total by a few persons.
    table = table.assign(tot_emp=table["tot_emp"].clip(lower=0.0))
    table = table.assign(emp_share=table["tot_emp"] / total).sort_values(["tot_emp", "unknown_code"], ascending=[False, True])
    return check_table("unknown_codes", table[table["tot_emp"] > 0].reset_index(drop=True)[table_columns("unknown_codes")])


def _select(employment: pd.DataFrame, countries: Sequence[str], year: int | None) -> tuple[pd.DataFrame, int]:
    """Return the rows of the countries in one year, and the year."""
    names = {name.casefold(): name for name in sorted(set(employment["country"]))}
    for country in countries:
        if country.casefold() not in names:
            first = ", ".join(list(names.values())[:_LISTED])
            raise InputError(
                f"found no country {country!r} in Cedefop's table; expected one of {first}, ...: write it as Cedefop does"
            )
    year = int(assumption("europe", "last_observed")) if year is None else year
    selection = [names[country.casefold()] for country in countries] or list(names.values())
    rows = employment[employment["country"].isin(selection) & employment["year"].eq(year)]
    if rows.empty:
        years = sorted(set(employment["year"]))
        span = f"{years[0]} to {years[-1]}" if years else "no year"
        raise InputError(f"found no employment of {year}; expected a year from {span}")
    return rows, year


def _unit_group_cells(exposures: CodeExposures, rows: pd.DataFrame, within: Within) -> pd.DataFrame:
    """Return the employment of the finest groups, split over the unit groups below them, with the exposure of these.

    ``soc_code`` is the unit group, ``isco_group`` the group of Cedefop that it is a part of.
    """
    groups = rows[rows["isco_group"] != _TOTAL]
    finest = int(groups["isco_group"].str.len().max())
    groups = groups[groups["isco_group"].str.len() == finest]
    table = exposures.table().drop(columns="matched_at")
    scores = table[table["code"].str.fullmatch(r"\d{4}")].rename(columns={"code": "isco_code"})
    units = pd.concat([scores["isco_code"], isco_codes()], ignore_index=True).drop_duplicates(ignore_index=True)
    parts = pd.DataFrame({"isco_code": units, "isco_group": units.str[:finest]})
    size = pd.Series(1.0, index=parts.index)
    if within == "us-jobs":
        size = parts["isco_code"].map(exposures.us_jobs).fillna(0.0)
    total = size.groupby(parts["isco_group"]).transform("sum")
    # A group none of whose codes has US jobs keeps equal parts rather than losing its employment.
    even = 1 / size.groupby(parts["isco_group"]).transform("size")
    parts = parts.assign(part=(size / total).where(total > 0, even))
    parts = parts.merge(scores, on="isco_code", how="left", validate="many_to_one")
    cells = groups.merge(parts, on="isco_group", how="left", validate="many_to_many")
    # A group without any code below it stays as one cell without an exposure.
    cells = cells.assign(tot_emp=cells["tot_emp"] * cells["part"].fillna(1.0), a_mean=float("nan"))
    return cells.rename(columns={"isco_code": "soc_code"})[["country", "isco_group", "soc_code", "tot_emp", "a_mean", *SCORES]]


def _with_group(cells: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Return `cells` with ``group``, the country and its group of so many digits, or its total."""
    return cells.assign(group=cells["country"] + _JOINT + (cells["isco_group"].str[:digits] if digits else _TOTAL))


def _isco_titles(inputs: Inputs) -> dict[str, str] | None:
    """Return the names of ISCO-08 groups where the ILO's file is at hand."""
    if inputs.find(*_ISCO) is None:
        return None
    groups = inputs.table(read_isco_structure, *_ISCO)
    return dict(zip(groups["isco_code"], groups["title"], strict=True))
