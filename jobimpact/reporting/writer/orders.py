"""Checks of order: comparisons, movements and ranks say what the claims say, of the same names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobimpact.reporting import selection
from jobimpact.reporting.cells import DIFFERENCE, OTHER_TABLE
from jobimpact.reporting.writer.reading import row_of
from jobimpact.reporting.writer.relations import FIGURE_OF, NATION, names_from, read_relations
from jobimpact.reporting.writer.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.claims import Claim
    from jobimpact.reporting.writer.reading import Reading, Subject
    from jobimpact.reporting.writer.relations import Relation

_TURNED = {"up": "down", "down": "up", "equal": "equal"}
_COUNTRY = f"groups.{selection.NATION}"


def check_orders(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each comparison, movement or rank that the claims do not bear out, and for each left out."""
    told = read_relations(text, subject.lexicon)
    known = read_relations(source, subject.lexicon)
    for relation in told:
        same = [other for other in known if (other.kind, other.word) == (relation.kind, relation.word)]
        borne_out = {"direction": _compares, "trend": _moves, "rank": _ranks}[relation.kind]
        said = text.tokens[relation.place].text
        if not borne_out(relation, same, subject):
            yield f"unsupported {relation.kind} {said!r} at {text.text_at(relation.place, 3)!r}"
        elif relation.measure and relation.measure not in _measures(same, subject):
            yield f"{said!r} is said of {relation.measure!r}, which the sentence does not say"
    yield from _too_often(told, known)
    yield from _left_out(told, known)
    if any(relation.kind == "trend" for relation in known):
        orders = [[token.concept for token in reading.tokens if token.role == "name"] for reading in (text, source)]
        if orders[0] != orders[1]:
            yield "a movement runs from one name to another, and they stand in another order"
    for place, token in enumerate(text.tokens):
        if token.role == "than" and not any(relation.kind == "direction" for relation in told):
            yield f"unsupported comparison {token.text!r} at {text.text_at(place)!r}"


def _measures(same: list[Relation], subject: Subject) -> set[str]:
    columns = (claim.column_name for claim in subject.sentence.claims if claim.kind in ("rank", "direction"))
    implied = {
        concept for column in columns for name in column.split(DIFFERENCE) for concept in subject.lexicon.implied.get(name, ())
    }
    return {relation.measure for relation in same} | implied


def _compares(relation: Relation, same: list[Relation], subject: Subject) -> bool:
    if any(
        set(relation.left) == set(other.left) and relation.right == other.right for other in same if other.than == relation.than
    ):
        return True
    if relation.word == "equal" and len(relation.left) == 2 and not relation.right:  # noqa: PLR2004 - two sides
        sides = relation.left
    elif len(relation.left) == 1 and len(relation.right) == 1:
        sides = (relation.left[0], relation.right[0])
    else:
        return False
    words = {
        word
        for left in _rows(sides[0], subject)
        for right in _rows(sides[1], subject)
        for word in (_direction(left, right, subject), _TURNED.get(_direction(right, left, subject)))
        if word
    }
    return words == {relation.word}


def _rows(side: str, subject: Subject) -> frozenset[str]:
    if side == NATION:
        return frozenset({_COUNTRY})
    if side.startswith(FIGURE_OF):
        return frozenset({side.removeprefix(FIGURE_OF)})
    return subject.rows.get(side, frozenset())


def _direction(left: str, right: str, subject: Subject) -> str:
    """Return the direction that a claim states for the row `left` less the row `right`; nothing where none does."""
    for claim in subject.sentence.claims:
        if claim.kind != "direction" or DIFFERENCE not in claim.row_key:
            continue
        first, second = claim.row_key.split(DIFFERENCE)
        other, sign, key = second.partition(OTHER_TABLE)
        ends = f"{claim.table_name}.{first}", f"{other}.{key}" if sign else f"{claim.table_name}.{second}"
        if ends == (left, right):
            return word_of(claim, subject)
    return ""


def word_of(claim: Claim, subject: Subject) -> str:
    """Return the direction that the claim's text says: ``up``, ``down`` or ``equal``; nothing for another text."""
    roles = [token.concept for token in read_tokens(claim.text, subject.lexicon, None) if token.role == "direction"]
    return roles[0] if len(roles) == 1 else ""


def _moves(relation: Relation, same: list[Relation], _: Subject) -> bool:
    return any(relation.word == other.word for other in same)


def _ranks(relation: Relation, same: list[Relation], subject: Subject) -> bool:
    """Whether each name has the rank that its place in the list gives it, by the claims or by the sentence's own list."""
    if any(other.left[: len(relation.left)] == relation.left and bool(other.left) == bool(relation.left) for other in same):
        return True
    if not relation.left:
        return False
    end, _, start = relation.word.partition(" ")
    place = int(start)
    before = 0
    for offset, name in enumerate(relation.left):
        ranks = {
            int(claim.value)
            for claim in subject.sentence.claims
            if claim.kind == "rank" and claim.unit.endswith(f" {end}") and row_of(claim) in subject.rows.get(name, ())
        }
        # Rows with the same figure share a rank, so the next may have the one before instead of its own.
        if len(ranks) != 1 or not (ranks == {place + offset} or (offset and ranks == {before})):
            return False
        before = ranks.pop()
    return True


def check_lists(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each list of the sentence of which the text takes a name out, or changes the order.

    Lists whose every name has a rank of its own are compared with the ranks instead.
    """
    ranked = {row_of(claim) for claim in subject.sentence.claims if claim.kind == "rank"}
    told = _lists(text)
    for names in _lists(source):
        free = any(not subject.rows.get(name, frozenset()) & ranked for name in names)
        if len(names) > 1 and free and names not in told:
            yield f"the list of {names[0]!r} and others is not kept"


def _lists(reading: Reading) -> list[tuple[str, ...]]:
    """Return the lists of names of a text; a name alone is a list of one."""
    lists: list[tuple[str, ...]] = []
    waiting = 0
    for place, token in enumerate(reading.tokens):
        if token.role != "name":
            continue
        if not waiting:
            lists.append(names_from(reading, place))
            waiting = len(lists[-1])
        waiting -= 1
    return lists


def _too_often(told: list[Relation], known: list[Relation]) -> Iterator[str]:
    """Yield a reason for each word of order without names that stands there more often than in the sentence."""
    counts = [Counter((r.kind, r.word) for r in found if r.kind == "trend" or not (r.left or r.right)) for found in (told, known)]
    yield from (f"{kind} {word!r} stands there too often" for kind, word in counts[0] - counts[1])


def _left_out(told: list[Relation], known: list[Relation]) -> Iterator[str]:
    for relation in known:
        words = {relation.word, _TURNED.get(relation.word)} if relation.kind == "direction" else {relation.word}
        if not any(other.kind == relation.kind and other.word in words for other in told):
            yield f"{relation.kind} left out: {relation.word}"
