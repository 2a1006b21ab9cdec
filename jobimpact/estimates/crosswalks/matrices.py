"""Shares of crosswalks as matrices, so that a chain can be drawn anew many times in little time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.shares import check_crosswalk

if TYPE_CHECKING:
    from collections.abc import Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray


def share_matrix(step: pd.DataFrame, share: NDArray[np.float64] | None = None) -> tuple[sp.csr_matrix, pd.Index, pd.Index]:
    """Return the shares of a crosswalk as a matrix, with its codes at both ends."""
    import scipy.sparse as sp

    if share is None:
        check_crosswalk(step)
        share = step["share"].to_numpy(dtype=float)
    row, from_codes = pd.factorize(step["from_code"])
    column, to_codes = pd.factorize(step["to_code"])
    matrix = sp.csr_matrix((share, (row, column)), shape=(len(from_codes), len(to_codes)))
    return matrix, pd.Index(from_codes), pd.Index(to_codes)


def chain_shares(steps: Sequence[tuple[sp.csr_matrix, pd.Index, pd.Index]], start: pd.Index) -> tuple[sp.csr_matrix, pd.Index]:
    """Return which part of each code of `start` comes to each code at the end."""
    import scipy.sparse as sp

    flows, codes = sp.identity(len(start), format="csr"), start
    for matrix, from_codes, to_codes in steps:
        position = from_codes.get_indexer(codes)
        rows = np.flatnonzero(position >= 0)
        if not len(rows):
            raise InputError(
                f"found no code of the study in a crosswalk from {from_codes[0]}, ...; expected the same codes: check it"
            )
        joint = sp.csr_matrix((np.ones(len(rows)), (rows, position[rows])), (len(codes), len(from_codes)))
        flows, codes = flows @ joint @ matrix, to_codes
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
