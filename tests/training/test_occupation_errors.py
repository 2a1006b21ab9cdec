"""Variance components of residuals: planted ones are found, and intervals made of them cover what they say."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.exposure.heads.components import label_variance, occupation_standard_errors
from jobimpact.training.occupation_errors import fit_variance_components, label_noise, measure_mean_coverage, measure_shares

SHARED, OWN, NOISE = 0.03, 0.4, 0.15


def simulate(seed: int, n_occupations: int = 600, shared: float = SHARED, own: float = OWN, noise: float = 0.0) -> pd.DataFrame:
    """Return predictions whose residuals have the given components; `agreed` is the label without the raters' noise."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 40, n_occupations)
    code = np.repeat(np.arange(n_occupations), sizes)
    beta = np.clip(rng.beta(2, 3, n_occupations)[code] + rng.normal(0, 0.15, len(code)), 0.02, 0.98)
    soc = pd.Series([f"{11 + 2 * (number % 20)}-{number:04d}" for number in code])
    tasks = pd.DataFrame({"soc_code": soc, "onetsoc_code": soc + ".00", "beta": beta})
    tasks["task"] = [f"task {number}" for number in range(len(code))]
    tasks["task_type"] = np.where(rng.random(len(code)) < 0.7, "Core", "Supplemental")
    weight = np.where(tasks["task_type"] == "Core", 2.0, 1.0)
    spread = label_variance(tasks["beta"])
    mean_spread = (weight * spread).groupby(soc).sum() / pd.Series(weight).groupby(soc).sum()
    u = (rng.normal(0, 1, n_occupations)[code] * np.sqrt(shared * soc.map(mean_spread))).to_numpy()
    tasks["agreed"] = beta + u + rng.normal(0, 1, len(code)) * np.sqrt((own - noise) * spread)
    tasks["human"] = tasks["agreed"] + rng.normal(0, 1, len(code)) * np.sqrt(noise * spread)
    return tasks


def weighted_means(tasks: pd.DataFrame, column: str) -> pd.Series:
    weight = np.where(tasks["task_type"] == "Core", 2.0, 1.0)
    return (weight * tasks[column]).groupby(tasks["onetsoc_code"]).sum() / pd.Series(weight).groupby(tasks["onetsoc_code"]).sum()


def test_planted_components_are_found():
    fitted = [fit_variance_components(simulate(seed)) for seed in range(8)]
    assert np.mean([parts.shared for parts in fitted]) == pytest.approx(SHARED, rel=0.1)
    assert np.mean([parts.own for parts in fitted]) == pytest.approx(OWN, rel=0.03)
    assert fitted[0].n_occupations == 600


def test_nothing_shared_is_nothing():
    fitted = [fit_variance_components(simulate(seed, shared=0.0)).shared for seed in range(8)]
    assert np.mean(fitted) < 0.1 * SHARED


def test_balanced_one_way_layout_gives_the_published_components():
    """Dyestuff yields of Davies and Goldsmith 1972, table 6.3: REML 1764.05 and 2451.25 (Bates et al., lme4)."""
    yields = np.array(
        [[1545, 1440, 1440, 1520, 1580], [1540, 1555, 1490, 1560, 1495], [1595, 1550, 1605, 1510, 1560],
         [1445, 1440, 1595, 1465, 1545], [1595, 1630, 1515, 1635, 1625], [1520, 1455, 1450, 1480, 1445]]
    )  # fmt: skip
    tasks = pd.DataFrame(
        {"onetsoc_code": np.repeat(list("ABCDEF"), 5), "beta": 0.5, "human": yields.ravel(), "task_type": "Core"}
    )
    parts = fit_variance_components(tasks)
    assert parts.shared * 0.25 == pytest.approx(1764.05, abs=0.005)
    assert parts.own * 0.25 == pytest.approx(2451.25, abs=0.005)


def test_close_to_restricted_maximum_likelihood():
    """The same components by REML (statsmodels MixedLM), unequal occupations, where every label is equally certain."""
    formula = pytest.importorskip("statsmodels.formula.api")
    tasks = simulate(3, n_occupations=80).assign(beta=0.5)
    rng = np.random.default_rng(0)
    code = tasks["onetsoc_code"]
    shared = code.map(dict(zip(code.unique(), rng.normal(0, 6, code.nunique()), strict=True)))
    tasks["human"] = 50 + shared + rng.normal(0, 26, len(tasks))
    parts = fit_variance_components(tasks)
    reml = formula.mixedlm("human ~ 1", tasks, groups=tasks["onetsoc_code"]).fit(reml=True)
    assert parts.own * 0.25 == pytest.approx(reml.scale, rel=0.01)
    assert parts.shared * 0.25 == pytest.approx(reml.cov_re.iloc[0, 0], rel=0.2)


def test_intervals_cover_and_leaving_out_the_shared_part_does_not():
    """1,800 occupations: the standard error of a coverage near 90 % is 0.7 percentage points."""
    tables = [measure_mean_coverage(simulate(seed)).set_index(["level", "method", "group"]) for seed in range(3)]
    coverage = sum(table["coverage"] for table in tables) / 3
    assert coverage[0.9, "shared", "all"] == pytest.approx(0.90, abs=0.02)
    assert coverage[0.95, "shared", "all"] == pytest.approx(0.95, abs=0.02)
    assert coverage[0.9, "independent", "all"] < 0.85
    assert coverage[0.95, "independent", "all"] < 0.90
    for fifth in "12345":
        assert coverage[0.9, "shared", fifth] == pytest.approx(0.90, abs=0.05)


def test_both_estimands_cover_their_own_truth():
    reach = NormalDist().inv_cdf(0.95)
    covered = {"human": [], "agreed": []}
    for seed in range(3):
        tasks = simulate(seed, noise=NOISE)
        parts = fit_variance_components(tasks)
        parts = type(parts)(parts.shared, parts.own, NOISE, parts.bias, parts.n_tasks, parts.n_occupations)
        weighted = tasks.assign(task_weight=np.where(tasks["task_type"] == "Core", 2.0, 1.0))
        for column, estimand in (("human", "labels"), ("agreed", "agreed")):
            errors = weighted_means(tasks, column) - weighted_means(tasks, "beta")
            covered[column] += (errors.abs() <= reach * occupation_standard_errors(weighted, parts, estimand=estimand)).tolist()
    assert np.mean(covered["human"]) == pytest.approx(0.90, abs=0.02)
    assert np.mean(covered["agreed"]) == pytest.approx(0.90, abs=0.02)


def test_noise_of_raters_from_repeated_texts():
    rng = np.random.default_rng(0)
    text = np.repeat(np.arange(800), 3)
    beta = np.repeat(rng.uniform(0.1, 0.9, 800), 3)
    truth = np.repeat(rng.uniform(0, 1, 800), 3)
    tasks = pd.DataFrame({"task": [f"Text {number}" for number in text], "beta": beta})
    tasks["human"] = truth + rng.normal(0, 1, len(text)) * np.sqrt(NOISE * label_variance(tasks["beta"]))
    assert label_noise(tasks) == pytest.approx(NOISE, rel=0.08)
    assert label_noise(tasks.drop_duplicates("task")) == 0
    assert label_noise(tasks.iloc[:30]) == 0  # ten texts are too few


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tasks: tasks.drop(columns="human"), "lack human"),
        (lambda tasks: tasks.assign(beta=np.nan), "have a missing cell or a beta outside 0 to 1"),
        (lambda tasks: tasks.assign(beta=1.5), "have a missing cell or a beta outside 0 to 1"),
        (lambda tasks: tasks.iloc[:1], "have 1 occupations with at most 1 tasks"),
        (lambda tasks: tasks.drop_duplicates("onetsoc_code"), "with at most 1 tasks"),
        (lambda tasks: tasks.iloc[:0], "have 0 occupations"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(InputError, match=message) as caught:
        fit_variance_components(change(simulate(0, n_occupations=5)))
    assert "\n" not in str(caught.value)


def test_expected_shares_are_those_of_the_labels_and_counted_predictions_are_not():
    shares = pd.concat([measure_shares(simulate(seed, shared=0.15), (0.5, 0.6)) for seed in range(4)]).groupby("cut").mean()
    assert shares["expected"].tolist() == pytest.approx(shares["labels"].tolist(), abs=0.02)
    # A high cut: predictions are spread less than what they predict.
    assert shares.loc[0.6, "counted"] < 0.8 * shares.loc[0.6, "labels"]
