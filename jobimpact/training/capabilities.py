"""Learning from labels how near is near, with the figures that say how good it is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.exposure.capabilities.file import Capability, capabilities_hash, read_capabilities
from jobimpact.exposure.capabilities.score import capability_encoder, covered_probabilities
from jobimpact.exposure.capabilities.scorer import (
    Background,
    CapabilityCalibration,
    CapabilityScorer,
    any_of,
    interval_ends,
    nearness_probability,
)
from jobimpact.exposure.encoder.sentence import Encoder
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, common_intervals
from jobimpact.exposure.heads.rubric import AUTOMATION_OF_LEVEL
from jobimpact.exposure.heads.softmax import softmax
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.files import written_whole
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.training.heads import core_weights, correlations, label_levels, pearson

_START = (-3.0, 0.7)  # intercept and log slope from which the search starts; it is convex enough to end in one place
_PENALTY = 1.0  # inverse L2 penalty of the regressions, scikit-learn's default; 20 features on 16,000 tasks hardly feel it
_BINS = 10


@dataclass(frozen=True)
class CalibratedCapabilities:
    """What calibration returns: learnt on all labelled tasks, with figures for those held out.

    ``figures`` are those of :func:`measure_capabilities`, ``left_out`` those of :func:`leave_one_out`.
    """

    calibration: CapabilityCalibration
    figures: pd.DataFrame
    left_out: pd.DataFrame


def calibrate_capabilities(
    labels: pd.DataFrame,
    encoder: Encoder,
    capabilities: Mapping[str, Capability] | None = None,
    *,
    n_folds: int = 5,
    seed: int = 0,
) -> CalibratedCapabilities:
    """Learn the step from similarity to probability, and measure it on occupations that it has not seen.

    Two numbers, intercept and slope, are learnt by maximum likelihood: a task counts as exposed (E1 or E2) if at least one
    language capability covers it, 1 - prod(1 - p). As they are the same for all capabilities, they carry over to one without
    labels. The regressions of the label itself use the nearness to all capabilities.

    The encoder is the published one, without an adapter; texts that a held-out code shares are not learnt from.
    """
    capabilities = read_capabilities() if capabilities is None else capabilities
    background = Background.from_vectors(encoder.encode(read_starter_tasks()["task"].tolist()))
    vectors = {name: encoder.encode(capability.statements) for name, capability in capabilities.items()}
    scorer = CapabilityScorer(intercept=_START[0], slope=float(np.exp(_START[1]))).fit(background, vectors)
    nearness = scorer.transform(encoder.encode(labels["task"].tolist()))
    labelled = np.array([capability.language_model for capability in capabilities.values()])
    levels = label_levels(labels)
    human, automation = levels["human"], levels["gpt4_automation"]
    folds = assign_folds(labels, n_folds=n_folds, seed=seed)
    held_out = np.zeros((len(labels), len(BETA_OF_LEVEL)))
    covered, level = np.zeros(len(labels)), np.zeros(len(labels))
    for fold in range(n_folds):
        test = folds == fold
        train = leak_free(labels, test)
        step = fit_step(nearness[train][:, labelled], human[train] > 0)
        covered[test] = any_of(nearness_probability(nearness[test][:, labelled], *step))
        weights, bias = _regress(nearness[train], human[train], len(BETA_OF_LEVEL))
        held_out[test] = softmax(nearness[test] @ weights + bias)
        weights, bias = _regress(nearness[train], automation[train], len(AUTOMATION_OF_LEVEL))
        level[test] = softmax(nearness[test] @ weights + bias) @ AUTOMATION_OF_LEVEL
    step = fit_step(nearness[:, labelled], human > 0)  # labels say nothing of robots and the like
    label = _regress(nearness, human, len(BETA_OF_LEVEL))
    calibration = CapabilityCalibration(
        *step, background, *label, *_regress(nearness, automation, len(AUTOMATION_OF_LEVEL)),
        label_quantile=common_intervals(held_out, BETA_OF_LEVEL[human]).base,
        any_quantile=common_intervals(covered_probabilities(covered), (human > 0).astype("f8")).base,
        encoder_hash=encoder.weights_hash, capabilities_hash=capabilities_hash(capabilities),
    )  # fmt: skip
    predictions = labels[["onetsoc_code", "task_id"]].assign(
        fold=folds, beta=held_out @ BETA_OF_LEVEL, covered=covered, automation=level
    )
    names = [name for name, one in zip(capabilities, labelled, strict=True) if one]
    return CalibratedCapabilities(
        calibration,
        measure_capabilities(labels, predictions, held_out),
        leave_one_out(nearness[:, labelled], human > 0, names),
    )


def fit_step(nearness: np.ndarray, exposed: np.ndarray) -> tuple[float, float]:
    """Return intercept and slope (positive) that make `exposed` (n,) most likely, given the (n, k) z of k capabilities."""
    from scipy.optimize import minimize

    def loss(step: np.ndarray) -> float:
        return _log_loss(any_of(nearness_probability(nearness, step[0], np.exp(step[1]))), exposed)

    optimum = minimize(loss, np.array(_START), method="BFGS", options={"gtol": 1e-6}).x
    return float(optimum[0]), float(np.exp(optimum[1]))


def leave_one_out(nearness: np.ndarray, exposed: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Say what happens to a capability that nothing was learnt on, as for a user's own.

    The step is learnt without the capability; then the capability is added to the others, and the probability of being
    covered compared with the labels. Rows: ``(none)`` for the step as shipped, then each capability left out. Columns:
    capability, intercept, slope, log_loss (nats), calibration_error (mean absolute difference over tenths of the tasks),
    mean_covered and share_exposed.
    """
    rows = []
    for left_out in (None, *range(len(names))):
        others = [column for column in range(len(names)) if column != left_out]
        step = fit_step(nearness[:, others], exposed)
        covered = any_of(nearness_probability(nearness, *step))
        rows.append(
            {"capability": "(none)" if left_out is None else names[left_out], "intercept": step[0], "slope": step[1],
             "log_loss": _log_loss(covered, exposed), "calibration_error": calibration_error(covered, exposed),
             "mean_covered": covered.mean(), "share_exposed": exposed.mean()}
        )  # fmt: skip
    return pd.DataFrame(rows)


def measure_capabilities(labels: pd.DataFrame, predictions: pd.DataFrame, probabilities: np.ndarray) -> pd.DataFrame:
    """Return agreement with the labels on held-out tasks, one row per fold and one named ``all``.

    Columns: fold, n_tasks, n_occupations; Pearson correlation with human beta over tasks and over O*NET-SOC occupations
    (weight 2 for Core, 1 otherwise) of beta by the regression (``task_r``, ``occupation_r``), of the two-number step alone
    (``covered_*``), and of GPT-4's own labels (``gpt4_*``); accuracy and cross-entropy (nats) of the label; calibration error
    of the step; correlation of automation with GPT-4's label; share of labels inside the 90 % interval (calibrated on the
    other folds) and mean width of the interval.
    """
    levels = label_levels(labels)
    human = levels["human"]
    table = predictions.assign(
        human=BETA_OF_LEVEL[human],
        exposed=(human > 0).astype("f8"),
        gpt4=BETA_OF_LEVEL[levels["gpt4"]],
        gpt4_automation=AUTOMATION_OF_LEVEL[levels["gpt4_automation"]],
        weight=core_weights(labels),
        hit=probabilities.argmax(axis=1) == human,
        surprise=-np.log(probabilities[np.arange(len(human)), human]),
    )
    low, high = np.zeros(len(table)), np.zeros(len(table))
    for fold in table["fold"].unique():
        out = (table["fold"] == fold).to_numpy()
        quantile = common_intervals(probabilities[~out], table["human"].to_numpy()[~out]).base
        low[out], high[out], _ = interval_ends(quantile, probabilities[out])
    table = table.assign(inside=table["human"].between(low - 1e-9, high + 1e-9), width=high - low)
    rows = [_agreement(str(fold), part) for fold, part in table.groupby("fold")]
    return pd.DataFrame([*rows, _agreement("all", table)])


def calibration_error(probabilities: np.ndarray, outcomes: np.ndarray) -> float:
    """Return the mean absolute difference between predicted and observed share over tenths of equal size."""
    order = np.array_split(np.argsort(probabilities, kind="stable"), _BINS)
    parts = [abs(probabilities[part].mean() - outcomes[part].mean()) * len(part) for part in order]
    return float(sum(parts) / len(probabilities))


def rebuild_capabilities(labels: pd.DataFrame, out: str | Path, encoder: Encoder | None = None) -> CalibratedCapabilities:
    """Make the calibration that travels with the package again: ``capabilities.npz`` and a JSON of figures.

    The encoder is by default :func:`capability_encoder` in single precision on the processor.
    """
    calibrated = calibrate_capabilities(labels, encoder or capability_encoder(device="cpu", precision="fp32"))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    calibration = calibrated.calibration
    card: dict[str, Any] = {
        "source": "Eloundou, Manning, Mishkin, Rock (2024), GPTs are GPTs, doi:10.1126/science.adj0998; MIT licence",
        "encoder_hash": calibration.encoder_hash,
        "capabilities_hash": calibration.capabilities_hash,
        "intercept": round(calibration.intercept, 4),
        "slope": round(calibration.slope, 4),
        "figures": calibrated.figures.round(4).to_dict(orient="records"),
        "left_out": calibrated.left_out.round(4).to_dict(orient="records"),
    }
    with written_whole(folder / "capabilities.npz") as path:
        calibration.save(path)
    with written_whole(folder / "capabilities.json") as path:
        path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return calibrated


def _agreement(name: str, table: pd.DataFrame) -> dict[str, Any]:
    pairs = {"": ("beta", "human"), "covered_": ("covered", "human"), "gpt4_": ("gpt4", "human")}
    covered, exposed = table["covered"].to_numpy(), table["exposed"].to_numpy()
    return {
        "fold": name,
        **correlations(table, pairs),
        "accuracy": float(table["hit"].mean()),
        "cross_entropy": float(table["surprise"].mean()),
        "covered_log_loss": _log_loss(covered, exposed),
        "covered_calibration_error": calibration_error(covered, exposed),
        "automation_task_r": pearson(table["automation"], table["gpt4_automation"]),
        "coverage": float(table["inside"].mean()),
        "width": float(table["width"].mean()),
    }


def _regress(nearness: np.ndarray, levels: np.ndarray, n_levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (k, levels) and bias (levels,) of the multinomial regression; a level that is not there gets no chance."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=_PENALTY, max_iter=300).fit(nearness, levels)
    weights, bias = np.zeros((nearness.shape[1], n_levels)), np.full(n_levels, -np.inf)
    weights[:, fitted.classes_], bias[fitted.classes_] = fitted.coef_.T, fitted.intercept_
    return weights, bias


def _log_loss(probabilities: np.ndarray, outcomes: np.ndarray) -> float:
    sure = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return float(-np.mean(np.where(outcomes, np.log(sure), np.log1p(-sure))))
