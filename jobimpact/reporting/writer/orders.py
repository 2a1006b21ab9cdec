"""Checks of order: comparisons, movements and ranks say what the claims say, of the same names."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from jobimpact.reporting.claims import selection
from jobimpact.reporting.claims.cells import DIFFERENCE
from jobimpact.reporting.writer.parties import check_parties, leads_to_figure, own_comparison, rows_compared, word_of
from jobimpact.reporting.writer.places import none_beyond
from jobimpact.reporting.writer.reading import clause_of, figure_key, row_of
from jobimpact.reporting.writer.relations import FIGURE_OF, NATION, is_limit, read_relations, thing_behind
from jobimpact.reporting.writer.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.writer.reading import Reading, Subject
    from jobimpact.reporting.writer.relations import Relation

_TURNED = {"up": "down", "down": "up", "equal": "equal"}
_RANKED_THINGS = frozenset({"share", "parts", "number", "jobs", "pay", "bill", "coverage", "difference", "tasks"})
_COUNTRY = f"groups.{selection.NATION}"


def check_orders(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each comparison, movement or rank that the claims do not bear out, and for each left out."""
    told = read_relations(text, subject.lexicon)
    known = read_relations(source, subject.lexicon)
    if not any(relation.kind == "trend" for relation in known):
        told = [_compared(relation, text) for relation in told]
    own = own_comparison(subject)
    yield from check_parties(text, source, subject)
    alone = all(sum(relation.kind == "rank" for relation in found) == 1 for found in (told, known))
    for relation in told:
        if own is None or relation.kind != "direction":
            yield from _check(relation, known, text, source, subject, alone=alone)
    yield from _too_often(told, known)
    yield from _left_out(told, known)
    yield from _path_turned(known, text, source)
    yield from (f"unsupported direction {word!r} of {number!r}" for word, number in _limits(text) ^ _limits(source))
    if none_beyond(text) and source.names():
        yield "unsupported rank of what is spoken of"
    compares = bool(none_beyond(text)) or any(relation.kind == "direction" for relation in told)
    for place, token in enumerate(text.tokens):
        # "Compared with" may only set a figure beside another, as "against" does.
        if token.text.lower() == "than" and not compares:
            yield f"unsupported comparison {token.text!r} at {text.text_at(place)!r}"


def _limits(reading: Reading) -> set[tuple[str, str]]:
    """Return words such as below with the number in words behind them."""
    pairs = zip(reading.tokens, reading.tokens[1:], strict=False)
    return {(word.concept, number.concept) for place, (word, number) in enumerate(pairs) if is_limit(reading, place)}


def _check(
    relation: Relation, known: list[Relation], text: Reading, source: Reading, subject: Subject, *, alone: bool
) -> Iterator[str]:
    """Yield why one relation of the text is not borne out."""
    same = [other for other in known if (other.kind, other.word) == (relation.kind, relation.word)]
    said = text.tokens[relation.place].text
    if not _borne_out(relation, same, text, subject, alone=alone):
        yield f"unsupported {relation.kind} {said!r} at {text.text_at(relation.place, 3)!r}"
    elif (relation.kind == "rank" and not _said_of_same(relation, same, text, source)) or (
        relation.word in ("raise", "lower") and _affected(text, relation.place) - _affected_by(known, source)
    ):
        yield f"{said!r} is said of another thing at {text.text_at(relation.place, 3)!r}"
    elif _by_itself(relation, same, text, source) or not relation.measures:
        return
    elif not relation.measures & _measures(known, source, subject):
        yield f"{said!r} is said of {min(relation.measures)!r}, which the sentence does not say"


def _borne_out(relation: Relation, same: list[Relation], text: Reading, subject: Subject, *, alone: bool) -> bool:
    if relation.kind == "rank":
        return _ranks(relation, same, subject, alone=alone)
    if relation.kind == "trend":
        return bool(same)
    return (bool(same) and _by_weight(relation, text, subject)) or _compares(relation, same, subject)


def _path_turned(known: list[Relation], text: Reading, source: Reading) -> Iterator[str]:
    if any(relation.kind == "trend" for relation in known):
        orders = [[token.concept for token in reading.tokens if token.role == "name"] for reading in (text, source)]
        if orders[0] != orders[1]:
            yield "a movement runs from one name to another, and they stand in another order"
        ends = [_led_by_to(reading) for reading in (text, source)]
        yield from (f"figure {key} is not what something rises or falls to" for key in ends[0] - ends[1] if ends[1])


def _led_by_to(reading: Reading) -> set[str]:
    return {figure_key(reading.claims[p][0]) for p in reading.claims if p and reading.tokens[p - 1].role == "to"}


def _compared(relation: Relation, text: Reading) -> Relation:
    """Return "rises to 0.31" as the comparison that it is where the sentence tells of no movement."""
    moves = relation.kind == "trend" and relation.word in _TURNED and leads_to_figure(text, relation.place)
    return replace(relation, kind="direction", left=(), right=()) if moves else relation


def _affected(reading: Reading, place: int) -> set[str]:
    """Return what is raised or lowered: what stands behind the word, or before it in the passive.

    "The figure raises" and "it lowers" affect something else than the figure, whatever that is.
    """
    tokens = reading.tokens
    if place and tokens[place - 1].text.lower() in ("figure", "it") and not tokens[place].text.lower().endswith("ed"):
        return {"something else"}
    if not place or tokens[place - 1].role not in ("link", "tense"):
        after = next((t for t in tokens[place + 1 :] if t.role not in ("free", "quantifier") and t.concept != "chiefly"), None)
        return {after.concept} if after is not None and after.role == "content" and after.concept != "nation" else set()
    found = set()
    for position in range(place - 1, -1, -1):
        if tokens[position].role == "break" or tokens[position].concept in (".", ";", ":"):
            break
        if tokens[position].role == "content" and not tokens[position].text.endswith("'s"):
            found.add(tokens[position].concept)
    return found - {"mix", "paid_work", "chiefly", "nation", "jobs", "beside"}


def _affected_by(known: list[Relation], source: Reading) -> set[str]:
    return {thing for relation in known if relation.kind == "trend" for thing in _affected(source, relation.place)}


def numbered(source: Reading) -> bool:
    """Whether the sentence gives a place in an order as a number."""
    return any(claim.kind == "rank" for claims in source.claims.values() for claim in claims)


def _said_of_same(relation: Relation, same: list[Relation], text: Reading, source: Reading) -> bool:
    """Whether the thing right behind a rank, as in "the largest shares", stands behind one in the sentence, too."""
    told = thing_behind(text, relation.place)
    if numbered(source) and told in ("sectors", "states", "occupations"):
        return False
    if text.tokens[relation.place].text.lower().startswith(("has ", "have ")):
        return True
    known = {thing_behind(source, other.place) for other in same} - {""}
    return told not in _RANKED_THINGS or not known or told in known


def _by_itself(relation: Relation, same: list[Relation], text: Reading, source: Reading) -> bool:
    """Whether the thing right behind a word of order tells what it is said of, so that the rest of its clause need not."""
    behind = thing_behind(text, relation.place)
    if relation.kind == "trend":
        return relation.word in ("raise", "lower") and not behind
    return bool(behind) and any(thing_behind(source, other.place) == behind for other in same)


def _measures(known: list[Relation], source: Reading, subject: Subject) -> set[str]:
    columns = (claim.column_name for claim in subject.sentence.claims if claim.kind in ("rank", "direction"))
    implied = {
        concept for column in columns for name in column.split(DIFFERENCE) for concept in subject.lexicon.implied.get(name, ())
    }
    ordered = any(token.concept == "point_estimate" for token in source.tokens)
    implied |= {"exposure", "mean", "point_estimate"} if ordered else set()
    implied |= {"jobs"} if {"number", "jobs"} <= {token.concept for token in source.tokens} else set()
    return {measure for relation in known for measure in relation.measures} | implied


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


def _by_weight(relation: Relation, text: Reading, subject: Subject) -> bool:
    """Whether what is weighted by the wage bill is compared with what is weighted by jobs, and not the other way round."""
    claims = [claim for claim in subject.sentence.claims if claim.kind == "direction" and DIFFERENCE in claim.column_name]
    if relation.word not in {word_of(claim, subject) for claim in claims}:
        return False
    clause = clause_of(text.tokens, relation.place, frozenset({"break", "reason"}))
    than = next((p for p in clause if p > relation.place and text.tokens[p].role in ("than", "to")), None)
    spoken = [{text.tokens[p].concept for p in part} for part in (clause, range(than or clause.stop, clause.stop))]
    weights = {"bill", "pay"}
    if relation.word == "equal":
        return bool(spoken[0] & weights) and "jobs" in spoken[0]
    return than is not None and "jobs" in spoken[1] and not spoken[1] & weights and bool(spoken[0] & weights)


def _rows(side: str, subject: Subject) -> frozenset[str]:
    if side == NATION:
        return frozenset({_COUNTRY})
    if side.startswith(FIGURE_OF):
        return frozenset({side.removeprefix(FIGURE_OF)})
    return subject.rows.get(side, frozenset())


def _direction(left: str, right: str, subject: Subject) -> str:
    """Return the direction that a claim states for the row `left` less the row `right`; nothing where none does."""
    for claim in subject.sentence.claims:
        if rows_compared(claim) == (left, right):
            return word_of(claim, subject)
    return ""


def _ranks(relation: Relation, same: list[Relation], subject: Subject, *, alone: bool) -> bool:
    """Whether each name has the rank that its place in the list gives it, by the claims or by the sentence's own list."""
    names = tuple(dict.fromkeys(token.concept for token in read_tokens(subject.sentence.text, subject.lexicon, subject.pattern)
                                if token.role == "name"))  # fmt: skip
    ranked = (row_of(claim) for claim in subject.sentence.claims if claim.kind == "rank")
    unnamed = any(not any(row in rows for rows in subject.rows.values()) for row in ranked)
    for other in same:
        if other.left[: len(relation.left)] == relation.left and bool(other.left) == bool(relation.left):
            return True
        # One rank and one list: the rank is of the list, wherever the words stand.
        if alone and not unnamed and relation.left == (() if other.left else names[: len(relation.left)]):
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


def _too_often(told: list[Relation], known: list[Relation]) -> Iterator[str]:
    """Yield a reason for each word of order that stands there more often than in the sentence, and once without names."""
    counts = [Counter((r.kind, r.word) for r in found) for found in (told, known)]
    bare = {(r.kind, r.word) for r in told if r.kind == "trend" or not (r.left or r.right)}
    yield from (f"{kind} {word!r} stands there too often" for kind, word in counts[0] - counts[1] if (kind, word) in bare)


def _left_out(told: list[Relation], known: list[Relation]) -> Iterator[str]:
    for relation in known:
        words = {relation.word, _TURNED.get(relation.word)} if relation.kind == "direction" else {relation.word}
        if not any(other.kind == relation.kind and other.word in words for other in told):
            yield f"{relation.kind} left out: {relation.word}"
