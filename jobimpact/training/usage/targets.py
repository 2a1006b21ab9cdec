"""What the usage head learns from, and how far the releases of the index agree with each other about it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.exposure.heads.usage import reference_release
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.sources.labels.usage import AUTOMATION_MODES, CLAUDE_ONLY, MODES, USAGE_RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.sources.labels.usage import UsageRelease

_ROUNDS = 50
_CEILINGS = ("ceiling", "weighted_ceiling")


@dataclass(frozen=True)
class UsageTargets:
    """Observed use of n tasks in the releases.

    Attributes
    ----------
    tasks
        One row per text: ``task``, ``soc_codes``.
    releases
        Releases there are, k of them, oldest first.
    shares
        (n, k, 5) shares of the modes among conversations in a told mode; missing where nothing is told.
    told
        (n, k) conversations in a told mode; missing where the number is not known, 0 where nothing is told.
    weights
        (n, k) reliability of each share: (1 - filtered) m / (m + half_weight) for m told conversations, 0 where none.
    pooled, pooled_weights
        (n,) share of automation over the releases that do not overlap, brought to the level of the reference release and
        weighted by `weights`; sum of these. The pooled share may lie a little outside 0-1 and is missing where the task is
        in the overlapping release alone.
    """

    tasks: pd.DataFrame
    releases: tuple[UsageRelease, ...]
    shares: np.ndarray
    told: np.ndarray
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
    """Return what the table ``task_usage`` tells about each task, texts in alphabetical order.

    Raises
    ------
    InputError
        If no share is told, or a task with one has no SOC code (to keep occupations apart when measuring).
    """
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
    there = ~np.isnan(parts)
    told = np.where(there, counts * parts, 0.0)
    # Where a release does not say how many conversations it has, a share counts half.
    reliability = np.where(there & np.isnan(told), 0.5, told / (told + assumption("usage", "half_weight")))
    weights = np.where(there, np.nan_to_num(parts) * np.nan_to_num(reliability), 0.0)
    shares = modes / parts[:, :, None]
    automation = shares[:, :, : len(AUTOMATION_MODES)].sum(axis=2)
    # Conversations that are in another release already are learnt from, but are no further voice on a task.
    apart = tuple(release for release in releases if release != CLAUDE_ONLY)
    columns = [releases.index(release) for release in apart]
    pooled, pooled_weights = _pool(automation[:, columns], weights[:, columns], apart)
    return UsageTargets(tasks, releases, shares, told, weights, pooled, pooled_weights)


def usage_folds(tasks: pd.DataFrame, *, n_folds: int = 5, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give, fold by fold, the row numbers to train on and those held out.

    SOC codes are dealt into folds (:func:`jobimpact.exposure.splits.assign_folds`). A text is held out in the fold of its
    first code; texts with any code of that fold are not trained on, so that neither an occupation nor a text is on both
    sides.
    """
    codes = tasks["soc_codes"].str.split(";")
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
    known = targets.pooled_weights > 0
    pooled, weight = targets.pooled[known], targets.pooled_weights[known]
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
    known = total > 0
    values, weights = np.nan_to_num(automation[known]), weights[known]
    levels = np.zeros(len(releases))
    for _ in range(_ROUNDS):
        tasks = ((values - levels) * weights).sum(axis=1) / weights.sum(axis=1)
        levels = ((values - tasks[:, None]) * weights).sum(axis=0) / weights.sum(axis=0)
        levels -= levels[releases.index(reference_release(releases))]
    pooled = np.full(len(total), np.nan)
    pooled[known] = ((values - levels) * weights).sum(axis=1) / weights.sum(axis=1)
    return pooled, total
