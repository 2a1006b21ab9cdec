import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.doubt.domain import DomainGauge
from jobimpact.exposure.encoder.sentence import SentenceEncoder
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.sources.tasks.starter import read_starter_tasks

STRANGE = tomllib.loads(Path(__file__).parents[1].joinpath("strange_texts.toml").read_text(encoding="utf-8"))
N, D, K = 2000, 24, 6


def planted(n, seed):
    """Vectors near a plane of K directions of a space of D, and their table of 40 occupations."""
    rng = np.random.default_rng(seed)
    plane = np.linalg.qr(np.random.default_rng(0).normal(size=(D, D)))[0][:, :K]
    vectors = 0.3 + rng.normal(size=(n, K)) @ plane.T + 0.05 * rng.normal(size=(n, D))
    labels = pd.DataFrame({"soc_code": [f"{11 + i % 4}-{i % 40:04d}" for i in range(n)], "task": [f"task {i}" for i in range(n)]})
    return vectors.astype("f4"), labels


@pytest.fixture(scope="module")
def gauge():
    return DomainGauge(n_components=K, quantile=0.98).fit(*planted(N, 1), encoder_hash="abc")


def test_new_vectors_of_the_same_kind_are_seldom_strange(gauge):
    vectors, _ = planted(20_000, 2)
    assert gauge.is_strange(vectors).mean() == pytest.approx(0.02, abs=0.008)


def test_vectors_off_the_plane_are_strange_and_those_far_out_on_it_are_not(gauge):
    vectors, _ = planted(500, 3)
    off = np.random.default_rng(4).normal(size=(500, D)) * 0.3
    assert gauge.is_strange(vectors + off).mean() > 0.99
    assert not gauge.is_strange(gauge.mean_ + 100 * gauge.directions_.T).any()


def test_the_distance_is_what_the_directions_leave_over(gauge):
    vectors, _ = planted(50, 5)
    centred = vectors - gauge.mean_
    nearest = np.linalg.lstsq(gauge.directions_, centred.T)[0]
    left = centred - (gauge.directions_ @ nearest).T
    np.testing.assert_allclose(gauge.distance(vectors), np.linalg.norm(left, axis=1), rtol=1e-9)


def test_a_saved_gauge_is_the_same_gauge(gauge, tmp_path):
    gauge.save(tmp_path / "domain.npz")
    loaded = DomainGauge.load(tmp_path / "domain.npz")
    vectors, _ = planted(100, 6)
    np.testing.assert_array_equal(loaded.distance(vectors), gauge.distance(vectors))
    assert (loaded.threshold_, loaded.encoder_hash_) == (gauge.threshold_, "abc")
    assert gauge.is_strange(np.empty((0, D))).shape == (0,)


def test_fitting_twice_gives_the_same_file(gauge, tmp_path):
    for name, one in (("a", gauge), ("b", DomainGauge(n_components=K, quantile=0.98).fit(*planted(N, 1), encoder_hash="abc"))):
        one.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


class TestErrors:
    def test_other_lengths(self):
        vectors, labels = planted(100, 1)
        with pytest.raises(InputError, match="99 vectors for 100 tasks"):
            DomainGauge().fit(vectors[:99], labels)

    def test_too_few_vectors(self):
        with pytest.raises(InputError, match="have no 128 directions"):
            DomainGauge().fit(*planted(100, 1))

    def test_vectors_of_another_encoder(self, gauge):
        with pytest.raises(ModelError, match="vectors of 7 dimensions for a gauge of 24"):
            gauge.is_strange(np.zeros((2, 7)))

    @pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no", "other"])
    def test_no_gauge(self, tmp_path, content):
        path = tmp_path / "domain.npz"
        if content == "other":
            np.savez(path, mean=np.zeros(3))
        elif content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be read as a domain gauge"):
            DomainGauge.load(path)


@pytest.mark.slow
@pytest.mark.publisher
def test_texts_that_are_no_tasks_are_found_and_held_out_tasks_are_not(label_sample, tmp_path):
    """On held-out occupations at most 2 % are strange, of the own-worded starter tasks too; of 95 other texts most are."""
    labels = label_sample[assign_folds(label_sample, n_folds=2, seed=0) == 0].reset_index(drop=True)
    encoder = SentenceEncoder(device="cpu", precision="fp32", cache_folder=tmp_path / "vectors")
    vectors = encoder.encode(labels["task"].tolist())
    held_out = assign_folds(labels, n_folds=10, seed=5) == 0
    known = leak_free(labels, held_out)
    gauge = DomainGauge().fit(vectors[known], labels[known], encoder_hash=encoder.weights_hash)
    assert gauge.is_strange(vectors[held_out]).mean() <= 0.02
    starter = read_starter_tasks()["task"].sample(100, random_state=0).tolist()
    assert gauge.is_strange(encoder.encode(starter)).mean() <= 0.03
    found = {kind: gauge.is_strange(encoder.encode(texts)).mean() for kind, texts in STRANGE.items()}
    assert found.pop("recipe") > 0.1  # reads like a cook's task
    assert all(share >= 0.6 for share in found.values()), found
    gauge.save(tmp_path / "domain.npz")
    assert (tmp_path / "domain.npz").stat().st_size < 250_000
