import math

from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import DataTable, Request
from jobimpact.reporting.compose.methods import _figure


def test_hashes_and_settings_are_text_and_not_set_as_numbers(study):
    tables = {block.name: block for block in compose(Request(study)).blocks() if isinstance(block, DataTable)}
    assert [column.numeric for column in tables["hashes"].columns] == [False, False]
    assert [column.numeric for column in tables["settings"].columns] == [False, False]
    assert [column.numeric for column in tables["sectors"].columns][:3] == [False, False, True]
    assert tables["fifths"].columns[1].numeric  # wages from one figure to another, among numbers


def test_a_difference_of_nothing_has_no_sign():
    assert _figure("difference", {"difference": -0.00001}).text == "0"
    assert _figure("difference", {"difference": -0.0002}).text == "-0.0002"
    assert _figure("difference", {"difference": math.nan}).text == "\N{EN DASH}"
