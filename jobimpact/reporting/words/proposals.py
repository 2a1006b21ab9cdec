"""Further wordings of statements, drafted by a language model for a person to read and accept."""

from __future__ import annotations

import json
import re
import string
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.progress import track
from jobimpact.reporting.words.narrative import fields
from jobimpact.reporting.words.phrasebook import prompts
from jobimpact.reporting.words.wording import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.words.draft import Writer

_WORD = re.compile(r"[a-z]+(?:[-'][a-z]+)*")
_ENDS = {"en": ".", "zh": "。"}


@dataclass(frozen=True)
class Proposals:
    """Wordings of one statement that passed the filter, and how many did not."""

    statement: str  # part of data/narrative.toml and topic, such as sector.level
    text: str  # the wording that was to be put in other words
    texts: tuple[str, ...]
    n_refused: int  # repetitions included


def propose_wordings(writer: Writer, language: str = "en", statement: str = "", *, progress: bool = False) -> list[Proposals]:
    """Ask a language model for further wordings of a `statement`, such as ``sector.level``, or of all.

    A statement that is not in the language is an InputError.
    """
    entries = [entry for entry in _statements(language) if statement in ("", entry[0])]
    if not entries:
        names = ", ".join(dict.fromkeys(name for name, _ in _statements(language)))
        raise InputError(f"--statement {statement!r}: expected one of {names}")
    questions = [prompts(language)["propose"].format(text=texts[0]) for _, texts in entries]
    lines: list[list[str]] = [[] for _ in entries]
    n_refused = [0] * len(entries)
    for seed in range(int(assumption("phrasebook", "proposals"))):
        label = f"Proposal {seed + 1}"
        for number, text, _ in track(writer.write(questions, seed), label, show=progress, total=len(questions)):
            line, wordings = text.strip().strip("\"'"), entries[number][1]
            if line in (*wordings, *lines[number]) or find_fault(line, wordings[0], language):
                n_refused[number] += 1
            else:
                lines[number].append(line)
    results = zip(entries, lines, n_refused, strict=True)
    return [Proposals(name, wordings[0], tuple(texts), count) for (name, wordings), texts, count in results]


def _statements(language: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of each statement and its wordings, the first one first."""
    for part, entries in wording(language).items():
        for entry in entries if isinstance(entries, list) and entries and isinstance(entries[0], dict) else ():
            for choice in entry["wordings"]:
                yield f"{part}.{entry['topic']}", (choice["text"], *choice.get("others", ()))


def find_fault(text: str, first: str, language: str = "en") -> str:
    """Return why `text` cannot be another wording of the statement that begins with `first`; empty where it may be.

    Only what a machine can see is looked at: slots, digits, the end, and words of direction, degree and denial.
    Whether the two say the same is for a person to judge.

    Examples
    --------
    >>> find_fault("Exposure is lower in {name}.", "It is higher in {name}.")
    'higher 0 times instead of 1'
    """
    try:
        slots, literals = fields(text), "".join(literal for literal, *_ in string.Formatter().parse(text))
    except ValueError:
        return "braces that do not fit together"
    if Counter(slots) != Counter(fields(first)):
        return "other slots"
    if re.search(r"\d", literals):
        return "a digit"
    if not text.endswith(_ENDS[language]):
        return "no full stop at the end"
    counts, first_counts = _guarded(text, language), _guarded(first, language)
    for word in prompts(language)["guarded"]:
        if counts[word] != first_counts[word]:
            return f"{word} {counts[word]} times instead of {first_counts[word]}"
    return ""


def _guarded(text: str, language: str) -> Counter[str]:
    bare = re.sub(r"\{[^}]*\}", " ", text).lower()
    if language == "zh":
        return Counter({word: bare.count(word) for word in prompts(language)["guarded"]})
    return Counter(_WORD.findall(bare))


def proposals_file(proposals: Sequence[Proposals], model: str, language: str) -> str:
    """Return the proposals as TOML for a person to read."""
    file = f"data/narrative{'' if language == 'en' else f'_{language}'}.toml"
    lines = [
        f"# Wordings that {model} proposes for {file}. A filter has looked at slots, digits and words of direction and",
        "# denial, at nothing else: copy what is true whenever the first wording is, and what reads well.",
    ]
    # A text of JSON is one of TOML too.
    quoted = partial(json.dumps, ensure_ascii=False)
    for entry in (entry for entry in proposals if entry.texts):
        lines += ["", "[[proposals]]", f"statement = {quoted(entry.statement)}", f"text = {quoted(entry.text)}"]
        lines += ["others = [", *(f"    {quoted(text)}," for text in entry.texts), "]"]
    return "\n".join([*lines, ""])
