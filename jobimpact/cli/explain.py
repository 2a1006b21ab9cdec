"""The `jobimpact explain` command: a score with the reasons for it."""

from pathlib import Path
from typing import Literal

import typer

from jobimpact.cli.options import Device, Language, Precision, Rater, check_out, print_json, write_table
from jobimpact.errors import InputError


def explain(
    text: str | None = None,
    file: Path | None = None,
    text_column: str = "task",
    out: Path | None = None,
    json_: bool = False,
    rater: Rater = "human",
    n_nearest: int | None = None,
    reference: Literal["auto", "eloundou-labels", "starter"] = "auto",
    model: str | None = None,
    heads: Path | None = None,
    device: Device = "auto",
    precision: Precision = "auto",
    language: Language = "en",
    encoding: str = "utf-8-sig",
    cache: bool = True,
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
