"""Draw tasks at random for a person to label, with the probability of each, and read the labels back."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.facts.codes import published_codes
from jobimpact.study import Study, open_study
from jobimpact.tables import table_columns

KEY = ["onetsoc_code", "task_id"]


@dataclass(frozen=True)
class Labelled:
    """Labels and predictions of n drawn tasks, and predictions of all N, on 0-1."""

    labels: NDArray[np.float64]  # (n,)
    predictions: NDArray[np.float64]  # (N,) of all tasks
    rows: NDArray[np.intp]  # (n,) numbers of the labelled tasks among the N
    probability: NDArray[np.float64]  # (n,) with which each was drawn
    strata: NDArray[np.object_]  # (n,) names of the parts from which fixed numbers were drawn


def draw_labels(
    study: Study | str | Path, n: int, *, strata: str | None = None, by_employment: bool = False, seed: int | None = None
) -> pd.DataFrame:
    """Draw tasks of a study for a person to label.

    Parameters
    ----------
    study
        A study or its folder.
    n
        Tasks to draw.
    strata
        Draw from each value of this column of the tasks, such as ``soc_major``.
    by_employment
        Draw tasks in proportion to the jobs they stand for: means over jobs then need far fewer labels.
    seed
        Of the draw.

    Returns
    -------
    pandas.DataFrame
        Table ``label_sheet``, whose empty column ``label`` is to be filled with E0, E1 or E2 and given to
        :func:`jobimpact.estimates.debias.debias.debias`.

    Raises
    ------
    InputError
        If there are fewer tasks than `n`, or no column `strata`.

    Examples
    --------
    >>> sheet = draw_labels("reports/study", 300, by_employment=True, seed=1)
    >>> sheet.columns.tolist()
    ['onetsoc_code', 'title', 'task_id', 'task', 'stratum', 'inclusion_probability', 'label']
    >>> sheet.to_csv("sheet.csv", index=False)
    """
    source = open_study(study)
    tasks = source["tasks"]
    if by_employment:
        tasks = tasks.assign(jobs=task_jobs(tasks, published_codes(tasks["soc_code"]), source["occupations"]))
    return draw_tasks_to_label(tasks, n, seed, strata=strata, size="jobs" if by_employment else None)


def draw_tasks_to_label(
    tasks: pd.DataFrame, n: int, seed: int | None = None, *, strata: str | None = None, size: str | None = None
) -> pd.DataFrame:
    """Draw `n` tasks to be labelled, without replacement, as a table ``label_sheet`` in random order.

    Tasks without text cannot be labelled; they are left out and counted in a warning. The values of the
    column `strata` are drawn from separately, each in proportion to its tasks (or to its sum of `size`), at
    least the assumption ``least_per_stratum``. With a column `size`, such as the employment that a task
    stands for, tasks are drawn in proportion to it (systematically from a random order; Madow 1949,
    doi:10.1214/aoms/1177729988): means weighted by that size then need far fewer labels. Rows are in random
    order, so that a person's mood does not follow the occupations.

    Examples
    --------
    >>> tasks = pd.DataFrame({"onetsoc_code": "a", "task_id": [str(i) for i in range(100)], "task": "Write"})
    >>> sheet = draw_tasks_to_label(tasks, 20, seed=1)
    >>> len(sheet), float(sheet["inclusion_probability"].iloc[0])
    (20, 0.2)
    """
    if absent := [name for name in (*KEY, "task", strata, size) if name is not None and name not in tasks]:
        raise InputError(f"the tasks have no column {absent[0]!r}; expected {', '.join(KEY)}, task and the columns that you name")
    frame = _frame(tasks)
    if not 0 < n <= len(frame):
        raise InputError(f"found {n} tasks to draw of {len(frame):,}; expected from 1 to that number")
    sizes = pd.Series(1.0, index=frame.index) if size is None else frame[size].astype("float64")
    if not (sizes > 0).all():
        raise InputError(f"column {size!r} has {int((~(sizes > 0)).sum()):,} tasks without a positive size: leave them out first")
    stratum = pd.Series("all", index=frame.index)
    if strata is not None:
        stratum = frame[strata].astype("string").fillna("none").astype(object)
    rng = np.random.default_rng(int(assumption("debiased", "seed")) if seed is None else seed)
    parts = []
    for name, count in _allocate(stratum, sizes, n).items():
        within = sizes[stratum == name]
        probability = _inclusion(np.asarray(within, dtype=np.float64), count)
        sample = _systematic(probability, rng)
        columns = {"stratum": name, "inclusion_probability": probability[sample]}
        parts.append(pd.DataFrame(columns, index=within.index[sample]))
    sheet = pd.concat(parts)
    rows = frame.loc[sheet.index]
    sheet = sheet.assign(**{column: rows[column] for column in (*KEY, "task")}, title=rows.get("title"), label=None)
    return sheet.iloc[rng.permutation(len(sheet))].reset_index(drop=True)[table_columns("label_sheet")]


def _frame(tasks: pd.DataFrame) -> pd.DataFrame:
    frame = tasks.reset_index(drop=True)
    with_text = frame["task"].notna() & frame["task"].astype("string").str.strip().ne("").fillna(value=False)
    if not with_text.all():
        warnings.warn(
            f"{int((~with_text).sum())} of {len(frame)} tasks have no text and are not drawn", CoverageWarning, stacklevel=3
        )
    return frame[with_text.to_numpy(dtype=bool)]


def _allocate(stratum: pd.Series, sizes: pd.Series, n: int) -> dict[str, int]:
    """Return how many to draw from each stratum: in proportion to its size, none below the least nor above its tasks."""
    least = int(assumption("debiased", "least_per_stratum"))
    totals, available = sizes.groupby(stratum).sum(), stratum.value_counts()
    floor = available.reindex(totals.index).clip(upper=least).to_numpy()
    if floor.sum() > n:
        raise InputError(
            f"found {n} tasks to draw from {len(totals)} strata; expected at least {int(floor.sum())}, {least} from each"
        )
    counts, most = floor.copy(), available.reindex(totals.index).to_numpy()
    share = totals.to_numpy() / totals.sum()
    while counts.sum() < n:
        # One at a time to whoever is furthest below its share: the largest remainders, within both limits.
        shortfall = np.where(counts < most, share * n - counts, -np.inf)
        counts[int(np.argmax(shortfall))] += 1
    return {str(name): int(count) for name, count in zip(totals.index, counts, strict=True)}


def _inclusion(sizes: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return probabilities in proportion to size that sum to `n`; what would be above 1 is drawn for certain."""
    certain = np.zeros(len(sizes), dtype=bool)
    probability = np.ones(len(sizes))
    while True:
        rest = n - int(certain.sum())
        probability[~certain] = rest * sizes[~certain] / sizes[~certain].sum() if rest else 0.0
        above = ~certain & (probability >= 1)
        if not above.any():
            return probability
        certain |= above
        probability[above] = 1.0
        if certain.all():
            return probability


def _systematic(probability: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the numbers drawn: the whole steps that the running sum of a random order passes, from a random start."""
    # Madow's method keeps the probabilities exact for sizes of any spread, which drawing one by one does not.
    order = rng.permutation(len(probability))
    running = np.cumsum(probability[order])
    steps = np.arange(round(float(running[-1]))) + rng.uniform()
    position = np.minimum(np.searchsorted(running, steps, side="right"), len(order) - 1)
    sample: NDArray[np.intp] = order[position]
    return sample


def check_labels(labels: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    """Return ``row`` (number in `tasks`), ``label stratum inclusion_probability`` of the labelled tasks.

    `labels` is a filled sheet of :func:`draw_tasks_to_label`; E3 counts as data/pooling.toml says. Without
    ``stratum`` and ``inclusion_probability`` the tasks are taken for a simple random sample. Rows without a
    label are left out and counted in a warning; those that remain stand for them within their stratum.
    """
    if absent := [name for name in (*KEY, "label") if name not in labels]:
        raise InputError(f"the labels have no column {absent[0]!r}; expected {', '.join(KEY)} and label")
    # Labels are compared as text: a sheet that went through a spreadsheet has numbers for task ids.
    sheet = labels.assign(**{name: labels[name].astype("string").str.strip() for name in (*KEY, "label")})
    image = str(assumption("pooling", "image_label"))
    label = sheet["label"].str.upper().replace("E3", image)
    sheet = sheet.assign(label=label.where(label != ""))
    unknown = sheet["label"].dropna()[~sheet["label"].dropna().isin(["E0", "E1", "E2"])]
    if not unknown.empty:
        raise InputError(f"found the label {unknown.iloc[0]!r} ({len(unknown)} such rows); expected E0, E1, E2 or E3")
    if sheet.duplicated(KEY).any():
        repeated = sheet[sheet.duplicated(KEY)].iloc[0]
        task = f"{repeated['task_id']} of {repeated['onetsoc_code']}"
        raise InputError(f"found task {task} twice among the labels; expected each once")
    numbers = tasks[KEY].astype("string").assign(row=np.arange(len(tasks)))
    sheet = sheet[[*KEY, "label", *(name for name in ("stratum", "inclusion_probability") if name in sheet)]]
    rows = sheet.merge(numbers, on=KEY, how="left", validate="one_to_one")
    if rows["row"].isna().any():
        absent_task = rows[rows["row"].isna()].iloc[0]
        raise InputError(
            f"found {int(rows['row'].isna().sum())} labelled tasks that the study has not, such as {absent_task['task_id']} of "
            f"{absent_task['onetsoc_code']}; expected tasks of this study: draw them from this study"
        )
    return _answered(rows, len(tasks))


def _answered(rows: pd.DataFrame, n_tasks: int) -> pd.DataFrame:
    labelled = rows["label"].notna().to_numpy(dtype=bool)
    if not labelled.any():
        raise InputError(f"none of {len(rows)} rows has a label; expected E0, E1 or E2 in the column label")
    if not labelled.all():
        warnings.warn(
            f"{int((~labelled).sum())} of {len(rows)} drawn tasks have no label; the others of their stratum stand for them",
            CoverageWarning,
            stacklevel=3,
        )
    stratum = pd.Series("all", index=rows.index)
    probability = pd.Series(len(rows) / n_tasks, index=rows.index)
    if "stratum" in rows:
        stratum = rows["stratum"].astype("string").fillna("all").astype(object)
    if "inclusion_probability" in rows:
        probability = pd.to_numeric(rows["inclusion_probability"], errors="coerce")
    if not ((probability > 0) & (probability <= 1)).all():
        raise InputError("found an inclusion_probability that is not above 0 and at most 1: leave the column as it was drawn")
    # Given the draw, who answered is taken as a random part of the stratum: the probability shrinks by that part.
    answered = pd.Series(labelled, index=rows.index).groupby(stratum).transform("mean")
    checked = rows.assign(row=rows["row"].astype("int64"), stratum=stratum, inclusion_probability=probability * answered)
    return checked.loc[labelled, ["row", "label", "stratum", "inclusion_probability"]].reset_index(drop=True)


def task_shares(tasks: pd.DataFrame, oews_codes: pd.Series) -> pd.Series:
    """Return the share of each task in its occupation of OEWS, whose O*NET-SOC codes count equally.

    Examples
    --------
    >>> tasks = pd.DataFrame({"onetsoc_code": ["a.00", "a.00", "a.01"], "task_weight": [2.0, 1.0, 1.0]})
    >>> task_shares(tasks, pd.Series(["a", "a", "a"])).round(3).tolist()
    [0.333, 0.167, 0.5]
    """
    codes = pd.Series(oews_codes.to_numpy(), index=tasks.index)
    within = tasks["task_weight"] / tasks.groupby("onetsoc_code")["task_weight"].transform("sum")
    return within / tasks.groupby(codes)["onetsoc_code"].transform("nunique")


def task_jobs(tasks: pd.DataFrame, oews_codes: pd.Series, occupations: pd.DataFrame) -> pd.Series:
    """Return the jobs that each task stands for: those of its occupation times its share in the occupation.

    A task of an occupation without published employment, or without weight, gets the smallest number of the
    others, so that it can be drawn in proportion to jobs too.
    """
    jobs = pd.Series(oews_codes.array, index=tasks.index).map(occupations.set_index("soc_code")["tot_emp"])
    stands_for = (jobs * task_shares(tasks, oews_codes)).where(lambda values: values > 0)
    if stands_for.isna().all():
        raise InputError("no task belongs to an occupation with published employment: draw without employment")
    return stands_for.fillna(stands_for.min())
