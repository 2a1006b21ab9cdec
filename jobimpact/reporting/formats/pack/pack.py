"""The replication pack: a zip archive from whose tables anybody can make the report again and compare it byte for byte."""

import hashlib
import importlib.metadata
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.paths import packaged
from jobimpact.reporting.compose.document import Document, Request
from jobimpact.reporting.formats.archive import write_zip
from jobimpact.reporting.formats.codebook import export_words
from jobimpact.reporting.formats.datafiles import csv_files
from jobimpact.reporting.formats.escaping import markdown_line, markdown_table
from jobimpact.study import Study

MANIFEST, STUDY, OTHER, CSV, REPORT = "manifest.json", "study", "study_before", "csv", "report"
CLAIMS, REPLICATIONS = f"{REPORT}/claims.parquet", f"{REPORT}/replications.parquet"
_WRITTEN = "written_sentences"
WORDING = f"{REPORT}/{_WRITTEN}.parquet"
_VERSION = 1


@dataclass(frozen=True)
class LeftOut:
    """A column of texts that the pack does not hold, with the number of its cells."""

    table: str
    column: str
    cells: int
    source: str  # of the texts, as the study states it, like the licence
    licence: str


def write_pack(document: Document, path: Path, *, formats: Sequence[str] = ("html",)) -> Path:
    """Write a replication pack; it appears whole or not at all, and the same study gives the same bytes.

    The archive holds the study (Parquet and manifest), every table as CSV with a codebook, the claims, the
    report in the `formats`, ``manifest.json`` with the SHA-256 of every file, ``requirements.txt``,
    ``LICENCES.md``, ``sources.bib``, ``README.md``, and ``rebuild.py``, which checks the files and makes the
    report again. Task texts whose licence does not let everybody pass them on are left out; the report in the
    pack is composed without them, and README.md says so. The wordings that a language model chose are kept as
    texts; ``rebuild.py`` sees that people wrote each, without the model. A brand's look is not kept, as it
    cannot be made again from the tables.
    """
    return write_zip(pack_files(document, formats), path)


def pack_files(document: Document, formats: Sequence[str] = ("html",)) -> dict[str, bytes]:
    """Return the files of a replication pack by path; see :func:`write_pack`."""
    from jobimpact.reporting.compose.compose import compose
    from jobimpact.reporting.formats.bibtex import render_bibtex

    if document.request is None:
        raise InputError("this document does not say which study it was composed from; expected one made by compose(request)")
    _check_formats(formats)
    files: dict[str, bytes] = {}
    request, left_out = _packed_request(document.request, files)
    replications = document.tables.get("replications")
    # Published figures cannot be computed from a study's tables alone: the pack brings what was compared.
    if replications is not None:
        files[REPLICATIONS] = parquet_bytes(replications)
        replications = read_parquet(files[REPLICATIONS])
    packed = compose(request, replications=replications)
    if _WRITTEN in document.tables:
        from jobimpact.reporting.words.phrasebook import replay

        packed, _ = replay(packed, document.tables[_WRITTEN])
        files[WORDING] = parquet_bytes(packed.tables[_WRITTEN])
    files |= {f"{CSV}/{name}": content for name, content in csv_files(packed).items()}
    files[CLAIMS] = parquet_bytes(packed.claims)
    reports = report_files(packed, formats)
    files |= {f"{REPORT}/{name}": content for name, content in reports.items()}
    versions = _versions(request.study.manifest)
    files["requirements.txt"] = requirements(versions).encode()
    files["LICENCES.md"] = licence_page(packed, left_out).encode()
    files["sources.bib"] = render_bibtex(packed).encode()
    files["rebuild.py"] = packaged("reporting", "templates", "rebuild.py").read_bytes()
    files["README.md"] = readme_page(packed, left_out, sorted([*files, "README.md", MANIFEST])).encode()
    pack = {
        "version": _VERSION,
        "report_type": request.report_type,
        "language": request.language,
        "key": request.key,
        "formats": list(formats),
        "left_out": [vars(texts) for texts in left_out],
        "packages": versions,
        "files": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
    }
    files[MANIFEST] = json_bytes({**request.study.manifest, "pack": pack})
    return files


def report_files(document: Document, formats: Sequence[str]) -> dict[str, bytes]:
    """Return the report in every format, by file name: what its writer puts into an empty folder."""
    from jobimpact.reporting.formats.write import WRITERS, find_format, write_report

    with tempfile.TemporaryDirectory() as room:
        for name in dict.fromkeys(map(find_format, formats)):
            write_report(document, Path(room) / f"report{WRITERS[name].suffix}", name)
        paths = sorted(path for path in Path(room).rglob("*") if path.is_file())
        return {path.relative_to(room).as_posix(): path.read_bytes() for path in paths}


def _check_formats(formats: Sequence[str]) -> None:
    from jobimpact.reporting.formats.write import WRITERS, find_format

    for name in map(find_format, formats):
        if WRITERS[name].function == write_pack.__name__:
            raise InputError(f"format {name!r}: a pack cannot hold a pack; expected formats of a report, such as html")


def may_pass_on(licence: str) -> bool:
    """Return whether a licence lets everybody pass texts on: it must be one of data/exports.toml, word for word.

    Examples
    --------
    >>> may_pass_on("CC BY 4.0"), may_pass_on("Package MIT; rights of the texts not stated"), may_pass_on("")
    (True, False, False)
    """
    return licence.strip().casefold() in {name.casefold() for name in assumption("exports", "redistributable")}


def _packed_request(request: Request, files: dict[str, bytes]) -> tuple[Request, list[LeftOut]]:
    study, left_out = _packed_study(request.study, STUDY, files)
    if request.other is None:
        return replace(request, study=study), left_out
    other, more = _packed_study(request.other, OTHER, files)
    return replace(request, study=study, other=other), [*left_out, *more]


def _packed_study(study: Study, folder: str, files: dict[str, bytes]) -> tuple[Study, list[LeftOut]]:
    """Put the study into `files`, and return it as it can be read from there."""
    tasks = study.manifest.get("inputs", {}).get("tasks", {})
    source, licence = str(tasks.get("title") or tasks.get("name", "")), str(tasks.get("licence", ""))
    tables, left_out = dict(study.tables), []
    if not may_pass_on(licence):
        for name, table in study.tables.items():
            for column in sorted({*assumption("exports", "task_texts")} & {*table.columns}):
                left_out.append(LeftOut(name, column, int(table[column].notna().sum()), source, licence))
                tables[name] = tables[name].assign(**{column: table[column].mask([True] * len(table))})
    contents = {f"{name}.parquet": parquet_bytes(table) for name, table in tables.items()}
    manifest = {**study.manifest, "tables_sha256": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}}
    files |= {f"{folder}/{name}": data for name, data in contents.items()}
    files[f"{folder}/{MANIFEST}"] = json_bytes(manifest)
    # What a reader of the pack will have, not what is in memory here; a comparison names a study by its folder.
    read = {name: read_parquet(contents[f"{name}.parquet"]) for name in tables}
    return replace(study, tables=read, manifest=json.loads(json_bytes(manifest)), path=Path(folder)), left_out


def parquet_bytes(table: pd.DataFrame) -> bytes:
    """Return `table` as a Parquet file."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()


def read_parquet(content: bytes) -> pd.DataFrame:
    """Return the table of a Parquet file."""
    import pandas as pd

    return pd.read_parquet(io.BytesIO(content))


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """Return `content` as JSON that people can read."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _versions(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the packages of the study, and at their versions of today those that the report is made with."""
    versions = dict(manifest.get("packages", {}))
    for name in assumption("exports", "report_packages"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of an extra that is not installed here, so nothing of the pack was made with it
    return dict(sorted(versions.items()))


def readme_page(document: Document, left_out: Sequence[LeftOut], files: Sequence[str]) -> str:
    """Return README.md: what the pack is, how to use it, what is in it and what is not."""
    words = export_words(document.language)["pack"]
    inputs = list(document.manifest.get("inputs", {}).items())
    before = document.request.other if document.request else None
    inputs += [(f"{OTHER}: {name}", entry) for name, entry in (before.manifest if before else {}).get("inputs", {}).items()]
    commands = "    python -m pip install -r requirements.txt\n    python rebuild.py"
    parts = [
        f"# {words['title'].format(title=markdown_line(document.title))}",
        *(markdown_line(text) for text in (document.subtitle, document.kicker) if text),
        words["what"],
        f"## {words['use']}",
        commands,
        "\n".join(f"{number}. {step}" for number, step in enumerate(words["steps"], start=1)),
        f"## {words['files']}",
        markdown_table(words["file_columns"], [(name, _meaning(name, words)) for name in files]),
        f"## {words['left_out']}",
        left_out_text(left_out, words),
        *([words["written"].format(file=WORDING)] if WORDING in files else []),
        *words["limits"],
        f"## {words['inputs']}",
        markdown_table(words["input_columns"], [_input(name, entry) for name, entry in inputs]),
        words["from_texts"],
    ]
    return "\n\n".join(parts) + "\n"


def licence_page(document: Document, left_out: Sequence[LeftOut]) -> str:
    """Return LICENCES.md: every source with its licence and how to cite it."""
    words = export_words(document.language)["pack"]
    parts = [f"# {words['licences']}", words["licence_note"]]
    for source in document.sources:
        texts = source.use, source.publisher, source.release, source.licence, source.citation
        rows = zip(words["source_fields"], texts, strict=True)
        lines = [f"- {field}: {markdown_line(text) or words['not_stated']}" for field, text in rows]
        lines += [f"- {markdown_line(source.url)}"] if source.url else []
        parts += [f"## {markdown_line(source.title)}", "\n".join(lines)]
    return "\n\n".join([*parts, f"## {words['left_out']}", left_out_text(left_out, words)]) + "\n"


def left_out_text(left_out: Sequence[LeftOut], words: Mapping[str, Any]) -> str:
    """Return what is said of the texts that the pack does not hold."""
    if not left_out:
        return str(words["nothing_left_out"])
    lines = []
    for texts in left_out:
        source, licence = markdown_line(texts.source), markdown_line(texts.licence) or words["not_stated"]
        fields = vars(texts) | {"cells": f"{texts.cells:,}", "source": source, "licence": licence}
        lines.append("- " + words["texts_left_out"].format(**fields))
    return "\n".join(lines)


def requirements(versions: Mapping[str, str]) -> str:
    """Return requirements.txt; of a version with a local part, such as 2.13.0+cpu, only the public part is asked for.

    Examples
    --------
    >>> print(requirements({"pandas": "3.1.1", "torch": "2.13.0+cpu"}), end="")
    pandas==3.1.1
    torch==2.13.0
    """
    return "".join(f"{name}=={version.partition('+')[0]}\n" for name, version in versions.items())


def _meaning(name: str, words: Mapping[str, Any]) -> str:
    meanings: Mapping[str, str] = words["meanings"]
    matches = [part for part in meanings if name == part or (part.endswith("/") and name.startswith(part))]
    return meanings[max(matches, key=len)] if matches else ""


def _input(name: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    fields = [str(entry.get(field, "")) for field in ("title", "release", "licence", "sha256")]
    return (name, fields[0] or str(entry.get("name", "")), *fields[1:])
