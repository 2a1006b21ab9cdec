"""Instrumental variables from a second rater: planted slopes recovered, formulas checked by hand, real occupations."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.linear_model import RegressionResultsWrapper

from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.means.occupations import exposure_by_rater
from jobimpact.estimates.regression.design import Design
from jobimpact.estimates.regression.instruments import first_stage_f, fit_iv, fit_oriv
from jobimpact.estimates.regression.regress import regress

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


CORRECTED = ("simex", "eiv", "iv", "oriv")


def slopes(table, outcome, exposure, replicate, **options):
    """Return the first row of every correction's table, by method."""
    fits = {method: regress(table, outcome, exposure, method=method, replicate=replicate, **options) for method in CORRECTED}
    return pd.DataFrame({method: fit.table.iloc[0] for method, fit in fits.items()}).T


def test_every_correction_works_from_two_ratings():
    table = planted(np.random.default_rng(6), n=1500)
    options = {"controls": ["z"], "weights": "w", "cluster": "g"}
    # Attenuated by the reliability given the control, about .78 and .70; corrected within .15, which is three standard errors.
    for first, second, attenuated in (("x", "x2", 1.7), ("x2", "x", 1.6)):
        assert regress(table, "y", first, **options).table["estimate"][0] < attenuated
        found = slopes(table, "y", first, second, **options)["estimate"]
        assert found[["eiv", "iv", "oriv"]].astype(float).to_numpy() == pytest.approx(SLOPE, abs=0.15)
        assert found["simex"] > attenuated


def test_names_of_rows_do_not_matter():
    table = planted(np.random.default_rng(8), n=200)
    twice = table.set_axis(np.arange(200) % 100, axis=0)  # as after pd.concat
    one, other = (slopes(rows, "y", "x", "x2", weights="w", seed=1) for rows in (table, twice))
    pd.testing.assert_frame_equal(one, other)


def test_a_rating_with_too_much_error_is_refused():
    rng = np.random.default_rng(7)
    table = planted(rng, n=300, control=3.0).assign(x2=lambda rows: rows["x2"] + 2 * rng.normal(size=300))
    with pytest.raises(InputError, match=r"given the controls; expected 0\.2 or more"):
        regress(table, "y", "x2", method="eiv", replicate="x", controls=["z"])


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
    rated = occupations.dropna(subset=["human", "gpt4"])
    ols, corrected = {}, {}
    for first, second in (("human", "gpt4"), ("gpt4", "human")):
        with pytest.warns(CoverageWarning, match="rows are left out of the regression"):
            options = {"weights": "emp_after", "cluster": "soc_major"}
            ols[first] = regress(rated, "log_wage", first, **options).table["estimate"][0]
            corrected[first] = slopes(rated, "log_wage", first, second, **options)["estimate"]
    # Better-paid occupations are more exposed; each correction moves away from zero.
    for rater, slope in ols.items():
        assert slope > 0.9
        assert (corrected[rater][["simex", "eiv", "iv"]] > max(ols.values())).all()
    # Without controls, EIV of one rating by the replicate's error is IV of the other (both are cov(y, h) / cov(h, g)).
    assert corrected["human"]["eiv"] == pytest.approx(corrected["gpt4"]["iv"], rel=1e-8)
    assert corrected["gpt4"]["eiv"] == pytest.approx(corrected["human"]["iv"], rel=1e-8)
    growth = slopes(rated, "log_growth", "human", "gpt4", weights="emp_before", cluster="soc_major")
    # Employment growth 2021-2025 does not differ from zero by exposure in any of them.
    assert ((growth["low"] < 0) & (growth["high"] > 0)).all()
