"""The `jobimpact replicate` command: published figures computed anew from the publishers' files."""

from __future__ import annotations

from typing import Annotated

import typer

from jobimpact.cli.options import DataOption, JsonOption, OutOption, check_out, print_json, show, write_table
from jobimpact.errors import InputError


def replicate(
    name: Annotated[str | None, typer.Argument(help="Paper, such as eloundou-workers; default: all.", metavar="[NAME]")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every paper.")] = False,
    json_: JsonOption = False,
    data: DataOption = None,
    out: OutOption = None,
) -> None:
    """Compute published figures anew and say how close they come."""
    from jobimpact.validation.replicate import replicate as replicate_papers

    if name is not None and everything:
        raise InputError(f"found both {name!r} and --all; expected one of them: leave one out")
    check_out(out)
    result = replicate_papers(name, data=data, progress=not json_)
    if json_:
        write_table(result.table, out)
        print_json(result.to_records())
    else:
        show(result, out)
