"""From exposures of occupations to the answer of a question, in every universe at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.validation.robustness.members import Members
from jobimpact.validation.robustness.multiverse import CHOICES, INDEX, NONE, Multiverse
from jobimpact.validation.robustness.queries import Comparison, Kind, Level, Query, Ranking, Subject, WageGradient, WorkerShare

MEAN = "mean"
FACTORS = (*CHOICES, "worker_weights", "statistic")
COUNTRY: Kind = "all"


@dataclass(frozen=True)
class Evaluation:
    """The answer of a question in every universe.

    Attributes
    ----------
    universes
        u rows: the choices (`FACTORS`), ``covered`` (share of the jobs in question that have an exposure),
        ``estimate``, ``comparable`` (gaps and slopes in standard deviations over jobs, others as they are),
        ``answer`` (``yes``, ``no``, missing where not evaluated) and ``reason`` (empty where evaluated).
    values
        (u, m) value of every member of the kind that is asked about, missing where it is covered too little;
        (u, 0) for questions without members.
    """

    universes: pd.DataFrame
    values: np.ndarray


@dataclass(frozen=True)
class _Setting:
    """One weight of occupations and one statistic, for all v versions: (v, n) cells and their (v,) spread over jobs."""

    cells: np.ndarray
    spread: np.ndarray
    weights: str


def evaluate(multiverse: Multiverse, query: Query, members: Mapping[Kind, Members]) -> Evaluation:
    """Answer a question in every universe.

    The versions of the multiverse are crossed with the weights of occupations and with the statistics that
    the question leaves open (mean exposure; share of jobs in occupations from a cut on). An index on a scale
    of its own has no such shares and no levels: these are no universes. `members` are of the same
    occupations.
    """
    if isinstance(query, Ranking) and query.k > (many := len(members[query.subject.kind].keys)):
        raise InputError(f"{str(query)!r} is true whatever the scores: there are {many:,}; expected a list of {many:,} at most")
    scaled = (multiverse.versions["measure"] != INDEX).to_numpy()
    positions = {subject: members[subject.kind].position(subject) for subject in _subjects(query)}
    tables, values = [], []
    for statistic in statistics(query):
        # An index on its own scale has means and gaps in standard deviations, but no shares above a cut and no levels.
        usable = scaled | ((statistic == MEAN) & (not isinstance(query, Level)))
        exposures = multiverse.exposures[usable]
        cells = exposures if statistic == MEAN else _above(exposures, statistic)
        spread = _spread(cells, members[COUNTRY].jobs[0])
        for weights in worker_weights(query):
            estimate, comparable, covered, reason, block = _answer(query, _Setting(cells, spread, weights), members, positions)
            versions = multiverse.versions[usable]
            reasons = np.where(versions["reason"].ne(""), versions["reason"], reason)
            table = versions[list(CHOICES)].assign(
                worker_weights=weights,
                statistic=statistic,
                covered=covered,
                estimate=estimate,
                comparable=comparable,
                reason=reasons,
            )
            tables.append(table)
            values.append(block)
    universes = pd.concat(tables, ignore_index=True)
    evaluated = universes["reason"].eq("")
    universes.loc[~evaluated, ["estimate", "comparable"]] = np.nan
    decimals = assumption("robustness", "decimals")
    # Rounded before it is compared: a gap of 1e-17 is a tie, on every processor.
    estimates = universes["estimate"].to_numpy(float).round(decimals)
    answers = pd.Series(np.where(holds(query, estimates), "yes", "no"), dtype="object").where(evaluated, None)
    universes = universes.assign(estimate=estimates, answer=answers)
    return Evaluation(universes, np.concatenate(values))


def holds(query: Query, estimates: np.ndarray) -> np.ndarray:
    """Return whether the claim of a question is true of each estimate; a tie is a no, a missing estimate too."""
    with np.errstate(invalid="ignore"):
        if isinstance(query, Ranking):
            return np.asarray(estimates <= query.k)
        if isinstance(query, Comparison):
            return np.asarray(estimates > 0)
        if isinstance(query, WageGradient):
            return np.asarray(estimates > 0 if query.positive else estimates < 0)
        return np.asarray(estimates > query.level if query.above else estimates < query.level)


def statistics(query: Query) -> list[str]:
    """Return the statistics of a question: ``mean``, or shares of jobs such as ``>= 0.5``."""
    signs, cuts = assumption("robustness", "comparisons"), assumption("robustness", "cuts")
    if isinstance(query, WorkerShare):
        signs = signs if query.strict is None else [">" if query.strict else ">="]
        cuts = cuts if query.cut is None else [query.cut]
    shares = [f"{sign} {cut:g}" for cut in cuts for sign in signs]
    if isinstance(query, WorkerShare):
        return shares
    grouped = isinstance(query, Comparison | Ranking) and all(subject.kind != "occupation" for subject in _subjects(query))
    return [MEAN, *shares] if grouped else [MEAN]


def worker_weights(query: Query) -> list[str]:
    """Return the weights of occupations that matter to a question; ``none`` where it is about single occupations."""
    subjects = _subjects(query)
    if subjects and all(subject.kind == "occupation" for subject in subjects):
        return [NONE]
    return list(assumption("robustness", "worker_weights"))


def _subjects(query: Query) -> list[Subject]:
    if isinstance(query, Comparison):
        return [query.higher, query.lower]
    return [] if isinstance(query, WageGradient) else [query.subject]


def _above(exposures: np.ndarray, statistic: str) -> np.ndarray:
    sign, cut = statistic.split()
    above = exposures >= float(cut) if sign == ">=" else exposures > float(cut)
    return np.where(np.isnan(exposures), np.nan, above)


def _spread(cells: np.ndarray, jobs: np.ndarray) -> np.ndarray:
    """Return the (v,) standard deviations of `cells` over jobs; missing where they do not vary."""
    finite = ~np.isnan(cells)
    total = finite @ jobs
    filled = np.where(finite, cells, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled @ jobs / total
        variance = (np.where(finite, (cells - mean[:, None]) ** 2, 0.0) @ jobs) / total
    tiny = 10.0 ** (-2 * assumption("robustness", "decimals"))
    return np.sqrt(np.where(variance > tiny, variance, np.nan))


_Answers = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _answer(query: Query, setting: _Setting, members: Mapping[Kind, Members], positions: Mapping[Subject, int]) -> _Answers:
    """Return (v,) estimates, comparable estimates, coverage and reasons, and the (v, m) values of members."""
    if isinstance(query, WageGradient):
        return _gradient(setting, members[COUNTRY])
    if isinstance(query, Ranking):
        return _rank(setting, members[query.subject.kind], positions[query.subject], query.k)
    if isinstance(query, Comparison):
        first, second = (_values(setting, members[subject.kind]) for subject in (query.higher, query.lower))
        a, b = positions[query.higher], positions[query.lower]
        gap = first[0][:, a] - second[0][:, b]
        covered = np.minimum(first[1][:, a], second[1][:, b])
        # No spread means no gap: both are at the same end.
        comparable = np.where(gap == 0, 0.0, gap / setting.spread)
        few = first[0].shape[1] <= assumption("robustness", "most_pairs")
        same = query.higher.kind == query.lower.kind and few
        return gap, comparable, covered, _reasons(gap, covered), first[0] if same else first[0][:, :0]
    values, coverage = _values(setting, members[query.subject.kind])
    value, covered = values[:, positions[query.subject]], coverage[:, positions[query.subject]]
    return value, value, covered, _reasons(value, covered), values[:, :0]


def _values(setting: _Setting, members: Members) -> tuple[np.ndarray, np.ndarray]:
    """Return (v, m) means of the members and the shares of their jobs that are covered; too little coverage is missing."""
    finite = ~np.isnan(setting.cells)
    if members.kind == "occupation":
        return setting.cells, finite.astype(float)
    weights = members.weights(setting.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = (np.where(finite, setting.cells, 0.0) @ weights.T) / (finite @ weights.T)
    covered = (finite @ members.jobs.T) / members.totals
    values = np.where(covered >= assumption("robustness", "least_covered"), values, np.nan)
    return values.round(assumption("robustness", "decimals")), covered


def _rank(setting: _Setting, members: Members, position: int, k: int) -> _Answers:
    values, coverage = _values(setting, members)
    value = values[:, position]
    with np.errstate(invalid="ignore"):
        rank = np.where(np.isnan(value), np.nan, 1.0 + (values > value[:, None]).sum(axis=1))
    if members.kind == "occupation":
        covered = (coverage @ members.jobs[0]) / members.totals[0]
        reason = _reasons(value, covered)
        return np.where(reason == "", rank, np.nan), rank, covered, reason, values
    # Members that are covered too little may stand above or below: the answer counts where it is the same either way.
    open_ = (rank <= k) & (rank + np.isnan(values).sum(axis=1) > k)
    least = assumption("robustness", "least_covered")
    text = f"the answer hangs on a {members.kind} of which less than {least:.0%} of the jobs are covered"
    reason = np.where(open_, text, _reasons(value, coverage[:, position]))
    return rank, rank, coverage[:, position], reason, values


def _gradient(setting: _Setting, country: Members) -> _Answers:
    """Regress exposure on the log of the mean wage over occupations (weighted least squares with a constant)."""
    jobs, bills = country.jobs[0], country.bills[0]
    paid = (jobs > 0) & (bills > 0)
    wage = np.log(np.divide(bills, jobs, out=np.ones_like(bills), where=paid))
    weights = np.where(paid, country.weights(setting.weights)[0], 0.0)
    wage = wage - np.average(wage, weights=weights)
    finite = ~np.isnan(setting.cells)
    cells = np.where(finite, setting.cells, 0.0)
    total, wages = finite @ weights, finite @ (weights * wage)
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = cells @ (weights * wage) - wages * (cells @ weights) / total
        slope = covariance / (finite @ (weights * wage**2) - wages**2 / total)
    covered = (finite @ np.where(paid, jobs, 0.0)) / country.totals[0]
    comparable = np.where(slope == 0, 0.0, slope / setting.spread)
    return slope, comparable, covered, _reasons(slope, covered), setting.cells[:, :0]


def _reasons(values: np.ndarray, covered: np.ndarray) -> np.ndarray:
    least = assumption("robustness", "least_covered")
    few = f"covers less than {least:.0%} of the jobs in question"
    reasons = np.where(np.isnan(values), "no exposure of what is asked about", "")
    return np.where(covered < least, few, reasons)
