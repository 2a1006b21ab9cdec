"""Labelled tasks of nearest meaning, so that a score can be held against labels that somebody gave."""

from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, SourceError
from jobimpact.exposure.doubt.plaintext import plain_text
from jobimpact.exposure.encoder.cached import normalise_text
from jobimpact.exposure.encoder.sentence import Encoder
from jobimpact.exposure.texts import Texts, text_series
from jobimpact.sources.labels.eloundou import read_eloundou_labels
from jobimpact.sources.store.fetch import locate
from jobimpact.sources.tasks.starter import Language, read_starter_tasks
from jobimpact.tables import check_table, table_columns

LABELS: Final = "eloundou-labels"
STARTER: Final = "starter"
ReferenceName = Literal["auto", "eloundou-labels", "starter"]
RATER_COLUMNS = ("human", "gpt4", "gpt4_alt")

_NEEDED = ("reference", "onetsoc_code", "title", "task")
_AT_ONCE = 500  # texts compared with the whole reference in one product
_DECIMALS = 6


def find_reference(home: Path | None = None) -> Literal["eloundou-labels", "starter"]:
    """Return the reference that ``auto`` means: the labels where `jobimpact sources` keeps them, else the starter tasks."""
    try:
        locate(LABELS, home)
    except SourceError:
        return STARTER
    return LABELS


def read_reference(name: ReferenceName = "auto", *, language: Language = "en", home: Path | None = None) -> pd.DataFrame:
    """Read the tasks among which the nearest are looked for.

    ``eloundou-labels`` are the labelled tasks that `jobimpact sources` keeps; ``starter`` the packaged
    tasks in `language`, which nobody labelled; ``auto`` the labels where they are there. Columns:
    ``reference`` (the source), ``onetsoc_code``, ``title``, ``task``, ``human``, ``gpt4``, ``gpt4_alt``
    (E0, E1, E2; missing for starter tasks).
    """
    if name not in get_args(ReferenceName):
        raise InputError(f"reference {name!r} is not known: use one of {', '.join(get_args(ReferenceName))}")
    columns = [*_NEEDED, *RATER_COLUMNS]
    if name == LABELS or (name == "auto" and find_reference(home) == LABELS):
        return read_eloundou_labels(locate(LABELS, home)).assign(reference=LABELS)[columns]
    starter = read_starter_tasks(language=language).dropna(subset=["task"])
    missing = dict.fromkeys(RATER_COLUMNS)
    return starter.assign(reference=STARTER, **missing).astype(dict.fromkeys(RATER_COLUMNS, object))[columns]


def nearest_tasks(
    texts: Texts, encoder: Encoder, reference: pd.DataFrame, *, n: int | None = None,
    vectors: np.ndarray | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the table ``nearest_tasks``: for each text, the tasks nearest to it in meaning.

    Similarity is the cosine of the texts' vectors. The encoder should be the published one
    (``adapter=None``): a tuned encoder lays texts beside one another because their labels are alike, so its
    neighbours repeat the score in place of checking it. The mean label of five neighbours agrees with
    held-out human labels at r .631.

    Parameters
    ----------
    texts
        A missing or blank one has no rows in the result.
    reference
        As :func:`read_reference` returns it; a table of one's own needs ``reference``, ``onetsoc_code``,
        ``title`` and ``task``, and may have ``human``, ``gpt4``, ``gpt4_alt`` and ``beta``.
    n
        Neighbours per text, each with another text; default: ``n_nearest`` of data/reasons.toml.
    vectors
        Vectors of the reference's tasks, row by row, where they are at hand.
    """
    n = int(assumption("reasons", "n_nearest")) if n is None else n
    if n < 1:
        raise InputError(f"found {n} nearest tasks asked for; expected 1 or more")
    distinct, positions = _distinct(reference)
    read = {row: plain_text(text) for row, text in enumerate(text_series(texts), 1) if isinstance(text, str)}
    queries = {row: text for row, text in read.items() if text}
    if not queries:
        return check_table("nearest_tasks", _empty())
    theirs = encoder.encode(distinct["task"].tolist()) if vectors is None else vectors[positions]
    numbers, similarity = _top(encoder.encode(list(queries.values())), theirs, min(n, len(distinct)))
    width = numbers.shape[1]
    neighbours = distinct.iloc[numbers.ravel()].reset_index(drop=True)
    neighbours = neighbours.assign(
        row=np.repeat(np.array(list(queries), dtype="int64"), width),
        rank=np.tile(np.arange(1, width + 1), len(queries)),
        similarity=similarity.ravel(),
    )
    return check_table("nearest_tasks", neighbours[table_columns("nearest_tasks")])


def _distinct(reference: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return one row per text, with the number of rows that have it, and the places of these rows."""
    missing = [column for column in _NEEDED if column not in reference.columns]
    if missing or reference.empty:
        problem = f"no column {missing[0]!r}" if missing else "no rows"
        raise InputError(f"reference tasks: found {problem}; expected tasks with {', '.join(_NEEDED)}: see `read_reference`")
    texts = reference["task"].map(normalise_text).str.casefold()
    first = ~texts.duplicated().to_numpy()
    tasks = reference.assign(n_same_text=texts.map(texts.value_counts()).astype("int64"))[first].reset_index(drop=True)
    for column in RATER_COLUMNS:
        tasks[column] = tasks[column].astype(object) if column in tasks.columns else None
    beta = tasks["beta"] if "beta" in tasks.columns else pd.Series(np.nan, index=tasks.index)
    return tasks.assign(beta=beta.astype(float)), np.flatnonzero(first)


def _top(queries: np.ndarray, theirs: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers and similarities of the `n` nearest rows, nearest first; of equals the first."""
    numbers, values = [], []
    for start in range(0, len(queries), _AT_ONCE):
        similarity = np.round(np.clip(queries[start : start + _AT_ONCE] @ theirs.T, -1, 1).astype(float), _DECIMALS)
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :n]
        numbers.append(order)
        values.append(np.take_along_axis(similarity, order, axis=1))
    return np.concatenate(numbers), np.concatenate(values)


def _empty() -> pd.DataFrame:
    types = dict.fromkeys(("row", "rank", "n_same_text"), "int64") | dict.fromkeys(("beta", "similarity"), "float64")
    columns = table_columns("nearest_tasks")
    return pd.DataFrame({name: pd.Series(dtype=types.get(name, object)) for name in columns})
