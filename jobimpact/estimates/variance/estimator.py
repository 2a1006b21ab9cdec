"""Estimates of many groups from many draws of exposures, and the sampling variance of their employment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.aggregates import CUTS
from jobimpact.estimates.means.definitions import above_cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray

    from jobimpact.estimates.means.populations import Population

DIFFERENCE = " - "  # as in the row keys of claims
_ERRORS = ("emp_prse", "mean_prse")
_Real = TypeVar("_Real", np.float32, np.float64)


@dataclass(frozen=True)
class Query:
    """One column of estimates: the mean of exposure, or with a cut the share of what lies above it."""

    column_name: str
    weight: Literal["employment", "wage_bill"] = "employment"
    cut: float | None = None
    operator: Literal[">=", ">"] = ">="

    def counted(self, exposure: NDArray[_Real]) -> NDArray[_Real]:
        """Return what is averaged: the exposure, or 1 where it is above the cut and 0 where not; 0 where it is missing."""
        if self.cut is None:
            return np.nan_to_num(exposure)
        return above_cut(exposure, self.cut, self.operator).astype(exposure.dtype)


QUERIES = (
    Query("exposure_beta"),
    Query("exposure_beta_wage_bill", "wage_bill"),
    *(Query(column, "employment", cut) for column, cut in CUTS.items()),
)


@dataclass(frozen=True)
class Estimator:
    """Shares with which occupations enter the estimates of one population.

    Attributes
    ----------
    keys
        Names of the G groups and then of the P gaps.
    shares
        By weight, (G, O): rows sum to 1, or are missing where a group has no matched cell.
    squares, products
        By weight, (G, O) and (P, O) sums over cells of squared shares, or of the products of shares in both
        groups of a gap, times the squared relative standard error of the cell.
    first, second
        (P,) numbers of the groups of each gap.
    crossed
        (G, O) sums over cells of the share by employment times that by wage bill times the squared relative
        standard error of employment, which both weights hold.
    single
        (G,) number of the occupation that is the whole group, -1 where it has no exposure; then there are no
        shares.
    """

    keys: tuple[str, ...]
    shares: dict[str, NDArray[np.float64]]
    squares: dict[str, NDArray[np.float32]]
    products: dict[str, NDArray[np.float32]]
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    crossed: NDArray[np.float32] | None = None
    single: NDArray[np.intp] | None = None

    @property
    def n_groups(self) -> int:
        """Number of groups, without the gaps."""
        return len(self.keys) - len(self.first)

    def with_gaps(self, groups: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return estimates of groups with those of the gaps below them."""
        below: NDArray[np.float64] = np.concatenate([groups, groups[self.first] - groups[self.second]]).astype(np.float64)
        return below

    def base(self, counted: NDArray[np.float64], weight: str) -> NDArray[np.float64]:
        """Return (G + P,) estimates of (O,) counted exposures with published employment, in double precision."""
        if self.single is not None:
            return self.with_gaps(np.where(self.single >= 0, counted[self.single], np.nan))
        # Estimates are made in double precision, as in the tables of the study; draws in single.
        return self.with_gaps(self.shares[weight] @ counted)

    def estimate(self, counted: NDArray[np.float32], weight: str) -> NDArray[np.float64]:
        """Return (G + P, D) estimates from (O, D) counted exposures, in single precision."""
        if self.single is not None:
            return self.with_gaps(np.where((self.single >= 0)[:, None], counted[self.single], np.float32("nan")))
        return self.with_gaps(self.shares[weight].astype(np.float32) @ counted)

    def sampling_variance(self, counted: NDArray[np.float32], weight: str) -> NDArray[np.float64]:
        """Return (G + P, D) variances that the sampling of employment makes, given each draw of exposures.

        An estimate is a ratio, sum(w f) / sum(w), of employment w with independent relative errors r. To
        first order its variance is sum of (share x r x (f - estimate))^2 (Woodruff 1971,
        doi:10.1080/01621459.1971.10482279), so that errors common to all cells of a group, and totals that
        BLS benchmarks, cancel.
        """
        if self.single is not None:
            return np.zeros((len(self.keys), counted.shape[1]))
        means = (self.shares[weight].astype(np.float32) @ counted).astype(np.float64)
        squares, products = self.squares[weight], self.products[weight]
        group = _about(squares, counted, means, means)
        shared = _about(products, counted, means[self.first], means[self.second])
        gap = group[self.first] + group[self.second] - 2 * shared
        variances: NDArray[np.float64] = np.maximum(np.concatenate([group, gap]), 0.0)
        return variances

    def crossed_sampling(self, exposure: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return (G, D) covariances of the mean by employment with that by wage bill that the sampling of employment makes."""
        if self.crossed is None:
            return np.zeros((self.n_groups, exposure.shape[1]))
        jobs, bill = (
            (self.shares[weight].astype(np.float32) @ exposure).astype(np.float64) for weight in ("employment", "wage_bill")
        )
        return _about(self.crossed, exposure, jobs, bill)


def _about(
    coefficients: NDArray[np.float32], f: NDArray[np.float32], a: NDArray[np.float64], b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return sum over occupations of coefficient x (f - a) x (f - b)."""
    # Expanded, so that a draw costs two products of matrices instead of a sum over cells.
    second, first = (coefficients @ f**2).astype(np.float64), (coefficients @ f).astype(np.float64)
    moment: NDArray[np.float64] = second - (a + b) * first + a * b * coefficients.sum(axis=1, dtype=np.float64)[:, None]
    return moment


def make_estimator(
    population: Population, codes: pd.Index, exposure: NDArray[np.float64], pairs: Sequence[tuple[str, str]] = ()
) -> Estimator:
    """Return the shares with which occupations enter the estimates of `population`.

    Cells without employment, or whose occupation has no `exposure` (O,), count nowhere. `pairs` are row keys
    of groups whose difference is an estimate; one that is not there is an InputError.
    """
    cells, keys = population.cells, list(population.row_keys)
    for key in (key for pair in pairs for key in pair):
        if key not in keys:
            raise InputError(
                f"a gap names {key!r}, which {population.table_name} has not; expected such as {', '.join(keys[:3])}"
            )
    first, second = (np.array([keys.index(pair[side]) for pair in pairs], dtype=np.intp) for side in (0, 1))
    names = (*keys, *(f"{a}{DIFFERENCE}{b}" for a, b in pairs))
    position = codes.get_indexer(pd.Index(cells["soc_code"]))
    if not population.weighted_by_jobs:
        single = np.where(np.isfinite(exposure[position]), position, -1)
        return Estimator(names, {}, {}, {}, first, second, single=single)
    jobs = cells["tot_emp"].to_numpy(dtype=float, na_value=np.nan)
    matched = (position >= 0) & np.isfinite(exposure[position]) & (jobs > 0)
    errors = {name: np.nan_to_num(cells[name].to_numpy(dtype=float, na_value=np.nan)[matched]) / 100 for name in _ERRORS}
    pay = np.nan_to_num(cells["a_mean"].to_numpy(dtype=float, na_value=np.nan)[matched])
    weights = {"employment": jobs[matched], "wage_bill": jobs[matched] * pay}
    # Errors of employment and of the mean wage are taken as independent, so those of a wage bill add in squares.
    relative = {"employment": errors["emp_prse"] ** 2, "wage_bill": errors["emp_prse"] ** 2 + errors["mean_prse"] ** 2}
    # Cells of an occupation share its exposure, so G x O sums over cells are all that draws need.
    to_occupation = _indicator(position[matched], len(codes))
    members = population.members.tocsr()[:, matched]
    parts = {name: _normalised(members, weight) for name, weight in weights.items()}
    shares, squares, products = {}, {}, {}
    for name, part in parts.items():
        shares[name] = _missing_where_empty(_dense(part, to_occupation))
        squares[name] = _dense(part.multiply(part), to_occupation, relative[name]).astype(np.float32)
        products[name] = _dense(part[first].multiply(part[second]), to_occupation, relative[name]).astype(np.float32)
    crossed = _dense(parts["employment"].multiply(parts["wage_bill"]), to_occupation, relative["employment"])
    return Estimator(names, shares, squares, products, first, second, crossed.astype(np.float32))


def _indicator(position: NDArray[np.intp], n_occupations: int) -> sp.csr_matrix:
    import scipy.sparse as sp

    n = len(position)
    return sp.csr_matrix((np.ones(n), (np.arange(n), position)), shape=(n, n_occupations))


def _normalised(members: sp.csr_matrix, weight: NDArray[np.float64]) -> sp.csr_matrix:
    """Return the share of each cell in each group; 0 in a group without weight."""
    import scipy.sparse as sp

    totals = members @ weight
    inverse = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return sp.diags(inverse) @ members @ sp.diags(weight)


def _dense(cells: sp.csr_matrix, to_occupation: sp.csr_matrix, factor: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    import scipy.sparse as sp

    scaled = cells if factor is None else cells @ sp.diags(factor)
    dense: NDArray[np.float64] = (scaled @ to_occupation).toarray()
    return dense


def _missing_where_empty(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(shares.any(axis=1, keepdims=True), shares, np.nan)
