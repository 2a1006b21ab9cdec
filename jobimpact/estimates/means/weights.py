"""What a task, an occupation and a wage count for."""

import warnings
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from jobimpact.errors import CoverageWarning, InputError

TaskWeights = Literal["core", "importance"]


def task_weights(tasks: pd.DataFrame, scheme: TaskWeights = "core") -> pd.Series:
    """Return the weight of every task within its occupation.

    Parameters
    ----------
    tasks
        Needs ``task_type`` or ``importance``.
    scheme
        ``core``: 2 for Core and 1 for every other task, as in occ_level.csv of Eloundou et al. 2024 (a
        missing type counts like Supplemental: the task was never rated, not found unimportant).
        ``importance``: the O*NET importance, 1 to 5; tasks without it weigh nothing and are counted in a
        warning.

    Raises
    ------
    InputError
        If no task has an importance under that scheme, or the scheme is unknown.
    """
    if scheme == "core":
        return (tasks["task_type"] == "Core").fillna(value=False).map({True: 2.0, False: 1.0}).astype(float)
    if scheme != "importance":
        raise InputError(f"task weights {scheme!r} are not known: use 'core' or 'importance'")
    importance = tasks["importance"].astype("float64")
    if importance.isna().all():
        raise InputError("no task has an importance: use the weights 'core', or a task source with O*NET's Task Ratings")
    if importance.isna().any():
        missing = int(importance.isna().sum())
        warnings.warn(
            f"{missing} of {len(tasks)} tasks have no importance and weigh nothing in their occupation",
            CoverageWarning,
            stacklevel=2,
        )
    return importance.fillna(0.0)


def wage_quintiles(occupations: pd.DataFrame) -> pd.Series:
    """Return the fifth of employment, 1 lowest to 5 highest paid, in which the occupation's median annual wage lies.

    See :func:`wage_groups`.
    """
    return wage_groups(occupations, 5)


def wage_groups(occupations: pd.DataFrame, count: int) -> pd.Series:
    """Return the part of employment, 1 lowest to `count` highest paid, in which the occupation's median annual wage lies.

    Occupations are ordered by ``a_median`` and cut where their middle worker passes each of `count` equal
    parts of employment, so that an occupation is never split. Missing where BLS released no annual median or
    no employment.
    """
    paid = occupations[["a_median", "tot_emp"]].dropna()
    order = paid.sort_values("a_median", kind="stable")
    middle = order["tot_emp"].cumsum() - order["tot_emp"] / 2
    part = np.minimum(np.floor(count * middle / order["tot_emp"].sum()) + 1, float(count))
    return pd.Series(part, index=order.index).reindex(occupations.index)


def covered_share(matched: ArrayLike, totals: ArrayLike) -> NDArray[np.float64]:
    """Return which part of the employment of each group has an exposure, 0 where a group has no employment.

    It is never above 1: BLS rounds the total of a group and each of its cells to tens, so that cells may add
    up to a little more than their total, and parts of a split cell to a last digit more.

    Examples
    --------
    >>> covered_share([80.0, 22_550.0, 0.0], [100.0, 22_540.0, 0.0]).tolist()
    [0.8, 1.0, 0.0]
    """
    part, whole = (np.asarray(amounts, dtype=np.float64) for amounts in (matched, totals))
    share: NDArray[np.float64] = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
    return np.minimum(share, 1.0)
