"""Thresholds, words and number formats of a report, read from data/narrative.toml."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from typing import Any

from jobimpact.paths import packaged

_MILLION, _ROUND_FROM = 1_000_000, 10_000
_TWO_DECIMALS = ("0-1", "beta", "cosine")
# Factor, prefix and suffix with which a text states a value.
_UNITS: dict[str, tuple[float, str, str]] = {
    "percent": (100.0, "", " %"),
    "million jobs": (1e-6, "", " million"),
    "US dollars per year": (1.0, "$", ""),
}


@cache
def read_narrative() -> dict[str, Any]:
    """Return data/narrative.toml: ``thresholds``, and the wording of each language."""
    narrative: dict[str, Any] = tomllib.loads(packaged("data", "narrative.toml").read_text(encoding="utf-8"))
    return narrative


def threshold(name: str) -> float:
    """Return the threshold `name` of data/narrative.toml."""
    return float(read_narrative()["thresholds"][name]["value"])


def wording(language: str = "en") -> dict[str, Any]:
    """Return names, words and sentences of `language`."""
    words: dict[str, Any] = read_narrative()[language]
    return words


def unit_and_decimals(unit: str, value: float) -> tuple[str, int]:
    """Return the unit and the decimals in which a text states a `value` whose column has the dictionary's `unit`."""
    if unit == "share":
        return "percent", 1
    if unit in _TWO_DECIMALS:
        return unit, 2
    if unit == "jobs" and value >= _MILLION:
        return "million jobs", 1
    if unit == "jobs":
        return unit, -3 if value >= _ROUND_FROM else -1
    if unit == "US dollars per year" and value >= _ROUND_FROM:
        return unit, -2
    return unit, 0


def format_value(value: float, unit: str, decimals: int, language: str = "en") -> str:
    """Return `value` as a text states it: the only place where a figure of a report becomes text.

    Parameters
    ----------
    value
        Unrounded.
    unit
        A unit of the data dictionary, ``percent`` (of a share), ``million jobs``, ``direction`` (of a difference),
        ``rank from the top`` or ``rank from the bottom``.
    decimals
        Decimals in that unit; negative ones round to tens, hundreds, thousands.

    Examples
    --------
    >>> format_value(0.12345, "percent", 1), format_value(2_764_870, "million jobs", 1), format_value(7_654, "jobs", -1)
    ('12.3 %', '2.8 million', '7,650')
    """
    if math.isnan(value):
        return "n/a"
    if unit == "direction":
        return direction_word(value, language)
    if unit.startswith("rank from the "):
        words: list[str] = wording(language)["rank"][unit.removeprefix("rank from the ")]
        return words[int(value) - 1] if value <= len(words) else f"number {int(value)}"
    factor, prefix, suffix = _UNITS.get(unit, (1.0, "", ""))
    number = round(value * factor, decimals) + 0.0  # + 0.0 turns -0.0 into 0.0
    return f"{prefix}{number:,.{max(decimals, 0)}f}{suffix}"


def format_cell(value: float, unit: str) -> str:
    """Return a table's cell as text, in the unit and with the decimals that suit it."""
    return format_value(value, *unit_and_decimals(unit, value))


def direction_word(difference: float, language: str = "en") -> str:
    """Return the word for a `difference` of exposures: higher, lower, or about equal below the threshold."""
    words: dict[str, str] = wording(language)["direction"]
    if abs(difference) < threshold("about_equal"):
        return words["equal"]
    return words["more" if difference > 0 else "less"]


def format_release(release: str, language: str = "en") -> str:
    """Return an OEWS release such as 2025-05 as May 2025; anything else as it is."""
    year, _, month = release.partition("-")
    months: list[str] = wording(language)["months"]
    known = year.isdigit() and month.isdigit() and 1 <= int(month) <= len(months)
    return f"{months[int(month) - 1]} {year}" if known else release
