"""Whether a text is in a language that the encoder knows."""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

from jobimpact.assumptions import assumption
from jobimpact.paths import packaged

_LATIN = "LATIN"
_ENGLISH = "en"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


@cache
def read_languages() -> dict[str, Any]:
    """Return data/languages.toml: ``encoders``, ``characters``, ``english_words``, ``scripts``, ``languages``."""
    return tomllib.loads(packaged("data", "languages.toml").read_text(encoding="utf-8"))


def foreign_language(text: str, known: AbstractSet[str], *, by_words: bool = True) -> str | None:
    """Say in words why `text` is in none of the languages `known` to the encoder (ISO 639), or return None.

    Letters of another script decide first. In a known script it is a naive Bayes classifier over byte
    sequences that decides (py3langid: Lui and Baldwin 2012, langid.py, ACL system demonstrations), and only
    where another language is clearly likelier than all known ones: of short statements full of nouns the
    likeliest language alone is too often wrong. One word alone tells no language: for it `by_words` is
    False.

    Examples
    --------
    >>> foreign_language("Rechnungen prüfen und im Buchungssystem erfassen", {"en"})
    'not English (looks like German)'
    """
    text = text[: int(assumption("doubt", "language_characters"))]
    return _foreign_script(text, known) or (_foreign_words(text, known) if by_words else None)


def _foreign_script(text: str, known: AbstractSet[str]) -> str | None:
    if not _NOT_ASCII.search(text):
        return None
    letters = Counter(letter_script(character) for character in text if character.isalpha())
    scripts: dict[str, Any] = read_languages()["scripts"]
    foreign = {
        script: count for script, count in letters.items()
        if script != _LATIN and known.isdisjoint(scripts.get(script, {}).get("languages", ()))
    }  # fmt: skip
    if not foreign or sum(foreign.values()) < assumption("doubt", "foreign_letters") * letters.total():
        return None
    # Japanese has more Chinese characters than letters of its own.
    script = max(sorted(foreign), key=lambda script: (scripts.get(script, {}).get("name") == "Japanese", foreign[script]))
    name = scripts[script]["name"] if script in scripts else script.capitalize()
    return f"{_not_known(known)} (in {name} letters)"


@cache
def letter_script(letter: str) -> str:
    """Return the first word of the letter's Unicode name, which is its script: LATIN, CYRILLIC, CJK, ..."""
    return unicodedata.name(letter, "UNKNOWN").removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ").split()[0]


def _foreign_words(text: str, known: AbstractSet[str]) -> str | None:
    if _ENGLISH in known and _surely_english(text):
        return None
    detector, names = _detector(), read_languages()["languages"]
    # Ranking takes twice as long as naming the first.
    if detector.classify(text)[0] in known:
        return None
    scores = {language: float(score) for language, score in detector.rank(text) if language in names}
    nearest = max(scores, key=scores.__getitem__)
    margin = scores[nearest] - max(scores[language] for language in known)
    if margin < assumption("doubt", "language_margin"):
        return None
    if margin < assumption("doubt", "language_margin_certain"):
        return f"hardly {_known_words(known)}"
    return f"{_not_known(known)} (looks like {names[nearest]})"


def _surely_english(text: str) -> bool:
    words = text.lower().split()
    # Of a longer text a part could be English.
    short = len(words) <= assumption("doubt", "most_words")
    return bool(short and len(_english_words().intersection(words)) >= assumption("doubt", "english_words_needed"))


@cache
def _english_words() -> frozenset[str]:
    return frozenset(read_languages()["english_words"]["value"])


@cache
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def _not_known(known: AbstractSet[str]) -> str:
    return f"not {_known_words(known)}" if len(known) == 1 else "in a language that the encoder does not know"


def _known_words(known: AbstractSet[str]) -> str:
    names: dict[str, str] = read_languages()["languages"]
    return names[next(iter(known))] if len(known) == 1 else "words of a language that the encoder knows"
