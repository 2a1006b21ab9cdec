import numpy as np
import pytest

from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, common_intervals
from jobimpact.exposure.heads.rubric import LEVELS, RubricHeads
from jobimpact.training.heads import one_hot

SMALL = {
    "hidden": 16,
    "epochs": 60,
    "batch_size": 64,
    "n_members": 2,
    "dropout": 0.0,
    "weight_decay": 0.0,
    "learning_rate": 1e-2,
}


@pytest.fixture(scope="module")
def planted():
    """Vectors whose first coordinate says the label."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(600, 8))
    vectors[:, 0] *= 3
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    level = np.digitize(vectors[:, 0], [-0.3, 0.3])
    labels = {head: level if len(names) == 3 else level * 2 for head, names in LEVELS.items()}
    return vectors.astype("f4"), {head: one_hot(found, len(LEVELS[head])) for head, found in labels.items()}


@pytest.fixture(scope="module")
def heads(planted):
    vectors, labels = planted
    fitted = RubricHeads(**SMALL).fit(vectors, labels, encoder_hash="abc")
    fitted.intervals_ = common_intervals(fitted.predict_proba(vectors)["human"], labels["human"] @ BETA_OF_LEVEL)
    return fitted


def test_planted_labels_are_learnt(heads, planted):
    vectors, labels = planted
    for head, probabilities in heads.predict_proba(vectors).items():
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
        assert (probabilities.argmax(axis=1) == labels[head].argmax(axis=1)).mean() > 0.9


def test_same_seed_same_weights(heads, planted):
    again = RubricHeads(**SMALL).fit(*planted)
    for one, two in zip(heads.members_, again.members_, strict=True):
        for name, array in one.items():
            np.testing.assert_array_equal(array, two[name])


def test_rater_without_labels_on_some_rows_is_allowed_and_one_without_any_has_no_head(planted):
    vectors, labels = planted
    gaps = np.where(np.arange(600)[:, None] < 300, labels["gpt4"], np.nan)
    partly = labels | {"gpt4": gaps, "gpt5_4": np.full((600, 3), np.nan)}
    fitted = RubricHeads(**SMALL | {"epochs": 1}).fit(vectors, partly)
    assert "gpt4" in fitted.predict_proba(vectors)
    assert "gpt5_4" not in fitted.predict_proba(vectors)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"human": np.full((600, 3), np.nan)}, "targets of 'human' are missing"),
        ({"gpt4": np.zeros((600, 2))}, r"targets of 'gpt4': found shape \(600, 2\)"),
        ({"nobody": np.zeros((600, 3))}, "targets of 'nobody'"),
    ],
)
def test_targets_that_do_not_fit_are_refused(planted, change, message):
    vectors, labels = planted
    with pytest.raises(InputError, match=message):
        RubricHeads(**SMALL).fit(vectors, labels | change)


def test_soft_targets_are_learnt_as_probabilities(planted):
    vectors, labels = planted
    soft = np.tile([0.5, 0.2, 0.3], (600, 1))
    fitted = RubricHeads(**SMALL).fit(vectors, labels | {"consensus": soft})
    np.testing.assert_allclose(fitted.predict_proba(vectors)["consensus"].mean(axis=0), soft[0], atol=0.03)


def test_saved_heads_say_the_same(heads, planted, tmp_path):
    heads.save(tmp_path / "heads.npz")
    loaded = RubricHeads.load(tmp_path / "heads.npz")
    assert loaded.get_params() == heads.get_params()
    assert (loaded.encoder_hash_, loaded.heads_) == ("abc", heads.heads_)
    assert loaded.intervals_.base == heads.intervals_.base
    for head, probabilities in heads.predict_proba(planted[0]).items():
        np.testing.assert_allclose(loaded.predict_proba(planted[0])[head], probabilities, atol=5e-3)


@pytest.mark.parametrize("content", [b"", b"not an npz", None])
def test_broken_heads_are_one_clear_error(tmp_path, content):
    path = tmp_path / "heads.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="jobimpact train"):
        RubricHeads.load(path)


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_training_may_be_of_a_step_or_two(epochs):
    vectors, targets = np.random.default_rng(0).normal(size=(20, 8)), np.eye(3)[np.arange(20) % 3]
    heads = RubricHeads(epochs=epochs, n_members=1, hidden=4).fit(vectors, {"human": targets})
    assert heads.predict_proba(vectors)["human"].shape == (20, 3)
