"""`jobimpact explain`, with a planted model in the place of the real one, and once with the real one."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import InputError, JobImpactError
from jobimpact.exposure.explain import reasons
from jobimpact.tables import table_columns

PLANTED = runpy.run_path(str(Path(__file__).parents[1] / "exposure" / "explain" / "test_reasons.py"))["planted_explainer"]


@pytest.fixture
def loaded(monkeypatch):
    """Put the planted model in; return how it was asked for."""
    asked = []

    def load(folder=None, **options):
        asked.append(options)
        return PLANTED()

    monkeypatch.setattr(reasons, "load_explainer", load)
    return asked


@pytest.fixture
def explain(loaded, data_home):
    """Return a function that runs the command in this process and returns what it printed."""

    def run(*words):
        done = CliRunner().invoke(app, ["explain", *map(str, words)])
        if isinstance(done.exception, JobImpactError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_text_is_explained_in_words(explain, loaded):
    said = explain("please write a story", "--nearest", 2)
    assert said.startswith("please write a story\nExposure (beta) 0.90")
    assert "+0.60  write" in said
    assert said.count("labels: ") == 2
    assert loaded[0]["language"] == "en"
    assert loaded[0]["reference"] == "auto"


def test_json_is_one_document_and_nothing_else(explain):
    found = json.loads(explain("please write a story", "--json"))
    assert len(found) == 1
    assert found[0]["beta"] == pytest.approx(0.9)
    assert found[0]["reference"] == "eloundou-labels"
    assert {row["words"] for row in found[0]["words"] if row["n_words"] == 1} == {"please", "write", "a", "story"}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "jsonl", "parquet"])
def test_file_becomes_a_long_table(explain, tmp_path, ending):
    path, out = tmp_path / "in.csv", tmp_path / f"out.{ending}"
    pd.DataFrame({"what": ["write ads", "=1+1 lift boxes"]}).to_csv(path, index=False)
    said = explain("--file", path, "--text-column", "what", "--out", out)
    assert f"2 texts written to {out}" in said.replace("\n", "")
    readers = {"csv": pd.read_csv, "xlsx": partial(pd.read_excel, engine="openpyxl"), "parquet": pd.read_parquet}
    table = pd.read_json(out, lines=True) if ending == "jsonl" else readers[ending](out)
    assert list(table.columns) == table_columns("explanations")
    assert table.loc[table["part"] == "score", "content"].tolist() == ["write ads", "=1+1 lift boxes"]
    lift = table[(table["part"] == "words") & (table["content"] == "lift") & (table["n_words"] == 1)]
    assert lift["effect"].tolist() == [pytest.approx(-0.2)]


def test_rows_without_text_stay_in_the_table(explain, tmp_path):
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text('id,task\n1,write ads\n2,\n3,"7"\n')
    with pytest.warns(UserWarning, match="2 of 3 rows"):
        explain("--file", path, "--out", out)
    table = pd.read_csv(out)
    scores = table[table["part"] == "score"]
    assert scores["uncertain_reason"].tolist()[1:] == ["no text", "no letters (numbers or signs only)"]
    assert scores[["row", "beta"]].fillna(-1).to_numpy().tolist() == [[1, 0.9], [2, -1], [3, -1]]


def test_chinese_wording(explain, loaded):
    assert "暴露度（beta）0.90" in explain("请撰写报告", "--language", "zh")
    assert loaded[0]["language"] == "zh"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "neither a text nor --file"),
        (["write", "--file", "in.csv"], "both a text and --file"),
        (["  "], "the text is empty"),
        (["7 8"], "none that can be scored"),
        (["write ads", "--nearest", "0"], "--nearest 0: expected 1 or more"),
        (["write ads", "--out", "x.docx"], "unknown ending '.docx'"),
        (["--file", "nothing.csv"], "no such file"),
        (["write ads", "--rater", "gpt5_4"], "gpt5_4"),
    ],
)
def test_bad_input_is_one_line(explain, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        explain(*words)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("x.*"))


def test_file_without_the_column_names_those_that_it_has(explain, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("id,tasks\n1,write\n")
    with pytest.raises(InputError, match="did you mean 'tasks'"):
        explain("--file", path)


@pytest.mark.slow
def test_fresh_install_falls_back_to_starter_tasks_and_says_how_to_add_labels(starter_home, tmp_path):
    command = [sys.executable, "-c", "from jobimpact.cli.app import main; main()", "explain", "Translate a contract into Spanish"]
    environment = os.environ | {"JOBIMPACT_DATA": str(shutil.copytree(starter_home, tmp_path / "home"))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Nearest starter tasks" in done.stdout
    assert "jobimpact sources pull eloundou-labels" in done.stdout
    assert "Traceback" not in done.stderr
