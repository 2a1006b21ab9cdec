"""Who says how exposed tasks are: the study, its heads for other raters, raters' own labels, users' tables, published indices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.occupations import MEASURES
from jobimpact.sources.codes import normalise_onetsoc
from jobimpact.sources.labels import AUTOMATION_LEVEL, LABEL_EXPOSURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jobimpact.exposure.encoder import Encoder
    from jobimpact.exposure.rubric import RubricHeads

OWN_MODEL, LABELS, PUBLISHED = "study", "labels", "published"
# All heads of a study share one automation score: it is trained on GPT-4's labels alone.
AUTOMATION_RATER = "gpt4"
_KEY = ["onetsoc_code", "task_id"]
_WEIGHING = ["task_type", "importance"]
_INDEX = ["voice", "soc_code", "index_value"]


@dataclass(frozen=True)
class Opinion:
    """One rater's scores by one model.

    Attributes
    ----------
    rater, model
        Who judges (``human``, ``gpt4``, ...), and what the judgement comes through: ``labels`` for the rater's own labels,
        ``study`` for the heads that the study was made with, parts of these, or a name of the user's.
    scores
        ``onetsoc_code``, those of ``alpha beta gamma automation`` that the rater gave (0-1), and ``task_type`` and
        ``importance`` where they are known; one row per task, or per occupation.
    per_task
        Whether the rows are tasks.
    """

    rater: str
    model: str
    scores: pd.DataFrame
    per_task: bool = True


@dataclass(frozen=True)
class Opinions:
    """What is at hand for a multiverse, and what is not.

    Attributes
    ----------
    opinions
        Scores of tasks or occupations.
    indices
        Table ``indices``, published indices on the codes of OEWS; empty where there are none.
    left_out
        ``choice`` and ``reason``: what could have been among them.
    """

    opinions: tuple[Opinion, ...] = ()
    indices: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*_INDEX, "split"]))
    left_out: tuple[tuple[str, str], ...] = ()

    def joined(self, other: Opinions) -> Opinions:
        """Return both together.

        Raises
        ------
        InputError
            If a rater speaks twice through the same model.
        """
        opinions = (*self.opinions, *other.opinions)
        names = [(opinion.rater, opinion.model) for opinion in opinions]
        voices = pd.concat([self.indices["voice"].drop_duplicates(), other.indices["voice"].drop_duplicates()])
        repeated = [" by ".join(name) for name in names if names.count(name) > 1] + voices[voices.duplicated()].tolist()
        if repeated:
            raise InputError(f"found scores of {repeated[0]} twice; expected each rater and model once: rename one of them")
        tables = [table for table in (self.indices, other.indices) if len(table)]
        indices = pd.concat(tables, ignore_index=True) if tables else self.indices
        return Opinions(opinions, indices, (*self.left_out, *other.left_out))


def study_opinions(tasks: pd.DataFrame, rater: str) -> Opinions:
    """Return what a study itself says: its rater's alpha, beta and gamma, and the automation score, which is GPT-4's.

    Parameters
    ----------
    tasks
        Table ``tasks``.
    rater
        As in the study's manifest.
    """
    columns = ["onetsoc_code", *_WEIGHING]
    exposed = [measure for measure in MEASURES if measure != "automation"]
    if rater == AUTOMATION_RATER:
        return Opinions((Opinion(rater, OWN_MODEL, tasks[[*columns, *MEASURES]]),))
    own = Opinion(rater, OWN_MODEL, tasks[[*columns, *exposed]])
    return Opinions((own, Opinion(AUTOMATION_RATER, OWN_MODEL, tasks[[*columns, "automation"]])))


def label_opinions(labels: pd.DataFrame, tasks: pd.DataFrame | None = None) -> Opinions:
    """Return raters' own labels as opinions.

    Parameters
    ----------
    labels
        Table ``labels`` or ``rater_labels``; raters without any label are left out.
    tasks
        Table with ``onetsoc_code``, ``task_id`` and ``importance`` (that of a study), for the weight of tasks.

    Returns
    -------
    Opinions
        Model ``labels``; alpha, beta and gamma by `LABEL_EXPOSURE`, for ``gpt4`` also automation. Eloundou et al. 2024,
        doi:10.1126/science.adj0998.
    """
    base = _with_weighing(labels[[*_KEY, "task_type"]], tasks)
    made = []
    for rater in ("human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4"):
        if rater not in labels or labels[rater].isna().all():
            continue
        scores = {measure: labels[rater].map(dict(values)).to_numpy(float) for measure, values in LABEL_EXPOSURE.items()}
        if rater == AUTOMATION_RATER and "gpt4_automation" in labels:
            scores["automation"] = labels["gpt4_automation"].map(dict(AUTOMATION_LEVEL)).to_numpy(float)
        made.append(Opinion(rater, LABELS, base.assign(**scores)))
    return Opinions(tuple(made))


def score_opinions(
    tasks: pd.DataFrame, score: Callable[[pd.Series, str], pd.DataFrame], raters: Sequence[str], model: str
) -> Opinions:
    """Score the tasks of a study for other raters.

    Parameters
    ----------
    tasks
        Table ``tasks``; those without a text keep missing scores.
    score
        Takes the texts and the name of a rater, returns a table with their index and ``alpha beta gamma`` (and more), such
        as `jobimpact.exposure.score.score_texts` with its encoder filled in, or one of `head_scorers`.
    raters
        Whose labels are predicted.
    model
        Name of the model that predicts them.
    """
    made = []
    for rater in raters:
        scores = score(tasks["task"], rater)
        given = [measure for measure in MEASURES if measure in scores and (measure != "automation" or rater == AUTOMATION_RATER)]
        made.append(Opinion(rater, model, tasks[["onetsoc_code", *_WEIGHING]].join(scores[given], validate="one_to_one")))
    return Opinions(tuple(made))


def head_scorers(texts: pd.Series, encoder: Encoder, heads: RubricHeads) -> dict[str, Callable[[pd.Series, str], pd.DataFrame]]:
    """Return scorers of heads and of their parts, which encode `texts` once for all raters.

    Heads are a blend of networks that read the encoder as tuned here, or as published. Each kind alone is another model.

    Returns
    -------
    dict
        ``study`` (the blend) and, where it has both kinds, ``tuned`` and ``published encoder``: scorers for
        `score_opinions`.
    """
    from jobimpact.exposure.plaintext import plain_text

    filled = texts.notna().to_numpy()
    vectors = encoder.encode([plain_text(text) for text in texts[filled]])
    reads = np.array([int(member.get("reads", np.array(0))) > 0 for member in heads.members_])
    parts = {OWN_MODEL: np.ones(len(reads), dtype=bool)}
    if reads.any() and not reads.all():
        parts |= {"tuned": ~reads, "published encoder": reads}
    return {name: _scorer(_only(heads, part).predict_proba(vectors), filled) for name, part in parts.items()}


def _only(heads: RubricHeads, part: np.ndarray) -> RubricHeads:
    alone = heads.halved()
    alone.members_ = [member for member, kept in zip(alone.members_, part, strict=True) if kept]
    alone.weights_ = heads.weights_[part] / heads.weights_[part].sum()
    return alone


def _scorer(probabilities: Mapping[str, np.ndarray], filled: np.ndarray) -> Callable[[pd.Series, str], pd.DataFrame]:
    levels = np.array(list(AUTOMATION_LEVEL.values()))

    def score(texts: pd.Series, rater: str) -> pd.DataFrame:
        if rater not in probabilities:
            known = ", ".join(name for name in probabilities if not name.endswith("automation"))
            raise InputError(f"rater {rater!r} is not among those that the heads know ({known}): use one of them")
        # As in the scores of a study, so that its own rater comes out the same to the last digit.
        label = np.round(probabilities[rater], 6)
        columns = [label[:, 1], label[:, 1] + label[:, 2] / 2, label[:, 1] + label[:, 2]]
        columns.append(probabilities["gpt4_automation"] @ levels)
        scores = pd.DataFrame(np.nan, index=texts.index, columns=list(MEASURES))
        scores.loc[filled, :] = np.round(np.column_stack(columns), 6)
        return scores

    return score


def table_opinions(table: pd.DataFrame, name: str, tasks: pd.DataFrame | None = None) -> Opinions:
    """Return the scores in a user's table as opinions, or as indices.

    Parameters
    ----------
    table
        Scores: ``onetsoc_code`` or ``soc_code``; ``label`` (E0, E1, E2) or some of ``alpha beta gamma automation`` on 0-1;
        where there are several, ``rater`` and ``model``; ``task_id`` where rows are tasks, and ``task_type`` and
        ``importance`` where they are known. Or indices on any scale, table ``indices``: ``voice``, ``soc_code``,
        ``index_value``.
    name
        Of the table, for messages, and of the rater or model where the table names none.
    tasks
        Table ``tasks`` of the study, for task types and importance where the table has none.

    Raises
    ------
    InputError
        If there is no code or no score, a cell is none, or a rater scores a task twice.
    """
    table = table.rename(columns={column: str(column).strip().lower() for column in table.columns})
    if set(_INDEX) <= set(table.columns):
        return Opinions(indices=_user_indices(table, name))
    code = next((column for column in ("onetsoc_code", "soc_code") if column in table), None)
    measures = [measure for measure in MEASURES if measure in table]
    if code is None or not (measures or "label" in table):
        raise InputError(
            f"{name}: found the columns {', '.join(map(str, table.columns[:8]))}; expected onetsoc_code or soc_code, and label "
            f"or some of {', '.join(MEASURES)}, or voice, soc_code, index_value: rename them"
        )
    scores = pd.DataFrame({"onetsoc_code": _checked_codes(table[code], name)})
    for column, otherwise in (("rater", name), ("model", name if "rater" in table else "scores")):
        scores[column] = table[column].astype(str) if column in table else otherwise
    if "task_id" in table:
        scores["task_id"] = table["task_id"].astype(str).str.replace(r"\.0$", "", regex=True)
    scores = scores.assign(**_measures(table, measures, name))
    key = [column for column in ("rater", "model", *_KEY) if column in scores]
    repeated = scores.duplicated(key)
    if repeated.any():
        raise InputError(
            f"{name}: found {' '.join(scores.loc[repeated, key].iloc[0])} twice ({int(repeated.sum()):,} such rows); expected "
            "one row for each rater, model and task: add task_id where rows are tasks"
        )
    if "task_id" in table:
        given = {column: table[column].to_numpy() for column in _WEIGHING if column in table}
        if "importance" in given:
            given["importance"] = pd.to_numeric(table["importance"], errors="coerce").to_numpy()
        scores = _with_weighing(scores.assign(**given), tasks)
    parts = scores.groupby(["rater", "model"], sort=False)
    return Opinions(tuple(Opinion(str(rater), str(model), part, "task_id" in table) for (rater, model), part in parts))


def _user_indices(table: pd.DataFrame, name: str) -> pd.DataFrame:
    values = pd.to_numeric(table["index_value"], errors="coerce")
    if values.isna().any():
        raise InputError(f"{name}: found {table.loc[values.isna(), 'index_value'].iloc[0]!r} as index_value; expected a number")
    split = table["split"].astype(str).str.lower().isin(["true", "1"]) if "split" in table else pd.Series(False, table.index)
    codes = _checked_codes(table["soc_code"], name).str[:7]
    return pd.DataFrame({"voice": table["voice"].astype(str), "soc_code": codes, "index_value": values, "split": split})


def _checked_codes(cells: pd.Series, name: str) -> pd.Series:
    codes = normalise_onetsoc(cells)
    if codes.isna().any():
        raise InputError(
            f"{name}: found '{cells[codes.isna()].iloc[0]}' among its codes ({int(codes.isna().sum()):,} such rows); expected "
            "codes such as 15-1252 or 15-1252.00: correct or remove these rows"
        )
    return codes


def _measures(table: pd.DataFrame, measures: Iterable[str], name: str) -> dict[str, np.ndarray]:
    found = {}
    if "label" in table:
        known = table["label"].isin(["E0", "E1", "E2"]) | table["label"].isna() | table["label"].eq("")
        if not known.all():
            raise InputError(f"{name}: found '{table.loc[~known, 'label'].iloc[0]}' as label; expected E0, E1 or E2")
        found = {measure: table["label"].map(dict(values)).to_numpy(float) for measure, values in LABEL_EXPOSURE.items()}
    for measure in measures:
        cells = table[measure]
        values = pd.to_numeric(cells, errors="coerce")
        wrong = (values.isna() & cells.notna() & cells.ne("")) | ~(values.between(0, 1) | values.isna())
        if wrong.any():
            raise InputError(f"{name}: found '{cells[wrong].iloc[0]}' as {measure}; expected a number from 0 to 1")
        found[measure] = values.to_numpy(float)
    return found


def _with_weighing(scores: pd.DataFrame, tasks: pd.DataFrame | None) -> pd.DataFrame:
    """Return `scores` with the task type and importance of `tasks` where it has none itself."""
    missing = [column for column in _WEIGHING if column not in scores]
    if not missing:
        return scores
    if tasks is None:
        return scores.assign(**dict.fromkeys(missing))
    return scores.merge(tasks[[*_KEY, *missing]], on=_KEY, how="left", validate="many_to_one").set_axis(scores.index)
