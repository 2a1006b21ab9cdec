"""What ``rebuild.py`` of a replication pack does with the package: the report is made again and compared byte for byte."""

import importlib.metadata
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from jobimpact.errors import JobImpactError
from jobimpact.files import file_sha256
from jobimpact.reporting.claims.claims import read_cell, read_claims
from jobimpact.reporting.compose.document import Document, Request
from jobimpact.reporting.formats.datafiles import csv_files
from jobimpact.reporting.formats.pack.pack import CLAIMS, CSV, MANIFEST, OTHER, REPLICATIONS, REPORT, STUDY, WORDING, report_files
from jobimpact.study import Study, read_study

_SHOWN = 5


@dataclass(frozen=True)
class PackCheck:
    """Whether a part of a pack is what its tables give, and what was found, in a sentence."""

    name: str
    message: str
    passed: bool

    def __str__(self) -> str:
        """Return the line that is printed."""
        return f"{'ok    ' if self.passed else 'FAILED'}  {self.name}: {self.message}"


def check_pack(folder: Path) -> list[PackCheck]:
    """Make the report of an unpacked pack again from its tables and compare.

    What cannot be made again is a check that did not pass, never an error. Where one did not pass, the
    versions that differ from those of the pack come last.
    """
    checks: list[PackCheck] = []
    pack: dict[str, Any] = {}
    try:
        pack = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["pack"]
        checks.extend(_checks(folder, pack))
    except JobImpactError as error:
        checks.append(PackCheck("tables", " ".join(str(error).split()), passed=False))
    except (OSError, ValueError, KeyError, TypeError) as error:
        # A pack whose own manifest or tables were changed; the hashes of rebuild.py find it first unless they were changed too.
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        message = f"a file of it cannot be read ({reason}): unpack the archive again"
        checks.append(PackCheck("pack", message, passed=False))
    if not all(check.passed for check in checks):
        checks += _versions(pack.get("packages", {}))
    return checks


def _checks(folder: Path, pack: Mapping[str, Any]) -> Iterator[PackCheck]:
    from jobimpact.reporting.compose.compose import compose

    study = read_study(folder / STUDY, verify=False)
    other = read_study(folder / OTHER, verify=False) if (folder / OTHER).is_dir() else None
    for part in (study, other) if other else (study,):
        yield _tables(part)
    request = Request(study, pack["report_type"], pack["language"], pack["key"], other)
    replications = folder / REPLICATIONS
    document = compose(request, replications=pd.read_parquet(replications) if replications.exists() else None)
    if (folder / WORDING).is_file():
        document, check = _reworded(document, pd.read_parquet(folder / WORDING))
        yield check
    yield _claims(document, pd.read_parquet(folder / CLAIMS))
    yield from _compared("csv", folder / CSV, csv_files(document))
    yield from _compared("report", folder / REPORT, report_files(document, pack["formats"]))


def _tables(study: Study) -> PackCheck:
    """Compare the files of a study with the hashes in its own manifest, which the report prints."""
    folder, hashes = study.path or Path(), study.manifest.get("tables_sha256", {})
    wrong = [
        f"{name}.parquet" for name in study.tables if file_sha256(folder / f"{name}.parquet") != hashes.get(f"{name}.parquet")
    ]
    if wrong:
        return PackCheck(folder.name, f"not the tables of {folder.name}/{MANIFEST}: {', '.join(wrong)}", passed=False)
    return PackCheck(folder.name, f"{len(study.tables)} tables fit their schemas and the hashes of the study", passed=True)


def _reworded(document: Document, rows: pd.DataFrame) -> tuple[Document, PackCheck]:
    """Return the document in the wordings that a language model chose, and whether each is one that people wrote."""
    from jobimpact.reporting.words.phrasebook import replay
    from jobimpact.tables import check_table

    reworded, wrong = replay(document, check_table("written_sentences", rows))
    n_chosen = int((rows["outcome"] == "chosen").sum())
    if wrong:
        return reworded, PackCheck("wording", _first(wrong), passed=False)
    message = f"{n_chosen} of {n_chosen} sentences stand in a wording that people wrote"
    return reworded, PackCheck("wording", message, passed=True)


def _claims(document: Document, packed: pd.DataFrame) -> PackCheck:
    """Look every claim's cell up again."""
    wrong = []
    for claim in read_claims(packed):
        value = read_cell(document.tables, claim)
        if not (value == claim.value or (math.isnan(value) and math.isnan(claim.value))):
            cell = f"table {claim.table_name}, row {claim.row_key}, column {claim.column_name}"
            wrong.append(f"{cell}: the table gives {value!r}, the claim states {claim.value!r}")
    if wrong:
        return PackCheck("claims", _first(wrong), passed=False)
    return PackCheck("claims", f"{len(packed)} of {len(packed)} figures stand in their cells", passed=True)


def _compared(kind: str, folder: Path, files: Mapping[str, bytes]) -> Iterator[PackCheck]:
    """Compare files that were made again with those of the pack."""
    for name, content in sorted(files.items()):
        path = folder / name
        if not path.is_file():
            yield PackCheck(f"{kind}/{name}", "the tables give this file, and the pack has none of its name", passed=False)
        elif path.read_bytes() == content:
            yield PackCheck(f"{kind}/{name}", "made again, the same bytes", passed=True)
        else:
            yield PackCheck(f"{kind}/{name}", "made again, it differs from the file of the pack", passed=False)


def _first(lines: list[str]) -> str:
    rest = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return "; ".join(lines[:_SHOWN]) + rest


def _versions(packed: Mapping[str, str]) -> list[PackCheck]:
    lines = []
    for name, version in packed.items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "not installed"
        if installed != version:
            lines.append(f"{name} {version} in the pack, {installed} here")
    message = "; ".join(lines) or "the same as in the pack, so the difference lies in the files"
    return [PackCheck("versions", message, passed=not lines)]
