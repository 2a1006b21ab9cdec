"""Headline numbers that carry their definition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobimpact.errors import InputError

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
        The study cell that holds it.
    definition
        Measure, cut, weight and population in one sentence.
    note
        What names the row, such as the sector's title.
    """

    name: str
    value: float
    unit: str
    table: str
    row_key: str
    column: str
    definition: str
    note: str = ""


_NATIONAL = (
    (
        "Mean exposure of employment",
        "exposure_beta",
        "0-1",
        (
            "Mean over jobs of the occupation's exposure (beta = P(E1) + P(E2)/2: the share of tasks whose time a language "
            "model could halve, those that need software built on it counted half), weighted by employment."
        ),
    ),
    (
        "Jobs with at least half of tasks exposed",
        "share_workers_50",
        "share",
        "Share of jobs in occupations whose exposure (beta) is 0.50 or more, by employment.",
    ),
    (
        "Jobs with at least a tenth of tasks exposed",
        "share_workers_10",
        "share",
        "Share of jobs in occupations whose exposure (beta) is 0.10 or more, by employment.",
    ),
    (
        "Exposure of the wage bill",
        "exposure_beta_wage_bill",
        "0-1",
        "Mean exposure (beta) weighted by the wage bill: employment times mean annual wage.",
    ),
)


def headlines(groups: pd.DataFrame, sectors: pd.DataFrame) -> list[Headline]:
    """Return the five headline numbers of a study; four where no sector has an exposure.

    Each definition ends with the employment that it covers.

    Raises
    ------
    InputError
        If no occupation of the study was matched to employment.
    """
    national = groups[groups["group_type"] == "all"].iloc[0]
    if not national["emp_matched"] > 0:
        raise InputError("no scored occupation was found in OEWS: check that the codes are SOC 2018 or O*NET-SOC 2019")
    covered = (
        f" Covers {national['emp_matched'] / 1e6:.1f} of {national['tot_emp'] / 1e6:.1f} million jobs "
        f"({100 * national['matched_share']:.1f} %)."
    )
    found = [
        Headline(name, float(national[column]), unit, "groups", "all|all", column, definition + covered)
        for name, column, unit, definition in _NATIONAL
    ]
    scored = sectors.dropna(subset=["exposure_beta"])
    if scored.empty:
        return found
    top = scored.sort_values("exposure_beta", ascending=False, kind="stable").iloc[0]
    definition = (
        "NAICS sector with the highest employment-weighted mean exposure (beta). "
        f"Covers {100 * top['matched_share']:.1f} % of the sector's {top['tot_emp'] / 1e6:.2f} million jobs."
    )
    name = "Most exposed sector"
    value = float(top["exposure_beta"])
    found.append(Headline(name, value, "0-1", "sectors", top["naics"], "exposure_beta", definition, top["naics_title"]))
    return found
