"""Small networks that end in probabilities: what the heads for labels and for usage have in common."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from jobimpact.exposure.params import Params, stored_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

_LAYERS = ("hidden_w", "hidden_b", "head_w", "head_b", "reads")


@dataclass(kw_only=True, eq=False)
class SoftmaxHeads(Params):
    """An ensemble of networks with one hidden layer, trained with torch and read with numpy.

    They differ in their seed, and their probabilities are averaged. Settings are those of AdamW with a
    one-cycle schedule; `hidden` 0 is a head straight on the vectors. ``members_`` has one dict of arrays
    per network: ``hidden_w`` (d, hidden), ``hidden_b``, ``head_w`` (hidden, outputs), ``head_b``;
    ``encoder_hash_`` is the SHA-256 of the encoder's weights.
    """

    hidden: int = 256
    dropout: float = 0.7
    weight_decay: float = 1.0
    learning_rate: float = 4e-3
    epochs: int = 30
    batch_size: int = 1024
    n_members: int = 3
    random_state: int = 0
    members_: list[dict[str, np.ndarray]] = field(init=False, repr=False)
    encoder_hash_: str = field(init=False, repr=False)

    _KIND: ClassVar[str] = "trained heads"  # what a file that cannot be read is said not to be

    def _train_members(
        self,
        vectors: np.ndarray,
        n_outputs: int,
        loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        *,
        input_dropout: float = 0.0,
        rise: float | None = None,
    ) -> None:
        """Train all networks; `loss` gets a batch's outputs and row numbers, `rise` is as in :func:`one_cycle`."""
        seeds = range(self.random_state, self.random_state + self.n_members)
        self.members_ = [self._train_member(vectors, n_outputs, loss, input_dropout, rise, seed) for seed in seeds]

    def _train_member(
        self,
        vectors: np.ndarray,
        n_outputs: int,
        loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        input_dropout: float,
        rise: float | None,
        seed: int,
    ) -> dict[str, np.ndarray]:
        import torch
        from torch import nn

        generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):  # the caller's random numbers stay as they were
            torch.manual_seed(seed)
            inputs = torch.tensor(vectors, dtype=torch.float32) * input_scale(vectors)
            layers = {"hidden": nn.Linear(inputs.shape[1], self.hidden), "head": nn.Linear(self.hidden, n_outputs)}
            network = nn.Sequential(
                nn.Dropout(input_dropout), layers["hidden"], nn.GELU(), nn.Dropout(self.dropout), layers["head"]
            )
            optimiser = torch.optim.AdamW(network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay)
            batches = max(len(inputs) // self.batch_size, 1)
            schedule = one_cycle(optimiser, [self.learning_rate], self.epochs * batches, rise)
            for _ in range(self.epochs):
                for rows in torch.randperm(len(inputs), generator=generator).tensor_split(batches):
                    optimiser.zero_grad()
                    torch.autograd.backward(loss(network(inputs[rows]), rows))
                    optimiser.step()
                    schedule.step()
        arrays = {f"{name}_w": layer.weight.detach().numpy().T.copy() for name, layer in layers.items()}
        return arrays | {f"{name}_b": layer.bias.detach().numpy().copy() for name, layer in layers.items()}

    def halved(self) -> Self:
        """Return a copy with weights rounded to half precision, as :meth:`save` writes them."""
        rounded = copy.copy(self)
        rounded.members_ = [{name: array.astype("f2").astype("f8") for name, array in member.items()} for member in self.members_]
        return rounded

    def save(self, path: str | Path) -> None:
        """Write an .npz without pickles, weights in half precision."""
        params = {f"param_{name}": np.array(value) for name, value in self.get_params().items()}
        members = {f"{i}_{name}": array.astype("f2") for i, member in enumerate(self.members_) for name, array in member.items()}
        state = {"encoder_hash": np.array(self.encoder_hash_), **self._state()}
        with Path(path).open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **state, **params, **members)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what :meth:`save` wrote."""
        with stored_arrays(path, cls._KIND, "train with `jobimpact train`") as arrays:
            params = {name: value.item() for name, value in arrays.items() if name.startswith("param_")}
            heads = cls(**{name.removeprefix("param_"): value for name, value in params.items()})
            heads.members_ = [
                {name: arrays[f"{i}_{name}"].astype("f8") for name in _LAYERS if f"{i}_{name}" in arrays}
                for i in range(heads.n_members)
            ]
            heads.encoder_hash_ = str(arrays["encoder_hash"])
            heads._restore(arrays)
        return heads

    def _state(self) -> dict[str, np.ndarray]:
        """Return the arrays beside the networks that :meth:`save` writes."""
        raise NotImplementedError

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Set the attributes that :meth:`_state` wrote."""
        raise NotImplementedError


def one_cycle(
    optimiser: torch.optim.Optimizer, peaks: list[float], steps: int, rise: float | None = None
) -> torch.optim.lr_scheduler.OneCycleLR:
    """Return the one-cycle schedule (arXiv:1708.07120): up in the share `rise` of `steps`, then down.

    By default it rises in a tenth of the steps, at least two of them.
    """
    from torch.optim.lr_scheduler import OneCycleLR

    share = max(0.1, min(0.5, 2 / steps)) if rise is None else rise
    # Of two steps or one torch divides by the zero steps of a phase; the schedule then simply ends early.
    return OneCycleLR(optimiser, peaks, total_steps=max(steps, 3), pct_start=share)


def input_scale(vectors: np.ndarray) -> float:
    """Return what vectors are multiplied by: unit vectors have entries near 1/sqrt(d), networks learn on entries near 1."""
    return float(np.sqrt(vectors.shape[1]))


def forward(member: Mapping[str, np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """Return the (n, outputs) logits of one network; in double precision, so that processors agree to what is printed."""
    values = inputs.astype("f8")
    if "hidden_w" in member:
        from scipy.special import erf

        hidden = values @ member["hidden_w"].astype("f8") + member["hidden_b"]
        values = 0.5 * hidden * (1 + erf(hidden / np.sqrt(2)))
    return np.asarray(values @ member["head_w"].astype("f8") + member["head_b"])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of `logits` (n, levels); rows sum to 1."""
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))
