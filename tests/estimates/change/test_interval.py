"""Intervals of a change: what two studies have in common cancels, as in a simulation of the hierarchical model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from jobimpact.estimates.change.change import change
from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.change.interval import change_intervals
from jobimpact.estimates.change.mixture import Mixture
from jobimpact.estimates.change.sides import Side
from jobimpact.exposure.heads.components import VarianceComponents

CODES = [f"15-12{number}" for number in range(21, 51)]
COMPONENTS = VarianceComponents(shared=0.05, own=0.6, noise=0.2, bias=0.0, n_tasks=90, n_occupations=30)
MEAN, SHARE = Estimate.parse("mean:beta"), Estimate.parse("share:beta>=0.5")


def make_sides(estimate=MEAN, error=0.0, **parts):
    """Two sides of 30 occupations: three tasks in each, of which the second side has two, and one of its own."""
    rng = np.random.default_rng(7)
    jobs = pd.DataFrame({"soc_code": CODES, "tot_emp": rng.uniform(1e4, 1e5, 30), "emp_prse": error})
    beta = rng.uniform(0.05, 0.95, (30, 4)) * rng.uniform(0.2, 1, (30, 1))
    sides = []
    for name, numbers in (("before", [0, 1, 2]), ("after", [1, 2, 3])):
        tasks = pd.DataFrame({"soc_code": np.repeat(CODES, 3), "task": [f"task {number}" for number in numbers] * 30})
        tasks = tasks.assign(onetsoc_code=tasks["soc_code"], task_type="Core", task_weight=1.0)
        scores = pd.DataFrame({"beta": beta[:, numbers].ravel()})
        sides.append(Side(name, tasks, scores, jobs, "given", estimate, components=COMPONENTS, model=("human", "a", "b")))
    return sides[0], replace(sides[1], **parts)


def simulated(sides, n=40_000):
    """Draws of the change from the model itself: what occupations and tasks have in common, and the sampling of jobs."""
    rng = np.random.default_rng(1)
    same_model, same_jobs = sides[0].model == sides[1].model, sides[0].same_employment(sides[1])
    z, v, jobs_error = rng.normal(size=(30, n)), rng.normal(size=(30, 4, n)), rng.normal(size=(30, n))
    levels = []
    for side in sides:
        if levels and not same_model:
            z, v = rng.normal(size=z.shape), rng.normal(size=v.shape)
        if levels and not same_jobs:
            jobs_error = rng.normal(size=jobs_error.shape)
        beta = side.scores["beta"].to_numpy().reshape(30, 3)
        weight = side.tasks["task_weight"].to_numpy().reshape(30, 3)
        share, q = weight / weight.sum(axis=1, keepdims=True), beta * (1 - beta)
        numbers = side.tasks["task"].str[-1].astype(int).to_numpy()[:3]
        exposure = (share * beta).sum(axis=1)[:, None] + np.sqrt(COMPONENTS.shared * (share * q).sum(axis=1))[:, None] * z
        exposure += np.einsum("ot,otn->on", share * np.sqrt(COMPONENTS.own * q), v[:, numbers])
        averaged = exposure if side.estimate.cut is None else exposure >= side.estimate.cut
        count, error = (side.employment[column].to_numpy()[:, None] for column in ("tot_emp", "emp_prse"))
        jobs = count * (1 + error / 100 * jobs_error)
        levels.append((jobs * averaged).sum(axis=0) / jobs.sum(axis=0))
    return levels[1] - levels[0]


@pytest.mark.parametrize("estimate", [MEAN, SHARE], ids=str)
@pytest.mark.parametrize("case", ["common", "another model", "sampling", "another release"])
def test_interval_is_that_of_a_simulation_of_the_model(estimate, case):
    """At 1,000 draws an end is known to about 5 % of the width."""
    sides = make_sides(estimate, error=20.0 if case in ("sampling", "another release") else 0.0)
    if case == "another model":
        sides = sides[0], replace(sides[1], model=("gpt4", "a", "b"))
    if case == "another release":
        jobs = sides[1].employment
        sides = sides[0], replace(sides[1], employment=jobs.assign(tot_emp=jobs["tot_emp"] * np.linspace(0.5, 2, 30)))
    found = change(*sides)
    assert found.common_errors == (case != "another model")
    low, high = np.quantile(simulated(sides), [0.025, 0.975])
    assert found.interval == pytest.approx((low, high), abs=0.08 * (high - low))
    assert low < found.split.after - found.split.before < high


def test_what_is_common_cancels():
    sides = make_sides()
    width = [np.diff(change(sides[0], replace(sides[1], model=model)).interval)[0] for model in (sides[0].model, ("x", "a", "b"))]
    assert width[0] < 0.75 * width[1]
    # The same study twice, and a change of jobs alone, which rests on differences between occupations alone.
    assert change(sides[0], sides[0]).interval == pytest.approx((0.0, 0.0), abs=1e-8)
    alike = replace(sides[0], scores=sides[0].scores * 0 + 0.5, components=replace(COMPONENTS, shared=0.0, own=0.0, noise=0.0))
    moved = replace(alike, employment=alike.employment.assign(tot_emp=1.0))
    assert change(alike, moved).interval == pytest.approx((0.0, 0.0), abs=1e-12)


def test_schemes_of_task_weights_are_the_same_in_both():
    """Both studies rate tasks alike: which scheme is right moves both means, and hardly their difference."""
    kinds = {"task_type": ["Core", "Supplemental", "Supplemental"] * 30, "importance": [5.0, 1.0, 3.0] * 30}
    exact = replace(COMPONENTS, shared=0.0, own=0.0, noise=0.0)
    sides = [replace(side, tasks=side.tasks.assign(**kinds), weights="core", components=exact) for side in make_sides()]
    higher = replace(sides[0], scores=sides[0].scores + 0.01)
    assert change(sides[0], higher).interval == pytest.approx((0.01, 0.01))
    low, high = change(*sides).interval
    assert high - low > 0.001
    # Where the scheme itself differs, it is a cause and no error.
    weighed = change(sides[0], replace(sides[0], weights="importance"))
    part = weighed.split.parts["weights"]
    assert weighed.interval == pytest.approx((part, part))


def test_no_interval_without_errors():
    sides = make_sides()
    unknown = change(sides[0], replace(sides[1], components=None))
    assert np.isnan(unknown.interval).all()
    assert unknown.to_record()["interval"] is None
    jobs = sides[0].employment.drop(columns="emp_prse")
    assert np.isnan(change(*(replace(side, employment=jobs) for side in sides)).interval).all()
    scores = [side.scores.assign(gamma=side.scores["beta"]) for side in sides]
    gamma = [replace(side, scores=score, estimate=Estimate("gamma")) for side, score in zip(sides, scores, strict=True)]
    assert np.isnan(change(*gamma).interval).all()


def test_a_group_that_one_side_has_no_score_for_has_no_interval():
    sides = make_sides()
    keep = sides[1].tasks["soc_code"] != CODES[0]
    jobs = sides[0].employment.assign(soc_major=["11-0000"] + ["15-0000"] * 29)
    rows = {"tasks": sides[1].tasks[keep], "scores": sides[1].scores[keep], "employment": jobs}
    mixture = Mixture((replace(sides[0], employment=jobs), replace(sides[1], **rows)), "own")
    alone, common = (Estimate(by="soc_major", key=key) for key in ("11-0000", "15-0000"))
    ends = change_intervals(mixture, [(alone, alone), (common, common)])
    assert np.isnan(ends[0]).all()
    assert ends[1][0] < ends[1][1]


def test_the_change_by_each_judge_is_that_of_both_tables():
    raters = [pd.Series({"human": 0.2, "gpt4": 0.3, "gpt5_4": 0.4}), pd.Series({"gpt4": 0.35, "human": 0.15})]
    found = change(*(replace(side, by_rater=rater) for side, rater in zip(make_sides(), raters, strict=True)))
    assert found.by_rater["change"].to_dict() == pytest.approx({"human": -0.05, "gpt4": 0.05})
    assert "Change by each judge: human -0.050000, gpt4 +0.050000." in found.notes
