"""Checks of denials and quantifiers: nothing is denied, widened or narrowed that the sentence does not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.clauses import HEAVY, opens_clause
from jobimpact.reporting.writer.places import none_beyond

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

# Quantifiers that stand behind what they are said of.
_BEHIND = frozenset({"alone", "nothing else", "and nothing else"})
_BOTH = 2
_DENIALS = frozenset({"negation", "rather"})


def check_denials(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each thing that is denied in the text and not in the sentence, or the other way round."""
    told, known = Counter(_denied(text)), Counter(_denied(source))
    for item in told - known:
        yield f"unsupported negation of {item[1] or 'nothing'!r}"
    spoken = Counter((token.role, token.concept) for token in text.tokens)
    said = Counter((token.role, token.concept) for token in source.tokens)
    compared = any(token.role == "than" for token in text.tokens)
    lost = (item for item in known - told if item in spoken and said[item] == 1 and not compared)
    yield from (f"no longer denied: {item[1]!r}" for item in lost)
    counts = [Counter(token.concept for token in reading.tokens if token.role == "quantifier") for reading in (text, source)]
    two = len(source.names()) == _BOTH
    counts[1]["both"] += two
    yield from (f"quantifier {concept!r} stands there too often" for concept in counts[0] - counts[1])
    quantified, wanted = _quantified(text.tokens), _quantified(source.tokens)
    for first in _alone(source):
        if first not in {item[1] for item in quantified}:
            yield f"no longer said of {first!r} alone"
    yield from (
        f"quantifier {item[0]!r} is said of {item[1]!r}"
        for item in quantified - wanted
        if item[1] and not (item[0] == "both" and two)
    )


def _denied(reading: Reading) -> list[tuple[str, str]]:
    """Return what stands next after each word of denial, before any mark."""
    found = []
    tokens, beyond = reading.tokens, none_beyond(reading)
    for place, token in enumerate(tokens):
        if token.role in _DENIALS and place not in beyond:
            heavy = (after for after in tokens[place + 1 :] if after.role in HEAVY or after.role == "mark")
            after = next(heavy, None)
            found.append((after.role, after.concept) if after is not None and after.role != "mark" else ("", ""))
    return found


def _quantified(tokens: Sequence[Token]) -> set[tuple[str, str]]:
    """Return each quantifier with what it is said of, names and numbers apart."""
    found = set()
    for place, token in enumerate(tokens):
        if token.role == "quantifier":
            if token.text.lower() in _BEHIND:
                before = tokens[max(0, place - 3) : place]
                found |= {(token.concept, other.concept) for other in before if other.role == "content"}
                continue
            heavy = (a for a in tokens[place + 1 :] if (a.role in HEAVY or a.role == "mark" or opens_clause(a)) and not _aside(a))
            after = next(heavy, None)
            found.add((token.concept, after.concept if after is not None and after.role == "content" else ""))
            if place + 1 < len(tokens) and tokens[place + 1].role == "number":
                found.add((token.concept, "a figure"))
    return found


def _alone(reading: Reading) -> Iterator[str]:
    """Yield the first thing of each phrase that ends with alone, as in "the mix of occupations alone"."""
    for place, token in enumerate(reading.tokens):
        before = reading.tokens[max(0, place - 3) : place]
        if token.text.lower() == "alone":
            yield from [other.concept for other in before if other.role == "content" and other.concept != "speak"][:1]


def _aside(token: Token) -> bool:
    """Whether a word only tells whose a thing is, as in "all of the country's jobs"."""
    return token.concept == "nation" or token.text.endswith("'s")


def check_pairs_of_denial(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where "by this instead of by that" names them the other way round."""
    for pair in _around(text) - _around(source):
        yield f"{pair[0]!r} and {pair[1]!r} are set against each other otherwise"


def _around(reading: Reading) -> set[tuple[str, str]]:
    """Return what stands nearest before and after each "instead of" and "not"; of "not this but that", that first."""
    heavy = [place for place, token in enumerate(reading.tokens) if _is_heavy(token)]
    found = set()
    for n in range(1, len(heavy) - 1):
        middle, after = reading.tokens[heavy[n]], reading.tokens[heavy[n + 1]]
        turned = n + 3 < len(heavy) and reading.tokens[heavy[n + 2]].text.lower() == "but"
        before = reading.tokens[heavy[n + 3 if turned else n - 1]]
        # "Was not released" denies; it sets nothing against anything.
        denies = middle.text.lower() == "not" and not turned and reading.tokens[heavy[n] - 1].role in ("link", "tense")
        if middle.role == "rather" and not denies and {before.role, after.role} <= {"content"}:
            found.add((before.concept, after.concept))
    return found


def _is_heavy(token: Token) -> bool:
    return (token.role in HEAVY and token.concept != "weighted") or token.role == "rather" or token.text.lower() == "but"
