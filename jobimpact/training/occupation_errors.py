"""Variance components of held-out residuals, and how often intervals of occupation means made of them cover.

A residual is human minus predicted beta, of a task whose occupation was not trained on. Its parts and their use are in
`jobimpact.exposure.heads.components`.
"""

from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.definitions import CUTS, above_cut, probability_above
from jobimpact.exposure.heads.components import VarianceComponents, label_variance, occupation_standard_errors, variance_sums
from jobimpact.exposure.splits import assign_folds
from jobimpact.training.heads import core_weights

_NEEDED = ("beta", "human", "task_type")
_FEWEST = 2  # occupations, and tasks in one of them: below there is no variance to part
_FIFTHS = 5


def fit_variance_components(predictions: pd.DataFrame, *, by: str = "onetsoc_code") -> VarianceComponents:
    """Estimate what the residuals of an occupation share, what each task has for itself, and raters' noise.

    Analysis of variance by moments, unbiased for unequal numbers of tasks: `own` from the squared
    deviations of residuals from the plain mean of their occupation, `shared` from the squared deviations of
    the weighted means of occupations, less what `own` alone would make of them (Henderson 1953,
    doi:10.2307/3001853, method 1, with unweighted means of occupations). Each is relative to the label
    variance, so that E[sum of squares] is linear in both. A negative estimate of `shared` is 0.

    `predictions` are held-out: `by`, ``beta`` predicted on 0-1, ``human`` label as beta, ``task_type``
    (Core weighs 2, as in occ_level.csv of Eloundou et al. 2024), and for the noise ``task``.
    """
    tasks = _checked(predictions, by)
    residual, code = tasks["human"] - tasks["beta"], tasks[by]
    variance = label_variance(tasks["beta"])
    size = code.map(code.value_counts())
    within = float(((residual - residual.groupby(code).transform("mean")) ** 2).sum())
    unshared = within / float((variance * (1 - 1 / size)).sum())
    share = tasks["task_weight"] / tasks.groupby(by)["task_weight"].transform("sum")
    means, sums = (share * residual).groupby(code).sum(), variance_sums(tasks, by)
    n = len(means)
    between = float(((means - means.mean()) ** 2).sum()) * n / (n - 1)
    shared = max((between - unshared * float(sums["squares"].sum())) / float(sums["mean"].sum()), 0.0)
    # the estimate of a part may pass the whole's
    noise = min(label_noise(tasks), unshared) if "task" in tasks else 0.0
    return VarianceComponents(shared, unshared, noise, float(means.mean()), len(tasks), n)


def label_noise(predictions: pd.DataFrame) -> float:
    """Estimate the variance of labels that raters gave to the same text, relative to the label variance.

    Texts that stand in several occupations were labelled in each. Their labels differ by the raters' noise
    and by what the occupation changes in the task, so as a measure of noise this is too large; but the same
    annotators may have seen both, so as a measure of how raters differ it is too small. Most such texts
    have the same label everywhere. 0 where fewer texts repeat than data/audit.toml asks for: then nothing
    is known of noise.
    """
    text = predictions["task"].str.casefold()
    repeated = predictions[text.duplicated(keep=False)]
    text = text[repeated.index]
    if text.nunique() < int(assumption("audit", "least_repeated_texts")):
        return 0.0
    size = text.map(text.value_counts())
    squares = (repeated["human"] - repeated.groupby(text)["human"].transform("mean")) ** 2
    return float(squares.sum() / (label_variance(repeated["beta"]) * (1 - 1 / size)).sum())


def measure_mean_coverage(
    predictions: pd.DataFrame,
    levels: Sequence[float] = (0.90, 0.95),
    *,
    by: str = "onetsoc_code",
    n_folds: int = 5,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure how often intervals of occupation means, at `levels`, hold the mean of the human labels.

    The components are fitted on all folds but one and used on the occupations of that one, so neither the
    model nor its components have seen them. One row per level, method (``shared`` with the shared part,
    ``independent`` without) and group (``all``, and fifths of occupations by predicted mean, ``1`` lowest):
    ``level method group n_occupations coverage mean_se``.
    """
    tasks = _checked(predictions, by).reset_index(drop=True)
    folds = assign_folds(tasks, n_folds=n_folds, seed=seed)
    parts = [_held_out_means(tasks[folds != i], tasks[folds == i], by) for i in range(n_folds)]
    means = pd.concat(parts)
    # Means that are equal must not leave the fifths unequal: hence ranks.
    fifth = pd.qcut(means["predicted"].rank(method="first"), min(_FIFTHS, len(means)), labels=False).add(1).astype(str)
    rows = []
    for level in levels:
        reach = NormalDist().inv_cdf(0.5 + level / 2)
        for method in ("shared", "independent"):
            covered = (means["error"].abs() <= reach * means[method]).astype("float64")
            table = pd.DataFrame({"group": fifth, "covered": covered, "se": means[method]})
            for group, part in [("all", table), *table.groupby("group")]:
                figures = {"coverage": float(part["covered"].mean()), "mean_se": float(part["se"].mean())}
                rows.append({"level": level, "method": method, "group": group, "n_occupations": len(part), **figures})
    return pd.DataFrame(rows)


def measure_shares(
    predictions: pd.DataFrame,
    cuts: Sequence[float] = tuple(CUTS.values()),
    *,
    by: str = "onetsoc_code",
    n_folds: int = 5,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure the share of occupations above each cut by human labels, expected from predictions, and by counting these.

    As in :func:`measure_mean_coverage`, neither the model nor its components have seen the occupations. One
    row per cut: ``cut n_occupations labels expected counted``.
    """
    tasks = _checked(predictions, by).reset_index(drop=True)
    folds = assign_folds(tasks, n_folds=n_folds, seed=seed)
    means = pd.concat([_held_out_means(tasks[folds != i], tasks[folds == i], by) for i in range(n_folds)])
    predicted, error = means["predicted"].to_numpy(), means["shared"].to_numpy()
    rows = [
        {
            "cut": cut,
            "n_occupations": len(means),
            "labels": float(above_cut(predicted + means["error"].to_numpy(), cut).mean()),
            "expected": float(probability_above(predicted, error, cut).mean()),
            "counted": float(above_cut(predicted, cut).mean()),
        }
        for cut in cuts
    ]
    return pd.DataFrame(rows)


def _held_out_means(train: pd.DataFrame, test: pd.DataFrame, by: str) -> pd.DataFrame:
    components = fit_variance_components(train, by=by)
    share = test["task_weight"] / test.groupby(by)["task_weight"].transform("sum")
    return pd.DataFrame(
        {
            "predicted": (share * test["beta"]).groupby(test[by]).sum(),
            "error": (share * (test["human"] - test["beta"])).groupby(test[by]).sum(),
            "shared": occupation_standard_errors(test, components, by=by),
            "independent": occupation_standard_errors(test, replace(components, shared=0.0), by=by),
        }
    )


def _checked(predictions: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the predictions with ``task_weight``; raise unless they can be used."""
    needed = [by, *_NEEDED]
    missing = [column for column in needed if column not in predictions]
    if missing:
        raise InputError(f"held-out predictions lack {', '.join(missing)}; expected {', '.join(needed)}")
    numbers = predictions[["beta", "human"]].to_numpy("float64")
    if not np.isfinite(numbers).all() or not predictions["beta"].between(0, 1).all() or predictions[by].isna().any():
        raise InputError("held-out predictions have a missing cell or a beta outside 0 to 1; expected whole rows: mend them")
    sizes = predictions[by].value_counts()
    most = int(sizes.max()) if len(sizes) else 0
    if len(sizes) < _FEWEST or most < _FEWEST:
        raise InputError(
            f"held-out predictions have {len(sizes)} occupations with at most {most} tasks; expected two occupations, one of "
            "them with two tasks: give more"
        )
    return predictions.assign(task_weight=core_weights(predictions))
