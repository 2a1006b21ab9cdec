"""The `jobimpact score` command: a table of tasks in, the same table with exposure out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobimpact.cli.options import (
    CacheOption,
    Device,
    DeviceOption,
    EncodingOption,
    HeadsOption,
    Method,
    Precision,
    PrecisionOption,
    Rater,
    RaterOption,
    TextOption,
)
from jobimpact.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_CHINESE = {"csco"}  # sources whose tasks only the multilingual encoder reads

CapabilitiesOption = Annotated[
    Path | None, typer.Option("--capabilities", help="TOML of technologies in plain sentences, for --method capabilities.")
]
LlmOption = Annotated[
    str,
    typer.Option(
        "--llm", help="Language model for --method rater: a folder, a GGUF file, a Hub name, or its name on the server."
    ),
]
BaseUrlOption = Annotated[str, typer.Option("--base-url", help="OpenAI-compatible server for --method rater.")]
PromptsOption = Annotated[Path | None, typer.Option("--prompts", help="TOML of prompts for --method rater.")]
AnswersOption = Annotated[
    Path | None, typer.Option("--answers", help="File that keeps the model's answers; a rerun asks only for what is missing.")
]
CalibrateOption = Annotated[
    bool, typer.Option("--calibrate", help="--method rater: divide out what the model answers to empty tasks.")
]


@dataclass(frozen=True)
class _Encoding:
    model: str
    heads: Path | None
    device: Device
    precision: Precision
    cache: bool


def score(
    file: Annotated[
        str,
        typer.Argument(help="CSV, TSV, XLSX, Parquet or JSONL; or a source of tasks: starter, onet, isco, csco.", metavar="FILE"),
    ],
    out: Annotated[Path, typer.Option("--out", help="File to write; its ending says the format.")],
    method: Annotated[
        Method,
        typer.Option("--method", help="rubric: trained on raters' labels; capabilities: nearness to described technologies; "
                                      "rater: a language model is asked."),
    ] = Method.rubric,
    text_column: TextOption = "task",
    rater: RaterOption = Rater.human,
    device: DeviceOption = Device.auto,
    precision: PrecisionOption = Precision.auto,
    model: Annotated[
        str, typer.Option("--model", help="Encoder: all-MiniLM-L6-v2, multilingual, a folder, or a Hugging Face name.")
    ] = "",
    heads: HeadsOption = None,
    capabilities: CapabilitiesOption = None,
    llm: LlmOption = "",
    base_url: BaseUrlOption = "",
    prompts: PromptsOption = None,
    answers: AnswersOption = None,
    calibrate: CalibrateOption = False,
    encoding: EncodingOption = "utf-8-sig",
    cache: CacheOption = True,
) -> None:  # fmt: skip
    """Add exposure scores to a table of tasks; every row and column of it is kept."""
    from jobimpact.exposure.score import add_scores
    from jobimpact.files import check_target
    from jobimpact.sources.usertables import table_ending, write_user_table

    _check_options(method, {"--capabilities": capabilities, "--llm": llm, "--base-url": base_url, "--prompts": prompts,
                            "--answers": answers, "--calibrate": calibrate}, rater, model, heads)  # fmt: skip
    table_ending(out)
    check_target(out)
    table, column = read_tasks(file, text_column, encoding)
    chosen = model or ("multilingual" if file in _CHINESE else "all-MiniLM-L6-v2")
    where = _Encoding(chosen, heads, device, precision, cache)
    if method is Method.rubric:
        scores = _by_rubric(table, column, where, rater)
    elif method is Method.capabilities:
        scores = _by_capabilities(table, column, where, capabilities)
    else:
        scores = _by_rater(table, column, where, llm, base_url, prompts, answers, calibrate=calibrate)
    scored = add_scores(table, scores, file)
    write_user_table(scored, out)
    missing = int(scored["beta"].isna().sum())
    unscored = f"; {missing:,} without a score" if missing else ""
    typer.echo(f"{len(scored):,} rows written to {out}; mean beta {scored['beta'].mean():.3f}{unscored}")


_OF_METHOD = {
    "--capabilities": Method.capabilities,
    **dict.fromkeys(("--llm", "--base-url", "--prompts", "--answers", "--calibrate"), Method.rater),
}


def _check_options(method: Method, given: dict[str, object], rater: Rater, model: str, heads: Path | None) -> None:
    for option, value in given.items():
        if value and _OF_METHOD[option] is not method:
            raise InputError(f"{option} belongs to --method {_OF_METHOD[option]}, found --method {method}: give one or the other")
    if method is not Method.rubric and (rater is not Rater.human or heads is not None):
        raise InputError(f"--rater and --heads belong to --method rubric, found --method {method}: leave them out")
    if method is not Method.rubric and model:
        raise InputError(f"--model names the encoder of --method rubric, found --method {method}: leave it out (see --llm)")


def read_tasks(file: str, text_column: str, encoding: str) -> tuple[pd.DataFrame, str]:
    """Return the table that `file` names, a source of tasks or a user's file, and the column of its texts."""
    from jobimpact.sources.tasks.catalogue import load_source_tasks, scorable_sources
    from jobimpact.sources.usertables import find_column, read_user_table

    if not Path(file).exists() and file in scorable_sources():
        return load_source_tasks(file)
    table = read_user_table(Path(file), encoding=encoding)
    return table, find_column(table, text_column, option="--text-column", name=file)


def _texts(table: pd.DataFrame, column: str) -> pd.Series:
    from jobimpact.exposure.texts import cell_texts

    return cell_texts(table[column])


def _by_rubric(table: pd.DataFrame, column: str, where: _Encoding, rater: Rater) -> pd.DataFrame:
    from jobimpact.exposure.score import load_companions, load_scorer, score_texts

    options = {"device": where.device.value, "precision": where.precision.value, "cache": where.cache, "progress": True}
    encoder, trained = load_scorer(where.heads, model=where.model, **options)
    companions = load_companions(where.heads) if where.heads is not None else None
    return score_texts(_texts(table, column), encoder, trained, rater=rater.value, companions=companions)


def _by_capabilities(table: pd.DataFrame, column: str, where: _Encoding, capabilities: Path | None) -> pd.DataFrame:
    from jobimpact.exposure.capabilities.score import capability_encoder, score_capability_table

    encoder = capability_encoder(device=where.device.value, precision=where.precision.value, cache=where.cache, progress=True)
    return score_capability_table(_texts(table, column), encoder, capabilities)


def _by_rater(
    table: pd.DataFrame, column: str, where: _Encoding, llm: str, base_url: str, prompts: Path | None, answers: Path | None,
    *, calibrate: bool,
) -> pd.DataFrame:  # fmt: skip
    from jobimpact.exposure.rater.prompts import read_prompts
    from jobimpact.exposure.rater.rate import default_store, rate_texts, rater_backend

    book = read_prompts(prompts)
    backend = rater_backend(
        llm or None, base_url or None, settings=dict(book.settings), device=where.device.value, precision=where.precision.value
    )
    return rate_texts(
        _texts(table, column),
        backend,
        book,
        answers or default_store(),
        titles=table["title"] if "title" in table.columns else None,
        calibrate=calibrate,
        progress=True,
    )
