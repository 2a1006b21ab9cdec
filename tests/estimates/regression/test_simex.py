"""SIMEX: planted errors are undone as theory says, curves go through what they should, bad input is one line."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import InputError
from jobimpact.estimates.regression.design import Design
from jobimpact.estimates.regression.ols import fit_eiv, fit_ols
from jobimpact.estimates.regression.regress import regress
from jobimpact.estimates.regression.simex import extrapolate, fit_simex

SLOPE, ERROR = 2.0, 0.5
LAMBDAS = np.array([0.0, 0.5, 1.0, 1.5, 2.0])


def plain_design(rng, n=400, error=ERROR):
    truth = rng.normal(size=n)
    spread = np.broadcast_to(error, n)
    regressors = pd.DataFrame({"x": truth + spread * rng.normal(size=n), "const": 1.0})
    outcome = pd.Series(1 + SLOPE * truth + rng.normal(size=n), name="y")
    return Design(outcome, regressors, np.ones(n), np.arange(n), clustered=False, extra=pd.DataFrame(index=regressors.index))


def attenuated(added):
    """Slope of least squares with error variance ERROR^2 (1 + lambda) on a truth of variance 1."""
    return SLOPE / (1 + ERROR**2 * (1 + np.asarray(added)))


@pytest.mark.parametrize(("reliability", "left"), [(0.8, 0.971), (0.6, 0.845), (0.5, 0.747)])
def test_what_the_quadratic_leaves_is_what_the_docstring_says(reliability, left):
    """Exact: the least-squares quadratic through 1 / (1 + k (1 + lambda)), k = (1 - reliability) / reliability, at -1."""
    curve = 1 / (1 + (1 - reliability) / reliability * (1 + LAMBDAS))
    assert extrapolate(LAMBDAS, curve[:, None], "quadratic")[0] == pytest.approx(left, abs=5e-4)
    assert extrapolate(LAMBDAS, curve[:, None], "rational")[0] == pytest.approx(1.0, abs=1e-5)
    assert extrapolate(LAMBDAS, curve[:, None], "linear")[0] < left


def test_slopes_are_the_limits_of_theory():
    """n = 5,000: three standard errors of the slope are about 0.07 after extrapolation."""
    design = plain_design(np.random.default_rng(0), n=5000)
    variances = np.full(5000, ERROR**2)
    assert fit_ols(design).params["x"] == pytest.approx(SLOPE * 0.8, abs=0.06)
    quadratic = fit_simex(design, variances)
    limit = extrapolate(LAMBDAS, attenuated(LAMBDAS)[:, None], "quadratic")[0]
    assert quadratic.params["x"] == pytest.approx(limit, abs=0.07)
    assert quadratic.simex.params[:, 0] == pytest.approx(attenuated(LAMBDAS), abs=0.06)
    # The same noise, so that both corrections differ by the simulation alone.
    rational = fit_simex(design, variances, extrapolation="rational")
    assert rational.params["x"] == pytest.approx(fit_eiv(design, variances).params["x"], abs=0.02)
    assert rational.params["x"] == pytest.approx(SLOPE, abs=0.08)


def test_errors_of_unequal_size():
    rng = np.random.default_rng(1)
    spread = rng.uniform(0.1, 0.7, 5000)
    design = plain_design(rng, n=5000, error=spread)
    assert fit_simex(design, spread**2, extrapolation="rational").params["x"] == pytest.approx(SLOPE, abs=0.08)


@pytest.mark.slow
def test_intervals_cover_what_the_extrapolation_aims_at(monkeypatch):
    """Nominal 95 %, 200 samples: 89 to 99 is three and a half standard errors, and the jackknife is a little short."""
    monkeypatch.setitem(read_assumptions("regression")["remeasurements"], "value", 25)
    rng, limit = np.random.default_rng(2), extrapolate(LAMBDAS, attenuated(LAMBDAS)[:, None], "quadratic")[0]
    covered = 0
    for seed in range(200):
        fitted = fit_simex(plain_design(rng, n=150), np.full(150, ERROR**2), seed=seed)
        covered += abs(fitted.params["x"] - limit) < 1.97 * fitted.bse["x"]
    assert 0.89 <= covered / 200 <= 0.99


def test_bootstrap_and_jackknife_agree():
    """A standard deviation of 40 draws is within 35 % of the truth in 998 of 1,000 cases."""
    entries = read_assumptions("regression")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(entries["bootstrap_draws"], "value", 40)
        patch.setitem(entries["remeasurements"], "value", 10)
        design = plain_design(np.random.default_rng(3), n=300)
        drawn = fit_simex(design, np.full(300, ERROR**2), variance="bootstrap")
    jackknife = fit_simex(design, np.full(300, ERROR**2))
    assert drawn.bse["x"] == pytest.approx(jackknife.bse["x"], rel=0.35)


def test_no_error_and_same_seed():
    rng = np.random.default_rng(4)
    table = pd.DataFrame({"x": rng.normal(size=80), "g": np.arange(80) % 8})
    table["y"] = table["x"] + rng.normal(size=80)
    exact = regress(table, "y", "x", error_se=0.0, cluster="g", method="simex").results
    plain = regress(table, "y", "x", cluster="g").results
    np.testing.assert_allclose(exact.params, plain.params, rtol=1e-8)
    np.testing.assert_allclose(exact.bse, plain.bse, rtol=1e-8)
    first, second, other = (regress(table, "y", "x", reliability=0.8, seed=seed, method="simex").results for seed in (1, 1, 2))
    assert first.params["x"] == second.params["x"] != other.params["x"]
    assert "quadratic extrapolation, jackknife variance" in str(first.summary())


def test_error_of_a_cluster_dummy_is_missing_not_invented():
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"x": rng.normal(size=200), "g": [f"g{number % 5}" for number in range(200)]})
    table["y"] = table["x"] + rng.normal(size=200)
    fitted = regress(table, "y", "x", reliability=0.8, controls=["g"], cluster="g", method="simex").results
    assert fitted.bse["x"] > 0
    assert fitted.bse.drop("x").isna().any() or (fitted.bse > 0).all()


def test_bootstrap_of_clusters_with_a_dummy_each_is_one_line():
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"x": rng.normal(size=60), "g": [f"g{number % 4}" for number in range(60)]})
    table["y"] = table["x"] + rng.normal(size=60)
    options = {"reliability": 0.8, "controls": ["g"], "cluster": "g", "variance": "bootstrap"}
    with pytest.raises(InputError, match="found a bootstrap sample whose controls repeat each other") as caught:
        regress(table, "y", "x", **options, method="simex")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"extrapolation": "cubic"}, "extrapolation 'cubic': expected one of linear, quadratic, rational"),
        ({"variance": "delta"}, "variance 'delta': expected one of jackknife, bootstrap"),
        ({"reliability": 0.1}, "expected 0.2 or more"),
    ],
)
def test_what_cannot_be_done_is_one_line(change, match):
    rng = np.random.default_rng(6)
    table = pd.DataFrame({"x": rng.normal(size=50), "y": rng.normal(size=50)})
    with pytest.raises(InputError, match=match):
        regress(table, "y", "x", **({"reliability": 0.8} | change), method="simex")
