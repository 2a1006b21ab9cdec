"""How near tasks are to capabilities, relative to all kinds of work, and what labels say that means as a probability."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from jobimpact.errors import InputError
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, LabelEnds, LabelIntervals
from jobimpact.exposure.heads.softmax import softmax
from jobimpact.exposure.params import Params, stored_arrays
from jobimpact.paths import packaged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Labels of a task that is covered or not, on beta's scale.
COVERED = np.array([0.0, 1.0])
# Below this a vector or a spread is rounding error.
_TINY = 1e-9
_FILE = packaged("exposure", "weights", "capabilities.npz")
_NUMBERS = ("intercept", "slope", "label_quantile", "any_quantile")
_TEXTS = ("encoder_hash", "capabilities_hash")
_ARRAYS = ("label_weights", "label_bias", "automation_weights", "automation_bias")


@dataclass(frozen=True)
class Background:
    """Where the vectors of all kinds of work lie, d-dimensional: what near and far are measured against.

    Without its mean a vector says what sets the task apart. It also takes away most of the hubness that
    makes some sentences neighbours of everything (Suzuki et al. 2013, Centering similarity measures to
    reduce hubs, EMNLP). The other two are moments of the centred vectors scaled to length 1.
    """

    mean: np.ndarray
    direction_mean: np.ndarray
    direction_cov: np.ndarray

    @classmethod
    def from_vectors(cls, vectors: np.ndarray) -> Background:
        """Return the background of `vectors` (n, d), rounded to half precision, in which it is stored."""
        if len(vectors) < 2:  # noqa: PLR2004 - no spread without two
            raise InputError(f"{len(vectors)} vectors make no background: give those of tasks from all kinds of work")
        mean = _half(vectors.astype("f8").mean(axis=0))
        directions = _unit(vectors - mean)
        return cls(mean, _half(directions.mean(axis=0)), _half(np.atleast_2d(np.cov(directions.T, bias=True))))

    def directions(self, vectors: np.ndarray) -> np.ndarray:
        """Return `vectors` (n, d) without the mean, scaled to length 1."""
        return _unit(vectors.astype("f8") - self.mean)


@dataclass(kw_only=True, eq=False)
class CapabilityScorer(Params):
    """Probability that a capability covers a task, from the similarity of their vectors.

    The similarity is the mean cosine between the centred vectors of the task and of the capability's
    statements. From it the mean over the background is taken, and the rest divided by the background's
    standard deviation: z says how many standard deviations nearer a task is than work in general, which has
    the same meaning for every capability. Then P = 1 / (1 + exp(-(intercept + slope * arsinh(z)))), the
    same for all capabilities; arsinh is z near 0 and grows like log(z) far out, where labels show hardly
    any further rise.

    Fitted: ``names_`` of k capabilities, ``prototypes_`` (d, k), the mean of the centred unit vectors of
    each one's statements, ``location_`` and ``scale_`` (k,), mean and standard deviation of the similarity
    over the background.
    """

    intercept: float
    slope: float

    def fit(self, background: Background, statements: Mapping[str, np.ndarray]) -> Self:
        """Learn what near means for each capability from `statements`: (m, d) vectors by its name."""
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


@dataclass(frozen=True)
class CapabilityCalibration:
    """Learnt from the labels of Eloundou et al. 2024 (doi:10.1126/science.adj0998) for one encoder.

    Attributes
    ----------
    label_weights, label_bias
        (k, 3) and (3,): multinomial logistic regression of the human label E0, E1, E2 on the z of the k
        shipped capabilities.
    automation_weights, automation_bias
        (k, 5) and (5,): the same for GPT-4's automation label T0 to T4.
    label_quantile, any_quantile
        90 % quantiles of the conformity scores of held-out tasks: for the label, and for "covered by at
        least one language capability".
    """

    intercept: float
    slope: float
    background: Background
    label_weights: np.ndarray
    label_bias: np.ndarray
    automation_weights: np.ndarray
    automation_bias: np.ndarray
    label_quantile: float
    any_quantile: float
    encoder_hash: str
    capabilities_hash: str

    def label_probabilities(self, nearness: np.ndarray) -> np.ndarray:
        """Return the (n, 3) probabilities of E0, E1 and E2 for the (n, k) z of the shipped capabilities."""
        return softmax(nearness @ self.label_weights + self.label_bias)

    def automation_probabilities(self, nearness: np.ndarray) -> np.ndarray:
        """Return the (n, 5) probabilities of T0 to T4."""
        return softmax(nearness @ self.automation_weights + self.automation_bias)

    def save(self, path: Path) -> None:
        """Write an .npz without pickles."""
        background = self.background
        with path.open("wb") as stream:
            np.savez_compressed(
                stream, allow_pickle=False,
                background_mean=background.mean.astype("f2"), direction_mean=background.direction_mean.astype("f2"),
                direction_cov=background.direction_cov.astype("f2"),
                label_weights=self.label_weights, label_bias=self.label_bias,
                automation_weights=self.automation_weights, automation_bias=self.automation_bias,
                **{name: np.array(getattr(self, name)) for name in (*_NUMBERS, *_TEXTS)},
            )  # fmt: skip


def load_calibration(path: Path | None = None) -> CapabilityCalibration:
    """Read what :meth:`CapabilityCalibration.save` wrote, by default for the package."""
    return _shipped_calibration() if path is None else _read(path)


@cache
def _shipped_calibration() -> CapabilityCalibration:
    return _read(_FILE)


def _read(path: Path) -> CapabilityCalibration:
    with stored_arrays(path, "a calibration of capabilities", "make one with calibrate_capabilities") as arrays:
        moments = (arrays[name].astype("f8") for name in ("background_mean", "direction_mean", "direction_cov"))
        values: dict[str, Any] = {name: float(arrays[name]) for name in _NUMBERS}
        values |= {name: str(arrays[name]) for name in _TEXTS} | {name: arrays[name] for name in _ARRAYS}
        return CapabilityCalibration(background=Background(*moments), **values)


def interval_ends(quantile: float, probabilities: np.ndarray, labels: np.ndarray = BETA_OF_LEVEL) -> LabelEnds:
    """Return the ends (n,), among `labels`, of intervals that all have the same `quantile` of the conformity score."""
    return LabelIntervals.common(quantile).ends(probabilities, np.empty((len(probabilities), 0)), labels)
