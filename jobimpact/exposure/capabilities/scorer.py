"""How near tasks are to capabilities, relative to all kinds of work, and what that means as a probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator

from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Below this a vector or a spread is rounding error.
_TINY = 1e-9


@dataclass(frozen=True)
class Background:
    """Where the vectors of all kinds of work lie: what near and far are measured against.

    Without its mean a vector says what sets the task apart. It also takes away most of the hubness that makes some sentences
    neighbours of everything (Suzuki et al. 2013, Centering similarity measures to reduce hubs, EMNLP).

    Attributes
    ----------
    mean
        (d,) mean vector.
    direction_mean, direction_cov
        (d,) and (d, d) moments of the centred vectors scaled to length 1.
    """

    mean: np.ndarray
    direction_mean: np.ndarray
    direction_cov: np.ndarray

    @classmethod
    def from_vectors(cls, vectors: np.ndarray) -> Background:
        """Return the background of `vectors` (n, d) of tasks from all kinds of work.

        Moments are rounded to half precision, in which they are stored.

        Raises
        ------
        InputError
            If there are fewer than two vectors.
        """
        if len(vectors) < 2:  # noqa: PLR2004 - no spread without two
            raise InputError(f"{len(vectors)} vectors make no background: give those of tasks from all kinds of work")
        mean = _half(vectors.astype("f8").mean(axis=0))
        directions = _unit(vectors - mean)
        return cls(mean, _half(directions.mean(axis=0)), _half(np.atleast_2d(np.cov(directions.T, bias=True))))

    def directions(self, vectors: np.ndarray) -> np.ndarray:
        """Return `vectors` (n, d) without the mean, scaled to length 1."""
        return _unit(vectors.astype("f8") - self.mean)


class CapabilityScorer(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Probability that a capability covers a task, from the similarity of their vectors.

    The similarity is the mean cosine between the centred vectors of the task and of the capability's statements. From it the
    mean over the background is taken, and the rest divided by the background's standard deviation: z says how many standard
    deviations nearer a task is than work in general, which has the same meaning for every capability. Then
    P = 1 / (1 + exp(-(intercept + slope * arsinh(z)))), the same for all capabilities; arsinh is z near 0 and grows like
    log(z) far out, where labels show hardly any further rise.

    Parameters
    ----------
    intercept, slope
        Learnt on capabilities that have labels (:mod:`jobimpact.training.capabilities`).

    Attributes
    ----------
    names_
        Capabilities, k of them.
    prototypes_
        (d, k) mean of the centred unit vectors of each capability's statements.
    location_, scale_
        (k,) mean and standard deviation of the similarity over the background.
    """

    def __init__(self, *, intercept: float, slope: float) -> None:
        self.intercept = intercept
        self.slope = slope

    def fit(self, background: Background, statements: Mapping[str, np.ndarray]) -> Self:
        """Learn what near means for each capability from `statements`: (m, d) vectors by its name.

        Raises
        ------
        InputError
            If a capability has no statements.
        """
        empty = [name for name, vectors in statements.items() if not len(vectors)]
        if empty or not statements:
            raise InputError(f"capability {(empty or ['(none)'])[0]!r} has no statements: give at least one")
        self.background_ = background
        self.names_ = tuple(statements)
        means = [background.directions(vectors).mean(axis=0) for vectors in statements.values()]
        self.prototypes_ = np.column_stack(means)
        self.location_ = background.direction_mean @ self.prototypes_
        variance = np.einsum("dk,de,ek->k", self.prototypes_, background.direction_cov, self.prototypes_)
        self.scale_ = np.sqrt(np.maximum(variance, _TINY**2))
        return self

    def transform(self, vectors: np.ndarray) -> np.ndarray:
        """Return (n, k): by how many standard deviations of the background each task is nearer than work in general."""
        return np.asarray((self.background_.directions(vectors) @ self.prototypes_ - self.location_) / self.scale_)

    def predict_proba(self, vectors: np.ndarray) -> np.ndarray:
        """Return the (n, k) probabilities that each capability covers each task."""
        return nearness_probability(self.transform(vectors), self.intercept, self.slope)


def nearness_probability(nearness: np.ndarray, intercept: float, slope: float) -> np.ndarray:
    """Return the probability for each z of :meth:`CapabilityScorer.transform`.

    Examples
    --------
    >>> nearness_probability(np.array([0.0, 3.0]), -3.8, 2.2).round(2)
    array([0.02, 0.55])
    """
    return np.asarray(1 / (1 + np.exp(-(intercept + slope * np.arcsinh(nearness)))))


def any_of(probabilities: np.ndarray) -> np.ndarray:
    """Return (n,): probability that at least one of k capabilities covers the task, 1 - prod(1 - p) (noisy-or, Pearl 1988).

    Examples
    --------
    >>> any_of(np.array([[0.5, 0.5], [0.0, 0.2]]))
    array([0.75, 0.2 ])
    """
    return np.asarray(1 - np.prod(1 - probabilities, axis=1))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY))


def _half(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.astype("f2").astype("f8"))
