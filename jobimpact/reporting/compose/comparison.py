"""The comparison of two studies: why a number changed, and where; and the tables that it is made from."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.change.interval import change_intervals
from jobimpact.estimates.change.mixture import Mixture
from jobimpact.estimates.change.sides import estimate_cell, study_side
from jobimpact.reporting.claims.cells import BETA, NATION, Cell, row_keys
from jobimpact.reporting.claims.facts import row_name, row_title
from jobimpact.reporting.claims.intervals import UNKNOWN, Intervals, difference_interval
from jobimpact.reporting.compose.document import PrintedCell, Tiles
from jobimpact.reporting.compose.limits import limits, reproduce
from jobimpact.reporting.compose.parts import employment_name
from jobimpact.reporting.compose.tables import judge_cells, sections, small_print, study_parts, task_source
from jobimpact.reporting.words.change import change_slots
from jobimpact.reporting.words.wording import direction_state, format_cell, format_release, report_words, wording
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobimpact.estimates.change.change import Change
    from jobimpact.estimates.change.estimate import By
    from jobimpact.reporting.claims.intervals import Ends
    from jobimpact.reporting.compose.document import Block, Request, Section
    from jobimpact.reporting.compose.parts import Parts
    from jobimpact.study import Study

_GROUPS = ("all", "soc_major", "wage_quintile")
_FACTORS = {
    "factor": "change_factor",
    "before": "factor_before",
    "after": "factor_after",
    "differs": "factor_differs",
    "part": "change_part",
    "note": "change_note",
}
_CHANGED = ("row_title", "beta_before", "beta_after", "beta_change", "change_low", "change_high", "change_told")
_ESTIMATE = "mean:beta"
_BY = {"sectors": "naics", "areas": "area"}
_TABLES = {"soc_major": ("groups", "soc_major|"), "naics": ("sectors", ""), "area": ("areas", "")}


def compose_comparison(request: Request) -> tuple[Parts, str, tuple[Section, ...]]:
    """Return the comparison of a study with the one before: its maker, the estimate, and the sections.

    ``request.key`` may name the estimate, such as ``share:beta>=0.5`` or ``mean:beta@naics=52``; the national
    mean by default.
    """
    if request.other is None:
        raise InputError("found one study; expected two to compare: name the study before as well")
    estimate = Estimate.parse(request.key or _ESTIMATE)
    explained_tables, explanation, reason = explained(request.other, request.study, str(estimate))
    tables = {**explained_tables, "change_rows": changed_rows(request.other, request.study, request.language)}
    name = estimate_name(estimate, request.study, request.language)
    placeholders = _made_of(request.other, request.study, request.language)
    parts = study_parts(request, tables, name=name, key=str(estimate), reason=reason, **placeholders)
    values = parts.facts.values("change_sides", ("before", "after"), "side_estimate")
    # Two numbers that print alike do not differ to a reader, whatever their further digits.
    title = parts.words("notes")["title_differs" if len({claim.text for claim in values}) > 1 else "title_alike"]
    parts = replace(parts, placeholders={**parts.placeholders, "title": title})
    slots = change_slots(parts.facts, name, explanation)
    composed = (
        ("headlines", _headlines(parts)),
        ("card", [*parts.realised("comparison", slots, "lead"), *small_print(parts)]),
        ("limits", limits(parts)),
        ("change", _change(parts, reason)),
        ("rows", _rows(parts)),
        ("reproduce", reproduce(parts, request.other)),
    )
    return parts, name, sections(parts, composed)


def estimate_name(estimate: Estimate, study: Study, language: str) -> str:
    """Return what an estimate is, in words, such as the mean exposure (beta) of all covered jobs."""
    words: Mapping[str, str] = report_words(language)["estimates"]
    table_name, start = _TABLES.get(estimate.by, ("groups", "all|"))
    row = row_name(study.tables, table_name, f"{start}{estimate.key}", language)
    group = words["group"].format(name=row) if estimate.by else words["all"]
    cut = "" if estimate.cut is None else format_cell(estimate.cut, "0-1", language)
    kind = "mean" if estimate.cut is None else "share" if estimate.operator == ">=" else "share_above"
    bill = "_bill" if estimate.weight == "wage_bill" else ""
    return words[f"{kind}{bill}"].format(measure=words[estimate.measure], cut=cut, group=group)


def _made_of(before: Study, after: Study, language: str) -> dict[str, str]:
    """Return what the placeholders of the line above the title and of the subtitle say of both sides."""
    placeholders: dict[str, str] = {}
    for side, study in (("before", before), ("after", after)):
        placeholders[f"{side}_employment"] = employment_name(study.manifest, language)
        placeholders[f"{side}_tasks"] = task_source(study.manifest.get("inputs", {}).get("tasks", {}), language)
    ends = placeholders["before_employment"], placeholders["after_employment"]
    both = str(report_words(language)["notes"]["both"]).format(before=ends[0], after=ends[1])
    return placeholders | {"employments": both if ends[0] != ends[1] else ends[0]}


def _headlines(parts: Parts) -> Iterator[Block]:
    tiles = []
    for side in ("before", "after"):
        claim = parts.facts.value("change_sides", side, "side_estimate")
        note = parts.facts.title("change_sides", side) if claim is not None else ""
        tiles += parts.tile(side, claim, note)
    if tiles:
        yield Tiles(tuple(tiles))
    yield parts.note("exposure")
    raters = parts.facts.tables.get("change_raters")
    if raters is not None and len(raters) > 1:
        columns = ["rater", "rater_before", "rater_after", "rater_change", "judge"]
        rows = raters.assign(judge=raters["rater"])
        yield parts.table(
            "change-judges", rows, columns, table_name="change_raters", cells=judge_cells(parts), title="change_judges"
        )


def _change(parts: Parts, reason: str) -> Iterator[Block]:
    if reason:
        yield parts.note("no_change", "body")
        return
    tables, words = parts.facts.tables, parts.words("notes")
    makers: Mapping[str, Any] = {
        "change_factor": lambda row: PrintedCell(parts.words("factors")[row["change_factor"]]),
        "factor_differs": lambda row: PrintedCell(words["yes" if row["factor_differs"] else "no"]),
        **{side: partial(_factor, parts.language, side) for side in ("factor_before", "factor_after")},
    }
    columns = ["change_factor", "factor_before", "factor_after", "factor_differs", "change_part", "alone_first", "alone_last"]
    yield parts.table("factors", tables["change_factors"], columns, table_name="change_factors", cells=makers)
    if len(tables["change_occupations"]):
        yield parts.table(
            "movers",
            tables["change_occupations"],
            ["title", "soc_code", "composition", "content_part", "value_before", "value_after", "share_before", "share_after"],
            table_name="change_occupations",
            heads={"title": "occupation"},
        )


def _factor(language: str, side: str, row: Mapping[str, Any]) -> PrintedCell:
    """Return what a side has of a factor; a release of employment as people write it."""
    what = str(row[side])
    if row["change_factor"] != "employment":
        return PrintedCell(what)
    name, _, release = what.rpartition(" ")
    return PrintedCell(f"{name} {format_release(release, language)}".strip())


def _rows(parts: Parts) -> Iterator[Block]:
    rows, words = parts.facts.tables["change_rows"], wording(parts.language)
    # As a predicate of two things it has a verb before it.
    directions = {name: text.removeprefix("are ") for name, text in words["direction"].items()} | {"unknown": words["missing"]}
    makers = {"change_told": lambda row: PrintedCell(directions[row["change_told"]])}
    for name, title, head in (
        ("sectors", "changed_sectors", "sector"),
        ("areas", "changed_states", "place"),
        ("groups", "changed_groups", "group"),
    ):
        table = rows[rows["table_name"] == name].sort_values("beta_change", ascending=False, kind="stable", na_position="last")
        # Studies of earlier versions have no intervals.
        has_values = table[["change_low", "change_high"]].notna().any()
        columns = [column for column in _CHANGED if has_values.get(column, True)]
        if len(table):
            yield parts.table(
                title.replace("_", "-"),
                table,
                columns,
                table_name="change_rows",
                cells=makers,
                heads={"row_title": head},
                title=title,
            )


def explained(before: Study, after: Study, estimate: str) -> tuple[dict[str, pd.DataFrame], Change | None, str]:
    """Return the tables of the explanation by name, itself, and the reason where there is none.

    Without employment or tasks at hand there are no tables and no explanation; otherwise the reason is empty.
    """
    from jobimpact.estimates.change.change import change

    try:
        explanation = change(before, after, estimate=estimate)
    # Two studies whose tasks or employment are not at hand can still be set side by side.
    except InputError as error:
        return {}, None, str(error)
    sides = _sides(explanation, (before, after), Estimate.parse(estimate))
    raters = explanation.by_rater.add_prefix("rater_").reset_index()
    occupations = explanation.largest().rename(columns={"content": "content_part"}).rename_axis("soc_code").reset_index()
    tables = {
        "change_sides": sides,
        "change_raters": raters[table_columns("change_raters")],
        "change_factors": explanation.table.rename(columns=_FACTORS)[table_columns("change_factors")],
        "change_occupations": occupations[table_columns("change_occupations")],
    }
    return tables, explanation, ""


def _sides(explanation: Change, studies: tuple[Study, Study], estimate: Estimate) -> pd.DataFrame:
    split, unscored = explanation.split, explanation.unscored
    ends = [_estimate_ends(study, estimate) for study in studies]
    change = explanation.interval
    if math.isnan(change[0]):
        change = difference_interval((split.after, *ends[1]), (split.before, *ends[0]))
    columns = {
        "change_side": ["before", "after"],
        "side_name": list(explanation.names),
        "side_unit": "0-1" if estimate.cut is None else "share",
        "side_estimate": [split.before, split.after],
        "side_low": [low for low, _ in ends],
        "side_high": [high for _, high in ends],
        "side_change_low": [math.nan, change[0]],
        "side_change_high": [math.nan, change[1]],
        "side_stored": list(explanation.stored),
        "side_tasks": unscored["n_tasks"].to_numpy(),
        "side_unscored": unscored["n_unscored"].to_numpy(),
        "side_unscored_share": unscored["employment_share"].to_numpy(),
    }
    return pd.DataFrame(columns)[table_columns("change_sides")]


def _estimate_ends(study: Study, estimate: Estimate) -> Ends:
    cell = estimate_cell(estimate)
    return Intervals(study.tables).find(Cell(*cell)) if cell else UNKNOWN


def changed_rows(before: Study, after: Study, language: str) -> pd.DataFrame:
    """Return the table ``change_rows``: rows that both studies have, named in `language`.

    Where employment is not at hand, the interval of a change is made from those of both studies as if their
    errors were independent.
    """
    rows, intervals = [], [Intervals(study.tables) for study in (before, after)]
    for name in ("groups", "sectors", "areas"):
        sides = [_keyed(study.tables[name], name) for study in (before, after)]
        keys = list(sides[1].index.intersection(sides[0].index))
        for key, ends in zip(keys, _row_intervals((before, after), name, keys), strict=True):
            old, new = (float(side[key]) for side in sides)
            cell = Cell(name, key, BETA)
            earlier, later = (old, *intervals[0].find(cell)), (new, *intervals[1].find(cell))
            low, high = difference_interval(later, earlier) if math.isnan(ends[0]) else ends
            direction = "unknown" if math.isnan(new - old) else direction_state(new - old, low, high)
            rows.append((name, key, row_title(after.tables, name, key, language), old, new, new - old, low, high, direction))
    return pd.DataFrame(rows, columns=table_columns("change_rows"))


def _row_intervals(studies: tuple[Study, Study], name: str, keys: Sequence[str]) -> list[Ends]:
    """Return the interval of the change of each row; missing where employment of a release is not at hand."""
    kinds = [cast("By", _BY.get(name, key.partition("|")[0])) for key in keys]
    estimates = [
        Estimate() if key == NATION else Estimate(by=by, key=key.rpartition("|")[2]) for by, key in zip(kinds, keys, strict=True)
    ]
    try:
        sides = [study_side(study, estimates[-1]) for study in studies]
    except (InputError, IndexError):
        return [UNKNOWN] * len(keys)
    mixture = Mixture((sides[0], sides[1]), assumption("change", "missing_scores"))
    return change_intervals(mixture, [(estimate, estimate) for estimate in estimates])


def _keyed(table: pd.DataFrame, name: str) -> pd.Series:
    rows = table[table["group_type"].isin(_GROUPS)] if name == "groups" else table
    return pd.Series(rows[BETA].to_numpy(), index=row_keys(name, rows).astype(str), dtype="float64")
