"""90 % intervals for the label that a human rater would give, valid within each SOC major group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jobimpact.exposure.heads.softmax import softmax

COVERAGE = 0.90
# Where a human label lies on beta's scale: E0 0, E1 1, E2 a half.
BETA_OF_LEVEL = np.array([0.0, 1.0, 0.5])
# No task is so clear that the interval for a rater's label shrinks to a point.
_LEAST_SPREAD = 0.05
# Shrinks the groups' quantiles towards their common one: a group of a hundred tasks has none of its own.
_SHRINKAGE = 1e-4
_GROUP_C = 0.02  # inverse regularisation of the classifier of major groups
_FEWEST_GROUPS = 3  # with fewer the groups' quantiles are the common one
_ROUNDING = 1e-9


class LabelEnds(NamedTuple):
    """Lowest and highest label (n,) of prediction sets, and whether no label was in the interval that they come from."""

    low: np.ndarray
    high: np.ndarray
    empty: np.ndarray


def label_ends(low: np.ndarray, high: np.ndarray, labels: np.ndarray = BETA_OF_LEVEL) -> LabelEnds:
    """Return the outermost `labels` (k,) between `low` and `high` (n,); where there is none, the labels on both sides.

    A narrow interval between two labels covers nothing, however sure it looks; both neighbours can only
    cover more. Missing ends stay missing.

    Examples
    --------
    >>> low, high, empty = label_ends(np.array([0.3, 0.7, 0.4]), np.array([1.0, 0.74, 0.6]))
    >>> low.tolist(), high.tolist(), empty.tolist()
    ([0.5, 0.5, 0.5], [1.0, 1.0, 0.5], [False, True, False])
    """
    values = np.sort(labels)
    # The first label from `low` on and the last one up to `high` change places where no label lies between them.
    first = np.searchsorted(values, np.minimum(low, values[-1]) - _ROUNDING)
    last = np.searchsorted(values, np.maximum(high, values[0]) + _ROUNDING, side="right") - 1
    missing = np.isnan(low) | np.isnan(high)
    lower, upper = (values[np.clip(side(first, last), 0, len(values) - 1)] for side in (np.minimum, np.maximum))
    return LabelEnds(np.where(missing, np.nan, lower), np.where(missing, np.nan, upper), (first > last) & ~missing)


@dataclass(frozen=True)
class LabelIntervals:
    """Split conformal intervals whose width depends on the task and on the major group that its text points to.

    The conformity score is |y - beta| / sd(p), with sd(p) the standard deviation of the label's value under
    the predicted probabilities (Lei et al. 2018, doi:10.1080/01621459.2017.1307116, section 5.2). Its 90 %
    quantile is a linear function of the probabilities that a text belongs to each SOC major group, base +
    membership @ quantiles, fitted by quantile regression, which makes coverage hold within groups and not
    only on average (Gibbs, Cherian, Candes 2025, doi:10.1093/jrsssb/qkaf008). Where few tasks are held out,
    the function comes from a rehearsal by a simpler model on many, and they set its scale. A user's text
    needs no code: the same text has the same interval. The ends are labels (:func:`label_ends`).

    `weights` (d, g) and `bias` (g,) are the multinomial logistic regression of the g major groups on the
    vector times sqrt(d).
    """

    groups: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    quantiles: np.ndarray
    base: float

    @classmethod
    def common(cls, quantile: float) -> "LabelIntervals":
        """Return intervals with the same `quantile` of the score for all texts, whatever their group."""
        return cls((), np.empty((0, 0)), np.empty(0), np.empty(0), quantile)

    def memberships(self, vectors: np.ndarray) -> np.ndarray:
        """Return the (n, g) probabilities that texts with `vectors` (n, d) come from each major group."""
        if not self.groups:
            return np.zeros((len(vectors), 0))
        return softmax(vectors.astype("f8") @ self.weights * np.sqrt(vectors.shape[1]) + self.bias)

    def ends(self, probabilities: np.ndarray, vectors: np.ndarray, labels: np.ndarray = BETA_OF_LEVEL) -> LabelEnds:
        """Return the ends (n,) of the intervals for tasks with label `probabilities` (n, 3) and `vectors` (n, d).

        `labels` are the values that a label can take.
        """
        return self._ends(probabilities, self.memberships(vectors), labels)

    def _ends(self, probabilities: np.ndarray, memberships: np.ndarray, labels: np.ndarray = BETA_OF_LEVEL) -> LabelEnds:
        beta = probabilities @ BETA_OF_LEVEL
        margin = (self.base + memberships @ self.quantiles) * label_spread(probabilities)
        return label_ends(beta - margin, beta + margin, labels)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays to save."""
        return {
            "interval_groups": np.array(self.groups, dtype="U7"),
            "interval_weights": self.weights.astype("f2"),
            "interval_bias": self.bias.astype("f4"),
            "interval_quantiles": self.quantiles.astype("f8"),
            "interval_base": np.array(self.base),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "LabelIntervals":
        """Return the intervals of :meth:`arrays`."""
        return cls(
            tuple(map(str, arrays["interval_groups"])),
            arrays["interval_weights"].astype("f8"),
            arrays["interval_bias"].astype("f8"),
            arrays["interval_quantiles"],
            float(arrays["interval_base"]),
        )


def fit_intervals(
    probabilities: np.ndarray,
    vectors: np.ndarray,
    beta: np.ndarray,
    groups: np.ndarray,
    folds: np.ndarray,
    *,
    rehearsal: np.ndarray | None = None,
    occupations: np.ndarray | None = None,
    coverage: float = COVERAGE,
) -> tuple[LabelIntervals, tuple[np.ndarray, np.ndarray]]:
    """Calibrate intervals on n held-out tasks; also return the ends of each by intervals without its fold.

    With a `rehearsal`, how quantiles differ between major groups is learnt on its tasks, and the
    predictions for the other tasks, of the model that the intervals are for, set the scale: the quantile of
    score / rehearsed quantile. Its finite-sample correction counts occupations, not tasks, because labels
    of one occupation err alike (Lee, Barber, Willett 2023, arXiv:2306.06342).

    Parameters
    ----------
    probabilities
        (n, 3) probabilities of the human label, each predicted by a model that did not see the task's
        occupation.
    vectors
        (n, d) vectors of the texts by the encoder that will be shipped.
    beta, groups, folds
        (n,) human labels as 0, 0.5, 1; SOC major groups; fold of each task's occupation: no task's
        membership or interval rests on its own fold.
    rehearsal
        (n,) true where the probabilities are those of a simpler model, cross-fitted.
    occupations
        (n,) occupation of each task; only with a rehearsal. Default: every task its own.
    """
    names = tuple(np.unique(groups))
    if len(names) < _FEWEST_GROUPS:
        common = common_intervals(probabilities, beta, coverage=coverage)
        return common, common.ends(probabilities, vectors)[:2]
    memberships = _held_out_memberships(vectors, groups, folds)
    score = np.abs(beta - probabilities @ BETA_OF_LEVEL) / label_spread(probabilities)
    rehearsed = np.zeros(len(beta), dtype=bool) if rehearsal is None else rehearsal
    clusters = np.arange(len(beta)) if occupations is None else occupations

    def quantiles(part: np.ndarray) -> tuple[np.ndarray, float]:
        if rehearsal is None:
            return _group_quantiles(memberships[part], score[part], coverage)
        measured = part & ~rehearsed
        quantiles, base = shape
        level = min(coverage * (1 + 1 / len(np.unique(clusters[measured]))), 1.0)
        factor = float(np.quantile(score[measured] / (base + memberships[measured] @ quantiles), level, method="higher"))
        return quantiles * factor, base * factor

    shape = _group_quantiles(memberships[rehearsed], score[rehearsed], coverage) if rehearsed.any() else (np.empty(0), 0.0)
    low, high = np.zeros(len(beta)), np.zeros(len(beta))
    for fold in np.unique(folds):
        out = folds == fold
        part = LabelIntervals(names, np.empty(0), np.empty(0), *quantiles(~out))
        low[out], high[out], _ = part._ends(probabilities[out], memberships[out])  # noqa: SLF001 - the same class
    everything = np.ones(len(beta), dtype=bool)
    return LabelIntervals(names, *_classify(vectors, groups, np.array(names)), *quantiles(everything)), (low, high)


def common_intervals(probabilities: np.ndarray, beta: np.ndarray, *, coverage: float = COVERAGE) -> LabelIntervals:
    """Calibrate intervals with one quantile for all groups (finite-sample corrected); see :func:`fit_intervals`."""
    scores = np.abs(beta - probabilities @ BETA_OF_LEVEL) / label_spread(probabilities)
    rank = min(int(np.ceil((len(scores) + 1) * coverage)), len(scores))
    return LabelIntervals.common(float(np.sort(scores)[rank - 1]))


def label_spread(probabilities: np.ndarray) -> np.ndarray:
    """Return the standard deviation of beta's label values under `probabilities` (n, 3), at least _LEAST_SPREAD."""
    mean = probabilities @ BETA_OF_LEVEL
    variance = probabilities @ BETA_OF_LEVEL**2 - mean**2
    return np.asarray(np.sqrt(np.maximum(variance, _LEAST_SPREAD**2)))


def _group_quantiles(memberships: np.ndarray, score: np.ndarray, coverage: float) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import QuantileRegressor

    fitted = QuantileRegressor(quantile=coverage, alpha=_SHRINKAGE, solver="highs-ipm").fit(memberships, score)
    return np.asarray(fitted.coef_), float(fitted.intercept_)


def _held_out_memberships(vectors: np.ndarray, groups: np.ndarray, folds: np.ndarray) -> np.ndarray:
    names = np.unique(groups)
    memberships = np.zeros((len(groups), len(names)))
    for fold in np.unique(folds):
        rest, out = folds != fold, folds == fold
        weights, bias = _classify(vectors[rest], groups[rest], names)
        part = LabelIntervals(tuple(names), weights, bias, np.empty(0), 0.0)
        memberships[out] = part.memberships(vectors[out])
    return memberships


def _classify(vectors: np.ndarray, groups: np.ndarray, names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (d, g) and bias (g,) of the regression of the group; a group that is not there gets no chance."""
    from sklearn.linear_model import LogisticRegression

    inputs = vectors.astype("f8") * np.sqrt(vectors.shape[1])
    fitted = LogisticRegression(C=_GROUP_C, max_iter=300).fit(inputs, groups)
    weights, bias = np.zeros((vectors.shape[1], len(names))), np.full(len(names), -np.inf)
    columns = np.searchsorted(names, fitted.classes_)
    weights[:, columns], bias[columns] = fitted.coef_.T, fitted.intercept_
    return weights, bias
