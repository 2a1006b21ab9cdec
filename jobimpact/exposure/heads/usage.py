"""From a task's vector to how people use AI for it: the share that is automation, the rest being augmentation.

The modes of use are those of Handa et al., "Which Economic Tasks are Performed with AI?", arXiv 2503.04761: directive and
feedback loop (automation), task iteration, validation and learning (augmentation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self, cast

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.exposure.heads.softmax import SoftmaxHeads, forward, input_scale, softmax
from jobimpact.sources.labels.usage import AUTOMATION_MODES, CLAUDE_ONLY, MODES, USAGE_RELEASES, UsageRelease

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

_AUTOMATION = len(AUTOMATION_MODES)  # MODES has these first
_RISE = 0.3  # share of the steps in which the learning rate rises


@dataclass(kw_only=True, eq=False)
class UsageHead(SoftmaxHeads):
    """A small network from vectors of tasks to the shares of the five modes of use, in each release.

    The releases share one hidden layer, so that each learns from the others, and keep levels of their own:
    a release with use through programs has more automation than one of conversations on Claude.ai alone.
    ``head_w`` is (hidden, releases x modes), with the releases of ``releases_``; ``level_`` is the release
    at whose level shares are predicted by default, and ``quantile_`` that of the conformity scores, missing
    before calibration.
    """

    hidden: int = 128
    dropout: float = 0.5
    input_dropout: float = 0.2
    epochs: int = 25
    batch_size: int = 256
    n_members: int = 2

    _KIND: ClassVar[str] = "a trained usage head"

    def fit(
        self, vectors: np.ndarray, shares: np.ndarray, weights: np.ndarray,
        *, releases: tuple[UsageRelease, ...] = USAGE_RELEASES, encoder_hash: str = "",
    ) -> Self:  # fmt: skip
        """Train on `shares` (n, releases, 5) of the `MODES` with `weights` (n, releases).

        A weight is 0 where a release tells nothing about a task.

        The loss is the cross-entropy between the observed and the predicted shares, a quasi-likelihood for
        shares (Papke and Wooldridge 1996,
        doi:10.1002/(SICI)1099-1255(199611)11:6<619::AID-JAE418>3.0.CO;2-1), weighted by task and release.
        """
        import torch

        expected = (len(vectors), len(releases), len(MODES))
        if np.shape(shares) != expected or np.shape(weights) != expected[:2]:
            raise InputError(
                f"found shares {np.shape(shares)} and weights {np.shape(weights)}; expected {expected} and {expected[:2]}: give "
                "a row for each vector and a column for each release"
            )
        observed = np.asarray(weights) > 0
        if not observed.any() or not np.allclose(np.asarray(shares)[observed].sum(axis=1), 1, atol=1e-6):
            raise InputError("found no weight above 0, or modes that do not sum to 1: give shares of use, weight 0 where none")
        weighted = np.where(weights[:, :, None] > 0, shares, 0) * weights[:, :, None] / weights.mean()
        targets = torch.tensor(weighted, dtype=torch.float32)

        def loss(outputs: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            logs = torch.log_softmax(outputs.view(-1, len(releases), len(MODES)), dim=2)
            return -(targets[rows] * logs).sum(dim=2).mean()

        self._train_members(vectors, len(releases) * len(MODES), loss, input_dropout=self.input_dropout, rise=_RISE)
        self.releases_ = tuple(releases)
        self.level_ = reference_release(self.releases_)
        self.encoder_hash_ = encoder_hash
        self.quantile_ = np.nan
        return self

    def predict_modes(self, vectors: np.ndarray, release: UsageRelease | None = None) -> np.ndarray:
        """Return the (n, 5) shares of the `MODES` at the level of `release`, by default ``level_``."""
        release = release or self.level_
        if release not in self.releases_:
            raise InputError(f"release {release!r} was not trained on; expected one of {', '.join(self.releases_)}")
        first = self.releases_.index(release) * len(MODES)
        total = np.zeros((len(vectors), len(MODES)))
        inputs = np.asarray(vectors, dtype="f8") * input_scale(vectors)
        for member in self.members_:
            total += softmax(forward(member, inputs)[:, first : first + len(MODES)]) / len(self.members_)
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

    def _state(self) -> dict[str, np.ndarray]:
        return {name: np.array(getattr(self, f"{name}_")) for name in ("releases", "level", "quantile")}

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.releases_ = tuple(arrays["releases"].tolist())
        self.level_ = cast("UsageRelease", str(arrays["level"]))
        self.quantile_ = float(arrays["quantile"])


def reference_release(releases: tuple[UsageRelease, ...]) -> UsageRelease:
    """Return the release of the assumption ``level`` if it is among `releases`, else the newest, best with all platforms."""
    level = assumption("usage", "level")
    return max(releases, key=lambda name: (name == level, name != CLAUDE_ONLY, releases.index(name)))


def share_spread(share: np.ndarray) -> np.ndarray:
    """Return sqrt(p (1 - p)) of predicted shares, at least the assumption ``least_spread`` of data/usage.toml."""
    return np.asarray(np.sqrt(np.maximum(share * (1 - share), assumption("usage", "least_spread") ** 2)))
