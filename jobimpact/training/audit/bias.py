"""A correction of predicted beta by SOC major group, no larger than held-out residuals warrant."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - dataclass field
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.exposure.splits import assign_folds
from jobimpact.facts.codes import soc_major
from jobimpact.training.audit.audit import clustered_mean

_NEEDED = ("onetsoc_code", "soc_code", "task", "task_type", "beta", "human")


@dataclass(frozen=True)
class BiasCorrection:
    """What is taken off predicted beta in each SOC major group.

    Attributes
    ----------
    bias
        Expected predicted minus human beta by major group such as ``31-0000``.
    elsewhere
        The same in a group that was not seen: the mean over groups.
    between_sd
        Estimated standard deviation of the true biases of groups.
    """

    bias: Mapping[str, float]
    elsewhere: float
    between_sd: float

    def correct(self, beta: pd.Series, soc_codes: pd.Series) -> pd.Series:
        """Return `beta` less the bias of each task's major group, kept within 0 and 1; missing stays missing."""
        shift = soc_major(soc_codes).map(dict(self.bias)).fillna(self.elsewhere)
        return (beta - shift).clip(0, 1)


def fit_bias_correction(predictions: pd.DataFrame) -> BiasCorrection:
    """Estimate the bias of each SOC major group, shrunken to the mean by how well it is known.

    Parametric empirical Bayes (Morris 1983, doi:10.1080/01621459.1983.10477920): a group's mean residual with squared
    standard error s2 moves to the mean of all groups by the part s2 / (s2 + t2), where t2 is the variance of the true biases,
    estimated as the mean of squared distances from the mean less s2, and 0 where that is negative. Groups with one SOC code
    have no standard error and get the mean.

    Parameters
    ----------
    predictions
        Held-out: ``soc_code``, ``beta`` and ``human``.

    Raises
    ------
    InputError
        If fewer than two groups have two SOC codes.
    """
    residual = (predictions["beta"] - predictions["human"]).to_numpy("float64")
    codes = predictions["soc_code"].to_numpy()
    by_major = predictions.groupby(soc_major(predictions["soc_code"])).indices
    found = {str(major): clustered_mean(residual[rows], codes[rows]) for major, rows in by_major.items()}
    means = pd.DataFrame({"bias": {m: f.mean for m, f in found.items()}, "se": {m: f.error for m, f in found.items()}}).dropna()
    if len(means) < 2:  # noqa: PLR2004 - a variance needs two
        raise InputError(f"{len(means)} SOC major groups with two SOC codes; expected two or more to learn how groups differ")
    centre = float(means["bias"].mean())
    distance = (means["bias"] - centre) ** 2 * len(means) / (len(means) - 1)
    between = max(float((distance - means["se"] ** 2).mean()), 0.0)
    kept = between / (between + means["se"] ** 2) if between else means["se"] * 0.0
    bias = (centre + kept * (means["bias"] - centre)).to_dict()
    return BiasCorrection({str(major): float(value) for major, value in bias.items()}, centre, float(np.sqrt(between)))


def compare_correction(predictions: pd.DataFrame, *, n_folds: int = 5, seed: int = 0) -> pd.DataFrame:
    """Compare predictions with and without the correction, on SOC codes that it was not fitted on.

    Returns
    -------
    pandas.DataFrame
        Two rows, ``method`` ``as predicted`` and ``corrected``: ``task_mse occupation_mse task_r occupation_r`` against the
        human labels (occupations are O*NET-SOC codes, Core tasks weigh 2), and ``largest_bias``, the largest mean residual
        of a major group without its sign. Correct only where the errors are smaller.

    Raises
    ------
    InputError
        If a column is missing, or as `fit_bias_correction`.
    """
    missing = [column for column in _NEEDED if column not in predictions]
    if missing:
        raise InputError(f"held-out predictions lack {', '.join(missing)}; expected {', '.join(_NEEDED)}: add them")
    tasks = predictions.reset_index(drop=True)
    folds = assign_folds(tasks, n_folds=n_folds, seed=seed)
    corrected = tasks["beta"].astype("float64")
    for fold in range(n_folds):
        test = tasks[folds == fold]
        corrected[test.index] = fit_bias_correction(tasks[folds != fold]).correct(test["beta"], test["soc_code"])
    return pd.DataFrame([_errors("as predicted", tasks["beta"], tasks), _errors("corrected", corrected, tasks)])


def _errors(method: str, beta: pd.Series, tasks: pd.DataFrame) -> dict[str, str | float]:
    weight = pd.Series(np.where(tasks["task_type"] == "Core", 2.0, 1.0), index=tasks.index)
    share = weight / weight.groupby(tasks["onetsoc_code"]).transform("sum")
    predicted, human = ((share * values).groupby(tasks["onetsoc_code"]).sum() for values in (beta, tasks["human"]))
    by_major = (beta - tasks["human"]).groupby(soc_major(tasks["soc_code"])).mean()
    return {
        "method": method,
        "task_mse": float(((beta - tasks["human"]) ** 2).mean()),
        "occupation_mse": float(((predicted - human) ** 2).mean()),
        "task_r": float(np.corrcoef(beta, tasks["human"])[0, 1]),
        "occupation_r": float(np.corrcoef(predicted, human)[0, 1]),
        "largest_bias": float(by_major.abs().max()),
    }
