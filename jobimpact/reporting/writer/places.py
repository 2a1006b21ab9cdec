"""Which figures a text gives to the country, and which words stand for what the report is about."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

# Roles that may stand between a figure and "in the country" behind it.
_QUIET = frozenset({"free", "of", "place", "content", "quantifier", "hedge"})
_PRONOUNS = frozenset({"it", "here"})
_POINTING = frozenset({"this", "that"})
_BEFORE_POINTING = frozenset({"mark", "reason", "than", "break", "and", "to", "direction", "follow"})
_MEASURES = frozenset({"exposure", "mean", "point_estimate"})
_UNITS = frozenset({"sectors", "occupations", "states"})
_SINGLE = ("sector", "occupation", "state")
_STOPS = frozenset(".;")
_ENDS = frozenset({"break", "reason"})
_PAIR = 2


def is_nation(token: Token) -> bool:
    """Whether a word stands for the whole country."""
    return (token.role, token.concept) == ("content", "nation")


def is_own(reading: Reading, place: int) -> bool:
    """Whether a word stands for what the report is about: it, here, this, the sector's, its exposure."""
    tokens = reading.tokens
    word = tokens[place].text.lower()
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    before = tokens[place - 1] if place else None
    if tokens[place].role in ("direction", "trend") and " it " in f" {word} ":
        return True
    if word in _PRONOUNS:
        return before is None or not before.concept.startswith("next_")
    if word in _POINTING:
        pointed = (
            after is None
            or after.role in ("link", "direction", "mark", "trend", "and")
            or after.text.lower() in ("one", "cannot", "figure", "value")
        )
        return pointed and (before is None or before.role in _BEFORE_POINTING)
    if word == "its":
        return after is not None and after.concept in _MEASURES
    if tokens[place].concept in _UNITS and word.removesuffix("'s") in _SINGLE:
        aside = any(token.concept.startswith("next_") for token in tokens[max(0, place - 2) : place + 3])
        return not aside and before is not None and before.text.lower() in ("the", "this")
    return False


def none_beyond(reading: Reading) -> dict[int, int]:
    """Return the places of words of denial and of order in "none of them is lower than this", so that this is lowest."""
    found = {}
    tokens = reading.tokens
    denials = [place for place, token in enumerate(tokens) if token.text.lower() in ("none", "no", "no other")]
    for place, token in enumerate(tokens):
        than = next((p for p in range(place + 1, min(place + 5, len(tokens))) if tokens[p].role == "than"), None)
        if token.role != "direction" or token.concept not in ("up", "down") or than is None:
            continue
        before = [denial for denial in denials if denial < place and not any(_is_end(t) for t in tokens[denial:place])]
        if before and any(is_own(reading, p) for p in range(than + 1, min(than + 4, len(tokens)))):
            found[before[-1]] = place
    return found


def national_figures(reading: Reading) -> frozenset[int]:
    """Return the places of the figures that the words give to the whole country.

    Each word for the country has one figure: that which it follows, as in "9.7 % in the country"; else the next one behind
    it; else the one before it. Nothing that stands for the report's own subject may be between.
    """
    found: set[int] = set()
    nations = [place for place, token in enumerate(reading.tokens) if is_nation(token) and not _of_mix(reading, place)]
    tight = {place: _followed(reading, place) for place in nations}
    found |= {figure for figure in tight.values() if figure is not None}
    for place in nations:
        if tight[place] is None:
            figure = next(
                (f for f in (_ahead(reading, place), _behind(reading, place)) if f is not None and f not in found), None
            )
            found |= set() if figure is None else {figure}
    return frozenset(found | set(_elliptic(reading, found)))


def _of_mix(reading: Reading, place: int) -> bool:
    """Whether the country stands there only as what a mix of jobs is of."""
    around = reading.tokens[max(0, place - 4) : place + 3]
    return any(token.concept == "mix" for token in around)


def _followed(reading: Reading, place: int) -> int | None:
    """Return the figure before "in the country", where only words such as "of the covered jobs" stand between."""
    for position in range(place - 1, -1, -1):
        token = reading.tokens[position]
        if position in reading.claims:
            return position
        if token.role not in _QUIET or is_own(reading, position):
            return None
    return None


def _ahead(reading: Reading, place: int) -> int | None:
    """Return the next figure behind a word for the country in its clause."""
    for position in range(place + 1, len(reading.tokens)):
        if position in reading.claims:
            return None if _here_after(reading, position) else position
        # "In the country, it is 11.9 %."
        led = position == place + 1 or (position == place + _PAIR and reading.tokens[position - 1].concept == ",")
        bare = led and position + 2 in reading.claims and reading.tokens[position + 1].role == "link"
        if (
            _is_end(reading.tokens[position])
            or reading.tokens[position].concept == "("
            or (is_own(reading, position) and not bare)
        ):
            return None
    return None


def _opens_aside(reading: Reading, place: int, position: int) -> bool:
    """Whether a bracket opens that is not the country's own, as in "in the country (0.26)"."""
    return reading.tokens[position].concept == "(" and position != place + 1


def _here_after(reading: Reading, place: int) -> bool:
    for position in range(place + 1, len(reading.tokens)):
        if is_own(reading, position):
            return True
        if reading.tokens[position].role not in _QUIET:
            return False
    return False


def _behind(reading: Reading, place: int) -> int | None:
    """Return the figure before a word for the country that explains it, as in "0.26, the mean of the country"."""
    for position in range(place - 1, -1, -1):
        token = reading.tokens[position]
        if position in reading.claims:
            here = any(other.text.lower() == "here" for other in reading.tokens[max(0, position - _PAIR) : position])
            return None if here else position
        if _is_end(token) or is_own(reading, position) or token.role in ("direction", "name", "trend", "and"):
            return None
    return None


def _is_end(token: Token) -> bool:
    return (token.role == "mark" and token.concept in _STOPS) or token.role in _ENDS


def _elliptic(reading: Reading, known: set[int]) -> Iterator[int]:
    """Yield figures of pairs such as "(0.0 % against 10.2 %)" whose order an earlier pair has told."""
    told: int | None = None
    for start, stop in _spans(reading):
        figures = [place for place in range(start, stop) if place in reading.claims]
        if len(figures) != _PAIR:
            continue
        given = [figures.index(place) for place in figures if place in known]
        if given:
            told = given[0]
        elif told is not None and not any(
            is_nation(reading.tokens[p]) or is_own(reading, p) for p in range(start, min(stop, len(reading.tokens)))
        ):
            yield figures[told]


def _spans(reading: Reading) -> list[tuple[int, int]]:
    """Return the stretches from each name to the next."""
    names = [place for place, token in enumerate(reading.tokens) if token.role == "name"]
    return list(pairwise([*names, len(reading.tokens)]))
