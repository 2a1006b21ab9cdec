"""Whatever a language model answers, every sentence is one that a person wrote, with figures from its claims."""

import math
import re
import string
from collections import Counter
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.words.narrative import fields
from jobimpact.reporting.words.phrasebook import LETTERS, choose_wordings, replay
from jobimpact.reporting.words.wording import LANGUAGES, wording

REPORTS = [("overview", ""), ("sector", "52"), ("occupation", "15-1252"), ("state", "06")]
# Parts of data/narrative.toml that these four reports say, besides caveats and methods, which stay as they are.
PARTS = ("sentences", "people", "certainty", "sector", "occupation", "state")


def statements(language, parts=PARTS):
    return [
        (f"{part}.{entry['topic']}", (choice["text"], *choice.get("others", ())))
        for part in parts
        for entry in wording(language)[part]
        for choice in entry["wordings"]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_statement_has_four_wordings(language):
    few = [(name, texts[0]) for name, texts in statements(language) if not 4 <= len(set(texts)) == len(texts) <= len(LETTERS)]
    assert not few


@pytest.mark.parametrize("language", LANGUAGES)
def test_wordings_of_a_statement_have_the_same_slots_and_no_digit(language):
    for name, texts in statements(language, (*PARTS, "comparison", "model", "caveats", "method")):
        for text in texts:
            assert Counter(fields(text)) == Counter(fields(texts[0])), (name, text)
            assert not re.search(r"\d", "".join(literal for literal, *_ in string.Formatter().parse(text))), (name, text)
            assert text.endswith("。" if language == "zh" else "."), (name, text)
            # A name or a word of direction may begin with a small letter, a figure should not begin a sentence.
            assert language == "zh" or text[0].isupper(), (name, text)


@pytest.fixture(scope="module")
def composed(study):
    @cache
    def make(report_type, key, language):
        return compose(Request(study, report_type, language, key))

    return make


class Chooser:
    """A model that does what it is told."""

    model_id = "made-up"

    def __init__(self, shares):
        self.shares = shares


numbers = st.lists(st.floats() | st.integers(-2, 2) | st.none() | st.text(max_size=3), max_size=12)
nonsense = st.none() | st.text(max_size=11) | st.integers() | numbers
shares = st.lists(st.floats(0, 1), min_size=10, max_size=10)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), report=st.sampled_from(REPORTS), language=st.sampled_from(LANGUAGES))
def test_every_sentence_is_one_that_a_person_wrote(composed, data, report, language):
    document = composed(*report, language)

    def answer(question, letters):
        kind = data.draw(st.sampled_from(["random", "nonsense", "error", "never"]))
        if kind == "error":
            raise data.draw(st.sampled_from([OSError("no reply"), ValueError(), KeyError("B"), TimeoutError("late")]))
        if kind == "random":
            return data.draw(shares)[: len(letters)]
        return data.draw(nonsense) if kind == "nonsense" else ()

    reworded, choices = choose_wordings(document, Chooser(answer))
    plain = list(document.sentences())
    for before, after, choice in zip(plain, reworded.sentences(), choices, strict=True):
        assert after.text in before.texts
        assert after.claims == before.claims
        assert bool(after.written_by) == (choice.outcome == "chosen")
        assert after.text == before.text or choice.outcome == "chosen"
        assert (choice.outcome == "not asked") == (len(before.texts) == 1)
    again, wrong = replay(document, reworded.tables["written_sentences"])
    assert not wrong
    assert [sentence.text for sentence in again.sentences()] == [sentence.text for sentence in reworded.sentences()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_wordings_are_templates_filled_with_claims(composed, language):
    for report in REPORTS:
        for sentence in composed(*report, language).sentences():
            assert sentence.parts == (sentence.wordings or (sentence.parts,))[0]
            for parts in sentence.wordings:
                figures = Counter(part for part in parts if not isinstance(part, str))
                assert figures == Counter(part for part in sentence.parts if not isinstance(part, str))
                assert not [part for part in parts if isinstance(part, str) and re.search(r"\d", part)]


def test_the_most_probable_wording_is_printed_whatever_letter_a_model_leans_to(composed):
    document = composed("sector", "52", "en")
    asked = []

    def second(question, letters):
        """Lean to the letter A, and to the second wording a little."""
        if "A. ..." in question:
            return [0.8] + [0.2 / (len(letters) - 1)] * (len(letters) - 1)
        asked.append(question)
        return [0.6, 0.3] + [0.1 / (len(letters) - 2)] * (len(letters) - 2)

    reworded, choices = choose_wordings(document, Chooser(second))
    chosen = [choice for choice in choices if choice.outcome == "chosen"]
    assert {choice.index for choice in chosen} == {1}
    n = len(chosen[0].sentence.texts)
    assert math.isclose(chosen[0].share, 1.5 * (n - 1) / (0.75 + 2 * (n - 1)))
    text_so_far = asked[1].partition("\n\n")[0]
    assert text_so_far.endswith(chosen[0].printed("x").text)
    assert f"\nB. {chosen[1].sentence.texts[1]}\n" in asked[1]
    quality = reworded.tables["writing_quality"].iloc[0]
    assert quality["n_asked"] == quality["n_chosen"] == quality["n_changed"] == len(chosen) == len(asked)
    assert quality["share_changed"] == len(chosen) / len(choices)
    assert quality["lix"] != quality["lix_default"]


def test_a_model_that_fails_is_not_asked_for_ever(composed):
    calls = []

    def fail(question, letters):
        calls.append(letters)
        raise OSError("connection refused")

    reworded, choices = choose_wordings(composed("state", "06", "en"), Chooser(fail))
    assert len(calls) == 3
    failed = [choice for choice in choices if choice.outcome == "failed"]
    assert failed[0].reason == "OSError: connection refused"
    assert failed[-1].reason == "not asked again, as no answer came before"
    assert reworded.tables["writing_quality"]["n_failed"].item() == len(failed) > 10
    assert not any(sentence.written_by for sentence in reworded.sentences())
