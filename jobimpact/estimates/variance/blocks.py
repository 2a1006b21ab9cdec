"""What the variance ledger estimates: rows of populations by query, and differences between them, all from the same draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.variance.draws import drawn_exposures
from jobimpact.estimates.variance.estimator import DIFFERENCE, make_estimator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from jobimpact.estimates.means.populations import Population
    from jobimpact.estimates.variance.draws import Draws, Exposures
    from jobimpact.estimates.variance.estimator import Estimator, Query

Pairs = tuple[tuple[str, str], ...]
_OTHER_TABLE = ":"  # as in the row keys of claims: table:key
_JOBS, _BILL = "exposure_beta", "exposure_beta_wage_bill"


@dataclass(frozen=True)
class Block:
    """The estimates of one population by one query: all its groups and gaps.

    Attributes
    ----------
    table_name
        Of the study that holds the groups.
    estimator, query
        Shares of occupations in each group, and what is averaged.
    imputed
        Whether the population has imputations of its crosswalk.
    """

    table_name: str
    estimator: Estimator
    query: Query
    imputed: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """Row keys of groups and gaps."""
        return self.estimator.keys

    @property
    def column_name(self) -> str:
        """Column of the study that holds the estimates."""
        return self.query.column_name


@dataclass(frozen=True)
class Between:
    """Rows of one block less rows of another, which may stand in another table or be weighted otherwise.

    Attributes
    ----------
    table_name, keys, column_name
        Of the first, and how the ledger names the differences.
    first, second
        Numbers of both blocks.
    first_rows, second_rows
        Places of the rows in them.
    crossed
        Whether both are of the same cells, so that their sampling errors go together; else one of them has none.
    imputed
        Whether either population has imputations.
    """

    table_name: str
    keys: tuple[str, ...]
    column_name: str
    first: int
    second: int
    first_rows: NDArray[np.intp]
    second_rows: NDArray[np.intp]
    crossed: bool
    imputed: bool


@dataclass(frozen=True)
class Blocks:
    """All estimates of a ledger: those of `own` blocks in their order, then the differences `between` them."""

    own: tuple[Block, ...]
    between: tuple[Between, ...]
    base: NDArray[np.float64]

    def rows(self) -> pd.DataFrame:
        """Return ``table_name row_key column_name point_estimate imputed`` of every estimate, and what it is at ``least``."""
        # A share of all jobs can pass 1 by rounding.
        values = [b.estimator.base(b.query.counted(self.base), b.query.weight).clip(-1, 1) for b in self.own]
        values += [values[gap.first][gap.first_rows] - values[gap.second][gap.second_rows] for gap in self.between]
        named: list[Block | Between] = [*self.own, *self.between]
        # Means and shares lie in 0 to 1, their differences in -1 to 1.
        least = [np.where(np.arange(len(b.keys)) < b.estimator.n_groups, 0.0, -1.0) for b in self.own]
        least += [np.full(len(gap.keys), -1.0) for gap in self.between]
        parts = [
            pd.DataFrame(
                {
                    "table_name": block.table_name,
                    "row_key": block.keys,
                    "column_name": block.column_name,
                    "point_estimate": value,
                    "imputed": block.imputed,
                    "least": lowest,
                }
            )
            for block, value, lowest in zip(named, values, least, strict=True)
        ]
        return pd.concat(parts, ignore_index=True)

    def estimates(self, exposures: Exposures, draws: Draws) -> NDArray[np.float64]:
        """Return (E, D) estimates, in the order of the rows."""
        counted = self._counted(exposures, draws)
        found = [b.estimator.estimate(counted[b.query], b.query.weight, draws.imputation) for b in self.own]
        found += [found[gap.first][gap.first_rows] - found[gap.second][gap.second_rows] for gap in self.between]
        return np.concatenate(found)

    def sampling_variances(self, exposures: Exposures, draws: Draws) -> NDArray[np.float64]:
        """Return (E, D) variances that the sampling of employment makes, given each draw of exposures."""
        counted = self._counted(exposures, draws)
        found = [b.estimator.sampling_variance(counted[b.query], b.query.weight) for b in self.own]
        for gap in self.between:
            variance = found[gap.first][gap.first_rows] + found[gap.second][gap.second_rows]
            if gap.crossed:
                block = self.own[gap.second]
                variance = np.maximum(variance - 2 * block.estimator.crossed_sampling(counted[block.query]), 0.0)
            found.append(variance)
        return np.concatenate(found)

    def _counted(self, exposures: Exposures, draws: Draws) -> dict[Query, NDArray[Any]]:
        drawn = drawn_exposures(exposures, draws)
        return {query: query.counted(drawn) for query in {block.query: None for block in self.own}}


def make_blocks(
    exposures: Exposures,
    populations: Sequence[Population],
    queries: Sequence[Query],
    gaps: Mapping[str, Sequence[tuple[str, str]]],
) -> Blocks:
    """Return what a ledger estimates.

    Parameters
    ----------
    exposures, populations, queries, gaps
        As for :func:`jobimpact.estimates.variance.ledger.variance_ledger`.

    Raises
    ------
    InputError
        If a gap names a row that is not there.
    """
    base = exposures.options[0, 0]
    own: list[Block] = []
    for population in populations:
        name, asked = population.table_name, queries if population.weighted_by_jobs else queries[:1]
        estimator = make_estimator(population, exposures.codes, base, _within(gaps.get(name, ()), population))
        own += [Block(name, estimator, query, bool(population.imputed)) for query in asked]
    between = [gap for number in range(len(own)) for gap in (_of_pay(own, number), _of_occupations(own, number, gaps)) if gap]
    return Blocks(tuple(own), tuple(between), base)


def _within(pairs: Sequence[tuple[str, str]], population: Population) -> Pairs:
    """Return the pairs of rows of one population; those of an occupation and another table are made between blocks."""
    return tuple(pair for pair in pairs if population.weighted_by_jobs or _OTHER_TABLE not in pair[1])


def _of_pay(own: Sequence[Block], number: int) -> Between | None:
    """Return the mean by wage bill less the mean by jobs, for every group of a block by wage bill."""
    block = own[number]
    paired = [
        place
        for place, other in enumerate(own)
        if other.estimator is block.estimator and (block.column_name, other.column_name) == (_BILL, _JOBS)
    ]
    if not paired:
        return None
    rows = np.arange(block.estimator.n_groups, dtype=np.intp)
    name = f"{_BILL}{DIFFERENCE}{_JOBS}"
    keys = block.keys[: block.estimator.n_groups]
    return Between(block.table_name, keys, name, number, paired[0], rows, rows, crossed=True, imputed=block.imputed)


def _of_occupations(own: Sequence[Block], number: int, gaps: Mapping[str, Sequence[tuple[str, str]]]) -> Between | None:
    """Return single occupations less groups of another table, as far as the gaps name such pairs."""
    block = own[number]
    pairs = [pair for pair in gaps.get(block.table_name, ()) if _OTHER_TABLE in pair[1]]
    if block.estimator.single is None or not pairs:
        return None
    table = pairs[0][1].partition(_OTHER_TABLE)[0]
    second = next((n for n, other in enumerate(own) if (other.table_name, other.column_name) == (table, block.column_name)), None)
    if second is None:
        raise InputError(f"a gap names {pairs[0][1]!r}; expected a table of the ledger, such as {own[-1].table_name}")
    first_rows = _places(block.keys, [pair[0] for pair in pairs])
    second_rows = _places(own[second].keys, [pair[1].partition(_OTHER_TABLE)[2] for pair in pairs])
    names = tuple(DIFFERENCE.join(pair) for pair in pairs)
    return Between(
        block.table_name,
        names,
        block.column_name,
        number,
        second,
        first_rows,
        second_rows,
        crossed=False,
        imputed=block.imputed or own[second].imputed,
    )


def _places(keys: Sequence[str], wanted: Sequence[str]) -> NDArray[np.intp]:
    """Return where the rows stand among `keys`."""
    places = pd.Index(keys).get_indexer(pd.Index(wanted))
    if (places < 0).any():
        raise InputError(f"a gap names {wanted[int(np.argmin(places))]!r}; expected a row such as {', '.join(keys[:3])}")
    return places
