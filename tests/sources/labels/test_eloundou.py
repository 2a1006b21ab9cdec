"""Readers of the labels of Eloundou et al.: small files in their layout, broken ones, and the authors' own figures."""

import gzip
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import SourceError
from jobimpact.sources.labels.eloundou import (
    AUTOMATION_LEVEL,
    LABEL_EXPOSURE,
    read_eloundou_labels,
    read_eloundou_occupations,
)
from jobimpact.tables import table_columns

CODE = "O*NET-SOC Code"
# In the authors' layout, in words of our own.
LABELS = pd.DataFrame(
    {
        CODE: ["11-1011.00", "11-1011.00", "53-7121.00"],
        "Task ID": [8823.0, 20461.0, 12810.0],
        "Task": [' Decide what the "big" plan of the year is', "Open the yearly meeting ", "Pump grain into a ship"],
        "Task Type": ["Core", None, "Supplemental"],
        "Title": ["Chief Executives", "Chief Executives", "Loaders"],
        "human_exposure_agg": ["E2", "E0", "E0"],
        "gpt4_exposure": ["E1", "E0", "E0"],
        "gpt4_exposure_alt_rubric": ["E2", "E1", "E0"],
        "gpt_3_relevant": [False, False, False],
        "gpt4_automation": ["T2", "T1", "T0"],
    }
)
OCCUPATIONS = pd.DataFrame(
    {
        CODE: ["11-1011.00", "53-7121.00"],
        "Title": ["Chief Executives", "Loaders"],
        "dv_rating_alpha": [0.1, 0.0],
        "dv_rating_beta": [0.46, 0.0],
        "dv_rating_gamma": [0.82, 0.0],
        "human_rating_alpha": [0.18, 0.0],
        "human_rating_beta": [0.35, 0.1],
        "human_rating_gamma": [0.52, 0.2],
    }
)


def write_labels(folder: Path, labels: pd.DataFrame = LABELS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "full_labelset.tsv"
    labels.to_csv(path, sep="\t")
    return path


def write_occupations(folder: Path, occupations: pd.DataFrame = OCCUPATIONS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "occ_level.csv"
    occupations.to_csv(path, index=False)
    return path


def error_of(path: Path) -> str:
    read = read_eloundou_occupations if path.name.startswith("occ_level") else read_eloundou_labels
    with pytest.raises(SourceError) as caught:
        read(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestConstants:
    def test_exposure_of_labels(self) -> None:
        table = {label: tuple(LABEL_EXPOSURE[measure][label] for measure in LABEL_EXPOSURE) for label in ("E0", "E1", "E2")}
        assert list(LABEL_EXPOSURE) == ["alpha", "beta", "gamma"]
        assert table == {"E0": (0.0, 0.0, 0.0), "E1": (1.0, 1.0, 1.0), "E2": (0.0, 0.5, 1.0)}

    def test_levels_of_automation(self) -> None:
        assert dict(AUTOMATION_LEVEL) == {"T0": 0.0, "T1": 0.25, "T2": 0.5, "T3": 0.75, "T4": 1.0}

    def test_are_constant(self) -> None:
        with pytest.raises(TypeError):
            LABEL_EXPOSURE["beta"]["E2"] = 1.0  # type: ignore[index]  # that it cannot be set is what is tested


class TestRead:
    @pytest.mark.parametrize("kind", ["file", "folder", "gz", "zip"])
    def test_labels(self, tmp_path: Path, kind: str) -> None:
        path = write_labels(tmp_path / "GPTs-are-GPTs-main" / "data")
        if kind == "gz":
            zipped = path.with_name(f"{path.name}.gz")
            zipped.write_bytes(gzip.compress(path.read_bytes()))
            path = zipped
        elif kind == "folder":
            path = path.parent
        elif kind == "zip":
            with zipfile.ZipFile(tmp_path / "repository.zip", "w") as archive:
                archive.write(path, path.relative_to(tmp_path))
            path = tmp_path / "repository.zip"
        labels = read_eloundou_labels(path)
        assert list(labels.columns) == table_columns("labels")
        assert labels["task_id"].tolist() == ["8823", "20461", "12810"]
        assert labels["soc_code"].tolist() == ["11-1011", "11-1011", "53-7121"]
        assert labels["task"].tolist() == LABELS["Task"].str.strip().tolist()
        assert labels["task_type"].fillna("?").tolist() == ["Core", "?", "Supplemental"]
        assert labels["human"].tolist() == ["E2", "E0", "E0"]
        assert labels["gpt4"].tolist() == ["E1", "E0", "E0"]
        assert labels["gpt4_alt"].tolist() == ["E2", "E1", "E0"]
        assert labels["gpt4_automation"].tolist() == ["T2", "T1", "T0"]

    def test_occupations(self, tmp_path: Path) -> None:
        write_occupations(tmp_path)
        occupations = read_eloundou_occupations(tmp_path)
        assert list(occupations.columns) == [
            "onetsoc_code",
            "title",
            *(f"{rater}_{measure}" for rater in ("human", "gpt4") for measure in ("alpha", "beta", "gamma")),
        ]
        assert occupations["human_gamma"].tolist() == [0.52, 0.2]
        assert occupations["gpt4_alpha"].tolist() == [0.1, 0.0]


class TestErrors:
    def test_missing_path(self, tmp_path: Path) -> None:
        path = tmp_path / "full_labelset.tsv"
        assert error_of(path) == (
            f"{path}: no such file or folder; expected full_labelset of Eloundou et al., openai/GPTs-are-GPTs: run "
            "`jobimpact sources pull eloundou-labels`, or check the path"
        )

    def test_missing_file(self, tmp_path: Path) -> None:
        assert error_of(tmp_path) == (
            f"{tmp_path}: found no file 'full_labelset' in it; expected full_labelset of Eloundou et al., "
            "openai/GPTs-are-GPTs: run `jobimpact sources pull eloundou-labels`, or give a file itself"
        )

    def test_renamed_column(self, tmp_path: Path) -> None:
        path = write_labels(tmp_path, LABELS.rename(columns={"human_exposure_agg": "human_exposure"}))
        assert "found no column 'human_exposure_agg' (did you mean 'human_exposure'?) among" in error_of(path)

    def test_truncated(self, tmp_path: Path) -> None:
        path = write_labels(tmp_path)
        path.write_bytes(path.read_bytes().rstrip()[:-10])
        assert error_of(path) == (
            "full_labelset.tsv: found data row 3 of 3 without 'gpt4_automation'; expected it in every row (a download "
            "that broke off ends so): download it again"
        )

    def test_unknown_label(self, tmp_path: Path) -> None:
        message = error_of(write_labels(tmp_path, LABELS.assign(gpt4_exposure="E3")))
        assert message.startswith("full_labelset.tsv: table 'labels' does not fit its schema")
        assert "gpt4" in message
        assert "E3" in message

    def test_repeated_task(self, tmp_path: Path) -> None:
        path = write_labels(tmp_path, pd.concat([LABELS, LABELS.iloc[:1]]))
        assert error_of(path) == (
            "full_labelset.tsv: found 11-1011.00 8823 more than once (1 such rows); expected one row for each "
            "onetsoc_code and task_id: remove the copies or download the file again"
        )

    def test_score_outside_its_range(self, tmp_path: Path) -> None:
        path = write_occupations(tmp_path, OCCUPATIONS.assign(human_rating_beta=[0.35, 1.2]))
        assert error_of(path) == (
            "occ_level.csv: found data row 2 of 2 with a score that is not a number from 0 to 1; expected six in each "
            "row (a download that broke off ends so): download it again"
        )

    def test_repeated_occupation(self, tmp_path: Path) -> None:
        path = write_occupations(tmp_path, pd.concat([OCCUPATIONS, OCCUPATIONS.iloc[:1]]))
        assert error_of(path) == (
            "occ_level.csv: found 11-1011.00 more than once; expected one row for each occupation: download it again"
        )


@pytest.mark.publisher
class TestPublisher:
    def test_labels(self, publisher_data: Path) -> None:
        folder = publisher_data / "openai_gpts_are_gpts"
        labels = read_eloundou_labels(folder)
        raw = pd.read_csv(folder / "full_labelset.tsv.gz", sep="\t")
        assert len(labels) == len(raw)
        assert labels["task_type"].isna().sum() == raw["Task Type"].isna().sum()
        for measure, exposure in LABEL_EXPOSURE.items():
            assert (labels["gpt4"].map(dict(exposure)) == raw[measure]).all()
        assert (labels["gpt4_automation"].map(dict(AUTOMATION_LEVEL)) == raw["automation"]).all()

    def test_occupations_are_means_of_their_tasks(self, publisher_data: Path) -> None:
        """Core tasks weigh 2, every other task 1: exact for both raters and all three measures."""
        labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
        occupations = read_eloundou_occupations(publisher_data / "openai_gpts_are_gpts").set_index("onetsoc_code")
        weight = labels["task_type"].eq("Core") + 1.0
        total = weight.groupby(labels["onetsoc_code"]).sum()
        for rater in ("human", "gpt4"):
            for measure, exposure in LABEL_EXPOSURE.items():
                weighted = (labels[rater].map(dict(exposure)) * weight).groupby(labels["onetsoc_code"]).sum()
                difference = (weighted / total).sub(occupations[f"{rater}_{measure}"]).abs()
                assert difference.notna().all()
                assert difference.max() < 1e-12
