"""Supervised heads: from a task's vector to the label that a rater would give.

The rubric is that of Eloundou, Manning, Mishkin and Rock, "GPTs are GPTs", Science 384 (2024), doi:10.1126/science.adj0998:
E0 no exposure, E1 direct exposure (a language model alone cuts the time of the task by half or more), E2 exposure with
software built on a language model; T0 to T4 say how much of the task could be automated.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.heads.intervals import LabelEnds, LabelIntervals, label_ends
from jobimpact.exposure.heads.softmax import SoftmaxHeads, forward, input_scale, softmax

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from jobimpact.exposure.encoder.sentence import Encoder

Rater = Literal["human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4", "consensus"]
CONSENSUS = "consensus"
RATERS: tuple[Rater, ...] = ("human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4", "consensus")

GRADES = "gpt4_automation"  # the head of the automation grade

# Levels of each head's label, and the value of each level in the automation score.
LEVELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(RATERS, ("E0", "E1", "E2")),
    GRADES: ("T0", "T1", "T2", "T3", "T4"),
}
AUTOMATION_OF_LEVEL = np.array([0.0, 0.25, 0.5, 0.75, 1.0])


@dataclass(kw_only=True, eq=False)
class RubricHeads(SoftmaxHeads):
    """A small network with one head per rater, trained together on vectors of task texts.

    One hidden layer is shared by all heads: what GPT-4 and the automation labels teach about tasks also serves the human
    head. Settings and ``members_`` as in :class:`jobimpact.exposure.heads.softmax.SoftmaxHeads`; without a hidden layer
    where the heads were trained together with the encoder. ``head_w`` has the levels of all heads side by side, and
    ``reads`` is the first coordinate of the vectors that a member reads (0 where left out).

    Attributes
    ----------
    weights_
        Weight of each network in the mean of their probabilities; sum 1.
    heads_
        Names of the heads that were trained, in the order of their levels in ``head_w``.
    intervals_
        Calibrated :class:`LabelIntervals`, set by training, or None.

    Examples
    --------
    >>> import numpy as np
    >>> vectors = np.random.default_rng(0).normal(size=(20, 4)).astype("f4")
    >>> labels = np.eye(3)[(vectors[:, 0] > 0).astype(int)]
    >>> heads = RubricHeads(hidden=8, epochs=5, n_members=1).fit(vectors, {"human": labels})
    >>> heads.heads_, heads.predict_proba(vectors)["human"].shape
    (('human',), (20, 3))
    """

    def fit(self, vectors: np.ndarray, targets: Mapping[str, np.ndarray], *, encoder_hash: str = "") -> Self:
        """Train on `vectors` (n, d) and `targets`: by head, (n, levels) probabilities of its label.

        A label that is certain is a row of zeros with a one; a rater who gave none has a missing row. Heads
        without any target are left out.
        """
        import torch

        self.heads_, stacked = stack_targets(targets, len(vectors))
        labels = torch.tensor(stacked, dtype=torch.float32)

        def loss(outputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            return summed_loss(outputs, labels[rows], self.widths_)

        self._train_members(vectors, stacked.shape[1], loss)
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
            start = int(member.get("reads", np.array(0)))
            width = len(member.get("hidden_w", member["head_w"]))
            logits = forward(member, vectors[:, start : start + width] * input_scale(vectors))
            for head, part in zip(self.heads_, np.split(logits, np.cumsum(self.widths_)[:-1], axis=1), strict=True):
                total[head] += softmax(part) * weight
        return total

    def beta_interval(self, probabilities: np.ndarray, vectors: np.ndarray) -> LabelEnds:
        """Return the ends of the 90 % prediction interval for the label that a human rater would give, as beta.

        Missing where the heads were never calibrated; see :class:`jobimpact.exposure.heads.intervals.LabelIntervals`.
        """
        if self.intervals_ is None:
            missing = np.full(len(vectors), np.nan)
            return label_ends(missing, missing)
        return self.intervals_.ends(probabilities, vectors)

    def _state(self) -> dict[str, np.ndarray]:
        intervals = {} if self.intervals_ is None else self.intervals_.arrays()
        return {"heads": np.array(self.heads_), "weights": self.weights_, **intervals}

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.weights_ = arrays["weights"]
        self.heads_ = tuple(map(str, arrays["heads"]))
        self.intervals_ = LabelIntervals.from_arrays(arrays) if "interval_base" in arrays else None


def check_heads(heads: RubricHeads, encoder: Encoder, rater: str) -> None:
    """Raise unless `heads` were trained on vectors of `encoder` and know `rater`."""
    if rater not in heads.heads_:
        trained = ", ".join(name for name in RATERS if name in heads.heads_)
        why = f"is not among those that these heads were trained for ({trained})" if rater in RATERS else "is not known"
        raise InputError(f"rater {rater!r} {why}: use one of {trained}")
    if heads.encoder_hash_ != encoder.weights_hash:
        raise ModelError(
            f"the heads belong to encoder weights {heads.encoder_hash_[:12]}..., the model has {encoder.weights_hash[:12]}...: "
            "train heads for it with `jobimpact train --model NAME --out FOLDER` and give them"
        )


def heads_hash(heads: RubricHeads) -> str:
    """Return the SHA-256 over the arrays of the heads: which ones a study was made with."""
    digest = hashlib.sha256()
    for member in heads.members_:
        for name in sorted(member):
            # As stored: the same heads have the same hash before and after a file.
            digest.update(name.encode() + member[name].astype("<f2").tobytes())
    return digest.hexdigest()


def stack_targets(targets: Mapping[str, np.ndarray], n_rows: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the heads that have targets, and their (n, levels) targets side by side."""
    for head, target in targets.items():
        if head not in LEVELS or np.shape(target) != (n_rows, len(LEVELS[head])):
            raise InputError(f"targets of {head!r}: found shape {np.shape(target)}; expected a head of {', '.join(LEVELS)} with "
                             f"{n_rows} rows and a column for each of its levels")  # fmt: skip
    heads = tuple(head for head in LEVELS if head in targets and not np.isnan(targets[head]).all())
    if "human" not in heads:
        raise InputError("targets of 'human' are missing: without human labels nothing can be calibrated")
    return heads, np.column_stack([targets[head] for head in heads])


def summed_loss(outputs: torch.Tensor, targets: torch.Tensor, widths: Sequence[int]) -> torch.Tensor:
    """Return the cross-entropy of each head over the rows, summed over heads of `widths` levels.

    A rater who labelled few of the rows counts for few: the sum over labelled rows is divided by the number of all rows.
    """
    import torch

    parts = zip(*(torch.split(part, list(widths), dim=1) for part in (outputs, targets)), strict=True)
    losses = []
    for output, target in parts:
        labelled = ~torch.isnan(target[:, 0])
        losses.append(-(target[labelled] * torch.log_softmax(output[labelled], dim=1)).sum() / len(targets))
    return torch.stack(losses).sum()
