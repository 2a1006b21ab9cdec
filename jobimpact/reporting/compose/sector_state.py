"""The reports on one sector and on one state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.reporting.claims.cells import BETA, BILL, NATION
from jobimpact.reporting.claims.facts import row_title
from jobimpact.reporting.compose.beside import beside_figure, beside_table
from jobimpact.reporting.compose.document import Tiles
from jobimpact.reporting.compose.keys import find_area, find_sector
from jobimpact.reporting.compose.limits import limits, reproduce
from jobimpact.reporting.compose.parts import MEASURES, Parts
from jobimpact.reporting.compose.tables import judges, occupation_list, sections, small_print, study_parts
from jobimpact.reporting.words.sector_state import row_slots

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from jobimpact.estimates.change.mix import MixBy
    from jobimpact.reporting.compose.document import Block, Request, Section

_TILES = (BETA, "share_workers_50", BILL, "tot_emp", "matched_share")
_MIX = ("tot_emp", "covered_share", "covered_share_all", BETA, "mix_effect")


def compose_sector(request: Request) -> tuple[Parts, str, tuple[Section, ...]]:
    """Return the report on one sector: its maker, the sector's name, and the sections."""
    return _compose_row(request, "sectors", "naics", find_sector(request))


def compose_state(request: Request) -> tuple[Parts, str, tuple[Section, ...]]:
    """Return the report on one state: its maker, the state's name, and the sections."""
    return _compose_row(request, "areas", "area", find_area(request))


def _compose_row(request: Request, table_name: str, by: MixBy, key: str) -> tuple[Parts, str, tuple[Section, ...]]:
    name = row_title(request.study.tables, table_name, key, request.language)
    parts = study_parts(request, study_mix(request, by, key), name=name, key=key)
    slots = row_slots(parts.facts, table_name, key)
    blocks = (
        ("headlines", _headlines(parts, table_name, key)),
        ("card", [*parts.realised(request.report_type, slots, "lead"), *small_print(parts)]),
        ("limits", limits(parts)),
        ("jobs", _jobs(parts)),
        ("mix", _mix(parts, table_name, key)),
        ("reproduce", reproduce(parts)),
    )
    return parts, name, sections(parts, blocks)


def study_mix(request: Request, by: MixBy, key: str) -> dict[str, pd.DataFrame]:
    """Return ``mix_occupations`` and ``mix_majors`` of a row; nothing where employment of its release is not at hand."""
    from jobimpact.estimates.change.mix import group_mix

    try:
        mix = group_mix(request.study, by, key)
    except InputError:
        return {}
    return {"mix_occupations": mix.occupations, "mix_majors": mix.majors}


def _headlines(parts: Parts, table_name: str, key: str) -> Iterator[Block]:
    tiles = [tile for column in _TILES for tile in parts.tile(column, parts.facts.value(table_name, key, column))]
    if tiles:
        yield Tiles(tuple(tiles))
    yield parts.note("exposure")
    yield from judges(parts, table_name, key)
    yield from beside_figure(parts, [(table_name, key), ("groups", NATION)])


def _jobs(parts: Parts) -> Iterator[Block]:
    rows = parts.facts.tables.get("mix_occupations")
    if rows is None:
        yield parts.note("no_mix")
    elif len(rows):
        columns = ("tot_emp", "covered_share", BETA, "exposure_part")
        yield occupation_list(parts, "carriers", rows, table_name="mix_occupations", columns=columns)
        largest = rows.sort_values(["tot_emp", "soc_code"], ascending=[False, True])
        columns = ("tot_emp", "covered_share", "a_mean", BETA)
        yield occupation_list(parts, "largest_here", largest, table_name="mix_occupations", columns=columns, tasks=False)


def _mix(parts: Parts, table_name: str, key: str) -> Iterator[Block]:
    yield beside_table(parts, [(table_name, key), ("groups", NATION)], MEASURES)
    rows = parts.facts.tables.get("mix_majors")
    if rows is not None and len(rows):
        yield parts.table(
            "mix",
            rows.sort_values("mix_effect", ascending=False, kind="stable"),
            ["name", "soc_major", *_MIX],
            table_name="mix_majors",
            cells={"name": parts.name_cells("mix_majors", lambda row: row["soc_major"])},
            heads={"name": "major"},
        )
