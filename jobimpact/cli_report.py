"""The `jobimpact report` command: a study as a report, of one type, in one format or in several."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobimpact.cli_options import Language
from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from jobimpact.reporting.document import Document

_FOLDER = Path("reports")
_FORMATS = "html, pdf, docx, tex, xlsx, csv, dta, bib, figures or pack; may be given several times. Default: html."


class ReportKind(StrEnum):
    """What a report is about."""

    overview = "overview"
    sector = "sector"
    occupation = "occupation"
    state = "state"
    comparison = "comparison"
    methods = "methods"


@dataclass(frozen=True)
class _Subject:
    """Type of the report and the row that it is about."""

    kind: ReportKind
    key: str = ""
    other: Path | None = None


def report(
    study: Annotated[Path, typer.Argument(help="Folder of a study.", metavar="STUDY")],
    kind: Annotated[
        ReportKind | None, typer.Option("--type", help="Type of report. Default: what the keys say, else overview.")
    ] = None,
    naics: Annotated[str, typer.Option("--naics", help="NAICS code of a sector report, such as 52.")] = "",
    soc: Annotated[str, typer.Option("--soc", help="SOC code of an occupation report, such as 15-1252.")] = "",
    state: Annotated[str, typer.Option("--state", help="Postal code of a state report, such as CA.")] = "",
    other: Annotated[Path | None, typer.Option("--other", help="The study before, for a comparison.", metavar="STUDY")] = None,
    format: Annotated[list[str] | None, typer.Option("--format", help=_FORMATS)] = None,  # noqa: A002 - the name of the option
    language: Annotated[Language, typer.Option("--language", help="Of the report.")] = Language.en,
    brand: Annotated[Path | None, typer.Option("--brand", help="Folder with brand.toml; see reports/README.md.")] = None,
    writer: Annotated[
        str,
        typer.Option("--writer", help="Language model that rewords sentences, each verified: smollm2-135m-instruct, a GGUF, ..."),
    ] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="OpenAI-compatible server of --writer.")] = "",
    replications: Annotated[
        Path | None,
        typer.Option("--replications", help="For --type methods: what `jobimpact replicate --all --out FILE.parquet` wrote."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write, or folder for several formats; default: reports.")
    ] = None,
) -> None:
    """Write a report of a study, from its tables alone."""
    from jobimpact.files import check_target
    from jobimpact.reporting.branding import read_brand
    from jobimpact.reporting.fonts import warn_unembedded
    from jobimpact.reporting.formats import write_report

    subject = _subject(kind, {ReportKind.sector: naics, ReportKind.occupation: soc, ReportKind.state: state}, other)
    formats = _formats(format, out)
    targets = _targets(study, subject, formats, language, out)
    for target in targets.values():
        check_target(target)
    look = read_brand(brand) if brand else None
    if "html" in targets:
        warn_unembedded(language.value)
    if base_url and not writer:
        raise InputError(f"--base-url {base_url} is given without a model: name it with --writer")
    if replications and subject.kind is not ReportKind.methods:
        raise InputError("--replications goes with --type methods alone: add it, or leave the table out")
    document = _document(study, subject, language, _replications(replications))
    if writer:
        document = _reworded(document, writer, base_url)
    for name, target in targets.items():
        write_report(document, target, name, look)
        typer.echo(f"Report: {target}")


def _subject(kind: ReportKind | None, keys: dict[ReportKind, str], other: Path | None) -> _Subject:
    """Return the type and the key, which must agree: a key that would be left aside in silence is an error."""
    given = {name: key for name, key in keys.items() if key} | ({ReportKind.comparison: ""} if other else {})
    options = {"sector": "--naics", "occupation": "--soc", "state": "--state", "comparison": "--other"}
    if len(given) > 1:
        raise InputError(
            f"found {' and '.join(options[name] for name in given)}; expected one of them: a report is about one thing"
        )
    chosen = kind or next(iter(given), ReportKind.overview)
    odd = [name for name in given if name is not chosen]
    if odd:
        raise InputError(f"--type {chosen} goes without {options[odd[0]]}: leave one of the two out")
    if chosen in options and chosen not in given:
        raise InputError(f"--type {chosen} needs {options[chosen]}: say which one")
    return _Subject(chosen, given.get(chosen, ""), other)


def _formats(given: Sequence[str] | None, out: Path | None) -> list[str]:
    """Return the formats: those given, else the one that the ending of --out names, else HTML."""
    from jobimpact.reporting.formats import WRITERS, find_format

    if given:
        return list(dict.fromkeys(find_format(name) for name in given))
    ending = out.suffix.lower() if out else ""
    named = [name for name, known in WRITERS.items() if known.suffix == ending and ending != ".zip"]
    return named[:1] or ["html"]


def _targets(study: Path, subject: _Subject, formats: list[str], language: Language, out: Path | None) -> dict[str, Path]:
    """Return the file of each format: --out itself for one, files in the folder --out for several."""
    from jobimpact.reporting.formats import WRITERS

    if out is not None and len(formats) == 1 and not out.is_dir() and (out.suffix or not WRITERS[formats[0]].suffix):
        return {formats[0]: out}
    if out is not None and out.suffix and not out.is_dir():
        raise InputError(f"--out {out}: found one file for {len(formats)} formats; expected a folder")
    other_type = subject.kind is not ReportKind.overview
    parts = [study.resolve().name, *([str(subject.kind)] if other_type else []), subject.key.replace("/", "-")]
    stem = "-".join([*filter(None, parts), *([language.value] if language is not Language.en else [])])
    shared = [WRITERS[name].suffix for name in formats]
    # Several formats are archives, which must not write over each other.
    ending = {
        name: f"-{name}" if WRITERS[name].suffix == ".zip" or shared.count(WRITERS[name].suffix) > 1 else "" for name in formats
    }
    return {name: (out or _FOLDER) / f"{stem}{ending[name]}{WRITERS[name].suffix}" for name in formats}


def _replications(path: Path | None) -> pd.DataFrame | None:
    """Return the table ``replications`` of a file, None where none is given."""
    import pandas as pd

    from jobimpact.tables import check_table

    if path is None:
        return None
    try:
        return check_table("replications", pd.read_parquet(path))
    except (OSError, ValueError, InputError) as error:
        raise InputError(
            f"{path} is no table of replications: give what `jobimpact replicate --all --out FILE.parquet` wrote"
        ) from error


def _document(study: Path, subject: _Subject, language: Language, replications: pd.DataFrame | None) -> Document:
    from jobimpact.reporting.compose import compose
    from jobimpact.reporting.document import Request
    from jobimpact.study import read_study

    before = read_study(subject.other) if subject.other else None
    request = Request(read_study(study), subject.kind.value, language.value, subject.key, before)
    return compose(request, replications=replications)


def _reworded(document: Document, writer: str, base_url: str) -> Document:
    """Return the document with the sentences of a language model that its claims bear out, and say how many those are."""
    from collections import Counter

    from jobimpact.exposure.rater.writing import text_backend
    from jobimpact.reporting.writer.account import with_account
    from jobimpact.reporting.writer.generate import rewrite
    from jobimpact.reporting.writer.lexicon import setting

    backend = text_backend(
        writer,
        base_url or None,
        max_tokens=int(setting("max_tokens")),
        timeout=float(setting("timeout")),
        temperature=float(setting("temperature")),
    )
    reworded, outcomes = rewrite(document, backend, progress=True)
    states = Counter(outcome.state for outcome in outcomes if outcome.state != "not asked")
    said = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none was asked for"
    typer.echo(f"Sentences by {backend.model_id}: {said}")
    return with_account(reworded, outcomes, backend.model_id)
