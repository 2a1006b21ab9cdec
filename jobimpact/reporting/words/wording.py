"""Thresholds, words and number formats of a report, read from data/narrative.toml and its like in other languages."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.facts.measured import measured
from jobimpact.facts.translations import chinese_titles
from jobimpact.paths import packaged
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "zh")
DASH = "\N{EN DASH}"
_MILLION, _ROUND_FROM, _BILLION = 1_000_000, 10_000, 1e9
_DOLLARS = "US dollars per year"
# How a text states a value of these units, however large.
_DECIMALS = {
    # What a publisher states in percent; "percent" is how a text states a share.
    "percent": ("published percent", 1),
    "0-1": ("0-1", 2),
    "beta": ("beta", 2),
    "cosine": ("cosine", 2),
    "correlation": ("correlation", 2),
    # Parts of a mean or of a change: with two decimals most would print as nothing.
    "difference of 0-1": ("difference of 0-1", 3),
}
# Factor, prefix and suffix with which a text states a value.
_UNITS: dict[str, dict[str, tuple[float, str, str]]] = {
    "en": {
        "percent": (100.0, "", " %"),
        "published percent": (1.0, "", " %"),
        "percentage points": (100.0, "", " points"),
        "million jobs": (1e-6, "", " million"),
        "million US dollars": (1e-6, "$", " million"),
        "billion US dollars": (1e-9, "$", " billion"),
        _DOLLARS: (1.0, "$", ""),
    },
    "zh": {
        "percent": (100.0, "", "%"),
        "published percent": (1.0, "", "%"),
        "percentage points": (100.0, "", "个百分点"),
        _DOLLARS: (1.0, "", "美元"),
    },
}
# Chinese counts in ten thousands, hundred millions and million millions: steps of a stated value by unit, and its suffix.
_MYRIADS = ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"))
_COUNTED = {
    "jobs": (1.0, ""),
    "million jobs": (1e6, ""),
    _DOLLARS: (1.0, "美元"),
    "million US dollars": (1e6, "美元"),
    "billion US dollars": (1e9, "美元"),
}


@cache
def read_narrative() -> dict[str, Any]:
    """Return ``thresholds`` of data/narrative.toml, and the wording of each language."""
    words = _read("narrative")
    words["zh"]["names"] |= {f"occupations.{code}": title for code, title in chinese_titles().items()}
    return words


@cache
def read_report_words() -> dict[str, Any]:
    """Return ``settings`` of data/reports.toml, and titles, heads, captions, notes and labels of each language."""
    return _read("reports")


def _read(name: str) -> dict[str, Any]:
    """Return data/NAME.toml with its translations, data/NAME_LANGUAGE.toml, under the name of the language."""
    words: dict[str, Any] = tomllib.loads(packaged("data", f"{name}.toml").read_text(encoding="utf-8"))
    for language in LANGUAGES:
        path = packaged("data", f"{name}_{language}.toml")
        if path.is_file():
            words[language] = tomllib.loads(path.read_text(encoding="utf-8"))
    return words


def threshold(name: str) -> float:
    """Return the threshold `name` of data/narrative.toml."""
    return float(read_narrative()["thresholds"][name]["value"])


def wording(language: str = "en") -> dict[str, Any]:
    """Return names, words and sentences of `language`."""
    return _of_language(read_narrative(), language)


def report_words(language: str = "en") -> dict[str, Any]:
    """Return titles, heads, captions, notes and labels of `language`."""
    return _of_language(read_report_words(), language)


def _of_language(words: dict[str, Any], language: str) -> dict[str, Any]:
    if language not in LANGUAGES or language not in words:
        raise InputError(f"language {language!r}: expected one of {', '.join(LANGUAGES)}")
    entries: dict[str, Any] = words[language]
    return entries


def unit_and_decimals(unit: str, value: float) -> tuple[str, int]:
    """Return the unit and the decimals in which a text states a `value` whose column has the dictionary's `unit`."""
    if unit in ("share", "difference of share"):
        return "percent" if unit == "share" else "percentage points", _share_decimals(value)
    if unit in _DECIMALS:
        return _DECIMALS[unit]
    if unit == "jobs":
        return ("million jobs", 1) if value >= _MILLION else (unit, -3 if value >= _ROUND_FROM else -1)
    if unit == _DOLLARS and value >= _BILLION:
        return "billion US dollars", 1 if value < 100 * _BILLION else 0
    if unit == _DOLLARS and value >= _MILLION:
        return "million US dollars", 1
    return unit, -2 if unit == _DOLLARS and value >= _ROUND_FROM else 0


def _share_decimals(value: float) -> int:
    """Return one decimal of a percentage, or as many as a small share needs so that it is not printed as nothing."""
    least, most = 1, 4
    return next((decimals for decimals in range(least, most) if round(abs(value) * 100, decimals) > 0), most) if value else least


def format_value(value: float, unit: str, decimals: int, language: str = "en") -> str:
    """Return `value` as a text states it: the only place where a figure of a report becomes text.

    The unit is one of the data dictionary, ``percent`` (of a share), ``published percent``, ``million jobs``,
    ``million US dollars``, ``billion US dollars``, ``direction`` (of a difference), ``rank from the top`` or
    ``rank from the bottom``; negative decimals round to tens, hundreds, thousands. Chinese counts in ten
    thousands and hundred millions, to the same precision.

    Examples
    --------
    >>> format_value(0.12345, "percent", 1), format_value(2_764_870, "million jobs", 1), format_value(7_654, "jobs", -1)
    ('12.3 %', '2.8 million', '7,650')
    >>> format_value(2_764_870, "million jobs", 1, "zh"), format_value(155_495_730, "million jobs", 1, "zh")
    ('280万', '1.555亿')
    """
    if math.isnan(value):
        return str(wording(language)["missing"])
    if unit == "direction":
        return direction_word(value, language)
    if unit.startswith("rank from the "):
        return _rank(int(value), unit.removeprefix("rank from the "), language)
    if language == "zh" and unit in _COUNTED and (decimals < 0 or unit not in ("jobs", _DOLLARS)):
        return _in_myriads(value, *_COUNTED[unit], decimals)
    factor, prefix, suffix = _UNITS[language].get(unit, (1.0, "", ""))
    number = round(value * factor, decimals) + 0.0  # + 0.0 turns -0.0 into 0.0
    return f"{prefix}{number:,.{max(decimals, 0)}f}{suffix}"


def _rank(position: int, end: str, language: str) -> str:
    words: dict[str, Any] = wording(language)["rank"]
    words_of_ranks: list[str] = words[end]
    return words_of_ranks[position - 1] if position <= len(words_of_ranks) else str(words["other"]).format(place=position)


def _in_myriads(value: float, scale: float, suffix: str, decimals: int) -> str:
    """Return `value` in the largest Chinese unit that it reaches, rounded to the step that `decimals` of `scale` state."""
    step = scale * 10.0**-decimals
    rounded = round(value / step) * step + 0.0
    for size, word in _MYRIADS:
        if abs(rounded) >= size:
            decimals_of_size = max(round(math.log10(size / step)), 0)
            return f"{rounded / size:,.{decimals_of_size}f}{word}{suffix}"
    return f"{rounded:,.0f}{suffix}"


def format_cell(value: float, unit: str, language: str = "en") -> str:
    """Return a table's cell as text, in the unit and with the decimals that suit it."""
    return format_value(value, *unit_and_decimals(unit, value), language)


def format_column(value: float, column: str, language: str = "en", unit: str = "") -> str:
    """Return the cell of a column as a table prints it; a dash where it is missing.

    The `unit` is that of the data dictionary by default.
    """
    if math.isnan(value):
        return DASH
    unit = unit or str(read_dictionary()["columns"][column]["unit"])
    # In a column of a table, jobs in full line up better than millions beside thousands.
    return format_value(value, unit, 0, language) if unit == "jobs" else format_cell(value, unit, language)


def direction_state(difference: float, low: float = math.nan, high: float = math.nan) -> str:
    """Return ``equal`` where the whole interval is within the threshold, ``untold`` where it holds zero, else ``more``, ``less``.

    Where an end is missing, the difference decides alone.
    """
    if math.isnan(low + high):
        low = high = difference
    # "not >=" rather than "<": a missing difference is no difference.
    if not max(abs(low), abs(high)) >= threshold("about_equal"):
        return "equal"
    if low <= 0 <= high:
        return "untold"
    return "more" if difference > 0 else "less"


def direction_word(difference: float, language: str = "en", low: float = math.nan, high: float = math.nan) -> str:
    """Return the word for a `difference` of exposures, such as higher; untold where it may be none.

    `low` and `high` are the ends of its interval, missing where it is not known.

    Examples
    --------
    >>> direction_word(0.1), direction_word(0.01, low=0.0, high=0.015), direction_word(0.01, low=-0.1, high=0.2)
    ('higher', 'about equal', 'are not distinguishable')
    """
    words: dict[str, str] = wording(language)["direction"]
    return words[direction_state(difference, low, high)]


def format_release(release: str, language: str = "en") -> str:
    """Return an OEWS release such as 2025-05 as May 2025; anything else as it is."""
    year, _, month = release.partition("-")
    words = wording(language)
    months: list[str] = words["months"]
    valid = year.isdigit() and month.isdigit() and 1 <= int(month) <= len(months)
    return str(words["release"]).format(month=months[int(month) - 1], year=year) if valid else release


def illustration(manifest: Mapping[str, Any], language: str = "en") -> str:
    """Return that a study of the starter set illustrates, and what O*NET gives; empty for one of other tasks."""
    if manifest.get("inputs", {}).get("tasks", {}).get("name") != "starter":
        return ""
    mean = format_value(measured()["onet.exposure_beta"], "0-1", 2, language)
    return str(report_words(language)["notes"]["illustration"]).format(onet_mean=mean)


@cache
def cuts(language: str) -> dict[str, str]:
    """Return the cuts of shares of workers, and the level of intervals, as text."""
    # Imported when a report is made: it brings numpy.
    from jobimpact.estimates.means.definitions import CUTS

    return {
        "cut": format_value(threshold("high_exposure"), "0-1", 2, language),
        "low_cut": format_value(CUTS["share_workers_10"], "0-1", 2, language),
        "level": format_value(float(assumption("variance", "level")), "percent", 0, language),
    }
