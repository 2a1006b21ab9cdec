"""The `jobimpact run` command: tasks in, a study with its report out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jobimpact.cli.headlines import print_headlines
from jobimpact.cli.options import (
    AnyModelOption,
    CacheOption,
    DeviceOption,
    EncodingOption,
    HeadsOption,
    Language,
    PrecisionOption,
    RaterOption,
    TextOption,
)


def run(
    tasks: Annotated[str, typer.Option("--tasks", help="starter, onet, or a file of tasks with occupation codes.")] = "starter",
    out: Annotated[Path, typer.Option("--out", help="Folder of the study.")] = Path("reports/study"),
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
    model: AnyModelOption = None,
    heads: HeadsOption = None,
    rater: RaterOption = "human",
    weights: Annotated[
        Literal["core", "importance"], typer.Option("--weights", help="Weight of tasks: Core 2 and others 1, or importance.")
    ] = "core",
    text_column: TextOption = "task",
    encoding: EncodingOption = "utf-8-sig",
    language: Annotated[
        Language, typer.Option("--language", help="Language of the starter tasks; the report is in English.")
    ] = "en",
    cache: CacheOption = True,
) -> None:
    """Score tasks, aggregate them, and write a study with its report."""
    from jobimpact.run import run as run_tasks

    study = run_tasks(
        tasks, out=out, device=device, precision=precision, model=model, heads=heads, rater=rater, weights=weights,
        text_column=text_column, encoding=encoding, language=language, cache=cache, progress=True,
    )  # fmt: skip
    print_headlines(study)
