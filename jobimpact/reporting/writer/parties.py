"""Comparisons of what a report is about with something else: who is compared, and which of the two is higher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobimpact.reporting.claims.cells import DIFFERENCE, OTHER_TABLE
from jobimpact.reporting.claims.selection import NATION
from jobimpact.reporting.writer.places import is_nation, is_own
from jobimpact.reporting.writer.reading import clause_of, row_of
from jobimpact.reporting.writer.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.writer.reading import Reading, Subject

OWN, OTHER = "own", "other"
TURNED = {"up": "down", "down": "up", "equal": "equal", "untold": "untold"}
_EITHER_WAY = frozenset({"equal", "untold"})
_COUNTRY = f"groups.{NATION}"
_LOOSE = frozenset({"it", "this", "that", "them", "these", "there"})
_ENDS = frozenset({"break", "reason"})


@dataclass(frozen=True)
class Comparison:
    """What a sentence says of its report's subject and others.

    Attributes
    ----------
    words
        ``up down equal untold`` by row of the other: the subject is higher, lower, about equal or cannot be told apart.
    own
        Row of the subject.
    """

    words: dict[str, str]
    own: str

    def role(self, rows: Iterable[str]) -> str:
        """Return the part that rows play: ``own``, ``other`` or nothing."""
        found = set(rows)
        return OWN if self.own in found else OTHER if found & set(self.words) else ""


def own_comparison(subject: Subject) -> Comparison | None:
    """Return the comparison that the sentence makes of one subject; None where it compares other things or nothing."""
    words: dict[str, str] = {}
    own: set[str] = set()
    named = {row for rows in subject.rows.values() for row in rows}
    for claim in subject.sentence.claims:
        ends = rows_compared(claim)
        if not ends or claim not in subject.sentence.parts:
            continue
        first, second = ends
        if first in named and second not in named and second != _COUNTRY:
            first, second, word = second, first, TURNED.get(word_of(claim, subject), "")
        else:
            word = word_of(claim, subject)
        own.add(first)
        words[second] = word
    return Comparison(words, own.pop()) if len(own) == 1 and all(words.values()) else None


def rows_compared(claim: Claim) -> tuple[str, str] | None:
    """Return the two rows that a claim of direction compares; None for any other claim."""
    if claim.kind != "direction" or DIFFERENCE not in claim.row_key:
        return None
    first, second = claim.row_key.split(DIFFERENCE)
    other, sign, key = second.partition(OTHER_TABLE)
    return f"{claim.table_name}.{first}", f"{other}.{key}" if sign else f"{claim.table_name}.{second}"


def word_of(claim: Claim, subject: Subject) -> str:
    """Return the direction that the claim's text says: ``up down equal untold``; nothing for another text."""
    roles = [token.concept for token in read_tokens(claim.text, subject.lexicon, None) if token.role == "direction"]
    return roles[0] if len(roles) == 1 else ""


def check_parties(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each comparison of the report's subject that has not both parties, or has them the other way round."""
    known = own_comparison(subject)
    if known is None:
        return
    marks = _marks(text, known, subject)
    spoken, told = set(_marks(source, known, subject).values()), set(marks.values())
    told |= {OWN} if _both(text) else set()
    yield from (f"no longer said of {party!r}" for party in sorted(spoken - told))
    for token, after in zip(text.tokens, text.tokens[1:], strict=False):
        if token.concept.startswith("next_") and after.role == "name":
            yield f"{token.text!r} is said of {after.text!r}"
    wanted = set(known.words.values())
    for place, token in enumerate(text.tokens):
        if token.role != "direction" and not (token.role == "trend" and leads_to_figure(text, place)):
            continue
        if wanted <= _EITHER_WAY:
            if token.concept not in wanted:
                yield f"unsupported direction {token.text!r} at {text.text_at(place, 3)!r}"
            continue
        left = _left(text, place, marks)
        right, led = _right(text, place, marks, subject)
        right = TURNED_PARTY[left] if right == "loose" else right
        if not led and not right and _other_behind(text, place, marks):
            right = left
        said = token.concept if left == OWN else TURNED.get(token.concept)
        if not left or right == left or (led and not right) or {said} != wanted:
            yield f"unsupported direction {token.text!r} at {text.text_at(place, 3)!r}"


def _other_behind(text: Reading, place: int, marks: dict[int, str]) -> bool:
    """Whether the other party follows a comparison without a word that leads to it, as in "lower for the country"."""
    for position in range(place + 1, len(text.tokens)):
        if marks.get(position) == OTHER:
            return True
        if text.tokens[position].role in ("mark", "and", "break", "reason", "than"):
            return False
    return False


def _both(text: Reading) -> bool:
    """Whether "the two" or "both" stand for the report's subject and another that was named by its place beside it."""
    words = {word for token in text.tokens for word in token.text.lower().split()}
    return bool(words & {"two", "both"}) and bool(words & {"it", "its"})


def leads_to_figure(text: Reading, place: int) -> bool:
    """Whether a movement is the way to a figure, as in "rises to 0.31"."""
    after = text.tokens[place + 1 : place + 3]
    return len(after) > 1 and after[0].role == "to" and place + 2 in text.claims


TURNED_PARTY = {OWN: OTHER, OTHER: OWN, "": ""}


def _marks(reading: Reading, known: Comparison, subject: Subject) -> dict[int, str]:
    """Return the places that speak of either party."""
    found: dict[int, str] = {}
    for place, token in enumerate(reading.tokens):
        party = ""
        if token.role == "name":
            party = known.role(subject.rows.get(token.concept, ()))
        elif place in reading.claims:
            party = known.role(row_of(claim) for claim in reading.claims[place])
        elif is_nation(token):
            party = known.role([_COUNTRY])
        elif is_own(reading, place):
            party = OWN
        if party:
            found[place] = party
    return found


def _left(reading: Reading, place: int, marks: dict[int, str]) -> str:
    """Return the party of which a comparison is said: the nearest before it in its clause, else the first behind it."""
    clause = clause_of(reading.tokens, place, _ENDS)
    ends = _complements(reading, place)
    for position in range(place - 1, clause.start - 1, -1):
        if position in marks and not any(position in span for span in ends):
            return marks[position]
    behind = (position for position in range(place + 1, clause.stop) if position in marks)
    return next((marks[position] for position in behind if not any(position in span for span in ends)), "")


def _right(reading: Reading, place: int, marks: dict[int, str], subject: Subject) -> tuple[str, bool]:
    """Return the party that something is compared with, and whether a word leads to one."""
    tokens = reading.tokens
    spans = _complements(reading, place)
    if tokens[place].text.lower() in subject.lexicon.over:
        spans = [range(place + 1, clause_of(tokens, place, _ENDS).stop)]
    for span in spans:
        first = next((tokens[position] for position in span if tokens[position].role != "and"), None)
        second = tokens[span.start + 1] if span.start + 1 in span else None
        if first is not None and first.text.lower() in _LOOSE and (second is None or second.role != "of"):
            return "loose", True
        for position in span:
            if position in marks:
                return marks[position], True
    return "", bool(spans)


def _complements(reading: Reading, place: int) -> list[range]:
    """Return the spans of the clause that than, compared with, against and the like lead to."""
    tokens = reading.tokens
    clause = clause_of(tokens, place, _ENDS - {"break"})
    found = []
    for position in clause:
        token = tokens[position]
        if token.role != "than" and token.text.lower() not in ("against", "as against"):
            continue
        stop = position + 1
        before = position < place
        while stop < clause.stop and not (before and _closes(reading, stop, place)):
            stop += 1
        found.append(range(position + 1, stop))
    return found


def _closes(reading: Reading, position: int, place: int) -> bool:
    """Whether a span before the comparison ends: at the comparison, or at a comma that no figure or name follows."""
    token = reading.tokens[position]
    if position >= place:
        return True
    after = reading.tokens[position + 1]
    return token.role == "mark" and token.concept == "," and after.role not in ("number", "name")
