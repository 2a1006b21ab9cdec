"""The summary of a study: what its placeholders stand for, each stated as a claim."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from jobimpact.reporting.claims.cells import BETA, BILL, NATION, Cell
from jobimpact.reporting.words.narrative import Slot, Slots, item_slot, list_slot, name_slot, put, realise_all, state_slot
from jobimpact.reporting.words.sector_state import highly_exposed, put_cells, put_interval, put_judges
from jobimpact.reporting.words.wording import direction_state, threshold, wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.claims.facts import Facts
    from jobimpact.reporting.words.narrative import Sentence

_ENDS = {"sectors": "*", "areas": "*", "groups": "group_type=soc_major"}
_NATIONAL = {name: name for name in ("n_occupations", "emp_matched", "tot_emp", "matched_share")}
_NATIONAL |= {"mean": BETA, "bill": BILL, "share_50": "share_workers_50", "share_10": "share_workers_10"}


def summarise(facts: Facts) -> list[Sentence]:
    """Write the summary of a study, in the order of reading; a sentence whose figures are not known is left out."""
    return realise_all(wording(facts.language)["sentences"], overview_slots(facts))


def finding_slots(facts: Facts) -> Slots:
    """Return what the placeholders of the key findings stand for: those of the summary, each figure with its interval."""
    slots = overview_slots(facts)
    keys = facts.ordered("occupations", "tot_emp", f"{highly_exposed()}|tot_emp>=0")[:1]
    for claim in facts.values("occupations", keys, "tot_emp"):
        put(slots, "largest_jobs", claim)
        slots["largest_name"] = name_slot(claim)
        put_cells(slots, facts, "occupations", claim.row_key, {"largest_beta": BETA, "largest_tasks": "n_tasks"})
    for name in ("mean", "share_50", "sectors_high", "sectors_low", "wage_top", "wage_bottom", "largest_beta"):
        if name in slots:
            claim = slots[name].claims[0]
            put_interval(slots, facts, claim.table_name, claim.row_key, claim.column_name, prefix=f"{name}_")
    return slots


def overview_slots(facts: Facts) -> Slots:
    """Return what the placeholders of the summary stand for."""
    slots: Slots = {}
    put_cells(slots, facts, "groups", NATION, _NATIONAL)
    put_judges(slots, facts, "groups", NATION)
    put(slots, "bill_direction", facts.direction(Cell("groups", NATION, BILL), Cell("groups", NATION, BETA)))
    for table, conditions in _ENDS.items():
        _put_ends(slots, facts, table, conditions)
    _put_wages(slots, facts)
    _put_high(slots, facts)
    # A sector without any covered job has no figure that a low coverage could mislead about.
    low = facts.ordered("sectors", "matched_share", f"matched_share<{threshold('low_coverage')}|{BETA}>=0")[::-1]
    ranks = _ranks(facts, "sectors", low[: int(threshold("named"))], "matched_share", "bottom")
    if ranks:
        put(slots, "coverage_lowest", ranks[0])
        slots["coverage_list"] = _named(facts, ranks, "matched_share")
    return slots


def _ranks(facts: Facts, table: str, keys: Sequence[str], column: str, end: str) -> list[Claim]:
    ranks = (facts.rank(table, key, column, end) for key in keys)
    return [rank for rank in ranks if rank is not None]


def _put_ends(slots: Slots, facts: Facts, table: str, conditions: str) -> None:
    """Fill the slots of a table's two ends: how many rows, the highest, the lowest, and the gap between them."""
    keys = facts.ordered(table, BETA, conditions)
    if not keys:
        return
    # Of few rows none is named at both ends.
    most = max(min(int(threshold("named")), len(keys) // 2), 1)
    top = _ranks(facts, table, keys[:most], BETA, "top")
    bottom = _ranks(facts, table, keys[::-1][:most], BETA, "bottom")
    put(slots, f"{table}_n", facts.count(table, conditions, BETA))
    for ranks, end, side, extreme in ((top, "top", "high", "highest"), (bottom, "bottom", "low", "lowest")):
        put(slots, f"{table}_{extreme}", ranks[0])
        slots[f"{table}_{end}"] = _named(facts, ranks, BETA)
        put(slots, f"{table}_{side}", facts.value(table, ranks[0].row_key, BETA), [ranks[0]])
        slots[f"{table}_{side}_name"] = name_slot(ranks[0])
    if len(keys) > 1:
        ends = Cell(table, keys[0], BETA), Cell(table, keys[-1], BETA)
        put(slots, f"{table}_gap", facts.difference(*ends))
        put(slots, f"{table}_direction", facts.direction(*ends))


def _put_wages(slots: Slots, facts: Facts) -> None:
    """Fill the slots of the wage quintiles: the two ends, the extremes, and the path between the ends."""
    # By key: that is from the lowest-paid fifth of jobs to the highest-paid.
    keys = sorted(facts.ordered("groups", BETA, "group_type=wage_quintile"))
    quintiles = facts.values("groups", keys, BETA)
    if len(quintiles) < 2:  # noqa: PLR2004 - a gradient needs two ends
        return
    for name, claim in (("bottom", quintiles[0]), ("top", quintiles[-1])):
        put(slots, f"wage_{name}", claim)
        slots[f"wage_{name}_name"] = name_slot(claim)
    for name, end in (("highest", "top"), ("lowest", "bottom")):
        rank = min(_ranks(facts, "groups", keys, BETA, end), key=lambda claim: claim.value)
        put(slots, f"wage_{name}", rank)
        put(slots, f"wage_{name}_value", facts.value("groups", rank.row_key, BETA))
        slots[f"wage_{name}_name"] = name_slot(rank)
    whole = _direction(facts, keys[-1], keys[0])
    steps = [step for low, high in itertools.pairwise(keys) if (step := _direction(facts, high, low)) is not None]
    # A path with a gap in it is not described.
    if whole is None or len(steps) != len(keys) - 1:
        return
    put(slots, "wage_direction", whole)
    path = _path(whole, steps, [claim.value for claim in quintiles])
    slots["wage_path"] = state_slot(path, (whole, *steps, *quintiles))
    if path == "turns":
        _put_turn(slots, quintiles, steps, rising=whole.value > 0)


def _direction(facts: Facts, left: str, right: str) -> Claim | None:
    return facts.direction(Cell("groups", left, BETA), Cell("groups", right, BETA))


def _put_turn(slots: Slots, quintiles: Sequence[Claim], steps: Sequence[Claim], *, rising: bool) -> None:
    """Fill the slots of the step that goes furthest against the direction of the whole."""
    # A summary names one step against the trend, not each.
    worst = (min if rising else max)(range(len(steps)), key=lambda step: steps[step].value)
    put(slots, "turn_direction", steps[worst])
    for name, claim in (("turn", quintiles[worst + 1]), ("turn_from", quintiles[worst])):
        put(slots, f"{name}_value", claim)
        slots[f"{name}_name"] = name_slot(claim)


def _path(whole: Claim, steps: Sequence[Claim], levels: Sequence[float]) -> str:
    """Return how exposure moves from the lowest-paid quintile to the highest-paid; what may not be compared is no difference."""
    least, state, states = threshold("about_equal"), _state(whole), [_state(step) for step in steps]
    if state == "untold":
        return state
    if state == "equal":
        ends, both_ways = (levels[0], levels[-1]), {"more", "less"} <= set(states)
        if both_ways and max(levels) - max(ends) >= least:
            return "arched"
        return "hollow" if both_ways and min(ends) - min(levels) >= least else "flat"
    verb, against = ("rises", "less") if state == "more" else ("falls", "more")
    if against in states:
        return "turns"
    if set(states) == {state}:
        return f"{verb} at every step"
    return f"{verb}, steps untold" if "untold" in states else verb


def _state(claim: Claim) -> str:
    return direction_state(claim.value, *claim.interval)


def _put_high(slots: Slots, facts: Facts) -> None:
    """Fill the slots of the highly exposed occupations: how many, their jobs, the largest, and the most exposed of all."""
    # OEWS does not release the jobs of every occupation; those without are not counted.
    high = f"{highly_exposed()}|tot_emp>=0"
    put(slots, "high_n", facts.count("occupations", high, "tot_emp"))
    put(slots, "high_jobs", facts.total("occupations", high, "tot_emp"))
    keys = facts.ordered("occupations", "tot_emp", high)[: int(threshold("named"))]
    largest = facts.values("occupations", keys, "tot_emp")
    if largest:
        slots["high_list"] = _named(facts, largest, BETA, jobs=True)
    top = _ranks(facts, "occupations", facts.ordered("occupations", BETA)[:1], BETA, "top")
    if top:
        put(slots, "occupations_highest", top[0])
        slots["occupations_top"] = _named(facts, top, BETA)


def _named(facts: Facts, rows: Sequence[Claim], column: str, *, jobs: bool = False) -> Slot:
    """Return "A (0.5), B (0.4) and C (0.3)" for the rows of the claims, resting on those claims too."""
    template = wording(facts.language)["lists"]["item_with_jobs" if jobs else "item"]
    items = []
    for row in rows:
        slots: Slots = {"name": name_slot(row)}
        put_cells(slots, facts, row.table_name, row.row_key, {"value": column, "jobs": "tot_emp"} if jobs else {"value": column})
        items.append(item_slot(template, slots, [row]))
    return list_slot(items, facts.language)
