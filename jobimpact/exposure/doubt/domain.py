"""How far a text lies from all tasks that the model learnt from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.params import Params, stored_arrays
from jobimpact.exposure.splits import assign_folds, leak_free


@dataclass(kw_only=True, eq=False)
class DomainGauge(Params):
    """The principal directions of the learnt tasks' vectors; what a text has outside of them makes it strange.

    The distance is the length of the part of a centred vector that the first principal components leave
    over: the squared prediction error of Jackson and Mudholkar 1979, doi:10.1080/00401706.1979.10489779,
    whose limit is taken here from tasks of occupations left out, not from a normal distribution. On vectors
    of this project's encoder it finds more than distances to k-means centres do, and as much as Mahalanobis
    distances.

    Settings are by default those of data/doubt.toml. Fitted: ``mean_`` (d,), ``directions_`` (d,
    n_components), rounded to half precision, ``threshold_``, the distance from which on a text is strange,
    and ``encoder_hash_``.
    """

    n_components: int | None = None
    quantile: float | None = None
    n_folds: int | None = None
    random_state: int = 0

    def fit(self, vectors: np.ndarray, labels: pd.DataFrame, *, encoder_hash: str = "") -> Self:
        """Learn from `vectors` (n, d) of the tasks in `labels`, which needs ``soc_code`` and ``task``.

        The threshold is the `quantile` of distances of tasks from gauges that saw neither their occupation
        nor their text.
        """
        if len(vectors) != len(labels):
            raise InputError(f"{len(vectors)} vectors for {len(labels)} tasks: give one for each")
        n_folds = assumption("doubt", "strange_folds") if self.n_folds is None else self.n_folds
        quantile = assumption("doubt", "strange_quantile") if self.quantile is None else self.quantile
        folds = assign_folds(labels, n_folds=n_folds, seed=self.random_state)
        distances = np.empty(len(vectors))
        for fold in range(n_folds):
            held_out = folds == fold
            distances[held_out] = _distance(vectors[held_out], *self._learn(vectors[leak_free(labels, held_out)]))
        self.mean_, self.directions_ = self._learn(vectors)
        self.threshold_ = float(np.quantile(distances, quantile))
        self.encoder_hash_ = encoder_hash
        return self

    def distance(self, vectors: np.ndarray) -> np.ndarray:
        """Return the (n,) distances of `vectors` (n, d) from the learnt tasks' subspace."""
        if vectors.shape[1] != len(self.mean_):
            raise ModelError(
                f"vectors of {vectors.shape[1]} dimensions for a gauge of {len(self.mean_)}: it belongs to another encoder; "
                "fit one with `jobimpact train`"
            )
        return _distance(vectors, self.mean_, self.directions_)

    def is_strange(self, vectors: np.ndarray) -> np.ndarray:
        """Return an (n,) bool array: whether a text of `vectors` (n, d) is unlike any learnt task."""
        return np.asarray(self.distance(vectors) > self.threshold_)

    def save(self, path: str | Path) -> None:
        """Write the gauge as an .npz without pickles, directions in half precision (about 100 kB for 384 dimensions)."""
        with Path(path).open("wb") as stream:
            np.savez_compressed(
                stream, allow_pickle=False, mean=self.mean_, directions=self.directions_.astype("f2"),
                threshold=np.array(self.threshold_), encoder_hash=np.array(self.encoder_hash_),
            )  # fmt: skip

    @classmethod
    def load(cls, path: str | Path) -> "DomainGauge":
        """Read a gauge written by :meth:`save`."""
        gauge = cls()
        with stored_arrays(path, "a domain gauge", "fit one with `jobimpact train`") as arrays:
            gauge.mean_, gauge.directions_ = arrays["mean"].astype("f8"), arrays["directions"].astype("f8")
            gauge.threshold_, gauge.encoder_hash_ = float(arrays["threshold"]), str(arrays["encoder_hash"])
        return gauge

    def _learn(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and principal directions of `vectors`, rounded as :meth:`save` writes them."""
        n = assumption("doubt", "strange_components") if self.n_components is None else self.n_components
        if min(len(vectors) - 1, vectors.shape[1]) < n:
            raise InputError(f"{len(vectors)} vectors of {vectors.shape[1]} dimensions have no {n} directions: give more")
        mean = vectors.mean(axis=0, dtype="f8")
        _, directions = np.linalg.eigh(np.cov(vectors - mean, rowvar=False))
        return mean, directions[:, ::-1][:, :n].astype("f2").astype("f8")


def _distance(vectors: np.ndarray, mean: np.ndarray, directions: np.ndarray) -> np.ndarray:
    # Rounding left the directions a little askew.
    basis, _ = np.linalg.qr(directions)
    centred = vectors - mean
    within = centred @ basis
    rest = (centred**2).sum(axis=1) - (within**2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(rest, 0)))
