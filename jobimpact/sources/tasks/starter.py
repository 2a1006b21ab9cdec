"""The starter set: task statements in this project's own words, which travel with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pandas as pd

from jobimpact.facts.translations import chinese_tasks, chinese_titles
from jobimpact.paths import packaged
from jobimpact.sources.rawtables import check_source_table, read_raw_table
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from pathlib import Path


Language = Literal["en", "zh"]

_COLUMNS = ("task_id", "soc_code", "title", "task", "task_type", "importance")


def read_starter_tasks(path: Path | None = None, *, language: Language = "en") -> pd.DataFrame:
    """Read the starter task statements, in English or in Chinese.

    Parameters
    ----------
    path
        The English file; the packaged one when not given.
    language
        ``en``, or ``zh`` for the same work in Simplified Chinese, with Chinese titles; identifiers and weights are the same.

    Returns
    -------
    pandas.DataFrame
        The table ``task_statements``: at least 200 SOC 2018 occupations, the largest by OEWS May 2025 employment, with
        8 to 12 tasks each. ``onetsoc_code`` is the SOC code with ``.00``; ``importance`` is the authors' judgement.

    Raises
    ------
    SourceError
        If the file was changed so that it does not fit the table.

    Notes
    -----
    Source: written for this project, MIT licence. Codes and titles: BLS, public domain.

    Examples
    --------
    >>> tasks = read_starter_tasks()
    >>> tasks.loc[0, ["onetsoc_code", "title"]].tolist()
    ['11-1011.00', 'Chief Executives']
    """
    path = path or packaged("data", "starter", "tasks.csv")
    tasks = read_raw_table(path, _COLUMNS, separator=",", quoted=True)
    importance = pd.to_numeric(tasks["importance"], errors="coerce").astype("float64")
    # The starter set is written by SOC occupation: .00 is the O*NET code that stands for all of it.
    tasks = tasks.assign(onetsoc_code=tasks["soc_code"] + ".00", importance=importance)
    if language == "zh":
        tasks = tasks.assign(title=tasks["soc_code"].map(chinese_titles()), task=tasks["task_id"].map(chinese_tasks()))
    return check_source_table("task_statements", tasks[table_columns("task_statements")], path.name, ("onetsoc_code", "task_id"))
