import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.exposure.splits import assign_folds, leak_free

rows = st.lists(
    st.tuples(st.sampled_from([f"{m}-{d}011" for m in (11, 13, 15) for d in range(1, 6)]), st.sampled_from("abcdefgh")),
    min_size=12,
    max_size=60,
)


@given(rows, st.integers(0, 5))
def test_no_code_and_no_text_on_both_sides(pairs, seed):
    labels = pd.DataFrame(pairs, columns=["soc_code", "task"])
    if labels["soc_code"].nunique() < 3:
        return
    folds = assign_folds(labels, n_folds=3, seed=seed)
    for fold in range(3):
        test = folds == fold
        train = leak_free(labels, test)
        assert not set(labels["soc_code"][train]) & set(labels["soc_code"][test])
        assert not set(labels["task"][train]) & set(labels["task"][test])


def test_each_major_group_is_spread_over_the_folds():
    codes = [f"{major}-{number}011" for major in (11, 13, 15) for number in range(1, 6)]
    labels = pd.DataFrame({"soc_code": codes, "task": codes})
    table = pd.crosstab([code[:2] for code in codes], assign_folds(labels, n_folds=5))
    assert (table == 1).all(axis=None)


def test_same_seed_same_folds_whatever_the_order_of_rows():
    labels = pd.DataFrame({"soc_code": [f"11-{i:04d}" for i in range(40)], "task": "t"})
    shuffled = labels.sample(frac=1, random_state=1)
    first = dict(zip(labels["soc_code"], assign_folds(labels, seed=3), strict=True))
    assert first == dict(zip(shuffled["soc_code"], assign_folds(shuffled, seed=3), strict=True))


def test_text_in_other_case_is_the_same_text():
    labels = pd.DataFrame({"soc_code": ["11-1011", "13-1011"], "task": ["Write letters", "write letters"]})
    assert leak_free(labels, np.array([True, False])).tolist() == [False, False]


def test_more_folds_than_codes_is_refused():
    with pytest.raises(InputError, match="1 SOC codes cannot make 5 folds"):
        assign_folds(pd.DataFrame({"soc_code": ["11-1011"], "task": ["a"]}))
