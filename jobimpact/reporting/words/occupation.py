"""What the card of an occupation says: what its placeholders stand for, each stated as a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.facts.codes import major_group, oews_partners
from jobimpact.reporting.claims.cells import BETA, EITHER, Cell
from jobimpact.reporting.words.narrative import Name, Slot, Slots, name_slot, put, state_slot
from jobimpact.reporting.words.sector_state import put_cells, put_interval, put_list, put_nation, put_rank
from jobimpact.reporting.words.wording import threshold

if TYPE_CHECKING:
    from jobimpact.reporting.claims.facts import Facts

_CELLS = {name: f"exposure_{name}" for name in ("beta", "alpha", "gamma", "automation")}
_CELLS |= {"se": "exposure_beta_se", "n_tasks": "n_tasks", "tot_emp": "tot_emp", "a_median": "a_median"}


def occupation_slots(facts: Facts, key: str) -> Slots:
    """Return what the placeholders of the card of an occupation stand for.

    Where employment is at hand, ``mix_sectors`` and ``mix_areas`` of the occupation are among the tables.
    """
    slots: Slots = {}
    put_cells(slots, facts, "occupations", key, _CELLS)
    number = facts.value("occupations", key, "n_tasks")
    if number is not None:
        slots["name"] = name_slot(number)
        slots["scored"] = state_slot("no" if number.value == 0 else "yes", [number])
    put_interval(slots, facts, "occupations", key)
    put_rank(slots, facts, "occupations", key)
    put_nation(slots, facts, "occupations", key)
    _put_major(slots, facts, key)
    _put_pay(slots, facts, key)
    _put_tasks(slots, facts, key)
    most = int(threshold("named"))
    sectors = facts.ordered("mix_sectors", "tot_emp")[:most]
    put_list(slots, facts, "sectors", sectors, "item_where", table_name="mix_sectors")
    areas = facts.ordered("mix_areas", "employment_share")[:most]
    put_list(slots, facts, "areas", areas, "item_dense", table_name="mix_areas")
    return slots


def _put_major(slots: Slots, facts: Facts, key: str) -> None:
    """Fill the major group of the occupation, its exposure, and how the occupation differs from it."""
    major = f"soc_major|{major_group(key)}"
    mean = facts.value("groups", major, BETA)
    if mean is None:
        return
    put(slots, "major_value", mean)
    slots["major_name"] = name_slot(mean)
    put(slots, "major_direction", facts.direction(Cell("occupations", key, BETA), Cell("groups", major, BETA)))


def _put_pay(slots: Slots, facts: Facts, key: str) -> None:
    """Fill the wage fifth of the occupation, and whether its median wage is a lower bound."""
    fifth = facts.value("occupations", key, "wage_quintile")
    if fifth is not None:
        row = f"wage_quintile|{fifth.value:.0f}"
        slots["fifth"] = Slot((Name(facts.name("groups", row), "groups", row),), (fifth,), fifth.text)
    bounded = facts.count("occupations", f"soc_code={key}|median_top_coded=True", "a_median")
    if bounded is not None:
        slots["bounded"] = state_slot("yes" if bounded.value else "no", [bounded])


def task_condition(facts: Facts, key: str) -> str:
    """Return the condition of the tasks of an occupation: OEWS publishes some SOC codes only in combination."""
    # Tasks keep their SOC codes, of which OEWS publishes some only together.
    codes = sorted({key, *(code for code, published in oews_partners().items() if published == key)})
    listed_codes = set(facts.tables["tasks"]["soc_code"]) if "tasks" in facts.tables else set()
    return f"soc_code={EITHER.join(code for code in codes if code in listed_codes) or key}"


def _put_tasks(slots: Slots, facts: Facts, key: str) -> None:
    """Fill how many tasks reach the cuts, and the most and the least exposed of them."""
    tasks = task_condition(facts, key)
    number = facts.count("tasks", tasks, "beta")
    if number is None or not number.value:
        return
    put(slots, "tasks_n", number)
    cut = f"{threshold('high_exposure'):.2f}"
    put(slots, "tasks_high", facts.count("tasks", f"{tasks}|beta>={cut}", "beta"))
    put(slots, "tasks_low", facts.count("tasks", f"{tasks}|beta<{threshold('low_task'):.2f}", "beta"))
    put(slots, "tasks_doubtful", facts.count("tasks", f"{tasks}|uncertain=True", "beta"))
    ordered = facts.ordered("tasks", "beta", tasks)
    if ordered:
        put(slots, "task_most", facts.value("tasks", ordered[0], "beta"))
        put(slots, "task_least", facts.value("tasks", ordered[-1], "beta"))
    if "tasks_high" in slots:
        high = slots["tasks_high"].claims[0]
        slots["tasks_path"] = state_slot(_spread(high.value, number.value), [high, number])


def _spread(high: float, everything: float) -> str:
    if high == 0:
        return "none"
    return "all" if high == everything else "some"
