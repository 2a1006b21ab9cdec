"""What a report is about beside the country: a figure, and the table of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.reporting.claims.cells import row_keys
from jobimpact.reporting.claims.intervals import Intervals
from jobimpact.reporting.claims.selection import BETA
from jobimpact.reporting.compose.document import Cell
from jobimpact.reporting.figures.study import plot_beside
from jobimpact.reporting.figures.style import source_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.compose.document import Block
    from jobimpact.reporting.compose.parts import Parts

_EXPOSURES = ("exposure_alpha", BETA, "exposure_gamma")
Places = Sequence[tuple[str, str]]


def beside_figure(parts: Parts, places: Places) -> Iterator[Block]:
    """Yield the figure of a few rows of the study, what the report is about first; nothing where none has an exposure."""
    ends = Intervals(parts.study.tables)
    rows = _rows(parts, places, _EXPOSURES)
    found = [ends.find("value", name, key, BETA) for name, key in zip(rows["_table"], rows["_key"], strict=True)]
    rows = rows.assign(estimate_low=[low for low, _ in found], estimate_high=[high for _, high in found])
    if rows[BETA].notna().any():
        yield parts.figure("beside", plot_beside(rows, source=source_line(parts.study.manifest)))


def beside_table(parts: Parts, places: Places, columns: Sequence[str], title: str = "compared") -> Block:
    """Return the table of a few rows of the study.

    Parameters
    ----------
    parts
        Of the report.
    places
        Table and key of each row, what the report is about first; one that the study has not is left out.
    columns
        Of the table, after the names.
    title
        Of the table, in data/reports.toml.
    """
    cells = {"row_name": lambda row: Cell(row["row_name"])}
    rows = _rows(parts, places, columns)
    return parts.table("compared", rows, ["row_name", *columns], cells=cells, heads={"row_name": "group"}, title=title)


def _rows(parts: Parts, places: Places, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows with their names and places."""
    found = []
    for name, key in places:
        rows = parts.study[name]
        own = rows[row_keys(name, rows) == key]
        found.append(own[[*columns]].assign(row_name=parts.facts.title(name, key), _table=name, _key=key))
    return pd.concat([rows for rows in found if len(rows)], ignore_index=True)
