"""What a language model is shown of a sentence: its wording, with placeholders for every figure and every name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.words.narrative import Name
from jobimpact.reporting.writer.lexicon import read_writer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobimpact.reporting.words.narrative import Sentence

Part = str | Claim | Name
_PLACE = re.compile(r"\[\s*([CN])\s*(\d+)\s*\]")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Template:
    """A sentence without its figures and names.

    Attributes
    ----------
    text
        With ``[C1]`` for the first figure, ``[N1]`` for the first name, and so on. Words of order, such as higher and
        second lowest, stand there as they are: a model may turn them round, and the verification sees to it.
    parts
        What each placeholder stands for.
    """

    text: str
    parts: dict[str, Claim | Name]


def make_template(sentence: Sentence) -> Template:
    """Return the template of `sentence`; nothing of a user's text is left in it."""
    text, parts = "", {}
    counts = {"C": 0, "N": 0}
    for part in sentence.parts:
        if isinstance(part, str) or (isinstance(part, Claim) and not _DIGIT.search(part.text)):
            text += part if isinstance(part, str) else part.text
            continue
        kind = "N" if isinstance(part, Name) else "C"
        counts[kind] += 1
        place = f"[{kind}{counts[kind]}]"
        parts[place] = part
        text += place
    return Template(text, parts)


def conversation(template: Template, language: str = "en") -> tuple[tuple[str, str], ...]:
    """Return what a model is told: role and content of each turn, the sentence last.

    Raises
    ------
    InputError
        If data/writer.toml has no prompt in the language.
    """
    prompts = read_writer()["prompts"]
    if language not in prompts:
        raise InputError(f"language {language!r}: data/writer.toml has prompts in {', '.join(prompts)}: add one")
    prompt = prompts[language]
    turns = [("system", prompt["system"])]
    for sentence, answer in prompt["examples"]:
        turns += [("user", prompt["ask"].replace("{sentence}", sentence)), ("assistant", answer)]
    return (*turns, ("user", prompt["ask"].replace("{sentence}", template.text)))


def fill(text: str, template: Template) -> tuple[Part, ...] | str:
    """Return the parts of what a model wrote, figures and names in their places; a text says why they cannot be.

    Parameters
    ----------
    text
        One line with the placeholders of `template`, each once.
    template
        Of the sentence that was reworded.
    """
    parts: list[Part] = []
    seen: list[str] = []
    start = 0
    for found in _PLACE.finditer(text):
        place = f"[{found[1]}{int(found[2])}]"
        if place not in template.parts:
            return f"placeholder {place} is none of the sentence's"
        seen.append(place)
        parts += [text[start : found.start()], template.parts[place]]
        start = found.end()
    parts.append(text[start:])
    repeated = sorted({place for place in seen if seen.count(place) > 1})
    missing = [place for place in template.parts if place not in seen]
    if repeated or missing:
        return f"placeholder {(repeated or missing)[0]} is {'repeated' if repeated else 'missing'}"
    literals = [part for part in parts if isinstance(part, str)]
    if any(_DIGIT.search(part) or "[" in part or "]" in part for part in literals):
        return "digits or brackets outside the placeholders"
    return tuple(part for part in parts if part != "")


def unfill(parts: Iterable[Part], template: Template) -> str:
    """Return the text from which :func:`fill` makes `parts`: figures and names are their placeholders again."""
    free = dict(template.parts)
    text = ""
    for part in parts:
        same = (place for place, known in free.items() if not isinstance(part, str) and _is_same(part, known))
        place = next(same, "")
        free.pop(place, None)
        # A word of order is a claim without a digit; no placeholder stands for it.
        text += place or (part if isinstance(part, str) else part.text)
    return text


def _is_same(part: Claim | Name, known: Claim | Name) -> bool:
    # Claims are compared by what names them: a missing end of an interval is unlike itself.
    if isinstance(part, Claim) and isinstance(known, Claim):
        return (part.claim_id, part.text) == (known.claim_id, known.text)
    return part == known


def filled_where_known(text: str, template: Template) -> str:
    """Return `text` with the placeholders that the sentence has filled in, whatever else is wrong with it."""
    return _PLACE.sub(lambda found: _printed(found, template), text)


def _printed(found: re.Match[str], template: Template) -> str:
    part = template.parts.get(f"[{found[1]}{int(found[2])}]")
    return found[0] if part is None else part.text


def with_words(parts: tuple[Part, ...], sentence: Sentence) -> tuple[Part, ...]:
    """Return `parts` in which words of order that the sentence prints as claims are those claims again."""
    words = [part for part in sentence.parts if isinstance(part, Claim) and not _DIGIT.search(part.text)]
    for claim in words:
        pattern = re.compile(rf"(?<![\w-]){re.escape(claim.text)}(?![\w-])")
        literals = [(n, part) for n, part in enumerate(parts) if isinstance(part, str) and pattern.search(part)]
        if len(literals) != 1 or len(pattern.findall(literals[0][1])) != 1:
            continue  # turned round, or there twice: then no word can be tied to the one claim
        number, literal = literals[0]
        before, after = pattern.split(literal)
        parts = (*parts[:number], *(part for part in (before, claim, after) if part != ""), *parts[number + 1 :])
    return parts
