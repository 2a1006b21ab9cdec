"""Training of the usage head, with the figures that say how good it is and how good it could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.exposure.heads.usage import UsageHead, share_spread
from jobimpact.progress import track
from jobimpact.training.usage.targets import (
    UsageTargets,
    compare_releases,
    correlation,
    pooled_ceiling,
    release_ceiling,
    usage_folds,
    usage_targets,
)

if TYPE_CHECKING:
    from jobimpact.exposure.encoder.sentence import Encoder

_FEWEST = 20  # scores behind a 90 % quantile


@dataclass(frozen=True)
class TrainedUsage:
    """What training returns.

    Attributes
    ----------
    head
        Fitted on all tasks; interval calibrated on predictions for held-out occupations.
    figures
        Agreement of held-out predictions with observed shares: one row per fold, one for ``all``, and one per release
        (see :func:`train_usage`).
    predictions
        Held-out predictions of every task: task, soc_codes, fold, observed (pooled), weight, predicted, low, high.
    card
        Everything that the model card states.
    """

    head: UsageHead
    figures: pd.DataFrame
    predictions: pd.DataFrame
    card: dict[str, Any]


def train_usage(
    usage: pd.DataFrame,
    encoder: Encoder,
    head: UsageHead | None = None,
    *,
    n_folds: int = 5,
    seed: int = 0,
    progress: bool = False,
) -> TrainedUsage:
    """Train the usage head on all releases and measure it on occupations and texts that it has not seen.

    Parameters
    ----------
    usage
        Table ``task_usage``, with ``soc_codes`` (:func:`jobimpact.sources.labels.usage.read_task_usage`).
    encoder
        Gives the vectors of the task texts.
    head
        Unfitted, with the settings to use.
    n_folds, seed
        Of the split into folds (:func:`jobimpact.training.usage.targets.usage_folds`).
    progress
        Whether to show a bar.

    Returns
    -------
    TrainedUsage
        ``figures`` has the columns ``part`` (number of a fold, ``all`` or a release), ``n_tasks``; correlation with the
        observed share (``r``; ``weighted_r`` with the shares' reliabilities as weights), mean absolute error (``mae``,
        ``weighted_mae``) and that of always saying the mean of the training tasks (``baseline_mae``,
        ``weighted_baseline_mae``), share of variance explained (``r2``, ``weighted_r2``), and the correlation that the noise
        of the observed shares lets no prediction pass (``ceiling``, ``weighted_ceiling``; missing for folds and where it
        cannot be told). Folds and ``all`` compare the prediction at the level of the reference release with shares pooled
        over the releases that do not overlap; a release compares its own prediction with its own shares.

    Raises
    ------
    InputError
        If the table tells no share, or lacks SOC codes.
    """
    targets = usage_targets(usage)
    head = head or UsageHead()
    vectors = encoder.encode(targets.tasks["task"].tolist())
    held_out, baseline, folds = _cross_validate(head, vectors, targets, n_folds, seed, progress=progress)
    final = UsageHead(**head.get_params())
    final.fit(vectors, targets.shares, targets.weights, releases=targets.releases, encoder_hash=encoder.weights_hash)
    reference = targets.reference
    final.quantile_ = _quantile(*_scores(targets, held_out[:, reference]))
    margin = final.quantile_ * share_spread(held_out[:, reference])
    predictions = targets.tasks.assign(
        fold=folds, observed=targets.pooled, weight=targets.pooled_weights, predicted=held_out[:, reference],
        low=np.clip(held_out[:, reference] - margin, 0, 1), high=np.clip(held_out[:, reference] + margin, 0, 1),
    )  # fmt: skip
    figures = measure_usage(targets, held_out, baseline, folds)
    card = _describe(targets, final, figures, predictions, f"{n_folds} folds of SOC codes dealt within major groups, seed {seed}")
    return TrainedUsage(final, figures, predictions, card)


def measure_usage(targets: UsageTargets, held_out: np.ndarray, baseline: np.ndarray, folds: np.ndarray) -> pd.DataFrame:
    """Return the figures of :func:`train_usage`, one row per fold, one for ``all``, and one per release.

    Parameters
    ----------
    targets
        Observed shares of n tasks in k releases.
    held_out, baseline
        (n, k) predictions for tasks held out, and the mean of the tasks trained on.
    folds
        (n,) numbers of the folds.
    """
    reference = targets.reference
    pooled = targets.pooled, held_out[:, reference], baseline[:, reference], targets.pooled_weights
    rows = [_agreement(str(fold), *(values[folds == fold] for values in pooled)) for fold in np.unique(folds)]
    rows.append(_agreement("all", *pooled) | pooled_ceiling(targets))
    for i, release in enumerate(targets.releases):
        values = targets.automation[:, i], held_out[:, i], baseline[:, i], targets.weights[:, i]
        rows.append(_agreement(release, *values) | release_ceiling(targets, release))
    return pd.DataFrame(rows)


def _cross_validate(
    head: UsageHead, vectors: np.ndarray, targets: UsageTargets, n_folds: int, seed: int, *, progress: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shape = targets.weights.shape
    held_out, baseline, folds = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape[0], -1)
    splits = list(usage_folds(targets.tasks, n_folds=n_folds, seed=seed))
    for fold, (train, test) in enumerate(track(splits, "Cross-validation", show=progress)):
        fitted = UsageHead(**head.get_params())
        fitted.fit(vectors[train], targets.shares[train], targets.weights[train], releases=targets.releases)
        for i, release in enumerate(targets.releases):
            held_out[test, i] = fitted.predict(vectors[test], release)
            weights = targets.weights[train, i]
            baseline[test, i] = np.average(np.nan_to_num(targets.automation[train, i]), weights=weights)
        folds[test] = fold
    return held_out, baseline, folds


def _agreement(
    part: str, observed: np.ndarray, predicted: np.ndarray, baseline: np.ndarray, weights: np.ndarray
) -> dict[str, Any]:
    known = weights > 0
    observed, predicted, baseline, weights = observed[known], predicted[known], baseline[known], weights[known]
    row: dict[str, Any] = {"part": part, "n_tasks": int(known.sum())}
    for prefix, weight in (("", np.ones(len(weights))), ("weighted_", weights)):
        mean = np.average(observed, weights=weight)
        left = np.average((observed - predicted) ** 2, weights=weight)
        row[f"{prefix}r"] = correlation(observed, predicted, weight)
        row[f"{prefix}mae"] = float(np.average(np.abs(observed - predicted), weights=weight))
        row[f"{prefix}baseline_mae"] = float(np.average(np.abs(observed - baseline), weights=weight))
        row[f"{prefix}r2"] = float(1 - left / np.average((observed - mean) ** 2, weights=weight))
    return row


def _scores(targets: UsageTargets, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the conformity scores of the reference release's shares, and whether each rests on enough conversations."""
    reference = targets.reference
    scores = np.abs(targets.automation[:, reference] - predicted) / share_spread(predicted)
    # Missing numbers of conversations compare as too few.
    return scores, targets.told[:, reference] >= assumption("usage", "calibrated_from")


def _quantile(scores: np.ndarray, enough: np.ndarray) -> float:
    kept = scores[enough]
    if len(kept) < _FEWEST:
        return float("nan")
    level = np.ceil((len(kept) + 1) * assumption("usage", "coverage")) / len(kept)
    return float(np.quantile(kept, min(level, 1), method="higher"))


def _describe(
    targets: UsageTargets, head: UsageHead, figures: pd.DataFrame, predictions: pd.DataFrame, split: str
) -> dict[str, Any]:
    return {
        "data": {
            "source": "Anthropic Economic Index, https://huggingface.co/datasets/Anthropic/EconomicIndex, CC BY",
            "releases": list(targets.releases),
            "n_tasks": len(targets.tasks),
        },
        "split": f"{split}; texts with a code of the held-out fold are left out of training; then fitted on all tasks",
        "encoder_hash": head.encoder_hash_,
        "settings": head.get_params(),
        "level": targets.releases[targets.reference],
        "figures": figures.round(4).to_dict(orient="records"),
        "agreement_of_releases": compare_releases(targets).round(4).to_dict(orient="records"),
        "interval": _interval_figures(targets, predictions),
        "interval_quantile": head.quantile_,
    }


def _interval_figures(targets: UsageTargets, predictions: pd.DataFrame) -> dict[str, float]:
    """Return width and coverage of intervals for tasks held out, each fold's calibrated on the other folds."""
    predicted, folds = predictions["predicted"].to_numpy(), predictions["fold"].to_numpy()
    scores, enough = _scores(targets, predicted)
    quantiles = {fold: _quantile(scores, enough & (folds != fold)) for fold in np.unique(folds)}
    covered = scores <= np.array([quantiles[fold] for fold in folds])
    table = pd.DataFrame({"covered": covered, "major": predictions["soc_codes"].str[:2], "predicted": predicted})[enough]
    by_group = table.groupby("major")["covered"].agg(["mean", "size"])
    large = by_group.loc[by_group["size"] >= _FEWEST, "mean"]
    third = table["predicted"].rank(pct=True).mul(3).apply(np.ceil)
    by_third = table["covered"].groupby(third).mean()
    figures = {
        "n_tasks": len(table),
        "coverage": table["covered"].mean(),
        "mean_width": (predictions["high"] - predictions["low"])[enough].mean(),
        f"lowest_coverage_of_a_major_group_with_{_FEWEST}_tasks": large.min(),
        **{f"coverage_{name}_third": by_third.get(i + 1.0, np.nan) for i, name in enumerate(("low", "middle", "high"))},
    }
    return {name: round(float(value), 4) for name, value in figures.items()}
