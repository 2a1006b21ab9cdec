"""Sampling errors: textbook and reference figures, simple formulas, simulated coverage, designs that give no variance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.own_tables.survey import SurveyDesign, survey_mean, survey_ratio


def test_textbook_cluster_sample():
    """Lohr, Sampling: Design and Analysis (1999), example 5.2: 5 of 100 suites, mean grade 2.826, standard error 0.164."""
    suites = [
        [3.08, 2.60, 3.44, 3.04],
        [2.36, 3.04, 3.28, 2.68],
        [2.00, 2.56, 2.52, 1.88],
        [3.00, 2.88, 3.44, 3.64],
        [2.68, 1.92, 3.28, 3.20],
    ]
    grades = np.array(suites).ravel()
    design = SurveyDesign(psus=np.repeat(np.arange(5), 4), sampling_fractions=np.full(20, 0.05))
    mean = survey_mean(grades, np.full(20, 20.0), design)
    assert mean.value == pytest.approx(2.826, abs=5e-4)
    assert mean.se == pytest.approx(0.164, abs=5e-4)
    assert (mean.df, mean.method) == (4, "linearised")


def reference_sample():
    rng = np.random.default_rng(7)
    sample = {
        "weights": rng.uniform(1, 5, 60).round(2),
        "y": rng.uniform(0, 1, 60).round(3),
        "x": rng.uniform(1, 3, 60).round(3),
        "domain": rng.random(60) < 0.5,
    }
    return sample, SurveyDesign(strata=np.repeat([1, 2, 3], 20), psus=np.repeat(np.arange(15), 4))


def test_stratified_clusters_agree_with_another_package():
    """samplics 0.6.1, TaylorEstimator, on the same 60 rows; tolerance: rounding in double precision."""
    sample, design = reference_sample()
    mean = survey_mean(sample["y"], sample["weights"], design)
    ratio = survey_ratio(sample["y"], sample["x"], sample["weights"], design)
    domain = survey_mean(sample["y"], sample["weights"], design, sample["domain"])
    assert [mean.value, mean.se] == pytest.approx([0.516142358177004, 0.035799689820549985], rel=1e-12)
    assert [ratio.value, ratio.se] == pytest.approx([0.24825667028834653, 0.012696766878836228], rel=1e-12)
    assert [domain.value, domain.se] == pytest.approx([0.4741680228408279, 0.09191916052414816], rel=1e-12)
    assert mean.df == 12


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.sampled_from([0.5, 40.0]))
@settings(max_examples=50)
def test_equal_weights_give_the_classical_error_whatever_the_unit(values, factor):
    sample = np.array(values)
    mean = survey_mean(sample, np.full(len(sample), factor), SurveyDesign(persons=True))
    assert mean.value == pytest.approx(sample.mean())
    assert mean.se == pytest.approx(sample.std(ddof=1) / np.sqrt(len(sample)), abs=1e-12)


def test_jackknife_replicates_of_a_mean_are_the_classical_error():
    """Deleting one of n with weights n/(n-1) gives exactly s / sqrt(n) (Wolter 2007, section 4.2)."""
    sample = np.random.default_rng(1).uniform(size=12)
    replicates = (np.ones((12, 12)) - np.eye(12)) * 12 / 11
    mean = survey_mean(sample, np.ones(12), SurveyDesign(replicates=replicates, method="jackknife"))
    assert mean.se == pytest.approx(sample.std(ddof=1) / np.sqrt(12))
    assert (mean.df, mean.method) == (11, "replicates")


def test_balanced_replicates_of_two_units_per_stratum_are_the_linearised_error_of_a_total():
    """Balanced half-samples give the exact variance of a linear estimate (Wolter 2007, section 3.2); so does Fay's method."""
    hadamard = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    signs = np.repeat(hadamard[:, 1:], 2, axis=1).T * np.tile([1, -1], 3)[:, None]
    sample, weights = np.random.default_rng(2).uniform(size=6), np.ones(6)
    linear = survey_mean(sample, weights, SurveyDesign(strata=np.repeat([0, 1, 2], 2)))
    brr = survey_mean(sample, weights, SurveyDesign(replicates=1.0 + signs, method="brr"))
    fay = survey_mean(sample, weights, SurveyDesign(replicates=1.0 + 0.5 * signs, method="fay", fay=0.5))
    assert brr.se == pytest.approx(linear.se)
    assert fay.se == pytest.approx(linear.se)


def test_more_balanced_replicates_than_strata_know_no_more_than_the_strata():
    """Half-samples of three strata by sixteen lines of a Hadamard matrix: three degrees of freedom, as linearised."""
    square = np.array([[1, 1], [1, -1]])
    hadamard = np.kron(np.kron(square, square), np.kron(square, square))
    signs = np.repeat(hadamard[:, 1:4], 2, axis=1).T * np.tile([1, -1], 3)[:, None]
    sample, weights = np.random.default_rng(2).uniform(size=6), np.full(6, 70.0)
    linear = survey_mean(sample, weights, SurveyDesign(strata=np.repeat([0, 1, 2], 2)))
    brr = survey_mean(sample, weights, SurveyDesign(replicates=70.0 * (1 + signs), method="brr"))
    assert brr.df == linear.df == 3
    assert (brr.low, brr.high) == pytest.approx((linear.low, linear.high))


def test_intervals_of_clustered_samples_hold_the_truth_and_those_of_rows_do_not():
    """400 samples of 30 units of 8: nominal 95 % must be within three simulation errors (.033) when units are known."""
    rng, truth = np.random.default_rng(3), 0.4
    psus = np.repeat(np.arange(30), 8)
    hits = {"units": 0, "rows": 0}
    for _ in range(400):
        sample = truth + np.repeat(rng.normal(0, 0.1, 30), 8) + rng.normal(0, 0.1, 240)
        for name, design in (("units", SurveyDesign(psus=psus)), ("rows", SurveyDesign(persons=True))):
            mean = survey_mean(sample, np.ones(240), design)
            hits[name] += mean.low <= truth <= mean.high
    assert abs(hits["units"] / 400 - 0.95) < 0.033
    assert hits["rows"] / 400 < 0.75


def test_errors_of_cells():
    design = SurveyDesign(cell_errors=np.array([10.0, 0.0, np.nan]))
    mean = survey_mean(np.array([1.0, 0.0, 0.5]), np.array([50.0, 50.0, 7.0]), design, np.array([True, True, False]))
    # (1 - 1/2) / 100 x 10.
    assert [mean.value, mean.se, mean.method] == [0.5, pytest.approx(0.05), "cell errors"]
    assert mean.high == pytest.approx(0.5 + 1.959964 * 0.05)


def test_nothing_is_made_up_where_nothing_is_known():
    mean = survey_mean(np.array([0.2, 0.4]), np.ones(2), SurveyDesign())
    assert mean.value == pytest.approx(0.3)
    assert np.isnan([mean.se, mean.low, mean.high, mean.df]).all()
    assert mean.method == "none"
    empty = survey_mean(np.array([0.2]), np.ones(1), SurveyDesign(persons=True), np.array([False]))
    assert np.isnan([empty.value, empty.se]).all()


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (SurveyDesign(strata=np.array(["a", "a", "b"])), "1 strata with a single sampling unit .first: b."),
        (SurveyDesign(psus=np.arange(3), sampling_fractions=np.array([0.1, 0.2, 0.1])), "sampling fractions"),
        (SurveyDesign(replicates=np.ones((3, 1))), "1 column of replicate weights"),
        (SurveyDesign(replicates=np.ones((3, 4)), method="magic"), "'magic'"),
        (SurveyDesign(replicates=np.ones((3, 4)), method="fay", fay=1.0), "Fay's coefficient 1.0"),
    ],
)
def test_designs_without_a_variance_are_one_line(design, words):
    with pytest.raises(InputError, match=words) as caught:
        survey_mean(np.array([0.1, 0.2, 0.3]), np.ones(3), design)
    assert "\n" not in str(caught.value)
