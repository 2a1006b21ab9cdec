"""What the exposure of groups of employment comes back as: its table, and what it covers and leaves out in sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.errors import InputError
from jobimpact.paths import packaged
from jobimpact.results import Result, records
from jobimpact.sources.tasks.statements import excel_hint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobimpact.study import Study

_LONGEST = 44  # characters of a group's name at a prompt
# Heading, column of the table, form; columns that a table lacks, or that have no value in it, are not printed.
_COLUMNS = (
    ("jobs", "tot_emp", ",.0f"), ("occupations", "n_detailed", ",.0f"),
    ("matched", "matched_share", "%"), ("scored", "share_scored", "%"),
    ("beta", "exposure_beta", ".3f"), ("se", "mean_se", ".3f"), ("low", "mean_low", ".3f"), ("high", "mean_high", ".3f"),
    ("alpha", "exposure_alpha", ".3f"), ("gamma", "exposure_gamma", ".3f"),
    (">= .1", "share_workers_10", "%"), (">= .5", "share_workers_50", "%"), ("occupations >= .5", "occupations_50", "%"),
    ("wage bill", "wage_bill", ",.0f"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Aggregates(Result):
    """The exposure of groups of employment, with what it covers and how far it may be off.

    Attributes
    ----------
    table
        One row per group: jobs, what of them is matched, mean exposures, shares above cuts, errors and
        intervals of beta.
    total
        One row of all together; None where groups do not add up to one.
    unmatched
        Table ``unknown_codes``: codes without an exposure and their jobs; None where no user's codes were
        matched.
    labels
        Columns of `table` that name a row.
    about
        Study, table and classification, and in words ``coverage`` and ``errors``.
    """

    total: pd.DataFrame | None
    unmatched: pd.DataFrame | None
    labels: tuple[str, ...]
    about: Mapping[str, Any]

    def headline_rows(self) -> pd.DataFrame:
        """Return the first groups, and the row of all, as they are printed."""
        groups = self.table.head(int(assumption("aggregate", "shown_groups")))
        parts = [groups] if self.total is None or not self.labels else [groups, self.total]
        names = [self._name(row) for row in groups.to_dict("records")] + ["all"] * (len(parts) - 1)
        rows = pd.concat(parts, ignore_index=True)
        columns = [entry for entry in _COLUMNS if entry[1] in rows and rows[entry[1]].notna().any()]
        cells = {heading: [_figure(value, form) for value in rows[column]] for heading, column, form in columns}
        return pd.DataFrame({"group": names, **cells})

    def _name(self, row: Mapping[Any, Any]) -> str:
        name = " ".join(str(row[label]) for label in self.labels if isinstance(row[label], str)) or "all"
        return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."

    def to_record(self) -> dict[str, Any]:
        """Return everything as JSON holds it."""
        return {
            **self.about,
            "groups": records(self.table),
            "total": None if self.total is None else records(self.total)[0],
            "unmatched": None if self.unmatched is None else records(self.unmatched),
        }


def make_result(
    study: Study,
    name: str,
    classification: str,
    table: pd.DataFrame,
    labels: list[str],
    sentences: dict[str, str],
    **tables: pd.DataFrame,
) -> Aggregates:
    """Return the aggregates of a study on the table `name`; `sentences` say ``coverage`` and ``errors``.

    `tables` are ``total`` and ``unmatched``, where there are any.
    """
    inputs = study.manifest.get("inputs", {})
    origin = {
        "path": str(study.path),
        "rater": study.manifest.get("parameters", {}).get("rater"),
        "tasks": inputs.get("tasks", {}).get("name"),
        "employment": inputs.get("employment", {}).get("release"),
    }
    notes = list(sentences.values())
    hidden = len(table) - int(assumption("aggregate", "shown_groups"))
    if hidden > 0:
        notes.append(f"{hidden:,} more groups are in the table")
    unmatched = tables.get("unmatched")
    if unmatched is not None and len(unmatched):
        hint = code_hint(unmatched["unknown_code"], classification)
        notes.append(_unmatched_sentence(unmatched, int(assumption("aggregate", "named_codes"))) + hint)
    return Aggregates(
        title=f"{name}: exposure of {origin['path']}, rater {origin['rater']} on tasks of {origin['tasks']}",
        table=table,
        notes=tuple(notes),
        total=tables.get("total"),
        unmatched=unmatched,
        labels=tuple(labels),
        about={"study": origin, "table": name, "classification": classification, **sentences},
    )


def check_level(level: float | None) -> float:
    """Return the level of intervals, by default that of a study's own; InputError if it is none."""
    level = float(assumption("variance", "level")) if level is None else level
    low, high = read_assumptions("variance")["level"]["range"]
    if not low <= level <= high:
        raise InputError(f"found {{level}} {level:g}; expected a probability from {low:g} to {high:g}", parameters=["level"])
    return level


def errors_sentence(table: pd.DataFrame, level: float, no_sampling: str = "the table does not say how it was drawn") -> str:
    """Return in a sentence which errors the intervals hold, and why not the others: caveats travel with the number."""
    parts = {
        "se_sampling": ("sampling", no_sampling),
        "se_model": ("the model", "the study has none"),
        "se_weights": ("the weights of tasks", "one scheme is known"),
        "se_crosswalk": ("the crosswalk", "no share is assumed"),
    }
    held = [name for column, (name, _) in parts.items() if table[column].notna().any()]
    missing = "; ".join(f"not {name} ({reason})" for name, reason in parts.values() if name not in held)
    sentence = "No error is known, so no interval is stated"
    if held:
        sentence = f"Intervals of {100 * level:g} % hold the errors of {' and '.join(held)}, given the judge of the study"
    return f"{sentence}{', ' + missing if missing else ''}. An error that all scores have in common is in none of them."


def code_hint(codes: pd.Series, classification: str) -> str:
    """Return what codes without a partner seem to be: of an earlier SOC, or dates that Excel made; else nothing."""
    earlier: set[str] = set()
    if classification == "soc-2018":
        pairs = pd.read_parquet(packaged("data", "indices", "soc_2010_2018.parquet"), columns=["soc_code_2010", "soc_code"])
        earlier = set(pairs["soc_code_2010"]) - set(pairs["soc_code"])
    n = int(codes.isin(earlier).sum())
    return (f"; {n:,} of these are codes of SOC 2010: give the classification soc-2010" if n else "") + excel_hint(codes)


def _unmatched_sentence(unmatched: pd.DataFrame, most: int) -> str:
    rows = unmatched.head(most)
    largest = "; ".join(
        f"{code or '(no code)'} {jobs:,.0f}" for code, jobs in zip(rows["unknown_code"], rows["tot_emp"], strict=True)
    )
    more = f"; and {len(unmatched) - most:,} more" if len(unmatched) > most else ""
    return (
        f"Without an exposure: {len(unmatched):,} codes with {unmatched['tot_emp'].sum():,.0f} jobs "
        f"({100 * unmatched['emp_share'].sum():.1f} %): {largest}{more}"
    )


def _figure(value: float, form: str) -> str:
    if math.isnan(value):
        return "-"
    return f"{100 * value:.1f} %" if form == "%" else f"{value:{form}}"
