import time
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import InputError
from jobimpact.exposure.doubt.plaintext import plain_text
from jobimpact.exposure.doubt.uncertain import DOUBT_COLUMNS, STRANGE, doubt_strange, doubts, widen
from jobimpact.exposure.encoder.limits import EncoderLimits, limits_of
from jobimpact.exposure.encoder.models import DEFAULT_MODEL, find_model
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.tables import check_table, table_columns

FOREIGN = tomllib.loads(Path(__file__).parents[1].joinpath("foreign_tasks.toml").read_text(encoding="utf-8"))


class FakeEncoder:
    files = find_model(DEFAULT_MODEL)


ENGLISH = limits_of(FakeEncoder())
LONG = "Check that the invoices of suppliers agree with the orders and that the goods have come, and enter them"


def reason_of(text, reading=ENGLISH):
    return doubts(pd.Series([text], dtype=object), reading).iloc[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no text"),
        (np.nan, "no text"),
        (7, "no text"),
        ("", "no text"),
        (" \n\t", "no text"),
        ("\u200b\ufeff", "no text"),
        ("12345", "no letters (numbers or signs only)"),
        ("3.14, 2.72; 100 %", "no letters (numbers or signs only)"),
        ("--- ***", "no letters (numbers or signs only)"),
        ("\ud800", "no letters (numbers or signs only)"),
        ("😀😀 👍🏽", "emoji only"),
        ("1️⃣ ✔️", "emoji only"),
        ("<p><br/></p>", "nothing but HTML"),
        ("<script>let x = 1</script>", "nothing but HTML"),
    ],
)
def test_nothing_to_score_has_a_reason(text, reason):
    assert reason_of(text).tolist() == [True, reason, True]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Bricklaying", "one word"),
        ("Data-entry", "one word"),
        ("test test test", "one word"),
        ("<p>Lay <b>bricks</b> in a course</p>", "HTML removed"),
        ("Lay bricks 🧱 in a course", "emoji in the text"),
        ("kg 45 12 67 89 90 % ml", "mostly numbers or signs"),
        ("Rechnungen prüfen und erfassen", "not English (looks like German)"),
        ("核对发票并把金额录入财务系统", "not English (in Chinese letters)"),
        ("翻译", "one word; not English (in Chinese letters)"),
        ("Lay bricks. Mix mortar. Clean tools.", "several sentences or tasks in one text"),
        ("- Lay bricks\n- Mix mortar\n- Clean tools", "several sentences or tasks in one text"),
        (" ".join([LONG] * 5), "several sentences or tasks in one text"),
        (
            " ".join([LONG] * 15),
            "several sentences or tasks in one text; longer than the 256 tokens that the encoder reads",
        ),
    ],
)
def test_doubtful_texts_are_scored_with_a_reason(text, reason):
    assert reason_of(text).tolist() == [True, reason, False]


@pytest.mark.parametrize(
    "text",
    [
        "Lay bricks",
        "Order supplies.",
        "R&amp;D planning for new engines",
        "Repair U.S. Navy radios, e.g. Those of Dr. Smith. Test them.",
        "Keep records of goods that come in,\nand of goods that go out,\nfor the head of the store\nand the auditors",
        "Find out if x < 5 and y > 3",
        "Weigh 20 kg sacks of flour",
    ],
)
def test_ordinary_tasks_are_not_doubted(text):
    doubt = doubts(pd.Series([text]), ENGLISH)
    assert doubt["uncertain"].tolist() == doubt["unscorable"].tolist() == [False]
    assert doubt["uncertain_reason"].isna().all()


def test_ten_thousand_words_are_scored_and_doubted():
    words = read_starter_tasks()["task"].str.cat(sep=" ").split()[:10_000]
    assert len(words) == 10_000
    uncertain, reason, unscorable = reason_of(" ".join(words))
    assert uncertain
    assert not unscorable
    assert "longer than the 256 tokens that the encoder reads" in reason


def test_the_starter_set_is_not_doubted():
    multilingual = EncoderLimits(frozenset({"zh", "en"}), 2000)
    for language, reading in (("en", ENGLISH), ("en", multilingual), ("zh", multilingual)):
        assert not doubts(read_starter_tasks(language=language)["task"], reading)["uncertain"].any()


@pytest.mark.publisher
def test_published_tasks_are_hardly_ever_doubted_and_soon_read(publisher_data):
    """Of 18,796 task statements of O*NET 30.1, 3 are doubted; in less than 2 s of processor time, detector loaded."""
    tasks = pd.read_csv(publisher_data / "task_exposure_parshall" / "onet_tasks_full_18k.csv.gz")["task_description"]
    doubts(tasks[:1], ENGLISH)
    start = time.process_time()
    tasks.map(plain_text)
    doubt = doubts(tasks, ENGLISH)
    assert time.process_time() - start < 2
    assert doubt["uncertain"].mean() < 0.002
    assert not doubt["unscorable"].any()


def test_index_order_and_table_are_kept():
    texts = pd.Series(["Lay bricks", None, "Bricklaying", "Lay bricks"], index=["b", "a", "b", 4], dtype=object)
    doubt = doubts(texts, ENGLISH)
    assert doubt.index.tolist() == ["b", "a", "b", 4]
    assert list(doubt.columns) == DOUBT_COLUMNS == table_columns("doubts")
    assert doubt["uncertain"].tolist() == [False, True, True, False]
    check_table("doubts", doubt)
    check_table("doubts", doubts(pd.Series(["Lay bricks"]), ENGLISH))
    assert doubts(pd.Series([], dtype=object), ENGLISH).empty


@given(st.lists(st.none() | st.floats() | st.text(st.characters(codec=None))))
@example(["<b>", "&#0;", "\ud800x", "\U000e0041", "\uff1cb\uff1e", "٣٤", "ｱｲｳ", "\u0300\u0301", "\U0001f1e9"])
def test_no_text_at_all_is_too_strange(texts):
    doubt = doubts(pd.Series(texts, dtype=object), ENGLISH)
    assert (doubt["uncertain"] == doubt["uncertain_reason"].notna()).all()
    assert (doubt["uncertain"] | ~doubt["unscorable"]).all()
    scored = [text for text, out in zip(texts, doubt["unscorable"], strict=True) if not out]
    assert all(any(letter.isalpha() for letter in plain_text(text)) for text in scored)


class TestReading:
    def test_the_default_encoder_reads_256_tokens_of_english(self):
        assert ENGLISH.languages == {"en"}
        assert (ENGLISH.limit, ENGLISH.unit) == (256, "tokens")
        assert not ENGLISH.cuts("word " * 254)
        assert ENGLISH.cuts("word " * 255)

    def test_an_encoder_without_files_is_not_asked(self):
        assert limits_of(object()) == EncoderLimits()
        assert not reason_of(FOREIGN["ru"][0], EncoderLimits())["uncertain"]

    def test_an_unknown_model_is_asked_about_length_alone(self, tmp_path):
        class Other:
            files = type("Files", (), {"name": "other", "folder": tmp_path})()

        assert limits_of(Other()) == EncoderLimits()
        (tmp_path / "tokenizer.json").write_bytes((FakeEncoder.files.folder / "tokenizer.json").read_bytes())
        (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 8}', encoding="utf-8")
        reading = limits_of(Other())
        assert (reading.languages, reading.limit) == (None, 8)
        assert not reason_of("Lay bricks in a straight course", reading)["uncertain"]
        assert reason_of("Lay bricks in a straight course of stone", reading)["uncertain_reason"] == (
            "longer than the 8 tokens that the encoder reads"
        )

    def test_the_multilingual_encoder_reads_characters(self):
        class Multilingual:
            files = type("Files", (), {"name": "multilingual"})()

        reading = limits_of(Multilingual())
        assert {"zh", "en", "de"} < reading.languages
        assert (reading.limit, reading.unit) == (2000, "characters")


class Gauge:
    """Calls a vector strange whose first number is above 1."""

    def is_strange(self, vectors):
        return vectors[:, 0] > 1


class TestStrange:
    texts = pd.Series(["Lay bricks", "100 %", "Bricklaying", "Once upon a time"], index=[3, 1, 1, 0])

    def test_reasons_are_added_to_scorable_rows(self):
        before = doubts(self.texts, ENGLISH)
        kept = before.copy()
        after = doubt_strange(before, np.array([[0.0], [2.0], [2.0]]), Gauge())
        pd.testing.assert_frame_equal(before, kept)
        assert after["uncertain"].tolist() == [False, True, True, True]
        assert after["uncertain_reason"].fillna("").tolist() == [
            "", "no letters (numbers or signs only)", f"one word; {STRANGE}", STRANGE,
        ]  # fmt: skip
        assert after["unscorable"].tolist() == [False, True, False, False]
        check_table("doubts", after)

    def test_vectors_of_all_rows_are_refused(self):
        with pytest.raises(InputError, match="4 vectors for 3 texts"):
            doubt_strange(doubts(self.texts, ENGLISH), np.zeros((4, 1)), Gauge())


def test_uncertain_intervals_are_as_wide_as_the_labels():
    low, high = np.array([0.2, 0.2, np.nan, np.nan]), np.array([0.4, 0.4, np.nan, np.nan])
    wide_low, wide_high = widen(low, high, np.array([False, True, False, True]))
    np.testing.assert_array_equal(wide_low, [0.2, 0.0, np.nan, np.nan])
    np.testing.assert_array_equal(wide_high, [0.4, 1.0, np.nan, np.nan])
    assert low[1] == 0.2


def test_every_threshold_is_an_assumption_within_its_range():
    for name, entry in read_assumptions("doubt").items():
        assert set(entry) == {"value", "unit", "range", "source", "description"}, name
        assert entry["range"][0] <= entry["value"] <= entry["range"][1], name
