"""The `jobimpact explain` command: a score with the reasons for it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - Typer reads the annotations when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from jobimpact.cli.options import (
    MODELS,
    Device,
    DeviceOption,
    EncodingOption,
    HeadsOption,
    Language,
    Precision,
    PrecisionOption,
    Rater,
    RaterOption,
    TextOption,
)
from jobimpact.errors import InputError

if TYPE_CHECKING:
    from jobimpact.exposure.explain.reasons import Explanation


class Among(StrEnum):
    """Tasks among which the nearest are looked for."""

    auto = "auto"
    labels = "eloundou-labels"
    starter = "starter"


def explain(
    text: Annotated[str | None, typer.Argument(help="One task, in quotes.", metavar="[TEXT]")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Table of tasks: CSV, TSV, XLSX, Parquet or JSONL.")] = None,
    text_column: TextOption = "task",
    out: Annotated[Path | None, typer.Option("--out", help="File for the long table; its ending says the format.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    rater: RaterOption = Rater.human,
    nearest: Annotated[int | None, typer.Option("--nearest", help="Nearest tasks for each text; default: 5.")] = None,
    reference: Annotated[
        Among, typer.Option("--reference", help="Nearest among; auto: labelled tasks where you added them.")
    ] = Among.auto,
    model: Annotated[str, typer.Option("--model", help=f"{MODELS} Default: all-MiniLM-L6-v2; multilingual for zh.")] = "",
    heads: HeadsOption = None,
    device: DeviceOption = Device.auto,
    precision: PrecisionOption = Precision.auto,
    language: Annotated[Language, typer.Option("--language", help="Of wording and starter tasks.")] = Language.en,
    encoding: EncodingOption = "utf-8-sig",
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Keep vectors of the reference on disk.")] = True,
) -> None:
    """Score a task and say why: nearest labelled tasks, and the words that moved the score."""
    from jobimpact.exposure.explain.reasons import explain as explain_texts
    from jobimpact.exposure.explain.reasons import load_explainer

    texts = _texts(text, file, text_column, out, encoding)
    if nearest is not None and nearest < 1:
        raise InputError(f"--nearest {nearest}: expected 1 or more")
    explainer = load_explainer(
        heads,
        model=model or None,
        reference=reference.value,
        language=language.value,
        device=device.value,
        precision=precision.value,
        cache=cache,
        progress=True,
    )
    explanation = explain_texts(texts, explainer, rater=rater.value, n=nearest)
    _write(explanation, out, as_json=json_, language=language)


def _texts(text: str | None, file: Path | None, text_column: str, out: Path | None, encoding: str) -> list[str | None]:
    """Return the texts asked for, after what can be refused at once has been."""
    from jobimpact.files import check_target
    from jobimpact.sources.usertables import find_column, read_user_table, table_ending

    if (text is None) == (file is None):
        found = "neither a text nor --file" if text is None else "both a text and --file"
        raise InputError(f'found {found}; expected one of them: jobimpact explain "TEXT OF ONE TASK", or --file FILE')
    if out is not None:
        table_ending(out)
        check_target(out)
    if file is None:
        if not (text or "").strip():
            raise InputError('the text is empty; expected one task: jobimpact explain "TEXT OF ONE TASK"')
        return [text]
    table = read_user_table(file, encoding=encoding)
    cells = table[find_column(table, text_column, option="--text-column", name=str(file))]
    filled = cells.notna().to_numpy()
    texts = [str(cell) if there else None for cell, there in zip(cells, filled, strict=True)]
    if not any(cell and cell.strip() for cell in texts):
        raise InputError(f"{file}: none of {len(texts)} rows has task text: check --text-column")
    return texts


def _write(explanation: Explanation, out: Path | None, *, as_json: bool, language: Language) -> None:
    from jobimpact.sources.usertables import write_user_table

    if out is not None:
        table = explanation.to_table()
        write_user_table(table, out)
        if not as_json:
            typer.echo(f"{len(table):,} rows on {len(explanation.scores):,} texts written to {out}")
    if as_json:
        typer.echo(json.dumps(explanation.to_records(), indent=2, ensure_ascii=False))
    elif out is None:
        typer.echo(explanation.to_text(language.value))
