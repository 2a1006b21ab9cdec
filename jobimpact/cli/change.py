"""The `jobimpact change` command: why a number differs between two studies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobimpact.cli.options import JsonOption, show

_FORMS = "mean:beta, share:beta>=0.5, mean:beta/wage_bill; @soc_major=15-0000, @naics=51 or @area=06 for a group."
_EMPLOYMENT = "OEWS file in place of the study's employment; needed for sectors and states of an older release."


def change(
    before: Annotated[Path, typer.Argument(help="Folder of the first study.", metavar="STUDY_A")],
    after: Annotated[Path, typer.Argument(help="Folder of the second study.", metavar="STUDY_B")],
    estimate: Annotated[str, typer.Option("--estimate", help=f"What is compared: {_FORMS}")] = "mean:beta",
    estimate_after: Annotated[str | None, typer.Option("--estimate-b", help="Another definition for STUDY_B.")] = None,
    employment_before: Annotated[Path | None, typer.Option("--employment-a", help=_EMPLOYMENT)] = None,
    employment_after: Annotated[Path | None, typer.Option("--employment-b", help="The same for STUDY_B.")] = None,
    json_: JsonOption = False,
) -> None:
    """Say why a number changed: tasks, employment, scores, weights or definition, in parts that add up."""
    from jobimpact.estimates.change.change import change as explain_change

    result = explain_change(
        before,
        after,
        estimate=estimate,
        estimate_after=estimate_after,
        employment_before=employment_before,
        employment_after=employment_after,
    )
    show(result, as_json=json_)
