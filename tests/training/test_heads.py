"""The heads: targets from labels, training, figures, and the model on disk."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jobimpact.exposure
from jobimpact.exposure.encoder.sentence import SentenceEncoder
from jobimpact.exposure.heads.rubric import RubricHeads
from jobimpact.exposure.score import load_heads
from jobimpact.exposure.splits import assign_folds
from jobimpact.training.card import finish, write_model
from jobimpact.training.finetune import TuneSettings
from jobimpact.training.heads import label_levels, label_targets, measure, one_hot, rows_of, train_heads
from jobimpact.training.tuning import Recipe, train_tuned

LABELS = pd.DataFrame(
    {
        "human": ["E0", "E2", "E1", "E0"],
        "gpt4": ["E1", None, "E1", "E0"],
        "gpt4_alt": ["E0", "E0", "E2", "E0"],
        "gpt4_automation": ["T0", "T4", "T1", "T0"],
    }
)
WEIGHTS = Path(jobimpact.exposure.__file__).parent / "weights"


def test_levels_follow_the_rubric_and_leave_out_raters_that_are_not_there():
    levels = label_levels(LABELS)
    assert list(levels) == ["human", "gpt4", "gpt4_alt", "gpt4_automation"]
    assert levels["human"].tolist() == [0, 2, 1, 0]
    assert levels["gpt4"].tolist() == [1, -1, 1, 0]
    assert levels["gpt4_automation"].tolist() == [0, 4, 1, 0]


def test_targets_are_ones_for_labels_and_missing_where_none_was_given():
    targets = label_targets(LABELS)
    np.testing.assert_array_equal(targets["human"][1], [0, 0, 1])
    assert np.isnan(targets["gpt4"][1]).all()
    np.testing.assert_allclose(targets["consensus"].sum(axis=1), 1)
    assert targets["consensus"][0, 0] > targets["consensus"][2, 0]


def test_rows_are_taken_from_every_head():
    part = rows_of(label_targets(LABELS), np.array([True, False, False, True]))
    assert {len(target) for target in part.values()} == {2}
    np.testing.assert_array_equal(one_hot(np.array([-1]), 3), [[np.nan] * 3])


def test_shipped_heads_belong_to_the_packaged_encoder_and_stay_small():
    card = json.loads((WEIGHTS / "model_card.json").read_text())
    assert load_heads().encoder_hash_ == card["encoder_hash"] == SentenceEncoder(cache=False).weights_hash


def test_shipped_weights_are_at_most_five_megabytes():
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) < 5 * 2**20


def card_of_test():
    figures = json.loads((WEIGHTS / "model_card.json").read_text())["figures"]
    return next(row for row in figures if row["fold"] == "test")


def test_shipped_heads_beat_kernel_ridge_and_gpt4_on_held_out_occupations():
    test = card_of_test()
    assert test["task_r"] > max(test["reference_task_r"], test["gpt4_task_r"])
    assert test["occupation_r"] > test["gpt4_occupation_r"]


def test_shipped_intervals_cover_what_they_say():
    assert 0.88 <= card_of_test()["coverage"] <= 0.92


def test_automation_grades_agree_with_those_of_gpt4_on_occupations_left_out(label_sample, published_encoder):
    """Correlation with GPT-4's own grades: .7 by task, .9 by occupation; how good those grades are, nobody has measured."""
    labels = label_sample[assign_folds(label_sample, n_folds=3, seed=1) == 0].reset_index(drop=True)
    trained = train_heads(labels, published_encoder, RubricHeads(n_members=1, epochs=20), n_folds=2)
    grades = labels["gpt4_automation"].str[1:].astype(float) / 4
    pairs = pd.DataFrame({"grade": grades, "predicted": trained.predictions["automation"]})
    assert pairs["predicted"].corr(pairs["grade"]) >= 0.7
    means = pairs.groupby(labels["onetsoc_code"]).mean()
    assert means["predicted"].corr(means["grade"]) >= 0.85


@pytest.fixture(scope="module")
def some_labels(publisher_data):
    """Tasks of a few SOC codes, with the labels of later models."""
    from jobimpact.sources.labels.eloundou import read_eloundou_labels
    from jobimpact.sources.labels.parshall import join_relabels, read_relabels

    labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
    labels = labels[labels["soc_code"].str[-1] == "3"].reset_index(drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return join_relabels(labels, read_relabels(publisher_data / "task_exposure_parshall"))


@pytest.mark.slow
@pytest.mark.publisher
def test_training_learns_from_the_real_labels(some_labels, tmp_path):
    """One network and three folds on a few SOC codes: enough to see that the loop works and does not leak."""
    settings = RubricHeads(n_members=1, epochs=10, hidden=64, batch_size=64)
    plain = SentenceEncoder(adapter=None, device="cpu")
    trained = train_heads(some_labels, plain, settings, n_folds=3)
    total = trained.figures.iloc[-1]
    assert total["task_r"] > 0.55
    assert total["occupation_r"] > 0.80
    assert 0.86 < total["coverage"] < 0.94
    assert trained.heads.heads_ == ("human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4", "consensus", "gpt4_automation")
    write_model(finish(trained, some_labels, plain, plain), tmp_path / "heads")
    assert RubricHeads.load(tmp_path / "heads" / "rubric.npz").intervals_.base == trained.heads.intervals_.base
    card = (tmp_path / "heads" / "model_card.md").read_text()
    assert all(part in card for part in ("| this model |", "## Ceiling", "## Audit", "## Variants tried"))


@pytest.mark.slow
@pytest.mark.publisher
def test_tuning_measures_on_codes_that_it_never_saw(some_labels, tmp_path):
    labels = some_labels[some_labels["soc_code"].str[:2].isin(["13", "15", "43", "51"])]
    recipe = Recipe(TuneSettings(epochs=1, rank=4), n_members=2, rank=4, refit=True)
    trained = train_tuned(labels.reset_index(drop=True), tmp_path, recipe=recipe, device="cpu", seed=3)
    assert set(trained.predictions["fold"]) == {"test", "validation"}
    held_out = set(trained.predictions["soc_code"])
    assert 0 < len(held_out) < labels["soc_code"].nunique()
    assert SentenceEncoder(adapter=tmp_path / "adapter", cache=False).weights_hash == trained.heads.encoder_hash_
    assert trained.predictions[["beta", "beta_low", "beta_high", "human"]].stack().between(0, 1).all()


def test_figures_are_those_of_scikit_learn():
    """Planted predictions: accuracy, F1, cross-entropy and calibration error against their definitions."""
    from sklearn.metrics import f1_score, log_loss

    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([1, 1, 1], size=300)
    level = np.array([rng.choice(3, p=p) for p in probabilities])
    labels = pd.DataFrame(
        {
            "human": np.array(["E0", "E1", "E2"])[level],
            "gpt4": "E0",
            "task_type": "Core",
            "onetsoc_code": np.repeat([f"11-10{n:02d}.00" for n in range(30)], 10),
        }
    )
    labels.loc[::3, "gpt4"] = "E1"
    predictions = labels[["onetsoc_code"]].assign(
        fold="test", human=np.array([0, 1, 0.5])[level], beta=probabilities @ [0, 1, 0.5], beta_gpt4=0.5, reference=np.nan,
        beta_low=0.0, beta_high=1.0,
    )  # fmt: skip
    with np.errstate(invalid="ignore"):
        row = measure(labels, predictions, {"human": probabilities}).iloc[-1]
    assert row["accuracy"] == pytest.approx((probabilities.argmax(axis=1) == level).mean())
    assert row["f1"] == pytest.approx(f1_score(level, probabilities.argmax(axis=1), average="macro"))
    assert row["cross_entropy"] == pytest.approx(log_loss(level, probabilities))
    assert row["calibration_error"] < 0.1
    assert (row["coverage"], row["mean_width"]) == (1, 1)
    assert np.isnan(row["reference_task_r"])
