"""Checks of who does what: exposure rises, occupations add to the mean, BLS did not release; weighted by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.reporting.writer.attachments import SAID, VERBS, phrase_from, places_of
from jobimpact.reporting.writer.clauses import opens_clause
from jobimpact.reporting.writer.parties import own_comparison
from jobimpact.reporting.writer.reading import row_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.writer.reading import Reading, Subject
    from jobimpact.reporting.writer.tokens import Token

_WEIGHTS = frozenset({"bill", "pay", "jobs", "exposure", "mean"})
_BE = frozenset({"is", "are"})
_NEVER_EQUAL = frozenset({"ordered", "interval", "estimate"})


def check_subjects(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each word that says of one thing what the sentence says of another, as "pay rises"."""
    known: dict[str, set[str]] = {}
    compared = own_comparison(subject) is not None
    for _, key, things in _subjects(source, wide=True):
        known.setdefault(key, set()).update(things)
    for place, key, things in _subjects(text, wide=False):
        if compared and text.tokens[place].role == "direction":
            continue
        if things and known.get(key) and not things & known[key]:
            yield f"{text.tokens[place].text!r} is said of {min(things)!r}"
    objects = [_objects(reading) for reading in (text, source)]
    told, known_objects = objects
    kinds = {makes for makes, _ in known_objects}
    yield from (f"something comes from or makes {thing!r}" for makes, thing in sorted(told - known_objects) if makes in kinds)
    for place, token in enumerate(text.tokens):
        things = set(phrase_from(text, place + 1)) if token.concept == "source_of" else set()
        if things and known.get("stems") and not things & known["stems"]:
            yield f"{token.text!r} is turned round at {text.text_at(place)!r}"
    if any(token.concept == "stems" for token in source.tokens) and source.names().total() == 1:
        pairs = ([other for other in text.tokens[place + 1 : place + 3] if other.role != "free"] for place in places_of(text))
        yield from ("what something comes from is said to have it" for after in pairs if after and after[0].role == "name")
    agents = [_agents(reading) for reading in (text, source)]
    yield from (f"{agent!r} does what another does" for agent in sorted(agents[0] - agents[1]) if agents[1])
    yield from _turned(text, source, subject)
    weights = _weights(source)
    yield from (f"weighted by {thing!r}" for thing in sorted(_weights(text) - weights) if weights)


def _turned(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each rank that reaches or that figures have, equality with an order, and name that something is."""
    figured = {row for claim in subject.figures for row in [row_of(claim)]}
    bare = {name for name, rows in subject.rows.items() if not rows & figured}
    said = [set(_odd_pairs(reading, bare)) for reading in (text, source)]
    yield from (f"{first!r} does not go with {second!r}" for first, second in sorted(said[0] - said[1]))


def _odd_pairs(reading: Reading, bare: set[str]) -> Iterator[tuple[str, str]]:
    tokens = reading.tokens
    for place, token in enumerate(tokens):
        before = [other for other in tokens[max(0, place - 4) : place] if other.role != "free" or other.text.lower() == "figures"]
        last = before[-1] if before else None
        if token.role == "name" and token.concept in bare and last is not None and last.text.lower() in _BE:
            yield last.text.lower(), token.concept
        # "The middle fifth of jobs, which has a median of" speaks of the fifth.
        near = [other.concept for other in tokens[max(0, place - 5) : place] if other.role == "name" and other.concept in bare]
        if token.text.lower() in ("which", "whose", "where") and near and any(p > place for p in reading.claims):
            yield token.text.lower(), near[-1]
        if token.concept in _NEVER_EQUAL and last is not None and last.role == "to" and before[-2:-1]:
            yield before[-2].concept, token.concept
        if token.role == "superlative" and [other.text.lower() for other in before[-2:]] in (
            ["figures", "are"],
            ["figures", "have"],
        ):
            yield "figures", token.concept
        if token.concept == "reach":
            yield from ((rank, "reach") for rank in _ranks_before(reading, place))


def _ranks_before(reading: Reading, place: int) -> Iterator[str]:
    """Yield the ranks in the stretch before a verb that nothing such as "that" sets apart."""
    for position in range(place - 1, -1, -1):
        token = reading.tokens[position]
        if token.role in ("mark", "break", "and", "name") or opens_clause(token) or token.text.lower() == "that":
            return
        if token.role == "superlative":
            yield token.concept


def _subjects(reading: Reading, *, wide: bool) -> Iterator[tuple[int, str, set[str]]]:
    """Yield each verb or word of order with the things before it: of its stretch, or on demand of its clause."""
    for place, token in enumerate(reading.tokens):
        ordered = token.role in ("trend", "direction") and token.concept in ("up", "down")
        if ordered or (token.role == "content" and token.concept in VERBS):
            yield place, _key(reading, place), _before(reading, place, wide=wide)


def _key(reading: Reading, place: int) -> str:
    token = reading.tokens[place]
    after = reading.tokens[place + 1].text.lower() if place + 1 < len(reading.tokens) else ""
    moves = "moves" if token.role in ("trend", "direction") else token.concept
    return f"{moves} exposed" if after == "exposed" else moves


def _before(reading: Reading, place: int, *, wide: bool) -> set[str]:
    found = set()
    for position in range(place - 1, -1, -1):
        token = reading.tokens[position]
        ends = token.role == "mark" and token.concept in (".;:" if wide else ".;:,()")
        if ends or (not wide and (token.role in ("break", "and", "than") or opens_clause(token) or token.text.lower() == "that")):
            break
        # A list may come from where it does; of anything else a name may be the doer.
        doer = token.role == "name" and reading.tokens[place].concept == "stems"
        adverb = token.role == "unknown" and token.text.lower().endswith("ly")
        if (token.role in SAID or doer) and not adverb and not token.text.lower().startswith("on "):
            found.add(token.concept)
    return found


def _agents(reading: Reading) -> set[str]:
    """Return who releases or marks something: the thing before the verb, or in the passive behind "by"."""
    found = set()
    for place, token in enumerate(reading.tokens):
        if token.role != "content" or token.concept not in ("release", "mark"):
            continue
        by = next((p for p in range(place + 1, len(reading.tokens)) if reading.tokens[p].text.lower() == "by"), None)
        before = next((p for p in range(place - 1, -1, -1) if reading.tokens[p].role in SAID), None)
        if by is not None:
            found |= set(phrase_from(reading, by + 1)[:1])
        elif before is not None and (token.concept == "mark" or any(t.role == "tense" for t in reading.tokens[before:place])):
            found.add(reading.tokens[before].concept)
    return found


def _objects(reading: Reading) -> set[tuple[bool, str]]:
    """Return what things are said to come from, and, marked as such, what something is said to make."""
    found = set()
    for place, token in enumerate(reading.tokens):
        after = next((t for t in reading.tokens[place + 1 :] if t.role in SAID or t.role in ("mark", "name", "link")), None)
        makes = token.text.lower() in ("makes", "make")
        led = makes or (token.concept == "stems" and token.role == "content")
        if led and after is not None and after.role in SAID:
            found.add((makes, after.concept))
    return found


def _weights(reading: Reading) -> set[str]:
    """Return what means are weighted by, apart from what they are weighted by instead or compared with."""
    found = set()
    for place, token in enumerate(reading.tokens):
        behind = reading.tokens[place + 1 : place + 6]
        if token.concept != "weighted" or not behind or behind[0].text.lower() != "by":
            continue
        if any(_turns(other) for other in reading.tokens[max(0, place - 4) : place]):
            continue
        found |= {next((other.concept for other in behind if other.concept in _WEIGHTS), "")}
    return found - {""}


def _turns(token: Token) -> bool:
    return token.role in ("than", "rather") or (token.role == "to" and token.text.lower() == "to")
