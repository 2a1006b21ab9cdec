"""What the comparison of two studies says: what its placeholders stand for, each stated as a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption
from jobimpact.reporting.claims.cells import Cell
from jobimpact.reporting.words.narrative import Name, Slot, Slots, claim_slot, item_slot, list_slot, name_slot, put, state_slot
from jobimpact.reporting.words.wording import format_value, threshold, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.estimates.change.change import Change
    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.claims.facts import Facts

_SIDES = "change_sides"
_KINDS = {"sectors": "sectors", "states": "areas"}


def change_slots(facts: Facts, estimate: str, explanation: Change | None) -> Slots:
    """Return what the placeholders of a comparison stand for, as far as its tables could be made.

    `estimate` says in words what is compared; there is no `explanation` where it could not be made again.
    """
    slots: Slots = {}
    for side in ("before", "after"):
        claim = facts.value(_SIDES, side, "side_estimate")
        put(slots, side, claim)
        if claim is not None:
            slots[f"{side}_name"] = name_slot(claim)
            slots["estimate"] = Slot((Name(estimate, _SIDES, side),), (claim,), estimate)
    before, after = (Cell(_SIDES, side, "side_estimate") for side in ("before", "after"))
    direction = facts.direction(after, before)
    put(slots, "direction", direction)
    if direction is not None:
        gap = facts.difference(before, after) if direction.value < 0 else facts.difference(after, before)
        put(slots, "gap", gap, [direction])
    if explanation is not None:
        _put_certainty(slots, facts, common=explanation.common_errors)
        _put_notes(slots, facts, explanation)
    _put_factors(slots, facts)
    _put_movers(slots, facts)
    _put_rows(slots, facts)
    return slots


def _put_certainty(slots: Slots, facts: Facts, *, common: bool) -> None:
    """Fill the interval of the change, or that it is not known, and the change by each judge."""
    for end in ("low", "high"):
        put(slots, f"change_{end}", facts.value(_SIDES, "after", f"side_change_{end}"))
    state = "unknown" if "change_low" not in slots else "common" if common else "independent"
    slots["intervals"] = state_slot(state, slots["after"].claims)
    judges = facts.values("change_raters", facts.ordered("change_raters", "rater_change")[::-1], "rater_change")
    if len(judges) > 1:
        slots["judges"] = _effects(judges, facts.language)


def _effects(claims: Sequence[Claim], language: str, scale: str = "") -> Slot:
    """Return "A (0.01) and B (-0.02)"."""
    template, more = wording(language)["lists"]["item_effect"], {"scale": Slot((scale,), (), scale)} if scale else {}
    items = [item_slot(template, {"name": name_slot(claim), "effect": claim_slot(claim), **more}) for claim in claims]
    return list_slot(items, language)


def _put_notes(slots: Slots, facts: Facts, explanation: Change) -> None:
    """Fill what could not be exchanged between the studies, and whether one holds another figure than its tables give."""
    for side in ("before", "after"):
        for name, column in (("tasks", "side_tasks"), ("unscored", "side_unscored"), ("unscored_share", "side_unscored_share")):
            put(slots, f"{side}_{name}", facts.value(_SIDES, side, column))
        stored, recomputed = (facts.value(_SIDES, side, column) for column in ("side_stored", "side_estimate"))
        if stored is not None and recomputed is not None:
            state = (
                "differs" if abs(stored.value - recomputed.value) > float(assumption("change", "stored_tolerance")) else "same"
            )
            slots[f"{side}_stored"] = state_slot(state, [stored, recomputed])
    counts = {side: slots[f"{side}_unscored"].claims[0] for side in ("before", "after")}
    sides = [side for side, claim in counts.items() if claim.value]
    slots["unscored"] = state_slot(" and ".join(sides) or "none", counts.values())
    slots["missing_scores"] = state_slot(str(assumption("change", "missing_scores")) if sides else "none", ())
    slots["own_weights"] = state_slot(" and ".join(explanation.own_weights) or "none", ())


def _put_factors(slots: Slots, facts: Facts) -> None:
    """Fill how many causes differ, all of them with their parts, and the one with the largest."""
    number = facts.count("change_factors", "factor_differs=True", "change_part")
    put(slots, "factors_n", number)
    keys = facts.ordered("change_factors", "change_part", "factor_differs=True")
    claims = facts.values("change_factors", keys, "change_part")
    # The largest part first, whichever way it moves the estimate.
    claims.sort(key=lambda claim: -abs(claim.value))
    if claims:
        # Points of a share say what they are; parts of a mean do not.
        scale = "" if claims[0].unit == "percentage points" else wording(facts.language)["lists"]["on_scale"]
        slots["factors"] = _effects(claims, facts.language, scale)
        put(slots, "largest_part", claims[0], claims)
        slots["largest_name"] = Slot(name_slot(claims[0]).parts, tuple(claims), claims[0].row_title)


def _put_movers(slots: Slots, facts: Facts) -> None:
    """Fill the occupations that move the estimate most, each with the parts that do not print as nothing."""
    if "change_occupations" not in facts.tables:
        return
    lists = wording(facts.language)["lists"]
    items = []
    for key in [str(key) for key in facts.tables["change_occupations"]["soc_code"]][: int(threshold("named"))]:
        parts: Slots = {}
        for name in ("composition", "content_part"):
            claim = facts.value("change_occupations", key, name)
            # A part that prints as 0.000 says nothing.
            if claim is not None and claim.text != format_value(0.0, claim.unit, claim.decimals, facts.language):
                put(parts, name, claim)
        if parts:
            template = lists["item_mover" if len(parts) > 1 else f"item_mover_{next(iter(parts))}"]
            parts["name"] = name_slot(next(iter(parts.values())).claims[0])
            items.append(item_slot(template, parts))
    if items:
        slots["movers"] = list_slot(items, facts.language)
        slots["movers_n"] = state_slot("one" if len(items) == 1 else "several", slots["movers"].claims)


def _put_rows(slots: Slots, facts: Facts) -> None:
    """Fill in how many sectors and states can be told to be more or less exposed than before, and which moved most."""
    for name, table_name in _KINDS.items():
        all_rows = f"table_name={table_name}"
        up, down = (f"{all_rows}|change_told={direction}" for direction in ("more", "less"))
        for word, conditions in (("n", all_rows), ("up", up), ("down", down)):
            put(slots, f"{name}_{word}", facts.count("change_rows", conditions, "beta_change"))
        keys = facts.ordered("change_rows", "beta_change", up)[:1] + facts.ordered("change_rows", "beta_change", down)[-1:]
        changes = facts.values("change_rows", keys, "beta_change")
        counts = [slots[f"{name}_{word}"].claims[0] for word in ("up", "down") if f"{name}_{word}" in slots]
        slots[f"{name}_moved"] = state_slot("some" if changes else "none", counts)
        if changes:
            most = max(changes, key=lambda claim: abs(claim.value))
            slots[f"{name}_most"] = Slot(name_slot(most).parts, tuple(changes), most.row_title)
            for side in ("before", "after"):
                put(slots, f"{name}_most_{side}", facts.value("change_rows", most.row_key, f"beta_{side}"), changes)
