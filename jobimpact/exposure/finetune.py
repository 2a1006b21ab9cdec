"""Fine-tuning: a low-rank adapter on the encoder, trained together with one linear head per rater.

LoRA (Hu et al. 2021, arXiv:2106.09685) leaves the encoder's weights alone and learns small updates of them, so that what is
shipped is a file of about a megabyte. The labels of all raters are learnt at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.exposure.models import quiet_peft
from jobimpact.exposure.network import one_cycle, summed_loss
from jobimpact.exposure.rubric import BETA_OF_LEVEL, LEVELS, RubricHeads
from jobimpact.progress import track

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch
    from peft import PeftModel
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class TuneSettings:
    """Settings of fine-tuning.

    Attributes
    ----------
    rank
        Of the low-rank updates of every linear layer of the encoder; they are scaled by alpha / rank = 2.
    epochs, batch_size
        Passes over the training tasks, and tasks per step.
    learning_rate, head_learning_rate
        Peaks of the one-cycle schedule of AdamW, for the adapter and for the heads.
    weight_decay, dropout
        Of AdamW, and on the vectors before the heads.
    random_state
        Seed of initial weights, dropout and order.
    """

    rank: int = 16
    epochs: int = 3
    batch_size: int = 64
    learning_rate: float = 1e-3
    head_learning_rate: float = 3e-3
    weight_decay: float = 0.01
    dropout: float = 0.1
    random_state: int = 0


@dataclass(frozen=True)
class TunedEncoder:
    """What fine-tuning returns.

    Attributes
    ----------
    adapter
        Folder of the adapter.
    heads
        Linear heads; their interval is not calibrated yet and they are not bound to an encoder yet.
    curve
        One row per epoch: epoch, loss (training), task_r and cross_entropy (validation, human labels), kept.
    """

    adapter: Path
    heads: RubricHeads
    curve: pd.DataFrame


def tune_encoder(
    folder: Path,
    texts: Sequence[str],
    targets: np.ndarray,
    validation: np.ndarray,
    out: Path,
    settings: TuneSettings | None = None,
    *,
    device: str = "cpu",
    bf16: bool = False,
    progress: bool = False,
) -> TunedEncoder:
    """Train an adapter and heads, keep those of the epoch that is best on the validation tasks, and write the adapter.

    Parameters
    ----------
    folder
        Encoder in the sentence-transformers layout.
    texts, targets
        n task texts and their (n, heads) level numbers in the order of LEVELS, -1 where a rater gave none.
    validation
        Mask (n,) of the tasks that are not trained on but choose the epoch, by cross-entropy with the human label.
    out
        Folder to write the adapter to.
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from sentence_transformers import SentenceTransformer

    settings = settings or TuneSettings()
    torch.manual_seed(settings.random_state)
    model = SentenceTransformer(str(folder), device=device, local_files_only=True)
    config = LoraConfig(r=settings.rank, lora_alpha=2 * settings.rank, target_modules="all-linear", exclude_modules=r".*pooler.*")
    # The updates are put inside the transformer that `model` holds; the wrapper only knows how to save them.
    transformer: Any = model[0].auto_model
    with quiet_peft():
        adapted = get_peft_model(transformer, config)
    head = torch.nn.Linear(int(model.get_embedding_dimension() or 0), sum(map(len, LEVELS.values()))).to(device)
    tuner = _Tuner(model, adapted, head, settings, device, bf16)
    ids = model.tokenizer(list(texts), truncation=True, max_length=model.max_seq_length)["input_ids"]
    curve, heads = _train(tuner, ids, targets, validation, out, progress=progress)
    return TunedEncoder(out, heads, curve)


def _train(
    tuner: _Tuner, ids: list[list[int]], targets: np.ndarray, validation: np.ndarray, out: Path, *, progress: bool
) -> tuple[pd.DataFrame, RubricHeads]:
    rng = np.random.default_rng(tuner.settings.random_state)
    rows, held_out = np.flatnonzero(~validation), np.flatnonzero(validation)
    human = targets[held_out, 0]
    curve: list[dict[str, Any]] = []
    heads = RubricHeads(hidden=0, n_members=1)
    tuner.schedule(len(rows))
    for epoch in range(1, tuner.settings.epochs + 1):
        batches = _batches(rows, ids, tuner.settings.batch_size, rng)
        losses = [
            tuner.step([ids[row] for row in batch], targets[batch])
            for batch in track(batches, f"Epoch {epoch} of {tuner.settings.epochs}", show=progress)
        ]
        probabilities = tuner.predict([ids[row] for row in held_out])
        surprise = -np.log(np.maximum(probabilities[np.arange(len(human)), human], 1e-12))
        task_r = np.corrcoef(probabilities @ BETA_OF_LEVEL, BETA_OF_LEVEL[human])[0, 1]
        kept = all(surprise.mean() < row["cross_entropy"] for row in curve)
        curve.append({"epoch": epoch, "loss": np.mean(losses), "task_r": task_r, "cross_entropy": surprise.mean(), "kept": kept})
        if kept:
            tuner.save_adapter(out)
            heads.members_ = [tuner.head_arrays()]
    return pd.DataFrame(curve), heads


def _batches(rows: np.ndarray, ids: list[list[int]], size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return batches of like length: rows are shuffled, sorted by length within 32 batches' worth, and dealt out."""
    shuffled, chunk = rng.permutation(rows), 32 * size
    lengths = np.array([len(row) for row in ids])
    batches = []
    for start in range(0, len(shuffled), chunk):
        part = shuffled[start : start + chunk]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[first : first + size] for first in range(0, len(part), size)]
    return [batches[place] for place in rng.permutation(len(batches))]


class _Tuner:
    """The model, its heads and their optimiser."""

    def __init__(
        self,
        model: SentenceTransformer,
        adapted: PeftModel,
        head: torch.nn.Linear,
        settings: TuneSettings,
        device: str,
        bf16: bool,
    ) -> None:
        self.model, self.adapted, self.head = model, adapted, head
        self.settings, self.device, self.bf16 = settings, device, bf16
        self.scale = float(np.sqrt(head.in_features))

    def schedule(self, n_rows: int) -> None:
        """Make the optimiser for `n_rows` training tasks."""
        import torch

        settings = self.settings
        rates = [settings.learning_rate, settings.head_learning_rate]
        adapter = [weight for weight in self.model.parameters() if weight.requires_grad]
        groups = [{"params": adapter, "lr": rates[0]}, {"params": self.head.parameters(), "lr": rates[1]}]
        self.weights = [*adapter, *self.head.parameters()]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
        chunk = 32 * settings.batch_size
        per_epoch = sum(-(-min(chunk, n_rows - start) // settings.batch_size) for start in range(0, n_rows, chunk))
        self.rates = one_cycle(self.optimiser, rates, settings.epochs * per_epoch)

    def step(self, ids: list[list[int]], targets: np.ndarray) -> float:
        """Take one step on a batch and return its loss."""
        import torch

        self.model.train()
        vectors = torch.nn.functional.dropout(self._forward(ids) * self.scale, self.settings.dropout)
        loss = summed_loss(self.head(vectors), torch.tensor(targets, device=self.device))
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.optimiser.step()
        self.rates.step()
        return float(loss.detach())

    def predict(self, ids: list[list[int]]) -> np.ndarray:
        """Return the (n, 3) probabilities of the human label."""
        import torch

        self.model.eval()
        with torch.inference_mode():
            parts = [self.head(self._forward(ids[start : start + 64]) * self.scale) for start in range(0, len(ids), 64)]
            return np.asarray(torch.cat(parts)[:, : len(LEVELS["human"])].softmax(dim=1).cpu().numpy())

    def _forward(self, ids: list[list[int]]) -> torch.Tensor:
        import torch

        longest, pad = max(map(len, ids)), self.model.tokenizer.pad_token_id or 0
        tokens = torch.tensor([row + [pad] * (longest - len(row)) for row in ids], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids], device=self.device)
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16):
            vectors: torch.Tensor = self.model({"input_ids": tokens, "attention_mask": mask})["sentence_embedding"]
        return torch.nn.functional.normalize(vectors.float(), dim=1)

    def head_arrays(self) -> dict[str, np.ndarray]:
        """Return the heads as arrays of :class:`RubricHeads`."""
        weight, bias = self.head.weight.detach().cpu().numpy(), self.head.bias.detach().cpu().numpy()
        return {"head_w": weight.T.copy(), "head_b": bias.copy()}

    def save_adapter(self, out: Path) -> None:
        """Write the adapter in half precision; the configuration names no path of this machine."""
        import json

        from safetensors.torch import load_file, save_file

        self.adapted.save_pretrained(str(out))
        weights = out / "adapter_model.safetensors"
        save_file({name: tensor.half() for name, tensor in load_file(weights).items()}, weights)
        config = json.loads((out / "adapter_config.json").read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = None
        config["target_modules"] = sorted(config["target_modules"])
        (out / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        (out / "README.md").unlink(missing_ok=True)
        weights.chmod((out / "adapter_config.json").stat().st_mode)
