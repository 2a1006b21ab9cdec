import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.exposure.heads.intervals import (
    BETA_OF_LEVEL,
    LabelIntervals,
    common_intervals,
    fit_intervals,
    label_ends,
    label_spread,
)
from jobimpact.facts.labels import label_set, with_label_set


@pytest.fixture(scope="module")
def planted():
    """8,000 tasks in four groups that their vectors tell apart; predictions are sharper than the truth in one group."""
    rng = np.random.default_rng(1)
    n = 8_000
    group = rng.integers(4, size=n)
    vectors = rng.normal(size=(n, 16)) * 0.3 + np.eye(16)[group] * 2
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    truth = rng.dirichlet([2, 1, 1], size=n)
    beta = BETA_OF_LEVEL[(truth.cumsum(axis=1) < rng.random(n)[:, None]).sum(axis=1)]
    said = truth ** np.where(group == 3, 4, 1)[:, None]
    return said / said.sum(axis=1, keepdims=True), vectors, beta, np.array([f"{g}1-0000" for g in group]), rng.integers(4, size=n)


def test_common_intervals_cover_what_they_promise(planted):
    probabilities, vectors, beta, _, _ = planted
    low, high, _ = common_intervals(probabilities[:4_000], beta[:4_000]).ends(probabilities[4_000:], vectors[4_000:])
    assert 0.89 <= ((low <= beta[4_000:]) & (beta[4_000:] <= high)).mean() <= 0.93


def test_coverage_holds_in_every_group_where_a_common_quantile_fails(planted):
    probabilities, vectors, beta, groups, folds = planted
    fitted, (low, high) = fit_intervals(probabilities, vectors, beta, groups, folds)
    covered = (low <= beta) & (beta <= high)
    assert all(0.88 <= covered[groups == name].mean() <= 0.95 for name in np.unique(groups))
    plain = common_intervals(probabilities, beta).ends(probabilities, vectors)
    wrong = (plain[0] <= beta) & (beta <= plain[1])
    assert wrong[groups == "31-0000"].mean() < 0.86
    assert fitted.groups == tuple(np.unique(groups))


def test_a_rehearsal_shapes_the_groups_where_few_tasks_are_held_out(planted):
    """Group quantiles from 7,000 rehearsed tasks, the scale from 300 of a model whose probabilities are flatter."""
    probabilities, vectors, beta, groups, folds = planted
    rehearsed = np.arange(len(beta)) < 7_000
    flat = np.where(rehearsed[:, None], probabilities, np.sqrt(probabilities))
    flat /= flat.sum(axis=1, keepdims=True)
    used = np.arange(7_300)
    fitted, _ = fit_intervals(
        flat[used], vectors[used], beta[used], groups[used], folds[used], rehearsal=rehearsed[used], occupations=used // 10
    )
    low, high, _ = fitted.ends(flat[7_300:], vectors[7_300:])
    covered = (low <= beta[7_300:]) & (beta[7_300:] <= high)
    assert 0.86 <= covered.mean() <= 0.96
    again, _ = fit_intervals(
        flat[used], vectors[used], beta[used], groups[used], folds[used], rehearsal=rehearsed[used], occupations=used // 100
    )
    assert again.base > fitted.base  # fewer occupations, more caution
    assert again.quantiles == pytest.approx(fitted.quantiles * again.base / fitted.base)


def test_two_groups_are_too_few_and_share_one_quantile(planted):
    probabilities, vectors, beta, groups, folds = (part[:500] for part in planted)
    fitted, _ = fit_intervals(probabilities, vectors, beta, np.where(groups < "2", "11-0000", "15-0000"), folds)
    assert fitted.groups == ()


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2), st.floats(0.01, 4), st.sampled_from([BETA_OF_LEVEL, np.array([0, 1])]))
def test_ends_are_labels_and_hold_every_label_of_the_interval(cuts, width, labels):
    cuts = sorted(cuts)
    probabilities = np.array([[cuts[0], cuts[1] - cuts[0], 1 - cuts[1]]])
    beta, margin = (probabilities @ BETA_OF_LEVEL)[0], width * label_spread(probabilities)[0]
    (low,), (high,), (empty,) = LabelIntervals.common(width).ends(probabilities, np.ones((1, 4)), labels)
    assert low in labels
    assert high in labels
    inside = labels[np.abs(labels - beta) <= margin - 1e-6]
    if len(inside):
        assert not empty
        assert low <= inside.min() <= inside.max() <= high
    if empty:
        assert low < beta < high
        assert not ((low < labels) & (labels < high)).any()
    else:
        assert max(abs(low - beta), abs(high - beta)) <= margin + 1e-6


def test_coverage_is_that_of_the_interval_and_more_only_where_it_holds_no_label(planted):
    probabilities, vectors, beta, _, _ = planted
    for base in (1.3, 0.4):
        low, high, empty = LabelIntervals.common(base).ends(probabilities, vectors)
        covered = np.abs(beta - probabilities @ BETA_OF_LEVEL) <= base * label_spread(probabilities) + 1e-9
        in_set = (low <= beta) & (beta <= high)
        np.testing.assert_array_equal(in_set[~empty], covered[~empty])
        assert not covered[empty].any()
    assert empty.any()


def test_missing_ends_stay_missing_and_no_set_is_called_empty():
    low, high, empty = label_ends(np.array([np.nan]), np.array([np.nan]))
    assert np.isnan([low[0], high[0]]).all()
    assert not empty[0]
    assert label_set(np.nan, np.nan) == ""


@pytest.mark.parametrize(
    ("ends", "english", "chinese"),
    [
        ((0, 0), "E0", "E0"),
        ((0, 0.5), "E0 or E2", "E0或E2"),
        ((0.5, 1), "E2 or E1", "E2或E1"),
        ((0, 1), "any label", "任一标签"),
        ((0.5, 0.51), "E2", "E2"),  # as studies of earlier versions have it
        ((0.7226, 0.7226), "E2 or E1", "E2或E1"),
    ],
)
def test_a_label_set_in_words(ends, english, chinese):
    assert label_set(*ends) == english
    assert label_set(*ends, "zh") == chinese
    table = pd.DataFrame({"beta_low": [ends[0], np.nan], "beta_high": [ends[1], np.nan]})
    assert with_label_set(table)["label_set"].fillna("none").tolist() == [english, "none"]


def test_saved_intervals_say_the_same(planted):
    probabilities, vectors, beta, groups, folds = (part[:2000] for part in planted)
    fitted, _ = fit_intervals(probabilities, vectors, beta, groups, folds)
    again = LabelIntervals.from_arrays(fitted.arrays())
    for one, two in zip(fitted.ends(probabilities, vectors), again.ends(probabilities, vectors), strict=True):
        assert (one == two).mean() > 0.995  # weights are kept in half precision


def test_quantile_is_that_of_mapie(planted):
    """MAPIE's split conformal regressor on the same conformity scores gives the same quantile."""
    regression = pytest.importorskip("mapie.regression")
    dummy = pytest.importorskip("sklearn.dummy")
    probabilities, vectors, beta, _, _ = (part[:999] for part in planted)
    mean = probabilities @ BETA_OF_LEVEL
    spread = np.sqrt(np.maximum(probabilities @ BETA_OF_LEVEL**2 - mean**2, 0.05**2))
    zero = dummy.DummyRegressor(strategy="constant", constant=0.0).fit(vectors, np.zeros(len(vectors)))
    theirs = regression.SplitConformalRegressor(zero, confidence_level=0.9, prefit=True)
    theirs.conformalize(vectors, np.abs(beta - mean) / spread)
    _, ends = theirs.predict_interval(vectors[:1])
    assert common_intervals(probabilities, beta).base == pytest.approx(ends[0, 1, 0])
