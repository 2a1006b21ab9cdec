"""How near a text is to a capability, and the steps between nearness and probability."""

import numpy as np
import pytest
from support.capability_files import CARD

from jobimpact.errors import InputError, ModelError
from jobimpact.exposure.capabilities.file import capabilities_hash, read_capabilities
from jobimpact.exposure.capabilities.scorer import Background, CapabilityScorer, any_of, load_calibration, nearness_probability
from jobimpact.training.capabilities import calibration_error, fit_step, leave_one_out


class TestScorer:
    def test_moments_give_what_the_vectors_give(self):
        random = np.random.default_rng(0)
        work, statements, tasks = random.normal(1, 1, (400, 8)), random.normal(1, 1, (3, 8)), random.normal(1, 1, (5, 8))
        scorer = CapabilityScorer(intercept=-3.0, slope=2.0).fit(Background.from_vectors(work), {"a": statements})

        def similarity(vectors):
            centred = [(rows - work.mean(axis=0)) for rows in (vectors, statements)]
            unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in centred]
            return (unit[0] @ unit[1].T).mean(axis=1)

        expected = (similarity(tasks) - similarity(work).mean()) / similarity(work).std()
        np.testing.assert_allclose(scorer.transform(tasks)[:, 0], expected, atol=5e-3)  # moments in half precision
        assert scorer.transform(tasks).shape == (5, 1)

    def test_nearer_is_never_less_probable(self):
        calibration = load_calibration()
        probabilities = nearness_probability(np.linspace(-10, 20, 500), calibration.intercept, calibration.slope)
        assert (np.diff(probabilities) > 0).all()
        assert 0 < probabilities.min() < 0.001
        assert 0.9 < probabilities.max() < 1

    def test_any_of_is_bounded_by_the_largest_and_the_sum(self):
        probabilities = np.random.default_rng(0).uniform(size=(50, 4)) / 4
        together = any_of(probabilities)
        assert (together >= probabilities.max(axis=1)).all()
        assert (together <= probabilities.sum(axis=1)).all()
        np.testing.assert_allclose(any_of(probabilities[:, :1]), probabilities[:, 0])

    def test_a_constant_encoder_gives_numbers(self):
        same = np.ones((10, 4))
        scorer = CapabilityScorer(intercept=-3.0, slope=2.0).fit(Background.from_vectors(same), {"a": same[:1]})
        assert np.isfinite(scorer.predict_proba(same)).all()

    def test_nothing_to_learn_from_is_refused(self):
        with pytest.raises(InputError, match="1 vectors make no background"):
            Background.from_vectors(np.ones((1, 4)))
        with pytest.raises(InputError, match="capability 'a' has no statements"):
            CapabilityScorer(intercept=0.0, slope=1.0).fit(Background.from_vectors(np.eye(4)), {"a": np.empty((0, 4))})


class TestStep:
    def test_a_planted_step_is_found(self):
        """Two numbers were drawn, tasks labelled by them; the same two come back, and the probabilities are calibrated."""
        random = np.random.default_rng(0)
        nearness = random.normal(size=(40_000, 3))
        covered = any_of(nearness_probability(nearness, -2.5, 1.8))
        exposed = random.uniform(size=len(covered)) < covered
        intercept, slope = fit_step(nearness, exposed)
        assert intercept == pytest.approx(-2.5, abs=0.1)
        assert slope == pytest.approx(1.8, abs=0.1)
        assert calibration_error(covered, exposed) < 0.02

    def test_a_left_out_capability_like_the_others_stays_calibrated(self):
        random = np.random.default_rng(1)
        nearness = random.normal(size=(40_000, 3))
        exposed = random.uniform(size=len(nearness)) < any_of(nearness_probability(nearness, -2.5, 1.8))
        table = leave_one_out(nearness, exposed, ["a", "b", "c"]).set_index("capability")
        # What the left-out one covers is put down to the other two: the step is too high, by less than that one's share.
        assert (table.loc[["a", "b", "c"], "mean_covered"] - exposed.mean()).between(0, 0.15).all()
        assert table.loc["(none)", "calibration_error"] < 0.02


class TestCalibration:
    def test_it_belongs_to_the_shipped_capabilities(self):
        calibration = load_calibration()
        assert calibration.capabilities_hash == capabilities_hash(read_capabilities()), "calibrate again: see capability_training"
        assert CARD["capabilities_hash"] == calibration.capabilities_hash
        assert CARD["slope"] == round(calibration.slope, 4) > 0

    def test_it_comes_back_as_it_was_saved(self, tmp_path):
        calibration = load_calibration()
        calibration.save(tmp_path / "again.npz")
        again = load_calibration(tmp_path / "again.npz")
        nearness = np.random.default_rng(0).normal(size=(5, len(calibration.label_weights)))
        np.testing.assert_array_equal(again.label_probabilities(nearness), calibration.label_probabilities(nearness))
        np.testing.assert_array_equal(again.background.direction_cov, calibration.background.direction_cov)
        assert again.any_quantile == calibration.any_quantile

    def test_other_files_are_refused(self, tmp_path):
        (tmp_path / "bad.npz").write_bytes(b"not an archive")
        for name in ("bad.npz", "none.npz"):
            with pytest.raises(ModelError, match="cannot be read as a calibration of capabilities"):
                load_calibration(tmp_path / name)
