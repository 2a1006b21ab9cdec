import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.estimates.means.populations import occupation_population, population_by
from jobimpact.estimates.variance.raters import rater_estimates
from jobimpact.exposure.heads.components import VarianceComponents
from jobimpact.study import read_raters
from jobimpact.tables import check_table

PARTS = VarianceComponents(shared=0.05, own=0.6, noise=0.2, bias=0.0, n_tasks=400, n_occupations=40)
TASKS = pd.DataFrame({"onetsoc_code": ["a", "a", "b"], "beta": [0.2, 0.4, 0.9], "task_weight": [1.0, 1.0, 1.0]})
CELLS = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": [300.0, 100.0], "emp_prse": 1.0, "a_mean": [1.0, 3.0], "mean_prse": 1.0})
POPULATIONS = [occupation_population(["a", "b"]), population_by("groups", CELLS.assign(key="all|all"), "key")]


def estimates(raters, components=PARTS):
    table = rater_estimates(TASKS, TASKS["onetsoc_code"], raters, POPULATIONS, components)
    return check_table("raters", table)


def test_means_by_hand():
    table = estimates(pd.DataFrame({"human": TASKS["beta"], "model": [1.0, 0.0, 0.5]}))
    nation = table[table["level"] == "country"].set_index(["column", "rater"])["estimate"]
    assert nation["exposure_beta", "human"] == pytest.approx(0.75 * 0.3 + 0.25 * 0.9)
    assert nation["exposure_beta", "model"] == pytest.approx(0.5)
    assert nation["exposure_beta_wage_bill", "human"] == pytest.approx(0.5 * 0.3 + 0.5 * 0.9)
    assert read_raters({"raters": table}, "occupations", "b", "exposure_beta").to_dict() == {"model": 0.5, "human": 0.9}
    assert set(table.loc[table["table"] == "occupations", "level"]) == {"occupation"}


def test_without_errors_predictions_above_a_cut_are_counted():
    shares = estimates(TASKS[["beta"]].set_axis(["human"], axis=1), components=None)
    assert read_raters({"raters": shares}, "groups", "all|all", "share_workers_50")["human"] == 0.25
    expected = read_raters(
        {"raters": estimates(TASKS[["beta"]].set_axis(["human"], axis=1))}, "groups", "all|all", "share_workers_50"
    )
    assert 0.2 < expected["human"] < 0.5
    assert expected["human"] != 0.25


def test_bad_scores_are_one_line():
    with pytest.raises(InputError, match="rater 'a' has a score outside 0-1"):
        estimates(pd.DataFrame({"a": TASKS["beta"] + 1}))
    with pytest.raises(InputError, match="found 1 rows of raters' scores for 3 tasks"):
        estimates(pd.DataFrame({"a": [0.1]}))
    assert np.isfinite(estimates(pd.DataFrame({"a": TASKS["beta"]}))["estimate"]).all()
