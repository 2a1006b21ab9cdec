"""What commands have in common: shared options, how they are registered, and how a result is written and printed."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from jobimpact.errors import JobImpactError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd

    from jobimpact.results import Result

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "fp32", "bf16"]
Language = Literal["en", "zh"]
Rater = Literal["human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4", "consensus"]

MODELS = "Encoder: all-MiniLM-L6-v2 or multilingual (packages), a folder, or a Hugging Face name."
_DATA = "Folder with publishers' files under their own names; it comes before the data folder."

StudyArgument = Annotated[Path, typer.Argument(help="Folder of a study.", metavar="STUDY")]
LastStudyArgument = Annotated[Path | None, typer.Argument(help="Folder of a study; default: the last one.", metavar="[STUDY]")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="File for the table; its ending says the format.")]
DataOption = Annotated[Path | None, typer.Option("--data", help=_DATA, metavar="FOLDER")]
ModelOption = Annotated[str, typer.Option("--model", help=MODELS)]
AnyModelOption = Annotated[str | None, typer.Option("--model", help=f"{MODELS} Default: all-MiniLM-L6-v2; multilingual for zh.")]
HeadsOption = Annotated[
    Path | None, typer.Option("--heads", help="Folder written by `jobimpact train`; default: what travels with the package.")
]
DeviceOption = Annotated[Device, typer.Option("--device", help="Where the encoder runs.")]
PrecisionOption = Annotated[Precision, typer.Option("--precision", help="auto: bf16 where the device computes in it, else fp32.")]
RaterOption = Annotated[
    Rater, typer.Option("--rater", help="Whose label is predicted; consensus pools all raters by their reliability.")
]
TextOption = Annotated[str, typer.Option("--text-column", help="Column of the task text.")]
EncodingOption = Annotated[str, typer.Option("--encoding", help="Of CSV, TSV and JSONL files, such as cp1252.")]
CacheOption = Annotated[bool, typer.Option("--cache/--no-cache", help="Keep embeddings on disk.")]

_FIGURE = re.compile(r"-|[+-]?[\d.,]+( %)?( \[.*\])?")
_WIDE = 10_000  # characters of a line that goes into a file: nothing is folded there


class Command(TyperCommand):
    """A command whose errors name its options where the library's name parameters."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; the options are those of its own parameters."""
        try:
            return super().invoke(ctx)
        except JobImpactError as error:
            error.names = {str(param.name): param.opts[0] for param in self.params}
            raise


def register(app: typer.Typer, function: Callable[..., None], example: str, *more: str, name: str | None = None) -> None:
    """Make a command of `function`, with one example or more at the end of its help."""
    epilog = "\n\n".join(f"{'Also' if position else 'Example'}: {line}" for position, line in enumerate((example, *more)))
    app.command(name, cls=Command, epilog=epilog)(function)


def check_out(*targets: Path | None) -> None:
    """Raise unless a table can be written at each of `targets`, so that nobody waits for what cannot be kept."""
    from jobimpact.files import check_target
    from jobimpact.sources.usertables import table_ending

    for target in targets:
        if target is not None:
            table_ending(target)
            check_target(target)


def write_table(table: pd.DataFrame, out: Path | None) -> None:
    """Write `table` where a file is named."""
    from jobimpact.sources.usertables import write_user_table

    if out is not None:
        write_user_table(table, out)


def show(result: Result, out: Path | None = None, *, as_json: bool = False) -> None:
    """Write the table of a result where a file is named, then print the result, or one JSON document and nothing else."""
    write_table(result.table, out)
    if as_json:
        print_json(result.to_record())
        return
    typer.echo(result.title)
    print_table(result.headline_rows())
    for note in result.notes:
        typer.echo(note)
    if out is not None:
        typer.echo(f"{len(result.table):,} rows written to {out}")


def print_json(document: Any) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(table: pd.DataFrame) -> None:
    """Print a table in columns, see :func:`print_rows`."""
    if not table.empty:
        print_rows([str(name) for name in table.columns], table.to_dict("records"))


def print_rows(columns: Sequence[str], rows: Iterable[Mapping[Any, Any]]) -> None:
    """Print rows in columns: words on the left, figures on the right, ``-`` for what is missing."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[_cell(row[column]) for column in columns] for row in rows]
    grid = Table(box=None, pad_edge=False, header_style=None)
    # Figures are compared digit below digit, so they stand on the right.
    for position, column in enumerate(columns):
        figures = all(_FIGURE.fullmatch(row[position]) for row in cells)
        grid.add_column(Text(column), justify="right" if figures else "left", overflow="fold")
    for row in cells:
        grid.add_row(*map(Text, row))
    # A log or a pipe has no width to fold at.
    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)
    with console.capture() as capture:
        console.print(grid)
    typer.echo("\n".join(line.rstrip() for line in capture.get().splitlines()))


def _cell(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 - only a missing number differs from itself
        return "-"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
