"""ISCO-08 as the ILO publishes it: the groups with their task lists, and the exposure scores of its tasks (2025)."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import check_cells, check_filled, check_source_table, plain_ids, read_raw_table
from jobimpact.sources.tasks.printed_lists import as_sentence, list_tasks, split_lettered
from jobimpact.tables import table_columns

UNIT_LEVEL = 4
_GROUP_COLUMNS = {
    "Level": "level",
    "ISCO 08 Code": "isco_code",
    "Title EN": "title",
    "Definition": "definition",
    "Tasks include": "listed",
}
_SCORE_COLUMNS = {
    "ISCO_08": "isco_code",
    "Title": "title",
    "taskID": "task_id",
    "Task_ISCO": "task",
    "score_2023": "score_2023",
    "score_2025": "score_2025",
    "predicted_score_2025_gpt4o": "gpt4o",
    "predicted_score_2025_gemini": "gemini",
    "potential25": "potential25",
    "mean_score_2025": "mean_score_2025",
    "SD_2025": "sd_2025",
}
_SCORES = ("score_2023", "score_2025", "gpt4o", "gemini", "mean_score_2025", "sd_2025")
_ALWAYS_FILLED = ("ISCO_08", "Title", "taskID", "potential25", "mean_score_2025", "SD_2025")
# The released table was once saved as UTF-8 and opened as Mac Roman: three letters stand for a dash or a curly quotation mark.
_MISREAD = re.compile("\u201a\u00c4[ìîòôúù]")


def read_isco_tasks(path: str | Path) -> pd.DataFrame:
    """Read the tasks of the 436 unit groups of ISCO-08.

    Parameters
    ----------
    path
        The ILO's workbook "ISCO-08 EN Structure and definitions.xlsx", or its first sheet as CSV.

    Returns
    -------
    pandas.DataFrame
        The table ``isco_tasks``: ``isco_code`` (four digits, as text: armed forces are 0110), ``title``, ``task_id``
        (code and place in the list, such as 2310-03), ``task`` (a sentence, without the words that introduce the list) and
        ``from_definition``: nine unit groups have no list, and their definition is their only task, 00.

    Notes
    -----
    Source: ILO, International Standard Classification of Occupations: ISCO-08, Geneva 2012.
    """
    groups, name = _read_groups(Path(path))
    units = groups[groups["level"] == UNIT_LEVEL]
    tasks = list_tasks(units, "isco_code", split_lettered, as_sentence)
    return check_source_table("isco_tasks", tasks, name, ("isco_code", "task_id"))


def read_isco_structure(path: str | Path) -> pd.DataFrame:
    """Read the groups of ISCO-08: 10 major, 43 sub-major, 130 minor and 436 unit groups.

    Parameters
    ----------
    path
        As in `read_isco_tasks`.

    Returns
    -------
    pandas.DataFrame
        The table ``isco_structure``: ``isco_code`` (as many digits as its level), ``level`` (1-4), ``parent_code`` (missing
        at level 1), ``title`` and ``listed_tasks``, how many tasks the group's own list has; 0 where it has none.

    Notes
    -----
    Source: as `read_isco_tasks`.
    """
    groups, name = _read_groups(Path(path))
    structure = groups.assign(
        parent_code=_parents(groups["isco_code"]),
        listed_tasks=groups["listed"].map(lambda cell: len(split_lettered(cell)) if isinstance(cell, str) else 0).astype("int64"),
    )
    return check_source_table("isco_structure", structure[table_columns("isco_structure")], name, ("isco_code",))


def read_ilo_scores(path: str | Path) -> pd.DataFrame:
    """Read the ILO's exposure scores of ISCO-08 tasks to generative AI, 2025.

    Parameters
    ----------
    path
        The authors' workbook ``Final_Scores_ISCO08_Gmyrek_et_al_2025.xlsx``, or the same columns as CSV, gzipped or not.

    Returns
    -------
    pandas.DataFrame
        The table ``ilo_scores``: ``isco_code``, ``title``, ``task_id`` (as in `read_isco_tasks`, except that the authors
        left two tasks of 3259 in one row), ``task`` (a sentence), ``score_2023``, ``score_2025``, ``gpt4o``, ``gemini`` (0-1),
        and of the unit group ``potential25`` (its exposure gradient), ``mean_score_2025`` and ``sd_2025``. A few tasks have
        no text and a few scores are missing, as released.

    Notes
    -----
    Source: Gmyrek, Berg, Kamiński, Konopczyński, Ładna, Nafradi, Rosłaniec, Troszyński, Generative AI and Jobs: A Refined
    Global Index of Occupational Exposure, ILO Working Paper 140 (2025), doi:10.54394/HETP0387.
    """
    path = Path(path)
    raw = read_raw_table(path, list(_SCORE_COLUMNS), separator=",", quoted=True)
    check_filled(raw, _ALWAYS_FILLED, path.name)
    scores = raw.rename(columns=_SCORE_COLUMNS)
    scores["isco_code"] = _codes(scores["isco_code"], pd.Series(UNIT_LEVEL, index=scores.index), path.name)
    positions = plain_ids(scores["task_id"])
    check_cells(positions.str.fullmatch(r"\d{1,2}"), scores["task_id"], path.name, "a task number such as 3")
    numbers = scores[list(_SCORES)].apply(pd.to_numeric, errors="coerce").astype("float64")
    for column in _SCORES:
        check_cells(numbers[column].notna() | scores[column].isna(), scores[column], path.name, f"a number as {column}")
    scores = scores.assign(
        task_id=scores["isco_code"] + "-" + positions.str.zfill(2),
        task=scores["task"].map(lambda cell: as_sentence(_MISREAD.sub(_reread, cell)) if isinstance(cell, str) else None),
        **{column: numbers[column] for column in _SCORES},
    )
    return check_source_table("ilo_scores", scores[table_columns("ilo_scores")], path.name, ("isco_code", "task_id"))


def _read_groups(path: Path) -> tuple[pd.DataFrame, str]:
    raw = read_raw_table(path, list(_GROUP_COLUMNS), separator=",", quoted=True)
    check_filled(raw, ["Level", "ISCO 08 Code", "Title EN"], path.name)
    groups = raw.rename(columns=_GROUP_COLUMNS)
    levels = plain_ids(groups["level"])
    check_cells(levels.isin(["1", "2", "3", "4"]), groups["level"], path.name, "a level from 1 to 4")
    groups = groups.assign(level=levels.astype("int64"), title=groups["title"].str.strip())
    groups["isco_code"] = _codes(groups["isco_code"], groups["level"], path.name)
    _check_whole(groups, path.name)
    return groups, path.name


def _codes(cells: pd.Series, levels: pd.Series, name: str) -> pd.Series:
    """Return codes with as many digits as their level: a spreadsheet takes the zeros of 0110 away."""
    plain = plain_ids(cells)
    codes = pd.Series([code.zfill(level) for code, level in zip(plain, levels, strict=True)], index=cells.index, dtype=object)
    valid = codes.str.fullmatch(r"\d+") & (codes.str.len() == levels)
    check_cells(valid, cells, name, "an ISCO-08 code with as many digits as its level, such as 0110")
    return codes


def _parents(codes: pd.Series) -> pd.Series:
    parents = codes.str[:-1].astype(object)
    return parents.where(parents != "", None)


def _check_whole(groups: pd.DataFrame, name: str) -> None:
    """Raise unless every group has its parent, and every group above the unit groups has something below it."""
    codes, parents = groups["isco_code"], _parents(groups["isco_code"])
    orphans = codes[parents.notna() & ~parents.isin(codes)]
    childless = codes[(groups["level"] < UNIT_LEVEL) & ~codes.isin(parents)]
    # A sheet that broke off still has well-formed rows; only the tree shows what is missing.
    for alone, what in ((orphans, "the group above it"), (childless, "any group below it")):
        if len(alone):
            raise SourceError(
                f"{name}: found {alone.iloc[0]} without {what} ({len(alone):,} such groups); expected all four levels of "
                "ISCO-08: give the file as the ILO released it"
            )


def _reread(mark: re.Match[str]) -> str:
    return mark[0].encode("mac_roman").decode("utf-8")
