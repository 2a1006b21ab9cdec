"""The `jobimpact headlines` command: a study's headline numbers, each with its definition and under every other one."""

from __future__ import annotations

import json
import math
from pathlib import Path  # noqa: TC003 - Typer reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobimpact.assumptions import assumption
from jobimpact.reporting.claims.cells import Cell
from jobimpact.reporting.claims.intervals import Intervals

if TYPE_CHECKING:
    from jobimpact.estimates.means.headline import Headline
    from jobimpact.study import Study


def headlines(
    study: Annotated[Path | None, typer.Argument(help="Folder of a study; default: the last one.", metavar="[STUDY]")] = None,
    alternatives: Annotated[
        bool, typer.Option("--alternatives", help="Also the number under every definition that differs in one choice.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="File to write; its ending says the format.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """State a study's headline numbers with their definitions, and what other definitions would make of them."""
    import pandas as pd

    from jobimpact.estimates.means.headline import headlines_table
    from jobimpact.sources.usertables import write_user_table
    from jobimpact.study import last_study, read_study

    known = read_study(study or last_study())
    found, ends = study_headlines(known), Intervals(known.tables)
    table = headlines_table(found)
    others = [headline.alternatives.assign(name=headline.name) for headline in found if headline.alternatives is not None]
    if out is not None:
        rows = pd.concat([table, *others], ignore_index=True) if alternatives else table
        write_user_table(rows, out)
    if json_:
        records = [_record(ends, headline, alternatives=alternatives) for headline in found]
        typer.echo(json.dumps(records, ensure_ascii=False, indent=2))
        return
    for headline in found:
        typer.echo(headline.to_text() + interval_text(ends, headline))
        if alternatives and headline.alternatives is not None:
            lines = headline.alternatives[["changed_part", "alternative", "headline_value"]].round(4)
            typer.echo("    " + lines.to_string(index=False, header=False).replace("\n", "\n    "))


def study_headlines(study: Study) -> list[Headline]:
    """Return the headlines of `study` with release and basis from its manifest."""
    from jobimpact.estimates.means.headline import headlines as state_headlines

    inputs, parameters = study.manifest.get("inputs", {}), study.manifest.get("parameters", {})
    release = f"OEWS {inputs.get('employment', {}).get('release', '')}".strip()
    tasks = f"{inputs.get('tasks', {}).get('title', 'tasks')}, {inputs.get('tasks', {}).get('release', '')}".strip(", ")
    basis = f"Scores predicted for the {parameters.get('rater', 'human')} rater; tasks: {tasks}"
    return state_headlines(study["groups"], study["sectors"], study["occupations"], release=release, basis=basis)


def print_headlines(study: Study) -> None:
    """Print the headlines of a study just written, and where it is."""
    ends = Intervals(study.tables)
    for headline in study_headlines(study):
        value = f"{100 * headline.value:.1f} %" if headline.unit == "share" else f"{headline.value:.3f}"
        note = f" ({headline.note})" if headline.note else ""
        typer.echo(f"{headline.name + note}: {value}{interval_text(ends, headline)}")
        typer.echo(f"    {headline.definition}")
    typer.echo(f"Study:  {study.path}")
    typer.echo(f"Report: {study.path}/report.html")


def interval_text(ends: Intervals, headline: Headline) -> str:
    """Return the interval of a headline in brackets, with its level; nothing where the study has none."""
    low, high = _ends(ends, headline)
    if math.isnan(low):
        return ""
    shown = f"{100 * low:.1f} to {100 * high:.1f} %" if headline.unit == "share" else f"{low:.3f} to {high:.3f}"
    return f" ({100 * float(assumption('variance', 'level')):.0f} % interval {shown})"


def _ends(ends: Intervals, headline: Headline) -> tuple[float, float]:
    return ends.find(Cell(headline.table, headline.row_key, headline.column))


def _record(ends: Intervals, headline: Headline, *, alternatives: bool) -> dict[str, Any]:
    low, high = (None if math.isnan(end) else end for end in _ends(ends, headline))
    record = headline.to_record() | {"interval_low": low, "interval_high": high}
    if alternatives and headline.alternatives is not None:
        known = headline.alternatives.astype(object).where(headline.alternatives.notna(), None)
        record["alternatives"] = known.to_dict("records")
    return record
