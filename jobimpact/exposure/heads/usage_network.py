"""The training loop behind :class:`UsageHead`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jobimpact.exposure.heads.usage import UsageHead


def train_member(
    settings: UsageHead, vectors: np.ndarray, shares: np.ndarray, weights: np.ndarray, seed: int
) -> dict[str, np.ndarray]:
    """Train one network and return its arrays ``hidden_w`` (d, hidden), ``hidden_b``, ``head_w`` and ``head_b``.

    The loss is the cross-entropy between the observed and the predicted shares of the modes, a quasi-likelihood for shares
    (Papke and Wooldridge 1996, doi:10.1002/(SICI)1099-1255(199611)11:6<619::AID-JAE418>3.0.CO;2-1), weighted by task and
    release.

    Parameters
    ----------
    settings
        Settings to train with.
    vectors, shares, weights
        As in :meth:`UsageHead.fit`.
    seed
        Of weights, dropout and order.
    """
    import torch
    from torch import nn

    n_rows, n_releases, n_modes = shares.shape
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inputs = torch.tensor(vectors, dtype=torch.float32) * float(np.sqrt(vectors.shape[1]))
        weighted = np.where(weights[:, :, None] > 0, shares, 0) * weights[:, :, None] / weights.mean()
        targets = torch.tensor(weighted, dtype=torch.float32)
        hidden, head = nn.Linear(inputs.shape[1], settings.hidden), nn.Linear(settings.hidden, n_releases * n_modes)
        network = nn.Sequential(nn.Dropout(settings.input_dropout), hidden, nn.GELU(), nn.Dropout(settings.dropout), head)
        optimiser = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        batches = max(n_rows // settings.batch_size, 1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, total_steps=settings.epochs * batches)
        for _ in range(settings.epochs):
            for rows in torch.randperm(n_rows, generator=generator).tensor_split(batches):
                outputs = network(inputs[rows]).view(-1, n_releases, n_modes)
                loss = -(targets[rows] * torch.log_softmax(outputs, dim=2)).sum(dim=2).mean()
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
    layers = {"hidden": hidden, "head": head}
    weights_and_biases = {f"{name}_w": layer.weight.detach().numpy().T.copy() for name, layer in layers.items()}
    return weights_and_biases | {f"{name}_b": layer.bias.detach().numpy().copy() for name, layer in layers.items()}
