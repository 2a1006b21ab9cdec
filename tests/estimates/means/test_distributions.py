"""Distributions of exposure over workers: quantiles, inequality, shares above a cut, histograms, wage bills."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.means import distributions
from jobimpact.estimates.means.distributions import (
    describe_distributions,
    exposure_histogram,
    weighted_gini,
    weighted_quantiles,
    worker_shares,
)
from jobimpact.estimates.means.levels import EXPOSURES, Level
from jobimpact.tables import check_table

exposures = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.floats(0, 1))
cells_of = st.lists(
    st.tuples(st.sampled_from(["x", "y"]), st.one_of(st.none(), st.integers(0, 10**6)), st.integers(10**4, 10**5), exposures),
    min_size=1,
    max_size=30,
)


def make_level(rows):
    cells = pd.DataFrame(rows, columns=["group", "tot_emp", "a_mean", "exposure_beta"])
    cells = cells.astype({"tot_emp": float, "a_mean": float, "exposure_beta": float})
    cells = cells.assign(soc_code=[f"11-{1000 + row}" for row in range(len(cells))])
    cells = cells.assign(**dict.fromkeys(EXPOSURES, cells["exposure_beta"]))
    return Level("kind", cells, pd.Series({"x": 1e8, "y": 1e8}), {"x": "Ex", "y": "Why"})


def test_the_examples_of_the_docstrings_run():
    assert doctest.testmod(distributions) == (0, 2)


@given(cells_of)
@settings(max_examples=25)
def test_strictly_above_is_never_more_than_at_or_above(rows):
    table = check_table("worker_shares", worker_shares([make_level(rows)]))
    wide = table.pivot_table(index=["group", "cut"], columns="operator", values="emp_above")
    assert (wide[">"] <= wide[">="]).all()
    for _, part in table.groupby(["group", "operator"]):
        assert part.sort_values("cut")["emp_above"].is_monotonic_decreasing
    assert table["share_above"].isna().equals(table["emp_matched"] == 0)


@given(cells_of)
@settings(max_examples=25)
def test_histogram_holds_every_matched_job_and_agrees_with_the_shares(rows):
    level = make_level(rows)
    bins = check_table("exposure_histogram", exposure_histogram([level]))
    held = bins.groupby("group")["emp_in_bin"].sum()
    matched = level.cells.dropna(subset=["exposure_beta"]).groupby("group")["tot_emp"].sum().reindex(held.index, fill_value=0)
    np.testing.assert_allclose(held, matched)
    upper = bins[bins["bin_low"] >= 0.5].groupby("group")["emp_in_bin"].sum()
    above = worker_shares([level], [0.5], [">="]).set_index("group")["emp_above"]
    np.testing.assert_allclose(upper, above.reindex(upper.index))


@given(cells_of, st.sampled_from([0.5, 7.0]))
@settings(max_examples=25)
def test_figures_stay_within_bounds_and_do_not_depend_on_the_unit_of_employment(rows, factor):
    level = make_level(rows)
    one = check_table("distributions", describe_distributions([level]))
    cells = level.cells.assign(tot_emp=level.cells["tot_emp"] * factor)
    other = describe_distributions([Level("kind", cells, level.totals * factor, level.titles)])
    relative = ["exposure_mean", "exposure_sd", "exposure_p10", "exposure_p50", "exposure_p90", "gini", "exposed_wage_share"]
    np.testing.assert_allclose(one[relative], other[relative], rtol=1e-9, atol=1e-12)
    known = one.dropna(subset=["exposure_mean"])
    order = ["exposure_p10", "exposure_p25", "exposure_p50", "exposure_p75", "exposure_p90"]
    assert (known[order].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (known["exposed_wage_bill"] <= known["wage_bill"] * (1 + 1e-12)).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 50)), min_size=1, max_size=20), st.floats(0, 1))
def test_quantiles_are_those_of_the_workers_one_by_one(rows, share):
    values, weights = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    people = np.repeat(values, weights.astype(int))
    # numpy's inverted_cdf is the same definition (Hyndman and Fan 1996, type 1).
    expected = np.quantile(people, share, method="inverted_cdf")
    below = np.quantile(people, max(share - 1e-9, 0), method="inverted_cdf")
    assert weighted_quantiles(values, weights, [share])[0] in (expected, below)


def test_gini_of_known_distributions():
    """Of two values 0 and 1 it is 1/2; of 0, 1/n, ..., 1 it goes to 1/3, as of a uniform distribution; of equals it is 0."""
    assert weighted_gini(np.array([0.0, 1.0]), np.ones(2)) == pytest.approx(0.5)
    assert weighted_gini(np.linspace(0, 1, 10_001), np.ones(10_001)) == pytest.approx(1 / 3, abs=1e-4)
    assert weighted_gini(np.full(5, 0.3), np.arange(1.0, 6.0)) == pytest.approx(0, abs=1e-12)
    values, weights = np.array([0.1, 0.4, 0.9]), np.array([2.0, 1.0, 3.0])
    pairs = np.abs(values[:, None] - values) * weights[:, None] * weights
    mean = np.average(values, weights=weights)
    assert weighted_gini(values, weights) == pytest.approx(pairs.sum() / (2 * weights.sum() ** 2 * mean))
    assert np.isnan(weighted_gini(np.zeros(3), np.ones(3)))


def test_known_answer():
    level = make_level([("x", 100, 20_000, 0.5), ("x", 300, 60_000, 0.1), ("x", None, 1, 0.9), ("x", 50, 1, None)])
    row = describe_distributions([level]).set_index("group").loc["x"]
    assert row["exposed_wage_bill"] == pytest.approx(2e6 * 0.5 + 1.8e7 * 0.1)
    assert row["exposed_wage_share"] == pytest.approx(2.8e6 / 2e7)
    assert row[["exposure_p50", "exposure_p75", "exposure_p90"]].tolist() == [0.1, 0.1, 0.5]
    assert row["exposure_sd"] == pytest.approx(np.sqrt(0.75 * 0.1**2 + 0.25 * 0.3**2))
    assert row[["emp_matched", "cells_suppressed"]].tolist() == [400, 1]


@pytest.mark.publisher
def test_share_of_workers_half_exposed_hangs_on_the_sign(publisher_data):
    """Human beta of Eloundou et al. 2024 with OEWS May 2021: 24.3 % of workers at or above 50 %, 20.0 % above it.

    Figures of shared/docs/findings.md for the publisher's full file. The copy here may lack occupations, so the tolerance
    is .01 there; the two readings differ by more than that.
    """
    from jobimpact.facts.codes import oews_code
    from jobimpact.sources.jobs.oews import read_oews
    from jobimpact.sources.labels.eloundou import read_eloundou_occupations

    oews = read_oews(publisher_data / "bls_oews" / "national_M2021_dl.xlsx", o_groups=["detailed"])
    published = read_eloundou_occupations(publisher_data / "openai_gpts_are_gpts")
    beta = published.groupby(oews_code(published["onetsoc_code"]))["human_beta"].mean()
    cells = oews[["soc_code", "tot_emp", "a_mean"]].assign(group="all", exposure_beta=oews["soc_code"].map(beta))
    cells = cells.reindex(columns=["group", "soc_code", "tot_emp", "a_mean", *EXPOSURES])
    level = Level("all", cells, pd.Series({"all": oews["tot_emp"].sum()}), {"all": "All"})
    share = worker_shares([level], [0.1, 0.5]).set_index(["cut", "operator"])["share_above"]
    assert share[(0.5, ">=")] == pytest.approx(0.243, abs=0.015)
    assert share[(0.5, ">")] == pytest.approx(0.200, abs=0.015)
    assert share[(0.5, ">=")] - share[(0.5, ">")] > 0.03
    assert share[(0.1, ">=")] == pytest.approx(0.815, abs=0.03)


def test_all_us_levels_are_described(us_levels):
    table = check_table("distributions", describe_distributions(us_levels))
    assert len(table) == sum(len(level.totals) for level in us_levels)
    nation = table[table["group_type"] == "all"].iloc[0]
    assert nation["tot_emp"] == 155_495_730
    assert nation["exposed_wage_share"] * nation["wage_bill"] == pytest.approx(nation["exposed_wage_bill"])
    assert table.loc[table["group_type"] == "sex", "exposed_wage_bill"].isna().all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda level: worker_shares([level], [1.5]), "cut 1.5"),
        (lambda level: worker_shares([level], []), "0 cuts"),
        (lambda level: exposure_histogram([level], 0), "0 bins"),
        (lambda level: describe_distributions([level], "delta"), "'delta'"),
    ],
)
def test_bad_choices_are_one_line(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call(make_level([("x", 1, 1, 0.5)]))
    assert "\n" not in str(caught.value)
