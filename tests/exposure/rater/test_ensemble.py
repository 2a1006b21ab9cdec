"""Means over prompts, their spread, intervals and reasons, on answers that are planted."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.exposure.doubt.uncertain import BETWEEN_LABELS
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, label_spread
from jobimpact.exposure.rater.prompts import read_prompts
from jobimpact.exposure.rater.rate import Answers, calibrated, ensemble_table, interval_quantile, total_spread
from jobimpact.tables import check_table

BOOK = read_prompts()
NAN = float("nan")
SHARES = st.lists(st.floats(0.001, 1), min_size=3, max_size=3).map(lambda row: np.array(row) / sum(row))


def table_of(exposure, automation=None, masses=None, reasons=None, notes=("",), quantile=None, book=BOOK):
    """Return the table of one text with these answers of the four exposure prompts and of every automation prompt."""
    answers = {}
    for i, prompt in enumerate(book.asking("exposure")):
        mass = 0.9 if masses is None else masses[i]
        answers[prompt] = Answers(np.array([exposure[i]], dtype="f8"), np.array([mass]), [reasons[i] if reasons else ""])
    for prompt in book.asking("automation"):
        row = [0, 0, 0, 0, 1.0] if automation is None else automation
        reason = "" if np.isfinite(row).all() else "no reply"
        answers[prompt] = Answers(np.array([row], dtype="f8"), np.array([0.9]), [reason])
    return ensemble_table(answers, list(notes), book, quantile)


def test_mean_and_spread_of_planted_answers():
    (row,) = table_of([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]).to_dict("records")
    assert (row["p_e0"], row["p_e1"], row["p_e2"]) == (0.25, 0.5, 0.25)
    assert (row["alpha"], row["beta"], row["gamma"]) == (0.5, 0.625, 0.75)
    assert row["beta_prompt_sd"] == pytest.approx(np.std([0, 1, 0.5, 1], ddof=1), abs=1e-6)
    assert (row["automation"], row["n_answers"], row["answer_mass"]) == (1.0, 4, 0.9)
    assert not row["uncertain"]
    assert row["reason"] == ""


def test_prompts_that_agree_have_no_spread_and_the_plain_interval():
    (row,) = table_of([[0.2, 0.5, 0.3]] * 4, quantile=1.0).to_dict("records")
    assert row["beta_prompt_sd"] == 0
    assert 0.65 - label_spread(np.array([[0.2, 0.5, 0.3]]))[0] < 0.5
    assert (row["beta_low"], row["beta_high"]) == (0.5, 1)


@given(st.lists(SHARES, min_size=4, max_size=4), st.floats(0, 5))
def test_scores_are_probabilities_and_intervals_hold_them(exposure, quantile):
    table = table_of(exposure, quantile=quantile)
    (row,) = table.to_dict("records")
    assert row["p_e0"] + row["p_e1"] + row["p_e2"] == pytest.approx(1, abs=2e-6)
    assert row["beta"] == pytest.approx(np.mean(exposure, axis=0) @ BETA_OF_LEVEL, abs=2e-6)
    assert {row["beta_low"], row["beta_high"]} <= set(BETA_OF_LEVEL)
    assert row["beta_low"] <= row["beta_high"]
    assert (BETWEEN_LABELS in row["reason"]) <= row["uncertain"]
    check_table("ratings", table)


def test_total_variance_holds_the_spread_between_prompts_once():
    """Certain prompts that contradict each other: the label's own variance is theirs, the error of their mean comes on top."""
    label, betas = np.array([[0.5, 0.5, 0]]), np.array([0, 0, 1, 1])
    spread = np.array([betas.std(ddof=1)])
    assert total_spread(label, spread, np.array([4]))[0] ** 2 == pytest.approx(0.25 + spread[0] ** 2 / 4)
    assert total_spread(label, np.array([NAN]), np.array([1]))[0] ** 2 == pytest.approx(0.25)


def test_missing_answers_are_left_out_of_the_mean_and_said():
    (row,) = table_of(
        [[NAN] * 3, [0, 1, 0], [NAN] * 3, [0, 1, 0]], masses=[NAN, 0.8, NAN, 0.6], reasons=["HTTP 500", "", "no reply", ""]
    ).to_dict("records")
    assert (row["p_e1"], row["n_answers"], row["answer_mass"]) == (1.0, 2, 0.7)
    assert row["uncertain"]
    assert row["reason"] == "2 of 4 answers missing (HTTP 500)"


def test_nothing_answered_is_missing_with_a_reason_and_never_nan_without_one():
    table = table_of([[NAN] * 3] * 4, automation=[NAN] * 5, masses=[NAN] * 4, reasons=["no reply"] * 4)
    (row,) = table.to_dict("records")
    assert table[["p_e0", "p_e1", "p_e2", "alpha", "beta", "gamma", "beta_low", "beta_high", "automation"]].isna().all(axis=None)
    assert (row["n_answers"], row["uncertain"]) == (0, True)
    assert row["reason"] == "4 of 4 answers missing (no reply); automation missing (no reply)"
    check_table("ratings", table)


def test_low_mass_is_uncertain_and_unknown_mass_is_said():
    low, unknown = (table_of([[0, 1, 0]] * 4, masses=[mass] * 4).to_dict("records")[0] for mass in (0.2, NAN))
    assert low["uncertain"]
    assert low["reason"] == "the model gives the answers offered a probability of 0.20"
    assert not unknown["uncertain"]
    assert unknown["reason"] == "the model gives no probabilities"


def test_automation_that_nobody_asks_for_is_missing_with_a_reason():
    book = dataclasses.replace(BOOK, prompts=BOOK.asking("exposure"))
    (row,) = table_of([[0, 1, 0]] * 4, book=book).to_dict("records")
    assert np.isnan(row["automation"])
    assert row["reason"] == "no prompt asks about automation"
    assert not row["uncertain"]


@given(SHARES, SHARES)
def test_calibration_makes_the_prior_even_and_an_even_prior_changes_nothing(shares, prior):
    np.testing.assert_allclose(calibrated(prior[None], prior), 1 / 3)
    np.testing.assert_allclose(calibrated(shares[None], np.full(3, 1 / 3)), shares[None], rtol=1e-9)
    np.testing.assert_allclose(calibrated(shares[None], prior).sum(), 1)


def test_calibration_keeps_missing_missing_and_a_prior_of_nought_finite():
    out = calibrated(np.array([[NAN] * 3, [0.5, 0.25, 0.25]]), np.array([1, 0, 0]))
    assert np.isnan(out[0]).all()
    assert np.isfinite(out[1]).all()


def ratings(n, seed):
    rng = np.random.default_rng(seed)
    label = rng.dirichlet([1, 1, 1], size=n)
    beta = label @ BETA_OF_LEVEL
    table = pd.DataFrame(label, columns=["p_e0", "p_e1", "p_e2"]).assign(beta=beta, beta_prompt_sd=0.1, n_answers=4)
    human = pd.Series(rng.choice([0, 1, 0.5], size=n))  # has nothing to do with the scores: the interval must know that
    return table, human


def test_conformal_interval_covers_nine_in_ten_of_other_tasks():
    quantile = interval_quantile(*ratings(2000, 0))
    table, human = ratings(2000, 1)
    margin = quantile * total_spread(
        table[["p_e0", "p_e1", "p_e2"]].to_numpy(), table["beta_prompt_sd"].to_numpy(), table["n_answers"].to_numpy()
    )
    assert 0.87 <= ((human - table["beta"]).abs() <= margin).mean() <= 0.93


def test_quantile_of_nine_is_the_largest_and_of_eight_is_refused():
    table, human = ratings(9, 2)
    scale = total_spread(table[["p_e0", "p_e1", "p_e2"]].to_numpy(), np.full(9, 0.1), np.full(9, 4))
    assert interval_quantile(table, human) == pytest.approx(((human - table["beta"]).abs() / scale).max())
    with pytest.raises(InputError, match="found 8 tasks with a score and a label; expected at least nine"):
        interval_quantile(table, human.iloc[:8])
