"""`jobimpact debias`, from a study to a sheet of tasks, its labels and the estimates."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import InputError, JobImpactError
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.study import Study
from jobimpact.tables import table_columns


@pytest.fixture
def study(monkeypatch):
    """A study of 40 occupations with ten tasks each, in the place of one that is read."""
    national = read_employment("national")
    codes = national.loc[national["o_group"] == "detailed", "soc_code"].iloc[::20].head(40).tolist()
    rng = np.random.default_rng(0)
    tasks = pd.DataFrame({"soc_code": np.repeat(codes, 10)})
    tasks = tasks.assign(
        onetsoc_code=tasks["soc_code"] + ".00", task_id=[str(i) for i in range(400)], task="Write", title="A job"
    )
    tasks = tasks.assign(beta=rng.uniform(0, 1, 400), task_weight=1.0, soc_major=tasks["soc_code"].str[:2] + "-0000")
    occupations = national[national["soc_code"].isin(codes)][["soc_code", "title", "tot_emp", "a_mean", "a_median"]]
    occupations = occupations.assign(
        soc_major=occupations["soc_code"].str[:2] + "-0000", wage_quintile=1.0, median_top_coded=False
    )
    occupations = occupations.assign(**dict.fromkeys(MEASURES.values(), 0.5))
    groups = pd.DataFrame({"group_type": ["all", "sex"], "group": ["all", "women"], "group_title": ["All occupations", "Women"]})
    none = {name: pd.DataFrame(columns=table_columns(name)) for name in ("sectors", "areas")}
    release = read_employment("industry")["release"].iloc[0]
    row = {"i_group": "3-digit", "naics": "541000", "naics_title": "Professional Services", "release": release}
    none["industries"] = pd.DataFrame([row])
    manifest = {"inputs": {"employment": {"release": national["release"].iloc[0]}}}
    made = Study({"tasks": tasks, "occupations": occupations, "groups": groups, **none}, manifest)
    monkeypatch.setattr("jobimpact.study.read_study", lambda _: made)
    return made


@pytest.fixture
def run(study):
    def call(*words):
        done = CliRunner().invoke(app, ["debias", "study", *map(str, words)])
        if isinstance(done.exception, JobImpactError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return call


def test_sheet_is_drawn_labelled_and_used(run, tmp_path):
    sheet_file, out = tmp_path / "sheet.csv", tmp_path / "debiased.csv"
    assert "200 tasks to label written" in run("--draw", 200, "--out", sheet_file, "--by-employment", "--seed", 1)
    sheet = pd.read_csv(sheet_file, dtype=str)
    sheet.assign(label="E1").to_csv(sheet_file, index=False)
    said = run("--labels", sheet_file, "--out", out, "--gap", "groups:all|all - soc_major|11-0000")
    # 200 of 400 tasks are alike: the others may yet differ, though not upwards.
    assert re.search(r"groups +All occupations +1\.000 +0\.9\d\d to 1\.000 +0\.", said)
    assert "estimates have too few labels and are not stated" in said
    table = pd.read_csv(out)
    assert table["row_key"].tolist().count("all|all - soc_major|11-0000") == 1
    found = json.loads(run("--labels", sheet_file, "--json"))
    assert found[0]["row_title"] == "All tasks, each counted once"
    assert any(row["point_estimate"] is None for row in found)
    industry = next(row for row in found if row["row_key"] == "3-digit|541000")
    assert (industry["table_name"], industry["row_title"]) == ("industries", "Professional Services")
    assert industry["point_estimate"] == 1
    # Groups that the study has, and no others.
    kinds = {row["row_key"].partition("|")[0] for row in found if row["table_name"] == "groups"}
    assert {"all", "sex"} <= kinds
    assert "job_zone" not in kinds


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], "neither --draw nor --labels"),
        (["--draw", 20], "--draw without --out"),
        (["--draw", 20, "--labels", "x.csv", "--out", "y.csv"], "both --draw and --labels"),
        (["--draw", 20, "--out", "y.pdf"], "y.pdf"),
        (["--draw", 20, "--out", "y.csv", "--gap", "sectors:52 - 23"], "found --gap with --draw; it belongs to --labels"),
        (["--labels", "x.csv", "--strata", "soc_major"], "found --strata with --labels; it belongs to --draw"),
        (["--labels", "x.csv", "--out", "x.csv"], "given twice"),
    ],
)
def test_bad_options_are_one_line(run, words, found):
    with pytest.raises(InputError, match=found) as caught:
        run(*words)
    assert "\n" not in str(caught.value)


def test_labels_that_a_person_gave_are_not_overwritten(run, tmp_path):
    sheet_file = tmp_path / "sheet.csv"
    for _ in range(2):  # an empty sheet may be drawn anew
        assert json.loads(run("--draw", 20, "--out", sheet_file, "--json")) == {"n_tasks": 20, "out": str(sheet_file)}
    sheet = pd.read_csv(sheet_file, dtype=str)
    sheet.assign(label=["E1", *[""] * 19]).to_csv(sheet_file, index=False)
    before = sheet_file.read_bytes()
    with pytest.raises(InputError, match="1 of its rows are labelled"):
        run("--draw", 20, "--out", sheet_file)
    assert sheet_file.read_bytes() == before


def test_a_study_without_industries_is_debiased_too(run, study, tmp_path):
    tables = {name: table for name, table in study.tables.items() if name != "industries"}
    object.__setattr__(study, "tables", tables)
    sheet_file = tmp_path / "sheet.csv"
    run("--draw", 100, "--out", sheet_file)
    pd.read_csv(sheet_file, dtype=str).assign(label="E0").to_csv(sheet_file, index=False)
    assert "industries" not in {row["table_name"] for row in json.loads(run("--labels", sheet_file, "--json"))}


def test_bad_gaps_are_one_line(run, tmp_path):
    sheet_file = tmp_path / "sheet.csv"
    run("--draw", 100, "--out", sheet_file)
    pd.read_csv(sheet_file, dtype=str).assign(label="E0").to_csv(sheet_file, index=False)
    for gap, found in (
        ("52 - 23", "expected a table and two of its rows"),
        ("towns:a - b", "names the table 'towns'"),
        ("sectors:52 - 52", "found 52 twice"),
    ):
        with pytest.raises(InputError, match=found):
            run("--labels", sheet_file, "--gap", gap)
