"""What the cards of a sector and a state say: what their placeholders stand for, each stated as a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.reporting.claims.cells import BETA, BILL, NATION, Cell, like_rows, row_keys
from jobimpact.reporting.words.narrative import Slot, Slots, fields, item_slot, list_slot, name_slot, put, state_slot
from jobimpact.reporting.words.wording import threshold, wording
from jobimpact.study import read_raters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.claims.facts import Facts

_CELLS = {name: name for name in ("n_occupations", "emp_matched", "tot_emp", "matched_share", "wage_bill")}
_CELLS |= {"beta": BETA, "bill": BILL, "share_50": "share_workers_50", "suppressed": "cells_suppressed"}


def highly_exposed() -> str:
    """Return the condition of occupations whose exposure is called high."""
    return f"{BETA}>={threshold('high_exposure'):.2f}"


def put_cells(slots: Slots, facts: Facts, table_name: str, key: str, cells: dict[str, str]) -> None:
    """Fill slots with cells of one row."""
    for name, column in cells.items():
        put(slots, name, facts.value(table_name, key, column))


def put_interval(slots: Slots, facts: Facts, table_name: str, key: str, column: str = BETA, prefix: str = "") -> None:
    """Fill ``low`` and ``high``, after `prefix`, with the interval of a cell, where the study has a variance ledger."""
    row = f"{table_name}|{key}|{column}|total"
    for name in ("low", "high"):
        put(slots, f"{prefix}{name}", facts.value("variance_ledger", row, f"estimate_{name}"))


def put_judges(slots: Slots, facts: Facts, table_name: str, key: str, column: str = BETA) -> None:
    """Fill the lowest and the highest of the values of a cell by judge with the judges' names, where there are several."""
    raters = read_raters(facts.tables, table_name, key, column).index
    keys = [f"{table_name}|{key}|{column}|{rater}" for rater in raters]
    claims = facts.values("raters", keys, "estimate") if len(keys) > 1 else []
    for name, end in (("low", 0), ("high", -1)) if claims else ():
        put(slots, f"judges_{name}", claims[end], claims)
        slots[f"judges_{name}_name"] = name_slot(claims[end])


def put_rank(slots: Slots, facts: Facts, table_name: str, key: str, column: str = BETA) -> None:
    """Fill the place of the row from the nearer end, whether it has a word of its own, is shared, and among how many it is."""
    rank, value = facts.rank(table_name, key, column), facts.value(table_name, key, column)
    keys = facts.ordered(table_name, column, like_rows(table_name, key))
    if rank is None or value is None or key not in keys:
        return
    end = rank.unit.removeprefix("rank from the ")
    put(slots, "rank", rank)
    slots["rank_end"] = state_slot(end, [rank])
    # "highest" needs another sentence than "number 9 of 20".
    worded = rank.value <= len(wording("en")["rank"][end])
    slots["rank_form"] = state_slot("word" if worded else "number", [rank])
    index = keys.index(key)
    # Rows of equal exposure stand side by side in the order.
    neighbours = facts.values(table_name, [other for other in keys[max(index - 1, 0) : index + 2] if other != key], column)
    same = [claim for claim in neighbours if claim.value == value.value]
    slots["rank_shared"] = state_slot("yes" if same else "no", [rank, *same])
    put(slots, "n_rows", facts.count(table_name, like_rows(table_name, key), column))
    if len(keys) > 1:
        put(slots, "spread", facts.direction(Cell(table_name, keys[0], column), Cell(table_name, keys[-1], column)))


def put_nation(slots: Slots, facts: Facts, table_name: str, key: str) -> None:
    """Fill the exposure of all covered jobs of the country, and how the row differs from it."""
    put(slots, "nation", facts.value("groups", NATION, BETA))
    put(slots, "nation_50", facts.value("groups", NATION, "share_workers_50"))
    row, nation = Cell(table_name, key, BETA), Cell("groups", NATION, BETA)
    direction = facts.direction(row, nation)
    put(slots, "nation_direction", direction)
    if direction is not None:
        # A gap is said as a positive number: the word for its direction stands beside it.
        gap = facts.difference(nation, row) if direction.value < 0 else facts.difference(row, nation)
        put(slots, "nation_gap", gap, [direction])


def row_slots(facts: Facts, table_name: str, key: str) -> Slots:
    """Return what the placeholders of the card of a row of ``sectors`` or ``areas`` stand for.

    Where employment is at hand, ``mix_occupations`` and ``mix_majors`` of the row are among the tables.
    """
    slots: Slots = {}
    put_cells(slots, facts, table_name, key, _CELLS)
    jobs = facts.value(table_name, key, "tot_emp")
    if jobs is not None:
        slots["name"] = name_slot(jobs)
        if table_name == "areas":
            # Conditions leave territories out, so that none is counted there.
            outside = facts.count("areas", f"area={key}", "tot_emp")
            slots["territory"] = state_slot("no" if outside and outside.value else "yes", [jobs])
    put_interval(slots, facts, table_name, key)
    put_rank(slots, facts, table_name, key)
    put_nation(slots, facts, table_name, key)
    put(slots, "bill_direction", facts.direction(Cell(table_name, key, BILL), Cell(table_name, key, BETA)))
    share = facts.value(table_name, key, "matched_share")
    if share is not None:
        low = share.value < threshold("low_coverage")
        slots["coverage"] = state_slot("low" if low else "good", [share])
        slots["covered"] = state_slot("yes" if share.value else "no", [share])
    put_neighbours(slots, facts, table_name, key)
    put_mix(slots, facts)
    return slots


def put_neighbours(slots: Slots, facts: Facts, table_name: str, key: str) -> None:
    """Fill the rows next above and next below in the order of exposure, and how this one differs from them."""
    keys = facts.ordered(table_name, BETA, like_rows(table_name, key))
    if key not in keys:
        return
    row, index = Cell(table_name, key, BETA), keys.index(key)
    for name, position in (("above", index - 1), ("below", index + 1)):
        if 0 <= position < len(keys):
            other = Cell(table_name, keys[position], BETA)
            claim = facts.value(table_name, other.key, BETA)
            put(slots, f"{name}_value", claim)
            put(slots, f"{name}_direction", facts.direction(*((other, row) if name == "above" else (row, other))))
            if claim is not None:
                slots[f"{name}_name"] = name_slot(claim)


def put_mix(slots: Slots, facts: Facts) -> None:
    """Fill the occupations that carry the exposure, the largest, those highly exposed, and what sets the mix apart."""
    most = int(threshold("named"))
    put_list(slots, facts, "carriers", facts.ordered("mix_occupations", "exposure_part")[:most], "item_part")
    largest = facts.ordered("mix_occupations", "tot_emp")[:most]
    put_list(slots, facts, "largest", largest, "item_with_share")
    high = highly_exposed()
    put(slots, "high_n", facts.count("mix_occupations", high, "tot_emp"))
    put(slots, "high_jobs", facts.total("mix_occupations", high, "tot_emp"))
    highest = facts.ordered("mix_occupations", "tot_emp", high)[:most]
    put_list(slots, facts, "high_list", highest, "item_with_jobs")
    if len(highest) > 1:
        same = "yes" if highest == largest else "no"
        slots["largest_same"] = state_slot(same, (*slots["high_list"].claims, *slots["largest"].claims))
    least = threshold("least_mix_effect")
    raising = facts.ordered("mix_majors", "mix_effect", f"mix_effect>={least}")[:most]
    lowering = facts.ordered("mix_majors", "mix_effect", f"mix_effect<{-least}")[::-1][:most]
    majors = facts.tables.get("mix_majors")
    fewer = (
        set() if majors is None else set(row_keys("mix_majors", majors[majors["covered_share"] < majors["covered_share_all"]]))
    )
    names = {"raising": raising, "lowering": lowering}
    for name, keys in names.items():
        for amount, group in (
            ("few", [key for key in keys if key in fewer]),
            ("many", [key for key in keys if key not in fewer]),
        ):
            put_list(slots, facts, f"{name}_{amount}", group, "item_mix", table_name="mix_majors")
    effects = [slots[name] for name in slots if name.partition("_")[0] in names and not name.endswith("_n")]
    if effects:
        slots["mixed"] = state_slot("yes", [claim for slot in effects for claim in slot.claims])


def put_list(
    slots: Slots, facts: Facts, name: str, keys: Sequence[str], template: str, *, table_name: str = "mix_occupations"
) -> None:
    """Fill a slot with a list of rows, each as the language's `template` words it."""
    items = [item for item in (_item(facts, table_name, key, template) for key in keys) if item is not None]
    if items:
        slots[name] = list_slot(items, facts.language)
        slots[f"{name}_n"] = state_slot("one" if len(items) == 1 else "several", slots[name].claims)


_ITEM = {
    "value": BETA,
    "jobs": "tot_emp",
    "part": "exposure_part",
    "share": "covered_share",
    "share_all": "covered_share_all",
    "effect": "mix_effect",
    "density": "employment_share",
}


def _item(facts: Facts, table_name: str, key: str, template: str) -> Slot | None:
    text, slots = wording(facts.language)["lists"][template], Slots()
    # Only what the item prints: a claim that nobody reads is none of the report's.
    put_cells(slots, facts, table_name, key, {name: _ITEM[name] for name in fields(text) if name in _ITEM})
    if not slots:
        return None
    slots["name"] = name_slot(next(iter(slots.values())).claims[0])
    return item_slot(text, slots)
