"""The `jobimpact robustness` command: whether a conclusion of a study survives other choices."""

import json
from collections.abc import Sequence
from pathlib import Path

import typer

from jobimpact.cli.options import Device, print_json, show, write_table
from jobimpact.errors import InputError


def robustness(
    study: Path,
    query: str,
    scores: list[Path] | None = None,
    raters: str = "all",
    indices: str = "default",
    credence: list[str] | None = None,
    data: Path | None = None,
    out: Path | None = None,
    figure: Path | None = None,
    json_: bool = False,
    heads: Path | None = None,
    device: Device = "auto",
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
