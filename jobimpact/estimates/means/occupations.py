"""Scored tasks to occupations."""

from collections.abc import Sequence

import pandas as pd

from jobimpact.estimates.means.weights import wage_quintiles
from jobimpact.exposure.heads.components import VarianceComponents, occupation_standard_errors
from jobimpact.facts.codes import soc_major
from jobimpact.tables import table_columns

MEASURES = {
    "alpha": "exposure_alpha",
    "beta": "exposure_beta",
    "gamma": "exposure_gamma",
    "automation": "exposure_automation",
}


def mean_by_occupation(tasks: pd.DataFrame, columns: Sequence[str], by: str = "onetsoc_code") -> pd.DataFrame:
    """Return weighted means of task scores, one row per occupation.

    Parameters
    ----------
    tasks
        Needs `by`, ``task_weight`` and `columns`. Tasks with a missing score do not count.
    columns
        Scores to average.
    by
        Column of the occupation's code.

    Returns
    -------
    pandas.DataFrame
        Index `by`; the mean of each column, and ``n_tasks``, the scored tasks behind it.

    Examples
    --------
    >>> tasks = pd.DataFrame({"onetsoc_code": "15-1252.00", "task_weight": [2.0, 1.0], "beta": [0.5, 0.2]})
    >>> mean_by_occupation(tasks, ["beta"]).round(3).to_numpy().tolist()
    [[0.4, 2.0]]
    """
    rows = tasks.dropna(subset=list(columns))
    rows = rows[rows["task_weight"] > 0]
    grouped = rows[list(columns)].multiply(rows["task_weight"], axis=0).groupby(rows[by])
    weights = rows.groupby(by)["task_weight"].sum()
    return grouped.sum().divide(weights, axis=0).assign(n_tasks=rows.groupby(by).size())


def exposure_by_rater(tasks: pd.DataFrame, raters: Sequence[str], oews_codes: pd.Series) -> pd.DataFrame:
    """Return the mean score of every rater by ``soc_code`` of OEWS, and ``n_tasks``.

    Tasks without a score of every rater do not count, so that all raters are averaged over the same tasks.
    O*NET-SOC codes are averaged with equal weight into their OEWS occupation, as in
    :func:`aggregate_occupations`; those without one are in no row.
    """
    by_code = mean_by_occupation(tasks, list(raters))
    parents = pd.Series(oews_codes.to_numpy(), index=tasks["onetsoc_code"].array).groupby(level=0).first()
    grouped = by_code.groupby(parents.reindex(by_code.index))
    return grouped[list(raters)].mean().assign(n_tasks=grouped["n_tasks"].sum()).rename_axis("soc_code")


def aggregate_occupations(
    tasks: pd.DataFrame, national: pd.DataFrame, oews_codes: pd.Series, components: VarianceComponents | None = None
) -> pd.DataFrame:
    """Return the occupations of a study: exposure from tasks, employment and wages from OEWS.

    O*NET-SOC codes are averaged with equal weight into the OEWS occupation they belong to (their own
    employment is not published). Nothing is dropped: OEWS occupations without scored tasks and scored
    occupations without OEWS employment are rows with missing cells.

    Parameters
    ----------
    tasks
        Table ``tasks``.
    national
        Table ``oews``, cross-industry national rows.
    oews_codes
        For each row of `tasks`, the code under which OEWS publishes its occupation.
    components
        Of the model and rater that scored the tasks, see :mod:`jobimpact.exposure.heads.components`; without
        them ``exposure_beta_se`` is missing. What the tasks of one O*NET-SOC code share is taken as common to
        all codes of the OEWS occupation.

    Returns
    -------
    pandas.DataFrame
        Table ``occupations``.

    Examples
    --------
    >>> from jobimpact.sources.jobs.employment import read_employment
    >>> scores = dict.fromkeys(MEASURES, [0.5, 0.2])
    >>> tasks = pd.DataFrame({"onetsoc_code": "15-1252.00", "title": "-", "task_weight": [2.0, 1.0], **scores})
    >>> table = aggregate_occupations(tasks, read_employment("national"), pd.Series(["15-1252"] * 2))
    >>> table.set_index("soc_code")[["exposure_beta", "n_tasks"]].loc["15-1252"].round(3).tolist()
    [0.4, 2.0]
    """
    by_code = mean_by_occupation(tasks, list(MEASURES))
    parents = pd.Series(oews_codes.to_numpy(), index=tasks["onetsoc_code"].array).groupby(level=0).first()
    grouped = by_code.groupby(parents.reindex(by_code.index))
    exposure = grouped[list(MEASURES)].mean().rename(columns=MEASURES)
    exposure = exposure.assign(exposure_beta_se=_standard_errors(tasks, oews_codes, components))
    exposure = exposure.assign(n_tasks=grouped["n_tasks"].sum(), n_onetsoc=grouped.size()).rename_axis("soc_code").reset_index()
    detailed = national[national["o_group"] == "detailed"]
    occupations = detailed.merge(exposure, on="soc_code", how="outer", validate="one_to_one")
    titles = pd.Series(tasks["title"].to_numpy(), index=oews_codes.to_numpy()).groupby(level=0).first()
    flags = ["mean_top_coded", "median_top_coded"]
    occupations = occupations.assign(
        title=occupations["title"].fillna(occupations["soc_code"].map(titles)),
        soc_major=soc_major(occupations["soc_code"]),
        n_tasks=occupations["n_tasks"].fillna(0).astype("int64"),
        n_onetsoc=occupations["n_onetsoc"].fillna(0).astype("int64"),
        wage_bill=occupations["tot_emp"] * occupations["a_mean"],
        **{flag: occupations[flag].eq(other=True) for flag in flags},
    )
    occupations["wage_quintile"] = wage_quintiles(occupations)
    return occupations.sort_values("soc_code", ignore_index=True)[table_columns("occupations")]


def _standard_errors(tasks: pd.DataFrame, oews_codes: pd.Series, components: VarianceComponents | None) -> pd.Series | float:
    if components is None:
        return float("nan")
    # The same tasks as in the means: those with every measure.
    rows = (
        tasks[["onetsoc_code", "beta", "task_weight"]]
        .assign(oews=oews_codes.to_numpy())
        .loc[tasks[list(MEASURES)].notna().all(axis=1)]
    )
    return occupation_standard_errors(rows, components, by="oews", within="onetsoc_code")
