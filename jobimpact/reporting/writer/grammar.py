"""Checks of grammar that words and figures do not tell: joining words that join nothing."""

from __future__ import annotations

from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.places import is_own

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

# Words that need something behind them.
_LEADING = frozenset({"place", "of", "to", "from", "than", "hedge"})
_JOINING = _LEADING | {"and"}
# "at about", "from among", "up to some": a hedge goes with the figure behind it; "and in", "and of" go on with a list.
_MAY_FOLLOW = {"and": _LEADING, "hedge": frozenset(), "than": frozenset({"hedge", "place", "of"})}
_ADVERBS = frozenset({"by comparison", "in contrast", "by contrast", "however", "though", "then", "next"})
# These may stand last within brackets, too: "(30 % here)", "(two among them)".
_PLACED = frozenset({"here", "them", "it"})
# What cannot be the last word of a sentence.
_OPEN = frozenset({"break", "reason", "follow", "link"})
_ARTICLES = frozenset({"a", "an", "the", "its", "their", "every", "each", "no"})
_AFTER_ARTICLE = _JOINING - {"hedge"} | {"link", "break", "follow"}
_BOUNDS_OF_RANGE = frozenset({"up to", "down to"})
_RANGE = frozenset({"from", "trend"})
# What may stand last within brackets: "(196,000 jobs)", but not "(0.45 then)".
_CLOSING = frozenset({"content", "name", "number", "unknown", "ordinal", "superlative", "direction", "mark", "bound"})


_BE = frozenset({"is", "are", "has", "have"})
_WITH_OBJECT = frozenset({"make", "makes", "hold", "holds", "give", "gives", "have", "has", "form", "forms", "reach", "reaches"})
_RELATIVE = frozenset({"which", "who", "that", "what", "whose", "where", "when", "if", "as", "of which", "whatever", "how"})
_CLAUSES = frozenset({"and", "break", "reason", "than", "follow"})
_DIVIDING = frozenset(".;:,()")
_OWN = frozenset({"its", "it", "here", "they", "their", "them", "these", "those", "there"})


def check_grammar(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each two words that cannot stand beside each other, unless the sentence has them so.

    Articles, and words such as in, of, from and than, need something behind them. A text in which there is nothing has lost a
    part, so that what it says is not known. "Up to" and "down to" are ends of a range and need its beginning.
    """
    known = {_words(*pair) for pair in _pairs(source.tokens)}
    for before, after in _pairs(text.tokens):
        if _broken(before, after) and _words(before, after) not in known:
            yield f"{' '.join(_words(before, after)).strip()!r} joins nothing"
    if not text.tokens or text.tokens[-1].concept != ".":
        yield "no full stop at the end"
    depths = list(accumulate({"(": 1, ")": -1}.get(token.concept, 0) for token in text.tokens if token.role == "mark"))
    if depths and (min(depths) < 0 or depths[-1]):
        yield "a bracket is open"
    for place, token in enumerate(text.tokens):
        if token.text.lower() in _BOUNDS_OF_RANGE and not any(before.role in _RANGE for before in text.tokens[:place]):
            yield f"{token.text!r} has no beginning"


def check_verbs(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason where a clause has two verbs, has lost what they are said of, or lost what stood between them."""
    if _worst(source.tokens) < _worst(text.tokens) and _worst(text.tokens) > 0:
        yield "a clause has two verbs"
    for first, second in zip(text.tokens, text.tokens[1:], strict=False):
        if first.role == second.role == "direction":
            yield f"'{first.text} {second.text}' compares twice"
    for before, middle, after in zip(text.tokens, text.tokens[1:], text.tokens[2:], strict=False):
        words = [token.text.lower() for token in (before, middle, after)]
        if words[0] in _RELATIVE and words[1] in _WITH_OBJECT and words[2] in _BE:
            yield f"{' '.join(words)!r} has lost a part"
        if words[:2] == [")", "of"] and after.role != "number" and middle.role == "of":
            yield "brackets divide what belongs together"
        if words[1:] == [")", "here"]:
            yield "'here' stands outside of its bracket"
    if _placed_figures(text) - _placed_figures(source):
        yield "a figure is no place to be in"
    if not source.names() and _ordered(source) and _speaks_of_own(source) and not _speaks_of_own(text):
        yield "what the sentence is about is left out"


def _placed_figures(reading: Reading) -> set[str]:
    """Return decimal figures that "in" leads to, as in "higher than in the 0.26"."""
    found = set()
    for place, claims in reading.claims.items():
        before = [token for token in reading.tokens[max(0, place - 2) : place] if token.role != "free"]
        if before and before[-1].text.lower() in ("in", "within", "inside") and claims[0].unit == "0-1":
            found.add(reading.tokens[place].text)
    return found


def _ordered(reading: Reading) -> bool:
    return any(token.role in ("superlative", "direction") for token in reading.tokens)


def _worst(tokens: Sequence[Token]) -> int:
    """Return by how many the finite forms of be and have exceed those that a clause of the text can have."""
    worst, verbs, allowed = 0, 0, 1
    for token in tokens:
        word = token.text.lower()
        if (
            token.role in _CLAUSES
            or word in _RELATIVE
            or word.startswith("how ")
            or (token.role == "mark" and token.concept in _DIVIDING)
        ):
            verbs, allowed = 0, 2 if word in _RELATIVE else 1
        elif word.split()[0] in _BE | {"run", "runs"}:
            verbs += 1
            worst = max(worst, verbs - allowed)
    return worst


def _speaks_of_own(reading: Reading) -> bool:
    own = (token.text.lower() in _OWN or is_own(reading, place) for place, token in enumerate(reading.tokens))
    return any(own)


def _pairs(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token | None]]:
    """Yield each token with the one behind it; the last has none."""
    yield from zip_longest(tokens, tokens[1:])


def _words(before: Token, after: Token | None) -> tuple[str, str]:
    return before.text.lower(), after.text.lower() if after else ""


def _divided(before: Token, after: Token) -> bool:
    """Whether "of in the country" or "the sector's by" has lost what stood between."""
    placed = before.role in ("of", "place", "to", "from") and after.role == "content" and after.text.lower().startswith("in ")
    return placed or (before.role == "content" and before.text.lower().endswith("'s") and after.role in _LEADING)


def _broken(before: Token, after: Token | None) -> bool:
    """Whether the word `before` needs something behind it that is not there."""
    sign = after.concept if after is not None and after.role == "mark" else ""
    ends = after is None or sign in tuple(",.;:)")
    word = before.text.lower()
    if sign == "." and before.role in _OPEN and word not in _BE | _ADVERBS:
        return True
    if (sign == ")" and before.role not in _CLOSING and word not in _PLACED) or (after is not None and _divided(before, after)):
        return True
    if before.role in _JOINING:
        follows = _MAY_FOLLOW.get(before.role, frozenset({"hedge"}))
        verb = after is not None and after.role in _OPEN and before.role in _LEADING and not after.text.lower().endswith("ing")
        return ends or verb or (after is not None and after.role in _JOINING - follows)
    if word in _ARTICLES and (word != "each" or after is None or after.text.lower() != "being"):
        return ends or (after is not None and after.role in _AFTER_ARTICLE)
    return False
