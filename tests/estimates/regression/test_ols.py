"""Least squares and errors in variables: theory of attenuation, coverage, agreement with statsmodels, real occupations."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import RegressionResultsWrapper

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.means.occupations import exposure_by_rater
from jobimpact.estimates.regression.design import Design, make_design
from jobimpact.estimates.regression.ols import conditional_reliability, error_variances, fit_eiv, fit_ols
from jobimpact.estimates.regression.regress import regress

SLOPE, ERROR = 2.0, 0.5


def planted(rng, n=400, error=ERROR, second=0.6):
    """Truth of variance 1 with slope 2, two ratings with planted errors, a control, weights and 40 clusters."""
    truth = rng.normal(size=n)
    control = 0.3 * truth + rng.normal(size=n)
    return pd.DataFrame(
        {
            "y": 1 + SLOPE * truth - control + rng.normal(size=n),
            "x": truth + error * rng.normal(size=n),
            "x2": truth + second * rng.normal(size=n),
            "control": control,
            "w": rng.uniform(0.5, 2.0, n),
            "g": np.arange(n) % 40,
        }
    )


def plain_design(y, x, replicate=None):
    """Return the design of a simple regression, each row its own cluster."""
    regressors = pd.DataFrame({"x": x, "const": 1.0})
    extra = pd.DataFrame(index=regressors.index) if replicate is None else pd.DataFrame({"x2": replicate})
    return Design(pd.Series(y, name="y"), regressors, np.ones(len(y)), np.arange(len(y)), clustered=False, extra=extra)


@pytest.mark.parametrize("name", list(read_assumptions("regression")))
def test_assumptions_are_complete(name):
    entry = read_assumptions("regression")[name]
    assert set(entry) == {"value", "unit", "range", "source", "description"}
    if isinstance(entry["value"], float):
        assert entry["range"][0] <= entry["value"] <= entry["range"][1]


def test_least_squares_is_statsmodels_own():
    table = planted(np.random.default_rng(0))
    ours = regress(table, "y", "x", controls=["control"], weights="w", cluster="g").results
    x = sm.add_constant(table[["x", "control"]])
    theirs = sm.WLS(table["y"], x, weights=table["w"]).fit(cov_type="cluster", cov_kwds={"groups": table["g"]}, use_t=True)
    for name in ("x", "const", "control"):
        assert ours.params[name] == pytest.approx(theirs.params[name], rel=1e-10)
        assert ours.bse[name] == pytest.approx(theirs.bse[name], rel=1e-10)
    assert isinstance(ours, RegressionResultsWrapper)


def test_no_error_leaves_least_squares():
    """With reliability 1 the correction is least squares, robust errors included: the same factor and the same t."""
    table = planted(np.random.default_rng(1))
    options = {"controls": ["control"], "weights": "w", "cluster": "g"}
    plain = regress(table, "y", "x", **options).results
    corrected = regress(table, "y", "x", method="eiv", reliability=1.0, **options).results
    np.testing.assert_allclose(corrected.params, plain.params, rtol=1e-10)
    np.testing.assert_allclose(corrected.bse, plain.bse, rtol=1e-10)
    np.testing.assert_allclose(corrected.conf_int(), plain.conf_int(), rtol=1e-8)
    assert isinstance(corrected, RegressionResultsWrapper)
    assert "EIV" in str(corrected.summary())


def test_attenuation_is_the_reliability_and_errors_in_variables_undo_it():
    """Fuller 1987, section 1.1: the limit of least squares is the slope times var(truth) / (var(truth) + var(error)) = .8."""
    rng = np.random.default_rng(2)
    table = planted(rng, n=40_000)
    table["y"] += table["control"]
    # Three Monte-Carlo standard errors of a slope with n = 40,000 are 0.03 at most.
    assert regress(table, "y", "x").results.params["x"] == pytest.approx(SLOPE * 0.8, abs=0.03)
    assert regress(table, "y", "x", error_se=ERROR, method="eiv").results.params["x"] == pytest.approx(SLOPE, abs=0.03)
    assert regress(table, "y", "x", reliability=0.8, method="eiv").results.params["x"] == pytest.approx(SLOPE, abs=0.03)


def test_errors_of_unequal_size_are_taken_out_row_by_row():
    rng = np.random.default_rng(3)
    n = 40_000
    truth, spread = rng.normal(size=n), rng.uniform(0.1, 0.9, n)
    weight = np.where(spread > 0.5, 3.0, 1.0)  # the weighted error variance is not the plain one
    table = pd.DataFrame(
        {"y": SLOPE * truth + rng.normal(size=n), "x": truth + spread * rng.normal(size=n), "se": spread, "w": weight}
    )
    slope = regress(table, "y", "x", error_se="se", weights="w", method="eiv").results.params["x"]
    assert slope == pytest.approx(SLOPE, abs=0.04)
    even = table.assign(se=np.sqrt((spread**2).mean()))
    plain = regress(even, "y", "x", method="eiv", error_se="se", weights="w").results.params["x"]
    assert abs(plain - SLOPE) > 0.1


@pytest.mark.slow
def test_intervals_of_errors_in_variables_cover():
    """Nominal 95 %; with 300 samples the standard error of the coverage is 1.3 points: 91 to 99 is three of them."""
    rng = np.random.default_rng(4)
    hits = {"eiv": 0, "ols": 0}
    for _ in range(300):
        truth = rng.normal(size=200)
        design = plain_design(SLOPE * truth + rng.normal(size=200), truth + ERROR * rng.normal(size=200))
        for name, fitted in (("eiv", fit_eiv(design, np.full(200, ERROR**2))), ("ols", fit_ols(design))):
            hits[name] += abs(fitted.params.iloc[0] - SLOPE) < 1.97 * fitted.bse.iloc[0]
    assert 0.91 <= hits["eiv"] / 300 <= 0.99
    assert hits["ols"] / 300 < 0.2


@settings(max_examples=10)
@given(scale=st.floats(0.01, 100), shift=st.floats(-5, 5), seed=st.integers(0, 100))
def test_slope_follows_the_scale_of_the_exposure(scale, shift, seed):
    table = planted(np.random.default_rng(seed), n=60, error=0.2)
    one = regress(table, "y", "x", reliability=0.9, method="eiv").results.params["x"]
    other = regress(table.assign(x=scale * table["x"] + shift), "y", "x", reliability=0.9, method="eiv").results.params["x"]
    assert other * scale == pytest.approx(one, rel=1e-5)


def test_a_replicate_tells_the_error_of_the_exposure():
    table = planted(np.random.default_rng(5), n=100_000)
    for rating, other, error in (("x", "x2", ERROR), ("x2", "x", 0.6)):
        design = make_design(table, "y", rating, extra=[other])
        assert np.sqrt(error_variances(design, None, None, other)) == pytest.approx(error, abs=0.01)
    slope = regress(table.assign(y=table["y"] + table["control"]), "y", "x", method="eiv", replicate="x2").table["estimate"][0]
    # Without the control the truth alone is behind the outcome; three standard errors of the slope are 0.03.
    assert slope == pytest.approx(SLOPE, abs=0.03)
    with pytest.raises(InputError, match="have covariance -"):
        regress(table.assign(x2=-table["x"]), "y", "x", method="eiv", replicate="x2")


def test_rows_left_out_are_counted_with_their_weight():
    table = planted(np.random.default_rng(7), n=100).assign(w=1.0)
    table.loc[:9, "x"] = np.nan
    with pytest.warns(CoverageWarning, match=r"10 of 100 rows are left out of the regression, with 10.00 % of weight"):
        assert regress(table, "y", "x", weights="w").results.nobs == 90


def test_text_controls_become_dummies():
    table = planted(np.random.default_rng(8)).assign(letter=lambda rows: np.where(rows["g"] % 2 == 0, "a", "b"))
    assert "letter_b" in regress(table, "y", "x", controls=["letter"]).results.params.index


def test_levels_without_a_row_are_no_controls():
    table = planted(np.random.default_rng(8), n=40).assign(letter=pd.Categorical(list("ab") * 20, categories=list("abc")))
    assert regress(table, "y", "x", controls=["letter"]).results.params.index.to_list() == ["x", "const", "letter_b"]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"outcome": "z"}, "found no column 'z' among"),
        ({"exposure": "word"}, "found 'low' in column 'word' .400 such rows.; expected numbers"),
        ({"error_se": 0.1, "reliability": 0.5}, "found 2 of error_se, reliability and replicate; expected one"),
        ({"error_se": None}, "found 0 of error_se, reliability and replicate"),
        ({"error_se": None, "reliability": 1.5}, "found reliability 1.5; expected more than 0 and at most 1"),
        ({"error_se": -1.0}, "found a standard error of -1.0"),
        ({"error_se": 5.0}, "given the controls; expected 0.2 or more"),
        ({"controls": ["control", "copy"]}, "regressors of rank 3"),
        ({"weights": "control"}, "found weight -"),
        ({"cluster": "one"}, "complete rows in 1 clusters"),
    ],
)
def test_what_cannot_be_regressed_is_one_line(change, match):
    table = planted(np.random.default_rng(9)).assign(copy=lambda rows: rows["control"], one=1, word="low")
    options = {"outcome": "y", "exposure": "x", "error_se": 0.5} | change
    with pytest.raises(InputError, match=match) as caught:
        regress(table, **options, method="eiv")
    assert "\n" not in str(caught.value)


def test_reliability_is_that_given_the_controls():
    """Truth = control in full: given it nothing but error is left of the exposure."""
    rng = np.random.default_rng(10)
    truth = rng.normal(size=5000)
    table = pd.DataFrame({"y": truth, "x": truth + 0.5 * rng.normal(size=5000), "truth": truth})
    design = make_design(table, "y", "x", controls=["truth"])
    assert conditional_reliability(design, np.full(5000, 0.25)) == pytest.approx(0.0, abs=0.05)
    assert conditional_reliability(make_design(table, "y", "x"), np.full(5000, 0.25)) == pytest.approx(0.8, abs=0.02)


def test_raters_are_averaged_over_the_same_tasks():
    tasks = pd.DataFrame(
        {
            "onetsoc_code": ["31-1121.00", "31-1121.00", "31-1122.00"],
            "task_weight": [2.0, 1.0, 1.0],
            "human": [1.0, 0.0, 0.5],
            "gpt4": [0.5, np.nan, 1.0],
        }
    )
    found = exposure_by_rater(tasks, ["human", "gpt4"], pd.Series(["31-1120"] * 3))
    # The second task has one rater only; both O*NET-SOC codes count the same in 31-1120.
    assert found.loc["31-1120"].to_dict() == {"human": 0.75, "gpt4": 0.75, "n_tasks": 2.0}
