import math

import pytest

from jobimpact.reporting.writer.generate import Outcome, rewrite_sentences
from jobimpact.reporting.writer.quality import lix, measure_writing, written_sentences
from jobimpact.tables import check_table

pytest.importorskip("rouge_score", reason="the extra reports is not installed")
pytest.importorskip("sacrebleu", reason="the extra reports is not installed")


class Parrot:
    model_id = "parrot"

    def __init__(self, *replies):
        self.replies = replies

    def write(self, conversations, seed=None):
        for number in range(len(conversations)):
            yield number, self.replies[number], ""


def measured(sentences, *replies):
    outcomes = rewrite_sentences(sentences, (), Parrot(*replies))
    return check_table("writing_quality", measure_writing(outcomes, "parrot")).iloc[0], outcomes


def test_counts_and_kept_claims(sector_sentence):
    sentence, other = sector_sentence(), sector_sentence("Utilities", "Construction")
    row, outcomes = measured(
        [sentence], "Exposure is higher in [N1] ([C1]) than in [N2], a difference of 0.28."
    )  # fmt: skip
    assert (row["n_sentences"], row["n_asked"], row["n_rejected"], row["n_accepted"]) == (1, 1, 1, 0)
    assert row["claim_recall"] == 3 / 4  # the figure of the second name is missing
    assert row["claim_precision"] == 3 / 4  # 0.28 is none of the sentence's
    assert row["printed_claim_recall"] == row["printed_claim_precision"] == 1
    assert math.isnan(row["rouge_l"])
    table = check_table("written_sentences", written_sentences(outcomes, "parrot"))
    assert table.loc[0, "written_text"].endswith("a difference of 0.28.")
    assert table.loc[0, "outcome"] == "rejected"
    row, _ = measured([sentence, other], "Exposure is lower in [N2] ([C2]) than in [N1] ([C1]).")
    assert (row["n_accepted"], row["claim_recall"], row["claim_precision"]) == (2, 1, 1)
    assert 0 < row["rouge_l"] < 1
    assert 0 < row["chrf"] < 100


def test_likeness_of_a_text_to_itself_is_full(sector_sentence):
    sentence = sector_sentence()
    row = measure_writing([Outcome(sentence, sentence, "accepted", sentence.text, (), 1)], "m").iloc[0]
    assert row["rouge_l"] == 1
    assert row["chrf"] == pytest.approx(100)


def test_lix_by_hand():
    """Björnsson 1968: words per sentence plus the percentage of words of more than six letters: 10/2 + 100 * 2/10."""
    assert lix(["Exposure is highest in Utah.", "It is low in Ohio."]) == 25
    assert math.isnan(lix([]))
    assert math.isnan(lix(["暴露度最高。"], "zh"))
