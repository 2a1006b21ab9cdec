"""The documents run and name what is there."""

import importlib.util
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import jobimpact
from jobimpact.cli.app import app
from jobimpact.training.card import model_card

ROOT = Path(__file__).resolve().parent.parent


def test_readme_names_both_commands_and_real_files():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run" in text
    assert "make test" in text
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in link:
            assert (ROOT / link).exists(), link


# Numbers with a point that are no measurement: cuts, versions of data and licences, a size.
UNMEASURED = {".1", ".5", "3.11", "22.7", "30.1", "2.0", "4.0", "1.3", "0.5", "0.50", "5.4"}
# Comments, code and identifiers, in which no figure is quoted.
UNREAD = re.compile(r"<!--.*?-->|```.*?```|`[^`]*`|^    .*?$|doi:\S+", flags=re.DOTALL | re.MULTILINE)


def load_figures():
    spec = importlib.util.spec_from_file_location("figures", ROOT / "docs" / "figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, json.loads(module.FIGURES.read_text(encoding="utf-8"))


def test_every_quoted_figure_is_the_one_that_was_measured():
    module, figures = load_figures()
    for page in module.PAGES:
        text = page.read_text(encoding="utf-8")
        assert module.filled(text, figures) == text, f"{page.name}: run `make figures`"
        assert len(module.QUOTED.findall(text)) == text.count("<!--"), f"{page.name}: a comment without its figure"
        prose = UNREAD.sub("", module.QUOTED.sub("", text))
        assert set(re.findall(r"\d*\.\d+|\d+(?= %)", prose)) <= UNMEASURED | {"90", "95"}, page.name


def test_measured_figures_are_those_of_today(starter_study):
    module, figures = load_figures()
    today = module.measure_study(jobimpact.read_study(starter_study), "starter")
    today |= module.read_card(".", "model") | module.read_card("multilingual", "multilingual")
    assert model_card(module.read_model_card(".")) == (module.WEIGHTS / "model_card.md").read_text(encoding="utf-8")
    # What another processor, or bf16, may move is below the printed digit.
    assert figures | today == pytest.approx(figures, rel=0, abs=2e-3)


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
