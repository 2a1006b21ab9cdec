"""Task text in, exposure out, as a language model judges it under several wordings of the rubric.

Answers under several prompts made one score, with its spread, its interval and the reason for what is missing.
"""

import math
import os
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from jobimpact.errors import EmptyTextWarning, InputError, LongTextWarning, MissingAnswerWarning, ModelError
from jobimpact.exposure.doubt.uncertain import BETWEEN_LABELS
from jobimpact.exposure.encoder.cached import normalise_text
from jobimpact.exposure.encoder.sentence import Device, Precision
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, COVERAGE, LabelEnds, label_ends, label_spread
from jobimpact.exposure.heads.rubric import AUTOMATION_OF_LEVEL
from jobimpact.exposure.rater.answers import Answer, AnswerStore
from jobimpact.exposure.rater.prompts import Prompt, PromptBook, Question, default_settings, read_prompts
from jobimpact.exposure.texts import Texts, text_series
from jobimpact.paths import data_home
from jobimpact.progress import track
from jobimpact.tables import table_columns

# Scores are rounded as those of the heads are (jobimpact.exposure.score).
_DECIMALS = 6
# A model that gives a level no weight for tasks without content would have it multiplied by infinity.
_LEAST_PRIOR = 1e-6


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


def _by_text(prompt: Prompt, pairs: list[tuple[str, str]], known: dict[Question, Answer], prior: np.ndarray | None) -> "Answers":
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


@dataclass(frozen=True)
class Answers:
    """What one prompt brought for n texts; all three are missing or empty where nothing was asked.

    Attributes
    ----------
    probabilities
        (n, levels), rows of sum 1, or missing.
    mass
        (n,), the probability of the answers offered; missing where the model gives text only.
    reasons
        Why an answer is missing.
    """

    probabilities: np.ndarray
    mass: np.ndarray
    reasons: Sequence[str]


def calibrated(probabilities: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """Divide `probabilities` (n, levels) by `prior` (levels,) and scale rows to sum 1.

    Contextual calibration with W = diag(prior)^-1 and b = 0 (Zhao, Wallace, Feng, Klein, Singh 2021, Calibrate Before Use,
    arXiv:2102.09690, section 5): a task without content gets equal probabilities.

    Examples
    --------
    >>> calibrated(np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1]]), np.array([0.8, 0.1, 0.1])).round(2).tolist()
    [[0.33, 0.33, 0.33], [0.16, 0.63, 0.21]]
    """
    shares = probabilities / np.maximum(prior, _LEAST_PRIOR)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def ensemble_table(
    answers: Mapping[Prompt, Answers], notes: Sequence[str], prompts: PromptBook, quantile: float | None = None
) -> pd.DataFrame:
    """Return the table ``ratings``: the mean over prompts of n `answers` each, and how far to trust it.

    `notes` say what was the matter with each text itself; `quantile` takes the place of the setting
    `interval_quantile`.
    """
    exposure = [answers[prompt] for prompt in prompts.asking("exposure")]
    probabilities = np.stack([each.probabilities for each in exposure])
    label = np.round(_mean(probabilities), _DECIMALS)
    p_e1, p_e2 = label[:, 1], label[:, 2]
    betas = probabilities @ BETA_OF_LEVEL
    n_answers = np.isfinite(betas).sum(axis=0)
    spread = _deviation(betas)
    quantile = prompts.settings["interval_quantile"] if quantile is None else quantile
    low, high, empty = beta_interval(label, spread, n_answers, quantile)
    mass = _mean(np.stack([each.mass for each in exposure]))
    automation = [answers[prompt] for prompt in prompts.asking("automation")]
    degree = _mean(np.stack([each.probabilities @ AUTOMATION_OF_LEVEL for each in automation])) if automation else mass * np.nan
    table = pd.DataFrame(
        {
            "p_e0": 1 - p_e1 - p_e2, "p_e1": p_e1, "p_e2": p_e2,
            "alpha": p_e1, "beta": p_e1 + p_e2 / 2, "gamma": p_e1 + p_e2,
            "beta_low": low, "beta_high": high, "automation": degree,
            "n_answers": n_answers, "answer_mass": mass, "beta_prompt_sd": spread,
        }
    ).round(_DECIMALS)  # fmt: skip
    doubts = _doubts(exposure, mass, prompts.settings["least_mass"], empty)
    remarks = [_remark(exposure, automation, row) for row in range(len(notes))]
    table["uncertain"] = [bool(note or doubt) for note, doubt in zip(notes, doubts, strict=True)]
    reasons = [_joined(*parts) for parts in zip(notes, doubts, remarks, strict=True)]
    table["reason"] = pd.Series(reasons, dtype="str")
    return table[table_columns("ratings")]


def beta_interval(label: np.ndarray, spread: np.ndarray, n_answers: np.ndarray, quantile: float) -> LabelEnds:
    """Return the ends of the 90 % interval: the labels in beta -/+ `quantile` x :func:`total_spread`.

    It covers 90 % of human labels where `quantile` comes from labelled tasks like these
    (:func:`interval_quantile`); with the default it covers what the model's own probabilities imply, and no
    more is known.
    """
    beta = label @ BETA_OF_LEVEL
    margin = quantile * total_spread(label, spread, n_answers)
    return label_ends(beta - margin, beta + margin)


def total_spread(label: np.ndarray, spread: np.ndarray, n_answers: np.ndarray) -> np.ndarray:
    """Return the standard deviation (n,) of a label around beta: that of the label itself, and that of the prompts' mean.

    The variance of the label's value under the mean probabilities already holds the variance between prompts, by the law
    of total variance; what comes on top is the error of a mean over few prompts, `spread` squared by `n_answers`.
    """
    error = np.where(n_answers > 1, np.nan_to_num(spread) ** 2 / np.maximum(n_answers, 1), 0.0)
    return np.asarray(np.sqrt(label_spread(label) ** 2 + error))


def interval_quantile(ratings: pd.DataFrame, human: pd.Series) -> float:
    """Return the quantile with which the interval covers 90 % of `human` labels (0, 0.5, 1).

    Split conformal prediction with the score |label - beta| / :func:`total_spread` (Lei et al. 2018,
    doi:10.1080/01621459.2017.1307116, section 5.2). Give it `ratings` of tasks that played no part in
    choosing prompts or model; no quantile of 90 % can be had from fewer than nine.
    """
    both = pd.concat([ratings, human.rename("human")], axis=1).dropna(subset=["beta", "human"])
    scale = total_spread(
        both[["p_e0", "p_e1", "p_e2"]].to_numpy(), both["beta_prompt_sd"].to_numpy(), both["n_answers"].to_numpy()
    )
    rank = math.ceil((len(both) + 1) * COVERAGE)
    if rank > len(both):
        raise InputError(f"found {len(both)} tasks with a score and a label; expected at least nine for a 90 % interval")
    return float(np.sort((both["human"] - both["beta"]).abs().to_numpy() / scale)[rank - 1])


def _mean(stacked: np.ndarray) -> np.ndarray:
    """Return the mean over the first axis of what is there, missing where nothing is."""
    finite = np.isfinite(stacked)
    count = finite.sum(axis=0)
    total = np.where(finite, stacked, 0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _deviation(betas: np.ndarray) -> np.ndarray:
    """Return the sample standard deviation over the first axis, missing where fewer than two are there."""
    finite = np.isfinite(betas)
    count = finite.sum(axis=0)
    squares = np.where(finite, (betas - _mean(betas)) ** 2, 0).sum(axis=0)
    return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def _doubts(exposure: Sequence[Answers], mass: np.ndarray, least: float, empty: np.ndarray) -> list[str]:
    """Return, by text, why its exposure is missing or uncertain."""
    doubts = []
    for row in range(len(mass)):
        missing = [each.reasons[row] for each in exposure if each.reasons[row]]
        few = f"{len(missing)} of {len(exposure)} answers missing ({missing[0]})" if missing else ""
        low = f"the model gives the answers offered a probability of {mass[row]:.2f}" if mass[row] < least else ""
        doubts.append(_joined(few, low, BETWEEN_LABELS if empty[row] else ""))
    return doubts


def _remark(exposure: Sequence[Answers], automation: Sequence[Answers], row: int) -> str:
    """Return why `answer_mass` or `automation` is missing, where exposure was answered or failed with a reason of its own."""
    answered = any(np.isfinite(each.probabilities[row]).all() for each in exposure)
    silent = answered and not any(np.isfinite(each.mass[row]) for each in exposure)
    missing = [each.reasons[row] for each in automation if each.reasons[row]]
    gap = f"automation missing ({missing[0]})" if missing and len(missing) == len(automation) else ""
    unasked = "no prompt asks about automation" if answered and not automation else ""
    return _joined("the model gives no probabilities" if silent else "", gap, unasked)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
