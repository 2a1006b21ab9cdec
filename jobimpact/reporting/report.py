"""`report`: a study as a report of one type, in one format or in several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.files import check_target, written_whole
from jobimpact.progress import track
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Document, ReportType, Request
from jobimpact.reporting.compose.keys import file_key
from jobimpact.reporting.formats.archive import staged
from jobimpact.reporting.formats.branding import Brand, read_brand
from jobimpact.reporting.formats.fonts import warn_unembedded
from jobimpact.reporting.formats.naming import report_name
from jobimpact.reporting.formats.write import WRITERS, find_format, write_report
from jobimpact.reporting.words.draft import Writer, write_draft
from jobimpact.reporting.words.phrasebook import Chooser, choose_wordings
from jobimpact.results import Result
from jobimpact.study import Study, open_study
from jobimpact.tables import check_table

_FOLDER = Path("reports")
_MORE_ENDINGS = {"html": (".htm",), "csv": (".csv",), "dta": (".dta",)}  # beside those of WRITERS
# Parameter that names the row, or the other study, which a type of report is about.
_KEYS: dict[ReportType, str] = {"sector": "naics", "occupation": "soc", "state": "state", "comparison": "other"}
_NAMES = (*_KEYS.values(), "kind", "formats", "out", "estimate", "replications")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Report(Result):
    """A report that was written.

    Attributes
    ----------
    table
        One row per file: ``format`` and ``path``.
    document
        What the report says, before it has a format: its sections, figures and claims.
    """

    document: Document


def report(
    study: Study | str | Path | None = None,
    kind: ReportType | None = None,
    *,
    naics: str | None = None,
    soc: str | None = None,
    state: str | None = None,
    other: Study | str | Path | None = None,
    estimate: str | None = None,
    formats: str | Sequence[str] = (),
    language: str = "en",
    brand: str | Path | None = None,
    writer: Chooser | None = None,
    drafter: Writer | None = None,
    replications: pd.DataFrame | str | Path | None = None,
    out: str | Path | None = None,
    progress: bool = False,
) -> Report:
    """Write a report of a study, from its tables alone.

    Parameters
    ----------
    study
        A study or its folder; by default the one written last.
    kind
        ``overview``, ``sector``, ``occupation``, ``state``, ``comparison`` or ``methods``; by default what `naics`, `soc`,
        `state` or `other` says, else the overview.
    naics, soc, state
        Code or title of the row that the report is about.
    other
        For a comparison: the study before.
    estimate
        For a comparison: of what, such as ``share:beta>=0.5``; by default ``mean:beta``.
    formats
        ``html``, ``pdf``, ``docx``, ``tex``, ``xlsx``, ``csv``, ``dta``, ``bib``, ``figures`` or ``pack``, one or several; by
        default what the ending of `out` says, else ``html``.
    language
        ``en`` or ``zh``.
    brand
        Folder with ``brand.toml``: a ministry's logo, colours, fonts and order of sections.
    writer
        Language model that chooses among wordings that people wrote, see
        :func:`jobimpact.exposure.rater.writing.letter_chooser`.
    drafter
        Language model that writes a free draft beside the report, which a person has to check, see
        :func:`jobimpact.exposure.rater.writing.text_backend`.
    replications
        For the methods annex: table of :func:`jobimpact.replicate`, or its Parquet file.
    out
        File of one format, or folder; by default ``reports``.
    progress
        Whether a bar counts the files.

    Returns
    -------
    Report
        Every format or none is written.

    Raises
    ------
    InputError
        If parameters contradict each other, a key names no row of the study, or a file cannot be written.

    Examples
    --------
    >>> report("reports/study", naics="52", out="finance.html").table["format"].tolist()
    ['html']
    """
    keys: dict[ReportType, str | None] = {
        "sector": naics, "occupation": soc, "state": state, "comparison": None if other is None else ""
    }  # fmt: skip
    kind, key = _subject(kind, {name: value for name, value in keys.items() if value is not None})
    target = None if out is None else Path(out)
    if estimate is not None and kind != "comparison":
        raise _error("{estimate} goes with a comparison alone: add {other}, or leave it out")
    names = _formats([formats] if isinstance(formats, str) else formats, target)
    one = _one_file(names, target)
    if replications is not None and kind != "methods":
        raise _error("{replications} goes with {kind} methods alone: add it, or leave the table out")
    look, figures = None if brand is None else read_brand(Path(brand)), _replications(replications)
    before, source = None if other is None else open_study(other), open_study(study)
    home = source.path if study is None or isinstance(study, Study) else Path(study)
    request = Request(source, kind, language, estimate or key, before)
    folder, name = target or _FOLDER, Path(home or "study").resolve().name
    files = [report_name(name, kind, file_key(request), language, form) for form in names]
    targets = {form: folder if one else folder / file for form, file in zip(names, files, strict=True)}
    for path in targets.values():
        check_target(path)
    if "html" in targets:
        warn_unembedded(language)
    notes = []
    if look and "pack" in targets:
        notes.append("The replication pack is without the brand: its logo and fonts are not the study's to pass on")
    document = plain = compose(request, replications=figures)
    if writer:
        document, sentences = _reworded(plain, writer, progress=progress)
        notes += sentences
    _write(document, targets, look, progress=progress)
    if drafter:
        first = next(iter(targets.values()))
        notes.append(_write_draft(plain, drafter, first.with_name(f"{first.stem}-draft.md"), progress=progress))
    table = pd.DataFrame({"format": list(targets), "path": [str(path) for path in targets.values()]})
    return Report(title=document.title, table=table, notes=tuple(notes), document=document)


def _error(message: str) -> InputError:
    return InputError(message, parameters=_NAMES)


def _write(document: Document, targets: Mapping[str, Path], look: Brand | None, *, progress: bool) -> None:
    """Write every format or none: one that fails takes the others with it."""
    with staged(next(iter(targets.values())).parent) as folder:
        # LaTeX takes care of a folder of its own beside its file: it is written in place, when all others are made.
        ordered = sorted(targets.items(), key=lambda item: item[0] == "tex")
        for name, target in track(ordered, "Writing", show=progress):
            write_report(document, target if name == "tex" else folder / target.name, name, look)


def _subject(kind: ReportType | None, keys: Mapping[ReportType, str]) -> tuple[ReportType, str]:
    """Return the type and the key, which must agree: a key that would be left aside in silence is an error."""
    if len(keys) > 1:
        parameters = " and ".join(f"{{{parameter}}}" for name, parameter in _KEYS.items() if name in keys)
        raise _error(f"found {parameters}; expected one of them: a report is about one thing")
    first: ReportType = next((name for name in _KEYS if name in keys), "overview")
    kind = kind or first
    if foreign := [name for name in keys if name != kind]:
        raise _error(f"{{kind}} {kind} goes without {{{_KEYS[foreign[0]]}}}: leave one of the two out")
    if kind in _KEYS and kind not in keys:
        raise _error(f"{{kind}} {kind} needs {{{_KEYS[kind]}}}: say which one")
    return kind, keys.get(kind, "")


def _formats(formats: Sequence[str], out: Path | None) -> list[str]:
    """Return the formats: those given, else the one that the ending of the file names, else HTML."""
    if formats:
        return list(dict.fromkeys(find_format(name) for name in formats))
    if out is None or not out.suffix or out.is_dir():
        return ["html"]
    names = [name for name in WRITERS if out.suffix.lower() in _endings(name)]
    if len(names) != 1:
        reason = f"{', '.join(names)} have that ending" if names else "no format has that ending"
        raise _error(f"{{out}} {out}: {reason}; expected a {{formats}} of {', '.join(names or WRITERS)}: name it")
    return names


def _endings(name: str) -> tuple[str, ...]:
    """Return how the only file of a format may end, the usual ending first."""
    return (WRITERS[name].suffix, *_MORE_ENDINGS.get(name, ()))


def _one_file(formats: list[str], out: Path | None) -> bool:
    """Return whether `out` is the file of the only format; a name with an ending that fits no format is an error."""
    if out is None or not out.suffix or out.is_dir():
        return False
    if len(formats) > 1:
        raise _error(f"{{out}} {out}: found one file for {len(formats)} formats; expected a folder")
    endings = _endings(formats[0])
    if out.suffix.lower() not in endings:
        raise _error(
            f"{{out}} {out}: found a name that ends in {out.suffix} for the format {formats[0]}; expected "
            f"{' or '.join(endings)}, or a folder"
        )
    return True


def _replications(table: pd.DataFrame | str | Path | None) -> pd.DataFrame | None:
    if table is None:
        return None
    try:
        return check_table("replications", table if isinstance(table, pd.DataFrame) else pd.read_parquet(table))
    except (OSError, ValueError, InputError) as error:
        what = "the table" if isinstance(table, pd.DataFrame) else table
        raise InputError(
            f"{what} is no table of replications: give what `jobimpact replicate --all --out FILE.parquet` wrote"
        ) from error


def _reworded(document: Document, chooser: Chooser, *, progress: bool) -> tuple[Document, list[str]]:
    """Return the document in the wordings that a language model chooses, and how many it chose."""
    reworded, choices = choose_wordings(document, chooser, progress=progress)
    counts = reworded.tables["writing_quality"].iloc[0]
    choice_count = f"{counts['n_chosen']} of {counts['n_asked']} chosen, {counts['n_changed']} other than the first"
    notes = [f"Wordings by {chooser.model_id}: {choice_count}"]
    reasons = [choice.reason for choice in choices if choice.outcome == "failed"]
    if reasons:
        notes.append(f"No choice for {len(reasons)} sentences, which stand in their first wording: {reasons[0]}")
    return reworded, notes


def _write_draft(document: Document, writer: Writer, target: Path, *, progress: bool) -> str:
    """Write a draft of a language model beside the report, and return how many of its sentences stand in it."""
    draft = write_draft(document, writer, progress=progress)
    with written_whole(target) as path:
        path.write_text(draft.text, encoding="utf-8")
    counts = f"{draft.n_sentences} sentences, {draft.n_left_out} left out, {draft.n_failed} paragraphs without text"
    return f"Draft, to be checked by a person: {target} ({counts})"
