"""Supervised heads: from a task's vector to the label that a rater would give.

The rubric is that of Eloundou, Manning, Mishkin and Rock, "GPTs are GPTs", Science 384 (2024), doi:10.1126/science.adj0998:
E0 no exposure, E1 direct exposure (a language model alone cuts the time of the task by half or more), E2 exposure with
software built on a language model; T0 to T4 say how much of the task could be automated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self
from zipfile import BadZipFile

import numpy as np
from sklearn.base import BaseEstimator

from jobimpact.errors import InputError, ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Rater = Literal["human", "gpt4", "gpt4_alt"]
RATERS: tuple[Rater, ...] = ("human", "gpt4", "gpt4_alt")

# Levels of each head's label, and the value of each level in beta (E2 counts half) and in the automation score.
LEVELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(RATERS, ("E0", "E1", "E2")),
    "gpt4_automation": ("T0", "T1", "T2", "T3", "T4"),
}
BETA_OF_LEVEL = np.array([0.0, 1.0, 0.5])
# No task is so clear that the interval for a rater's label shrinks to a point.
_LEAST_SPREAD = 0.05
AUTOMATION_OF_LEVEL = np.array([0.0, 0.25, 0.5, 0.75, 1.0])


_ARRAYS = ("hidden_w", "hidden_b", "head_w", "head_b")


class RubricHeads(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A small network with one head per rater, trained together on vectors of task texts.

    One hidden layer is shared by all heads: what GPT-4 and the automation labels teach about tasks also serves the human
    head. `n_members` networks differ in their seed; their probabilities are averaged.

    Parameters
    ----------
    hidden
        Units of the shared layer; 0 for heads straight on the vectors, as training together with the encoder makes them.
    dropout, weight_decay, learning_rate, epochs, batch_size
        Settings of AdamW with a one-cycle schedule.
    n_members
        Networks in the ensemble.
    random_state
        Seed of initial weights, dropout and order.

    Attributes
    ----------
    members_
        One dict of float32 arrays per network: ``hidden_w`` (d, hidden), ``hidden_b``, ``head_w`` (hidden, levels of all
        heads side by side), ``head_b``.
    encoder_hash_
        SHA-256 of the encoder weights that the vectors came from.
    beta_quantile_
        90 % quantile of the conformity scores (see :meth:`beta_interval`), set by training.
    """

    def __init__(
        self,
        *,
        hidden: int = 256,
        dropout: float = 0.7,
        weight_decay: float = 1.0,
        learning_rate: float = 4e-3,
        epochs: int = 30,
        batch_size: int = 1024,
        n_members: int = 3,
        random_state: int = 0,
    ) -> None:
        self.hidden = hidden
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.n_members = n_members
        self.random_state = random_state

    def fit(self, vectors: np.ndarray, labels: Mapping[str, np.ndarray], *, encoder_hash: str = "") -> Self:
        """Train on `vectors` (n, d) and `labels`: level numbers (n,) by head, -1 where that rater gave none.

        Raises
        ------
        InputError
            If a head has no labels or the lengths differ.
        """
        from jobimpact.exposure.network import train_member

        for head in LEVELS:
            if head not in labels or len(labels[head]) != len(vectors) or (np.asarray(labels[head]) < 0).all():
                raise InputError(f"labels of {head!r} are missing or not {len(vectors)} long, as the vectors are")
        targets = np.column_stack([np.asarray(labels[head]) for head in LEVELS])
        self.members_ = [train_member(self, vectors, targets, self.random_state + i) for i in range(self.n_members)]
        self.encoder_hash_ = encoder_hash
        self.beta_quantile_ = np.nan
        return self

    def predict_proba(self, vectors: np.ndarray) -> dict[str, np.ndarray]:
        """Return, by head, the (n, levels) probabilities of its labels; rows sum to 1."""
        total: dict[str, np.ndarray] = {head: np.zeros((len(vectors), len(levels))) for head, levels in LEVELS.items()}
        for member in self.members_:
            inputs = vectors * _scale(vectors)
            if "hidden_w" in member:
                inputs = _gelu(_rows_times(inputs, member["hidden_w"]) + member["hidden_b"])
            outputs = _rows_times(inputs, member["head_w"]) + member["head_b"]
            start = 0
            for head, levels in LEVELS.items():
                total[head] += _softmax(outputs[:, start : start + len(levels)]) / len(self.members_)
                start += len(levels)
        return total

    def beta_interval(self, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the 90 % prediction interval for the label that a human rater would give, as beta.

        Split conformal prediction with the score |y - beta| / sd(p), where sd(p) is the standard deviation of the label's
        value under the predicted probabilities (Lei et al. 2018, doi:10.1080/01621459.2017.1307116, section 5.2).
        """
        beta = probabilities @ BETA_OF_LEVEL
        margin = self.beta_quantile_ * label_spread(probabilities)
        return np.clip(beta - margin, 0, 1), np.clip(beta + margin, 0, 1)

    def halved(self) -> Self:
        """Return these heads with weights rounded to half precision, as :meth:`save` writes them."""
        copy = type(self)(**self.get_params())
        copy.members_ = [{name: array.astype("f2").astype("f8") for name, array in member.items()} for member in self.members_]
        copy.encoder_hash_ = getattr(self, "encoder_hash_", "")
        copy.beta_quantile_ = getattr(self, "beta_quantile_", np.nan)
        return copy

    def save(self, path: Path) -> None:
        """Write the heads as an .npz without pickles, weights in half precision."""
        arrays = {f"{i}_{name}": array.astype("f2") for i, member in enumerate(self.members_) for name, array in member.items()}
        params = {f"param_{name}": np.array(value) for name, value in self.get_params().items()}
        with path.open("wb") as stream:
            np.savez_compressed(
                stream, allow_pickle=False, encoder_hash=np.array(self.encoder_hash_),
                beta_quantile=np.array(self.beta_quantile_), **params, **arrays,
            )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> RubricHeads:
        """Read heads written by :meth:`save`.

        Raises
        ------
        ModelError
            If the file is missing or is not such a file.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            heads = cls(**{name[6:]: value.item() for name, value in arrays.items() if name.startswith("param_")})
            heads.members_ = [
                {name: arrays[f"{i}_{name}"].astype("f8") for name in _ARRAYS if f"{i}_{name}" in arrays}
                for i in range(heads.n_members)
            ]
            heads.encoder_hash_ = str(arrays["encoder_hash"])
            heads.beta_quantile_ = float(arrays["beta_quantile"])
        except (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile) as error:
            raise ModelError(f"{path} cannot be read as trained heads ({error}): train them with `jobimpact train`") from error
        return heads


def label_spread(probabilities: np.ndarray) -> np.ndarray:
    """Return the standard deviation of beta's label values under `probabilities` (n, 3), at least _LEAST_SPREAD."""
    mean = probabilities @ BETA_OF_LEVEL
    variance = probabilities @ BETA_OF_LEVEL**2 - mean**2
    return np.asarray(np.sqrt(np.maximum(variance, _LEAST_SPREAD**2)))


def _scale(vectors: np.ndarray) -> float:
    # Unit vectors have entries near 1/sqrt(d); the network is trained on entries near 1.
    return float(np.sqrt(vectors.shape[1]))


def _rows_times(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.asarray(rows.astype("f8") @ matrix.astype("f8"))


def _gelu(values: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return np.asarray(0.5 * values * (1 + erf(values / np.sqrt(2))))


def _softmax(values: np.ndarray) -> np.ndarray:
    exponents = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))
