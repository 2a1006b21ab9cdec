"""The `jobimpact report` command: a study as a report, of one type, in one format or in several."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobimpact.cli.options import Language
from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from jobimpact.reporting.compose.document import Document
    from jobimpact.reporting.formats.branding import Brand

_FOLDER = Path("reports")
_TYPES = "overview, sector, occupation, state, comparison or methods. Default: what the options below say, else overview."
_FORMATS = "html, pdf, docx, tex, xlsx, csv, dta, bib, figures or pack (also: replication); may be given several times."
_MORE_ENDINGS = {"html": (".htm",), "csv": (".csv",), "dta": (".dta",)}  # beside those of WRITERS
examples = "\n\n".join(
    f"{'Example' if place == 0 else 'Also'}: jobimpact report reports/study {options}"
    for place, options in enumerate(
        (
            "--type sector --naics 52 --format pdf",
            "--soc 15-1252 --format docx --out developers.docx",
            "--state CA --language zh",
            "--other reports/before --format tex",
            "--format html --format xlsx --format replication --out briefing",
        )
    )
)


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
    kind: Annotated[ReportKind | None, typer.Option("--type", help=_TYPES, metavar="TYPE")] = None,
    naics: Annotated[str | None, typer.Option("--naics", help="Sector: NAICS code or title, such as 52.", metavar="CODE")] = None,
    soc: Annotated[
        str | None, typer.Option("--soc", help="Occupation: SOC code or title, such as 15-1252.", metavar="CODE")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="State: postal code, area code or name, such as CA.", metavar="CODE")
    ] = None,
    other: Annotated[Path | None, typer.Option("--other", help="Comparison: the study before.", metavar="STUDY")] = None,
    estimate: Annotated[
        str | None,
        typer.Option("--estimate", help="Comparison: of what, such as share:beta>=0.5. Default: mean:beta.", metavar="WHAT"),
    ] = None,
    format: Annotated[  # noqa: A002 - the name of the option
        list[str] | None,
        typer.Option("--format", help=f"{_FORMATS} Default: by the ending of --out, else html.", metavar="FORMAT"),
    ] = None,
    language: Annotated[Language, typer.Option("--language", help="Of the report.")] = Language.en,
    brand: Annotated[
        Path | None, typer.Option("--brand", help="Folder with brand.toml; see reports/README.md.", metavar="FOLDER")
    ] = None,
    writer: Annotated[
        str,
        typer.Option(
            "--writer",
            help="Language model that chooses among wordings people wrote: smollm2-135m-instruct, a GGUF, ...",
            metavar="MODEL",
        ),
    ] = "",
    draft: Annotated[
        str,
        typer.Option("--draft", help="Language model that writes a free draft beside it, to be checked.", metavar="MODEL"),
    ] = "",
    base_url: Annotated[
        str, typer.Option("--base-url", help="OpenAI-compatible server of --writer and --draft.", metavar="URL")
    ] = "",
    replications: Annotated[
        Path | None,
        typer.Option(
            "--replications",
            help="For --type methods: what `jobimpact replicate --all --out FILE.parquet` wrote.",
            metavar="FILE",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File to write, or folder for one format or several. Default: reports.", metavar="PATH"),
    ] = None,
) -> None:
    """Write a report of a study, from its tables alone; its name and the key of its row name the file."""
    from jobimpact.files import check_target
    from jobimpact.reporting.compose.compose import compose
    from jobimpact.reporting.compose.document import Request
    from jobimpact.reporting.compose.keys import file_key
    from jobimpact.reporting.formats.branding import read_brand
    from jobimpact.reporting.formats.fonts import warn_unembedded
    from jobimpact.reporting.formats.naming import report_name
    from jobimpact.study import read_study

    subject = _subject(kind, {ReportKind.sector: naics, ReportKind.occupation: soc, ReportKind.state: state}, other)
    if estimate is not None and subject.kind is not ReportKind.comparison:
        raise InputError("--estimate goes with a comparison alone: add --other, or leave it out")
    formats = _formats(format, out)
    one = _one_file(formats, out)
    if base_url and not (writer or draft):
        raise InputError(f"--base-url {base_url} is given without a model: name it with --writer or --draft")
    if replications and subject.kind is not ReportKind.methods:
        raise InputError("--replications goes with --type methods alone: add it, or leave the table out")
    look, published = read_brand(brand) if brand else None, _replications(replications)
    before = read_study(subject.other) if subject.other else None
    request = Request(read_study(study), subject.kind.value, language.value, estimate or subject.key, before)
    key, folder = file_key(request), out or _FOLDER
    names = {name: report_name(study.resolve().name, subject.kind.value, key, language.value, name) for name in formats}
    targets = {name: folder if one else folder / names[name] for name in formats}
    for target in targets.values():
        check_target(target)
    if "html" in targets:
        warn_unembedded(language.value)
    if look and "pack" in targets:
        typer.echo("The replication pack is without the brand: its logo and fonts are not the study's to pass on")
    document = plain = compose(request, replications=published)
    if writer:
        document = _reworded(plain, writer, base_url)
    _write(document, targets, look)
    for target in targets.values():
        typer.echo(f"Report: {target}")
    if draft:
        first = next(iter(targets.values()))
        _write_draft(plain, draft, base_url, first.with_name(f"{first.stem}-draft.md"))


def _write(document: Document, targets: Mapping[str, Path], look: Brand | None) -> None:
    """Write every format or none: one that fails takes the others with it."""
    from jobimpact.progress import track
    from jobimpact.reporting.formats.archive import staged
    from jobimpact.reporting.formats.write import write_report

    with staged(next(iter(targets.values())).parent) as room:
        # LaTeX takes care of a folder of its own beside its file: it is written in place, when all others are made.
        ordered = sorted(targets.items(), key=lambda item: item[0] == "tex")
        for name, target in track(ordered, "Writing", show=True):
            write_report(document, target if name == "tex" else room / target.name, name, look)


def _subject(kind: ReportKind | None, keys: dict[ReportKind, str | None], other: Path | None) -> _Subject:
    """Return the type and the key, which must agree: a key that would be left aside in silence is an error."""
    from jobimpact.reporting.formats.naming import KEY_OPTIONS

    given = {name: key for name, key in keys.items() if key is not None} | ({ReportKind.comparison: ""} if other else {})
    options = {**KEY_OPTIONS, "comparison": "--other"}
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
    from jobimpact.reporting.formats.write import WRITERS, find_format

    if given:
        return list(dict.fromkeys(find_format(name) for name in given))
    if out is None or not out.suffix or out.is_dir():
        return ["html"]
    named = [name for name in WRITERS if out.suffix.lower() in _endings(name)]
    if len(named) != 1:
        several = f"{', '.join(named)} have that ending" if named else "no format has that ending"
        raise InputError(f"--out {out}: {several}; expected a --format of {', '.join(named or WRITERS)}: name it")
    return named


def _endings(name: str) -> tuple[str, ...]:
    """Return how the only file of a format may end, the usual ending first."""
    from jobimpact.reporting.formats.write import WRITERS

    return (WRITERS[name].suffix, *_MORE_ENDINGS.get(name, ()))


def _one_file(formats: list[str], out: Path | None) -> bool:
    """Return whether --out is the file of the only format; a name with an ending that fits no format is an error."""
    if out is None or not out.suffix or out.is_dir():
        return False
    if len(formats) > 1:
        raise InputError(f"--out {out}: found one file for {len(formats)} formats; expected a folder")
    endings = _endings(formats[0])
    if out.suffix.lower() not in endings:
        raise InputError(
            f"--out {out}: found a name that ends in {out.suffix} for the format {formats[0]}; expected {' or '.join(endings)}, "
            "or a folder"
        )
    return True


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


def _reworded(document: Document, writer: str, base_url: str) -> Document:
    """Return the document in the wordings that a language model chooses, and say how many it chose."""
    from jobimpact.exposure.rater.writing import letter_chooser
    from jobimpact.reporting.words.phrasebook import choose_wordings

    chooser = letter_chooser(writer, base_url or None)
    reworded, choices = choose_wordings(document, chooser, progress=True)
    counts = reworded.tables["writing_quality"].iloc[0]
    choice_count = f"{counts['n_chosen']} of {counts['n_asked']} chosen, {counts['n_changed']} other than the first"
    typer.echo(f"Wordings by {chooser.model_id}: {choice_count}")
    reasons = [choice.reason for choice in choices if choice.outcome == "failed"]
    if reasons:
        typer.echo(f"No choice for {len(reasons)} sentences, which stand in their first wording: {reasons[0]}")
    return reworded


def _write_draft(document: Document, model: str, base_url: str, target: Path) -> None:
    """Write a draft of a language model beside the report, and say how many of its sentences stand in it."""
    from jobimpact.exposure.rater.writing import text_backend
    from jobimpact.files import written_whole
    from jobimpact.reporting.words.draft import write_draft

    draft = write_draft(document, text_backend(model, base_url or None), progress=True)
    with written_whole(target) as path:
        path.write_text(draft.text, encoding="utf-8")
    counts = f"{draft.n_sentences} sentences, {draft.n_left_out} left out, {draft.n_failed} paragraphs without text"
    typer.echo(f"Draft, to be checked by a person: {target} ({counts})")
