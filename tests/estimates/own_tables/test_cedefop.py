"""Cedefop's employment by ISCO-08: known answers, employment kept, forecasts flagged, what has no exposure not filled in."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.own_tables.cedefop import country_groups, isco_without_exposure
from jobimpact.estimates.own_tables.classifications import isco_codes, study_exposures
from jobimpact.sources.jobs.cedefop import read_cedefop_employment
from jobimpact.sources.store.inputs import Inputs

# Figures are invented.
EMPLOYMENT = pd.DataFrame(
    [
        (country, country == "Eu-27", group, year, size * jobs, year > 2024)
        for country, size in (("Eu-27", 3.0), ("Malta", 1.0), ("Spain", 2.0))
        for year in (2024, 2030)
        for group, jobs in {"total": 110.0, "1": 40.0, "11": 10.0, "12": 30.0, "2": 60.0, "21": 60.0}.items()
    ],
    columns=["country", "aggregate", "isco_group", "year", "tot_emp", "forecast"],
)


@pytest.fixture(scope="module")
def isco(part_scored):
    return exposures_of(part_scored)


def exposures_of(occupations, **options):
    scored = occupations.assign(exposure_beta_se=0.1)
    return study_exposures("isco-08", pd.DataFrame(), scored, Inputs(None), n_draws=10, **options).exposures


def split_by_hand(exposures, weights=None):
    """Return the unit groups of 11, 12 and 21 with their beta and their jobs in Malta."""
    beta = exposures.table().set_index("code")["exposure_beta"]
    units = pd.DataFrame({"code": [code for code in isco_codes() if code[:2] in ("11", "12", "21")]})
    units = units.assign(group=units["code"].str[:2], beta=units["code"].map(beta), size=1.0)
    if weights is not None:
        units["size"] = units["code"].map(weights).fillna(0.0)
    part = units["size"] / units.groupby("group")["size"].transform("sum")
    return units.assign(jobs=part * units["group"].map({"11": 10.0, "12": 30.0, "21": 60.0}))


def mean_of(units):
    scored = units.dropna(subset=["beta"])
    return np.average(scored["beta"], weights=scored["jobs"])


def test_figures_by_hand(isco):
    table = country_groups(isco, EMPLOYMENT, titles={"11": "Chiefs"})
    assert table["isco_group"].tolist() == ["total", "1", "11", "12", "2", "21"] * 3
    units = split_by_hand(isco)
    malta = table[table["country"] == "Malta"].set_index("isco_group")
    assert malta["tot_emp"].tolist() == [110.0, 40.0, 10.0, 30.0, 60.0, 60.0]
    for group in ("total", "1", "11", "12", "2", "21"):
        rows = units if group == "total" else units[units["code"].str.startswith(group)]
        assert malta.loc[group, "exposure_beta"] == pytest.approx(mean_of(rows), rel=1e-12)
        assert malta.loc[group, "emp_matched"] == pytest.approx(rows.loc[rows["beta"].notna(), "jobs"].sum())
    assert malta.loc[["11", "12"], "group_title"].tolist() == ["Chiefs", "12"]
    assert not table["forecast"].any()
    # Countries of the same structure have the same errors, a group wider ones than the country.
    heads = table[table["isco_group"] == "total"]
    np.testing.assert_allclose(heads["mean_se"], heads["mean_se"].iloc[0], rtol=1e-12)
    assert (malta.loc["11", "mean_se"] > malta.loc["total", "mean_se"]) & (malta["se_crosswalk"] > 0).all()
    assert set(table["se_parts"]) == {"model+crosswalk"}


def test_groups_by_us_jobs_know_what_they_are_made_of(part_scored):
    exposures = exposures_of(part_scored, within="us-jobs")
    table = country_groups(exposures, EMPLOYMENT, within="us-jobs", countries=["MALTA"], year=2030)
    assert table["forecast"].all()
    assert table["group_weights"].unique().tolist() == ["given"]
    expected = mean_of(split_by_hand(exposures, exposures.us_jobs))
    assert table.set_index("isco_group").loc["total", "exposure_beta"] == pytest.approx(expected, rel=1e-12)


def test_unit_groups_without_an_exposure_are_listed_and_nothing_is_lost(isco):
    lost = isco_without_exposure(isco, EMPLOYMENT)
    whole = country_groups(isco, EMPLOYMENT)
    members = whole[(whole["isco_group"] == "total") & ~whole["aggregate"]]
    assert members["emp_matched"].sum() + lost["tot_emp"].sum() == pytest.approx(330.0)
    # Ten in 110 are in the total and in no group: the armed forces.
    assert lost.set_index("unknown_code").loc["0", "tot_emp"] == pytest.approx(30.0)
    alone = isco_without_exposure(isco, EMPLOYMENT, countries=["Eu-27"])
    assert alone.set_index("unknown_code").loc["0", "tot_emp"] == pytest.approx(30.0)


def test_bad_input_is_one_line(isco):
    with pytest.raises(InputError, match="no country 'Atlantis' in Cedefop's table; expected one of Eu-27, Malta, Spain"):
        country_groups(isco, EMPLOYMENT, countries=["Atlantis"])
    with pytest.raises(InputError, match="no employment of 1999; expected a year from 2024 to 2030"):
        country_groups(isco, EMPLOYMENT, year=1999)


@pytest.mark.publisher
def test_real_countries(publisher_data, isco):
    """Cedefop 2024: 33 countries and aggregates, 216,426,495 employed in the EU-27, 50 groups and the total of each."""
    employment = read_cedefop_employment(publisher_data / "cedefop_forecast")
    found = country_groups(isco, employment)
    assert found["country"].nunique() == 33
    eu = found[(found["country"] == "Eu-27") & (found["isco_group"] == "total")].iloc[0]
    assert eu["tot_emp"] == 216_426_495
    assert eu["mean_low"] < eu["exposure_beta"] < eu["mean_high"]
    lost = isco_without_exposure(isco, employment, countries=["Eu-27"])
    assert eu["emp_matched"] + lost["tot_emp"].sum() == pytest.approx(eu["tot_emp"], rel=1e-6)
