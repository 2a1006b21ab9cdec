"""What the variance ledger estimates: rows of populations, and differences between them, as sums over occupations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobimpact.errors import InputError
from jobimpact.estimates.variance.shares import DIFFERENCE, Moments, make_shares

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jobimpact.estimates.means.populations import Population
    from jobimpact.estimates.variance.exposures import Exposures
    from jobimpact.estimates.variance.shares import Query, Shares

_OTHER_TABLE = ":"  # as in the row keys of claims: table:key
_JOBS, _BILL = "exposure_beta", "exposure_beta_wage_bill"


@dataclass(frozen=True)
class Block:
    """Estimates of one table and column, each a sum over occupations of a coefficient times what is averaged.

    Attributes
    ----------
    table_name, column_name, keys
        Where the E estimates stand.
    cut
        None for means of exposure; else what is averaged is whether the exposure lies at or above it.
    coefficients
        (E, O), missing in the rows without an estimate.
    sampling
        (E,) variance that the sampling of employment makes.
    least
        What an estimate is at least: 0, or -1 for a difference.
    """

    table_name: str
    column_name: str
    keys: tuple[str, ...]
    cut: float | None
    coefficients: NDArray[np.float64]
    sampling: NDArray[np.float64]
    least: float


def make_blocks(
    exposures: Exposures,
    populations: Sequence[Population],
    queries: Sequence[Query],
    gaps: Mapping[str, Sequence[tuple[str, str]]],
) -> Iterator[Block]:
    """Yield what a ledger estimates, see :func:`jobimpact.estimates.variance.ledger.variance_ledger`."""
    shares = {population.table_name: make_shares(population, exposures.codes, exposures.options[0]) for population in populations}
    for population in populations:
        name = population.table_name
        for query in queries if population.weighted_by_jobs else queries[:1]:
            moments = Moments(exposures.expected(exposures.drawn, query.cut).mean(axis=0), exposures.error_variance(query.cut))
            part = _Part(name, query, moments, shares)
            yield part.groups()
            # Only rows that rest on no employment are compared with those of another table.
            beyond = [pair for pair in gaps.get(name, ()) if not population.weighted_by_jobs and _OTHER_TABLE in pair[1]]
            if within := [pair for pair in gaps.get(name, ()) if population.weighted_by_jobs or _OTHER_TABLE not in pair[1]]:
                yield part.gaps(within)
            if beyond:
                yield part.gaps_beyond(beyond)
            if query.column_name == _BILL and any(other.column_name == _JOBS for other in queries):
                yield part.pay_gaps()


@dataclass(frozen=True)
class _Part:
    """One query of one table."""

    table_name: str
    query: Query
    moments: Moments
    shares: Mapping[str, Shares]

    @property
    def own(self) -> Shares:
        return self.shares[self.table_name]

    def groups(self) -> Block:
        every = np.arange(len(self.own.keys))
        return self._block(self.own.keys, self.own.shares[self.query.weight], self._sampling(self.own, every), least=0.0)

    def gaps(self, pairs: Sequence[tuple[str, str]]) -> Block:
        """Return differences of two groups of the table, whose common cells cancel."""
        shares, weight = self.own.shares[self.query.weight], self.query.weight
        first, second = (self.own.positions([pair[side] for pair in pairs]) for side in (0, 1))
        shared = self.own.sampling_covariance(self.moments, (weight, first), (weight, second))
        single = self._sampling(self.own, np.arange(len(self.own.keys)))
        return self._block(_names(pairs), shares[first] - shares[second], single[first] + single[second] - 2 * shared)

    def gaps_beyond(self, pairs: Sequence[tuple[str, str]]) -> Block:
        """Return rows of this table, which rest on no employment, less groups of another."""
        table = pairs[0][1].partition(_OTHER_TABLE)[0]
        if table not in self.shares:
            raise InputError(f"a gap names {pairs[0][1]!r}; expected a table of the ledger, such as {', '.join(self.shares)}")
        other = self.shares[table]
        first = self.own.positions([pair[0] for pair in pairs])
        second = other.positions([pair[1].partition(_OTHER_TABLE)[2] for pair in pairs])
        coefficients = self.own.shares[self.query.weight][first] - other.shares[self.query.weight][second]
        rows, number = np.unique(second, return_inverse=True)
        return self._block(_names(pairs), coefficients, self._sampling(other, rows)[number])

    def pay_gaps(self) -> Block:
        """Return the mean by wage bill less the mean by jobs, of every group."""
        every, bill = np.arange(len(self.own.keys)), self.own.shares["wage_bill"]
        jobs = self.own.sampling_covariance(self.moments, ("employment", every), ("employment", every))
        shared = self.own.sampling_covariance(self.moments, ("employment", every), ("wage_bill", every))
        sampling = self._sampling(self.own, every) + jobs - 2 * shared
        name = f"{_BILL}{DIFFERENCE}{_JOBS}"
        return self._block(self.own.keys, bill - self.own.shares["employment"], sampling, column_name=name)

    def _sampling(self, shares: Shares, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return shares.sampling_covariance(self.moments, (self.query.weight, rows), (self.query.weight, rows))

    def _block(
        self,
        keys: tuple[str, ...],
        coefficients: NDArray[np.float64],
        sampling: NDArray[np.float64],
        *,
        least: float = -1.0,
        column_name: str = "",
    ) -> Block:
        name = column_name or self.query.column_name
        return Block(self.table_name, name, keys, self.query.cut, coefficients, np.maximum(sampling, 0.0), least)


def _names(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(DIFFERENCE.join(pair) for pair in pairs)
