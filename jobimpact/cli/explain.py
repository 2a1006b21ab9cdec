"""The `jobimpact explain` command: a score with the reasons for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jobimpact.cli.options import (
    AnyModelOption,
    DeviceOption,
    EncodingOption,
    HeadsOption,
    JsonOption,
    Language,
    PrecisionOption,
    RaterOption,
    TextOption,
    check_out,
    print_json,
    write_table,
)
from jobimpact.errors import InputError


def explain(
    text: Annotated[str | None, typer.Argument(help="One task, in quotes.", metavar="[TEXT]")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Table of tasks: CSV, TSV, XLSX, Parquet or JSONL.")] = None,
    text_column: TextOption = "task",
    out: Annotated[Path | None, typer.Option("--out", help="File for the long table; its ending says the format.")] = None,
    json_: JsonOption = False,
    rater: RaterOption = "human",
    n_nearest: Annotated[int | None, typer.Option("--nearest", help="Nearest tasks for each text; default: 5.")] = None,
    reference: Annotated[
        Literal["auto", "eloundou-labels", "starter"],
        typer.Option("--reference", help="Nearest among; auto: labelled tasks where you added them."),
    ] = "auto",
    model: AnyModelOption = None,
    heads: HeadsOption = None,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
    language: Annotated[Language, typer.Option("--language", help="Of wording and starter tasks.")] = "en",
    encoding: EncodingOption = "utf-8-sig",
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Keep vectors of the reference on disk.")] = True,
) -> None:
    """Score a task and say why: nearest labelled tasks, and the words that moved the score."""
    from jobimpact.exposure.explain.texts import explain as explain_texts

    if text is not None and file is not None:
        raise InputError('found both a text and --file; expected one: jobimpact explain "TEXT OF ONE TASK", or --file FILE')
    texts = text if file is None else file
    if texts is None:
        raise InputError('found neither a text nor --file; expected jobimpact explain "TEXT OF ONE TASK", or --file FILE')
    check_out(out)
    result = explain_texts(
        texts, text_column=text_column, rater=rater, n_nearest=n_nearest, reference=reference, model=model, heads=heads,
        language=language, device=device, precision=precision, cache=cache, encoding=encoding, progress=True,
    )  # fmt: skip
    write_table(result.table, out)
    if json_:
        print_json(result.to_records())
    elif out is None:
        typer.echo(result.to_text())
    else:
        typer.echo(f"{len(result.table):,} rows on {len(result.scores):,} texts written to {out}")
