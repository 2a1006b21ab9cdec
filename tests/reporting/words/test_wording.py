"""The words of reports: no digit, no forbidden word, the same in both languages; Chinese names and numbers."""

import math
import re
import string

import pytest

from jobimpact.reporting.words.narrative import constants, fields
from jobimpact.reporting.words.wording import LANGUAGES, format_cell, format_value, read_narrative, report_words, wording
from jobimpact.sources.jobs.employment import read_employment

CARDS = ("sentences", "sector", "occupation", "state", "comparison", "people", "certainty", "model", "caveats", "method")
FORBIDDEN = {
    "en": ("jobs lost", "replace", "eliminate", "at risk", "displace", "destroy", "threat", "risk", "job loss"),
    "zh": ("取代", "消失", "淘汰", "威胁", "风险", "失业"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_wordings_hold_no_digit_and_no_forbidden_word(language):
    words = wording(language)
    for part in CARDS:
        for entry in words[part]:
            for choice in entry["wordings"]:
                for text in (choice["text"], *choice.get("others", ())):
                    literals = "".join(literal for literal, _, _, _ in string.Formatter().parse(text))
                    assert not re.search(r"\d", literals), text
                    if part not in ("caveats", "comparison"):  # where it is said that exposure is not job loss
                        assert not [word for word in FORBIDDEN[language] if word in literals.lower()], text


def placeholders(entry):
    texts = [text for choice in entry["wordings"] for text in (choice["text"], *choice.get("others", ()))]
    return {field for text in texts for field in fields(text)}


def test_both_languages_say_the_same_things():
    english, chinese = wording("en"), wording("zh")
    for part in CARDS:
        assert [entry["topic"] for entry in english[part]] == [entry["topic"] for entry in chinese[part]], part
        for one, other in zip(english[part], chinese[part], strict=True):
            assert placeholders(other) - set(constants()) <= placeholders(one), (part, one["topic"])
    assert set(english["lists"]) == set(chinese["lists"])
    assert set(english["direction"]) == set(chinese["direction"])


def test_chinese_has_names_for_every_state_sector_industry_and_major_group(study):
    names = wording("zh")["names"]
    for table, keys in (("sectors", study["sectors"]["naics"]), ("areas", study["areas"]["area"])):
        assert all(re.search(r"[\u4e00-\u9fff]", names[f"{table}.{key}"]) for key in keys)
    industries = read_employment("industry").query("i_group == '3-digit'")["naics"].unique()
    assert len(industries) == 85
    assert all(f"industries.3-digit|{key}" in names for key in industries)
    groups = study["groups"].query("group_type in ['soc_major', 'wage_quintile', 'wage_decile']")
    assert all(f"groups.{kind}|{group}" in names for kind, group in zip(groups["group_type"], groups["group"], strict=True))


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (155_495_730, "million jobs", 1, "1.555亿"),
        (2_764_870, "million jobs", 1, "280万"),
        (765_432, "jobs", -3, "76.5万"),
        (7_654, "jobs", -1, "7,650"),
        (9_999_999, "million jobs", 1, "1,000万"),
        (51_012, "US dollars per year", -2, "5.10万美元"),
        (9_800, "US dollars per year", 0, "9,800美元"),
        (1_393e9, "billion US dollars", 0, "1.393万亿美元"),
        (63.6e9, "billion US dollars", 1, "636亿美元"),
        (0.123, "percent", 1, "12.3%"),
        (3.0, "rank from the top", 0, "第三高"),
        (9.0, "rank from the bottom", 0, "第9位"),
        (-0.03, "direction", 0, "更低"),
        (math.nan, "0-1", 2, "无数据"),
    ],
)
def test_chinese_numbers(value, unit, decimals, text):
    assert format_value(value, unit, decimals, "zh") == text


def test_thresholds_are_described():
    for entry in read_narrative()["thresholds"].values():
        assert {"value", "unit", "range", "source", "description"} == set(entry)
        assert entry["range"][0] <= entry["value"] <= entry["range"][1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_report_words_hold_no_digit(language):
    def texts(part):
        for name, value in part.items():
            if isinstance(value, dict):
                yield from texts(value)
            elif isinstance(value, list):
                yield from (pair for entry in value for pair in texts(entry))
            else:
                yield name, value

    for name, text in texts(report_words(language)):
        literals = "".join(literal for literal, _, _, _ in string.Formatter().parse(text))
        literals = re.sub("E[012]", "", literals)  # labels are names
        assert not re.search(r"\d", literals.replace("SHA-256", "")), (name, text)


def test_both_languages_have_the_same_report_words():
    english, chinese = report_words("en"), report_words("zh")
    for part, words in english.items():
        assert set(words) <= set(chinese[part]), part
        for name, value in words.items():
            if isinstance(value, dict):
                assert set(value) == set(chinese[part][name])
                used = {field for text in chinese[part][name].values() for field in fields(text)}
                assert used <= {field for text in value.values() for field in fields(text)}


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (0.123, "share", "12.3 %", "12.3%"),
        (0.0, "share", "0.0 %", "0.0%"),
        (0.00049, "share", "0.05 %", "0.05%"),  # 0.0490 per cent would print as nothing with one decimal
        (0.000004, "share", "0.0004 %", "0.0004%"),
        (-0.0002, "share", "-0.02 %", "-0.02%"),
        (3.2, "percent", "3.2 %", "3.2%"),  # BLS states relative standard errors in per cent, not as shares
    ],
)
def test_shares_and_published_percentages_as_text(value, unit, english, chinese):
    assert format_cell(value, unit) == english
    assert format_cell(value, unit, "zh") == chinese
