"""A publisher on this machine: a server of files that can be slow, broken or wrong."""

import hashlib
import time
import zipfile
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from jobimpact.facts import registry
from jobimpact.facts.registry import Source, SourceFile, read_registry
from jobimpact.sources.store import fetch

HEADER = (
    "O*NET-SOC Code\tTitle\tTask ID\tTask\tTask Type\thuman_exposure_agg\tgpt4_exposure\tgpt4_exposure_alt_rubric\t"
    "gpt4_automation\n"
)
ROWS = 4_000
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


def onet_zip(path: Path, release: str, **more: bytes) -> Path:
    files = {"Task Statements.txt": STATEMENTS, "Read Me.txt": f"O*NET {release} Database\n".encode(), **more}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{path.stem}/{name}" if "/" not in name else name, content)
    return path
