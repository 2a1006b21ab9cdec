"""`jobimpact compare`: the screen, one JSON document, a table on disk, and what can be refused at once."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import jobimpact.study
from jobimpact.assumptions import read_assumptions
from jobimpact.cli.app import app
from jobimpact.errors import InputError, StudyError
from jobimpact.sources.indices.packaged import read_packaged_indices
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.study import Study


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch, data_home: Path) -> Path:
    """Give a study whose exposure is Microsoft's score, without scoring a task."""
    national = read_employment("national").query("o_group == 'detailed'")[["soc_code", "title", "tot_emp"]]
    scores = read_packaged_indices().query("voice == 'microsoft'").set_index("soc_code")["index_value"]
    occupations = national.assign(exposure_beta=national["soc_code"].map(scores)).iloc[::5].reset_index(drop=True)
    manifest = {"parameters": {"rater": "human"}, "inputs": {"tasks": {"name": "starter"}, "employment": {"release": "2025-05"}}}
    draws = read_assumptions("compare")["draws"]
    monkeypatch.setitem(read_assumptions("compare"), "draws", {**draws, "value": 20})
    monkeypatch.setattr("jobimpact.study.read_study", lambda path: Study({"occupations": occupations}, manifest, path))
    return Path("reports/study")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["compare", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_json_is_one_document(study: Path) -> None:
    found = json.loads(run(str(study), "--json", "--n", "2"))
    assert found["study"] == {
        "path": "reports/study", "measure": "beta", "rater": "human", "tasks": "starter", "employment": "2025-05",
    }  # fmt: skip
    own = next(pair for pair in found["pairs"] if (pair["voice_a"], pair["voice_b"]) == ("study", "microsoft"))
    assert own["pearson"] == pytest.approx(1)
    named = [row for row in found["disagreements"] if (row["voice_a"], row["voice_b"]) == ("study", "anthropic")]
    assert [row["gap_rank"] for row in named] == [1, 2]
    assert {row["voice"] for row in found["absent"]} >= {"aioe", "ilo", "frey_osborne"}


def test_screen_and_table(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.csv"
    shown = run(str(study), "--out", str(out))
    assert "exposure (beta) by rater human on tasks of starter" in shown
    assert "microsoft: Tomlinson et al. 2025, AI applicability (packaged)" in shown
    assert "ilo: not here: Gmyrek et al. 2025, ILO index: run `jobimpact sources add ilo-2025 FILE_OR_FOLDER`" in shown
    pairs = pd.read_csv(out)
    assert f"{len(pairs)} rows written to" in shown
    assert pairs["voice_a"].iloc[0] == "study"


def test_a_correlation_that_is_not_there_is_no_number(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = jobimpact.study.read_study(study)
    few = {"occupations": whole["occupations"].head(9)}
    monkeypatch.setattr("jobimpact.study.read_study", lambda path: Study(few, whole.manifest, path))
    shown = run(str(study))
    (row,) = [line for line in shown.splitlines() if line.startswith("microsoft ")]
    assert row.split()[-4:] == ["-"] * 4


def test_a_manifest_that_says_nothing_is_one_line(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = jobimpact.study.read_study(study)
    monkeypatch.setattr("jobimpact.study.read_study", lambda path: Study(whole.tables, {}, path))
    with pytest.raises(StudyError, match="its manifest does not name the rater") as caught:
        run(str(study))
    assert "\n" not in str(caught.value)


def test_refused_at_once(tmp_path: Path, data_home: Path) -> None:
    with pytest.raises(StudyError, match="no study is there"):
        run(str(tmp_path))
    with pytest.raises(InputError, match=r"pairs\.doc"):
        run(str(tmp_path), "--out", str(tmp_path / "pairs.doc"))
