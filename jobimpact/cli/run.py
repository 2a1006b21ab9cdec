"""The `jobimpact run` command: tasks in, a study with its report out."""

from pathlib import Path
from typing import Literal

from jobimpact.cli.headlines import print_headlines
from jobimpact.cli.options import Device, Language, Precision, Rater


def run(
    tasks: str = "starter",
    out: Path = Path("reports/study"),
    device: Device = "auto",
    precision: Precision = "auto",
    model: str | None = None,
    heads: Path | None = None,
    rater: Rater = "human",
    weights: Literal["core", "importance"] = "core",
    text_column: str = "task",
    code_column: str | None = None,
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
    language: Language = "en",
    cache: bool = True,
) -> None:
    """Score tasks, aggregate them, and write a study with its report."""
    from jobimpact.run import run as run_tasks

    study = run_tasks(
        tasks, out=out, device=device, precision=precision, model=model, heads=heads, rater=rater, weights=weights,
        text_column=text_column, code_column=code_column, encoding=encoding, sheet=sheet,
        language=language, cache=cache, progress=True,
    )  # fmt: skip
    print_headlines(study)
