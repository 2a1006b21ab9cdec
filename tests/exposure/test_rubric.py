import numpy as np
import pytest

from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.rubric import BETA_OF_LEVEL, LEVELS, RubricHeads
from jobimpact.exposure.training import conformal_quantile

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
    return vectors.astype("f4"), labels


@pytest.fixture(scope="module")
def heads(planted):
    vectors, labels = planted
    fitted = RubricHeads(**SMALL).fit(vectors, labels, encoder_hash="abc")
    fitted.beta_quantile_ = 1.5
    return fitted


def test_planted_labels_are_learnt(heads, planted):
    vectors, labels = planted
    for head, probabilities in heads.predict_proba(vectors).items():
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
        assert (probabilities.argmax(axis=1) == labels[head]).mean() > 0.9


def test_same_seed_same_weights(heads, planted):
    again = RubricHeads(**SMALL).fit(*planted)
    for one, two in zip(heads.members_, again.members_, strict=True):
        for name, array in one.items():
            np.testing.assert_array_equal(array, two[name])


def test_rater_without_labels_on_some_rows_is_allowed_on_none_is_not(planted):
    vectors, labels = planted
    partly = labels | {"gpt4": np.where(np.arange(600) < 300, labels["gpt4"], -1)}
    RubricHeads(**SMALL | {"epochs": 1}).fit(vectors, partly)
    with pytest.raises(InputError, match="labels of 'gpt4' are missing"):
        RubricHeads(**SMALL).fit(vectors, labels | {"gpt4": np.full(600, -1)})


def test_saved_heads_say_the_same(heads, planted, tmp_path):
    heads.save(tmp_path / "heads.npz")
    loaded = RubricHeads.load(tmp_path / "heads.npz")
    assert loaded.get_params() == heads.get_params()
    assert (loaded.encoder_hash_, loaded.beta_quantile_) == ("abc", 1.5)
    for head, probabilities in heads.predict_proba(planted[0]).items():
        np.testing.assert_allclose(loaded.predict_proba(planted[0])[head], probabilities, atol=5e-3)


@pytest.mark.parametrize("content", [b"", b"not an npz", None])
def test_broken_heads_are_one_clear_error(tmp_path, content):
    path = tmp_path / "heads.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="jobimpact train"):
        RubricHeads.load(path)


def test_interval_holds_beta_and_widens_with_doubt(heads):
    sure, unsure = np.array([[0.98, 0.01, 0.01]]), np.array([[0.4, 0.3, 0.3]])
    for probabilities in (sure, unsure):
        low, high = heads.beta_interval(probabilities)
        assert 0 <= low[0] <= (probabilities @ BETA_OF_LEVEL)[0] <= high[0] <= 1
    width = [np.subtract(*heads.beta_interval(p)[::-1])[0] for p in (sure, unsure)]
    assert width[0] < width[1]


def test_conformal_quantile_covers_what_it_promises():
    rng = np.random.default_rng(1)
    truth = rng.dirichlet([1, 1, 1], size=20_000)
    drawn = BETA_OF_LEVEL[[rng.choice(3, p=p) for p in truth]]
    quantile = conformal_quantile(truth[:10_000], drawn[:10_000])
    fitted = RubricHeads()
    fitted.beta_quantile_ = quantile
    low, high = fitted.beta_interval(truth[10_000:])
    covered = (low <= drawn[10_000:]) & (drawn[10_000:] <= high)
    assert 0.89 <= covered.mean() <= 0.92
