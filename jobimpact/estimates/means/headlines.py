"""Headline numbers of a study that carry their definition, their interval, and other definitions beside them."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.errors import InputError
from jobimpact.estimates.means.definitions import Definition, check_definition, compare_definitions
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.results import Result, records
from jobimpact.study import Study, open_study
from jobimpact.tables import ESTIMATES


@dataclass(frozen=True)
class Headline:
    """A number and everything one must know to repeat it.

    Attributes
    ----------
    name
        Short name for people.
    value
        Unrounded, in `unit`.
    unit
        ``share`` or ``0-1``.
    table, row_key, column
        The study cell that holds it; empty where it is not of a study.
    definition
        Measure, cut, weight and population in one sentence.
    note
        What names the row, such as the sector's title.
    defined
        The same part by part; :meth:`to_text` and :meth:`to_record` refuse a headline whose definition is not
        complete.
    alternatives
        Table ``headline_alternatives``: the value under every definition that differs in one choice; None
        where it was not made.
    """

    name: str
    value: float
    unit: str
    table: str
    row_key: str
    column: str
    definition: str
    note: str = ""
    defined: Definition = field(default_factory=Definition)
    alternatives: pd.DataFrame | None = field(default=None, compare=False, repr=False)

    def to_text(self) -> str:
        """Return the number with its definition, in words; InputError if the definition is not complete."""
        sentence = check_definition(self.defined, f"the headline {self.name!r}").sentence()
        return f"{self.full_name}: {self.value_text}. {sentence}"

    @property
    def full_name(self) -> str:
        """The name with the row that the number is of."""
        return f"{self.name} ({self.note})" if self.note else self.name

    @property
    def value_text(self) -> str:
        """The value as it is printed."""
        return f"{100 * self.value:.1f} %" if self.unit == "share" else f"{self.value:.3f}"

    def interval_text(self, low: float, high: float) -> str:
        """Return an interval of the value as it is printed, empty where it is missing."""
        if math.isnan(low):
            return ""
        return f"{100 * low:.1f} to {100 * high:.1f} %" if self.unit == "share" else f"{low:.3f} to {high:.3f}"

    def to_record(self) -> dict[str, Any]:
        """Return the number and each part of its definition as one flat row; InputError if one is missing."""
        defined = asdict(check_definition(self.defined, f"the headline {self.name!r}"))
        return {"name": self.name, "note": self.note, "value": self.value, "unit": self.unit, **defined}


def headline_numbers(
    groups: pd.DataFrame, sectors: pd.DataFrame, occupations: pd.DataFrame | None = None, *, release: str = "", basis: str = ""
) -> list[Headline]:
    """Return the five headline numbers of a study; four where no sector has an exposure.

    Each definition ends with the employment that it covers.

    Parameters
    ----------
    groups, sectors
        Tables of a study.
    occupations
        Table of the same study; with it the national headlines carry their alternatives.
    release, basis
        Of the employment, and who scored which tasks; without a release no headline can be exported.

    Raises
    ------
    InputError
        If no occupation of the study was matched to employment.
    """
    # The first row of `groups` is the country; its matched jobs are what every national headline is a mean over.
    national = groups[groups["group_type"] == "all"].iloc[0]
    if not national["emp_matched"] > 0:
        raise InputError("no scored occupation was found in OEWS: check that the codes are SOC 2018 or O*NET-SOC 2019")
    covered = (
        f" Covers {national['emp_matched'] / 1e6:.1f} of {national['tot_emp'] / 1e6:.1f} million jobs "
        f"({100 * national['matched_share']:.1f} %)."
    )
    population = str(assumption("headlines", "population"))
    # Of a country most of whose jobs are not in it, a number is none.
    only = ", covered occupations only" if national["matched_share"] < assumption("headlines", "national_coverage") else ""
    results = []
    for name, entry in read_assumptions("national_headlines").items():
        defined = Definition(**entry["definition"], population=population, release=release, basis=basis)
        # Without a release the definition is not complete: such a headline is shown, but has no alternatives.
        others = None
        if occupations is not None and not defined.missing():
            others = compare_definitions(occupations, defined, float(national["tot_emp"]))
        column, unit, words = entry["column"], entry["unit"], entry["sentence"] + covered
        value = float(national[column])
        cell = ("groups", "all|all", column)
        results.append(Headline(name + only, value, unit, *cell, words, "", defined, others))
    ranked = stated_rows(sectors).dropna(subset=["exposure_beta"])
    omitted = int(sectors["exposure_beta"].notna().sum()) - len(ranked)
    return results if ranked.empty else [*results, _top_sector(ranked, omitted, population, release, basis)]


def stated_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return sectors, industries or areas without the exposure of those too little of whose employment is covered to state one.

    The least share is the assumption ``row_coverage``.
    """
    estimates = [name for name in (*MEASURES.values(), *ESTIMATES) if name in table]
    covered = table["matched_share"] >= assumption("headlines", "row_coverage")
    return table.assign(**{name: table[name].where(covered) for name in estimates})


def _top_sector(sectors: pd.DataFrame, omitted: int, population: str, release: str, basis: str) -> Headline:
    # Stable, so that of two sectors with one mean the first by code is named on every machine.
    top = sectors.sort_values("exposure_beta", ascending=False, kind="stable").iloc[0]
    definition = (
        "NAICS sector with the highest employment-weighted mean exposure (beta). "
        f"Covers {100 * top['matched_share']:.1f} % of the sector's {top['tot_emp'] / 1e6:.2f} million jobs."
    )
    if omitted:
        definition += f" {omitted} sectors with less than half of their jobs covered are left out."
    people = f"{population}, {top['naics_title']}"
    defined = Definition("beta", "employment", "matched", people, release, basis=basis)
    value, key = float(top["exposure_beta"]), top["naics"]
    return Headline("Most exposed sector", value, "0-1", "sectors", key, "exposure_beta", definition, top["naics_title"], defined)


def headlines_table(results: list[Headline]) -> pd.DataFrame:
    """Return headlines as rows: ``name note value unit`` and each part of the definition."""
    return pd.DataFrame([headline.to_record() for headline in results])


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Headlines(Result):
    """Headline numbers with their definitions.

    Attributes
    ----------
    table
        ``name note value unit``, ``interval_low interval_high`` (given the ``judge`` of the study; missing where
        it has none), ``judges_low judges_high n_judges`` (the range of the number over all judges, which is no
        interval), and each part of the definition in its column.
    numbers
        The same as objects, each of which can say itself in a sentence.
    alternatives
        Table ``headline_alternatives`` with ``name``: each number under every definition that differs in one
        choice.
    """

    numbers: tuple[Headline, ...]
    alternatives: pd.DataFrame = field(default_factory=pd.DataFrame)

    def headline_rows(self) -> pd.DataFrame:
        """Return name, value, interval and range over judges as they are printed."""
        rows = []
        for number, row in zip(self.numbers, self.table.to_dict("records"), strict=True):
            interval, judges = (number.interval_text(row[f"{name}_low"], row[f"{name}_high"]) for name in ("interval", "judges"))
            rows.append((number.full_name, number.value_text, interval, judges))
        return pd.DataFrame(rows, columns=["headline", "value", "interval", "judges"])

    def lines(self) -> list[str]:
        """Return each number with its name, its interval and its range over judges."""
        rows = self.headline_rows().to_dict("records")
        return [f"{row['headline']}: {row['value']}{text}" for row, text in zip(rows, self._in_brackets(), strict=True)]

    def sentences(self) -> list[str]:
        """Return each number with its whole definition, its interval and its range over judges."""
        return [each.to_text() + text for each, text in zip(self.numbers, self._in_brackets(), strict=True)]

    def _in_brackets(self) -> list[str]:
        """Return interval and range, which are two things, never one."""
        level, texts = 100 * float(assumption("variance", "level")), []
        for row, words in zip(self.table.to_dict("records"), self.headline_rows().to_dict("records"), strict=True):
            interval, judges = words["interval"], words["judges"]
            parts = [f"{level:.0f} % interval {interval} given the {row['judge']} judge"] if interval else []
            parts += [f"{judges} over {row['n_judges']} judges"] if judges else []
            texts.append(f" ({'; '.join(parts)})" if parts else "")
        return texts

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
        ``table``: one row per number with its interval and each part of its definition; ``alternatives``: the
        number under every definition that differs in one choice.

    Raises
    ------
    StudyError
        If there is no such study.
    InputError
        If no occupation of the study was matched to employment.

    Examples
    --------
    >>> headlines("reports/study").lines()[0]
    'Mean exposure of employment: 0.25... (95 % interval 0.23... to 0.27... given the human judge; 0.25... over 5 judges)'
    """
    source = open_study(study)
    tables, inputs = source.tables, source.manifest.get("inputs", {})
    rater, tasks = source.manifest.get("parameters", {}).get("rater", "human"), inputs.get("tasks", {})
    release = f"OEWS {inputs.get('employment', {}).get('release', '')}".strip()
    basis = f"{tasks.get('title', 'tasks')}, {tasks.get('release', '')}".strip(", ")
    basis = f"Scores predicted for the {rater} rater; tasks: {basis}"
    numbers = headline_numbers(tables["groups"], tables["sectors"], tables["occupations"], release=release, basis=basis)
    ends = pd.DataFrame([_ends(source, number, rater) for number in numbers])
    others = [each.alternatives.assign(name=each.name) for each in numbers if each.alternatives is not None]
    return Headlines(
        title=f"Headlines, {release}",
        table=headlines_table(numbers).join(ends),
        notes=tuple(f"{number.full_name}: {number.definition}" for number in numbers),
        numbers=tuple(numbers),
        alternatives=pd.concat(others, ignore_index=True) if others else pd.DataFrame(),
    )


def _ends(study: Study, number: Headline, rater: str) -> dict[str, Any]:
    """Return the interval of a number, and its range over judges where there are several."""
    judges = study.judges(number.table, number.row_key, number.column)
    extent = (judges.min(), judges.max()) if len(judges) > 1 else (math.nan, math.nan)
    columns = ("judge", "interval_low", "interval_high", "judges_low", "judges_high", "n_judges")
    return dict(zip(columns, (rater, *_interval(study.tables, number), *extent, len(judges)), strict=True))


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
