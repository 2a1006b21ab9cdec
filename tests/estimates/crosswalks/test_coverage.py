"""What a crosswalk covers, measured."""

import pandas as pd
import pytest
from hypothesis import given, settings
from support.crosswalks import EXAMPLES, by_code, crosswalks, jobs, make

from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.coverage import LINKS, compare_shares, measure_crosswalk


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
