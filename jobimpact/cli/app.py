"""The command line: thin commands over the package's functions."""

import sys
import warnings
from typing import Annotated, NoReturn

import typer

from jobimpact import __version__
from jobimpact.cli.aggregate import aggregate
from jobimpact.cli.change import change
from jobimpact.cli.compare import compare
from jobimpact.cli.dashboard import dashboard
from jobimpact.cli.data import data_app
from jobimpact.cli.debias import debias
from jobimpact.cli.explain import explain
from jobimpact.cli.headlines import headlines
from jobimpact.cli.options import register
from jobimpact.cli.replicate import replicate
from jobimpact.cli.report import report
from jobimpact.cli.robustness import robustness
from jobimpact.cli.run import run
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

register(app, run, score, explain, report, headlines, aggregate, compare, replicate, robustness, change, debias, train, dashboard)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False) -> None:
    if version:
        typer.echo(f"jobimpact {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; an error of ours is one line on standard error and exit code 2."""
    # What libraries warn of is not for users; ours is, each time.
    warnings.simplefilter("ignore")
    warnings.simplefilter("always", JobImpactWarning)
    warnings.showwarning = _print_warning
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
    # Typer and pydantic word their errors in several ways; a user reads one line.
    message = str(getattr(error, "format_message", lambda: str(error))()).replace("Value error, ", "").rstrip(".")
    context = getattr(error, "ctx", None)
    command = "jobimpact" if context is None else context.command_path
    return f"{message or 'no command was given'}. See `{command} --help`."


def _fail(reason: str) -> NoReturn:
    sys.stderr.write(f"jobimpact: error: {' '.join(reason.split())}\n")
    sys.exit(2)


def _print_warning(message: Warning | str, *_: object, **__: object) -> None:
    sys.stderr.write(f"jobimpact: warning: {' '.join(str(message).split())}\n")
