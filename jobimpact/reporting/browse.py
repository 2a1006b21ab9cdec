"""Choose, order and name the rows of a study that somebody looks at; no figure is made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.reporting.page import cell
from jobimpact.reporting.wording import format_cell
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd
    from pandas.io.formats.style import Styler

NOT_SCORED, NOT_PUBLISHED = "not scored", "not published"
_TOP_CODED = {"a_mean": "mean_top_coded", "a_median": "median_top_coded"}


def cell_text(value: float, column: str) -> str:
    """Return a cell of a study's table as text, in the unit of its column; no scored task is said to be one in words.

    Examples
    --------
    >>> cell_text(0.2345, "exposure_beta"), cell_text(0, "n_tasks"), cell_text(12, "n_tasks")
    ('0.23', 'not scored', '12')
    """
    return NOT_SCORED if column == "n_tasks" and value == 0 else cell(value, column)


def style_table(table: pd.DataFrame) -> Styler:
    """Return `table` with every number as :func:`cell_text` prints it, ordered by its value all the same.

    A top-coded wage is said to be a lower bound where the flag is in the table.
    """
    known = read_dictionary()["columns"]
    numbers = [name for name in table.columns if known.get(name, {}).get("type") in ("float", "int")]
    styled = table.style.format({name: lambda value, column=name: cell_text(value, column) for name in numbers})
    for name, flag in _TOP_CODED.items():
        if {name, flag} <= set(table.columns):
            bounded = table.index[table[flag].astype(bool) & table[name].notna()]
            styled = styled.format(lambda value, column=name: f"{cell_text(value, column)} or more", subset=(bounded, [name]))
    return styled


def occupation_tasks(tasks: pd.DataFrame, soc_code: str, parents: Mapping[str, str]) -> pd.DataFrame:
    """Return the tasks behind an occupation, the most exposed first, those without a score last.

    Parameters
    ----------
    tasks
        Table ``tasks``.
    soc_code
        Code of the occupation in the table ``occupations``; OEWS publishes some occupations only in combination.
    parents
        For each SOC code that OEWS publishes in combination, the code of the combination.
    """
    own = tasks[tasks["soc_code"].map(lambda code: parents.get(code, code)) == soc_code]
    return own.sort_values(["beta", "task_id"], ascending=[False, True], na_position="last", ignore_index=True)


def select_row(table: pd.DataFrame, column: str, key: str) -> dict[Hashable, object]:
    """Return the one row of `table` whose `column` is `key`, cells by column.

    Raises
    ------
    InputError
        If there is no such row, or several.
    """
    rows = table[table[column] == key]
    if len(rows) != 1:
        raise InputError(f"{column} {key!r}: {len(rows)} rows of the study have it; expected one")
    row: dict[Hashable, object] = rows.to_dict(orient="records")[0]
    return row


def order_by_exposure(table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with the most exposed row first and rows without exposure last."""
    return table.sort_values("exposure_beta", ascending=False, kind="stable", na_position="last", ignore_index=True)


def choices(table: pd.DataFrame, code: str, title: str) -> dict[str, str]:
    """Return the titles of the rows by their codes, in the order of `table`."""
    return dict(zip(table[code].astype(str), table[title].astype(str), strict=True))


def coverage(row: Mapping[Hashable, object]) -> str:
    """Return which employment a row of ``groups``, ``sectors`` or ``areas`` speaks of, in one sentence."""
    matched, total, share = (float(str(row[name])) for name in ("emp_matched", "tot_emp", "matched_share"))
    return f"Covers {format_cell(matched, 'jobs')} of {format_cell(total, 'jobs')} jobs ({format_cell(share, 'share')})."
