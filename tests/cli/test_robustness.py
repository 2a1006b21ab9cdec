"""`jobimpact robustness` on a study without a model: scores are made up, employment and indices are the package's."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import InputError, JobImpactError
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.study import Study

QUERY = "sector 52 > sector 23"


@pytest.fixture(scope="module")
def study():
    statements = read_starter_tasks()
    rng = np.random.default_rng(2)
    beta = rng.random(len(statements)) * np.where(statements["soc_code"] < "31", 1.0, 0.4)
    tasks = statements.assign(alpha=beta / 2, beta=beta, gamma=beta, automation=beta / 3)
    release = str(read_employment("national")["release"].iloc[0])
    manifest = {"parameters": {"rater": "human", "weights": "core"}, "inputs": {"employment": {"release": release}}}
    return Study({"tasks": tasks}, manifest)


@pytest.fixture
def run(study, data_home, monkeypatch):
    """Return a function that runs the command in this process and returns what it printed."""
    monkeypatch.setattr("jobimpact.study.read_study", lambda path: study)

    def run(*words):
        done = CliRunner().invoke(app, ["robustness", "study", "--raters", "none", *map(str, words)])
        if isinstance(done.exception, JobImpactError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_words(run):
    said = run("--query", QUERY)
    assert said.startswith(f"{QUERY}: ")
    assert "this study's own choices: yes" in said
    assert "estimates (standard deviations over jobs): median " in said
    assert "what moves the answer" in said or "the answer never changes" in said
    assert "full_labelset" in said  # what is not here is named, with the command that brings it
    assert "sources add eloundou-labels" in said


def test_json_is_one_document_and_nothing_else(run):
    record = json.loads(run("--query", QUERY, "--json"))
    assert record["query"] == QUERY
    assert record["n_universes"] == len(record["universes"])
    assert record["reference"]["rater"] == "human"
    assert 0 <= record["survival"] <= 1


def test_indices_that_are_wanted_and_no_others(run):
    raters = {
        indices: {row["rater"] for row in json.loads(run("--query", QUERY, "--json", "--indices", indices))["universes"]}
        for indices in ("none", "ilo", "microsoft,daioe")
    }
    assert raters["none"] == raters["ilo"] == {"human", "gpt4"}  # the ILO's index is not here
    assert raters["microsoft,daioe"] == {"human", "gpt4", "microsoft", "daioe"}


def test_a_bridge_by_jobs_is_a_level_of_the_crosswalk(run):
    record = json.loads(run("--query", QUERY, "--json", "--indices", "daioe"))
    rules = {row["choice_level"]: row["n_universes"] for row in record["choice_survival"] if row["choice"] == "crosswalk"}
    assert rules["employment"] == 3  # one index, three weights of jobs
    assert "employment" in record["assumptions"]["crosswalks"]


def test_nothing_that_was_given_is_overwritten(run, tmp_path):
    scores, out = tmp_path / "mine.csv", tmp_path / "out.html"
    scores.write_text("soc_code,beta\n15-1252,0.5\n", encoding="utf-8")
    before = scores.read_bytes()
    for words in (["--scores", scores, "--out", scores], ["--out", out, "--figure", out]):
        with pytest.raises(InputError, match="given twice"):
            run("--query", QUERY, *words)
    assert scores.read_bytes() == before
    assert not out.exists()


def test_files(run, tmp_path):
    scores, out, figure = tmp_path / "mine.csv", tmp_path / "universes.csv", tmp_path / "curve.html"
    national = read_employment("national").query("o_group == 'detailed'")
    pd.DataFrame({"soc_code": national["soc_code"], "beta": 0.5}).to_csv(scores, index=False)
    said = run("--query", QUERY, "--scores", scores, "--out", out, "--figure", figure, "--indices", "microsoft")
    table = pd.read_csv(out, dtype={"reason": str})
    assert set(table["rater"]) == {"human", "gpt4", "mine", "microsoft"}
    assert table.loc[table["rater"] == "mine", "answer"].eq("no").all()  # a tie everywhere
    assert f"Universes: {out}" in said
    assert "plotly" in figure.read_text(encoding="utf-8")[:5_000_000]
    whole = tmp_path / "all.json"
    run("--query", QUERY, "--out", whole, "--indices", "none")
    assert json.loads(whole.read_text(encoding="utf-8"))["verdict"] in {"always", "sometimes", "never"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--query", "is it so"], "expected a question such as"),
        (["--query", "sector 5 > sector 23"], "expected the code of one of 20"),
        (["--query", QUERY, "--credence", "rater=human"], "expected CHOICE=LEVEL:WEIGHT"),
        (["--query", QUERY, "--credence", "rater=me:2"], "no such level"),
        (["--query", QUERY, "--indices", "nobody"], "'nobody' is not known"),
        (["--query", QUERY, "--out", "universes.doc"], "unknown ending"),
        (["--query", QUERY, "--figure", "curve.png"], "expected .html for the figure"),
        (["--query", "sector 52 in top 99"], "true whatever the scores"),
        (["--query", QUERY, "--scores", "nowhere.csv"], "no such file"),
        (["--query", QUERY, "--data", "nowhere"], "no such folder"),
    ],
)
def test_bad_input(run, words, said):
    with pytest.raises(InputError) as caught:
        run(*words)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
