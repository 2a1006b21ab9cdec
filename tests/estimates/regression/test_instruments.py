"""Instrumental variables from a second rater: planted slopes recovered, formulas checked by hand, real occupations."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import RegressionResultsWrapper

from jobimpact.errors import CoverageWarning
from jobimpact.estimates.means.occupations import exposure_by_rater
from jobimpact.estimates.regression.design import Design
from jobimpact.estimates.regression.instruments import (
    first_stage_f,
    fit_iv,
    fit_oriv,
)
from jobimpact.estimates.regression.ols import replicate_error
from jobimpact.estimates.regression.regress import compare_regressions, regress

SLOPE = 2.0


def planted(rng, n=400, control=0.3):
    truth = rng.normal(size=n)
    table = pd.DataFrame({"x": truth + 0.5 * rng.normal(size=n), "x2": truth + 0.6 * rng.normal(size=n)})
    table["z"] = control * truth + rng.normal(size=n)
    return table.assign(y=1 + SLOPE * truth - table["z"] + rng.normal(size=n), w=rng.uniform(0.5, 2, n), g=np.arange(n) % 40)


def test_simple_instrument_is_the_ratio_of_covariances():
    table = planted(np.random.default_rng(0))
    fitted = regress(table, "y", "x", replicate="x2", method="iv").results
    both = np.cov(np.vstack([table["y"], table["x"], table["x2"]]))
    assert fitted.params["x"] == pytest.approx(both[0, 2] / both[1, 2], rel=1e-10)
    assert isinstance(fitted, RegressionResultsWrapper)
    np.testing.assert_allclose(fitted.resid, table["y"] - fitted.params["const"] - fitted.params["x"] * table["x"], rtol=1e-8)


def test_own_instrument_is_least_squares_with_the_same_errors():
    """linearmodels and statsmodels use one small-sample factor, G/(G-1) (n-1)/(n-k)."""
    table = planted(np.random.default_rng(1)).assign(same=lambda rows: rows["x"])
    options = {"controls": ["z"], "weights": "w", "cluster": "g"}
    ours = regress(table, "y", "x", method="iv", replicate="same", **options).results
    plain = regress(table, "y", "x", **options).results
    np.testing.assert_allclose(ours.params, plain.params, rtol=1e-8)
    np.testing.assert_allclose(ours.bse, plain.bse, rtol=1e-8)
    np.testing.assert_allclose(ours.conf_int(), plain.conf_int(), rtol=1e-6)


def test_scale_of_the_instrument_does_not_matter():
    table = planted(np.random.default_rng(2))
    one = regress(table, "y", "x", replicate="x2", controls=["z"], method="iv").results
    scaled = table.assign(x2=5 - 40 * table["x2"])
    other = regress(scaled, "y", "x", replicate="x2", controls=["z"], method="iv").results
    assert other.params["x"] == pytest.approx(one.params["x"], rel=1e-8)
    assert first_stage_f(other) == pytest.approx(first_stage_f(one), rel=1e-6)


def test_planted_slope_is_recovered():
    """n = 10,000: three standard errors are about 0.06."""
    table = planted(np.random.default_rng(3), n=10_000)
    options = {"controls": ["z"], "cluster": "g", "weights": "w"}
    for method in ("iv", "oriv"):
        fitted = regress(table, "y", "x", method=method, replicate="x2", **options).results
        assert fitted.params["x"] == pytest.approx(SLOPE, abs=0.06)
        assert fitted.params["z"] == pytest.approx(-1, abs=0.06)
        assert first_stage_f(fitted) > 1000


def test_errors_in_common_are_not_undone():
    """What the docstring warns of: with half of the error variance common to both raters the slope stays attenuated.

    cov(y, x2) / cov(x, x2) = 2 / (1 + .25).
    """
    rng = np.random.default_rng(4)
    n = 40_000
    truth, common = rng.normal(size=n), 0.5 * rng.normal(size=n)
    table = pd.DataFrame({"x": truth + common + 0.5 * rng.normal(size=n), "x2": truth + common + 0.5 * rng.normal(size=n)})
    table["y"] = SLOPE * truth + rng.normal(size=n)
    assert regress(table, "y", "x", replicate="x2", method="iv").results.params["x"] == pytest.approx(SLOPE / 1.25, abs=0.03)


@pytest.mark.slow
def test_intervals_cover():
    """Nominal 95 %, 150 samples: 89.6 to 100 is three standard errors, and not all of them."""
    rng = np.random.default_rng(5)
    hits = {"iv": 0, "oriv": 0}
    for _ in range(150):
        truth = rng.normal(size=150)
        x = pd.DataFrame({"x": truth + 0.5 * rng.normal(size=150), "const": 1.0})
        outcome = pd.Series(SLOPE * truth + rng.normal(size=150), name="y")
        extra = pd.DataFrame({"x2": truth + 0.6 * rng.normal(size=150)})
        design = Design(outcome, x, np.ones(150), np.arange(150), clustered=False, extra=extra)
        for name, fit in (("iv", fit_iv), ("oriv", fit_oriv)):
            fitted = fit(design, "x2")
            hits[name] += abs(fitted.params["x"] - SLOPE) < 1.98 * fitted.bse["x"]
    assert all(0.896 <= hit / 150 < 1 for hit in hits.values()), hits


def test_comparison_has_every_estimator_on_the_same_rows():
    table = planted(np.random.default_rng(6), n=1500)
    found = compare_regressions(table, "y", "x", "x2", controls=["z"], weights="w", cluster="g")
    slopes = found.table.set_index(["method", "exposure"])["slope"]
    assert set(found.results) == set(slopes.index)
    assert found.table["n"].eq(1500).all()
    assert found.table["weight"].iloc[0] == pytest.approx(table["w"].sum())
    # Attenuated by the reliability given the control, about .78 and .70; corrected within .15, which is three standard errors.
    assert slopes["ols", "x"] < 1.7
    assert slopes["ols", "x2"] < 1.6
    for key in (("eiv", "x"), ("eiv", "x2"), ("iv", "x"), ("iv", "x2"), ("oriv", "x, x2")):
        assert slopes[key] == pytest.approx(SLOPE, abs=0.15), key
    assert found.table["note"].eq("").all()
    assert not found.table["weak"].any()


def test_weight_is_that_of_the_rows_whatever_their_names():
    table = planted(np.random.default_rng(8), n=200)
    twice = table.set_axis(np.arange(200) % 100, axis=0)  # as after pd.concat
    one, other = (compare_regressions(rows, "y", "x", "x2", weights="w", seed=1).table for rows in (table, twice))
    pd.testing.assert_frame_equal(one, other)
    assert other["weight"].iloc[0] == pytest.approx(table["w"].sum())


def test_estimator_that_the_data_do_not_allow_says_why():
    rng = np.random.default_rng(7)
    table = planted(rng, n=300, control=3.0).assign(x2=lambda rows: rows["x2"] + 2 * rng.normal(size=300))
    found = compare_regressions(table, "y", "x", "x2", controls=["z"]).table.set_index(["method", "exposure"])
    assert np.isnan(found.loc[("eiv", "x2"), "slope"])
    assert "given the controls; expected 0.2 or more" in found.loc[("eiv", "x2"), "note"]
    assert found.loc[("iv", "x"), "note"] == ""


@pytest.fixture(scope="module")
def occupations(publisher_data):
    """OEWS May 2021 and May 2025 by occupation, with the beta of both raters of Eloundou et al."""
    from jobimpact.estimates.means.weights import task_weights
    from jobimpact.facts.codes import oews_code
    from jobimpact.sources.jobs.employment import read_employment
    from jobimpact.sources.jobs.panel import compare_employment, read_oews_panel
    from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE, read_eloundou_labels

    labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
    scores = {rater: labels[rater].map(LABEL_EXPOSURE["beta"]) for rater in ("human", "gpt4")}
    tasks = labels.drop(columns=["human", "gpt4"]).assign(task_weight=task_weights(labels), **scores)
    raters = exposure_by_rater(tasks, ["human", "gpt4"], oews_code(tasks["soc_code"]))
    panel = read_oews_panel([publisher_data / "bls_oews" / "national_M2021_dl.xlsx"], read_employment("national"))
    growth = compare_employment(panel, "2021-05", "2025-05")
    merged = growth.merge(raters.reset_index(), on="soc_code", how="left", validate="one_to_one")
    return merged.assign(log_wage=np.log(merged["wage_after"]))


@pytest.mark.publisher
def test_wages_and_employment_growth_on_exposure(occupations):
    """Real occupations: signs, orders and identities that do not hang on which labels a copy of the data withholds."""
    with pytest.warns(CoverageWarning, match="rows are left out of the regression"):
        wages = compare_regressions(occupations, "log_wage", "human", "gpt4", weights="emp_after", cluster="soc_major")
    slopes = wages.table.set_index(["method", "exposure"])["slope"]
    # Better-paid occupations are more exposed; each correction moves away from zero.
    assert (slopes > 0.9).all()
    for method in ("simex", "eiv", "iv"):
        assert (slopes[method] > slopes["ols"].drop("mean")).all()
    # Without controls, EIV of one rating by the replicate's error is IV of the other (both are cov(y, h) / cov(h, g)).
    assert slopes["eiv", "human"] == pytest.approx(slopes["iv", "gpt4"], rel=1e-8)
    assert slopes["eiv", "gpt4"] == pytest.approx(slopes["iv", "human"], rel=1e-8)
    assert not wages.table["weak"].any()
    with pytest.warns(CoverageWarning, match="rows are left out"):
        growth = compare_regressions(occupations, "log_growth", "human", "gpt4", weights="emp_before", cluster="soc_major")
    # Employment growth 2021-2025 does not differ from zero by exposure in any of them.
    assert ((growth.table["low"] < 0) & (growth.table["high"] > 0)).all()
    assert replicate_error(occupations, "human", "gpt4", "emp_after").n == growth.table["n"].iloc[0]
