"""The `jobimpact compare` command: a study beside published indices."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from jobimpact.cli.options import DataOption, JsonOption, OutOption, StudyArgument, check_out, show


def compare(
    study: StudyArgument,
    json_: JsonOption = False,
    out: OutOption = None,
    measure: Annotated[
        Literal["alpha", "beta", "gamma", "automation"],
        typer.Option("--measure", help="Exposure of the study that is compared."),
    ] = "beta",
    n: Annotated[int | None, typer.Option("--n", min=1, help="Disagreements to name for each pair; default: 10.")] = None,
    data: DataOption = None,
) -> None:
    """Set a study's exposure beside published indices, and these beside each other."""
    from jobimpact.validation.compare.compare import compare as compare_study

    check_out(out)
    show(compare_study(study, measure=measure, n=n, data=data, progress=not json_), out, as_json=json_)
