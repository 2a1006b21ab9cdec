"""What each word does to a score, by leaving it out."""

import pandas as pd
import pytest
from support.reasons_planted import PlantedEncoder, PlantedHeads

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.errors import UntriedWordsWarning
from jobimpact.exposure.explain.occlusion import agreement_of_occlusions, explain_words, split_words
from jobimpact.tables import table_columns


def single(words, row=1):
    part = words[(words["n_words"] == 1) & (words["row"] == row)]
    return dict(zip(part["words"], part["effect"], strict=True))


class TestWords:
    def test_the_word_that_decides_has_the_whole_effect_and_fillers_have_none(self):
        words = explain_words(["Please write the letter, then lift it."], PlantedEncoder(), PlantedHeads())
        assert list(words.columns) == table_columns("word_effects")
        assert single(words) == pytest.approx(
            {"Please": 0, "write": 0.6, "the": 0, "letter": 0, "then": 0, "lift": -0.2, "it": 0}, abs=1e-6
        )
        shares = words[words["n_words"] == 1].set_index("words")["share"]
        assert shares["write"] == pytest.approx(0.75)
        assert shares.sum() == pytest.approx(1)

    def test_phrases_are_all_runs_of_two_and_three_words(self):
        text = "write one letter now"
        words = explain_words([text], PlantedEncoder(), PlantedHeads())
        phrases = words[words["n_words"] > 1]
        assert phrases["words"].tolist() == ["write one", "one letter", "letter now", "write one letter", "one letter now"]
        assert [text[start:end] for start, end in zip(words["start"], words["end"], strict=True)] == words["words"].tolist()
        assert phrases["effect"].tolist() == pytest.approx([0.6, 0, 0, 0.6, 0], abs=1e-6)

    def test_hidden_and_left_out_agree_where_words_act_alone(self):
        words = explain_words(["write the long letter", "lift"], PlantedEncoder(), PlantedHeads())
        agreement = agreement_of_occlusions(words)
        assert agreement.to_dict() == {1: pytest.approx(1)}
        turned = words.assign(effect_masked=-words["effect_masked"])
        assert agreement_of_occlusions(turned)[1] == pytest.approx(-1)

    def test_all_variants_of_all_texts_are_encoded_at_once(self):
        encoder = PlantedEncoder()
        explain_words(["write a letter", "lift a box", None], encoder, PlantedHeads())
        assert encoder.calls == 1

    def test_many_texts_are_scored_in_groups_with_the_same_result(self, monkeypatch):
        texts = ["write a letter", "", "lift a box now", "check"]
        whole = explain_words(texts, PlantedEncoder(), PlantedHeads())
        monkeypatch.setitem(read_assumptions("reasons")["variants_at_once"], "value", 5)
        encoder = PlantedEncoder()
        pd.testing.assert_frame_equal(explain_words(texts, encoder, PlantedHeads()), whole)
        assert encoder.calls == 3

    @pytest.mark.parametrize("text", ["write", "  write! ", "🦤"])
    def test_one_word_has_a_row_without_effect(self, text):
        words = explain_words([text], PlantedEncoder(), PlantedHeads())
        assert len(words) == 1
        assert words[["effect", "effect_masked", "share"]].isna().all(axis=None)

    def test_two_words_are_not_left_out_together(self):
        words = explain_words(["write letters"], PlantedEncoder(), PlantedHeads())
        assert words["n_words"].tolist() == [1, 1]
        assert words["effect"].notna().all()

    def test_nothing_moves_a_flat_score(self):
        words = explain_words(["check the bills"], PlantedEncoder(), PlantedHeads())
        assert (words["share"] == 0).all()

    def test_long_texts_are_tried_in_part_and_it_is_said(self):
        most = assumption("reasons", "most_words")
        text = " ".join(f"w{place}" for place in range(most)) + " write" * 5
        with pytest.warns(
            UntriedWordsWarning, match=rf"1 of 2 texts have more than {most} words.*first: row 2 \({most + 5} words"
        ):
            words = explain_words(["check bills", text], PlantedEncoder(), PlantedHeads())
        tried = words[(words["row"] == 2) & (words["n_words"] == 1)]
        assert len(tried) == most
        assert (tried["words"] != "write").all()

    def test_no_text_is_an_empty_table(self):
        assert explain_words([None, " "], PlantedEncoder(), PlantedHeads()).empty

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Check bills, then pay", ["Check", "bills,", "then", "pay"]),
            ("- Check (all) bills -", ["- Check", "(all)", "bills -"]),
            ("撰写报告，然后", ["撰", "写", "报", "告，", "然", "后"]),
            ("用Excel制表。", ["用", "Excel", "制", "表。"]),
            ("<b>write</b> 👩‍💻 code", ["<b>write</b>", "👩‍💻", "code"]),
            ("...", ["..."]),
            ("", []),
        ],
    )
    def test_split_words(self, text, expected):
        assert [text[start:end] for start, end in split_words(text)] == expected

    def test_chinese_is_tried_by_characters(self):
        words = explain_words(["请撰写报告。"], PlantedEncoder(), PlantedHeads())
        assert single(words) == pytest.approx({"请": 0, "撰": 0.6, "写": 0, "报": 0, "告": 0}, abs=1e-6)
        assert "请写报告。" in _seen("请撰写报告。")


def _seen(text):
    encoder = PlantedEncoder()
    explain_words([text], encoder, PlantedHeads())
    return encoder.seen
