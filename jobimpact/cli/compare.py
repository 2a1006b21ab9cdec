"""The `jobimpact compare` command: a study beside published indices."""

from __future__ import annotations

import json
import math
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - Typer reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobimpact.cli.replicate import DataOption  # noqa: TC001 - Typer reads the annotations when it runs
from jobimpact.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from jobimpact.study import Study
    from jobimpact.validation.compare.compare import Comparison

_NAMED = 3  # occupations that the screen names for each index; --json and --n give more


class Measure(StrEnum):
    """Exposure of the study that is compared."""

    alpha = "alpha"
    beta = "beta"
    gamma = "gamma"
    automation = "automation"


def compare(
    study: Annotated[Path, typer.Argument(help="Folder of a study.", metavar="STUDY")],
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="File for the table of pairs; its ending says the format.")] = None,
    measure: Annotated[Measure, typer.Option("--measure", help="Exposure of the study that is compared.")] = Measure.beta,
    n: Annotated[int | None, typer.Option("--n", min=1, help="Disagreements to name for each pair; default: 10.")] = None,
    data: DataOption = None,
) -> None:
    """Set a study's exposure beside published indices, and these beside each other."""
    from jobimpact.estimates.means.occupations import MEASURES
    from jobimpact.files import check_target
    from jobimpact.sources.store.inputs import Inputs
    from jobimpact.sources.usertables import table_ending, write_user_table
    from jobimpact.study import read_study
    from jobimpact.validation.compare.compare import compare_indices
    from jobimpact.validation.compare.published import load_published

    if out is not None:
        table_ending(out)
        check_target(out)
    read = read_study(study)
    origin = _origin(read, measure)
    published = load_published(Inputs(data))
    found = compare_indices(read["occupations"], published, column=MEASURES[measure.value], n=n, progress=not json_)
    if out is not None:
        write_user_table(found.pairs, out)
    if json_:
        typer.echo(json.dumps({"study": origin, **found.to_records()}, indent=2, ensure_ascii=False))
        return
    typer.echo(_to_text(found, origin, _NAMED if n is None else n))
    if out is not None:
        typer.echo(f"{len(found.pairs):,} pairs written to {out}")


def _origin(study: Study, measure: Measure) -> dict[str, Any]:
    """Return what the study's own scores are, or raise StudyError where its manifest does not say so."""
    manifest = study.manifest
    found = {
        "path": str(study.path),
        "measure": measure.value,
        "rater": manifest.get("parameters", {}).get("rater"),
        "tasks": manifest.get("inputs", {}).get("tasks", {}).get("name"),
        "employment": manifest.get("inputs", {}).get("employment", {}).get("release"),
    }
    if unnamed := [name for name, value in found.items() if value is None]:
        raise StudyError(f"{study.path}: its manifest does not name the {unnamed[0]}; expected what a run writes: run it again")
    return found


def _to_text(found: Comparison, origin: Mapping[str, Any], n: int) -> str:
    from jobimpact.assumptions import assumption
    from jobimpact.validation.compare.compare import STUDY

    level = 100 * assumption("compare", "confidence")
    lines = [
        f"{origin['path']}: exposure ({origin['measure']}) by rater {origin['rater']} on tasks of {origin['tasks']}",
        f"Beside {len(found.voices)} published indices, jobs of OEWS {origin['employment']}; intervals of {level:.0f} %",
        "",
        f"{'':<16}{'n':>5}{'jobs, m':>9}{'left out':>10}  {'Pearson':<22}{'Spearman':<22}{'Pearson, jobs':<22}{'Spearman, jobs'}",
    ]
    own = found.pairs[found.pairs["voice_a"] == STUDY]
    for row in own.to_dict("records"):
        cells = "".join(f"{_interval(row, kind):<22}" for kind in ("pearson", "spearman", "pearson_emp", "spearman_emp"))
        lines.append(
            f"{row['voice_b']:<16}{row['n_matched']:>5}{row['emp_in_common'] / 1e6:>9.1f}"
            f"{100 * row['emp_without_partner']:>8.1f} %  {cells}".rstrip()
        )
    lines += ["", "Where they part most (percentile over jobs here, there):"]
    for voice, rows in found.disagreements[found.disagreements["voice_a"] == STUDY].groupby("voice_b", sort=False):
        named = [
            f"{row['title']} {100 * row['percentile_a']:.0f}, {100 * row['percentile_b']:.0f}"
            for row in rows.head(n).to_dict("records")
        ]
        lines.append(f"  {voice}: {'; '.join(named)}")
    lines += ["", "What they are:"]
    lines += [f"  {row.voice}: {row.index_title} ({row.origin}). {row.caveat}" for row in found.voices.itertuples()]
    lines += [f"  {row.voice}: not here: {row.index_title}: run {row.command}" for row in found.absent.itertuples()]
    return "\n".join(lines)


def _interval(row: Mapping[Hashable, Any], kind: str) -> str:
    if math.isnan(row[kind]):
        return "-"
    return f"{row[kind]:.2f} [{row[kind + '_low']:.2f}, {row[kind + '_high']:.2f}]"
