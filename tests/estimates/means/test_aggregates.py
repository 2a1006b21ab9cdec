import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.estimates.means.aggregates import aggregate
from jobimpact.estimates.means.levels import with_probabilities

COLUMNS = ["sector", "tot_emp", "a_mean", "exposure_beta"]
numbers = st.floats(0, 1)
cells_of = st.lists(
    st.tuples(
        st.sampled_from(["x", "y"]),
        st.one_of(st.none(), st.integers(1, 10**6).map(float)),
        st.one_of(st.none(), st.integers(10**4, 3 * 10**5).map(float)),
        st.one_of(st.none(), numbers),
    ),
    min_size=1,
    max_size=40,
)


def make_cells(rows):
    cells = pd.DataFrame(rows, columns=COLUMNS).astype({"tot_emp": float, "a_mean": float, "exposure_beta": float})
    cells = cells.assign(**{f"exposure_{name}": cells["exposure_beta"] for name in ("alpha", "gamma", "automation")})
    return with_probabilities(cells)


@given(cells_of)
@settings(max_examples=40)
def test_employment_is_accounted_for_and_means_stay_within_bounds(rows):
    cells = make_cells(rows)
    totals = pd.Series({"x": 5e7, "y": 5e7})
    result = aggregate(cells, totals, "sector")
    matched = cells.dropna(subset=["tot_emp", "exposure_beta"])
    assert result["emp_matched"].sum() == pytest.approx(matched["tot_emp"].sum())
    assert result["n_occupations"].sum() == len(matched)
    assert result["cells_suppressed"].sum() == cells["tot_emp"].isna().sum()
    for group, part in matched.groupby("sector"):
        row = result.loc[group]
        assert part["exposure_beta"].min() <= row["exposure_beta"] <= part["exposure_beta"].max()
        assert 0 <= row["share_workers_50"] <= row["share_workers_10"] <= 1
    assert result.loc[result["emp_matched"] == 0, "exposure_beta"].isna().all()


@given(cells_of, st.sampled_from([0.5, 3.0, 1000.0]))
@settings(max_examples=40)
def test_scaling_employment_changes_no_exposure(rows, factor):
    cells, totals = make_cells(rows), pd.Series({"x": 5e7, "y": 5e7})
    before = aggregate(cells, totals, "sector")
    after = aggregate(cells.assign(tot_emp=cells["tot_emp"] * factor), totals * factor, "sector")
    for column in ("exposure_beta", "exposure_beta_wage_bill", "share_workers_50", "matched_share"):
        np.testing.assert_allclose(before[column], after[column], rtol=1e-9)


def test_known_answer():
    cells = make_cells([("x", 100, 20_000, 0.5), ("x", 300, 60_000, 0.1), ("x", None, 1, 0.9), ("x", 50, 1, None)])
    row = aggregate(cells, pd.Series({"x": 500.0}), "sector").loc["x"]
    assert row["exposure_beta"] == pytest.approx(0.2)
    assert row["exposure_beta_wage_bill"] == pytest.approx((2e6 * 0.5 + 1.8e7 * 0.1) / 2e7)
    assert row["share_workers_50"] == pytest.approx(0.25)
    assert row["share_workers_10"] == 1
    assert row["matched_share"] == pytest.approx(0.8)
    assert row[["n_occupations", "cells_suppressed"]].tolist() == [2, 1]


def test_no_row_covers_more_than_its_whole():
    """OEWS May 2025: BLS rounds to tens, so the two details of 19-2010 add up to 22,550 of a published 22,540."""
    cells = make_cells([("x", 2_250, 1, 0.5), ("x", 20_300, 1, 0.5)])
    row = aggregate(cells, pd.Series({"x": 22_540.0}), "sector").loc["x"]
    assert (row["emp_matched"], row["tot_emp"], row["matched_share"]) == (22_550, 22_540, 1)


def test_cut_is_inclusive():
    cells = make_cells([("x", 1, 1, 0.5)])
    assert aggregate(cells, pd.Series({"x": 1.0}), "sector").loc["x", "share_workers_50"] == 1
