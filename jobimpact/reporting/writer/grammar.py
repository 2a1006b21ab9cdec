"""Checks of grammar that words and figures do not tell: joining words that join nothing."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.writer.reading import Reading
    from jobimpact.reporting.writer.tokens import Token

# Words that need something behind them.
_LEADING = frozenset({"place", "of", "to", "from", "than", "hedge"})
_JOINING = _LEADING | {"and"}
# "at about", "from among", "up to some": a hedge goes with the figure behind it; "and in", "and of" go on with a list.
_MAY_FOLLOW = {"and": _LEADING, "hedge": frozenset(), "than": frozenset({"hedge", "place", "of"})}
_ARTICLES = frozenset({"a", "an", "the", "its", "their", "every", "each", "no"})
_AFTER_ARTICLE = _JOINING - {"hedge"} | {"link", "break", "follow"}
_BOUNDS_OF_RANGE = frozenset({"up to", "down to"})
_RANGE = frozenset({"from", "trend"})
# What may stand last within brackets: "(196,000 jobs)", but not "(0.45 then)".
_CLOSING = frozenset({"content", "name", "number", "unknown", "ordinal", "superlative", "direction", "mark", "bound"})


def check_grammar(text: Reading, source: Reading) -> Iterator[str]:
    """Yield a reason for each two words that cannot stand beside each other, unless the sentence has them so.

    Articles, and words such as in, of, from and than, need something behind them. A text in which there is nothing has lost a
    part, so that what it says is not known. "Up to" and "down to" are ends of a range and need its beginning.
    """
    known = {_words(*pair) for pair in _pairs(source.tokens)}
    for before, after in _pairs(text.tokens):
        if _broken(before, after) and _words(before, after) not in known:
            yield f"{' '.join(_words(before, after)).strip()!r} joins nothing"
    for place, token in enumerate(text.tokens):
        if token.text.lower() in _BOUNDS_OF_RANGE and not any(before.role in _RANGE for before in text.tokens[:place]):
            yield f"{token.text!r} has no beginning"


def _pairs(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token | None]]:
    """Yield each token with the one behind it; the last has none."""
    yield from zip_longest(tokens, tokens[1:])


def _words(before: Token, after: Token | None) -> tuple[str, str]:
    return before.text.lower(), after.text.lower() if after else ""


def _broken(before: Token, after: Token | None) -> bool:
    """Whether the word `before` needs something behind it that is not there."""
    sign = after.concept if after is not None and after.role == "mark" else ""
    ends = after is None or sign in tuple(",.;:)")
    if sign == ")" and before.role not in _CLOSING:
        return True
    if before.role in _JOINING:
        follows = _MAY_FOLLOW.get(before.role, frozenset({"hedge"}))
        return ends or (after is not None and after.role in _JOINING - follows)
    if before.text.lower() in _ARTICLES:
        return ends or (after is not None and after.role in _AFTER_ARTICLE)
    return False
