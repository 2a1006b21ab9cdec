"""The whole line: task text, exposure, occupations, sectors, places, groups, uncertainty, claims, report."""

import importlib.metadata
import platform
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from jobimpact.errors import InputError, JobImpactWarning
from jobimpact.estimates.means.weights import TaskWeights
from jobimpact.exposure.encoder.cached import CachedEncoder
from jobimpact.exposure.encoder.sentence import Device, Precision
from jobimpact.exposure.heads.rubric import CONSENSUS, RATERS, Rater, RubricHeads, heads_hash
from jobimpact.exposure.score import Companions
from jobimpact.facts.codes import soc_major
from jobimpact.reporting.compose.document import ReportType
from jobimpact.reporting.report import Report
from jobimpact.reporting.words.draft import Writer
from jobimpact.reporting.words.phrasebook import Chooser
from jobimpact.sources.tasks.starter import Language
from jobimpact.study import TABLES, Study, check_out, with_hashes, write_study
from jobimpact.tables import check_table, table_columns

REPORT = "report.html"
_PACKAGES = ["jobimpact", "numpy", "pandas", "pyarrow", "scikit-learn", "sentence-transformers", "torch", "transformers"]


def run(
    tasks: str | Path | pd.DataFrame = "starter",
    *,
    out: str | Path | None = None,
    rater: Rater = "human",
    weights: TaskWeights = "core",
    model: str | None = None,
    heads: str | Path | None = None,
    text_column: str = "task",
    language: Language = "en",
    device: Device = "auto",
    precision: Precision = "auto",
    cache: bool = True,
    encoding: str = "utf-8-sig",
    code_column: str | None = None,
    sheet: str | None = None,
    progress: bool = False,
) -> Study:
    """Score tasks and aggregate them to a study; with `out` it is written with its report.

    Parameters
    ----------
    tasks
        ``starter``, ``onet``, the path of a file of tasks with a column ``soc_code`` or ``onetsoc_code``, or a table
        ``task_statements``.
    out
        Folder of the study.
    rater
        Whose label is predicted.
    weights
        Of tasks in an occupation: ``core`` (Core 2, others 1) or ``importance``.
    model, heads, device, precision, cache
        See :func:`jobimpact.score`; by default the model that knows `language`.
    text_column, code_column, encoding, sheet
        Of a user's file.
    language
        Of the starter tasks: ``en`` or ``zh``.
    progress
        Whether a bar is shown.

    Raises
    ------
    InputError
        If the tasks cannot be read.
    StudyError
        If `out` cannot be written, or holds something else than a study.

    Examples
    --------
    >>> study = run("my_tasks.csv")
    >>> study.occupations.dropna(subset="exposure_beta")[["soc_code", "n_tasks"]].to_numpy().tolist()
    [['43-4051', 2], ['47-2061', 1]]
    """
    from jobimpact.exposure.encoder.models import DEFAULT_MODEL
    from jobimpact.exposure.score import MULTILINGUAL, load_companions, load_scorer
    from jobimpact.sources.tasks.catalogue import load_tasks

    if out is not None:
        check_out(Path(out))
    with _recorded() as messages:
        if isinstance(tasks, (str, Path)):
            statements, source = load_tasks(
                str(tasks), text_column=text_column, code_column=code_column, encoding=encoding, sheet=sheet, language=language
            )
        else:
            statements, source = tasks, {"name": "table", "title": "a table of tasks", "release": "", "licence": "the user's own"}
        folder = None if heads is None else Path(heads)
        encoder, trained = load_scorer(
            folder,
            model=model or (MULTILINGUAL if language == "zh" else DEFAULT_MODEL),
            device=device,
            precision=precision,
            cache=cache,
            progress=progress,
        )
        companions = None if folder is None else load_companions(folder)
        study = run_study(statements, encoder, source=source, heads=trained, rater=rater, weights=weights, companions=companions)
    study = replace(study, manifest={**study.manifest, "warnings": messages})
    return study if out is None else write_run(study, Path(out))


@contextmanager
def _recorded() -> Iterator[list[str]]:
    """Collect what the package warns of in the block, for the manifest; it is warned of all the same."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", JobImpactWarning)
        yield messages
    for warning in caught:
        if issubclass(warning.category, JobImpactWarning):
            messages.append(" ".join(str(warning.message).split()))
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - start, 3)


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
    """Score a table ``task_statements`` and aggregate it to occupations, sectors, industries, places and groups.

    Parameters
    ----------
    source
        Where the tasks come from: ``name``, ``release``, ``licence``, ``citation``, ``sha256``.
    encoder, heads, rater, weights
        See :func:`jobimpact.exposure.score.score_texts` and :func:`jobimpact.estimates.means.weights.task_weights`.
    companions
        Of the heads; by default those of the package that belong to `encoder`.

    Examples
    --------
    >>> from jobimpact import SentenceEncoder, read_starter_tasks
    >>> tasks = read_starter_tasks()
    >>> study = run_study(tasks[tasks["soc_code"] == "43-4051"], SentenceEncoder(), source={"name": "starter"})
    >>> study.occupations.dropna(subset="exposure_beta")["title"].tolist()
    ['Customer Service Representatives']
    """
    from jobimpact.estimates.means.weights import task_weights
    from jobimpact.estimates.study_tables import (
        aggregate_study,
        check_coverage,
        read_study_employment,
        study_notes,
        study_uncertainty,
    )
    from jobimpact.exposure.score import find_companions, load_heads, score_texts
    from jobimpact.reporting.compose.compose import compose
    from jobimpact.reporting.compose.document import Request

    seconds: dict[str, float] = {}
    heads = heads or load_heads()
    companions = companions or find_companions(encoder)
    with _timed(seconds, "score"):
        scores = score_texts(task_statements["task"], encoder, heads, rater=rater, companions=companions, all_raters=True)
    with _timed(seconds, "aggregate"):
        employment = read_study_employment()
        tasks = task_statements.join(scores, validate="one_to_one").assign(
            soc_major=soc_major(task_statements["soc_code"]),
            task_weight=task_weights(task_statements, weights),
        )
        raters = _by_rater(tasks, rater)
        tasks = tasks[table_columns("tasks")]
        tables = {"tasks": tasks, **aggregate_study(tasks, employment, companions.components)}
    check_coverage(tables)
    with _timed(seconds, "variance"):
        tables |= study_uncertainty(tables, employment, components=companions.components, raters=raters)
    national = employment.national
    manifest = {
        "inputs": {"tasks": dict(source), "employment": _employment_source(national)},
        "parameters": {"rater": rater, "weights": weights},
        "date": datetime.now(UTC).date().isoformat(),
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
        "notes": study_notes(tables, employment, rater),
        "seconds": seconds,
    }
    with _timed(seconds, "claims"):
        tables["claims"] = compose(Request(Study(tables, manifest))).claims
    return Study({name: check_table(name, tables[name]) for name in TABLES}, manifest)


def write_run(study: Study, out: Path) -> Study:
    """Write a study with its report, the national overview in English as ``report.html``.

    Raises
    ------
    StudyError
        If `out` is no study folder and not empty, or cannot be written.
    """
    from jobimpact.reporting.compose.compose import compose
    from jobimpact.reporting.compose.document import Request
    from jobimpact.reporting.formats.html import render_html

    # The report prints the hashes of the tables, so they have to be known before it is made.
    page = render_html(compose(Request(with_hashes(study))))
    return write_study(study, out, files={REPORT: page.encode()})


def report(
    study: Study | str | Path | None = None,
    kind: ReportType | None = None,
    *,
    writer: Chooser | str | None = None,
    drafter: Writer | str | None = None,
    base_url: str | None = None,
    **options: Any,
) -> Report:
    """Write a report of a study, from its tables alone.

    Parameters
    ----------
    study
        A study or its folder; by default the one written last.
    kind
        ``overview``, ``sector``, ``occupation``, ``state``, ``comparison`` or ``methods``; by default what `options` say.
    writer, drafter
        Name of a language model that chooses among wordings that people wrote, or writes a free draft beside the report, which
        a person has to check: ``smollm2-135m-instruct``, a folder, a GGUF file, or its name on the server at `base_url`.
    base_url
        OpenAI-compatible server of `writer` and `drafter`.
    options
        ``naics``, ``soc``, ``state``, ``other``, ``estimate``, ``formats``, ``language``, ``brand``, ``replications``, ``out``
        and ``progress``, see :func:`jobimpact.reporting.report.report`.

    Examples
    --------
    >>> report("reports/study", naics="52", formats=["html", "docx"], out="briefing")
    Finance and Insurance: exposure to language models: 2 rows, 2 columns
    format                          path
      html briefing/study-sector-52.html
      docx briefing/study-sector-52.docx
    """
    from jobimpact.exposure.rater.writing import letter_chooser, text_backend
    from jobimpact.reporting.report import report as write_report

    if base_url and not (writer or drafter):
        message = f"{{base_url}} {base_url} is given without a model: name it with {{writer}} or {{drafter}}"
        raise InputError(message, parameters=["base_url", "writer", "drafter"])
    # Reports are written without models: names become models here.
    chooser = letter_chooser(writer, base_url or None) if isinstance(writer, str) else writer
    backend = text_backend(drafter, base_url or None) if isinstance(drafter, str) else drafter
    return write_report(study, kind, writer=chooser, drafter=backend, **options)


def _by_rater(scored: pd.DataFrame, rater: Rater) -> pd.DataFrame:
    """Return beta by each judge that could have been asked, the study's own among them; the consensus is none of them."""
    columns = {f"beta_{name}": name for name in RATERS if name != CONSENSUS and f"beta_{name}" in scored}
    return scored[list(columns)].rename(columns=columns).assign(**{rater: scored["beta"]})


def _employment_source(national: pd.DataFrame) -> dict[str, Any]:
    return {
        "name": "OEWS",
        "release": str(national["release"].iloc[0]),
        "publisher": "U.S. Bureau of Labor Statistics",
        "licence": "US public domain",
        "total_employment": float(national.loc[national["o_group"] == "total", "tot_emp"].iloc[0]),
    }


class _CallableModule(ModuleType):
    # Importing this file binds its name in the package, so that `jobimpact.run` is the module here and the function there:
    # called, both are the function.
    __call__ = staticmethod(run)


sys.modules[__name__].__class__ = _CallableModule
