"""ISCO-08 and the ILO's scores: small files in their layout, broken ones, and the counts that the ILO publishes."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from jobimpact.errors import SourceError
from jobimpact.sources.tasks.isco import read_ilo_scores, read_isco_structure, read_isco_tasks
from jobimpact.sources.tasks.printed_lists import as_sentence
from jobimpact.tables import table_columns

NAME = "ISCO-08 EN Structure and definitions.xlsx"
LETTERED = "Tasks include -\n(a)  sweeping the court; and the stairs; \n(b) locking doors."
# In the ILO's layout, in words of our own.
GROUPS = pd.DataFrame(
    [
        ("1", "9", "Helpers", "Helpers help", "Tasks performed usually include: sweeping; locking doors."),
        ("2", "91", "Cleaners", "Cleaners clean", None),
        ("3", "911", "House cleaners", "They clean houses", None),
        ("4", "9111", "Caretakers", "They take care", LETTERED),
        ("1", "0", "Guards", "Guards guard", None),
        ("2", "01", "Palace guards", "They guard palaces", None),
        ("3", "011", "Palace guards", "They guard palaces", None),
        ("4", "0110", "Palace guards", "They  guard palaces.", None),
    ],
    columns=["Level", "ISCO 08 Code", "Title EN", "Definition", "Tasks include"],
).assign(Notes="seen")
SCORES = pd.DataFrame(
    {
        "label4d": "9111 - Caretakers",
        "ISCO_08": "9111",
        "Title": "Caretakers",
        "taskID": ["1", "2"],
        "Task_ISCO": ["Sweeping the tenant‚Äôs court;", "Locking doors."],
        "score_2023": ["0.1", ""],
        "predicted_score_2025_gpt4o": ["0.2", "0.1"],
        "predicted_score_2025_gemini": ["0.3", "0.1"],
        "score_2025": ["0.25", "0.1"],
        "mean_score_2025": "0.18",
        "SD_2025": "0.08",
        "potential25": "Not Exposed",
    }
)


def write(folder: Path, table: pd.DataFrame, name: str = NAME) -> Path:
    path = folder / name
    if path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    else:
        table.to_csv(path, index=False)
    return path


def error_of(read, path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", [NAME, "isco.csv", "isco.csv.gz"])
def test_tasks_of_unit_groups(tmp_path, name):
    tasks = read_isco_tasks(write(tmp_path, GROUPS, name))
    assert list(tasks.columns) == table_columns("isco_tasks")
    assert tasks.to_numpy().tolist() == [
        ["9111", "Caretakers", "9111-01", "Sweeping the court; and the stairs.", False],
        ["9111", "Caretakers", "9111-02", "Locking doors.", False],
        ["0110", "Palace guards", "0110-00", "They guard palaces.", True],
    ]


def test_zeros_that_a_spreadsheet_took_away_come_back(tmp_path):
    path = write(tmp_path, GROUPS)
    book = openpyxl.load_workbook(path)
    for row in book.active.iter_rows(min_row=2):
        row[0].value, row[1].value = int(row[0].value), int(row[1].value)
    book.save(path)
    assert read_isco_structure(path)["isco_code"].tolist() == GROUPS["ISCO 08 Code"].tolist()
    assert read_isco_tasks(path)["isco_code"].tolist() == ["9111", "9111", "0110"]


def test_structure(tmp_path):
    structure = read_isco_structure(write(tmp_path, GROUPS))
    assert structure["parent_code"].fillna("").tolist() == ["", "9", "91", "911", "", "0", "01", "011"]
    assert structure["level"].tolist() == [1, 2, 3, 4] * 2
    assert structure["listed_tasks"].tolist() == [2, 0, 0, 2, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda groups: groups.rename(columns={"Tasks include": "Tasks included"}), "did you mean 'Tasks included'?"),
        (
            lambda groups: groups.replace({"Level": {"4": "5"}}),
            "found '5' in data row 4 (2 such rows); expected a level from 1 to 4",
        ),
        (lambda groups: groups.replace({"ISCO 08 Code": {"9111": "91X1"}}), "found '91X1' in data row 4"),
        (lambda groups: groups.replace({"ISCO 08 Code": {"9111": "91112"}}), "as many digits as its level"),
        (lambda groups: groups.drop(index=2), "found 9111 without the group above it (1 such groups)"),
        (lambda groups: groups.iloc[:-1], "found 011 without any group below it (1 such groups)"),
        (lambda groups: pd.concat([groups, groups.iloc[3:4]]), "found 9111 more than once"),
        (lambda groups: groups.assign(**{"Title EN": None}), "without 'Title EN'"),
        (lambda groups: groups.iloc[:0], "found a header and no rows"),
    ],
)
def test_another_layout_is_one_line(tmp_path, change, message):
    assert message in error_of(read_isco_structure, write(tmp_path, change(GROUPS)))


def test_files_that_are_none(tmp_path):
    assert "no such file" in error_of(read_isco_tasks, tmp_path / NAME)
    path = write(tmp_path, GROUPS)
    path.write_bytes(path.read_bytes()[:-200])
    assert "not a whole Excel workbook" in error_of(read_isco_tasks, path)


@pytest.mark.parametrize("name", ["scores.csv", "scores.csv.gz", "Final_Scores_ISCO08_Gmyrek_et_al_2025.xlsx"])
def test_scores(tmp_path, name):
    scores = read_ilo_scores(write(tmp_path, SCORES, name))
    assert list(scores.columns) == table_columns("ilo_scores")
    assert scores["task_id"].tolist() == ["9111-01", "9111-02"]
    assert scores["task"].tolist() == ["Sweeping the tenant’s court.", "Locking doors."]
    assert scores["gemini"].tolist() == [0.3, 0.1]
    assert scores["score_2023"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score_2025": ["0.25", "1.2"]}, "score_2025"),
        ({"score_2025": ["0.25", "high"]}, "found 'high' in data row 2 (1 such rows); expected a number as score_2025"),
        ({"potential25": "Gradient 9"}, "potential25"),
        ({"ISCO_08": "91111"}, "found '91111' in data row 1 (2 such rows)"),
        ({"taskID": ["1", "one"]}, "found 'one' in data row 2"),
        ({"taskID": "1"}, "found 9111 9111-01 more than once"),
        ({"SD_2025": ["0.08", ""]}, "without 'SD_2025'"),
    ],
)
def test_scores_that_cannot_be_are_one_line(tmp_path, change, message):
    assert message in error_of(read_ilo_scores, write(tmp_path, SCORES.assign(**change), "scores.csv"))


@pytest.mark.publisher
class TestPublisher:
    def test_structure_has_the_groups_that_the_ilo_counts(self, publisher_data):
        """ILO, ISCO-08 volume 1 (2012): 10 major, 43 sub-major, 130 minor and 436 unit groups."""
        structure = read_isco_structure(publisher_data / "isco08" / NAME)
        assert structure["level"].value_counts().to_dict() == {1: 10, 2: 43, 3: 130, 4: 436}
        assert (structure["isco_code"].str.len() == structure["level"]).all()
        assert {"0", "01", "011", "0110"} <= set(structure["isco_code"])
        assert (structure["listed_tasks"] > 0).sum() == 603

    def test_every_unit_group_has_tasks_that_are_sentences(self, publisher_data):
        tasks = read_isco_tasks(publisher_data / "isco08" / NAME)
        assert tasks["isco_code"].nunique() == 436
        assert tasks.groupby("isco_code")["from_definition"].any().sum() == 9
        assert not tasks["task_id"].duplicated().any()
        assert (tasks["task"].map(as_sentence) == tasks["task"]).all()
        assert tasks["task"].str.fullmatch(r"[A-Z][^\n\t]{8,}\.").all()
        assert not tasks["task"].str.contains(r"\([a-z]\)|^Tasks? |[;:]\.$").any()
        listed = tasks.loc[~tasks["from_definition"]].groupby("isco_code").size()
        assert listed.between(2, 14).all()
        # Gmyrek et al. 2025 score 3,266 tasks of the same groups; they count an empty row and leave two tasks in one.
        assert abs(int(listed.sum()) - 3_266) <= 2

    def test_scores_are_of_the_same_tasks(self, publisher_data):
        folder = publisher_data / "ilo_gmyrek_2025"
        scores = read_ilo_scores(next(folder.iterdir()))
        tasks = read_isco_tasks(publisher_data / "isco08" / NAME)
        both = scores.merge(tasks, on=["isco_code", "task_id"], validate="one_to_one", suffixes=("", "_isco"))
        plain = [
            both[column].str.casefold().str.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for column in ("task", "task_isco")
        ]
        assert len(both) >= len(scores) - 2
        assert (plain[0] == plain[1]).mean() > 0.99

    def test_means_are_those_of_the_authors(self, publisher_data):
        """mean_score_2025 is rounded to two digits; 0.0051 allows for the rounding alone."""
        scores = read_ilo_scores(next((publisher_data / "ilo_gmyrek_2025").iterdir()))
        means = scores.groupby("isco_code")["score_2025"].transform("mean")
        assert np.abs(means - scores["mean_score_2025"]).max() < 0.0051
        assert scores.groupby("isco_code")[["potential25", "mean_score_2025", "sd_2025"]].nunique().eq(1).all(axis=None)
