"""What the comparison of two studies says: what its placeholders stand for, each stated as a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.reporting.cells import DIFFERENCE
from jobimpact.reporting.narrative import Name, Slot, Slots, claim_slot, item_slot, list_slot, name_slot, state_slot
from jobimpact.reporting.narrative_rows import put
from jobimpact.reporting.wording import threshold, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.selection_facts import Facts

_SIDES = "change_sides"
_KINDS = {"sectors": "sectors", "states": "areas"}


def change_slots(facts: Facts, estimate: str) -> Slots:
    """Return what the placeholders of a comparison stand for.

    Parameters
    ----------
    facts
        With ``change_sides``, ``change_factors``, ``change_occupations`` and ``change_rows`` among its tables, as far as
        they could be made.
    estimate
        Which estimate is compared, in its short form.
    """
    slots: Slots = {}
    for side in ("before", "after"):
        claim = facts.value(_SIDES, side, "side_estimate")
        put(slots, side, claim)
        if claim is not None:
            slots[f"{side}_name"] = name_slot(claim)
            slots["estimate"] = Slot((Name(estimate, _SIDES, side),), (claim,), estimate)
    ends = f"after{DIFFERENCE}before"
    direction = facts.direction(_SIDES, ends, "side_estimate")
    put(slots, "direction", direction)
    if direction is not None:
        ends = f"before{DIFFERENCE}after" if direction.value < 0 else ends
        put(slots, "gap", facts.difference(_SIDES, ends, "side_estimate"), [direction])
    _put_factors(slots, facts)
    _put_movers(slots, facts)
    _put_rows(slots, facts)
    return slots


def _put_factors(slots: Slots, facts: Facts) -> None:
    """Fill how many causes differ, all of them with their parts, and the one with the largest."""
    number = facts.count("change_factors", "factor_differs=True", "change_part")
    put(slots, "factors_n", number)
    keys = facts.ordered("change_factors", "change_part", "factor_differs=True")
    claims = [claim for claim in (facts.value("change_factors", key, "change_part") for key in keys) if claim is not None]
    claims.sort(key=lambda claim: -abs(claim.value))
    if claims:
        template = wording(facts.language)["lists"]["item_effect"]
        items = [item_slot(template, {"name": name_slot(claim), "effect": claim_slot(claim)}) for claim in claims]
        slots["factors"] = list_slot(items, facts.language)
        put(slots, "largest_part", claims[0], claims)
        slots["largest_name"] = Slot(name_slot(claims[0]).parts, tuple(claims), claims[0].row_title)


def _put_movers(slots: Slots, facts: Facts) -> None:
    """Fill the occupations that move the estimate most."""
    if "change_occupations" not in facts.tables:
        return
    keys = [str(key) for key in facts.tables["change_occupations"]["soc_code"]][: int(threshold("named"))]
    template = wording(facts.language)["lists"]["item_mover"]
    items = []
    for key in keys:
        own: Slots = {}
        for name in ("composition", "content_part"):
            put(own, name, facts.value("change_occupations", key, name))
        if own:
            own["name"] = name_slot(next(iter(own.values())).claims[0])
            items.append(item_slot(template, own))
    if items:
        slots["movers"] = list_slot(items, facts.language)
        slots["movers_n"] = state_slot("one" if len(items) == 1 else "several", slots["movers"].claims)


def _put_rows(slots: Slots, facts: Facts) -> None:
    """Fill in how many sectors and states exposure is higher or lower than before, and which moved most."""
    least = f"{threshold('about_equal'):.2f}"
    for name, table_name in _KINDS.items():
        own = f"table_name={table_name}"
        for word, condition in (("n", ""), ("up", f"|beta_change>={least}"), ("down", f"|beta_change<-{least}")):
            put(slots, f"{name}_{word}", facts.count("change_rows", own + condition, "beta_change"))
        keys = facts.ordered("change_rows", "beta_change", own)
        moved = [claim for claim in (facts.value("change_rows", key, "beta_change") for key in _ends(keys)) if claim is not None]
        if moved:
            most = max(moved, key=lambda claim: abs(claim.value))
            state = "none" if abs(most.value) < threshold("about_equal") else "some"
            slots[f"{name}_moved"] = state_slot(state, moved)
            slots[f"{name}_most"] = Slot(name_slot(most).parts, tuple(moved), most.row_title)
            for side in ("before", "after"):
                put(slots, f"{name}_most_{side}", facts.value("change_rows", most.row_key, f"beta_{side}"), moved)


def _ends(keys: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*keys[:1], *keys[-1:]]))
