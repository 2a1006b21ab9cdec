"""Latent label behind several raters in families: a tree of confusion matrices, fitted by EM.

The hub is a hidden label. Raters in no family see it through a confusion matrix each; the raters of a family see a hidden
label of the family, which sees the hub. Without families this is Dawid and Skene 1979, doi:10.2307/2346806; with them it is
a latent class tree (Zhang 2004, "Hierarchical latent class models for cluster analysis", JMLR 5, 697-723).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MAX_ITERATIONS = 5000
_TOLERANCE = 1e-8


@dataclass(frozen=True)
class Layout:
    """Where each rater hangs.

    Attributes
    ----------
    family
        For each rater the number of its family, or -1 where it hangs from the hub.
    n_families
        Number of families.
    """

    family: tuple[int, ...]
    n_families: int


@dataclass(frozen=True)
class Tree:
    """Fitted probabilities of a latent tree with L levels.

    Attributes
    ----------
    layout
        Where each rater hangs.
    base_rates
        (L,) probabilities of the hub.
    branches
        (families, L, L) probabilities of a family's label (columns) given the hub (rows).
    emissions
        (raters, L, L) probabilities of a rater's label (columns) given what it hangs from (rows).
    log_likelihood
        Of the data, natural logarithm.
    n_iterations
        Steps of EM taken.
    """

    layout: Layout
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
        found = _expect(self, one_hot(others, len(self.base_rates)))
        family = self.layout.family[rater]
        seen = found.hub if family < 0 else found.edges[family].sum(axis=1)
        return np.asarray(seen @ self.emissions[rater])

    def given_hub(self, rater: int) -> np.ndarray:
        """Return the (L, L) confusion matrix of a rater against the hub."""
        family = self.layout.family[rater]
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
    layout: Layout,
    *,
    n_levels: int,
    pseudo: float,
    accuracy: float,
    base_rates: np.ndarray | None = None,
) -> Tree:
    """Fit a latent tree by EM with Dirichlet priors.

    Parameters
    ----------
    levels
        (n, raters) numbers of labels, -1 where a rater gave none.
    layout
        Where each rater hangs.
    n_levels
        Number of labels, L.
    pseudo, accuracy
        Prior labels per row of each confusion matrix, and how many of them are right.
    base_rates
        (L,) rates of the hub that are kept; estimated when not given.
    """
    patterns, inverse = np.unique(levels, axis=0, return_inverse=True)
    counts = np.bincount(inverse.ravel(), minlength=len(patterns))
    shown = one_hot(patterns, n_levels)
    prior = prior_confusion(n_levels, accuracy)
    # EM starts at the prior, so that the answer is always the same.
    tree = Tree(
        layout,
        np.full(n_levels, 1 / n_levels) if base_rates is None else base_rates,
        np.stack([prior] * layout.n_families) if layout.n_families else np.empty((0, n_levels, n_levels)),
        np.stack([prior] * len(layout.family)),
    )
    last, steps = -np.inf, 0
    while steps < _MAX_ITERATIONS:
        found = _expect(tree, shown)
        reached = float(counts @ found.log_likelihood)
        if abs(reached - last) < _TOLERANCE * abs(reached):
            break
        last, steps = reached, steps + 1
        tree = _maximise(tree, found, shown, counts, pseudo * prior, keep_rates=base_rates is not None)
    return Tree(layout, tree.base_rates, tree.branches, tree.emissions, reached, steps)


def _expect(tree: Tree, shown: np.ndarray) -> _Expectation:
    """Return posteriors of the hub (n, L) and of each edge hub-family (families, n, L, L): upward, then downward."""
    logs = np.log(tree.emissions)
    at_hub = np.tile(np.log(tree.base_rates), (shown.shape[1], 1))
    at_family = np.zeros((tree.layout.n_families, *at_hub.shape))
    for rater, family in enumerate(tree.layout.family):
        target = at_hub if family < 0 else at_family[family]
        target += shown[rater] @ logs[rater].T
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
    for rater, family in enumerate(tree.layout.family):
        seen = found.hub if family < 0 else found.edges[family].sum(axis=1)
        emissions[rater] = _normalised((counts[:, None] * seen).T @ shown[rater] + prior)
    return Tree(tree.layout, rates, branches, emissions)


def _normalised(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / rows.sum(axis=-1, keepdims=True))
