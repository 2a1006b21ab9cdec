"""What was learnt from labels about the step from similarity to probability, in a small file without pickles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from jobimpact.errors import ModelError
from jobimpact.exposure.capabilities.scorer import Background
from jobimpact.exposure.heads.intervals import LabelIntervals
from jobimpact.paths import packaged

if TYPE_CHECKING:
    from pathlib import Path

_FILE = packaged("exposure", "weights", "capabilities.npz")


@dataclass(frozen=True)
class CapabilityCalibration:
    """Learnt from the labels of Eloundou et al. 2024 (doi:10.1126/science.adj0998) for one encoder.

    Attributes
    ----------
    intercept, slope
        Of :class:`jobimpact.exposure.capabilities.scorer.CapabilityScorer`.
    background
        Moments of the starter tasks' vectors.
    label_weights, label_bias
        (k, 3) and (3,): multinomial logistic regression of the human label E0, E1, E2 on the z of the k shipped capabilities.
    automation_weights, automation_bias
        (k, 5) and (5,): the same for GPT-4's automation label T0 to T4.
    label_quantile, any_quantile
        90 % quantiles of the conformity scores of held-out tasks (:func:`jobimpact.exposure.heads.intervals.common_intervals`):
        for the label, and for "covered by at least one language capability".
    encoder_hash, capabilities_hash
        Of the encoder's weights, and of the shipped statements that the regressions belong to.
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

    def label_ends(self, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends (n,) of the 90 % intervals for a human rater's label as beta."""
        return interval_ends(self.label_quantile, probabilities)

    def any_ends(self, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends (n,) of the 90 % intervals for "covered", 0 or 1, given (n, 3) `probabilities` of no, yes, 0."""
        return interval_ends(self.any_quantile, probabilities)

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


_NUMBERS = ("intercept", "slope", "label_quantile", "any_quantile")
_TEXTS = ("encoder_hash", "capabilities_hash")
_ARRAYS = ("label_weights", "label_bias", "automation_weights", "automation_bias")


def load_calibration(path: Path | None = None) -> CapabilityCalibration:
    """Read a calibration written by :meth:`CapabilityCalibration.save`; by default the one that travels with the package.

    Raises
    ------
    ModelError
        If the file is missing or is not such a file.
    """
    return _shipped_calibration() if path is None else _read(path)


@cache
def _shipped_calibration() -> CapabilityCalibration:
    return _read(_FILE)


def _read(path: Path) -> CapabilityCalibration:
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        moments = (arrays[name].astype("f8") for name in ("background_mean", "direction_mean", "direction_cov"))
        values: dict[str, Any] = {name: float(arrays[name]) for name in _NUMBERS}
        values |= {name: str(arrays[name]) for name in _TEXTS} | {name: arrays[name] for name in _ARRAYS}
        return CapabilityCalibration(background=Background(*moments), **values)
    except (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile) as error:
        raise ModelError(
            f"{path} cannot be read as a calibration of capabilities ({error}): make one with calibrate_capabilities"
        ) from error


def interval_ends(quantile: float, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (n,) of intervals that all have the same `quantile` of the conformity score."""
    intervals = LabelIntervals((), np.empty((0, 0)), np.empty(0), np.empty(0), quantile)
    return intervals.ends(probabilities, np.empty((len(probabilities), 0)))


def softmax(values: np.ndarray) -> np.ndarray:
    """Return rows of probabilities, in double precision."""
    exponents = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))
