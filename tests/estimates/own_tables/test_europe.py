"""European countries and ISCO-08 groups: employment kept, forecasts flagged, what has no exposure not filled in."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.means.distributions import describe_distributions, worker_shares
from jobimpact.estimates.own_tables.europe import aggregate_countries, aggregate_isco_groups, country_level
from jobimpact.sources.jobs.cedefop import read_cedefop_employment
from jobimpact.tables import check_table

# Figures are invented.
EMPLOYMENT = pd.DataFrame(
    [
        ("Malta", False, group, year, jobs, year > 2024)
        for year in (2024, 2030)
        for group, jobs in {"total": 110.0, "1": 40.0, "11": 10.0, "12": 30.0, "2": 60.0, "21": 60.0}.items()
    ],
    columns=["country", "aggregate", "isco_group", "year", "tot_emp", "forecast"],
)
EXPOSURE = pd.DataFrame({"isco_code": ["1111", "1211", "1212", "2111"], "exposure_beta": [0.1, 0.2, 0.6, 0.8]})
STRUCTURE = pd.DataFrame({"isco_code": ["1", "11", "1111", "1112", "1211", "1212", "2111"], "title": list("abcdefg")})


def test_known_answer():
    row = check_table("countries", aggregate_countries(EXPOSURE, EMPLOYMENT, year=2024)).iloc[0]
    assert row[["tot_emp", "emp_matched", "n_occupations", "group_weights"]].tolist() == [110, 100, 4, "equal"]
    assert row["exposure_beta"] == pytest.approx((10 * 0.1 + 15 * 0.2 + 15 * 0.6 + 60 * 0.8) / 100)
    assert row["share_workers_50"] == pytest.approx(0.75)
    assert pd.isna(row["exposure_alpha"])


def test_unit_groups_without_an_exposure_are_not_filled_in():
    row = aggregate_countries(EXPOSURE, EMPLOYMENT, year=2024, structure=STRUCTURE).iloc[0]
    assert row["emp_matched"] == 95
    lost = aggregate_countries(EXPOSURE[EXPOSURE["isco_code"] != "2111"], EMPLOYMENT, year=2024).iloc[0]
    assert lost[["tot_emp", "emp_matched"]].tolist() == [110, 40]


def test_given_weights_tell_a_group_apart():
    weights = pd.Series({"1211": 3.0, "1212": 1.0})
    row = aggregate_countries(EXPOSURE, EMPLOYMENT, year=2024, weights=weights).iloc[0]
    assert row["exposure_beta"] == pytest.approx((10 * 0.1 + 22.5 * 0.2 + 7.5 * 0.6 + 60 * 0.8) / 100)
    assert row["group_weights"] == "given"


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.lists(st.floats(0.01, 9), min_size=4, max_size=4))
@settings(max_examples=25)
def test_employment_is_kept_and_means_stay_within_bounds(scores, sizes):
    exposure = EXPOSURE.assign(exposure_beta=scores)
    weights = pd.Series(sizes, index=EXPOSURE["isco_code"])
    level = country_level(exposure, EMPLOYMENT, year=2024, weights=weights)
    assert level.cells["tot_emp"].sum() == pytest.approx(100)
    groups = aggregate_isco_groups(exposure, EMPLOYMENT, year=2024, country="Malta", weights=weights)
    rows = groups.set_index("isco_code")
    assert rows.loc[["11", "12"], "emp_matched"].sum() == pytest.approx(rows.loc["1", "emp_matched"])
    assert groups["exposure_beta"].between(min(scores) - 1e-12, max(scores) + 1e-12).all()


def test_forecast_years_are_flagged_and_groups_named():
    groups = check_table(
        "isco_groups", aggregate_isco_groups(EXPOSURE, EMPLOYMENT, year=2030, country="Malta", structure=STRUCTURE)
    )
    assert groups["forecast"].all()
    assert groups["isco_code"].tolist() == ["1", "2", "11", "12", "21"]
    assert groups["title"].tolist()[:3] == ["a", "2", "b"]
    assert aggregate_countries(EXPOSURE, EMPLOYMENT, year=2024)["forecast"].tolist() == [False]


def test_a_country_with_major_groups_alone_keeps_its_employment():
    gozo = EMPLOYMENT[EMPLOYMENT["isco_group"].isin(["total", "1", "2"])].assign(country="Gozo")
    table = aggregate_countries(EXPOSURE, pd.concat([EMPLOYMENT, gozo]), year=2024).set_index("country")
    assert table["emp_matched"].to_dict() == {"Malta": 100.0, "Gozo": 100.0}
    assert table.loc["Gozo", "exposure_beta"] == pytest.approx(0.4 * (0.1 + 0.2 + 0.6) / 3 + 0.6 * 0.8)
    assert table.loc["Malta", "exposure_beta"] == pytest.approx((10 * 0.1 + 15 * 0.2 + 15 * 0.6 + 60 * 0.8) / 100)


def test_a_group_without_details_counts_beside_groups_with_them():
    employment = EMPLOYMENT[EMPLOYMENT["isco_group"] != "21"]
    groups = aggregate_isco_groups(EXPOSURE, employment, year=2024, country="Malta").set_index("isco_code")
    assert groups["emp_matched"].to_dict() == {"1": 40.0, "2": 60.0, "11": 10.0, "12": 30.0}


def test_exposure_of_two_digits_is_enough():
    exposure = pd.DataFrame({"isco_code": ["11", "12", "21"], "exposure_beta": [0.1, 0.4, 0.8]})
    assert aggregate_countries(exposure, EMPLOYMENT, year=2024).loc[0, "exposure_beta"] == pytest.approx(0.61)


@pytest.mark.publisher
def test_real_countries(publisher_data):
    """Cedefop 2024: 216,426,495 employed in the EU-27; 0.6 % of them are armed forces, which have no exposure here."""
    employment = read_cedefop_employment(publisher_data / "cedefop_forecast")
    codes = sorted(employment.loc[employment["isco_group"].str.fullmatch(r"\d\d"), "isco_group"].unique())
    exposure = pd.DataFrame({"isco_code": codes, "exposure_beta": [int(code[0]) / 10 for code in codes]})
    table = aggregate_countries(exposure, employment, year=2024).set_index("country")
    assert len(table) == 33
    assert table.loc["Eu-27", "tot_emp"] == 216_426_495
    assert table.loc["Eu-27", "matched_share"] == pytest.approx(0.994, abs=0.001)
    members = table[~table["aggregate"]]
    assert members["exposure_beta"].between(0.1, 0.9).all()
    level = country_level(exposure, employment, year=2024)
    check_table("distributions", describe_distributions([level]))
    check_table("worker_shares", worker_shares([level]))


@pytest.mark.parametrize(
    ("exposure", "options", "words"),
    [
        (EXPOSURE, {"year": 2050}, "no employment of 2050; expected a year from 2024 to 2030"),
        (EXPOSURE.rename(columns={"isco_code": "code"}), {"year": 2024}, "no column 'isco_code'"),
        (pd.concat([EXPOSURE, EXPOSURE]), {"year": 2024}, "'1111' among the ISCO codes"),
        (EXPOSURE.assign(isco_code=["1111", "121", "1212", "2111"]), {"year": 2024}, "'121' among the ISCO codes"),
        (pd.DataFrame({"isco_code": ["1"], "exposure_beta": [0.1]}), {"year": 2024}, "of 1 digits"),
        (EXPOSURE[:0], {"year": 2024}, "the exposure has no rows"),
        (EXPOSURE, {"year": 2024, "weights": pd.Series({"1211": -3.0, "1212": 5.0})}, "found -3.0 for 1211"),
        (EXPOSURE, {"year": 2024, "weights": pd.Series([1.0, 2.0], index=["1211", "1211"])}, "found 1211 twice"),
    ],
)
def test_bad_input_is_one_line(exposure, options, words):
    with pytest.raises(InputError, match=words) as caught:
        aggregate_countries(exposure, EMPLOYMENT, **options)
    assert "\n" not in str(caught.value)


def test_unknown_country():
    with pytest.raises(InputError, match="no country 'Atlantis'"):
        aggregate_isco_groups(EXPOSURE, EMPLOYMENT, year=2024, country="Atlantis")
