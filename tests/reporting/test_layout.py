"""Text that every format holds, and widths of columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.reporting.document import Cell, Column, DataTable
from jobimpact.reporting.layout import breakable, column_shares, is_wide, plain, text_width


def table_of(titles, rows, numeric=()):
    columns = tuple(Column("", title, place in numeric) for place, title in enumerate(titles))
    return DataTable("t", "Title", "", columns, tuple(tuple(Cell(text) for text in row) for row in rows))


@pytest.mark.parametrize("name", list(read_assumptions("typesetting")))
def test_sizes_are_complete(name):
    entry = read_assumptions("typesetting")[name]
    assert set(entry) == {"value", "unit", "range", "source", "description"}
    low, high = entry["range"]
    assert low <= entry["value"] <= high


@given(st.text())
def test_plain_text_is_one_line_that_xml_holds(text):
    from lxml import etree

    shown = plain(text)
    assert "\n" not in shown
    assert "\u202e" not in shown
    element = etree.Element("t")
    element.text = shown  # raises on what XML cannot hold
    assert len(shown) <= len(text)


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_breaks_change_no_letter(text):
    assert breakable(text).replace("\u200b", "") == plain(text).replace("\u200b", "")


def test_long_identifiers_may_be_broken_between_their_words():
    assert breakable("groups, share_workers_50_percent") == "groups, share_\u200bworkers_\u200b50_\u200bpercent"
    assert breakable("Registered Nurses") == "Registered Nurses"


def test_a_chinese_character_is_two_letters_wide():
    assert text_width("零售业 52") == 9


@given(st.lists(st.lists(st.text(max_size=60), min_size=3, max_size=3), max_size=5))
def test_shares_add_up_to_the_whole(rows):
    shares = column_shares(table_of(("Name", "Jobs", "Exposure"), rows, numeric=(1, 2)))
    assert sum(shares) == pytest.approx(1, abs=1e-9)  # sum of three floats
    assert min(shares) > 0


def test_numbers_take_what_they_need_and_names_the_rest():
    table = table_of(("Sector", "Jobs", "Exposure"), [("Finance and Insurance", "6,261,650", "0.48")], numeric=(1, 2))
    room, gap = assumption("typesetting", "upright_characters"), assumption("typesetting", "column_gap")
    name, jobs, exposure = column_shares(table)
    assert len("6,261,650") + gap <= jobs * room <= len("6,261,650") + gap + 2
    assert exposure * room >= len("Exposure") + gap
    assert name > 0.7


def test_a_table_that_needs_more_than_a_page_is_wide_is_turned():
    numbers = ["1,234,567,890"] * 12
    assert is_wide(table_of(["Name", *["Jobs"] * 12], [["a", *numbers]], numeric=range(1, 13)))
    assert not is_wide(table_of(["Name", *["Jobs"] * 4], [["a", *numbers[:4]]], numeric=range(1, 5)))
    assert not is_wide(table_of(["Name"], [["a" * 500]]))


def test_what_is_left_goes_to_the_text_that_is_broken():
    long = "Estimated wage and salary employment, rounded by BLS to tens, without the self-employed"
    code, _unit, meaning = column_shares(table_of(("Column", "Unit", "Meaning"), [("tot_emp", "jobs", long)]))
    assert meaning > 0.8
    assert code < 0.12
