"""The comparison of two studies: why a number changed, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.reporting.cells import records
from jobimpact.reporting.compose_limits import limits, reproduce
from jobimpact.reporting.compose_tables import key_of, sections, small_print, study_parts
from jobimpact.reporting.document import Cell, Tiles
from jobimpact.reporting.narrative_change import change_slots
from jobimpact.reporting.selection import BETA
from jobimpact.reporting.selection_facts import Facts
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobimpact.estimates.change import ChangeExplanation
    from jobimpact.reporting.compose_parts import Parts
    from jobimpact.reporting.document import Block, Request, Section
    from jobimpact.study import Study

_ESTIMATE = "mean:beta"
_GROUPS = ("all", "soc_major", "wage_quintile")
_FACTORS = {
    "factor": "change_factor",
    "before": "factor_before",
    "after": "factor_after",
    "differs": "factor_differs",
    "part": "change_part",
    "note": "change_note",
}


def compose_comparison(request: Request) -> tuple[Parts, str, tuple[Section, ...]]:
    """Return the comparison of a study with the one before: its maker, the estimate, and the sections.

    ``request.key`` may name the estimate, such as ``share:beta>=0.5`` or ``mean:beta@naics=52``; the national mean by default.

    Raises
    ------
    InputError
        If there is no study before, or the estimate is not known.
    """
    from jobimpact.estimates.estimate import Estimate

    if request.other is None:
        raise InputError("found one study; expected two to compare: name the study before as well")
    estimate = str(Estimate.parse(request.key or _ESTIMATE))
    made, reason = _explained(request.other, request.study, estimate)
    parts = study_parts(
        request,
        {**made, "change_rows": changed_rows(request.other, request.study, request.language)},
        name=estimate,
        key=estimate,
        reason=reason,
    )
    composed = (
        ("headlines", _headlines(parts)),
        ("card", [*parts.realised("comparison", change_slots(parts.facts, estimate), estimate, "lead"), *small_print(parts)]),
        ("change", _change(parts, reason)),
        ("rows", _rows(parts)),
        ("limits", limits(parts)),
        ("reproduce", reproduce(parts)),
    )
    return parts, estimate, sections(parts, composed)


def _explained(before: Study, after: Study, estimate: str) -> tuple[dict[str, pd.DataFrame], str]:
    """Return the tables of the explanation; none, and the reason, where the estimate cannot be split."""
    from jobimpact.estimates.change import explain_change

    try:
        return explanation_tables(explain_change(before, after, estimate=estimate)), ""
    except InputError as error:
        return {}, str(error)


def explanation_tables(explanation: ChangeExplanation) -> dict[str, pd.DataFrame]:
    """Return ``change_sides``, ``change_factors`` and ``change_occupations`` of an explanation."""
    split = explanation.split
    sides = pd.DataFrame(
        {
            "change_side": ["before", "after"],
            "side_name": list(explanation.names),
            "side_estimate": [split.before, split.after],
            "side_stored": list(explanation.stored),
        }
    )
    occupations = explanation.largest().rename(columns={"content": "content_part"}).rename_axis("soc_code").reset_index()
    return {
        "change_sides": sides,
        "change_factors": explanation.table.rename(columns=_FACTORS)[table_columns("change_factors")],
        "change_occupations": occupations[table_columns("change_occupations")],
    }


def changed_rows(before: Study, after: Study, language: str) -> pd.DataFrame:
    """Return the table ``change_rows``: rows that both studies have, named in `language`."""
    facts, found = Facts(after.tables, language), []
    for name in ("groups", "sectors", "areas"):
        sides = [_keyed(study.tables[name], name) for study in (before, after)]
        for key in sides[1].index.intersection(sides[0].index):
            old, new = (float(side[key]) for side in sides)
            found.append((name, key, facts.title(name, key), old, new, new - old))
    return pd.DataFrame(found, columns=table_columns("change_rows"))


def _keyed(table: pd.DataFrame, name: str) -> pd.Series:
    rows = table[table["group_type"].isin(_GROUPS)] if name == "groups" else table
    keys = [key_of(name, row) for row in records(rows)]
    return pd.Series(rows[BETA].to_numpy(), index=keys, dtype="float64")


def _headlines(parts: Parts) -> Iterator[Block]:
    tiles = []
    for side in ("before", "after"):
        claim = parts.facts.value("change_sides", side, "side_estimate")
        note = parts.facts.title("change_sides", side) if claim is not None else ""
        tiles += parts.tile(side, claim, note)
    if tiles:
        yield Tiles(tuple(tiles))
    yield parts.note("exposure")


def _change(parts: Parts, reason: str) -> Iterator[Block]:
    if reason:
        yield parts.note("no_change", "body")
        return
    tables, words = parts.facts.tables, parts.words("notes")
    said: Mapping[str, Any] = {
        "change_factor": lambda row: Cell(parts.words("factors")[row["change_factor"]]),
        "factor_differs": lambda row: Cell(words["yes" if row["factor_differs"] else "no"]),
    }
    columns = ["change_factor", "factor_before", "factor_after", "factor_differs", "change_part", "alone_first", "alone_last"]
    yield parts.table("factors", tables["change_factors"], columns, table_name="change_factors", cells=said)
    if len(tables["change_occupations"]):
        yield parts.table(
            "movers",
            tables["change_occupations"],
            ["title", "soc_code", "composition", "content_part", "value_before", "value_after", "share_before", "share_after"],
            table_name="change_occupations",
            heads={"title": "occupation"},
        )


def _rows(parts: Parts) -> Iterator[Block]:
    rows = parts.facts.tables["change_rows"]
    for name, title in (("sectors", "changed_sectors"), ("areas", "changed_states"), ("groups", "changed_groups")):
        own = rows[rows["table_name"] == name].sort_values("beta_change", ascending=False, kind="stable", na_position="last")
        if len(own):
            columns = ["row_title", "beta_before", "beta_after", "beta_change"]
            yield parts.table(
                title.replace("_", "-"), own, columns, table_name="change_rows", heads={"row_title": "group"}, title=title
            )
