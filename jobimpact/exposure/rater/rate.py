"""Task text in, exposure out, as a language model judges it under several wordings of the rubric."""

from __future__ import annotations

import os
import warnings
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from jobimpact.errors import EmptyTextWarning, InputError, LongTextWarning, MissingAnswerWarning, ModelError
from jobimpact.exposure.encoder.cached import normalise_text
from jobimpact.exposure.rater.answers import AnswerStore
from jobimpact.exposure.rater.ensemble import Answers, calibrated, ensemble_table
from jobimpact.exposure.rater.prompts import PromptBook, Question, default_settings, read_prompts
from jobimpact.exposure.texts import Texts, text_series
from jobimpact.paths import data_home
from jobimpact.progress import track

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from jobimpact.exposure.encoder.sentence import Device, Precision
    from jobimpact.exposure.rater.answers import Answer
    from jobimpact.exposure.rater.prompts import Prompt


class Backend(Protocol):
    """Anything that answers questions: a model on this machine or behind a server."""

    @property
    def model_id(self) -> str:
        """Name of what determines the answers."""

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield one answer to each of `questions`, in any order; one that does not come is yielded with its reason."""


def rater_backend(
    model: str | None = None,
    base_url: str | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    device: Device = "auto",
    precision: Precision = "auto",
) -> Backend:
    """Return the model that is to be asked.

    Without `base_url` it runs on this machine: ``smollm2-135m-instruct`` (the default), a folder, a GGUF
    file or a Hugging Face name. With the address of an OpenAI-compatible server it is the model's name
    there, and the server's key is that of the environment variable OPENAI_API_KEY, if set. `settings` are
    those of :func:`read_prompts`.
    """
    settings = settings or default_settings()
    if base_url is None:
        from jobimpact.exposure.rater.local import DEFAULT_LLM, LocalModel

        return LocalModel(model or DEFAULT_LLM, device=device, precision=precision, rows=settings["rows"])
    from jobimpact.exposure.rater.server import ServerModel

    if not model:
        raise InputError(f"the server {base_url} is given without a model: name the model that it runs")
    return ServerModel(base_url, model, settings, key=os.environ.get("OPENAI_API_KEY", "").strip())


def default_store() -> Path:
    """Return the file that keeps answers where no other is chosen: ``answers.sqlite`` in the data folder."""
    return data_home() / "answers.sqlite"


def rate_texts(
    texts: Texts,
    backend: Backend,
    prompts: PromptBook | None = None,
    store: AnswerStore | str | Path | None = None,
    *,
    titles: pd.Series | None = None,
    calibrate: bool = False,
    quantile: float | None = None,
    progress: bool = False,
) -> pd.DataFrame:
    """Score n task texts by asking a language model: the table ``ratings`` with the index of `texts`.

    ``p_e0 p_e1 p_e2`` and ``automation`` are means over the prompts about each, ``n_answers`` the exposure
    prompts that were answered, ``answer_mass`` the mean probability of the answers offered,
    ``beta_prompt_sd`` the standard deviation of beta over prompts, ``reason`` why a figure is missing or
    uncertain. Missing and blank texts, cut texts and missing answers are counted in warnings.

    Parameters
    ----------
    backend
        From :func:`rater_backend`.
    prompts
        By default those of the package. Each is asked about each text.
    store
        File that keeps the answers, so that a later run asks only for what is missing, or a store of them
        that is open. None keeps them for this run.
    titles
        Occupation titles with the index of `texts`, for prompts with ``{title}``.
    calibrate
        Whether to divide out what the model answers to tasks without content (Zhao et al. 2021,
        arXiv:2102.09690).
    quantile
        Half width of the interval in standard deviations (:func:`interval_quantile`), by default a setting.

    Raises
    ------
    InputError
        If no row has text or the store cannot be used.
    ModelError
        If no question got an answer, or calibration is asked for and the model gives no probabilities.
    """
    texts = text_series(texts)
    prompts = prompts or read_prompts()
    tasks, notes = _prepared(texts, prompts.settings["longest_task"])
    heads = [""] * len(texts) if titles is None else [_text(title) for title in titles.reindex(texts.index)]
    pairs = list(zip(tasks, heads, strict=True))
    distinct = [pair for pair in dict.fromkeys(pairs) if pair[0]]  # a text that repeats is asked about once
    neutral = [(text, "") for text in prompts.settings["neutral"]] if calibrate else []
    questions = [Question(prompt, *pair) for prompt in prompts.prompts for pair in dict.fromkeys([*neutral, *distinct])]
    with nullcontext(store) if isinstance(store, AnswerStore) else AnswerStore(store) as answer_store:
        answers = _asked(questions, backend, answer_store, progress=progress)
    columns = {
        prompt: _by_text(prompt, pairs, answers, _prior(prompt, neutral, answers) if calibrate else None)
        for prompt in prompts.prompts
    }
    table = ensemble_table(columns, notes, prompts, quantile)
    return table.set_axis(texts.index)


def _prepared(texts: pd.Series, longest: int) -> tuple[list[str], list[str]]:
    """Return the texts as they are asked about, empty where there is none, and a note on each that was changed."""
    whole = [_text(text) for text in texts]
    empty = [row for row, text in enumerate(whole) if not text]
    if len(empty) == len(whole):
        raise InputError(f"none of {len(whole)} rows has task text: check the column of texts")
    if empty:
        warnings.warn(
            f"{len(empty)} of {len(whole)} rows have no task text and get missing scores, first: row {empty[0] + 1}",
            EmptyTextWarning,
            stacklevel=3,
        )
    long = [text for text in whole if len(text) > longest]
    if long:
        warnings.warn(
            f"{len(long)} of {len(whole)} texts are longer than {longest:,} characters and were cut there, "
            f"first: {long[0][:40]!r}...: split them into single tasks",
            LongTextWarning,
            stacklevel=3,
        )
    notes = [
        "no task text" if not text else f"text cut at {longest:,} characters" if len(text) > longest else "" for text in whole
    ]
    return [text[:longest].rstrip() for text in whole], notes


def _text(cell: Any) -> str:
    return normalise_text(cell) if isinstance(cell, str) else ""


def _asked(questions: list[Question], backend: Backend, store: AnswerStore, *, progress: bool) -> dict[Question, Answer]:
    """Return an answer to every question, from `store` or from `backend`; each new one is kept at once."""
    answers = store.get(backend.model_id, questions)
    missing = [question for question in questions if question not in answers]
    with closing(_stream(backend, missing)) as stream:  # closed, a server's threads ask no more
        for _ in track(missing, "Asking", show=progress):
            answer = next(stream)
            store.put(backend.model_id, answer)  # at once: a killed run loses nothing paid for
            answers[answer.question] = answer
    failed = [answer for answer in answers.values() if answer.reason]
    if failed and len(failed) == len(answers):
        raise ModelError(f"none of {len(answers):,} questions was answered, first: {failed[0].reason}")
    if failed:
        warnings.warn(
            f"{len(failed):,} of {len(answers):,} answers are missing, first: {failed[0].reason}; "
            "the others are kept: run again to ask only for those",
            MissingAnswerWarning,
            stacklevel=3,
        )
    return answers


def _stream(backend: Backend, questions: list[Question]) -> Generator[Answer]:
    if questions:
        yield from backend.ask(questions)


def _prior(prompt: Prompt, neutral: list[tuple[str, str]], known: dict[Question, Answer]) -> np.ndarray:
    """Return the mean probabilities that the model gives to the levels of `prompt` for tasks without content."""
    answers = [known[Question(prompt, *pair)] for pair in neutral]
    for answer in answers:
        if answer.reason or answer.mass is None:
            why = answer.reason or "the model gives no probabilities, only text"
            raise ModelError(
                f"prompt {prompt.prompt_id!r} cannot be calibrated: the neutral task {answer.question.task!r} got no "
                f"probabilities ({why}); run again, or leave calibration off"
            )
    return np.asarray(np.mean([list(answer.probabilities.values()) for answer in answers], axis=0))


def _by_text(prompt: Prompt, pairs: list[tuple[str, str]], known: dict[Question, Answer], prior: np.ndarray | None) -> Answers:
    """Return the answers to `prompt` in the order of `pairs`."""
    probabilities = np.full((len(pairs), len(prompt.answers)), np.nan)
    mass = np.full(len(pairs), np.nan)
    reasons = [""] * len(pairs)
    for row, pair in enumerate(pairs):
        answer = known.get(Question(prompt, *pair)) if pair[0] else None
        if answer is None:
            continue
        reasons[row] = answer.reason
        if not answer.reason:
            probabilities[row] = [answer.probabilities[level] for level in prompt.answers]
            mass[row] = np.nan if answer.mass is None else answer.mass
    return Answers(probabilities if prior is None else calibrated(probabilities, prior), mass, reasons)
