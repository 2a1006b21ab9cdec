"""Tasks drawn for a person to label, with the probabilities of the draw."""

import warnings

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import CoverageWarning
from jobimpact.estimates.debias.label_sample import draw_tasks_to_label
from jobimpact.tables import check_table


@pytest.mark.parametrize("options", [{}, {"strata": "soc_major"}, {"size": "size"}, {"strata": "soc_major", "size": "size"}])
def test_probabilities_are_those_with_which_tasks_are_drawn(tasks, options):
    sheet = draw_tasks_to_label(tasks, 60, seed=1, **options)
    check_table("label_sheet", sheet)
    assert len(sheet) == 60
    drawn = np.zeros(len(tasks))
    probability = np.full(len(tasks), np.nan)
    n_draws = 150
    for seed in range(n_draws):
        one = draw_tasks_to_label(tasks, 60, seed=seed, **options)
        rows = one["task_id"].astype(int).to_numpy()
        drawn[rows] += 1
        probability[rows] = one["inclusion_probability"]
    seen = drawn > 0
    error = np.abs(drawn / n_draws - probability)[seen]
    assert (error < 5 * np.sqrt(probability[seen] * (1 - probability[seen]) / n_draws)).all()  # five standard errors
    assert 59 < probability[seen].sum() < 60 + 1e-9  # the few that were never drawn have small ones


def test_what_is_larger_than_its_step_is_drawn_for_certain(tasks):
    heavy = tasks.assign(size=np.where(tasks.index == 5, 1e6, 1.0))
    for seed in range(5):
        sheet = draw_tasks_to_label(heavy, 10, seed, size="size").set_index("task_id")
        assert sheet.loc["5", "inclusion_probability"] == 1
        assert sheet["inclusion_probability"].drop("5").to_numpy() == pytest.approx(9 / 599)


def test_the_same_seed_draws_the_same_tasks(tasks):
    first, again, other = (draw_tasks_to_label(tasks, 50, seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert set(first["task_id"]) != set(other["task_id"])


def test_tasks_without_text_are_not_drawn(tasks):
    with pytest.warns(CoverageWarning, match="1 of 600 tasks have no text"):
        sheet = draw_tasks_to_label(tasks.assign(task=tasks["task"].where(tasks.index > 0)), 599)
    assert "0" not in set(sheet["task_id"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_tasks_to_label(tasks, 600)
