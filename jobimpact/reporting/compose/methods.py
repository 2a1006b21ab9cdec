"""The methods annex: the model and its test, definitions, variances, published figures computed anew."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.facts.evidence import read_evidence
from jobimpact.reporting.claims.cells import BETA, NATION
from jobimpact.reporting.compose.document import PrintedCell
from jobimpact.reporting.compose.limits import limit_slots, limits, reproduce
from jobimpact.reporting.compose.overview import certainty
from jobimpact.reporting.compose.tables import judges, sections, study_parts
from jobimpact.reporting.words.wording import DASH
from jobimpact.tables import read_dictionary, table_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobimpact.reporting.compose.document import Block, DataTable, Request, Section
    from jobimpact.reporting.compose.parts import Parts

_FIGURES = (
    "n_held_tasks",
    "n_held_occupations",
    "label_task_r",
    "label_occupation_r",
    "label_accuracy",
    "label_f1",
    "label_coverage",
)
_REPLICATED = ("what", "target", "our_figure", "difference", "tolerance", "verdict", "citation")
_INTERVALS = ("point_estimate", "estimate_se", "estimate_low", "estimate_high")


def compose_methods(request: Request, replications: pd.DataFrame | None = None) -> tuple[Parts, str, tuple[Section, ...]]:
    """Return the methods annex: its maker, nothing, and the sections."""
    more = {} if replications is None else {"replications": replications}
    parts = study_parts(request, more)
    slots = limit_slots(parts)
    blocks = (
        ("method", parts.realised("method", slots, style="caveat")),
        ("model", _model(parts, parts.realised("model", slots))),
        ("certainty", _certainty(parts)),
        ("definitions", _definitions(parts)),
        ("replications", _replications(parts)),
        ("limits", limits(parts)),
        ("reproduce", reproduce(parts)),
    )
    return parts, "", sections(parts, blocks)


def _model(parts: Parts, sentences: Sequence[Block]) -> Iterator[Block]:
    yield from sentences
    figures = parts.facts.tables.get("model_figures")
    if figures is not None:
        folds = parts.words("folds")
        yield parts.table(
            "model",
            figures,
            ["fold", *_FIGURES],
            table_name="model_figures",
            cells={"fold": lambda row: PrintedCell(str(folds.get(row["fold"], row["fold"])))},
        )


def _certainty(parts: Parts) -> Iterator[Block]:
    yield from judges(parts, "groups", NATION)
    yield from certainty(parts)
    ledger = parts.study.tables.get("variance_ledger")
    if ledger is None:
        return
    totals = ledger[(ledger["cause"] == "total") & (ledger["table_name"] == "sectors") & (ledger["column_name"] == BETA)]
    # The ledger has differences of sectors too.
    totals = totals[~totals["row_key"].str.contains(" - ", regex=False)]
    if len(totals):
        yield parts.table(
            "intervals",
            totals.sort_values("point_estimate", ascending=False, kind="stable", na_position="last"),
            ["row_key", *_INTERVALS],
            table_name="variance_ledger",
            cells={"row_key": lambda row: PrintedCell(parts.facts.title("sectors", row["row_key"]))},
            heads={"row_key": "sector"},
        )


def _evidence(parts: Parts) -> DataTable:
    """Return what stands behind the figures of reports, by the letter that it earns."""
    rows = pd.DataFrame([vars(entry) for entry in read_evidence()])
    texts = {
        "figures": lambda row: ", ".join(row["columns"]),
        "grade": lambda row: row["grade"],
        "evidence": lambda row: row["what" if parts.language == "en" else "what_zh"],
        "test": lambda row: row["test"].partition("::")[2],
    }
    cells = {name: (lambda row, text=text: PrintedCell(str(text(row)))) for name, text in texts.items()}
    rows = rows.assign(figures="", evidence="")
    return parts.table("evidence", rows, [*texts], cells=cells)


def _definitions(parts: Parts) -> Iterator[Block]:
    yield _evidence(parts)
    for name in ("tasks", "occupations", "sectors", "variance_ledger"):
        if name in parts.study.tables:
            yield _dictionary(parts, name)


def _dictionary(parts: Parts, table_name: str) -> DataTable:
    """Return what every column of a table means, in which unit, and where it comes from."""
    columns, meanings = read_dictionary()["columns"], parts.words("meanings")
    units = parts.words("units")
    texts = ("column", "unit", "description", "source")
    rows = pd.DataFrame([{"column": name, **columns[name]} for name in table_columns(table_name)])[[*texts]]
    # Another language has words of its own for most units and columns.
    rows["unit"] = [units.get(unit, unit) for unit in rows["unit"]]
    pairs = zip(rows["column"], rows["description"], strict=True)
    rows["description"] = [parts.fill(meanings[name]) if name in meanings else meaning for name, meaning in pairs]
    table = parts.words("dictionary")[table_name]
    cells = {name: (lambda row, name=name: PrintedCell(str(row[name]))) for name in texts}
    return parts.table(
        f"columns-{table_name.replace('_', '-')}", rows, texts, cells=cells, title="columns", placeholders={"table": table}
    )


def _replications(parts: Parts) -> Iterator[Block]:
    table = parts.facts.tables.get("replications")
    if table is None or table.empty:
        return
    verdicts = parts.words("verdicts")
    columns = [column for column in _REPLICATED if column in table]
    yield parts.table(
        "replications",
        table,
        columns,
        table_name="replications",
        cells={
            "verdict": lambda row: PrintedCell(str(verdicts.get(row["verdict"], row["verdict"]))),
            **{name: partial(_figure, name) for name in ("target", "our_figure", "difference", "tolerance") if name in columns},
        },
    )


def _figure(column: str, row: Mapping[str, Any]) -> PrintedCell:
    """Return a published figure, whose unit stands in the row."""
    value, unit = row[column], str(row.get("target_unit", ""))
    if value is None or value != value:  # noqa: PLR0124 - missing is not itself
        return PrintedCell(DASH, math.nan, unit)
    rounded = round(float(value), 4) + 0.0  # + 0.0 turns -0.0 into 0.0
    return PrintedCell(f"{rounded:,.4f}".rstrip("0").rstrip("."), float(value), unit)
