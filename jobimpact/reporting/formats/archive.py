"""Several files as one: a folder or a zip archive, whole or not at all, the same bytes for the same files."""

import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobimpact.errors import InputError
from jobimpact.files import folder_written_whole, written_whole
from jobimpact.reporting.formats.layout import free_name

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that a zip archive can state
_FILE, _UNIX = 0o100644 << 16, 3
_DEVICES = frozenset(["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))])
_LONGEST = 60


def file_stems(names: Iterable[str], reserved: Iterable[str] = ()) -> dict[str, str]:
    """Return a file name without ending for every name: letters, digits, - and _, each different.

    Whatever the names hold, no file lands outside the folder, none is a device of Windows, and none has a
    `reserved` name.

    Examples
    --------
    >>> file_stems(["sectors", "../Sectors", "con"])
    {'sectors': 'sectors', '../Sectors': 'Sectors_2', 'con': 'con_'}
    """
    stems: dict[str, str] = {}
    others = {name.casefold() for name in reserved}
    for name in names:
        clean = re.sub(r"[^\w-]+", "_", name).strip("_")[:_LONGEST] or "table"
        stems[name] = free_name(f"{clean}_" if clean.casefold() in _DEVICES else clean, others)
    return stems


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of `files` by their path; without times, in the order of their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _FILE, _UNIX
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def write_zip(files: Mapping[str, bytes], path: Path) -> Path:
    """Write `files` as a zip archive; it appears whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_bytes(zip_bytes(files))
    return path


def write_folder(files: Mapping[str, bytes], path: Path, *, mark: str) -> Path:
    """Write `files` as a folder; it appears whole or not at all, in place of an older one.

    An older folder of this kind holds the file `mark`; a folder with other files and without it is never
    touched.
    """
    if path.exists() and not path.is_dir():
        raise InputError(
            f"{path}: this is a file; expected a folder or a name that ends in .zip: choose another {{out}}", parameters=["out"]
        )
    if path.is_dir() and any(path.iterdir()) and not (path / mark).is_file():
        raise InputError(
            f"{path}: this folder holds other files and no {mark}; it is left as it is: choose another {{out}}",
            parameters=["out"],
        )
    try:
        with folder_written_whole(path) as partial:
            for name, content in files.items():
                (partial / name).parent.mkdir(parents=True, exist_ok=True)
                (partial / name).write_bytes(content)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error}): choose another {{out}}", parameters=["out"]
        ) from error
    return path


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give an empty folder, whose files move into `folder` only when the block ends without an error."""
    # Folders that are made here go again where nothing came into them.
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(dir=folder, prefix=".partial-"))
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}): choose another {{out}}", parameters=["out"]) from error
    try:
        yield room
        for path in sorted(room.iterdir()):
            path.replace(folder / path.name)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written ({error.strerror or error}): choose another {{out}}", parameters=["out"]
        ) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
        for parent in missing:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
