"""Exposure labels of Eloundou, Manning, Mishkin and Rock, "GPTs are GPTs", as released."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import check_filled, check_source_table, onetsoc_codes, opened_file, plain_ids, read_raw_table
from jobimpact.tables import table_columns

# Eloundou et al. 2024, doi:10.1126/science.adj0998: E1 saves half of the time with a language model alone, E2 with
# software built on one. alpha counts E1; beta counts E2 by half; gamma counts both in full.
LABEL_EXPOSURE: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "alpha": MappingProxyType({"E0": 0.0, "E1": 1.0, "E2": 0.0}),
        "beta": MappingProxyType({"E0": 0.0, "E1": 1.0, "E2": 0.5}),
        "gamma": MappingProxyType({"E0": 0.0, "E1": 1.0, "E2": 1.0}),
    }
)
# The same authors' columns gpt4_automation and automation: T0 none of the task's parts, T4 all of them.
AUTOMATION_LEVEL: Final[Mapping[str, float]] = MappingProxyType({"T0": 0.0, "T1": 0.25, "T2": 0.5, "T3": 0.75, "T4": 1.0})

_LABELS, _OCCUPATIONS = "full_labelset", "occ_level"
_LABEL_COLUMNS = {
    "O*NET-SOC Code": "onetsoc_code",
    "Title": "title",
    "Task ID": "task_id",
    "Task": "task",
    "Task Type": "task_type",
    "human_exposure_agg": "human",
    "gpt4_exposure": "gpt4",
    "gpt4_exposure_alt_rubric": "gpt4_alt",
    "gpt4_automation": "gpt4_automation",
}
_RATERS = {"human": "human_rating", "gpt4": "dv_rating"}
_OCCUPATION_COLUMNS = {
    f"{theirs}_{measure}": f"{ours}_{measure}" for ours, theirs in _RATERS.items() for measure in LABEL_EXPOSURE
}


def read_eloundou_labels(path: str | Path) -> pd.DataFrame:
    """Read the task labels of Eloundou et al.

    Parameters
    ----------
    path
        ``full_labelset.tsv`` or ``full_labelset.tsv.gz``, or a folder or zip that holds it.

    Returns
    -------
    pandas.DataFrame
        The table ``labels``: ``onetsoc_code``, ``soc_code``, ``title``, ``task_id`` as text without decimals, ``task``
        without blanks around it, ``task_type`` (missing where O*NET 27.2 gives none), ``human``, ``gpt4`` and
        ``gpt4_alt`` (E0, E1, E2) and ``gpt4_automation`` (T0 to T4). Rows are in the authors' order.

    Raises
    ------
    SourceError
        If the file is not there, is broken off, lacks a column, or holds a label, a code or a repetition that the
        authors' file does not have.

    Notes
    -----
    Source: Eloundou, Manning, Mishkin, Rock, Science 384 (2024) 1306-1308, doi:10.1126/science.adj0998; files under the
    MIT licence at https://github.com/openai/GPTs-are-GPTs. What the labels are worth: `LABEL_EXPOSURE` and
    `AUTOMATION_LEVEL`.

    Examples
    --------
    >>> read_eloundou_labels("full_labelset.tsv")
    Traceback (most recent call last):
        ...
    jobimpact.errors.SourceError: full_labelset.tsv: no such file or folder; ...`jobimpact sources pull eloundou-labels`...
    """
    raw, name = _read_raw(Path(path), _LABELS, list(_LABEL_COLUMNS), "\t")
    check_filled(raw, [column for column in _LABEL_COLUMNS if column != "Task Type"], name)
    labels = raw.rename(columns=_LABEL_COLUMNS)
    codes = onetsoc_codes(labels["onetsoc_code"], name)
    labels = labels.assign(
        onetsoc_code=codes,
        soc_code=codes.str[:7],
        task_id=plain_ids(labels["task_id"]),
        task=labels["task"].str.strip(),
    )
    return check_source_table("labels", labels[table_columns("labels")], name, ("onetsoc_code", "task_id"))


def read_eloundou_occupations(path: str | Path) -> pd.DataFrame:
    """Read the occupation scores that Eloundou et al. publish.

    Parameters
    ----------
    path
        ``occ_level.csv`` or ``occ_level.csv.gz``, or a folder or zip that holds it.

    Returns
    -------
    pandas.DataFrame
        ``onetsoc_code``, ``title``, and ``human_alpha``, ``human_beta``, ``human_gamma``, ``gpt4_alpha``,
        ``gpt4_beta``, ``gpt4_gamma`` on 0-1: means of `LABEL_EXPOSURE` over the tasks of the occupation with weight 2
        for Core tasks and 1 for every other.

    Notes
    -----
    Source: as `read_eloundou_labels`.
    """
    raw, name = _read_raw(Path(path), _OCCUPATIONS, ["O*NET-SOC Code", "Title", *_OCCUPATION_COLUMNS], ",")
    scores = raw[list(_OCCUPATION_COLUMNS)].apply(pd.to_numeric, errors="coerce").astype("float64")
    outside = ~(scores.ge(0) & scores.le(1)).all(axis=1)
    if outside.any():
        raise SourceError(
            f"{name}: found data row {int(outside.to_numpy().argmax()) + 1:,} of {len(raw):,} with a score that is not "
            "a number from 0 to 1; expected six in each row (a download that broke off ends so): download it again"
        )
    codes = onetsoc_codes(raw["O*NET-SOC Code"], name)
    if codes.duplicated().any():
        raise SourceError(
            f"{name}: found {codes[codes.duplicated()].iloc[0]} more than once; expected one row for each occupation: "
            "download it again"
        )
    occupations = pd.DataFrame({"onetsoc_code": codes, "title": raw["Title"]})
    return occupations.join(scores.rename(columns=_OCCUPATION_COLUMNS), validate="one_to_one")


def _read_raw(path: Path, stem: str, columns: Sequence[str], separator: str) -> tuple[pd.DataFrame, str]:
    expected = f"{stem} of Eloundou et al., openai/GPTs-are-GPTs: run `jobimpact sources pull eloundou-labels`"
    with opened_file(path, [stem], expected) as file:
        return read_raw_table(file, columns, separator=separator, quoted=True), file.name
