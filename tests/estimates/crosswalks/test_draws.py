"""Unknown shares drawn many times: draws that conserve, with the moments of the Dirichlet."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.code_exposures import draw_shares
from jobimpact.tables import table_columns


def make(rows, left="A", right="B", basis="equal"):
    """Equal shares; codes with several partners have them on `basis`."""
    pairs = pd.DataFrame(rows, columns=["from_code", "to_code"])
    several = pairs["from_code"].duplicated(keep=False)
    share = 1 / pairs.groupby("from_code")["to_code"].transform("size")
    named = pairs.assign(
        share=share, from_system=left, to_system=right, from_title=None, to_title=None, method="official", partial=several
    )
    named["share_basis"] = pd.Series("only partner", index=pairs.index, dtype=object).mask(several, basis)
    return named[table_columns("crosswalk")]


SPLIT = make([("A0", "B0"), ("A0", "B1"), ("A1", "B1")])


def share_of_b0(crosswalk):
    return float(crosswalk.loc[crosswalk["to_code"] == "B0", "share"].sum())


@pytest.mark.parametrize("name", list(read_assumptions("crosswalks")))
def test_assumptions_are_complete(name):
    entry = read_assumptions("crosswalks")[name]
    assert set(entry) == {"value", "unit", "range", "source", "description"}
    assert all(entry[field] for field in ("unit", "range", "source", "description"))
    if isinstance(entry["range"], list):
        low, high = entry["range"]
        assert low <= entry["value"] <= high


class TestDraws:
    @settings(max_examples=20)
    @given(st.floats(0.02, 50), st.integers(0, 10**6))
    def test_shares_still_sum_to_one_and_known_ones_stay(self, concentration, seed):
        pairs = make([("A0", "B0"), ("A0", "B1"), ("A0", "B2"), ("A1", "B1")])
        for drawn in draw_shares(pairs, n_draws=3, concentration=concentration, seed=seed):
            assert drawn["share"].between(0, 1).all()
            assert drawn.groupby("from_code")["share"].sum().sub(1).abs().max() < 1e-12
            assert drawn["share"].iloc[3] == 1
            assert drawn["share_basis"].tolist() == ["drawn", "drawn", "drawn", "only partner"]

    def test_moments_are_those_of_the_dirichlet(self):
        """Uniform on the simplex: of two partners mean 1/2, variance 1/12; of three mean 1/3, variance 1/18."""
        pairs = make([("A0", "B0"), ("A0", "B1"), ("A1", "B0"), ("A1", "B1"), ("A1", "B2")])
        shares = np.array([drawn["share"] for drawn in draw_shares(pairs, n_draws=1500, concentration=1.0, seed=3)])
        np.testing.assert_allclose(shares.mean(axis=0), pairs["share"], atol=0.025)  # three standard errors of 1,500 draws
        np.testing.assert_allclose(shares.var(axis=0)[[0, 2]], [1 / 12, 1 / 18], rtol=0.12)

    def test_the_mean_is_the_share_at_hand(self):
        pairs = SPLIT.assign(share=[0.9, 0.1, 1.0])
        shares = [share_of_b0(drawn) for drawn in draw_shares(pairs, n_draws=1000, concentration=1.0, seed=3)]
        assert np.mean(shares) == pytest.approx(0.9, abs=0.02)  # Beta(1.8, 0.2): standard error 0.0055

    def test_shares_from_employment_are_not_drawn(self):
        known = make([("A0", "B0"), ("A0", "B1")], basis="employment")
        assert {share_of_b0(drawn) for drawn in draw_shares(known, n_draws=3)} == {0.5}

    def test_a_share_of_nothing_stays_nothing(self):
        pairs = make([("A0", "B0"), ("A0", "B1"), ("A0", "B2")]).assign(share=[0.0, 0.5, 0.5])
        for drawn in draw_shares(pairs, n_draws=5):
            assert drawn["share"].iloc[0] == 0
            assert drawn["share"].sum() == pytest.approx(1)

    def test_a_small_concentration_goes_to_one_partner(self):
        shares = [share_of_b0(drawn) for drawn in draw_shares(SPLIT, n_draws=50, concentration=1e-3)]
        assert np.isfinite(shares).all()
        assert np.minimum(shares, 1 - np.array(shares)).max() < 0.05

    def test_bad_settings(self):
        with pytest.raises(InputError, match=r"found 1 draws and concentration 1\.0; expected two draws or more"):
            next(draw_shares(SPLIT, n_draws=1))
        with pytest.raises(InputError, match="concentration 0"):
            next(draw_shares(SPLIT, concentration=0.0))
