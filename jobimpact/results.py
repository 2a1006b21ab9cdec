"""What a question to the package gives back: a table, and the sentences that have to travel with it."""

from __future__ import annotations

import html
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 8  # rows of a table that a prompt or a notebook shows
_COLUMNS = 8
_LATEX = str.maketrans({sign: f"\\{sign}" for sign in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"})


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Result:
    """A table with its title and its notes; every command's function returns one, or a child with more tables.

    Attributes
    ----------
    title
        One line that says what the table is.
    table
        The figures, one row per thing that was asked about.
    notes
        Sentences: what the table covers, which errors its intervals hold, what was left out.

    Examples
    --------
    >>> import pandas as pd
    >>> Result(title="Mean exposure", table=pd.DataFrame({"naics": ["52"], "beta": [0.41]}), notes=("Jobs of 2023.",))
    Mean exposure: 1 row, 2 columns
    naics  beta
       52  0.41
    Note: Jobs of 2023.
    """

    title: str
    table: pd.DataFrame
    notes: tuple[str, ...] = ()

    def headline_rows(self) -> pd.DataFrame:
        """Return the rows and columns that a prompt shows; a child shows those that it is asked for."""
        return self.table.head(_ROWS)

    def __repr__(self) -> str:
        head = self.headline_rows()
        rows = head.to_string(index=False, max_cols=_COLUMNS, max_colwidth=44, float_format="{:.4g}".format, na_rep="-")
        more = len(self.table) - len(head)
        lines = [self._heading(), rows, *([f"... and {more:,} more rows: see .table"] if more > 0 else [])]
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        rows = self.headline_rows().to_html(index=False, border=0, na_rep="")
        return f"<p><b>{html.escape(self._heading())}</b></p>{rows}" + (f"<ul>{notes}</ul>" if notes else "")

    def _heading(self) -> str:
        rows, columns = self.table.shape
        return f"{self.title}: {rows:,} row{'' if rows == 1 else 's'}, {columns} column{'' if columns == 1 else 's'}"

    def to_latex(self, columns: list[str] | None = None, *, digits: int = 3) -> str:
        r"""Return the table as LaTeX with the rules of booktabs, its title as caption and its notes below it.

        Parameters
        ----------
        columns
            Columns to set, in this order; all where none are named.
        digits
            Digits behind the point of figures that are not whole.
        """
        table = self.table if columns is None else self.table[columns]
        text = table.to_latex(
            index=False, escape=True, na_rep="", float_format=f"%.{digits}f", caption=self.title.translate(_LATEX), position="ht"
        )
        notes = "".join(f"\\par\\footnotesize {note.translate(_LATEX)}\n" for note in self.notes)
        return text.replace("\\end{table}", f"{notes}\\end{{table}}")

    def to_record(self) -> dict[str, Any]:
        """Return what JSON holds: title, notes and the rows; a missing figure is None."""
        return {"title": self.title, "notes": list(self.notes), "rows": records(self.table)}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as JSON can hold them; a missing cell is None.

    Examples
    --------
    >>> import pandas as pd
    >>> records(pd.DataFrame({"naics": ["52"], "beta": [float("nan")]}))
    [{'naics': '52', 'beta': None}]
    """
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return rows


def plain(value: Any) -> Any:
    """Return dicts and lists as JSON can hold them; a figure that is missing or without bound is None.

    Examples
    --------
    >>> plain({"beta": float("nan"), "years": (2025,)})
    {'beta': None, 'years': [2025]}
    """
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    value = value.item() if hasattr(value, "item") else value  # numpy's numbers
    missing = (isinstance(value, float) and not math.isfinite(value)) or type(value).__name__ == "NAType"
    return None if missing else value
