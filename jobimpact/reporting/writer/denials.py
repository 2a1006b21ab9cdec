"""Checks of denials and quantifiers: nothing is denied, widened or narrowed that the sentence does not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.clauses import HEAVY, opens_clause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

_DENIALS = frozenset({"negation", "rather"})


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
            heavy = (after for after in tokens[place + 1 :] if after.role in HEAVY or after.role == "mark")
            after = next(heavy, None)
            found.append((after.role, after.concept) if after is not None and after.role != "mark" else ("", ""))
    return found


def _quantified(tokens: Sequence[Token]) -> set[tuple[str, str]]:
    """Return each quantifier with what it is said of, names and numbers apart."""
    found = set()
    for place, token in enumerate(tokens):
        if token.role == "quantifier":
            heavy = (a for a in tokens[place + 1 :] if (a.role in HEAVY or a.role == "mark" or opens_clause(a)) and not _aside(a))
            after = next(heavy, None)
            found.add((token.concept, after.concept if after is not None and after.role == "content" else ""))
            if place + 1 < len(tokens) and tokens[place + 1].role == "number":
                found.add((token.concept, "a figure"))
            if token.text.lower() == "alone":
                found |= {
                    (token.concept, before.concept) for before in tokens[max(0, place - 3) : place] if before.role == "content"
                }
    return found


def _aside(token: Token) -> bool:
    """Whether a word only tells whose a thing is, as in "all of the country's jobs"."""
    return token.concept == "nation" or token.text.endswith("'s")


def check_pairs_of_denial(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where "by this instead of by that" names them the other way round."""
    for pair in _around(text) - _around(source):
        yield f"{pair[0]!r} and {pair[1]!r} are set against each other otherwise"


def _around(reading: Reading) -> set[tuple[str, str]]:
    """Return what stands nearest before and after each "instead of" and "not"; of "not this but that", that first."""
    heavy = [token for token in reading.tokens if _is_heavy(token)]
    found = set()
    for place, middle in enumerate(heavy[1:-1], 1):
        before, after, rest = heavy[place - 1], heavy[place + 1], heavy[place + 2 : place + 4]
        if middle.role == "rather" and len(rest) > 1 and rest[0].text.lower() == "but":
            before = rest[1]
        if middle.role == "rather" and {before.role, after.role} <= {"content"}:
            found.add((before.concept, after.concept))
    return found


def _is_heavy(token: Token) -> bool:
    return (token.role in HEAVY and token.concept != "weighted") or token.role == "rather" or token.text.lower() == "but"
