"""Checks of reasons: a cause is told only where the sentence tells it, and the same way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.reporting.writer.clauses import SPOKEN
from jobimpact.reporting.writer.reading import figure_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

_CAUSES = frozenset({"because", "since", "as", "given that", "seeing that"})


def check_reasons(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each word such as because where the sentence gives no reason, or where it gives the other way round.

    Two clauses joined by a colon explain each other, whichever comes first; "so that" and "as" tell cause from effect.
    """
    explained = any(token.concept == ":" or token.text.lower().startswith("makes") for token in source.tokens)
    causes, effects = _causes(source)
    for place, token in enumerate(text.tokens):
        if token.role != "reason":
            continue
        said = {t.concept for t in _until_mark(text, place + 1) if t.role in SPOKEN} | _figures_of(text, place)
        wanted, other = (causes, effects) if token.text.lower() in _CAUSES else (effects, causes)
        if not explained and len(said & (wanted - other)) <= len(said & (other - wanted)):
            yield f"unsupported causal claim {token.text!r} at {text.text_at(place)!r}"


def _causes(source: Reading) -> tuple[set[str], set[str]]:
    """Return what a sentence speaks of as cause and as effect; nothing where it tells of no cause."""
    for place, token in enumerate(source.tokens):
        word = token.text.lower()
        if token.role != "reason" and not (word == "as" and _has_verb(source, place)):
            continue
        behind = {t.concept for t in _until_mark(source, place + 1) if t.role in SPOKEN} | _figures_of(source, place)
        around = [t for t in source.tokens if t.role in SPOKEN]
        rest = {t.concept for t in around} | {figure_key(c[0]) for c in source.claims.values()}
        rest -= {t.concept for t in _until_mark(source, place + 1) if t.role in SPOKEN} - {
            t.concept for t in _beyond(source, place)
        }
        return (behind, rest - _figures_of(source, place)) if word in _CAUSES else (rest - _figures_of(source, place), behind)
    return set(), set()


def _until_mark(reading: Reading, start: int) -> list[Token]:
    found = []
    for token in reading.tokens[start:]:
        if token.role == "mark" and token.concept in ",;:.":
            break
        found.append(token)
    return found


def _beyond(reading: Reading, place: int) -> list[Token]:
    """Return what is spoken of outside the stretch behind a word of reason."""
    stop = place + 1 + len(_until_mark(reading, place + 1))
    return [t for t in (*reading.tokens[:place], *reading.tokens[stop:]) if t.role in SPOKEN]


def _figures_of(reading: Reading, place: int) -> set[str]:
    stop = place + 1 + len(_until_mark(reading, place + 1))
    return {figure_key(reading.claims[p][0]) for p in range(place + 1, stop) if p in reading.claims}


def _has_verb(reading: Reading, place: int) -> bool:
    return any(token.role == "link" for token in _until_mark(reading, place + 1))
