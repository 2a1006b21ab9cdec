"""From a task's vector to how people use AI for it: the share that is automation, the rest being augmentation.

The modes of use are those of Handa et al., "Which Economic Tasks are Performed with AI?", arXiv 2503.04761: directive and
feedback loop (automation), task iteration, validation and learning (augmentation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, cast
from zipfile import BadZipFile

import numpy as np
from sklearn.base import BaseEstimator

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, ModelError
from jobimpact.sources.labels.usage import AUTOMATION_MODES, CLAUDE_ONLY, MODES, USAGE_RELEASES, UsageRelease

if TYPE_CHECKING:
    from pathlib import Path

_AUTOMATION = len(AUTOMATION_MODES)  # MODES has these first
_ARRAYS = ("hidden_w", "hidden_b", "head_w", "head_b")


class UsageHead(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """A small network from vectors of task texts to the shares of the five modes of use, in each release of the index.

    The releases share one hidden layer, so that each learns from the others, and keep levels of their own: a release with
    use through programs has more automation than one of conversations on Claude.ai alone.

    Parameters
    ----------
    hidden
        Units of the shared layer.
    dropout, input_dropout
        Share of units, and of the vector's entries, left out at random in training.
    weight_decay, learning_rate, epochs, batch_size
        Settings of AdamW with a one-cycle schedule.
    n_members
        Networks that differ in their seed; their shares are averaged.
    random_state
        Seed of initial weights, dropout and order.

    Attributes
    ----------
    members_
        One dict of arrays per network: ``hidden_w`` (d, hidden), ``hidden_b``, ``head_w`` (hidden, releases x modes),
        ``head_b``.
    releases_
        Releases that were trained on, in the order of ``head_w``.
    level_
        The release at whose level shares are predicted by default: that of the assumption ``level`` of data/usage.toml.
    encoder_hash_
        SHA-256 of the encoder weights that the vectors came from.
    quantile_
        Quantile of the conformity scores that :meth:`predict_interval` needs, set by training; missing before.
    """

    def __init__(
        self,
        *,
        hidden: int = 128,
        dropout: float = 0.5,
        input_dropout: float = 0.2,
        weight_decay: float = 1.0,
        learning_rate: float = 4e-3,
        epochs: int = 25,
        batch_size: int = 256,
        n_members: int = 2,
        random_state: int = 0,
    ) -> None:
        self.hidden = hidden
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.weight_decay = weight_decay
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.n_members = n_members
        self.random_state = random_state

    def fit(
        self, vectors: np.ndarray, shares: np.ndarray, weights: np.ndarray,
        *, releases: tuple[UsageRelease, ...] = USAGE_RELEASES, encoder_hash: str = "",
    ) -> Self:  # fmt: skip
        """Train on shares of modes.

        Parameters
        ----------
        vectors
            (n, d) unit vectors.
        shares
            (n, releases, 5) shares in the order of `MODES`, summing to 1; anything where the weight is 0.
        weights
            (n, releases), at least 0; 0 where a release tells nothing about a task.
        releases
            What the second axis stands for.
        encoder_hash
            Of the encoder that gave the vectors.

        Raises
        ------
        InputError
            If shapes do not fit, a weighted share is missing or the modes of a task do not sum to 1, or nothing has weight.
        """
        from jobimpact.exposure.heads.usage_network import train_member

        expected = (len(vectors), len(releases), len(MODES))
        if np.shape(shares) != expected or np.shape(weights) != expected[:2]:
            raise InputError(
                f"found shares {np.shape(shares)} and weights {np.shape(weights)}; expected {expected} and {expected[:2]}: give "
                "a row for each vector and a column for each release"
            )
        told = np.asarray(weights) > 0
        if not told.any() or not np.allclose(np.asarray(shares)[told].sum(axis=1), 1, atol=1e-6):
            raise InputError("found no weight above 0, or modes that do not sum to 1: give shares of use, weight 0 where none")
        self.members_ = [train_member(self, vectors, shares, weights, self.random_state + i) for i in range(self.n_members)]
        self.releases_ = tuple(releases)
        self.level_ = reference_release(self.releases_)
        self.encoder_hash_ = encoder_hash
        self.quantile_ = np.nan
        return self

    def predict_modes(self, vectors: np.ndarray, release: UsageRelease | None = None) -> np.ndarray:
        """Return the (n, 5) shares of the modes in the order of `MODES`, rows summing to 1.

        Parameters
        ----------
        vectors
            (n, d) unit vectors.
        release
            At whose level; by default ``level_``.

        Raises
        ------
        InputError
            If the release was not trained on.
        """
        release = release or self.level_
        if release not in self.releases_:
            raise InputError(f"release {release!r} was not trained on; expected one of {', '.join(self.releases_)}")
        first = self.releases_.index(release) * len(MODES)
        total = np.zeros((len(vectors), len(MODES)))
        for member in self.members_:
            outputs = _forward(member, np.asarray(vectors, dtype="f8"))[:, first : first + len(MODES)]
            total += _softmax(outputs) / len(self.members_)
        return total

    def predict(self, vectors: np.ndarray, release: UsageRelease | None = None) -> np.ndarray:
        """Return the (n,) shares of use that are automation, in 0-1; parameters as :meth:`predict_modes`."""
        return np.asarray(self.predict_modes(vectors, release)[:, :_AUTOMATION].sum(axis=1).clip(0, 1))

    def predict_interval(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return both ends, each (n,), of the 90 % prediction interval for the observed share at the default level.

        Split conformal prediction with the score |y - p| / sqrt(p (1 - p)) on tasks held out (Lei et al. 2018,
        doi:10.1080/01621459.2017.1307116, section 5.2). Missing where the head was never calibrated.
        """
        share = self.predict(vectors)
        margin = self.quantile_ * share_spread(share)
        return np.clip(share - margin, 0, 1), np.clip(share + margin, 0, 1)

    def halved(self) -> Self:
        """Return this head with weights rounded to half precision, as :meth:`save` writes them."""
        copy = type(self)(**self.get_params())
        copy.members_ = [{name: array.astype("f2").astype("f8") for name, array in member.items()} for member in self.members_]
        for name in ("releases_", "level_", "encoder_hash_", "quantile_"):
            setattr(copy, name, getattr(self, name))
        return copy

    def save(self, path: Path) -> None:
        """Write the head as an .npz without pickles, weights in half precision."""
        arrays = {f"{i}_{name}": array.astype("f2") for i, member in enumerate(self.members_) for name, array in member.items()}
        params = {f"param_{name}": np.array(value) for name, value in self.get_params().items()}
        names = ("releases", "level", "encoder_hash", "quantile")
        state = {name: np.array(getattr(self, f"{name}_")) for name in names}
        with path.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **state, **params, **arrays)

    @classmethod
    def load(cls, path: Path) -> UsageHead:
        """Read a head written by :meth:`save`.

        Raises
        ------
        ModelError
            If the file is missing or is not such a file.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            head = cls(**{name[6:]: value.item() for name, value in arrays.items() if name.startswith("param_")})
            head.members_ = [{name: arrays[f"{i}_{name}"].astype("f8") for name in _ARRAYS} for i in range(head.n_members)]
            head.releases_ = tuple(arrays["releases"].tolist())
            head.level_ = cast("UsageRelease", str(arrays["level"]))
            head.encoder_hash_, head.quantile_ = str(arrays["encoder_hash"]), float(arrays["quantile"])
        except (OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, BadZipFile) as error:
            raise ModelError(f"{path} cannot be read as a trained usage head ({error}): train it with `train_usage`") from error
        return head


def reference_release(releases: tuple[UsageRelease, ...]) -> UsageRelease:
    """Return the release of the assumption ``level`` if it is among `releases`, else the newest, best with all platforms."""
    wanted = assumption("usage", "level")
    return max(releases, key=lambda release: (release == wanted, release != CLAUDE_ONLY, releases.index(release)))


def share_spread(share: np.ndarray) -> np.ndarray:
    """Return sqrt(p (1 - p)) of predicted shares, at least the assumption ``least_spread`` of data/usage.toml."""
    return np.asarray(np.sqrt(np.maximum(share * (1 - share), assumption("usage", "least_spread") ** 2)))


def _forward(member: dict[str, np.ndarray], vectors: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    # Unit vectors have entries near 1/sqrt(d); the network is trained on entries near 1.
    hidden = (vectors * np.sqrt(vectors.shape[1])) @ member["hidden_w"] + member["hidden_b"]
    active = 0.5 * hidden * (1 + erf(hidden / np.sqrt(2)))
    return np.asarray(active @ member["head_w"] + member["head_b"])


def _softmax(values: np.ndarray) -> np.ndarray:
    exponents = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))
