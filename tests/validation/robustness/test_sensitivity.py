"""The variance split: planted effects, what adds up in which design, and SALib as a second opinion."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.validation.robustness.sensitivity import split_variance

LEVELS = {"rater": 3, "cut": 4, "weights": 2}


def factorial(levels=LEVELS):
    return pd.DataFrame(list(product(*(range(n) for n in levels.values()))), columns=list(levels))


def shares(split, column="shapley"):
    return split.table.set_index("choice")[column]


def test_one_choice_that_drives_all_gets_all():
    grid = factorial()
    split = split_variance(grid, grid["cut"].map({0: 5.0, 1: -2.0, 2: 0.0, 3: 1.0}).to_numpy(), list(LEVELS))
    assert split.table["choice"].iloc[0] == "cut"
    for column in ("main", "total", "shapley"):
        assert shares(split, column).to_dict() == pytest.approx({"cut": 1.0, "rater": 0.0, "weights": 0.0})
    assert split.additive == pytest.approx(1.0)
    assert split.orthogonal


def test_planted_additive_variances_are_found():
    """Independent effects add their variances: 3 levels of -1, 0, 1 have 2/3, 2 levels of -1, 1 have 1."""
    grid = factorial()
    split = split_variance(grid, (grid["rater"] - 1.0) + (2.0 * grid["weights"] - 1.0), list(LEVELS))
    assert split.variance == pytest.approx(5 / 3)
    assert shares(split, "main").to_dict() == pytest.approx({"rater": 0.4, "weights": 0.6, "cut": 0.0})
    assert split.interaction == pytest.approx(0.0, abs=1e-12)


def test_pure_interaction_is_no_main_effect():
    """An exclusive or: no choice says anything alone, both together say all, so that each gets half."""
    grid = factorial({"a": 2, "b": 2, "c": 2})
    split = split_variance(grid, (grid["a"] ^ grid["b"]).to_numpy(float), ["a", "b", "c"])
    assert shares(split, "main").to_dict() == pytest.approx({"a": 0.0, "b": 0.0, "c": 0.0})
    assert shares(split, "total").to_dict() == pytest.approx({"a": 1.0, "b": 1.0, "c": 0.0})
    assert shares(split).to_dict() == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.0})
    assert split.interaction == pytest.approx(1.0)


outcomes = st.lists(st.floats(-10, 10), min_size=24, max_size=24).filter(lambda values: np.ptp(values) > 0.01)


@settings(max_examples=30)
@given(outcomes)
def test_shares_add_up_in_a_full_factorial(values):
    split = split_variance(factorial(), np.array(values), list(LEVELS))
    main, total, shapley = (shares(split, column).sort_index() for column in ("main", "total", "shapley"))
    assert split.orthogonal
    assert main.sum() == pytest.approx(split.additive)
    assert split.additive + split.interaction == pytest.approx(1.0)
    assert shapley.sum() == pytest.approx(1.0)
    assert (main <= shapley + 1e-9).all()
    assert (shapley <= total + 1e-9).all()


@settings(max_examples=30)
@given(outcomes, st.sets(st.integers(0, 23), min_size=2), st.lists(st.floats(0.1, 5), min_size=24, max_size=24))
def test_shapley_effects_add_up_in_any_design(values, kept, weights):
    rows = sorted(kept)
    outcome = np.array(values)[rows]
    split = split_variance(factorial().iloc[rows], outcome, list(LEVELS), np.array(weights)[rows])
    if split.variance > 0:
        assert shares(split).sum() == pytest.approx(1.0)
        assert (shares(split) >= -1e-9).all()
        assert 0 <= split.additive <= 1 + 1e-9
    else:
        assert shares(split).isna().all()


def test_weights_count_like_copies():
    grid, rng = factorial(), np.random.default_rng(3)
    outcome, weights = rng.normal(size=24), rng.integers(1, 4, 24)
    repeated = np.repeat(np.arange(24), weights)
    one = split_variance(grid, outcome, list(LEVELS), weights.astype(float))
    other = split_variance(grid.iloc[repeated], outcome[repeated], list(LEVELS))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.additive == pytest.approx(other.additive)


def test_salib_estimates_the_same_indices():
    """SALib 1.6 (Herman and Usher 2017, doi:10.21105/joss.00097) samples what is summed exactly here."""
    salib = pytest.importorskip("SALib")
    assert salib is not None
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    rng = np.random.default_rng(7)
    effects = rng.normal(size=tuple(LEVELS.values())) + np.arange(3)[:, None, None]
    grid = factorial()
    split = split_variance(grid, effects[tuple(grid.to_numpy().T)], list(LEVELS))
    problem = {"num_vars": 3, "names": list(LEVELS), "bounds": [[0, n] for n in LEVELS.values()]}
    places = sampling.sample(problem, 2**11, calc_second_order=False, seed=1).astype(int)
    found = analysis.analyze(problem, effects[tuple(places.T)], calc_second_order=False, num_resamples=10, seed=1)
    for column, name in (("main", "S1"), ("total", "ST")):
        exact = [shares(split, column)[choice] for choice in LEVELS]
        # The sampling error of 2,048 Saltelli points of an index between 0 and 1.
        assert exact == pytest.approx(found[name].tolist(), abs=0.03)


def test_an_outcome_that_never_changes_has_no_split():
    split = split_variance(factorial(), np.full(24, 0.1) * 3, list(LEVELS))
    assert split.variance == 0
    assert split.table["shapley"].isna().all()
    assert split.table["n_levels"].tolist() == [3, 4, 2]


def test_bad_input():
    grid = factorial()
    with pytest.raises(InputError, match="1 without an outcome"):
        split_variance(grid, np.r_[np.nan, np.ones(23)], list(LEVELS))
    with pytest.raises(InputError, match="found 0 universes"):
        split_variance(grid.head(0), np.array([]), list(LEVELS))
    with pytest.raises(InputError, match="between universes of the same choices"):
        split_variance(grid, np.arange(24.0), ["rater", "cut"])
