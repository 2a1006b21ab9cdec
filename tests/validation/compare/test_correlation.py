"""Correlations with intervals: textbook figures, equality with libraries, invariances, cases without an answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jobimpact.validation.compare.correlation import employment_percentiles, measure_agreement, weighted_r


def measure(a, b, employment=None, draws=200, confidence=0.95):
    a, b = np.asarray(a, float), np.asarray(b, float)
    jobs = np.ones(len(a)) if employment is None else np.asarray(employment, float)
    return measure_agreement(a, b, jobs, confidence=confidence, draws=draws, seed=(1, "a|b"))


RNG = np.random.default_rng(5)
A = RNG.normal(size=200)
B = 0.6 * A + 0.8 * RNG.normal(size=200)
JOBS = RNG.lognormal(size=200)


def test_values_are_those_of_scipy_and_numpy() -> None:
    found = measure(A, B, JOBS)
    assert found.pearson.value == pytest.approx(stats.pearsonr(A, B).statistic)
    assert found.spearman.value == pytest.approx(stats.spearmanr(A, B).statistic)
    covariance = np.cov(A, B, aweights=JOBS)
    assert found.pearson_emp.value == pytest.approx(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def test_fisher_interval_is_that_of_scipy() -> None:
    expected = stats.pearsonr(A, B).confidence_interval(0.9)
    found = measure(A, B, confidence=0.9).pearson
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_spearman_interval_by_hand() -> None:
    """Bonett and Wright 2000, doi:10.1007/BF02294183: tanh(atanh r -+ 1.96 sqrt((1 + r^2/2)/(n - 3)))."""
    found = measure(A, B).spearman
    half = 1.959964 * np.sqrt((1 + found.value**2 / 2) / 197)
    assert (found.low, found.high) == pytest.approx(np.tanh(np.arctanh(found.value) + np.array([-half, half])), abs=1e-6)


def test_equal_employment_gives_the_unweighted_values() -> None:
    found = measure(A, B)
    assert found.pearson_emp.value == pytest.approx(found.pearson.value)
    assert found.spearman_emp.value == pytest.approx(found.spearman.value)


def test_an_occupation_with_twice_the_jobs_is_two() -> None:
    jobs = np.ones(200)
    jobs[:50] = 2
    twice = measure(np.r_[A, A[:50]], np.r_[B, B[:50]])
    once = measure(A, B, jobs)
    assert once.pearson_emp.value == pytest.approx(twice.pearson.value)
    assert once.spearman_emp.value == pytest.approx(twice.spearman.value)


def test_bootstrap_interval_covers_as_often_as_it_says() -> None:
    """Of 120 samples of 150 occupations with r .6, about 90 % have it in a 90 % interval (binomial: 83 to 97 %)."""
    rng = np.random.default_rng(9)
    covered = 0
    for _ in range(120):
        a = rng.normal(size=150)
        b = 0.6 * a + 0.8 * rng.normal(size=150)
        estimate = measure(a, b, rng.uniform(0.5, 1.5, 150), draws=150, confidence=0.9).pearson_emp
        covered += estimate.low <= 0.6 <= estimate.high
    assert 0.82 <= covered / 120 <= 0.97


def test_same_seed_same_interval_and_order_of_pairs_does_not_matter() -> None:
    assert measure(A, B, JOBS) == measure(A, B, JOBS)
    other = measure_agreement(A, B, JOBS, confidence=0.95, draws=200, seed=(1, "b|c"))
    assert other.pearson_emp.low != measure(A, B, JOBS).pearson_emp.low
    assert other.pearson_emp.value == measure(A, B, JOBS).pearson_emp.value


def test_no_answer_where_there_is_none() -> None:
    flat = measure(np.ones(20), np.arange(20))
    assert all(np.isnan(estimate.value) for estimate in (flat.pearson, flat.spearman, flat.pearson_emp, flat.spearman_emp))
    nobody = measure(A, B, np.zeros(200))
    assert np.isnan(nobody.pearson_emp.value)
    assert nobody.pearson.value == pytest.approx(measure(A, B).pearson.value)
    assert np.isnan(measure([1, 2, 3], [1, 3, 2]).pearson.low)


def test_perfect_agreement_has_no_width() -> None:
    found = measure(np.arange(30), 2 * np.arange(30) + 1)
    assert found.pearson == pytest.approx((1, 1, 1))
    assert found.spearman_emp == pytest.approx((1, 1, 1))


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5), min_size=3, max_size=30), st.floats(0.01, 100), st.floats(-10, 10))
def test_scale_and_origin_of_an_index_do_not_matter(values: list[int], scale: float, shift: float) -> None:
    a = np.asarray(values, float)
    b, jobs = A[: len(a)], JOBS[: len(a)]
    assert weighted_r(a * scale + shift, b, jobs) == pytest.approx(weighted_r(a, b, jobs), abs=1e-6, nan_ok=True)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_percentiles_are_within_bounds_with_mean_one_half(values: list[int]) -> None:
    jobs = JOBS[: len(values)]
    places = employment_percentiles(np.asarray(values, float), jobs)
    assert places.min() >= 0
    assert places.max() <= 1
    assert np.average(places, weights=jobs) == pytest.approx(0.5)


def test_percentiles_of_many_draws_are_those_of_each() -> None:
    draws = np.vstack([JOBS, JOBS[::-1], np.r_[0.0, JOBS[1:]]])
    together = employment_percentiles(np.round(A, 1), draws)
    for row, jobs in zip(together, draws, strict=True):
        np.testing.assert_allclose(row, employment_percentiles(np.round(A, 1), jobs))
