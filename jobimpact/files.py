"""Files and folders that appear whole or not at all, and their hashes."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Writing a folder takes seconds: what has lain between two names for so long is of a writer that was killed.
_STALE_SECONDS = 3600


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, which takes the name `path` only when the block ends without an error.

    Raises
    ------
    InputError
        If the folder does not exist and cannot be made, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}): choose another {{out}}", parameters=["out"]) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error}): choose another {{out}}", parameters=["out"]
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Give an empty folder beside `path`, which takes the name `path` only when the block ends without an error.

    A folder of that name is replaced at the end; one that a killed writer left between two names is brought back first.
    An OSError is the caller's to word.
    """
    path = path.absolute()
    recover_folder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.partial-"))
    old = _beside(path, "old", partial.name.rpartition("-")[2])
    try:
        yield partial
        partial.chmod(0o777 & ~_umask())
        if path.exists():
            path.rename(old)
        partial.rename(path)
    finally:
        recover_folder(path)
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def recover_folder(path: Path) -> None:
    """Bring back the folder `path` where its writer was killed between two renames, and clear up what is stale.

    A writer renames the folder to ``.NAME.old-*`` when its successor ``.NAME.partial-*`` is complete, and the successor to
    NAME: where neither has the name, the successor gets it.
    """
    path = path.absolute()  # "." has no name of its own
    for old in _leftovers(path, "old"):
        if not path.exists():
            partial = _beside(path, "partial", old.name.rpartition("-")[2])
            (partial if partial.exists() else old).rename(path)
    for folder in (*_leftovers(path, "old"), *_leftovers(path, "partial")):
        if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _beside(path: Path, state: str, token: str) -> Path:
    return path.with_name(f".{path.name}.{state}-{token}")


def _leftovers(path: Path, state: str) -> list[Path]:
    if not path.name:
        return []  # the root of a disk
    return sorted(path.parent.glob(glob.escape(_beside(path, state, "").name) + "*"))


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


def check_target(path: Path) -> None:
    """Raise InputError unless a file may be written at `path`, so that nobody waits for a result that cannot be kept."""
    try:
        is_folder = path.is_dir()
        path.exists()
    except OSError as error:
        short = f"{str(path)[:60]}..."
        raise InputError(f"{short}: cannot be written ({error.strerror}): choose another {{out}}", parameters=["out"]) from error
    if is_folder:
        raise InputError(f"{path}: this is a folder; expected a file: choose another {{out}}", parameters=["out"])
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    if not parent.is_dir():
        raise InputError(
            f"{path}: cannot be written ({parent} is a file, not a folder): choose another {{out}}", parameters=["out"]
        )
    if not os.access(parent, os.W_OK):
        raise InputError(f"{path}: cannot be written (the folder {parent} is closed): choose another {{out}}", parameters=["out"])


def check_apart(path: Path, *others: Path) -> None:
    """Raise InputError where `path` is to be written and is one of `others`, which would be lost."""
    if path.absolute().resolve() in {other.absolute().resolve() for other in others}:
        raise InputError(f"{path}: given twice, and writing it would destroy the other: choose another file")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
