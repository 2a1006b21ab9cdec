"""How far scores carry over to occupations and texts of another classification, which nothing was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.tables import check_table

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALL = "all"
_FEWEST = 3  # two points always lie on a line


def compare_with_ilo(ilo_scores: pd.DataFrame, betas: pd.Series) -> pd.DataFrame:
    """Compare predicted exposure with the ILO's scores of the same ISCO-08 tasks.

    Parameters
    ----------
    ilo_scores
        Table ``ilo_scores``, n tasks; needs ``isco_code`` and ``score_2025``.
    betas
        n predicted betas, or another measure on 0-1 such as ``automation``, with the index of `ilo_scores`; tasks without a
        prediction or a score are left out.

    Returns
    -------
    pandas.DataFrame
        The table ``ilo_agreement``: a row for ``all`` tasks, then one for each one-digit major group. ``n_tasks``,
        ``n_groups`` (unit groups), ``task_r`` (Pearson correlation over tasks), ``group_r`` (over the unit groups' means),
        ``mean_beta`` and ``mean_ilo``. A correlation is missing below three pairs or where one side does not vary.

    Raises
    ------
    InputError
        If the index of `betas` is another one, or no task has both values.

    Examples
    --------
    >>> scores = pd.DataFrame({"isco_code": ["1111", "1111", "9112"], "score_2025": [0.2, 0.4, 0.1]})
    >>> compare_with_ilo(scores, pd.Series([0.3, 0.5, 0.2])).loc[0, ["n_tasks", "n_groups", "task_r"]].tolist()
    [3.0, 2.0, 1.0]
    """
    if not betas.index.equals(ilo_scores.index):
        raise InputError(
            f"found betas of {len(betas):,} tasks with another index than the {len(ilo_scores):,} of the ILO's scores; "
            "expected one beta for each: score the table's own texts"
        )
    pairs = pd.DataFrame(
        {"code": ilo_scores["isco_code"], "beta": betas.astype("float64"), "ilo": ilo_scores["score_2025"].astype("float64")}
    ).dropna()
    if pairs.empty:
        raise InputError(f"none of {len(betas):,} tasks has both a beta and a score of the ILO: score the table's own texts")
    majors = pairs.groupby(pairs["code"].str[0])
    rows = [_agreement(_ALL, pairs), *(_agreement(str(major), part) for major, part in majors)]
    return check_table("ilo_agreement", pd.DataFrame(rows))


def _agreement(major: str, pairs: pd.DataFrame) -> dict[str, object]:
    means = pairs.groupby("code")[["beta", "ilo"]].mean()
    return {
        "isco_major": major,
        "n_tasks": len(pairs),
        "n_groups": len(means),
        "task_r": _correlation(pairs["beta"], pairs["ilo"]),
        "group_r": _correlation(means["beta"], means["ilo"]),
        "mean_beta": float(pairs["beta"].mean()),
        "mean_ilo": float(pairs["ilo"].mean()),
    }


def _correlation(left: Iterable[float], right: Iterable[float]) -> float:
    one, other = np.asarray(left), np.asarray(right)
    # Equal numbers leave a rounding error of a variance: a spread of zero says it safely.
    if len(one) < _FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    # Rounding can carry a perfect line past 1.
    return float(np.clip(np.corrcoef(one, other)[0, 1], -1, 1).round(12))
