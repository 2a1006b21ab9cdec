"""Stata files as pandas reads them."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.reporting.formats.stata import stata_bytes, stata_label, stata_names
from jobimpact.tables import read_dictionary


def read(content):
    return pd.read_stata(io.BytesIO(content))


def labels(content):
    with pd.read_stata(io.BytesIO(content), iterator=True) as reader:
        return reader.data_label, reader.variable_labels(), reader.value_labels()


@pytest.mark.parametrize("name", ["tasks", "occupations", "sectors", "areas", "groups", "claims"])
def test_study_tables_are_read_back_with_equal_values(study, name):
    table = study[name]
    back = read(stata_bytes(table, name))
    assert len(back) == len(table)
    for column, variable in stata_names(table.columns).items():
        given_cells, found = table[column], back[variable]
        if given_cells.dtype.kind in "iuf":
            pd.testing.assert_series_equal(found.astype(float), given_cells.astype(float), check_names=False, rtol=0, atol=0)
        elif given_cells.dtype.kind == "b":
            assert found.map({"no": False, "yes": True}).tolist() == given_cells.tolist()
        else:
            assert found.astype(object).where(found.notna(), "").tolist() == given_cells.astype(object).fillna("").tolist()


def test_codes_are_text_and_categories_have_value_labels(study):
    areas = read(stata_bytes(study["areas"], "areas"))
    assert areas["area"].iloc[0] == "01"
    tasks = pd.DataFrame({"task_type": ["Supplemental", None, "Core"], "uncertain": [True, False, True]})
    _, _, values = labels(stata_bytes(tasks, "tasks"))
    assert values == {"task_type": {0: "Core", 1: "Supplemental"}, "uncertain": {0: "no", 1: "yes"}}
    codes = pd.read_stata(io.BytesIO(stata_bytes(tasks, "tasks")), convert_categoricals=False)
    assert codes["task_type"].tolist()[::2] == [1, 0]
    assert np.isnan(codes["task_type"].iloc[1])


def test_a_value_outside_the_list_keeps_the_column_text():
    table = pd.DataFrame({"task_type": ["Core", "Other"]})
    assert read(stata_bytes(table, "tasks"))["task_type"].tolist() == ["Core", "Other"]


def test_labels_come_from_the_dictionary(study):
    content = stata_bytes(study["sectors"], "sectors")
    data_label, variables, _ = labels(content)
    dictionary = read_dictionary()
    assert data_label == dictionary["tables"]["sectors"]["description"]
    assert variables["naics_title"] == dictionary["columns"]["naics_title"]["description"]
    long = [column for column in study["sectors"] if len(dictionary["columns"][column]["description"]) > 80]
    assert long
    for column in long:
        assert variables[column].endswith("…")
        assert dictionary["columns"][column]["description"].startswith(variables[column].removesuffix("…"))
        assert len(variables[column]) <= 80


def test_long_texts_are_strl_whole_and_unicode():
    texts = ["x" * 5_000, "零售业" * 200, "", "short"]
    content = stata_bytes(pd.DataFrame({"task": texts, "title": ["é" * 122, "字", "b", "c"]}), "tasks")
    assert read(content)["task"].tolist() == texts
    assert read(content)["title"].tolist() == ["é" * 122, "字", "b", "c"]
    with pd.read_stata(io.BytesIO(content), iterator=True) as reader:
        reader.variable_labels()
        assert reader._typlist == ["Q", 244]  # Q: a reference into the strL block


def test_hostile_columns_and_cells():
    columns = ["if", "a b", "a_b", "A_B", "2024", "x" * 40, "x" * 39 + "y", "中文 变量", "=1+1", "str12", "_N", "º²"]
    table = pd.DataFrame({column: [f'"{column}"', "`x'$y\n", "\0hidden"] for column in columns})
    names = stata_names(columns)
    back = read(stata_bytes(table, "odd"))
    assert back.columns.tolist() == list(names.values())
    for column, variable in names.items():
        assert back[variable].tolist() == [f'"{column}"', "`x'$y\n", "\N{REPLACEMENT CHARACTER}hidden"]


@given(st.lists(st.text(max_size=50), unique=True, max_size=30))
def test_names_are_valid_and_different(columns):
    names = stata_names(columns)
    assert list(names) == columns
    assert len({name.casefold() for name in names.values()}) == len(columns)
    for name in names.values():
        assert 1 <= len(name) <= 32
        assert name == "_" or name.replace("_", "a").isalnum()
        assert not name[0].isdigit()
        assert name not in ("if", "in", "_n", "_N", "using", "double")


def test_valid_names_stay(study):
    for table in study.tables.values():
        assert stata_names(table.columns) == {column: column for column in table.columns}


@pytest.mark.parametrize("value", [float("inf"), 1.5e308, 2**60 + 1])
def test_numbers_beyond_stata_are_refused(value):
    with pytest.raises(InputError, match="table 'odd' cannot be a Stata file") as caught:
        stata_bytes(pd.DataFrame({"x": [value]}), "odd")
    assert "\n" not in str(caught.value)


def test_same_table_same_bytes(study):
    assert stata_bytes(study["sectors"], "sectors") == stata_bytes(study["sectors"].copy(), "sectors")


def test_an_empty_table():
    assert read(stata_bytes(pd.DataFrame({"naics": pd.Series([], dtype=str), "tot_emp": []}), "sectors")).empty


def test_label_is_one_line():
    assert stata_label("a\n b") == "a b"
    assert len(stata_label("word " * 40)) <= 80
    assert len(stata_label("w" * 200)) == 80
