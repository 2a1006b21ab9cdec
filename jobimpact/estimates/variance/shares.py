"""Shares with which occupations enter the estimates of many groups, and what the sampling of employment makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.definitions import CUTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray

    from jobimpact.estimates.means.populations import Population

Weight = Literal["employment", "wage_bill"]
DIFFERENCE = " - "  # as in the row keys of claims
_ERRORS = ("emp_prse", "mean_prse")


@dataclass(frozen=True)
class Query:
    """One column of estimates: the mean of exposure, or with a cut the expected share of what lies at or above it."""

    column_name: str
    weight: Weight = "employment"
    cut: float | None = None


QUERIES = (
    Query("exposure_beta"),
    Query("exposure_beta_wage_bill", "wage_bill"),
    *(Query(column, "employment", cut) for column, cut in CUTS.items()),
)


@dataclass(frozen=True)
class Moments:
    """(O,) mean and variance of what is averaged, exposure or whether it lies above a cut, over its errors."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]


@dataclass(frozen=True)
class Shares:
    """Shares with which O occupations enter the estimates of one population.

    Attributes
    ----------
    keys
        Names of the G groups.
    shares
        By weight, (G, O): rows sum to 1, or are missing where a group has no matched cell.
    members
        By weight, (G, C) shares of the cells.
    errors
        By weight, (C,) squared relative standard errors of the cells.
    occupation
        (C,) number of the occupation of each cell.
    """

    keys: tuple[str, ...]
    shares: dict[Weight, NDArray[np.float64]]
    members: dict[Weight, sp.csr_matrix]
    errors: dict[Weight, NDArray[np.float64]]
    occupation: NDArray[np.intp]

    def positions(self, names: Sequence[str]) -> NDArray[np.intp]:
        """Return where the groups `names` stand; one that is not there is an InputError."""
        rows = pd.Index(self.keys).get_indexer(pd.Index(names))
        if (rows < 0).any():
            raise InputError(f"a gap names {names[int(np.argmin(rows))]!r}; expected a row such as {', '.join(self.keys[:3])}")
        return rows

    def sampling_covariance(
        self, moments: Moments, first: tuple[Weight, NDArray[np.intp]], second: tuple[Weight, NDArray[np.intp]]
    ) -> NDArray[np.float64]:
        """Return (P,) covariances that the sampling of employment makes between pairs of estimates, each a weight and (P,) rows.

        An estimate is a ratio, sum(w f) / sum(w), of employment w with independent relative errors r. To
        first order its variance is sum of (share x r x (f - estimate))^2 (Woodruff 1971,
        doi:10.1080/01621459.1971.10482279), so that errors common to all cells of a group, and totals that
        BLS benchmarks, cancel. The exposures f have errors of their own, over which this is the exact mean.
        """
        (weight_a, rows_a), (weight_b, rows_b) = first, second
        # Both hold the error of employment; that of the mean wage is in a wage bill alone.
        error = self.errors["wage_bill" if weight_a == weight_b == "wage_bill" else "employment"]
        cells = self.members[weight_a][rows_a].multiply(self.members[weight_b][rows_b]).multiply(error).tocsr()
        c = _by_occupation(cells, self.occupation, len(moments.mean))
        a, b = self.shares[weight_a][rows_a], self.shares[weight_b][rows_b]
        mean, spread = moments.mean, moments.variance
        # E (f - A)(f - B) with A and B the estimates, which hold f themselves.
        both = (a @ mean) * (b @ mean) + (a * b) @ spread
        total = c.sum(axis=1)
        crossed: NDArray[np.float64] = c @ (mean**2 + spread) - ((a + b) @ mean) * (c @ mean) + both * total
        return crossed - (c * (a + b)) @ spread


def make_shares(population: Population, codes: pd.Index, exposure: NDArray[np.float64]) -> Shares:
    """Return the shares with which occupations enter the estimates of `population`.

    Cells without employment, or whose occupation has no `exposure` (O,), count nowhere.
    """
    import scipy.sparse as sp

    cells = population.cells
    position = codes.get_indexer(pd.Index(cells["soc_code"]))
    jobs = cells["tot_emp"].to_numpy(dtype=float, na_value=np.nan)
    matched = (position >= 0) & np.isfinite(exposure[position]) & (jobs > 0)
    jobs_se, pay_se = (np.nan_to_num(cells[name].to_numpy(dtype=float, na_value=np.nan)[matched]) / 100 for name in _ERRORS)
    pay = np.nan_to_num(cells["a_mean"].to_numpy(dtype=float, na_value=np.nan)[matched])
    amounts: dict[Weight, NDArray[np.float64]] = {"employment": jobs[matched], "wage_bill": jobs[matched] * pay}
    # Errors of employment and of the mean wage are taken as independent, so those of a wage bill add in squares.
    errors: dict[Weight, NDArray[np.float64]] = {"employment": jobs_se**2, "wage_bill": jobs_se**2 + pay_se**2}
    member = population.members.tocsr()[:, matched]
    members, shares = {}, {}
    for weight, amount in amounts.items():
        totals = member @ amount
        inverse = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
        members[weight] = (sp.diags(inverse) @ member @ sp.diags(amount)).tocsr()
        dense = _by_occupation(members[weight], position[matched], len(codes))
        shares[weight] = np.where(dense.any(axis=1, keepdims=True), dense, np.nan)
    return Shares(tuple(population.row_keys), shares, members, errors, position[matched])


def _by_occupation(cells: sp.csr_matrix, occupation: NDArray[np.intp], n_occupations: int) -> NDArray[np.float64]:
    """Return sums over the cells of each occupation: (G, C) to (G, O)."""
    import scipy.sparse as sp

    n = len(occupation)
    indicator = sp.csr_matrix((np.ones(n), (np.arange(n), occupation)), shape=(n, n_occupations))
    dense: NDArray[np.float64] = (cells @ indicator).toarray()
    return dense
