"""Several adapters into one: members that saw different occupations, averaged in their weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from jobimpact.errors import InputError
from jobimpact.exposure.heads.rubric import RubricHeads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch

_WEIGHTS, _CONFIG = "adapter_model.safetensors", "adapter_config.json"


def average_adapters(adapters: Sequence[Path], out: Path, *, rank: int) -> None:
    """Write the adapter whose updates are the means of those of `adapters`, in half precision.

    Members that start from the same weights can be averaged in weight space, which keeps most of what an
    ensemble gains and costs nothing when texts are scored (Wortsman et al. 2022, "Model soups",
    arXiv:2203.05482). The mean of k updates of rank r has rank kr; it is brought back to `rank`, or less
    where there is less, by its singular values, the best approximation there is.
    """
    import torch
    from safetensors.torch import load_file, save_file

    parts = [load_file(folder / _WEIGHTS) for folder in adapters]
    config = json.loads((adapters[0] / _CONFIG).read_text(encoding="utf-8"))
    scale = config["lora_alpha"] / config["r"]  # peft multiplies the updates by it
    rank = min(rank, config["r"] * len(parts))
    averaged: dict[str, torch.Tensor] = {}
    for name in [name for name in parts[0] if ".lora_A." in name]:
        other = name.replace(".lora_A.", ".lora_B.")
        # sums of half precision would lose what the members differ in
        down = torch.cat([part[name].double() for part in parts])
        up = torch.cat([part[other].double() for part in parts], dim=1) * scale / len(parts)
        averaged[name], averaged[other] = _low_rank(up, down, rank)
    out.mkdir(parents=True, exist_ok=True)
    save_file(averaged, out / _WEIGHTS)
    averaged_config = {**config, "r": rank, "lora_alpha": rank}  # scale 1: the old one is in the updates
    (out / _CONFIG).write_text(json.dumps(averaged_config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (out / _WEIGHTS).chmod((out / _CONFIG).stat().st_mode)  # safetensors lets the owner alone read


def _low_rank(up: torch.Tensor, down: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return A (rank, in) and B (out, rank) with B @ A the best approximation of up @ down (Eckart and Young 1936)."""
    import torch

    up_q, up_r = torch.linalg.qr(up)
    down_q, down_r = torch.linalg.qr(down.T)
    left, values, right = torch.linalg.svd(up_r @ down_r.T)
    root = values[:rank].sqrt()
    first = (root[:, None] * (right[:rank] @ down_q.T)).half().contiguous()
    second = ((up_q @ left[:, :rank]) * root).half().contiguous()
    return first, second


def blend_heads(tuned: RubricHeads, published: RubricHeads, weight: float) -> RubricHeads:
    """Return heads whose probabilities are those of `tuned` and, with `weight` in 0-1, of `published`.

    The first are linear heads on the vectors of the adapted encoder, the first half of what
    :class:`SentenceEncoder` gives; the second read the vectors of the encoder as published, its second
    half.
    """
    if tuned.heads_ != published.heads_:
        one, other = ", ".join(tuned.heads_), ", ".join(published.heads_)
        raise InputError(f"heads {one} cannot be blended with {other}: train both on the same raters' labels")
    start = len(tuned.members_[0]["head_w"])
    heads = RubricHeads(**published.get_params() | {"n_members": 1 + len(published.members_)})
    heads.members_ = [tuned.members_[0], *({**member, "reads": np.array(start)} for member in published.members_)]
    heads.weights_ = np.concatenate([[1 - weight], published.weights_ * weight])
    heads.heads_, heads.encoder_hash_, heads.intervals_ = tuned.heads_, "", None
    return heads


def average_heads(members: Sequence[RubricHeads]) -> RubricHeads:
    """Return linear heads whose weights are the means of those of `members`."""
    heads = RubricHeads(hidden=0, n_members=1)
    names = members[0].members_[0]
    heads.members_ = [{name: np.mean([member.members_[0][name] for member in members], axis=0) for name in names}]
    heads.heads_, heads.encoder_hash_, heads.intervals_ = members[0].heads_, "", None
    heads.weights_ = np.ones(1)
    return heads
