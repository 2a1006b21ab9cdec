"""Training of the usage head: what it learns from, how good it is, and how good it could be."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.exposure.encoder.sentence import Encoder
from jobimpact.exposure.heads.usage import UsageHead, reference_release, share_spread
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.progress import track
from jobimpact.sources.labels.usage import AUTOMATION_MODES, CLAUDE_ONLY, MODES, USAGE_RELEASES, UsageRelease

_ROUNDS = 50
_CEILINGS = ("ceiling", "weighted_ceiling")
_FEWEST = 20  # scores behind a 90 % quantile


@dataclass(frozen=True)
class UsageTargets:
    """Observed use of n tasks in k releases, oldest first.

    Attributes
    ----------
    tasks
        One row per text: ``task``, ``soc_codes``.
    shares
        (n, k, 5) shares of the modes among conversations in a told mode; missing where nothing is told.
    conversations
        (n, k) conversations in a told mode; missing where the number is not known, 0 where nothing is told.
    weights
        (n, k) reliability of each share: (1 - filtered) m / (m + half_weight) for m told conversations, 0
        where none.
    pooled, pooled_weights
        (n,) share of automation over the releases that do not overlap, at the level of the reference
        release and weighted by `weights`; sum of these. It may lie a little outside 0-1 and is missing
        where no such release has the task.
    """

    tasks: pd.DataFrame
    releases: tuple[UsageRelease, ...]
    shares: np.ndarray
    conversations: np.ndarray
    weights: np.ndarray
    pooled: np.ndarray
    pooled_weights: np.ndarray

    @property
    def reference(self) -> int:
        """Number of the release at whose level shares are pooled."""
        return self.releases.index(reference_release(self.releases))

    @property
    def automation(self) -> np.ndarray:
        """(n, k) observed shares of automation, missing where nothing is told."""
        return np.asarray(self.shares[:, :, : len(AUTOMATION_MODES)].sum(axis=2))


def usage_targets(usage: pd.DataFrame) -> UsageTargets:
    """Return what the table ``task_usage`` tells about each task, texts in alphabetical order."""
    seen = usage[usage["automation_share"].notna()]
    releases = tuple(release for release in USAGE_RELEASES if seen["usage_release"].eq(release).any())
    if not any(release != CLAUDE_ONLY for release in releases):
        raise InputError(
            f"found no share of automation in {len(usage):,} rows of task_usage beyond {CLAUDE_ONLY}: give more releases"
        )
    if seen["soc_codes"].isna().any():
        raise InputError(
            f"found {int(seen['soc_codes'].isna().sum()):,} of {len(seen):,} rows without soc_codes, first: "
            f"{seen.loc[seen['soc_codes'].isna(), 'task'].iloc[0][:40]!r}; expected them on all: read the files with "
            "onet_task_statements_old.csv beside them"
        )
    tasks = seen[["task", "soc_codes"]].drop_duplicates("task").sort_values("task", ignore_index=True)
    modes = np.stack([_release_values(seen, tasks, release, list(MODES)) for release in releases], axis=1)
    counts = np.stack([_release_values(seen, tasks, release, ["conversations"])[:, 0] for release in releases], axis=1)
    parts = modes.sum(axis=2)
    observed = ~np.isnan(parts)
    conversations = np.where(observed, counts * parts, 0.0)
    # Where a release does not say how many conversations it has, a share counts half.
    reliability = np.where(
        observed & np.isnan(conversations), 0.5, conversations / (conversations + assumption("usage", "half_weight"))
    )
    weights = np.where(observed, np.nan_to_num(parts) * np.nan_to_num(reliability), 0.0)
    shares = modes / parts[:, :, None]
    automation = shares[:, :, : len(AUTOMATION_MODES)].sum(axis=2)
    # Conversations that are in another release already are learnt from, but are no further voice on a task.
    disjoint = tuple(release for release in releases if release != CLAUDE_ONLY)
    columns = [releases.index(release) for release in disjoint]
    pooled, pooled_weights = _pool(automation[:, columns], weights[:, columns], disjoint)
    return UsageTargets(tasks, releases, shares, conversations, weights, pooled, pooled_weights)


def usage_folds(tasks: pd.DataFrame, *, n_folds: int = 5, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give, fold by fold, the row numbers to train on and those held out.

    SOC codes are dealt into folds (:func:`jobimpact.exposure.splits.assign_folds`). A text is held out in the fold of its
    first code; texts with any code of that fold are not trained on, so that neither an occupation nor a text is on both
    sides.
    """
    codes = tasks["soc_codes"].str.split(";")  # a text may stand in several occupations
    rows = tasks.assign(soc_code=codes, row=np.arange(len(tasks))).explode("soc_code", ignore_index=True)
    rows["fold"] = assign_folds(rows, n_folds=n_folds, seed=seed)
    home = rows.drop_duplicates("row")["fold"].to_numpy()
    for fold in range(n_folds):
        free = leak_free(rows, (rows["fold"] == fold).to_numpy())
        yield np.unique(rows.loc[free, "row"].to_numpy()), np.flatnonzero(home == fold)


def compare_releases(targets: UsageTargets) -> pd.DataFrame:
    """Return how far the releases agree about the share of automation, one row per pair.

    Columns: ``release``, ``other``, ``n_tasks`` told in both, ``r`` and ``weighted_r`` (weight: root of the product of both
    reliabilities), ``covariance`` and ``weighted_covariance``, ``overlapping`` (the one has the other's conversations in it).
    """
    columns = ["release", "other", "n_tasks", "r", "weighted_r", "covariance", "weighted_covariance", "overlapping"]
    rows = []
    for i, j in combinations(range(len(targets.releases)), 2):
        both = (targets.weights[:, i] > 0) & (targets.weights[:, j] > 0)
        if both.sum() < 3:  # noqa: PLR2004 - two points always lie on a line
            continue
        left, right = targets.automation[both, i], targets.automation[both, j]
        weight = np.sqrt(targets.weights[both, i] * targets.weights[both, j])
        flat, weighted = np.cov(left, right), np.cov(left, right, aweights=weight)
        names = targets.releases[i], targets.releases[j]
        rows.append([*names, int(both.sum()), correlation(left, right), correlation(left, right, weight), flat[0, 1],
                     weighted[0, 1], {*names} == {"2025-11", CLAUDE_ONLY}])  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def pooled_ceiling(targets: UsageTargets) -> dict[str, float]:
    """Return the highest correlation with the pooled shares that any prediction could reach: ``ceiling``, ``weighted_ceiling``.

    What the shares of two releases have in common is signal: its variance is the mean covariance over pairs of releases
    that do not overlap, weighted by tasks. The correlation of the signal itself with the pooled share is the root of its
    part in the variance of pooled shares (Spearman 1904, doi:10.2307/1412159). What a release alone tells, such as how much
    of a task's use comes from programs, counts as noise here. Missing with fewer than two releases.
    """
    pairs = compare_releases(targets)
    pairs = pairs[~pairs["overlapping"].astype(bool) & ~((pairs["release"] == CLAUDE_ONLY) | (pairs["other"] == CLAUDE_ONLY))]
    if pairs.empty:
        return dict.fromkeys(_CEILINGS, float("nan"))
    mask = targets.pooled_weights > 0
    pooled, weight = targets.pooled[mask], targets.pooled_weights[mask]
    ceilings = {}
    for name, column, weights in zip(_CEILINGS, ("covariance", "weighted_covariance"), (None, weight), strict=True):
        signal = np.average(pairs[column], weights=pairs["n_tasks"])
        ceilings[name] = float(np.sqrt(np.clip(signal / np.cov(pooled, aweights=weights), 0, 1)))
    return ceilings


def release_ceiling(targets: UsageTargets, release: str) -> dict[str, float]:
    """Return the highest correlation with the shares of one release, taking the release most like it for a second measurement.

    The correlation of two equally good measurements is the reliability of either, and its root the correlation of either
    with what both measure (Spearman 1904, doi:10.2307/1412159). No release is quite the same measurement: a prediction may
    come nearer than this. Missing without a second release that does not overlap.
    """
    pairs = compare_releases(targets)
    pairs = pairs[~pairs["overlapping"].astype(bool) & ((pairs["release"] == release) | (pairs["other"] == release))]
    return {
        name: float(np.sqrt(max(pairs[column].max(), 0))) if len(pairs) else float("nan")
        for name, column in zip(_CEILINGS, ("r", "weighted_r"), strict=True)
    }


def correlation(left: np.ndarray, right: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the weighted Pearson correlation; missing where a side does not vary."""
    matrix = np.cov(left, right, aweights=weights)
    product = float(matrix[0, 0] * matrix[1, 1])
    return float(matrix[0, 1] / np.sqrt(product)) if product > 0 else float("nan")


def _release_values(seen: pd.DataFrame, tasks: pd.DataFrame, release: str, columns: list[str]) -> np.ndarray:
    part = seen.loc[seen["usage_release"] == release, ["task", *columns]]
    return tasks[["task"]].merge(part, on="task", how="left", validate="one_to_one")[columns].to_numpy(dtype="float64")


def _pool(automation: np.ndarray, weights: np.ndarray, releases: tuple[UsageRelease, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return pooled shares at the level of the reference release and their weights.

    Additive two-way model share = task + release, fitted by turns: releases saw different tasks, so that their plain means
    would not compare their levels.
    """
    total = weights.sum(axis=1)
    mask = total > 0
    values, weights = np.nan_to_num(automation[mask]), weights[mask]
    levels = np.zeros(len(releases))
    for _ in range(_ROUNDS):
        tasks = ((values - levels) * weights).sum(axis=1) / weights.sum(axis=1)
        levels = ((values - tasks[:, None]) * weights).sum(axis=0) / weights.sum(axis=0)
        levels -= levels[releases.index(reference_release(releases))]
    pooled = np.full(len(total), np.nan)
    pooled[mask] = ((values - levels) * weights).sum(axis=1) / weights.sum(axis=1)
    return pooled, total


@dataclass(frozen=True)
class TrainedUsage:
    """The head fitted on all tasks, its figures (:func:`measure_usage`), and what the model card states."""

    head: UsageHead
    figures: pd.DataFrame
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

    `usage` is the table ``task_usage`` with ``soc_codes``; `head` is unfitted, with the settings to use.
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
    return TrainedUsage(final, figures, card)


def measure_usage(targets: UsageTargets, held_out: np.ndarray, baseline: np.ndarray, folds: np.ndarray) -> pd.DataFrame:
    """Return agreement with observed shares, one row per fold, one for ``all``, and one per release.

    Columns: ``part``, ``n_tasks``; correlation with the observed share (``r``; ``weighted_r`` with the
    shares' reliabilities as weights), mean absolute error (``mae``, ``weighted_mae``) and that of always
    saying the mean of the training tasks (``baseline_mae``, ``weighted_baseline_mae``), share of variance
    explained (``r2``, ``weighted_r2``), and the correlation that the noise of the observed shares lets no
    prediction pass (``ceiling``, ``weighted_ceiling``; missing for folds and where it is not known). Folds
    and ``all`` compare the prediction at the level of the reference release with shares pooled over the
    releases that do not overlap; a release compares its own prediction with its own shares. `held_out` and
    `baseline` are (n, k) predictions for tasks held out, and the mean of the tasks trained on.
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
    mask = weights > 0
    observed, predicted, baseline, weights = observed[mask], predicted[mask], baseline[mask], weights[mask]
    row: dict[str, Any] = {"part": part, "n_tasks": int(mask.sum())}
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
    return scores, targets.conversations[:, reference] >= assumption("usage", "calibrated_from")


def _quantile(scores: np.ndarray, enough: np.ndarray) -> float:
    calibration = scores[enough]
    if len(calibration) < _FEWEST:
        return float("nan")
    level = np.ceil((len(calibration) + 1) * assumption("usage", "coverage")) / len(calibration)
    return float(np.quantile(calibration, min(level, 1), method="higher"))


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
