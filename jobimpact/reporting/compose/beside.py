"""What a report is about beside the country: a figure, and the table of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.reporting.claims.cells import BETA, Cell, row_keys
from jobimpact.reporting.claims.intervals import Intervals
from jobimpact.reporting.compose.document import PrintedCell
from jobimpact.reporting.figures.study import plot_beside
from jobimpact.reporting.figures.style import source_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.compose.document import Block
    from jobimpact.reporting.compose.parts import Parts

_EXPOSURES = ("exposure_alpha", BETA, "exposure_gamma")
RowKeys = Sequence[tuple[str, str]]


def beside_figure(parts: Parts, keys: RowKeys) -> Iterator[Block]:
    """Yield the figure of a few rows of the study, what the report is about first; nothing where none has an exposure."""
    intervals, rows = Intervals(parts.study.tables), _rows(parts, keys, _EXPOSURES)
    ends = [intervals.find(Cell(name, key, BETA)) for name, key in zip(rows["_table"], rows["_key"], strict=True)]
    rows = rows.assign(estimate_low=[low for low, _ in ends], estimate_high=[high for _, high in ends])
    if rows[BETA].notna().any():
        yield parts.figure("beside", plot_beside(rows, source=source_line(parts.study.manifest)))


def beside_table(parts: Parts, keys: RowKeys, columns: Sequence[str], title: str = "compared") -> Block:
    """Return the table of a few rows, by table and key; one that the study has not is left out."""
    cells = {"row_name": lambda row: PrintedCell(row["row_name"])}
    rows = _rows(parts, keys, columns)
    return parts.table("compared", rows, ["row_name", *columns], cells=cells, heads={"row_name": "group"}, title=title)


def _rows(parts: Parts, keys: RowKeys, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows with their names and keys."""
    rows = []
    for name, key in keys:
        table = parts.study[name]
        row = table.loc[row_keys(name, table) == key, [*columns]]
        if len(row):
            rows.append(row.assign(row_name=parts.facts.title(name, key), _table=name, _key=key))
    return pd.concat(rows, ignore_index=True)
