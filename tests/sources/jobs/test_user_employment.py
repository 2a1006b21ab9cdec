"""Users' own employment tables: what is read, and one clear line for what cannot be."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import CodeWarning, InputError
from jobimpact.sources.jobs.user_employment import read_user_employment

CELLS = {"occ": ["15-1252", "29-1141.00", "15", "999"], "jobs": ["1,200", "300", "*", "5"], "pay": ["100000", "", "90000", "1"]}


def write(tmp_path, columns, name="own.csv"):
    path = tmp_path / name
    table = pd.DataFrame(columns)
    table.to_parquet(path) if name.endswith("parquet") else table.to_csv(path, index=False)
    return path


def test_cells_are_read_as_they_are_meant(tmp_path):
    read = read_user_employment(write(tmp_path, CELLS), "occ", "jobs", wage_column="pay", totals="keep")
    assert read.rows["code"].tolist() == ["15-1252", "29-1141", "15-0000", "999"]
    assert read.rows["weight"].tolist()[:2] == [1200, 300]
    assert read.rows["weight"].isna().tolist() == [False, False, True, False]
    assert read.rows["wage"].isna().tolist() == [False, True, False, False]
    assert not read.persons


def test_numbers_of_a_parquet_file_are_codes_too(tmp_path):
    path = write(tmp_path, {"code": [151252.0, 291141.0], "weight": [1.0, 2.0], "region": [1, 2]}, "own.parquet")
    read = read_user_employment(path, group_columns=["region"])
    assert read.rows["code"].tolist() == ["15-1252", "29-1141"]
    assert read.groups["region"].tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("classification", "given", "expected"),
    [
        ("onetsoc", "15-1252.01", "15-1252.01"),
        ("isco", "0110", "0110"),
        ("csco", "2-01-06-03", "2-01-06-03"),
        ("other", "A b", "A b"),
    ],
)
def test_other_classifications(tmp_path, classification, given, expected):
    read = read_user_employment(write(tmp_path, {"code": [given], "weight": [1]}), classification=classification)
    assert read.rows["code"].tolist() == [expected]


def test_persons_of_a_survey_with_their_design(tmp_path):
    columns = {"code": ["15-1252", ""], "weight": ["1.5", "2"], "st": ["a", "b"], "cl": [1, 1], "sex": ["f", ""]}
    columns |= {"rep1": [1, 2], "rep2": [-1, 3]}
    read = read_user_employment(
        write(tmp_path, columns), stratum_column="st", psu_column="cl", group_columns=["sex"], replicate_prefix="rep"
    )
    assert read.persons
    assert read.rows[["stratum", "psu"]].to_numpy().tolist() == [["a", "1"], ["b", "1"]]
    assert read.groups["sex"].tolist() == ["f", "not given"]
    # Successive differences give some replicate weights below 0.
    np.testing.assert_array_equal(read.replicates, [[1, -1], [2, 3]])
    assert read.rows["code"].tolist() == ["15-1252", ""]


TOTALS = {"code": ["00-0000", "15-0000", "15-1252", "29-1141", ""], "weight": [160, 100, 90, 50, 10], "area": list("aaaaa")}


def test_totals_beside_details_are_refused_left_out_or_kept(tmp_path):
    path = write(tmp_path, TOTALS)
    with pytest.raises(InputError, match=r"2 groups beside codes below them \(first: 00-0000\), with 260 jobs"):
        read_user_employment(path)
    with pytest.warns(CodeWarning, match="2 rows of totals"):
        left = read_user_employment(path, totals="leave-out", group_columns=["area"])
    assert left.rows["code"].tolist() == ["15-1252", "29-1141", ""]
    assert left.groups.index.tolist() == [0, 1, 2]
    assert len(read_user_employment(path, totals="keep").rows) == 5
    # In another area, or with persons coded roughly, a group is no total.
    apart = write(tmp_path, TOTALS | {"area": list("abcde")}, "apart.csv")
    assert len(read_user_employment(apart, group_columns=["area"]).rows) == 5
    assert len(read_user_employment(path, persons=True).rows) == 5


def test_isco_groups_beside_their_own_details_are_found(tmp_path):
    with pytest.raises(InputError, match="first: 2"):
        read_user_employment(write(tmp_path, {"code": ["2", "25", "3"], "weight": [1, 1, 1]}), classification="isco")


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({}, {"weight_column": "job"}, "did you mean 'jobs'"),
        ({}, {"code_column": "ocupation"}, "no column 'ocupation'"),
        ({"jobs": ["1", "-3", "2", "-1"]}, {}, r"row 2 of 'jobs' has '-3', which is negative \(2 such rows\)"),
        ({"jobs": ["1", "many", "2", "3"]}, {}, "'many', which is no number"),
        ({"jobs": ["1", "inf", "2", "3"]}, {}, "'inf', which is no number"),
        ({"jobs": ["*", "-", "", "0"]}, {}, "no weight above 0"),
        ({}, {"classification": "naics"}, "classification 'naics' is not known"),
        ({}, {"totals": "drop"}, "totals 'drop' is not known"),
        ({}, {"replicate_prefix": "rep"}, "0 columns that begin with 'rep'"),
        ({"rep1": ["1", "", "1", "1"], "rep2": ["1"] * 4}, {"replicate_prefix": "rep"}, "1 replicate weights without a number"),
    ],
)
def test_bad_input_is_one_line(tmp_path, change, options, words):
    path = write(tmp_path, CELLS | change)
    with pytest.raises(InputError, match=words) as caught:
        read_user_employment(path, **({"code_column": "occ", "weight_column": "jobs", "totals": "keep"} | options))
    assert "\n" not in str(caught.value)


def test_replicates_are_named_by_a_pattern_and_never_the_weight_or_a_flag(tmp_path):
    columns = {"code": ["15-1252"], "PWGTP": [5], "pwgtp1": [4], "pwgtp2": [6], "flag_pwgtp": [1]}
    read = read_user_employment(write(tmp_path, columns), weight_column="PWGTP", replicate_prefix="PWGTP*")
    np.testing.assert_array_equal(read.replicates, [[4, 6]])
    path = write(tmp_path, {**columns, "PWGTPX": [1]})
    with pytest.raises(InputError, match=r"'PWGTPX' among the 3 columns of 'PWGTP\*'"):
        read_user_employment(path, weight_column="PWGTP", replicate_prefix="PWGTP*")


@pytest.mark.parametrize(
    ("classification", "given", "expected"),
    [
        ("isco", "OC25", "25"),
        ("csco", "2-01-06-00", "2-01-06"),
        ("census", "20", "0020"),
        ("soc2010", "15", "15-0000"),
        ("esco", "2512.4", "2512.4"),
    ],
)
def test_ways_to_write_codes(tmp_path, classification, given, expected):
    read = read_user_employment(write(tmp_path, {"code": [given], "weight": [1]}), classification=classification)
    assert read.rows["code"].tolist() == [expected]


def test_wages_above_the_highest_figure_are_not_known(tmp_path):
    path = write(tmp_path, {"code": ["29-1141", "29-1212"], "weight": [2, 1], "pay": ["90000", "#"]})
    with pytest.warns(CodeWarning, match="1 cells of 'pay' are #"):
        read = read_user_employment(path, wage_column="pay")
    assert read.rows["wage"].isna().tolist() == [False, True]
    with pytest.raises(InputError, match="'#', which is no number"):
        read_user_employment(path, weight_column="pay")


def test_a_combined_occupation_that_is_listed_twice_beside_totals_counts_once(tmp_path):
    columns = {"code": ["00-0000", "13-1020", "13-1020", "15-1252"], "weight": [90, 40, 40, 50]}
    with pytest.warns(CodeWarning, match="2 rows of totals"):
        read = read_user_employment(write(tmp_path, columns), totals="leave-out")
    assert read.rows["code"].tolist() == ["13-1020", "15-1252"]
    # Without totals two such rows may be two industries.
    twice = {name: cells[1:] for name, cells in columns.items()}
    assert read_user_employment(write(tmp_path, twice)).rows["weight"].sum() == 130


@pytest.mark.publisher
def test_the_national_file_of_bls_as_it_is_released(publisher_data):
    """OEWS May 2024: 154,187,380 jobs published; details without those that were not released add up to .01 % less."""
    path = publisher_data / "bls_oews" / "national_M2024_dl.xlsx"
    with pytest.warns(CodeWarning):
        read = read_user_employment(path, "OCC_CODE", "TOT_EMP", wage_column="A_MEAN", totals="leave-out")
    assert len(read.rows) == 831
    assert read.rows["weight"].sum() == pytest.approx(154_187_380, rel=1e-4)
