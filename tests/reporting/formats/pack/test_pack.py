"""Replication packs: unpacked, rebuilt, tampered with."""

import dataclasses
import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.formats.pack.checks import check_pack
from jobimpact.reporting.formats.pack.pack import may_pass_on, pack_files, write_pack
from jobimpact.study import Study, read_study


def composed(study, **wanted):
    request = Request(study, **wanted)
    return dataclasses.replace(compose(request), request=request)


@pytest.fixture(scope="module")
def document(study):
    return composed(study)


def rebuild(folder):
    """Run rebuild.py from the unpacked folder, with the package as it is installed here."""
    return subprocess.run(
        [sys.executable, "rebuild.py"], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )


def change_cell(path, column, row=0):
    table = pd.read_parquet(path)
    table.loc[row, column] += 0.001
    table.to_parquet(path, index=False)


def accept(folder, *names):
    """Write the hashes of changed files into both manifests, as somebody would who wants the change to pass."""
    study = json.loads((folder / "study" / "manifest.json").read_text(encoding="utf-8"))
    for name in names:
        study["tables_sha256"][name.rpartition("/")[2]] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "study" / "manifest.json").write_text(json.dumps(study), encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name in (*names, "study/manifest.json"):
        manifest["pack"]["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def failed(checks):
    return {check.name: check.message for check in checks if not check.passed}


@pytest.mark.slow
def test_rebuild_makes_the_same_report(folder):
    done = rebuild(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].endswith("files are those that were packed")
    assert "ok      report/report.html: made again, the same bytes" in lines
    assert not [line for line in lines[1:] if not line.startswith("ok ")]


def test_one_changed_cell_fails_and_names_the_table(folder):
    change_cell(folder / "study" / "sectors.parquet", "exposure_beta")
    (folder / "csv" / "areas.csv").unlink()
    done = rebuild(folder)
    assert done.returncode == 1
    csv, sectors = (line for line in done.stdout.splitlines() if line.startswith("FAILED"))
    assert csv.startswith("FAILED  csv/areas.csv: it is missing")
    assert sectors.startswith("FAILED  study/sectors.parquet: SHA-256 is ")
    assert not done.stderr


def test_a_change_with_changed_hashes_is_found_by_its_claim_and_its_twin(folder):
    sectors = pd.read_parquet(folder / "study" / "sectors.parquet")
    change_cell(folder / "study" / "sectors.parquet", "exposure_beta", sectors.index[sectors["naics"] == "52"][0])
    accept(folder, "study/sectors.parquet")
    change_cell(folder / "study" / "areas.parquet", "wage_bill")  # its hash is left: the study's own manifest tells
    found = failed(check_pack(folder))
    assert set(found) == {"study", "claims", "csv/claims.csv", "csv/sectors.csv", "csv/areas.csv", "report/report.html"}
    assert "table sectors, row 52, column exposure_beta: the table gives" in found["claims"]
    assert found["study"] == "not the tables of study/manifest.json: areas.parquet"


@pytest.mark.slow
def test_a_changed_report_is_found(folder):
    path = folder / "report" / "report.html"
    path.write_text(path.read_text(encoding="utf-8").replace("0.", "1.", 1), encoding="utf-8")
    assert set(failed(check_pack(folder))) == {"report/report.html"}


def test_a_broken_table_is_one_line(folder):
    (folder / "study" / "groups.parquet").write_bytes(b"nothing")
    checks = check_pack(folder)
    assert not checks[0].passed
    assert "\n" not in str(checks[0])


def test_same_study_same_bytes(document, archive, tmp_path):
    assert write_pack(document, tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_what_is_in_the_pack(folder, study, archive):
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    expected = {"README.md", "LICENCES.md", "manifest.json", "rebuild.py", "requirements.txt", "sources.bib"}
    expected |= {f"study/{name}.parquet" for name in study.tables} | {"study/manifest.json"}
    expected |= {"report/report.html", "report/claims.parquet", "csv/dictionary.csv", "csv/README.md"}
    assert expected <= names
    assert {f"csv/{name}.csv" for name in study.tables} <= names
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"] == study.manifest["inputs"]
    assert set(manifest["pack"]["files"]) == names - {"manifest.json"}
    with zipfile.ZipFile(archive) as pack:
        assert {entry.date_time for entry in pack.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert pack.namelist() == sorted(pack.namelist())
    assert f"pandas=={pd.__version__}" in (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "python rebuild.py" in readme
    assert "No text: the licence of the task texts lets everybody pass them on." in readme
    assert "Licence: US public domain" in (folder / "LICENCES.md").read_text(encoding="utf-8")


def test_the_study_of_the_pack_is_a_study(folder, study):
    read = read_study(folder / "study")
    for name, table in study.tables.items():
        known = table.notna()
        assert read[name].notna().equals(known)
        assert read[name].astype(object)[known].equals(table.astype(object)[known])


def test_texts_that_may_not_be_passed_on_are_nowhere(study, tmp_path):
    inputs = study.manifest["inputs"]
    closed = {**study.manifest, "inputs": {**inputs, "tasks": {**inputs["tasks"], "licence": "the user's own"}}}
    path = write_pack(composed(Study(study.tables, closed)), tmp_path / "closed.zip")
    with zipfile.ZipFile(path) as pack:
        files = {name: pack.read(name) for name in pack.namelist()}
        pack.extractall(tmp_path / "closed")
    tasks = pd.read_parquet(io.BytesIO(files["study/tasks.parquet"]))
    assert tasks["task"].isna().all()
    assert tasks["beta"].equals(study["tasks"]["beta"])
    texts = set(study["tasks"]["task"].dropna())
    readable = "\n".join(data.decode("utf-8") for name, data in files.items() if not name.endswith(".parquet"))
    assert not [text for text in texts if text in readable]
    for data in (data for name, data in files.items() if name.endswith(".parquet")):
        cells = pd.read_parquet(io.BytesIO(data)).to_numpy(dtype=object).ravel()
        assert not texts & {cell for cell in cells if isinstance(cell, str)}
    readme = files["README.md"].decode("utf-8")
    assert f"Table tasks, column task: {len(study['tasks']):,} texts of Starter task statements, ours are left out" in readme
    assert "their licence (the user's own) is not one" in readme
    assert not failed(check_pack(tmp_path / "closed"))


def test_licences_are_compared_whole():
    assert all(map(may_pass_on, ("MIT", "cc by 4.0", " US public domain ")))
    for licence in (
        "",
        "the user's own",
        "unknown",
        "CC BY-NC 4.0",
        "CC BY-ND 4.0",
        "Not stated in the file; rights with the ILO",
    ):
        assert not may_pass_on(licence)
    assert not may_pass_on("Package MIT; rights of the classification's text not stated")


@pytest.mark.slow
def test_a_comparison_packs_both_studies(study, changed, tmp_path):
    before = changed(study, "sectors", study["sectors"]["naics"] == "52", "exposure_beta", 0.1)
    before = Study(before.tables, before.manifest, tmp_path / "the old one")
    request = Request(study, "comparison", other=before)
    with zipfile.ZipFile(write_pack(dataclasses.replace(compose(request), request=request), tmp_path / "both.zip")) as pack:
        pack.extractall(tmp_path / "both")
    readme = (tmp_path / "both" / "README.md").read_text(encoding="utf-8")
    assert "| employment |" in readme
    assert "| study_before: employment |" in readme
    assert read_study(tmp_path / "both" / "study_before")["sectors"].equals(before["sectors"])
    assert not failed(check_pack(tmp_path / "both"))


@pytest.mark.slow
def test_other_formats_are_made_again_too(document, tmp_path):
    with zipfile.ZipFile(write_pack(document, tmp_path / "all.zip", formats=("html", "xlsx", "tex", "docx", "bib"))) as pack:
        pack.extractall(tmp_path / "all")
    checks = check_pack(tmp_path / "all")
    assert not failed(checks)
    assert {"report/report.html", "report/report.xlsx", "report/report.tex", "report/report.docx"} <= {
        check.name for check in checks
    }


@pytest.mark.parametrize("content", [None, "", "{}", '{"pack": {}}', "[1]"])
def test_a_broken_manifest_is_one_line(folder, content):
    (folder / "manifest.json").unlink()
    if content is not None:
        (folder / "manifest.json").write_text(content, encoding="utf-8")
    done = rebuild(folder)
    assert (done.returncode, done.stderr) == (1, "")
    (line,) = done.stdout.splitlines()
    assert line.startswith("FAILED  manifest.json: ")
    assert not all(check.passed for check in check_pack(folder))


def test_a_manifest_that_names_files_elsewhere_reads_none_of_them(folder):
    (folder.parent / "secret").write_text("secret", encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"pack": {"files": {"../secret": "0"}}}), encoding="utf-8")
    done = rebuild(folder)
    assert done.returncode == 1
    assert done.stdout.startswith("FAILED  ../secret: it lies outside this folder")
    assert hashlib.sha256(b"secret").hexdigest() not in done.stdout


def test_a_broken_list_of_claims_is_one_line(folder):
    (folder / "report" / "claims.parquet").write_bytes(b"nothing")
    checks = check_pack(folder)
    assert [check.name for check in checks if not check.passed] == ["pack"]
    assert "\n" not in "".join(map(str, checks))


def test_hostile_names_change_nothing(make_study, odd_statements, tmp_path):
    study = make_study(odd_statements)
    manifest = {**study.manifest, "inputs": {"tasks": {"title": "[x](javascript:1) | <b>", "licence": "MIT", "name": "../../x"}}}
    files = pack_files(composed(Study(study.tables, manifest)))
    for name in files:
        assert not name.startswith(("/", "."))
        assert ".." not in name.split("/")
    assert r"\[x\](javascript:1) \| \<b\>" in files["README.md"].decode("utf-8")
    assert "<script>alert(1)" not in files["report/report.html"].decode("utf-8")


def test_what_cannot_be_packed(small_document, document, tmp_path):
    with pytest.raises(InputError, match="does not say which study"):
        write_pack(small_document, tmp_path / "x.zip")
    with pytest.raises(InputError, match="a pack cannot hold a pack"):
        write_pack(document, tmp_path / "x.zip", formats=("html", "replication"))
    with pytest.raises(InputError, match="this is no format"):
        write_pack(document, tmp_path / "x.zip", formats=("word perfect",))
    assert not list(tmp_path.iterdir())
