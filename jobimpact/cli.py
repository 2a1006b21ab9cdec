"""The command line: thin commands over the package's functions."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobimpact import __version__
from jobimpact.cli_sources import sources_app
from jobimpact.errors import InputError, JobImpactError, JobImpactWarning

if TYPE_CHECKING:
    from jobimpact.study import Study

app = typer.Typer(
    help="Exposure of work to AI: tasks, occupations, sectors and places, with reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(sources_app, name="sources")


class Device(StrEnum):
    """Where the encoder runs."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class Precision(StrEnum):
    """Arithmetic of the encoder."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"


class Language(StrEnum):
    """Language of the starter tasks and the report."""

    en = "en"
    zh = "zh"


class Rater(StrEnum):
    """Whose labels the scores predict."""

    human = "human"
    gpt4 = "gpt4"
    gpt4_alt = "gpt4_alt"


class Weights(StrEnum):
    """Weights of tasks in an occupation."""

    core = "core"
    importance = "importance"


_MODELS = "Encoder: all-MiniLM-L6-v2 or multilingual (packages), a folder, or a Hugging Face name."
ModelOption = Annotated[str, typer.Option("--model", help=_MODELS)]
HeadsOption = Annotated[
    Path | None, typer.Option("--heads", help="Folder written by `jobimpact train`; default: what travels with the package.")
]
DeviceOption = Annotated[Device, typer.Option("--device", help="Where the encoder runs.")]
PrecisionOption = Annotated[Precision, typer.Option("--precision", help="auto: bf16 where the device computes in it, else fp32.")]
RaterOption = Annotated[Rater, typer.Option("--rater", help="Whose label is predicted.")]
TextOption = Annotated[str, typer.Option("--text-column", help="Column of the task text.")]
EncodingOption = Annotated[str, typer.Option("--encoding", help="Of CSV, TSV and JSONL files, such as cp1252.")]
CacheOption = Annotated[bool, typer.Option("--cache/--no-cache", help="Keep embeddings on disk.")]
STUDY_OUT = Path("reports/study")

_shown: list[str] = []  # warnings of this run


@app.command(epilog="Example: jobimpact run --tasks starter --out reports/study")
def run(
    tasks: Annotated[str, typer.Option("--tasks", help="starter, onet, or a file of tasks with occupation codes.")] = "starter",
    out: Annotated[Path, typer.Option("--out", help="Folder of the study.")] = STUDY_OUT,
    device: DeviceOption = Device.auto,
    precision: PrecisionOption = Precision.auto,
    model: Annotated[str, typer.Option("--model", help=f"{_MODELS} Default: all-MiniLM-L6-v2; multilingual for zh.")] = "",
    heads: HeadsOption = None,
    rater: RaterOption = Rater.human,
    weights: Annotated[
        Weights, typer.Option("--weights", help="Weight of tasks: Core 2 and others 1, or importance.")
    ] = Weights.core,
    text_column: TextOption = "task",
    encoding: EncodingOption = "utf-8-sig",
    language: Annotated[
        Language, typer.Option("--language", help="Language of the starter tasks; the report is in English.")
    ] = Language.en,
    cache: CacheOption = True,
) -> None:
    """Score tasks, aggregate them, and write a study with its report."""
    from jobimpact.exposure.models import DEFAULT_MODEL
    from jobimpact.exposure.score import MULTILINGUAL, load_scorer
    from jobimpact.sources.catalogue import load_tasks
    from jobimpact.study import check_out, run_study, write_study

    check_out(out)
    statements, source = load_tasks(tasks, text_column=text_column, encoding=encoding, language=language.value)
    chosen = model or (MULTILINGUAL if language is Language.zh else DEFAULT_MODEL)
    encoder, trained = load_scorer(
        heads, model=chosen, device=device.value, precision=precision.value, cache=cache, progress=True
    )
    study = run_study(statements, encoder, source=source, heads=trained, rater=rater.value, weights=weights.value)
    # What was left out is said on the screen once; the study keeps it.
    study = replace(study, manifest={**study.manifest, "warnings": list(_shown)})
    _print_headlines(write_study(study, out))


def _print_headlines(study: Study) -> None:
    from jobimpact.estimates.headline import headlines

    for headline in headlines(study["groups"], study["sectors"]):
        value = f"{100 * headline.value:.1f} %" if headline.unit == "share" else f"{headline.value:.3f}"
        note = f" ({headline.note})" if headline.note else ""
        typer.echo(f"{headline.name + note}: {value}")
        typer.echo(f"    {headline.definition}")
    typer.echo(f"Study:  {study.path}")
    typer.echo(f"Report: {study.path}/report.html")


@app.command(epilog="Example: jobimpact score tasks.csv --out scored.csv --text-column task")
def score(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX, Parquet or JSONL.", metavar="FILE")],
    out: Annotated[Path, typer.Option("--out", help="File to write; its ending says the format.")],
    text_column: TextOption = "task",
    device: DeviceOption = Device.auto,
    precision: PrecisionOption = Precision.auto,
    model: ModelOption = "all-MiniLM-L6-v2",
    heads: HeadsOption = None,
    rater: RaterOption = Rater.human,
    encoding: EncodingOption = "utf-8-sig",
    cache: CacheOption = True,
) -> None:
    """Add exposure scores to a table of tasks; every row and column of it is kept."""
    from jobimpact.exposure.score import load_scorer, score_table
    from jobimpact.files import check_target
    from jobimpact.sources.usertables import find_column, read_user_table, table_ending, write_user_table

    table_ending(out)
    check_target(out)
    table = read_user_table(file, encoding=encoding)
    column = find_column(table, text_column, option="--text-column", name=str(file))
    encoder, trained = load_scorer(heads, model=model, device=device.value, precision=precision.value, cache=cache, progress=True)
    scored = score_table(table, column, encoder, trained, rater=rater.value, name=str(file))
    write_user_table(scored, out)
    typer.echo(f"{len(scored):,} rows written to {out}; mean beta {scored['beta'].mean():.3f}")


@app.command(epilog="Example: jobimpact report reports/study --format html --out report.html")
def report(
    study: Annotated[Path, typer.Argument(help="Folder of a study.", metavar="STUDY")],
    format: Annotated[str, typer.Option("--format", help="html")] = "html",  # noqa: A002 - the name of the option
    out: Annotated[Path | None, typer.Option("--out", help="File to write; default: reports/NAME.html.")] = None,
) -> None:
    """Write a study's report again, from its tables alone."""
    from jobimpact.reporting.html import write_html_report
    from jobimpact.study import read_study

    if format != "html":
        raise InputError(f"--format {format!r}: this version writes html only")
    target = out or Path("reports") / f"{study.resolve().name}.html"
    write_html_report(read_study(study), target)
    typer.echo(f"Report: {target}")


@app.command(epilog="Example: jobimpact train --labels full_labelset.tsv --out heads")
def train(
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="Eloundou et al. label file or its folder; default: `sources pull eloundou-labels`."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for adapter, heads and model card.")] = Path("heads"),
    model: ModelOption = "all-MiniLM-L6-v2",
    device: DeviceOption = Device.auto,
    precision: PrecisionOption = Precision.auto,
    seed: Annotated[int, typer.Option("--seed", help="Of folds, weights and order.")] = 0,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Leave the encoder as published and train heads alone, measured in five folds.")
    ] = False,
) -> None:
    """Fine-tune encoder and heads on labelled tasks and measure them on occupations they have not seen."""
    from jobimpact.exposure.card import write_model
    from jobimpact.exposure.rubric import RubricHeads
    from jobimpact.exposure.score import make_encoder
    from jobimpact.exposure.training import train_heads
    from jobimpact.exposure.tuning import train_tuned
    from jobimpact.sources.fetch import locate
    from jobimpact.sources.labels import read_eloundou_labels

    table = read_eloundou_labels(labels or locate("eloundou-labels"))
    where: dict[str, Any] = {"device": device.value, "precision": precision.value, "progress": True}
    with TemporaryDirectory() as room:
        if frozen:
            encoder = make_encoder(model, adapter=None, **where)
            trained = train_heads(table, encoder, RubricHeads(random_state=seed), seed=seed, progress=True)
        else:
            trained = train_tuned(table, Path(room), model=model, seed=seed, **where)
        write_model(trained, out, None if frozen else Path(room) / "adapter")
    typer.echo(trained.figures.round(3).T.to_string(header=False))
    typer.echo(f"Adapter, heads and model card: {out}")


@app.command(epilog="Example: jobimpact dashboard reports/study")
def dashboard(
    study: Annotated[Path | None, typer.Argument(help="Folder of a study; default: the last one.", metavar="[STUDY]")] = None,
    port: Annotated[int, typer.Option("--port", help="Port to serve on.")] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
) -> None:
    """Open the dashboard on a study."""
    from jobimpact.dashboard import open_dashboard
    from jobimpact.study import last_study

    open_dashboard(study or last_study(), port=port, headless=headless)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"jobimpact {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; an error of ours is one line on standard error and exit code 2."""
    warnings.simplefilter("ignore")
    warnings.simplefilter("always", JobImpactWarning)
    warnings.showwarning = _show_warning
    try:
        app()
    except JobImpactError as error:
        sys.stderr.write(f"jobimpact: error: {' '.join(str(error).split())}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("jobimpact: interrupted; nothing was written\n")
        sys.exit(130)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    _shown.append(" ".join(str(message).split()))
    sys.stderr.write(f"jobimpact: warning: {_shown[-1]}\n")
