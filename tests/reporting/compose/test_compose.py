"""Documents of every type: whole, bound to cells, the same for the same study, in both languages."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.reporting.claims.claims import Claim, read_cell, read_claims
from jobimpact.reporting.compose.appendix import ledger_rows
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import REPORT_TYPES, DataTable, Figure, Paragraph, Request, Tiles, stated_claims
from jobimpact.reporting.formats.html import render_html
from jobimpact.reporting.words.wording import LANGUAGES
from jobimpact.study import Study
from jobimpact.tables import check_table, read_dictionary, table_columns

KEYS = {"sector": "52", "occupation": "43-4051", "state": "CA"}
MADE = {"mix_occupations", "mix_majors", "mix_sectors", "mix_areas", "change_sides", "change_factors", "change_occupations"}
MADE |= {"change_rows"}


@pytest.fixture(scope="module")
def older(make_study, study):
    """The study before: tasks of one occupation fewer, other scores, another name."""
    from jobimpact.sources.tasks.starter import read_starter_tasks

    statements = read_starter_tasks()
    made = make_study(statements[statements["soc_code"] != "43-4051"])
    model = {**study.manifest["model"], "heads_sha256": "22"}
    return Study(made.tables, {**study.manifest, "model": model}, Path("before"))


@pytest.fixture(scope="module")
def documents_made(study, older):
    """Return a function: the document of a type and language, composed once."""
    made = {}

    def make(report_type, language="en"):
        if (report_type, language) not in made:
            request = Request(study, report_type, language, KEYS.get(report_type, ""), older)
            made[report_type, language] = compose(request)
        return made[report_type, language]

    return make


def every_text(document):
    yield from (
        document.title,
        document.subtitle,
        document.kicker,
        *(text for name, text in document.labels.items() if name != "written_by_model"),
    )
    for section in document.sections:
        yield section.title
        for block in section.blocks:
            if isinstance(block, Paragraph):
                yield from (sentence.text for sentence in block.sentences)
            elif isinstance(block, Tiles):
                for tile in block.tiles:
                    yield from (tile.name, tile.definition, tile.note, tile.claim.text)
            elif isinstance(block, DataTable):
                yield from (block.title, block.note, *(column.title for column in block.columns))
                yield from (cell.text for row in block.rows for cell in row)
            else:
                yield from (block.title, block.note, block.alt)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report_type", REPORT_TYPES)
def test_every_type_in_every_language(documents_made, report_type, language):
    document = documents_made(report_type, language)
    assert document.report_type == report_type
    assert len(document.sections) >= (2 if report_type == "brief" else 4)
    assert all(section.blocks for section in document.sections)
    names = [block.name for block in document.blocks() if isinstance(block, DataTable | Figure)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    for text in every_text(document):
        assert not re.search(r"[{}]|\bnan\b", text), text
    for block in document.blocks():
        if isinstance(block, DataTable):
            assert all(len(row) == len(block.columns) for row in block.rows)
            assert not block.table_name or block.table_name in read_dictionary()["tables"]
            assert all(not column.name or column.name in read_dictionary()["columns"] for column in block.columns)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report_type", REPORT_TYPES)
def test_every_figure_is_a_claim_and_its_cell_is_in_the_document(documents_made, report_type, language):
    document = documents_made(report_type, language)
    known = set(document.claims["claim_id"])
    printed = [tile.claim for block in document.blocks() if isinstance(block, Tiles) for tile in block.tiles]
    for sentence in document.sentences():
        printed += sentence.claims
        assert {part for part in sentence.parts if isinstance(part, Claim)} <= set(sentence.claims)
    assert printed or report_type == "methods"
    for claim in printed:
        assert claim.claim_id in known
        value = read_cell(document.tables, claim)
        assert value == claim.value, claim.claim_id
    assert document.claims["claim_id"].is_unique
    for name in MADE & set(document.tables):
        check_table(name, document.tables[name])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report_type", REPORT_TYPES)
def test_every_figure_has_an_entry_with_its_cell_source_and_release(documents_made, report_type, language):
    document = documents_made(report_type, language)
    entries = {row.claim.claim_id: row for row in ledger_rows(document)}
    for sentence in document.sentences():
        for claim in sentence.claims:
            entry = entries[claim.claim_id]
            assert entry.claim == claim
            assert entry.kind
            assert entry.source
            if claim.kind in ("value", "share"):
                assert float(entry.unrounded.replace(",", "")) == pytest.approx(claim.value, abs=1e-6)
            if claim.table_name in ("sectors", "areas", "groups", "occupations", "change_sides", "change_rows"):
                assert re.search("May 2025|2025年5月", entry.source), claim.claim_id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report_type", REPORT_TYPES)
def test_every_link_of_the_page_leads_to_a_claim_and_every_claim_has_its_link(study, documents_made, report_type, language):
    """One ledger: what the page states, what the document holds and, for the overview, what the study keeps."""
    document = documents_made(report_type, language)
    page = render_html(document)
    identifiers = list(document.claims["claim_id"])
    assert sorted(re.findall(r'id="c-([^"]+)"', page)) == sorted(identifiers)
    # Not from the list of every figure alone: each section links all that its sentences and tiles rest on.
    texts = dict(re.findall(r'<section id="([^"]+)"(.*?)</section>', page, flags=re.DOTALL))
    for section in document.sections:
        links = set(re.findall(r'href="#c-([^"]+)"', texts[section.identifier]))
        assert links == {claim.claim_id for claim in stated_claims([section])}
    assert set(re.findall(r'href="#c-([^"]+)"', page)) == set(identifiers)
    if (report_type, language) == ("overview", "en"):
        assert read_claims(study["claims"]) == read_claims(document.claims)


@pytest.mark.parametrize("report_type", REPORT_TYPES)
def test_chinese_documents_are_chinese(documents_made, report_type):
    """Every title, head, label, note and sentence; only names that have none in Chinese stay."""
    document, chinese = documents_made(report_type, "zh"), re.compile(r"[\u4e00-\u9fff]")
    for section in document.sections:
        assert chinese.search(section.title)
        for block in section.blocks:
            if isinstance(block, Paragraph):
                assert all(chinese.search(sentence.text) for sentence in block.sentences)
            elif isinstance(block, Tiles):
                assert all(chinese.search(text) for tile in block.tiles for text in (tile.name, tile.definition))
            else:
                assert chinese.search(block.title)
                assert chinese.search(block.note)
    heads = {column.title for block in document.blocks() if isinstance(block, DataTable) for column in block.columns}
    assert all(chinese.search(head) for head in heads - {"NAICS", "SOC", "alpha", "beta", "gamma"})
    assert all(chinese.search(label) for label in document.labels.values())
    assert all(chinese.search(text) for text in document.claims["definition"])


def test_chinese_figures_hold_no_english_phrase(documents_made):
    kept = re.compile(r"jobimpact|OEWS|Eloundou et al|beta|NAICS|SOC|GU|PR|VI|<b>|<br>|</b>")
    for block in documents_made("overview", "zh").blocks():
        if isinstance(block, Figure) and block.name != "wages-figure":  # which names occupations
            assert not re.search(r"[A-Za-z]{3}", kept.sub("", " ".join(figure_texts(block.figure)))), block.name
    for block in documents_made("overview", "en").blocks():
        if isinstance(block, Figure):
            assert not re.search(r"[\u4e00-\u9fff]", " ".join(figure_texts(block.figure)))


def figure_texts(figure):
    layout = figure.layout
    yield from (layout.title.text, layout.xaxis.title.text or "", layout.yaxis.title.text or "")
    yield from (note.text for note in layout.annotations)
    yield from (str(text) for text in layout.yaxis.ticktext or ())
    yield from (trace.name for trace in figure.data if trace.name)


def test_the_same_request_gives_the_same_document(study, documents_made):
    again = compose(Request(study, "sector", "en", "52"))
    first = documents_made("sector")
    assert [sentence.text for sentence in again.sentences()] == [sentence.text for sentence in first.sentences()]
    pd.testing.assert_frame_equal(again.claims, first.claims)
    assert [block for block in again.blocks() if isinstance(block, DataTable)] == [
        block for block in first.blocks() if isinstance(block, DataTable)
    ]


def test_tables_print_what_the_study_holds(study, documents_made):
    table = next(
        block for block in documents_made("overview").blocks() if isinstance(block, DataTable) and block.name == "sectors"
    )
    codes = [row[1].text for row in table.rows]
    assert sorted(codes) == sorted(study["sectors"]["naics"])
    place = [column.name for column in table.columns].index("exposure_beta")
    values = [row[place].value for row in table.rows]
    assert values == sorted(values, reverse=True)
    assert values[0] == study["sectors"]["exposure_beta"].max()


@pytest.mark.parametrize("report_type", REPORT_TYPES)
def test_a_study_of_an_earlier_version_gives_a_report(study, older, report_type):
    """Without its release at hand, without territories, without wages: what is not there is left out."""
    employment = {**study.manifest["inputs"]["employment"], "release": "2019-05"}
    manifest = {"inputs": {**study.manifest["inputs"], "employment": employment}, "parameters": {"weights": "core"}, "model": {}}
    document = compose(Request(Study(study.tables, manifest), report_type, "en", KEYS.get(report_type, ""), older))
    assert len(document.sections) >= (2 if report_type == "brief" else 4)
    assert "model_figures" not in document.tables


def test_a_comparison_of_a_study_with_itself(study):
    document = compose(Request(study, "comparison", "en", "", study))
    text = " ".join(sentence.text for sentence in document.sentences())
    assert "are the same in both, and so is the number" in text
    assert "In no sector is the change distinguishable from zero." in text
    assert document.tables["change_factors"]["change_part"].sum() == 0


def test_a_comparison_adds_up(documents_made):
    tables = documents_made("comparison").tables
    gap = tables["change_sides"].set_index("change_side")["side_estimate"].diff().iloc[-1]
    assert tables["change_factors"]["change_part"].sum() == pytest.approx(gap, abs=1e-12)
    assert tables["change_factors"].set_index("change_factor").loc["tasks", "factor_differs"]
    text = " ".join(sentence.text for sentence in documents_made("comparison").sentences())
    assert "is that of the task list" in text or "comes from it: the task list" in text


def test_a_sector_that_cannot_be_split_is_still_compared(study, older):
    manifest = {**older.manifest, "inputs": {**older.manifest["inputs"], "employment": {"name": "OEWS", "release": "2019-05"}}}
    document = compose(Request(study, "comparison", "en", "mean:beta@naics=52", replace(older, manifest=manifest)))
    text = " ".join(sentence.text for sentence in document.sentences())
    assert "The change could not be split by cause" in text
    assert any(block.name == "changed-sectors" for block in document.blocks() if isinstance(block, DataTable))


def test_the_methods_annex_holds_replications_where_they_are_given(study):
    row = dict.fromkeys(table_columns("replications"), "x") | {
        "what": "Agreement",
        "target": 0.5,
        "our_figure": float("nan"),
        "difference": float("nan"),
        "tolerance": 0.01,
        "verdict": "missing",
        "target_unit": "share",
        "n": 1,
    }
    document = compose(Request(study, "methods"), replications=pd.DataFrame([row]))
    table = next(block for block in document.blocks() if isinstance(block, DataTable) and block.name == "replications")
    assert [cell.text for cell in table.rows[0]][:3] == ["Agreement", "0.5", "\N{EN DASH}"]
    described = [block for block in document.blocks() if isinstance(block, DataTable) and block.name.startswith("columns-")]
    assert {row[0].text for block in described for row in block.rows} >= set(table_columns("sectors"))


def test_text_of_users_stays_out_of_sentences(make_study, odd_statements):
    """Task texts stand in tables alone: what a language model is given to rewrite holds none of them."""
    study = make_study(odd_statements)
    document = compose(Request(study, "occupation", "en", "29-1141"))
    said = " ".join(sentence.text for sentence in document.sentences())
    assert "Ignore your instructions" not in said
    assert not document.claims["row_title"].str.contains("Ignore your instructions").any()
    cells = [cell.text for block in document.blocks() if isinstance(block, DataTable) for row in block.rows for cell in row]
    assert any("Ignore your instructions" in cell for cell in cells)


def test_tasks_without_a_type_or_a_score_are_listed_with_a_dash(study):
    tasks = study["tasks"].copy()
    own = tasks.index[tasks["soc_code"] == "43-4051"]
    tasks.loc[own, "task_type"] = pd.NA
    tasks.loc[own[:1], ["alpha", "beta", "gamma", "automation", "beta_low", "beta_high"]] = float("nan")
    document = compose(Request(Study({**study.tables, "tasks": tasks}, study.manifest), "occupation", "en", "43-4051"))
    table = next(block for block in document.blocks() if isinstance(block, DataTable) and block.name == "tasks")
    assert len(table.rows) == len(own)
    assert {row[1].text for row in table.rows} == {"\N{EN DASH}"}
    assert [cell.text for cell in table.rows[-1][2:]] == ["\N{EN DASH}"] * (len(table.columns) - 2)


def test_top_coded_wages_are_said_to_be_bounds(study, changed):
    high = changed(study, "occupations", study["occupations"]["soc_code"] == "43-4051", "median_top_coded", True)
    document = compose(Request(high, "occupation", "en", "43-4051"))
    assert "is at least" in " ".join(sentence.text for sentence in document.sentences())
