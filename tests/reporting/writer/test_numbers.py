import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.reporting.words.wording import format_value
from jobimpact.reporting.writer.numbers import FIGURE, read_figure, read_words, states


@pytest.mark.parametrize(
    ("text", "value", "family"),
    [
        ("13.4 %", 13.4, "percent"),
        ("13.4%", 13.4, "percent"),
        ("13.4 percent", 13.4, "percent"),
        ("13.4 per cent", 13.4, "percent"),
        ("13.4 percentage points", 13.4, "points"),
        ("13.4 points", 13.4, "points"),
        ("2.8 million", 2.8e6, "plain"),
        ("2,764,870", 2_764_870, "plain"),
        ("$574 billion", 574e9, "money"),
        ("61,500 US dollars", 61_500, "money"),
        ("7th", 7, "ordinal"),
        ("-0.12", -0.12, "plain"),
        ("1.333亿", 133_300_000, "plain"),
        ("85.7%", 85.7, "percent"),
        ("5,740亿美元", 574e9, "money"),
    ],
)
def test_figures_with_their_unit(text, value, family):
    found = FIGURE.fullmatch(text)
    number = read_figure(found)
    assert number.value == pytest.approx(value, rel=1e-12)
    assert number.family == family


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("one half or more", 0.5, 2),
        ("a third of jobs", 1 / 3, 2),
        ("two thirds", 2 / 3, 2),
        ("half of it", 0.5, 1),
        ("twenty-two groups", 22, 1),
        ("one hundred and five", 105, 4),
        ("two million jobs", 2e6, 2),
        ("zero", 0, 1),
    ],
)
def test_numbers_in_words(text, value, words):
    number, used = read_words(text.split())
    assert number.value == pytest.approx(value)
    assert used == words


@pytest.mark.parametrize("text", ["the half", "second highest", "jobs", "fifth"])
def test_words_that_are_no_numbers(text):
    assert read_words(text.split()) is None


@given(st.floats(0.001, 0.999), st.integers(0, 1))
def test_a_printed_share_is_stated_by_what_is_printed_and_by_no_other_figure(claim, value, form):
    text = format_value(value, "percent", 1)
    bound = claim(text, value=value, unit="percent")
    digits = text.removesuffix(" %")
    own = read_figure(FIGURE.fullmatch(f"{digits}{[' %', ' percent'][form]}"))
    assert states(own, bound)
    other = read_figure(FIGURE.fullmatch(f"{float(digits) + 0.1:.1f} %"))
    assert not states(other, bound)
    assert not states(other, bound, hedged=True)


def test_rounding_further_needs_a_word_that_says_so_and_two_digits(claim):
    share = claim("13.4 %", value=0.1335, unit="percent")
    whole = read_figure(FIGURE.fullmatch("13 %"))
    assert states(whole, share, hedged=True)
    assert not states(whole, share)
    assert not states(read_figure(FIGURE.fullmatch("14 %")), share, hedged=True)
    assert not states(read_figure(FIGURE.fullmatch("10 %")), share, hedged=True)
    beta = claim("0.26", value=0.2568)
    assert not states(read_figure(FIGURE.fullmatch("0.3")), beta, hedged=True)


def test_rounding_is_that_of_the_unrounded_value(claim):
    """0.1345 prints as 13.4 % (half to even on the binary value) or 13.5 %; 13.46 % rounds to 13 %, never to 14 %."""
    share = claim("13.5 %", value=0.1346, unit="percent")
    assert states(read_figure(FIGURE.fullmatch("13 %")), share, hedged=True)
    assert not states(read_figure(FIGURE.fullmatch("14 %")), share, hedged=True)


def test_points_are_the_unit_of_differences_alone(claim):
    points = read_figure(FIGURE.fullmatch("5.2 percentage points"))
    assert not states(points, claim("5.2 %", value=0.052, unit="percent"))
    assert states(points, claim("5.2 %", value=0.052, unit="percent", kind="difference"))


def test_the_word_zero_is_not_a_printed_decimal(claim):
    assert not states(read_words(["zero"])[0], claim("0.00", value=0.0029))
