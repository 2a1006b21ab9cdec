"""Reasons with a planted encoder and planted heads, of which it is known which words decide; and with the real ones."""

import json

import numpy as np
import pandas as pd
import pytest

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.errors import EmptyTextWarning, InputError, SourceError, UntriedWordsWarning
from jobimpact.exposure.reasons import (
    Explainer,
    agreement_of_occlusions,
    explain,
    explain_words,
    load_explainer,
    nearest_tasks,
    neighbour_means,
    read_reference,
    split_words,
)
from jobimpact.sources.fetch import add
from jobimpact.sources.labels import read_eloundou_labels
from jobimpact.tables import table_columns

PULL = {"write": 0.6, "撰": 0.6, "lift": -0.2}  # what each word adds to beta; every other word nothing
START = 0.3
REFERENCE = pd.DataFrame(
    {
        "reference": "eloundou-labels",
        "onetsoc_code": ["27-3043.00", "53-7062.00", "13-2011.00", "13-2011.00", "27-3043.00"],
        "title": ["Writers", "Movers", "Accountants", "Accountants", "Writers"],
        "task": ["write short stories", "lift heavy boxes", "check bills", "Check  bills", "write ads"],
        "human": ["E1", "E0", "E2", "E0", "E1"],
        "gpt4": ["E1", "E0", "E2", "E2", "E1"],
        "gpt4_alt": ["E1", "E0", "E1", "E1", "E1"],
    }
)


class PlantedEncoder:
    """Letters of the text, hashed; the last number carries the planted beta."""

    key = weights_hash = "planted"

    def __init__(self):
        self.calls, self.seen = 0, []

    def encode(self, texts):
        self.calls += 1
        self.seen += list(texts)
        assert all(text.strip() for text in texts)
        rows = np.zeros((len(texts), 65), dtype="f4")
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[sum(map(ord, word)) % 64] += 1
            row[:64] /= np.linalg.norm(row[:64]) or 1
            row[64] = START + sum(text.lower().count(word) * pull for word, pull in PULL.items())
        return rows


class PlantedHeads:
    encoder_hash_ = "planted"
    heads_ = ("human", "gpt4", "gpt4_alt", "gpt4_automation")

    def predict_proba(self, vectors):
        beta = np.clip(vectors[:, 64].astype(float), 0, 1)
        label = np.column_stack([1 - beta, beta, np.zeros(len(beta))])
        return dict.fromkeys(("human", "gpt4", "gpt4_alt"), label) | {"gpt4_automation": np.full((len(beta), 5), 0.2)}

    def beta_interval(self, probabilities, *_):
        beta = probabilities[:, 1]
        return np.maximum(beta - 0.1, 0), np.minimum(beta + 0.1, 1)


class WordsOnly(PlantedEncoder):
    """The same without the planted number: unit vectors, as an encoder gives them."""

    def encode(self, texts):
        return super().encode(texts)[:, :64]


def planted_explainer(reference=REFERENCE):
    similar = WordsOnly()
    return Explainer(PlantedEncoder(), PlantedHeads(), similar, reference, similar.encode(reference["task"].tolist()), "[MASK]")


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


def write_labels(folder):
    """Write three tasks of our own words in the authors' layout."""
    authors = {
        "O*NET-SOC Code": ["11-1011.00", "11-1011.00", "53-7121.00"],
        "Task ID": [8823.0, 20461.0, 12810.0],
        "Task": ["Decide what the plan of the year is", "Open the yearly meeting", "Pump grain into a ship"],
        "Task Type": ["Core", None, "Supplemental"],
        "Title": ["Chief Executives", "Chief Executives", "Loaders"],
        "human_exposure_agg": ["E2", "E0", "E0"],
        "gpt4_exposure": ["E1", "E0", "E0"],
        "gpt4_exposure_alt_rubric": ["E2", "E1", "E0"],
        "gpt4_automation": ["T2", "T1", "T0"],
    }
    path = folder / "full_labelset.tsv"
    pd.DataFrame(authors).to_csv(path, sep="\t")
    return path


def _seen(text):
    encoder = PlantedEncoder()
    explain_words([text], encoder, PlantedHeads())
    return encoder.seen


class TestNearest:
    def test_nearest_of_a_labelled_text_is_itself(self):
        found = nearest_tasks(REFERENCE["task"].tolist(), WordsOnly(), REFERENCE, n=2)
        assert list(found.columns) == table_columns("nearest_tasks")
        first = found[found["rank"] == 1]
        assert first["row"].tolist() == [1, 2, 3, 4, 5]
        assert first["similarity"].tolist() == pytest.approx([1] * 5, abs=1e-6)
        assert first["human"].tolist() == ["E1", "E0", "E2", "E2", "E1"]

    def test_a_text_that_several_occupations_have_is_one_neighbour(self):
        found = nearest_tasks(["check bills"], WordsOnly(), REFERENCE, n=10)
        assert len(found) == 4
        assert found["n_same_text"].tolist()[0] == 2
        assert found["task"].str.casefold().str.split().map(tuple).is_unique
        assert (found["similarity"].diff().dropna() <= 0).all()

    def test_vectors_at_hand_give_the_same(self):
        encoder = WordsOnly()
        vectors = encoder.encode(REFERENCE["task"].tolist())
        texts = ["write bills", None, "lift ads"]
        plain = nearest_tasks(texts, encoder, REFERENCE)
        pd.testing.assert_frame_equal(nearest_tasks(texts, encoder, REFERENCE, vectors=vectors), plain)
        assert set(plain["row"]) == {1, 3}

    def test_bad_requests(self):
        with pytest.raises(InputError, match="expected 1 or more"):
            nearest_tasks(["write"], WordsOnly(), REFERENCE, n=0)
        with pytest.raises(InputError, match="found no column 'title'"):
            nearest_tasks(["write"], WordsOnly(), REFERENCE.drop(columns="title"))
        with pytest.raises(InputError, match="found no rows"):
            nearest_tasks(["write"], WordsOnly(), REFERENCE.iloc[:0])
        assert nearest_tasks([None, ""], WordsOnly(), REFERENCE).empty

    def test_neighbours_of_held_out_tasks_are_of_other_occupations(self):
        labels = REFERENCE.assign(soc_code=REFERENCE["onetsoc_code"].str[:7])
        vectors = WordsOnly().encode(labels["task"].tolist())
        held_out = (labels["soc_code"] == "27-3043").to_numpy()
        assert neighbour_means(labels, vectors, held_out, n=3).tolist() == [(0 + 0.5 + 0) / 3] * 2

    def test_fresh_install_has_the_starter_tasks_and_labels_once_they_are_added(self, data_home, tmp_path):
        starter = read_reference()
        assert set(starter["reference"]) == {"starter"}
        assert starter[["human", "gpt4", "gpt4_alt"]].isna().all(axis=None)
        with pytest.raises(SourceError, match="jobimpact sources pull eloundou-labels"):
            read_reference("eloundou-labels")
        with pytest.raises(InputError, match="'labels' is not known"):
            read_reference("labels")
        add("eloundou-labels", write_labels(tmp_path))
        labelled = read_reference()
        assert set(labelled["reference"]) == {"eloundou-labels"}
        assert labelled["human"].tolist() == ["E2", "E0", "E0"]
        assert set(read_reference("starter")["reference"]) == {"starter"}

    def test_chinese_starter_tasks(self, data_home):
        english, chinese = read_reference(), read_reference(language="zh")
        assert english["onetsoc_code"].tolist() == chinese["onetsoc_code"].tolist()
        assert not chinese["task"].str.isascii().any()


class TestExplanation:
    def test_holds_scores_neighbours_and_words(self):
        found = explain(["write  a story", "lift"], planted_explainer(), n=3)
        assert found.scores["task"].tolist() == ["write a story", "lift"]
        assert found.scores["beta"].tolist() == pytest.approx([0.9, 0.1])
        assert found.nearest.groupby("row").size().tolist() == [3, 3]
        # The model's own score of a neighbour stands beside its labels.
        own = found.nearest.drop_duplicates("task").set_index("task")["beta"]
        assert own["write ads"] == pytest.approx(0.9)
        assert own["check bills"] == pytest.approx(0.3)
        assert found.reference == "eloundou-labels"
        assert found.labelled

    def test_rows_without_text_are_said_and_have_no_reasons(self):
        with pytest.warns(EmptyTextWarning, match="1 of 2"):
            found = explain([None, "write ads"], planted_explainer())
        assert found.scores["beta"].isna().tolist() == [True, False]
        assert set(found.nearest["row"]) == set(found.words["row"]) == {2}
        assert found.to_text().startswith("No score: no text.")
        for texts in ([], [None], [" ", "\n"]):
            with pytest.raises(InputError, match="none that can be scored"):
                explain(texts, planted_explainer())

    def test_text_says_score_labels_and_words(self):
        text = explain(["please write a story"], planted_explainer()).to_text()
        assert "Exposure (beta) 0.90, 90 % interval 0.80 to 1.00" in text
        assert "labels: human E1, GPT-4 E1, GPT-4, other rubric E1; model 0.90" in text
        assert "+0.60  write" in text
        assert "they disagree" in text  # labels of the four neighbours average 0.63
        assert "rank correlation 1.00): steady" in text
        assert "{" not in text

    def test_neighbours_that_agree_and_neighbours_that_are_far(self):
        agreeing = explain(["write ads"], planted_explainer(), n=2).to_text()
        assert "average 1.00, the score is 0.90: they agree" in agreeing
        assert "No labelled task is close" not in agreeing
        assert "No labelled task is close" in explain(["zebra xylophone"], planted_explainer()).to_text()

    def test_starter_tasks_are_called_no_second_opinion(self, data_home, tmp_path):
        reference = REFERENCE.assign(reference="starter", human=None, gpt4=None, gpt4_alt=None)
        found = explain(["write ads"], planted_explainer(reference))
        assert not found.labelled
        text = found.to_text()
        assert "no second opinion" in text
        assert "jobimpact sources pull eloundou-labels" in text
        assert "labels:" not in text
        add("eloundou-labels", write_labels(tmp_path))
        assert "--reference eloundou-labels compares" in found.to_text()

    def test_chinese_wording(self):
        text = explain(["请撰写报告", "写"], planted_explainer()).to_text("zh")
        assert "暴露度（beta）0.90" in text
        assert "+0.60  撰" in text
        assert "文本只有一个词" in text
        words = read_assumptions("reasons")
        assert set(words["en"]) == set(words["zh"])
        for name, sentence in words["en"].items():
            if isinstance(sentence, str):
                fields = {part.partition("}")[0] for part in sentence.split("{")[1:]}
                assert fields == {part.partition("}")[0] for part in words["zh"][name].split("{")[1:]}, name

    def test_table_and_records_hold_everything(self):
        found = explain(["write ads", "=1+1 <b>lift</b> boxes"], planted_explainer())
        table = found.to_table()
        assert list(table.columns) == table_columns("explanations")
        assert table.groupby("part").size().to_dict() == {
            "nearest": len(found.nearest), "score": 2, "words": len(found.words),
        }  # fmt: skip
        assert table["row"].is_monotonic_increasing
        records = json.loads(json.dumps(found.to_records(), allow_nan=False))
        assert [record["task"] for record in records] == ["write ads", "=1+1 lift boxes"]
        assert records[0]["nearest"][0]["human"] == "E1"
        assert records[0]["words"][0]["effect"] == pytest.approx(0.6)
        assert records[0]["agreement"] is None

    @pytest.mark.parametrize("text", ["[MASK] [SEP] {beta} %s", "if a < b > c & d", "write 😀", "x" * 3000, "lift"])
    def test_odd_texts_are_explained_and_what_is_uncertain_is_said(self, text):
        found = explain([text], planted_explainer())
        assert found.scores["beta"].notna().all()
        assert found.to_text().startswith(text)
        reason = found.scores["uncertain_reason"].iloc[0]
        assert ("Uncertain: " in found.to_text()) == isinstance(reason, str)

    @pytest.mark.parametrize(("text", "why"), [("😀 😀", "emoji"), ("7 8 9", "no letters"), ("<script>alert(1)</script>", "")])
    def test_texts_without_words_are_refused_or_missing_with_their_reason(self, text, why):
        with pytest.raises(InputError, match=rf"none that can be scored \(.*{why}.*\); expected a task"):
            explain([text], planted_explainer())
        with pytest.warns(EmptyTextWarning):
            found = explain([text, "write ads"], planted_explainer())
        assert found.scores["beta"].isna().tolist() == [True, False]
        assert f"No score: {found.scores['uncertain_reason'].iloc[0]}." in found.to_text()
        assert set(found.words["row"]) == set(found.nearest["row"]) == {2}


def test_every_assumption_is_documented():
    for name, entry in read_assumptions("reasons").items():
        if name in ("en", "zh"):
            continue
        assert set(entry) == {"value", "unit", "range", "source", "description"}, name
        if isinstance(entry["range"], list):
            assert entry["range"][0] <= entry["value"] <= entry["range"][1], name


@pytest.mark.slow
def test_real_model_explains_and_keeps_no_vector_of_the_text(data_home):
    explainer = load_explainer(reference="starter", device="cpu", precision="fp32")
    kept = explainer.reference["task"].iloc[40]
    found = explain([kept, "Translate the the user manual into Spanish"], explainer)
    own = found.nearest[(found.nearest["row"] == 1) & (found.nearest["rank"] == 1)].iloc[0]
    assert own["task"] == kept
    assert own["similarity"] == pytest.approx(1, abs=1e-5)
    assert own["beta"] == found.scores["beta"].iloc[0]
    effects = found.words[(found.words["row"] == 2) & (found.words["n_words"] == 1)].set_index("position")["effect"]
    assert abs(effects[2]) < assumption("reasons", "clear_effect")  # a repeated article
    assert explainer.encoder.cache is False


@pytest.mark.slow
@pytest.mark.publisher
def test_neighbours_are_worth_what_is_said_of_them(publisher_data):
    """r .631 of 5 neighbours by the published encoder with held-out human labels, and 99 of 100 as near as close_similarity."""
    from jobimpact.exposure.encoder import SentenceEncoder
    from jobimpact.exposure.splits import assign_folds

    labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
    held_out = np.isin(assign_folds(labels, n_folds=20, seed=0), (0, 1))
    vectors = SentenceEncoder(adapter=None, device="cpu").encode(labels["task"].tolist())
    means = neighbour_means(labels, vectors, held_out)
    human = labels.loc[held_out, "human"].map({"E0": 0.0, "E1": 1.0, "E2": 0.5})
    assert np.corrcoef(means, human)[0, 1] == pytest.approx(0.631, abs=0.005)
    reference = labels[~held_out].assign(reference="eloundou-labels")
    nearest = nearest_tasks(
        labels.loc[held_out, "task"].tolist(), SentenceEncoder(adapter=None, device="cpu"), reference, n=1,
        vectors=vectors[~held_out],
    )  # fmt: skip
    assert (nearest["similarity"] >= assumption("reasons", "close_similarity")).mean() > 0.985
