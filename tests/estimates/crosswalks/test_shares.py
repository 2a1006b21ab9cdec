"""Shares of crosswalks: turned, chained, weighed and checked."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from support.crosswalks import EXAMPLES, by_code, crosswalks, make, unsure_jobs

from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.crosswalks.carry import convert_employment, convert_scores
from jobimpact.estimates.crosswalks.shares import check_crosswalk, compose_crosswalks, invert_crosswalk, weigh_crosswalk
from jobimpact.sources.crosswalks.editions import pair_soc_codes
from jobimpact.sources.crosswalks.isco import read_isco_soc
from jobimpact.sources.crosswalks.soc import read_soc_2010_to_2018
from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
from jobimpact.sources.jobs.employment import read_employment


class TestWeigh:
    def test_shares_follow_the_employment_of_partners(self):
        pairs = make([("A0", "B0", 1), ("A0", "B1", 1), ("A1", "B1", 1), ("A2", "B1", 1), ("A2", "B2", 1)])
        found = weigh_crosswalk(pairs, pd.Series({"B0": 300.0, "B1": 100.0})).set_index(["from_code", "to_code"])
        assert found["share"].tolist() == [0.75, 0.25, 1.0, 0.5, 0.5]
        assert found["share_basis"].tolist() == ["employment", "employment", "only partner", "equal", "equal"]

    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), unsure_jobs)
    def test_shares_still_sum_to_one(self, pairs, numbers):
        found = weigh_crosswalk(pairs, by_code(numbers, "B"))
        assert found.groupby("from_code")["share"].sum().sub(1).abs().max() < 1e-12
        untouched = found["share_basis"] != "employment"
        assert (found.loc[untouched, "share"] == pairs.loc[untouched, "share"]).all()


class TestChain:
    def test_a_lost_part_is_warned_of_and_listed(self):
        first = make([("A0", "B0", 1), ("A0", "B1", 3), ("A1", "B1", 1)])
        second = make([("B0", "C0", 1)], "B", "C")
        with pytest.warns(CoverageWarning, match=r"2 of 2 codes of A lose a part of them on the way to C \(A0, A1\)"):
            chain = compose_crosswalks(first, second)
        assert chain[["from_code", "to_code", "share", "partial"]].to_numpy().tolist() == [["A0", "C0", 0.25, True]]
        found = convert_employment(pd.Series({"A0": 80.0, "A1": 10.0}), chain)
        assert found.employment["employment"].tolist() == [20.0]
        assert found.without_partner.to_numpy().tolist() == [["A0", 0.75, 60.0], ["A1", 1.0, 10.0]]
        assert "70 have no partner (A0, A1)" in str(found)

    def test_ways_that_meet_again_are_no_guess(self):
        chain = compose_crosswalks(make([("A0", "B0", 1), ("A0", "B1", 1)]), make([("B0", "C0", 1), ("B1", "C0", 1)], "B", "C"))
        assert chain[["share", "share_basis", "partial"]].to_numpy().tolist() == [[1.0, "only partner", False]]

    def test_steps_are_named_and_the_least_informed_counts(self):
        first = weigh_crosswalk(make([("A0", "B0", 1), ("A0", "B1", 1)]), pd.Series({"B0": 1.0, "B1": 3.0}))
        second = make([("B0", "C0", 1), ("B0", "C1", 1), ("B1", "C2", 1)], "B", "C").assign(method="research")
        chain = compose_crosswalks(first, second)
        assert chain["share_basis"].tolist() == ["equal", "equal", "employment"]
        assert set(chain["method"]) == {"official + research"}

    def test_wrong_order(self):
        first, second = make([("A0", "B0", 1)]), make([("C0", "D0", 1)], "C", "D")
        with pytest.raises(InputError, match="found a crosswalk to B followed by one from C; expected one from B"):
            compose_crosswalks(first, second)
        with pytest.raises(InputError, match="found no code of B in both crosswalks"):
            compose_crosswalks(first, make([("B9", "C0", 1)], "B", "C"))


class TestBadInput:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda pairs: pairs.drop(columns="share"), "found no column 'share'"),
            (lambda pairs: pairs[:0], "found no pairs"),
            (lambda pairs: pd.concat([pairs, pairs]), "found A0 with B0 twice"),
            (lambda pairs: pairs.assign(share=[0.5, 0.7]), "found shares of A0 that sum to 1.200000; expected 1 at most"),
            (lambda pairs: pairs.assign(share=[0.5, np.nan]), "found a share of A0 that is missing or outside 0-1"),
            (lambda pairs: pairs.assign(to_system=["B", "C"]), "found B, C as to_system; expected one classification"),
            # Its jobs would arrive nowhere and count as arrived.
            (
                lambda pairs: pairs.assign(to_code=["B0", None]),
                r"found A0 with nan \(1 such pairs\), jobs of which would get lost",
            ),
        ],
    )
    def test_crosswalk(self, change, message):
        pairs = make([("A0", "B0", 1), ("A0", "B1", 1)])
        with pytest.raises(InputError, match=message):
            check_crosswalk(change(pairs))

    @pytest.mark.parametrize(
        ("employment", "message"),
        [
            (pd.Series([1.0, 2.0], index=["A0", "A0"]), "found A0 twice"),
            (pd.Series([1.0], index=[110]), "found the code 110, which is no text"),
            (pd.Series([-1.0], index=["A0"]), "found -1.0 for A0 .1 such codes.; expected numbers of 0 or more"),
            (pd.Series(["many"], index=["A0"]), "found 'many' for A0"),
            (pd.Series([np.inf], index=["A0"]), "found inf for A0"),
        ],
    )
    def test_employment(self, employment, message):
        with pytest.raises(InputError, match=message):
            convert_employment(employment, make([("A0", "B0", 1)]))

    def test_nothing_is_changed(self):
        pairs, given_jobs = make([("A0", "B0", 1), ("A0", "B1", 1)]), pd.Series({"A0": 4.0})
        before = pairs.copy()
        convert_employment(given_jobs, pairs)
        convert_scores(given_jobs, pairs, given_jobs)
        invert_crosswalk(pairs, given_jobs)
        weigh_crosswalk(pairs, pd.Series({"B0": 1.0, "B1": 2.0}))
        pd.testing.assert_frame_equal(pairs, before)


@pytest.fixture(scope="module")
def steps(publisher_data):
    folder = publisher_data / "crosswalks"
    older = invert_crosswalk(pair_soc_codes(read_soc_2010_to_2018(folder / "soc_2010_to_2018_crosswalk.xlsx")))
    isco = read_isco_soc(folder / "ISCO_SOC_Crosswalk.xls", "SOC 2010", minor_groups="expand")
    return read_oews_to_soc_2018(), older, isco


@pytest.fixture(scope="module")
def national():
    estimates = read_employment("national")
    return estimates[estimates["o_group"] == "detailed"].set_index("soc_code")["tot_emp"]


@pytest.mark.publisher
class TestRealChain:
    def test_all_jobs_of_oews_arrive_in_isco(self, steps, national):
        """OEWS May 2025, 155,481,840 jobs in detailed occupations: all in 432 unit groups, 28.5 % over assumed shares."""
        chain = compose_crosswalks(*steps)
        found = convert_employment(national, chain)
        assert found.without_partner.empty
        assert found.employment["employment"].sum() == pytest.approx(national.sum(), rel=1e-12)
        assert len(found.employment) == 432
        assert found.employment["employment_assumed"].sum() / found.total == pytest.approx(0.2847, abs=5e-4)

    def test_the_joints_of_the_chain_do_not_matter(self, steps):
        first, second, third = steps
        left = compose_crosswalks(compose_crosswalks(first, second), third)
        right = compose_crosswalks(first, compose_crosswalks(second, third))
        pd.testing.assert_frame_equal(left[["from_code", "to_code"]], right[["from_code", "to_code"]])
        np.testing.assert_allclose(left["share"], right["share"], rtol=1e-12)
