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
    """The estimates of one population by one query: all its groups and gaps."""

    table_name: str
    estimator: Estimator
    query: Query

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
    """Rows of one block less rows of another, which may stand in another table or be weighted otherwise."""

    table_name: str
    keys: tuple[str, ...]
    column_name: str
    first: int  # number of the block
    second: int
    first_rows: NDArray[np.intp]  # positions in it
    second_rows: NDArray[np.intp]
    crossed: bool  # both of the same cells, whose sampling errors go together; else one has none


@dataclass(frozen=True)
class Blocks:
    """All estimates of a ledger: those of the `single` blocks in their order, then the differences `between` them."""

    single: tuple[Block, ...]
    between: tuple[Between, ...]
    base: NDArray[np.float64]

    def rows(self) -> pd.DataFrame:
        """Return ``table_name row_key column_name point_estimate`` of every estimate, and what it is at ``least``."""
        # A share of all jobs can pass 1 by rounding.
        values = [b.estimator.base(b.query.counted(self.base), b.query.weight).clip(-1, 1) for b in self.single]
        values += [values[gap.first][gap.first_rows] - values[gap.second][gap.second_rows] for gap in self.between]
        blocks: list[Block | Between] = [*self.single, *self.between]
        # Means and shares lie in 0 to 1, their differences in -1 to 1.
        least = [np.where(np.arange(len(b.keys)) < b.estimator.n_groups, 0.0, -1.0) for b in self.single]
        least += [np.full(len(gap.keys), -1.0) for gap in self.between]
        parts = [
            pd.DataFrame(
                {
                    "table_name": block.table_name,
                    "row_key": block.keys,
                    "column_name": block.column_name,
                    "point_estimate": value,
                    "least": lowest,
                }
            )
            for block, value, lowest in zip(blocks, values, least, strict=True)
        ]
        return pd.concat(parts, ignore_index=True)

    def estimates(self, exposures: Exposures, draws: Draws) -> NDArray[np.float64]:
        """Return (E, D) estimates, in the order of the rows."""
        averaged = self._counted(exposures, draws)
        estimates = [b.estimator.estimate(averaged[b.query], b.query.weight) for b in self.single]
        estimates += [estimates[gap.first][gap.first_rows] - estimates[gap.second][gap.second_rows] for gap in self.between]
        return np.concatenate(estimates)

    def sampling_variances(self, exposures: Exposures, draws: Draws) -> NDArray[np.float64]:
        """Return (E, D) variances that the sampling of employment makes, given each draw of exposures."""
        averaged = self._counted(exposures, draws)
        variances = [b.estimator.sampling_variance(averaged[b.query], b.query.weight) for b in self.single]
        for gap in self.between:
            variance = variances[gap.first][gap.first_rows] + variances[gap.second][gap.second_rows]
            if gap.crossed:
                block = self.single[gap.second]
                variance = np.maximum(variance - 2 * block.estimator.crossed_sampling(averaged[block.query]), 0.0)
            variances.append(variance)
        return np.concatenate(variances)

    def _counted(self, exposures: Exposures, draws: Draws) -> dict[Query, NDArray[Any]]:
        sample = drawn_exposures(exposures, draws)
        return {query: query.counted(sample) for query in {block.query: None for block in self.single}}


def make_blocks(
    exposures: Exposures,
    populations: Sequence[Population],
    queries: Sequence[Query],
    gaps: Mapping[str, Sequence[tuple[str, str]]],
) -> Blocks:
    """Return what a ledger estimates, see :func:`jobimpact.estimates.variance.ledger.variance_ledger`."""
    base = exposures.options[0, 0]
    blocks: list[Block] = []
    for population in populations:
        name = population.table_name
        estimator = make_estimator(population, exposures.codes, base, _within(gaps.get(name, ()), population))
        blocks += [Block(name, estimator, query) for query in (queries if population.weighted_by_jobs else queries[:1])]
    between: list[Between] = []
    for number in range(len(blocks)):
        differences = (_of_pay(blocks, number), _of_occupations(blocks, number, gaps))
        between += [difference for difference in differences if difference is not None]
    return Blocks(tuple(blocks), tuple(between), base)


def _within(pairs: Sequence[tuple[str, str]], population: Population) -> Pairs:
    """Return the pairs of rows of one population; those of an occupation and another table are made between blocks."""
    return tuple(pair for pair in pairs if population.weighted_by_jobs or _OTHER_TABLE not in pair[1])


def _of_pay(blocks: Sequence[Block], number: int) -> Between | None:
    """Return the mean by wage bill less the mean by jobs, for every group of a block by wage bill."""
    block = blocks[number]
    by_jobs = [
        position
        for position, other in enumerate(blocks)
        if other.estimator is block.estimator and (block.column_name, other.column_name) == (_BILL, _JOBS)
    ]
    if not by_jobs:
        return None
    rows = np.arange(block.estimator.n_groups, dtype=np.intp)
    name = f"{_BILL}{DIFFERENCE}{_JOBS}"
    keys = block.keys[: block.estimator.n_groups]
    return Between(block.table_name, keys, name, number, by_jobs[0], rows, rows, crossed=True)


def _of_occupations(blocks: Sequence[Block], number: int, gaps: Mapping[str, Sequence[tuple[str, str]]]) -> Between | None:
    """Return single occupations less groups of another table, as far as the gaps name such pairs."""
    block = blocks[number]
    pairs = [pair for pair in gaps.get(block.table_name, ()) if _OTHER_TABLE in pair[1]]
    if block.estimator.single is None or not pairs:
        return None
    table = pairs[0][1].partition(_OTHER_TABLE)[0]
    second = next(
        (n for n, other in enumerate(blocks) if (other.table_name, other.column_name) == (table, block.column_name)), None
    )
    if second is None:
        raise InputError(f"a gap names {pairs[0][1]!r}; expected a table of the ledger, such as {blocks[-1].table_name}")
    first_rows = _positions(block.keys, [pair[0] for pair in pairs])
    second_rows = _positions(blocks[second].keys, [pair[1].partition(_OTHER_TABLE)[2] for pair in pairs])
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
    )


def _positions(keys: Sequence[str], rows: Sequence[str]) -> NDArray[np.intp]:
    """Return where the rows stand among `keys`."""
    positions = pd.Index(keys).get_indexer(pd.Index(rows))
    if (positions < 0).any():
        raise InputError(f"a gap names {rows[int(np.argmin(positions))]!r}; expected a row such as {', '.join(keys[:3])}")
    return positions
