"""The few figures that a page shows large, each with its name and what must be known to repeat it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from jobimpact.reporting.claims.cells import BETA, Cell, Count, read_value
from jobimpact.reporting.claims.facts import study_headlines
from jobimpact.reporting.claims.intervals import Intervals, interval_note
from jobimpact.reporting.words.wording import format_cell, threshold, wording
from jobimpact.screen.browse import NOT_PUBLISHED, NOT_SCORED, coverage, select_row
from jobimpact.tables import read_dictionary


@dataclass(frozen=True)
class Tile:
    """A figure as a page shows it, or in words why there is none; `note` says what it refers to, `definition` what it means."""

    label: str
    value: str
    note: str = ""
    definition: str = ""


def headline_tiles(tables: Mapping[str, pd.DataFrame]) -> list[Tile]:
    """Return the five headline numbers of a study; none where no job was matched."""
    tiles, ends = [], Intervals(tables)
    for headline in study_headlines(tables):
        row = select_row(tables[headline.table], *_key(headline.table, headline.row_key))
        value = format_cell(headline.value, headline.unit)
        reach = interval_note(ends, Cell(headline.table, headline.row_key, headline.column), headline.unit)
        note = " ".join(part for part in (f"{headline.note}." if headline.note else "", reach, coverage(row)) if part)
        tiles.append(Tile(headline.name, value, note, headline.definition))
    return tiles


def _key(table_name: str, row_key: str) -> tuple[str, str]:
    return ("naics", row_key) if table_name == "sectors" else ("group_type", row_key.partition("|")[0])


def occupation_tiles(tables: Mapping[str, pd.DataFrame], soc_code: str) -> list[Tile]:
    """Return exposure, automation, employment and wage of one occupation; where one is not known, the tile says why."""
    row = select_row(tables["occupations"], "soc_code", soc_code)
    return [_exposure_tile(tables, row), _automation_tile(row), _employment_tile(row), _wage_tile(row)]


def _exposure_tile(tables: Mapping[str, pd.DataFrame], row: Mapping[str, Any]) -> Tile:
    meaning = _meaning("exposure_beta")
    if _unknown(row["exposure_beta"]):
        reason = "This study has no scored task of this occupation: unknown, not zero."
        return Tile("Exposure (beta)", NOT_SCORED, reason, meaning)
    cell = Cell("occupations", str(row["soc_code"]), BETA)
    rank = read_value(tables, "rank", cell, unit="rank from the top")
    among = read_value(tables, "count", Count("occupations", "*", BETA))
    reach = interval_note(Intervals(tables), cell, "0-1")
    note = f"{reach} Rank {rank:.0f} of {among:.0f} scored occupations, 1 the most exposed; from {row['n_tasks']} tasks.".lstrip()
    return Tile("Exposure (beta)", format_cell(float(row["exposure_beta"]), "0-1"), note, meaning)


def _automation_tile(row: Mapping[str, Any]) -> Tile:
    label, meaning = "Automation grade", _meaning("exposure_automation")
    if _unknown(row["exposure_automation"]):
        return Tile(label, NOT_SCORED, "", meaning)
    note = "GPT-4's judgement on an ordinal scale, 0 none of a task to 1 all of it. No share of tasks; no interval."
    return Tile(label, format_cell(float(row["exposure_automation"]), "0-1"), note, meaning)


def _employment_tile(row: Mapping[str, Any]) -> Tile:
    meaning = f"{_meaning('tot_emp')} {_meaning('emp_prse')}"
    if _unknown(row["tot_emp"]):
        return Tile("Jobs", NOT_PUBLISHED, "OEWS has no employment for this occupation.", meaning)
    error = NOT_PUBLISHED if _unknown(row["emp_prse"]) else format_cell(float(row["emp_prse"]), "percent")
    return Tile("Jobs", format_cell(float(row["tot_emp"]), "jobs"), f"Relative standard error of the estimate: {error}.", meaning)


def _wage_tile(row: Mapping[str, Any]) -> Tile:
    """Return the median annual wage, with the mean in its note; a top-coded one is a lower bound and is said to be one."""
    median, mean = (_wage_text(row, kind) for kind in ("median", "mean"))
    notes = [f"Mean: {mean}."]
    if not _unknown(row["wage_quintile"]):
        fifth = wording()["names"][f"groups.wage_quintile|{row['wage_quintile']:.0f}"]
        notes.append(f"In the {fifth} of jobs.")
    if row["median_top_coded"] or row["mean_top_coded"]:
        notes.append("Top-coded: of the highest wages BLS publishes only the bound that they reach.")
    return Tile("Median annual wage", median, " ".join(notes), _meaning("a_median"))


def _wage_text(row: Mapping[str, Any], kind: str) -> str:
    if _unknown(row[f"a_{kind}"]):
        return NOT_PUBLISHED
    text = format_cell(float(row[f"a_{kind}"]), "US dollars per year")
    return f"{text} or more" if row[f"{kind}_top_coded"] else text


def group_tiles(row: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], table_name: str, row_key: str) -> list[Tile]:
    """Return the figures of a row of ``sectors``, ``areas`` or ``groups``: exposure, jobs, coverage, suppressed cells.

    `tables`, `table_name` and `row_key` say where the row stands, for its intervals.
    """
    tiles, ends = [], Intervals(tables)
    for label, column, note in (
        ("Exposure (beta)", "exposure_beta", "Mean over the covered jobs."),
        (f"Jobs at {threshold('high_exposure'):.2f} or more", "share_workers_50", "Of the covered jobs."),
        ("Exposure of the wage bill", "exposure_beta_wage_bill", "Mean weighted by jobs times mean wage."),
        ("Jobs", "tot_emp", "Published total; the self-employed are not in it."),
        ("Matched share", "matched_share", f"{coverage(row)} In {row['n_occupations']} scored occupations."),
        ("Suppressed cells", "cells_suppressed", "Occupations here whose jobs BLS does not release; not covered."),
    ):
        unit = str(read_dictionary()["columns"][column]["unit"])
        value = "no covered jobs" if _unknown(row[column]) else format_cell(float(row[column]), unit)
        reach = interval_note(ends, Cell(table_name, row_key, column), unit)  # empty where there is none
        tiles.append(Tile(label, value, f"{note} {reach}".strip(), _meaning(column)))
    return tiles


def _meaning(column: str) -> str:
    return f"{read_dictionary()['columns'][column]['description']}."


def _unknown(cell: object) -> bool:
    import pandas as pd

    return bool(pd.isna(cell))  # type: ignore[call-overload]  # one cell, not an array
