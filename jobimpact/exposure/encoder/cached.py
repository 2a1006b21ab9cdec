"""What all encoders share: texts made alike, each encoded once, vectors kept on disk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal

import numpy as np

from jobimpact.errors import InputError
from jobimpact.exposure.encoder.cache import EmbeddingCache

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobimpact.exposure.encoder.models import ModelFiles


def normalise_text(text: str) -> str:
    """Return `text` with runs of white space as one blank, none at the ends, and broken characters as question marks."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


class CachedEncoder(ABC):
    """An encoder that looks into the cache before it loads its weights.

    Parameters
    ----------
    files
        Where the weights are, with their hashes.
    device, precision
        Where and in which arithmetic the vectors are computed.
    cache, cache_folder
        Whether to keep vectors on disk, and where; default: the user's cache folder.
    progress
        Whether to show a bar.

    Attributes
    ----------
    n_encoded
        Texts that were not in the cache.
    """

    def __init__(
        self,
        files: ModelFiles,
        device: str,
        precision: Literal["fp32", "bf16"],
        *,
        cache: bool,
        cache_folder: Path | None,
        progress: bool,
    ) -> None:
        self.files = files
        self.device = device
        self.precision = precision
        self.cache = cache
        self.cache_folder = cache_folder
        self.progress = progress
        self.n_encoded = 0

    @property
    def key(self) -> str:
        """Model fingerprint, precision and device family."""
        return f"{self.files.fingerprint}-{self.precision}-{self.device}"

    @property
    def weights_hash(self) -> str:
        """SHA-256 of the weights as they are used; heads are bound to it."""
        return self.files.weights_hash

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the unit vectors of `texts`.

        Parameters
        ----------
        texts
            n non-empty texts; white space is normalised first.

        Returns
        -------
        numpy.ndarray
            (n, d) float32, in the order of `texts`.

        Warns
        -----
        LongTextWarning
            With the number of texts that were cut at the encoder's limit.
        """
        normal = [normalise_text(text) for text in texts]
        if not all(normal):
            raise InputError(f"text {normal.index('')} is empty: leave rows without text out before encoding")
        if not normal:
            return np.empty((0, self._dimension()), dtype="f4")
        unique = list(dict.fromkeys(normal))
        if not self.cache:
            known = self._encode_new(unique, None)
        else:
            with EmbeddingCache(self.key, self.cache_folder) as store:
                known = store.get(unique)
                known |= self._encode_new([text for text in unique if text not in known], store)
        return np.stack([known[text] for text in normal])

    @abstractmethod
    def _dimension(self) -> int:
        """Return the length of a vector."""

    @abstractmethod
    def _encode_new(self, texts: list[str], store: EmbeddingCache | None) -> dict[str, np.ndarray]:
        """Return the vectors of texts that are not in the cache, by text, and put them there."""
