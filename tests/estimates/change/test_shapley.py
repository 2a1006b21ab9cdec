"""The split adds up, is symmetric, and gives nothing to a factor that changes nothing."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.estimates.change.change import shapley_split

FACTORS = ("tasks", "employment", "scores", "weights", "definition")
SUBSETS = [frozenset(name for place, name in enumerate(FACTORS) if number >> place & 1) for number in range(32)]
values = st.lists(st.floats(-1e6, 1e6), min_size=32, max_size=32).map(lambda cells: dict(zip(SUBSETS, cells, strict=True)))


@given(values)
def test_parts_add_up(worth):
    split = shapley_split(worth.__getitem__, FACTORS)
    change = worth[frozenset(FACTORS)] - worth[frozenset()]
    # Parts are exact fractions rounded once each: five roundings of numbers up to 1e6.
    assert sum(split.parts.values()) == pytest.approx(change, abs=1e-9)


@given(values)
def test_part_is_the_mean_over_all_orderings(worth):
    split = shapley_split(worth.__getitem__, FACTORS)
    totals = dict.fromkeys(FACTORS, 0.0)
    for order in permutations(FACTORS):
        for place, factor in enumerate(order):
            totals[factor] += worth[frozenset(order[: place + 1])] - worth[frozenset(order[:place])]
    for factor in FACTORS:
        assert split.parts[factor] == pytest.approx(totals[factor] / 120, abs=1e-6)


@given(values, st.sampled_from(FACTORS))
def test_factor_that_changes_nothing_gets_exactly_nothing(worth, idle):
    split = shapley_split(lambda chosen: worth[chosen - {idle}], FACTORS)
    assert split.parts[idle] == 0.0
    assert split.alone_first[idle] == 0.0
    assert split.alone_last[idle] == 0.0


@given(values, st.permutations(FACTORS))
def test_names_and_order_do_not_matter(worth, order):
    renamed = dict(zip(FACTORS, order, strict=True))
    split = shapley_split(worth.__getitem__, FACTORS)
    other = shapley_split(lambda chosen: worth[frozenset(name for name in FACTORS if renamed[name] in chosen)], order)
    assert {name: other.parts[renamed[name]] for name in FACTORS} == dict(split.parts)


@given(st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=6))
def test_alike_factors_get_equal_parts_to_the_last_digit(by_size):
    split = shapley_split(lambda chosen: by_size[len(chosen)], FACTORS)
    assert len(set(split.parts.values())) == 1


@given(values, st.sampled_from(FACTORS))
def test_single_factor_gets_everything(worth, only):
    split = shapley_split(lambda chosen: worth[chosen], FACTORS, [only])
    assert split.parts[only] == split.alone_first[only] == split.alone_last[only]
    assert split.parts[only] == worth[frozenset({only})] - worth[frozenset()]
    assert [split.parts[name] for name in FACTORS if name != only] == [0.0] * 4


def test_order_of_change_is_told_where_factors_interact():
    split = shapley_split(lambda chosen: 6.0 if len(chosen) == 2 else float(len(chosen)), ["a", "b"])
    assert (split.alone_first["a"], split.parts["a"], split.alone_last["a"]) == (1.0, 3.0, 5.0)


def test_only_sets_of_what_differs_are_computed():
    seen = []
    shapley_split(lambda chosen: seen.append(chosen) or 0.0, FACTORS, ["tasks", "scores"])
    assert sorted(map(sorted, seen)) == [[], ["scores"], ["scores", "tasks"], ["tasks"]]


def test_changing_factors_may_come_from_an_iterator():
    split = shapley_split(lambda chosen: float(len(chosen)), FACTORS, iter(["scores", "weights"]))
    assert [split.parts[name] for name in FACTORS] == [0.0, 0.0, 1.0, 1.0, 0.0]


def test_bad_input_is_one_line():
    with pytest.raises(InputError, match="the estimate is missing once tasks is changed"):
        shapley_split(lambda chosen: float("nan") if "tasks" in chosen else 1.0, FACTORS)
    with pytest.raises(InputError, match="found factors"):
        shapley_split(lambda _: 0.0, FACTORS, ["luck"])
