"""Sources as tables ready to be scored: packaged ones, those that a user adds, and those that are not there."""

import shutil

import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.facts.registry import read_registry
from jobimpact.sources.store.fetch import add, check_sources, locate
from jobimpact.sources.tasks.catalogue import load_source_tasks, scorable_sources
from jobimpact.tables import table_columns

ISCO = "ISCO-08 EN Structure and definitions.xlsx"
GROUPS = pd.DataFrame(
    [("1", "9", "Helpers"), ("2", "91", "Helpers"), ("3", "911", "Helpers"), ("4", "9111", "Helpers")],
    columns=["Level", "ISCO 08 Code", "Title EN"],
).assign(Definition="They help", **{"Tasks include": "sweeping; locking doors"})


def test_starter_needs_nothing():
    tasks, column = load_source_tasks("starter")
    assert column == "task"
    assert len(tasks) == 2_520


def test_what_is_added_can_be_scored(data_home, tmp_path):
    GROUPS.to_excel(tmp_path / ISCO, index=False)
    add("isco", tmp_path / ISCO)
    tasks, column = load_source_tasks("isco")
    assert tasks[column].tolist() == ["Sweeping.", "Locking doors."]
    assert list(tasks.columns) == table_columns("isco_tasks")
    assert check_sources().set_index("name").loc["isco", "ok"]


@pytest.mark.parametrize(("name", "file"), [("isco", ISCO), ("csco", "csco22.csv"), ("ilo-2025", "ilo_2025_scores.csv")])
def test_a_bad_file_is_one_line_and_not_kept(data_home, tmp_path, name, file):
    path = tmp_path / file
    if path.suffix == ".xlsx":
        GROUPS.rename(columns={"Level": "Rank"}).to_excel(path, index=False)
    else:
        path.write_text("level,code\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"found no column") as caught:
        add(name, path)
    assert "\n" not in str(caught.value)
    with pytest.raises(SourceError, match=f"`jobimpact sources add {name} FILE_OR_FOLDER`"):
        load_source_tasks(name)


def test_names_that_give_no_tasks(data_home):
    with pytest.raises(InputError, match="source 'isc' is not known"):
        load_source_tasks("isc")
    with pytest.raises(InputError, match=r"'all-MiniLM-L6-v2' has no task texts; expected one of onet"):
        load_source_tasks("all-MiniLM-L6-v2")
    with pytest.raises(SourceError, match="not in"):
        load_source_tasks("csco")


def test_a_file_that_went_away_is_said(data_home, tmp_path):
    GROUPS.to_excel(tmp_path / ISCO, index=False)
    add("isco", tmp_path / ISCO)
    for folder in locate("isco").iterdir():
        shutil.rmtree(folder)
    with pytest.raises(SourceError, match="gone from the data folder"):
        load_source_tasks("isco")


def test_every_text_column_is_one_of_texts():
    sources = read_registry()
    assert {"starter", "onet", "isco", "csco", "ilo-2025"} <= set(scorable_sources())
    assert all(part.text in {None, "task"} for source in sources.values() for part in source.parts)


@pytest.mark.publisher
@pytest.mark.parametrize(
    ("name", "place"),
    [("isco", f"isco08/{ISCO}"), ("csco", "china_csco_2022/csco22.csv.gz"), ("ilo-2025", "ilo_gmyrek_2025")],
)
@pytest.mark.filterwarnings("ignore::jobimpact.errors.SourceDefectWarning")
def test_the_publishers_own_files_can_be_added(data_home, publisher_data, name, place):
    add(name, publisher_data / place)
    tasks, column = load_source_tasks(name)
    assert tasks[column].notna().mean() > 0.99
    assert len(tasks) > 1_900
