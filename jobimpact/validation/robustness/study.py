"""Does a conclusion of a study survive? `robustness` gathers every rater, model and index at hand and asks in each universe."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.cells import check_release
from jobimpact.facts.states import read_states
from jobimpact.results import Result
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.sources.usertables import read_user_table
from jobimpact.study import open_study
from jobimpact.validation.robustness.at_hand import opinions_at_hand
from jobimpact.validation.robustness.members import find_members
from jobimpact.validation.robustness.multiverse import build_multiverse
from jobimpact.validation.robustness.opinions import OWN_MODEL, Opinions, head_scorers, score_opinions, study_opinions
from jobimpact.validation.robustness.queries import parse_query
from jobimpact.validation.robustness.robustness import (
    Robustness,
    assess_robustness,
    estimate_unit,
    robustness_record,
)
from jobimpact.validation.robustness.user_opinions import table_opinions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobimpact.exposure.encoder.sentence import Device
    from jobimpact.sources.jobs.employment import EmploymentLevel
    from jobimpact.study import Study

_LISTED = 12  # rows that a note names
_LEVELS: tuple[EmploymentLevel, ...] = ("national", "sector", "state")
_ROUNDS_TO_ONE_PERCENT = 0.005


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class RobustnessResult(Result):
    """Whether a conclusion of a study survives other choices.

    Attributes
    ----------
    table
        Table ``universes``: choices, estimate and answer of each; those that could not be evaluated say why.
    assessment
        Survival, importance of the choices, members and pairs.
    manifest
        Of the study.
    """

    assessment: Robustness
    manifest: Mapping[str, Any]

    def headline_rows(self) -> pd.DataFrame:
        """Return what each choice moves, as it is printed: Shapley effects on the answer and on the estimate."""
        rows = self.assessment.importance[["choice", "shapley_answer", "shapley_estimate"]]
        percent = {name: rows[name].map(_percent) for name in ("shapley_answer", "shapley_estimate")}
        return rows.assign(choice=rows["choice"].str.replace("_", " "), **percent)

    def to_record(self) -> dict[str, Any]:
        """Return everything as JSON holds it."""
        return robustness_record(self.assessment)


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
) -> RobustnessResult:
    """Ask whether a conclusion survives other raters, models, measures, weights, cuts, crosswalks and indices.

    Parameters
    ----------
    study
        A study or its folder.
    query
        A question such as ``sector 52 > sector 23``, ``occupation 15-1252 in top 25``, ``sign wage gradient`` or
        ``share workers >= 0.5 above 0.2``; see :func:`jobimpact.validation.robustness.queries.parse_query`.
    scores
        Files of further scores: ``onetsoc_code``, ``label`` or ``alpha beta gamma``, ``rater``, ``model``, ``task_id``.
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
    RobustnessResult
        A survival share describes the choices that were tried; it is no probability.

    Raises
    ------
    InputError
        If the question is not understood, or a choice is unknown.
    StudyError
        If there is no such study.

    Examples
    --------
    >>> robustness("reports/study", "sector 52 > sector 23").assessment.verdict  # doctest: +SKIP
    'always'
    """
    question, source = parse_query(query), open_study(study)
    opinions = _study_opinions(source, _names(raters), heads, device, progress=progress)
    named = None if indices == "default" else _names(indices) or []
    opinions = opinions.joined(opinions_at_hand(Inputs(data), source["tasks"], named))
    for file in map(Path, scores):
        opinions = opinions.joined(table_opinions(read_user_table(file), file.stem, source["tasks"]))
    assessment = _assess(source, question, opinions, credence or {})
    return RobustnessResult(
        title=f"{assessment.query}: {assessment.verdict}",
        table=assessment.universes,
        notes=tuple(_sentences(assessment)),
        assessment=assessment,
        manifest=source.manifest,
    )


def _names(value: str | Sequence[str]) -> list[str] | None:
    """Return names of raters or indices: None for all, an empty list for none."""
    if value == "all":
        return None
    if value == "none":
        return []
    return [name.strip() for name in (value.split(",") if isinstance(value, str) else value)]


def _study_opinions(
    study: Study, raters: list[str] | None, folder: str | Path | None, device: Device, *, progress: bool
) -> Opinions:
    """Return what the study's heads say for the raters, and their parts; the study alone where they are not its own."""
    from jobimpact.exposure.encoder.models import DEFAULT_MODEL
    from jobimpact.exposure.heads.rubric import RATERS, heads_hash
    from jobimpact.exposure.score import load_scorer

    rater = str(study.manifest.get("parameters", {}).get("rater", "human"))
    tasks, model = study["tasks"], study.manifest.get("model", {})
    if raters == []:
        return study_opinions(tasks, rater)
    encoder, trained = load_scorer(
        None if folder is None else Path(folder),
        model=str(model.get("encoder", DEFAULT_MODEL)),
        device=device,
        progress=progress,
    )
    if heads_hash(trained) != model.get("heads_sha256"):
        reason = "the study was made with other heads than those at hand: give the folder of its heads with --heads"
        return Opinions(left_out=((f"rater=all but {rater}", reason),)).joined(study_opinions(tasks, rater))
    names = [name for name in RATERS if name in trained.heads_] if raters is None else raters
    opinions = Opinions()
    for name, score in head_scorers(tasks["task"].where(tasks["beta"].notna()), encoder, trained).items():
        opinions = opinions.joined(score_opinions(tasks, score, names, name))
    scored = {(opinion.rater, opinion.model) for opinion in opinions.opinions}
    rest = tuple(o for o in study_opinions(tasks, rater).opinions if (o.rater, OWN_MODEL) not in scored)
    return opinions.joined(Opinions(rest))


def _assess(study: Study, question: Any, opinions: Opinions, credence: Mapping[str, float]) -> Robustness:
    release = str(study.manifest.get("inputs", {}).get("employment", {}).get("release", ""))
    national, sector, state = (check_release(read_employment(level), release) for level in _LEVELS)
    multiverse = build_multiverse(opinions, pd.Index(national.loc[national["o_group"] == "detailed", "soc_code"]))
    members = find_members(multiverse.codes, national, sector, state, read_states())
    parameters = study.manifest.get("parameters", {})
    reference = {
        "rater": str(parameters.get("rater", "human")), "model": OWN_MODEL, "measure": "beta",
        "task_weights": str(parameters.get("weights", "core")), "crosswalk": "equal", "worker_weights": "employment",
        "statistic": "mean",
    }  # fmt: skip
    return assess_robustness(question, multiverse, members, reference=reference, credence=credence)


def _sentences(result: Robustness) -> list[str]:
    """Return in words how often the claim holds, what moves it, and what could not be evaluated."""
    evaluated = result.universes[result.universes["answer"].notna()]
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
            sentences.append(f"{name}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    if len(result.members):
        always = result.members.loc[result.members["verdict"] == "always", "member_title"].tolist()
        listed = "; ".join(always[:_LISTED]) or "none"
        sentences.append(f"always among them: {listed}{' ...' if len(always) > _LISTED else ''}")
    sentences.append(f"Not evaluated: {len(result.universes) - len(evaluated):,} of {len(result.universes):,} universes")
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
    parts = [f"{row['choice'].replace('_', ' ')} {row['shapley']:.0%}" for row in rows.to_dict(orient="records")]
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
