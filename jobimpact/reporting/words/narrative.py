"""Sentences: plain prose in which every figure is a claim and every name a row."""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.words.wording import cuts, direction_state, format_value, wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jobimpact.reporting.claims.claims import Claim


@dataclass(frozen=True)
class Name:
    """The name of a table's row within a sentence."""

    text: str
    table_name: str
    row_key: str


@dataclass(frozen=True)
class Sentence:
    """One sentence of a report: literal text without digits, claims and names, in the order of reading."""

    topic: str  # what it is about, in data/narrative.toml, like the paragraph that it stands in
    paragraph: str
    parts: tuple[str | Claim | Name, ...]
    # all that it rests on, also those it does not print: the ranks behind highest, the steps behind rises
    claims: tuple[Claim, ...]
    written_by: str = ""  # language model that chose this wording; empty where none did
    # parts in each wording that people wrote, the first without a language model
    wordings: tuple[tuple[str | Claim | Name, ...], ...] = ()

    @property
    def text(self) -> str:
        """The sentence as printed."""
        return _text(self.parts)

    @property
    def texts(self) -> tuple[str, ...]:
        """The sentence in each of its wordings."""
        return tuple(_text(parts) for parts in self.wordings or (self.parts,))


@dataclass(frozen=True)
class Slot:
    """What a placeholder stands for: parts as a sentence prints them, and the claims that they rest on."""

    parts: tuple[str | Claim | Name, ...]
    claims: tuple[Claim, ...]
    state: str  # what conditions of wordings compare, the same in every language

    @property
    def text(self) -> str:
        """The parts as printed."""
        return _text(self.parts)


Slots = dict[str, Slot]


def _text(parts: Iterable[str | Claim | Name]) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def claim_slot(claim: Claim, behind: Sequence[Claim] = ()) -> Slot:
    """Return the slot of a claim, which rests on those `behind` it too."""
    return Slot((claim,), (claim, *behind), claim_state(claim))


def put(slots: Slots, name: str, claim: Claim | None, behind: Iterable[Claim | None] = ()) -> None:
    """Fill a slot with a claim, where there is one."""
    if claim is not None:
        slots[name] = claim_slot(claim, [other for other in behind if other is not None])


def name_slot(claim: Claim) -> Slot:
    """Return the slot of the name of a claim's row."""
    return Slot((Name(claim.row_title, claim.table_name, claim.row_key),), (claim,), claim.row_title)


def state_slot(state: str, claims: Iterable[Claim]) -> Slot:
    """Return a slot that is never printed: conditions of wordings compare its state, which rests on the claims."""
    return Slot((state,), tuple(claims), state)


def claim_state(claim: Claim) -> str:
    """Return what conditions compare of a claim: the word of a direction, or its figure as English prints it."""
    # In English whatever the language of the report, so that one condition serves all languages.
    if claim.kind == "direction":
        words: dict[str, str] = wording("en")["direction"]
        return words[direction_state(claim.value, *claim.interval)]
    return format_value(claim.value, claim.unit, claim.decimals)


def realise_all(entries: Iterable[Mapping[str, Any]], slots: Mapping[str, Slot]) -> list[Sentence]:
    """Return the sentences of `entries` of data/narrative.toml whose figures are known, in their order.

    The first wording whose conditions (``when``, of states) hold and whose placeholders are known is used;
    its ``others``, which say the same, stand beside it.
    """
    sentences = (_realise(entry, {**constants(), **slots}) for entry in entries)
    return [sentence for sentence in sentences if sentence is not None]


@cache
def constants() -> Slots:
    """Return the cuts and the ends of the scale, which are assumptions and no figures of a study; alike in all languages."""
    values = {**cuts("en"), "least": "0", "most": "1"}
    return {name: Slot((Name(text, "assumptions", name),), (), text) for name, text in values.items()}


def _realise(entry: Mapping[str, Any], slots: Mapping[str, Slot]) -> Sentence | None:
    for statement in entry["wordings"]:
        conditions, names = statement.get("when", {}), fields(statement["text"])
        if any(name not in slots or slots[name].state != state for name, state in conditions.items()):
            continue
        if not set(names) <= set(slots):
            continue
        wordings = tuple(_filled(text, slots) for text in (statement["text"], *statement.get("others", ())))
        claims = dict.fromkeys(claim for name in (*names, *conditions) for claim in slots[name].claims)
        return Sentence(entry["topic"], entry["paragraph"], wordings[0], tuple(claims), wordings=wordings)
    return None


def _filled(text: str, slots: Mapping[str, Slot]) -> tuple[str | Claim | Name, ...]:
    parts: list[str | Claim | Name] = []
    for literal, field, _, _ in string.Formatter().parse(text):
        parts += [literal] if literal else []
        parts += slots[field].parts if field else ()
    return tuple(parts)


def fields(text: str) -> list[str]:
    """Return the placeholders of a wording.

    Examples
    --------
    >>> fields("Exposure is {mean} in {name}.")
    ['mean', 'name']
    """
    return [field for _, field, _, _ in string.Formatter().parse(text) if field]


def list_slot(items: Sequence[Slot], language: str) -> Slot:
    """Return "A (0.5), B (0.4) and C (0.3)", resting on what the items rest on."""
    lists, names = wording(language)["lists"], [item.parts[0].text for item in items if isinstance(item.parts[0], Name)]
    # Two names are told apart by the word between them; more need a sign that no name has.
    parted = len(items) > 2 and any(sign in name for name in names for sign in lists["in_names"])  # noqa: PLR2004
    ending = "_with_commas" if parted else ""
    parts: list[str | Claim | Name] = []
    for index, item in enumerate(items):
        if index:
            parts.append(lists[("last" if index == len(items) - 1 else "separator") + ending])
        parts += item.parts
    claims = tuple(dict.fromkeys(claim for item in items for claim in item.claims))
    return Slot(tuple(parts), claims, _text(parts))


def item_slot(template: str, slots: Mapping[str, Slot], behind: Sequence[Claim] = ()) -> Slot:
    """Return an item of a list, such as "{name} ({value})"; placeholders that are not known are left out."""
    parts: list[str | Claim | Name] = []
    claims: list[Claim] = []
    for literal, field, _, _ in string.Formatter().parse(template):
        parts += [literal] if literal else []
        if field and field in slots:
            parts += slots[field].parts
            claims += slots[field].claims
    return Slot(tuple(parts), tuple(dict.fromkeys((*claims, *behind))), _text(parts))
