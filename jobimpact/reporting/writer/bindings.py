"""Which figure a text gives to which name, limit or country, read from the words between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

# Roles that may stand between a figure and what it belongs to.
_QUIET = frozenset({"free", "link", "of", "place", "content", "hedge"})
_LEFT = _QUIET | {"bound", "direction", "superlative", "ordinal", "number", "quantifier"}
_CROSSING = frozenset({"and", "follow", "to", "from"})
# Words that make a figure behind them part of a phrase of place, as in "across 51 states" and "of the 22 groups".
_PHRASES = frozenset({"in", "across", "among", "amongst", "throughout", "within", "of all"})
_PASSABLE = frozenset({",", "(", ")", ":"})


@dataclass(frozen=True)
class Binding:
    """What a figure belongs to.

    Attributes
    ----------
    anchors
        Places of the tokens that the words tie it to; empty where they tie it to nothing.
    firm
        Whether the words leave no other reading: a name right before it, or "in" and a name right after it.
    """

    anchors: tuple[int, ...]
    firm: bool


def is_anchor(reading: Reading, place: int) -> bool:
    """Whether a token may own a figure: a name, or a limit such as one half or more."""
    token = reading.tokens[place]
    if token.role == "number":
        return place not in reading.claims and bool(token.bound)
    return token.role == "name"


def bind(reading: Reading, place: int) -> Binding:
    """Return what the figure at `place` belongs to."""
    right = _right(reading, place)
    left, crossed = _left(reading, place)
    if right and (left is None or crossed):
        return Binding(right, firm=True)
    if right and left is not None:
        return Binding((*right, left), firm=True)
    if left is not None:
        return Binding((left,), firm=not crossed)
    ahead = _ahead(reading, place)
    return Binding((ahead,), firm=True) if ahead is not None else Binding((), firm=False)


def _right(reading: Reading, place: int) -> tuple[int, ...]:
    """Return the names after "in", "for", "by" and the like that follow the figure without a break."""
    tokens = reading.tokens
    placed = False
    within = _phrase_before(reading, place) in _PHRASES | {"of", "out of"}
    for position in range(place + 1, len(tokens)):
        token = tokens[position]
        if position == place + 1 and token.concept == "(" and _named_in_brackets(reading, position):
            return (position + 1 if tokens[position + 1].role == "name" else position + 2,)
        if position == place + 1 and token.concept == "," and _set_off(tokens, place):
            continue
        if is_anchor(reading, position):
            return _joined(reading, position) if placed else ()
        if (
            (token.role == "to" and position + 1 < len(tokens) and tokens[position + 1].role != "number")
            or token.role == "place"
            or token.text.lower().endswith((" by", " to", " in"))
        ) or token.text.lower() == "where":
            placed = True
        elif token.role not in _QUIET or (within and token.role == "link"):
            return ()
    return ()


def _named_in_brackets(reading: Reading, place: int) -> bool:
    """Whether brackets hold a name and nothing else, as in "0.22 (Mississippi)"."""
    inner = [token for token in reading.tokens[place + 1 : place + 4] if token.role != "free"]
    return len(inner) > 1 and inner[0].role == "name" and inner[1].concept == ")"


def _set_off(tokens: Sequence[Token], place: int) -> bool:
    """Whether a figure stands between commas, as in "lowest, at 0.06, for"."""
    return place > 1 and tokens[place - 1].text.lower() in ("at", "with") and tokens[place - 2].concept == ","


def _phrase_before(reading: Reading, place: int) -> str:
    """Return the word before a figure, articles left out."""
    before = place - 1
    while before >= 0 and reading.tokens[before].role == "free":
        before -= 1
    return reading.tokens[before].text.lower() if before >= 0 else ""


def _joined(reading: Reading, place: int) -> tuple[int, ...]:
    """Return the place of a name and of the names that "and" or a comma adds to it, where no figure stands between."""
    tokens = reading.tokens
    found = [place]
    position = place + 1
    while position + 1 < len(tokens):
        token = tokens[position]
        if token.role == "name":
            found.append(position)
        elif token.role not in ("and", "free", "place") and token.concept != ",":
            break
        position += 1
    return tuple(found)


def _left(reading: Reading, place: int) -> tuple[int | None, bool]:
    """Return the nearest name before the figure, and whether a comma, "and" or a bracket stands between them."""
    tokens = reading.tokens
    crossed = False
    if _phrase_before(reading, place) in _PHRASES:
        return None, crossed
    # Within the brackets after a name everything is of that name.
    within = _opening(tokens, place)
    for position in range(place - 1, -1, -1):
        token = tokens[position]
        if is_anchor(reading, position):
            return position, crossed
        against = token.role == "than" or token.text.lower() in ("against", "as against")
        if position > within >= 0 and (token.role in _CROSSING or token.concept == "," or against):
            continue
        if against or token.role in _CROSSING or token.concept == ")" or (token.concept == "," and not _opens(tokens, position)):
            crossed = True
        elif token.role not in _LEFT and not (token.role == "mark" and token.concept in _PASSABLE):
            return None, crossed
    return None, crossed


def _opening(tokens: Sequence[Token], place: int) -> int:
    """Return the place of the bracket that a token stands in; -1 where it stands in none."""
    depth = 0
    for position in range(place - 1, -1, -1):
        if tokens[position].role == "mark":
            depth += {")": 1, "(": -1}.get(tokens[position].concept, 0)
            if depth < 0:
                return position
    return -1


def _opens(tokens: Sequence[Token], place: int) -> bool:
    """Whether a comma leads to "at", "with" and a figure, as in "the mean is higher, at"."""
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    return after is not None and after.text.lower() in ("at", "with")


def _ahead(reading: Reading, place: int) -> int | None:
    """Return the name of a sentence such as "At 0.48, NAME ..." or "With 0.48, NAME ..."."""
    tokens = reading.tokens
    before = place - 1
    while before >= 0 and tokens[before].role in ("free", "content", "of") and tokens[before].text.lower() != "with":
        before -= 1
    if before < 0 or tokens[before].text.lower() not in ("at", "with"):
        return None
    if before > 0 and tokens[before - 1].concept not in (";", ".", "and", "break"):
        return None
    for position in range(place + 1, len(tokens)):
        if is_anchor(reading, position):
            return position
        if tokens[position].role not in ("free", "content", "place", "of", "link") and tokens[position].concept != ",":
            return None
    return None
