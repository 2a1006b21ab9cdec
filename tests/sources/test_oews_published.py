"""OEWS as BLS published it: May 2021, 2024 and 2025."""

import time
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from support.oews_files import assert_fails

from jobimpact.paths import packaged
from jobimpact.sources.jobs.oews import read_oews
from jobimpact.tables import check_table

KEY = ["area", "naics", "soc_code"]


@pytest.fixture(scope="module")
def bls(publisher_data):
    return publisher_data / "bls_oews"


@pytest.fixture(scope="module")
def states(bls):
    return read_oews(bls / "may2025/state_occupation.csv.gz")


@pytest.fixture(scope="module")
def industries(bls):
    return read_oews(bls / "may2025/national_industry_occupation.csv.gz")


@pytest.fixture(scope="module")
def sectors_2024(bls):
    return read_oews(bls / "natsector_M2024_dl.xlsx")


def total(estimates, naics="000000"):
    return estimates.query("o_group == 'total' and naics == @naics")["tot_emp"].sum()


@pytest.mark.publisher
@pytest.mark.parametrize(
    ("year", "millions", "detailed"),
    [(2020, 139.10, 789), (2021, 140.89, 831), (2022, 147.89, 830), (2023, 151.85, 831), (2024, 154.19, 831)],
)
def test_national_files_have_the_published_employment(bls, year, millions, detailed):
    estimates = read_oews(bls / f"national_M{year}_dl.xlsx")
    assert round(total(estimates) / 1e6, 2) == millions
    assert (estimates["o_group"] == "detailed").sum() == detailed
    assert estimates["release"].unique().tolist() == [f"{year}-05"]
    assert not estimates.duplicated(KEY).any()
    # Every row has one of the two mean wages.
    assert not (estimates["a_mean"].isna() & estimates["h_mean"].isna() & ~estimates["wage_suppressed"]).any()


@pytest.mark.publisher
def test_the_csv_of_may_2021_equals_the_workbook(publisher_data, bls):
    from_csv = read_oews(publisher_data / "openai_gpts_are_gpts/national_May2021_dl.csv.gz")
    pd.testing.assert_frame_equal(from_csv, read_oews(bls / "national_M2021_dl.xlsx"))


@pytest.mark.publisher
def test_may_2025_by_industry(industries):
    assert len(industries) == 134_477
    assert total(industries) == 155_495_730
    assert total(industries, "99") == 10_242_890
    assert industries["emp_suppressed"].sum() == 8_409
    assert industries["wage_suppressed"].sum() == 1_479
    assert industries["mean_top_coded"].sum() == 21
    assert industries["naics"].nunique() == 444
    assert not industries.duplicated(KEY).any()
    all_industries = industries[industries["i_group"] == "cross-industry"]
    assert all_industries["o_group"].value_counts().to_dict() == {
        "detailed": 830, "broad": 163, "minor": 88, "major": 22, "total": 1,
    }  # fmt: skip
    developers = all_industries.set_index("soc_code").loc["15-1252"]
    assert developers["title"] == "Software Developers"
    assert developers["o_group"] == "detailed"


@pytest.mark.publisher
def test_may_2025_by_state(states):
    assert len(states) == 37_408
    assert states["area"].nunique() == 54
    assert states["area"].str.fullmatch(r"\d\d").all()
    assert states["emp_suppressed"].sum() == 1_318
    assert states["mean_top_coded"].sum() == 92
    assert total(states[states["area"] == "01"]) == 2_113_660
    assert not states.duplicated(KEY).any()


@pytest.mark.publisher
def test_both_releases_name_the_same_twenty_sectors(industries, sectors_2024):
    now = industries[industries["i_group"] == "sector"].drop_duplicates("naics").set_index("naics")["naics_title"]
    before = sectors_2024.drop_duplicates("naics").set_index("naics")["naics_title"]
    assert len(now) == 20
    assert sorted(now.index) == sorted(before.index)
    # Government is worded differently; all others have one title in both layouts.
    assert now.drop("99").to_dict() == before.drop("99").to_dict()
    assert sectors_2024["emp_suppressed"].sum() == 1_056


@pytest.mark.publisher
def test_sectors_add_up_to_the_country(bls, industries, sectors_2024):
    sectors = industries[industries["i_group"] == "sector"]
    for parts, country in ((sectors, industries), (sectors_2024, read_oews(bls / "national_M2024_dl.xlsx"))):
        sums = parts.query("o_group == 'total'")["tot_emp"].sum()
        # Twenty totals and one sum, each rounded to tens.
        assert abs(sums - total(country)) <= 21 * 5


@pytest.mark.publisher
def test_detailed_occupations_never_exceed_the_total(industries, states):
    for estimates in (industries, states):
        by_cell = estimates.pivot_table("tot_emp", ["area", "naics"], "o_group", ["sum", "count"])
        for level in ("detailed", "major"):
            rounding = 5 * (by_cell["count", level] + 1)
            excess = by_cell["sum", level] - by_cell["sum", "total"] - rounding
            assert excess.max() <= 0, (level, excess.idxmax())


@pytest.mark.publisher
def test_wages_lie_where_their_flags_say(industries, states):
    for estimates in (industries, states):
        assert (estimates.loc[estimates["mean_top_coded"], "a_mean"].dropna() == 239_200).all()
        assert (estimates.loc[estimates["median_top_coded"], "h_median"].dropna() == 115).all()
        assert estimates.loc[estimates["wage_suppressed"], ["a_mean", "h_mean"]].isna().all(axis=None)
        assert estimates.loc[estimates["emp_suppressed"], ["tot_emp", "emp_prse"]].isna().all(axis=None)
        assert estimates.loc[~estimates["emp_suppressed"], ["tot_emp", "emp_prse"]].notna().all(axis=None)


@pytest.mark.publisher
def test_top_codes_are_those_that_the_workbooks_state(bls):
    entries = tomllib.loads(packaged("data", "employment", "top_codes.toml").read_text(encoding="utf-8"))["top_codes"]
    for year in range(2020, 2025):
        sheet = pd.read_excel(bls / f"national_M{year}_dl.xlsx", sheet_name="Field Descriptions", header=None, engine="calamine")
        notes = "\n".join(sheet[0].dropna().astype(str))
        entry = next(entry for entry in entries if entry["first_release"] <= f"{year}-05" <= entry["last_release"])
        assert f"${entry['hourly']:.2f} per hour or ${entry['annual']:,} per year" in notes
    footnotes = pd.read_csv(bls / "may2025/footnote.csv.gz", dtype=str).set_index("footnote_code")["footnote_text"]
    assert f"${entries[-1]['hourly']:.2f} per hour or ${entries[-1]['annual']:,} per year" in footnotes["5"]
    assert entries[-1]["last_release"] == "2025-05"
    assert all(entry["annual"] == 2080 * entry["hourly"] for entry in entries)


@pytest.mark.publisher
def test_the_publishers_files_cut_short(bls, put):
    for name in ("may2025/state_occupation.csv.gz", "national_M2024_dl.xlsx"):
        whole = (bls / name).read_bytes()
        cut = put(f"may2025/{Path(name).name}", whole[: len(whole) * 2 // 3])
        assert_fails(lambda path=cut: read_oews(path), "truncated", cut.name)


@pytest.mark.publisher
def test_the_largest_file_is_read_in_seconds_and_fits_the_schema(bls):
    start = time.perf_counter()
    estimates = read_oews(bls / "may2025/national_industry_occupation.csv.gz")
    # About 3 s on two cores; the bound leaves room for a machine that has other things to do.
    assert time.perf_counter() - start < 15
    check_table("oews", estimates)
