"""Checks of clauses: what is said in one part of a sentence is not brought together with another."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.reading import figure_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.writer.reading import Reading, Subject
    from jobimpact.reporting.writer.tokens import Token

_ACTIVE = {"underlies": "rests"}
_RARE = frozenset({"unknown", "refused"})
_SCOPE = frozenset({"quantifier", "negation"})
_RANKING = frozenset({"superlative", "direction", "number"})
_TOGETHER = (("software", "built"),)
_CLOSE = 6
_OPENERS = frozenset({"which", "who", "where", "when", "if", "whose", "what", "as"})
SPOKEN = frozenset({"content", "unknown", "refused"})
HEAVY = SPOKEN | {"direction", "trend", "superlative", "quantifier", "name", "number"}


def check_clauses(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each stretch that brings together what no clause of the sentence speaks of together.

    A stretch with figures or names may speak of what the clauses with these speak of, any other of what one clause does.
    """
    clauses = [([token for _, token in clause], bound_to(source, clause)) for clause in clauses_of(source)]
    bound_known = {token.concept for known, known_to in clauses if known_to for token in known}
    for clause in clauses_of(text, inner=True):
        words = " ".join(token.text for _, token in clause)
        things = [token for _, token in clause if token.role != "content" or token.concept in subject.lexicon.apart]
        spoken = {_ACTIVE.get(token.concept, token.concept) for token in things if token.role in SPOKEN}
        bound = bound_to(text, clause)
        if bound and not spoken <= bound_known:
            yield f"{min(spoken - bound_known)!r} is said of the figures at {words!r}"
        elif not bound and not any(spoken <= {token.concept for token in known} for known, _ in clauses):
            yield f"things of several clauses at {words!r}"


def bound_to(reading: Reading, clause: Sequence[tuple[int, Token]]) -> set[str]:
    """Return the figures and names of a clause."""
    names = {token.concept for _, token in clause if token.role == "name"}
    return names | {figure_key(reading.claims[place][0]) for place, _ in clause if place in reading.claims}


def clauses_of(reading: Reading, *, inner: bool = False) -> list[list[tuple[int, Token]]]:
    """Return the clauses of a text, on demand their parts between commas.

    Brackets that hold a figure or a name are part of the clause around them.
    """
    inline = {place for start, end in _brackets(reading.tokens) for place in (start, end) if _bound(reading, start, end)}
    clauses: list[list[tuple[int, Token]]] = [[]]
    outer: list[list[tuple[int, Token]]] = []
    for place, token in enumerate(reading.tokens):
        sign = token.concept if token.role == "mark" and place not in inline else ""
        if sign == ":" and [after.role for after in reading.tokens[place + 1 : place + 2]] == ["name"]:
            sign = ","
        if sign == "(":
            outer.append(clauses[-1])
            clauses.append([])
        elif sign == ")" and outer:
            clauses.append(outer.pop())
        elif token.role == "break" or (inner and opens_clause(token)) or (sign and sign in (".;:," if inner else ".;:")):
            clauses.append([])
        else:
            clauses[-1].append((place, token))
    kept = [clause for number, clause in enumerate(clauses) if clause and clause not in clauses[number + 1 :]]
    return _with_figures(reading, kept) if inner else kept


def opens_clause(token: Token) -> bool:
    """Whether a word opens a clause of its own: which, where, because and the like."""
    return token.role == "reason" or token.text.lower() in _OPENERS


def _with_figures(reading: Reading, clauses: list[list[tuple[int, Token]]]) -> list[list[tuple[int, Token]]]:
    """Return the clauses, those that only add a figure, such as ", at 0.31", joined to the one before."""
    joined: list[list[tuple[int, Token]]] = []
    for clause in clauses:
        heavy = [place for place, token in clause if token.role in HEAVY]
        if joined and heavy and all(place in reading.claims for place in heavy):
            joined[-1] = [*joined[-1], *clause]
        else:
            joined.append(clause)
    return joined


def _brackets(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token.role == "mark" and token.concept == "(":
            opened.append(place)
        elif token.role == "mark" and token.concept == ")" and opened:
            yield opened.pop(), place


def _bound(reading: Reading, start: int, end: int) -> bool:
    return any(reading.tokens[place].role == "name" or place in reading.claims for place in range(start, end))


def check_rare_words(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where words that no list has stand in another order than in the sentence, within a stretch without a mark.

    Nothing but their order tells who does what. Where numbers in words each have a meaning, as zero and one of a scale, the
    quantifiers and denials that give it stand in the order of the sentence, too.
    """
    stretches = [[token.concept for token in stretch if token.role in _RARE] for stretch in _stretches(source)]
    known = {pair for words in stretches for pair in combinations(words, 2)}
    for stretch in _stretches(text):
        words = [token.concept for token in stretch if token.role in _RARE]
        for first, second in combinations(words, 2):
            if (second, first) in known and (first, second) not in known and not _by(stretch, second):
                yield f"order of words at {' '.join(token.text for token in stretch)!r}"
    if len([place for place, _ in source.literals() if not source.tokens[place].bound]) > 1:
        orders = [[token.concept for token in reading.tokens if token.role in _SCOPE] for reading in (text, source)]
        rest = iter(orders[1])
        if not all(concept in rest for concept in orders[0]):
            yield "what numbers mean stands in another order"


def check_together(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where things that hang together in the sentence, such as software and built, stand apart."""
    for first, second in _TOGETHER:
        apart = []
        for reading in (source, text):
            places = [[p for p, token in enumerate(reading.tokens) if token.concept == word] for word in (first, second)]
            apart.append([min((abs(a - b) for b in places[1]), default=0) for a in places[0]])
        if apart[0] and any(distance > _CLOSE for distance in apart[1]):
            yield f"{first!r} stands apart from {second!r}"


def _by(stretch: Sequence[Token], word: str) -> bool:
    """Whether a word is the doer of a passive, as in "is marked by the model"."""
    place = next(place for place, token in enumerate(stretch) if token.concept == word)
    return any(token.text.lower() == "by" for token in stretch[max(0, place - 2) : place])


def _stretches(reading: Reading) -> Iterator[list[Token]]:
    """Yield what stands between marks and words that open a clause."""
    found: list[Token] = []
    for token in reading.tokens:
        if token.role in ("mark", "break") or opens_clause(token) or token.text.lower() == "that":
            yield found
            found = []
        else:
            found.append(token)
    yield found


def check_counting(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where what the sentence counts in, such as the District of Columbia, does not stand beside the counting."""
    for place, token in enumerate(source.tokens):
        after = next((other for other in source.tokens[place + 1 :] if other.role in HEAVY), None)
        if token.concept != "counting" or after is None or after.role not in ("unknown", "name"):
            continue
        places = [p for p, other in enumerate(text.tokens) if other.concept == after.concept]
        counts = [p for p, other in enumerate(text.tokens) if other.concept == "counting"]
        near = (text.tokens[min(a, b) : max(a, b)] for a in places for b in counts)
        if not any(all(other.role not in _RANKING for other in between) for between in near):
            yield f"{token.text!r} is not said of {after.text!r}"


def check_converse(text: Reading) -> Iterator[str]:
    """Yield a reason where figures are said to rest on an estimate, or an estimate to carry its figures."""
    for place, token in enumerate(text.tokens):
        after = next((p for p in range(place + 1, len(text.tokens)) if text.tokens[p].role not in ("free", "hedge")), None)
        if token.role != "content" or after is None:
            continue
        carried = token.concept == "underlies" and text.tokens[after].role == "number"
        behind = {other.text.lower() for other in text.tokens[place + 1 : after + 1]}
        rested = token.concept == "rests" and bool(behind & {"estimate", "figures"}) and token.text.lower() != "behind"
        if carried or rested:
            yield f"{token.text!r} is turned round at {text.text_at(place)!r}"
