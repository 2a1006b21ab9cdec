import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.reporting.claims.claims import claims_table, read_claims
from jobimpact.reporting.compose.appendix import (
    frame_words,
    group_blocks,
    is_code,
    is_long_list,
    ledger_rows,
    model_mark,
    number_blocks,
    read_formats,
    source_texts,
    split_lead,
)
from jobimpact.reporting.compose.document import Column, DataTable, Paragraph, PrintedCell, stated_claims
from jobimpact.reporting.words.narrative import Sentence


def caveat(text):
    return Paragraph((Sentence("limits", "limits", (text,), ()),), style="caveat")


def test_every_claim_is_listed_once_in_the_order_of_reading(small_document):
    identifiers = [row.claim.claim_id for row in ledger_rows(small_document)]
    assert identifiers == list(small_document.claims["claim_id"])
    assert identifiers == [claim.claim_id for claim in stated_claims(small_document.sections)]


def test_source_says_who_computed_from_which_release(small_document):
    rows = {row.claim.claim_id: row for row in ledger_rows(small_document)}
    assert rows["groups.all.all.exposure_beta"].source == (
        "Computed by jobimpact 0.1.0 from OEWS May 2025; Starter task statements, ours 2026."
    )
    published = replace(read_claims(small_document.claims)[0], claim_id="jobs", column_name="emp_prse")
    document = replace(small_document, sections=(), claims=claims_table([published]))
    assert ledger_rows(document)[0].source == "As published: OEWS May 2025."


@pytest.mark.parametrize(
    ("unit", "decimals", "ends", "expected"),
    [
        ("beta", 2, (0.2951, 0.3349), "0.30 to 0.33"),
        ("percent", 1, (0.1, 0.2), "10.0 % to 20.0 %"),
        ("direction", 0, (-0.01, 0.0204), "-0.010 to 0.020"),
        ("beta", 2, (math.nan, 0.3), ""),
    ],
)
def test_intervals_are_stated_in_the_unit_of_the_claim(small_document, unit, decimals, ends, expected):
    claim = replace(
        read_claims(small_document.claims)[0], unit=unit, decimals=decimals, estimate_low=ends[0], estimate_high=ends[1]
    )
    document = replace(small_document, sections=(), claims=claims_table([claim]))
    assert ledger_rows(document)[0].interval == expected


def test_words_of_both_languages_are_the_same_ones(small_document, small_chinese_document):
    words = read_formats()["words"]
    assert set(words["en"]) == set(words["zh"])
    assert set(words["en"]["kinds"]) == set(words["zh"]["kinds"])
    assert frame_words(small_chinese_document)["used_for"] == "用途"
    assert frame_words(replace(small_document, labels={"used_for": "For"}))["used_for"] == "For"
    assert "{" not in frame_words(small_document)["ledger_note"]


def test_a_figure_and_a_table_of_one_name_are_numbered_apart(small_document):
    from jobimpact.reporting.compose.document import Figure, Section

    figure = next(block for block in small_document.blocks() if isinstance(block, Figure))
    table = DataTable(figure.name, "", "", (), ())
    again = replace(figure, name="again")
    document = replace(small_document, sections=(Section("a", "A", (figure, table, again)),))
    assert number_blocks(document) == {"figure-sectors": 1, "table-sectors": 1, "figure-again": 2}


def test_caveats_in_a_row_are_one_list(small_document):
    kinds = [kind for section in small_document.sections for kind, _ in group_blocks(section)]
    assert kinds == ["tiles", "paragraph", "paragraph", "paragraph", "figure", "table", "caveats"]


def test_narrow_tables_and_codes():
    columns = (Column("area_title", "State"), Column("state", "Code"), Column("exposure_beta", "Beta", True))
    rows = tuple((PrintedCell("A long name of a state"), PrintedCell("44-4051"), PrintedCell("0.5")) for _ in range(40))
    table = DataTable("states", "", "", columns, rows)
    assert is_long_list(table)
    assert not is_long_list(replace(table, rows=rows[:20]))
    assert not is_long_list(replace(table, rows=(*rows, (PrintedCell("x", details=("y",)), PrintedCell(""), PrintedCell("")))))
    assert [is_code(table, place) for place in range(3)] == [False, True, True]


def test_the_mark_of_a_model_takes_any_name():
    sentence = replace(caveat("Text.").sentences[0], written_by="{0} {model}")
    assert model_mark(sentence, {"written_by_model": "Worded by {model}"}) == "Worded by {0} {model}"
    assert model_mark(sentence, {"written_by_model": "Worded"}) == "Worded: {0} {model}"
    assert model_mark(replace(sentence, written_by=""), {"written_by_model": "Worded by {model}"}) == ""


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("It is not use. Cost decides.", "It is not use."),
        ("它不是使用情况。成本决定。", "它不是使用情况。"),
        ("任务。每个职业是一份清单。", "任务。"),
        ("Exposure is not job loss.", ""),
        ("U.S. tasks alone are scored. More follows.", ""),
        ("A first sentence that goes on for so long that nobody would find it at a glance. More.", ""),
    ],
)
def test_a_short_first_sentence_leads(text, lead):
    assert split_lead(caveat(text))[0] == lead


@given(st.text(alphabet="ab .。", max_size=40))
def test_a_lead_loses_no_word(text):
    lead, rest = split_lead(caveat(text))
    assert "".join(f"{lead} {rest.sentences[0].text}".split()) == "".join(text.split())


def test_a_source_says_the_same_in_every_format(small_document, small_chinese_document):
    title, about, cited = source_texts(small_document.sources[0], small_document)
    assert title == "Employment: Occupational Employment and Wage Statistics."
    assert about == "Bureau of Labor Statistics. Release: May 2025. Licence: US public domain."
    assert cited == "BLS (2026). OEWS, May 2025."
    assert source_texts(small_chinese_document.sources[0], small_chinese_document)[1].endswith("许可：US public domain。")
    bare = replace(small_document.sources[0], publisher="", release="", licence="", citation=small_document.sources[0].title)
    assert source_texts(bare, small_document)[1:] == ("", "")


def test_settings_of_the_formats_are_complete():
    entries = {name: entry for name, entry in read_formats().items() if "value" in entry}
    assert len(entries) == 9
    for name, entry in entries.items():
        assert set(entry) == {"value", "unit", "range", "source", "description"}, name
        assert entry["range"][0] <= entry["value"] <= entry["range"][1], name
