"""An exact Shapley split: how much of a difference each of several causes accounts for."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial, isfinite
from typing import TYPE_CHECKING

from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(frozen=True)
class ShapleySplit:
    """A difference of two values by factor; where alone first and last differ, factors interact."""

    before: float  # with no factor changed
    after: float  # with all factors changed
    parts: Mapping[str, float]  # by factor, mean over all orderings of what changing it adds
    alone_first: Mapping[str, float]  # by factor, what it adds when changed before all others
    alone_last: Mapping[str, float]  # and after all others


def shapley_split(
    value: Callable[[frozenset[str]], float], factors: Sequence[str], changing: Iterable[str] | None = None
) -> ShapleySplit:
    """Split the difference between two values exactly among the factors that differ.

    The part of factor i among n is the sum over all sets S without i of |S|! (n - |S| - 1)! / n! [v(S with i)
    - v(S)], the mean of its contribution over all n! orderings (Shapley 1953, doi:10.1515/9781400881970-018;
    as a rule of decomposition Shorrocks 2013, doi:10.1007/s10888-011-9214-z). Sums are made in fractions, so
    that factors with equal contributions get equal parts and parts add up to the last digit that a float can
    tell. `value` is called once for each set of factors that are `changing` (all by default); the others get
    0. A missing or infinite value is an InputError.

    Examples
    --------
    >>> worth = {frozenset(): 1.0, frozenset("a"): 2.0, frozenset("b"): 3.0, frozenset("ab"): 6.0}
    >>> shapley_split(worth.__getitem__, ["a", "b"]).parts
    {'a': 2.0, 'b': 3.0}
    """
    requested = set(factors if changing is None else changing)
    live = [factor for factor in factors if factor in requested]
    unknown = requested - set(factors)
    if unknown or len(set(factors)) != len(factors):
        raise InputError(f"found factors {sorted(unknown) or list(factors)}; expected each once among {', '.join(factors)}")
    subsets = [frozenset(subset) for size in range(len(live) + 1) for subset in combinations(live, size)]
    values = {subset: value(subset) for subset in subsets}
    missing = [sorted(subset) for subset, number in values.items() if not isfinite(number)]
    if missing:
        raise InputError(
            f"the estimate is missing once {', '.join(missing[0]) or 'nothing'} is changed: expected a number in all "
            f"{len(values)} combinations; check that both sides have scores and employment for this group"
        )
    exact = {subset: Fraction(number) for subset, number in values.items()}
    everything = frozenset(live)
    parts = {factor: float(_part(exact, everything, factor)) if factor in everything else 0.0 for factor in factors}
    first = {factor: float(exact[frozenset({factor} & everything)] - exact[frozenset()]) for factor in factors}
    last = {factor: float(exact[everything] - exact[everything - {factor}]) for factor in factors}
    return ShapleySplit(values[frozenset()], values[everything], parts, first, last)


def _part(exact: Mapping[frozenset[str], Fraction], everything: frozenset[str], factor: str) -> Fraction:
    n = len(everything)
    return sum(
        (
            Fraction(factorial(len(subset)) * factorial(n - len(subset) - 1), factorial(n))
            * (exact[subset | {factor}] - exact[subset])
            for subset in exact
            if factor not in subset
        ),
        start=Fraction(0),
    )
