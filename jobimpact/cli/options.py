"""What commands have in common: how they are registered, and how a result is written and printed."""

from __future__ import annotations

import json
import re
import sys
from operator import getitem
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer
from typer.core import TyperCommand

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import JobImpactError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from jobimpact.results import Result

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "fp32", "bf16"]
Language = Literal["en", "zh"]
Rater = Literal["human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4", "consensus"]

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


def register(app: typer.Typer, *functions: Callable[..., None]) -> typer.Typer:
    """Make commands of `functions` and return `app`; the words of their parameters and examples are in data/commands.toml."""
    words = read_assumptions("commands")
    for function in functions:
        name = function.__name__.rstrip("_")
        entries = words["shared"] | words[name]
        # Typer reads a parameter's words off its annotation.
        for parameter, hint in get_type_hints(function).items():
            if parameter in entries:
                function.__annotations__[parameter] = getitem(Annotated, (hint, _parameter(parameter, entries[parameter])))
        examples = [f"{'Also' if position else 'Example'}: {line}" for position, line in enumerate(entries["examples"])]
        app.command(name, cls=Command, epilog="\n\n".join(examples))(function)
    return app


def _parameter(name: str, entry: str | dict[str, Any]) -> Any:
    words = {"help": entry} if isinstance(entry, str) else dict(entry)
    flag = words.pop("flag", f"--{name.rstrip('_').replace('_', '-')}")
    return typer.Argument(**words) if words.pop("argument", False) else typer.Option(flag, **words)


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
