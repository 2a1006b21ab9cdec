"""Assumptions are data: each has a value within its range, a unit, a source and a description."""

import pytest

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.errors import InputError


@pytest.mark.parametrize("name", list(read_assumptions("pooling")))
def test_pooling_assumptions_are_complete(name: str) -> None:
    entry = read_assumptions("pooling")[name]
    assert set(entry) == {"value", "unit", "range", "source", "description"}
    assert all(entry[field] for field in ("unit", "range", "source", "description"))
    if isinstance(entry["value"], float):
        low, high = entry["range"]
        assert low <= entry["value"] <= high
    elif isinstance(entry["range"], list):
        assert entry["value"] in entry["range"]


def test_unknown_assumption() -> None:
    with pytest.raises(InputError, match=r"data/pooling.toml: found no assumption 'luck'; expected one of image_label, "):
        assumption("pooling", "luck")
