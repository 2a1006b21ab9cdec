"""The few figures that a page shows large, each with its name and what must be known to repeat it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.browse import coverage, select_row
from jobimpact.reporting.cells import read_value
from jobimpact.reporting.selection import study_headlines
from jobimpact.reporting.wording import format_cell, format_value, threshold
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

_NOT_SCORED = "not scored"
_NOT_PUBLISHED = "not published"


@dataclass(frozen=True)
class Tile:
    """A figure as a page shows it.

    Attributes
    ----------
    label
        What it is, in a few words.
    value
        The figure, or in words why there is none.
    note
        One short line: what it refers to.
    definition
        What it means, for a reader who asks.
    """

    label: str
    value: str
    note: str = ""
    definition: str = ""


def headline_tiles(tables: Mapping[str, pd.DataFrame]) -> list[Tile]:
    """Return the five headline numbers of a study; none where no job was matched."""
    tiles = []
    for headline in study_headlines(tables):
        row = select_row(tables[headline.table], *_key(headline.table, headline.row_key))
        value = format_cell(headline.value, headline.unit)
        note = f"{headline.note}. {coverage(row)}" if headline.note else coverage(row)
        tiles.append(Tile(headline.name, value, note, headline.definition))
    return tiles


def _key(table_name: str, row_key: str) -> tuple[str, str]:
    return ("naics", row_key) if table_name == "sectors" else ("group_type", row_key.partition("|")[0])


def occupation_tiles(tables: Mapping[str, pd.DataFrame], soc_code: str) -> list[Tile]:
    """Return exposure, employment and wage of one occupation; where one is not known, the tile says why."""
    row = select_row(tables["occupations"], "soc_code", soc_code)
    return [_exposure_tile(tables, row), _employment_tile(row), _wage_tile(row, "median"), _wage_tile(row, "mean")]


def _exposure_tile(tables: Mapping[str, pd.DataFrame], row: Mapping[Hashable, Any]) -> Tile:
    meaning = _meaning("exposure_beta")
    if _unknown(row["exposure_beta"]):
        return Tile("Exposure (beta)", _NOT_SCORED, "This study has no scored task of this occupation: unknown, not zero.", meaning)
    place = read_value(tables, "rank", "occupations", str(row["soc_code"]), "exposure_beta", "rank from the top")
    among = read_value(tables, "count", "occupations", "*", "exposure_beta")
    note = f"Number {place:.0f} from the top of {among:.0f} scored occupations, from {row['n_tasks']} tasks."
    return Tile("Exposure (beta)", format_cell(float(row["exposure_beta"]), "0-1"), note, meaning)


def _employment_tile(row: Mapping[Hashable, Any]) -> Tile:
    meaning = f"{_meaning('tot_emp')} {_meaning('emp_prse')}"
    if _unknown(row["tot_emp"]):
        return Tile("Jobs", _NOT_PUBLISHED, "OEWS has no employment for this occupation.", meaning)
    error = "not published" if _unknown(row["emp_prse"]) else format_value(float(row["emp_prse"]) / 100, "percent", 1)
    return Tile("Jobs", format_cell(float(row["tot_emp"]), "jobs"), f"Relative standard error {error}.", meaning)


def _wage_tile(row: Mapping[Hashable, Any], kind: str) -> Tile:
    """Return the annual wage; a top-coded one is a lower bound and is said to be one."""
    label, meaning = f"{kind.capitalize()} annual wage", _meaning(f"a_{kind}")
    wage = row[f"a_{kind}"]
    if _unknown(wage):
        return Tile(label, _NOT_PUBLISHED, f"BLS publishes no annual {kind} for this occupation.", meaning)
    text = format_cell(float(wage), "US dollars per year")
    if row[f"{kind}_top_coded"]:
        return Tile(label, f"{text} or more", "Top-coded: BLS publishes only that the wage is at or above this bound.", meaning)
    fifth = "" if _unknown(row["wage_quintile"]) else f"Fifth of jobs by pay: {row['wage_quintile']:.0f} of 5, 5 the best paid."
    return Tile(label, text, fifth if kind == "median" else "Mean over the jobs of the occupation.", meaning)


def group_tiles(row: Mapping[Hashable, Any]) -> list[Tile]:
    """Return the figures of a row of ``sectors``, ``areas`` or ``groups``: exposure, jobs, coverage, suppressed cells."""
    cut = threshold("high_exposure")
    return [
        _cell_tile(row, "Exposure (beta)", "exposure_beta", "Mean over the covered jobs."),
        _cell_tile(row, f"Jobs at {cut:.2f} or more", "share_workers_50", "Of the covered jobs, by their occupation's beta."),
        _cell_tile(row, "Exposure of the wage bill", "exposure_beta_wage_bill", "Mean weighted by jobs times mean wage."),
        _cell_tile(row, "Jobs", "tot_emp", f"In {row['n_occupations']} scored occupations and all others."),
        _cell_tile(row, "Matched share", "matched_share", "Of the jobs: what the exposure speaks of."),
        _cell_tile(row, "Suppressed cells", "cells_suppressed", "Occupations whose jobs BLS does not release here."),
    ]


def _cell_tile(row: Mapping[Hashable, Any], label: str, column: str, note: str) -> Tile:
    unit = str(read_dictionary()["columns"][column]["unit"])
    value = "no covered jobs" if _unknown(row[column]) else format_cell(float(row[column]), unit)
    return Tile(label, value, note, _meaning(column))


def _meaning(column: str) -> str:
    return f"{read_dictionary()['columns'][column]['description']}."


def _unknown(cell: object) -> bool:
    import pandas as pd

    return bool(pd.isna(cell))  # type: ignore[call-overload]  # one cell, not an array
