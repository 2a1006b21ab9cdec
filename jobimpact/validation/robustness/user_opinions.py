"""A user's table as opinions: scores of tasks or occupations by any raters and models, or indices on scales of their own."""

from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.facts.codes import normalise_onetsoc
from jobimpact.sources.indices.on_oews import bring_to_oews
from jobimpact.sources.indices.read import SOC_2018
from jobimpact.sources.jobs.demographics import detailed_soc_codes
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE
from jobimpact.validation.robustness.opinions import INDEX_COLUMNS, KEY, PUBLISHED, WEIGHING, Opinion, Opinions, with_weighing

_LABELS = ("E0", "E1", "E2")


def table_opinions(table: pd.DataFrame, name: str, tasks: pd.DataFrame | None = None) -> Opinions:
    """Return the scores in a user's table as opinions, or as indices.

    Scores: ``onetsoc_code`` or ``soc_code``; ``label`` (E0, E1, E2) or some of ``alpha beta gamma
    automation`` on 0-1; where there are several, ``rater`` and ``model``; ``task_id`` where rows are tasks,
    with ``task_type`` and ``importance`` of their own or of the study's `tasks`. Indices on any scale:
    ``voice soc_code index_value``, and ``split`` where a value is shared or a mean.
    """
    table = _lower_columns(table, name)
    if set(INDEX_COLUMNS) <= set(table.columns):
        return _user_indices(table, name)
    code = next((column for column in ("onetsoc_code", "soc_code") if column in table), None)
    measures = [measure for measure in MEASURES if measure in table]
    if code is None or not (measures or "label" in table):
        raise InputError(
            f"{name}: found the columns {', '.join(map(str, table.columns[:8]))}; expected onetsoc_code or soc_code, and label "
            f"or some of {', '.join(MEASURES)}, or voice, soc_code, index_value: rename them"
        )
    scores = pd.DataFrame({"onetsoc_code": _checked_codes(table[code], name)})
    for column, otherwise in (("rater", name), ("model", name if "rater" in table else "scores")):
        scores[column] = _names(table, column, name) if column in table else otherwise
    if "task_id" in table:
        # Spreadsheets write a task number as 8823.0.
        scores["task_id"] = _names(table, "task_id", name).str.replace(r"\.0$", "", regex=True)
    values_of = _measures(table, measures, name)
    if all(np.isnan(values).all() for values in values_of.values()):
        raise InputError(
            f"{name}: none of {len(table):,} rows has a score; expected label or {', '.join(MEASURES)}: fill some in"
        )
    scores = scores.assign(**values_of)
    key = [column for column in ("rater", "model", *KEY) if column in scores]
    _check_once(scores, key, name, "rater, model and task: add task_id where rows are tasks")
    if "task_id" in table:
        weighing = {column: table[column].to_numpy() for column in WEIGHING if column in table}
        if "importance" in weighing:
            weighing["importance"] = _numbers(
                table["importance"], "importance", name, "a number of 0 or more, or nothing", least=0.0
            )
        scores = with_weighing(scores.assign(**weighing), tasks)
    parts = scores.groupby(["rater", "model"], sort=False)
    opinions = tuple(Opinion(str(rater), str(model), part, "task_id" in table) for (rater, model), part in parts)
    return Opinions(opinions, left_out=_unknown_tasks(opinions, tasks, [column for column in WEIGHING if column not in table]))


def _unknown_tasks(opinions: tuple[Opinion, ...], tasks: pd.DataFrame | None, unknown: list[str]) -> tuple[tuple[str, str], ...]:
    """Return how many tasks of each opinion the study does not have, where their type or importance would come from it."""
    notes = []
    for opinion in opinions if unknown and tasks is not None else ():
        if not opinion.per_task or tasks is None:
            continue
        # Task types and importance of the study are joined by task; where it lacks one, core weights cannot be made.
        keys = pd.MultiIndex.from_frame(opinion.scores[KEY].drop_duplicates())
        n = int((~keys.isin(pd.MultiIndex.from_frame(tasks[KEY].astype(str)))).sum())
        reason = f"{n:,} of {len(keys):,} tasks are none of the study's, so that their {' and '.join(unknown)} are not known"
        notes += [(f"rater={opinion.rater}, model={opinion.model}", reason)] if n else []
    return tuple(notes)


def _lower_columns(table: pd.DataFrame, name: str) -> pd.DataFrame:
    columns = pd.Index([str(column).strip().lower() for column in table.columns])
    if columns.has_duplicates:
        twice = table.columns[columns == columns[columns.duplicated()][0]]
        raise InputError(f"{name}: found the columns {' and '.join(map(repr, twice))}, which read alike: rename one of them")
    return table.set_axis(columns, axis=1)


def _user_indices(table: pd.DataFrame, name: str) -> Opinions:
    """Return indices on the codes of OEWS, and how many codes found no partner there."""
    values = _numbers(table["index_value"], "index_value", name, "a number", empty=False)
    scores = pd.DataFrame(
        {
            "voice": _names(table, "voice", name),
            "classification": SOC_2018,
            "soc_code": _checked_codes(table["soc_code"], name).str[:7],
            "index_value": values,
            "split": table["split"].astype(str).str.lower().isin(["true", "1"]) if "split" in table else False,
        }
    )
    _check_once(scores, ["voice", "soc_code"], name, "index and occupation: take the mean of its rows")
    # A user's index is carried to OEWS by the same rule as a published one.
    carried = bring_to_oews([part for _, part in scores.groupby("voice", sort=False)])
    sizes, n_unmatched = (table["voice"].value_counts().to_dict() for table in (scores, carried.unmatched))
    notes = tuple(
        (f"rater={voice}, model={PUBLISHED}", f"{n} of {sizes[voice]} codes found no partner in OEWS")
        for voice, n in n_unmatched.items()
    )
    return Opinions(indices=carried.table, left_out=notes)


def _check_once(scores: pd.DataFrame, key: list[str], name: str, each: str) -> None:
    repeated = scores.duplicated(key)
    if repeated.any():
        raise InputError(
            f"{name}: found {' '.join(scores.loc[repeated, key].iloc[0])} twice ({int(repeated.sum()):,} such rows); expected "
            f"one row for each {each}"
        )


def _names(table: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Return the cells of a column of names as text; raise where one has none."""
    cells = table[column].astype(object).where(table[column].notna(), "").astype(str).str.strip()
    if cells.eq("").any():
        raise InputError(f"{name}: found {int(cells.eq('').sum()):,} rows without {column}; expected it in every row: fill it in")
    return cells


@cache
def _occupations() -> frozenset[str]:
    national = read_employment("national")
    detailed = national.loc[national["o_group"] == "detailed", "soc_code"]
    return frozenset(detailed_soc_codes()) | frozenset(detailed)


def _checked_codes(cells: pd.Series, name: str) -> pd.Series:
    # Codes of SOC 2010 that left the classification, and groups, would silently find no jobs.
    codes = normalise_onetsoc(cells)
    for wrong, expected in (
        (codes.isna(), "codes such as 15-1252 or 15-1252.00"),
        (
            ~codes.str[:7].isin(_occupations()),
            "detailed occupations of SOC 2018 (no groups, and no codes that SOC 2010 alone has)",
        ),
    ):
        if wrong.any():
            raise InputError(
                f"{name}: found '{cells[wrong].iloc[0]}' among its codes ({int(wrong.sum()):,} such rows); expected {expected}: "
                "correct or remove these rows"
            )
    return codes


def _measures(table: pd.DataFrame, measures: Iterable[str], name: str) -> dict[str, np.ndarray]:
    scores = {}
    if "label" in table:
        valid = table["label"].isin(_LABELS) | table["label"].isna() | table["label"].eq("")
        if not valid.all():
            raise InputError(f"{name}: found '{table.loc[~valid, 'label'].iloc[0]}' as label; expected E0, E1 or E2")
        scores = {measure: table["label"].map(dict(values)).to_numpy(float) for measure, values in LABEL_EXPOSURE.items()}
    for measure in measures:
        scores[measure] = _numbers(table[measure], measure, name, "a number from 0 to 1", least=0.0, most=1.0)
    return scores


def _numbers(
    cells: pd.Series, column: str, name: str, expected: str, *, least: float = -np.inf, most: float = np.inf, empty: bool = True
) -> np.ndarray:
    """Return the cells as numbers, empty ones missing; raise where a cell is none, out of bounds, or empty and must not be."""
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    # A blank is no opinion; a word, a percentage or an infinite number is a mistake.
    blank = cells.isna() | cells.eq("")
    wrong = np.isinf(values) | ~(values.between(least, most) | blank)
    if not empty:
        wrong |= blank
    if wrong.any():
        raise InputError(f"{name}: found '{cells[wrong].iloc[0]}' as {column}; expected {expected}: correct or remove the row")
    return values.to_numpy(float)
