"""The `jobimpact replicate` command: published figures computed anew from the publishers' files."""

from pathlib import Path

from jobimpact.cli.options import check_out, print_json, show, write_table
from jobimpact.errors import InputError


def replicate(
    name: str | None = None, everything: bool = False, json_: bool = False, data: Path | None = None, out: Path | None = None
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
