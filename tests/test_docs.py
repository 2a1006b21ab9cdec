"""The documents run and name what is there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import jobimpact
from jobimpact.cli.app import app

ROOT = Path(__file__).resolve().parent.parent


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


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', flags=re.DOTALL | re.MULTILINE)

WITH_CODE = [page for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))]


def run_block(language, title, code, names):
    """Run one block of a page: files are written, commands go through the command line, Python keeps its names."""
    if title:
        Path(title).write_text(code, encoding="utf-8")
    elif language == "bash":
        for line in code.strip().splitlines():
            program, *words = shlex.split(line)
            assert program == "jobimpact", line
            result = CliRunner().invoke(app, words, catch_exceptions=False)
            assert result.exit_code == 0, f"{line}: {result.output}"
    else:
        assert language == "python", f"a block of {language} has no test"
        exec(compile(code, "page", "exec"), names)  # noqa: S102 - our own pages


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::jobimpact.errors.JobImpactWarning")
@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs(page, starter_study, starter_home, tmp_path, monkeypatch):
    shutil.copytree(starter_home, tmp_path / "home")
    monkeypatch.setenv("JOBIMPACT_DATA", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    if page.stem != "first-study":
        (tmp_path / "reports" / "study").symlink_to(starter_study)
    names = {}
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        run_block(*block, names)


def test_every_page_has_its_place():
    contents = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert all(f"- {page.name}" in contents for page in PAGES[1:])
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    assert all(f"]({page.name})" in index for page in PAGES[1:] if page.stem not in ("index", "api"))


@pytest.mark.parametrize("name", sorted(jobimpact._HOMES))
def test_the_reference_has_a_docstring_for_every_public_name(name):
    assert len(getattr(jobimpact, name).__doc__.strip()) > 20
