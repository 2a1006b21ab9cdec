"""The command line: thin commands over the package's functions."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from jobimpact import __version__
from jobimpact.cli.aggregate import aggregate
from jobimpact.cli.change import change
from jobimpact.cli.compare import compare
from jobimpact.cli.data import data_app
from jobimpact.cli.debias import debias
from jobimpact.cli.explain import explain
from jobimpact.cli.headlines import headlines, print_headlines
from jobimpact.cli.options import (
    MODELS,
    CacheOption,
    Device,
    DeviceOption,
    EncodingOption,
    HeadsOption,
    Language,
    Precision,
    PrecisionOption,
    Rater,
    RaterOption,
    TextOption,
)
from jobimpact.cli.replicate import replicate
from jobimpact.cli.report import examples, report
from jobimpact.cli.robustness import robustness
from jobimpact.cli.score import score
from jobimpact.cli.sources import sources_app
from jobimpact.cli.train import train
from jobimpact.cli.wordings import wordings_app
from jobimpact.errors import JobImpactError, JobImpactWarning

app = typer.Typer(
    help="Exposure of work to AI: tasks, occupations, sectors and places, with reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(sources_app, name="sources")
app.add_typer(wordings_app, name="wordings")
app.add_typer(data_app, name="data")


class Weights(StrEnum):
    """Weights of tasks in an occupation."""

    core = "core"
    importance = "importance"


STUDY_OUT = Path("reports/study")

_shown: list[str] = []  # warnings of this run


@app.command(epilog="Example: jobimpact run --tasks starter --out reports/study")
def run(
    tasks: Annotated[str, typer.Option("--tasks", help="starter, onet, or a file of tasks with occupation codes.")] = "starter",
    out: Annotated[Path, typer.Option("--out", help="Folder of the study.")] = STUDY_OUT,
    device: DeviceOption = Device.auto,
    precision: PrecisionOption = Precision.auto,
    model: Annotated[str, typer.Option("--model", help=f"{MODELS} Default: all-MiniLM-L6-v2; multilingual for zh.")] = "",
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
    from jobimpact.exposure.encoder.models import DEFAULT_MODEL
    from jobimpact.exposure.score import MULTILINGUAL, load_companions, load_scorer
    from jobimpact.run import run_study, write_run
    from jobimpact.sources.tasks.catalogue import load_tasks
    from jobimpact.study import check_out

    check_out(out)
    statements, source = load_tasks(tasks, text_column=text_column, encoding=encoding, language=language.value)
    chosen = model or (MULTILINGUAL if language is Language.zh else DEFAULT_MODEL)
    encoder, trained = load_scorer(
        heads, model=chosen, device=device.value, precision=precision.value, cache=cache, progress=True
    )
    study = run_study(
        statements,
        encoder,
        source=source,
        heads=trained,
        rater=rater.value,
        weights=weights.value,
        companions=load_companions(heads) if heads is not None else None,
    )
    # What was left out is said on the screen once; the study keeps it.
    study = replace(study, manifest={**study.manifest, "warnings": list(_shown)})
    print_headlines(write_run(study, out))


app.command(epilog="Example: jobimpact score tasks.csv --out scored.csv --text-column task")(score)
app.command(epilog='Example: jobimpact explain "Draft replies to customers"')(explain)


app.command(epilog=examples)(report)
app.command(epilog="Example: jobimpact headlines reports/study --alternatives")(headlines)
app.command(epilog="Example: jobimpact aggregate own.csv --study reports/study --code occ --weight jobs --by region")(aggregate)
app.command(epilog="Example: jobimpact compare reports/study --json")(compare)
app.command(epilog="Example: jobimpact replicate --all")(replicate)
app.command(epilog='Example: jobimpact robustness reports/study --query "sector 52 > sector 23"')(robustness)
app.command(epilog='Example: jobimpact change reports/old reports/new --estimate "share:beta>=0.5"')(change)
app.command(epilog="Example: jobimpact debias reports/study --draw 300 --by-employment --out sheet.csv")(debias)
app.command(epilog="Example: jobimpact train --labels full_labelset.tsv --out heads")(train)


@app.command(epilog="Example: jobimpact dashboard reports/study")
def dashboard(
    study: Annotated[Path | None, typer.Argument(help="Folder of a study; default: the last one.", metavar="[STUDY]")] = None,
    port: Annotated[int, typer.Option("--port", help="Port to serve on.")] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
) -> None:
    """Open the dashboard on a study."""
    from jobimpact.screen.serve import open_dashboard
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
        sys.exit(app(prog_name="jobimpact", standalone_mode=False))
    except typer.TyperException as error:
        _fail(_usage(error))
    except JobImpactError as error:
        _fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("jobimpact: interrupted; nothing was written\n")
        sys.exit(130)


def _usage(error: typer.TyperException) -> str:
    """Return what is wrong with the words of the command line, and where its help is."""
    message = str(getattr(error, "format_message", lambda: str(error))()).replace("Value error, ", "").rstrip(".")
    context = getattr(error, "ctx", None)
    command = "jobimpact" if context is None else context.command_path
    return f"{message or 'no command was given'}. See `{command} --help`."


def _fail(reason: str) -> NoReturn:
    sys.stderr.write(f"jobimpact: error: {' '.join(reason.split())}\n")
    sys.exit(2)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    _shown.append(" ".join(str(message).split()))
    sys.stderr.write(f"jobimpact: warning: {_shown[-1]}\n")
