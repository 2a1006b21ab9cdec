"""Embeddings already computed, kept on disk by model and text."""

from __future__ import annotations

import hashlib
import sqlite3
import warnings
from typing import TYPE_CHECKING, Self

import numpy as np

from jobimpact.errors import JobImpactWarning
from jobimpact.paths import cache_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CHUNK = 500  # SQLite's limit on variables in one statement is at least 999


class EmbeddingCache:
    """A table text -> vector for one model at one precision.

    The file's name carries the fingerprint of the model's files and the precision, so that vectors of another model, or of
    the same model at another precision, can never be returned. Vectors are float32, byte for byte as the encoder gave them.
    A cache that cannot be written or read is left out with a warning; it never stops a run.

    Parameters
    ----------
    key
        What distinguishes the encoder: fingerprint and precision.
    folder
        Default: :func:`jobimpact.paths.cache_home`.
    """

    def __init__(self, key: str, folder: Path | None = None) -> None:
        name = hashlib.sha256(key.encode()).hexdigest()[:24]
        self.path = (folder or cache_home()) / f"embeddings-{name}.sqlite"
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
            self.path.unlink()
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30)
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
        found: dict[str, np.ndarray] = {}
        ordered = list(keys)
        try:
            for start in range(0, len(ordered), _CHUNK):
                part = ordered[start : start + _CHUNK]
                marks = ",".join("?" * len(part))
                query = f"SELECT text, vector FROM vectors WHERE text IN ({marks})"  # noqa: S608 - only question marks
                for key, vector in self._connection.execute(query, part):
                    found[keys[key]] = np.frombuffer(vector, dtype="<f4")
        except sqlite3.Error as error:
            self._leave(f"embedding cache {self.path} cannot be read ({error}): going on without it")
            return {}
        return found

    def put(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Keep `vectors` (n x d, float32) of `texts`; committed at once, so that a killed run loses one batch at most."""
        if self._connection is None:
            return
        rows = [(_key(text), vector.astype("<f4").tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            self._leave(f"embedding cache {self.path} cannot be written ({error}): going on without it")


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).digest()
