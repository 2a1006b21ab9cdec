"""Downloads from a server on this machine that cuts, lies, refuses or goes away; and what a user adds."""

import functools
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.paths import packaged
from jobimpact.sources import downloads, fetch, registry
from jobimpact.sources.fetch import add, check_sources, list_sources, locate, pull
from jobimpact.sources.labels import read_eloundou_labels
from jobimpact.sources.onet import read_onet_tasks
from jobimpact.sources.registry import Source, SourceFile, read_registry

HEADER = (
    "O*NET-SOC Code\tTitle\tTask ID\tTask\tTask Type\thuman_exposure_agg\tgpt4_exposure\tgpt4_exposure_alt_rubric\t"
    "gpt4_automation\n"
)
ROWS = 4_000
PIECE = 16 * 1024  # the downloader keeps whole pieces
LABELS = (
    HEADER + "".join(f"11-1011.00\tChief Executives\t{row}.0\tSign letter {row}\tCore\tE0\tE1\tE2\tT1\n" for row in range(ROWS))
).encode()
OCCUPATIONS = (
    b"O*NET-SOC Code,Title,dv_rating_alpha,dv_rating_beta,dv_rating_gamma,human_rating_alpha,human_rating_beta,"
    b"human_rating_gamma\n11-1011.00,Chief Executives,1,1,1,0,0,0\n"
)
STATEMENTS = b"O*NET-SOC Code\tTask ID\tTask\tTask Type\r\n11-1011.00\t8823\tSign the yearly letter\tCore\r\n"


@dataclass
class Site:
    """What the server has and how it behaves."""

    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: int | None = None  # bytes of an answer after which the connection is closed
    cuts: int = 10**6  # how many answers are cut
    ranges: bool = True
    shift: int = 0  # by how much the answer to a range is not what was asked for
    etag: str = '"v1"'
    status: int = 200
    pause: float = 0.0  # seconds between pieces
    requests: list[str] = field(default_factory=list)
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *args: object) -> None:
        self.site = site
        super().__init__(*args)  # type: ignore[arg-type]  # as the base class gets them

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        site, wanted = self.site, self.headers.get("Range", "")
        site.requests.append(f"{self.path} {wanted}".strip())
        content = site.files.get(self.path.lstrip("/"))
        if content is None or site.status != 200:
            self.send_error(404 if content is None else site.status)
            return
        start = int(wanted[len("bytes=") : -1]) if wanted and site.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if wanted and site.ranges else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if wanted and site.ranges:
            self.send_header("Content-Range", f"bytes {start + site.shift}-{len(content) - 1}/{len(content)}")
        if site.etag:
            self.send_header("ETag", site.etag)
        self.end_headers()
        self.send_body(content[start:])

    def send_body(self, body: bytes) -> None:
        site = self.site
        if site.cut_after is not None and site.cuts > 0 and len(body) > site.cut_after:
            site.cuts -= 1
            body = body[: site.cut_after]
        try:
            for place in range(0, len(body), 20_000):
                self.wfile.write(body[place : place + 20_000])
                time.sleep(site.pause)
        except OSError:
            pass  # the client was killed
        self.close_connection = True


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site({"full_labelset.tsv": LABELS, "occ_level.csv": OCCUPATIONS})
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, served))
    served.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(downloads, "_PAUSE", 0.0)
    return tmp_path / "home"


@pytest.fixture
def labels(site: Site, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Put eloundou-labels on the local server."""
    return serve(site, monkeypatch)


def serve(site: Site, monkeypatch: pytest.MonkeyPatch, name: str = "eloundou-labels", **changes: object) -> Source:
    known = read_registry()[name]
    files = tuple(SourceFile(f"{site.address}/{file.name}", file.name) for file in known.files)
    source = replace(known, **{"files": files, **changes})
    monkeypatch.setattr(registry, "read_registry", lambda: {**read_registry.__wrapped__(), name: source})
    monkeypatch.setattr(fetch, "read_registry", registry.read_registry)
    return source


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def left_behind(home: Path) -> list[str]:
    """Return every file in the data folder, hidden ones too."""
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())


def failure(home: Path, name: str = "eloundou-labels") -> str:
    with pytest.raises(SourceError) as caught:
        pull(name, home=home, progress=False)
    message = str(caught.value)
    assert "\n" not in message
    assert list_sources(home).set_index("name").loc[name, "status"] == "absent"
    return message


def part_sizes(home: Path) -> list[int]:
    return [path.stat().st_size for path in home.rglob("*.part")]


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
            "from jobimpact.sources import fetch\n"
            "from jobimpact.sources.registry import SourceFile, find_source\n"
            "known = find_source('eloundou-labels')\n"
            "files = tuple(SourceFile(f'{sys.argv[1]}/{file.name}', file.name) for file in known.files)\n"
            "fetch.find_source = lambda name: replace(known, files=files)\n"
            "fetch.pull('eloundou-labels', home=Path(sys.argv[2]), progress=False)"
        )
        root = Path(fetch.__file__).parents[2]
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


def onet_zip(path: Path, release: str, **more: bytes) -> Path:
    files = {"Task Statements.txt": STATEMENTS, "Read Me.txt": f"O*NET {release} Database\n".encode(), **more}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{path.stem}/{name}" if "/" not in name else name, content)
    return path


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
