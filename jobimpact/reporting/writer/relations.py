"""What a text says of order: comparisons, movements and ranks, each with the names that it relates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.reading import clause_of, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.writer.lexicon import Lexicon
    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

NATION = "the country"
_PRONOUNS = frozenset({"it", "this", "that", "them", "these"})
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
    measure
        The measure that the word is said of, such as ``exposure``; empty where the clause names none.
    place
        Of the token.
    than
        Whether the clause has "than" or the like.
    """

    kind: str
    word: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    measure: str
    place: int
    than: bool = False


def read_relations(reading: Reading, lexicon: Lexicon) -> list[Relation]:
    """Return every relation that a text states, in the order of reading."""
    found: list[Relation] = []
    for place, token in enumerate(reading.tokens):
        measure = _measure(reading, place, lexicon)
        if token.role == "direction":
            left, right = _compared(reading, place, lexicon)
            than = token.text.lower() in lexicon.over or any(other.role == "than" for other in _clause(reading, place))
            found.append(Relation("direction", token.concept, left, right, measure, place, than))
        elif token.role == "trend":
            names = tuple(t.concept for t in _clause(reading, place) if t.role == "name")
            found.append(Relation("trend", token.concept, names, (), measure, place))
        elif token.role == "superlative":
            start = _rank_place(reading, place)
            found.append(Relation("rank", f"{token.concept} {start}", _ranked(reading, place), (), measure, place))
        elif token.role == "ordinal" and not _followed_by_superlative(reading, place):
            end = _end_before(reading, place)
            names = _ranked(reading, place)
            found.append(Relation("rank", f"{end} {token.concept}", names, (), measure, place))
    return found


def _clause(reading: Reading, place: int) -> list[Token]:
    return [reading.tokens[position] for position in clause_of(reading.tokens, place)]


def _measure(reading: Reading, place: int, lexicon: Lexicon) -> str:
    """Return the measure that stands nearest before the token in its clause, else nearest after it, before any name."""
    clause = clause_of(reading.tokens, place)
    aside = _in_brackets(reading, place)
    behind = range(place + 1, clause.stop)
    for places in (range(place - 1, clause.start - 1, -1), behind):
        for position in places:
            token = reading.tokens[position]
            if token.role == "content" and token.concept in lexicon.measures and not _aside(reading, position, aside=aside):
                return token.concept
            if places is behind and token.role in ("name", "number"):
                break
    return ""


def _aside(reading: Reading, place: int, *, aside: bool) -> bool:
    led = _modifies(reading, place) or _before_of_figure(reading, place)
    return led or (_in_brackets(reading, place) and not aside)


def _modifies(reading: Reading, place: int) -> bool:
    """Whether a measure only tells by what something is weighted, or what a figure counts."""
    for position in range(place - 1, -1, -1):
        token = reading.tokens[position]
        if token.text.lower() == "by" or token.role in ("rather", "number"):
            return True
        if (token.role not in ("free", "content") and token.text.lower() != "of") or token.concept == "nation":
            return False
    return False


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


def _ranked(reading: Reading, place: int) -> tuple[str, ...]:
    """Return the names that a rank word at `place` is said of, in order."""
    ahead = _list_after(reading, place)
    behind = _list_before(reading, place)
    if ahead and behind:
        return ahead if behind[1] else (*behind[0], *ahead)
    if ahead:
        return ahead
    return (*behind[0], *_followers(reading, place)) if behind else ()


def _list_after(reading: Reading, place: int) -> tuple[str, ...]:
    """Return the names after "highest in", "the highest are", "highest:"; nothing where the rank leads to none."""
    tokens = reading.tokens
    for position in range(place + 1, len(tokens)):
        token = tokens[position]
        if token.role == "name":
            leads = [t for t in tokens[place + 1 : position] if t.role not in ("free", "content")]
            led = bool(leads) and (leads[-1].role in ("place", "link", "of") or leads[-1].concept == ":")
            return names_from(reading, position) if led else ()
        quiet = token.role in ("free", "link", "place", "of", "content", "quantifier") or token.concept in (":", ",", "(", ")")
        if not quiet and position not in reading.claims:
            return ()
    return ()


def names_from(reading: Reading, place: int) -> tuple[str, ...]:
    """Return the names of a list that begins at `place`: between them stand figures, commas, "and" or "followed by"."""
    tokens = reading.tokens
    found = []
    for position in range(place, len(tokens)):
        token = tokens[position]
        if token.role == "name":
            found.append(token.concept)
            continue
        if not _within_list(reading, position):
            break
        # Another rank word after "and" opens a list of its own.
        if token.role == "and" and _opens_rank(reading, position):
            break
    return tuple(found)


def _within_list(reading: Reading, place: int) -> bool:
    """Whether a token may stand between the names of a list: figures with what they count, commas, "and", "followed by"."""
    token = reading.tokens[place]
    if token.role in ("and", "follow", "free", "of", "hedge") or token.text.lower() in ("at", "in"):
        return True
    if token.role == "content":
        return _in_brackets(reading, place) or _modifies(reading, place) or _before_of_figure(reading, place)
    return token.concept in (",", ";", "(", ")") or place in reading.claims


def _before_of_figure(reading: Reading, place: int) -> bool:
    """Whether a measure leads to its figure, as in "an exposure of 0.59"."""
    after = [token for token in reading.tokens[place + 1 : place + 3] if token.role != "free"]
    return bool(after) and (after[0].role == "number" or [token.role for token in after] == ["of", "number"])


def _in_brackets(reading: Reading, place: int) -> bool:
    depth = 0
    for token in reading.tokens[:place]:
        depth += {"(": 1, ")": -1}.get(token.concept, 0) if token.role == "mark" else 0
    return depth > 0


def _opens_rank(reading: Reading, place: int) -> bool:
    for token in reading.tokens[place + 1 : place + 5]:
        if token.role in ("superlative", "ordinal"):
            return True
        if token.role not in ("free", "link", "of", "content"):
            return False
    return False


def _list_before(reading: Reading, place: int) -> tuple[tuple[str, ...], bool] | None:
    """Return the names before "have the highest", and whether more than the closest words stand between."""
    tokens = reading.tokens
    found: list[str] = []
    loose = False
    for position in range(place - 1, -1, -1):
        token = tokens[position]
        if token.role == "name":
            found.insert(0, token.concept)
            continue
        if not found:
            quiet = token.role in ("free", "link", "ordinal", "place", "of") or token.concept in ("(", ")")
            seen = any(after in reading.claims for after in range(position + 1, place))
            quiet = (
                quiet or position in reading.claims or (token.role == "content" and not loose) or (token.role == "and" and seen)
            )
            if not quiet and not _in_brackets(reading, position):
                return None
            loose = loose or token.role == "place"
            continue
        if not _within_list(reading, position) or _closes_rank(reading, position):
            break
    return (tuple(found), loose) if found else None


def _closes_rank(reading: Reading, place: int) -> bool:
    """Whether the words before "and" or a comma end with a rank word, so that the list before belongs to that."""
    for token in reversed(reading.tokens[max(0, place - 4) : place]):
        if token.role == "superlative":
            return True
        if token.role not in ("content", "free", "of", "mark") and token.role != "number":
            return False
    return False


def _followers(reading: Reading, place: int) -> tuple[str, ...]:
    """Return the names after "NAME ranks highest, followed by"."""
    tokens = reading.tokens
    for position in range(place + 1, len(tokens)):
        token = tokens[position]
        if token.role == "follow":
            names = next((p for p in range(position, len(tokens)) if tokens[p].role == "name"), None)
            return names_from(reading, names) if names is not None else ()
        quiet = token.role in ("content", "of", "free", "hedge") or token.concept in (",", "(", ")")
        if not quiet and position not in reading.claims and token.text.lower() != "at":
            return ()
    return ()
