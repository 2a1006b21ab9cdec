"""Sources listed, pulled and read: from the command to the files of the publisher."""

import json
import shutil
from pathlib import Path

import pytest
from support.publisher_site import LABELS, OCCUPATIONS, ROWS, STATEMENTS, Site, left_behind, onet_zip, serve, sha256

from jobimpact.errors import SourceError
from jobimpact.facts.registry import Source, read_registry
from jobimpact.paths import packaged
from jobimpact.sources.labels.eloundou import read_eloundou_labels
from jobimpact.sources.store.fetch import add, check_sources, list_sources, locate, pull
from jobimpact.sources.tasks.onet import read_onet_tasks


class TestPull:
    def test_keeps_the_files_and_their_hashes(
        self, site: Site, labels: Source, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        paths = pull("eloundou-labels", home=home)
        folder = home / "eloundou-labels" / "0471612"
        assert paths == [folder / "full_labelset.tsv", folder / "occ_level.csv"]
        assert paths[0].read_bytes() == LABELS
        assert locate("eloundou-labels", home) == folder
        assert len(read_eloundou_labels(folder)) == ROWS
        record = json.loads((folder.parent / "source.json").read_text(encoding="utf-8"))
        assert record["files"]["occ_level.csv"] == {
            "sha256": sha256(OCCUPATIONS),
            "bytes": len(OCCUPATIONS),
            "origin": f"{site.address}/occ_level.csv",
        }
        lock = json.loads((home / "sources.lock.json").read_text(encoding="utf-8"))
        assert lock["sha256"][f"{site.address}/full_labelset.tsv"] == sha256(LABELS)
        assert left_behind(home) == [
            "eloundou-labels/0471612/full_labelset.tsv",
            "eloundou-labels/0471612/occ_level.csv",
            "eloundou-labels/source.json",
            "sources.lock.json",
        ]
        assert capsys.readouterr().err.splitlines() == [
            f"full_labelset.tsv: first download, SHA-256 {sha256(LABELS)} recorded in sources.lock.json",
            f"occ_level.csv: first download, SHA-256 {sha256(OCCUPATIONS)} recorded in sources.lock.json",
        ]

    def test_does_not_download_twice(self, site: Site, labels: Source, home: Path) -> None:
        first = pull("eloundou-labels", home=home, progress=False)
        site.requests.clear()
        assert pull("eloundou-labels", home=home, progress=False) == first
        assert site.requests == []

    def test_downloads_again_what_was_damaged(self, site: Site, labels: Source, home: Path) -> None:
        path = pull("eloundou-labels", home=home, progress=False)[0]
        path.write_bytes(LABELS[:-5])
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == LABELS

    def test_unpacks_an_archive(self, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = onet_zip(tmp_path / "db_30_1_excel.zip", "30.1")
        site.files[path.name] = path.read_bytes()
        serve(site, monkeypatch, "onet")
        paths = pull("onet", home=home, progress=False)
        assert [path.name for path in paths] == ["Read Me.txt", "Task Statements.txt"]
        assert locate("onet", home) == home / "onet" / "30.1"
        assert len(read_onet_tasks(locate("onet", home))) == 1
        site.requests.clear()
        assert pull("onet", home=home, progress=False) == paths
        assert site.requests == []

    def test_packaged_sources_need_no_download(self, home: Path) -> None:
        assert packaged("data", "starter", "tasks.csv") in pull("starter", home=home)
        assert not home.exists()


class TestLists:
    def test_every_source_and_its_status(self, home: Path) -> None:
        sources = list_sources(home)
        assert list(sources.columns) == ["name", "title", "release", "licence", "status", "path"]
        assert sources["name"].tolist() == list(read_registry())
        status = sources.set_index("name")["status"]
        assert status["starter"] == status["oews-may2025"] == "packaged"
        assert status["onet"] == "absent"
        assert not home.exists()

    def test_a_source_that_is_absent(self, home: Path) -> None:
        with pytest.raises(SourceError) as caught:
            locate("onet", home)
        assert str(caught.value) == (
            f"onet: not in {home}; expected O*NET Database: run `jobimpact sources pull onet` or `jobimpact sources "
            "add onet FILE_OR_FOLDER`"
        )

    def test_the_data_folder_is_the_default(self, data_home: Path, tmp_path: Path) -> None:
        add("onet", onet_zip(tmp_path / "db.zip", "30.1"))
        assert locate("onet") == data_home / "onet" / "30.1"

    def test_check_finds_what_is_wrong(self, home: Path, tmp_path: Path) -> None:
        kept = add("onet", onet_zip(tmp_path / "db.zip", "30.1"), home=home)
        checked = check_sources(home).set_index("name")
        assert checked["ok"].all(), checked["finding"].tolist()
        assert list(checked.columns) == ["release", "ok", "finding"]
        assert checked.loc["onet", ["release", "finding"]].tolist() == ["30.1", "ok"]
        assert "eloundou-labels" not in checked.index
        place = "db/db/Task Statements.txt"
        again = "run `jobimpact sources pull onet` or `jobimpact sources add onet FILE_OR_FOLDER` again"
        (kept / place).write_bytes(STATEMENTS.replace(b"yearly", b"weekly"))
        found = sha256(STATEMENTS.replace(b"yearly", b"weekly"))
        assert check_sources(home).set_index("name").loc["onet", "finding"] == (
            f"onet: {place} has SHA-256 {found[:12]}...; expected {sha256(STATEMENTS)[:12]}...: {again}"
        )
        (kept / place).write_bytes(STATEMENTS[:-3])
        assert check_sources(home).set_index("name").loc["onet", "finding"] == (
            f"onet: {place} has {len(STATEMENTS) - 3} bytes; expected {len(STATEMENTS)}: {again}"
        )
        (kept / place).unlink()
        assert check_sources(home).set_index("name").loc["onet", "finding"] == f"onet: {place} is missing: {again}"
        (home / "onet" / "source.json").write_text("[]", encoding="utf-8")
        assert check_sources(home).set_index("name").loc["onet", "finding"] == (
            f"{home / 'onet' / 'source.json'}: found no readable record of the source; expected what `jobimpact "
            f"sources` wrote there: {again}"
        )
        assert add("onet", onet_zip(tmp_path / "db.zip", "30.1"), home=home) == kept
        assert check_sources(home)["ok"].all()


@pytest.mark.publisher
class TestPublisher:
    def test_add_both_layouts_of_onet(self, publisher_data: Path, home: Path) -> None:
        add("onet", publisher_data / "onet_db_30_1_excel", home=home)
        add("onet-29.1", publisher_data / "onet_db_29_1_text", home=home)
        assert len(read_onet_tasks(locate("onet", home))) == len(read_onet_tasks(locate("onet-29.1", home))) == 18_796
        assert check_sources(home)["ok"].all()

    def test_add_files_of_oews(self, publisher_data: Path, home: Path) -> None:
        folder = publisher_data / "bls_oews"
        add("oews", folder / "national_M2024_dl.xlsx", home=home)
        kept = add("oews", folder / "natsector_M2024_dl.xlsx", home=home)
        assert kept == home / "oews" / "2024-05"
        assert [path.name for path in sorted(kept.rglob("*.xlsx"))] == [
            "national_M2024_dl.xlsx",
            "natsector_M2024_dl.xlsx",
        ]

    def test_add_the_flat_files_of_oews(self, publisher_data: Path, home: Path) -> None:
        kept = add("oews", publisher_data / "bls_oews" / "may2025" / "state_occupation.csv.gz", home=home)
        assert kept == home / "oews" / "2025-05"

    def test_a_folder_of_two_releases(self, publisher_data: Path, home: Path, tmp_path: Path) -> None:
        folder = tmp_path / "tables"
        folder.mkdir()
        for year in (2023, 2024):
            shutil.copy(publisher_data / "bls_oews" / f"national_M{year}_dl.xlsx", folder)
        with pytest.raises(SourceError, match=r"^tables: found releases 2023-05, 2024-05; expected files of one release"):
            add("oews", folder, home=home)
        assert left_behind(home) == []
