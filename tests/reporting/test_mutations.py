"""One cell of a table changes: the sentences that rest on it change with it, in every type of report, and no other does."""

import random
import re
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.claims.cells import find_rows
from jobimpact.reporting.claims.claims import Claim, claims_table, read_cell
from jobimpact.reporting.compose import tables as compose_tables
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import REPORT_TYPES, DataTable, Request, Tiles
from jobimpact.reporting.words.wording import format_value
from jobimpact.study import Study
from jobimpact.tables import read_dictionary, table_columns

KEYS = {"sector": "62", "occupation": "43-4051", "state": "VA"}
STATED = ("tasks", "occupations", "sectors", "areas", "groups", "variance_ledger")
# Far enough to be printed otherwise, by unit of the claim.
STEPS = {"0-1": 0.011, "beta": 0.011, "percent": 0.0031}


@pytest.fixture(scope="module")
def rich(study):
    """The study with groups of people, and a variance ledger of every row."""
    groups, whole = study["groups"], study["groups"].query("group_type == 'all'")
    people = (("education", "1", 0.5), ("education", "8", 0.1), ("job_zone", "1", 0.2), ("job_zone", "5", 0.4))
    people += (("sex", "women", 0.4), ("sex", "men", 0.2))
    rows = [whole.assign(group_type=kind, group=group, group_title=group, exposure_beta=value) for kind, group, value in people]
    tables = {**study.tables, "groups": pd.concat([groups, *rows], ignore_index=True)}
    parts = [ledger_rows(name, tables[name]) for name in ("sectors", "areas", "occupations", "groups")]
    tables["variance_ledger"] = pd.concat(parts, ignore_index=True)
    return with_claims(tables, study.manifest)


def ledger_rows(name, table):
    """The causes of every exposure, narrow enough that the summary says what is higher."""
    keys = table[read_dictionary()["tables"][name]["key"]].agg("|".join, axis=1)
    known = pd.DataFrame({"row_key": keys, "point_estimate": table["exposure_beta"]}).dropna()
    parts = []
    for cause, share in (("model", 0.7), ("survey sampling", 0.3), ("total", 1.0)):
        ends = {"estimate_low": known["point_estimate"] - 0.004, "estimate_high": known["point_estimate"] + 0.004}
        parts.append(known.assign(table_name=name, column_name="exposure_beta", cause=cause, variance_share=share, **ends))
    return pd.concat(parts).assign(variance=1e-5, estimate_se=0.002)[table_columns("variance_ledger")]


def with_claims(tables, manifest):
    own = {name: table for name, table in tables.items() if name != "claims"}
    return Study({**own, "claims": claims_table([])}, manifest, Path("/x/after"))


@pytest.fixture(scope="module")
def before(study):
    """For the comparison: the same study with half of every task's score."""
    return Study(study.tables, study.manifest, Path("/x/before"))


def make(study, report_type, before):
    return compose(Request(study, report_type, "en", KEYS.get(report_type, ""), before))


def printed_cells(document):
    """The cells of the study's own tables that sentences print."""
    found = {}
    for sentence in document.sentences():
        for part in sentence.parts:
            if isinstance(part, Claim) and part.kind in ("value", "share") and part.table_name in STATED:
                found.setdefault(part.table_name, {})[part.claim_id] = part
    return found


def chosen_cells(document, number):
    """As many of each table as are asked for, drawn with a seed."""
    draw = random.Random(document.report_type)
    for claims in printed_cells(document).values():
        yield from draw.sample(list(claims.values()), min(number, len(claims)))


def mutated(study, claim):
    """The study with the claim's cell moved, and its claims made anew."""
    table = study[claim.table_name].reset_index(drop=True).copy()
    whole = read_dictionary()["columns"][claim.column_name]["type"] == "int"
    moved = round(claim.value) + 3 if whole else claim.value * 1.05 + STEPS.get(claim.unit, 1.0)
    if claim.unit in STEPS and moved > 1:
        moved = claim.value * 0.9 - STEPS[claim.unit]
    table.loc[find_rows(claim.table_name, table, claim.row_key), claim.column_name] = moved
    return with_claims({**study.tables, claim.table_name: table}, study.manifest), moved


def value_of(tables, claim):
    """The claim's value in other tables; missing where its cell is not there any more."""
    try:
        return read_cell(tables, claim)
    except InputError:
        return float("nan")


def check(study, report_type, before, number):
    first = make(study, report_type, before)
    changed = kept = 0
    for claim in chosen_cells(first, number):
        other, moved = mutated(study, claim)
        assert format_value(moved, claim.unit, claim.decimals) != claim.text
        second = make(other, report_type, before)
        after = {sentence.text: sentence for sentence in second.sentences()}
        bound = {(sentence.topic, frozenset(own.claim_id for own in sentence.claims)) for sentence in second.sentences()}
        ends = {own.claim_id: own.interval for sentence in second.sentences() for own in sentence.claims}
        for sentence in first.sentences():
            if claim in sentence.parts:
                assert sentence.text not in after, (claim.claim_id, sentence.text)
                changed += 1
            # A direction rests on the interval of its difference too.
            elif all(
                value_of(second.tables, own) == own.value and ends.get(own.claim_id, own.interval) == own.interval
                for own in sentence.claims
            ):
                # Where another row has taken the place of one that is named, the sentence rests on that row now.
                same = (sentence.topic, frozenset(own.claim_id for own in sentence.claims)) in bound
                assert not same or sentence.text in after, (claim.claim_id, sentence.text)
                kept += same
        check_cells(first, second, claim, moved)
    return changed, kept


def check_cells(first, second, claim, moved):
    """A headline number moves with its cell, and a table prints the cell as it is now."""
    tiles = [
        {tile.claim.claim_id: tile.claim for block in document.blocks() if isinstance(block, Tiles) for tile in block.tiles}
        for document in (first, second)
    ]
    if claim.claim_id in tiles[0] and claim.claim_id in tiles[1]:
        assert tiles[1][claim.claim_id].value == moved
        assert tiles[1][claim.claim_id].text != tiles[0][claim.claim_id].text
    values = [
        {cell.value for block in document.blocks() if isinstance(block, DataTable) for row in block.rows for cell in row}
        for document in (first, second)
    ]
    if claim.value in values[0] and claim.unit in ("0-1", "percent") and claim.table_name in ("sectors", "areas"):
        assert moved in values[1]


@pytest.mark.parametrize("report_type", ["overview", "sector", "state", "occupation"])
def test_a_changed_cell_changes_its_sentences_and_no_other(rich, before, report_type):
    changed, kept = check(rich, report_type, before, 1)
    assert changed >= 2
    assert kept > 10


@pytest.mark.slow
@pytest.mark.parametrize("report_type", ["overview", "sector", "state", "occupation"])
def test_many_changed_cells_change_their_sentences_and_no_other(rich, before, report_type):
    changed, kept = check(rich, report_type, before, 12)
    assert changed >= 12
    assert kept > 100


def test_a_changed_score_changes_what_a_comparison_says_of_it(rich, before):
    """A comparison makes its estimate from tasks and jobs anew: a cell of either moves it, by what the cell weighs."""
    first = make(rich, "comparison", before)
    tasks = rich["tasks"].copy()
    own = tasks["soc_code"] == "43-4051"
    tasks.loc[own, "beta"] = (tasks.loc[own, "beta"] * 0.5).astype(float)
    second = make(with_claims({**rich.tables, "tasks": tasks}, rich.manifest), "comparison", before)
    said = [{sentence.topic: sentence for sentence in document.sentences()} for document in (first, second)]
    for topic in ("level", "factors", "movers"):
        old, new = (sentences.get(topic) for sentences in said)
        assert new is not None
        assert old is None or old.text != new.text
    for topic in ("sectors", "states", "intervals"):  # which rest on the tables that were not touched
        assert said[0][topic].text == said[1][topic].text
    assert "Customer Service Representatives" in said[1]["movers"].text


def test_a_changed_cell_of_the_model_card_changes_the_annex(rich, before, monkeypatch):
    texts = []
    for correlation in (0.5, 0.6):
        row = {"fold": "test", **dict.fromkeys(table_columns("model_figures")[1:], 0.5), "label_task_r": correlation}
        figures = pd.DataFrame([row | {"n_held_tasks": 40, "n_held_occupations": 9}])
        monkeypatch.setattr(compose_tables, "model_figures", lambda _, figures=figures: {"model_figures": figures})
        model = next(section for section in make(rich, "methods", before).sections if section.identifier == "model")
        texts.append({sentence.topic: sentence.text for sentence in model.blocks[0].sentences})
    assert texts[0]["test"] != texts[1]["test"]
    assert "0.60" in texts[1]["test"]
    assert texts[0]["labels"] == texts[1]["labels"]


@pytest.mark.parametrize("report_type", REPORT_TYPES)
def test_without_the_cell_its_sentences_fail_or_say_that_it_is_not_known(rich, before, report_type):
    """A missing cell is never printed, nor what it was."""
    first = make(rich, report_type, before)
    cells = list(chosen_cells(first, 1))
    for claim in cells:
        table = rich[claim.table_name].reset_index(drop=True).copy()
        if claim.column_name not in read_dictionary()["tables"][claim.table_name]["missing"]:
            continue
        row = find_rows(claim.table_name, table, claim.row_key)
        table[claim.column_name] = table[claim.column_name].astype(float).mask(row)
        second = make(with_claims({**rich.tables, claim.table_name: table}, rich.manifest), report_type, before)
        texts = [sentence.text for sentence in second.sentences()]
        assert claim.claim_id not in set(second.claims["claim_id"])
        assert not any(re.search(r"\bnan\b|n/a", text) for text in texts)
        for sentence in first.sentences():
            if claim in sentence.parts:
                assert sentence.text not in texts
