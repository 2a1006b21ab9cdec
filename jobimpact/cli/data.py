"""The `jobimpact data` commands: what travels with the package, made again."""

from pathlib import Path

import typer

from jobimpact.cli.options import register

_CAPABILITIES = "capabilities"


def rebuild(data: Path | None = None, out: Path = Path("data"), only: list[str] | None = None) -> None:
    """Make the tables that travel with the package again from the publishers' files.

    The calibration of the capabilities takes minutes, and is made only where it is named.
    """
    from jobimpact.sources.rebuild import rebuild_data

    # A name that was given twice is made once.
    names = list(dict.fromkeys(only or ()))
    if _CAPABILITIES in names:
        names.remove(_CAPABILITIES)
        typer.echo(_rebuild_capabilities(data, out / "weights"))
        if not names:
            return
    for table in rebuild_data(out, data=data, only=names):
        typer.echo(f"{table.path}: {'as it travels with the package' if table.same else 'differs from the one in the package'}")


def _rebuild_capabilities(data: Path | None, folder: Path) -> str:
    from jobimpact.sources.labels.eloundou import read_eloundou_labels
    from jobimpact.sources.store.inputs import Inputs
    from jobimpact.training.capabilities import rebuild_capabilities

    labels = read_eloundou_labels(Inputs(data).file("eloundou-labels", "full_labelset.tsv*"))
    rebuild_capabilities(labels, folder)
    return f"{folder / 'capabilities.npz'}: made from {len(labels):,} labelled tasks"


data_app = register(typer.Typer(help="What travels with the package.", no_args_is_help=True), rebuild)
