"""What `jobimpact aggregate` prints and writes: a table for the screen, one JSON document, files."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

# Heading, column of the table, form; columns that a table lacks, or that have no value in it, are not shown.
_COLUMNS = (
    ("jobs", "tot_emp", ",.0f"), ("occupations", "n_detailed", ",.0f"),
    ("matched", "matched_share", "%"), ("matched", "share_scored", "%"),
    ("beta", "exposure_beta", ".3f"), ("se", "mean_se", ".3f"), ("low", "mean_low", ".3f"), ("high", "mean_high", ".3f"),
    ("alpha", "exposure_alpha", ".3f"), ("gamma", "exposure_gamma", ".3f"),
    (">= .1", "share_workers_10", "%"), (">= .5", "share_workers_50", "%"), (">= .5", "occupations_50", "%"),
    ("wage bill", "wage_bill", ",.0f"),
)  # fmt: skip
_NONE = "-"
_LONGEST = 44  # characters of a group's name on the screen


@dataclass(frozen=True)
class Result:
    """What the command prints and writes.

    Attributes
    ----------
    table, total
        One row per group, and the row of all together where the table is the user's.
    labels
        Columns of `table` that name a row.
    unmatched
        Table ``unknown_codes``; None where no user's codes were matched.
    about
        Study, table, classification, and in words ``coverage`` and ``errors``.
    """

    table: pd.DataFrame
    total: pd.DataFrame | None
    labels: list[str]
    unmatched: pd.DataFrame | None
    about: dict[str, Any]


def write_result(found: Result, out: Path | None, unmatched: Path | None, *, as_json: bool) -> None:
    """Write the tables where files are named, then print the result."""
    from jobimpact.sources.usertables import write_user_table

    if out is not None:
        write_user_table(found.table, out)
    if unmatched is not None and found.unmatched is not None:
        write_user_table(found.unmatched, unmatched)
    if as_json:
        document = found.about | {"groups": _records(found.table)}
        document |= {"total": None if found.total is None else _records(found.total)[0]}
        document |= {"unmatched": None if found.unmatched is None else _records(found.unmatched)}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    typer.echo(_to_text(found))
    for target, table in ((out, found.table), (unmatched, found.unmatched)):
        if target is not None and table is not None:
            typer.echo(f"{len(table):,} rows written to {target}")


def _records(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _to_text(found: Result) -> str:
    from jobimpact.assumptions import assumption

    origin = found.about["study"]
    lines = [
        f"{found.about['table']}: exposure of {origin['path']}, rater {origin['rater']} on tasks of {origin['tasks']}",
        found.about["coverage"],
        found.about["errors"],
        "",
    ]
    most = int(assumption("aggregate", "shown_groups"))
    total = found.total if found.labels else None
    lines += _grid(found.table.head(most), total, found.labels)
    if len(found.table) > most:
        lines.append(f"... and {len(found.table) - most:,} more groups: --out or --json has all")
    if found.unmatched is not None and len(found.unmatched):
        lines += ["", _unmatched_line(found.unmatched, int(assumption("aggregate", "named_codes")))]
    return "\n".join(lines)


def _unmatched_line(unmatched: pd.DataFrame, most: int) -> str:
    shown = unmatched.head(most)
    named = "; ".join(
        f"{code or '(no code)'} {jobs:,.0f}" for code, jobs in zip(shown["unknown_code"], shown["tot_emp"], strict=True)
    )
    more = f"; and {len(unmatched) - most:,} more: --unmatched or --json has all" if len(unmatched) > most else ""
    return (
        f"Without an exposure: {len(unmatched):,} codes with {unmatched['tot_emp'].sum():,.0f} jobs "
        f"({100 * unmatched['emp_share'].sum():.1f} %): {named}{more}"
    )


def _grid(table: pd.DataFrame, total: pd.DataFrame | None, labels: list[str]) -> list[str]:
    """Return a heading and a line for each row, in columns."""
    parts = [table] if total is None else [table, total]
    columns = [entry for entry in _COLUMNS if entry[1] in table and any(part[entry[1]].notna().any() for part in parts)]
    rows = [["group", *(heading for heading, _, _ in columns)]]
    for part, names in zip(parts, (labels, []), strict=False):
        for row in part.to_dict("records"):
            name = " ".join(str(row[label]) for label in names if isinstance(row[label], str)) or "all"
            name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
            rows.append([name, *(_number(row[column], form) for _, column, form in columns)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns) + 1)]
    cells = [[row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in rows]
    return ["  ".join(row).rstrip() for row in cells]


def _number(value: float, form: str) -> str:
    if math.isnan(value):
        return _NONE
    return f"{100 * value:.1f} %" if form == "%" else f"{value:{form}}"
