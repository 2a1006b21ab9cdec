"""Checks of what hangs on what: "the mean of the sector", "the sector's mean", "its jobs"."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.parties import own_comparison

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.writer.reading import Reading, Subject

# Things that stand this near to each other in the sentence may be joined by "of" in a text.
_NEAR = 4
_MEASURED = frozenset({"exposure", "mean", "point_estimate"})
_OWNERS = frozenset({"sectors", "occupations", "states"})
# Things that nothing is of, unless the sentence says so.
_NEVER_OWNERS = frozenset({"mean", "number", "interval"})
_STANDING_IN = frozenset({"that", "those", "one", "ones", "this", "figure"})
_IN_PHRASE = frozenset({"free", "quantifier", "superlative", "ordinal"})
# Parts are of the mean, and exposure is that of jobs, wherever the sentence speaks of both.
_WHOLES = {
    "parts": ("mean", "sectors"), "exposure": ("covered", "jobs"), "mean": ("covered",), "share": ("groups", "mean"),
    "jobs": ("groups",), "pay": ("work",),
}  # fmt: skip
SAID = frozenset({"content", "unknown"})
# Words of which a sentence says who or what does so.
VERBS = frozenset({"runs", "adds", "stems", "need"})
_COUNTED = frozenset({"jobs", "occupations", "sectors", "states", "tasks"})


def check_attachments(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each two things that "of" or a possessive joins though the sentence does not bring them together."""
    known = _near(source)
    spoken = {token.concept for token in source.tokens}
    measured = _MEASURED if own_comparison(subject) else frozenset()
    for head, things in _joined(text):
        told = [thing for thing in things if thing in spoken]
        loose = (set(told) & set(_WHOLES.get(head, ()))) or (head in measured and told[:1] and told[0] in _OWNERS)
        if told and head in spoken and not loose and not any(frozenset((head, thing)) in known for thing in told):
            yield f"{head!r} is said of {told[-1]!r}"
    joined = [list(_joined(reading)) for reading in (text, source)]
    complements = {thing for _, things in joined[1] for thing in things[:1]}
    wrong = {things[0] for head, things in joined[0] if len(things) == 1 and head != "parts"} & _NEVER_OWNERS - complements
    yield from (f"something is said to be of the {thing!r}" for thing in sorted(wrong & spoken))
    if _shared(joined[1]) and not _shared(joined[0]):
        yield "the share is not said of the jobs"
    yield from _named_wrongly(text, source)
    yield from _figures_of_things(text)
    if _yearly(source) and not _yearly(text):
        yield "what is paid a year is something else"
    of_it = [{h for h, after in _before_pronoun(reading)} for reading in (text, source)]
    yield from (f"{head!r} is said of it" for head in sorted((of_it[0] - of_it[1]) & _MEASURED))
    owned = _owned(source)
    if any(token.text.lower() == "its" for token in source.tokens):
        yield from (f"the report's subject has no {thing!r} in the sentence" for thing in sorted(_owned(text) - owned))


def _yearly(reading: Reading) -> bool:
    """Whether a year stands behind a figure, or an adverb that may stand elsewhere."""
    found = [place for place, token in enumerate(reading.tokens) if token.concept == "yearly"]
    return any(place - 1 in reading.claims or reading.tokens[place].text.lower().endswith("ly") for place in found)


def _figures_of_things(text: Reading) -> Iterator[str]:
    """Yield a reason for each job "of 0.48" and each "2 uncertain": what is measured is not counted, nor the other way round."""
    for place, claims in text.claims.items():
        before = text.tokens[max(0, place - 2) : place]
        after = text.tokens[place + 1 : place + 2]
        if [token.text.lower() for token in before[1:]] == ["of"] and before[0].concept in _COUNTED and claims[0].unit == "0-1":
            yield f"{text.tokens[place].text!r} is said of {before[0].text!r}"
        if after and after[0].concept == "doubtful":
            yield f"{text.tokens[place].text!r} is said of {after[0].text!r}"
    for token, behind in pairwise(text.tokens):
        if token.concept == "doubtful" and behind.role in SAID:
            yield f"{token.text!r} is said of {behind.text!r}"


def _before_pronoun(reading: Reading) -> Iterator[tuple[str, str]]:
    """Yield the things before "of it"."""
    for place in places_of(reading):
        after = reading.tokens[place + 1].text.lower() if place + 1 < len(reading.tokens) else ""
        if after == "it" and place:
            yield reading.tokens[_head(reading, place)].concept, after


def _shared(joined: list[tuple[str, list[str]]]) -> bool:
    return any(head == "share" and things[:1] == ["jobs"] for head, things in joined)


def _named_wrongly(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each interval or the like that is said to be of a name, where the sentence has none such."""
    told, known = (set(_heads_of_names(reading)) for reading in (text, source))
    yield from (f"{head!r} is said of a name" for head in sorted((told - known) & {"interval", "estimate", "tasks", "jobs"}))


def _heads_of_names(reading: Reading) -> Iterator[str]:
    for place in places_of(reading):
        after = next((token for token in reading.tokens[place + 1 :] if token.role != "free"), None)
        if after is not None and after.role == "name" and place:
            yield reading.tokens[_head(reading, place)].concept


def _near(reading: Reading) -> set[frozenset[str]]:
    """Return the pairs of things that stand near each other, with no mark between them.

    The comma after "Of its variance," at the beginning divides nothing; "its" and "that of" stand for what was spoken of.
    """
    found: set[frozenset[str]] = set()
    heavy: list[str] = []
    led = bool(reading.tokens) and reading.tokens[0].role in ("of", "place")
    last = ""
    for place, token in enumerate(reading.tokens):
        after = phrase_from(reading, place + 1)
        if token.role == "mark" and token.concept not in "()":
            heavy, led = heavy if led and token.concept == "," else [], False
        elif token.text.lower() == "its" and heavy:
            found |= {frozenset((heavy[0], thing)) for thing in after}
        elif token.text.lower() == "that" and [other.role for other in reading.tokens[place + 1 : place + 2]] == ["of"]:
            found |= {frozenset((last, thing)) for thing in phrase_from(reading, place + 2)}
        elif _is_thing(reading, place):
            near = 1 if token.role == "number" else _NEAR
            # A number in words belongs to what stands right beside it.
            others = [other for n, other in enumerate(reversed(heavy[-near:])) if not n or not _is_number(other)]
            found |= {frozenset((other, token.concept)) for other in others}
            heavy.append(token.concept)
            last = token.concept if token.concept in _MEASURED else last
    return found


def _is_number(concept: str) -> bool:
    return concept.startswith(("plain ", "fraction "))


def _is_thing(reading: Reading, place: int) -> bool:
    token = reading.tokens[place]
    return token.role in SAID or (token.role == "number" and place not in reading.claims) or token.text.lower() == "figure"


def _joined(reading: Reading) -> Iterator[tuple[str, list[str]]]:
    """Yield each thing with what "of" or a possessive joins to it."""
    tokens = reading.tokens
    for place, token in enumerate(tokens):
        if token.role == "of" and token.text.lower() == "of" and place:
            before = _head(reading, place)
            if before >= 0 and _is_thing(reading, before):
                yield tokens[before].concept, phrase_from(reading, place + 1)
        elif token.role == "content" and token.text.endswith("'s"):
            things = phrase_from(reading, place + 1)
            if things:
                yield things[-1], [token.concept]


def _head(reading: Reading, place: int) -> int:
    """Return the place of what stands before "of"; between commas may be a figure, as in "the largest part, 98.0 %, of"."""
    before = place - 1
    while (
        reading.tokens[place - 1].concept == ","
        and before > 0
        and (before in reading.claims or reading.tokens[before].concept == ",")
    ):
        before -= 1
    while before > 0 and reading.tokens[before].role == "free" and reading.tokens[before].text.lower() not in _STANDING_IN:
        before -= 1
    return before


def phrase_from(reading: Reading, start: int) -> list[str]:
    """Return the things of the phrase that begins at a place."""
    found = []
    for place in range(start, len(reading.tokens)):
        if reading.tokens[place].concept in VERBS | {"reach"}:
            break
        number = reading.tokens[place].number
        if number is not None and number.step < 1:
            break  # a decimal counts nothing
        if _is_thing(reading, place):
            found.append(reading.tokens[place].concept)
        elif place not in reading.claims and (found or reading.tokens[place].role not in _IN_PHRASE):
            break
    return found


def _owned(reading: Reading) -> set[str]:
    """Return what is counted of the report's subject: its jobs, the sector's occupations."""
    found = set()
    for place, token in enumerate(reading.tokens):
        own = token.text.lower().endswith("'s") and token.concept in _OWNERS
        if token.text.lower() == "its" or own:
            found |= {thing for thing in phrase_from(reading, place + 1)[:3] if thing in _COUNTED}
    return found


def places_of(reading: Reading) -> list[int]:
    """Return the places of the word of."""
    return [place for place, token in enumerate(reading.tokens) if token.text.lower() == "of"]
