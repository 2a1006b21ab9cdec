"""The Chinese starter tasks: the same work, row by row, in Chinese that reads as Chinese."""

import pytest

from jobimpact.sources.tasks.starter import read_starter_tasks


@pytest.fixture(scope="module")
def pair():
    return read_starter_tasks(), read_starter_tasks(language="zh")


def test_rows_and_weights_are_those_of_the_english_set(pair):
    english, chinese = pair
    same = ["onetsoc_code", "soc_code", "task_id", "task_type", "importance"]
    assert english[same].equals(chinese[same])


def test_every_cell_is_chinese(pair):
    _, chinese = pair
    for column in ("task", "title"):
        assert chinese[column].str.contains(r"[\u4e00-\u9fff]{2}").all()
        assert not chinese[column].str.contains(r"[A-Za-z]{4}").any()
    assert not chinese["task"].str.contains(r"[,;:?!]|。$").any()


def test_statements_are_distinct_and_of_readable_length(pair):
    _, chinese = pair
    assert not chinese["task"].duplicated().any()
    assert chinese["task"].str.len().between(8, 50).all()


def test_one_title_for_each_occupation(pair):
    english, chinese = pair
    titles = chinese.groupby("soc_code")["title"].nunique()
    assert (titles == 1).all()
    assert chinese["title"].nunique() == english["title"].nunique()
