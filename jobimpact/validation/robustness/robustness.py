"""Does a conclusion survive? One question asked in every universe of raters, models, measures, weights, cuts and crosswalks.

Multiverse analysis: Steegen, Tuerlinckx, Gelman and Vanpaemel 2016, doi:10.1177/1745691616658637.
Specification curve: Simonsohn, Simmons and Nelson 2020, doi:10.1038/s41562-020-0912-z. A survival share is a
description of the choices that were tried, not a probability: universes are neither independent nor a sample.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.means.cells import check_release
from jobimpact.exposure.encoder.sentence import Device
from jobimpact.facts.states import read_states
from jobimpact.results import Result, plain
from jobimpact.sources.jobs.employment import EmploymentLevel, read_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.sources.usertables import read_user_table
from jobimpact.study import Study, open_study
from jobimpact.tables import check_table, table_columns
from jobimpact.validation.robustness.estimands import FACTORS, evaluate, statistics
from jobimpact.validation.robustness.members import Members, find_members
from jobimpact.validation.robustness.multiverse import INDEX, Multiverse, build_multiverse
from jobimpact.validation.robustness.opinions import OWN_MODEL, Opinions, opinions_at_hand, study_and_heads
from jobimpact.validation.robustness.queries import Comparison, Kind, Level, Query, Ranking, WorkerShare, parse_query
from jobimpact.validation.robustness.sensitivity import VarianceSplit, split_variance
from jobimpact.validation.robustness.survival import choice_survival, member_survival, pair_survival
from jobimpact.validation.robustness.user_opinions import table_opinions

Verdict = Literal["always", "sometimes", "never"]

_RATER = "rater"
_INDICES = ("main", "total", "shapley")
_LISTED = 12  # rows that a note names
_LEVELS: tuple[EmploymentLevel, ...] = ("national", "sector", "state")
_ROUNDS_TO_ONE_PERCENT = 0.005


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Robustness(Result):
    """Whether the claim of a question survives other choices.

    Attributes
    ----------
    table
        Table ``universes``: choices, estimate and answer of each; those that could not be evaluated say why.
    query
        The question.
    left_out
        Table ``universes_left_out``: reasons, and how many universes each concerns.
    survival, survival_weighted
        Share of the evaluated universes in which the claim holds: each counted once, and by its weight, with
        which every rater and index counts the same however many universes it has.
    verdict
        ``always``, ``sometimes`` or ``never``.
    members
        Table ``robust_members``: for a question about a rank, how often each member is among the first k.
    pairs
        Table ``robust_pairs``: for a comparison of two of a kind, how often each pair stands in its more
        frequent order.
    choices
        Table ``choice_survival``: survival and mean estimate at every level of every choice.
    answer_split, estimate_split
        What moves the yes or no, and the estimate on its comparable scale, universes weighted.
    reference
        Choices, estimate and answer of the study itself, where it is among the universes.
    manifest
        Of the study that was asked.
    """

    query: Query
    left_out: pd.DataFrame
    survival: float
    survival_weighted: float
    verdict: Verdict
    members: pd.DataFrame
    pairs: pd.DataFrame
    choices: pd.DataFrame
    answer_split: VarianceSplit
    estimate_split: VarianceSplit
    reference: Mapping[str, Any] | None
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def importance(self) -> pd.DataFrame:
        """Table ``choice_importance``: both splits side by side, the choice that moves the answer most first."""
        answer = self.answer_split.table.rename(columns={name: f"{name}_answer" for name in _INDICES})
        estimate = self.estimate_split.table.rename(columns={name: f"{name}_estimate" for name in _INDICES})
        both = answer.merge(estimate.drop(columns="n_levels"), on="choice", how="left", validate="one_to_one")
        both = both.sort_values(["shapley_answer", "shapley_estimate"], ascending=False, kind="stable", ignore_index=True)
        return check_table("choice_importance", both[table_columns("choice_importance")])

    @property
    def decisive(self) -> str:
        """The choice that moves the answer most; where the answer never changes, the estimate; empty where neither does."""
        for split in (self.answer_split, self.estimate_split):
            if split.variance > 0:
                return str(split.table["choice"].iloc[0])
        return ""

    def headline_rows(self) -> pd.DataFrame:
        """Return what each choice moves, as it is printed: Shapley effects on the answer and on the estimate."""
        rows = self.importance[["choice", "shapley_answer", "shapley_estimate"]]
        percent = {name: rows[name].map(_percent) for name in ("shapley_answer", "shapley_estimate")}
        return rows.assign(choice=rows["choice"].str.replace("_", " "), **percent)

    def to_record(self) -> dict[str, Any]:
        """Return everything as JSON holds it; missing values are None."""
        splits = {"answer": self.answer_split, "estimate": self.estimate_split}
        tables = {
            "choice_importance": self.importance, "choice_survival": self.choices, "members": self.members,
            "pairs": self.pairs, "left_out": self.left_out, "universes": self.table,
        }  # fmt: skip
        parts = ("variance", "additive", "interaction", "orthogonal")
        names = ("task_weights", "worker_weights", "crosswalks", "cuts", "comparisons", "least_covered")
        content = {
            "query": str(self.query),
            "n_universes": len(self.table),
            "n_evaluated": int(self.table["answer"].notna().sum()),
            **{name: getattr(self, name) for name in ("survival", "survival_weighted", "verdict")},
            "decisive_choice": self.decisive or None,
            "reference": self.reference,
            "variance": {name: {part: getattr(split, part) for part in parts} for name, split in splits.items()},
            "assumptions": {name: assumption("robustness", name) for name in names},
            **{name: table.to_dict(orient="records") for name, table in tables.items()},
        }
        record: dict[str, Any] = plain(content)
        return record


def robustness(
    study: Study | str | Path,
    query: str,
    *,
    scores: Sequence[str | Path] = (),
    raters: str | Sequence[str] = "all",
    indices: str | Sequence[str] = "default",
    credence: Mapping[str, float] | None = None,
    data: str | Path | None = None,
    heads: str | Path | None = None,
    device: Device = "auto",
    progress: bool = False,
) -> Robustness:
    """Ask whether a conclusion survives other raters, models, measures, weights, cuts, crosswalks and indices.

    Parameters
    ----------
    study
        A study or its folder.
    query
        A question such as ``sector 52 > sector 23``, ``occupation 15-1252 in top 25``, ``sign wage gradient``
        or ``share workers >= 0.5 above 0.2``; see
        :func:`jobimpact.validation.robustness.queries.parse_query`.
    scores
        Files of further scores: ``onetsoc_code``, ``label`` or ``alpha beta gamma``, ``rater``, ``model``,
        ``task_id``.
    raters
        Raters to score the study's tasks for: ``all``, ``none``, or names.
    indices
        Published indices: ``default``, ``none``, or names.
    credence
        Weights of levels, such as ``{"rater=human": 2}``.
    data
        Folder with publishers' files under their own names, which comes before the data folder.
    heads
        Folder of the heads that the study was made with, where they are not those of the package.
    device
        Where the encoder runs.
    progress
        Whether bars are shown.

    Returns
    -------
    Robustness
        A survival share describes the choices that were tried; it is no probability.

    Raises
    ------
    InputError
        If the question is not understood, or a choice is unknown.
    StudyError
        If there is no such study.

    Examples
    --------
    >>> result = robustness("reports/study", "sector 52 > sector 23", raters="none", indices="none")
    >>> result.verdict
    'sometimes'
    """
    question, source = parse_query(query), open_study(study)
    opinions = study_and_heads(source, _names(raters), heads, device, progress=progress)
    selection = None if indices == "default" else _names(indices) or []
    opinions = opinions.joined(opinions_at_hand(Inputs(data), source["tasks"], selection))
    for file in map(Path, scores):
        opinions = opinions.joined(table_opinions(read_user_table(file), file.stem, source["tasks"]))
    return replace(_assess(source, question, opinions, credence or {}), manifest=source.manifest)


def _names(value: str | Sequence[str]) -> list[str] | None:
    """Return names of raters or indices: None for all, an empty list for none."""
    if value == "all":
        return None
    if value == "none":
        return []
    return [name.strip() for name in (value.split(",") if isinstance(value, str) else value)]


def _assess(study: Study, question: Any, opinions: Opinions, credence: Mapping[str, float]) -> Robustness:
    release = str(study.manifest.get("inputs", {}).get("employment", {}).get("release", ""))
    national, sector, state = (check_release(read_employment(level), release) for level in _LEVELS)
    detailed = national.loc[national["o_group"] == "detailed", "soc_code"]
    multiverse = build_multiverse(opinions, pd.Index(detailed))
    members = find_members(multiverse.codes, national, sector, state, read_states())
    parameters = study.manifest.get("parameters", {})
    reference = {
        "rater": str(parameters.get("rater", "human")), "model": OWN_MODEL, "measure": "beta",
        "task_weights": str(parameters.get("weights", "core")), "crosswalk": "equal", "worker_weights": "employment",
        "statistic": "mean",
    }  # fmt: skip
    return assess_robustness(question, multiverse, members, reference=reference, credence=credence)


def assess_robustness(
    query: Query | str,
    multiverse: Multiverse,
    members: Mapping[Kind, Members],
    *,
    reference: Mapping[str, str] | None = None,
    credence: Mapping[str, float] | None = None,
) -> Robustness:
    """Ask one question in every universe.

    `reference` has the choices of the study by name; those that the question does not need are left aside.
    `credence` has weights of levels, such as ``{"rater=human": 2}``, 1 where none is given; a level of weight
    0 counts in the plain survival share only.
    """
    question = parse_query(query) if isinstance(query, str) else query
    evaluation = evaluate(multiverse, question, members)
    results = evaluation.universes
    evaluated = results["answer"].notna().to_numpy()
    if not evaluated.any():
        reason = results["reason"].mode().iloc[0] if len(results) else "no score is on the scale that the question needs"
        raise InputError(
            f"{str(question)!r} cannot be answered in any of {len(results):,} universes ({reason}): give other scores"
        )
    weights = _weights(results, evaluated, credence or {})
    universes = results.assign(
        universe=np.arange(1, len(results) + 1), universe_weight=weights, covered=results["covered"].astype(float).clip(0, 1)
    )[table_columns("universes")]
    yes = results["answer"].eq("yes").to_numpy(float)
    survival = float(yes[evaluated].mean())
    # A level of credence 0 still counts in the plain survival share; a split of variance needs a weight.
    weighted = evaluated & (weights > 0)
    splits = [
        split_variance(results[weighted], outcome[weighted], FACTORS, weights[weighted])
        for outcome in (yes, results["comparable"].to_numpy(float))
    ]
    values = evaluation.values[evaluated]  # noqa: PD011 - an array of ours
    kind: Kind = "all"
    if isinstance(question, Ranking):
        kind = question.subject.kind
    elif isinstance(question, Comparison):
        kind = question.higher.kind
    verdict: Verdict = "always" if survival == 1 else "never" if survival == 0 else "sometimes"
    result = Robustness(
        title=f"{question}: {verdict}",
        table=check_table("universes", universes),
        query=question,
        left_out=_left_out(multiverse, results, question, _unranked(question, values)),
        survival=survival,
        survival_weighted=float(weights @ yes),
        verdict=verdict,
        members=member_survival(question, values, weights[evaluated], members[kind]),
        pairs=pair_survival(question, values, weights[evaluated], members[kind]),
        choices=choice_survival(results[evaluated], weights[evaluated]),
        answer_split=splits[0],
        estimate_split=splits[1],
        reference=_reference(universes, reference),
    )
    return replace(result, notes=tuple(_sentences(result)))


def _weights(universes: pd.DataFrame, evaluated: np.ndarray, credence: Mapping[str, float]) -> np.ndarray:
    """Return weights that sum to 1 over evaluated universes, every rater with the same sum unless its credence differs."""
    weights = evaluated.astype(float)
    of_rater = pd.Series(1.0, index=universes[_RATER].unique())
    for name, value in credence.items():
        choice, _, level = name.partition("=")
        if choice not in FACTORS or level not in set(universes[choice]):
            levels = sorted({f"{column}={cell}" for column in FACTORS for cell in universes[column].unique()})
            raise InputError(f"credence of {name!r}: found no such level; expected one of {', '.join(levels)}")
        if not 0 <= value < np.inf:
            raise InputError(f"credence of {name!r} is {value}; expected 0 or more, and not without bound")
        if choice == _RATER:
            of_rater[level] = value
        else:
            weights = weights * np.where(universes[choice] == level, value, 1.0)
    # A rater with many universes must not outvote one with few: each has the same sum, unless its credence says otherwise.
    sums = pd.Series(weights).groupby(universes[_RATER].to_numpy()).transform("sum").to_numpy(float)
    credences = universes[_RATER].map(of_rater).to_numpy(float)
    weights = np.divide(weights * credences, sums, out=np.zeros_like(weights), where=sums > 0)
    if not weights.sum() > 0:
        raise InputError("the credences leave no universe that could be evaluated; expected one above 0: raise one of them")
    return np.asarray(weights / weights.sum())


def _unranked(query: Query, values: np.ndarray) -> list[tuple[str, str, float]]:
    """Return what ranks leave out: members without an exposure, which might stand above the one that is asked about."""
    ranked = (~np.isnan(values)).sum(axis=1)
    if not isinstance(query, Ranking) or ranked.min() == values.shape[1]:
        return []
    among = f"{ranked.min():,}" if ranked.min() == ranked.max() else f"{ranked.min():,} to {ranked.max():,}"
    return [("rank", f"ranks are among those with an exposure, {among} of {values.shape[1]:,}", np.nan)]


def _left_out(
    multiverse: Multiverse, universes: pd.DataFrame, query: Query, unranked: list[tuple[str, str, float]]
) -> pd.DataFrame:
    """Return every reason why a universe was not evaluated, by rater and model, and what never became one."""
    without = universes[universes["reason"].ne("")]
    rows = [*unranked]
    for (rater, model, reason), part in without.groupby(["rater", "model", "reason"], sort=False):
        # A choice is named where it tells these universes from the evaluated ones.
        same = [name for name in FACTORS[2:] if len(set(part[name])) == 1 < len(set(universes[name]))]
        choices = "".join(f", {name}={part[name].iloc[0]}" for name in same)
        rows.append((f"rater={rater}, model={model}{choices}", str(reason), float(len(part))))
    indices = multiverse.versions[multiverse.versions["measure"] == INDEX]
    shares = len([name for name in statistics(query) if name != "mean"])
    if len(indices) and (shares or isinstance(query, Level | WorkerShare)):
        raters = ", ".join(indices[_RATER].unique())
        reason = "an index on a scale of its own has no level and no share of jobs from a cut on"
        rows.append((f"rater={raters}, statistic=share or level", reason, np.nan))
    table = pd.DataFrame(rows, columns=["choice", "reason", "n_left_out"])
    parts = [part for part in (table, multiverse.left_out) if len(part)]
    reasons = pd.concat(parts, ignore_index=True) if parts else table
    return check_table("universes_left_out", reasons.astype({"n_left_out": "float64"})[table_columns("universes_left_out")])


def _reference(universes: pd.DataFrame, reference: Mapping[str, str] | None) -> dict[str, Any] | None:
    if reference is None:
        return None
    same = np.ones(len(universes), dtype=bool)
    for choice, level in reference.items():
        # A question about an occupation has no weights of jobs, one about a share no mean: then the first level stands for it.
        levels = universes[choice]
        same &= levels.eq(level if levels.eq(level).any() else levels.iloc[0]).to_numpy()
    if not same.any():
        return None
    record: dict[str, Any] = plain(universes[same].iloc[0].to_dict())
    return record


def claim_threshold(query: Query) -> float:
    """Return the estimate at which the answer of a question changes."""
    if isinstance(query, Ranking):
        # A rank lies between whole numbers: at k the claim holds, at k + 1 not.
        return query.k + 0.5
    return query.level if isinstance(query, WorkerShare | Level) else 0.0


def estimate_unit(query: Query) -> str:
    """Return what the comparable estimates of a question are in."""
    if isinstance(query, Ranking):
        return "rank, 1 the most exposed"
    if isinstance(query, WorkerShare):
        return "share of jobs"
    if isinstance(query, Level):
        return "exposure, 0-1"
    return "standard deviations over jobs" + ("" if isinstance(query, Comparison) else " per log point of the wage")


def _sentences(result: Robustness) -> list[str]:
    """Return in words how often the claim holds, what moves it, and what could not be evaluated."""
    evaluated = result.table[result.table["answer"].notna()]
    # Indices are on scales of their own: only comparable estimates have a median.
    low, middle, high = evaluated["comparable"].quantile([0, 0.5, 1])
    sentences = [
        f"holds in {result.survival:.1%} of {len(evaluated):,} universes, or {result.survival_weighted:.1%} by weight",
        "(a description of the choices that were tried, no probability; by weight, all raters and indices count alike)",
        f"estimates ({estimate_unit(result.query)}): median {middle:.3g}, from {low:.3g} to {high:.3g}",
    ]
    if result.reference is not None:
        sentences.append(f"this study's own choices: {_study_choices(result.reference)}")
    sentences += [_importance("the answer", result.answer_split), _importance("the estimate", result.estimate_split)]
    for name, table in (("members", result.members), ("pairs", result.pairs)):
        if len(table):
            counts = table["verdict"].value_counts()
            sentences.append(f"{name}: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items()))
    if len(result.members):
        always = result.members.loc[result.members["verdict"] == "always", "member_title"].tolist()
        titles = "; ".join(always[:_LISTED]) or "none"
        sentences.append(f"always among them: {titles}{' ...' if len(always) > _LISTED else ''}")
    n = len(result.table)
    sentences.append(f"Not evaluated: {n - len(evaluated):,} of {n:,} universes")
    for row in result.left_out.head(_LISTED).to_dict(orient="records"):
        count = "" if math.isnan(row["n_left_out"]) else f" ({row['n_left_out']:,.0f})"
        sentences.append(f"{row['choice']}{count}: {row['reason']}")
    if len(result.left_out) > _LISTED:
        sentences.append(f"and {len(result.left_out) - _LISTED} more in `left_out`")
    return sentences


def _study_choices(reference: Mapping[str, Any]) -> str:
    if not reference["answer"]:
        return f"not evaluated ({reference['reason']})"
    estimate, comparable = reference["estimate"], reference["comparable"]
    sentence = f"{reference['answer']}, estimate {estimate:.3g}"
    return sentence if comparable in (estimate, None) else f"{sentence}, or {comparable:.3g} of these"


def _importance(name: str, split: Any) -> str:
    if not split.variance > 0:
        return f"{name} never changes"
    rows = split.table[split.table["shapley"] >= _ROUNDS_TO_ONE_PERCENT]
    parts = [f"{row['choice'].replace('_', ' ')} {row['shapley']:.0%}" for row in rows.to_dict("records")]
    return f"what moves {name} (Shapley effects): {', '.join(parts)}; interactions {split.interaction:.0%}"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.0%}"


def parse_credence(texts: Sequence[str]) -> dict[str, float]:
    """Return weights of levels from texts such as ``rater=human:2``."""
    weights = {}
    for text in texts:
        name, _, weight = text.rpartition(":")
        try:
            weights[name] = float(weight)
        except ValueError as error:
            raise InputError(
                f"{{credence}} {text!r}: expected CHOICE=LEVEL:WEIGHT, such as rater=human:2", parameters=["credence"]
            ) from error
    return weights
