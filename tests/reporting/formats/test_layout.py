"""Text that every format holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.assumptions import read_assumptions
from jobimpact.reporting.formats.layout import breakable, plain, text_width


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
    chinese = "各职业的岗位按现有人口调查中女性和男性的比例划分，beta 按工资总额加权" * 2
    assert breakable(chinese) == chinese  # broken between its letters in any case


def test_a_chinese_character_is_two_letters_wide():
    assert text_width("零售业 52") == 9
