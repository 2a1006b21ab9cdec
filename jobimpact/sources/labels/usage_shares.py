"""What the task files of the Anthropic Economic Index stand on: each task's part of all use, and the O*NET 20.1 statements."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import check_filled, check_source_table, onetsoc_codes, plain_ids, read_raw_table

_ALL = 100.0
# Parts are written with 15 digits; 3,500 of them add up.
_ROUNDING = 1e-6


def read_task_shares(path: str | Path) -> pd.DataFrame:
    """Read each O*NET task's part of all use of Claude, as in the first releases of the index.

    Parameters
    ----------
    path
        ``onet_task_mappings.csv`` (February 2025) or ``task_pct_v2.csv`` (March 2025), gzipped or not.

    Returns
    -------
    pandas.DataFrame
        Table ``task_shares``: ``task``, lower-cased as in the file, and ``pct``, its part of all conversations in percent.
        Conversations about no task (``none``) are a row, so that ``pct`` sums to 100.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, repeats a task, or its parts do not sum to 100.

    Notes
    -----
    Source: Handa et al. 2025, arXiv 2503.04761; Anthropic Economic Index.
    """
    file = Path(path)
    raw = read_raw_table(file, ["task_name", "pct"], separator=",", quoted=True)
    check_filled(raw, list(raw.columns), file.name)
    pct = pd.to_numeric(raw["pct"], errors="coerce").astype("float64")
    if pct.isna().any() or abs(pct.sum() - _ALL) > _ROUNDING:
        raise SourceError(
            f"{file.name}: found {int(pct.isna().sum()):,} parts that are no number and a sum of {pct.sum():.4f}; expected parts "
            "of all use in percent that sum to 100: download it again"
        )
    table = pd.DataFrame({"task": raw["task_name"].str.strip().str.lower(), "pct": pct})
    return check_source_table("task_shares", table, file.name, ("task",))


def read_usage_statements(path: str | Path) -> pd.DataFrame:
    """Read the task statements of O*NET 20.1 that the index sorts conversations by.

    Parameters
    ----------
    path
        ``onet_task_statements.csv`` or ``onet_task_statements_old.csv``, gzipped or not.

    Returns
    -------
    pandas.DataFrame
        Table ``usage_statements``: ``onetsoc_code`` (O*NET-SOC 2010), ``title``, ``task_id``, ``task`` lower-cased.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, repeats a task of an occupation, or holds a code that is none.

    Notes
    -----
    Source: O*NET 20.1 Database, USDOL/ETA, CC BY 4.0, as released with the Anthropic Economic Index.
    """
    file = Path(path)
    columns = ["O*NET-SOC Code", "Title", "Task ID", "Task"]
    raw = read_raw_table(file, columns, separator=",", quoted=True)
    check_filled(raw, columns, file.name)
    table = pd.DataFrame(
        {"onetsoc_code": onetsoc_codes(raw["O*NET-SOC Code"], file.name), "title": raw["Title"],
         "task_id": plain_ids(raw["Task ID"]), "task": raw["Task"].str.strip().str.lower()}
    )  # fmt: skip
    return check_source_table("usage_statements", table, file.name, ("onetsoc_code", "task_id"))
