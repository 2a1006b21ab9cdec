"""The `jobimpact sources` and `jobimpact data` commands, run as a user runs them, on the publishers' own files."""

import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobimpact.cli.app import app
from jobimpact.errors import JobImpactWarning
from jobimpact.facts.registry import Source, load_function, read_registry
from jobimpact.paths import packaged

ADDED = [source for source in read_registry().values() if source.kind != "packaged"]


def run(*words: str | Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JobImpactWarning)  # what the publishers' files are known to lack
        result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def smallest_file(source: Source, folder: Path) -> Path | None:
    files = [path for path in folder.rglob("*") if path.is_file() and any(part.matches(path) for part in source.parts)]
    if source.release_from and not source.any_release:
        files = [path for path in files if load_function(source.release_from)(path) == source.release]
    return min(files, key=lambda path: path.stat().st_size, default=None)


@pytest.mark.publisher
def test_every_source_is_added_listed_and_checked(publisher_data: Path, data_home: Path) -> None:
    files = {source.name: smallest_file(source, publisher_data) for source in ADDED}
    # The Census Bureau's concordances of industries are not among the copies.
    assert [name for name, path in files.items() if path is None] == ["naics-concordances"]
    names = [name for name, path in files.items() if path is not None]
    for name in names:
        assert run("sources", "add", name, str(files[name])).startswith(f"{name}: {data_home / name}")
    listed = {row["name"]: row for row in json.loads(run("sources", "list", "--json"))}
    assert {listed[name]["status"] for name in names} == {"present"}
    assert listed["onet-activities"]["release"] == "30.1"  # its smallest file is that of the Excel layout
    checked = {row["name"]: row["finding"] for row in json.loads(run("sources", "check", "--json"))}
    assert {name: finding for name, finding in checked.items() if finding != "ok"} == {}
    assert set(names) <= set(checked)


def test_pulled(labels: Source, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBIMPACT_DATA", str(home))
    printed = run("sources", "pull", labels.name).splitlines()
    assert sorted(Path(line).name for line in printed) == ["full_labelset.tsv", "occ_level.csv"]


@pytest.mark.publisher
def test_employment_is_derived(publisher_data: Path, tmp_path: Path) -> None:
    run("sources", "derive", publisher_data / "bls_oews" / "may2025", "--out", tmp_path)
    files = list(tmp_path.iterdir())
    assert len(files) == 4
    for path in files:
        assert path.read_bytes() == packaged("data", "employment", path.name).read_bytes()


@pytest.mark.publisher
def test_job_zones_are_rebuilt(publisher_data: Path, tmp_path: Path) -> None:
    printed = run("data", "rebuild", "--data", publisher_data, "--out", tmp_path, "--only", "job_zones")
    assert printed == f"{tmp_path / 'employment' / 'job_zones.csv'}: as it travels with the package\n"


def test_the_list_of_sources_needs_no_pandas(data_home: Path) -> None:
    code = (
        "import sys\n"
        "from jobimpact.sources.store.fetch import source_entries\n"
        "assert len(source_entries()) > 30\n"
        "print(*{'pandas', 'numpy', 'sklearn', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


@pytest.mark.publisher
def test_capabilities_are_made_only_where_they_are_named(
    publisher_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The calibration itself takes minutes; here it is asked for, with the labels and the folder that it gets."""
    calls = []
    monkeypatch.setattr(
        "jobimpact.training.capabilities.rebuild_capabilities", lambda labels, out: calls.append((len(labels), out))
    )
    printed = run("data", "rebuild", "--data", publisher_data, "--out", tmp_path, "--only", "capabilities")
    [(number, folder)] = calls
    assert folder == tmp_path / "weights"
    assert printed == f"{folder / 'capabilities.npz'}: made from {number:,} labelled tasks\n"
    assert not (tmp_path / "employment").exists()
