import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.tables import check_table, describe_table, read_dictionary, table_columns


def test_every_column_of_every_table_is_described():
    dictionary = read_dictionary()
    used, named = set(), set()
    for name, table in dictionary["tables"].items():
        used |= set(table["columns"])
        named |= set(table.get("meanings", {}))
        assert set(table["key"]) | set(table["missing"]) <= set(table["columns"]), name
    # A table may mean something of its own by a name.
    assert used - named <= set(dictionary["columns"]) <= used
    for name, column in dictionary["columns"].items():
        assert set(column) <= {"type", "unit", "description", "source", "min", "max", "values", "pattern"}, name
        assert column["type"] in {"str", "int", "float", "bool"}, name
        assert column["description"]
        assert column["source"]
        assert column["unit"]


def test_describe_table_lists_the_columns_in_order():
    assert describe_table("sectors")["column"].tolist() == table_columns("sectors")


GOOD = {
    "onetsoc_code": ["11-1011.00"], "soc_code": ["11-1011"], "title": ["Chief Executives"], "task_id": ["1"],
    "task": ["Lead"], "task_type": ["Core"], "importance": [5.0],
}  # fmt: skip


def test_good_table_passes_unchanged():
    table = pd.DataFrame(GOOD)
    pd.testing.assert_frame_equal(check_table("task_statements", table), table)


@pytest.mark.parametrize(
    "change",
    [
        {"soc_code": ["111011"]},
        {"title": [None]},
        {"task": [7]},
        {"importance": [6.0]},
        {"importance": [5]},
        {"task_type": ["core"]},
        {"extra": [1]},
    ],
)
def test_bad_cell_is_one_line_naming_the_table(change):
    with pytest.raises(InputError) as caught:
        check_table("task_statements", pd.DataFrame(GOOD | change))
    assert "table 'task_statements' does not fit its schema" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_column_and_repeated_key_are_refused():
    table = pd.DataFrame(GOOD)
    for bad in (table.drop(columns="task"), pd.concat([table, table], ignore_index=True), table[table.columns[::-1]]):
        with pytest.raises(InputError):
            check_table("task_statements", bad)
