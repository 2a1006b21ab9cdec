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
from jobimpact.exposure.heads.intervals import LabelIntervals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Rater = Literal["human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4", "consensus"]
CONSENSUS = "consensus"
RATERS: tuple[Rater, ...] = ("human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4", "consensus")

# Levels of each head's label, and the value of each level in the automation score.
LEVELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(RATERS, ("E0", "E1", "E2")),
    "gpt4_automation": ("T0", "T1", "T2", "T3", "T4"),
}
AUTOMATION_OF_LEVEL = np.array([0.0, 0.25, 0.5, 0.75, 1.0])

_ARRAYS = ("hidden_w", "hidden_b", "head_w", "head_b", "reads")


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
        heads side by side), ``head_b``, and ``reads``, the first coordinate of the vectors that it reads (0 where left out).
    weights_
        Weight of each network in the mean of their probabilities; sum 1.
    encoder_hash_
        SHA-256 of the encoder weights that the vectors came from.
    heads_
        Names of the heads that were trained, in the order of their levels in ``head_w``.
    intervals_
        Calibrated :class:`LabelIntervals`, set by training, or None.
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

    def fit(self, vectors: np.ndarray, targets: Mapping[str, np.ndarray], *, encoder_hash: str = "") -> Self:
        """Train on `vectors` (n, d) and `targets`: by head, (n, levels) probabilities of its label.

        A label that is certain is a row of zeros with a one; a rater who gave none has a missing row. Heads without any
        target are left out.

        Raises
        ------
        InputError
            If the human head has no targets, a head is not known, or lengths differ.
        """
        from jobimpact.exposure.heads.network import train_member

        self.heads_, stacked = stack_targets(targets, len(vectors))
        self.members_ = [train_member(self, vectors, stacked, self.random_state + i) for i in range(self.n_members)]
        self.weights_ = np.full(self.n_members, 1 / self.n_members)
        self.encoder_hash_ = encoder_hash
        self.intervals_: LabelIntervals | None = None
        return self

    @property
    def widths_(self) -> list[int]:
        """Number of levels of each head in ``heads_``."""
        return [len(LEVELS[head]) for head in self.heads_]

    def predict_proba(self, vectors: np.ndarray) -> dict[str, np.ndarray]:
        """Return, by head, the (n, levels) probabilities of its labels; rows sum to 1."""
        total: dict[str, np.ndarray] = {head: np.zeros((len(vectors), len(LEVELS[head]))) for head in self.heads_}
        for member, weight in zip(self.members_, self.weights_, strict=True):
            first, start = member.get("hidden_w", member["head_w"]), int(member.get("reads", np.array(0)))
            inputs = vectors[:, start : start + len(first)] * _scale(vectors)
            if "hidden_w" in member:
                inputs = _gelu(_rows_times(inputs, member["hidden_w"]) + member["hidden_b"])
            outputs = _rows_times(inputs, member["head_w"]) + member["head_b"]
            for head, part in zip(self.heads_, np.split(outputs, np.cumsum(self.widths_)[:-1], axis=1), strict=True):
                total[head] += _softmax(part) * weight
        return total

    def beta_interval(self, probabilities: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the 90 % prediction interval for the label that a human rater would give, as beta.

        Missing where the heads were never calibrated; see :class:`jobimpact.exposure.heads.intervals.LabelIntervals`.
        """
        if self.intervals_ is None:
            return np.full(len(vectors), np.nan), np.full(len(vectors), np.nan)
        return self.intervals_.ends(probabilities, vectors)

    def halved(self) -> Self:
        """Return these heads with weights rounded to half precision, as :meth:`save` writes them."""
        copy = type(self)(**self.get_params())
        copy.members_ = [{name: array.astype("f2").astype("f8") for name, array in member.items()} for member in self.members_]
        copy.encoder_hash_ = getattr(self, "encoder_hash_", "")
        copy.heads_, copy.weights_ = self.heads_, self.weights_
        copy.intervals_ = getattr(self, "intervals_", None)
        return copy

    def save(self, path: Path) -> None:
        """Write the heads as an .npz without pickles, weights in half precision."""
        arrays = {f"{i}_{name}": array.astype("f2") for i, member in enumerate(self.members_) for name, array in member.items()}
        params = {f"param_{name}": np.array(value) for name, value in self.get_params().items()}
        with path.open("wb") as stream:
            intervals = self.intervals_.arrays() if self.intervals_ is not None else {}
            names = {"encoder_hash": np.array(self.encoder_hash_), "heads": np.array(self.heads_), "weights": self.weights_}
            np.savez_compressed(stream, allow_pickle=False, **names, **params, **arrays, **intervals)

    @classmethod
    def load(cls, path: Path) -> RubricHeads:
        """Read heads written by :meth:`save`.

        Raises
        ------
        ModelError
            If the file is missing or is not such a file.
        """
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            heads = cls(**{name[6:]: value.item() for name, value in arrays.items() if name.startswith("param_")})
            heads.members_ = [
                {name: arrays[f"{i}_{name}"].astype("f8") for name in _ARRAYS if f"{i}_{name}" in arrays}
                for i in range(heads.n_members)
            ]
            heads.encoder_hash_ = str(arrays["encoder_hash"])
            heads.weights_ = arrays["weights"]
            heads.heads_ = tuple(map(str, arrays["heads"]))
            heads.intervals_ = LabelIntervals.from_arrays(arrays) if "interval_base" in arrays else None
        except (OSError, EOFError, KeyError, ValueError, TypeError, BadZipFile) as error:
            raise ModelError(f"{path} cannot be read as trained heads ({error}): train them with `jobimpact train`") from error
        return heads


def stack_targets(targets: Mapping[str, np.ndarray], n_rows: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the heads that have targets, and their (n, levels) targets side by side.

    Raises
    ------
    InputError
        If the human head has no targets, a head is not known, or its targets are not (`n_rows`, levels).
    """
    for head, target in targets.items():
        if head not in LEVELS or np.shape(target) != (n_rows, len(LEVELS[head])):
            raise InputError(f"targets of {head!r}: found shape {np.shape(target)}; expected a head of {', '.join(LEVELS)} with "
                             f"{n_rows} rows and a column for each of its levels")  # fmt: skip
    heads = tuple(head for head in LEVELS if head in targets and not np.isnan(targets[head]).all())
    if "human" not in heads:
        raise InputError("targets of 'human' are missing: without human labels nothing can be calibrated")
    return heads, np.column_stack([targets[head] for head in heads])


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
