"""Task text to vectors, so that the vector of a text depends on the text and the model alone."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from jobimpact.errors import LongTextWarning, ModelError
from jobimpact.exposure.encoder.cached import CachedEncoder
from jobimpact.exposure.encoder.models import DEFAULT_MODEL, find_model, merge_adapter, shipped_adapter
from jobimpact.progress import track

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sentence_transformers import SentenceTransformer

    from jobimpact.exposure.encoder.cached import EmbeddingCache

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "fp32", "bf16"]

# Every batch has this many rows and a length that is a multiple of _STEP. With shapes fixed, no row's arithmetic depends on
# its neighbours: a text gets the same vector, bit for bit, alone, in any order, today and from the cache.
# A processor is as fast with few rows, and then does not fill up a single task with 31 copies of itself.
_ROWS = {"cpu": 8}
_ROWS_ELSEWHERE = 32
_STEP = 8
_COMMIT_EVERY = 32  # batches between two writes to the cache
_LONGEST_READ = 20_000  # characters given to the tokenizer; the encoder reads 256 tokens


class Encoder(Protocol):
    """Anything that turns texts into unit vectors."""

    @property
    def key(self) -> str:
        """Name of what determines the vectors: model fingerprint and precision."""

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the weights; heads are bound to it."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return an (n, d) float32 array, rows of length 1."""


class SentenceEncoder(CachedEncoder):
    """A sentence-transformers encoder with fixed batch shapes and a cache on disk.

    The weights are loaded when the first text is not in the cache; a run whose texts are all known never imports torch.

    Parameters
    ----------
    model
        ``all-MiniLM-L6-v2`` (Wang et al. 2020, 22.7 million parameters, 384 dimensions), a folder, or a Hugging Face name.
    adapter
        LoRA adapter: a folder written by `jobimpact train`, None for the encoder as published, or ``auto`` for the adapter that
        travels with the package where `model` is the one it was trained for. With an adapter a text's vector is that of the
        adapted encoder followed by that of the encoder as published, each divided by the square root of 2: the adapted one
        knows the raters, the published one more of the language.
    device
        ``auto`` takes CUDA, then Apple's MPS, then the processor.
    precision
        ``auto`` takes bf16 where the device computes in it (CUDA, processors with avx512_bf16 or AMX), else fp32.
    cache_folder
        Default: the user's cache folder.
    cache
        Whether to keep vectors on disk.

    Raises
    ------
    ModelError
        If the model cannot be found or its weights are not the pinned ones.

    Examples
    --------
    >>> vectors = SentenceEncoder().encode(["Draft replies to customers", "Answer customers", "Lay bricks"])
    >>> vectors.shape
    (3, 768)
    >>> bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
    True
    """

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        adapter: Path | Literal["auto"] | None = "auto",
        device: Device = "auto",
        precision: Precision = "auto",
        cache: bool = True,
        cache_folder: Path | None = None,
        progress: bool = False,
    ) -> None:
        files = find_model(model, shipped_adapter(model) if adapter == "auto" else adapter)
        actual_device = choose_device(device)
        super().__init__(
            files,
            actual_device,
            choose_precision(precision, actual_device),
            cache=cache,
            cache_folder=cache_folder,
            progress=progress,
        )
        self._rows = _ROWS.get(actual_device, _ROWS_ELSEWHERE)
        self._models: list[SentenceTransformer] = []

    def _dimension(self) -> int:
        return sum(int(model.get_embedding_dimension() or 0) for model in self._load())

    def _encode_new(self, texts: list[str], store: EmbeddingCache | None) -> dict[str, np.ndarray]:
        if not texts:
            return {}
        model = self._load()[0]
        limit = int(model.max_seq_length or 0)
        ids = model.tokenizer([text[:_LONGEST_READ] for text in texts], truncation=True, max_length=limit)["input_ids"]
        self._warn_long(texts, ids, limit)
        batches = list(_fixed_batches([len(row) for row in ids], limit, self._rows))
        vectors: dict[str, np.ndarray] = {}
        pending: list[int] = []
        for number, (rows, length) in enumerate(track(batches, "Encoding", show=self.progress), 1):
            for row, vector in zip(rows, self._forward([ids[row] for row in rows], length), strict=True):
                vectors[texts[row]] = vector
            pending += rows
            if store is not None and (number % _COMMIT_EVERY == 0 or number == len(batches)):
                texts_done = [texts[row] for row in pending]
                store.put(texts_done, np.stack([vectors[text] for text in texts_done]))
                pending = []
        self.n_encoded += len(texts)
        return vectors

    @staticmethod
    def _warn_long(texts: list[str], ids: list[list[int]], limit: int) -> None:
        cut = [text for text, row in zip(texts, ids, strict=True) if len(row) >= limit]
        if cut:
            warnings.warn(
                f"{len(cut)} of {len(texts)} texts are longer than the {limit} tokens that the encoder reads and were cut "
                f"there, first: {cut[0][:40]!r}... ({len(cut[0]):,} characters): split them into single tasks",
                LongTextWarning,
                stacklevel=4,
            )

    def _forward(self, ids: list[list[int]], length: int) -> np.ndarray:
        import torch

        full = ids + [ids[-1]] * (self._rows - len(ids))
        pad = self._models[0].tokenizer.pad_token_id or 0
        tokens = torch.tensor([row + [pad] * (length - len(row)) for row in full], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in full], device=self.device)
        with (
            torch.inference_mode(),
            torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.precision == "bf16"),
        ):
            outs = [model({"input_ids": tokens, "attention_mask": mask})["sentence_embedding"] for model in self._models]
        parts = [out[: len(ids)].float().cpu().numpy().astype("f4") for out in outs]
        units = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in parts]
        return np.asarray(np.concatenate(units, axis=1) / np.sqrt(np.float32(len(units))))

    def _load(self) -> list[SentenceTransformer]:
        """Return the encoder with its adapter, and the encoder as published; the latter alone where there is no adapter."""
        if not self._models:
            import transformers

            transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            adapters = [None] if self.files.adapter is None else [self.files.adapter, None]
            self._models = [self._load_one(adapter) for adapter in adapters]
        return self._models

    def _load_one(self, adapter: Path | None) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(str(self.files.folder), device=self.device, local_files_only=True).eval()
            if adapter is not None:
                merge_adapter(model, adapter)
        except Exception as error:
            reason = " ".join(str(error).split())[:160]
            raise ModelError(f"model {self.files.name!r} at {self.files.folder} cannot be loaded: {reason}") from error
        return model


def _fixed_batches(lengths: list[int], limit: int, size: int) -> Iterator[tuple[list[int], int]]:
    """Yield (row numbers, padded length): rows of like length together, longest first so that memory fails early."""
    padded = [min(-(-length // _STEP) * _STEP, limit) for length in lengths]
    by_length: dict[int, list[int]] = {}
    for row, length in enumerate(padded):
        by_length.setdefault(length, []).append(row)
    for length in sorted(by_length, reverse=True):
        rows = by_length[length]
        for start in range(0, len(rows), size):
            yield rows[start : start + size], length


def choose_device(device: Device) -> str:
    """Return the device that `device` means on this machine.

    Raises
    ------
    ModelError
        If a device is asked for that this machine or this build of torch does not have.
    """
    if device == "cpu" or (device == "auto" and not _torch_has_accelerator()):
        return "cpu"
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if device == "auto":
        return next((name for name, available in present.items() if available), "cpu")
    if not present[device]:
        raise ModelError(f"device {device!r} is not available on this machine: use cpu or auto")
    return device


def _torch_has_accelerator() -> bool:
    """Whether this build of torch can have a CUDA or MPS device; reads its version only, importing torch takes seconds."""
    return sys.platform == "darwin" or not importlib.metadata.version("torch").endswith("+cpu")


def choose_precision(precision: Precision, device: str) -> Literal["fp32", "bf16"]:
    """Return bf16 where it is asked for or where `device` computes in it, else fp32."""
    if precision != "auto":
        return precision
    if device == "cuda":
        import torch

        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if device == "cpu" and cpu_has_bf16() else "fp32"


def cpu_has_bf16() -> bool:
    """Return whether the processor multiplies in bf16 itself, and torch lets it."""
    if os.environ.get("ATEN_CPU_CAPABILITY", "avx512") in ("avx2", "default"):
        return False  # torch was told to leave the instructions alone: bf16 would be emulated, many times slower
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
