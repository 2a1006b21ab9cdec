"""A text as tokens: names, numbers, and words by what they do."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from jobimpact.reporting.writer.numbers import FIGURE, Number, read_figure, read_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobimpact.reporting.writer.lexicon import Entry, Lexicon

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*-?")
_SIGN = re.compile(r"[\u3400-\u9fff]")
_SAME = str.maketrans("\u2019\u2018\u201c\u201d\u2010\u2011\u2013\u2014\u00a0\u202f\u2009", "''\"\"---;   ")
# Full-width signs of Chinese, and what they are read as.
_WIDE = str.maketrans("\uff0c\uff1b\uff1a\uff08\uff09\u3002\uff05", ",;:().%")
_MARKS = frozenset(",;:().")
_MANY = frozenset("\u3001")
# Words of a bound that stand behind their number; all others stand in front of it.
_BEHIND = ("or ", "and ", "以", "及")
_ARTICLE = re.compile(r"(?:the|an?) (?=\S)", re.IGNORECASE)
# "The third-highest" is read as the third highest.
_HYPHEN = re.compile(
    r"\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|most|least)-(?=(?:high|low|larg|small|expos))",
    re.IGNORECASE,
)
# Words before "one" that make it a word for what was spoken of, as in "the lower one" and "this one".
_POINTING = frozenset({"the", "this", "that", "single", "scored", "a"})


@dataclass(frozen=True)
class Token:
    """A piece of a text.

    Attributes
    ----------
    role
        ``name``, ``number``, ``mark``, ``odd`` (a sign that no sentence has), or a role of the lexicon.
    concept
        Within the role; of a name its text, of a mark the sign.
    text
        As it stands there.
    number
        Of a token of role number.
    bound
        Of a number: ``>= <= > <`` where words such as "or more" belong to it.
    """

    role: str
    concept: str
    text: str
    number: Number | None = None
    bound: str = ""


def normal_text(text: str) -> str:
    """Return `text` with one form of dashes, quotation marks and blanks, on one line."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_SAME).split())


def name_key(name: str) -> str:
    """Return a name as tokens have it: in lower case, without the article before it."""
    return _ARTICLE.sub("", normal_text(name), count=1).casefold() if _ARTICLE.match(name) else normal_text(name).casefold()


def name_pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds the longest of `names` at a place, whatever the case of its letters."""
    forms = sorted({name_key(name) for name in names if name.strip()}, key=lambda name: (-len(name), name))
    if not forms:
        return None
    whole = (rf"(?<![^\W_]){re.escape(name)}(?![^\W_])" if not _SIGN.search(name) else re.escape(name) for name in forms)
    return re.compile("|".join(whole), re.IGNORECASE)


def read_tokens(text: str, lexicon: Lexicon, names: re.Pattern[str] | None) -> list[Token]:
    """Return the tokens of `text`.

    Parameters
    ----------
    text
        A sentence; it is brought into the form of :func:`normal_text` first.
    lexicon
        Of its language.
    names
        Of :func:`name_pattern`: what is read as a name before anything else is.
    """
    text = normal_text(text)
    tokens: list[Token] = []
    start = 0
    for found in names.finditer(text) if names else ():
        tokens += _plain(text[start : found.start()], lexicon)
        tokens.append(Token("name", name_key(found[0]), found[0]))
        start = found.end()
    tokens += _plain(text[start:], lexicon)
    return _with_bounds(_with_pronouns(tokens))


def _with_pronouns(tokens: list[Token]) -> list[Token]:
    """Return the tokens with "one" and "or" as free words where they count and choose nothing, as in "one of 0.3"."""
    words = {"one": _points, "or": _renames, "all": _rounds_off}
    free = (token.text.lower() in words and words[token.text.lower()](tokens, place) for place, token in enumerate(tokens))
    read = [Token("free", "free", token.text) if loose else token for token, loose in zip(tokens, free, strict=True)]
    # "12 % here, as opposed to 5 % in the country" sets figures side by side.
    beside = (
        token.text.lower() == "as opposed to" and after is not None and after.role == "number"
        for token, after in zip_longest(read, read[1:])
    )
    return [Token("break", "break", "against") if turned else token for token, turned in zip(read, beside, strict=True)]


def _renames(tokens: Sequence[Token], place: int) -> bool:
    """Whether "or" only gives a figure once more, as in "133.3 million of 155.5 million jobs, or 85.7 %"."""
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    before = tokens[place - 1] if place else None
    if before is None or after is None or after.number is None:
        return False
    return before.concept == "," or (before.number is not None and before.number.family != after.number.family)


def _rounds_off(tokens: Sequence[Token], place: int) -> bool:
    """Whether "all" only says that a count is whole, as in "of all 20 sectors"."""
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    counts = after is not None and after.number is not None and after.number.family == "plain" and after.number.step == 1
    return counts and place > 0 and tokens[place - 1].text.lower() in ("of", "among")


def _points(tokens: Sequence[Token], place: int) -> bool:
    before = tokens[place - 1] if place else None
    after = [token for token in tokens[place + 1 : place + 5] if token.text.lower() != "the"]
    named = before is not None and (before.text.lower() in _POINTING or before.role in ("direction", "superlative"))
    counted = len(after) > 1 and after[0].role == "of" and (after[1].role == "number" or after[1].text.lower() == "them")
    if after and after[0].concept == "forecast" and (before is None or before.role == "mark"):
        return True  # "one should not"
    # "The one major group" counts.
    return counted or (named and (not after or after[0].role not in ("content", "unknown") or after[0].concept == "weighted"))


def _plain(text: str, lexicon: Lexicon) -> list[Token]:
    """Return the tokens of a stretch without names."""
    text = text.translate(_WIDE) if lexicon.by_sign else _HYPHEN.sub(r"\1 ", text)
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        if text[place].isspace() or text[place] in "\"'":
            place += 1
            continue
        figure = FIGURE.match(text, place)
        if figure:
            tokens.append(_figure(figure))
            place = figure.end()
            continue
        token, place = _next(text, place, lexicon)
        tokens.append(token)
    return tokens


def _figure(found: re.Match[str]) -> Token:
    number = read_figure(found)
    if number.family == "ordinal":
        return Token("ordinal", str(int(number.value)), found[0])
    return Token("number", f"{number.family} {number.value:g}", found[0], number)


def _next(text: str, place: int, lexicon: Lexicon) -> tuple[Token, int]:
    """Return the mark, number word, phrase or unknown word at `place`, and where it ends."""
    if text[place] in _MARKS or text[place] in _MANY:
        sign = "," if text[place] in _MANY else text[place]
        return Token("mark", sign, text[place]), place + 1
    spans = _spans(text, place, lexicon)
    if not spans:
        return Token("odd", text[place], text[place]), place + 1
    words = [text[start:end].lower() for start, end in spans]
    phrase = _phrase(words, lexicon)
    said = None if lexicon.by_sign else read_words(words)
    if words[:2] == ["a", "single"]:
        said = (Number(1.0, "plain"), 2)
    if said is not None and (phrase is None or phrase[1] < said[1]):
        end = spans[said[1] - 1][1]
        return Token("number", f"{said[0].family} {said[0].value:g}", text[place:end], said[0]), end
    if phrase is not None:
        end = spans[phrase[1] - 1][1]
        return Token(phrase[0].role, phrase[0].concept, text[place:end]), end
    return Token("unknown", words[0], text[place : spans[0][1]]), spans[0][1]


def _spans(text: str, place: int, lexicon: Lexicon) -> list[tuple[int, int]]:
    """Return the words from `place` on that no mark divides, as many as a phrase or a number may have."""
    spans: list[tuple[int, int]] = []
    while len(spans) < max(lexicon.longest, 8):
        while place < len(text) and text[place] == " " and spans:
            place += 1
        if lexicon.by_sign and place < len(text) and _SIGN.match(text[place]):
            spans.append((place, place + 1))
        else:
            found = _WORD.match(text, place)
            if found is None:
                break
            spans.append(found.span())
        place = spans[-1][1]
    return spans


def _phrase(words: Sequence[str], lexicon: Lexicon) -> tuple[Entry, int] | None:
    for length in range(min(lexicon.longest, len(words)), 0, -1):
        entry = lexicon.entries.get(tuple(words[:length]))
        if entry is not None:
            return entry, length
    if words[0].endswith("'s") and (words[0][:-2],) in lexicon.entries:
        return lexicon.entries[(words[0][:-2],)], 1
    return None


def _with_bounds(tokens: list[Token]) -> list[Token]:
    """Return the tokens with words such as "or more" and "at least" as part of the number beside them."""
    joined: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        behind = token.role == "bound" and token.text.lower().startswith(_BEHIND)
        if token.role == "bound" and not behind and after is not None and after.role == "number":
            number = Token("number", after.concept, f"{token.text} {after.text}", after.number, token.concept)
            joined.append(number)
            place += 2
        elif behind and joined and joined[-1].role == "number" and not joined[-1].bound:
            last = joined.pop()
            joined.append(Token("number", last.concept, f"{last.text} {token.text}", last.number, token.concept))
            place += 1
        else:
            joined += _unbound(token)
            place += 1
    return joined


def _unbound(token: Token) -> list[Token]:
    """Return a bound that has no number as what it is then: "more than that" compares, "over all jobs" is a place."""
    word = token.text.lower()
    if token.role == "bound" and word in ("more than", "less than"):
        return [
            Token("direction", "up" if word == "more than" else "down", token.text[:4]),
            Token("than", "than", token.text[5:]),
        ]
    return [Token("place", "place", token.text) if token.role == "bound" and word == "over" else token]
