"""One label out of many raters', weighted by what their reliability and their shared errors are worth.

Behind the labels is a tree: the hub is a hidden label. Raters in no family see it through a confusion matrix each; the raters of
a family see a hidden label of the family, which sees the hub. Without families this is Dawid and Skene 1979, doi:10.2307/2346806;
with them it is a latent class tree (Zhang 2004, "Hierarchical latent class models for cluster analysis", JMLR 5, 697-723).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.exposure.params import Params

_MAX_ITERATIONS = 5000
_TOLERANCE = 1e-8
CONSENSUS_LEVELS = ("E0", "E1", "E2")
CONSENSUS_COLUMNS = ("p_e0", "p_e1", "p_e2")
_FEWEST_RATERS = 2


@dataclass(frozen=True)
class Tree:
    """Fitted probabilities of a latent tree with L levels.

    Attributes
    ----------
    family
        Where each rater hangs: the number of its family, or -1 for the hub.
    base_rates
        (L,) probabilities of the hub.
    branches
        (families, L, L) probabilities of a family's label (columns) given the hub (rows).
    emissions
        (raters, L, L) probabilities of a rater's label (columns) given what it hangs from (rows).
    log_likelihood, n_iterations
        Of the data, natural logarithm, and the steps of EM taken.
    """

    family: tuple[int, ...]
    base_rates: np.ndarray
    branches: np.ndarray
    emissions: np.ndarray
    log_likelihood: float = np.nan
    n_iterations: int = 0

    def hub(self, levels: np.ndarray) -> np.ndarray:
        """Return the (n, L) posterior of the hub given `levels` (n, raters), -1 where a rater gave none."""
        return _expect(self, one_hot(levels, len(self.base_rates))).hub

    def predict_rater(self, levels: np.ndarray, rater: int) -> np.ndarray:
        """Return the (n, L) distribution of one rater's label given the labels of the others."""
        others = levels.copy()
        others[:, rater] = -1
        posterior = _expect(self, one_hot(others, len(self.base_rates)))
        family = self.family[rater]
        seen = posterior.hub if family < 0 else posterior.edges[family].sum(axis=1)
        return np.asarray(seen @ self.emissions[rater])

    def given_hub(self, rater: int) -> np.ndarray:
        """Return the (L, L) confusion matrix of a rater against the hub."""
        family = self.family[rater]
        return self.emissions[rater] if family < 0 else np.asarray(self.branches[family] @ self.emissions[rater])


@dataclass(frozen=True)
class _Expectation:
    hub: np.ndarray
    edges: np.ndarray
    log_likelihood: np.ndarray


def one_hot(levels: np.ndarray, n_levels: int) -> np.ndarray:
    """Return (raters, n, L) indicators of `levels` (n, raters); a missing label, -1, is a row of zeros."""
    return np.asarray((levels.T[:, :, None] == np.arange(n_levels)).astype(float))


def prior_confusion(n_levels: int, accuracy: float) -> np.ndarray:
    """Return the (L, L) confusion matrix with `accuracy` on the diagonal and the rest shared evenly."""
    off = (1 - accuracy) / (n_levels - 1)
    return np.asarray(np.full((n_levels, n_levels), off) + (accuracy - off) * np.eye(n_levels))


def fit_tree(
    levels: np.ndarray,
    family: tuple[int, ...],
    *,
    n_levels: int,
    pseudo: float,
    accuracy: float,
    base_rates: np.ndarray | None = None,
) -> Tree:
    """Fit a latent tree by EM with Dirichlet priors.

    `levels` (n, raters) are numbers of labels, -1 where a rater gave none. `pseudo` is the number of prior
    labels per row of each confusion matrix, `accuracy` the share of them that is right. The (L,)
    `base_rates` of the hub are kept where they are given, else estimated.
    """
    patterns, inverse = np.unique(levels, axis=0, return_inverse=True)
    counts = np.bincount(inverse.ravel(), minlength=len(patterns))
    indicators = one_hot(patterns, n_levels)
    prior = prior_confusion(n_levels, accuracy)
    # EM starts at the prior, so that the answer is always the same.
    tree = Tree(
        family,
        np.full(n_levels, 1 / n_levels) if base_rates is None else base_rates,
        np.tile(prior, (max(family) + 1, 1, 1)),
        np.tile(prior, (len(family), 1, 1)),
    )
    last, steps = -np.inf, 0
    while steps < _MAX_ITERATIONS:
        posterior = _expect(tree, indicators)
        reached = float(counts @ posterior.log_likelihood)
        if abs(reached - last) < _TOLERANCE * abs(reached):
            break
        last, steps = reached, steps + 1
        tree = _maximise(tree, posterior, indicators, counts, pseudo * prior, keep_rates=base_rates is not None)
    return Tree(family, tree.base_rates, tree.branches, tree.emissions, reached, steps)


def _expect(tree: Tree, shown: np.ndarray) -> _Expectation:
    """Return posteriors of the hub (n, L) and of each edge hub-family (families, n, L, L): upward, then downward."""
    logs = np.log(tree.emissions)
    at_hub = np.tile(np.log(tree.base_rates), (shown.shape[1], 1))
    at_family = np.zeros((len(tree.branches), *at_hub.shape))
    for rater, family in enumerate(tree.family):
        target = at_hub if family < 0 else at_family[family]
        target += shown[rater] @ logs[rater].T
    # likelihoods of many raters underflow: the largest is taken out
    peaks = at_family.max(axis=2, keepdims=True)
    below = np.exp(at_family - peaks)
    messages = np.einsum("fhz,fnz->fnh", tree.branches, below)
    at_hub += np.log(messages).sum(axis=0)
    peak = at_hub.max(axis=1, keepdims=True)
    hub = np.exp(at_hub - peak)
    total = hub.sum(axis=1, keepdims=True)
    hub = hub / total
    edges = (hub / messages)[..., None] * tree.branches[:, None] * below[:, :, None, :]
    return _Expectation(hub, edges, (np.log(total) + peak)[:, 0] + peaks.sum(axis=0)[:, 0])


def _maximise(
    tree: Tree, found: _Expectation, shown: np.ndarray, counts: np.ndarray, prior: np.ndarray, *, keep_rates: bool
) -> Tree:
    rates = tree.base_rates if keep_rates else _normalised(counts @ found.hub + 1 / len(tree.base_rates))
    branches = _normalised(np.einsum("n,fnhz->fhz", counts, found.edges) + prior)
    emissions = np.empty_like(tree.emissions)
    for rater, family in enumerate(tree.family):
        seen = found.hub if family < 0 else found.edges[family].sum(axis=1)
        emissions[rater] = _normalised((counts[:, None] * seen).T @ shown[rater] + prior)
    return Tree(tree.family, rates, branches, emissions)


def _normalised(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / rows.sum(axis=-1, keepdims=True))


@dataclass(kw_only=True, eq=False)
class Consensus(Params):
    """Pools the labels of several raters into probabilities of the label that they all see imperfectly.

    Dawid and Skene 1979 (doi:10.2307/2346806) take raters for independent once the true label is known.
    Language models of one family are not: they share errors, and four of them are not four opinions. Here
    the raters of a family see a label of their family, the families see what all of them share, and the
    anchor, a rater of another kind, sees the truth from the other side. Where the truth lies between what
    the families share and the anchor cannot be learnt from labels; it is the assumption `position`: with M the
    probabilities of the anchor's label given the shared one, the truth is M^position of the shared label, and
    the anchor's label is M^(1 - position) of the truth (fractional powers of a Markov matrix, so that one half
    is halfway).

    Parameters
    ----------
    raters
        Columns to pool; by default the anchor and all members of `families`. Those that are not in the
        table, or are empty there, are left out.
    families
        Raters that share errors, by name of the family; by default the assumption ``families``. With ``{}``
        and ``anchor=None`` this is the model of Dawid and Skene.
    anchor
        Rater of another kind, whose base rates are kept. None: the truth is what the others share.
    position
        From 0 (what the families share) to 1 (the anchor's label); by default the assumption
        ``place_of_truth``.

    Attributes
    ----------
    raters_
        The raters pooled, the anchor first.
    base_rates_, confusion_
        (3,) probabilities of E0, E1 and E2; for each rater the (3, 3) probabilities of its label (columns)
        given the true one (rows).

    Examples
    --------
    >>> labels = pd.DataFrame({"human": ["E0", "E1", "E2"] * 9, "gpt4": ["E0", "E2", "E2"] * 9})
    >>> Consensus().fit(labels).predict_proba(labels)["p_e0"].round()[:3].tolist()
    [1.0, 0.0, 0.0]
    """

    raters: Sequence[str] | None = None
    families: Mapping[str, Sequence[str]] | None = None
    anchor: str | None = "human"
    position: float | None = None

    def fit(self, labels: pd.DataFrame) -> Self:
        """Learn from `labels`: a column of E0, E1, E2 per rater, missing where it gave none."""
        families = assumption("pooling", "families") if self.families is None else self.families
        position = float(assumption("pooling", "place_of_truth") if self.position is None else self.position)
        if not 0 <= position <= 1:
            raise InputError(f"found {position} as the place of the truth; expected a number from 0 (shared) to 1 (anchor)")
        self.raters_ = self._find_raters(labels, families)
        levels = rater_levels(labels, self.raters_)
        anchored = self.raters_[0] == self.anchor
        rates = _level_rates(levels[:, 0]) if anchored else None
        self.tree_ = fit_tree(
            levels, _family_numbers(self.raters_, families), n_levels=len(CONSENSUS_LEVELS), base_rates=rates,
            pseudo=assumption("pooling", "pseudo_labels"), accuracy=assumption("pooling", "prior_accuracy"),
        )  # fmt: skip
        self._place_truth(position if anchored else 0.0, anchored=anchored)
        return self

    def predict_proba(self, labels: pd.DataFrame) -> pd.DataFrame:
        """Return ``p_e0 p_e1 p_e2`` of the true label given the raters', missing where none gave one."""
        levels = rater_levels(labels, self.raters_)
        others = levels.copy()
        if self._anchored:
            others[:, 0] = -1  # the anchor sees the truth, not what families share: it comes in below
        truth = self.tree_.hub(others) @ self._truth_of_shared
        if self._anchored:
            truth = truth * np.where(levels[:, [0]] < 0, 1.0, self.confusion_[self.raters_[0]].T[levels[:, 0]])
            truth = truth / truth.sum(axis=1, keepdims=True)
        truth[(levels < 0).all(axis=1)] = np.nan
        return pd.DataFrame(truth, index=labels.index, columns=list(CONSENSUS_COLUMNS))

    def predict_rater(self, labels: pd.DataFrame, rater: str) -> pd.DataFrame:
        """Return the probabilities of one rater's label given only the labels of the others."""
        if rater not in self.raters_:
            raise InputError(f"rater {rater!r} is not pooled here; expected one of {', '.join(self.raters_)}")
        predicted = self.tree_.predict_rater(rater_levels(labels, self.raters_), self.raters_.index(rater))
        return pd.DataFrame(predicted, index=labels.index, columns=list(CONSENSUS_COLUMNS))

    def _find_raters(self, labels: pd.DataFrame, families: Mapping[str, Sequence[str]]) -> list[str]:
        columns = [*([self.anchor] if self.anchor else []), *(rater for members in families.values() for rater in members)]
        if self.raters is not None:
            columns = sorted(self.raters, key=lambda name: name != self.anchor)
        requested = list(dict.fromkeys(columns))
        present = [rater for rater in requested if rater in labels and labels[rater].notna().any()]
        if len(present) < _FEWEST_RATERS:
            raise InputError(
                f"found labels of {', '.join(present) or 'no rater'} among {', '.join(requested)}; expected at least "
                f"{_FEWEST_RATERS} raters: give a column of E0, E1, E2 for each"
            )
        return present

    def _place_truth(self, place: float, *, anchored: bool) -> None:
        """Set the truth between the hub and the anchor, and every rater's confusion matrix against it."""
        from scipy.linalg import fractional_matrix_power

        shared, rates = self.tree_.given_hub(0), self.tree_.base_rates
        self._anchored = anchored
        self._truth_of_shared = _stochastic(fractional_matrix_power(shared, place)) if place else np.eye(len(rates))
        self.base_rates_ = rates @ self._truth_of_shared
        shared_of_truth = (rates[:, None] * self._truth_of_shared / self.base_rates_).T
        self.confusion_ = {rater: shared_of_truth @ self.tree_.given_hub(number) for number, rater in enumerate(self.raters_)}
        if anchored:
            self.confusion_[self.raters_[0]] = (
                _stochastic(fractional_matrix_power(shared, 1 - place)) if place < 1 else np.eye(len(rates))
            )


def rater_levels(labels: pd.DataFrame, raters: Sequence[str]) -> np.ndarray:
    """Return (n, raters) level numbers of labels E0, E1, E2, -1 where a rater gave none."""
    levels = np.full((len(labels), len(raters)), -1)
    for number, rater in enumerate(raters):
        if rater not in labels:
            continue
        cells = labels[rater]
        levels[:, number] = cells.map({level: i for i, level in enumerate(CONSENSUS_LEVELS)}).fillna(-1).astype(int)
        wrong = cells.notna().to_numpy() & (levels[:, number] < 0)
        if wrong.any():
            raise InputError(
                f"found {cells[wrong].iloc[0]!r} in column {rater!r} ({int(wrong.sum()):,} such rows); expected "
                f"{', '.join(CONSENSUS_LEVELS)} or a missing cell"
            )
    return levels


def _family_numbers(raters: Sequence[str], families: Mapping[str, Sequence[str]]) -> tuple[int, ...]:
    # A family of which one rater is at hand is that rater; a single family is what all share, the hub itself.
    together = [relatives for members in families.values() if len(relatives := [r for r in raters if r in members]) > 1]
    loose = [rater for rater in raters if not any(rater in members for members in together)]
    if len(together) + len(loose) <= _FEWEST_RATERS:
        together = []
    return tuple(next((i for i, members in enumerate(together) if rater in members), -1) for rater in raters)


def _level_rates(levels: np.ndarray) -> np.ndarray:
    counts = np.bincount(levels[levels >= 0], minlength=len(CONSENSUS_LEVELS))
    # One label more of each, so that a level which never occurs keeps a place.
    return np.asarray((counts + 1) / (counts + 1).sum())


def _stochastic(matrix: np.ndarray) -> np.ndarray:
    # A fractional power may leave the simplex by a little.
    rows = np.clip(np.real(matrix), 0, None)
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))
