"""Why a number changed: parts add up, unchanged factors get 0, one changed factor gets everything, real studies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import InputError
from jobimpact.estimates.change.change import change
from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.change.mixture import FACTORS
from jobimpact.estimates.change.sides import Side, detailed_employment, distinct_names, estimate_cell
from jobimpact.exposure.heads.components import VarianceComponents

CODES = ["15-1252", "29-1141", "43-4051", "53-7062"]


@pytest.mark.parametrize("name", list(read_assumptions("change")))
def test_assumptions_are_complete(name):
    entry = read_assumptions("change")[name]
    assert set(entry) == {"value", "unit", "range", "source", "description"}
    if isinstance(entry["value"], float):
        assert entry["range"][0] <= entry["value"] <= entry["range"][1]


def make_side(seed=0, **changes):
    """A side of four occupations with five tasks each; `changes` replaces whole parts."""
    rng = np.random.default_rng(seed)
    tasks = pd.DataFrame({"soc_code": np.repeat(CODES, 5), "task": [f"task {number}" for number in range(20)]})
    tasks["onetsoc_code"] = tasks["soc_code"] + ".00"
    tasks["task_type"] = np.where(rng.random(20) < 0.5, "Core", "Supplemental")
    tasks["importance"] = rng.uniform(1, 5, 20)
    scores = pd.DataFrame({name: rng.random(20) for name in ("alpha", "beta", "gamma", "automation")})
    employment = pd.DataFrame({"soc_code": CODES, "tot_emp": rng.uniform(1e4, 1e6, 4), "a_mean": rng.uniform(3e4, 2e5, 4)})
    employment["soc_major"] = employment["soc_code"].str[:2] + "-0000"
    return Side(**({"name": f"side {seed}", "tasks": tasks, "scores": scores, "employment": employment} | changes))


def altered(base, factor, rng):
    """Return the parts of `base` with one factor changed."""
    if factor == "tasks":
        return {"tasks": base.tasks.assign(task_type=np.where(base.tasks["task_type"] == "Core", "Supplemental", "Core"))}
    if factor == "employment":
        return {"employment": base.employment.assign(tot_emp=base.employment["tot_emp"] * rng.uniform(0.5, 2, 4))}
    if factor == "scores":
        return {"scores": base.scores * rng.uniform(0.1, 0.9)}
    return {"weights": "importance"} if factor == "weights" else {"estimate": Estimate.parse("share:beta>=0.4")}


@settings(max_examples=12)
@given(st.sets(st.sampled_from(FACTORS)), st.integers(0, 50))
def test_parts_add_up_and_unchanged_factors_get_exactly_nothing(chosen, seed):
    rng, base = np.random.default_rng(seed), make_side(seed)
    parts = {}
    for factor in chosen:
        parts |= altered(base, factor, rng)
    other = make_side(seed, **parts)
    found = change(base, other)
    assert found.table["factor"].tolist() == list(FACTORS)
    assert found.table["part"].sum() == pytest.approx(found.split.after - found.split.before, abs=1e-12)
    differs = found.table.set_index("factor")["differs"]
    assert set(differs.index[differs]) == chosen
    assert (found.table.loc[~found.table["differs"], ["part", "alone_first", "alone_last"]] == 0.0).all(axis=None)
    if len(chosen) == 1:
        assert found.split.parts[next(iter(chosen))] == found.split.after - found.split.before
    # The way back is the same split with the other sign.
    back = change(other, base)
    np.testing.assert_allclose(back.table["part"], -found.table["part"], atol=1e-15)
    # By occupation it is the same change.
    units = found.occupations.units
    assert (units["composition"] + units["content"]).sum() == pytest.approx(found.split.after - found.split.before, abs=1e-12)


def test_order_of_rows_is_no_change():
    base = make_side(1)
    rows = np.random.default_rng(0).permutation(20)
    tasks, scores = (table.iloc[rows].reset_index(drop=True) for table in (base.tasks, base.scores))
    other = make_side(1, tasks=tasks, scores=scores, employment=base.employment.iloc[::-1].reset_index(drop=True))
    assert not change(base, other).table["differs"].any()


def test_estimate_by_hand():
    """Two occupations: beta .2 and .6, 100 and 300 jobs; then 300 and 100."""
    tasks = pd.DataFrame(
        {"onetsoc_code": ["15-1252.00", "29-1141.00"], "soc_code": CODES[:2], "task": ["a", "b"], "task_type": "Core"}
    )
    scores = pd.DataFrame({"beta": [0.2, 0.6]})
    jobs = pd.DataFrame({"soc_code": CODES[:2], "tot_emp": [100.0, 300.0]})
    before = Side("old", tasks, scores, jobs)
    found = change(before, Side("new", tasks, scores, jobs.assign(tot_emp=[300.0, 100.0])))
    assert found.split.before == pytest.approx(0.5)
    assert found.split.after == pytest.approx(0.3)
    assert found.split.parts["employment"] == pytest.approx(-0.2)
    assert found.occupations.units["composition"].to_dict() == pytest.approx({"15-1252": -0.1, "29-1141": -0.1})


def test_task_that_the_other_side_never_scored_counts_under_tasks():
    base = make_side(2)
    changed = base.tasks.copy()
    changed.loc[0, "task"] = "another task"
    scores = base.scores.copy()
    scores.loc[0, "beta"] = 1.0
    found = change(base, make_side(2, tasks=changed, scores=scores))
    assert found.split.parts["scores"] == 0.0
    assert found.split.parts["tasks"] == found.split.after - found.split.before != 0
    assert found.unscored["n_unscored"].tolist() == [1, 1]
    weight = np.where(base.tasks["task_type"].iloc[:5] == "Core", 2, 1)
    jobs = base.employment["tot_emp"]
    assert found.unscored.loc["before", "employment_share"] == pytest.approx(weight[0] / weight.sum() * jobs[0] / jobs.sum())
    note = found.table.set_index("factor").loc["scores", "note"]
    assert "1 of 20 tasks before and 1 of 20 after have no score on the other side" in note
    assert "keep their own score" in note
    # The other way: left out of mixtures, the split still adds up.
    scores = scores * 0.5
    dropped = change(base, make_side(2, tasks=changed, scores=scores), missing_scores="drop")
    assert dropped.table["part"].sum() == pytest.approx(dropped.split.after - dropped.split.before, abs=1e-12)
    assert "left out of mixtures" in dropped.table.set_index("factor").loc["scores", "note"]


def test_task_without_a_score_on_one_side_counts_under_tasks():
    """Both sides have the task; the one that did not score it has it in no mean, which is no change of any score."""
    base = make_side(2)
    partly = base.scores.assign(beta=base.scores["beta"].mask(base.scores.index == 3))
    found = change(base, make_side(2, scores=partly))
    assert found.split.parts["scores"] == 0.0
    assert found.split.parts["tasks"] == found.split.after - found.split.before != 0
    assert found.unscored["n_unscored"].tolist() == [1, 0]
    assert "1 of 20 tasks before and 0 of 19 after" in found.table.set_index("factor").loc["scores", "note"]
    # The same with other scores, either way of handling them, and the other way round.
    halved = make_side(2, scores=partly * 0.5)
    for method in ("own", "drop"):
        split = change(base, halved, missing_scores=method)
        assert split.split.after == pytest.approx(change(halved, halved).split.before)
        assert split.table["part"].sum() == pytest.approx(split.split.after - split.split.before, abs=1e-12)
        back = change(halved, base, missing_scores=method)
        np.testing.assert_allclose(back.table["part"], -split.table["part"], atol=1e-15)


def test_scheme_that_the_tasks_do_not_allow_is_said():
    base = make_side(3)
    bare = make_side(3, tasks=base.tasks.drop(columns="importance"))
    found = change(bare, make_side(3, weights="importance", estimate=Estimate("beta")))
    notes = found.table.set_index("factor")["note"]
    assert notes["weights"] == "the tasks before cannot be weighted by the other side's scheme and keep their own"
    assert found.own_weights == ("before",)
    assert found.table["part"].sum() == pytest.approx(found.split.after - found.split.before, abs=1e-12)


def test_sides_of_one_name_are_told_apart():
    base = make_side(5, name="study")
    old, new = (make_side(5, name="study", folder=Path(folder)) for folder in ("/data/june/out/study", "/data/july/out/study"))
    assert distinct_names(old, new) == ("june/out/study", "july/out/study")
    assert distinct_names(old, base) == ("study", "study")  # nothing is known that would tell them apart
    other = make_side(5, name="study", weights="importance", names={"employment": "OEWS 2019-05"})
    assert distinct_names(base, other) == ("study, study, core", "study, OEWS 2019-05, importance")
    assert distinct_names(base, make_side(5, name="other")) == ("study", "other")
    assert change(old, new).names == ("june/out/study", "july/out/study")


def test_the_cell_of_an_estimate_is_where_a_study_holds_it():
    assert estimate_cell(Estimate.parse("mean:beta")) == ("groups", "all|all", "exposure_beta")
    assert estimate_cell(Estimate.parse("share:beta>=0.1@area=06")) == ("areas", "06", "share_workers_10")
    assert estimate_cell(Estimate.parse("mean:beta/wage_bill@soc_major=15-0000")) == (
        "groups",
        "soc_major|15-0000",
        "exposure_beta_wage_bill",
    )
    for text in ("share:beta>0.5", "share:alpha>=0.5", "share:beta>=0.5/wage_bill", "share:beta>=0.3"):
        assert estimate_cell(Estimate.parse(text)) is None


def test_shares_are_expected_over_the_errors_of_the_scores():
    """By hand: one task each, so that the error of an occupation is that of its task; the parts still add up."""
    tasks = pd.DataFrame({"onetsoc_code": CODES[:2], "soc_code": CODES[:2], "task": ["a", "b"], "task_type": "Core"})
    jobs = pd.DataFrame({"soc_code": CODES[:2], "tot_emp": [100.0, 300.0]})
    estimate, wide, narrow = Estimate.parse("share:beta>=0.5"), errors_of(0.4), errors_of(0.1)
    before = Side("old", tasks, pd.DataFrame({"beta": [0.4, 0.6]}), jobs, estimate=estimate, components=wide)
    after = Side("new", tasks, pd.DataFrame({"beta": [0.5, 0.9]}), jobs * [1, 2], estimate=estimate, components=narrow)
    found = change(before, after)
    error = np.sqrt(0.4 * 0.4 * 0.6)
    assert found.split.before == pytest.approx(0.25 * ndtr(-0.1 / error) + 0.75 * ndtr(0.1 / error))
    assert found.split.after == pytest.approx(0.25 * 0.5 + 0.75 * ndtr(0.4 / np.sqrt(0.1 * 0.09)))
    assert found.table["part"].sum() == pytest.approx(found.split.after - found.split.before, abs=1e-12)
    units = found.occupations.units
    assert (units["composition"] + units["content"]).sum() == pytest.approx(found.split.after - found.split.before, abs=1e-12)


def errors_of(own, shared=0.0):
    return VarianceComponents(shared, own, 0.0, 0.0, 2, 2)


def test_given_weights_stay_with_their_tasks():
    base = make_side(4)
    given_weights = base.tasks.assign(task_weight=np.linspace(1, 3, 20))
    found = change(base, make_side(4, tasks=given_weights, weights="given"))
    assert "keep their own" in found.table.set_index("factor").loc["weights", "note"]
    assert found.table["part"].sum() == pytest.approx(found.split.after - found.split.before, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    ["mean:beta", "share:beta>=0.5", "share:gamma>0.1", "mean:alpha/wage_bill", "mean:beta@naics=31-33", "mean:beta@area=06"],
)
def test_estimates_are_written_as_they_are_read(text):
    assert str(Estimate.parse(text)) == text


def test_cuts_have_the_ties_of_a_study_s_tables():
    """A mean of labels lies at a cut up to rounding: 0.1 + 0.2 is above 0.3 in double precision."""
    jobs = pd.DataFrame({"soc_code": CODES[:3], "tot_emp": [1.0, 2.0, 4.0]})
    exposure = pd.DataFrame({"beta": [0.1 + 0.2, 0.3 - 1e-12, 0.9]}, index=CODES[:3])
    assert Estimate.parse("share:beta>0.3").compute(exposure, jobs) == pytest.approx(4 / 7)
    assert Estimate.parse("share:beta>=0.3").compute(exposure, jobs) == 1
    assert Estimate.parse("share:beta>=0.3").compute(exposure.iloc[:1].reindex(CODES[:2]), jobs) == 1  # what is missing is no 0


@pytest.mark.parametrize(
    "text",
    [
        "beta", "mean:delta", "mean:beta>=0.5", "share:beta", "mean:beta@county=1", "share:beta<0.5", "share:beta>=1.2.3",
        "share:beta>=.", "share:beta>=50", "share:beta>1.01",
    ],
)  # fmt: skip
def test_unknown_estimate_is_one_line(text):
    with pytest.raises(InputError, match="expected a form such as mean:beta") as caught:
        Estimate.parse(text)
    assert "\n" not in str(caught.value)


def test_bad_sides_are_one_line():
    base = make_side(5)
    with pytest.raises(InputError, match="found 19 scores for 20 tasks"):
        make_side(5, scores=base.scores.iloc[:19])
    with pytest.raises(InputError, match="weights 'importance' cannot be had from the tasks"):
        make_side(5, tasks=base.tasks.drop(columns="importance"), weights="importance")
    with pytest.raises(InputError, match="side 5: found tasks without the column 'soc_code'"):
        make_side(5, tasks=base.tasks.drop(columns="soc_code"))
    unpaid = make_side(5, employment=base.employment.drop(columns="a_mean"))
    with pytest.raises(InputError, match="no column 'a_mean'; expected it for mean:beta/wage_bill"):
        change(unpaid, make_side(5, estimate=Estimate(weight="wage_bill")))
    alone = make_side(5, scores=base.scores[["beta"]])
    with pytest.raises(InputError, match="no column 'alpha', which the other side's estimate needs"):
        change(alone, make_side(5, estimate=Estimate("alpha")))
    with pytest.raises(InputError, match="no column 'beta'"):
        make_side(5, scores=base.scores.drop(columns="beta"))
    with pytest.raises(InputError, match="missing_scores 'guess': expected one of own, drop"):
        change(base, base, missing_scores="guess")
    nowhere = make_side(5, estimate=Estimate("beta", by="soc_major", key="11-0000"))
    with pytest.raises(InputError, match="the estimate is missing once"):
        change(nowhere, nowhere)
    with pytest.raises(InputError, match="no column 'naics'"):
        change(base, make_side(5, estimate=Estimate("beta", by="naics", key="51")))


@pytest.mark.publisher
def test_human_and_gpt4_labels_on_two_years_of_employment(publisher_data):
    """Eloundou's tasks, human against GPT-4 labels, OEWS May 2021 against May 2025: both parts have their known sign."""
    from jobimpact.sources.jobs.employment import read_employment
    from jobimpact.sources.jobs.oews import read_oews
    from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE, read_eloundou_labels

    labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
    old = read_oews(publisher_data / "bls_oews" / "national_M2021_dl.xlsx", i_groups=["cross-industry"])
    scores = [pd.DataFrame({"beta": labels[rater].map(LABEL_EXPOSURE["beta"])}) for rater in ("human", "gpt4")]
    before = Side("human, 2021", labels, scores[0], detailed_employment(old))
    after = Side("GPT-4, 2025", labels, scores[1], detailed_employment(read_employment("national")))
    found = change(before, after)
    assert found.split.parts["scores"] > 0.02  # GPT-4 labels more tasks as exposed than people did
    assert abs(found.split.parts["employment"]) < 0.01
    assert found.split.parts["tasks"] == 0.0
    assert sum(found.split.parts.values()) == pytest.approx(found.split.after - found.split.before, abs=1e-12)
    assert {"15-1252", "43-4051"} <= set(found.occupations.units.index)
