"""How far two scores of the same occupations go together, unweighted and by employment, with intervals."""

import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Correlation(NamedTuple):
    """A correlation and the ends of its interval; all missing where a score does not vary."""

    value: float
    low: float
    high: float


_NONE = Correlation(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Agreement:
    """Correlations of two scores over occupations with both: each counted once, and by its employment.

    By employment Spearman's is the correlation of employment-weighted percentiles.
    """

    pearson: Correlation
    spearman: Correlation
    pearson_emp: Correlation
    spearman_emp: Correlation


def measure_agreement(
    a: Array, b: Array, employment: Array, *, confidence: float, draws: int, seed: tuple[int, str]
) -> Agreement:
    """Return the correlations of two scores (n,) with their intervals; missing where a score does not vary.

    Unweighted: the interval of Pearson's r is Fisher's, tanh(atanh r +- z / sqrt(n - 3)); of Spearman's that
    of Bonett and Wright 2000 (doi:10.1007/BF02294183), with sqrt((1 + r^2 / 2) / (n - 3)) in place of 1 /
    sqrt(n - 3). By employment: percentile intervals of a bootstrap that draws occupations, each with its
    employment. Intervals say how far a correlation would move with other occupations of this kind; the error
    of a score in an occupation is not in them. `seed` is a number and the pair's name, so that intervals of a
    pair do not depend on which others are computed.
    """
    from scipy.stats import norm, rankdata

    z = float(norm.ppf((1 + confidence) / 2))
    pearson = _fisher(weighted_r(a, b, np.ones(len(a)))[0], len(a), z, spearman=False)
    spearman = _fisher(weighted_r(rankdata(a), rankdata(b), np.ones(len(a)))[0], len(a), z, spearman=True)
    if not employment.sum() > 0:
        return Agreement(pearson, spearman, _NONE, _NONE)
    # crc32, not hash(): Python's hash of a text differs from run to run.
    rng = np.random.default_rng([seed[0], zlib.crc32(seed[1].encode())])
    # The first row is the sample itself; below it one row per draw, so that all are computed at once.
    weights = np.vstack([employment, _draw_counts(len(a), draws, rng) * employment])
    raw = weighted_r(a, b, weights)
    ranked = weighted_r(employment_percentiles(a, weights), employment_percentiles(b, weights), weights)
    return Agreement(pearson, spearman, _bootstrapped(raw, confidence), _bootstrapped(ranked, confidence))


def employment_percentiles(values: Array, employment: Array) -> Array:
    """Return the share of employment, (n,) or (draws, n), in lower occupations, ties counted half.

    Examples
    --------
    >>> employment_percentiles(np.array([0.2, 0.2, 0.9]), np.array([1.0, 1.0, 2.0])).tolist()
    [0.25, 0.25, 0.75]
    """
    order = np.argsort(values, kind="stable")
    levels, starts, group = np.unique(values[order], return_index=True, return_inverse=True)
    by_level = np.add.reduceat(employment[..., order], starts, axis=-1)
    # Ties count half, so that the employment-weighted mean percentile is one half for any score.
    middle = by_level.cumsum(axis=-1) - by_level / 2
    total = by_level.sum(axis=-1, keepdims=True)
    shares = np.divide(middle, total, out=np.full(middle.shape, np.nan), where=total > 0)
    position = np.empty(len(values), dtype=np.int64)
    position[order] = group
    percentiles: Array = shares[..., position] if len(levels) else shares
    return percentiles


def weighted_r(a: Array, b: Array, weights: Array) -> Array:
    """Return Pearson's correlation under each row of weights (rows, n); missing where a score does not vary.

    Examples
    --------
    >>> weighted_r(np.array([1.0, 2.0, 9.0]), np.array([2.0, 4.0, 0.0]), np.array([1.0, 1.0, 0.0])).round(6).tolist()
    [1.0]
    """
    weights = np.atleast_2d(weights)
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    a, b = _centred(a, weights), _centred(b, weights)
    weighted_a, weighted_b = weights * a, weights * b
    covariance = np.einsum("ij,ij->i", weighted_a, b)
    spread = np.sqrt(np.einsum("ij,ij->i", weighted_a, a) * np.einsum("ij,ij->i", weighted_b, b))
    # A score that is the same everywhere has no correlation; its rounding must not make one.
    r: Array = np.divide(covariance, spread, out=np.full(len(weights), np.nan), where=spread > np.finfo(float).eps)
    return np.clip(r, -1, 1)


def _draw_counts(n: int, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return how often each of `n` occupations is in each sample of `n` with replacement, shape (draws, n)."""
    # Draw d counts in cells d n to d n + n - 1, so that one bincount does for all.
    sample = rng.integers(0, n, size=(draws, n)) + n * np.arange(draws)[:, None]
    return np.bincount(sample.ravel(), minlength=draws * n).reshape(draws, n)


def _centred(scores: Array, weights: Array) -> Array:
    """Return scores less their weighted means, in units of the largest, so that what counts as no spread has no unit."""
    largest = np.abs(scores).max(initial=0.0)
    scaled = scores / largest if largest > 0 else scores
    centred: Array = scaled - (weights * scaled).sum(axis=1, keepdims=True)
    return centred


def _fisher(r: float, n: int, z: float, *, spearman: bool) -> Correlation:
    if np.isnan(r) or n <= 3:  # noqa: PLR2004 - the 3 of Fisher's n - 3
        return Correlation(float(r), np.nan, np.nan)
    if abs(r) > 1 - np.finfo(float).eps:
        return Correlation(float(r), float(r), float(r))
    half = z * np.sqrt((1 + r**2 / 2 if spearman else 1) / (n - 3))
    return Correlation(float(r), float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half)))


def _bootstrapped(r: Array, confidence: float) -> Correlation:
    """Return the first value with the percentiles of the others."""
    samples = r[1:][~np.isnan(r[1:])]
    if np.isnan(r[0]) or len(samples) == 0:
        return Correlation(float(r[0]), np.nan, np.nan)
    low, high = np.quantile(samples, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Correlation(float(r[0]), float(low), float(high))
