"""The `jobimpact score` command: a table of tasks in, the same table with exposure out."""

from pathlib import Path
from typing import Literal

import typer

from jobimpact.cli.options import Device, Precision, Rater, check_out, write_table


def score(
    tasks: str,
    out: Path,
    method: Literal["rubric", "capabilities", "rater"] = "rubric",
    text_column: str = "task",
    rater: Rater = "human",
    device: Device = "auto",
    precision: Precision = "auto",
    model: str | None = None,
    heads: Path | None = None,
    capabilities: Path | None = None,
    llm: str | None = None,
    base_url: str | None = None,
    prompts: Path | None = None,
    answers: Path | None = None,
    calibrate: bool = False,
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
    cache: bool = True,
) -> None:
    """Add exposure scores to a table of tasks; every row and column of it is kept."""
    from jobimpact.exposure.methods import score as score_tasks

    check_out(out)
    result = score_tasks(
        tasks, method=method, text_column=text_column, rater=rater, model=model, heads=heads, capabilities=capabilities, llm=llm,
        base_url=base_url, prompts=prompts, answers=answers, calibrate=calibrate, device=device, precision=precision, cache=cache,
        encoding=encoding, sheet=sheet, fits=out, progress=True,
    )  # fmt: skip
    write_table(result.table, out)
    typer.echo(f"{len(result.table):,} rows written to {out}; {'; '.join(result.notes)}")
