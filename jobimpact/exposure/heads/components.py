"""How far the mean exposure of an occupation may be from the truth, when tasks of an occupation share part of their error.

Errors of tasks in the same occupation are alike: the model misses what its tasks have in common. A standard error that takes
tasks for independent leaves that out and is too small. Fitting is in `jobimpact.training.occupation_errors`; here is
what aggregation needs, so that `estimates` takes the components as data.
"""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, ModelError
from jobimpact.files import written_whole

Estimand = Literal["labels", "agreed"]


@dataclass(frozen=True)
class VarianceComponents:
    """Variance of held-out residuals, human minus predicted beta, in parts.

    The residual of task i of occupation j is u_j + v_ij. Both are larger where a label is less certain, so
    each is stated relative to the variance beta (1 - beta) of a label that is 0 or 1
    (:func:`label_variance`): var(u_j) = `shared` times its weighted mean over the tasks of j, var(v_ij) =
    `own` times that of the task. `noise` is the part of `own` by which raters differ on the same text;
    `bias`, the mean residual of occupations in beta, is a record and in no standard error.
    """

    shared: float
    own: float
    noise: float
    bias: float
    n_tasks: int
    n_occupations: int

    def __post_init__(self) -> None:
        numbers = (self.shared, self.own, self.noise, self.bias)
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
            raise ModelError(f"variance components {numbers} are not all numbers: fit them on held-out predictions")
        if self.shared < 0 or not 0 <= self.noise <= self.own:
            raise ModelError(
                f"variance components shared {self.shared}, own {self.own}, noise {self.noise} cannot be; expected shared of 0 "
                "or more and noise from 0 to own: fit them on held-out predictions"
            )


def write_components(components: VarianceComponents, path: Path) -> None:
    """Write the components as JSON, whole or not at all."""
    with written_whole(path) as partial:
        partial.write_text(json.dumps(asdict(components), indent=2) + "\n", encoding="utf-8")


def read_components(path: Path) -> VarianceComponents:
    """Read components written by :func:`write_components`."""
    try:
        return VarianceComponents(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise ModelError(f"{path} cannot be read as variance components ({reason}): train the model again") from error


def label_variance(beta: pd.Series) -> pd.Series:
    """Return beta (1 - beta), the largest variance of a label with that mean, at least as large as data/audit.toml says."""
    return (beta * (1 - beta)).clip(lower=float(assumption("audit", "least_label_variance")))


def occupation_standard_errors(
    tasks: pd.DataFrame,
    components: VarianceComponents,
    *,
    by: str = "onetsoc_code",
    within: str | None = None,
    estimand: Estimand = "labels",
) -> pd.Series:
    """Return the standard error of every occupation's mean beta: index `by`, ``exposure_beta_se``.

    The error of the mean with task weights w is u + sum(w v) / sum(w), so that its variance is var(u) +
    sum(w^2 var(v)) / sum(w)^2: the first part does not shrink with the number of tasks (Searle, Casella and
    McCulloch 1992, Variance Components, ISBN 0-471-62162-5, chapter 3; prediction of a mean in a nested
    sample).

    Parameters
    ----------
    tasks
        Needs `by`, ``beta`` on 0-1 and ``task_weight``. Tasks with a missing beta or no weight do not
        count.
    components
        Fitted on held-out predictions of the same model and rater.
    by
        Column of the occupation's code; u is taken as common to all of its tasks.
    within
        Column of finer codes that were averaged with equal weight into `by`. What they share is not
        averaged away.
    estimand
        ``labels``: the mean of the labels that human raters gave, or would give in one round. ``agreed``:
        the mean of what raters would agree on after many rounds, which leaves `noise` out.

    Examples
    --------
    >>> tasks = pd.DataFrame({"onetsoc_code": ["a"] * 100, "beta": 0.5, "task_weight": 1.0})
    >>> parts = VarianceComponents(shared=0.04, own=1.0, noise=0.0, bias=0.0, n_tasks=100, n_occupations=1)
    >>> round(float(occupation_standard_errors(tasks, parts)["a"]), 4)  # 0.25 x (0.04 + 1 / 100), its root
    0.1118
    """
    if estimand not in ("labels", "agreed"):
        raise InputError(f"estimand {estimand!r} is not known: use 'labels' or 'agreed'")
    rows = tasks[tasks["beta"].notna() & (tasks["task_weight"] > 0)]
    outside = ~rows["beta"].between(0, 1)
    if outside.any():
        raise InputError(f"found beta {rows['beta'][outside].iloc[0]} ({int(outside.sum())} such tasks); expected 0 to 1")
    sums = variance_sums(rows, by, within)
    unshared = components.own - (components.noise if estimand == "agreed" else 0.0)
    variance = components.shared * sums["mean"] + unshared * sums["squares"]
    return (variance**0.5).rename("exposure_beta_se")


def variance_sums(scored: pd.DataFrame, by: str, within: str | None = None) -> pd.DataFrame:
    """Return what the components are multiplied by: index `by`, ``mean`` for what is shared and ``squares`` for what is not.

    With the share s of each task in the mean of its occupation and its label's variance q: sum(s q) and sum(s^2 q).
    """
    share, variance = task_shares(scored, by, within), label_variance(scored["beta"])
    return pd.DataFrame({"mean": share * variance, "squares": share**2 * variance}).groupby(scored[by]).sum()


def task_shares(scored: pd.DataFrame, by: str, within: str | None = None) -> pd.Series:
    """Return the share of each task in the mean of its occupation."""
    inner = [by] if within is None else [by, within]
    share: pd.Series = scored["task_weight"] / scored.groupby(inner)["task_weight"].transform("sum")
    # Finer codes weigh alike.
    return share if within is None else share / scored.groupby(by)[within].transform("nunique")
