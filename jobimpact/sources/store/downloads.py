"""Downloads that continue where they stopped and are never taken for whole before they are."""

from __future__ import annotations

import hashlib
import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobimpact.errors import SourceError
from jobimpact.sources.store.folder import LOCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests

    from jobimpact.facts.registry import SourceFile

_CHUNK = 16 * 1024  # what of an unfinished piece is lost when the connection breaks
_TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two pieces
_ATTEMPTS = 3
_PAUSE = 1.0  # seconds before the second attempt, twice as long before the third
_OK, _PARTIAL, _RANGE_REFUSED = 200, 206, 416
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
# A part whose server names no version of the file cannot be continued: its rest may be of another version.
_NOT_RESUMABLE = "once"


class _BrokenOffError(Exception):
    """An attempt ended early; another one may go further."""


@dataclass
class ResumableDownloader:
    """Download files for pooch, continuing a part that an earlier run left in `folder`.

    A part is called FILE.TAG.part; the tag stands for the version that the server named (ETag, Last-Modified, length), so that
    two versions are never joined into one file. `report` gets the bytes that are there and those expected, None where the
    server does not say.
    """

    source: str
    folder: Path
    report: Callable[[int, int | None], None] = field(default=lambda _done, _total: None)
    _whole: dict[str, Path] = field(default_factory=dict, init=False)

    def __call__(self, url: str, output_file: object, pooch: object) -> None:
        """Put the whole file at `output_file`."""
        del pooch
        self.fetch(url).replace(str(output_file))
        del self._whole[url]

    def fetch(self, url: str) -> Path:
        """Download `url` and return the path of its part, which is whole; what came before a third failure is kept."""
        for attempt in range(_ATTEMPTS):
            if url in self._whole:
                break
            time.sleep(_PAUSE * attempt)
            try:
                self._whole[url] = self._attempt(url)
            except _BrokenOffError as error:
                if attempt == _ATTEMPTS - 1:
                    raise SourceError(str(error)) from error.__cause__
        return self._whole[url]

    def _attempt(self, url: str) -> Path:
        import requests

        part = self._find_part(url)
        try:
            with _get(url, part) as response:
                self._check_status(response, url, part)
                return self._receive(response, url, part)
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
        ) as error:
            raise SourceError(f"{self.source}: {url} is no address; expected https://...: mend data/sources.toml") from error
        except requests.exceptions.RequestException as error:
            raise _BrokenOffError(self._broken_off(url)) from error

    def _check_status(self, response: requests.Response, url: str, part: Path | None) -> None:
        status, host = response.status_code, urlsplit(url).netloc
        if status in {_OK, _PARTIAL}:
            return
        if status == _RANGE_REFUSED and part is not None:
            part.unlink(missing_ok=True)  # longer than the file now is
            raise _BrokenOffError(f"{self.source}: {host} does not continue {part.name}; it was removed: pull again")
        reason = f"{self.source}: {host} answered {status} {response.reason} for {url}"
        if status in _BUSY:
            raise _BrokenOffError(f"{reason}; expected the file: try again later with {_pull(self.source)}")
        raise SourceError(
            f"{reason}; expected the file: get it with a browser from the publisher and run "
            f"`jobimpact sources add {self.source} FILE`"
        )

    def _receive(self, response: requests.Response, url: str, part: Path | None) -> Path:
        start = part.stat().st_size if part is not None and response.status_code == _PARTIAL else 0
        total = _total_bytes(response, start)
        target = self.folder / f"{_file_name(url)}.{_version_tag(response, total)}.part"
        if start and (target != part or not response.headers.get("Content-Range", "").startswith(f"bytes {start}-")):
            # The publisher's file has changed since the part was made, or this is not the rest of it.
            self._drop_parts(url)
            raise _BrokenOffError(self._broken_off(url))
        if not start:
            self._drop_parts(url)
        with target.open("ab" if start else "wb") as file:
            for piece in response.iter_content(_CHUNK):
                file.write(piece)
                self.report(file.tell(), total)
        size = target.stat().st_size
        if total is not None and size != total:
            if size > total:
                target.unlink()
            raise _BrokenOffError(self._broken_off(url))
        return target

    def _broken_off(self, url: str) -> str:
        part, host, file = self._find_part(url), urlsplit(url).netloc, _file_name(url)
        if part is None:
            return (
                f"{self.source}: found no connection to {host}; expected {file} from there: check the network and "
                f"run {_pull(self.source)} again, or `jobimpact sources add {self.source} FILE` with a file you have"
            )
        return (
            f"{self.source}: the connection to {host} broke off after {part.stat().st_size:,} bytes of {file}; "
            f"expected the whole file: run {_pull(self.source)} again, it continues there"
        )

    def _find_part(self, url: str) -> Path | None:
        parts = sorted(self.folder.glob(f"{_file_name(url)}.*.part"))
        usable = (part for part in parts if part.suffixes[-2] != f".{_NOT_RESUMABLE}" and part.stat().st_size)
        return next(usable, None)

    def _drop_parts(self, url: str) -> None:
        for part in self.folder.glob(f"{_file_name(url)}.*.part"):
            part.unlink()


def download(source: str, file: SourceFile, locked: str | None, folder: Path, progress: bool) -> Path:
    """Download a file of `source` with pooch into `folder`, where its part waits until then, and return its path.

    Its SHA-256 has to be that of the registry, else `locked`, that of its first download; otherwise it is removed.
    """
    import pooch

    for path in folder.glob("tmp*"):
        path.unlink()  # pooch's, of a run that was killed while it hashed
    pooch.get_logger().setLevel(logging.WARNING)
    with _bar(file.name, show=progress) as report:
        downloader = ResumableDownloader(source, folder, report)
        if not (folder / file.name).exists():
            # Before pooch, which makes its temporary file first and would leave it behind if it were killed.
            downloader.fetch(file.url)
        expected = file.sha256 or locked
        try:
            return Path(pooch.retrieve(file.url, expected, file.name, folder, downloader=downloader))
        except ValueError as error:
            where = "data/sources.toml" if file.sha256 else LOCK
            actual = str(error).partition("but got ")[2][:64]
            raise SourceError(
                f"{source}: {file.name} has SHA-256 {actual}; expected {expected}, as in {where}: it was "
                "removed; if the publisher has changed the file, take that hash out and pull again"
            ) from error


@contextmanager
def _bar(label: str, *, show: bool) -> Iterator[Callable[[int, int | None], None]]:
    """Give a function that draws how much of a file is there, on a terminal and where `show` is set."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not (show and console.is_terminal)) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _pull(source: str) -> str:
    return f"`jobimpact sources pull {source}`"


def _file_name(url: str) -> str:
    return Path(urlsplit(url).path).name


@contextmanager
def _get(url: str, part: Path | None) -> Iterator[requests.Response]:
    import requests

    # Lengths and ranges must count the bytes of the file itself, not of a compressed answer.
    headers = {"Accept-Encoding": "identity", "User-Agent": "jobimpact (labour-market research toolkit)"}
    if part is not None:
        headers["Range"] = f"bytes={part.stat().st_size}-"
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
        yield response


def _total_bytes(response: requests.Response, start: int) -> int | None:
    """Return the length of the whole file, or None where the server does not say."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _version_tag(response: requests.Response, total: int | None) -> str:
    version = [response.headers.get(header, "") for header in ("ETag", "Last-Modified")]
    if not any(version) or total is None:
        return _NOT_RESUMABLE
    return hashlib.sha256("\n".join([*version, str(total)]).encode()).hexdigest()[:12]
