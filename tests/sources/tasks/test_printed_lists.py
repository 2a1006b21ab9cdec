"""Task lists cut into tasks: letters, semicolons, numbers, and what must not be taken for them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.sources.tasks.printed_lists import as_phrase, as_sentence, list_tasks, split_lettered, split_numbered

words = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=5).map(" ".join)
chinese = st.text("查看票务管理收款记录、（）", min_size=2, max_size=12).filter(lambda text: as_phrase(text) == text)


@given(
    st.lists(words, min_size=1, max_size=20), st.sampled_from(["Tasks include -\n", "In such cases tasks would include:\n", ""])
)
def test_letters_give_back_what_was_listed(tasks, introduction):
    cell = introduction + "\n".join(f"({chr(97 + place)})  {task};" for place, task in enumerate(tasks))
    assert split_lettered(cell) == [f"{task[0].upper()}{task[1:]}." for task in tasks]


@given(st.lists(words, min_size=1, max_size=20), st.sampled_from([";", "; ", ";\n", "\n"]))
def test_without_letters_semicolons_and_lines_separate(tasks, between):
    cell = "Tasks performed by bakers usually include: " + between.join(tasks) + "."
    assert split_lettered(cell) == [as_sentence(task) for task in tasks]


@given(st.lists(chinese, min_size=1, max_size=15), st.sampled_from([" ", "；", "\n"]))
def test_numbers_give_back_what_was_listed(tasks, between):
    cell = between.join(f"{number}.{task}" for number, task in enumerate(tasks, 1)) + "。"
    assert split_numbered(cell) == tasks


@given(st.text(max_size=80))
def test_nothing_but_marks_is_lost_and_no_task_is_empty(cell):
    tasks = split_lettered(f"(a) {cell}")
    assert all(as_sentence(task) == task for task in tasks)
    kept = {letter.casefold() for letter in "".join(tasks) if letter.isdigit()}
    assert kept == {letter for letter in cell if letter.isdigit()}


@pytest.mark.parametrize(
    ("cell", "tasks"),
    [
        ("(a)  baking; and icing; (b) selling.", ["Baking; and icing.", "Selling."]),
        ("(a) calling the parent(s) of a child;\n(c ) knitting", ["Calling the parent(s) of a child.", "Knitting."]),
        ("(a) knitting;.\n\n(b) caps, etc.", ["Knitting.", "Caps, etc."]),
        ("Planning;\n(a) baking", ["Planning.", "Baking."]),
        ("Task performed may include - baking", ["Baking."]),
        ("Baking loaves that include nuts", ["Baking loaves that include nuts."]),
        ("- baking\n• icing", ["Baking.", "Icing."]),
        (" ;\n. ", []),
    ],
)
def test_lettered(cell, tasks):
    assert split_lettered(cell) == tasks


@pytest.mark.parametrize(
    ("cell", "tasks"),
    [
        ("1.检查设备 2.填写1.5万份记录 3.3D打印。", ["检查设备", "填写1.5万份记录", "3D打印"]),
        ("1.检查设备 5.清洗", ["检查设备 5.清洗"]),
        ("检查设备。", ["检查设备"]),
        ("总则 1.检查设备", ["总则", "检查设备"]),
        ("", []),
    ],
)
def test_numbered(cell, tasks):
    assert split_numbered(cell) == tasks


def test_definitions_stand_in_and_nothing_stays_missing():
    groups = pd.DataFrame(
        {
            "code": ["1", "2", "3", "4"],
            "title": list("abcd"),
            "listed": ["baking; icing", None, " ; ", None],
            "definition": ["They bake", "They knit", "They sew", None],
        }
    )
    tasks = list_tasks(groups, "code", split_lettered, as_sentence)
    assert tasks["task_id"].tolist() == ["1-01", "1-02", "2-00", "3-00", "4-00"]
    assert tasks["task"].fillna("?").tolist() == ["Baking.", "Icing.", "They knit.", "They sew.", "?"]
    assert tasks["from_definition"].tolist() == [False, False, True, True, False]
