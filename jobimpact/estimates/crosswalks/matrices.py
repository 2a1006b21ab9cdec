"""Shares of crosswalks as matrices, so that a chain can be drawn anew many times in little time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.imputation import draw_shares
from jobimpact.estimates.crosswalks.shares import check_crosswalk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray


def draw_share_sets(steps: Sequence[pd.DataFrame], n_draws: int | None, seed: int | None) -> Iterator[list[NDArray[np.float64]]]:
    """Yield the shares of every step under each draw; nothing where no step assumes any."""
    assumed = any((step["share_basis"].isin(["equal", "similarity"]) & (step["share"] > 0)).any() for step in steps)
    if not assumed:
        return
    first = int(assumption("crosswalks", "seed")) if seed is None else seed
    # Each step has a stream of its own, so that another step in the chain leaves its draws as they were.
    streams = [draw_shares(step, n_draws=n_draws, seed=first + place) for place, step in enumerate(steps)]
    for drawn in zip(*streams, strict=True):
        yield [step["share"].to_numpy(dtype=float) for step in drawn]


def share_matrix(step: pd.DataFrame, share: NDArray[np.float64] | None = None) -> tuple[sp.csr_matrix, pd.Index, pd.Index]:
    """Return the shares of a crosswalk as a matrix, with its codes at both ends."""
    import scipy.sparse as sp

    if share is None:
        check_crosswalk(step)
        share = step["share"].to_numpy(dtype=float)
    left, here = pd.factorize(step["from_code"])
    right, there = pd.factorize(step["to_code"])
    return sp.csr_matrix((share, (left, right)), shape=(len(here), len(there))), pd.Index(here), pd.Index(there)


def chain_shares(steps: Sequence[tuple[sp.csr_matrix, pd.Index, pd.Index]], start: pd.Index) -> tuple[sp.csr_matrix, pd.Index]:
    """Return which part of each code of `start` comes to each code at the end."""
    import scipy.sparse as sp

    flows, codes = sp.identity(len(start), format="csr"), start
    for matrix, here, there in steps:
        place = here.get_indexer(codes)
        known = place >= 0
        if not known.any():
            raise InputError(f"found no code of the study in a crosswalk from {here[0]}, ...; expected the same codes: check it")
        joint = sp.csr_matrix((np.ones(int(known.sum())), (np.flatnonzero(known), place[known])), shape=(len(codes), len(here)))
        flows, codes = flows @ joint @ matrix, there
    return flows.tocsr(), codes


def occupation_weights(
    flows: sp.csr_matrix, jobs: NDArray[np.float64], scored: NDArray[np.bool_]
) -> tuple[sp.csr_matrix, NDArray[np.float64], NDArray[np.float64]]:
    """Return weights of codes over scored occupations, the jobs that these send, and all jobs that come."""
    import scipy.sparse as sp

    arriving = flows.T.tocsr()
    by_jobs = arriving @ sp.diags(jobs)
    whole = np.asarray(by_jobs.sum(axis=1)).ravel()
    columns = np.flatnonzero(scored)
    by_jobs = by_jobs.tocsc()[:, columns].tocsr()
    sent = np.asarray(by_jobs.sum(axis=1)).ravel()
    # Where no scored source has jobs, sources weigh what their share is.
    by_share = sp.diags((sent == 0).astype(float)) @ arriving.tocsc()[:, columns].tocsr()
    return rows_of_one(by_jobs + by_share), sent, whole


def quotient(part: NDArray[np.float64], whole: NDArray[np.float64], otherwise: float = np.nan) -> NDArray[np.float64]:
    """Return `part` over `whole`, or `otherwise` where the whole is 0."""
    quotient: NDArray[np.float64] = np.divide(part, whole, out=np.full(len(part), otherwise), where=whole > 0)
    return quotient


def rows_of_one(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Return `matrix` with every row divided by its sum; rows without any stay 0."""
    import scipy.sparse as sp

    sums = np.asarray(matrix.sum(axis=1)).ravel()
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return (sp.diags(inverse) @ matrix).tocsr()
