"""The whole line: task text, exposure, occupations, sectors, places, groups, claims, report."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.errors import InputError, StudyError
from jobimpact.paths import data_home
from jobimpact.tables import check_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobimpact.estimates.weights import TaskWeights
    from jobimpact.exposure.caching import CachedEncoder
    from jobimpact.exposure.rubric import Rater, RubricHeads
    from jobimpact.exposure.score import Companions

TABLES = ("tasks", "occupations", "sectors", "areas", "groups", "claims")
MANIFEST = "manifest.json"
_PACKAGES = (
    "jobimpact",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "sentence-transformers",
    "torch",
    "transformers",
)


@dataclass(frozen=True)
class Study:
    """Every table of one run.

    Attributes
    ----------
    tables
        ``tasks occupations sectors areas groups claims`` by name, as described in the data dictionary.
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


@dataclass
class Clock:
    """Seconds that each stage took."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as the stage `name`."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def run_study(
    task_statements: pd.DataFrame,
    encoder: CachedEncoder,
    *,
    source: Mapping[str, Any],
    heads: RubricHeads | None = None,
    rater: Rater = "human",
    weights: TaskWeights = "core",
    companions: Companions | None = None,
) -> Study:
    """Score tasks and aggregate them to occupations, sectors, places and groups.

    Parameters
    ----------
    task_statements
        Table ``task_statements`` of the data dictionary.
    encoder
        Gives the vectors of the texts.
    source
        Where the tasks come from: ``name``, ``release``, ``licence``, ``citation``, ``sha256``.
    heads, rater, weights
        See :func:`jobimpact.exposure.score.score_texts` and :func:`jobimpact.estimates.weights.task_weights`.
    companions
        Of the heads; by default those of the package that belong to `encoder`.
    """
    from jobimpact.estimates.aggregates import aggregate_areas, aggregate_groups, aggregate_sectors
    from jobimpact.estimates.occupations import aggregate_occupations
    from jobimpact.estimates.weights import task_weights
    from jobimpact.exposure.score import find_companions, load_heads, score_texts
    from jobimpact.reporting.claims import make_claims
    from jobimpact.sources.codes import oews_code
    from jobimpact.sources.employment import read_employment, read_states

    clock = Clock()
    heads = heads or load_heads()
    companions = companions or find_companions(encoder)
    with clock.stage("score"):
        scores = score_texts(task_statements["task"], encoder, heads, rater=rater, companions=companions)
    with clock.stage("aggregate"):
        national = read_employment("national")
        tasks = task_statements.join(scores, validate="one_to_one").assign(
            soc_major=task_statements["soc_code"].str[:2] + "-0000",
            task_weight=task_weights(task_statements, weights),
        )
        tasks = _ordered("tasks", tasks)
        codes = oews_code(tasks["soc_code"])
        occupations = aggregate_occupations(
            tasks, national, codes.where(codes.notna(), tasks["soc_code"]), companions.components if rater == "human" else None
        )
        tables = {
            "tasks": tasks,
            "occupations": occupations,
            "sectors": aggregate_sectors(occupations, read_employment("sector")),
            "areas": aggregate_areas(occupations, read_employment("state"), read_states()),
            "groups": aggregate_groups(occupations, national),
        }
    with clock.stage("claims"):
        tables["claims"] = make_claims(tables)
    checked = {name: check_table(name, table) for name, table in tables.items()}
    manifest = {
        "inputs": {"tasks": dict(source), "employment": _employment_source(national)},
        "parameters": {"rater": rater, "weights": weights},
        "model": {
            "encoder": encoder.files.name,
            "weights_sha256": encoder.files.base_hash,
            "adapter_sha256": encoder.files.adapter_hash,
            "encoder_sha256": encoder.weights_hash,
            "heads_sha256": heads_hash(heads),
            "precision": encoder.precision,
            "device": encoder.device,
            "texts_encoded": encoder.n_encoded,
        },
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "machine": {"python": platform.python_version(), "system": platform.system(), "processor": platform.machine()},
        "seconds": clock.seconds,
    }
    return Study(checked, manifest)


def _ordered(name: str, table: pd.DataFrame) -> pd.DataFrame:
    from jobimpact.tables import table_columns

    return table[table_columns(name)]


def heads_hash(heads: RubricHeads) -> str:
    """Return the SHA-256 over the arrays of the heads."""
    digest = hashlib.sha256()
    for member in heads.members_:
        for name in sorted(member):
            digest.update(name.encode() + member[name].astype("<f2").tobytes())
    return digest.hexdigest()


def _employment_source(national: pd.DataFrame) -> dict[str, Any]:
    return {
        "name": "OEWS",
        "release": str(national["release"].iloc[0]),
        "publisher": "U.S. Bureau of Labor Statistics",
        "licence": "US public domain",
        "total_employment": float(national.loc[national["o_group"] == "total", "tot_emp"].iloc[0]),
    }


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
        for name in TABLES:
            target = room / f"{name}.parquet"
            study.tables[name].to_parquet(target, index=False)
            hashes[target.name] = hashlib.sha256(target.read_bytes()).hexdigest()
        manifest = {**study.manifest, "tables_sha256": hashes}
        (room / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if report:
            from jobimpact.reporting.html import write_html_report

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
    if not (path / MANIFEST).is_file():
        raise StudyError(f"{path}: no study is there ({MANIFEST} is missing): make one with `jobimpact run --out {path}`")
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        tables = {name: check_table(name, pd.read_parquet(path / f"{name}.parquet")) for name in TABLES}
    except (OSError, ValueError, InputError) as error:
        reason = " ".join(str(error).split())[:140]
        raise StudyError(f"{path}: the study is incomplete or broken ({reason}): run it again") from error
    if not isinstance(manifest, dict):
        raise StudyError(f"{path}: the study is broken ({MANIFEST} holds no object): run it again")
    return Study(tables, manifest, path)


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
