import itertools
import re
import string
from dataclasses import replace

import pandas as pd
import pytest

from jobimpact.estimates.means.definitions import CUTS
from jobimpact.reporting.claims.claims import Claim, read_cell, read_claims
from jobimpact.reporting.claims.facts import Facts
from jobimpact.reporting.words.narrative import Name
from jobimpact.reporting.words.overview import summarise
from jobimpact.reporting.words.wording import LANGUAGES, read_narrative, threshold, wording
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.tables import table_columns

FORBIDDEN = ("job loss", "jobs lost", "replace", "eliminate", "at risk", "displace", "destroy", "threat", "risk")


def summary(study, language="en"):
    return summarise(Facts(study.tables, language))


def prose(study):
    return " ".join(sentence.text for sentence in summary(study))


def sentence(study, topic):
    return " ".join(found.text for found in summary(study) if found.topic == topic)


def fifths(study, values, changed):
    rows = study["groups"]["group_type"] == "wage_quintile"
    return changed(study, "groups", rows, "exposure_beta", values)


def test_the_summary_of_a_full_study(study):
    sentences = summary(study)
    assert 8 <= len(sentences) <= 12
    assert [name for name, _ in itertools.groupby(found.paragraph for found in sentences)] == [
        "overview",
        "where",
        "who",
        "caution",
    ]
    for found in sentences:
        assert found.text[0].isupper()
        assert found.text.endswith(".")
        assert "{" not in found.text
    assert prose(study) == prose(study)


def test_every_digit_belongs_to_a_claim_or_a_name(study):
    known = set(read_claims(study["claims"]))
    for found in summary(study):
        for part in found.parts:
            if isinstance(part, str):
                assert not re.search(r"\d", part)
            elif isinstance(part, Claim):
                assert part in known
                assert part in found.claims
            else:
                assert isinstance(part, Name)


def test_names_are_rows(study):
    names = [part for found in summary(study) for part in found.parts if isinstance(part, Name)]
    assert {name.table_name for name in names} == {"sectors", "areas", "groups", "occupations"}
    titles = {(claim.table_name, claim.row_key): claim.row_title for claim in read_claims(study["claims"])}
    assert all(titles[name.table_name, name.row_key] == name.text for name in names)


def test_wording_holds_no_digit_and_no_forbidden_word(study):
    words = wording()
    texts = [choice["text"] for entry in words["sentences"] for choice in entry["wordings"]]
    literals = " ".join(literal for text in texts for literal, _, _, _ in string.Formatter().parse(text))
    assert not re.search(r"\d", literals)
    for forbidden in FORBIDDEN:
        assert forbidden not in literals.lower()
        assert forbidden not in prose(study).lower()


def test_thresholds_are_described_and_agree_with_the_estimates():
    for entry in read_narrative()["thresholds"].values():
        assert {"value", "unit", "range", "source", "description"} == set(entry)
        assert entry["range"][0] <= entry["value"] <= entry["range"][1]
    assert threshold("high_exposure") == CUTS["share_workers_50"]


def mutations(study):
    """The first and the last single-cell claim of each table, group and column, moved far enough to be printed otherwise."""
    chosen = {}
    for claim in read_claims(study["claims"]):
        if claim.kind in ("value", "share") and claim.table_name != "occupations":
            chosen.setdefault((claim.table_name, claim.row_key.partition("|")[0], claim.column_name), []).append(claim)
    for claims in chosen.values():
        for claim in dict.fromkeys((claims[0], claims[-1])):
            value = claim.value + {"0-1": 0.011, "percent": 0.0031}.get(claim.unit, 0.11 * max(claim.value, 1.0))
            yield claim, round(value) if claim.unit == "occupations" else value


def ranks(study):
    return {claim.claim_id for found in summary(study) for claim in found.claims if claim.kind == "rank"}


def test_a_changed_cell_changes_exactly_the_sentences_that_rest_on_it(study, changed):
    before = {found.text: found for found in summary(study)}
    kept = 0
    for claim, value in mutations(study):
        table = study[claim.table_name]
        keys = {"groups": ["group_type", "group"], "sectors": ["naics"], "areas": ["area"]}[claim.table_name]
        row = (table[keys] == claim.row_key.split("|")).all(axis=1)
        mutated = changed(study, claim.table_name, row, claim.column_name, value)
        after = {found.text for found in summary(mutated)}
        # Another row may take a place that a sentence names: then that sentence rests on the new row.
        same_rows = ranks(mutated) == ranks(study)
        for text, found in before.items():
            if claim in found.parts:
                assert text not in after, (claim.claim_id, text)
            elif same_rows and all(read_cell(mutated.tables, other) == other.value for other in found.claims):
                assert text in after, (claim.claim_id, text)
                kept += 1
    assert kept > 100


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.1, 0.2, 0.3, 0.4, 0.5], "rises with pay at every step, from 0.10 in the lowest-paid fifth"),
        ([0.5, 0.4, 0.3, 0.2, 0.1], "falls with pay at every step, from 0.50 in the lowest-paid fifth"),
        ([0.1, 0.2, 0.2, 0.2, 0.3], "rises with pay, from 0.10"),
        ([0.3, 0.2, 0.2, 0.2, 0.1], "falls with pay, from 0.30"),
        (
            [0.3, 0.3, 0.3, 0.3, 0.31],
            "is about equal in the highest-paid fifth of employment (0.31) and in the lowest-paid fifth (0.30).",
        ),
        ([0.3, 0.3, 0.5, 0.3, 0.3], "It is highest between them, in the middle fifth (0.50)"),
        ([0.3, 0.3, 0.1, 0.3, 0.3], "It is lowest between them, in the middle fifth (0.10)"),
        (
            [0.1, 0.3, 0.2, 0.4, 0.5],
            "but not step by step: it is lower in the middle fifth (0.20) than in the second-lowest-paid fifth (0.30)",
        ),
        (
            [0.5, 0.3, 0.4, 0.2, 0.1],
            "but not step by step: it is higher in the middle fifth (0.40) than in the second-lowest-paid fifth (0.30)",
        ),
    ],
)
def test_the_wage_gradient_says_what_the_numbers_say(study, changed, values, words):
    text = sentence(fifths(study, values, changed), "wages")
    assert words in text
    for word in ("rises", "falls", "higher", "lower"):
        assert (word in text) == (word in words or word in text.split(",")[0])


@pytest.mark.parametrize(
    ("values", "untold", "words"),
    [
        ([0.1, 0.2, 0.3, 0.4, 0.5], "3 - 2", "rises with pay, from 0.10 in the lowest-paid fifth of employment to 0.50 in the"),
        ([0.5, 0.4, 0.3, 0.2, 0.1], "3 - 2", "but not every fifth is distinguishable from the next within the intervals"),
        ([0.1, 0.3, 0.2, 0.4, 0.5], "3 - 2", "but not every fifth is distinguishable from the next within the intervals"),
        ([0.1, 0.2, 0.3, 0.4, 0.5], "5 - 1", "are not distinguishable within the intervals of the estimates"),
        ([0.3, 0.3, 0.5, 0.3, 0.3], "3 - 2", "is about equal in the highest-paid fifth of employment (0.30) and in"),
    ],
)
def test_a_step_that_cannot_be_told_is_not_said_to_be_one(study, changed, values, untold, words):
    upper, lower = untold.split(" - ")
    wide = with_wide_interval(fifths(study, values, changed), "groups", f"wage_quintile|{upper} - wage_quintile|{lower}")
    text = sentence(wide, "wages")
    assert words in text
    for word in ("at every step", "about level", "step by step", "between them"):
        assert word not in text


def with_wide_interval(study, table, row_key):
    """The study with a variance ledger of one difference, whose interval holds zero."""
    row = {"table_name": table, "row_key": row_key, "column_name": "exposure_beta", "cause": "total", "point_estimate": 0.0}
    ledger = pd.DataFrame([row | {"estimate_low": -0.9, "estimate_high": 0.9}], columns=table_columns("variance_ledger"))
    return replace(study, tables={**study.tables, "variance_ledger": ledger})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("table", "topic"), [("sectors", "sectors"), ("areas", "states"), ("groups", "groups")])
def test_two_ends_that_cannot_be_told_apart_are_not_highest_and_lowest(study, table, topic, language):
    keys = Facts(study.tables).ordered(table, "exposure_beta", "group_type=soc_major" if table == "groups" else "*")
    wide = with_wide_interval(study, table, f"{keys[0]} - {keys[-1]}")
    text = " ".join(found.text for found in summary(wide, language) if found.topic == topic)
    assert wording(language)["direction"]["untold"] in text
    assert not re.search("highest|lowest|a difference of|最高|最低|相差", text)


def test_direction_words_need_a_difference(study, changed):
    same = changed(
        study,
        "groups",
        study["groups"]["group_type"] == "all",
        "exposure_beta_wage_bill",
        study["groups"]["exposure_beta"].iloc[0] + 0.01,
    )
    assert "about equal" in sentence(same, "wage_bill")
    assert "higher" not in sentence(same, "wage_bill")
    flat = changed(study, "sectors", slice(None), "exposure_beta", 0.3)
    assert sentence(flat, "sectors") == "Exposure is about equal in all 20 sectors with covered jobs, between 0.30 and 0.30."


def test_no_occupation_is_highly_exposed(study, changed):
    low = changed(study, "occupations", slice(None), "exposure_beta", study["occupations"]["exposure_beta"] * 0.4)
    assert sentence(low, "largest").startswith("No occupation reaches an exposure of one half. It is highest in ")


def test_low_coverage_is_named_only_where_it_is_low(study, changed):
    full = changed(study, "sectors", slice(None), "matched_share", 0.9)
    assert not sentence(full, "low_coverage")
    low = changed(full, "sectors", full["sectors"]["naics"] == "22", "matched_share", 0.4)
    assert "lowest in Utilities (40.0 %). There" in sentence(low, "low_coverage")


def test_one_occupation(make_study):
    statements = read_starter_tasks()
    one = make_study(statements[statements["soc_code"] == "43-4051"])
    text = prose(one)
    assert "rests on one occupation with 2.6 million of 155.5 million jobs" in text
    assert "major occupation group has covered jobs: Office and Administrative Support Occupations" in text
    assert "fifth" not in text
    assert "n/a" not in text


def test_one_state_and_no_sectors(study, changed):
    alone = changed(study, "areas", study["areas"]["area"] != "06", "exposure_beta", float("nan"))
    assert sentence(alone, "states").startswith("Only one state has covered jobs: California (")
    none = changed(study, "sectors", slice(None), "exposure_beta", float("nan"))
    assert not sentence(none, "sectors")
    assert "a difference of" not in sentence(none, "states")
    assert 8 <= len(summary(none)) <= 12


def test_without_any_claim_the_summary_says_so():
    sentences = summarise(Facts({}))
    assert [found.topic for found in sentences] == ["headline", "meaning"]
    assert sentences[0].text.startswith("No job could be given an exposure")


def test_digits_of_a_users_title_are_a_name(make_study):
    statements = read_starter_tasks()
    statements = statements[statements["soc_code"] == "43-4051"].assign(
        soc_code="55-1011", onetsoc_code="55-1011.00", title="Agent 007"
    )
    both = pd.concat([statements, read_starter_tasks().query("soc_code == '43-4051'")], ignore_index=True)
    found = [
        part
        for part in itertools.chain(*(found.parts for found in summary(make_study(both))))
        if "007" in getattr(part, "text", part)
    ]
    assert all(isinstance(part, Name) for part in found)
