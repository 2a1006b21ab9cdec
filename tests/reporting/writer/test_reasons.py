"""Causes are told only where the sentence tells them, and the same way round."""

from jobimpact.reporting.writer.verify import verify


def test_sound_rewordings_and_lies(judged):
    judged("reasons")


def test_no_cause_where_the_sentence_tells_none(saying):
    text = "Their share of all jobs is largest in West Virginia (3.3 %), South Dakota (3.2 %) and Delaware (2.9 %)"
    verdict = verify(f"Because t{text[1:]}.", saying(text))
    assert "unsupported causal claim" in " ".join(verdict.reasons)
