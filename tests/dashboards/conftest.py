"""A tiny study without a model, with text that would break a careless page, and the pages run on it without a browser."""

from pathlib import Path

import pandas as pd
import pytest

from jobimpact.estimates.study_tables import aggregate_study, read_study_employment
from jobimpact.reporting.claims.claims import claims_table
from jobimpact.study import Study, check_table, write_study
from jobimpact.tables import table_columns

ROOT = Path(__file__).resolve().parents[2]
# Title of the source, codes, and one beta per task; 55-1011 is not in OEWS, 31-1121 and 31-1122 only in combination.
OCCUPATIONS = [
    ("15-1252.00", "Software Developers", [0.9, 0.5, 0.7]),
    ("29-1141.00", "Registered Nurses", [0.1, 0.2]),
    ("31-1121.00", "Home Health Aides", [0.2]),
    ("31-1122.00", "Personal Care Aides", [0.05, 0.3]),
    ("43-4051.00", "Customer Service Representatives", [0.8]),
    ("55-1011.00", "Air Crew Officers at $5 *each*", [0.4]),
]
HOSTILE = "=SUM(A1) weigh $5 and $6 *parcels* <b>now</b>"


def tiny_tasks():
    rows = [
        {"onetsoc_code": code, "title": title, "task_id": f"{code}-{place}", "beta": beta, "task": f"{title} task {place}"}
        for code, title, betas in OCCUPATIONS
        for place, beta in enumerate(betas)
    ]
    tasks = pd.DataFrame(rows)
    tasks.loc[0, "task"] = HOSTILE
    half = tasks["beta"] / 2
    tasks = tasks.assign(
        soc_code=tasks["onetsoc_code"].str[:7],
        soc_major=tasks["onetsoc_code"].str[:2] + "-0000",
        task_type="Core",
        importance=4.0,
        task_weight=2.0,
        p_e0=1 - half * 3,
        p_e1=half,
        p_e2=half * 2,
        alpha=half,
        gamma=(tasks["beta"] * 1.5).clip(upper=1),
        beta_low=0.0,
        beta_high=1.0,
        automation=half,
        automation_share=0.5,
        uncertain=False,
        uncertain_reason=pd.NA,
    )
    return tasks.assign(p_e0=tasks["p_e0"].clip(lower=0), p_e2=tasks["p_e2"].clip(upper=1))[table_columns("tasks")]


def small_ledger(tables):
    """Intervals of .05 at each side of every exposure, without the draws that a real ledger takes."""
    keys = {"sectors": ["naics"], "areas": ["area"], "industries": ["i_group", "naics"], "occupations": ["soc_code"]}
    parts = [
        pd.DataFrame({
            "table_name": name,
            "row_key": table[keys.get(name, ["group_type", "group"])].agg("|".join, axis=1),
            "point_estimate": table["exposure_beta"],
        })
        for name, table in tables.items() if name != "tasks"
    ]  # fmt: skip
    ledger = pd.concat(parts, ignore_index=True).dropna()
    ends = {"estimate_low": ledger["point_estimate"] - 0.05, "estimate_high": ledger["point_estimate"] + 0.05}
    known = {"column_name": "exposure_beta", "cause": "total", "variance": 0.000625, "variance_share": 1.0, "estimate_se": 0.025}
    return ledger.assign(**known, **ends)[table_columns("variance_ledger")]


def make_study(folder, tasks=None):
    """Write the tiny study to `folder` and return it."""
    tasks = tiny_tasks() if tasks is None else tasks
    tables = {"tasks": tasks, **aggregate_study(tasks, read_study_employment())}
    tables["variance_ledger"] = small_ledger(tables)
    tables["raters"] = pd.DataFrame([], columns=table_columns("raters")).astype({"estimate": float})
    tables["claims"] = claims_table([])
    manifest = {
        "inputs": {
            "tasks": {"name": "tiny.csv", "title": "tiny.csv", "release": "", "licence": "none"},
            "employment": {"name": "OEWS", "release": "2025-05", "licence": "US public domain"},
        },
        "parameters": {"rater": "human", "weights": "core"},
    }
    return write_study(Study({name: check_table(name, table) for name, table in tables.items()}, manifest), folder)


@pytest.fixture(scope="session")
def tiny_study(tmp_path_factory):
    """Folder of the tiny study; nothing of the user's is written."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOBIMPACT_DATA", str(tmp_path_factory.mktemp("home")))
        return make_study(tmp_path_factory.mktemp("study") / "tiny").path


@pytest.fixture
def lonely_study(tmp_path, data_home):
    """Folder of a study whose only occupation has no employment."""
    tasks = tiny_tasks()
    return make_study(tmp_path / "lonely", tasks[tasks["soc_code"] == "55-1011"]).path


@pytest.fixture
def open_page(monkeypatch, data_home):
    """Return a function that runs a page of the dashboard on a study, with parameters of its URL."""
    testing = pytest.importorskip("streamlit.testing.v1")
    import streamlit

    monkeypatch.syspath_prepend(str(ROOT / "dashboards"))
    streamlit.cache_resource.clear()

    def opened(page, study=None, **parameters):
        if study is None:
            monkeypatch.delenv("JOBIMPACT_STUDY", raising=False)
        else:
            monkeypatch.setenv("JOBIMPACT_STUDY", str(study))
        app = testing.AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=60)
        if page == "overview":
            return app.run()
        app.run().switch_page(f"views/{page}.py")
        app.query_params.update(parameters)
        return app.run()

    yield opened
    streamlit.cache_resource.clear()


@pytest.fixture
def broken_study(tiny_study, tmp_path):
    """Return a function that copies the tiny study and spoils one of its files."""
    import shutil

    def spoiled(file, content):
        copy = tmp_path / "broken"
        shutil.copytree(tiny_study, copy)
        (copy / file).write_bytes(content)
        return copy

    return spoiled
