"""What the overview says of groups of people and of its own certainty: what the placeholders stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.reporting.claims.cells import BETA, NATION, Cell
from jobimpact.reporting.words.narrative import Name, Slot, Slots, name_slot, put, state_slot
from jobimpact.reporting.words.sector_state import put_interval, put_judges
from jobimpact.reporting.words.wording import wording

if TYPE_CHECKING:
    from jobimpact.reporting.claims.facts import Facts

_ENDS = {"education": "education", "zone": "job_zone"}
_WOMEN, _MEN = "sex|women", "sex|men"


def people_slots(facts: Facts) -> Slots:
    """Return what the placeholders of the sentences on education, preparation, women and men stand for."""
    slots: Slots = {}
    for name, kind in _ENDS.items():
        keys = facts.ordered("groups", BETA, f"group_type={kind}")
        # Jobs whose education or preparation nobody states are no level of it.
        keys = [key for key in keys if key != f"{kind}|unknown"]
        if len(keys) > 1:
            _put_ends(slots, facts, name, keys[0], keys[-1])
    women, men = (facts.value("groups", key, BETA) for key in (_WOMEN, _MEN))
    put(slots, "women", women)
    put(slots, "men", men)
    put(slots, "sex_direction", facts.direction(Cell("groups", _WOMEN, BETA), Cell("groups", _MEN, BETA)))
    if slots:
        slots["people"] = state_slot("yes", [])
    return slots


def _put_ends(slots: Slots, facts: Facts, name: str, top: str, bottom: str) -> None:
    for word, key, end, extreme in (("high", top, "top", "highest"), ("low", bottom, "bottom", "lowest")):
        claim = facts.value("groups", key, BETA)
        rank = facts.rank("groups", key, BETA, end)
        put(slots, f"{name}_{word}", claim, [rank])
        # Jobs of no known group have a place in the order too: then none of the groups is at its end.
        if rank is not None and rank.value == 1:
            put(slots, f"{name}_{extreme}", rank)
        if claim is not None:
            slots[f"{name}_{word}_name"] = name_slot(claim)
    put(slots, f"{name}_direction", facts.direction(Cell("groups", top, BETA), Cell("groups", bottom, BETA)))


def certainty_slots(facts: Facts) -> Slots:
    """Return what the placeholders of the sentences on the variance of the national mean stand for."""
    slots: Slots = {}
    put(slots, "mean", facts.value("groups", NATION, BETA))
    put_interval(slots, facts, "groups", NATION)
    put_judges(slots, facts, "groups", NATION)
    if "low" in slots:
        slots["interval"] = state_slot("known", slots["low"].claims)
    row, names = f"groups|{NATION}|{BETA}|", wording(facts.language)["names"]
    causes = [name.partition(".")[2] for name in names if name.startswith("causes.")]
    components = facts.values("variance_ledger", [row + cause for cause in causes], "variance_share")
    if components:
        most = max(components, key=lambda claim: claim.value)
        put(slots, "cause_share", most, components)
        cause = most.row_key.rpartition("|")[2]
        slots["cause_name"] = Slot((Name(names[f"causes.{cause}"], "variance_ledger", most.row_key),), tuple(components), cause)
    return slots
