"""The documents run and name what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def code_blocks(name, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)


def test_readme_code_runs(capsys, data_home):
    for block in code_blocks("README.md", "python"):
        exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own document
    assert "beta_low" in capsys.readouterr().out


def test_readme_names_both_commands_and_real_files():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run" in text
    assert "make test" in text
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in link:
            assert (ROOT / link).exists(), link


def test_readme_figures_are_those_of_the_model_card():
    import json

    card = json.loads((ROOT / "jobimpact/exposure/weights/model_card.json").read_text(encoding="utf-8"))
    total = next(row for row in card["figures"] if row["fold"] == "test")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for prefix in ("", "reference_", "gpt4_"):
        assert f"| {total[prefix + 'task_r']:.3f} | {total[prefix + 'occupation_r']:.3f} |" in text
    assert f"{total['n_tasks']:,} tasks, {total['n_occupations']} occupations" in text


@pytest.mark.parametrize("path", ["Makefile", "README.md", "CONTRIBUTING.md"])
def test_documents_have_no_unfilled_figures(path):
    assert not re.search(r"\{[A-Z_]+\}", (ROOT / path).read_text(encoding="utf-8"))
