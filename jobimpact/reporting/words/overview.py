"""The summary of a study: what its placeholders stand for, from the claims alone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from jobimpact.reporting.claims.cells import DIFFERENCE
from jobimpact.reporting.claims.claims import RANK, Claim, claim_id, read_claims
from jobimpact.reporting.claims.facts import localise_claim
from jobimpact.reporting.claims.selection import BETA, BILL, HIGH, NATION
from jobimpact.reporting.words.narrative import Slot, Slots, interval, item_slot, list_slot, name_slot, put, state_slot
from jobimpact.reporting.words.wording import direction_state, threshold, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def overview_slots(claims: pd.DataFrame, language: str = "en") -> Slots:
    """Return what the placeholders of the summary stand for.

    Parameters
    ----------
    claims
        Table ``claims`` of a study.
    language
        ``en`` or ``zh``.
    """
    return _slots(_Lookup([localise_claim(claim, language) for claim in read_claims(claims)], language))


class _Lookup:
    """Finds claims by what they are bound to."""

    def __init__(self, claims: Sequence[Claim], language: str) -> None:
        self.language = language
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


def _slots(lookup: _Lookup) -> Slots:
    slots: Slots = {}
    for name, column in _NATIONAL.items():
        put(slots, name, lookup.find("value", "groups", NATION, column))
    put(slots, "bill_direction", lookup.find("direction", "groups", NATION, f"{BILL}{DIFFERENCE}{BETA}"))
    for name in _ENDS:
        _put_ends(slots, lookup, name)
    _put_wages(slots, lookup)
    _put_high(slots, lookup)
    low = lookup.ranked("sectors", "matched_share", "bottom")
    if low:
        put(slots, "coverage_lowest", low[0])
        slots["coverage_list"] = _named(lookup, low, "matched_share")
    return slots


def _put_ends(slots: Slots, lookup: _Lookup, name: str) -> None:
    """Fill the slots of a table's two ends: how many rows, the highest, the lowest, and the gap between them."""
    table_name, conditions = _ENDS[name]
    start = "soc_major|" if table_name == "groups" else ""
    top = lookup.ranked(table_name, BETA, "top", start)
    bottom = lookup.ranked(table_name, BETA, "bottom", start)
    if not top or not bottom:
        return
    put(slots, f"{name}_n", lookup.find("count", table_name, conditions, BETA))
    put(slots, f"{name}_highest", top[0])
    put(slots, f"{name}_lowest", bottom[0])
    slots[f"{name}_top"] = _named(lookup, top, BETA)
    slots[f"{name}_bottom"] = _named(lookup, bottom, BETA)
    for side, rank in (("high", top[0]), ("low", bottom[0])):
        put(slots, f"{name}_{side}", lookup.find("value", table_name, rank.row_key, BETA), [rank])
        slots[f"{name}_{side}_name"] = name_slot(rank)
    ends = f"{top[0].row_key}{DIFFERENCE}{bottom[0].row_key}"
    put(slots, f"{name}_gap", lookup.find("difference", table_name, ends, BETA))
    put(slots, f"{name}_direction", lookup.find("direction", table_name, ends, BETA))


def _put_wages(slots: Slots, lookup: _Lookup) -> None:
    """Fill the slots of the wage fifths: the two ends, the extremes, and the path between the ends."""
    fifths = lookup.cells("groups", BETA, "wage_quintile|")
    if len(fifths) < 2:  # noqa: PLR2004 - a gradient needs two ends
        return
    for name, claim in (("bottom", fifths[0]), ("top", fifths[-1])):
        put(slots, f"wage_{name}", claim)
        slots[f"wage_{name}_name"] = name_slot(claim)
    for name, end in (("highest", "top"), ("lowest", "bottom")):
        rank = lookup.ranked("groups", BETA, end, "wage_quintile|")[0]
        put(slots, f"wage_{name}", rank)
        put(slots, f"wage_{name}_value", lookup.find("value", "groups", rank.row_key, BETA))
        slots[f"wage_{name}_name"] = name_slot(rank)
    whole = _direction(lookup, fifths[-1], fifths[0])
    steps = [_direction(lookup, upper, lower) for lower, upper in itertools.pairwise(fifths)]
    known = [step for step in steps if step is not None]
    if whole is None or len(known) != len(steps):
        return
    put(slots, "wage_direction", whole)
    path = _path(whole, known, [claim.value for claim in fifths])
    slots["wage_path"] = state_slot(path, (whole, *known, *fifths))
    if path == "turns":
        _put_turn(slots, fifths, known, rising=whole.value > 0)


def _put_turn(slots: Slots, fifths: Sequence[Claim], steps: Sequence[Claim], *, rising: bool) -> None:
    """Fill the slots of the step that goes furthest against the direction of the whole."""
    worst = (min if rising else max)(range(len(steps)), key=lambda step: steps[step].value)
    put(slots, "turn_direction", steps[worst])
    for name, claim in (("turn", fifths[worst + 1]), ("turn_from", fifths[worst])):
        put(slots, f"{name}_value", claim)
        slots[f"{name}_name"] = name_slot(claim)


def _path(whole: Claim, steps: Sequence[Claim], levels: Sequence[float]) -> str:
    """Return how exposure moves from the lowest-paid fifth to the highest-paid; what may not be compared is no difference."""
    least, state, states = threshold("about_equal"), _state(whole), [_state(step) for step in steps]
    if state == "untold":
        return state
    if state == "equal":
        ends, told = (levels[0], levels[-1]), {"more", "less"} <= set(states)
        if told and max(levels) - max(ends) >= least:
            return "arched"
        return "hollow" if told and min(ends) - min(levels) >= least else "flat"
    verb, against = ("rises", "less") if state == "more" else ("falls", "more")
    if against in states:
        return "turns"
    if set(states) == {state}:
        return f"{verb} at every step"
    return f"{verb}, steps untold" if "untold" in states else verb


def _state(claim: Claim) -> str:
    return direction_state(claim.value, *interval(claim))


def _put_high(slots: Slots, lookup: _Lookup) -> None:
    """Fill the slots of the highly exposed occupations."""
    high = f"{HIGH.format(cut=threshold('high_exposure'))}|tot_emp>=0"
    put(slots, "high_n", lookup.find("count", "occupations", high, "tot_emp"))
    put(slots, "high_jobs", lookup.find("sum", "occupations", high, "tot_emp"))
    largest = lookup.cells("occupations", "tot_emp")
    if largest:
        slots["high_list"] = _named(lookup, largest, BETA, jobs=True)
    top = lookup.ranked("occupations", BETA, "top")
    if top:
        put(slots, "occupations_highest", top[0])
        slots["occupations_top"] = _named(lookup, top, BETA)


def _direction(lookup: _Lookup, upper: Claim, lower: Claim) -> Claim | None:
    return lookup.find("direction", "groups", f"{upper.row_key}{DIFFERENCE}{lower.row_key}", BETA)


def _named(lookup: _Lookup, rows: Sequence[Claim], column: str, *, jobs: bool = False) -> Slot:
    """Return "A (0.5), B (0.4) and C (0.3)" for the rows of the claims, resting on those claims too."""
    template = wording(lookup.language)["lists"]["item_with_jobs" if jobs else "item"]
    items = []
    for row in rows:
        slots = {"name": name_slot(row)}
        for field, name in (("value", column), ("jobs", "tot_emp")):
            put(slots, field, lookup.find("value", row.table_name, row.row_key, name))
        items.append(item_slot(template, slots, [row]))
    return list_slot(items, lookup.language)
