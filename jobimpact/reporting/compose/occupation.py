"""The report on one occupation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.facts.codes import major_group, published_codes
from jobimpact.facts.labels import with_label_set
from jobimpact.reporting.claims.cells import BETA, NATION
from jobimpact.reporting.claims.facts import row_title
from jobimpact.reporting.compose.beside import beside_figure, beside_table
from jobimpact.reporting.compose.document import Tiles
from jobimpact.reporting.compose.keys import find_occupation
from jobimpact.reporting.compose.limits import limits, reproduce
from jobimpact.reporting.compose.parts import Parts, setting
from jobimpact.reporting.compose.tables import judges, sections, small_print, study_parts, task_texts, wage_cell
from jobimpact.reporting.words.occupation import occupation_slots

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from jobimpact.reporting.compose.document import Block, Request, Section

_TILES = (BETA, "exposure_automation", "n_tasks", "tot_emp", "a_median")
_COMPARED = (BETA, "exposure_alpha", "exposure_gamma", "exposure_automation", "tot_emp")
_TASKS = ("task_type", "beta", "label_set", "alpha", "gamma", "automation")
_PLACES = ("tot_emp", "occupation_share", "employment_share", "a_mean")


def compose_occupation(request: Request) -> tuple[Parts, str, tuple[Section, ...]]:
    """Return the report on one occupation: its maker, the occupation's title, and the sections."""
    key = find_occupation(request)
    title = row_title(request.study.tables, "occupations", key, request.language)
    parts = study_parts(request, _places(request, key), name=title, key=key)
    blocks = (
        ("headlines", _headlines(parts, key)),
        ("card", [*parts.realised("occupation", occupation_slots(parts.facts, key), "lead"), *small_print(parts)]),
        ("limits", limits(parts)),
        ("tasks", _tasks(parts, key)),
        ("beside", [beside_table(parts, _places_beside(key), _COMPARED, "beside")]),
        ("where", _where(parts)),
        ("reproduce", reproduce(parts)),
    )
    return parts, title, sections(parts, blocks)


def _places(request: Request, key: str) -> dict[str, pd.DataFrame]:
    """Return ``mix_sectors`` and ``mix_areas``; nothing where employment of the study's release is not at hand."""
    from jobimpact.estimates.change.mix import occupation_places

    try:
        return {
            "mix_sectors": occupation_places(request.study, key, "naics"),
            "mix_areas": occupation_places(request.study, key, "area"),
        }
    except InputError:
        return {}


def _headlines(parts: Parts, key: str) -> Iterator[Block]:
    tiles = [tile for column in _TILES for tile in parts.tile(column, parts.facts.value("occupations", key, column))]
    if tiles:
        yield Tiles(tuple(tiles))
    yield parts.note("exposure")
    yield from judges(parts, "occupations", key)
    yield from beside_figure(parts, _places_beside(key))


def _tasks(parts: Parts, key: str) -> Iterator[Block]:
    tasks = task_texts(parts, parts.study["tasks"])
    rows = tasks[published_codes(tasks["soc_code"]) == key]
    rows = rows.sort_values(["beta", "task_id"], ascending=[False, True], na_position="last")
    if rows.empty:
        yield parts.note("no_tasks", "body")
        return
    types = parts.words("task_types")
    yield parts.table(
        "tasks",
        with_label_set(rows.head(setting("task_rows")), parts.language),
        ["task", *_TASKS],
        table_name="tasks",
        cells={"task_type": lambda row: parts.cell(types.get(row["task_type"], row["task_type"]), "task_type")},
    )


def _places_beside(key: str) -> list[tuple[str, str]]:
    """Return the occupation, its major group and the country."""
    return [("occupations", key), ("groups", f"soc_major|{major_group(key)}"), ("groups", NATION)]


def _where(parts: Parts) -> Iterator[Block]:
    for name, code in (("mix_sectors", "naics"), ("mix_areas", "area")):
        rows = parts.facts.tables.get(name)
        if rows is not None and len(rows):
            heads = {"name": "sector", "employment_share": "sector_share"} if code == "naics" else {"name": "place"}
            yield parts.table(
                name.replace("_", "-"),
                rows.head(setting("listed")),
                ["name", "naics" if code == "naics" else "state", *_PLACES],
                table_name=name,
                cells={"name": parts.name_cells(name, partial(_code, code)), "a_mean": partial(wage_cell, parts, "a_mean")},
                heads=heads,
                title=name,
            )


def _code(column: str, row: dict[str, str]) -> str:
    return row[column]
