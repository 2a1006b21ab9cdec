"""The `jobimpact robustness` command: whether a conclusion of a study survives other choices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobimpact.cli.options import DataOption, DeviceOption, HeadsOption, JsonOption, StudyArgument, print_json, show, write_table
from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

QUERY = (
    'Question: "sector 52 > sector 23", "occupation 15-1252 in top 25", "group 43-0000 rank <= 3", "sign wage gradient", '
    '"share workers >= 0.5 above 0.2", "state CA > state NY", "exposure sector 52 above 0.4".'
)
_SCORES = "Further scores: onetsoc_code, label or alpha/beta/gamma, rater, model, task_id. Repeatable."


def robustness(
    study: StudyArgument,
    query: Annotated[str, typer.Option("--query", help=QUERY)],
    scores: Annotated[list[Path] | None, typer.Option("--scores", help=_SCORES)] = None,
    raters: Annotated[
        str, typer.Option("--raters", help="Raters to score the study's tasks for: all, none, or names such as human,gpt4.")
    ] = "all",
    indices: Annotated[
        str, typer.Option("--indices", help="Published indices: default, none, or names such as aioe,ilo.")
    ] = "default",
    credence: Annotated[
        list[str] | None, typer.Option("--credence", help="Weight of a level, such as rater=human:2. Repeatable.")
    ] = None,
    data: DataOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="File for the table of universes, or .json for everything.")] = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="HTML file for the specification curve.")] = None,
    json_: JsonOption = False,
    heads: HeadsOption = None,
    device: DeviceOption = "auto",
) -> None:
    """Ask whether a conclusion survives other raters, models, measures, weights, cuts, crosswalks and indices."""
    from jobimpact.files import written_whole
    from jobimpact.reporting.figures.robustness import plot_robustness
    from jobimpact.validation.robustness.robustness import parse_credence
    from jobimpact.validation.robustness.robustness import robustness as assess_study

    # Before the minutes of scoring: a weight or a path that is wrong is said at once.
    weights = parse_credence(credence or [])
    _check_targets(out, figure, scores or [])
    result = assess_study(
        study, query, scores=scores or [], raters=raters, indices=indices, credence=weights, data=data, heads=heads,
        device=device, progress=not json_,
    )  # fmt: skip
    if out is not None and out.suffix.lower() == ".json":
        with written_whole(out) as partial:
            document = json.dumps(result.to_record(), indent=2, ensure_ascii=False)
            partial.write_text(document + "\n", encoding="utf-8")
    else:
        write_table(result.table, out)
    if figure is not None:
        with written_whole(figure) as partial:
            plot_robustness(result).write_html(partial, include_plotlyjs=True, full_html=True)
    if json_:
        print_json(result.to_record())
        return
    show(result)
    for name, path in (("Universes", out), ("Figure", figure)):
        if path is not None:
            typer.echo(f"{name}: {path}")


def _check_targets(out: Path | None, figure: Path | None, scores: Sequence[Path]) -> None:
    from jobimpact.files import check_apart, check_target
    from jobimpact.sources.usertables import table_ending

    for target in (out, figure):
        if target is not None:
            check_target(target)
            check_apart(target, *scores)
    if out is not None and figure is not None:
        check_apart(out, figure)
    if out is not None and out.suffix.lower() != ".json":
        table_ending(out)
    if figure is not None and figure.suffix.lower() not in {".html", ".htm"}:
        raise InputError(f"{figure}: unknown ending {figure.suffix or 'none'!r}; expected .html for the figure: rename it")
