"""The `jobimpact sources` commands: the publishers' files and where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobimpact.cli.options import Command, JsonOption, print_json, print_rows, print_table

sources_app = typer.Typer(
    help="The publishers' files: list, pull, add, check, derive.", no_args_is_help=True, pretty_exceptions_enable=False
)

NameArgument = Annotated[str, typer.Argument(help="Name of the source, as in `sources list`.")]


@sources_app.command("list", cls=Command, epilog="Example: jobimpact sources list")
def list_(json_: JsonOption = False) -> None:
    """List the sources, their licences and whether they are here."""
    from jobimpact.sources.store.fetch import source_entries

    # Records, not a table: this command imports no pandas.
    sources = source_entries()
    if json_:
        print_json(sources)
    else:
        print_rows(["name", "status", "release", "licence", "title"], sources)


@sources_app.command(cls=Command, epilog="Example: jobimpact sources pull onet")
def pull(name: NameArgument) -> None:
    """Download a source from its publisher; an interrupted download goes on where it stopped."""
    from jobimpact.sources.store.fetch import pull as pull_source

    for path in pull_source(name):
        typer.echo(f"{name}: {path}")


@sources_app.command(cls=Command, epilog="Example: jobimpact sources add onet db_30_1_excel.zip")
def add(
    name: NameArgument,
    path: Annotated[Path, typer.Argument(help="File, folder or zip that you have.", metavar="FILE_OR_FOLDER")],
) -> None:
    """Take a source from a file or folder that you have; it is read once to see that it is whole."""
    from jobimpact.sources.store.fetch import add as add_source

    typer.echo(f"{name}: {add_source(name, path)}")


@sources_app.command(cls=Command, epilog="Example: jobimpact sources check")
def check(json_: JsonOption = False) -> None:
    """Read and hash every source that is here again."""
    from jobimpact.results import records
    from jobimpact.sources.store.fetch import check_sources

    sources = check_sources()
    if json_:
        print_json(records(sources))
    else:
        print_table(sources)


@sources_app.command(cls=Command, epilog="Example: jobimpact sources derive oews-files --out employment")
def derive(
    folder: Annotated[Path, typer.Argument(help="Folder with one release's OEWS files.", metavar="FOLDER")],
    out: Annotated[Path | None, typer.Option("--out", help="Default: the data folder, where `run` finds them.")] = None,
) -> None:
    """Derive the employment tables from a release of OEWS, so that studies use it."""
    from jobimpact.sources.jobs.employment import derive_from_folder

    for path in derive_from_folder(folder, out):
        typer.echo(str(path))
