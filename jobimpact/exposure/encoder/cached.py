"""What all encoders share: texts made alike, each encoded once, vectors kept on disk by model and text."""

import hashlib
import sqlite3
import warnings
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np

from jobimpact.errors import InputError, JobImpactWarning
from jobimpact.exposure.encoder.models import ModelFiles
from jobimpact.paths import cache_home

_CHECKSUM = 4  # bytes of the CRC-32 behind each vector
_CHUNK = 500  # SQLite's limit on variables in one statement is at least 999


class EmbeddingCache:
    """A table text -> vector for one model at one precision, by default in the user's cache folder.

    The file's name carries the hash of the `key`, the fingerprint of the model's files and the precision,
    so that vectors of another model, or of the same model at another precision, can never be returned.
    Vectors are float32, byte for byte as the encoder gave them, each with a checksum: a damaged file is renamed
    away. A cache that cannot be written or read is left out with a warning; it never stops a run.
    """

    def __init__(self, key: str, folder: Path | None = None) -> None:
        name = hashlib.sha256(key.encode()).hexdigest()[:24]
        self.path = (folder or cache_home()) / f"vectors-{name}.sqlite"
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._open()
        except (OSError, sqlite3.Error) as error:
            self._leave(f"embedding cache {self.path} cannot be used ({error}): going on without it")
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked or not writable: the file itself may be sound
                raise
            self.path.unlink()  # no database: nothing but a cache is lost
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30)  # another run may be writing
        try:
            with connection:
                connection.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB)")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _leave(self, message: str) -> None:
        warnings.warn(message, JobImpactWarning, stacklevel=3)
        self.__exit__()

    def get(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the vectors known for `texts`, by text."""
        if self._connection is None:
            return {}
        keys = {_key(text): text for text in texts}
        vectors: dict[str, np.ndarray] = {}
        ordered = list(keys)
        try:
            for start in range(0, len(ordered), _CHUNK):
                part = ordered[start : start + _CHUNK]
                marks = ",".join("?" * len(part))
                query = f"SELECT text, vector FROM vectors WHERE text IN ({marks})"  # noqa: S608 - only question marks
                for key, vector in self._connection.execute(query, part):
                    vectors[keys[key]] = np.frombuffer(_sound(vector), dtype="<f4")
        except (sqlite3.Error, ValueError) as error:
            self._set_aside(error)
            return {}
        return vectors

    def _set_aside(self, error: Exception) -> None:
        """Rename a damaged file away and start anew: a vector that was altered would be a wrong score."""
        self.__exit__()
        damaged = self.path.with_suffix(".damaged")
        try:
            self.path.replace(damaged)
            self._connection = self._open()
        except (OSError, sqlite3.Error) as fault:
            self._leave(f"embedding cache {self.path} cannot be used ({fault}): going on without it")
            return
        warnings.warn(f"embedding cache {self.path} is damaged ({error}); it is now {damaged}", JobImpactWarning, stacklevel=4)

    def put(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Keep `vectors` (n x d, float32) of `texts`; committed at once, so that a killed run loses one batch at most."""
        if self._connection is None:
            return
        rows = [(_key(text), _sealed(row.astype("<f4").tobytes())) for text, row in zip(texts, vectors, strict=True)]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            self._leave(f"embedding cache {self.path} cannot be written ({error}): going on without it")


def _sealed(vector: bytes) -> bytes:
    """Return the bytes of a vector with their checksum at the end."""
    return vector + zlib.crc32(vector).to_bytes(_CHECKSUM, "little")


def _sound(content: bytes) -> bytes:
    """Return the bytes of a vector whose checksum holds; ValueError where it does not."""
    vector, checksum = content[:-_CHECKSUM], content[-_CHECKSUM:]
    if not vector or zlib.crc32(vector).to_bytes(_CHECKSUM, "little") != checksum:
        raise ValueError("a vector is not as it was written")
    return vector


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).digest()


def normalise_text(text: str) -> str:
    """Return `text` with runs of white space as one blank, none at the ends, and broken characters as question marks."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


class CachedEncoder(ABC):
    """An encoder that looks into the cache before it loads its weights.

    ``n_encoded`` counts the texts that were not there.
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
        """Return the (n, d) float32 unit vectors of n non-empty texts, whose white space is normalised first.

        A LongTextWarning counts the texts that were cut at the encoder's limit.
        """
        normal = [normalise_text(text) for text in texts]
        if not all(normal):
            raise InputError(f"text {normal.index('')} is empty: leave rows without text out before encoding")
        if not normal:
            return np.empty((0, self._dimension()), dtype="f4")
        unique = list(dict.fromkeys(normal))
        if not self.cache:
            vectors = self._encode_new(unique, None)
        else:
            with EmbeddingCache(self.key, self.cache_folder) as store:
                vectors = store.get(unique)
                vectors |= self._encode_new([text for text in unique if text not in vectors], store)
        return np.stack([vectors[text] for text in normal])

    @abstractmethod
    def _dimension(self) -> int:
        """Return the length of a vector."""

    @abstractmethod
    def _encode_new(self, texts: list[str], store: EmbeddingCache | None) -> dict[str, np.ndarray]:
        """Return the vectors of texts that are not in the cache, by text, and put them there."""
