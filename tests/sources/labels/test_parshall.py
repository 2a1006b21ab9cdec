"""Reader of later labels: small files in their layout, broken ones, the join with its losses, and the real files."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError, SourceError
from jobimpact.sources.labels.eloundou import read_eloundou_labels
from jobimpact.sources.labels.parshall import RELABELLERS, join_relabels, read_relabels
from jobimpact.tables import check_table, table_columns

FULL = "eloundou_replication_gpt-4-0613-full-923.csv"
SOME = "eloundou_replication_gpt-5.4-per-task-strat50.csv"
# In the author's layout, in words of our own.
OLDER = pd.DataFrame({"task_id": [1, 2, 3, 9], "label": ["E0", "E3", "E1", "E2"], "explanation": ["no, never", "eyes", "-", "-"]})
NEWER = pd.DataFrame({"task_id": [2], "soc_code": ["11-1011.00"], "label": ["E2"], "explanation": ["software"]})
TASKS = pd.DataFrame(
    {
        "task_id": [1, 2, 3, 9],
        "onet_soc_code": ["11-1011.00", "11-1011.00", "53-7121.00", "53-7121.00"],
        "task_description": ["Open the yearly meeting", "Sort letters, by hand", "Pump grain into a ship", "Count ships"],
        "importance_score": [4.0, 3.0, 2.0, None],
    }
)
LABELS = pd.DataFrame(
    {
        "onetsoc_code": ["11-1011.00", "11-1011.00", "53-7121.00", "53-7121.00"],
        "soc_code": ["11-1011", "11-1011", "53-7121", "53-7121"],
        "title": ["Chief Executives", "Chief Executives", "Loaders", "Loaders"],
        "task_id": ["1", "2", "3", "4"],
        "task": ["Open the yearly meeting", "Sort letter by hand", "Pump grain into a ship", "Rest"],
        "task_type": ["Core", None, "Core", "Core"],
        "human": ["E0", "E1", "E0", "E0"],
        "gpt4": ["E0", "E2", "E0", "E0"],
        "gpt4_alt": ["E0", "E2", "E0", "E0"],
        "gpt4_automation": ["T0", "T1", "T0", "T0"],
    },
    index=[5, 3, 8, 1],
)


def write(folder: Path, older: pd.DataFrame = OLDER, newer: pd.DataFrame = NEWER, tasks: pd.DataFrame | None = TASKS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    older.to_csv(folder / FULL, index=False)
    (folder / f"{SOME}.gz").write_bytes(gzip.compress(newer.to_csv(index=False).encode()))
    if tasks is not None:
        tasks.to_csv(folder / "onet_tasks_full_18k.csv", index=False)
    return folder


def joined(labels: pd.DataFrame, relabels: pd.DataFrame) -> pd.DataFrame:
    with pytest.warns(CoverageWarning):
        return join_relabels(labels, relabels)


class TestRead:
    def test_folder(self, tmp_path: Path) -> None:
        relabels = check_table("relabels", read_relabels(write(tmp_path)))
        assert relabels["rater"].tolist() == ["gpt4_0613"] * 4 + ["gpt5_4"]
        assert relabels["task_id"].tolist() == ["1", "2", "3", "9", "2"]
        assert relabels["task"].tolist()[:2] == ["Open the yearly meeting", "Sort letters, by hand"]
        assert relabels["onetsoc_code"].tolist()[2:] == ["53-7121.00", "53-7121.00", "11-1011.00"]

    def test_images_count_as_software(self, tmp_path: Path) -> None:
        labels = read_relabels(write(tmp_path)).set_index(["rater", "task_id"])["label"]
        assert labels["gpt4_0613", "2"] == assumption("pooling", "image_label") == "E2"

    def test_one_file_has_no_wording(self, tmp_path: Path) -> None:
        relabels = check_table("relabels", read_relabels(write(tmp_path) / FULL))
        assert relabels[["onetsoc_code", "task"]].isna().all().all()
        newer = read_relabels(tmp_path / f"{SOME}.gz")
        assert newer["onetsoc_code"].tolist() == ["11-1011.00"]


class TestJoin:
    def test_rows_and_index_stay(self, tmp_path: Path) -> None:
        wide = joined(LABELS, read_relabels(write(tmp_path)))
        pd.testing.assert_frame_equal(wide[table_columns("labels")], LABELS)
        assert wide["gpt4_0613"].fillna("-").tolist() == ["E0", "E2", "E1", "-"]
        assert wide["gpt5_4"].fillna("-").tolist() == ["-", "E2", "-", "-"]
        check_table("rater_labels", wide)

    def test_losses_are_counted(self, tmp_path: Path) -> None:
        tasks = TASKS.assign(
            onet_soc_code=["53-7121.00", *TASKS["onet_soc_code"][1:]],
            task_description=[*TASKS["task_description"][:2], "Write to Congress", "-"],
        )
        relabels = read_relabels(write(tmp_path, tasks=tasks))
        with pytest.warns(CoverageWarning, match=r"3 of 5 later labels are left out: .* first: task 1"):
            wide = join_relabels(LABELS, relabels).set_index("task_id")
        # Of another occupation, edited and still alike, of another wording, without a label.
        assert wide["gpt4_0613"].fillna("-").to_dict() == {"1": "-", "2": "E2", "3": "-", "4": "-"}

    def test_a_rater_who_is_not_there_is_a_missing_column(self, tmp_path: Path) -> None:
        wide = joined(LABELS, read_relabels(write(tmp_path) / FULL))
        assert set(RELABELLERS) <= set(wide.columns)
        assert wide["gpt5_4"].isna().all()
        check_table("rater_labels", wide)


class TestErrors:
    def test_missing_path(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="no such file or folder; expected the relabelled tasks"):
            read_relabels(tmp_path / "nothing")

    def test_empty_folder(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="run `jobimpact sources pull parshall-relabels`"):
            read_relabels(tmp_path)

    def test_another_file(self, tmp_path: Path) -> None:
        path = tmp_path / "labels.csv"
        OLDER.to_csv(path, index=False)
        with pytest.raises(SourceError, match="found no file"):
            read_relabels(path)

    def test_unknown_label(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"table 'relabels' does not fit its schema.*E4"):
            read_relabels(write(tmp_path, OLDER.assign(label="E4")))

    def test_truncated(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="found data row 2 of 4 without 'label'"):
            read_relabels(write(tmp_path, OLDER.assign(label=["E0", None, "E1", "E0"])))

    def test_repeated_task(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"found 1 more than once \(1 such rows\)"):
            read_relabels(write(tmp_path, pd.concat([OLDER, OLDER[:1]])))

    def test_labels_with_a_repeated_task(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="task 1 stands in 2 rows or more"):
            join_relabels(pd.concat([LABELS, LABELS[:1]]), read_relabels(write(tmp_path)))


@pytest.mark.publisher
def test_the_real_labels_join(publisher_data: Path) -> None:
    """Both are of the same identifiers: nothing stands in another occupation, all but a few find their task."""
    labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
    relabels = read_relabels(publisher_data / "task_exposure_parshall")
    counts = relabels["rater"].value_counts()
    wide = joined(labels, relabels)
    check_table("rater_labels", wide)
    assert (wide[list(RELABELLERS)].notna().sum() / counts.reindex(list(RELABELLERS)) > 0.99).all()
    rated = wide.dropna(subset=["gpt5_4"])
    assert (rated["gpt5_4"] == rated["gpt4"]).mean() > 0.7
