"""Task lists as classifications print them, many tasks in one cell, made into one row per task."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

# (a) (b) ... at the start of the cell or of a line, or behind the end of the task before: not the (s) of "child(s)".
_LETTER = re.compile(r"(?:\A|\n|[;.])\s*\(\s*[a-z]\s*\)\s*")
_INTRODUCTION = re.compile(r"\A\s*(?:in such \w+\s+)?tasks?\b[^;\n]{0,80}?\binclude\b[\s:\u2013-]*", re.IGNORECASE)
_BULLET = re.compile(r"\A[\s\u2022*\u2013-]+")
_NUMBER = re.compile(r"(?:\A|(?<=[\s；;。]))(\d{1,2})[.．、]")  # noqa: RUF001 - the marks that Chinese lists use
_ENDS, _CHINESE_ENDS = " ;,.:", " 　。；，、;,."  # noqa: RUF001 - as above


def split_lettered(cell: str) -> list[str]:
    r"""Split an English task list into sentences.

    Letters in brackets separate where there are any, because their tasks have semicolons inside; otherwise semicolons
    and line breaks do. The phrase that introduces the list is dropped.

    Examples
    --------
    >>> split_lettered("Tasks include -\n(a)  sowing; and planting;\n(b)  selling crops.")
    ['Sowing; and planting.', 'Selling crops.']
    >>> split_lettered("Tasks performed usually include: sowing; selling crops.")
    ['Sowing.', 'Selling crops.']
    """
    first, *lettered = _LETTER.split(cell)
    before = _INTRODUCTION.sub("", first)
    tasks = [before, *lettered] if lettered else re.split(r"[;\n]", before)
    return [sentence for task in tasks if (sentence := as_sentence(task))]


def as_sentence(text: str) -> str:
    """Return `text` on one line, with a capital and a full stop, as O*NET writes the tasks that models are trained on.

    Empty where nothing but marks is in it.

    Examples
    --------
    >>> as_sentence(" checking  tickets;")
    'Checking tickets.'
    """
    plain = _BULLET.sub("", " ".join(text.split())).rstrip(_ENDS)
    return f"{plain[0].upper()}{plain[1:]}." if plain else ""


def split_numbered(cell: str) -> list[str]:
    """Split a numbered Chinese task list; only the number that is due separates, so that figures in a task stay.

    Examples
    --------
    >>> split_numbered("1.检查车票 2.接待2.5万名旅客。")
    ['检查车票', '接待2.5万名旅客']
    """
    starts: list[int] = []
    ends: list[int] = []
    for mark in _NUMBER.finditer(cell):
        if int(mark[1]) == len(starts) + 1:
            ends.append(mark.start())
            starts.append(mark.end())
    pieces = [cell[start:end] for start, end in zip([0, *starts], [*ends, len(cell)], strict=True)]
    return [phrase for piece in pieces if (phrase := as_phrase(piece))]


def as_phrase(text: str) -> str:
    """Return Chinese `text` on one line without the mark that ends it.

    Examples
    --------
    >>> as_phrase(" 检查车票。")
    '检查车票'
    """
    return " ".join(text.split()).strip(_CHINESE_ENDS)


def list_tasks(groups: pd.DataFrame, code: str, split: Callable[[str], list[str]], tidy: Callable[[str], str]) -> pd.DataFrame:
    """Return one row per task of `groups`.

    Parameters
    ----------
    groups
        `code`, ``title``, ``listed`` (the cell with the task list) and ``definition``, both text or missing.
    code
        Name of the column of the code.
    split, tidy
        What makes tasks of a list, and a task of a definition.

    Returns
    -------
    pandas.DataFrame
        `code`, ``title``, ``task_id`` (the code and the place in the list, 01 the first), ``task`` and
        ``from_definition``. A group without a list has its definition as its only task, 00, and ``from_definition``; one
        without either keeps a row whose task is missing.
    """
    rows: list[tuple[str, str, str, str | None, bool]] = []
    for group, title, cell, definition in groups[[code, "title", "listed", "definition"]].itertuples(index=False):
        tasks = split(cell) if isinstance(cell, str) else []
        rows += [(group, title, f"{group}-{number:02d}", task, False) for number, task in enumerate(tasks, 1)]
        if not tasks:
            defined = tidy(definition) if isinstance(definition, str) else ""
            rows.append((group, title, f"{group}-00", defined or None, bool(defined)))
    table = pd.DataFrame(rows, columns=[code, "title", "task_id", "task", "from_definition"])
    return table.astype(dict.fromkeys((code, "title", "task_id", "task"), object) | {"from_definition": bool})
