"""Checks of words: nothing is spoken of that the sentence does not speak of, nothing is denied or widened."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from jobimpact.reporting.claims import Claim
from jobimpact.reporting.narrative import Name
from jobimpact.reporting.writer.reading import clause_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.writer.reading import Reading, Subject
    from jobimpact.reporting.writer.tokens import Token

_DENIALS = frozenset({"negation", "rather"})
_SPOKEN = frozenset({"content", "unknown", "refused"})
_ACTIVE = {"underlies": "rests"}
# What a text may say where the sentence says the first.
_SAME = (("rests", "underlies"), ("underlies", "rests"))
_HEAVY = frozenset({"content", "unknown", "refused", "direction", "trend", "superlative", "quantifier", "name", "number"})
_STIFF = _HEAVY | {"ordinal", "bound", "negation", "rather", "than"}
_REASONS = {
    "unknown": "unknown word",
    "odd": "unknown sign",
    "content": "the sentence does not speak of",
    "refused": "unsupported {concept} claim",
    "quantifier": "unsupported quantifier",
    "bound": "unsupported bound",
}


def check_words(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each word that the sentence gives no ground for."""
    known = {(token.role, token.concept) for token in source.tokens}
    known |= {("content", concept) for concept in _implied(subject)}
    known |= {("content", other) for concept, other in _SAME if ("content", concept) in known}
    texts = {(token.role, token.text.lower()) for token in source.tokens}
    for place, token in enumerate(text.tokens):
        if token.role not in _REASONS:
            continue
        literal = token.role in ("refused", "odd")
        if (token.role, token.text.lower() if literal else token.concept) not in (texts if literal else known):
            yield f"{_REASONS[token.role].format(concept=token.concept)} {token.text!r} at {text.text_at(place)!r}"
    for place, token in enumerate(text.tokens):
        if token.role == "hedge" and not _before_number(text.tokens, place):
            yield f"unsupported word {token.text!r} at {text.text_at(place)!r}"
        if place and token.role not in ("mark", "name", "number") and token.text.lower() == text.tokens[place - 1].text.lower():
            yield f"{token.text!r} stands there twice"


def _before_number(tokens: Sequence[Token], place: int) -> bool:
    return place + 1 < len(tokens) and tokens[place + 1].role == "number"


def _implied(subject: Subject) -> set[str]:
    """Return what the names and printed claims of the sentence speak of."""
    implied = subject.lexicon.implied
    found: set[str] = set()
    for part in subject.sentence.parts:
        if isinstance(part, Claim | Name):
            found |= set(implied.get(part.table_name, ()))
        if isinstance(part, Claim):
            found |= {concept for column in part.column_name.split(" - ") for concept in implied.get(column, ())}
    return found


def check_names(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each name that the sentence does not have, or has more or less often."""
    wanted, found = source.names(), text.names()
    for name in found - wanted:
        known = "stands there too often" if name in wanted else "is not in the sentence"
        yield f"name {next(t.text for t in text.tokens if t.concept == name)!r} {known}"
    yield from (f"name left out: {name!r}" for name in wanted - found)


def check_denials(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each thing that is denied in the text and not in the sentence, or the other way round."""
    told, known = Counter(_denied(text.tokens)), Counter(_denied(source.tokens))
    for item in told - known:
        yield f"unsupported negation of {item[1] or 'nothing'!r}"
    spoken = Counter((token.role, token.concept) for token in text.tokens)
    said = Counter((token.role, token.concept) for token in source.tokens)
    yield from (f"no longer denied: {item[1]!r}" for item in known - told if item in spoken and said[item] == 1)
    counts = [Counter(token.concept for token in reading.tokens if token.role == "quantifier") for reading in (text, source)]
    yield from (f"quantifier {concept!r} stands there too often" for concept in counts[0] - counts[1])
    quantified, wanted = _quantified(text.tokens), _quantified(source.tokens)
    yield from (f"quantifier {item[0]!r} is said of {item[1]!r}" for item in quantified - wanted if item[1])


def _denied(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """Return what stands next after each word of denial, before any mark."""
    found = []
    for place, token in enumerate(tokens):
        if token.role in _DENIALS:
            heavy = (after for after in tokens[place + 1 :] if after.role in _HEAVY or after.role == "mark")
            after = next(heavy, None)
            found.append((after.role, after.concept) if after is not None and after.role != "mark" else ("", ""))
    return found


def _quantified(tokens: Sequence[Token]) -> set[tuple[str, str]]:
    """Return each quantifier with what it is said of, names and numbers apart."""
    found = set()
    for place, token in enumerate(tokens):
        if token.role == "quantifier":
            heavy = (after for after in tokens[place + 1 :] if after.role in _HEAVY or after.role == "mark")
            after = next(heavy, None)
            found.add((token.concept, after.concept if after is not None and after.role == "content" else ""))
            if token.text.lower() == "alone":
                found |= {
                    (token.concept, before.concept) for before in tokens[max(0, place - 3) : place] if before.role == "content"
                }
    return found


def check_modifiers(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason where words such as covered or median are said of another thing than in the sentence."""
    told, known = (_modified(reading, subject.lexicon.modifiers) for reading in (text, source))
    yield from (f"{modifier!r} is said of {thing!r}" for modifier, thing in sorted(told - known))


def _modified(reading: Reading, modifiers: frozenset[str]) -> set[tuple[str, str]]:
    """Return each modifier with the thing right after it, where one is."""
    heavy = [token for token in reading.tokens if token.role in _HEAVY or token.role == "mark"]
    pairs = ((token, after) for token, after in pairwise(heavy) if after.role in ("content", "unknown"))
    return {(token.concept, after.concept) for token, after in pairs if token.role == "content" and token.concept in modifiers}


def check_kept(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each thing that no rewording may leave out, such as that only covered jobs are meant."""
    spoken = {token.concept for token in text.tokens if token.role in ("content", "unknown")}
    kept = {token.concept for token in source.tokens if token.role == "content" and token.concept in subject.lexicon.kept}
    yield from (f"left out: {concept!r}" for concept in sorted(kept - spoken))
    only = {token.concept for token in source.tokens if token.role == "quantifier"} & {"only", "both"}
    told = {token.concept for token in text.tokens if token.role == "quantifier"}
    yield from (f"left out: {concept!r}" for concept in sorted(only - told))


def check_clauses(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each clause that says of its figures and names what another clause of the sentence says.

    A clause with a figure or a name may speak of what such clauses of the sentence speak of, in any order. In one without,
    nothing but the order tells what is done by whom to what, so it has to follow one clause of the sentence.
    """
    exempt = _implied(subject) | {"mean"}
    clauses = [[token for _, token in clause] for clause in _clauses(source)]
    bound_known = {token.concept for clause in _clauses(source) if _is_bound(source, clause) for _, token in clause}
    for clause in _clauses(text, inner=True):
        words = " ".join(token.text for _, token in clause)
        things = [token for _, token in clause if token.role in _HEAVY and token.role != "quantifier"]
        things = [token for token in things if token.concept not in exempt]
        spoken = {_ACTIVE.get(token.concept, token.concept) for token in things if token.role in _SPOKEN}
        if _is_bound(text, clause):
            if not spoken <= bound_known:
                yield f"{min(spoken - bound_known)!r} is said of the figures at {words!r}"
        elif any(token.role in ("superlative", "trend") for token in things):
            if not any(spoken <= {token.concept for token in known} for known in clauses):
                yield f"things of several clauses at {words!r}"
        elif len(things) > 1 and not any(_follows(things, known) for known in clauses):
            yield f"order of words at {words!r}"


def _is_bound(reading: Reading, clause: Sequence[tuple[int, Token]]) -> bool:
    return any(token.role == "name" or place in reading.claims for place, token in clause)


def _follows(things: Sequence[Token], known: Sequence[Token]) -> bool:
    rest = iter([token.concept for token in known if token.role in _HEAVY])
    return all(token.concept in rest for token in things)


def check_rare_words(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where quantifiers, denials and words that no list has stand in another order than in the sentence."""
    rare = ("unknown", "refused", "quantifier", "negation")
    rest = iter([token.concept for token in source.tokens if token.role in rare])
    for place, token in enumerate(text.tokens):
        if token.role in rare and token.concept not in rest:
            yield f"order of words at {text.text_at(place)!r}"
            return


def check_converse(text: Reading) -> Iterator[str]:
    """Yield a reason where an estimate is said to carry its figures, not to rest on them."""
    for place, token in enumerate(text.tokens):
        if token.role == "content" and token.concept in ("rests", "underlies"):
            clause = clause_of(text.tokens, place)
            before = any(position in text.claims for position in range(clause.start, place))
            after = any(position in text.claims for position in range(place, clause.stop))
            if (before and not after) != (token.concept == "underlies"):
                yield f"{token.text!r} is turned round at {text.text_at(place)!r}"


def _clauses(reading: Reading, *, inner: bool = False) -> list[list[tuple[int, Token]]]:
    """Return the clauses of a text, on demand their parts between commas.

    Brackets that hold a figure or a name are part of the clause around them.
    """
    inline = {place for start, end in _brackets(reading.tokens) for place in (start, end) if _bound(reading, start, end)}
    clauses: list[list[tuple[int, Token]]] = [[]]
    outer: list[list[tuple[int, Token]]] = []
    for place, token in enumerate(reading.tokens):
        sign = token.concept if token.role == "mark" and place not in inline else ""
        if sign == "(":
            outer.append(clauses[-1])
            clauses.append([])
        elif sign == ")" and outer:
            clauses.append(outer.pop())
        elif token.role == "break" or (sign and sign in (".;:," if inner else ".;:")):
            clauses.append([])
        else:
            clauses[-1].append((place, token))
    kept = [clause for number, clause in enumerate(clauses) if clause and clause not in clauses[number + 1 :]]
    return _with_figures(reading, kept) if inner else kept


def _with_figures(reading: Reading, clauses: list[list[tuple[int, Token]]]) -> list[list[tuple[int, Token]]]:
    """Return the clauses, those that only add a figure, such as ", at 0.31", joined to the one before."""
    joined: list[list[tuple[int, Token]]] = []
    for clause in clauses:
        heavy = [place for place, token in clause if token.role in _HEAVY]
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


def check_pairs_of_denial(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where "by this instead of by that" names them the other way round."""
    for pair in _around(text) - _around(source):
        yield f"{pair[0]!r} and {pair[1]!r} are set against each other otherwise"


def _around(reading: Reading) -> set[tuple[str, str]]:
    """Return what stands nearest before and after each "instead of", "rather than" and "not"."""
    heavy = [(p, t) for p, t in enumerate(reading.tokens) if t.role in _HEAVY or t.role == "rather"]
    found = set()
    for (_, before), (_, middle), (_, after) in zip(heavy, heavy[1:], heavy[2:], strict=False):
        if middle.role == "rather" and {before.role, after.role} <= {"content"}:
            found.add((before.concept, after.concept))
    return found


def check_skeleton(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where names, figures and all words but those that may come and go stand in another order.

    The check of languages whose grammar is not read: there nothing may be turned round.
    """
    told, known = (
        [f"{token.concept} {token.bound}".strip() for token in reading.tokens if token.role in _STIFF]
        for reading in (text, source)
    )
    if told != known:
        differing = next(
            (n for n, pair in enumerate(zip(told, known, strict=False)) if pair[0] != pair[1]), min(len(told), len(known))
        )
        yield f"order of words from {' '.join(told[differing : differing + 3]) or 'the end'!r} on"
