"""Crosswalks of employment and scores: nothing is made, what gets lost is listed, and the order of steps does not matter."""

import contextlib
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.crosswalk import convert_employment, convert_scores
from jobimpact.estimates.crosswalk_coverage import LINKS, compare_shares, measure_crosswalk
from jobimpact.estimates.crosswalk_shares import check_crosswalk, compose_crosswalks, invert_crosswalk, weigh_crosswalk
from jobimpact.sources.crosswalk_files import read_onetsoc_2019_to_soc_2018, read_soc_2010_to_soc_2018
from jobimpact.sources.crosswalk_isco import read_isco_soc
from jobimpact.sources.crosswalk_us import read_oews_to_soc_2018
from jobimpact.sources.employment import read_employment
from jobimpact.tables import check_table, table_columns

EXAMPLES = 20  # each goes through pandas and the schemas some ten times


def make(rows, left="A", right="B"):
    """A crosswalk of (from, to, weight) rows, weights divided by their sum over each first code."""
    pairs = pd.DataFrame(rows, columns=["from_code", "to_code", "share"]).drop_duplicates(["from_code", "to_code"])
    group = pairs["from_code"]
    share = pairs["share"] / pairs["share"].groupby(group).transform("sum")
    several = group.duplicated(keep=False)
    named = pairs.assign(
        share=share.clip(upper=1.0),
        from_system=left,
        to_system=right,
        from_title=None,
        to_title=None,
        method="official",
        partial=several,
        share_basis=pd.Series("only partner", index=pairs.index, dtype=object).mask(several, "equal"),
    )
    return named[table_columns("crosswalk")].reset_index(drop=True)


def crosswalks(left, right):
    """Random crosswalks in which every code of the left has a partner."""
    letters = [f"{left}{number}" for number in range(5)]
    targets = st.sampled_from([f"{right}{number}" for number in range(4)])
    partners = st.lists(st.tuples(targets, st.floats(0.05, 1)), min_size=1, max_size=4)
    return st.lists(partners, min_size=5, max_size=5).map(
        lambda lists: make(
            [(code, to, weight) for code, part in zip(letters, lists, strict=True) for to, weight in part], left, right
        )
    )


jobs = st.lists(st.one_of(st.just(0.0), st.integers(1, 10**7).map(float)), min_size=5, max_size=5)
unsure_jobs = st.lists(st.one_of(st.none(), st.integers(0, 10**7).map(float)), min_size=5, max_size=5)
values = st.lists(st.one_of(st.none(), st.floats(-3, 3)), min_size=5, max_size=5)


def by_code(numbers, left="A", extra=None):
    return pd.Series({f"{left}{place}": number for place, number in enumerate(numbers)} | (extra or {}), dtype="float64")


class TestConservation:
    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), unsure_jobs, st.integers(0, 10**6))
    def test_jobs_in_are_jobs_out_and_those_without_partner(self, pairs, numbers, stranger):
        given_jobs = by_code(numbers, extra={"X9": float(stranger)})
        found = convert_employment(given_jobs, pairs)
        out = math.fsum([*found.employment["employment"], *found.without_partner["employment_lost"]])
        # Shares are doubles: 1e-12 of the sum is some ten times the rounding of five sums.
        assert out == pytest.approx(found.total, rel=1e-12)
        assert found.total == pytest.approx(given_jobs.sum())
        assert found.without_partner["from_code"].tolist() == ["X9"]
        assert found.unknown == [f"A{place}" for place, number in enumerate(numbers) if number is None]
        assert (found.employment["employment_assumed"] <= found.employment["employment"] * (1 + 1e-12)).all()

    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), crosswalks("B", "C"), crosswalks("C", "D"), jobs)
    def test_a_chain_conserves_and_its_joints_do_not_matter(self, first, second, third, numbers):
        third = third[third["from_code"] != "C2"]
        with pytest.warns(CoverageWarning) if "C2" in set(second["to_code"]) & _reached(first, second) else _quiet():
            left = compose_crosswalks(compose_crosswalks(first, second), third)
        with pytest.warns(CoverageWarning) if "C2" in set(second["to_code"]) else _quiet():
            right = compose_crosswalks(second, third)
        with pytest.warns(CoverageWarning) if "C2" in _reached(first, second) else _quiet():
            right = compose_crosswalks(first, right)
        columns = ["from_system", "from_code", "to_system", "to_code", "method"]
        pd.testing.assert_frame_equal(left[columns], right[columns])
        np.testing.assert_allclose(left["share"], right["share"], rtol=1e-9)
        found = convert_employment(by_code(numbers), left)
        out = found.employment["employment"].sum() + found.without_partner["employment_lost"].sum()
        assert out == pytest.approx(sum(numbers), rel=1e-9)

    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), crosswalks("B", "C"), jobs)
    def test_two_steps_are_the_chain(self, first, second, numbers):
        second = make([*second[["from_code", "to_code", "share"]].itertuples(index=False)], "B", "C")
        middle = convert_employment(by_code(numbers), first).employment.set_index("to_code")["employment"]
        stepwise = convert_employment(middle, second).employment.set_index("to_code")["employment"]
        at_once = convert_employment(by_code(numbers), compose_crosswalks(first, second)).employment
        np.testing.assert_allclose(stepwise, at_once.set_index("to_code")["employment"], rtol=1e-9, atol=1e-9)


def _reached(first, second):
    return set(second.loc[second["from_code"].isin(first["to_code"]), "to_code"])


def _quiet():
    return contextlib.nullcontext()


class TestRoundTrip:
    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), jobs)
    def test_there_and_back_is_what_was_given(self, pairs, numbers):
        """Bayes: sum over j of F_j (E_i s_ij / F_j) is E_i."""
        there = convert_employment(by_code(numbers), pairs).employment.set_index("to_code")["employment"]
        back = convert_employment(there, invert_crosswalk(pairs, by_code(numbers))).employment.set_index("to_code")
        for code, number in by_code(numbers).items():
            assert back.loc[code, "employment"] == pytest.approx(number, rel=1e-9, abs=1e-9)

    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), unsure_jobs)
    def test_the_original_code_is_among_those_that_come_back(self, pairs, numbers):
        inverse = invert_crosswalk(pairs, by_code(numbers))
        check_table("crosswalk", inverse)
        assert inverse.groupby("from_code")["share"].sum().sub(1).abs().max() < 1e-12
        trip = compose_crosswalks(pairs, inverse)
        same = trip[trip["from_code"] == trip["to_code"]]
        assert set(same["from_code"]) == set(pairs["from_code"])
        # A code that others join with and that has no jobs itself comes back as the others; its pair is kept all the same.
        known = [code for code, number in by_code(numbers).items() if number > 0]
        assert (same.set_index("from_code").loc[known, "share"] > 0).all()

    def test_sources_without_employment_count_alike_and_say_so(self):
        pairs = make([("A0", "B0", 1), ("A1", "B0", 1), ("A2", "B1", 1)])
        whole = invert_crosswalk(pairs, pd.Series({"A0": 300.0, "A1": 100.0, "A2": 1.0})).set_index("to_code")
        assert whole["share"].to_dict() == {"A0": 0.75, "A1": 0.25, "A2": 1.0}
        assert whole["share_basis"].to_dict() == {"A0": "employment", "A1": "employment", "A2": "only partner"}
        for unsure in (pd.Series({"A0": 300.0}), pd.Series({"A0": 0.0, "A1": 0.0}), None):
            found = invert_crosswalk(pairs, unsure).set_index("to_code")
            assert found["share"].to_dict() == {"A0": 0.5, "A1": 0.5, "A2": 1.0}
            assert found.loc["A0", "share_basis"] == "equal"

    def test_an_assumed_share_stays_assumed_when_turned(self):
        pairs = make([("A0", "B0", 1), ("A0", "B1", 1), ("A1", "B0", 1)])
        found = invert_crosswalk(pairs, pd.Series({"A0": 200.0, "A1": 100.0})).set_index(["from_code", "to_code"])
        assert found["share"].to_dict() == {("B0", "A0"): 0.5, ("B0", "A1"): 0.5, ("B1", "A0"): 1.0}
        assert found.loc["B0", "share_basis"].tolist() == ["equal", "equal"]


class TestScores:
    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), values, unsure_jobs)
    def test_a_score_lies_between_those_of_its_sources(self, pairs, numbers, employed):
        scores = by_code(numbers)
        found = convert_scores(scores, pairs, by_code(employed)).scores.set_index("to_code")
        assert set(found.index) == set(pairs["to_code"])
        for code, sources in pairs.assign(score=pairs["from_code"].map(scores)).groupby("to_code"):
            known = sources["score"].dropna()
            row = found.loc[code]
            assert row["n_from"] == len(sources)
            if known.empty:
                assert math.isnan(row["converted_score"])
                assert row[["n_scored", "score_weights"]].tolist() == [0, "none"]
            else:
                assert known.min() <= row["converted_score"] <= known.max()
                assert 0 < row["scored_share"] <= 1

    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), values, jobs, st.sampled_from([1e-3, 2.0, 1e4]))
    def test_scaling_employment_changes_no_score(self, pairs, numbers, employed, factor):
        before = convert_scores(by_code(numbers), pairs, by_code(employed)).scores
        after = convert_scores(by_code(numbers), pairs, by_code(employed) * factor).scores
        np.testing.assert_allclose(before["converted_score"], after["converted_score"], rtol=1e-9, atol=1e-12)
        assert before["score_weights"].tolist() == after["score_weights"].tolist()

    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), st.lists(st.floats(-3, 3), min_size=5, max_size=5), jobs)
    def test_the_mean_over_jobs_is_conserved(self, pairs, numbers, employed):
        scores, given_jobs = by_code(numbers), by_code(employed)
        found = convert_scores(scores, pairs, given_jobs).scores.set_index("to_code")["converted_score"]
        moved = convert_employment(given_jobs, pairs).employment.set_index("to_code")["employment"]
        assert (found * moved).sum() == pytest.approx((scores * given_jobs).sum(), rel=1e-9, abs=1e-6)

    def test_known_answer(self):
        pairs = make([("A0", "B0", 1), ("A0", "B1", 1), ("A1", "B1", 1), ("A2", "B2", 1)])
        scores = pd.Series({"A0": 0.2, "A1": 0.8, "A2": None, "A9": 0.5})
        found = convert_scores(scores, pairs, pd.Series({"A0": 400.0, "A1": 100.0, "A2": 50.0}))
        rows = found.scores.set_index("to_code")
        assert rows["converted_score"].round(12).fillna(-1).to_dict() == {"B0": 0.2, "B1": 0.4, "B2": -1.0}
        assert rows["score_weights"].to_dict() == {"B0": "employment", "B1": "employment", "B2": "none"}
        assert found.without_partner["from_code"].tolist() == ["A9"]
        assert found.without_partner["employment_lost"].isna().all()
        assert found.without_employment == ["A9"]
        assert "2 of 3 codes of B have a score from A, 2 weighted by employment" in str(found)

    def test_without_employment_shares_weigh(self):
        pairs = make([("A0", "B0", 1), ("A0", "B1", 1), ("A1", "B1", 1)])
        found = convert_scores(pd.Series({"A0": 0.2, "A1": 0.8}), pairs).scores.set_index("to_code")
        assert found.loc["B1", "converted_score"] == pytest.approx(0.6)
        assert set(found["score_weights"]) == {"shares"}

    def test_a_source_without_jobs_counts_only_where_no_other_has_any(self):
        pairs = make([("A0", "B0", 1), ("A1", "B0", 1), ("A1", "B1", 1)])
        found = convert_scores(pd.Series({"A0": 0.2, "A1": 0.8}), pairs, pd.Series({"A0": 10.0}))
        rows = found.scores.set_index("to_code")
        assert rows.loc["B0", ["converted_score", "n_scored", "score_weights"]].tolist() == [0.2, 1, "employment"]
        assert rows.loc["B1", ["converted_score", "n_scored", "score_weights"]].tolist() == [0.8, 1, "shares"]
        assert found.without_employment == ["A1"]


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


class TestCoverage:
    @settings(max_examples=EXAMPLES)
    @given(crosswalks("A", "B"), jobs)
    def test_links_add_up(self, pairs, numbers):
        found = measure_crosswalk(pairs, by_code(numbers, extra={"X9": 5.0}))
        assert found.links["link"].tolist() == list(LINKS)
        assert found.links["n_pairs"].sum() == found.n_pairs == len(pairs)
        lost = found.converted.without_partner["employment_lost"].sum()
        assert found.links["link_employment"].sum() + lost == pytest.approx(sum(numbers) + 5)
        assert found.assumed == pytest.approx(found.converted.employment["employment_assumed"].sum())

    def test_kinds(self):
        pairs = make(
            [
                ("A0", "B0", 1),
                ("A1", "B1", 1),
                ("A1", "B2", 1),
                ("A2", "B2", 1),
                ("A2", "B3", 1),
                ("A3", "B4", 1),
                ("A4", "B4", 1),
            ]
        )
        links = measure_crosswalk(pairs, by_code([1.0, 2.0, 4.0, 8.0, 16.0])).links.set_index("link")
        assert links["n_pairs"].to_dict() == {"one-to-one": 1, "many-to-one": 2, "one-to-many": 2, "many-to-many": 2}
        assert links["link_employment"].to_dict() == {
            "one-to-one": 1.0,
            "many-to-one": 24.0,
            "one-to-many": 3.0,
            "many-to-many": 3.0,
        }

    def test_numbers_as_text_are_numbers(self):
        pairs = make([("A0", "B0", 1), ("A0", "B1", 1)])
        assert measure_crosswalk(pairs, pd.Series({"A0": "12"})).links["link_employment"].sum() == 12
        assert compare_shares(pairs, pairs, pd.Series({"A0": "12"})) == 1

    def test_shares_without_any_jobs_cannot_be_compared(self):
        pairs = make([("A0", "B0", 1)])
        for none in (pd.Series({"A9": 5.0}), pd.Series({"A0": 0.0})):
            with pytest.raises(InputError, match="found no jobs in any code of the crosswalks"):
                compare_shares(pairs, pairs, none)

    def test_like_shares(self):
        pairs, other = make([("A0", "B0", 1), ("A0", "B1", 1), ("A1", "B0", 1)]), make([("A0", "B0", 1), ("A1", "B1", 1)])
        assert compare_shares(pairs, pairs) == 1
        assert compare_shares(pairs, other) == 0.25
        assert compare_shares(pairs, other, pd.Series({"A0": 3.0, "A1": 1.0})) == 0.375
        with pytest.raises(InputError, match="found B, C as to_system"):
            compare_shares(pairs, make([("A0", "C0", 1)], "A", "C"))


@pytest.fixture(scope="module")
def steps(publisher_data):
    folder = publisher_data / "crosswalks"
    older = invert_crosswalk(read_soc_2010_to_soc_2018(folder / "soc_2010_to_2018_crosswalk.xlsx"))
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
        links = measure_crosswalk(chain, national).links.set_index("link")["link_employment_share"]
        assert links["many-to-many"] == pytest.approx(0.2183, abs=5e-4)

    def test_the_joints_of_the_chain_do_not_matter(self, steps):
        first, second, third = steps
        left = compose_crosswalks(compose_crosswalks(first, second), third)
        right = compose_crosswalks(first, compose_crosswalks(second, third))
        pd.testing.assert_frame_equal(left[["from_code", "to_code"]], right[["from_code", "to_code"]])
        np.testing.assert_allclose(left["share"], right["share"], rtol=1e-12)

    def test_a_list_of_onet_occupations_is_one_to_many_from_soc(self, publisher_data, national, steps):
        pairs = read_onetsoc_2019_to_soc_2018(publisher_data / "crosswalks" / "onet_2019_to_SOC_Crosswalk.xlsx")
        soc = convert_employment(national, steps[0]).employment.set_index("to_code")["employment"]
        found = measure_crosswalk(invert_crosswalk(pairs), soc)
        links = found.links.set_index("link")
        assert links["n_pairs"].to_dict() == {"one-to-one": 791, "many-to-one": 0, "one-to-many": 225, "many-to-many": 0}
        assert found.converted.without_partner.empty
