"""Occupation codes: every way in which they arrive, and the OEWS codes of all SOC 2018 occupations."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.facts.codes import normalise_onetsoc, normalise_soc, oews_code, read_soc_to_oews, soc_major

NOT_IN_OEWS = {"11-1031", "45-3031"}
soc_codes = st.builds(
    lambda major, rest: f"{major}-{rest:04d}", st.integers(5, 27).map(lambda half: 2 * half + 1), st.integers(0, 9999)
)


def one(normalise, cell):
    result = normalise(pd.Series([cell], dtype=object)).iloc[0]
    return None if pd.isna(result) else result


@pytest.mark.parametrize(
    "cell",
    [
        "11-1011",
        "111011",
        "111011.0",
        "11-1011.0",
        "11-1011.00",
        "11-1011.03",
        111011,
        111011.0,
        np.int64(111011),
        np.float64(111011),
        "  11-1011\t",
        "\ufeff11-1011",
        "11-1011\u00a0",
        "11\u20101011",
        "11\u20111011",
        "11\u20131011",
        "11\u20141011",
        "11\u22121011",
        "11\uff0d1011",
        "\uff11\uff11\uff0d\uff11\uff10\uff11\uff11",
        '="11-1011"',
        "'11-1011",
    ],
)
def test_every_way_to_write_a_soc_code_gives_the_same_code(cell):
    assert one(normalise_soc, cell) == "11-1011"


@pytest.mark.parametrize(
    "cell",
    [
        None,
        np.nan,
        pd.NA,
        "",
        " ",
        "n/a",
        "chief executives",
        "11-101",
        "11-10111",
        "1111011",
        11101,
        -111011,
        "11-1011.005",
        "11--1011",
        "1-11011",
        "11 1011",
        "541511",
        "12-1011",
        "09-1011",
        "57-1011",
        "99-9999",
        "00-1011",
        np.inf,
        True,
    ],
)
def test_what_cannot_be_a_soc_code_is_missing(cell):
    assert one(normalise_soc, cell) is None
    assert one(normalise_onetsoc, cell) is None


def test_all_occupations_and_excels_november_are_understood():
    assert one(normalise_soc, "00-0000") == "00-0000"
    assert one(normalise_soc, pd.Timestamp("2021-11-01")) == "11-2021"
    # Beyond the years of a pandas timestamp, as openpyxl reads the cell of 11-3012.
    assert one(normalise_soc, datetime(3012, 11, 1)) == "11-3012"  # noqa: DTZ001 - Excel dates have no zone
    assert one(normalise_soc, pd.Timestamp("2021-10-01")) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("17-2199", "17-2199.00"),
        ("17-2199.00", "17-2199.00"),
        ("17-2199.0", "17-2199.00"),
        ("17-2199.03", "17-2199.03"),
        ("17-2199.10", "17-2199.10"),
        (172199, "17-2199.00"),
        (172199.0, "17-2199.00"),
        (172199.03, "17-2199.03"),
        ("172199.03", "17-2199.03"),
        # A number drops its last zero, never its first: both of these were .10.
        (172199.1, "17-2199.10"),
        ("172199.1", "17-2199.10"),
        # With a dash it was never a number: .01 and .10 both exist, so it is not guessed.
        ("17-2199.1", None),
        ("17-2199.3", None),
        ("17-2199.100", None),
    ],
)
def test_onet_codes_keep_or_get_two_digits_or_are_missing(cell, code):
    assert one(normalise_onetsoc, cell) == code


@given(soc_codes, st.integers(0, 99))
def test_a_number_with_the_digits_of_a_code_gives_the_code_back(soc, suffix):
    code = f"{soc}.{suffix:02d}"
    assert one(normalise_onetsoc, float(code.replace("-", ""))) == code
    assert one(normalise_onetsoc, code) == code
    assert one(normalise_soc, float(soc.replace("-", ""))) == soc
    assert one(normalise_soc, code) == soc
    assert one(soc_major, code) == f"{soc[:2]}-0000"


def test_index_name_order_and_input_stay():
    given_codes = pd.Series(["15-1252", None, "111011.0", "x"], index=[7, 3, 5, 1], name="soc")
    before = given_codes.copy()
    result = normalise_soc(given_codes)
    assert result.index.tolist() == [7, 3, 5, 1]
    assert result.name == "soc"
    assert result.isna().tolist() == [False, True, False, True]
    pd.testing.assert_series_equal(given_codes, before)


@pytest.mark.parametrize("empty", [pd.Series([], dtype=object), pd.Series([np.nan, np.nan])])
def test_columns_without_codes_pass_through(empty):
    for convert in (normalise_soc, normalise_onetsoc, soc_major, oews_code):
        assert convert(empty).isna().all()


def test_categories_are_read_as_their_text():
    assert normalise_soc(pd.Series(["111011", "x"], dtype="category")).fillna("").tolist() == ["11-1011", ""]


def test_oews_codes_of_combined_absent_and_plain_occupations():
    mapped = oews_code(pd.Series(["13-1022", "29-2012.01", "53-1049", "11-1031", "55-3016", "15-1252", "x"]))
    assert mapped.fillna("").tolist() == ["13-1020", "29-2010", "53-1047", "", "", "15-1252", ""]


def test_an_oews_code_is_its_own_oews_code():
    published = read_soc_to_oews()["oews_code"].dropna()
    assert oews_code(published).tolist() == published.tolist()


def test_the_mapping_has_each_code_once_and_says_why_a_code_is_absent():
    mapping = read_soc_to_oews()
    assert mapping["soc_code"].is_unique
    assert (normalise_soc(mapping["soc_code"]) == mapping["soc_code"]).all()
    absent = mapping[mapping["oews_code"].isna()]
    assert set(absent.loc[~absent["soc_code"].str.startswith("55-"), "soc_code"]) == NOT_IN_OEWS
    assert mapping["oews_code"].nunique() == 12
    assert mapping["oews_code"].notna().sum() == 28
    assert (absent["oews_title"].isna()).all()
    assert mapping.groupby("oews_code")["oews_title"].nunique().eq(1).all()


@pytest.mark.publisher
def test_every_soc_2018_occupation_is_in_oews_or_mapped_or_named_absent(publisher_data):
    crosswalk = pd.read_excel(
        publisher_data / "crosswalks/onet_2019_to_SOC_Crosswalk.xlsx", header=3, dtype=str, engine="calamine"
    )
    occupations = crosswalk[["2018 SOC Code", "2018 SOC Title"]].drop_duplicates()
    occupations.columns = ["soc_code", "title"]
    assert len(occupations) == 867
    figures = pd.read_csv(
        publisher_data / "bls_oews/may2025/national_industry_occupation.csv.gz",
        usecols=["NAICS", "OCC_CODE", "OCC_TITLE", "OCC_LEVEL"],
        dtype=str,
    ).query("NAICS == '000000' and OCC_LEVEL == '3'")
    published = dict(zip(figures["OCC_CODE"], figures["OCC_TITLE"], strict=True))
    mapping = read_soc_to_oews().set_index("soc_code")

    plain = occupations[~occupations["soc_code"].isin(mapping.index)]
    assert set(plain["soc_code"]) <= published.keys()
    assert not set(mapping.index) & published.keys()
    mapped = oews_code(occupations["soc_code"])
    # Both ways: every occupation reaches a published code, and every published code is reached.
    assert set(mapped.dropna()) == published.keys()
    lost = occupations.loc[mapped.isna(), "soc_code"]
    assert set(lost[~lost.str.startswith("55-")]) == NOT_IN_OEWS

    titles = dict(zip(occupations["soc_code"], occupations["title"], strict=True))
    assert mapping["soc_title"].to_dict() == {code: titles[code] for code in mapping.index}
    combined = mapping.dropna(subset="oews_code")
    assert (combined["oews_title"] == combined["oews_code"].map(published)).all()


@pytest.mark.publisher
def test_all_onet_codes_come_back_unchanged_and_from_numbers(publisher_data):
    crosswalk = pd.read_excel(
        publisher_data / "crosswalks/onet_2019_to_SOC_Crosswalk.xlsx", header=3, dtype=str, engine="calamine"
    )
    onet = crosswalk["O*NET-SOC 2019 Code"]
    assert (normalise_onetsoc(onet) == onet).all()
    assert (normalise_onetsoc(onet.str.replace("-", "").astype(float)) == onet).all()
    assert (normalise_soc(onet) == crosswalk["2018 SOC Code"]).all()
