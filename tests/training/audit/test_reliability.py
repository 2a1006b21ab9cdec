"""Reliability of raters: planted accuracies inside their intervals, and what models of one family are worth."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.training.audit.reliability import rater_reliability
from jobimpact.training.consensus.consensus import Consensus

NAMES = np.array(["E0", "E1", "E2"])
RATERS = ["human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4"]


def garble(levels: np.ndarray, accuracy: float, rng: np.random.Generator) -> np.ndarray:
    """Keep a label with probability `accuracy`, else draw another one evenly."""
    return np.where(rng.random(len(levels)) < accuracy, levels, (levels + rng.integers(1, 3, len(levels))) % 3)


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    """A human and four models: the human sees the truth, the models see a distorted copy of it, two and two alike."""
    rng = np.random.default_rng(1)
    truth = rng.choice(3, size=1500, p=[0.4, 0.3, 0.3])
    shared = garble(truth, 0.8, rng)
    authors, later = garble(shared, 0.9, rng), garble(shared, 0.9, rng)
    seen = [garble(truth, 0.8, rng), *(garble(authors, 0.9, rng) for _ in "ab"), *(garble(later, 0.9, rng) for _ in "ab")]
    table = pd.DataFrame({rater: NAMES[levels] for rater, levels in zip(RATERS, seen, strict=True)})
    return table.assign(soc_code=[f"11-{i % 75:04d}" for i in range(1500)])


@pytest.fixture(scope="module")
def reliability(labels: pd.DataFrame) -> pd.DataFrame:
    return rater_reliability(labels, n_boot=8).set_index(["rater", "measure"])


def test_intervals_hold_the_planted_accuracy(reliability: pd.DataFrame) -> None:
    human = reliability.loc[("human", "accuracy")]
    assert human["low"] <= human["value"] <= human["high"]
    assert human["low"] - 0.05 < 0.8 < human["high"] + 0.05
    assert reliability.loc[("gpt4", "accuracy"), "value"] == pytest.approx(0.8 * 0.9 * 0.9 + 0.02, abs=0.08)


def test_rows_of_a_confusion_matrix_sum_to_one(reliability: pd.DataFrame) -> None:
    for rater in RATERS:
        for true in NAMES:
            assert reliability.loc[rater]["value"].filter(like=f"{true} as").sum() == pytest.approx(1)


def test_related_models_are_worth_fewer(reliability: pd.DataFrame) -> None:
    assert 1 < reliability.loc[("without anchor", "effective_raters"), "value"] < 3
    assert reliability.loc[("all", "effective_raters"), "value"] < 4.5


def test_without_bootstrap_there_are_no_intervals(labels: pd.DataFrame) -> None:
    plain = Consensus(raters=RATERS, families={}, anchor=None)
    table = rater_reliability(labels, plain, n_boot=0)
    assert table[["low", "high"]].isna().all().all()
    assert table.set_index("rater").loc["all", "value"] == pytest.approx(5)
