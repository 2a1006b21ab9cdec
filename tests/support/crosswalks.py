"""Crosswalks at random and by hand, with employment and scores."""

import pandas as pd
from hypothesis import strategies as st

from jobimpact.tables import table_columns

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


def by_code(numbers, left="A", extra=None):
    return pd.Series({f"{left}{place}": number for place, number in enumerate(numbers)} | (extra or {}), dtype="float64")
