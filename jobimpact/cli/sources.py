"""The `jobimpact sources` commands: the publishers' files and where they are."""

from pathlib import Path

import typer

from jobimpact.cli.options import print_json, print_rows, print_table, register


def list_(json_: bool = False) -> None:
    """List the sources, their licences and whether they are here."""
    from jobimpact.sources.store.fetch import source_entries

    # Records, not a table: this command imports no pandas.
    sources = source_entries()
    if json_:
        print_json(sources)
    else:
        print_rows(["name", "status", "release", "licence", "title"], sources)


def pull(name: str) -> None:
    """Download a source from its publisher; an interrupted download goes on where it stopped."""
    from jobimpact.sources.store.fetch import pull as pull_source

    for path in pull_source(name):
        typer.echo(f"{name}: {path}")


def add(name: str, path: Path) -> None:
    """Take a source from a file or folder that you have; it is read once to see that it is whole."""
    from jobimpact.sources.store.fetch import add as add_source

    typer.echo(f"{name}: {add_source(name, path)}")


def check(json_: bool = False) -> None:
    """Read and hash every source that is here again."""
    from jobimpact.results import records
    from jobimpact.sources.store.fetch import check_sources

    sources = check_sources()
    if json_:
        print_json(records(sources))
    else:
        print_table(sources)


def derive(folder: Path, out: Path | None = None) -> None:
    """Derive the employment tables from a release of OEWS, so that studies use it."""
    from jobimpact.sources.jobs.employment import derive_from_folder

    for path in derive_from_folder(folder, out):
        typer.echo(str(path))


_HELP = "The publishers' files: list, pull, add, check, derive."
sources_app = register(typer.Typer(help=_HELP, no_args_is_help=True), list_, pull, add, check, derive)
