"""Unknown shares drawn many times: Rubin's rules by hand, planted variances found again, and draws that conserve."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.carry import convert_employment
from jobimpact.estimates.crosswalks.imputation import combine_rubin, draw_shares, impute_statistic
from jobimpact.estimates.crosswalks.shares import compose_crosswalks
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


class TestRubin:
    def test_by_hand(self):
        """Rubin 1987, doi:10.1002/9780470316696, 3.1.2-3.1.10: Q 1, 2, 3, U 1 each: T = 1 + 4/3, r = 4/3, df = 2 (7/4)^2."""
        row = combine_rubin(pd.DataFrame({"q": [1.0, 2.0, 3.0]}), pd.DataFrame({"q": [1.0] * 3})).iloc[0]
        assert row["imputed_mean"] == 2
        assert row[["variance_within", "variance_between"]].tolist() == [1, 1]
        assert row["variance_total"] == pytest.approx(7 / 3)
        assert row["rubin_df"] == pytest.approx(6.125)
        assert row["missing_information"] == pytest.approx((4 / 3 + 2 / 9.125) / (7 / 3))
        assert row["imputed_high"] - 2 == pytest.approx(stats.t.ppf(0.975, 6.125) * (7 / 3) ** 0.5)
        assert row["imputed_low"] + row["imputed_high"] == pytest.approx(4)

    def test_draws_that_agree_have_all_information(self):
        row = combine_rubin(pd.DataFrame({"q": [2.0, 2.0]}), pd.DataFrame({"q": [0.25, 0.25]})).iloc[0]
        assert row[["variance_between", "missing_information"]].tolist() == [0, pytest.approx(0)]
        assert row["rubin_df"] == np.inf
        assert row["imputed_high"] == pytest.approx(2 + stats.norm.ppf(0.975) * 0.5)

    def test_without_variances_all_that_is_missing_is_the_shares(self):
        table = combine_rubin(pd.DataFrame({"moves": [1.0, 3.0], "stays": [2.0, 2.0]})).set_index("quantity")
        assert table.loc["moves", ["missing_information", "rubin_df"]].tolist() == [1, 1]
        assert table.loc["stays", ["imputed_low", "imputed_mean", "imputed_high", "missing_information"]].tolist() == [2, 2, 2, 0]

    def test_a_value_missing_in_one_draw_is_missing(self):
        table = combine_rubin(pd.DataFrame({"q": [1.0, np.nan], "p": [1.0, 2.0]})).set_index("quantity")
        assert table.loc["q"].isna().all()
        assert table.loc["p"].notna().all()

    @pytest.mark.parametrize(
        ("estimates", "variances"),
        [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [1.0, -1.0])],
    )
    def test_bad_input(self, estimates, variances):
        with pytest.raises(InputError, match="expected two draws or more, and as many variances, of 0 or more"):
            combine_rubin(pd.DataFrame({"q": estimates}), pd.DataFrame({"q": variances}))

    def test_variances_of_other_quantities(self):
        with pytest.raises(InputError, match="of the same quantities"):
            combine_rubin(pd.DataFrame({"q": [1.0, 2.0]}), pd.DataFrame({"p": [1.0, 1.0]}))

    def test_the_interval_covers_what_was_planted(self):
        """Normal data, a third missing at random and imputed from its posterior: 95 % intervals cover the mean in 93-97 %."""
        rng, covered, n, kept, m = np.random.default_rng(1), 0, 60, 40, 20
        for _ in range(300):
            seen = rng.normal(size=kept)
            spread = np.sqrt(seen.var(ddof=1) * (kept - 1) / rng.chisquare(kept - 1, m))
            centre = rng.normal(seen.mean(), spread / np.sqrt(kept))
            filled = rng.normal(centre[:, None], spread[:, None], (m, n - kept))
            whole = np.hstack([np.tile(seen, (m, 1)), filled])
            row = combine_rubin(pd.DataFrame({"q": whole.mean(axis=1)}), pd.DataFrame({"q": whole.var(axis=1, ddof=1) / n})).iloc[
                0
            ]
            covered += row["imputed_low"] <= 0 <= row["imputed_high"]
        assert 0.925 <= covered / 300 <= 0.975  # 0.95 and two standard errors of 300 trials


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

    def test_shares_from_employment_are_not_drawn_unless_named(self):
        known = make([("A0", "B0"), ("A0", "B1")], basis="employment")
        assert {share_of_b0(drawn) for drawn in draw_shares(known, n_draws=3)} == {0.5}
        assert len({share_of_b0(drawn) for drawn in draw_shares(known, n_draws=3, bases=["employment"])}) == 3

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
        with pytest.raises(InputError, match="bases: found 'even'; expected some of only partner, employment"):
            next(draw_shares(SPLIT, bases=["even"]))  # nothing would be drawn, as if all were known


class TestStatistic:
    def test_a_planted_variance_is_found_again(self):
        """Jobs of B0 are 1,200 times a share that is uniform: variance between 1,200^2 / 12."""
        jobs = pd.Series({"A0": 1200.0, "A1": 50.0})
        found = impute_statistic(
            SPLIT, lambda pairs: (share_of_b0(pairs) * jobs["A0"], 40_000.0), n_draws=1500, concentration=1.0, seed=5
        )
        row = found.table.iloc[0]
        assert row["imputed_mean"] == pytest.approx(600, abs=30)
        assert row["variance_between"] == pytest.approx(1200**2 / 12, rel=0.1)
        assert row["variance_within"] == pytest.approx(40_000)
        assert row["missing_information"] == pytest.approx(0.75, abs=0.02)
        assert "at worst 75 % of the information is missing" in str(found)
        assert found.n_drawn_codes == 1

    def test_the_same_seed_gives_the_same_table_and_employment_is_conserved(self):
        def employment(pairs):
            return convert_employment(pd.Series({"A0": 100.0, "A1": 10.0}), pairs).employment.set_index("to_code")["employment"]

        first = impute_statistic(SPLIT, employment, n_draws=10, seed=1)
        pd.testing.assert_frame_equal(first.table, impute_statistic(SPLIT, employment, n_draws=10, seed=1).table)
        assert not first.table.equals(impute_statistic(SPLIT, employment, n_draws=10, seed=2).table)
        assert first.table["imputed_mean"].sum() == pytest.approx(110)

    def test_every_step_of_a_chain_is_drawn(self):
        second = make([("B0", "C0"), ("B0", "C1"), ("B1", "C1")], "B", "C")

        def to_c0(pairs):
            return float(pairs.loc[pairs["to_code"] == "C0", "share"].sum())

        both = impute_statistic([SPLIT, second], to_c0, n_draws=150, seed=2).table.iloc[0]
        chained = impute_statistic(compose_crosswalks(SPLIT, second), to_c0, n_draws=150, seed=2).table.iloc[0]
        assert both["imputed_mean"] == pytest.approx(0.25, abs=0.06)
        # The product of two uniforms: E(x^2) E(y^2) - 1/16 = 1/9 - 1/16. One draw of the joined share, Beta(1/2, 3/2), has 1/16.
        assert both["variance_between"] == pytest.approx(1 / 9 - 1 / 16, rel=0.35)
        assert chained["variance_between"] == pytest.approx(1 / 16, rel=0.35)

    def test_a_quantity_without_value_is_listed(self):
        found = impute_statistic(SPLIT, lambda pairs: pd.Series({"some": np.nan, "all": 1.0}), n_draws=2)
        assert found.incomplete == ["some"]

    def test_names_must_not_change(self):
        names = iter(["a", "b"])
        with pytest.raises(InputError, match="found other quantities in some draws"):
            impute_statistic(SPLIT, lambda _: pd.Series({next(names): 1.0}), n_draws=2)
