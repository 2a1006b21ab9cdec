"""Which members and pairs of a list survive under other opinions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.validation.robustness.members import Members
from jobimpact.validation.robustness.queries import Comparison, Ranking, Subject
from jobimpact.validation.robustness.survival import member_survival, pair_survival

SECTORS = Members("sector", tuple("abcdef"), tuple("ABCDEF"), np.ones((6, 1)), np.ones((6, 1)), np.ones(6))
cells = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, np.nan]), min_size=6, max_size=6)


@given(values=st.lists(cells, min_size=1, max_size=9), k=st.integers(1, 6))
def test_members_of_a_list_stay_in_a_longer_one(values, k):
    rows = np.array(values)
    short, long = (
        member_survival(Ranking(Subject("sector", "a"), n), rows, np.full(len(rows), 1 / len(rows)), SECTORS) for n in (k, k + 1)
    )
    short, long = (table.set_index("member").sort_index() for table in (short, long))
    known = short["n_universes"] > 0
    assert (short["survival"][known] <= long["survival"][known]).all()
    assert long["survival"].isna().equals(~known)
    # A list of k has k members or, with ties at its end, more.
    filled = np.minimum(k, (~np.isnan(rows)).sum(axis=1)).sum()
    assert (short["survival"] * short["n_universes"]).sum() >= filled - 1e-9


def test_a_pair_with_ties_and_no_reversal_is_never_reversed():
    members = Members("sector", tuple("abc"), tuple("ABC"), np.ones((3, 1)), np.ones((3, 1)), np.ones(3))
    values = np.array([[0.3, 0.1, 0.1], [0.3, 0.3, 0.1], [0.3, np.nan, 0.2]])
    question = Comparison(Subject("sector", "a"), Subject("sector", "b"))
    pairs = pair_survival(question, values, np.full(3, 1 / 3), members).set_index(["higher", "lower"])
    assert pairs["verdict"].to_dict() == {("a", "b"): "never reversed", ("a", "c"): "always", ("b", "c"): "never reversed"}
    assert pairs["n_universes"].tolist() == [2, 3, 2]
    assert pairs["survival"].tolist() == [0.5, 1.0, 0.5]
