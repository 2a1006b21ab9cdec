"""Figures in running text: digits with their unit, number words and fractions, and whether they state a claim's value."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.lexicon import setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.claims.claims import Claim

_POWERS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "万": 4, "亿": 8, "万亿": 12, "千": 3, "百万": 6}
_MONEY = r"US\$|\$|USD\s?|€|£|¥"
_SCALES = "thousand|million|billion|trillion|百万|万亿|万|亿|千"
_POINTS = r"percentage[ -]points?|per ?cent points?|%-points?|pp\b|points?\b|个百分点|百分点"
_PERCENT = r"%|percent\b|per cent\b"
FIGURE = re.compile(
    rf"(?<![0-9A-Za-z_.,])(?P<money>{_MONEY})?(?P<sign>[-\u2212]?)(?P<digits>\d+(?:[,\uff0c]\d{{3}})*(?:\.\d+)?)"
    rf"(?:(?P<ordinal>st|nd|rd|th)\b|[ -]?(?P<scale>{_SCALES})(?![a-z]))?"
    rf"(?:[ -]?(?:(?P<points>{_POINTS})|(?P<percent>{_PERCENT})|(?P<dollars>(?:US )?dollars\b|USD\b|美元)))?",
    re.IGNORECASE,
)
# fmt: off
_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
# fmt: on
NUMBER_WORDS = {
    **{word: value for value, word in enumerate(_SMALL)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
    **{word: 10**power for word, power in (("hundred", 2), ("thousand", 3), ("million", 6), ("billion", 9))},
}
_HUNDRED = 100
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_PARTS |= {"hundredth": 100, "percent": 100}
# Words that no other reading than a fraction has; the others are places in an order too.
_PLAIN_PARTS = frozenset({"half", "halves", "quarter", "quarters"})


@dataclass(frozen=True)
class Number:
    """A number as a text states it.

    Attributes
    ----------
    value
        In full: 2.8 million is 2,800,000; a percentage is the number before its sign.
    family
        ``plain``, ``percent``, ``points``, ``money``, ``ordinal`` or ``fraction``.
    step
        Place value of its last digit: 0.1 million is 100,000.
    digits
        Significant digits.
    """

    value: float
    family: str
    step: float = 1.0
    digits: int = 1


def read_figure(found: re.Match[str]) -> Number:
    """Return the number that a match of ``FIGURE`` states."""
    digits = re.sub("[,\uff0c]", "", found["digits"])
    decimals = len(digits.partition(".")[2])
    power = _POWERS[found["scale"].lower()] if found["scale"] else 0
    value = float(digits) * 10.0**power * (-1 if found["sign"] else 1)
    family = "money" if found["money"] or found["dollars"] else "plain"
    family = next((name for name in ("points", "percent", "ordinal") if found[name]), family)
    if found["money"] and family in ("points", "percent"):
        family = "unknown"
    return Number(value, family, 10.0 ** (power - decimals), len(digits.replace(".", "").lstrip("0")))


def read_words(words: Sequence[str]) -> tuple[Number, int] | None:
    """Return the number that `words` begin with and how many of them it takes; None where they begin with none.

    Examples
    --------
    >>> read_words(["twenty-two", "groups"])[0].value, read_words(["one", "half", "or", "more"])
    (22.0, (Number(value=0.5, family='fraction', step=1.0, digits=1), 2))
    """
    parts = [part for word in words for part in word.split("-")]
    whole, used = _whole(parts)
    if used:
        denominator = _denominator(parts[used]) if used < len(parts) else None
        if denominator:
            return Number(float(Fraction(whole, denominator)), "fraction"), _taken(words, used + 1)
        return Number(float(whole), "plain"), _taken(words, used)
    if parts and parts[0] in ("a", "an") and len(parts) > 1 and _denominator(parts[1]):
        return Number(1 / (_denominator(parts[1]) or 1), "fraction"), _taken(words, 2)
    if parts and parts[0] in _PLAIN_PARTS:
        return Number(1 / (_denominator(parts[0]) or 1), "fraction"), 1
    return None


def _whole(parts: Sequence[str]) -> tuple[int, int]:
    """Return the whole number that the words begin with, and how many of them it takes."""
    total = current = used = 0
    for place, part in enumerate(parts):
        if part == "and" and used == place and place and NUMBER_WORDS[parts[place - 1]] >= _HUNDRED:
            continue
        if part not in NUMBER_WORDS:
            break
        value = NUMBER_WORDS[part]
        if value > _HUNDRED:
            total, current = total + max(current, 1) * value, 0
        elif value == _HUNDRED:
            current = max(current, 1) * value
        elif used and current % 10:
            break
        else:
            current += value
        used = place + 1
    return total + current, used


def _denominator(word: str) -> int | None:
    singular = {"halves": "half"}.get(word, word.removesuffix("s"))
    return _PARTS.get(singular)


def _taken(words: Sequence[str], parts: int) -> int:
    count = 0
    for place, word in enumerate(words):
        count += len(word.split("-"))
        if count >= parts:
            return place + 1
    return len(words)


def family_of(claim: Claim) -> str:
    """Return the family of numbers that states the value of `claim`."""
    if claim.unit == "percent":
        return "percent"
    return "money" if "dollars" in claim.unit else "plain"


def stated(claim: Claim) -> Number | None:
    """Return the number that the claim's own text prints; None for a word, such as a direction or a rank."""
    found = FIGURE.search(claim.text)
    if found is None or claim.kind == "direction":
        return None
    return read_figure(found)


def states(number: Number, claim: Claim, *, hedged: bool = False) -> bool:
    """Whether `number` states the value of `claim`: as printed, or rounded further where the text says so.

    Parameters
    ----------
    number
        As found in a text.
    claim
        Of kind value, share, count, sum or difference.
    hedged
        Whether a word such as roughly stands before it.
    """
    printed = stated(claim)
    if printed is None:
        return False
    family = "percent" if number.family == "points" and claim.kind == "difference" else number.family
    if family != printed.family:
        return False
    if math.isclose(number.value, printed.value, rel_tol=1e-9, abs_tol=1e-12):
        # A whole number says more than a figure that is printed with decimals.
        return hedged or number.step <= printed.step or number.step < 1 or printed.step >= 1
    exact = _in_full(claim)
    rounded = round(exact / number.step) * number.step
    return (
        hedged
        and number.step > printed.step
        and number.digits >= setting("least_digits")
        and math.isclose(number.value, rounded, rel_tol=1e-9)
    )


def _in_full(claim: Claim) -> float:
    return claim.value * 100.0 if claim.unit == "percent" else claim.value
