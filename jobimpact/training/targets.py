"""From raters' labels to what the heads are trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.exposure.heads.rubric import CONSENSUS, LEVELS
from jobimpact.training.consensus.consensus import Consensus

if TYPE_CHECKING:
    from collections.abc import Mapping


def label_levels(labels: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the level numbers (n,) of each rater's labels that `labels` has, -1 where missing."""
    return {
        head: pd.Categorical(labels[head], categories=list(levels)).codes.astype(int)
        for head, levels in LEVELS.items()
        if head in labels.columns
    }


def label_targets(labels: pd.DataFrame, known: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return (n, levels) targets of each head: ones and zeros by label, missing rows where a rater gave none.

    The head ``consensus`` learns the pooled probabilities of :class:`jobimpact.training.consensus.consensus.Consensus`.

    Parameters
    ----------
    labels
        Table ``labels``, with a column for each rater; those of later models may be joined
        (:func:`jobimpact.sources.labels.parshall.join_relabels`).
    known
        Mask (n,) of the rows from which the reliability of raters may be learnt; by default all.
    """
    targets = {head: one_hot(levels, len(LEVELS[head])) for head, levels in label_levels(labels).items()}
    pooled = Consensus().fit(labels if known is None else labels[known]).predict_proba(labels)
    return targets | {CONSENSUS: np.asarray(pooled, dtype="f8")}


def one_hot(levels: np.ndarray, n_levels: int) -> np.ndarray:
    """Return (n, n_levels) rows with a one at `levels`; missing where the level is -1."""
    return np.where(levels[:, None] >= 0, np.eye(n_levels)[levels], np.nan)


def rows_of(targets: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the targets of `rows`, a mask or row numbers."""
    return {head: target[rows] for head, target in targets.items()}
