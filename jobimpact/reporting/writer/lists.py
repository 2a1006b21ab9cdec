"""Lists of names: those that a word of order is said of, and lists that have to stay whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.reading import row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.writer.reading import Reading, Subject
    from jobimpact.reporting.writer.tokens import Token

# Words that may stand within a list, as in "A, which has 3 jobs here against 4 in the country, and in B".
_LISTED = frozenset({"at", "in", "for", "have", "has", "having", "against"})
_LISTED_THINGS = frozenset({"jobs", "exposure", "covered", "nation", "share", "mean", "number", "next_above", "next_below"})
_LISTING = frozenset({"number", "mark", "and", "follow", "free", "of", "hedge", "place", "from", "than", "to", "name"})


def check_lists(text: Reading, source: Reading, subject: Subject) -> Iterator[str]:
    """Yield a reason for each list of the sentence of which the text takes a name out, or changes the order.

    Lists whose every name has a rank of its own are compared with the ranks instead.
    """
    ranked = {row_of(claim) for claim in subject.sentence.claims if claim.kind == "rank"}
    told = text.names()
    places = {token.concept: place for place, token in enumerate(text.tokens) if token.role == "name"}
    for names in _lists(source):
        free = any(not subject.rows.get(name, frozenset()) & ranked for name in names)
        once = all(told[name] == 1 for name in names)
        if len(names) > 1 and free and once:
            pairs = pairwise(places[name] for name in names)
            if not all(first < second and _goes_on(text.tokens[first + 1 : second]) for first, second in pairs):
                yield f"the list of {names[0]!r} and others is not kept"


def check_brackets(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each name that a bracket gives to another word than in the sentence, as in "the study before (NAME)"."""
    for word, name in _bracketed(text) - _bracketed(source):
        yield f"the name {name!r} in brackets stands behind {word!r}"


def _bracketed(reading: Reading) -> set[tuple[str, str]]:
    threes = zip(reading.tokens, reading.tokens[1:], reading.tokens[2:], strict=False)
    return {
        (word.text.lower(), name.concept)
        for word, sign, name in threes
        if sign.concept == "(" and name.role == "name" and word.role not in ("number", "name")
    }


def _goes_on(between: Sequence[Token]) -> bool:
    """Whether a list goes on: "NAME (0.5), NAME", or "NAME is the largest, followed by NAME"."""
    followed = any(token.role == "follow" for token in between)
    return all(_in_list(token) or (followed and token.role in ("superlative", "link", "content")) for token in between)


def _in_list(token: Token) -> bool:
    """Whether a token may stand between two names of a list: figures and what they count, and words that join."""
    if token.role == "content":
        return token.concept in _LISTED_THINGS
    return token.role in _LISTING or token.text.lower() in ("have", "has", "having", "against", "being")


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
    if token.role in ("and", "follow", "free", "of", "hedge", "from") or token.text.lower() in _LISTED:
        return True
    if token.role == "content":
        return in_brackets(reading, place) or modifies(reading, place) or before_of_figure(reading, place)
    return token.concept in (",", ";", "(", ")") or place in reading.claims


def names_ranked(reading: Reading, place: int) -> tuple[str, ...]:
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
            led = any(t.text.lower() == "where" for t in tokens[place + 1 : position])
            led = led or (bool(leads) and (leads[-1].role in ("place", "link", "of") or leads[-1].concept == ":"))
            return names_from(reading, position) if led else ()
        quiet = token.role in ("free", "link", "place", "of", "content", "quantifier") or token.concept in (":", ",", "(", ")")
        if not quiet and position not in reading.claims:
            return ()
    return ()


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
            if not quiet and not in_brackets(reading, position):
                return None
            loose = loose or token.role == "place"
            continue
        if not _within_list(reading, position) or _closes_rank(reading, position):
            break
    return (tuple(found), loose) if found else None


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


def _opens_rank(reading: Reading, place: int) -> bool:
    for token in reading.tokens[place + 1 : place + 5]:
        if token.role in ("superlative", "ordinal"):
            return True
        if token.role not in ("free", "link", "of", "content"):
            return False
    return False


def _closes_rank(reading: Reading, place: int) -> bool:
    """Whether the words before "and" or a comma end with a rank word, so that the list before belongs to that."""
    for token in reversed(reading.tokens[max(0, place - 4) : place]):
        if token.role == "superlative":
            return True
        if token.role not in ("content", "free", "of", "mark") and token.role != "number":
            return False
    return False


def modifies(reading: Reading, place: int) -> bool:
    """Whether a measure only tells by what something is weighted, or what a figure counts."""
    for position in range(place - 1, -1, -1):
        token = reading.tokens[position]
        if token.text.lower() == "as":
            return False
        if token.text.lower() == "by" or token.role in ("rather", "number"):
            return True
        if (token.role not in ("free", "content") and token.text.lower() != "of") or token.concept == "nation":
            return False
    return False


def before_of_figure(reading: Reading, place: int) -> bool:
    """Whether a measure leads to its figure, as in "an exposure of 0.59"."""
    after = [token for token in reading.tokens[place + 1 : place + 3] if token.role != "free"]
    return bool(after) and (after[0].role == "number" or [token.role for token in after] == ["of", "number"])


def in_brackets(reading: Reading, place: int) -> bool:
    """Whether a token stands within brackets."""
    depth = 0
    for token in reading.tokens[:place]:
        depth += {"(": 1, ")": -1}.get(token.concept, 0) if token.role == "mark" else 0
    return depth > 0
