"""What a text says of order: comparisons, movements and ranks, each with the names that it relates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.lists import before_of_figure, in_brackets, modifies, names_ranked
from jobimpact.reporting.writer.places import none_beyond
from jobimpact.reporting.writer.reading import clause_of, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.writer.lexicon import Lexicon
    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

NATION = "the country"
_PRONOUNS = frozenset({"it", "this", "that", "them", "these"})
# Of these, "the greatest" is the largest, not the highest.
_AMOUNTS = frozenset({"share", "parts", "number", "adds"})
# A side of a comparison that is a figure, not a name: the row of its claim follows.
FIGURE_OF = "figure of "


@dataclass(frozen=True)
class Relation:
    """A word of order and what it relates.

    Attributes
    ----------
    kind
        ``direction``, ``trend`` or ``rank``.
    word
        ``up down equal`` of a direction or trend; end and place of a rank, such as ``top 1``.
    left, right
        Names as tokens have them, in the order of reading. Of a direction: what is higher or lower, and than what. Of a
        trend: every name of its clause, on the left. Of a rank: its names, the first at that place, on the left.
    measures
        What the word may be said of, such as ``exposure``; empty where the clause names no measure.
    place
        Of the token.
    than
        Whether the clause has "than" or the like.
    """

    kind: str
    word: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    measures: frozenset[str]
    place: int
    than: bool = False


def read_relations(reading: Reading, lexicon: Lexicon) -> list[Relation]:
    """Return every relation that a text states, in the order of reading."""
    found: list[Relation] = []
    outdone = set(none_beyond(reading).values())
    for place, token in enumerate(reading.tokens):
        if token.role not in ("direction", "trend", "superlative", "ordinal") or is_limit(reading, place):
            continue
        measures = _measures(reading, place, lexicon)
        if place in outdone:
            end = "top" if token.concept == "up" else "bottom"
            found.append(Relation("rank", f"{end} 1", (), (), measures, place))
        elif token.role == "direction":
            left, right = _compared(reading, place, lexicon)
            than = token.text.lower() in lexicon.over or any(other.role == "than" for other in _clause(reading, place))
            found.append(Relation("direction", token.concept, left, right, measures, place, than))
        elif token.role == "trend":
            names = tuple(t.concept for t in _clause(reading, place) if t.role == "name")
            found.append(Relation("trend", token.concept, names, (), measures, place))
        elif token.role == "superlative":
            start = _rank_place(reading, place)
            end = "large" if token.text.lower() == "greatest" and thing_behind(reading, place) in _AMOUNTS else token.concept
            found.append(Relation("rank", f"{end} {start}", names_ranked(reading, place), (), measures, place))
        elif token.role == "ordinal" and not _followed_by_superlative(reading, place):
            end = _end_before(reading, place)
            names = names_ranked(reading, place)
            found.append(Relation("rank", f"{end} {token.concept}", names, (), measures, place))
    return found


def is_limit(reading: Reading, place: int) -> bool:
    """Whether a word such as below stands before a number in words, as in "below one tenth", and so compares no rows."""
    after = reading.tokens[place + 1 : place + 2]
    led = reading.tokens[place].role == "direction" and bool(after) and after[0].role == "number"
    return led and place + 1 not in reading.claims


def _clause(reading: Reading, place: int) -> list[Token]:
    return [reading.tokens[position] for position in clause_of(reading.tokens, place)]


def _measures(reading: Reading, place: int, lexicon: Lexicon) -> frozenset[str]:
    """Return what a word of order may be said of: the measure right behind it, else every measure of its clause.

    Measures that only tell what a figure counts, or by what something is weighted, are left aside.
    """
    tokens = reading.tokens
    behind = thing_behind(reading, place)
    if behind in lexicon.measures:
        return frozenset({behind})
    clause = clause_of(tokens, place)
    aside = in_brackets(reading, place)
    measures = (p for p in clause if tokens[p].role == "content" and tokens[p].concept in lexicon.measures)
    return frozenset(tokens[p].concept for p in measures if not _aside(reading, p, aside=aside))


def thing_behind(reading: Reading, place: int) -> str:
    """Return the thing that stands right behind a word of order; nothing where none does."""
    after = next((token for token in reading.tokens[place + 1 :] if token.role != "free"), None)
    return after.concept if after is not None and after.role == "content" else ""


def _aside(reading: Reading, place: int, *, aside: bool) -> bool:
    led = modifies(reading, place) or before_of_figure(reading, place)
    return led or (in_brackets(reading, place) and not aside)


def _entity(token: Token) -> str:
    """Return what a comparison may have as a side: a name, or the country."""
    if token.role == "name":
        return token.concept
    return NATION if (token.role, token.concept) == ("content", "nation") else ""


def _compared(reading: Reading, place: int, lexicon: Lexicon) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return both sides of the comparison at `place`."""
    tokens = reading.tokens
    clause = clause_of(tokens, place)
    equal_to = tokens[place].concept == "equal" and place + 1 in clause and tokens[place + 1].role == "to"
    marks = [position for position in clause if tokens[position].role == "than" or (equal_to and position == place + 1)]
    after = [position for position in marks if position > place]
    over = tokens[place].text.lower() in lexicon.over
    entities = [(position, _entity(tokens[position])) for position in clause if _entity(tokens[position])]
    if not over and not marks:
        return tuple(entity for _, entity in entities), ()
    mark = place if over else (after[0] if after else marks[-1])
    if _pronoun(tokens[mark + 1 : mark + 3]):
        return tuple(entity for _, entity in entities), ("it",)
    right = next(((position, entity) for position, entity in entities if position > mark), None)
    figure = next((position for position in clause if position > mark and position in reading.claims), None)
    if right is None or (figure is not None and figure < right[0] and not _bracketed(reading, figure, right[0])):
        owner = _figure_side(reading, figure)
        right = right if right is not None and not owner else (figure or mark, owner)
    rest = tuple(entity for position, entity in entities if position != right[0])
    return rest, (right[1],) if right[1] else ()


def _pronoun(after: Sequence[Token]) -> bool:
    """Whether a comparison goes on with a word for what was spoken of before, and not with "that of NAME"."""
    return bool(after) and after[0].text.lower() in _PRONOUNS and not any(token.role == "of" for token in after[1:])


def _figure_side(reading: Reading, figure: int | None) -> str:
    """Return the side that a figure stands for: the row of its claim, written as such."""
    if figure is None:
        return ""
    claims = reading.claims[figure]
    return f"{FIGURE_OF}{row_of(claims[0])}" if len(claims) == 1 else ""


def _bracketed(reading: Reading, figure: int, name: int) -> bool:
    """Whether a name follows its figure, as in "than the 0.22 in NAME"."""
    return all(token.role in ("free", "place", "content", "link") for token in reading.tokens[figure + 1 : name])


def _rank_place(reading: Reading, place: int) -> int:
    before = reading.tokens[place - 1] if place else None
    return int(before.concept) if before is not None and before.role == "ordinal" else 1


def _followed_by_superlative(reading: Reading, place: int) -> bool:
    after = reading.tokens[place + 1 : place + 2]
    return bool(after) and after[0].role == "superlative"


def _end_before(reading: Reading, place: int) -> str:
    """Return the end that an ordinal alone counts from: that of the superlative before it, else the top."""
    ends = [token.concept for token in reading.tokens[:place] if token.role == "superlative"]
    return ends[-1] if ends else "top"
