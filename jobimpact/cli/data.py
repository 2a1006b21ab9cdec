"""The `jobimpact data` commands: what travels with the package, made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

data_app = typer.Typer(help="What travels with the package.", no_args_is_help=True, pretty_exceptions_enable=False)


@data_app.callback()
def _data() -> None:
    """Keep `rebuild` a word of its own: one command alone would take the place of its group."""


@data_app.command(epilog="Example: jobimpact data rebuild --data downloads --out data --only job_zones")
def rebuild(
    data: Annotated[Path | None, typer.Option("--data", help="Folder of publishers' files; default: the data folder.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder of the tables, laid out as the package's data.")] = Path("data"),
    only: Annotated[list[str] | None, typer.Option("--only", help="Name of a table, such as job_zones; again for more.")] = None,
) -> None:
    """Make the tables that travel with the package again from the publishers' files."""
    from jobimpact.sources.rebuild import rebuild_data

    for table in rebuild_data(out, data=data, only=only or ()):
        typer.echo(f"{table.path}: {'as it travels with the package' if table.same else 'differs from the one in the package'}")
