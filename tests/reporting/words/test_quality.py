import math

import pytest

from jobimpact.reporting.words.quality import likeness, lix


def test_lix_counts_words_sentences_and_long_words():
    assert lix(["One two three four."]) == 4
    assert lix(["Considerable preparation."]) == 2 + 100
    assert math.isnan(lix(["暴露度最高。"], "zh"))
    assert math.isnan(lix([]))


def test_likeness_is_whole_for_the_same_text_and_less_for_another():
    pytest.importorskip("rouge_score", reason="the extra reports is not installed")
    pytest.importorskip("sacrebleu", reason="the extra reports is not installed")
    same = [("Exposure is highest in Utah.", "Exposure is highest in Utah.")]
    assert likeness(same) == pytest.approx((1, 100))
    rouge, chrf = likeness([("Exposure is highest in Utah.", "It is lowest in Ohio.")])
    assert 0 < rouge < 1
    assert 0 < chrf < 100
    assert likeness([("暴露度最高", "暴露度最低")], "zh")[0] == pytest.approx(0.8)
    assert all(math.isnan(value) for value in likeness([]))
