"""Widths of a table's columns: nothing cut, few lines, figures near their names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.assumptions import assumption
from jobimpact.reporting.compose.document import Column, DataTable, PrintedCell
from jobimpact.reporting.formats.columns import fit_columns, set_width

ROOM = assumption("typesetting", "upright_characters")


def table_of(titles, rows, numeric=()):
    columns = tuple(Column("", title, place in numeric) for place, title in enumerate(titles))
    return DataTable("t", "Title", "", columns, tuple(tuple(PrintedCell(text) for text in row) for row in rows))


@given(st.lists(st.lists(st.text(max_size=60), min_size=3, max_size=3), max_size=5))
def test_a_table_stays_between_the_margins(rows):
    fitted = fit_columns(table_of(("Name", "Jobs", "Exposure"), rows, numeric=(1, 2)))
    assert min(fitted.shares) > 0
    assert sum(fitted.shares) <= 1 + 1e-9  # sum of three floats


def test_numbers_are_whole_and_stand_near_their_names():
    table = table_of(("Sector", "Jobs", "Exposure"), [("Finance and Insurance", "6,261,650", "0.48")], numeric=(1, 2))
    fitted = fit_columns(table)
    gap, most = assumption("typesetting", "column_gap"), assumption("typesetting", "widest_gap")
    name, jobs, exposure = fitted.widths
    assert set_width("6,261,650") + gap <= jobs <= set_width("6,261,650") + gap + most
    assert exposure >= set_width("Exposure") + gap
    assert set_width("Finance and Insurance") + gap <= name
    assert sum(fitted.widths) < 0.7 * ROOM
    assert fitted.lines == 1


def test_a_table_that_needs_more_than_a_page_is_wide_is_turned():
    numbers = ["1,234,567,890"] * 12
    assert fit_columns(table_of(["Name", *["Jobs"] * 12], [["a", *numbers]], numeric=range(1, 13))).landscape
    assert not fit_columns(table_of(["Name", *["Jobs"] * 4], [["a", *numbers[:4]]], numeric=range(1, 5))).landscape
    assert not fit_columns(table_of(["Name"], [["a" * 500]])).landscape


def test_room_goes_to_the_texts_that_make_the_table_long():
    long = "Estimated wage and salary employment, rounded by BLS to tens, without the self-employed, in full"
    rows = [("tot_emp", "US dollars per year", long, "BLS OEWS"), ("a_mean", "US dollars per year", "Mean wage", "BLS OEWS")]
    code, unit, meaning, source = fit_columns(table_of(("Column", "Unit", "Meaning", "Source"), rows)).widths
    assert meaning > 50
    assert unit > set_width("US dollars per year")
    assert source > set_width("BLS OEWS")
    assert code < 15


def test_text_right_of_numbers_stands_apart():
    fitted = fit_columns(table_of(("Sector", "Change", "Now"), [("Retail", "0.12", "higher")], numeric=(1,)))
    plain = fit_columns(table_of(("Sector", "Change", "Now"), [("Retail", "0.12", "higher")], numeric=()))
    assert fitted.inset == (False, False, True)
    assert fitted.widths[2] > plain.widths[2]


def test_four_characters_of_a_head_stay_together():
    heads = ("原因", "前", "是否不同", "最先改变")
    fitted = fit_columns(table_of(heads, [("任务清单", "s" * 20, "否", "0.000")], numeric=(3,)))
    assert fitted.widths[2] >= set_width("是否不同")
    assert fitted.widths[3] >= set_width("最先改变")


def test_a_head_takes_two_lines_where_there_is_room():
    heads = ("Group", "All software built (gamma)", "Beta, by wage bill")
    fitted = fit_columns(table_of(heads, [("a", "0.10", "0.20")], numeric=(1, 2)))
    assert fitted.widths[1] > set_width("built (gamma)")


def test_chinese_is_broken_between_its_characters_but_not_at_a_bracket():
    head = "含全部软件\N{FULLWIDTH LEFT PARENTHESIS}gamma\N{FULLWIDTH RIGHT PARENTHESIS}"
    fitted = fit_columns(table_of(("行业", head), [("零售业" * 30, "0.10")], numeric=(1,)))
    assert fitted.widths[1] >= set_width(head[5:])
    assert not fitted.landscape
    assert fitted.lines == 2


@pytest.mark.parametrize(
    "text",
    ["Exposure", "1,234,567", "Jobs at 0.50 or more", "Professional, Scientific, and Technical Services", "$30,900 to 88.5 %"],
)
def test_widths_are_those_of_the_font(text):
    pytest.importorskip("fontpkg_arimo", reason="fontpkg-arimo is not installed")
    from fontTools.ttLib import TTFont

    from jobimpact.reporting.formats.fonts import _packaged_folders

    path = next(found for folder in _packaged_folders() for found in folder.glob("Arimo*") if "Italic" not in found.name)
    with TTFont(path) as font:
        names, widths, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
        letters = sum(2 * widths[names[ord(letter)]][0] / em for letter in text)
    assert set_width(text) == pytest.approx(letters, rel=0.06)  # letters are rounded to four classes
