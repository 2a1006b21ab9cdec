"""The pooled label: planted truths behind independent and dependent raters, gaps, bad input, and the real raters."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import CoverageWarning, InputError
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.sources.labels.eloundou import read_eloundou_labels
from jobimpact.sources.labels.parshall import join_relabels, read_relabels
from jobimpact.training.consensus import CONSENSUS_COLUMNS, Consensus, rater_levels

NAMES = np.array(["E0", "E1", "E2"])
RATES = np.array([0.54, 0.15, 0.31])
FAMILIES = {"authors": ["gpt4", "gpt4_alt"], "later": ["gpt4_0613", "gpt5_4"]}


def garble(levels: np.ndarray, accuracy: float, rng: np.random.Generator) -> np.ndarray:
    """Keep a label with probability `accuracy`, else draw another one evenly."""
    kept = rng.random(len(levels)) < accuracy
    return np.where(kept, levels, (levels + rng.integers(1, 3, len(levels))) % 3)


def planted_family(n: int = 4000, seed: int = 1) -> tuple[np.ndarray, pd.DataFrame]:
    """Return a truth, a human who sees it, and four models that see a distorted copy of it, two and two alike."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, size=n, p=RATES)
    models = garble(truth, 0.80, rng)
    authors, later = garble(models, 0.90, rng), garble(models, 0.90, rng)
    seen = {"human": garble(truth, 0.80, rng)}
    seen |= {"gpt4": garble(authors, 0.95, rng), "gpt4_alt": garble(authors, 0.85, rng)}
    seen |= {"gpt4_0613": garble(later, 0.85, rng), "gpt5_4": garble(later, 0.95, rng)}
    codes = [f"11-{i:04d}" for i in np.arange(n) % 100]
    return truth, pd.DataFrame({rater: NAMES[levels] for rater, levels in seen.items()}).assign(soc_code=codes)


def quality(probabilities: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the share of right labels and the mean log loss."""
    own = np.asarray(probabilities)[np.arange(len(truth)), truth]
    return float((np.asarray(probabilities).argmax(axis=1) == truth).mean()), float(-np.log(np.maximum(own, 1e-9)).mean())


def pooled_labels(labels: pd.DataFrame) -> pd.DataFrame:
    return Consensus().fit(labels).predict_proba(labels)


def majority(labels: pd.DataFrame, raters: list[str]) -> np.ndarray:
    """Return the shares of votes; ties go to the human's side, the kindest rule for a majority."""
    votes = np.stack([(labels[rater].to_numpy()[:, None] == NAMES) for rater in raters]).mean(axis=0)
    return votes + 1e-6 * (labels["human"].to_numpy()[:, None] == NAMES)


def calibration_error(probabilities: pd.DataFrame, truth: np.ndarray) -> float:
    """Return the mean distance of certainty and share of right labels over ten bins of certainty."""
    sure = probabilities.max(axis=1).to_numpy()
    right = probabilities.to_numpy().argmax(axis=1) == truth
    bins = np.minimum((sure * 10).astype(int), 9)
    return sum(abs(right[bins == i].mean() - sure[bins == i].mean()) * (bins == i).mean() for i in np.unique(bins))


class TestPlanted:
    def test_independent_raters_get_their_confusions_back(self) -> None:
        rng = np.random.default_rng(0)
        truth = rng.choice(3, size=20_000, p=RATES)
        accuracy = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6}
        labels = pd.DataFrame({rater: NAMES[garble(truth, share, rng)] for rater, share in accuracy.items()})
        fitted = Consensus(raters=list(accuracy), families={}, anchor=None).fit(labels)
        for rater, share in accuracy.items():
            np.testing.assert_allclose(np.diag(fitted.confusion_[rater]), share, atol=0.03)
        np.testing.assert_allclose(fitted.base_rates_, RATES, atol=0.02)

    def test_related_raters_are_not_counted_as_many(self) -> None:
        truth, labels = planted_family()
        raters = ["human", *FAMILIES["authors"], *FAMILIES["later"]]
        ours = quality(Consensus().fit(labels).predict_proba(labels), truth)
        plain = quality(Consensus(raters=raters, families={}, anchor=None).fit(labels).predict_proba(labels), truth)
        votes = quality(majority(labels, raters), truth)
        assert ours[0] > plain[0] + 0.01
        assert ours[0] > votes[0] + 0.01
        assert ours[1] < plain[1] - 0.1

    def test_a_clique_does_not_outvote_independent_raters(self) -> None:
        rng = np.random.default_rng(3)
        truth = rng.choice(3, size=6000, p=RATES)
        clique = garble(truth, 0.7, rng)
        labels = pd.DataFrame({f"c{i}": NAMES[garble(clique, 0.97, rng)] for i in range(4)})
        labels = labels.assign(human=NAMES[garble(truth, 0.8, rng)], other=NAMES[garble(truth, 0.8, rng)])
        members = [f"c{i}" for i in range(4)]
        ours = Consensus(raters=list(labels), families={"clique": members}, anchor=None).fit(labels)
        plain = Consensus(raters=list(labels), families={}, anchor=None).fit(labels)
        assert quality(ours.predict_proba(labels), truth)[0] > quality(plain.predict_proba(labels), truth)[0] + 0.05
        assert quality(ours.predict_proba(labels), truth)[0] > quality(majority(labels, list(labels)), truth)[0] + 0.05

    def test_probabilities_are_calibrated(self) -> None:
        """Expected calibration error, ten bins: near zero here, where independence claims a certainty it has not."""
        truth, labels = planted_family()
        raters = ["human", *FAMILIES["authors"], *FAMILIES["later"]]
        plain = Consensus(raters=raters, families={}, anchor=None).fit(labels)
        assert calibration_error(Consensus().fit(labels).predict_proba(labels), truth) < 0.06
        assert calibration_error(plain.predict_proba(labels), truth) > 0.15


class TestProperties:
    def test_probabilities_and_index(self) -> None:
        _, labels = planted_family(300)
        labels.index = labels.index[::-1] + 7
        pooled = pooled_labels(labels)
        assert list(pooled.columns) == list(CONSENSUS_COLUMNS)
        pd.testing.assert_index_equal(pooled.index, labels.index)
        np.testing.assert_allclose(pooled.sum(axis=1), 1)
        assert pooled.stack().between(0, 1).all()

    def test_is_deterministic_and_knows_no_order(self) -> None:
        _, labels = planted_family(500)
        first = pooled_labels(labels)
        pd.testing.assert_frame_equal(first, pooled_labels(labels))
        shuffled = labels.sample(frac=1, random_state=0)
        pd.testing.assert_frame_equal(first, pooled_labels(shuffled).sort_index(), atol=1e-9)

    def test_agreement_moves_the_pooled_label(self) -> None:
        _, labels = planted_family()
        fitted = Consensus().fit(labels)
        cases = pd.DataFrame([["E0"] * 5, ["E0", "E0", "E0", "E2", "E2"], ["E0", "E2", "E2", "E2", "E2"]],
                             columns=["human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4"])  # fmt: skip
        p_e0 = fitted.predict_proba(cases)["p_e0"]
        assert p_e0[0] > p_e0[1] > p_e0[2]

    def test_place_of_the_truth(self) -> None:
        """At 1 the truth is the anchor's label; at 0 the anchor says no more than its own confusion matrix."""
        _, labels = planted_family(1000)
        at_anchor = Consensus(position=1).fit(labels).predict_proba(labels).to_numpy()
        np.testing.assert_allclose(at_anchor, labels["human"].to_numpy()[:, None] == NAMES, atol=1e-6)
        shared = Consensus(position=0).fit(labels)
        np.testing.assert_allclose(shared.predict_proba(labels), shared.tree_.hub(rater_levels(labels, shared.raters_)))

    def test_missing_raters(self) -> None:
        _, labels = planted_family(1000)
        labels.loc[100:, "gpt5_4"] = None
        labels.loc[:5, ["human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4"]] = None
        pooled = pooled_labels(labels)
        assert pooled.iloc[:6].isna().all().all()
        assert pooled.iloc[6:].notna().all().all()
        assert Consensus().fit(labels.drop(columns=["gpt5_4"])).raters_ == ["human", "gpt4", "gpt4_alt", "gpt4_0613"]

    def test_held_out_label_is_not_looked_at(self) -> None:
        _, labels = planted_family(400)
        fitted = Consensus().fit(labels)
        other = labels.assign(gpt4="E1")
        pd.testing.assert_frame_equal(fitted.predict_rater(labels, "gpt4"), fitted.predict_rater(other, "gpt4"))


class TestErrors:
    def test_one_rater_is_no_consensus(self) -> None:
        with pytest.raises(InputError, match="found labels of human among human, gpt4"):
            Consensus().fit(pd.DataFrame({"human": ["E0", "E1"], "gpt4": [None, None]}))

    def test_unknown_label(self) -> None:
        with pytest.raises(InputError, match=r"found 'E3' in column 'gpt4' \(1 such rows\)"):
            pooled_labels(pd.DataFrame({"human": ["E0", "E1"], "gpt4": ["E0", "E3"]}))

    def test_unknown_rater(self) -> None:
        fitted = Consensus().fit(planted_family(100)[1])
        with pytest.raises(InputError, match="rater 'me' is not pooled here"):
            fitted.predict_rater(pd.DataFrame({"human": ["E0"]}), "me")

    def test_place_outside(self) -> None:
        with pytest.raises(InputError, match="expected a number from 0"):
            Consensus(position=2).fit(planted_family(100)[1])


@pytest.fixture(scope="module")
def labels(publisher_data: Path) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)
        return join_relabels(
            read_eloundou_labels(publisher_data / "openai_gpts_are_gpts"),
            read_relabels(publisher_data / "task_exposure_parshall"),
        )


@pytest.mark.publisher
class TestPublisher:
    def test_predicts_held_out_voices_better_than_dawid_skene(self, labels: pd.DataFrame) -> None:
        """Each rater's labels, in occupations held out, from the others': a lower log loss for every rater."""
        held_out = assign_folds(labels, n_folds=3, seed=0) == 0
        known, new = labels[leak_free(labels, held_out)], labels[held_out]
        ours = Consensus().fit(known)
        plain = Consensus(raters=ours.raters_, families={}, anchor=None).fit(known)
        for rater in ours.raters_:
            given = new[new[rater].notna()]
            levels = rater_levels(given, [rater])[:, 0]
            assert quality(ours.predict_rater(given, rater), levels)[1] < quality(plain.predict_rater(given, rater), levels)[1]

    def test_agrees_better_with_a_human_it_has_not_seen(self, labels: pd.DataFrame) -> None:
        held_out = assign_folds(labels, n_folds=3, seed=0) == 0
        known, new = labels[leak_free(labels, held_out)], labels[held_out]
        human = BETA_OF_LEVEL[rater_levels(new, ["human"])[:, 0]]
        ours = Consensus().fit(known)
        plain = Consensus(raters=ours.raters_, families={}, anchor=None).fit(known)
        unseen = new.assign(human=None)
        r_ours, r_plain = (np.corrcoef(m.predict_proba(unseen) @ BETA_OF_LEVEL, human)[0, 1] for m in (ours, plain))
        assert r_ours > r_plain + 0.02

    def test_base_rates_are_those_of_the_human_labels(self, labels: pd.DataFrame) -> None:
        assert Consensus().fit(labels).base_rates_[0] == pytest.approx(0.55, abs=0.03)
