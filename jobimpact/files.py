"""Files that appear whole or not at all, and their hashes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        raise InputError(f"{path}: cannot be written ({error.strerror}): choose another --out") from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}): choose another --out") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_target(path: Path) -> None:
    """Raise InputError unless a file may be written at `path`, so that nobody waits for a result that cannot be kept."""
    if path.is_dir():
        raise InputError(f"{path}: this is a folder; expected a file: choose another --out")
    parent = next(folder for folder in path.absolute().parents if folder.exists())
    if not parent.is_dir():
        raise InputError(f"{path}: cannot be written ({parent} is a file, not a folder): choose another --out")
    if not os.access(parent, os.W_OK):
        raise InputError(f"{path}: cannot be written (the folder {parent} is closed): choose another --out")


def check_apart(path: Path, *others: Path) -> None:
    """Raise InputError where `path` is to be written and is one of `others`, which would be lost."""
    if path.absolute().resolve() in {other.absolute().resolve() for other in others}:
        raise InputError(f"{path}: given twice, and writing it would destroy the other: choose another file")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
