"""Replies of servers: probabilities where they are given, text where they are not, and what is no answer."""

import math

import pytest

from jobimpact.exposure.rater.prompts import Question, read_prompts
from jobimpact.exposure.rater.server import WrongSchemaError, find_answer, read_reply

PROMPTS = {prompt.prompt_id: prompt for prompt in read_prompts().prompts}
LETTERS = Question(PROMPTS["letters"], "Pay bills")
CODES = Question(PROMPTS["codes"], "Pay bills")
OPTIONS = PROMPTS["letters"].answers


def test_probabilities_are_those_of_the_answers_and_their_mass_is_kept(chat):
    tops = {"A": math.log(0.2), "B": math.log(0.5), " C": math.log(0.1), "The": math.log(0.15)}
    answer = read_reply(LETTERS, chat("B", [("B", math.log(0.5), tops)]), "raw")
    assert answer.probabilities == pytest.approx({"E0": 0.25, "E1": 0.625, "E2": 0.125})
    assert answer.mass == pytest.approx(0.8)
    assert (answer.raw, answer.reason) == ("raw", "")


def test_answer_of_two_tokens_is_read_where_the_options_part(chat):
    """E0, E1 and E2 begin with the same token: its probability counts in the mass, the next one decides."""
    tops = {"1": math.log(0.6), "2": math.log(0.3), "x": math.log(0.1)}
    answer = read_reply(CODES, chat("E1", [("E", math.log(0.5), {"A": math.log(0.5)}), ("1", math.log(0.6), tops)]), "")
    assert answer.probabilities == pytest.approx({"E0": 0, "E1": 2 / 3, "E2": 1 / 3})
    assert answer.mass == pytest.approx(0.45)


def test_word_that_begins_like_an_option_is_none(chat):
    tops = {"Absolutely": math.log(0.6), "B": math.log(0.3), "C": math.log(0.05), "A": math.log(0.05)}
    answer = read_reply(LETTERS, chat("Absolutely not", [("Absolutely", math.log(0.6), tops)]), "")
    assert not answer.probabilities
    assert answer.reason == "the reply 'Absolutely not' is none of A, B, C"


@pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, {"content": [7]}, {"content": [{"token": 3}]}, "none"])
def test_text_counts_where_there_are_no_probabilities(chat, logprobs):
    body = chat("B")
    body["choices"][0]["logprobs"] = logprobs
    answer = read_reply(LETTERS, body, "")
    assert answer.probabilities == {"E0": 0, "E1": 1, "E2": 0}
    assert answer.mass is None


def test_one_token_without_rivals_counts_as_text(chat):
    assert read_reply(LETTERS, chat("B", [("B", -0.1, {})]), "").mass is None


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("B", "E1"),
        (" **B** ", "E1"),
        ("(C)", "E2"),
        ("B.", "E1"),
        ("B. Writing is what such models do.", "E1"),
        ("Answer: A", "E0"),
        ("The answer is C.", "E2"),
        ("<think>A or B? A!</think>\n\nB", "E1"),
        ("A language model would help: **B**", "E1"),
        ("A language model would help", None),
        ("A or B", None),
        ("I cannot say whether it is A, B or C", None),
        ("A: little\nB: alone\nC: software", None),
        ("D", None),
        ("", None),
        ("no idea", None),
    ],
)
def test_text_of_letters(text, level):
    assert find_answer(OPTIONS, text) == level


@pytest.mark.parametrize(
    ("text", "level"),
    [("E1", "E1"), ("The code is E2, for tools are needed", "E2"), ("E1 or E2", None), ("E10", None), ("`E0`", "E0")],
)
def test_text_of_codes(text, level):
    assert find_answer(PROMPTS["codes"].answers, text) == level


@pytest.mark.parametrize(
    "body",
    [None, [], {}, "text", {"choices": []}, {"choices": [{}]}, {"choices": [{"message": {"content": 7}}]}, {"choices": [None]}],
)
def test_what_is_no_chat_completion_is_named(body):
    with pytest.raises(WrongSchemaError, match=r"choices\[0\]\.message\.content"):
        read_reply(LETTERS, body, "")


def test_empty_content_is_no_answer(chat):
    assert read_reply(LETTERS, chat(None), "").reason == "the reply '' is none of A, B, C"
