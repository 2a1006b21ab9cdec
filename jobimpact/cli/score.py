"""The `jobimpact score` command: a table of tasks in, the same table with exposure out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jobimpact.cli.options import (
    MODELS,
    CacheOption,
    DeviceOption,
    EncodingOption,
    HeadsOption,
    PrecisionOption,
    RaterOption,
    TextOption,
    check_out,
    write_table,
)

_FILE = "CSV, TSV, XLSX, Parquet or JSONL; or a source of tasks: starter, onet, isco, csco."
_METHODS = (
    "rubric: trained on raters' labels; capabilities: nearness to described technologies; rater: a language model is asked."
)
_LLM = "Language model for --method rater: a folder, a GGUF file, a Hub name, or its name on the server."
_ANSWERS = "File that keeps the model's answers; a rerun asks only for what is missing."


def score(
    tasks: Annotated[str, typer.Argument(help=_FILE, metavar="FILE")],
    out: Annotated[Path, typer.Option("--out", help="File to write; its ending says the format.")],
    method: Annotated[Literal["rubric", "capabilities", "rater"], typer.Option("--method", help=_METHODS)] = "rubric",
    text_column: TextOption = "task",
    rater: RaterOption = "human",
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
    model: Annotated[str | None, typer.Option("--model", help=MODELS)] = None,
    heads: HeadsOption = None,
    capabilities: Annotated[
        Path | None,
        typer.Option("--capabilities", help="TOML of technologies in plain sentences, for --method capabilities."),
    ] = None,
    llm: Annotated[str | None, typer.Option("--llm", help=_LLM)] = None,
    base_url: Annotated[str | None, typer.Option("--base-url", help="OpenAI-compatible server for --method rater.")] = None,
    prompts: Annotated[Path | None, typer.Option("--prompts", help="TOML of prompts for --method rater.")] = None,
    answers: Annotated[Path | None, typer.Option("--answers", help=_ANSWERS)] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="--method rater: divide out what the model answers to empty tasks.")
    ] = False,
    encoding: EncodingOption = "utf-8-sig",
    cache: CacheOption = True,
) -> None:
    """Add exposure scores to a table of tasks; every row and column of it is kept."""
    from jobimpact.exposure.methods import score as score_tasks

    check_out(out)
    result = score_tasks(
        tasks, method=method, text_column=text_column, rater=rater, model=model, heads=heads, capabilities=capabilities, llm=llm,
        base_url=base_url, prompts=prompts, answers=answers, calibrate=calibrate, device=device, precision=precision, cache=cache,
        encoding=encoding, progress=True,
    )  # fmt: skip
    write_table(result.table, out)
    typer.echo(f"{len(result.table):,} rows written to {out}; {'; '.join(result.notes)}")
