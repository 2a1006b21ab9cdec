"""A user's path through the command line, with good input and bad."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from jobimpact.exposure.score import RUBRIC_COLUMNS

COMMANDS = ["run", "score", "explain", "report", "train", "dashboard", "sources"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def jobimpact(home, tmp_path):
    def call(*words):
        command = [sys.executable, "-c", "from jobimpact.cli.app import main; main()", *map(str, words)]
        environment = os.environ | {"JOBIMPACT_DATA": str(home), "COLUMNS": "200"}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    return call


def one_error(done):
    """Return the one line of an error that ended with exit code 2."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("jobimpact: error: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_help_has_an_example_for_each_command(jobimpact):
    assert jobimpact("--version").stdout.startswith("jobimpact 0.")
    for command in COMMANDS[:-1]:
        assert f"Example: jobimpact {command}" in jobimpact(command, "--help").stdout
    for command in ("list", "pull", "add", "check", "derive"):
        assert f"Example: jobimpact sources {command}" in jobimpact("sources", command, "--help").stdout


def test_run_then_report_and_the_second_run_encodes_nothing(jobimpact, tmp_path):
    texts = ["Write letters to customers", "Lay bricks", "Care for patients"]
    rows = "\n".join(f"{code},{text}" for code, text in zip(["43-4051", "47-2021", "29-1141"], texts, strict=True))
    (tmp_path / "tasks.csv").write_text(f"soc_code,task\n{rows}\n")
    first = jobimpact("run", "--tasks", "tasks.csv", "--out", "study")
    assert first.returncode == 0, first.stderr
    assert "Mean exposure of employment, covered occupations only: 0." in first.stdout
    # Three occupations: no sector is covered enough to be the most exposed.
    assert first.stdout.count("Covers") == 4
    assert jobimpact("run", "--tasks", "tasks.csv", "--out", "again").returncode == 0
    assert json.loads((tmp_path / "again" / "manifest.json").read_text())["model"]["texts_encoded"] == 0
    assert (tmp_path / "study" / "tasks.parquet").read_bytes() == (tmp_path / "again" / "tasks.parquet").read_bytes()
    done = jobimpact("report", "study", "--format", "html", "--out", "report.html")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.html").read_bytes() == (tmp_path / "study" / "report.html").read_bytes()


def test_score_keeps_everything_and_adds_the_columns(jobimpact, tmp_path):
    (tmp_path / "in.csv").write_text('id,task,note\n007,Write letters,"a, b"\n007,,=1+1\n')
    done = jobimpact("score", "in.csv", "--out", "out.csv")
    assert done.returncode == 0, done.stderr
    assert "warning: 1 of 2 rows have no text that can be scored" in done.stderr
    scored = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert list(scored.columns) == ["id", "task", "note", *RUBRIC_COLUMNS]
    assert scored["id"].tolist() == ["007", "007"]
    assert scored["note"].tolist() == ["a, b", "=1+1"]
    assert scored["beta"].tolist()[1] == ""


def test_run_with_a_users_file(jobimpact, tmp_path):
    rows = "\n".join(f"11-1011.0,Write letter number {i} to a customer" for i in range(5))
    (tmp_path / "tasks.csv").write_text(f"soc_code,what\n{rows}\nnan,Lay bricks\n")
    done = jobimpact("run", "--tasks", "tasks.csv", "--text-column", "what", "--out", "study")
    assert done.returncode == 0, done.stderr
    assert "1 of 6 rows have no usable occupation code" in done.stderr
    assert len(pd.read_parquet(tmp_path / "study" / "tasks.parquet")) == 5
    said = json.loads((tmp_path / "study" / "manifest.json").read_text())["warnings"]
    assert [warning for warning in said if "1 of 6 rows" in warning]


BAD_FILES = {
    "column.csv": (b"tsk\nwrite letters\n", "did you mean 'tsk'?"),
    "empty.csv": (b"", "the file is empty"),
    "bytes.csv": (b"task\n\xff\xfe\xfabad\n", "--encoding"),
    "header.csv": (b"task\n", "no rows"),
    "scored.csv": (b"task,beta\na,1\n", "are there already"),
    "blank.csv": (b"task,id\n,1\n", "none of 1 rows has task text"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_one_line_and_leaves_nothing(jobimpact, tmp_path, name):
    content, expected = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    assert expected in one_error(jobimpact("score", name, "--out", "out.csv"))
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("score", "missing.csv", "--out", "out.csv"), "no such file"),
        (("run", "--tasks", "missing.csv", "--out", "s"), "no such file"),
        (("run", "--tasks", "onet", "--out", "s"), "jobimpact sources pull onet"),
        (("run", "--tasks", "onet", "--model", "multilingual", "--out", "s"), "jobimpact sources pull onet"),
        (("run", "--model", "no/such-model-here", "--out", "s"), "neither a packaged name"),
        (("report", "nowhere"), "no study is there"),
        (("dashboard",), "make one with `jobimpact run`"),
        (("train",), "sources pull eloundou-labels"),
        (("nosuch",), "No such command 'nosuch'. See `jobimpact --help`."),
        (("run", "--nosuch"), "See `jobimpact run --help`."),
        (("compare", "x", "--n", "0"), "Invalid value for '--n'"),
        (("score",), "Missing argument 'FILE'"),
    ],
)
def test_wrong_words_are_one_line(jobimpact, tmp_path, monkeypatch, words, expected):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "home").mkdir()
    command = [sys.executable, "-c", "from jobimpact.cli.app import main; main()", *words]
    environment = os.environ | {"JOBIMPACT_DATA": str(tmp_path / "home")}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert expected in one_error(done)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_very_long_cell_is_scored_with_a_warning(jobimpact, tmp_path):
    (tmp_path / "long.csv").write_text("task\n" + "word " * 20_000 + "\n")
    done = jobimpact("score", "long.csv", "--out", "out.csv")
    assert done.returncode == 0, done.stderr
    assert "1 of 1 texts are longer than the 256 tokens" in done.stderr


def test_sources_json_is_one_document(jobimpact):
    listed = json.loads(jobimpact("sources", "list", "--json").stdout)
    assert {"starter", "onet", "eloundou-labels"} <= {source["name"] for source in listed}
    checked = json.loads(jobimpact("sources", "check", "--json").stdout)
    assert checked


def test_out_that_cannot_be_written_is_refused_before_any_work(jobimpact, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "tasks.csv").write_text("task\nLay bricks\n")
    assert "cannot be written" in one_error(jobimpact("score", "tasks.csv", "--out", "file/out.csv"))
    assert "cannot be written" in one_error(jobimpact("run", "--out", "file/study"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    assert "holds other files" in one_error(jobimpact("run", "--out", "other"))
