"""Fine-tuning: a low-rank adapter on the encoder, trained together with one linear head per rater.

LoRA (Hu et al. 2021, arXiv:2106.09685) leaves the encoder's weights alone and learns small updates of them, so that what is
shipped is a file of about a megabyte. The labels of all raters are learnt at once. A teacher, which is not shipped, may also
have its upper layers tuned themselves (`rank` 0).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.exposure.encoder.models import merge_adapter, quiet_peft
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL
from jobimpact.exposure.heads.rubric import LEVELS, RubricHeads, stack_targets, summed_loss
from jobimpact.exposure.heads.softmax import one_cycle
from jobimpact.progress import track

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import torch
    from peft import PeftModel
    from sentence_transformers import SentenceTransformer

LAYERS = "layers.safetensors"


@dataclass(frozen=True)
class TuneSettings:
    """Settings of fine-tuning.

    Attributes
    ----------
    rank
        Of the low-rank updates of every linear layer of the encoder; they are scaled by alpha / rank = 2.
        With 0 the layers themselves are tuned, which wants a `learning_rate` near 6e-5.
    learning_rate, head_learning_rate
        Peaks of the one-cycle schedule of AdamW, for the adapter and for the heads.
    dropout
        On the vectors before the heads.
    random_state, member
        Seed of initial weights, the same for members that are to be averaged; with `member`, of dropout and
        order.
    top_layers
        Layers of the encoder that are tuned, counted from the last; None for all.
    """

    rank: int = 16
    epochs: int = 3
    batch_size: int = 64
    learning_rate: float = 1e-3
    head_learning_rate: float = 3e-3
    weight_decay: float = 0.01
    dropout: float = 0.1
    random_state: int = 0
    member: int = 0
    top_layers: int | None = None


@dataclass(frozen=True)
class TunedEncoder:
    """Folder of the adapter, and linear heads, without intervals and not bound to an encoder yet.

    ``curve`` has one row per epoch: epoch, loss (training), task_r and cross_entropy (validation, human
    labels), kept.
    """

    adapter: Path
    heads: RubricHeads
    curve: pd.DataFrame


def tune_encoder(
    folder: Path,
    texts: Sequence[str],
    targets: Mapping[str, np.ndarray],
    validation: np.ndarray,
    out: Path,
    settings: TuneSettings | None = None,
    *,
    device: str = "cpu",
    bf16: bool = False,
    progress: bool = False,
) -> TunedEncoder:
    """Train an adapter and heads, and keep and write those of the epoch that is best on validation.

    `targets` are, by head, the (n, levels) probabilities of the labels of n `texts`. Tasks of the mask
    `validation` (n,) are not trained on but choose the epoch, by cross-entropy with the human label; where
    there are none the last is kept.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    settings = settings or TuneSettings()
    names, stacked = stack_targets(targets, len(texts))
    torch.manual_seed(settings.random_state)
    model = SentenceTransformer(str(folder), device=device, local_files_only=True)
    adapted = _make_trainable(model, settings)
    head = torch.nn.Linear(int(model.get_embedding_dimension() or 0), stacked.shape[1]).to(device)
    tuner = _Tuner(model, adapted, head, names, settings, device, bf16)
    ids = model.tokenizer(list(texts), truncation=True, max_length=model.max_seq_length)["input_ids"]
    curve, heads = _train(tuner, ids, stacked, validation, out, progress=progress)
    return TunedEncoder(out, heads, curve)


def _make_trainable(model: SentenceTransformer, settings: TuneSettings) -> PeftModel | None:
    """Let only what `settings` name be tuned; the low-rank updates are returned, the layers themselves stay in `model`."""
    import torch
    from peft import LoraConfig, get_peft_model

    # The updates are put inside the transformer that `model` holds; the wrapper only knows how to save them.
    transformer: Any = model[0].auto_model
    if not settings.rank:
        for name, weight in transformer.named_parameters():
            # Vectors are means over tokens: what the pooler gives is read by nobody.
            weight.requires_grad_(_in_top(name, transformer, settings.top_layers) and "pooler" not in name)
        return None
    linear = [name for name, module in transformer.named_modules() if isinstance(module, torch.nn.Linear)]
    top = [name for name in linear if _in_top(name, transformer, settings.top_layers)]
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=2 * settings.rank,
        target_modules="all-linear" if settings.top_layers is None else top,
        exclude_modules=r".*pooler.*",
    )
    with quiet_peft():
        return get_peft_model(transformer, config)


def _in_top(name: str, transformer: Any, top_layers: int | None) -> bool:
    """Whether the module or weight `name` lies in one of the last `top_layers` layers, or anywhere where that is None."""
    if top_layers is None:
        return True
    number = re.search(r"\.(\d+)\.", name)
    return number is not None and int(number[1]) >= int(transformer.config.num_hidden_layers) - top_layers


def load_tuned(model: SentenceTransformer, folder: Path) -> None:
    """Put what :func:`tune_encoder` wrote to `folder` into `model`, the same encoder as published."""
    from safetensors.torch import load_file

    if not (folder / LAYERS).is_file():
        merge_adapter(model, folder)
        return
    transformer: Any = model[0].auto_model
    transformer.load_state_dict({name: tensor.float() for name, tensor in load_file(folder / LAYERS).items()}, strict=False)


def _train(
    tuner: _Tuner, ids: list[list[int]], targets: np.ndarray, validation: np.ndarray, out: Path, *, progress: bool
) -> tuple[pd.DataFrame, RubricHeads]:
    import torch

    seeds = np.random.SeedSequence([tuner.settings.random_state, tuner.settings.member]).generate_state(2)
    rng = np.random.default_rng(seeds[0])
    torch.manual_seed(int(seeds[1]))
    rows, held_out = np.flatnonzero(~validation), np.flatnonzero(validation)
    human = targets[held_out, : len(LEVELS["human"])].argmax(axis=1)  # the human head is the first
    curve: list[dict[str, Any]] = []
    heads = RubricHeads(hidden=0, n_members=1)
    heads.heads_, heads.encoder_hash_, heads.intervals_, heads.weights_ = tuner.names, "", None, np.ones(1)
    tuner.schedule(len(rows))
    for epoch in range(1, tuner.settings.epochs + 1):
        batches = _batches(rows, ids, tuner.settings.batch_size, rng)
        losses = [
            tuner.step([ids[row] for row in batch], targets[batch])
            for batch in track(batches, f"Epoch {epoch} of {tuner.settings.epochs}", show=progress)
        ]
        figures = _validate(tuner, [ids[row] for row in held_out], human)
        best = not len(held_out) or all(figures["cross_entropy"] < past["cross_entropy"] for past in curve)
        curve.append({"epoch": epoch, "loss": np.mean(losses), **figures, "kept": best})
        if best:
            tuner.save_adapter(out)
            heads.members_ = [tuner.head_arrays()]
    return pd.DataFrame(curve), heads


def _validate(tuner: _Tuner, ids: list[list[int]], human: np.ndarray) -> dict[str, float]:
    if not ids:
        return {"task_r": np.nan, "cross_entropy": np.nan}
    probabilities = tuner.predict(ids)
    surprise = -np.log(np.maximum(probabilities[np.arange(len(human)), human], 1e-12))
    task_r = np.corrcoef(probabilities @ BETA_OF_LEVEL, BETA_OF_LEVEL[human])[0, 1]
    return {"task_r": float(task_r), "cross_entropy": float(surprise.mean())}


def _batches(rows: np.ndarray, ids: list[list[int]], size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return batches of like length: rows are shuffled, sorted by length within 32 batches' worth, and dealt out."""
    shuffled, chunk = rng.permutation(rows), 32 * size
    lengths = np.array([len(row) for row in ids])
    batches = []
    for start in range(0, len(shuffled), chunk):
        part = shuffled[start : start + chunk]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[first : first + size] for first in range(0, len(part), size)]
    return [batches[index] for index in rng.permutation(len(batches))]


@dataclass
class _Tuner:
    """The model, its heads and their optimiser."""

    model: SentenceTransformer
    adapted: PeftModel | None
    head: torch.nn.Linear
    names: tuple[str, ...]
    settings: TuneSettings
    device: str
    bf16: bool

    def __post_init__(self) -> None:
        self.widths = [len(LEVELS[name]) for name in self.names]
        self.scale = float(np.sqrt(self.head.in_features))  # entries of unit vectors are near 1/sqrt(d), layers want 1

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
        labels = torch.tensor(targets, dtype=torch.float32, device=self.device)
        loss = summed_loss(self.head(vectors), labels, self.widths)
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)  # a rare batch must not throw the encoder off
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
        """Write the adapter, or the layers that were tuned, in half precision; no path of this machine is named."""
        from safetensors.torch import load_file, save_file

        if self.adapted is None:
            out.mkdir(parents=True, exist_ok=True)
            transformer: Any = self.model[0].auto_model
            tuned = {name: weight for name, weight in transformer.named_parameters() if weight.requires_grad}
            save_file({name: weight.detach().bfloat16().contiguous() for name, weight in tuned.items()}, out / LAYERS)
            return
        self.adapted.save_pretrained(str(out))
        weights = out / "adapter_model.safetensors"
        save_file({name: tensor.half() for name, tensor in load_file(weights).items()}, weights)
        config = json.loads((out / "adapter_config.json").read_text(encoding="utf-8"))
        config["base_model_name_or_path"] = None  # a path of this machine
        config["target_modules"] = sorted(config["target_modules"])  # a set: another order, another hash
        (out / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        (out / "README.md").unlink(missing_ok=True)
        weights.chmod((out / "adapter_config.json").stat().st_mode)  # safetensors lets the owner alone read
