"""Answers under several prompts made one score, with its spread, its interval and the reason for what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.exposure.doubt.uncertain import BETWEEN_LABELS
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, COVERAGE, LabelEnds, label_ends, label_spread
from jobimpact.exposure.heads.rubric import AUTOMATION_OF_LEVEL
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobimpact.exposure.rater.prompts import Prompt, PromptBook

# Scores are rounded as those of the heads are (jobimpact.exposure.score).
_DECIMALS = 6
# A model that gives a level no weight for tasks without content would have it multiplied by infinity.
_LEAST_PRIOR = 1e-6


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
    reasons = [_joined(note, doubt, remark) for note, doubt, remark in zip(notes, doubts, remarks, strict=True)]
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
