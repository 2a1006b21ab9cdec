"""Words by which a generated text is read: what each does in a sentence, from data/writer.toml."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from jobimpact.errors import InputError
from jobimpact.paths import packaged

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*-?")
_ROLES = ("direction", "trend", "superlative", "ordinal", "quantifier", "bound", "refused", "content")


@dataclass(frozen=True)
class Entry:
    """What a word or phrase does.

    Attributes
    ----------
    role
        ``free link tense place of to from and follow break reason hedge rather negation than direction trend superlative ordinal
        quantifier bound refused content``; ``unknown`` for a word of the sentence that no list has.
    concept
        Within the role, such as ``up`` of a direction or ``jobs`` of a content.
    """

    role: str
    concept: str


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The words of one language.

    Attributes
    ----------
    entries
        By phrase: its words in lower case.
    longest
        Words of the longest phrase.
    over
        Directions that take what follows as the other side.
    measures, nouns, modifiers, apart, omissible, flexible
        Concepts that are measures, that count things, that say which of a thing is meant, that are said of one part of a
        sentence alone, that a rewording may leave out, and that may stand right behind any other.
    same
        Pairs of concepts: where a sentence speaks of the first, a text may speak of the second.
    implied
        Concepts that a claim brings along, by table and by column.
    by_sign
        Whether the language writes no blanks, so that phrases are found sign by sign.
    """

    entries: dict[tuple[str, ...], Entry]
    longest: int
    over: frozenset[str]
    measures: frozenset[str]
    nouns: frozenset[str]
    modifiers: frozenset[str]
    apart: frozenset[str]
    omissible: frozenset[str]
    flexible: frozenset[str]
    same: tuple[tuple[str, str], ...]
    implied: dict[str, list[str]]
    by_sign: bool


def _words(phrase: str, *, by_sign: bool) -> tuple[str, ...]:
    """Return the words of `phrase` in lower case, or its signs."""
    return tuple(phrase) if by_sign else tuple(_WORD.findall(phrase.lower()))


@cache
def read_writer() -> dict[str, Any]:
    """Return data/writer.toml: ``settings``, ``prompts`` and ``words``, the latter two by language."""
    content: dict[str, Any] = tomllib.loads(packaged("data", "writer.toml").read_text(encoding="utf-8"))
    return content


def setting(name: str) -> Any:
    """Return the value of the setting `name` of data/writer.toml."""
    return read_writer()["settings"][name]["value"]


@cache
def read_lexicon(language: str = "en") -> Lexicon:
    """Return the words of `language`.

    Raises
    ------
    InputError
        If data/writer.toml has no words of it.
    """
    words = read_writer()["words"]
    if language not in words:
        raise InputError(f"language {language!r}: no text in it can be verified; data/writer.toml has {', '.join(words)}")
    lists, by_sign = words[language], language == "zh"
    entries: dict[tuple[str, ...], Entry] = {}
    groups = [(role, lists[role]) for role in _ROLES]
    for role, concepts in [*groups, *((role, {role: phrases}) for role, phrases in lists["free"].items())]:
        for concept, phrases in concepts.items():
            for phrase in phrases:
                known = entries.setdefault(_words(phrase, by_sign=by_sign), Entry(role, concept))
                if known != Entry(role, concept):
                    raise InputError(f"data/writer.toml: {phrase!r} is {known.role} and {role}; expected one role for a phrase")
    kinds = lists["kinds"]
    return Lexicon(
        entries,
        max(map(len, entries)),
        frozenset(lists["over"]["words"]),
        frozenset(kinds["measures"]),
        frozenset(kinds["nouns"]),
        frozenset(kinds["modifiers"]),
        frozenset(kinds.get("apart", ())),
        frozenset(kinds.get("omissible", ())),
        frozenset(kinds.get("flexible", ())),
        tuple((first, second) for first, second in kinds.get("same", ())),
        lists["implied"],
        by_sign,
    )
