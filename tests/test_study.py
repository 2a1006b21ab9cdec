import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jobimpact
from jobimpact.errors import EarlierStudyWarning, StudyError
from jobimpact.exposure.encoder.sentence import SentenceEncoder
from jobimpact.facts.codes import oews_code
from jobimpact.run import run_study, write_run
from jobimpact.sources.tasks.catalogue import load_tasks
from jobimpact.study import TABLES, last_study, read_study, write_study
from jobimpact.tables import check_table

# Studies of a few tasks.
pytestmark = pytest.mark.filterwarnings("ignore::jobimpact.errors.CoverageWarning")


@pytest.fixture(scope="module")
def encoder(starter_home):
    return SentenceEncoder(device="cpu", cache_folder=starter_home / "cache")


@pytest.fixture(scope="module")
def starter(encoder):
    statements, source = load_tasks("starter")
    return run_study(statements, encoder, source=source)


def test_every_table_fits_its_schema(starter):
    assert set(starter.tables) == set(TABLES)
    for name, table in starter.tables.items():
        check_table(name, table)


def test_nothing_is_lost_and_coverage_is_said(starter):
    statements, _ = load_tasks("starter")
    assert starter["tasks"]["task_id"].tolist() == statements["task_id"].tolist()
    occupations = starter["occupations"]
    assert occupations["tot_emp"].sum() == pytest.approx(155_495_730, rel=1e-3)
    assert occupations["n_tasks"].sum() == len(statements)
    national = starter["groups"].query("group_type == 'all'").iloc[0]
    assert national["emp_matched"] == pytest.approx(occupations.dropna(subset=["exposure_beta"])["tot_emp"].sum())
    assert national["matched_share"] >= 0.80
    assert (starter["sectors"]["matched_share"] <= 1).all()
    assert len(starter["sectors"]) == 20
    assert len(starter["areas"]) == 54


def test_groups_add_up_to_the_whole(starter):
    groups = starter["groups"]
    national = groups.query("group_type == 'all'").iloc[0]
    majors = groups.query("group_type == 'soc_major'")
    assert len(majors) == 22
    assert majors["emp_matched"].sum() == pytest.approx(national["emp_matched"])
    mean = np.average(majors["exposure_beta"], weights=majors["emp_matched"])
    assert mean == pytest.approx(national["exposure_beta"])


@pytest.mark.publisher
def test_starter_scores_agree_with_published_human_labels(starter, publisher_data):
    """Human beta of occ_level.csv (Eloundou et al. 2024), averaged to the occupations of OEWS: r >= .85."""
    from jobimpact.sources.labels.eloundou import read_eloundou_occupations

    published = read_eloundou_occupations(publisher_data / "openai_gpts_are_gpts")
    by_soc = published.groupby(published["onetsoc_code"].str[:7])["human_beta"].mean()
    codes = oews_code(pd.Series(by_soc.index, index=by_soc.index))
    human = by_soc.groupby(codes).mean()
    ours = starter["occupations"].set_index("soc_code")["exposure_beta"]
    both = pd.concat([ours, human], axis=1, keys=["ours", "human"]).dropna()
    assert len(both) >= 180
    assert both["ours"].corr(both["human"]) >= 0.85


def test_study_comes_back_as_written_and_is_the_same_twice(starter, encoder, tmp_path, data_home):
    write_run(starter, tmp_path / "one")
    statements, source = load_tasks("starter")
    write_study(run_study(statements, encoder, source=source), tmp_path / "two")
    for name in TABLES:
        one, two = (tmp_path / folder / f"{name}.parquet" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name
    again = read_study(tmp_path / "one")
    for name in TABLES:
        pd.testing.assert_frame_equal(again[name], starter[name])
    page = (tmp_path / "one" / "report.html").read_text(encoding="utf-8")
    assert len(page) > 10_000
    assert all(digest in page for digest in again.manifest["tables_sha256"].values())
    assert last_study() == (tmp_path / "two").resolve()


def test_manifest_says_what_went_in(starter, tmp_path, data_home):
    write_study(starter, tmp_path / "study")
    manifest = json.loads((tmp_path / "study" / "manifest.json").read_text())
    assert manifest["inputs"]["employment"]["release"] == "2025-05"
    assert manifest["model"]["weights_sha256"].startswith("53aa51172d14")
    assert len(manifest["inputs"]["tasks"]["sha256"]) == 64
    assert set(manifest["tables_sha256"]) == {f"{name}.parquet" for name in TABLES}


def test_foreign_folder_is_never_touched(starter, tmp_path, data_home):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    with pytest.raises(StudyError, match="holds other files"):
        write_study(starter, tmp_path / "thesis")
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "study"):
        with pytest.raises(StudyError):
            write_study(starter, out)
    assert (tmp_path / "thesis" / "chapter1.txt").read_text() == "years of work"


def test_failure_while_writing_leaves_the_old_study(starter, tmp_path, data_home, monkeypatch):
    write_study(starter, tmp_path / "study")
    before = {path.name: path.read_bytes() for path in (tmp_path / "study").iterdir()}

    def fail(self, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(StudyError, match="No space left on device"):
        write_study(starter, tmp_path / "study")
    assert {path.name: path.read_bytes() for path in (tmp_path / "study").iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"study", data_home.name}


def test_a_study_between_two_names_is_found_again(starter, tmp_path, data_home):
    """A writer that is killed has renamed the old study and not yet the new one."""
    write_study(starter, tmp_path / "study")
    (tmp_path / "study").rename(tmp_path / ".study.old-x1")
    assert last_study() == (tmp_path / "study").resolve()
    (tmp_path / "study").rename(tmp_path / ".study.old-x1")
    assert read_study(tmp_path / "study").tables.keys() == starter.tables.keys()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("manifest.json", b"broken", "the study is broken"),
        ("manifest.json", b"[]", "its manifest has no inputs.tasks.name"),
        ("manifest.json", b"{}", "its manifest has no inputs.tasks.name"),
        ("manifest.json", b'{"inputs": {"tasks": {"name": "starter"}, "employment": []}}', "no inputs.employment.release"),
        ("tasks.parquet", b"broken", "tasks.parquet is not as it was written"),
        ("areas.parquet", None, r"the study is incomplete \(areas.parquet missing\)"),
    ],
)
def test_broken_study_is_one_clear_error(starter, tmp_path, data_home, name, content, said):
    write_study(starter, tmp_path / "study")
    if content is None:
        (tmp_path / "study" / name).unlink()
    else:
        (tmp_path / "study" / name).write_bytes(content)
    with pytest.raises(StudyError, match=f"{said}.*run it again"):
        read_study(tmp_path / "study")
    with pytest.raises(StudyError, match="this is a file; a study is the folder"):
        read_study(tmp_path / "study" / "manifest.json")
    with pytest.raises(StudyError, match="no study is there"):
        read_study(tmp_path / "nowhere")


@pytest.mark.slow
def test_killed_run_leaves_no_study(tmp_path):
    """A run that is killed while it encodes leaves neither a study nor a folder of that name."""
    out = tmp_path / "study"
    code = "from jobimpact.cli.app import main; main()"
    environment = os.environ | {"JOBIMPACT_DATA": str(tmp_path / "home")}
    command = [sys.executable, "-c", code, "run", "--out", str(out), "--no-cache", "--precision", "fp32"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()


def test_a_table_changed_after_the_study_was_written_is_refused(starter, tmp_path, data_home):
    write_study(starter, tmp_path / "study")
    sectors = starter["sectors"].assign(exposure_beta=0.9)
    sectors.to_parquet(tmp_path / "study" / "sectors.parquet", index=False)
    with pytest.raises(StudyError, match=r"sectors.parquet is not as it was written .*: run it again"):
        read_study(tmp_path / "study")
    assert read_study(tmp_path / "study", verify=False)["sectors"]["exposure_beta"].eq(0.9).all()


def test_a_study_of_a_later_release_is_refused_and_of_an_earlier_one_read(starter, tmp_path, data_home):
    path = write_study(starter, tmp_path / "study").path
    manifest = json.loads((path / "manifest.json").read_text())
    assert manifest["schema_version"] == 2
    (path / "manifest.json").write_text(json.dumps(manifest | {"schema_version": 3}))
    with pytest.raises(StudyError, match="schema version 3; this release reads up to 2: update jobimpact"):
        read_study(path)
    # The first version had neither a version nor a table of judges.
    (path / "manifest.json").write_text(json.dumps({name: value for name, value in manifest.items() if name != "schema_version"}))
    (path / "raters.parquet").unlink()
    with pytest.warns(EarlierStudyWarning, match="whose intervals mixed judges"):
        earlier = read_study(path)
    assert "variance_ledger" not in earlier.tables
    assert earlier.sectors["exposure_beta_low"].isna().all()


def test_a_frozen_study_of_this_schema_stays_readable_and_reportable(tmp_path):
    study = read_study(Path(__file__).parent / "golden" / "study-2")
    assert study.manifest["schema_version"] == 2
    assert study.sectors.set_index("naics").loc["52", "exposure_beta"] == pytest.approx(0.566991, abs=1e-6)
    assert study.judges()["human"] == pytest.approx(study.groups.query("group_type == 'all'")["exposure_beta"].item())
    assert len(study.headlines().table) >= 4
    report = jobimpact.report(study, kind="overview", formats=["html", "tex"], out=tmp_path / "reports")
    assert report.table["format"].tolist() == ["html", "tex"]
