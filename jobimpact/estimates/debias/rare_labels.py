"""How far a mean may be from labels that are nearly all alike, whose own spread says too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jobimpact.assumptions import assumption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def effective_labels(weight: NDArray[np.float64]) -> float:
    """Return how many labels of equal weight are worth as much as labels of `weight`: (sum w)^2 / sum w^2 (Kish 1965)."""
    squares = float((weight**2).sum())
    return float(weight.sum() ** 2 / squares) if squares > 0 else 0.0


def reach_beyond(
    labels: NDArray[np.float64], shares: Sequence[NDArray[np.float64]], probability: NDArray[np.float64], level: float
) -> tuple[float, float]:
    """Return how far below and above the labels' mean, or gap, the true one may be for want of labels apart.

    Parameters
    ----------
    labels
        (n,) on 0-1.
    shares
        (n,) part of each label in the mean, summing to 1; and, for a gap, in the mean that is taken off.
    probability
        (n,) with which each was drawn.
    level
        Of the interval.

    Returns
    -------
    tuple of float
        Both 0 where as many effective labels as the assumption ``least_other_labels`` of data/debiased.toml differ from the
        commonest, and where all was labelled.

    Notes
    -----
    With n effective labels, k of them apart from the commonest v, the share apart is at most p, the upper bound of Clopper and
    Pearson with those counts (Korn and Graubard 1998, Survey Methodology 24(2), 193-201). As labels are on 0-1, the mean is
    then between v (1 - p) and v + (1 - v) p, whatever the labels apart are. Of a gap, reaches of both means add in quadrature.

    Examples
    --------
    >>> thirty = [np.full(30, 1 / 30)]
    >>> below, above = reach_beyond(np.zeros(30), thirty, np.zeros(30), 0.95)
    >>> below, round(above, 3)  # 1 - .025^(1/30)
    (0.0, 0.116)
    """
    reaches = [_reach(labels, share, probability, level) for share in shares]
    if len(reaches) == 1:
        return reaches[0]
    (below, above), (less_below, less_above) = reaches
    return float(np.hypot(below, less_above)), float(np.hypot(above, less_below))


def _reach(
    labels: NDArray[np.float64], share: NDArray[np.float64], probability: NDArray[np.float64], level: float
) -> tuple[float, float]:
    from scipy.stats import beta

    values, number = np.unique(labels, return_inverse=True)
    parts, n = np.bincount(number, share), effective_labels(share)
    common = float(values[parts.argmax()])
    apart = n * (1 - float(parts.max()))
    if apart >= float(assumption("debiased", "least_other_labels")) or not n > 0:
        return 0.0, 0.0
    most = float(beta.ppf((1 + level) / 2, apart + 1, n - apart))
    mean = float(share @ labels)
    # Of a list that was labelled in part only that part is in doubt which was not.
    left = float(np.sqrt(max(1 - float(share @ probability), 0.0)))
    return left * max(mean - common * (1 - most), 0.0), left * max(common + (1 - common) * most - mean, 0.0)
