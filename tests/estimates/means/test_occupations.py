import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.means.occupations import MEASURES, aggregate_occupations, mean_by_occupation
from jobimpact.estimates.means.weights import task_weights, wage_quintiles
from jobimpact.exposure.heads.components import VarianceComponents
from jobimpact.sources.jobs.employment import read_employment


@pytest.mark.publisher
@pytest.mark.parametrize("rater", ["human", "gpt4"])
def test_published_occupation_scores_are_reproduced(publisher_data, rater):
    """occ_level.csv of Eloundou et al. 2024: weight 2 for Core and 1 for every other task."""
    from jobimpact.sources.labels.eloundou import read_eloundou_labels, read_eloundou_occupations

    folder = publisher_data / "openai_gpts_are_gpts"
    labels = read_eloundou_labels(folder)
    value = {"alpha": (0.0, 1.0, 0.0), "beta": (0.0, 1.0, 0.5), "gamma": (0.0, 1.0, 1.0)}
    scores = {name: labels[rater].map(dict(zip(("E0", "E1", "E2"), levels, strict=True))) for name, levels in value.items()}
    tasks = labels.assign(task_weight=task_weights(labels), **scores)
    ours = mean_by_occupation(tasks, list(value))
    published = read_eloundou_occupations(folder).set_index("onetsoc_code")
    assert set(ours.index) == set(published.index)
    for name in value:
        assert (ours[name] - published[f"{rater}_{name}"]).abs().max() < 1e-12


weights_and_scores = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0, 1), st.sampled_from([1.0, 2.0])), min_size=1, max_size=30
)


@given(weights_and_scores)
def test_means_stay_within_their_tasks(rows):
    tasks = pd.DataFrame(rows, columns=["onetsoc_code", "beta", "task_weight"])
    means = mean_by_occupation(tasks, ["beta"])
    bounds = tasks.groupby("onetsoc_code")["beta"].agg(["min", "max"])
    assert (means["beta"] >= bounds["min"] - 1e-12).all()
    assert (means["beta"] <= bounds["max"] + 1e-12).all()
    assert means["n_tasks"].sum() == len(tasks)


def test_task_without_score_does_not_count():
    tasks = pd.DataFrame({"onetsoc_code": ["a", "a"], "beta": [0.4, np.nan], "task_weight": [1.0, 2.0]})
    assert mean_by_occupation(tasks, ["beta"]).loc["a"].tolist() == [0.4, 1]


def test_missing_task_type_weighs_like_supplemental():
    tasks = pd.DataFrame({"task_type": ["Core", "Supplemental", np.nan]})
    assert task_weights(tasks).tolist() == [2, 1, 1]


def test_importance_weights_say_what_they_lack():
    tasks = pd.DataFrame({"task_type": ["Core"] * 2, "importance": [4.5, np.nan]})
    with pytest.warns(CoverageWarning, match="1 of 2 tasks have no importance"):
        assert task_weights(tasks, "importance").tolist() == [4.5, 0]
    with pytest.raises(InputError, match="no task has an importance"):
        task_weights(tasks.assign(importance=np.nan), "importance")


def test_wage_quintiles_hold_a_fifth_of_employment_each():
    rng = np.random.default_rng(0)
    occupations = pd.DataFrame({"a_median": rng.uniform(3e4, 2e5, 500), "tot_emp": rng.uniform(1e3, 1e5, 500)})
    quintile = wage_quintiles(occupations)
    shares = occupations["tot_emp"].groupby(quintile).sum() / occupations["tot_emp"].sum()
    assert shares.index.tolist() == [1, 2, 3, 4, 5]
    assert shares.between(0.19, 0.21).all()
    assert occupations["a_median"].groupby(quintile).mean().is_monotonic_increasing


def test_wage_quintile_is_missing_without_wage():
    occupations = pd.DataFrame({"a_median": [1.0, np.nan, 2.0], "tot_emp": [10.0, 10.0, np.nan]})
    assert wage_quintiles(occupations).notna().tolist() == [True, False, False]


def scored_tasks():
    """Two codes of software developers, one of nurses without scores."""
    tasks = pd.DataFrame(
        {
            "onetsoc_code": ["15-1252.00"] * 3 + ["15-1252.01"] + ["29-1141.00"],
            "soc_code": ["15-1252"] * 4 + ["29-1141"],
            "title": "x",
            "task_weight": [2.0, 1.0, 1.0, 1.0, 1.0],
        }
    )
    return tasks.assign(**{measure: [0.5, 0.5, 0.5, 0.5, np.nan] for measure in MEASURES})


def test_standard_error_of_an_occupation_is_missing_without_components_or_scores():
    tasks, national = scored_tasks(), read_employment("national")
    without = aggregate_occupations(tasks, national, tasks["soc_code"])
    assert without["exposure_beta_se"].isna().all()
    parts = VarianceComponents(shared=0.02, own=0.4, noise=0.0, bias=0.0, n_tasks=100, n_occupations=10)
    occupations = aggregate_occupations(tasks, national, tasks["soc_code"], parts).set_index("soc_code")
    assert occupations.index[occupations["exposure_beta_se"].notna()].tolist() == ["15-1252"]
    # Shares of the four tasks: 1/4, 1/8, 1/8 and 1/2.
    own = 0.4 * (1 / 16 + 2 / 64 + 1 / 4)
    assert occupations["exposure_beta_se"]["15-1252"] == pytest.approx(np.sqrt(0.25 * (0.02 + own)))
    pd.testing.assert_frame_equal(
        occupations.drop(columns="exposure_beta_se"), without.set_index("soc_code").drop(columns="exposure_beta_se")
    )
