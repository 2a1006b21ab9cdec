"""Means and ratios from survey data with their sampling errors: linearised, or from replicate weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError

ReplicateMethod = Literal["brr", "fay", "jackknife", "sdr", "bootstrap"]
SeMethod = Literal["linearised", "replicates", "cell errors", "none"]

# A variance needs two.
_FEWEST = 2
# Part of all squared weights below which one more replicate says nothing new: a relative 1e-5, as in R's survey.
_RANK = 1e-10


class Units(NamedTuple):
    """Strata by label, the stratum and unit of each of n rows as numbers, and the stratum of each unit."""

    labels: np.ndarray
    stratum: np.ndarray
    unit: np.ndarray
    of_unit: np.ndarray


@dataclass(frozen=True)
class SurveyDesign:
    """How the n rows of a table were drawn; nothing is known of it where all are None.

    Attributes
    ----------
    strata, psus
        (n,) labels of strata and of primary sampling units within them. With only one of the two, or with
        `persons`, the rest is taken as one stratum, and every row as a unit of its own.
    persons
        Rows are persons of a sample, drawn one by one where nothing else is said.
    sampling_fractions
        (n,) part of the units of the row's stratum that was drawn, the same in a whole stratum; 0, which is
        cautious, when not given.
    replicates
        (n, R) replicate weights; they come before strata and units.
    method
        How the publisher made them: ``brr`` (balanced repeated replication), ``fay`` (with `fay`),
        ``jackknife`` (that deletes one), ``sdr`` (successive differences, as in ACS and CPS), ``bootstrap``.
    fay
        Coefficient of Fay's method, from 0 to less than 1.
    cell_errors
        (n,) standard errors of the weights themselves, for a published table of cells; taken as independent.
    """

    strata: np.ndarray | None = None
    psus: np.ndarray | None = None
    persons: bool = False
    sampling_fractions: np.ndarray | None = None
    replicates: np.ndarray | None = None
    method: ReplicateMethod = "sdr"
    fay: float = 0.0
    cell_errors: np.ndarray | None = None

    def se_method(self) -> SeMethod:
        """Return what standard errors can be made of."""
        if self.replicates is not None:
            return "replicates"
        if self.strata is not None or self.psus is not None or self.persons:
            return "linearised"
        return "none" if self.cell_errors is None else "cell errors"

    @cached_property
    def units(self) -> Units | None:
        """Strata and units as numbers; None where every row is a unit of one stratum."""
        column = self.strata if self.psus is None else self.psus
        if column is None:
            return None
        labels, stratum = np.unique(np.zeros(len(column)) if self.strata is None else self.strata, return_inverse=True)
        _, psu = np.unique(np.arange(len(column)) if self.psus is None else self.psus, return_inverse=True)
        # The same label in two strata names two units.
        _, first, unit = np.unique(stratum * (psu.max() + 1) + psu, return_index=True, return_inverse=True)
        return Units(labels, stratum, unit, stratum[first])

    @cached_property
    def replicate_rank(self) -> int:
        """How many replicate weights are not sums of others; balanced ones have one more than strata, however many there are."""
        weights = np.asarray(self.replicates, dtype=float)
        squares = weights.T @ weights
        return int(np.linalg.matrix_rank(squares, tol=_RANK * np.trace(squares), hermitian=True))


@dataclass(frozen=True)
class SurveyEstimate:
    """A mean or ratio and its sampling error, missing where it cannot be had."""

    value: float
    se: float
    low: float  # of the interval at the level of data/distributions.toml, by Student's t
    high: float
    df: float  # of the whole design: units less strata, or rank of the replicates less one; infinite for errors of cells
    method: SeMethod


def survey_mean(
    values: np.ndarray, weights: np.ndarray, design: SurveyDesign, domain: np.ndarray | None = None
) -> SurveyEstimate:
    """Return the weighted mean of `values` over a domain; see :func:`survey_ratio`.

    Examples
    --------
    >>> mean = survey_mean(np.array([0.2, 0.4, 0.6]), np.ones(3), SurveyDesign(persons=True))
    >>> round(mean.value, 3), round(mean.se, 4)
    (0.4, 0.1155)
    """
    return survey_ratio(values, np.ones_like(values, dtype=float), weights, design, domain)


def survey_ratio(
    numerator: np.ndarray,
    denominator: np.ndarray,
    weights: np.ndarray,
    design: SurveyDesign,
    domain: np.ndarray | None = None,
) -> SurveyEstimate:
    """Return the ratio R = sum(w y) / sum(w x) of two weighted totals over a domain, with its standard error.

    All n rows belong to the design, those outside the domain too: leaving them out would make the error of a
    domain too small. Linearised: with u_i = w_i (y_i - R x_i) / sum(w x), 0 outside the domain, z_hj the sum
    of u over unit j of stratum h, var(R) = sum over h of (1 - f_h) n_h / (n_h - 1) times the sum over j of
    (z_hj - mean of z_h)^2 (Binder 1983, International Statistical Review 51(3), doi:10.2307/1402588; Lumley
    2004, Journal of Statistical Software 9(8), doi:10.18637/jss.v009.i08). Replicates: c times the sum of
    (R_r - R)^2 with c = 1/r for BRR, 1/(r (1 - fay)^2) for Fay, (r - 1)/r for the jackknife, 4/r for
    successive differences, 1/(r - 1) for the bootstrap (Wolter 2007, Introduction to Variance Estimation,
    ISBN 978-0-387-32917-8). Errors of cells: var(R) = sum of ((y_i - R x_i) / sum(w x))^2 se_i^2. Degrees of
    freedom of Student's t are those of the whole design also for a domain; of replicates they are the rank of
    their weights less one, as in R's survey: 80 balanced half-samples of 12 strata do not know more than 12.
    """
    member = np.ones(len(weights), dtype=bool) if domain is None else np.asarray(domain, dtype=bool)
    y = np.where(member, numerator, 0.0)
    x = np.where(member, denominator, 0.0)
    total = float((weights * x).sum())
    if not total > 0:
        return _estimate(float("nan"), float("nan"), float("nan"), design.se_method())
    ratio = float((weights * y).sum() / total)
    method = design.se_method()
    if method == "replicates":
        variance, df = _replicate_variance(y, x, ratio, design)
    elif method == "linearised":
        variance, df = _linearised_variance(weights * (y - ratio * x) / total, design)
    elif method == "cell errors":
        errors = np.asarray(design.cell_errors, dtype=float)
        # The error of a cell outside the domain does not matter, whether it is known or not.
        parts = np.where(member, (y - ratio * x) / total * errors, 0.0)
        variance, df = float((parts**2).sum()), float("inf")
    else:
        variance, df = float("nan"), float("nan")
    return _estimate(ratio, float(np.sqrt(variance)), df, method)


def _linearised_variance(u: np.ndarray, design: SurveyDesign) -> tuple[float, float]:
    zeros = np.zeros(len(u), dtype=int)
    labels, stratum, unit, of_unit = design.units or Units(np.array(["all rows"]), zeros, np.arange(len(u)), zeros)
    sums = np.bincount(unit, weights=u)
    counts = np.bincount(of_unit)
    single = counts < _FEWEST
    if single.any():
        label = labels[int(np.argmax(single))]
        raise InputError(
            f"found {int(single.sum())} strata with a single sampling unit (first: {label}), whose variance cannot be had; "
            "expected two or more: join such strata with a neighbour"
        )
    means = np.bincount(of_unit, weights=sums) / counts
    squares = np.bincount(of_unit, weights=(sums - means[of_unit]) ** 2)
    remaining = 1 - _fractions(design, stratum, len(counts))
    return float((remaining * counts / (counts - 1) * squares).sum()), float(counts.sum() - len(counts))


def _fractions(design: SurveyDesign, stratum: np.ndarray, count: int) -> np.ndarray:
    if design.sampling_fractions is None:
        return np.zeros(count)
    fractions = np.asarray(design.sampling_fractions, dtype=float)
    most = np.zeros(count)
    np.maximum.at(most, stratum, fractions)
    if ((fractions < 0) | (fractions > 1)).any() or not np.allclose(fractions, most[stratum]):
        raise InputError("found sampling fractions outside 0 to 1, or several in one stratum; expected one for each stratum")
    return most


def _replicate_variance(y: np.ndarray, x: np.ndarray, ratio: float, design: SurveyDesign) -> tuple[float, float]:
    weights = np.asarray(design.replicates, dtype=float)
    count = weights.shape[1]
    if count < _FEWEST:
        raise InputError(f"found {count} column of replicate weights; expected two or more")
    if design.method not in get_args(ReplicateMethod):
        raise InputError(f"found the method {design.method!r}; expected one of {', '.join(get_args(ReplicateMethod))}")
    if not 0 <= design.fay < 1:
        raise InputError(f"found Fay's coefficient {design.fay}; expected 0 or more and less than 1")
    # Rows outside the domain add nothing, and with many domains would take most of the time.
    rows = (x != 0) | (y != 0)
    totals = x[rows] @ weights[rows]
    replicates = np.divide(y[rows] @ weights[rows], totals, out=np.full(count, np.nan), where=totals > 0)
    scale = {
        "brr": 1 / count,
        "fay": 1 / (count * (1 - design.fay) ** 2),
        "jackknife": (count - 1) / count,
        "sdr": 4 / count,
        "bootstrap": 1 / (count - 1),
    }[design.method]
    return float(scale * ((replicates - ratio) ** 2).sum()), float(design.replicate_rank - 1)


def _estimate(value: float, se: float, df: float, method: SeMethod) -> SurveyEstimate:
    from scipy.special import stdtrit

    level = float(assumption("distributions", "confidence"))
    half = se * float(stdtrit(df, (1 + level) / 2)) if df > 0 else float("nan")
    return SurveyEstimate(value, se, value - half, value + half, df, method)
