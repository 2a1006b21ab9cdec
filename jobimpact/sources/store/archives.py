"""Zip archives from anywhere, unpacked without letting a member out of its folder."""

import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from jobimpact.errors import SourceError

# The largest archive read here (all OEWS areas of one year) unpacks to about 0.2 GB; a bomb, to far more than this.
MAX_BYTES = 2 * 1024**3
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)


def is_zip(path: Path) -> bool:
    """Tell by its ending whether `path` is meant to be a zip archive (an .xlsx is not)."""
    return path.suffix.lower() == ".zip"


def extract_zip(path: Path, folder: Path, *, wanted: Callable[[str], bool] | None = None, limit: int = MAX_BYTES) -> list[Path]:
    """Unpack an archive into a new folder, all of it or nothing, and return the files, sorted.

    `wanted` chooses members by their file name without folders; those that it leaves out are still checked: none may be
    encrypted, a link, there twice or outside the folder, nor may all together unpack to more than `limit` bytes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = _check_members(archive.infolist(), path.name, limit)
            return _write_members(archive, [pair for pair in members if wanted is None or wanted(pair[1].name)], folder)
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file; expected a zip archive: check the path") from error
    except BROKEN_ZIP as error:
        raise broken_zip(path) from error


@contextmanager
def opened_folder(path: Path, wanted: Callable[[str], bool] | None = None) -> Iterator[Path]:
    """Give the folder of a source: `path` itself, or the members of a zip that are `wanted` in a temporary folder."""
    if not is_zip(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="jobimpact-") as temporary:
        folder = Path(temporary) / path.stem
        extract_zip(path, folder, wanted=wanted)
        yield folder


def broken_zip(path: Path) -> SourceError:
    """Return the error for an archive that cannot be read to its end."""
    size = path.stat().st_size
    return SourceError(
        f"{path.name}: found {size:,} bytes that are not a whole zip archive (broken off, or another kind of file); "
        "expected the archive as the publisher has it: download it again"
    )


def _check_members(infos: list[zipfile.ZipInfo], name: str, limit: int) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """Return the files of an archive with their places, after refusing every kind of member that could do harm."""
    files = [(info, _member_place(info, name)) for info in infos if not info.is_dir()]
    target, count = Counter(name for _, name in files).most_common(1)[0] if files else (PurePosixPath(), 0)
    if count > 1:
        raise SourceError(f"{name}: found {str(target)!r} {count} times; expected each file once: download it again")
    # Before anything is written: a bomb would fill the disk before it fails.
    total = sum(info.file_size for info, _ in files)
    if total > limit:
        raise SourceError(
            f"{name}: found {total:,} bytes once unpacked; expected at most {limit:,}: "
            "unpack it yourself if you trust it, and give the folder"
        )
    return files


def _member_place(info: zipfile.ZipInfo, name: str) -> PurePosixPath:
    # Windows separators too: a name that is harmless here must not climb out of the folder there.
    target = PurePosixPath(info.filename.replace("\\", "/"))
    if target.is_absolute() or ".." in target.parts or re.match(r"[A-Za-z]:", info.filename):
        raise SourceError(
            f"{name}: found the member {info.filename!r}, which points outside the folder; "
            "expected plain relative paths: nothing was unpacked, do not trust this archive"
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise SourceError(
            f"{name}: found the member {info.filename!r}, which is a link; "
            "expected plain files: nothing was unpacked, do not trust this archive"
        )
    if info.flag_bits & 0x1:
        raise SourceError(
            f"{name}: found the member {info.filename!r} encrypted; expected an open archive: "
            "unpack it with its password and give the folder"
        )
    return target


def _write_members(archive: zipfile.ZipFile, members: list[tuple[zipfile.ZipInfo, PurePosixPath]], folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    try:
        return sorted(_write_member(archive, info, folder.joinpath(target)) for info, target in members)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> Path:
    # zipfile reads no more than the declared size and then checks the CRC, so a lying header cannot overrun the limit.
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(info) as member, target.open("xb") as copy:
        shutil.copyfileobj(member, copy, 1024 * 1024)
    return target
