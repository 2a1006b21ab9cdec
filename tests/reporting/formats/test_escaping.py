import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.reporting.formats.escaping import csv_bytes, escape_formula, escape_markdown


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "\uff1d1+1", "\uff20SUM"]
)
def test_formulas_get_an_apostrophe(cell):
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Nurses", "", "a=b", -0.5, 3, None])
def test_other_cells_stay(cell):
    assert escape_formula(cell) is cell


def rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_is_whole_unrounded_and_says_its_source():
    table = pd.DataFrame({"title": ["=A1", 'a "b", c'], "@share": [-0.123456789, None], "naics": ["01", None]})
    content = csv_bytes(table, source="BLS OEWS May 2025")
    assert content.startswith(b"\xef\xbb\xbf")
    assert rows(content) == [
        ["title", "'@share", "naics", "source"],
        ["'=A1", "-0.123456789", "01", "BLS OEWS May 2025"],
        ['a "b", c', "", "", "BLS OEWS May 2025"],
    ]
    assert table.columns.tolist() == ["title", "@share", "naics"]


@given(
    cells=st.lists(
        st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20), min_size=1
    )
)
def test_no_cell_of_any_csv_begins_like_a_formula(cells):
    for row in rows(csv_bytes(pd.DataFrame({"task": cells}), source="=source"))[1:]:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in row)


def test_markdown_is_taken_literally():
    assert escape_markdown("$5 to $6, *now*") == r"\$5 to \$6, \*now\*"
    assert escape_markdown("<b>\n[x](y) :material/star:") == r"\<b\> \[x\](y) \:material/star\:"
    assert escape_markdown("plain, text.") == "plain, text."


def test_no_line_ends_between_a_number_and_its_percent_sign():
    assert escape_markdown("9.9 % to 40.0 % of *all*") == "9.9\N{NO-BREAK SPACE}% to 40.0\N{NO-BREAK SPACE}% of \\*all\\*"
