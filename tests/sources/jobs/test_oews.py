"""OEWS files: both layouts, flags, releases."""

import gzip

import pandas as pd
import pytest
from support.oews_files import FLAT, FLAT_ROWS, OFFICIAL, OFFICIAL_ROWS, STATE, as_csv, as_workbook, as_zip, assert_fails

from jobimpact.errors import InputError
from jobimpact.sources.jobs.oews import read_oews, stated_release


@pytest.fixture
def official(put):
    return put("national_M2025_dl.csv", "\ufeff" + as_csv(OFFICIAL, OFFICIAL_ROWS))


def test_both_layouts_give_the_same_table(official, put):
    flat = put("may2025/national_industry_occupation.csv.gz", gzip.compress(as_csv(FLAT, FLAT_ROWS).encode()))
    workbook = put("national_M2025_dl.xlsx", as_workbook(OFFICIAL, OFFICIAL_ROWS))
    zipped = put("oesm25nat.zip", as_zip({"oesm25nat/": "", "oesm25nat/national_M2025_dl.xlsx": workbook.read_bytes()}))
    expected = read_oews(official)
    assert len(expected) == len(OFFICIAL_ROWS) - 1
    for path in (flat, workbook, zipped):
        pd.testing.assert_frame_equal(read_oews(path), expected)


def test_flags_and_values_of_each_kind_of_cell(official):
    rows = read_oews(official).set_index("soc_code")
    flags = ["emp_suppressed", "wage_suppressed", "mean_top_coded", "median_top_coded"]
    set_flags = {code: [flag for flag in flags if rows.loc[code, flag]] for code in rows.index}
    assert set_flags == {
        "00-0000": [],
        "11-0000": ["median_top_coded"],
        "31-1120": [],
        "15-1252": ["emp_suppressed"],
        "19-1012": ["wage_suppressed"],
        "29-1212": ["mean_top_coded", "median_top_coded"],
        "27-2011": [],
        "25-2021": [],
    }
    assert rows.loc["00-0000", ["tot_emp", "h_mean", "a_mean"]].tolist() == [1234560, 30.5, 63440]
    assert rows.loc["29-1212", ["h_mean", "a_mean", "h_median", "a_median"]].tolist() == [115, 239200, 115, 239200]
    assert rows.loc["27-2011", ["h_mean", "a_mean"]].isna().tolist() == [False, True]
    assert rows.loc["25-2021", ["h_mean", "a_mean"]].isna().tolist() == [True, False]
    assert rows.loc["31-1120", "o_group"] == "detailed"


def test_state_rows_get_two_digit_codes_and_all_industries(put):
    rows = [("0100000", "Alabama", "01", "00-0000", "All", "0", "10", "0.0", "1", "2", "3", "4", "0.1", "")]
    states = read_oews(put("may2025/state_occupation.csv", as_csv(STATE, rows)))
    assert states.loc[0, ["area", "area_title", "naics", "i_group", "o_group"]].tolist() == [
        "01", "Alabama", "000000", "cross-industry", "total",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flat", "official_words"),
    [
        (("44--46", "Sectors 44 and 45 - Retail Trade", "2"), ("44-45", "sector")),
        (("48--50", "Sectors 48 and 49 - Retail Trade", "2"), ("48-49", "sector")),
        (("21--22", "Sector 21 - Retail Trade", "2"), ("21", "sector")),
        (("999101", "Federal Government", "2"), ("999101", "ownership")),
        (("000001", "Private", "1"), ("000001", "ownership")),
        (("611005", "Schools, Privately Owned", "4"), ("611005", "ownership")),
        (("113000", "Logging", "3"), ("113000", "3-digit")),
        (("3250A1", "Chemicals (3251 only)", "4"), ("3250A1", "4-digit")),
        (("237130", "Power Lines", "5"), ("237130", "5-digit")),
        (("722511", "Restaurants", "5"), ("722511", "6-digit")),
    ],
)
def test_industries_of_the_flat_files_in_the_words_of_the_official_ones(put, flat, official_words):
    row = (*flat, *FLAT_ROWS[0][3:])
    industry = read_oews(put("x_M2025.csv", as_csv(FLAT, [row]))).loc[0]
    assert (industry["naics"], industry["i_group"]) == official_words
    assert " - " not in industry["naics_title"]


def test_levels_are_kept_as_asked(official):
    rows = read_oews(official, i_groups=["sector"], o_groups=("detailed",))
    assert rows["i_group"].unique().tolist() == ["sector"]
    assert len(rows) == 5
    for wrong in ({"i_groups": "sector"}, {"o_groups": ["details"]}):
        with pytest.raises(InputError, match="expected a list of"):
            read_oews(official, **wrong)


def test_headers_in_lower_case_and_blanks_are_read(put):
    header = [f" {column.lower()} " for column in OFFICIAL]
    rows = [tuple(f" {cell} " for cell in row) for row in OFFICIAL_ROWS]
    expected = read_oews(put("a_M2025.csv", as_csv(OFFICIAL, OFFICIAL_ROWS)))
    pd.testing.assert_frame_equal(read_oews(put("b_M2025.csv", as_csv(header, rows))), expected)


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("national_M2024_dl.xlsx", "2024-05"),
        ("national_May2021_dl.csv.gz", "2021-05"),
        ("oesm23nat.zip", "2023-05"),
        ("may2025/state_occupation.csv.gz", "2025-05"),
        ("may2025/natsector_M2024_dl.xlsx", "2024-05"),
        ("sum2024/figures.csv", None),
    ],
)
def test_the_release_in_a_name(name, release):
    assert stated_release(name) == release


def test_the_release_comes_from_names_or_the_argument(put):
    silent = put("figures.csv", as_csv(OFFICIAL, OFFICIAL_ROWS))
    assert read_oews(silent, release="2025-05")["release"].unique().tolist() == ["2025-05"]
    assert_fails(lambda: read_oews(silent), "does not tell its release", "release=")
    with pytest.raises(InputError, match="such as 2025-05"):
        read_oews(silent, release="May 2025")
    by_sheet = put("figures.xlsx", as_workbook(OFFICIAL, OFFICIAL_ROWS))
    assert read_oews(by_sheet)["release"].iloc[0] == "2025-05"


def test_a_release_that_contradicts_the_argument_or_the_workbook(official, put):
    assert_fails(lambda: read_oews(official, release="2024-05"), "2025-05", "2024-05", "national_M2025_dl.csv")
    renamed = put("national_M2023_dl.xlsx", as_workbook(OFFICIAL, OFFICIAL_ROWS))
    assert_fails(lambda: read_oews(renamed), "2023-05", "May 2025 OEWS Estimates")


def test_top_codes_of_a_release_that_nobody_knows(put):
    note = "# = indicates a wage equal to or greater than $125.50 per hour or $261,040 per year"
    stated = as_workbook(OFFICIAL, OFFICIAL_ROWS, "national_M2031_dl", ("May 2031 OEWS Estimates", note))
    rows = read_oews(put("national_M2031_dl.xlsx", stated)).set_index("soc_code")
    assert rows.loc["29-1212", ["h_mean", "a_mean"]].tolist() == [125.5, 261040]
    silent = put("national_M2031_dl.csv", as_csv(OFFICIAL, OFFICIAL_ROWS))
    assert_fails(lambda: read_oews(silent), "2031-05", "top_codes.toml")
    # Without a top-coded cell the bound is not needed.
    assert len(read_oews(put("b_M2031.csv", as_csv(OFFICIAL, OFFICIAL_ROWS[:1])))) == 1
