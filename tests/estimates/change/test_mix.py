"""What a sector or a place is made of, against sums by hand and the study's own tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.change.mix import group_mix, mix_of, occupation_places
from jobimpact.estimates.means.aggregates import aggregate_areas, aggregate_groups, aggregate_sectors
from jobimpact.facts.states import read_states
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.study import Study
from jobimpact.tables import check_table

GROUPS = pd.DataFrame({"group_type": ["soc_major"], "group": ["11-0000"], "group_title": ["Management Occupations"]})


@pytest.fixture(scope="module")
def study():
    national = read_employment("national")
    detailed = national[national["o_group"] == "detailed"]
    exposure = pd.Series(np.linspace(0.0, 1.0, len(detailed)), index=detailed.index)
    occupations = detailed.assign(
        soc_major=detailed["soc_code"].str[:2] + "-0000",
        n_tasks=1,
        n_onetsoc=1,
        wage_quintile=np.nan,
        exposure_alpha=exposure,
        exposure_beta=exposure.where(detailed["soc_code"] != "11-1011"),
        exposure_gamma=exposure,
        exposure_automation=exposure,
    )
    tables = {
        "occupations": occupations,
        "sectors": aggregate_sectors(occupations, read_employment("sector")),
        "areas": aggregate_areas(occupations, read_employment("state"), read_states()),
        "groups": aggregate_groups(occupations, national),
    }
    return Study(tables, {"inputs": {"employment": {"release": national["release"].iloc[0]}}})


@pytest.mark.parametrize(("by", "key"), [("naics", "52"), ("area", "28"), ("naics", "11")])
def test_parts_sum_to_the_exposure_of_the_study(study, by, key):
    mix = group_mix(study, by, key)
    own = study["sectors" if by == "naics" else "areas"].set_index(by).loc[key]
    country = study["groups"].query("group_type == 'all'").iloc[0]
    check_table("mix_majors", mix.majors)
    assert len(check_table("mix_occupations", mix.occupations)) == own["n_occupations"]
    for rows in (mix.occupations, mix.majors):
        assert rows["covered_share"].sum() == pytest.approx(1)
        assert rows["exposure_part"].sum() == pytest.approx(1)
    mean = (mix.occupations["covered_share"] * mix.occupations["exposure_beta"]).sum()
    assert mean == pytest.approx(own["exposure_beta"])
    assert mix.majors["mix_effect"].sum() == pytest.approx(own["exposure_beta"] - country["exposure_beta"])
    assert mix.majors["covered_share_all"].sum() == pytest.approx(1)


def test_a_group_like_the_country_has_no_effect():
    jobs = pd.DataFrame({"soc_code": ["11-1011", "41-2031"], "title": "x", "tot_emp": [30.0, 10.0], "a_mean": 1.0})
    jobs = jobs.assign(exposure_beta=[0.6, 0.2], soc_major=jobs["soc_code"].str[:2] + "-0000")
    mix = mix_of(jobs.assign(tot_emp=[3.0, 1.0]), jobs, GROUPS)
    assert mix.majors["mix_effect"].tolist() == [0.0, 0.0]
    assert mix.majors["major_title"].tolist() == ["Management Occupations", "41-0000"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(1, 1e6), st.floats(0.01, 1)), min_size=1, max_size=8))
def test_effects_always_add_up(rows):
    here, country, exposure = (np.array(column) for column in zip(*rows, strict=True))
    jobs = pd.DataFrame({"soc_code": [f"{11 + 2 * place}-1011" for place in range(len(rows))], "title": "x", "a_mean": 1.0})
    jobs = jobs.assign(exposure_beta=exposure, tot_emp=country, soc_major=jobs["soc_code"].str[:2] + "-0000")
    mix = mix_of(jobs.assign(tot_emp=here), jobs, GROUPS)
    gap = np.average(exposure, weights=here) - np.average(exposure, weights=country)
    assert mix.majors["mix_effect"].sum() == pytest.approx(gap, abs=1e-12)
    assert mix.occupations["exposure_part"].is_monotonic_decreasing


def test_no_covered_job_gives_empty_tables():
    jobs = pd.DataFrame({"soc_code": ["11-1011"], "title": "x", "tot_emp": [np.nan], "a_mean": 1.0, "exposure_beta": [0.6]})
    mix = mix_of(jobs, jobs, GROUPS)
    assert mix.occupations.empty
    assert list(mix.majors.columns)[:2] == ["soc_major", "major_title"]


def test_where_an_occupation_works(study):
    sectors = check_table("mix_sectors", occupation_places(study, "43-4051", "naics"))
    cells = read_employment("sector").query("soc_code == '43-4051'")
    assert sectors["tot_emp"].sum() == cells["tot_emp"].sum()
    assert sectors["tot_emp"].is_monotonic_decreasing
    first = sectors.iloc[0]
    whole = study["occupations"].set_index("soc_code").loc["43-4051", "tot_emp"]
    assert first["occupation_share"] == first["tot_emp"] / whole
    areas = check_table("mix_areas", occupation_places(study, "43-4051", "area"))
    assert areas["occupation_share"].sum() == pytest.approx(1, abs=0.01)


def test_bad_requests_are_one_line(study):
    other = Study(study.tables, {"inputs": {"employment": {"release": "1999-05"}}})
    with pytest.raises(InputError, match="the study was made with 1999-05"):
        group_mix(other, "naics", "52")
    with pytest.raises(InputError, match="by 'city': expected one of naics, area"):
        occupation_places(study, "43-4051", "city")
    with pytest.raises(InputError, match="naics '520' has 0 totals"):
        group_mix(study, "naics", "520")
