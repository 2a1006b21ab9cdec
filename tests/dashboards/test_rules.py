"""What a view may not do: compute, cache, or grow."""

import ast
from pathlib import Path

import pytest

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
VIEWS = sorted((DASHBOARDS / "views").glob("*.py"))
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
SUMS = {"mean", "sum", "merge", "groupby", "agg", "mul", "div", "round", "median", "quantile", "cumsum"}


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.name)
def test_views_hold_no_arithmetic(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC)), f"line {node.lineno}"
        assert not (isinstance(node, ast.Attribute) and node.attr in SUMS), f"line {node.lineno}: {node.attr}"


def test_only_loaders_cache_and_the_router_is_short():
    for path in DASHBOARDS.rglob("*.py"):
        assert path.name == "loaders.py" or "cache" not in path.read_text(encoding="utf-8"), path.name
    assert len((DASHBOARDS / "app.py").read_text(encoding="utf-8").splitlines()) <= 30
    assert not (DASHBOARDS / "pages").exists()
