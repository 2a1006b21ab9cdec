import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.screen.search import occupation_names, search_occupations
from jobimpact.sources.jobs.employment import read_employment


@pytest.fixture(scope="module")
def occupations():
    national = read_employment("national")
    return national[national["o_group"] == "detailed"].reset_index(drop=True)


@pytest.fixture(scope="module")
def names(occupations):
    tasks = pd.DataFrame(
        {
            "soc_code": ["15-1243", "31-1122"],
            "onetsoc_code": ["15-1243.01", "31-1122.00"],
            "title": ["Data Warehousing Specialists", "Aides at home"],
        }
    )
    return occupation_names(occupations, tasks)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("registered nurses", "29-1141"),
        ("NURSES, registered", "29-1141"),
        ("regist nurs", "29-1141"),
        ("regitsered nurse", "29-1141"),
        ("custmer servce represntative", "43-4051"),
        ("15-1252", "15-1252"),
        ("151252", "15-1252"),
        ("15-1252.00", "15-1252"),
        ("15\u20131252", "15-1252"),
        (" 29-1141 ", "29-1141"),
        ("lawyer", "23-1011"),
        ("developer software", "15-1252"),
        ("cashiers", "41-2011"),
        ("home health aides", "31-1120"),
        ("31-1122", "31-1120"),
        ("warehousing specialist", "15-1243"),
        ("15-1243.01", "15-1243"),
    ],
)
def test_finds_what_is_meant(occupations, names, query, first):
    assert search_occupations(occupations, query, names)["soc_code"].iloc[0] == first


def test_start_of_a_code_finds_the_family(occupations, names):
    for query, start in (("15", "15-"), ("15-12", "15-12"), ("1512", "15-12")):
        found = search_occupations(occupations, query, names)
        assert len(found) == occupations["soc_code"].str.startswith(start).sum()
        assert found["soc_code"].str.startswith(start).all()


def test_says_under_which_name_it_found(occupations, names):
    found = search_occupations(occupations, "home health aides", names).iloc[0]
    assert found["found_as"] == "Home Health Aides"
    assert search_occupations(occupations, "cashiers", names)["found_as"].iloc[0] == ""


def test_empty_query_is_everything_the_largest_first(occupations, names):
    for query in ("", "   "):
        found = search_occupations(occupations, query, names)
        assert len(found) == len(occupations)
        assert found["tot_emp"].dropna().is_monotonic_decreasing


def test_words_that_nobody_has_find_nothing(occupations, names):
    for query in ("!!!", "qqqqzzzz", "99-9999", "$(qzq -qzq)", "🦤"):
        assert search_occupations(occupations, query, names).empty, query


def test_a_word_too_many_does_not_hide_the_rest(occupations, names):
    assert search_occupations(occupations, "software qqqqzzzz", names)["soc_code"].iloc[0] == "15-1252"


@settings(max_examples=60)
@given(query=st.text(max_size=60))
def test_any_text_gives_rows_of_the_table(occupations, names, query):
    found = search_occupations(occupations, query, names)
    assert found["soc_code"].is_unique
    assert set(found["soc_code"]) <= set(occupations["soc_code"])
    assert list(found.columns) == [*occupations.columns, "found_as", "guess"]


@pytest.mark.parametrize(
    ("query", "first", "guess"),
    [
        ("doctor", "29-1229", False),
        ("HR", "13-1071", False),
        ("nanny", "39-9011", False),
        ("cop", "33-3051", False),
        ("barista", "35-3023", False),
        ("CEO", "11-1011", False),
        ("coder", "29-2072", False),
        ("banker", "41-3031", False),
        ("social media manager", "11-2032", False),
        ("IT support", "15-1232", False),
        ("nurce", "29-1141", True),
    ],
)
def test_everyday_words_find_what_is_meant_and_a_guess_says_so(occupations, names, query, first, guess):
    found = search_occupations(occupations, query, names).iloc[0]
    assert (found["soc_code"], found["guess"]) == (first, guess)
