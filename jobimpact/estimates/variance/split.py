"""Split the variance of estimates into causes, so that the parts add up to the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Effect:
    """What one cause does to E estimates.

    Attributes
    ----------
    main
        (E,) variance of the estimate's mean over all else, given the cause: the first-order effect.
    shared
        (E,) variance that the cause makes only together with others.
    """

    main: NDArray[np.float64]
    shared: NDArray[np.float64]

    @property
    def part(self) -> NDArray[np.float64]:
        """The main effect and half of what is shared."""
        return np.maximum(self.main, 0.0) + np.maximum(self.shared, 0.0) / 2


def crossed_effect(backgrounds: Iterable[NDArray[np.float64]]) -> Effect:
    """Return the effect of a cause from a crossed design: the same D draws of it on each of J draws of all else.

    With y(d, j) the estimate under draw d of the cause and draw j of all else, the balanced two-way analysis of variance gives
    var(shared) = MS(rest) and var(main) = (MS(d) - MS(rest)) / J (Searle, Casella and McCulloch 1992, Variance
    Components, ISBN 0-471-62162-5, chapter 4). As all else stands still within a j, chance correlation of the cause with larger
    ones does not enter, and the error of a part is relative to the part: sqrt(2/D).

    Parameters
    ----------
    backgrounds
        J arrays (E, D), at least two.
    """
    rows: NDArray[np.float64] | None = None
    squares, columns, origin = 0.0, [], 0.0
    for draws in backgrounds:
        if rows is None:
            rows, origin = np.zeros_like(draws), draws.mean(axis=1, keepdims=True)
        centred = draws - origin
        rows += centred
        squares = squares + (centred**2).sum(axis=1)
        columns.append(centred.sum(axis=1))
    if rows is None or len(columns) < 2:  # noqa: PLR2004 - two draws of all else are the fewest that have a spread
        raise ValueError("a crossed design needs at least two backgrounds")
    n_draws, n_rest = rows.shape[1], len(columns)
    correction = rows.sum(axis=1) ** 2 / (n_draws * n_rest)
    between = (rows**2).sum(axis=1) / n_rest - correction
    rest = (np.array(columns) ** 2).sum(axis=0) / n_draws - correction
    shared = (squares - correction - between - rest) / ((n_draws - 1) * (n_rest - 1))
    return Effect((between / (n_draws - 1) - shared) / n_rest, shared)


def allocate(
    effects: Mapping[str, Effect], joint: NDArray[np.float64], factors: Mapping[str, float]
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Return the part of each cause in the variance of the joint draws; the parts add up to it.

    What several causes make only together is shared between them equally, as the Shapley value does: the part of a cause is
    its main effect and half of what it shares, exact where no more than two causes act together (Owen 2014,
    doi:10.1137/130936233: the Shapley value lies between the main and the total effect), scaled so that the parts sum to the
    variance of `joint`. An estimate in which causes only add has no shared part, and the parts are the main effects.

    Parameters
    ----------
    effects
        By cause.
    joint
        (E, D) estimates with all causes drawn.
    factors
        By cause, what its part is then multiplied by: the spread of few raters is less than that of what they are a sample of.

    Returns
    -------
    tuple
        (E,) parts by cause, and the (E,) sum of them.
    """
    whole = joint.var(axis=1, ddof=1)
    parts = {cause: effect.part for cause, effect in effects.items()}
    sums = np.sum(list(parts.values()), axis=0) if parts else np.zeros_like(whole)
    # Rounding of single precision leaves some 1e-14 where nothing varies.
    scale = np.divide(whole, sums, out=np.zeros_like(whole), where=sums > _ROUNDING)
    scaled = {cause: part * scale * factors.get(cause, 1.0) for cause, part in parts.items()}
    return scaled, np.sum(list(scaled.values()), axis=0) if scaled else np.zeros_like(whole)


_ROUNDING = 1e-13
