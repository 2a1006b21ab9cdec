"""The headline numbers of a whole study: their intervals, their release and basis, and other definitions beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.estimates.means.headline import Headline, headlines_table
from jobimpact.estimates.means.headline import headlines as state_headlines
from jobimpact.results import Result, records
from jobimpact.study import open_study

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobimpact.study import Study


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Headlines(Result):
    """Headline numbers with their definitions.

    Attributes
    ----------
    table
        ``name note value unit``, ``interval_low interval_high`` (missing where the study has none), and each part of the
        definition in its column.
    numbers
        The same as objects, each of which can say itself in a sentence.
    alternatives
        Table ``headline_alternatives`` with ``name``: each number under every definition that differs in one choice.
    """

    numbers: tuple[Headline, ...]
    alternatives: pd.DataFrame = field(default_factory=pd.DataFrame)

    def headline_rows(self) -> pd.DataFrame:
        """Return name, value and interval as they are printed."""
        rows = [
            (headline_name(number), *value_texts(number, *ends)) for number, ends in zip(self.numbers, self._ends(), strict=True)
        ]
        return pd.DataFrame(rows, columns=["headline", "value", "interval"])

    def _ends(self) -> list[tuple[float, float]]:
        return list(self.table[["interval_low", "interval_high"]].itertuples(index=False, name=None))

    def lines(self) -> list[str]:
        """Return each number with its name and its interval."""
        texts = [value_texts(number, *ends) for number, ends in zip(self.numbers, self._ends(), strict=True)]
        return [
            f"{headline_name(number)}: {value}{_in_brackets(interval)}"
            for number, (value, interval) in zip(self.numbers, texts, strict=True)
        ]

    def sentences(self) -> list[str]:
        """Return each number with its whole definition and its interval in a sentence."""
        intervals = [value_texts(number, *ends)[1] for number, ends in zip(self.numbers, self._ends(), strict=True)]
        return [number.to_text() + _in_brackets(text) for number, text in zip(self.numbers, intervals, strict=True)]

    def to_records(self, *, alternatives: bool = False) -> list[dict[str, Any]]:
        """Return one record per number for JSON, on request with its value under the other definitions."""
        rows = records(self.table)
        if alternatives:
            for number, row in zip(self.numbers, rows, strict=True):
                if number.alternatives is not None:
                    row["alternatives"] = records(number.alternatives)
        return rows


def headlines(study: Study | str | Path | None = None) -> Headlines:
    """Return the headline numbers of a study: mean exposure, jobs highly exposed, the wage bill, the most exposed sector.

    Parameters
    ----------
    study
        A study or its folder; by default the one written last.

    Returns
    -------
    Headlines
        ``table``: one row per number with its interval and each part of its definition; ``alternatives``: the number under
        every definition that differs in one choice.

    Raises
    ------
    StudyError
        If there is no such study.
    InputError
        If no occupation of the study was matched to employment.
    """
    source = open_study(study)
    return make_headlines(source.tables, source.manifest)


def _in_brackets(interval: str) -> str:
    return f" ({100 * float(assumption('variance', 'level')):.0f} % interval {interval})" if interval else ""


def headline_name(number: Headline) -> str:
    """Return the name of a number with the row that it is of."""
    return f"{number.name} ({number.note})" if number.note else number.name


def value_texts(number: Headline, low: float, high: float) -> tuple[str, str]:
    """Return a number and its interval as they are printed; the interval is empty where there is none."""
    share = number.unit == "share"
    value = f"{100 * number.value:.1f} %" if share else f"{number.value:.3f}"
    if math.isnan(low):
        return value, ""
    return value, f"{100 * low:.1f} to {100 * high:.1f} %" if share else f"{low:.3f} to {high:.3f}"


def make_headlines(tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> Headlines:
    """Return the headlines of a study's tables, with release and basis from its manifest."""
    inputs, rater = manifest.get("inputs", {}), manifest.get("parameters", {}).get("rater", "human")
    tasks = inputs.get("tasks", {})
    release = f"OEWS {inputs.get('employment', {}).get('release', '')}".strip()
    basis = f"{tasks.get('title', 'tasks')}, {tasks.get('release', '')}".strip(", ")
    basis = f"Scores predicted for the {rater} rater; tasks: {basis}"
    numbers = state_headlines(tables["groups"], tables["sectors"], tables["occupations"], release=release, basis=basis)
    ends = [_interval(tables, number) for number in numbers]
    low, high = zip(*ends, strict=True)
    others = [number.alternatives.assign(name=number.name) for number in numbers if number.alternatives is not None]
    return Headlines(
        title=f"Headlines, {release}",
        table=headlines_table(numbers).assign(interval_low=low, interval_high=high),
        notes=tuple(f"{headline_name(number)}: {number.definition}" for number in numbers),
        numbers=tuple(numbers),
        alternatives=pd.concat(others, ignore_index=True) if others else pd.DataFrame(),
    )


def _interval(tables: Mapping[str, pd.DataFrame], number: Headline) -> tuple[float, float]:
    if "variance_ledger" not in tables:
        return math.nan, math.nan
    ledger = tables["variance_ledger"]
    cell = (ledger["table_name"] == number.table) & (ledger["row_key"] == number.row_key)
    rows = ledger[cell & (ledger["column_name"] == number.column) & (ledger["cause"] == "total")]
    if rows.empty or rows[["estimate_low", "estimate_high"]].isna().to_numpy().any():
        return math.nan, math.nan
    # Exposures and shares lie within 0 and 1, and so do the ends of their intervals.
    return max(float(rows["estimate_low"].iloc[0]), 0.0), min(float(rows["estimate_high"].iloc[0]), 1.0)
