"""The summary: plain prose in which every figure is a claim and every name a row."""

from __future__ import annotations

import itertools
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.cells import DIFFERENCE
from jobimpact.reporting.claims import RANK, Claim, claim_id, read_claims
from jobimpact.reporting.selection import BETA, BILL, HIGH, NATION
from jobimpact.reporting.wording import threshold, wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

_ENDS = {"sectors": ("sectors", "*"), "areas": ("areas", "*"), "groups": ("groups", "group_type=soc_major")}
_NATIONAL = {
    "mean": BETA,
    "n_occupations": "n_occupations",
    "emp_matched": "emp_matched",
    "tot_emp": "tot_emp",
    "matched_share": "matched_share",
    "share_50": "share_workers_50",
    "share_10": "share_workers_10",
    "bill": BILL,
}


@dataclass(frozen=True)
class Name:
    """The name of a table's row within a sentence."""

    text: str
    table_name: str
    row_key: str


@dataclass(frozen=True)
class Sentence:
    """One sentence of the summary.

    Attributes
    ----------
    topic, paragraph
        What it is about, and the paragraph it stands in (data/narrative.toml).
    parts
        Literal text without digits, claims and names, in the order of reading.
    claims
        Every claim that it rests on, also those it does not print: the ranks behind "highest", the steps behind "rises".
    written_by
        Empty for the realiser, else the name of the language model whose wording was verified against the claims.
    """

    topic: str
    paragraph: str
    parts: tuple[str | Claim | Name, ...]
    claims: tuple[Claim, ...]
    written_by: str = ""

    @property
    def text(self) -> str:
        """The sentence as printed."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


@dataclass(frozen=True)
class _Slot:
    """What a placeholder stands for, and the claims behind it."""

    parts: tuple[str | Claim | Name, ...]
    claims: tuple[Claim, ...]

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


def summarise(claims: pd.DataFrame, language: str = "en") -> list[Sentence]:
    """Write the summary of a study from its claims.

    The same claims give the same sentences. A sentence whose figures are not known is left out.

    Parameters
    ----------
    claims
        Table ``claims``, see :func:`jobimpact.reporting.claims.make_claims`.
    language
        A language of data/narrative.toml.

    Returns
    -------
    list of Sentence
        In the order of reading.
    """
    words = wording(language)
    slots = _slots(_Lookup(read_claims(claims)), words)
    found = (_realise(entry, slots) for entry in words["sentences"])
    return [sentence for sentence in found if sentence is not None]


def _realise(entry: Mapping[str, Any], slots: Mapping[str, _Slot]) -> Sentence | None:
    for choice in entry["wordings"]:
        asked = choice.get("when", {})
        pieces = list(string.Formatter().parse(choice["text"]))
        fields = [field for _, field, _, _ in pieces if field]
        if not all(name in slots for name in (*asked, *fields)):
            continue
        if any(slots[name].text != text for name, text in asked.items()):
            continue
        parts: list[str | Claim | Name] = []
        for literal, field, _, _ in pieces:
            parts += [literal] if literal else []
            parts += slots[field].parts if field else ()
        behind = dict.fromkeys(claim for name in (*fields, *asked) for claim in slots[name].claims)
        return Sentence(entry["topic"], entry["paragraph"], tuple(parts), tuple(behind))
    return None


class _Lookup:
    """Finds claims by what they are bound to."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._by_id = {claim.claim_id: claim for claim in claims}

    def find(self, kind: str, table_name: str, row_key: str, column_name: str, unit: str = "") -> Claim | None:
        return self._by_id.get(claim_id(kind, table_name, row_key, column_name, unit))

    def ranked(self, table_name: str, column_name: str, end: str, start: str = "") -> list[Claim]:
        """Return the rank claims from that end, best first, of rows whose key begins with `start`."""
        unit = RANK.format(end=end)
        ranks = [
            claim
            for claim in self._by_id.values()
            if (claim.table_name, claim.column_name, claim.unit) == (table_name, column_name, unit)
            and claim.row_key.startswith(start)
        ]
        return sorted(ranks, key=lambda claim: claim.value)

    def cells(self, table_name: str, column_name: str, start: str = "") -> list[Claim]:
        """Return the claims of single cells, in the order of the ledger."""
        return [
            claim
            for claim in self._by_id.values()
            if claim.kind in ("value", "share")
            and (claim.table_name, claim.column_name) == (table_name, column_name)
            and claim.row_key.startswith(start)
        ]


def _slots(lookup: _Lookup, words: Mapping[str, Any]) -> dict[str, _Slot]:
    slots: dict[str, _Slot] = {}
    for name, column in _NATIONAL.items():
        _put(slots, name, lookup.find("value", "groups", NATION, column))
    _put(slots, "bill_direction", lookup.find("direction", "groups", NATION, f"{BILL}{DIFFERENCE}{BETA}"))
    for name in _ENDS:
        _put_ends(slots, lookup, words, name)
    _put_wages(slots, lookup)
    _put_high(slots, lookup, words)
    low = lookup.ranked("sectors", "matched_share", "bottom")
    if low:
        _put(slots, "coverage_lowest", low[0])
        slots["coverage_list"] = _named(lookup, words, low, "matched_share")
    return slots


def _put(slots: dict[str, _Slot], name: str, claim: Claim | None, behind: Sequence[Claim] = ()) -> None:
    if claim is not None:
        slots[name] = _Slot((claim,), (claim, *behind))


def _put_ends(slots: dict[str, _Slot], lookup: _Lookup, words: Mapping[str, Any], name: str) -> None:
    """Fill the slots of a table's two ends: how many rows, the highest, the lowest, and the gap between them."""
    table_name, conditions = _ENDS[name]
    start = "soc_major|" if table_name == "groups" else ""
    top = lookup.ranked(table_name, BETA, "top", start)
    bottom = lookup.ranked(table_name, BETA, "bottom", start)
    if not top or not bottom:
        return
    _put(slots, f"{name}_n", lookup.find("count", table_name, conditions, BETA))
    _put(slots, f"{name}_highest", top[0])
    _put(slots, f"{name}_lowest", bottom[0])
    slots[f"{name}_top"] = _named(lookup, words, top, BETA)
    slots[f"{name}_bottom"] = _named(lookup, words, bottom, BETA)
    for side, rank in (("high", top[0]), ("low", bottom[0])):
        _put(slots, f"{name}_{side}", lookup.find("value", table_name, rank.row_key, BETA), [rank])
        slots[f"{name}_{side}_name"] = _name(rank)
    ends = f"{top[0].row_key}{DIFFERENCE}{bottom[0].row_key}"
    _put(slots, f"{name}_gap", lookup.find("difference", table_name, ends, BETA))
    _put(slots, f"{name}_direction", lookup.find("direction", table_name, ends, BETA))


def _put_wages(slots: dict[str, _Slot], lookup: _Lookup) -> None:
    """Fill the slots of the wage fifths: the two ends, the extremes, and the path between the ends."""
    fifths = lookup.cells("groups", BETA, "wage_quintile|")
    if len(fifths) < 2:  # noqa: PLR2004 - a gradient needs two ends
        return
    for name, claim in (("bottom", fifths[0]), ("top", fifths[-1])):
        _put(slots, f"wage_{name}", claim)
        slots[f"wage_{name}_name"] = _name(claim)
    for name, end in (("highest", "top"), ("lowest", "bottom")):
        rank = lookup.ranked("groups", BETA, end, "wage_quintile|")[0]
        _put(slots, f"wage_{name}", rank)
        _put(slots, f"wage_{name}_value", lookup.find("value", "groups", rank.row_key, BETA))
        slots[f"wage_{name}_name"] = _name(rank)
    whole = _direction(lookup, fifths[-1], fifths[0])
    steps = [_direction(lookup, upper, lower) for lower, upper in itertools.pairwise(fifths)]
    known = [step for step in steps if step is not None]
    if whole is None or len(known) != len(steps):
        return
    _put(slots, "wage_direction", whole)
    path = _path(whole.value, [step.value for step in known], [claim.value for claim in fifths])
    slots["wage_path"] = _Slot((path,), (whole, *known, *fifths))
    if path == "turns":
        _put_turn(slots, fifths, known, rising=whole.value > 0)


def _put_turn(slots: dict[str, _Slot], fifths: Sequence[Claim], steps: Sequence[Claim], *, rising: bool) -> None:
    """Fill the slots of the step that goes furthest against the direction of the whole."""
    worst = (min if rising else max)(range(len(steps)), key=lambda step: steps[step].value)
    _put(slots, "turn_direction", steps[worst])
    for name, claim in (("turn", fifths[worst + 1]), ("turn_from", fifths[worst])):
        _put(slots, f"{name}_value", claim)
        slots[f"{name}_name"] = _name(claim)


def _path(whole: float, steps: Sequence[float], levels: Sequence[float]) -> str:
    """Return how exposure moves from the lowest-paid fifth to the highest-paid; differences below the threshold are none."""
    least = threshold("about_equal")
    if abs(whole) < least:
        ends = levels[0], levels[-1]
        if max(levels) - max(ends) >= least:
            return "arched"
        return "hollow" if min(ends) - min(levels) >= least else "flat"
    sign = 1 if whole > 0 else -1
    verb = "rises" if whole > 0 else "falls"
    if any(sign * step <= -least for step in steps):
        return "turns"
    return f"{verb} at every step" if all(sign * step >= least for step in steps) else verb


def _put_high(slots: dict[str, _Slot], lookup: _Lookup, words: Mapping[str, Any]) -> None:
    """Fill the slots of the highly exposed occupations."""
    high = f"{HIGH.format(cut=threshold('high_exposure'))}|tot_emp>=0"
    _put(slots, "high_n", lookup.find("count", "occupations", high, "tot_emp"))
    _put(slots, "high_jobs", lookup.find("sum", "occupations", high, "tot_emp"))
    largest = lookup.cells("occupations", "tot_emp")
    if largest:
        slots["high_list"] = _named(lookup, words, largest, BETA, jobs=True)
    top = lookup.ranked("occupations", BETA, "top")
    if top:
        _put(slots, "occupations_highest", top[0])
        slots["occupations_top"] = _named(lookup, words, top, BETA)


def _direction(lookup: _Lookup, upper: Claim, lower: Claim) -> Claim | None:
    return lookup.find("direction", "groups", f"{upper.row_key}{DIFFERENCE}{lower.row_key}", BETA)


def _name(claim: Claim) -> _Slot:
    return _Slot((Name(claim.row_title, claim.table_name, claim.row_key),), (claim,))


def _named(lookup: _Lookup, words: Mapping[str, Any], rows: Sequence[Claim], column: str, *, jobs: bool = False) -> _Slot:
    """Return "A (0.5), B (0.4) and C (0.3)" for the rows of the claims, resting on those claims too."""
    lists = words["lists"]
    items = [list(_item(lookup, lists["item_with_jobs" if jobs else "item"], row, column)) for row in rows]
    ending = "_with_commas" if any("," in row.row_title for row in rows) else ""
    parts: list[str | Claim | Name] = []
    for place, item in enumerate(items):
        if place:
            parts.append(lists[("last" if place == len(items) - 1 else "separator") + ending])
        parts += item
    return _Slot(tuple(parts), (*(part for part in parts if isinstance(part, Claim)), *rows))


def _item(lookup: _Lookup, template: str, row: Claim, column: str) -> Iterator[str | Claim | Name]:
    columns = {"value": column, "jobs": "tot_emp"}
    for literal, field, _, _ in string.Formatter().parse(template):
        if literal:
            yield literal
        if field == "name":
            yield Name(row.row_title, row.table_name, row.row_key)
        elif field:
            claim = lookup.find("value", row.table_name, row.row_key, columns[field])
            if claim is not None:
                yield claim
