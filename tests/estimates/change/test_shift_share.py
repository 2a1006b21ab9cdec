"""Shift-share parts add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.change.shift_share import shift_share

rows = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.floats(0.1, 1e6), st.floats(0, 1)),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[0],
)
HOME = {"a": "x", "b": "x", "c": "y", "d": "y", "e": "z", "f": "z"}


def table(cells):
    return pd.DataFrame(cells, columns=["code", "jobs", "exposure"]).assign(home=lambda frame: frame["code"].map(HOME))


@given(rows, rows)
def test_parts_add_up(old, new):
    options = {"key": "code", "weight": "jobs", "value": "exposure"}
    plain = shift_share(table(old), table(new), **options)
    split = shift_share(table(old), table(new), group="home", **options)
    assert plain.before == pytest.approx(np.average(table(old)["exposure"], weights=table(old)["jobs"]), abs=1e-12)
    for found in (plain, split):
        assert sum(found.parts.values()) == pytest.approx(found.after - found.before, abs=1e-12)
    assert split.parts["between_groups"] + split.parts["within_groups"] == pytest.approx(plain.parts["composition"], abs=1e-12)
    assert plain.units["content"].sum() == pytest.approx(plain.parts["content"], abs=1e-12)


@given(rows)
def test_same_values_leave_composition_alone(old):
    doubled = table(old).assign(jobs=lambda frame: frame["jobs"] * np.arange(1, len(frame) + 1))
    found = shift_share(table(old), doubled, key="code", weight="jobs", value="exposure")
    assert found.parts["content"] == 0.0
    same = shift_share(table(old), table(old).assign(exposure=0.5), key="code", weight="jobs", value="exposure")
    assert same.parts["composition"] == 0.0


def test_groups_by_hand():
    """Jobs move from group x (.2) to group y (.6), and inside y from .4 to .8."""
    old = pd.DataFrame({"code": list("acd"), "home": ["x", "y", "y"], "jobs": [50.0, 25.0, 25.0], "exposure": [0.2, 0.4, 0.8]})
    between = shift_share(old, old.assign(jobs=[20.0, 40.0, 40.0]), key="code", weight="jobs", value="exposure", group="home")
    assert between.parts == pytest.approx({"between_groups": 0.3 * (0.6 - 0.2), "within_groups": 0.0, "content": 0.0})
    within = shift_share(old, old.assign(jobs=[50.0, 10.0, 40.0]), key="code", weight="jobs", value="exposure", group="home")
    assert within.parts == pytest.approx({"between_groups": 0.0, "within_groups": 0.15 * 0.4, "content": 0.0})


def test_a_unit_has_one_group():
    """A unit that is in x before and in y after would move a group's weight and leave the part between groups at 0."""
    old = pd.DataFrame({"code": list("ab"), "home": ["x", "y"], "jobs": [50.0, 50.0], "exposure": [0.2, 0.6]})
    options = {"key": "code", "weight": "jobs", "value": "exposure", "group": "home"}
    with pytest.raises(InputError, match=r"found 'a' in the home x before and y after \(1 such units\); expected each unit"):
        shift_share(old, old.assign(home="y"), **options)
    with pytest.raises(InputError, match=r"found 'b' in the home (nan|None) before"):
        shift_share(old.assign(home=["x", None]), old.assign(home=["x", None]), **options)
    new = pd.DataFrame({"code": ["a", "c"], "home": ["x", "z"], "jobs": [50.0, 50.0], "exposure": [0.2, 0.6]})
    assert shift_share(old, new, **options).parts["between_groups"] == pytest.approx(0.0)


def test_unit_twice_and_no_weight_are_one_line():
    good = pd.DataFrame({"code": ["a"], "jobs": [1.0], "exposure": [0.5]})
    with pytest.raises(InputError, match="found 'a' twice after"):
        shift_share(good, pd.concat([good, good]), key="code", weight="jobs", value="exposure")
    with pytest.raises(InputError, match="found no unit with weight and value before"):
        shift_share(good.assign(jobs=np.nan), good, key="code", weight="jobs", value="exposure")
