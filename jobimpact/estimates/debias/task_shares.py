"""What each task counts for in the mean of its occupation, of a group, and in jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.variance.estimator import make_estimator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jobimpact.estimates.means.populations import Population


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

    A task of an occupation without published employment, or without weight, gets the smallest number of the others, so
    that it can be drawn in proportion to jobs too.

    Raises
    ------
    InputError
        If no task has any.
    """
    jobs = pd.Series(oews_codes.to_numpy(), index=tasks.index).map(occupations.set_index("soc_code")["tot_emp"])
    stands_for = (jobs * task_shares(tasks, oews_codes)).where(lambda values: values > 0)
    if stands_for.isna().all():
        raise InputError("no task belongs to an occupation with published employment: draw without --by-employment")
    return stands_for.fillna(stands_for.min())


def group_weights(
    tasks: pd.DataFrame,
    oews_codes: pd.Series,
    populations: Sequence[Population],
    gaps: Mapping[str, Sequence[tuple[str, str]]],
) -> Iterator[tuple[str, str, NDArray[np.float64], NDArray[np.float64] | None]]:
    """Yield table name, row key and what each task counts for: the employment share of its occupation times its share in it.

    The plain mean of all tasks comes first (``tasks``, ``*``), gaps of a population after its groups, with the weights of
    the group that is taken off as the fourth. A task without a code counts in no group.
    """
    yield "tasks", "*", np.ones(len(tasks)), None
    share = np.nan_to_num(task_shares(tasks, oews_codes).to_numpy(dtype=np.float64))
    codes = pd.Index(sorted(set(oews_codes.dropna())))
    position = codes.get_indexer(pd.Index(oews_codes))
    share = np.where(position >= 0, share, 0.0)
    for population in populations:
        estimator = make_estimator(population, codes, np.zeros(len(codes)), gaps.get(population.table_name, ()))
        if estimator.single is not None:
            by_group = [np.where(position == one, share, 0.0) if one >= 0 else np.zeros_like(share) for one in estimator.single]
        else:
            by_group = [np.nan_to_num(row[position]) * share for row in estimator.published["employment"]]
        for key, weights in zip(estimator.keys, by_group, strict=False):
            yield population.table_name, key, weights, None
        for key, a, b in zip(estimator.keys[len(by_group) :], estimator.first, estimator.second, strict=True):
            yield population.table_name, key, by_group[a], by_group[b]
