"""CSCO 2022: a small file in its layout, what is mended in it, broken ones, and the counts of the real one."""

import warnings
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import SourceDefectWarning, SourceError
from jobimpact.sources.tasks.csco import read_csco_structure, read_csco_tasks
from jobimpact.sources.tasks.printed_lists import as_phrase
from jobimpact.tables import table_columns

# In the file's layout, in words of our own.
ROWS = pd.DataFrame(
    [
        ("1", "4-00-00-00", "服务人员", None, None),
        ("2", "4-01-00-00", "宫殿服务人员", None, None),
        ("3", "4-01-02-00", "守门人员", None, None),
        ("4", "4-01-02-01", "看门人L/S", "看守大门的人员。", "1.检查访客证件 2.登记2.5万名访客。"),
        ("4", "4-01-02-02", "巡夜人L", "夜间巡视的人员。", None),
        ("4", "4-02-00-01", "园丁S", "照看花园的人员。", "1.修剪树木。"),
    ],
    columns=["level", "code", "name", "definition", "tasks"],
).assign(alias="")
LEFT_OVER = {"definition": None, "tasks": None}


def write(folder: Path, rows: pd.DataFrame = ROWS, name: str = "csco22.csv") -> Path:
    path = folder / name
    rows.to_csv(path, index=False)
    return path


def error_of(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read_csco_tasks(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["csco22.csv", "csco22.csv.gz"])
def test_tasks(tmp_path, name):
    tasks = read_csco_tasks(write(tmp_path, ROWS, name))
    assert list(tasks.columns) == table_columns("csco_tasks")
    assert tasks.to_numpy().tolist() == [
        ["4-01-02-01", "看门人", "4-01-02-01-01", "检查访客证件", False],
        ["4-01-02-01", "看门人", "4-01-02-01-02", "登记2.5万名访客", False],
        ["4-01-02-02", "巡夜人", "4-01-02-02-00", "夜间巡视的人员", True],
        ["4-02-00-01", "园丁", "4-02-00-01-01", "修剪树木", False],
    ]


def test_parents_come_from_the_code_where_the_file_lacks_them(tmp_path):
    structure = read_csco_structure(write(tmp_path)).set_index("csco_code")
    assert structure.index.tolist() == [
        "4", "4-01", "4-01-02", "4-01-02-01", "4-01-02-02", "4-02", "4-02-00", "4-02-00-01",
    ]  # fmt: skip
    assert structure["parent_code"].fillna("").tolist() == ["", "4", "4-01", "4-01-02", "4-01-02", "4", "4-02", "4-02-00"]
    assert structure.index[structure["derived"]].tolist() == ["4-02", "4-02-00"]
    assert structure["title"].isna().equals(structure["derived"])
    assert structure.index[structure["green"]].tolist() == ["4-01-02-01", "4-01-02-02"]
    assert structure.index[structure["digital"]].tolist() == ["4-01-02-01", "4-02-00-01"]
    assert structure["level"].tolist() == [1, 2, 3, 4, 4, 2, 3, 4]


def test_what_is_mended_is_said(tmp_path):
    heading = {"level": "4", "code": "4-01-02-00", "name": "守门人员", **LEFT_OVER, "alias": ""}
    rows = pd.concat([ROWS.drop(index=2), ROWS.iloc[3:4], pd.DataFrame([heading])], ignore_index=True)
    with pytest.warns(SourceDefectWarning) as caught:
        tasks = read_csco_tasks(write(tmp_path, rows))
    assert str(caught[0].message) == (
        "csco22.csv: copies of rows left out: 1 (4-01-02-01); headings among the occupations taken as groups: 1 (4-01-02)"
    )
    assert tasks["csco_code"].tolist() == ["4-01-02-01", "4-01-02-01", "4-01-02-02", "4-02-00-01"]


def test_a_list_at_a_group_goes_to_its_only_occupation_without_one(tmp_path):
    rows = ROWS.copy()
    rows.loc[2, "tasks"] = "1.夜间巡视 2.关灯。"
    with pytest.warns(SourceDefectWarning, match=r"lists of groups given to .*: 1 \(4-01-02\)"):
        tasks = read_csco_tasks(write(tmp_path, rows))
    assert tasks.loc[tasks["csco_code"] == "4-01-02-02", "task"].tolist() == ["夜间巡视", "关灯"]
    rows.loc[3, "tasks"] = None
    with pytest.warns(SourceDefectWarning, match=r"lists of groups left out: 1 \(4-01-02\)"):
        tasks = read_csco_tasks(write(tmp_path, rows))
    assert tasks["from_definition"].tolist() == [True, True, False]


def test_an_occupation_without_any_text_keeps_its_row(tmp_path):
    tasks = read_csco_tasks(write(tmp_path, ROWS.assign(definition=None)))
    lost = tasks[tasks["task"].isna()]
    assert lost["csco_code"].tolist() == ["4-01-02-02"]
    assert not lost["from_definition"].any()


def test_a_minor_group_that_is_one_occupation_stays_one(tmp_path):
    alone = {"level": "4", "code": "4-03-01-00", "name": "厨师", **LEFT_OVER, "alias": ""}
    structure = read_csco_structure(write(tmp_path, pd.concat([ROWS, pd.DataFrame([alone])])))
    assert structure["csco_code"].tolist()[-3:] == ["4-03", "4-03-01", "4-03-01-00"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.rename(columns={"tasks": "task"}), "did you mean 'task'?"),
        (lambda rows: rows.replace({"level": {"3": "5"}}), "found the code '4-01-02-00' at level '5' in data row 3"),
        (
            lambda rows: rows.replace({"level": {"3": "2"}}),
            "found the code '4-01-02-00' at level '2' in data row 3 (1 such rows)",
        ),
        (lambda rows: rows.replace({"code": {"4-01-02-01": "4010201"}}), "found the code '4010201'"),
        (lambda rows: pd.concat([rows, rows.iloc[3:4].assign(tasks="1.关门")]), "found 4-01-02-01 more than once with different"),
        (lambda rows: rows.assign(name=None), "without 'name'"),
        (lambda rows: rows.iloc[:0], "found a header and no rows"),
    ],
)
def test_another_layout_is_one_line(tmp_path, change, message):
    assert message in error_of(write(tmp_path, change(ROWS)))


def test_files_that_are_none(tmp_path):
    assert "no such file" in error_of(tmp_path / "csco22.csv")
    path = write(tmp_path, name="csco22.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    assert "not a whole gzip file" in error_of(path)
    path = tmp_path / "csco22.csv"
    path.write_bytes(ROWS.to_csv(index=False).encode("gb18030"))
    assert "not UTF-8" in error_of(path)


@pytest.mark.publisher
class TestPublisher:
    @pytest.fixture
    def path(self, publisher_data):
        return publisher_data / "china_csco_2022" / "csco22.csv.gz"

    def test_tasks(self, path):
        """SOURCES.md: 1,634 detailed rows, two of them copies; 1,627 rows with tasks, two of them copies."""
        with pytest.warns(SourceDefectWarning, match=r"copies .*: 3 \(.* headings .*: 1 \(6-20-03\).* given .*: 1 \(4-13-03\)"):
            tasks = read_csco_tasks(path)
        assert tasks["csco_code"].nunique() == 1634 - 2 - 1
        assert tasks.loc[~tasks["from_definition"], "csco_code"].nunique() == 1627 - 2
        assert tasks["task"].notna().all()
        assert (tasks["task"].map(as_phrase) == tasks["task"]).all()
        assert not tasks["task_id"].duplicated().any()
        assert tasks["task"].str.len().min() >= 4
        assert not tasks["task"].str.contains(r"^\d+\.|[；\s]\d+\.").any()

    def test_structure(self, path):
        """The classification marks 134 green and 97 digital occupations, 23 of them both; the file keeps most marks."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SourceDefectWarning)
            structure = read_csco_structure(path)
        assert structure["level"].value_counts().loc[[1, 4]].to_dict() == {1: 8, 4: 1631}
        assert structure.loc[structure["level"] == 2, "derived"].sum() == 0
        assert structure["parent_code"].dropna().isin(structure["csco_code"]).all()
        assert structure["green"].sum() == 134
        assert 90 <= structure["digital"].sum() <= 97
        assert (structure["green"] & structure["digital"]).sum() == 23
        assert not structure["title"].dropna().str.contains(r"[A-Za-z]$").any()
