"""Downloads: cut off and resumed, refused, of the wrong hash; whatever fails leaves what was there."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.publisher_site import LABELS, OCCUPATIONS, ROWS, Site, left_behind, onet_zip, serve, sha256

from jobimpact.errors import InputError, SourceError
from jobimpact.facts.registry import Source, SourceFile
from jobimpact.sources.store import fetch
from jobimpact.sources.store.fetch import list_sources, pull

PIECE = 16 * 1024  # the downloader keeps whole pieces


def failure(home: Path, name: str = "eloundou-labels") -> str:
    with pytest.raises(SourceError) as caught:
        pull(name, home=home, progress=False)
    message = str(caught.value)
    assert "\n" not in message
    assert list_sources(home).set_index("name").loc[name, "status"] == "absent"
    return message


def part_sizes(home: Path) -> list[int]:
    return [path.stat().st_size for path in home.rglob("*.part")]


class TestResume:
    def test_a_cut_connection_continues_at_once(self, site: Site, labels: Source, home: Path) -> None:
        site.cut_after, site.cuts = 6 * PIECE, 2
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == LABELS
        assert site.requests == [
            "/full_labelset.tsv",
            "/full_labelset.tsv bytes=98304-",
            "/full_labelset.tsv bytes=196608-",
            "/occ_level.csv",
        ]

    def test_the_next_pull_continues(self, site: Site, labels: Source, home: Path) -> None:
        site.cut_after = 3 * PIECE
        assert failure(home) == (
            f"eloundou-labels: the connection to {site.address[7:]} broke off after 147,456 bytes of "
            "full_labelset.tsv; expected the whole file: run `jobimpact sources pull eloundou-labels` again, it "
            "continues there"
        )
        assert part_sizes(home) == [9 * PIECE]
        assert len(left_behind(home)) == 1
        site.cut_after = None
        site.requests.clear()
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == LABELS
        assert site.requests[0] == "/full_labelset.tsv bytes=147456-"
        assert part_sizes(home) == []

    def test_a_server_without_ranges_starts_again(self, site: Site, labels: Source, home: Path) -> None:
        site.cut_after, site.cuts, site.ranges = 3 * PIECE, 1, False
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == LABELS

    def test_two_versions_are_never_joined(self, site: Site, labels: Source, home: Path) -> None:
        site.cut_after = 3 * PIECE
        failure(home)
        changed = LABELS.replace(b"Sign", b"Read")
        site.files["full_labelset.tsv"], site.etag, site.cut_after = changed, '"v2"', None
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == changed

    def test_a_server_that_names_no_version_starts_again(self, site: Site, labels: Source, home: Path) -> None:
        site.cut_after, site.cuts, site.etag = 3 * PIECE, 1, ""
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == LABELS
        assert site.requests[:2] == ["/full_labelset.tsv", "/full_labelset.tsv"]

    def test_an_answer_that_is_not_the_rest_starts_again(self, site: Site, labels: Source, home: Path) -> None:
        site.cut_after, site.cuts, site.shift = 3 * PIECE, 1, 7
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == LABELS

    def test_a_part_longer_than_the_file_is_dropped(self, site: Site, labels: Source, home: Path) -> None:
        site.cut_after = 3 * PIECE
        failure(home)
        part = next(home.rglob("*.part"))
        part.write_bytes(LABELS + b"more")
        site.cut_after = None
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == LABELS

    def test_killed_midway_leaves_a_part_that_the_next_pull_resumes(self, site: Site, labels: Source, home: Path) -> None:
        site.pause = 0.05
        program = (
            "import sys; from dataclasses import replace; from pathlib import Path\n"
            "from jobimpact.sources.store import fetch\n"
            "from jobimpact.facts.registry import SourceFile, find_source\n"
            "known = find_source('eloundou-labels')\n"
            "files = tuple(SourceFile(f'{sys.argv[1]}/{file.name}', file.name) for file in known.files)\n"
            "fetch.find_source = lambda name: replace(known, files=files)\n"
            "fetch.pull('eloundou-labels', home=Path(sys.argv[2]), progress=False)"
        )
        root = Path(fetch.__file__).parents[3]
        child = subprocess.Popen(
            [sys.executable, "-c", program, site.address, str(home)],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        deadline = time.monotonic() + 60
        while not any(size > 0 for size in part_sizes(home)) and time.monotonic() < deadline:
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.wait()
        size = part_sizes(home)[0]
        assert 0 < size < len(LABELS)
        everything = [path.name for path in home.rglob("*")]
        assert sorted(everything)[:2] == [".downloads", "eloundou-labels"]
        assert [name.split(".", 2)[0] for name in sorted(everything)[2:]] == ["full_labelset"]
        site.pause = 0.0
        site.requests.clear()
        assert pull("eloundou-labels", home=home, progress=False)[0].read_bytes() == LABELS
        assert site.requests[0] == f"/full_labelset.tsv bytes={size}-"


class TestFailures:
    def test_wrong_hash_of_the_registry(self, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = SourceFile(f"{site.address}/full_labelset.tsv", "full_labelset.tsv", "0" * 64)
        serve(site, monkeypatch, files=(file,))
        assert failure(home) == (
            f"eloundou-labels: full_labelset.tsv has SHA-256 {sha256(LABELS)}; expected {'0' * 64}, as in "
            "data/sources.toml: it was removed; if the publisher has changed the file, take that hash out and pull "
            "again"
        )
        assert left_behind(home) == []

    def test_right_hash_of_the_registry(self, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        files = tuple(SourceFile(f"{site.address}/{name}", name, sha256(body)) for name, body in site.files.items())
        serve(site, monkeypatch, files=files)
        assert len(pull("eloundou-labels", home=home, progress=False)) == 2

    def test_wrong_hash_of_the_first_download(self, site: Site, labels: Source, home: Path) -> None:
        pull("eloundou-labels", home=home, progress=False)
        shutil.rmtree(home / "eloundou-labels")
        site.files["occ_level.csv"] = OCCUPATIONS.replace(b"1,1,1", b"0,0,1")
        assert failure(home) == (
            f"eloundou-labels: occ_level.csv has SHA-256 {sha256(site.files['occ_level.csv'])}; expected "
            f"{sha256(OCCUPATIONS)}, as in sources.lock.json: it was removed; if the publisher has changed the file, "
            "take that hash out and pull again"
        )
        assert not (home / "eloundou-labels").exists()

    def test_a_failed_pull_leaves_what_was_there(self, site: Site, labels: Source, home: Path) -> None:
        path = pull("eloundou-labels", home=home, progress=False)[0]
        path.write_bytes(b"damaged")
        site.status = 503
        with pytest.raises(SourceError):
            pull("eloundou-labels", home=home, progress=False)
        assert path.read_bytes() == b"damaged"

    def test_no_such_file(self, site: Site, labels: Source, home: Path) -> None:
        del site.files["full_labelset.tsv"]
        assert failure(home) == (
            f"eloundou-labels: {site.address[7:]} answered 404 Not Found for {site.address}/full_labelset.tsv; "
            "expected the file: get it with a browser from the publisher and run `jobimpact sources add "
            "eloundou-labels FILE`"
        )
        assert left_behind(home) == []
        assert len(site.requests) == 1

    def test_second_file_missing(self, site: Site, labels: Source, home: Path) -> None:
        del site.files["occ_level.csv"]
        assert "answered 404 Not Found" in failure(home)
        assert not (home / "eloundou-labels").exists()
        site.files["occ_level.csv"] = OCCUPATIONS
        site.requests.clear()
        assert len(pull("eloundou-labels", home=home, progress=False)) == 2
        assert site.requests == ["/occ_level.csv"], "the whole first file waits for the second"

    def test_server_too_busy(self, site: Site, labels: Source, home: Path) -> None:
        site.status = 503
        assert failure(home) == (
            f"eloundou-labels: {site.address[7:]} answered 503 Service Unavailable for {site.address}/full_labelset.tsv"
            "; expected the file: try again later with `jobimpact sources pull eloundou-labels`"
        )
        assert len(site.requests) == 3

    def test_server_gone(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{unused.getsockname()[1]}"
        serve(Site(address=f"http://{address}"), monkeypatch)
        assert failure(home) == (
            f"eloundou-labels: found no connection to {address}; expected full_labelset.tsv from there: check the "
            "network and run `jobimpact sources pull eloundou-labels` again, or `jobimpact sources add eloundou-labels "
            "FILE` with a file you have"
        )
        assert left_behind(home) == []

    def test_an_address_that_is_none(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        serve(Site(), monkeypatch, files=(SourceFile("nowhere/labels.tsv", "labels.tsv"),))
        assert failure(home) == (
            "eloundou-labels: nowhere/labels.tsv is no address; expected https://...: mend data/sources.toml"
        )

    def test_a_truncated_file_on_the_server(self, site: Site, labels: Source, home: Path) -> None:
        site.files["full_labelset.tsv"] = LABELS[:-8]
        assert failure(home) == (
            f"full_labelset.tsv: found data row {ROWS:,} of {ROWS:,} without 'gpt4_exposure_alt_rubric'; expected it "
            "in every row (a download that broke off ends so): download it again"
        )
        assert left_behind(home) == []

    def test_a_web_page_in_place_of_an_archive(self, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        site.files["db_30_1_excel.zip"] = b"<html>Please log in</html>"
        serve(site, monkeypatch, "onet")
        assert failure(home, "onet") == (
            "db_30_1_excel.zip: found 26 bytes that are not a whole zip archive (broken off, or another kind of file); "
            "expected the archive as the publisher has it: download it again"
        )
        assert left_behind(home) == []

    def test_another_release_than_asked_for(
        self, site: Site, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        site.files["db_30_1_excel.zip"] = onet_zip(tmp_path / "db_30_1_excel.zip", "31.0").read_bytes()
        serve(site, monkeypatch, "onet")
        assert failure(home, "onet") == (
            "onet: found release 31.0; expected 30.1 of O*NET Database: get that one at https://www.onetcenter.org/database.html"
        )
        assert left_behind(home) == []

    def test_unknown_source(self, home: Path) -> None:
        with pytest.raises(InputError, match=r"^source 'onets' is not known \(did you mean 'onet'\?\); expected one of onet, "):
            pull("onets", home=home)

    def test_a_source_without_an_address(self, home: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        serve(site, monkeypatch, files=(), kind="manual")
        assert failure(home) == (
            "eloundou-labels: found no address to download from; expected a file of yours: get it at "
            "https://github.com/openai/GPTs-are-GPTs and run `jobimpact sources add eloundou-labels FILE_OR_FOLDER`"
        )

    def test_a_data_folder_that_is_a_file(self, labels: Source, tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.write_text("not a folder", encoding="utf-8")
        with pytest.raises(SourceError) as caught:
            pull("eloundou-labels", home=home, progress=False)
        assert str(caught.value) == (
            f"{home}: cannot be written (Not a directory); expected a folder with room: set JOBIMPACT_DATA to one, or free space"
        )

    def test_an_unreadable_lock(self, labels: Source, home: Path) -> None:
        home.mkdir()
        (home / "sources.lock.json").write_text("{", encoding="utf-8")
        assert failure(home) == (
            f"{home / 'sources.lock.json'}: found no readable lock file; expected the hashes of earlier downloads: "
            "restore it, or delete it to trust the next downloads anew"
        )
