"""A temperature mends how sure heads are, and nothing else."""

import numpy as np
import pytest

from jobimpact.exposure.heads.rubric import RubricHeads
from jobimpact.training.heads import one_hot
from jobimpact.training.tuning import cooled, fit_temperatures


@pytest.fixture(scope="module")
def drawn():
    """Linear heads, vectors, and labels drawn from those heads' own probabilities."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(4000, 4)) / 2
    heads = RubricHeads(hidden=0, n_members=1)
    heads.heads_, heads.weights_, heads.encoder_hash_, heads.intervals_ = ("human", "gpt4"), np.ones(1), "abc", None
    heads.members_ = [{"head_w": rng.normal(size=(4, 6)), "head_b": rng.normal(size=6)}]
    probabilities = heads.predict_proba(vectors)
    human = (rng.random((4000, 1)) > probabilities["human"].cumsum(axis=1)).sum(axis=1)
    return heads, vectors, {"human": one_hot(human, 3), "gpt4": np.full((4000, 3), np.nan)}


@pytest.mark.parametrize("truth", [0.7, 1.0, 2.0])
def test_temperature_that_labels_were_drawn_at_is_found_again(drawn, truth):
    heads, vectors, targets = drawn
    too_sure = cooled(heads, {"human": 1 / truth})
    assert fit_temperatures(too_sure, vectors, targets)["human"] == pytest.approx(truth, rel=0.08)


def test_head_without_labels_stays_as_it_is(drawn):
    heads, vectors, targets = drawn
    assert fit_temperatures(heads, vectors, targets)["gpt4"] == 1.0
    after = cooled(heads, {"human": 3.0})
    np.testing.assert_array_equal(after.predict_proba(vectors)["gpt4"], heads.predict_proba(vectors)["gpt4"])
    assert after.encoder_hash_ == "abc"


def test_order_of_levels_stays_and_higher_means_less_sure(drawn):
    heads, vectors, _ = drawn
    before, after = (part.predict_proba(vectors)["human"] for part in (heads, cooled(heads, {"human": 2.0})))
    np.testing.assert_array_equal(np.argsort(before, axis=1), np.argsort(after, axis=1))
    assert (after.max(axis=1) < before.max(axis=1)).all()
    np.testing.assert_allclose(after.sum(axis=1), 1)
