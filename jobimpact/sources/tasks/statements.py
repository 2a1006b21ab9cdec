"""Task statements of any source in one shape: the starter set, O*NET, or a user's file."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from jobimpact.errors import CodeWarning, InputError
from jobimpact.facts.codes import normalise_onetsoc
from jobimpact.sources.usertables import MISSING_WORDS, find_column, read_user_table
from jobimpact.tables import table_columns

# Names under which publishers and users keep the columns, letters and digits compared without regard to case.
_NAMES = {
    "onetsoc_code": ("onetsoccode", "onetsoc2019code", "soccode", "soc2018code", "occcode", "occsoc", "soc6", "soc", "code"),
    "title": ("title", "occupationtitle", "occtitle", "occupation"),
    "task_id": ("taskid", "id"),
    "task_type": ("tasktype",),
    "importance": ("importance", "importancescore"),
}
_EXCEL_DATE = re.compile(
    r"[A-Z][a-z]{2}-\d\d|\d{1,2}[-/][A-Z][a-z]{2}([-/]\d\d(\d\d)?)?|\d{1,2}/\d{1,2}/\d{2}(\d\d)?|\d{4}-\d\d-\d\d.*"
)


def read_user_tasks(
    path: str | Path,
    *,
    text_column: str = "task",
    code_column: str | None = None,
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read a user's file of tasks with occupation codes.

    Parameters
    ----------
    path
        CSV, TSV, XLSX, Parquet or JSONL with the task text, an O*NET-SOC 2019 or SOC 2018 code (``onetsoc_code`` or
        ``soc_code``), and where known ``title``, ``task_id``, ``task_type`` (Core or Supplemental) and ``importance`` (1-5).
    text_column
        Column of the text.
    code_column
        Column of the code, where it has another name.
    encoding, sheet
        Of the file, see :func:`jobimpact.sources.usertables.read_user_table`.

    Returns
    -------
    pandas.DataFrame
        Table ``task_statements``. Without a ``task_id`` column the row number is the identifier.

    Raises
    ------
    InputError
        If the text or the code column is missing, no code is usable, an identifier stands twice in one occupation, or
        a task type or importance is out of range.

    Warns
    -----
    CodeWarning
        With the number of rows left out for want of a usable code.

    Examples
    --------
    >>> tasks = read_user_tasks("my_tasks.csv")
    >>> tasks[["onetsoc_code", "task_id"]].to_numpy().tolist()
    [['43-4051.00', '1'], ['43-4051.00', '2'], ['47-2061.00', '3']]
    """
    path = Path(path)
    table = read_user_table(path, encoding=encoding, sheet=sheet)
    text = find_column(table, text_column, option="text_column", name=str(path))
    columns = {field: _find(table, names) for field, names in _NAMES.items()}
    if code_column is not None:
        columns["onetsoc_code"] = find_column(table, code_column, option="code_column", name=str(path))
    if columns["onetsoc_code"] is None:
        raise InputError(
            f"{path}: no column with occupation codes; expected 'soc_code' or 'onetsoc_code' among "
            f"{', '.join(map(repr, table.columns[:8]))}: name it with {{code_column}}, or use `jobimpact score`, which needs no "
            "codes",
            parameters=["code_column"],
        )
    blank = pd.Series(np.nan, index=table.index, dtype=object)
    cells = {field: blank if name is None else table[name] for field, name in columns.items()}
    codes = normalise_onetsoc(cells["onetsoc_code"])
    _warn_unusable(cells["onetsoc_code"], codes, path)
    tasks = pd.DataFrame(
        {
            "onetsoc_code": codes,
            "soc_code": codes.str[:7],
            "title": cells["title"].where(cells["title"].notna(), codes),
            "task_id": _task_ids(cells["task_id"]),
            "task": _blank_to_missing(table[text]).mask(table[text].astype(str).str.strip().str.casefold().isin(MISSING_WORDS)),
            "task_type": _task_types(cells["task_type"], path),
            "importance": _importance(cells["importance"], path),
        }
    )
    return _checked(tasks[codes.notna()].reset_index(drop=True), path)[table_columns("task_statements")]


def _find(table: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    folded = {re.sub(r"[\W_]", "", str(column).casefold()): str(column) for column in table.columns}
    return next((folded[name] for name in names if name in folded), None)


def _blank_to_missing(cells: pd.Series) -> pd.Series:
    text = cells.map(lambda cell: str(cell).strip() if pd.notna(cell) else "").astype(object)
    return text.where(text != "", np.nan)


def _task_ids(cells: pd.Series) -> pd.Series:
    numbers = pd.Series([str(row) for row in range(1, len(cells) + 1)], index=cells.index)
    ids = _blank_to_missing(cells).str.replace(r"\.0$", "", regex=True) if cells.notna().any() else cells
    return ids.where(ids.notna(), numbers)


def _task_types(cells: pd.Series, path: Path) -> pd.Series:
    text = _blank_to_missing(cells)
    types = text.map(lambda cell: str(cell).capitalize() if pd.notna(cell) else cell)
    odd = types.notna() & ~types.isin(["Core", "Supplemental"])
    if odd.any():
        row = int(odd.to_numpy().argmax())
        raise InputError(f"{path}: task type {text.iloc[row]!r} in row {row + 1}; expected Core or Supplemental, or nothing")
    return types.astype(object)


def _importance(cells: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(_blank_to_missing(cells), errors="coerce").astype("float64")
    odd = (_blank_to_missing(cells).notna() & numbers.isna()) | ~numbers.fillna(1).between(1, 5)
    if odd.any():
        row = int(odd.to_numpy().argmax())
        raise InputError(f"{path}: importance {cells.iloc[row]!r} in row {row + 1}; expected a number from 1 to 5, or nothing")
    return numbers


def excel_hint(cells: pd.Series) -> str:
    """Return what to do where a spreadsheet has made dates of codes such as 11-2021; empty where it has not."""
    dates = [str(cell) for cell in cells.dropna() if _EXCEL_DATE.fullmatch(str(cell).strip())]
    return f"; Excel has made a date of a code ({dates[0]}): format the column as text, and enter the code anew" if dates else ""


def _warn_unusable(cells: pd.Series, codes: pd.Series, path: Path) -> None:
    bad = codes.isna()
    if bad.all():
        raise InputError(
            f"{path}: none of {len(codes)} occupation codes is usable, first {cells.iloc[0]!r}; "
            f"expected SOC 2018 (11-1011) or O*NET-SOC (11-1011.00){excel_hint(cells)}"
        )
    if bad.any():
        warnings.warn(
            f"{path}: {int(bad.sum())} of {len(codes)} rows have no usable occupation code and are left out, first: row "
            f"{int(bad.to_numpy().argmax()) + 1} with {cells[bad].iloc[0]!r}; expected 11-1011 or 11-1011.00"
            f"{excel_hint(cells[bad])}",
            CodeWarning,
            stacklevel=3,
        )


def _checked(tasks: pd.DataFrame, path: Path) -> pd.DataFrame:
    twice = tasks.duplicated(["onetsoc_code", "task_id"], keep=False)
    if twice.any():
        first = tasks[twice].iloc[0]
        raise InputError(
            f"{path}: {int(twice.sum())} rows share their task_id within an occupation, first {first['task_id']!r} in "
            f"{first['onetsoc_code']}; make identifiers unique, or drop the column to number the rows"
        )
    return tasks
