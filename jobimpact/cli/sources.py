"""The `jobimpact sources` commands: the publishers' files and where they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

sources_app = typer.Typer(
    help="The publishers' files: list, pull, add, check, derive.", no_args_is_help=True, pretty_exceptions_enable=False
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
NameArgument = Annotated[str, typer.Argument(help="Name of the source, as in `sources list`.")]


@sources_app.command("list", epilog="Example: jobimpact sources list")
def list_(json_: JsonOption = False) -> None:
    """List the sources, their licences and whether they are here."""
    from jobimpact.sources.store.fetch import list_sources

    sources = list_sources()
    _print(sources if json_ else sources[["name", "status", "release", "licence", "title"]], as_json=json_)


@sources_app.command(epilog="Example: jobimpact sources pull onet")
def pull(name: NameArgument) -> None:
    """Download a source from its publisher; an interrupted download goes on where it stopped."""
    from jobimpact.sources.store.fetch import pull as pull_source

    for path in pull_source(name):
        typer.echo(f"{name}: {path}")


@sources_app.command(epilog="Example: jobimpact sources add onet db_30_1_excel.zip")
def add(
    name: NameArgument,
    path: Annotated[Path, typer.Argument(help="File, folder or zip that you have.", metavar="FILE_OR_FOLDER")],
) -> None:
    """Take a source from a file or folder that you have; it is read once to see that it is whole."""
    from jobimpact.sources.store.fetch import add as add_source

    typer.echo(f"{name}: {add_source(name, path)}")


@sources_app.command(epilog="Example: jobimpact sources check")
def check(json_: JsonOption = False) -> None:
    """Read and hash every source that is here again."""
    from jobimpact.sources.store.fetch import check_sources

    _print(check_sources(), as_json=json_)


@sources_app.command(epilog="Example: jobimpact sources derive oews-files --out employment")
def derive(
    folder: Annotated[Path, typer.Argument(help="Folder with one release's OEWS files.", metavar="FOLDER")],
    out: Annotated[Path | None, typer.Option("--out", help="Default: the data folder, where `run` finds them.")] = None,
) -> None:
    """Derive the employment tables from a release of OEWS, so that studies use it."""
    from jobimpact.paths import data_home
    from jobimpact.sources.jobs.employment import derive_from_folder

    for path in derive_from_folder(folder, out or data_home() / "employment"):
        typer.echo(str(path))


def _print(table: pd.DataFrame, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(json.loads(table.to_json(orient="records")), indent=2, ensure_ascii=False))
        return
    rows = [list(table.columns), *table.astype(object).where(table.notna(), "").to_numpy().tolist()]
    widths = [max(len(str(row[place])) for row in rows) for place in range(len(table.columns))]
    for row in rows:
        typer.echo("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
