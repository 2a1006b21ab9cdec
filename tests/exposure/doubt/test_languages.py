import tomllib
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.exposure.doubt.languages import foreign_language, letter_script, read_languages
from jobimpact.exposure.encoder.multilingual import _LONGEST_READ
from jobimpact.sources.tasks.starter import read_starter_tasks

FOREIGN = tomllib.loads(Path(__file__).parents[1].joinpath("foreign_tasks.toml").read_text(encoding="utf-8"))
ENGLISH = frozenset({"en"})
KNOWN = frozenset(read_languages()["encoders"]["multilingual"]["value"])


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_not_english(language):
    reasons = [foreign_language(text, ENGLISH) for text in FOREIGN[language]]
    assert all(reason and reason.startswith("not English (") for reason in reasons)


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "pt", "nl", "pl", "sv"])
def test_the_language_is_named(language):
    name = read_languages()["languages"][language]
    right = [foreign_language(text, ENGLISH) == f"not English (looks like {name})" for text in FOREIGN[language]]
    assert sum(right) >= 18


@pytest.mark.parametrize("language", FOREIGN)
def test_the_multilingual_encoder_knows_all_but_swedish_and_hindi(language):
    doubted = [foreign_language(text, KNOWN) is not None for text in FOREIGN[language]]
    assert set(doubted) == {language in {"sv", "hi"}}


def test_own_english_and_chinese_tasks_are_in_known_languages():
    english, chinese = (read_starter_tasks(language=language)["task"] for language in ("en", "zh"))
    assert not english.map(lambda text: foreign_language(text, ENGLISH)).any()
    assert not english.map(lambda text: foreign_language(text, KNOWN)).any()
    assert not chinese.map(lambda text: foreign_language(text, KNOWN)).any()


@pytest.mark.publisher
def test_fewer_than_two_in_a_thousand_published_tasks_are_doubted(publisher_data):
    """All 18,796 task statements of O*NET 30.1 are English: 3 are doubted."""
    tasks = pd.read_csv(publisher_data / "task_exposure_parshall" / "onet_tasks_full_18k.csv.gz")["task_description"]
    doubted = tasks.map(lambda text: foreign_language(text, ENGLISH) is not None)
    assert len(doubted) == 18_796
    assert doubted.mean() < 0.002


def test_names_and_signs_of_other_scripts_do_not_make_a_text_foreign():
    for text in (
        "Dose β-blockers for patients",
        "Measure resistance in kΩ with a meter",
        "Serve jalapeño crêpes at the bar",
    ):
        assert foreign_language(text, ENGLISH) is None


def test_letters_that_make_no_words_are_hardly_english():
    assert foreign_language("qqq www eee rrr ttt yyy", ENGLISH) == "hardly English"


def test_japanese_is_told_by_its_own_letters():
    assert foreign_language("請求書を確認する", ENGLISH) == "not English (in Japanese letters)"
    assert foreign_language("核对发票", ENGLISH) == "not English (in Chinese letters)"
    assert foreign_language("ᚠᚢᚦᚨᚱᚲ", ENGLISH) == "not English (in Runic letters)"


def test_one_word_is_judged_by_its_script_alone():
    assert foreign_language("Übersetzungswissenschaft", ENGLISH, by_words=False) is None
    assert foreign_language("Перевод", ENGLISH, by_words=False) == "not English (in Cyrillic letters)"


def test_letters_have_scripts():
    assert [letter_script(letter) for letter in "aß中かЖ\uff21\uff71"] == [
        "LATIN", "LATIN", "CJK", "HIRAGANA", "CYRILLIC", "LATIN", "KATAKANA",
    ]  # fmt: skip


def test_every_language_is_one_the_detector_knows():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    stored = read_languages()
    named = set(stored["languages"])
    assert named <= set(LanguageIdentifier.from_model_file(MODEL_FILE).labels)
    assert all(set(entry["value"]) <= named for entry in stored["encoders"].values())
    assert all(set(entry["languages"]) <= named for entry in stored["scripts"].values())
    assert stored["characters"]["multilingual"]["value"] == _LONGEST_READ
