"""The `jobimpact replicate` command: published figures computed anew from the publishers' files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobimpact.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_DATA = "Folder with publishers' files under their own names; it comes before the data folder."
DataOption = Annotated[Path | None, typer.Option("--data", help=_DATA, metavar="FOLDER")]


def replicate(
    name: Annotated[str | None, typer.Argument(help="Paper, such as eloundou-workers; default: all.", metavar="[NAME]")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every paper.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    data: DataOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="File for the table; its ending says the format.")] = None,
) -> None:
    """Compute published figures anew and say how close they come."""
    from jobimpact.files import check_target
    from jobimpact.sources.store.inputs import Inputs
    from jobimpact.sources.usertables import table_ending, write_user_table
    from jobimpact.validation.replicate import count_verdicts
    from jobimpact.validation.replicate import replicate as replicate_papers

    if name is not None and everything:
        raise InputError(f"found both {name!r} and --all; expected one of them: leave one out")
    if out is not None:
        table_ending(out)
        check_target(out)
    found = replicate_papers(Inputs(data), None if name is None else [name], progress=not json_)
    if out is not None:
        write_user_table(found, out)
    if json_:
        typer.echo(json.dumps(to_records(found), indent=2, ensure_ascii=False))
        return
    for _, rows in found.groupby("id", sort=False):
        typer.echo(_to_text(rows))
    typer.echo(count_verdicts(found) + ("" if out is None else f"; table written to {out}"))


def to_records(replications: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the table ``replications`` as records that JSON can hold, with the sources of each as a list."""
    records: list[dict[str, Any]] = json.loads(replications.to_json(orient="records", double_precision=15))
    return [{**record, "sources": [source for source in record["sources"].split("; ") if source]} for record in records]


def _to_text(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    lines = [f"{first['id']}: {first['citation']}"]
    for row in rows.to_dict("records"):
        unit = row["target_unit"]
        ours = _number(row["our_figure"], unit) if row["n"] else "-"
        secondary = " (quoted elsewhere)" if row["status"] == "secondary" else ""
        behind = f"   n {row['n']:,} {row['n_of']}" if row["n"] else ""
        lines.append(
            f"  {row['verdict']:<8}{row['item']:<17}target {_number(row['target'], unit)}{secondary}   here {ours}   "
            f"tolerance {_number(row['tolerance'], unit)}{behind}"
        )
        lines.append(f"          {row['what']}")
        if row["why"]:
            lines.append(f"          note: {row['why']}")
    return "\n".join([*lines, ""])


def _number(value: float, unit: str) -> str:
    return f"{value:.0f}" if unit == "count" else f"{value:.4g}"
