"""The ceiling that noise sets: planted reliabilities found again by each method, bad input, and the real labels."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import CoverageWarning, InputError
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL
from jobimpact.sources.labels.eloundou import read_eloundou_labels
from jobimpact.sources.labels.parshall import join_relabels, read_relabels
from jobimpact.training.noise import noise_ceiling

NAMES = np.array(["E0", "E1", "E2"])
FAMILIES = {"one": ["gpt4"], "two": ["gpt4_0613"]}
KEPT = 0.8


def see(truth: np.ndarray, rng: np.random.Generator, kept: float = KEPT) -> np.ndarray:
    """Keep a level with probability `kept`, else draw any level evenly: the correlation with a second look is kept^2."""
    return np.where(rng.random(len(truth)) < kept, truth, rng.integers(0, 3, len(truth)))


def planted(n_texts: int = 3000, copies: int = 2, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return labels of texts that each stand in `copies` occupations, and vectors in which alike is truly alike.

    The truth is evenly spread over the levels, so that noise leaves its variance as it is.
    """
    rng = np.random.default_rng(seed)
    # Texts come in pairs with the same truth and nearly the same vector.
    truth = np.repeat(rng.integers(0, 3, n_texts // 2), 2)
    centres = np.repeat(rng.normal(size=(n_texts // 2, 64)), 2, axis=0)
    vectors = centres + rng.normal(size=centres.shape) * rng.uniform(0.02, 0.5, (n_texts, 1))
    text = np.tile(np.arange(n_texts), copies)
    majors = np.array(["11", "13", "15", "17", "19"])
    order = np.arange(n_texts * copies)
    place = order + order // n_texts  # another occupation and major group for each copy
    soc = [f"{majors[i % 5]}-{1000 + (i * 7) % 40:04d}" for i in place]
    table = pd.DataFrame(
        {
            "onetsoc_code": [f"{code}.00" for code in soc],
            "soc_code": soc,
            "task": [f"Task {i}" for i in text],
            "task_type": np.where(order % 3 == 0, "Core", None),
            **{rater: NAMES[see(truth[text], rng)] for rater in ("human", "gpt4", "gpt4_0613")},
        }
    )
    return table, vectors[text]


def by_method(table: pd.DataFrame, level: str = "task") -> pd.DataFrame:
    return table[table["level"] == level].set_index("method")


@pytest.fixture(scope="module")
def ceilings() -> pd.DataFrame:
    labels, vectors = planted()
    return noise_ceiling(labels, vectors, families=FAMILIES, n_boot=50)


@pytest.mark.parametrize(
    "method", ["identical texts", "identical texts, other major group", "near duplicates", "one factor, gpt4 and gpt4_0613"]
)
def test_every_method_finds_the_planted_reliability(ceilings: pd.DataFrame, method: str) -> None:
    row = by_method(ceilings).loc[method]
    assert row["reliability"] == pytest.approx(KEPT**2, abs=0.05)
    assert row["ceiling_r"] == pytest.approx(np.sqrt(row["reliability"]))
    assert row["low"] < row["ceiling_r"] < row["high"]
    assert row["low"] < KEPT + 0.02
    assert row["high"] > KEPT - 0.02


def test_the_ceiling_is_what_the_truth_itself_reaches() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 3, 20_000)
    reached = np.corrcoef(BETA_OF_LEVEL[truth], BETA_OF_LEVEL[see(truth, rng)])[0, 1]
    assert reached == pytest.approx(KEPT, abs=0.02)


def test_means_are_less_noisy_than_single_labels() -> None:
    """Occupations that truly differ: the mean of 50 labels hides most of the noise."""
    rng = np.random.default_rng(2)
    occupation = np.repeat(np.arange(60), 50)
    truth = np.where(rng.random(3000) < (occupation / 60), 1, 0)
    codes = [f"{'11' if i % 2 else '13'}-{1000 + i:04d}" for i in occupation]
    labels = pd.DataFrame(
        {
            "onetsoc_code": [f"{code}.00" for code in codes], "soc_code": codes, "task_type": "Core",
            "task": [f"Task {i}" for i in range(3000)],
            **{rater: NAMES[see(truth, rng)] for rater in ("human", "gpt4", "gpt4_0613")},
        }
    )  # fmt: skip
    table = noise_ceiling(labels, families=FAMILIES, n_boot=5).set_index("level")["ceiling_r"]
    assert table["occupation"] > table["task"] + 0.1


def test_shared_errors_make_the_one_factor_ceiling_a_lower_bound() -> None:
    labels, _ = planted()
    rng = np.random.default_rng(9)
    alike = np.where(rng.random(len(labels)) < 0.7, labels["gpt4"], labels["gpt4_0613"])
    honest = by_method(noise_ceiling(labels, families=FAMILIES, n_boot=5))
    shared = by_method(noise_ceiling(labels.assign(gpt4_0613=alike), families=FAMILIES, n_boot=5))
    method = "one factor, gpt4 and gpt4_0613"
    assert shared.loc[method, "reliability"] < honest.loc[method, "reliability"] - 0.1


def test_what_cannot_be_estimated_is_not_there() -> None:
    labels, _ = planted(200, copies=1)
    table = noise_ceiling(labels.drop(columns=["gpt4"]), families=FAMILIES, n_boot=5)
    assert table.empty or not table["method"].str.contains("identical|one factor|near").any()


def test_missing_labels_do_not_count() -> None:
    labels, vectors = planted(600)
    gaps = labels["human"].where(np.arange(len(labels)) % 10 != 0)
    table = by_method(noise_ceiling(labels.assign(human=gaps), vectors, families=FAMILIES, n_boot=5))
    assert table.loc["one factor, gpt4 and gpt4_0613", "n"] == gaps.notna().sum()
    assert table["reliability"].notna().all()


def test_bad_input() -> None:
    labels, vectors = planted(100)
    with pytest.raises(InputError, match="found no column 'expert' in the labels"):
        noise_ceiling(labels, rater="expert")
    with pytest.raises(InputError, match="found 3 vectors; expected one for each of 200"):
        noise_ceiling(labels, vectors[:3])


@pytest.mark.publisher
def test_the_real_labels(publisher_data: Path) -> None:
    """Lower bound from raters, upper bound from repeats; GPT-4 (.60) lies below both at the level of tasks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CoverageWarning)
        labels = join_relabels(
            read_eloundou_labels(publisher_data / "openai_gpts_are_gpts"),
            read_relabels(publisher_data / "task_exposure_parshall"),
        )
    table = noise_ceiling(labels, n_boot=20)
    task, occupation = by_method(table), by_method(table, "occupation")
    assert 0.70 < task.loc["one factor, gpt4 and gpt4_0613", "ceiling_r"] < task.loc["identical texts", "ceiling_r"] < 0.95
    assert task.loc["identical texts", "n"] > 250
    assert 0.92 < occupation.loc["one factor, gpt4 and gpt4_0613", "ceiling_r"] < occupation.loc["identical texts", "ceiling_r"]
    human, gpt4 = (labels[rater].map(dict(zip(NAMES, BETA_OF_LEVEL, strict=True))) for rater in ("human", "gpt4"))
    assert human.corr(gpt4) < task["ceiling_r"].min()
