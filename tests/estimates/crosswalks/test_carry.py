"""Employment and scores through crosswalks: nothing is lost, nothing is made up."""

import contextlib
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.crosswalks import EXAMPLES, by_code, crosswalks, jobs, make, unsure_jobs

from jobimpact.errors import CoverageWarning
from jobimpact.estimates.crosswalks.carry import convert_employment, convert_scores
from jobimpact.estimates.crosswalks.shares import compose_crosswalks, invert_crosswalk
from jobimpact.tables import check_table

values = st.lists(st.one_of(st.none(), st.floats(-3, 3)), min_size=5, max_size=5)


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
