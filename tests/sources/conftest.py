"""What tests of sources share: a publisher on this machine, a data folder, files of any content."""

import functools
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from support.publisher_site import LABELS, OCCUPATIONS, Handler, Site, serve

from jobimpact.facts.registry import Source
from jobimpact.sources.store import downloads


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


@pytest.fixture
def put(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
