"""The training loop of one network of the heads; the only part of the heads that needs torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from jobimpact.exposure.heads.rubric import RubricHeads


def train_member(heads: RubricHeads, vectors: np.ndarray, targets: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Train one network and return its arrays.

    Parameters
    ----------
    heads
        Settings.
    vectors
        (n, d) unit vectors.
    targets
        (n, levels of all heads side by side) probabilities of each label, missing where a rater gave none.
    seed
        Of weights, dropout and order.
    """
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inputs = torch.tensor(vectors, dtype=torch.float32) * float(np.sqrt(vectors.shape[1]))
        labels = torch.tensor(targets, dtype=torch.float32)
        hidden = nn.Linear(inputs.shape[1], heads.hidden)
        head = nn.Linear(heads.hidden, targets.shape[1])
        network = nn.Sequential(hidden, nn.GELU(), nn.Dropout(heads.dropout), head)
        optimiser = torch.optim.AdamW(network.parameters(), lr=heads.learning_rate, weight_decay=heads.weight_decay)
        batches = max(len(inputs) // heads.batch_size, 1)
        schedule = one_cycle(optimiser, [heads.learning_rate], heads.epochs * batches)
        for _ in range(heads.epochs):
            order = torch.randperm(len(inputs), generator=generator)
            for rows in order.tensor_split(batches):
                loss = summed_loss(network(inputs[rows]), labels[rows], heads.widths_)
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
    return {
        "hidden_w": hidden.weight.detach().numpy().T.copy(),
        "hidden_b": hidden.bias.detach().numpy().copy(),
        "head_w": head.weight.detach().numpy().T.copy(),
        "head_b": head.bias.detach().numpy().copy(),
    }


def one_cycle(optimiser: torch.optim.Optimizer, peaks: list[float], steps: int) -> torch.optim.lr_scheduler.OneCycleLR:
    """Return the one-cycle schedule (arXiv:1708.07120): up in a tenth of `steps`, at least two, then down."""
    from torch.optim.lr_scheduler import OneCycleLR

    return OneCycleLR(optimiser, peaks, total_steps=steps, pct_start=max(0.1, min(0.5, 2 / steps)))


def summed_loss(outputs: torch.Tensor, targets: torch.Tensor, widths: Sequence[int]) -> torch.Tensor:
    """Return the cross-entropy of each head over the rows, summed over heads of `widths` levels.

    A rater who labelled few of the rows counts for few: the sum over labelled rows is divided by the number of all rows.
    """
    import torch

    parts = zip(torch.split(outputs, list(widths), dim=1), torch.split(targets, list(widths), dim=1), strict=True)
    losses = []
    for output, target in parts:
        there = ~torch.isnan(target[:, 0])
        losses.append(-(target[there] * torch.log_softmax(output[there], dim=1)).sum() / len(targets))
    return torch.stack(losses).sum()
