"""The `jobimpact change` command: why a number differs between two studies."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003 - Typer reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

_FORMS = "mean:beta, share:beta>=0.5, mean:beta/wage_bill; @soc_major=15-0000, @naics=51 or @area=06 for a group."
_EMPLOYMENT = "OEWS file in place of the study's employment; needed for sectors and states of an older release."


def change(
    before: Annotated[Path, typer.Argument(help="Folder of the first study.", metavar="STUDY_A")],
    after: Annotated[Path, typer.Argument(help="Folder of the second study.", metavar="STUDY_B")],
    estimate: Annotated[str, typer.Option("--estimate", help=f"What is compared: {_FORMS}")] = "mean:beta",
    estimate_b: Annotated[str | None, typer.Option("--estimate-b", help="Another definition for STUDY_B.")] = None,
    employment_a: Annotated[Path | None, typer.Option("--employment-a", help=_EMPLOYMENT)] = None,
    employment_b: Annotated[Path | None, typer.Option("--employment-b", help="The same for STUDY_B.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Say why a number changed: tasks, employment, scores, weights or definition, in parts that add up."""
    from jobimpact.estimates.change.estimate import Estimate
    from jobimpact.estimates.change.explain import explain_change

    wanted = Estimate.parse(estimate), Estimate.parse(estimate_b or estimate)
    explanation = explain_change(
        before,
        after,
        estimate=wanted[0],
        estimate_after=wanted[1],
        employment_before=_employment(employment_a, wanted[0].by),
        employment_after=_employment(employment_b, wanted[1].by),
    )
    if json_:
        typer.echo(json.dumps(explanation.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        typer.echo(explanation.to_text())


def _employment(path: Path | None, by: str) -> pd.DataFrame | None:
    from jobimpact.sources.jobs.oews import read_oews

    if path is None:
        return None
    return read_oews(path, i_groups=["sector"] if by == "naics" else ["cross-industry"], o_groups=["detailed"])
