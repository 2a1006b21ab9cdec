"""How reliable each rater is against the consensus of all, with bootstrap intervals over occupations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL
from jobimpact.training.consensus.consensus import CONSENSUS_LEVELS, Consensus

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERVAL = (0.05, 0.95)
_ALL, _OTHERS = "all", "without anchor"


def rater_reliability(
    labels: pd.DataFrame, consensus: Consensus | None = None, *, n_boot: int = 100, seed: int = 0
) -> pd.DataFrame:
    """Return each rater's reliability and how many independent raters they are worth together.

    Parameters
    ----------
    labels
        Table ``rater_labels``; whole SOC codes are drawn in the bootstrap, as their tasks were labelled together.
    consensus
        Settings of the model; by default those of `Consensus`.
    n_boot
        Bootstrap samples; 0 for no intervals.
    seed
        Of the samples.

    Returns
    -------
    pandas.DataFrame
        ``rater``, ``measure``, ``value`` and its 90 % interval ``low``, ``high``. Measures of a rater: ``accuracy``,
        probability that the label is the true one; ``r``, correlation of its beta with that of the truth;
        ``E0 as E1`` and so on, probability that a true E0 is labelled E1. Of raters together (``all``,
        ``without anchor``): ``effective_raters``, see `Consensus.effective_raters`.

    Raises
    ------
    InputError
        As `Consensus.fit`.
    """
    model = Consensus() if consensus is None else consensus
    fitted = Consensus(**model.get_params()).fit(labels)
    table = pd.DataFrame(_measures(fitted), columns=["rater", "measure", "value"])
    codes, numbers = np.unique(labels["soc_code"], return_inverse=True)
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(n_boot):
        times = np.bincount(rng.integers(len(codes), size=len(codes)), minlength=len(codes))
        again = Consensus(**model.get_params()).fit(labels, weights=times[numbers].astype(float), start=fitted)
        draws.append([value for _, _, value in _measures(again)])
    low, high = np.quantile(draws, _INTERVAL, axis=0) if draws else (np.nan, np.nan)
    return table.assign(low=low, high=high)


def _measures(consensus: Consensus) -> Iterator[tuple[str, str, float]]:
    rates = consensus.base_rates_
    for rater, confusion in consensus.confusion_.items():
        yield rater, "accuracy", float(rates @ np.diag(confusion))
        yield rater, "r", _correlation(rates[:, None] * confusion)
        for true, row in zip(CONSENSUS_LEVELS, confusion, strict=True):
            for given, probability in zip(CONSENSUS_LEVELS, row, strict=True):
                yield rater, f"{true} as {given}", float(probability)
    yield _ALL, "effective_raters", consensus.effective_raters()
    others = [rater for rater in consensus.raters_ if rater != consensus.anchor]
    yield _OTHERS, "effective_raters", consensus.effective_raters(others)


def _correlation(joint: np.ndarray) -> float:
    """Return the correlation of two betas whose labels have the joint probabilities `joint` (3, 3)."""
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    centred = [BETA_OF_LEVEL - weights @ BETA_OF_LEVEL for weights in (rows, columns)]
    variances = [weights @ values**2 for weights, values in zip((rows, columns), centred, strict=True)]
    return float(centred[0] @ joint @ centred[1] / np.sqrt(np.prod(variances)))
