"""`jobimpact headlines`: numbers with their definitions and intervals, and under every other definition."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import CoverageWarning, JobImpactError
from jobimpact.estimates.study_tables import aggregate_study, check_coverage, read_study_employment
from jobimpact.reporting.claims.claims import claims_table
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.study import Study, write_study
from jobimpact.tables import table_columns


@pytest.fixture(scope="module")
def study():
    statements = read_starter_tasks()
    beta = statements["soc_code"].map(lambda code: 0.6 if code < "31" else 0.2)
    scores = {"p_e0": 1 - beta, "p_e1": beta, "p_e2": 0.0, "alpha": beta, "beta": beta, "gamma": beta}
    tasks = statements.assign(
        **scores, beta_low=0.0, beta_high=1.0, automation=beta / 2, automation_share=0.5, uncertain=False,
        uncertain_reason=pd.NA, task_weight=1.0, soc_major=statements["soc_code"].str[:2] + "-0000",
    )[table_columns("tasks")]  # fmt: skip
    tables = {"tasks": tasks, **aggregate_study(tasks, read_study_employment())}
    nation = {"table_name": "groups", "row_key": "all|all", "column_name": "share_workers_50", "point_estimate": 0.4}
    parts = {"variance": 0.01, "variance_share": 1.0, "estimate_se": 0.1, "estimate_low": 0.31, "estimate_high": 0.52}
    ledger = pd.DataFrame([nation | {"cause": "total"} | parts])[table_columns("variance_ledger")]
    release = str(read_employment("national")["release"].iloc[0])
    inputs = {"tasks": {"name": "starter", "title": "Starter tasks", "release": "2026"}, "employment": {"release": release}}
    empty = claims_table([])
    manifest = {"inputs": inputs, "parameters": {"rater": "human"}}
    raters = pd.DataFrame([], columns=table_columns("raters")).astype({"estimate": float})
    return Study({**tables, "raters": raters, "variance_ledger": ledger, "claims": empty}, manifest)


@pytest.fixture
def folder(study, tmp_path, data_home):
    write_study(study, tmp_path / "study")
    return tmp_path / "study"


def call(*arguments):
    return CliRunner().invoke(app, ["headlines", *map(str, arguments)])


def test_every_number_stands_with_its_definition_and_interval(folder):
    result = call(folder)
    assert result.exit_code == 0, result.output
    assert "OEWS 2025-05" in result.output
    assert "human rater" in result.output
    half = next(line for line in result.output.splitlines() if line.startswith("Jobs in highly exposed"))
    assert ">= 0.5" in half
    assert "(95 % interval 31.0 to 52.0 % given the human judge)" in half


def test_the_study_written_last_is_taken(folder):
    assert call().output == call(folder).output


def test_alternatives_say_what_another_definition_makes_of_a_number(folder, study):
    records = json.loads(call(folder, "--alternatives", "--json").output)
    half = next(record for record in records if record["cut"] == 0.5)
    values = {(row["changed_part"], row["alternative"]): row["headline_value"] for row in half["alternatives"]}
    nation = study["groups"].query("group_type == 'all'").iloc[0]
    assert half["value"] == pytest.approx(nation["share_workers_50"]) == pytest.approx(values["as defined", ">= 0.5"])
    assert values["denominator", "published"] == pytest.approx(half["value"] * nation["matched_share"], rel=1e-3)
    assert (half["interval_low"], half["interval_high"]) == (0.31, 0.52)
    assert records[0]["interval_low"] is None


def test_table_is_written_with_each_part_of_the_definition(folder, tmp_path):
    assert call(folder, "--out", tmp_path / "h.csv").exit_code == 0
    table = pd.read_csv(tmp_path / "h.csv")
    assert {"name", "value", "unit", "measure", "weight", "denominator", "population", "release", "cut", "operator"} <= set(table)


@pytest.mark.parametrize("wrong", ["nowhere", "."])
def test_what_is_no_study_is_refused_in_one_line(wrong, tmp_path, data_home):
    result = call(tmp_path / wrong)
    assert isinstance(result.exception, JobImpactError)
    assert "\n" not in str(result.exception)


def test_few_occupations_are_not_the_country_and_no_sector_is_the_most_exposed(study, tmp_path, data_home):
    tasks = study["tasks"][study["tasks"]["soc_code"].isin(["15-1252", "43-4051", "47-2061"])]
    tables = aggregate_study(tasks, read_study_employment())
    with pytest.warns(CoverageWarning, match=r"hold 3\.\d % of US employment, less than 50 %"):
        check_coverage(tables)
    few = Study({**study.tables, "tasks": tasks, **tables}, study.manifest)
    write_study(few, tmp_path / "few")
    lines = [line for line in call(tmp_path / "few").output.splitlines() if not line.startswith(" ")]
    assert all("covered occupations only" in line for line in lines if line.startswith(("Mean", "Jobs", "Exposure")))
    assert not any("Most exposed sector" in line for line in lines)
    report = compose(Request(few)).sentences()
    assert not any("Finance and Insurance" in sentence.text for sentence in report)
