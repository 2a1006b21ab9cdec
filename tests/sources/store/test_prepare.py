"""Files that the user has: taken in, refused, never changed."""

from pathlib import Path

import pytest
from support.publisher_site import LABELS, OCCUPATIONS, ROWS, STATEMENTS, left_behind, onet_zip

from jobimpact.errors import SourceError
from jobimpact.sources.labels.eloundou import read_eloundou_labels
from jobimpact.sources.store.fetch import add, check_sources, list_sources, locate
from jobimpact.sources.tasks.onet import read_onet_tasks


class TestAdd:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "data"
        folder.mkdir()
        (folder / "full_labelset.tsv").write_bytes(LABELS)
        (folder / "occ_level.csv").write_bytes(OCCUPATIONS)
        return folder

    def test_a_folder(self, folder: Path, home: Path) -> None:
        kept = add("eloundou-labels", folder, home=home)
        assert kept == home / "eloundou-labels" / "0471612"
        assert left_behind(kept) == ["data/full_labelset.tsv", "data/occ_level.csv"]
        assert len(read_eloundou_labels(kept)) == ROWS

    def test_files_one_after_the_other(self, folder: Path, home: Path) -> None:
        add("eloundou-labels", folder / "full_labelset.tsv", home=home)
        kept = add("eloundou-labels", folder / "occ_level.csv", home=home)
        assert left_behind(kept) == ["data/full_labelset.tsv", "data/occ_level.csv"]
        assert check_sources(home).set_index("name").loc["eloundou-labels", "ok"]

    def test_a_zip_of_any_release(self, home: Path, tmp_path: Path) -> None:
        kept = add("onet", onet_zip(tmp_path / "db.zip", "31.0"), home=home)
        assert kept == home / "onet" / "31.0"
        assert read_onet_tasks(kept)["task_id"].tolist() == ["8823"]
        assert list_sources(home).set_index("name").loc["onet", ["release", "status"]].tolist() == ["31.0", "present"]

    def test_a_newer_release_takes_the_place_of_the_older(self, home: Path, tmp_path: Path) -> None:
        add("onet", onet_zip(tmp_path / "old.zip", "30.1"), home=home)
        add("onet", onet_zip(tmp_path / "new.zip", "31.0"), home=home)
        assert sorted(path.name for path in (home / "onet").iterdir()) == ["31.0", "source.json"]

    def failure(self, home: Path, name: str, path: Path) -> str:
        before = left_behind(home) if home.exists() else []
        with pytest.raises(SourceError) as caught:
            add(name, path, home=home)
        assert left_behind(home) == before
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def test_nothing_is_kept_of_a_file_that_cannot_be_read(self, folder: Path, home: Path) -> None:
        add("eloundou-labels", folder, home=home)
        (folder / "full_labelset.tsv").write_bytes(LABELS[:-8])
        assert self.failure(home, "eloundou-labels", folder).startswith("full_labelset.tsv: found data row 4,000 of 4,000")
        assert len(read_eloundou_labels(locate("eloundou-labels", home))) == ROWS

    def test_missing_path(self, home: Path, tmp_path: Path) -> None:
        assert self.failure(home, "onet", tmp_path / "db") == (
            f"{tmp_path / 'db'}: no such file or folder; expected files of O*NET Database: check the path"
        )

    def test_a_folder_without_the_files(self, home: Path, tmp_path: Path) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        assert self.failure(home, "onet", empty) == (
            "empty: found no file like 'Task Statements.*'; expected the files of O*NET Database: get them at "
            "https://www.onetcenter.org/database.html"
        )

    def test_a_file_of_another_name(self, home: Path, tmp_path: Path) -> None:
        path = tmp_path / "labels.tsv"
        path.write_bytes(LABELS)
        assert self.failure(home, "eloundou-labels", path) == (
            "labels.tsv: found no file of eloundou-labels; expected a name like 'full_labelset.tsv*', 'occ_level.csv*'"
            ": give the file under the publisher's name, its folder or its zip"
        )

    def test_wrong_release(self, home: Path, tmp_path: Path) -> None:
        assert self.failure(home, "onet-29.1", onet_zip(tmp_path / "db.zip", "30.1")) == (
            "db.zip: found release 30.1; expected 29.1 of O*NET Database, text layout: get that one at "
            "https://www.onetcenter.org/db_releases.html"
        )

    def test_two_releases_in_one_folder(self, home: Path, tmp_path: Path) -> None:
        for release in ("29_1", "30_1"):
            folder = tmp_path / "both" / f"db_{release}_text"
            folder.mkdir(parents=True)
            (folder / "Task Statements.txt").write_bytes(STATEMENTS)
        assert self.failure(home, "onet", tmp_path / "both") == (
            "both: found releases 29.1, 30.1; expected files of one release: give those of one release"
        )

    def test_a_zip_with_a_path_outside_the_folder(self, home: Path, tmp_path: Path) -> None:
        path = onet_zip(tmp_path / "db.zip", "30.1", **{"../../evil.txt": b"x"})
        assert "found the member '../../evil.txt', which points outside" in self.failure(home, "onet", path)
        assert not list(tmp_path.rglob("evil.txt"))

    def test_a_packaged_source(self, home: Path, tmp_path: Path) -> None:
        with pytest.raises(SourceError) as caught:
            add("starter", tmp_path, home=home)
        assert str(caught.value) == ("starter: found a source that travels with the package; expected one to add: nothing to do")
