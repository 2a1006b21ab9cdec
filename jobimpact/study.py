"""A study: every table of one run, on disk whole or not at all, read back and checked."""

import hashlib
import io
import json
import os
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from jobimpact.errors import EarlierStudyWarning, InputError, StudyError
from jobimpact.files import folder_written_whole, recover_folder
from jobimpact.paths import data_home
from jobimpact.results import Result
from jobimpact.tables import ESTIMATES, check_table, read_dictionary

TABLES = ("tasks", "occupations", "sectors", "industries", "areas", "groups", "raters", "variance_ledger", "claims")
# Of these every estimate has an interval in the variance ledger.
INTERVAL_TABLES = ("occupations", "sectors", "industries", "areas", "groups")
# Studies of earlier versions do not have these.
LATER_TABLES = ("industries", "raters", "variance_ledger")
LATER_COLUMNS = {"claims": ("estimate_low", "estimate_high")}
MANIFEST = "manifest.json"
# Of the folder: 1 had intervals that mixed judges and no table of raters.
SCHEMA_VERSION = 2
# What every report states of its study.
_REQUIRED = ("inputs.tasks.name", "inputs.employment.release")


@dataclass(frozen=True)
class Study:
    """Every table of one run.

    Attributes
    ----------
    tables
        ``tasks occupations sectors industries areas groups raters variance_ledger claims`` by name, as described in the data
        dictionary; a study of an earlier version lacks ``industries``, ``raters`` and ``variance_ledger``.
    manifest
        Inputs with release, licence and SHA-256, parameters, model, device, package versions, timings, warnings.
    path
        The folder, where the study was read or written.

    Examples
    --------
    >>> from jobimpact import read_study
    >>> study = read_study("reports/study")
    >>> study.sectors.nlargest(1, "exposure_beta")["naics_title"].item()
    'Finance and Insurance'
    >>> len(study["areas"]), study.manifest["parameters"]["rater"]
    (54, 'human')
    """

    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    path: Path | None = None

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a copy-safe view of the table `name`."""
        return self.tables[name]

    def __repr__(self) -> str:
        inputs = self.manifest.get("inputs", {})
        tasks, jobs = (inputs.get(name, {}) for name in ("tasks", "employment"))
        rows = ", ".join(f"{len(table):,} {name}" for name, table in self.tables.items())
        rater = self.manifest.get("parameters", {}).get("rater", "unknown")
        return (
            f"Study of {tasks.get('title') or tasks.get('name', 'tasks')} with OEWS {jobs.get('release', '')}, rater {rater}, "
            f"{'not written' if self.path is None else self.path}\n{rows}"
        )

    @property
    def occupations(self) -> pd.DataFrame:
        """Table ``occupations`` with the interval of each estimate, see :func:`with_intervals`."""
        return self._with_interval("occupations")

    @property
    def sectors(self) -> pd.DataFrame:
        """Table ``sectors`` with the interval of each estimate, see :func:`with_intervals`."""
        return self._with_interval("sectors")

    @property
    def industries(self) -> pd.DataFrame:
        """Table ``industries`` with the interval of each estimate, see :func:`with_intervals`."""
        return self._with_interval("industries")

    @property
    def areas(self) -> pd.DataFrame:
        """Table ``areas`` with the interval of each estimate, see :func:`with_intervals`."""
        return self._with_interval("areas")

    @property
    def groups(self) -> pd.DataFrame:
        """Table ``groups`` with the interval of each estimate, see :func:`with_intervals`."""
        return self._with_interval("groups")

    def _with_interval(self, name: str) -> pd.DataFrame:
        return with_intervals(self.tables, name)

    def judges(self, table: str = "groups", row: str = "all|all", column: str = "exposure_beta") -> pd.Series:
        """Return an estimate by each judge who might have been asked, the lowest first; by default the national mean.

        Empty where the study has no such estimate, or is of an earlier version.
        """
        return read_raters(self.tables, table, row, column)

    def headlines(self) -> Result:
        """Return the headline numbers with their intervals, each with its definition and what others would make of it."""
        from jobimpact import headlines

        return cast("Result", headlines(self))


def read_raters(tables: Mapping[str, pd.DataFrame], table: str, row: str, column: str) -> pd.Series:
    """Return the estimates of one cell of a study by judge, the lowest first; see :meth:`Study.judges`.

    Examples
    --------
    >>> raters = pd.DataFrame({"table": "groups", "row": "all|all", "column": "exposure_beta",
    ...                        "rater": ["gpt4", "human"], "estimate": [0.3, 0.2]})
    >>> read_raters({"raters": raters}, "groups", "all|all", "exposure_beta").to_dict()
    {'human': 0.2, 'gpt4': 0.3}
    """
    if "raters" not in tables:
        return pd.Series(dtype="float64", name="estimate")
    raters = tables["raters"]
    cell = raters[(raters["table"] == table) & (raters["row"] == row) & (raters["column"] == column)]
    return cell.dropna(subset="estimate").set_index("rater")["estimate"].sort_values(kind="stable")


def with_intervals(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """Return the table `name` of a study with ``_low``, ``_high`` and ``_se`` of each estimate, given the judge.

    They are those of the variance ledger, missing where it has none; an estimate lies inside its interval. A
    standard error that the table has of its own stays.
    """
    table = tables[name]
    columns = [column for column in ESTIMATES if column in table]
    suffixes = {"estimate_low": "low", "estimate_high": "high", "estimate_se": "se"}
    names = {(column, part): f"{column}_{suffix}" for column in columns for part, suffix in suffixes.items()}
    names = {cell: column for cell, column in names.items() if column not in table}
    if "variance_ledger" not in tables:
        return table.assign(**dict.fromkeys(names.values(), float("nan")))
    ledger = tables["variance_ledger"]
    rows = ledger[(ledger["table_name"] == name) & (ledger["cause"] == "total")].set_index("row_key")
    keys = table[read_dictionary()["tables"][name]["key"]].astype(str).agg("|".join, axis=1)
    values = {column: keys.map(rows.loc[rows["column_name"] == cell[0], cell[1]]) for cell, column in names.items()}
    for (column, part), end in names.items():
        if part != "estimate_se":
            # The ledger and the table may differ in the last digit.
            values[end] = (np.fmin if part == "estimate_low" else np.fmax)(values[end], table[column].where(values[end].notna()))
    return table.assign(**values)


def write_study(study: Study, out: str | Path, *, files: Mapping[str, bytes] | None = None) -> Study:
    """Write a study folder; it appears whole under its name or not at all.

    An older study of that name is replaced at the end. A folder that holds anything else is never touched.

    Parameters
    ----------
    study
        Its manifest gets the SHA-256 of every table, ``tables_sha256``.
    out
        The folder.
    files
        What else it holds, by name, such as ``report.html``.

    Raises
    ------
    StudyError
        If `out` is no study folder and not empty, or cannot be written.

    Examples
    --------
    >>> study = write_study(read_study("reports/study"), "copy")
    >>> study.path.name, (study.path / "occupations.parquet").exists()
    ('copy', True)
    """
    out = Path(out)
    check_out(out)
    try:
        study = with_hashes(study)
        manifest = json.dumps(study.manifest, indent=2, ensure_ascii=False) + "\n"
        with folder_written_whole(out) as folder:
            for name, table in study.tables.items():
                table.to_parquet(folder / f"{name}.parquet", index=False)
            for name, content in {MANIFEST: manifest.encode(), **(files or {})}.items():
                (folder / name).write_bytes(content)
    except OSError as error:
        raise StudyError(
            f"{out}: cannot be written ({error.strerror or error}): choose another {{out}}", parameters=["out"]
        ) from error
    _remember(out)
    return replace(study, path=out)


def with_hashes(study: Study) -> Study:
    """Return the study whose manifest states the SHA-256 of every table as it is written, ``tables_sha256``."""
    hashes = {}
    for name, table in study.tables.items():
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        hashes[f"{name}.parquet"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    return replace(study, manifest={"schema_version": SCHEMA_VERSION, **study.manifest, "tables_sha256": hashes})


def check_out(out: Path) -> None:
    """Raise StudyError unless a study may be written at `out`: nothing there, an empty folder, or an older study."""
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise StudyError(
            f"{out}: this folder holds other files and no {MANIFEST}; it is left as it is: choose another {{out}}",
            parameters=["out"],
        )
    if out.exists() and not out.is_dir():
        raise StudyError(f"{out}: this is a file; expected a folder: choose another {{out}}", parameters=["out"])
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise StudyError(f"{out}: the folder {parent} cannot be written: choose another {{out}}", parameters=["out"])


def read_study(path: str | Path, *, verify: bool = True) -> Study:
    """Read a study folder.

    Parameters
    ----------
    path
        The folder.
    verify
        Whether tables must have the SHA-256 that the manifest states.

    Raises
    ------
    StudyError
        If the folder is not a whole study, a table was changed after it was written, or a later release wrote it.

    Examples
    --------
    >>> read_study("reports/study")
    Study of Starter task statements, in this project's own words with OEWS 2025-05, rater human, reports/study
    2,520 tasks, 830 occupations, 20 sectors, ...
    """
    path = Path(path)
    if path.is_file():
        raise StudyError(f"{path}: this is a file; a study is the folder that `jobimpact run` writes")
    _recover(path)
    if not (path / MANIFEST).is_file():
        raise StudyError(f"{path}: no study is there ({MANIFEST} is missing): make one with `jobimpact run --out {path}`")
    names = [name for name in TABLES if name not in LATER_TABLES or (path / f"{name}.parquet").is_file()]
    if "raters" not in names and "variance_ledger" in names:
        names.remove("variance_ledger")
        message = f"{path}: an earlier version wrote this study, whose intervals mixed judges; none is shown: run it again"
        warnings.warn(message, EarlierStudyWarning, stacklevel=2)
    missing = [f"{name}.parquet" for name in names if not (path / f"{name}.parquet").is_file()]
    if missing:
        raise StudyError(f"{path}: the study is incomplete ({', '.join(missing)} missing): run it again")
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        _check_version(path, manifest)
        hashes = manifest.get("tables_sha256", {}) if verify and isinstance(manifest, dict) else {}
        contents = {name: _as_written(path / f"{name}.parquet", hashes) for name in names}
        tables = {name: check_table(name, _upgraded(name, pd.read_parquet(content))) for name, content in contents.items()}
    except (OSError, ValueError, InputError) as error:
        reason = " ".join(str(error).split())[:140]
        raise StudyError(f"{path}: the study is broken ({reason}): run it again") from error
    _check_manifest(path, manifest)
    return Study(tables, manifest, path)


def _check_version(path: Path, manifest: Any) -> None:
    """Raise StudyError where a later release wrote the study; those before the first had no version."""
    version = manifest.get("schema_version", 1) if isinstance(manifest, dict) else 1
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise StudyError(
            f"{path}: the study has the schema version {version!r}; this release reads up to {SCHEMA_VERSION}: update jobimpact"
        )


def _as_written(file: Path, hashes: Mapping[str, str]) -> io.BytesIO:
    """Return the content of a table; StudyError if its SHA-256 is not that in `hashes`, where it has one."""
    content = file.read_bytes()
    if hashes.get(file.name, "") not in ("", hashlib.sha256(content).hexdigest()):
        raise StudyError(
            f"{file.parent}: {file.name} is not as it was written (its SHA-256 is not that of {MANIFEST}): run it again"
        )
    return io.BytesIO(content)


def _recover(path: Path) -> None:
    # A folder that may only be read stays as a killed writer left it.
    with suppress(OSError):
        recover_folder(path)


def _check_manifest(path: Path, manifest: object) -> None:
    """Raise StudyError unless the manifest names the task set and the release of employment, which every report states."""
    for entry in _REQUIRED:
        value: object = manifest
        for name in entry.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, str) or not value:
            raise StudyError(f"{path}: its manifest has no {entry}, so nothing says what it was made from: run it again")


def _upgraded(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of an earlier version with the columns that have been added since, all missing."""
    later = [column for column in LATER_COLUMNS.get(name, ()) if column not in table]
    return table.assign(**dict.fromkeys(later, float("nan"))) if later else table


def open_study(study: Study | str | Path | None = None) -> Study:
    """Return a study: the one given, that of a folder, or by default the one that this user wrote last."""
    if isinstance(study, Study):
        return study
    return read_study(last_study() if study is None else Path(study))


def last_study() -> Path:
    """Return the folder of the study written last by this user."""
    note = data_home() / "last-study.txt"
    path = Path(note.read_text(encoding="utf-8").strip()) if note.is_file() else None
    if path is not None:
        _recover(path)
    if path is None or not (path / MANIFEST).is_file():
        raise StudyError("no study was found: make one with `jobimpact run`, or name its folder")
    return path


def _remember(out: Path) -> None:
    try:
        data_home().mkdir(parents=True, exist_ok=True)
        (data_home() / "last-study.txt").write_text(f"{out.resolve()}\n", encoding="utf-8")
    except OSError:
        return  # only `jobimpact dashboard` without a folder needs it
