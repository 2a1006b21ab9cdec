"""`jobimpact change` on two small studies: the screen, one JSON document, errors in one line."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import InputError, StudyError
from jobimpact.estimates.means.aggregates import aggregate_areas, aggregate_groups, aggregate_sectors
from jobimpact.estimates.means.occupations import aggregate_occupations
from jobimpact.estimates.means.weights import task_weights
from jobimpact.exposure.heads.components import VarianceComponents
from jobimpact.facts.codes import oews_code
from jobimpact.facts.states import read_states
from jobimpact.reporting.claims.claims import claims_table
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.study import Study, write_study
from jobimpact.tables import table_columns


def make_study(rater, seed, statements):
    """A study of the starter tasks with drawn scores, made by the same functions as `run_study`."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([2, 1, 1], len(statements))
    scores = pd.DataFrame({"p_e0": p[:, 0], "p_e1": p[:, 1], "p_e2": p[:, 2]}, index=statements.index)
    scores = scores.assign(alpha=p[:, 1], beta=p[:, 1] + p[:, 2] / 2, gamma=p[:, 1] + p[:, 2], automation=p[:, 1])
    scores = scores.assign(beta_low=0.0, beta_high=1.0, automation_share=0.5, uncertain=False, uncertain_reason=None)
    tasks = statements.join(scores).assign(
        soc_major=statements["soc_code"].str[:2] + "-0000", task_weight=task_weights(statements)
    )
    tasks = tasks[table_columns("tasks")]
    national = read_employment("national")
    codes = oews_code(tasks["soc_code"])
    components = VarianceComponents(shared=0.01, own=0.5, noise=0.2, bias=0.0, n_tasks=100, n_occupations=10)
    occupations = aggregate_occupations(tasks, national, codes.where(codes.notna(), tasks["soc_code"]), components)
    tables = {
        "tasks": tasks,
        "occupations": occupations,
        "sectors": aggregate_sectors(occupations, read_employment("sector")),
        "areas": aggregate_areas(occupations, read_employment("state"), read_states()),
        "groups": aggregate_groups(occupations, national),
    }
    manifest = {
        "inputs": {"tasks": {"name": "starter", "release": "2026"}, "employment": {"release": str(national["release"].iloc[0])}},
        "parameters": {"rater": rater, "weights": "core"},
        "model": {"encoder": "drawn", "encoder_sha256": "0" * 64, "heads_sha256": str(seed) * 64},
    }
    return Study({**tables, "claims": claims_table([])}, manifest)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("change")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOBIMPACT_DATA", str(root / "home"))
        statements = read_starter_tasks()
        for name, rater, seed in (("a", "human", 1), ("b", "gpt4", 2)):
            write_study(make_study(rater, seed, statements), root / name)
    return root / "a", root / "b"


@pytest.fixture
def run(data_home):
    def call(*arguments):
        return CliRunner().invoke(app, ["change", *map(str, arguments)], catch_exceptions=True)

    return call


@pytest.mark.parametrize("estimate", ["mean:beta", "share:beta>=0.5", "mean:beta@naics=51", "mean:beta/wage_bill@area=06"])
def test_one_json_document_whose_parts_add_up(run, folders, estimate):
    result = run(*folders, "--estimate", estimate, "--json")
    found = json.loads(result.stdout)
    parts = {row["factor"]: row["part"] for row in found["factors"]}
    assert sum(parts.values()) == pytest.approx(found["change"], abs=1e-12)
    # Only the model differs, so that it has all of the change; and both values are those of the studies' own tables.
    assert parts["scores"] == found["change"] != 0
    assert [parts[name] for name in ("tasks", "employment", "weights", "definition")] == [0.0] * 4
    for side in ("before", "after"):
        if found[side]["stored"] is not None:
            assert found[side]["value"] == pytest.approx(found[side]["stored"], abs=1e-12)
    assert found["before"]["stored"] is not None
    low, high = found["interval"]
    assert low < found["change"] < high
    assert not found["common_errors"]


def test_screen_names_the_factors_and_the_occupations(run, folders):
    result = run(*folders)
    assert result.exit_code == 0
    assert "(judge or model differ: errors independent)" in result.output
    for word in (
        "a: 0.",
        "b: 0.",
        "scores",
        "drawn, rater human (00000000 11111111)",
        "drawn, rater gpt4",
        "the same",
        "35-2021 Food Preparation Workers",
    ):
        assert word in result.output


def test_another_definition_is_its_own_cause(run, folders):
    found = json.loads(run(folders[0], folders[0], "--estimate-b", "mean:gamma", "--json").stdout)
    assert {row["factor"]: row["differs"] for row in found["factors"]}["definition"]
    assert {row["factor"]: row["part"] for row in found["factors"]}["definition"] == found["change"] > 0


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (["--estimate", "median:beta"], InputError, "expected a form such as mean:beta"),
        (["--estimate", "mean:beta@naics=00"], InputError, "found no naics '00'; expected one of 20, such as 11, 21"),
        (["--estimate", "mean:beta@soc_major=15"], InputError, "expected one of 22, such as 15-0000: "),
        (["--estimate", "share:beta>=1.2.3"], InputError, "expected a form such as mean:beta"),
    ],
)
def test_bad_estimate_is_one_line(run, folders, arguments, error, match):
    result = run(*folders, *arguments)
    assert isinstance(result.exception, error)
    assert match in str(result.exception)


def test_no_study_is_one_line(run, folders, tmp_path):
    assert isinstance(run(folders[0], tmp_path).exception, StudyError)


@pytest.mark.parametrize("manifest", ["{}", '{"inputs": {"tasks": 1}}'])
def test_a_manifest_that_says_nothing_is_one_line(run, folders, tmp_path, manifest):
    hollow = tmp_path / "hollow"
    shutil.copytree(folders[0], hollow)
    (hollow / "manifest.json").write_text(manifest, encoding="utf-8")
    error = run(hollow, folders[0]).exception
    assert isinstance(error, StudyError)
    assert "its manifest has no inputs.tasks.name" in str(error)


@pytest.mark.publisher
def test_employment_of_another_year_from_its_file(run, folders, publisher_data):
    file = publisher_data / "bls_oews" / "national_M2021_dl.xlsx"
    found = json.loads(run(*folders, "--employment-a", file, "--json").stdout)
    factors = {row["factor"]: row for row in found["factors"]}
    assert factors["employment"]["before"] == "OEWS 2021-05"
    assert factors["employment"]["part"] != 0
    assert found["before"]["stored"] is None
