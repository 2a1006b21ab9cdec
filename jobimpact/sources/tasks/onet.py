"""Task statements of the O*NET database, in the text layout and in the Excel layout, as released."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import (
    check_cells,
    check_filled,
    check_source_table,
    find_file,
    onetsoc_codes,
    opened_file,
    plain_ids,
    read_raw_table,
)
from jobimpact.sources.store.archives import opened_folder
from jobimpact.tables import table_columns

UNKNOWN_RELEASE = "unknown"
_KEY = ("onetsoc_code", "task_id")
_NAMES = {
    "O*NET-SOC Code": "onetsoc_code",
    "Title": "title",
    "Task ID": "task_id",
    "Task": "task",
    "Task Type": "task_type",
}
_STATEMENTS, _TITLES, _RATINGS, _README = "Task Statements", "Occupation Data", "Task Ratings", "Read Me"
_IMPORTANCE_SCALE = "IM"


def read_onet_tasks(path: str | Path) -> pd.DataFrame:
    """Read the task statements of an O*NET database.

    Parameters
    ----------
    path
        The database folder or its zip, in the text layout (tab-delimited ``.txt``, or ``.txt.gz``) or the Excel layout;
        or the Task Statements file alone, whose neighbours are then used where they stand beside it.

    Returns
    -------
    pandas.DataFrame
        The table ``task_statements``: ``onetsoc_code``, ``soc_code``, ``title`` (from Occupation Data in the text
        layout, which has no Title column; the code itself where neither is there), ``task_id`` as text without
        decimals, ``task``, ``task_type`` (missing where O*NET gives none), ``importance`` (1-5, scale IM of Task
        Ratings; missing without that file). Rows are in the publisher's order.

    Raises
    ------
    SourceError
        If the file is not there, is broken off, lacks a column, holds codes that are not O*NET-SOC codes, or states a
        task of an occupation twice.

    Notes
    -----
    Source: O*NET database, USDOL/ETA, CC BY 4.0, https://www.onetcenter.org/database.html. Tested with 29.1 and 30.1.

    Examples
    --------
    >>> read_onet_tasks("db_30_1_text.zip")
    Traceback (most recent call last):
        ...
    jobimpact.errors.SourceError: db_30_1_text.zip: no such file or folder; ... `jobimpact sources pull onet`...
    """
    expected = "an O*NET database, its zip or its Task Statements: run `jobimpact sources pull onet`"
    with opened_file(Path(path), [_STATEMENTS], expected, beside=(_TITLES, _RATINGS)) as statements:
        tasks, folder = _read_statements(statements), statements.parent
        tasks = tasks.assign(title=_occupation_titles(tasks, folder), importance=_importance(tasks, folder))
    return check_source_table("task_statements", tasks[table_columns("task_statements")], statements.name, _KEY)


def onet_release(path: str | Path) -> str:
    """Return the release of an O*NET database, such as ``30.1``.

    Parameters
    ----------
    path
        As in `read_onet_tasks`.

    Returns
    -------
    str
        The release that the Read Me names, else the one in the name of the folder or archive (``db_30_1_excel``),
        else ``"unknown"``.
    """
    path = Path(path)
    with opened_folder(path, lambda name: name.startswith((_README, _STATEMENTS))) as opened:
        folder = opened if opened.is_dir() else opened.parent
        readme, statements = find_file(folder, _README, (".txt",)), find_file(folder, _STATEMENTS)
        text = "" if readme is None else readme.read_text(encoding="utf-8", errors="replace")
        release = re.search(r"O\*NET\s+(\d+\.\d+)\s+Database", text)
        if release is not None:
            return release[1]
        # The nearest name first: an archive may hold a folder of its own release in one of another name.
        names = [*reversed((statements or opened).absolute().parts), path.name]
    matches = (re.search(r"(?<![a-z])db_(\d+)_(\d+)", name) for name in names)
    return next((f"{match[1]}.{match[2]}" for match in matches if match), UNKNOWN_RELEASE)


def _read_statements(path: Path) -> pd.DataFrame:
    raw = read_raw_table(path, ["O*NET-SOC Code", "Task ID", "Task", "Task Type"], ["Title"])
    check_filled(raw, ["O*NET-SOC Code", "Task ID", "Task"], path.name)
    tasks = raw.rename(columns=_NAMES)
    codes = onetsoc_codes(tasks["onetsoc_code"], path.name)
    return tasks.assign(
        onetsoc_code=codes, soc_code=codes.str[:7], task_id=plain_ids(tasks["task_id"]), task=tasks["task"].str.strip()
    )


def _occupation_titles(tasks: pd.DataFrame, folder: Path) -> pd.Series:
    codes = tasks["onetsoc_code"]
    if "title" in tasks:
        return tasks["title"].fillna(codes)
    path = find_file(folder, _TITLES)
    if path is None:
        return codes
    raw = read_raw_table(path, ["O*NET-SOC Code", "Title"])
    titles = raw.assign(code=onetsoc_codes(raw["O*NET-SOC Code"], path.name)).drop_duplicates("code")
    return codes.map(titles.set_index("code")["Title"]).fillna(codes)


def _importance(tasks: pd.DataFrame, folder: Path) -> pd.Series:
    """Return the importance of each task, in the rows of `tasks`, all missing where there is no ratings file."""
    path = find_file(folder, _RATINGS)
    if path is None:
        return pd.Series(float("nan"), index=tasks.index, dtype="float64")
    raw = read_raw_table(path, ["O*NET-SOC Code", "Task ID", "Scale ID", "Data Value"])
    raw = raw[raw["Scale ID"] == _IMPORTANCE_SCALE]
    ratings = pd.DataFrame(
        {
            "onetsoc_code": onetsoc_codes(raw["O*NET-SOC Code"], path.name),
            "task_id": plain_ids(raw["Task ID"]),
            "importance": _numbers(raw["Data Value"], path.name),
        }
    )
    if ratings.duplicated(list(_KEY)).any():
        first = " ".join(ratings.loc[ratings.duplicated(list(_KEY)), list(_KEY)].iloc[0])
        raise SourceError(
            f"{path.name}: found the importance of {first} more than once; expected one row on scale "
            f"{_IMPORTANCE_SCALE} for each task: download it again"
        )
    matched = tasks[list(_KEY)].merge(ratings, how="left", on=list(_KEY), validate="many_to_one")
    return matched["importance"].set_axis(tasks.index)


def _numbers(cells: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce")
    check_cells(numbers.notna() | cells.isna(), cells, name, "a number from 1 to 5 as Data Value")
    return numbers.astype("float64")
