"""Cards of sectors, states and occupations in both languages: whole, bound to cells, and honest about differences."""

import re
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from jobimpact.estimates.change.mix import mix_of, occupation_places
from jobimpact.estimates.means.cells import occupation_cells
from jobimpact.reporting.claims.cells import Cell, Difference, read_value
from jobimpact.reporting.claims.claims import Claim, read_cell
from jobimpact.reporting.claims.facts import Facts
from jobimpact.reporting.words.narrative import Name, Slot, list_slot, realise_all
from jobimpact.reporting.words.occupation import occupation_slots
from jobimpact.reporting.words.sector_state import row_slots
from jobimpact.reporting.words.wording import LANGUAGES, format_value, threshold, wording
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.tables import table_columns

FORBIDDEN = {
    "en": ("jobs lost", "replace", "eliminate", "at risk", "displace", "destroy", "threat", "risk", "job loss"),
    "zh": ("取代", "消失", "淘汰", "威胁", "风险", "失业"),
}
# One half, one tenth and the ends of the scale are words; a digit would be a figure without a cell.
OCCUPATIONS = ("43-4051", "15-1252", "29-1141", "11-1011", "53-3032", "45-2092", "31-1120", "25-2021")


@pytest.fixture(scope="module")
def ledger(study):
    """Made-up intervals of all rows and of one gap, as a variance ledger holds them."""
    rows = []
    for name, keys in (
        ("sectors", ["naics"]),
        ("areas", ["area"]),
        ("occupations", ["soc_code"]),
        ("groups", ["group_type", "group"]),
    ):
        for _, row in study[name].dropna(subset=["exposure_beta"]).iterrows():
            value = row["exposure_beta"]
            key = "|".join(row[part] for part in keys)
            rows.append((name, key, "exposure_beta", value, "total", 1e-4, 1.0, 0.01, value - 0.02, value + 0.02))
    return pd.DataFrame(rows, columns=table_columns("variance_ledger"))


def sentences(study, kind, key, language="en", mix=None, more=None):
    tables = {name: table for name, table in study.tables.items() if name != "claims"} | (more or {})
    if kind == "occupation":
        facts = Facts(tables | (places(study, key) if mix is None else mix), language)
        slots = occupation_slots(facts, key)
    else:
        facts = Facts(tables | (row_mix(study, kind, key) if mix is None else mix), language)
        slots = row_slots(facts, "sectors" if kind == "sector" else "areas", key)
    return realise_all(wording(language)[kind], slots)


@cache
def employment(level):
    return read_employment(level)


def row_mix(study, kind, key):
    level, by = ("sector", "naics") if kind == "sector" else ("state", "area")
    mix = mix_of(occupation_cells(study["occupations"], employment(level), by, key), study["occupations"], study["groups"])
    return {"mix_occupations": mix.occupations, "mix_majors": mix.majors}


def places(study, key):
    return {"mix_sectors": occupation_places(study, key, "naics"), "mix_areas": occupation_places(study, key, "area")}


def check_sentences(found, language, tables):
    for sentence in found:
        assert sentence.text.endswith("。" if language == "zh" else ".")
        assert not re.search(r"[{}]|\bnan\b|n/a", sentence.text)
        for part in sentence.parts:
            if isinstance(part, str):
                assert not re.search(r"\d", part), part
            elif isinstance(part, Claim):
                assert part in sentence.claims
                value = read_cell(tables, part)
                assert value == part.value
                assert part.kind == "direction" or part.text == format_value(value, part.unit, part.decimals, language)
            else:
                assert isinstance(part, Name)
        for word in FORBIDDEN[language]:
            assert word not in sentence.text.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_cards_of_all_sectors(study, language):
    templates = set()
    for key in study["sectors"]["naics"]:
        mix = row_mix(study, "sector", key)
        found = sentences(study, "sector", key, language, mix)
        topics = {sentence.topic for sentence in found}
        assert {"level", "scale", "rank", "nation", "above", "shares", "highly", "carriers", "largest"} <= topics
        assert {"wage_bill", "mix", "coverage", "meaning"} <= topics
        check_sentences(found, language, study.tables | mix)
        # Without a model to choose, cards read alike, so that what differs between two of them is a figure.
        templates |= {(sentence.topic, template(sentence)) for sentence in found if sentence.topic in ("level", "scale")}
    assert len(templates) == 2


def template(sentence):
    return "|".join(part if isinstance(part, str) else "" for part in sentence.parts)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_of_all_states(study, language):
    assert len(study["areas"]) == 54
    check_states(study, language, study["areas"]["area"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_of_some_states(study, language):
    check_states(study, language, ("11", "28", "51", "72"))


def check_states(study, language, keys):
    for key in keys:
        mix = row_mix(study, "state", key)
        found = sentences(study, "state", key, language, mix)
        expected = {"level", "scale", "nation", "mix", "shares", "carriers", "largest", "wage_bill", "coverage", "suppressed"}
        assert expected | {"rank", "meaning"} <= {sentence.topic for sentence in found}
        check_sentences(found, language, study.tables | mix)


@pytest.mark.parametrize("language", LANGUAGES)
def test_cards_of_occupations(study, language):
    scored = set(study["occupations"].dropna(subset=["exposure_beta"])["soc_code"])
    for key in OCCUPATIONS:
        mix = places(study, key)
        found = sentences(study, "occupation", key, language, mix)
        topics = {sentence.topic for sentence in found}
        assert {"level", "pay", "sectors", "areas"} <= topics
        assert ({"tasks", "rank", "nation", "major"} <= topics) == (key in scored)
        check_sentences(found, language, study.tables | mix)
    unknown = sentences(study, "occupation", min(set(study["occupations"]["soc_code"]) - scored), language)
    assert {"scale", "rank", "nation"}.isdisjoint(sentence.topic for sentence in unknown)


def test_the_same_key_gives_the_same_words(study):
    texts = [[sentence.text for sentence in sentences(study, "sector", "52")] for _ in range(2)]
    assert texts[0] == texts[1]


def test_with_a_ledger_the_interval_is_said_and_rows_within_it_are_not_told_apart(study, ledger):
    more = {"variance_ledger": ledger}
    key = study["sectors"].sort_values("exposure_beta")["naics"].iloc[-1]
    text = {sentence.topic: sentence.text for sentence in sentences(study, "sector", key, more=more)}
    value = study["sectors"].set_index("naics").loc[key, "exposure_beta"]
    assert format_value(value - 0.02, "0-1", 2) in text["level"]
    wide = ledger.assign(estimate_low=ledger["point_estimate"] - 0.5, estimate_high=ledger["point_estimate"] + 0.5)
    text = {sentence.topic: sentence.text for sentence in sentences(study, "sector", key, more={"variance_ledger": wide})}
    assert "are not distinguishable" in text["nation"]
    assert "higher" not in text["nation"]
    chinese = sentences(study, "sector", key, "zh", more={"variance_ledger": wide})
    assert "无法区分" in next(sentence.text for sentence in chinese if sentence.topic == "nation")


def test_a_state_is_not_more_exposed_for_being_ahead_by_little(study, changed):
    mean = study["groups"].query("group_type == 'all'")["exposure_beta"].iloc[0]
    near = changed(study, "areas", study["areas"]["area"] == "28", "exposure_beta", mean + 0.9 * threshold("about_equal"))
    text = {sentence.topic: sentence.text for sentence in sentences(near, "state", "28")}
    assert "about equal" in text["nation"]
    assert "higher" not in text["nation"]


def test_differences_across_tables_are_looked_up(study):
    gap = read_value(
        study.tables,
        "difference",
        Difference(Cell("sectors", "52", "exposure_beta"), Cell("groups", "all|all", "exposure_beta")),
    )
    sector = study["sectors"].set_index("naics").loc["52", "exposure_beta"]
    assert gap == sector - study["groups"].query("group_type == 'all'")["exposure_beta"].iloc[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_rows_that_are_all_alike_have_no_order(study, changed, language):
    flat = changed(changed(study, "sectors", slice(None), "exposure_beta", 0.3), "areas", slice(None), "exposure_beta", 0.3)
    for kind, key in (("sector", "52"), ("state", "06")):
        text = {sentence.topic: sentence.text for sentence in sentences(flat, kind, key, language)}
        assert ("about equal" if language == "en" else "大致相当") in text["rank"]
        assert not re.search("highest|lowest|最高|最低", " ".join(text.values()))


@pytest.mark.parametrize(("language", "words"), [("en", "a place that it shares"), ("zh", "（并列）")])
def test_equal_rows_share_their_place(study, changed, language, words):
    top = study["sectors"]["exposure_beta"].max()
    tied = changed(study, "sectors", study["sectors"]["naics"].isin(["11", "72"]), "exposure_beta", top)
    said = {key: {found.topic: found.text for found in sentences(tied, "sector", key, language)} for key in ("11", "72", "23")}
    assert words in said["11"]["rank"]
    assert words in said["72"]["rank"]
    assert words not in said["23"]["rank"]
    assert {"en": "highest", "zh": "最高"}[language] in said["11"]["rank"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_that_matched_nothing_says_so_and_no_more(make_study, language):
    statements = read_starter_tasks().iloc[:5].assign(soc_code="55-1011", onetsoc_code="55-1011.00")
    none = make_study(statements)
    for kind, key in (("sector", "52"), ("state", "06")):
        topics = {sentence.topic for sentence in sentences(none, kind, key, language)}
        assert {"level", "coverage", "meaning"} <= topics
        assert {"rank", "nation", "shares", "highly", "wage_bill", "carriers"}.isdisjoint(topics)
    unscored = {sentence.topic for sentence in sentences(none, "occupation", "43-4051", language)}
    assert {"tasks", "hardly exposed", "doubtful", "measures", "scale"}.isdisjoint(unscored)
    military = {sentence.topic: sentence.text for sentence in sentences(none, "occupation", "55-1011", language)}
    assert "rank" in military


def test_older_studies_leave_sentences_out(study):
    """A study without mix, ledger or columns of wages still gives a card."""
    bare = {"sectors": study["sectors"].drop(columns=["wage_bill", "exposure_beta_wage_bill", "share_workers_50"])}
    facts = Facts(bare)
    found = {sentence.topic for sentence in realise_all(wording()["sector"], row_slots(facts, "sectors", "52"))}
    assert {"level", "rank", "coverage"} <= found
    assert {"wage_bill", "nation", "carriers", "shares"}.isdisjoint(found)
    assert Facts({}).value("sectors", "52", "exposure_beta") is None
    assert realise_all(wording()["occupation"], occupation_slots(Facts({}), "15-1252")) != []


def test_claims_are_said_once_and_unrounded(study):
    facts = Facts({name: table for name, table in study.tables.items() if name != "claims"}, "zh")
    first, again = (facts.value("sectors", "52", "exposure_beta") for _ in range(2))
    assert first is again
    assert replace(first, text="") != first
    assert first.row_title == "金融和保险业"
    assert "覆盖" in first.definition


def named_items(*texts):
    return [Slot((Name(text, "sectors", text),), (), text) for text in texts]


@pytest.mark.parametrize(
    ("names", "english", "chinese"),
    [
        (("A", "B", "C"), "A, B and C", "A、B以及C"),
        (("A, x", "B", "C"), "A, x; B; and C", "A, x，B，以及C"),
        (("A、x", "B", "C"), "A、x, B and C", "A、x，B，以及C"),
        (("A, x", "B"), "A, x and B", "A, x以及B"),
    ],
)
def test_lists_can_be_taken_apart(names, english, chinese):
    assert list_slot(named_items(*names), "en").text == english
    assert list_slot(named_items(*names), "zh").text == chinese


def test_one_is_not_said_as_several(study, changed):
    one = changed(study, "areas", study["areas"]["area"] == "51", "cells_suppressed", 1)
    text = {sentence.topic: sentence.text for sentence in sentences(one, "state", "51")}
    assert text["suppressed"] == "For one occupation found there BLS did not release the number of jobs."
    tasks = study["tasks"].copy()
    own = tasks.index[tasks["soc_code"] == "43-4051"]
    tasks.loc[own, "beta"] = 0.2
    tasks.loc[own[0], "beta"] = 0.7
    text = {sentence.topic: sentence.text for sentence in sentences(study, "occupation", "43-4051", more={"tasks": tasks})}
    assert f"Of its {len(own)} scored tasks, one has an exposure of one half or more" in text["tasks"]
    single = changed(study, "occupations", study["occupations"]["soc_code"] == "43-4051", "n_tasks", 1)
    text = {sentence.topic: sentence.text for sentence in sentences(single, "occupation", "43-4051")}
    assert text["level"].endswith("from a single task.")


def test_a_share_too_small_for_one_decimal_is_not_said_to_be_nothing(study):
    """A few hundred jobs are a share of a state's millions that one decimal would print as nothing."""
    small = pd.DataFrame(places(study, "43-4051")["mix_areas"]).assign(employment_share=0.0002)
    mix = {**places(study, "43-4051"), "mix_areas": small}
    text = {sentence.topic: sentence.text for sentence in sentences(study, "occupation", "43-4051", mix=mix)}
    assert "(0.02 %)" in text["areas"]
    assert "0.0 %" not in text["areas"]
