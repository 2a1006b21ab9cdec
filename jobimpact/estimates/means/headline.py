"""Headline numbers that carry their definition."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.definitions import Definition, check_definition, compare_definitions

if TYPE_CHECKING:
    import pandas as pd


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
        The same part by part; :meth:`to_text` and :meth:`to_record` refuse a headline whose definition is not complete.
    alternatives
        Table ``headline_alternatives``: the value under every definition that differs in one choice; None where it was
        not made.
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
        value = f"{100 * self.value:.1f} %" if self.unit == "share" else f"{self.value:.3f}"
        return f"{self.name}{f' ({self.note})' if self.note else ''}: {value}. {sentence}"

    def to_record(self) -> dict[str, Any]:
        """Return the number and each part of its definition as one flat row; InputError if one is missing."""
        defined = asdict(check_definition(self.defined, f"the headline {self.name!r}"))
        return {"name": self.name, "note": self.note, "value": self.value, "unit": self.unit, **defined}


@dataclass(frozen=True)
class _Stated:
    """A headline of the whole economy: its cell of ``groups``, its words and its definition but for population and release."""

    name: str
    column: str
    unit: str
    sentence: str
    defined: Definition


_NATIONAL = (
    _Stated(
        "Mean exposure of employment",
        "exposure_beta",
        "0-1",
        "Mean over jobs of the occupation's exposure (beta = P(E1) + P(E2)/2: the share of tasks whose time a language "
        "model could halve, those that need software built on it counted half), weighted by employment.",
        Definition("beta", "employment", "matched"),
    ),
    _Stated(
        "Jobs with at least half of tasks exposed",
        "share_workers_50",
        "share",
        "Share of jobs in occupations whose exposure (beta) is 0.50 or more, by employment.",
        Definition("beta", "employment", "matched", cut=0.5, operator=">="),
    ),
    _Stated(
        "Jobs with at least a tenth of tasks exposed",
        "share_workers_10",
        "share",
        "Share of jobs in occupations whose exposure (beta) is 0.10 or more, by employment.",
        Definition("beta", "employment", "matched", cut=0.1, operator=">="),
    ),
    _Stated(
        "Exposure of the wage bill",
        "exposure_beta_wage_bill",
        "0-1",
        "Mean exposure (beta) weighted by the wage bill: employment times mean annual wage.",
        Definition("beta", "wage_bill", "matched"),
    ),
)


def headlines(
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
    results = []
    for entry in _NATIONAL:
        defined = replace(entry.defined, population=population, release=release, basis=basis)
        # Without a release the definition is not complete: such a headline is shown, but has no alternatives.
        others = None
        if occupations is not None and not defined.missing():
            others = compare_definitions(occupations, defined, float(national["tot_emp"]))
        value, words = float(national[entry.column]), entry.sentence + covered
        headline = Headline(entry.name, value, entry.unit, "groups", "all|all", entry.column, words, "", defined, others)
        results.append(headline)
    with_exposure = sectors.dropna(subset=["exposure_beta"])
    return results if with_exposure.empty else [*results, _top_sector(with_exposure, population, release, basis)]


def _top_sector(sectors: pd.DataFrame, population: str, release: str, basis: str) -> Headline:
    # Stable, so that of two sectors with one mean the first by code is named on every machine.
    top = sectors.sort_values("exposure_beta", ascending=False, kind="stable").iloc[0]
    definition = (
        "NAICS sector with the highest employment-weighted mean exposure (beta). "
        f"Covers {100 * top['matched_share']:.1f} % of the sector's {top['tot_emp'] / 1e6:.2f} million jobs."
    )
    people = f"{population}, {top['naics_title']}"
    defined = Definition("beta", "employment", "matched", people, release, basis=basis)
    value, key = float(top["exposure_beta"]), top["naics"]
    return Headline("Most exposed sector", value, "0-1", "sectors", key, "exposure_beta", definition, top["naics_title"], defined)


def headlines_table(results: list[Headline]) -> pd.DataFrame:
    """Return headlines as rows: ``name note value unit`` and each part of the definition."""
    import pandas as pd

    return pd.DataFrame([headline.to_record() for headline in results])
