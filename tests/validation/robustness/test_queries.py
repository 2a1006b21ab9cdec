"""The language of questions: what it takes, and what it says to what it does not take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.validation.robustness.queries import (
    EXAMPLES,
    KINDS,
    Comparison,
    Level,
    Ranking,
    Subject,
    WageGradient,
    WorkerShare,
    parse_query,
)

ALL = Subject("all", "all")


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("sector 52 > sector 23", Comparison(Subject("sector", "52"), Subject("sector", "23"))),
        ("sector 52 < sector 31-33", Comparison(Subject("sector", "31-33"), Subject("sector", "52"))),
        ("  State ca>STATE 48 ", Comparison(Subject("state", "CA"), Subject("state", "48"))),
        ("all > occupation 15-1252.00", Comparison(ALL, Subject("occupation", "15-1252"))),
        ("occupation 15-1252 in top 25", Ranking(Subject("occupation", "15-1252"), 25)),
        ("group 43-0000 rank <= 3", Ranking(Subject("group", "43-0000"), 3)),
        ("group 43-0000 rank < 3", Ranking(Subject("group", "43-0000"), 2)),
        ("sign wage gradient", WageGradient(positive=True)),
        ("sign wage gradient is negative", WageGradient(positive=False)),
        ("wage gradient < 0", WageGradient(positive=False)),
        ("share workers >= 0.5 above 0.2", WorkerShare(ALL, 0.5, strict=False, above=True, level=0.2)),
        ("share workers > 50 % in sector 52 below 20%", WorkerShare(Subject("sector", "52"), 0.5, True, False, 0.2)),
        ("share workers above .2", WorkerShare(ALL, None, None, above=True, level=0.2)),
        ("exposure quintile 5 below 0.4", Level(Subject("quintile", "5"), above=False, level=0.4)),
    ],
)
def test_questions_are_understood(text, parsed):
    assert parse_query(text) == parsed


subjects = st.one_of(
    st.just(ALL), st.builds(Subject, st.sampled_from([kind for kind in KINDS if kind != "all"]), st.sampled_from(["52", "31-33"]))
)
shares = st.integers(0, 100).map(lambda percent: percent / 100)
grouped = subjects.filter(lambda subject: subject.kind != "occupation")
questions = st.one_of(
    st.tuples(subjects, subjects).filter(lambda both: both[0] != both[1]).map(lambda both: Comparison(*both)),
    st.builds(Ranking, subjects.filter(lambda subject: subject != ALL), st.integers(1, 99)),
    st.builds(WageGradient, st.booleans()),
    st.builds(WorkerShare, grouped, shares, st.none() | st.booleans(), st.booleans(), shares),
    st.builds(Level, subjects, st.booleans(), shares),
)


@given(questions)
def test_the_plain_form_means_the_same(question):
    assert parse_query(str(question)) == question


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_questions(example):
    parse_query(example)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("is finance exposed", "expected a question such as"),
        ("sectr 52 > sector 23", "did you mean 'sector'"),
        ("share worker >= 0.5 above 0.2", "did you mean 'workers' for 'worker'"),
        ("sector 52 > sector 52", "with itself"),
        ("occupation 15-1252 in top 0", "expected 1 or more"),
        ("all in top 3", "ranks all jobs among nothing"),
        ("exposure sector 52 above 7", "expected a number from 0 to 1"),
        ("share workers >= 150 % above 0.2", "expected a number from 0 to 1"),
        ("share workers in occupation 15-1252 above 0.4", "ask: exposure occupation 15-1252"),
        ("sector 52 > sector 23; drop table", "was not understood"),
    ],
)
def test_bad_questions_get_one_clear_line(text, said):
    with pytest.raises(InputError) as caught:
        parse_query(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
