"""Means and gaps that are valid for human judgement, from predictions for all tasks and a person's labels of a few.

Prediction-powered inference: the mean of all predictions, corrected by what labels and predictions differ on
the labelled tasks (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023, Science 382, 669-674,
doi:10.1126/science.adi6000), with the predictions used as far as they help (PPI++: Angelopoulos, Duchi and
Zrnic 2023, arXiv:2311.01453). However biased the predictions are, the interval covers the mean of the labels;
good predictions make it narrower.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.debias.label_sample import Labelled, check_labels, task_shares
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.estimates.variance.shares import DIFFERENCE, make_shares
from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jobimpact.estimates.means.populations import Population

    Pairs = Mapping[str, Sequence[tuple[str, str]]]

_COLUMNS = (
    "n_labels", "n_effective", "plug_in", "plug_in_low", "plug_in_high", "labels_only", "labels_only_se", "tuning",
    "point_estimate", "estimate_se", "estimate_low", "estimate_high",
)  # fmt: skip


@dataclass(frozen=True)
class DebiasedMean:
    """An estimate from labels and predictions, beside those of either alone.

    Attributes
    ----------
    n_labels, n_effective
        Labels behind it, and how many of equal weight would be worth as much.
    plug_in, plug_in_low, plug_in_high
        From predictions taken for labels; its interval is not valid for human judgement.
    labels_only, labels_only_se
        From the labels alone.
    tuning
        Lambda: 0 labels alone, 1 predictions in full.
    estimate, se, low, high
        Prediction-powered; the interval need not lie evenly about the estimate where labels are nearly all
        alike.
    """

    n_labels: int
    n_effective: float
    plug_in: float
    plug_in_low: float
    plug_in_high: float
    labels_only: float
    labels_only_se: float
    tuning: float
    estimate: float
    se: float
    low: float
    high: float


def debias_mean(
    sample: Labelled, weights: NDArray[np.float64], less: NDArray[np.float64] | None = None, *, level: float | None = None
) -> DebiasedMean:
    """Return the prediction-powered mean of labels by `weights` (N,), or its gap to that by `less` (N,).

    Weighted means are ratios of sums over drawn tasks, each divided by its probability. The standard error of
    ppi-python is that of a plain mean, so it is given the jackknife's pseudo-values of the ratio, whose plain
    mean is the weighted one and whose variance knows what single heavy tasks do (Miller 1974,
    doi:10.1093/biomet/61.1.1), centred in each stratum. The mean of the predictions is over all tasks of the
    study and so known, not sampled: with N without bound in example 6.1 of PPI++, lambda = cov(y, f) /
    var(f). Student's t stands for the normal quantile, with (sum w^2)^2 / sum w^4 - 1 degrees of freedom
    (Satterthwaite 1946, doi:10.2307/3002019): n - 1 with equal weights, few where few tasks are most of the
    mean. What is estimated is the mean over the tasks of the study: the part of them that is labelled has no
    error.

    Estimates are missing where fewer labels than ``least_effective_labels`` of data/debiased.toml are behind
    them. Where fewer than ``least_other_labels`` differ from the commonest, the interval reaches further, in
    quadrature, as :func:`reach_beyond` says: of labels that are all the same it would have no width.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.choice([0.0, 0.5, 1.0], 2000)
    >>> rows = rng.choice(2000, 200, replace=False)
    >>> strata = np.full(200, "all", dtype=object)
    >>> sample = Labelled(truth[rows], np.clip(truth + 0.2, 0, 1), rows, np.full(200, 0.1), strata)
    >>> mean = debias_mean(sample, np.ones(2000))
    >>> bool(mean.low < truth.mean() < mean.high), bool(mean.plug_in_low > truth.mean())
    (True, True)
    """
    from scipy.stats import t as student

    level = float(assumption("debiased", "level")) if level is None else level
    sides = [weights] if less is None else [weights, less]
    n, n_all = len(sample.rows), len(sample.predictions)
    all_f = _pseudo_values(sample.predictions, sides, np.ones(n_all), np.arange(n_all))
    labelled_f = _pseudo_values(sample.predictions[sample.rows], sides, sample.probability, sample.rows)
    labelled_y = _pseudo_values(sample.labels, sides, sample.probability, sample.rows)
    shares = [_shares(side[sample.rows] / sample.probability) for side in sides]
    effective = min(effective_labels(share) for share in shares)
    n_labels = int(np.any([side[sample.rows] > 0 for side in sides], axis=0).sum())
    plug_in, spread = float(all_f.mean()), float(all_f.std() / np.sqrt(n_all))
    reach = NormalDist().inv_cdf((1 + level) / 2)
    plug_ins = (plug_in, plug_in - reach * spread, plug_in + reach * spread)
    if effective < float(assumption("debiased", "least_effective_labels")):
        return DebiasedMean(n_labels, effective, *plug_ins, *[float("nan")] * 7)
    y, f = (_centred(values, sample.strata, sample.probability) for values in (labelled_y, labelled_f))
    tuning = _tuning(y, f)
    freedom = effective_labels((shares[0] if less is None else shares[0] - shares[1]) ** 2) - 1
    quantile = float(student.ppf((1 + level) / 2, max(freedom, 1.0)))
    # The predictions' mean over all tasks is known; given to ppi-python as a constant it adds no variance.
    estimate, se = _prediction_powered(y, f, np.full(n_all, plug_in), tuning, level)
    below, above = (np.hypot(quantile * se, reach) for reach in reach_beyond(sample.labels, shares, sample.probability, level))
    return DebiasedMean(
        n_labels, effective, *plug_ins, float(y.mean()), float(y.std() / np.sqrt(n)), tuning,
        estimate, se, float(estimate - below), float(estimate + above),
    )  # fmt: skip


def _prediction_powered(
    y: NDArray[np.float64], f: NDArray[np.float64], all_f: NDArray[np.float64], tuning: float, level: float
) -> tuple[float, float]:
    """Return the estimate and its standard error, of ppi-python."""
    from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

    estimate = ppi_mean_pointestimate(y, f, all_f, lam=tuning)
    low, high = ppi_mean_ci(y, f, all_f, alpha=1 - level, lam=tuning)
    se = (np.ravel(high)[0] - np.ravel(low)[0]) / 2 / NormalDist().inv_cdf((1 + level) / 2)
    return float(np.ravel(estimate)[0]), float(se)


def _pseudo_values(
    values: NDArray[np.float64], sides: Sequence[NDArray[np.float64]], probability: NDArray[np.float64], rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return values whose plain mean is the weighted mean (or gap), and whose plain variance is n times its variance.

    Value i is the mean plus n - 1 times what leaving i out would take off it; with equal weights, the value
    itself.
    """
    parts = []
    for side in sides:
        weight = side[rows] / probability
        others = weight.sum() - weight
        if not (others > 0).all():
            return np.full(len(values), np.nan)
        mean = (weight @ values) / weight.sum()
        change = (len(values) - 1) * weight * (values - mean) / others
        parts.append(mean + change - change.mean())
    pseudo: NDArray[np.float64] = parts[0] if len(parts) == 1 else parts[0] - parts[1]
    return pseudo


def _centred(values: NDArray[np.float64], strata: NDArray[np.object_], probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of the same mean whose variance, with divisor n, is n times that of the mean over draws of the sample.

    Within each stratum n/(n - 1) sum of (1 - probability) (value - centre)^2, the centre weighted alike
    (Hajek 1964, doi:10.1214/aoms/1177700375): a task that is drawn for certain adds nothing, and a list
    labelled in full has no error.
    """
    number = np.unique(strata.astype(str), return_inverse=True)[1]
    counts, rest = np.bincount(number), np.maximum(1 - probability, 0.0)
    # A stratum with one label says nothing of its own spread; it is then taken from the mean of all.
    single = (counts == 1)[number]
    sums = np.bincount(number, rest)
    means = np.divide(np.bincount(number, rest * values), sums, out=np.full(len(sums), values.mean()), where=sums > 0)
    centre = np.where(single, values.mean(), means[number])
    factor = np.where(single, 1.0, counts[number] / np.maximum(counts[number] - 1, 1))
    deviations = (values - centre) * np.sqrt(rest * factor)
    centred: NDArray[np.float64] = values.mean() + deviations - deviations.mean()
    return centred


def _tuning(y: NDArray[np.float64], f: NDArray[np.float64]) -> float:
    """Return lambda of PPI++, between 0 and 1: how far a difference in predictions goes with one in labels."""
    spread = float(f.var())
    return float(np.clip(((y - y.mean()) * (f - f.mean())).mean() / spread, 0, 1)) if spread > 0 else 0.0


def _shares(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    total = weight.sum()
    return weight / total if total > 0 else weight


def effective_labels(weight: NDArray[np.float64]) -> float:
    """Return how many labels of equal weight are worth as much as labels of `weight`: (sum w)^2 / sum w^2 (Kish 1965)."""
    squares = float((weight**2).sum())
    return float(weight.sum() ** 2 / squares) if squares > 0 else 0.0


def reach_beyond(
    labels: NDArray[np.float64], shares: Sequence[NDArray[np.float64]], probability: NDArray[np.float64], level: float
) -> tuple[float, float]:
    """Return how far below and above the labels' mean, or gap, the truth may be where few labels differ.

    With n effective labels, k of them apart from the commonest v, the share apart is at most p, the upper
    bound of Clopper and Pearson with those counts (Korn and Graubard 1998, Survey Methodology 24(2),
    193-201). As labels are on 0-1, the mean is then between v (1 - p) and v + (1 - v) p, whatever the labels
    apart are. Of a gap, reaches of both means add in quadrature. Both are 0 where ``least_other_labels`` of
    data/debiased.toml differ from the commonest, and where all was labelled. `shares` are (n,) parts of each
    label in the mean, and for a gap in the mean that is taken off.

    Examples
    --------
    >>> thirty = [np.full(30, 1 / 30)]
    >>> below, above = reach_beyond(np.zeros(30), thirty, np.zeros(30), 0.95)
    >>> below, round(above, 3)  # 1 - .025^(1/30)
    (0.0, 0.116)
    """
    reaches = [_reach(labels, share, probability, level) for share in shares]
    if len(reaches) == 1:
        return reaches[0]
    (below, above), (less_below, less_above) = reaches
    return float(np.hypot(below, less_above)), float(np.hypot(above, less_below))


def _reach(
    labels: NDArray[np.float64], share: NDArray[np.float64], probability: NDArray[np.float64], level: float
) -> tuple[float, float]:
    from scipy.stats import beta

    values, number = np.unique(labels, return_inverse=True)
    parts, n = np.bincount(number, share), effective_labels(share)
    common = float(values[parts.argmax()])
    others = n * (1 - float(parts.max()))
    if others >= float(assumption("debiased", "least_other_labels")) or not n > 0:
        return 0.0, 0.0
    most = float(beta.ppf((1 + level) / 2, others + 1, n - others))
    mean = float(share @ labels)
    # Of a list that was labelled in part only the rest is in doubt. As a sum of what is left of each label, not as 1 less the
    # labelled part: it is 0 exactly, whatever the rounding, where all was labelled.
    rest = float(np.sqrt(share @ np.maximum(1 - probability, 0.0)))
    return rest * max(mean - common * (1 - most), 0.0), rest * max(common + (1 - common) * most - mean, 0.0)


def debias_estimates(
    tasks: pd.DataFrame,
    labels: pd.DataFrame,
    oews_codes: pd.Series,
    populations: Sequence[Population],
    *,
    measure: str = "beta",
    gaps: Pairs | None = None,
    titles: Mapping[tuple[str, str], str] | None = None,
    level: float | None = None,
) -> pd.DataFrame:
    """Return the table ``debiased``: mean exposure of every group by employment and task weight.

    The plain mean of all tasks comes first, then a row for each group of `populations` and each of `gaps`, by
    table name pairs of row keys (A, B) whose difference A less B is wanted. Groups with too few labels have a
    missing estimate and are not left out. `titles` names rows by table name and row key. Labelled tasks that
    the study has no score of do not count, and a warning says how many.
    """
    if measure not in LABEL_EXPOSURE:
        raise InputError(f"measure {measure!r} has no labels; expected one of {', '.join(LABEL_EXPOSURE)}")
    has_score = tasks[measure].notna().to_numpy() & (tasks["task_weight"] > 0).to_numpy()
    sheet = check_labels(labels, tasks)
    usable = sheet[has_score[sheet["row"]]]
    if len(usable) < len(sheet):
        warnings.warn(
            f"{len(sheet) - len(usable)} of {len(sheet)} labelled tasks have no score or no weight in the study and do not count",
            CoverageWarning,
            stacklevel=2,
        )
    if usable.empty:
        raise InputError(f"none of {len(sheet)} labelled tasks has a prediction in the study; expected tasks that were scored")
    # Rows of scored tasks are renumbered: weights and predictions are of these alone.
    number = np.cumsum(has_score) - 1
    sample = Labelled(
        np.asarray(usable["label"].map(dict(LABEL_EXPOSURE[measure])), dtype=np.float64),
        tasks.loc[has_score, measure].to_numpy(dtype=np.float64),
        number[usable["row"].to_numpy()],
        usable["inclusion_probability"].to_numpy(dtype=np.float64),
        usable["stratum"].to_numpy(dtype=object),
    )
    rows: list[dict[str, object]] = []
    for table_name, key, weights, less in group_weights(tasks[has_score], oews_codes[has_score], populations, gaps or {}):
        estimate = debias_mean(sample, weights, less, level=level)
        values = dict(zip(_COLUMNS, vars(estimate).values(), strict=True))
        column = measure if table_name == "tasks" else MEASURES[measure]
        title = (titles or {}).get((table_name, key), key)
        rows.append({"table_name": table_name, "row_key": key, "row_title": title, "column_name": column, **values})
    return pd.DataFrame(rows)[table_columns("debiased")]


def group_weights(
    tasks: pd.DataFrame,
    oews_codes: pd.Series,
    populations: Sequence[Population],
    gaps: Mapping[str, Sequence[tuple[str, str]]],
) -> Iterator[tuple[str, str, NDArray[np.float64], NDArray[np.float64] | None]]:
    """Yield table name, row key and what each task counts for: the employment share of its occupation times its share in it.

    The plain mean of all tasks comes first (``tasks``, ``*``), gaps of a population after its groups, with
    the weights of the group that is taken off as the fourth. A task without a code counts in no group.
    """
    yield "tasks", "*", np.ones(len(tasks)), None
    share = np.nan_to_num(task_shares(tasks, oews_codes).to_numpy(dtype=np.float64))
    codes = pd.Index(sorted(set(oews_codes.dropna())))
    position = codes.get_indexer(pd.Index(oews_codes))
    share = np.where(position >= 0, share, 0.0)
    for population in populations:
        shares = make_shares(population, codes, np.zeros(len(codes)))
        by_group = [np.nan_to_num(row[position]) * share for row in shares.shares["employment"]]
        for key, weights in zip(shares.keys, by_group, strict=True):
            yield population.table_name, key, weights, None
        pairs = gaps.get(population.table_name, ())
        sides = (shares.positions([pair[side] for pair in pairs]) for side in (0, 1))
        for pair, a, b in zip(pairs, *sides, strict=True):
            yield population.table_name, DIFFERENCE.join(pair), by_group[a], by_group[b]
