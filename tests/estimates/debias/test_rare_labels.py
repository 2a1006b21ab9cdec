"""Labels that are nearly all alike: intervals that still cover."""

import numpy as np
import pytest
from support.label_populations import simple

from jobimpact.estimates.debias.label_sample import Labelled
from jobimpact.estimates.debias.prediction_powered import debias_mean


def alike(apart, n=30, n_all=600):
    """A sample of n labels of which `apart` are 1 and all others 0; predictions say nothing."""
    labels = np.zeros(n)
    labels[:apart] = 1.0
    strata = np.full(n, "all", dtype=object)
    return Labelled(labels, np.full(n_all, 0.3), np.arange(n), np.full(n, n / n_all), strata)


def test_labels_that_are_all_alike_do_not_make_an_interval_of_no_width():
    """Of 30 labels none is 1: with 95 % at most 1 - .025^(1/30) = 11.6 % of tasks are, less by the part that is labelled."""
    found = debias_mean(alike(0), np.ones(600))
    assert (found.estimate, found.se, found.low) == (0, 0, 0)
    assert found.high == pytest.approx(0.1157 * np.sqrt(1 - 30 / 600), abs=1e-4)
    full = debias_mean(alike(0, 600), np.ones(600))
    assert (full.low, full.high) == (0, 0)  # nothing is left to be otherwise


def test_few_labels_apart_widen_the_interval_and_five_do_not():
    for apart, even in ((1, False), (4, False), (5, True), (26, False)):
        found = debias_mean(alike(apart), np.ones(600))
        assert (found.low + found.high == pytest.approx(2 * found.estimate)) == even
        assert found.high - found.low > 2 * 1.96 * found.se
    # The side that is all alike widens a gap, whichever it is taken from.
    first, second = np.zeros(600), np.zeros(600)
    first[:300], second[300:] = 1.0, 1.0
    rows = np.arange(0, 600, 5)
    labels = np.where(rows < 300, np.arange(120) % 2, 0.0)
    sample = Labelled(labels, np.full(600, 0.3), rows, np.full(120, 0.2), np.full(120, "all", dtype=object))
    one, gap, back = (debias_mean(sample, *sides) for sides in ((first,), (first, second), (second, first)))
    assert one.low + one.high == pytest.approx(2 * one.estimate)
    assert gap.estimate - gap.low > gap.high - gap.estimate + 1e-6  # the second may be higher than 0, not lower
    assert (back.low, back.high) == pytest.approx((-gap.high, -gap.low))


@pytest.mark.slow
def test_intervals_of_rare_labels_cover():
    """3 % of labels are 1: of 30 drawn most often none or one is, and intervals of normal theory cover two thirds."""
    truth = np.zeros(2000)
    truth[::33] = 1.0
    target, hits, plain = truth.mean(), 0, 0
    for seed in range(400):
        found = debias_mean(simple(truth, np.full(2000, 0.3), 30, seed), np.ones(2000))
        hits += found.low <= target <= found.high
        plain += abs(found.estimate - target) <= 2.05 * found.se
    assert hits / 400 >= 0.93
    assert plain / 400 < 0.8
