"""What a headline number is a number of: measure, cut, operator, weight, denominator, population, release."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.tables import table_columns

CUTS = {"share_workers_10": 0.10, "share_workers_50": 0.50}  # of beta, whose share of jobs studies state

Operator = Literal[">=", ">"]
Weight = Literal["employment", "wage_bill", "equal"]
Denominator = Literal["matched", "detailed", "published"]

_OPERATORS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {">=": operator.ge, ">": operator.gt}
_OPTIONAL = ("cut", "operator", "errors", "basis")
_MEASURE_WORDS = {
    "alpha": "alpha = P(E1)",
    "beta": "beta = P(E1) + P(E2)/2",
    "gamma": "gamma = P(E1) + P(E2)",
    "automation": "automation, T0 to T4 on 0-1",
}
_UNITS = {"employment": "jobs", "wage_bill": "the wage bill", "equal": "occupations"}
DENOMINATOR_WORDS = {
    "matched": "of occupations with a score",
    "detailed": "of all detailed occupations, those without a score counted as not exposed",
    "published": "of the published total, what has no score counted as not exposed",
}


@dataclass(frozen=True)
class Definition:
    """All that one must know to repeat a headline number.

    Attributes
    ----------
    measure
        ``alpha``, ``beta``, ``gamma`` or ``automation``, of occupations.
    weight
        What an occupation counts for: ``employment``, ``wage_bill`` (employment times mean annual wage) or
        ``equal``.
    denominator
        What the number is a share or mean of. ``matched``: occupations with a score. ``detailed``: every
        detailed occupation of the release, those without a score counted as not exposed. ``published``: the
        published total, which also has what was suppressed. The last two are lower bounds.
    population
        Whose work, such as "wage and salary jobs in the United States".
    release
        Of the employment, such as "OEWS 2025-05".
    cut, operator
        For a share of what lies above a cut; both None for a mean.
    errors
        Of exposures of occupations, in a share above a cut of beta: ``expected`` is the expected share over them
        (:func:`probability_above`); otherwise predictions above the cut are counted.
    basis
        Who scored which tasks, with which task weights; printed where it is given.
    """

    measure: str = ""
    weight: str = ""
    denominator: str = ""
    population: str = ""
    release: str = ""
    cut: float | None = None
    operator: str | None = None
    errors: str = ""
    basis: str = ""

    def missing(self) -> list[str]:
        """Return the names of what is not said."""
        names = [field.name for field in fields(self) if field.name not in _OPTIONAL and not getattr(self, field.name)]
        if (self.cut is None) != (self.operator is None):
            names.append("cut" if self.cut is None else "operator")
        return names

    def sentence(self) -> str:
        """Return the definition in words.

        Raises
        ------
        InputError
            If it is not complete.

        Examples
        --------
        >>> Definition("beta", "employment", "matched", "jobs in Utah", "OEWS 2025-05").sentence()[:66]
        'Mean exposure (beta = P(E1) + P(E2)/2) of jobs (jobs in Utah), of '
        """
        check_definition(self)
        measure, unit = _MEASURE_WORDS[self.measure], _UNITS[self.weight]
        if self.cut is None:
            start = f"Mean exposure ({measure}) of {unit} ({self.population})"
        else:
            share = "Expected share" if self.errors else "Share"
            start = (
                f"{share} of {unit} ({self.population}) in occupations whose exposure ({measure}) is {self.operator} {self.cut:g}"
            )
        basis = f" {self.basis}." if self.basis else ""
        return f"{start}, {DENOMINATOR_WORDS[self.denominator]}; {self.release}.{basis}"


def check_definition(definition: Definition, name: str = "this number") -> Definition:
    """Return `definition` if it is complete and each part is known, else raise InputError."""
    if missing := definition.missing():
        raise InputError(
            f"{name} has no complete definition (found no {', '.join(missing)}); a number without one is not exported: "
            "give Definition(measure, weight, denominator, population, release) and, for a share, cut and operator"
        )
    options = {"measure": tuple(MEASURES), "weight": get_args(Weight), "denominator": get_args(Denominator)}
    options |= {"operator": get_args(Operator)} if definition.operator is not None else {}
    options |= {"errors": ("expected",)} if definition.errors else {}
    for part, allowed in options.items():
        if getattr(definition, part) not in allowed:
            raise InputError(f"{name} has the {part} {getattr(definition, part)!r}; expected one of {', '.join(allowed)}")
    if definition.cut is not None and not 0 <= definition.cut <= 1:
        raise InputError(f"{name} has the cut {definition.cut}; expected a share of exposure from 0 to 1")
    return definition


def above_cut(exposure: np.ndarray, cut: float, sign: str = ">=") -> np.ndarray:
    """Return where `exposure` is above `cut`; what is within the assumption ``tie`` of the cut counts as equal to it.

    Means of labels such as 0.5 are exact only up to rounding, and 3 % of the occupations of Eloundou et al.
    2024 lie exactly at 0.5 by human labels.

    Raises
    ------
    InputError
        If `sign` is neither ``>=`` nor ``>``.
    """
    if sign not in _OPERATORS:
        raise InputError(f"found the operator {sign!r}; expected one of {', '.join(_OPERATORS)}")
    tie = float(assumption("headlines", "tie"))
    return _OPERATORS[sign](exposure, cut - tie if sign == ">=" else cut + tie)


def probability_above(
    exposure: NDArray[np.float64], error: NDArray[np.float64] | float | None, cut: float, sign: str = ">="
) -> NDArray[np.float64]:
    """Return the probability that the true exposure is above `cut`, given its prediction and the standard `error` of that.

    The error is normal. Its mean over jobs is the expected share of jobs above the cut; counting predictions
    above it instead (which is done where the error is 0 or missing) is biased, as predictions are spread less
    than what they predict (Carroll et al. 2006, Measurement Error in Nonlinear Models, ISBN 1-58488-633-1,
    chapter 1).

    Examples
    --------
    >>> probability_above(np.array([0.5, 0.4, 0.4]), np.array([0.1, 0.1, 0.0]), 0.5).round(3).tolist()
    [0.5, 0.159, 0.0]
    """
    plug_in = np.where(np.isnan(exposure), np.nan, above_cut(exposure, cut, sign))
    if error is None:
        return plug_in
    from scipy.special import ndtr

    spread = np.nan_to_num(error)
    certain = spread <= 0
    expected: NDArray[np.float64] = np.where(certain, plug_in, ndtr((exposure - cut) / np.where(certain, 1.0, spread)))
    return expected


def definition_value(occupations: pd.DataFrame, definition: Definition, published: float | None = None) -> float:
    """Return the number on 0-1 that `definition` defines; missing where its denominator is not known.

    `occupations` has one row per occupation of the population, those without a score missing. A published
    total of the wage bill, for one, is not known.
    """
    check_definition(definition)
    column = MEASURES[definition.measure]
    needed = [column, "tot_emp", *(["a_mean"] if definition.weight == "wage_bill" else [])]
    if absent := [name for name in needed if name not in occupations]:
        raise InputError(f"the occupations have no column {absent[0]!r}; expected {', '.join(needed)}")
    employment = occupations["tot_emp"].to_numpy(dtype=float)
    # An occupation counts once where it has jobs: one that OEWS knows without employment is no part of the population.
    weight = {"employment": employment, "equal": np.where(employment > 0, 1.0, np.nan)}.get(definition.weight)
    if weight is None:
        weight = employment * occupations["a_mean"].to_numpy(dtype=float)
    exposure = occupations[column].to_numpy(dtype=float)
    matched = np.isfinite(exposure) & (weight > 0)
    counts_for = exposure
    if definition.cut is not None:
        # Only of beta are errors known.
        with_errors = definition.errors and definition.measure == "beta" and "exposure_beta_se" in occupations
        error = occupations["exposure_beta_se"].to_numpy(dtype=float) if with_errors else None
        counts_for = probability_above(exposure, error, definition.cut, definition.operator or ">=")
    if definition.denominator == "matched":
        total = float(weight[matched].sum())
    elif definition.denominator == "detailed":
        total = float(np.nansum(weight))
    else:
        # Of a wage bill no published total is at hand, only cells.
        total = published if published is not None and definition.weight == "employment" else float("nan")
    return float((weight * counts_for)[matched].sum() / total) if total > 0 else float("nan")


def compare_definitions(occupations: pd.DataFrame, definition: Definition, published: float | None = None) -> pd.DataFrame:
    """Return ``headline_alternatives``: the number under every definition that differs in one choice.

    The first row is ``as defined``; a value that cannot be had from `occupations` is missing.

    Examples
    --------
    >>> rows = pd.DataFrame({"tot_emp": [60.0, 40.0], "a_mean": 1.0, "exposure_beta": [0.5, 0.2]})
    >>> at_least = Definition("beta", "employment", "matched", "all", "2025-05", 0.5, ">=")
    >>> table = compare_definitions(rows, at_least).set_index("alternative")["headline_value"]
    >>> float(table[">= 0.5"]), float(table["> 0.5"])
    (0.6, 0.0)
    """
    base = definition_value(occupations, definition, published)
    rows = [("as defined", _alternative_name(definition), base)]
    for choice, name, other in _alternatives(definition):
        column = MEASURES[other.measure]
        value = definition_value(occupations, other, published) if column in occupations else float("nan")
        rows.append((choice, name, value))
    table = pd.DataFrame(rows, columns=["changed_part", "alternative", "headline_value"])
    return table.assign(headline_difference=table["headline_value"] - base)[table_columns("headline_alternatives")]


def _alternatives(definition: Definition) -> Iterator[tuple[str, str, Definition]]:
    if definition.cut is not None:
        if definition.errors:
            yield "errors", "predictions counted", replace(definition, errors="")
        for sign in get_args(Operator):
            if sign != definition.operator:
                yield "operator", f"{sign} {definition.cut:g}", replace(definition, operator=sign)
        for cut in assumption("headlines", "cuts"):
            if cut != definition.cut:
                yield "cut", f"{definition.operator} {cut:g}", replace(definition, cut=cut)
    # Measures change one at a time: a choice beside another changed one would be another question.
    for choice, options in (
        ("measure", assumption("headlines", "measures")),
        ("weight", get_args(Weight)),
        ("denominator", get_args(Denominator)),
    ):
        for option in options:
            if option != getattr(definition, choice):
                yield choice, option, replace(definition, **{choice: option})


def _alternative_name(definition: Definition) -> str:
    return "mean" if definition.cut is None else f"{definition.operator} {definition.cut:g}"
