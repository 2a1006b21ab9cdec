"""A study: every table of one run, on disk whole or not at all, read back and checked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.errors import InputError, StudyError
from jobimpact.paths import data_home
from jobimpact.tables import check_table

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES = ("tasks", "occupations", "sectors", "industries", "areas", "groups", "variance_ledger", "claims")
# Studies of earlier versions do not have these.
LATER_TABLES = ("industries", "variance_ledger")
LATER_COLUMNS = {"claims": ("estimate_low", "estimate_high")}
MANIFEST = "manifest.json"
_STATED = ("inputs.tasks.name", "inputs.employment.release")


@dataclass(frozen=True)
class Study:
    """Every table of one run.

    Attributes
    ----------
    tables
        ``tasks occupations sectors industries areas groups variance_ledger claims`` by name, as described in the data
        dictionary; a study of an earlier version has neither ``industries`` nor ``variance_ledger``.
    manifest
        Inputs with release, licence and SHA-256, parameters, model, device, package versions, timings, warnings.
    path
        The folder, where the study was read or written.
    """

    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    path: Path | None = None

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a copy-safe view of the table `name`."""
        return self.tables[name]


def write_study(study: Study, out: Path, *, report: bool = True) -> Study:
    """Write a study folder; it appears whole under its name or not at all.

    An older study of that name is replaced at the end. A folder that holds anything else is never touched.

    Raises
    ------
    StudyError
        If `out` is no study folder and not empty, or cannot be written.
    """
    check_out(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        room = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.partial-"))
    except OSError as error:
        raise StudyError(f"{out}: cannot be written ({error.strerror}): choose another --out") from error
    try:
        hashes = {}
        for name in study.tables:
            target = room / f"{name}.parquet"
            study.tables[name].to_parquet(target, index=False)
            hashes[target.name] = hashlib.sha256(target.read_bytes()).hexdigest()
        manifest = {**study.manifest, "tables_sha256": hashes}
        (room / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if report:
            from jobimpact.reporting.formats.html import write_html_report

            write_html_report(Study(study.tables, manifest, room), room / "report.html")
        _swap(room, out)
    except OSError as error:
        raise StudyError(f"{out}: cannot be written ({error.strerror or error}): choose another --out") from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
    _remember(out)
    return Study(study.tables, manifest, out)


def check_out(out: Path) -> None:
    """Raise StudyError unless a study may be written at `out`: nothing there, an empty folder, or an older study."""
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise StudyError(f"{out}: this folder holds other files and no {MANIFEST}; it is left as it is: choose another --out")
    if out.exists() and not out.is_dir():
        raise StudyError(f"{out}: this is a file; expected a folder: choose another --out")
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise StudyError(f"{out}: the folder {parent} cannot be written: choose another --out")


def _swap(room: Path, out: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    room.chmod(0o777 & ~umask)
    if out.exists():
        old = room.with_name(room.name.replace("partial", "old"))
        out.rename(old)
        room.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    else:
        room.rename(out)


def read_study(path: Path) -> Study:
    """Read a study folder.

    Raises
    ------
    StudyError
        If the folder is not a whole study.
    """
    if path.is_file():
        raise StudyError(f"{path}: this is a file; a study is the folder that `jobimpact run` writes")
    if not (path / MANIFEST).is_file():
        raise StudyError(f"{path}: no study is there ({MANIFEST} is missing): make one with `jobimpact run --out {path}`")
    there = [name for name in TABLES if name not in LATER_TABLES or (path / f"{name}.parquet").is_file()]
    missing = [f"{name}.parquet" for name in there if not (path / f"{name}.parquet").is_file()]
    if missing:
        raise StudyError(f"{path}: the study is incomplete ({', '.join(missing)} missing): run it again")
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        tables = {name: check_table(name, _upgraded(name, pd.read_parquet(path / f"{name}.parquet"))) for name in there}
    except (OSError, ValueError, InputError) as error:
        reason = " ".join(str(error).split())[:140]
        raise StudyError(f"{path}: the study is broken ({reason}): run it again") from error
    _check_manifest(path, manifest)
    return Study(tables, manifest, path)


def _check_manifest(path: Path, manifest: object) -> None:
    """Raise StudyError unless the manifest names the task set and the release of employment, which every report states."""
    for place in _STATED:
        found: object = manifest
        for name in place.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, str) or not found:
            raise StudyError(f"{path}: its manifest has no {place}, so nothing says what it was made from: run it again")


def _upgraded(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of an earlier version with the columns that have been added since, all missing."""
    later = [column for column in LATER_COLUMNS.get(name, ()) if column not in table]
    return table.assign(**dict.fromkeys(later, float("nan"))) if later else table


def last_study() -> Path:
    """Return the folder of the study written last by this user.

    Raises
    ------
    StudyError
        If there is none.
    """
    note = data_home() / "last-study.txt"
    path = Path(note.read_text(encoding="utf-8").strip()) if note.is_file() else None
    if path is None or not (path / MANIFEST).is_file():
        raise StudyError("no study was found: make one with `jobimpact run`, or name its folder")
    return path


def _remember(out: Path) -> None:
    try:
        data_home().mkdir(parents=True, exist_ok=True)
        (data_home() / "last-study.txt").write_text(f"{out.resolve()}\n", encoding="utf-8")
    except OSError:
        return  # only `jobimpact dashboard` without a folder needs it
