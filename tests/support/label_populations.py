"""Tasks of a made-up population, whose labels are known."""

import numpy as np

from jobimpact.estimates.debias.label_sample import Labelled


def simple(truth, predictions, n, seed, strata=None):
    rows = np.random.default_rng(seed).choice(len(truth), n, replace=False)
    names = np.full(n, "all", dtype=object) if strata is None else strata[rows]
    return Labelled(truth[rows], predictions, rows, np.full(n, n / len(truth)), names)
