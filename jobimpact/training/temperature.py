"""Temperature of logits: how sure heads may be, learnt from tasks that they were not trained on.

Networks trained until they agree best with people are too sure of themselves. Logits divided by one number per head, chosen
by cross-entropy on held-out labels, mend that (Guo, Pleiss, Sun, Weinberger 2017, "On calibration of modern neural networks",
arXiv:1706.04599). The order of a head's levels for a task stays; the mean over levels, and so beta, moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jobimpact.exposure.heads.rubric import LEVELS, RubricHeads

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANGE = (0.5, 4.0)


def fit_temperatures(heads: RubricHeads, vectors: np.ndarray, targets: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return, by head, the temperature from 0.5 to 4 with the least cross-entropy; 1 without labels.

    `vectors` are (n, d), `targets` by head (n, levels) probabilities of the label, missing rows where there
    is none.
    """
    from scipy.optimize import minimize_scalar

    temperatures = {}
    for head in heads.heads_:
        labelled = ~np.isnan(targets[head][:, 0])

        def surprise(temperature: float, head: str = head, labelled: np.ndarray = labelled) -> float:
            probabilities = cooled(heads, {head: temperature}).predict_proba(vectors[labelled])[head]
            return float(-(targets[head][labelled] * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1).mean())

        # Finer than two digits, held-out labels tell nothing.
        best = minimize_scalar(surprise, bounds=_RANGE, method="bounded", options={"xatol": 0.01}) if labelled.any() else None
        temperatures[head] = 1.0 if best is None else round(float(best.x), 2)
    return temperatures


def cooled(heads: RubricHeads, temperatures: Mapping[str, float]) -> RubricHeads:
    """Return `heads` whose logits are divided by the temperature of their head; heads that are not named stay as they are."""
    divisor = np.concatenate([np.full(len(LEVELS[head]), temperatures.get(head, 1.0)) for head in heads.heads_])
    copy = RubricHeads(**heads.get_params())
    copy.members_ = [
        {**member, "head_w": member["head_w"] / divisor, "head_b": member["head_b"] / divisor} for member in heads.members_
    ]
    copy.heads_, copy.weights_, copy.encoder_hash_, copy.intervals_ = heads.heads_, heads.weights_, heads.encoder_hash_, None
    return copy
