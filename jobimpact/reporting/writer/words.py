"""Checks of words: nothing is spoken of that the sentence does not speak of, and nothing is left out."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.words.narrative import Name
from jobimpact.reporting.writer.clauses import HEAVY, SPOKEN, bound_to, clauses_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.writer.reading import Reading, Subject
    from jobimpact.reporting.writer.tokens import Token

# After these another thing may stand: the mean exposure, in all the jobs, in the country the mean.
_LOOSE = frozenset({"mean", "total", "nation", "counting", "mark", "paid_work", "weighted", "runs", "release"})
_BOTH = 2
_PHRASE = 2
_COUNTED = frozenset({"jobs", "paid_work", "work", "occupations", "sectors", "states", "tasks", "groups"})
_STIFF = HEAVY | {"ordinal", "bound", "negation", "rather", "than"}
_REASONS = {
    "unknown": "unknown word",
    "odd": "unknown sign",
    "content": "the sentence does not speak of",
    "refused": "unsupported {concept} claim",
    "quantifier": "unsupported quantifier",
    "bound": "unsupported bound",
    "tense": "unsupported tense",
}


def check_words(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each word that the sentence gives no ground for."""
    known = {(token.role, token.concept) for token in source.tokens}
    known |= {("content", concept) for concept in _spoken_of(text, source, subject)}
    known |= {("quantifier", "both")} if len(source.names()) == _BOTH else set()
    texts = {(token.role, token.text.lower()) for token in source.tokens}
    for place, token in enumerate(text.tokens):
        if token.role in _REASONS:
            literal = token.role in ("refused", "odd")
            if (token.role, token.text.lower() if literal else token.concept) not in (texts if literal else known):
                yield f"{_REASONS[token.role].format(concept=token.concept)} {token.text!r} at {text.text_at(place)!r}"
        if token.role == "hedge" and not _before_number(text.tokens, place):
            yield f"unsupported word {token.text!r} at {text.text_at(place)!r}"
        if token.text.lower() == "of all sectors" and place and text.tokens[place - 1].role != "superlative":
            yield f"unsupported quantifier {token.text!r} at {text.text_at(place)!r}"
        if place and token.role not in ("mark", "name") and _again(text.tokens[place - 1], token):
            yield f"{token.text!r} stands there twice"


def _spoken_of(text: Reading, source: Reading, subject: Subject) -> set[str]:
    """Return what a text may speak of beyond the words of the sentence: what its claims imply, and what means the same."""
    spoken = {token.concept for token in source.tokens if token.role == "content"}
    found = _implied(subject)
    found |= {other for concept, other in subject.lexicon.same if concept in spoken | found}
    words = {token.text.lower() for token in source.tokens}
    told = {token.concept for token in text.tokens}
    found |= {"runs"} if {"from", "to"} <= {token.role for token in source.tokens} else set()
    # All of them together; estimated at, by the estimate; most numerous, the largest number.
    found |= {"total"} if "all" in words and "together" in {token.text.lower() for token in text.tokens} else set()
    limits = any(source.tokens[place].bound for place, _ in source.literals())
    found |= {"reach"} if limits else set()
    found |= {"estimate"} if any("estimated" in word for word in words) else set()
    found |= {"number"} if "most numerous" in words else set()
    # Coverage may stand for what is covered, not beside it.
    return found - ({"coverage"} - spoken if "covered" in told else set())


def _again(before: Token, token: Token) -> bool:
    """Whether a token begins with the word that the one before ends with."""
    word = token.text.lower().split()[0]
    return before.role != "name" and word.isalpha() and word == before.text.lower().split()[-1]


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


def check_kept(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each thing that no rewording may leave out, such as that only covered jobs are meant."""
    spoken = {token.concept for token in text.tokens if token.role in SPOKEN}
    spoken |= {"covered"} if "coverage" in spoken and all(token.concept != "coverage" for token in source.tokens) else set()
    spoken |= {"exposure"} if any("expos" in token.text.lower() for token in text.tokens) else set()
    # "The next sector below it" speaks of sectors.
    words = {word for token in text.tokens if token.concept.startswith("next_") for word in token.text.lower().split()}
    spoken |= {f"{word}s" for word in words & {"sector", "state", "occupation"}}
    same = subject.lexicon.same
    spoken |= {b for a, b in same if a in spoken} | {a for a, b in same if b in spoken and a != "covered"}
    kept = {token.concept for clause in clauses_of(source) for token in _needed(source, clause, spoken, subject)}
    kept -= subject.lexicon.omissible | {
        token.concept for token in source.tokens if token.text.lower() in subject.lexicon.omissible
    }
    yield from (f"left out: {concept!r}" for concept in sorted(kept - spoken))
    figures = [_only_figures(reading) for reading in (text, source)]
    yield from (f"left out: only {figure!r}" for figure in sorted(figures[1] - figures[0]))
    only = {token.concept for token in source.tokens if token.role == "quantifier"} & {"only", "both"}
    told = {token.concept for token in text.tokens if token.role == "quantifier"}
    yield from (f"left out: {concept!r}" for concept in sorted(only - told))


def _only_figures(reading: Reading) -> set[str]:
    """Return the words right before figures that say that these are few, with a mark for the figures themselves."""
    pairs = enumerate(pairwise(reading.tokens))
    return {"a figure" for place, (word, _) in pairs if word.concept == "only" and place + 1 in reading.claims}


def _needed(source: Reading, clause: Sequence[tuple[int, Token]], spoken: set[str], subject: Subject) -> list[Token]:
    """Return what a rewording has to speak of; a clause that only explains a word may be left out as a whole."""
    things = [token for _, token in clause if token.role in SPOKEN]
    around = {token.concept for token in source.tokens if all(token is not other for _, other in clause)}
    rare = {token.concept for token in things if token.role != "content"}
    rare = rare - around or rare
    heavy = any(
        token.role in ("superlative", "direction", "trend") or token.concept in subject.lexicon.apart for _, token in clause
    )
    explains = bool(rare) and not heavy and not bound_to(source, clause) and not rare & spoken
    return [] if explains else things


def check_modifiers(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason where words such as covered or median are said of another thing than in the sentence."""
    told, known = (_modified(reading, subject.lexicon.modifiers) for reading in (text, source))
    known |= {("scored_tasks", "tasks")}
    for word, after in pairwise(text.tokens):
        if word.concept in subject.lexicon.modifiers and after.role in ("direction", "trend"):
            yield f"{word.text!r} is said of {after.text!r}"
    medians = [{b.concept for a, b in pairwise(r.tokens) if a.concept == "median"} & {"yearly", "pay"} for r in (text, source)]
    if medians[1] and not medians[0]:
        yield "the median is that of something else"
    bare = [Counter(_bare(reading)) for reading in (text, source)]
    if ("covered", "jobs") in known and not bare[1]["jobs"] and bare[0]["jobs"]:
        yield "jobs are spoken of that are not covered"
    yield from (f"{modifier!r} is said of {thing!r}" for modifier, thing in sorted(told - known))


def _bare(reading: Reading) -> Iterator[str]:
    """Yield the things that stand right behind "of", with no word that says which of them is meant."""
    for place, (before, after) in enumerate(pairwise(reading.tokens)):
        third = reading.tokens[place + 2 : place + 3]
        if before.role == "of" and after.role == "free" and after.text.lower() == "the" and third:
            yield third[0].concept
        elif before.role == "of":
            yield after.concept


def _modified(reading: Reading, modifiers: frozenset[str]) -> set[tuple[str, str]]:
    """Return each modifier with the thing right after it, where one is."""
    heavy = [token for token in reading.tokens if token.role in HEAVY or token.role == "mark"]
    pairs = (
        (token, after)
        for token, after in pairwise(heavy)
        if after.concept in _COUNTED | {"exposure", "pay"} or after.role == "unknown"
    )
    return {(token.concept, after.concept) for token, after in pairs if token.role == "content" and token.concept in modifiers}


def check_beside(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each thing that stands right behind another which it cannot be said of, as in "the coverage jobs"."""
    known = {(a.concept, b.concept) for _, a, b in _beside(source)} | {("scored_tasks", "tasks")}
    for place, first, second in _beside(text):
        goes_on = second.concept in subject.lexicon.flexible and first.concept not in subject.lexicon.modifiers
        loose = first.text.endswith("'s") or goes_on or first.concept in _LOOSE
        # "Within the sector exposure is": the first ends a phrase of its own.
        ended = place >= _PHRASE and text.tokens[place - _PHRASE].role == "place"
        placed = ended and first.concept not in subject.lexicon.modifiers
        if not loose and not placed and (first.concept, second.concept) not in known:
            yield f"{first.text} {second.text!r} fits nothing"


def _beside(reading: Reading) -> list[tuple[int, Token, Token]]:
    return [(place, a, b) for place, (a, b) in enumerate(pairwise(reading.tokens)) if a.role == b.role == "content"]


def check_exposed(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for exposed jobs, exposed work and the like where the sentence does not speak of them as such."""
    known = _exposed(source)
    yield from (f"'exposed' is said of {thing!r}" for thing in sorted(_exposed(text) - known))


def _exposed(reading: Reading) -> set[str]:
    return {
        after.concept
        for before, after in pairwise(reading.tokens)
        if before.text.lower() == "exposed" and after.role == "content" and after.concept in _COUNTED
    }


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
