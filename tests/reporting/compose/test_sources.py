"""Sources of a report: also those of the groups that its tables hold, which licences ask to be named."""

import tomllib

import pandas as pd
import pytest

from jobimpact.assumptions import read_assumptions
from jobimpact.paths import packaged
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.compose.sources import table_source_rows
from jobimpact.reporting.formats.bibtex import render_bibtex
from jobimpact.study import Study


def test_groups_beside_oews_name_their_source():
    groups = pd.DataFrame({"group_type": ["all", "sex", "job_zone", "race_ethnicity", "soc_major"]})
    tasks = pd.DataFrame({"automation_share": [None]})
    rows = table_source_rows({"groups": groups, "tasks": tasks})
    assert [row["key"] for row in rows] == ["cps-shares", "onet-job-zones"]
    assert {row["use"] for row in rows} == {"Groups of jobs"}
    assert rows[1]["licence"] == "CC BY 4.0"


def test_every_group_type_cites_what_its_basis_names():
    known = tomllib.loads(packaged("data", "sources.toml").read_text(encoding="utf-8"))
    kinds = read_assumptions("group_types")
    assert all(entry["cites"] in known for entry in kinds.values() if "cites" in entry)
    # What OEWS and this package make alone needs no other source.
    alone = {name for name, entry in kinds.items() if "cites" not in entry}
    assert all(set(kinds[name]["source"].split(", ")) <= {"BLS OEWS", "SOC 2018", "jobimpact"} for name in alone)


@pytest.mark.parametrize(("language", "use"), [("en", "Groups of jobs"), ("zh", "岗位分组")])
def test_a_report_with_job_zones_cites_onet(study, language, use):
    groups = study["groups"].iloc[:2].assign(group_type="job_zone", group=["1", "2"], group_title=["a", "b"])
    tables = {**study.tables, "groups": pd.concat([study["groups"], groups], ignore_index=True)}
    document = compose(Request(Study(tables, study.manifest), language=language))
    (source,) = (note for note in document.sources if note.key == "onet-job-zones")
    assert source.use == use
    assert "Used under the CC BY 4.0 license" in render_bibtex(document)
    assert "onet-job-zones" not in {note.key for note in compose(Request(study, language=language)).sources}


def test_a_predicted_share_of_use_cites_what_it_was_learnt_from(study):
    """The Anthropic Economic Index asks to be named (CC BY 4.0)."""
    (source,) = (note for note in compose(Request(study, language="zh")).sources if note.key == "aei-usage")
    assert source.use == "AI使用情况"
    assert source.licence.startswith("CC BY 4.0")
    without = {**study.tables, "tasks": study["tasks"].assign(automation_share=float("nan"))}
    assert "aei-usage" not in {note.key for note in compose(Request(Study(without, study.manifest))).sources}
