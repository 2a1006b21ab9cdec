"""The user's data folder: HOME/NAME/RELEASE with the files, HOME/NAME/source.json with their hashes.

HOME/sources.lock.json keeps the hash of every download (trust on first use); HOME/.downloads keeps parts of downloads.
Everything is prepared in HOME/.staging-* and renamed, so that a folder of a source is whole or not there.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from jobimpact.errors import SourceError
from jobimpact.files import file_sha256

DOWNLOADS, LOCK, RECORD = ".downloads", "sources.lock.json", "source.json"
_STAGING = ".staging-"
_STALE = 24 * 3600.0  # seconds after which a staging folder belongs to a run that was killed


@dataclass(frozen=True)
class KeptFile:
    """A file in the data folder: SHA-256, bytes, and the address or "added" for where it came from."""

    sha256: str
    bytes: int
    origin: str


@dataclass(frozen=True)
class Record:
    """What source.json says: the release, its folder, and each file by its path in that folder."""

    name: str
    release: str
    folder: str
    files: dict[str, KeptFile]


def visible_files(folder: Path) -> list[Path]:
    """Return the files in a folder and below it, sorted, without hidden ones and the locks of an open workbook."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in files if not any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)]


def write_whole(path: Path, text: str) -> None:
    """Write a text file under a temporary name and rename it, so that it is never half there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_record(home: Path, name: str) -> Record | None:
    """Return what source.json says of a source, or None where the source is not there."""
    path = home / name / RECORD
    if not path.is_file():
        return None
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        files = {location: KeptFile(**file) for location, file in entry["files"].items()}
        return Record(entry["name"], entry["release"], entry["folder"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{path}: found no readable record of the source; expected what `jobimpact sources` wrote there: "
            f"run `jobimpact sources pull {name}` or `jobimpact sources add {name} FILE_OR_FOLDER` again"
        ) from error


def find_damage(home: Path, record: Record) -> str | None:
    """Return what is wrong with the first damaged file of a source, or None where every hash is as recorded."""
    folder = home / record.name / record.folder
    # Length before hash: most damage is a file that was cut, and shows without reading it.
    for location, file in record.files.items():
        path = folder / location
        if not path.is_file():
            return f"{location} is missing"
        if path.stat().st_size != file.bytes:
            return f"{location} has {path.stat().st_size:,} bytes; expected {file.bytes:,}"
        actual = file_sha256(path)
        if actual != file.sha256:
            return f"{location} has SHA-256 {actual[:12]}...; expected {file.sha256[:12]}..."
    return None


def read_lock(home: Path) -> dict[str, str]:
    """Return the SHA-256 of each address that was downloaded before."""
    path = home / LOCK
    if not path.is_file():
        return {}
    try:
        lock = json.loads(path.read_text(encoding="utf-8"))
        return {str(url): str(digest) for url, digest in lock["sha256"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{path}: found no readable lock file; expected the hashes of earlier downloads: "
            "restore it, or delete it to trust the next downloads anew"
        ) from error


def write_lock(home: Path, hashes: dict[str, str]) -> None:
    """Add hashes of downloads to the lock file."""
    merged = dict(sorted({**read_lock(home), **hashes}.items()))
    write_whole(home / LOCK, json.dumps({"sha256": merged}, indent=2) + "\n")


@contextmanager
def staging(home: Path) -> Iterator[Path]:
    """Give an empty folder in which a source is prepared; it is gone afterwards."""
    home.mkdir(parents=True, exist_ok=True)
    for left_over in home.glob(f"{_STAGING}*"):
        if time.time() - left_over.stat().st_mtime > _STALE:
            shutil.rmtree(left_over, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=home, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def install(home: Path, name: str, release: str, prepared: Path, origins: dict[str, str]) -> Record:
    """Move a prepared folder, which is in a staging folder of `home`, to the place of a source and record its hashes.

    `origins` says where each file came from, by its path in `prepared`; what it leaves out was added by the user.
    """
    files = {path.relative_to(prepared).as_posix(): path for path in sorted(prepared.rglob("*")) if path.is_file()}
    entries = {
        location: KeptFile(file_sha256(path), path.stat().st_size, origins.get(location, "added"))
        for location, path in files.items()
    }
    record, before = Record(name, release, release, entries), _folder_before(home, name)
    target = home / name / record.folder
    target.parent.mkdir(parents=True, exist_ok=True)
    replaced = prepared.with_name("replaced")
    if target.exists():
        target.rename(replaced)
    try:
        prepared.rename(target)
        write_whole(target.parent / RECORD, json.dumps(asdict(record), indent=2) + "\n")
    except OSError:
        if replaced.exists() and not target.exists():
            replaced.rename(target)
        raise
    if before is not None and before != target and before.is_dir():
        before.rename(prepared.with_name("before"))
    return record


def _folder_before(home: Path, name: str) -> Path | None:
    """Return the folder that a source has now; an unreadable record has none, it is being replaced."""
    try:
        record = read_record(home, name)
    except SourceError:
        return None
    return None if record is None else home / name / record.folder
