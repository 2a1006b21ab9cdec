"""Published employment by ISCO-08 and the groups of CSCO: the figures of the package's other tables, with errors."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.code_exposures import code_exposures, with_partners
from jobimpact.estimates.own_tables.china import aggregate_csco
from jobimpact.estimates.own_tables.classifications import isco_codes, study_exposures
from jobimpact.estimates.own_tables.europe import aggregate_countries, aggregate_isco_groups
from jobimpact.estimates.own_tables.publishers import aggregate_cedefop, aggregate_csco_groups, isco_without_exposure
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
    scored = part_scored.assign(exposure_beta_se=0.1)
    return study_exposures("isco-08", pd.DataFrame(), scored, Inputs(None), n_draws=10).exposures


def units(exposures):
    table = exposures.table()
    return table[table["code"].str.len() == 4].rename(columns={"code": "isco_code"})


def test_figures_are_those_of_the_tables_of_europe(isco):
    found = aggregate_cedefop(isco, EMPLOYMENT, titles={"11": "Chiefs"})
    assert found["isco_group"].tolist() == ["total", "1", "11", "12", "2", "21"] * 3
    totals = aggregate_countries(units(isco), EMPLOYMENT, year=2024, structure=isco_codes())
    heads = found[found["isco_group"] == "total"]
    groups = aggregate_isco_groups(
        units(isco), EMPLOYMENT, year=2024, country="Malta", structure=isco_codes().assign(title="")
    ).set_index("isco_code")
    malta = found[found["country"] == "Malta"].set_index("isco_group")
    for column in ("exposure_alpha", "exposure_beta", "exposure_gamma", "emp_matched", "tot_emp", "share_workers_50"):
        np.testing.assert_allclose(heads[column], totals[column], rtol=1e-12)
        np.testing.assert_allclose(malta.loc[groups.index, column], groups[column], rtol=1e-12)
    assert malta.loc[["11", "12"], "group_title"].tolist() == ["Chiefs", "12"]
    # Countries of the same structure have the same errors, a group wider ones than the country.
    np.testing.assert_allclose(heads["mean_se"], heads["mean_se"].iloc[0], rtol=1e-12)
    assert (malta.loc["11", "mean_se"] > malta.loc["total", "mean_se"]) & (malta["se_crosswalk"] > 0).all()
    assert set(found["se_parts"]) == {"model+crosswalk"}


def test_groups_by_us_jobs_know_what_they_are_made_of(part_scored):
    scored = part_scored.assign(exposure_beta_se=0.1)
    exposures = study_exposures("isco-08", pd.DataFrame(), scored, Inputs(None), within="us-jobs", n_draws=10).exposures
    found = aggregate_cedefop(exposures, EMPLOYMENT, within="us-jobs", countries=["MALTA"], year=2030)
    assert found["forecast"].all()
    assert found["group_weights"].unique().tolist() == ["given"]
    expected = aggregate_isco_groups(
        units(exposures),
        EMPLOYMENT,
        year=2030,
        country="Malta",
        structure=isco_codes().assign(title=""),
        weights=exposures.behind,
    )
    ours = found.set_index("isco_group").loc[expected["isco_code"], "exposure_beta"]
    np.testing.assert_allclose(ours, expected["exposure_beta"], rtol=1e-12)


def test_unit_groups_without_an_exposure_are_listed_and_nothing_is_lost(isco):
    lost = isco_without_exposure(isco, EMPLOYMENT)
    whole = aggregate_cedefop(isco, EMPLOYMENT)
    members = whole[(whole["isco_group"] == "total") & ~whole["aggregate"]]
    assert members["emp_matched"].sum() + lost["tot_emp"].sum() == pytest.approx(330.0)
    # Ten in 110 are in the total and in no group: the armed forces.
    assert lost.set_index("unknown_code").loc["0", "tot_emp"] == pytest.approx(30.0)
    alone = isco_without_exposure(isco, EMPLOYMENT, countries=["Eu-27"])
    assert alone.set_index("unknown_code").loc["0", "tot_emp"] == pytest.approx(30.0)


def test_bad_input_is_one_line(isco):
    with pytest.raises(InputError, match="no country 'Atlantis' in Cedefop's table; expected one of Eu-27, Malta, Spain"):
        aggregate_cedefop(isco, EMPLOYMENT, countries=["Atlantis"])
    with pytest.raises(InputError, match="no employment of 1999"):
        aggregate_cedefop(isco, EMPLOYMENT, year=1999)


def crosswalk(rows, start, end):
    table = pd.DataFrame(rows, columns=["from_code", "to_code", "share", "share_basis"])
    return table.assign(from_system=start, to_system=end, from_title=None, to_title=None, partial=False, method="text similarity")


def test_csco_groups_count_each_occupation_once_and_have_errors():
    jobs = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": 100.0, "exposure_beta": [0.2, 0.6], "exposure_beta_se": 0.1})
    jobs = jobs.assign(exposure_alpha=0.1, exposure_gamma=0.9, exposure_automation=0.5)
    isco = code_exposures(jobs, [crosswalk([("a", "11", 1.0, "only partner"), ("b", "12", 1.0, "only partner")], "OEWS", "ISCO")])
    rows = [
        ("2-01-06-03", "11", 1.0, "similarity"),
        ("2-02-01-01", "11", 0.5, "similarity"),
        ("2-02-01-01", "12", 0.5, "similarity"),
    ]
    exposures = with_partners(isco, crosswalk(rows, "CSCO 2022", "ISCO"), "own", n_draws=200)
    structure = pd.DataFrame(
        {
            "csco_code": ["2", "2-01", "2-01-06", "2-01-06-03", "2-01-06-04", "2-02", "2-02-01", "2-02-01-01"],
            "level": [1, 2, 3, 4, 4, 2, 3, 4],
            "title": list("abcdefgh"),
        }
    )
    found = aggregate_csco_groups(exposures, structure).set_index("csco_code")
    expected = aggregate_csco(
        pd.DataFrame({"csco_code": ["2-01-06-03", "2-02-01-01"], "exposure_beta": [0.2, 0.4]}), structure
    ).set_index("csco_code")
    np.testing.assert_allclose(found["exposure_beta"], expected["exposure_beta"])
    assert found["n_detailed"].tolist() == expected["n_detailed"].tolist()
    # Half of "2" rests on a, a quarter on each through the second: (3/4)^2 .01 + (1/4)^2 .01.
    assert found.loc["2", "se_model"] == pytest.approx(np.sqrt((0.75**2 + 0.25**2) * 0.01))
    # The share of the second is uniform, of sd 1 / sqrt(12), and moves the group by half of .4 of it (200 draws).
    assert found.loc["2", "se_crosswalk"] == pytest.approx(0.2 / np.sqrt(12), rel=0.15)
    assert found.loc["2-01", "se_crosswalk"] == 0


@pytest.mark.publisher
def test_real_countries(publisher_data, isco):
    """Cedefop 2024: 33 countries and aggregates, 216,426,495 employed in the EU-27, 50 groups and the total of each."""
    employment = read_cedefop_employment(publisher_data / "cedefop_forecast")
    found = aggregate_cedefop(isco, employment)
    assert found["country"].nunique() == 33
    eu = found[(found["country"] == "Eu-27") & (found["isco_group"] == "total")].iloc[0]
    assert eu["tot_emp"] == 216_426_495
    assert eu["mean_low"] < eu["exposure_beta"] < eu["mean_high"]
    lost = isco_without_exposure(isco, employment, countries=["Eu-27"])
    assert eu["emp_matched"] + lost["tot_emp"].sum() == pytest.approx(eu["tot_emp"], rel=1e-6)
