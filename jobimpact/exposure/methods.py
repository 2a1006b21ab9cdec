"""`score`: tasks from a list, a table, a file or a source, scored by any of the three methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.exposure.encoder.models import DEFAULT_MODEL
from jobimpact.exposure.encoder.sentence import Device, Precision
from jobimpact.exposure.heads.rubric import Rater
from jobimpact.exposure.score import MULTILINGUAL, add_scores, load_companions, load_scorer, score_texts
from jobimpact.exposure.texts import cell_texts, text_series
from jobimpact.facts.labels import with_label_set
from jobimpact.results import Result
from jobimpact.sources.tasks.catalogue import load_source_tasks, scorable_sources
from jobimpact.sources.usertables import check_fits, find_column, read_user_table

Method = Literal["rubric", "capabilities", "rater"]

_CHINESE = {"csco"}  # sources whose tasks only the multilingual encoder reads
# The method that each option belongs to.
_METHOD_OF_OPTION: dict[str, Method] = {
    "rater": "rubric", "heads": "rubric", "model": "rubric", "capabilities": "capabilities",
    "llm": "rater", "base_url": "rater", "prompts": "rater", "answers": "rater", "calibrate": "rater",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Scores(Result):
    """Tasks with their exposure.

    Attributes
    ----------
    table
        Every row and column of the tasks, in order, and beside them ``p_e0 p_e1 p_e2 alpha beta gamma beta_low beta_high
        automation`` and what else the method gives.
    text_column
        Column of the texts.
    """

    text_column: str

    def headline_rows(self) -> pd.DataFrame:
        """Return text, beta and label set of the first rows."""
        return with_label_set(super().headline_rows())[[self.text_column, "beta", "label_set"]]


def score(
    tasks: pd.DataFrame | str | Path | Sequence[str | None] | np.ndarray | pd.Series,
    *,
    method: Method = "rubric",
    text_column: str = "task",
    rater: Rater = "human",
    model: str | None = None,
    heads: str | Path | None = None,
    capabilities: str | Path | None = None,
    llm: str | None = None,
    base_url: str | None = None,
    prompts: str | Path | None = None,
    answers: str | Path | None = None,
    calibrate: bool = False,
    device: Device = "auto",
    precision: Precision = "auto",
    cache: bool = True,
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
    fits: Path | None = None,
    progress: bool = False,
) -> Scores:
    """Score tasks by how far a language model could help with each.

    Parameters
    ----------
    tasks
        Texts as a list, array or Series; a table; the path of a file (CSV, TSV, XLSX, Parquet, JSONL); or a source of tasks:
        ``starter``, ``onet``, ``isco``, ``csco``.
    method
        ``rubric``: trained on raters' labels; ``capabilities``: nearness to described technologies; ``rater``: a language model
        is asked.
    text_column
        Column of the texts, of a table or file.
    rater
        Whose label is predicted; ``consensus`` pools all raters by their reliability.
    model
        Encoder: all-MiniLM-L6-v2 (the default) or ``multilingual``, a folder, or a Hugging Face name.
    heads
        Folder written by `jobimpact train`; by default what travels with the package.
    capabilities
        TOML of technologies in plain sentences; by default those of the package.
    llm, base_url
        Language model: a folder, a GGUF file, a Hub name, or its name on an OpenAI-compatible server at `base_url`.
    prompts, answers
        TOML of prompts, and the file that keeps the model's answers: a rerun asks only for what is missing.
    calibrate
        Whether to divide out what the model answers to empty tasks.
    device, precision, cache
        Of the encoder, see :class:`jobimpact.exposure.encoder.sentence.SentenceEncoder`.
    encoding, sheet
        Of a CSV, TSV or JSONL file; of a workbook.
    fits
        File that the table is to be written to: what it cannot hold is refused before scoring.
    progress
        Whether a bar is shown.

    Returns
    -------
    Scores
        See :func:`jobimpact.exposure.score.score_texts` for the columns.

    Raises
    ------
    InputError
        If no row has text, a column of the scores is there already, or options of different methods are mixed.
    ModelError
        If a model cannot be found, or the heads were trained on another encoder.

    Examples
    --------
    >>> score(["Draft replies to customers", "Lay bricks in straight courses"]).table["beta"].round(1).tolist()
    [0.9, 0.0]
    """
    _check_options(
        method, rater=rater != "human", heads=heads, model=model, capabilities=capabilities, llm=llm, base_url=base_url,
        prompts=prompts, answers=answers, calibrate=calibrate,
    )  # fmt: skip
    table, column, name = read_tasks(tasks, text_column, encoding, sheet)
    if fits is not None:
        check_fits(table, fits)
    texts = cell_texts(table[column])
    encoder_options: dict[str, Any] = {"device": device, "precision": precision, "cache": cache, "progress": progress}
    if method == "rubric":
        chinese = isinstance(tasks, str) and tasks in _CHINESE
        model = model or (MULTILINGUAL if chinese else DEFAULT_MODEL)
        encoder, trained = load_scorer(heads, model=model, **encoder_options)
        companions = None if heads is None else load_companions(heads)
        scores = score_texts(texts, encoder, trained, rater=rater, companions=companions)
    elif method == "capabilities":
        from jobimpact.exposure.capabilities.file import read_capabilities
        from jobimpact.exposure.capabilities.score import capability_encoder, score_capabilities

        encoder = capability_encoder(**encoder_options)
        scores = score_capabilities(texts, encoder, read_capabilities(capabilities))
    else:
        from jobimpact.exposure.rater.prompts import read_prompts
        from jobimpact.exposure.rater.rate import default_store, rate_texts, rater_backend

        book = read_prompts(prompts)
        backend = rater_backend(llm, base_url, settings=book.settings, device=device, precision=precision)
        scores = rate_texts(
            texts, backend, book, answers or default_store(),
            titles=table.get("title"), calibrate=calibrate, progress=progress,
        )  # fmt: skip
    table = add_scores(table, scores, name)
    missing = int(table["beta"].isna().sum())
    note = f"mean beta {table['beta'].mean():.3f}" + (f"; {missing:,} without a score" if missing else "")
    return Scores(title=f"Exposure of {name} by {method}", table=table, notes=(note,), text_column=column)


def read_tasks(
    tasks: pd.DataFrame | str | Path | Sequence[str | None] | np.ndarray | pd.Series,
    text_column: str = "task",
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
) -> tuple[pd.DataFrame, str, str]:
    """Return tasks as a table, the name of the column with their texts, and what to call the table."""
    if isinstance(tasks, str) and not Path(tasks).exists() and tasks in scorable_sources():
        return *load_source_tasks(tasks), tasks
    if isinstance(tasks, str | Path):
        table, name = read_user_table(Path(tasks), encoding=encoding, sheet=sheet), str(tasks)
    elif isinstance(tasks, pd.DataFrame):
        table, name = tasks, "the table"
    else:
        return text_series(tasks).to_frame(text_column), text_column, "the texts"
    return table, find_column(table, text_column, option="text_column", name=name), name


def _check_options(method: Method, **options: Any) -> None:
    for parameter, value in options.items():
        if value and (owner := _METHOD_OF_OPTION[parameter]) != method:
            raise InputError(
                f"{{{parameter}}} belongs to {{method}} {owner}, found {{method}} {method}: give one or the other",
                parameters=["method", parameter],
            )
