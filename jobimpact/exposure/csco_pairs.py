"""Which occupations of ISCO-08 those of CSCO 2022 are like, by the likeness of titles and tasks in two languages."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.errors import SourceDefectWarning
from jobimpact.exposure.text_crosswalk import match_texts
from jobimpact.sources.tasks.csco import read_csco_structure, read_csco_tasks
from jobimpact.sources.tasks.isco import read_isco_structure, read_isco_tasks

if TYPE_CHECKING:
    from jobimpact.sources.store.inputs import Inputs

_CSCO = ("csco", "csco22.csv*")
_ISCO = ("isco", "ISCO-08 EN Structure and definitions.*")


def pair_csco(inputs: Inputs, *, progress: bool = False) -> pd.DataFrame:
    """Return pairs of CSCO 2022 and ISCO-08 as a table ``crosswalk``, by the likeness of their texts.

    Raises
    ------
    SourceError
        If the file of a classification is not here, with the command that brings it.
    """
    from jobimpact.exposure.encoder.multilingual import MultilingualEncoder

    chinese = inputs.table(read_csco_structure, *_CSCO)
    with warnings.catch_warnings():
        # The structure comes from the same file and has said so.
        warnings.simplefilter("ignore", SourceDefectWarning)
        tasks = inputs.table(read_csco_tasks, *_CSCO)
    left = _texts(chinese, tasks, "csco_code")
    right = _texts(inputs.table(read_isco_structure, *_ISCO), inputs.table(read_isco_tasks, *_ISCO), "isco_code")
    matches = match_texts(left, right, MultilingualEncoder(progress=progress), from_system="CSCO 2022", to_system="ISCO-08")
    return matches.pairs.drop(columns="text_similarity")


def _texts(structure: pd.DataFrame, tasks: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return two texts of every detailed code: its title, and its title with its tasks."""
    detailed = structure[structure["level"] == structure["level"].max()].dropna(subset=["title"])
    duties = detailed[column].map(tasks.groupby(column)["task"].agg(" ".join)).fillna("")
    texts = [detailed["title"], (detailed["title"] + ". " + duties).str.strip()]
    return pd.concat([pd.DataFrame({"code": detailed[column], "title": detailed["title"], "text": text}) for text in texts])
