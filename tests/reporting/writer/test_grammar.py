"""A text that has lost a part, so that its joining words join nothing, is refused."""

import pytest

from jobimpact.reporting.words.narrative import Name, Sentence
from jobimpact.reporting.writer.verify import verify

BROKEN = {
    "Exposure is higher in Finance and Insurance (0.48) than in Retail Trade (0.20) of.": "'of .' joins nothing",
    "Exposure is higher in Finance and Insurance (0.48) than in for Retail Trade (0.20).": "'in for' joins nothing",
    "Exposure is higher in Finance and Insurance (0.48 and) than in Retail Trade (0.20).": "'and )' joins nothing",
    "Exposure is higher in the, Finance and Insurance (0.48) than in Retail Trade (0.20).": "'the ,' joins nothing",
    "Exposure is higher in Finance and Insurance (0.48 there) than in Retail Trade (0.20).": "'there )' joins nothing",
    "The is exposure higher in Finance and Insurance (0.48) than in Retail Trade (0.20).": "'the is' joins nothing",
    "Exposure is up to higher in Finance and Insurance (0.48) than in Retail Trade (0.20).": "'up to' has no beginning",
    "Exposure is higher in Finance and Insurance (up to 0.48) than in Retail Trade (0.20).": "'up to' has no beginning",
}


@pytest.mark.parametrize("text", BROKEN)
def test_joining_words_that_join_nothing(text, sector_sentence):
    verdict = verify(text, sector_sentence())
    assert not verdict.accepted
    assert BROKEN[text] in verdict.reasons


def test_texts_that_have_lost_a_part(judged):
    """Some are of a small model and were once accepted."""
    judged("grammar")


def test_a_sentence_with_two_verbs(claim):
    jobs = claim("3.6 million", "0", table="mix_occupations", column="tot_emp", value=3.6e6, unit="million jobs")
    sentence = Sentence("largest", "body", ("Its largest covered occupations are ", Name("Cashiers", "mix_occupations", "0"),
                        " (", jobs, " jobs)."), (jobs,))  # fmt: skip
    assert verify("The largest of its covered occupations are Cashiers (3.6 million jobs).", sentence).accepted
    verdict = verify("It is the largest covered occupations are Cashiers (3.6 million jobs).", sentence)
    assert "a clause has two verbs" in verdict.reasons
