"""Unknown shares of a crosswalk drawn many times, so that what they do to an estimate can be measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.shares import check_crosswalk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_UNKNOWN = ("equal", "similarity")  # bases of shares that nobody published
_LEAST_DRAWS = 2


def draw_shares(
    crosswalk: pd.DataFrame, *, n_draws: int | None = None, concentration: float | None = None, seed: int | None = None
) -> Iterator[pd.DataFrame]:
    """Yield crosswalks in which ``equal`` and ``similarity`` shares are drawn; others stay.

    The shares of a code with K partners are Dirichlet with parameters `concentration` x K x the share at
    hand, independently of those of other codes: their mean is the share at hand, their sum stays, and with
    concentration 1 and equal shares every way to share the code out is as likely as any other. Defaults are
    those of data/crosswalks.toml.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> draw = next(draw_shares(read_oews_to_soc_2018(), n_draws=2))
    >>> shares = draw.loc[draw["from_code"] == "31-1120", "share"]
    >>> bool((shares != 0.5).all()), round(float(shares.sum()), 9)
    (True, 1.0)
    """
    n_draws = int(assumption("crosswalks", "n_draws")) if n_draws is None else n_draws
    concentration = float(assumption("crosswalks", "concentration")) if concentration is None else concentration
    seed = int(assumption("crosswalks", "seed")) if seed is None else seed
    if n_draws < _LEAST_DRAWS or not concentration > 0:
        raise InputError(
            f"found {n_draws} draws and concentration {concentration}; expected two draws or more and a number above 0"
        )
    plan, rng = _plan(crosswalk, concentration), np.random.default_rng(seed)
    for _ in range(n_draws):
        yield plan.draw(rng)


def draw_share_sets(steps: Sequence[pd.DataFrame], n_draws: int | None, seed: int | None) -> Iterator[list[NDArray[np.float64]]]:
    """Yield the shares of every step of a chain under each draw; nothing where no step assumes any."""
    if not any((step["share_basis"].isin(_UNKNOWN) & (step["share"] > 0)).any() for step in steps):
        return
    first = int(assumption("crosswalks", "seed")) if seed is None else seed
    # Each step has a stream of its own, so that another step in the chain leaves its draws as they were.
    streams = [draw_shares(step, n_draws=n_draws, seed=first + number) for number, step in enumerate(steps)]
    for draws in zip(*streams, strict=True):
        yield [step["share"].to_numpy(dtype=float) for step in draws]


@dataclass(frozen=True)
class _Plan:
    """What is drawn in a crosswalk: `rows` of its pairs, `alpha` and code number of each, and what each code has to share out."""

    crosswalk: pd.DataFrame
    rows: NDArray[np.intp]
    alpha: NDArray[np.float64]
    code: NDArray[np.intp]
    sums: NDArray[np.float64]

    def draw(self, rng: np.random.Generator) -> pd.DataFrame:
        # log of a gamma(alpha) variate, from gamma(alpha + 1): a small alpha would give 0 for every partner of a code.
        logs = np.log(rng.standard_gamma(self.alpha + 1)) + np.log1p(-rng.random(len(self.alpha))) / self.alpha
        highest = np.full(len(self.sums), -np.inf)
        np.maximum.at(highest, self.code, logs)
        weights = np.exp(logs - highest[self.code])
        totals = np.bincount(self.code, weights, minlength=len(self.sums))
        share = self.crosswalk["share"].to_numpy(dtype="float64", copy=True)
        share[self.rows] = (self.sums / totals)[self.code] * weights
        basis = self.crosswalk["share_basis"].to_numpy(dtype=object, copy=True)
        basis[self.rows] = "drawn"
        return self.crosswalk.assign(share=share, share_basis=basis)


def _plan(crosswalk: pd.DataFrame, concentration: float) -> _Plan:
    """Plan draws of the shares that are unknown and above 0, of codes that have several such shares."""
    check_crosswalk(crosswalk)
    unknown = crosswalk["share_basis"].isin(_UNKNOWN) & (crosswalk["share"] > 0)
    several = unknown.groupby(crosswalk["from_code"]).transform("sum") > 1
    mask = (unknown & several).to_numpy()
    code, names = pd.factorize(crosswalk.loc[mask, "from_code"])
    share = crosswalk["share"].to_numpy(dtype="float64")[mask]
    sums = np.bincount(code, share, minlength=len(names)).astype(np.float64)
    partners = np.bincount(code, minlength=len(names))
    return _Plan(crosswalk, np.flatnonzero(mask), concentration * partners[code] * share / sums[code], code, sums)
