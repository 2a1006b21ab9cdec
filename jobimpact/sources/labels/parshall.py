"""Labels of the same rubric by later models: the replication of Eloundou et al. by D. Parshall, as released."""

import warnings
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.sources.rawtables import check_filled, check_source_table, onetsoc_codes, opened_files, plain_ids, read_raw_table
from jobimpact.tables import table_columns

Relabeller = Literal["gpt4_0613", "gpt5_4"]
RELABELLERS: Final[tuple[Relabeller, ...]] = ("gpt4_0613", "gpt5_4")

_STEMS: Final[Mapping[str, str]] = {
    "gpt4_0613": "eloundou_replication_gpt-4-0613-full-923",
    "gpt5_4": "eloundou_replication_gpt-5.4-per-task-strat50",
}
_TASKS = "onet_tasks_full_18k"
_IMAGE = "E3"


def read_relabels(path: str | Path) -> pd.DataFrame:
    """Read the labels that two later models gave to O*NET 30.1 tasks under the rubric of Eloundou et al.

    Parameters
    ----------
    path
        Folder or zip with one or both label files (``eloundou_replication_gpt-4-0613-full-923.csv``,
        ``eloundou_replication_gpt-5.4-per-task-strat50.csv``, gzipped or not), or one of these files. Where the task list
        ``onet_tasks_full_18k.csv`` lies in the folder, each label gets the code and wording of the task it was given to.

    Returns
    -------
    pandas.DataFrame
        Table ``relabels``: ``onetsoc_code`` and ``task`` (missing without the task list), ``task_id``, ``rater``
        (``gpt4_0613``: one answer for each occupation's tasks together; ``gpt5_4``: task by task, 50 occupations) and
        ``label`` E0, E1 or E2. E3, exposure with image capabilities, counts as the assumption ``image_label`` says (E2).

    Notes
    -----
    Source: D. Parshall, https://github.com/danparshall/reproduction-task-exposure, MIT licence; task list O*NET 30.1,
    USDOL/ETA, CC BY 4.0.
    """
    expected = "the relabelled tasks of D. Parshall: run `jobimpact sources pull parshall-relabels`"
    with opened_files(Path(path), _STEMS, expected, beside=(_TASKS,)) as files:
        tasks = _read_tasks(files[_TASKS]) if _TASKS in files else None
        tables = [_read_rater(files[rater], rater, tasks) for rater in RELABELLERS if rater in files]
    return pd.concat(tables, ignore_index=True)


def join_relabels(labels: pd.DataFrame, relabels: pd.DataFrame) -> pd.DataFrame:
    """Return `labels` with a column for each relabelling rater, missing where it gave no label.

    Tasks are matched by ``task_id``, which O*NET keeps over releases. A label is left out if its task stands in another
    occupation in `labels`, or is worded so differently there that it is another task (assumption
    ``relabel_text_similarity``).

    Parameters
    ----------
    labels
        Table ``labels`` (O*NET 27.2).
    relabels
        Table ``relabels`` (O*NET 30.1).

    Returns
    -------
    pandas.DataFrame
        Table ``rater_labels``: the rows of `labels` in their order and with their index, and ``gpt4_0613`` and ``gpt5_4``.

    Raises
    ------
    InputError
        If `labels` holds a task twice.

    Warns
    -----
    CoverageWarning
        If labels found no partner.
    """
    matched = _match(labels, relabels)
    unmatched = ~matched["usable"]
    if unmatched.any():
        warnings.warn(
            f"{int(unmatched.sum()):,} of {len(matched):,} later labels are left out: their task is not among the labelled ones, "
            f"or stands in another occupation or wording there; first: task {matched.loc[unmatched, 'task_id'].iloc[0]}",
            CoverageWarning,
            stacklevel=2,
        )
    wide = matched[~unmatched].pivot_table(index="task_id", columns="rater", values="label", aggfunc="first", observed=True)
    columns = wide.reindex(columns=list(RELABELLERS)).reset_index()
    relabelled = labels.merge(columns, on="task_id", how="left", validate="one_to_one")
    # A rater without any label is a column of text all the same.
    relabelled = relabelled.astype({name: object for name in RELABELLERS if relabelled[name].isna().all()})
    return relabelled.set_axis(labels.index)[table_columns("rater_labels")]


def _read_rater(file: Path, rater: Relabeller, tasks: pd.DataFrame | None) -> pd.DataFrame:
    raw = read_raw_table(file, ["task_id", "label"], ["soc_code"], separator=",", quoted=True)
    check_filled(raw, ["task_id", "label"], file.name)
    table = pd.DataFrame({"task_id": plain_ids(raw["task_id"]), "rater": rater})
    table["label"] = raw["label"].replace(_IMAGE, assumption("pooling", "image_label"))
    if tasks is None:
        unknown = pd.Series(None, raw.index, dtype="object")
        codes = onetsoc_codes(raw["soc_code"], file.name) if "soc_code" in raw else unknown
        table = table.assign(onetsoc_code=codes, task=unknown)
    else:
        table = table.merge(tasks, on="task_id", how="left", validate="many_to_one")
    return check_source_table("relabels", table[table_columns("relabels")], file.name, ("task_id",))


def _read_tasks(file: Path) -> pd.DataFrame:
    columns = ["task_id", "onet_soc_code", "task_description"]
    raw = read_raw_table(file, columns, separator=",", quoted=True)
    check_filled(raw, columns, file.name)
    return pd.DataFrame(
        {
            "task_id": plain_ids(raw["task_id"]),
            "onetsoc_code": onetsoc_codes(raw["onet_soc_code"], file.name),
            "task": raw["task_description"].str.strip(),
        }
    )


def _match(labels: pd.DataFrame, relabels: pd.DataFrame) -> pd.DataFrame:
    """Return `relabels` with ``usable``: whether its task is in `labels`, in the same occupation and much the same words."""
    repeated = labels["task_id"].duplicated()
    if repeated.any():
        raise InputError(
            f"task {labels.loc[repeated, 'task_id'].iloc[0]} stands in {int(repeated.sum()) + 1:,} rows or more of the labels; "
            "expected each task once: give the table as `read_eloundou_labels` returns it"
        )
    statements = labels[["task_id", "onetsoc_code", "task"]]
    matched = relabels.merge(statements, on="task_id", how="left", validate="many_to_one", suffixes=("", "_labelled"))
    # Without the task list a label has no code and no wording to compare.
    other_occupation = matched["onetsoc_code"].notna() & matched["onetsoc_code"].ne(matched["onetsoc_code_labelled"])
    least = assumption("pooling", "relabel_text_similarity")
    same_words = [
        pd.isna(after) or after == before or SequenceMatcher(None, str(after).casefold(), str(before).casefold()).ratio() >= least
        for after, before in zip(matched["task"], matched["task_labelled"], strict=True)
    ]
    return matched.assign(
        usable=matched["task_labelled"].notna() & ~other_occupation & pd.Series(same_words, index=matched.index, dtype=bool)
    )
