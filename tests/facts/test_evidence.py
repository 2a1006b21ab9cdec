"""The registry of evidence: its tests exist, and no report prints a figure that nothing stands behind."""

import ast
import warnings
from pathlib import Path

import pytest

from jobimpact.facts.evidence import GRADES, grades, read_evidence
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.study import read_study

ROOT = Path(__file__).resolve().parents[2]


def has_test(name):
    file, *parts = name.split("::")
    nodes = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    for part in parts:
        node = next((node for node in nodes if getattr(node, "name", "") == part), None)
        nodes = [] if node is None else node.body
    return bool(nodes)


@pytest.mark.parametrize("entry", read_evidence(), ids=lambda entry: entry.columns[0])
def test_every_grade_has_its_test(entry):
    assert entry.grade in GRADES.replace("U", "")
    assert has_test(entry.test), entry.test
    assert entry.what


@pytest.mark.parametrize(
    ("kind", "key"), [("overview", ""), ("methods", ""), ("sector", "52"), ("occupation", "15-1252"), ("state", "CA")]
)
def test_every_figure_of_a_report_has_a_grade(starter_study, kind, key):
    claims = compose(Request(read_study(starter_study), kind, "en", key)).claims
    unchecked = {
        (row.table_name, row.column_name) for row in claims.itertuples() if grades(row.table_name, row.column_name) == "U"
    }
    assert not unchecked
    assert len(claims) > 5


def test_every_figure_of_a_comparison_has_a_grade(starter_study):
    study = read_study(starter_study)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        claims = compose(Request(study, "comparison", "en", other=study)).claims
    assert {row.column_name for row in claims.itertuples() if grades(row.table_name, row.column_name) == "U"} == set()
