"""The multiverse of occupation exposures: every rater, model, measure, weight of tasks and split rule, side by side.

A multiverse analysis runs all reasonable choices and shows how the result depends on them (Steegen,
Tuerlinckx, Gelman and Vanpaemel 2016, doi:10.1177/1745691616658637). Here are the choices that lead to
exposures of occupations; those that lead on to an estimate are in
`jobimpact.validation.robustness.estimands`.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.estimates.means.weights import task_weights
from jobimpact.facts.codes import oews_code, published_codes
from jobimpact.validation.robustness.opinions import PUBLISHED, Opinion, Opinions

CHOICES = ("rater", "model", "measure", "task_weights", "crosswalk")
INDEX, NONE = "index", "none"


@dataclass(frozen=True)
class Multiverse:
    """Exposures of occupations under every choice.

    Attributes
    ----------
    versions
        v rows: ``rater model measure task_weights crosswalk`` (`CHOICES`), and ``reason``, empty unless the
        version cannot be made. An index has the measure ``index``; what was not scored by task has no weights
        of tasks (``none``).
    codes
        n codes of OEWS, sorted.
    exposures
        (v, n) exposures, missing where the version says nothing of an occupation.
    left_out
        ``choice``, ``reason`` and ``n_left_out`` (missing where it is not known): what is not among the
        versions.
    """

    versions: pd.DataFrame
    codes: pd.Index
    exposures: np.ndarray
    left_out: pd.DataFrame


def build_multiverse(opinions: Opinions, codes: pd.Index | None = None) -> Multiverse:
    """Aggregate every opinion to occupations under every weight of tasks and every split rule.

    Under ``core`` weights and the split rule ``equal`` an opinion's exposures are those of
    :func:`aggregate_occupations`. `codes` of OEWS are in the result in any case.

    Examples
    --------
    >>> from jobimpact.validation.robustness.opinions import Opinion, Opinions
    >>> scores = pd.DataFrame({"onetsoc_code": ["15-1252.00"] * 2, "task_type": ["Core", "Supplemental"], "beta": [0.5, 0.2]})
    >>> multiverse = build_multiverse(Opinions((Opinion("human", "mine", scores),)))
    >>> multiverse.versions.query("crosswalk == 'equal'")["task_weights"].tolist(), multiverse.exposures[:, 0].round(2)[[0, 6]]
    (['core', 'importance', 'equal'], array([0.4 , 0.35]))
    """
    rows: list[dict[str, Any]] = []
    columns: list[pd.Series] = []
    notes = [(choice, reason, np.nan) for choice, reason in opinions.left_out]
    for opinion in opinions.opinions:
        notes += [(choice, reason, np.nan) for choice, reason in (*_silent(opinion), *_without_jobs(opinion, codes))]
        for choices, exposure, note in _scored_versions(opinion):
            rows.append(choices)
            columns.append(exposure)
            notes += [(*note, np.nan)] if note else []
    for choices, exposure in _index_versions(opinions.indices, opinions.by_jobs):
        rows.append(choices)
        columns.append(exposure)
    if not rows:
        raise InputError("found no scores and no index; expected at least one opinion: give a study, labels, or scores")
    all_codes = pd.Index(sorted(set().union(*(column.index for column in columns), codes if codes is not None else ())))
    exposures = np.full((len(columns), len(all_codes)), np.nan)
    for row, column in enumerate(columns):
        exposures[row, all_codes.get_indexer(column.index)] = column.to_numpy(float)
    return Multiverse(
        pd.DataFrame(rows, columns=[*CHOICES, "reason"]),
        all_codes,
        np.round(exposures, assumption("robustness", "decimals")),
        pd.DataFrame(list(dict.fromkeys(notes)), columns=["choice", "reason", "n_left_out"]),
    )


def _silent(opinion: Opinion) -> Iterator[tuple[str, str]]:
    for measure in MEASURES:
        if measure not in opinion.scores:
            yield f"rater={opinion.rater}, model={opinion.model}, measure={measure}", f"gave no {measure} score"


def _without_jobs(opinion: Opinion, codes: pd.Index | None) -> Iterator[tuple[str, str]]:
    """Yield how many occupations of an opinion are none of `codes`: they count for no jobs."""
    if codes is None:
        return
    soc = pd.Series(opinion.scores["onetsoc_code"].unique())
    unmatched = int((~oews_code(soc).isin(codes)).sum())
    if unmatched:
        yield (
            f"rater={opinion.rater}, model={opinion.model}",
            f"{unmatched:,} of {len(soc):,} occupations found no partner in OEWS",
        )


def _scored_versions(opinion: Opinion) -> Iterator[tuple[dict[str, Any], pd.Series, tuple[str, str] | None]]:
    """Yield the choices, the exposures and what is to be noted of every version of an opinion."""
    scores = opinion.scores
    codes, finer = pd.factorize(scores["onetsoc_code"])
    finer_index = pd.Series(finer)
    soc = finer_index.str[:7]
    parents, coarser = pd.factorize(published_codes(soc))
    # Exact: one O*NET-SOC code, and a SOC code that OEWS publishes as it is.
    whole = (np.bincount(parents) == 1) & (pd.Series(coarser).isin(set(soc))).to_numpy()
    rules = list(assumption("robustness", "crosswalks"))
    for scheme in assumption("robustness", "task_weights") if opinion.per_task else [NONE]:
        weights, reason, note = _weights(opinion, scheme)
        for measure in MEASURES:
            if measure not in scores:
                continue
            sums, totals = _sums(codes, scores[measure].to_numpy(float), weights, len(finer))
            for rule in rules:
                # No jobs are published below the codes of OEWS, by which scores of O*NET-SOC codes could count.
                if rule == "employment" or (rule == "pooled" and not opinion.per_task):
                    continue
                # O*NET-SOC codes that share an occupation of OEWS meet here, by the rule that the version names.
                values = _to_parents(sums, totals, parents, len(coarser), rule)
                values = np.where(whole | (rule != "exact"), values, np.nan)
                choices = dict(zip(CHOICES, (opinion.rater, opinion.model, measure, scheme, rule), strict=True))
                yield {**choices, "reason": reason}, pd.Series(values, index=coarser), note


def _weights(opinion: Opinion, scheme: str) -> tuple[np.ndarray, str, tuple[str, str] | None]:
    """Return the weights of an opinion's tasks, why there are none, and what is to be noted of them."""
    scores, ones = opinion.scores, np.ones(len(opinion.scores))
    if scheme in {"equal", NONE}:
        return ones, "", None
    column = "task_type" if scheme == "core" else "importance"
    if column not in scores or scores[column].isna().all():
        return ones * np.nan, f"no task has {'a type' if scheme == 'core' else 'an importance'}", None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CoverageWarning)
        weights = task_weights(scores, "core" if scheme == "core" else "importance").to_numpy(float)
    where = f"rater={opinion.rater}, model={opinion.model}, task_weights={scheme}"
    return weights, "", (where, str(caught[0].message)) if caught else None


def _sums(codes: np.ndarray, values: np.ndarray, weights: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted sums of scored tasks by O*NET-SOC code, and the sums of their weights."""
    counts = ~np.isnan(values) & (weights > 0)
    code = codes[counts]
    sums = np.bincount(code, weights=weights[counts] * values[counts], minlength=n).astype(float)
    return sums, np.bincount(code, weights=weights[counts], minlength=n).astype(float)


def _to_parents(sums: np.ndarray, totals: np.ndarray, parents: np.ndarray, n: int, rule: str) -> np.ndarray:
    """Return the mean exposure of OEWS occupations; missing where no task counts."""
    counts = totals > 0
    if rule == "pooled":
        above, below = sums, totals
    else:
        above, below = np.divide(sums, totals, out=np.zeros_like(sums), where=counts), counts.astype(float)
    numerator = np.bincount(parents, weights=above, minlength=n)
    denominator = np.bincount(parents, weights=below, minlength=n)
    return np.asarray(np.divide(numerator, denominator, out=np.full(n, np.nan), where=denominator > 0))


def _index_versions(indices: pd.DataFrame, by_jobs: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.Series]]:
    """Yield the versions of published indices: there are no tasks to weigh or to pool."""
    for voice, rows in indices.groupby("voice", sort=False):
        tables = {
            "equal": rows,
            "employment": by_jobs[by_jobs["voice"] == voice],
            "exact": rows[~rows["split"].astype(bool)],
        }
        for rule in assumption("robustness", "crosswalks"):
            # An index on the codes of OEWS crossed no bridge that could be another one.
            if rule not in tables or (rule == "employment" and tables[rule].empty):
                continue
            table = tables[rule]
            choices = dict(zip(CHOICES, (str(voice), PUBLISHED, INDEX, NONE, rule), strict=True))
            yield {**choices, "reason": ""}, table.set_index("soc_code")["index_value"]
