import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.writer.lexicon import read_lexicon, read_writer, setting
from jobimpact.reporting.writer.reading import ordinary


@pytest.mark.parametrize("name", list(read_writer()["settings"]))
def test_settings_are_described_and_within_their_range(name):
    entry = read_writer()["settings"][name]
    assert set(entry) == {"value", "unit", "range", "source", "description"}
    assert entry["range"][0] <= entry["value"] <= entry["range"][1]
    assert setting(name) == entry["value"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_phrase_has_one_role(language):
    lexicon = read_lexicon(language)  # refuses a phrase with two roles
    assert {entry.role for entry in lexicon.entries.values()} >= {"direction", "superlative", "negation", "refused", "content"}


def test_words_of_opposite_meaning_have_different_concepts():
    entries = read_lexicon().entries
    for first, second in [("higher", "lower"), ("highest", "lowest"), ("rises", "falls"), ("more", "less"), ("all", "most")]:
        assert entries[(first,)].concept != entries[(second,)].concept


@pytest.mark.parametrize("word", ["not", "because", "will", "lost", "replace", "most", "more than", "at least", "twice", "risk"])
def test_words_that_change_a_meaning_are_never_free(word):
    entry = read_lexicon().entries[tuple(word.split())]
    assert entry.role in {"rather", "negation", "refused", "quantifier", "bound", "reason"}


def test_a_name_of_wording_is_told_from_other_names():
    lexicon = read_lexicon()
    assert ordinary("lower", lexicon)
    assert ordinary("Jobs in Sectors", lexicon)
    assert not ordinary("Finance and Insurance", lexicon)
    assert not ordinary("lowest-paid fifth", lexicon)


def test_a_language_without_words_is_one_line():
    with pytest.raises(InputError, match=r"language .fr.: no text in it can be verified; data/writer\.toml has en, zh"):
        read_lexicon("fr")
