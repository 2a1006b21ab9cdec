"""Choose, order and name the rows of a study that somebody looks at; no figure is made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.reporting.wording import format_cell

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

SCORED, NOT_SCORED = "scored", "not scored"


def add_status(occupations: pd.DataFrame) -> pd.DataFrame:
    """Return `occupations` with ``status``: a missing exposure is said in words, so that nobody reads it as none."""
    return occupations.assign(status=occupations["exposure_beta"].notna().map({True: SCORED, False: NOT_SCORED}))


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
