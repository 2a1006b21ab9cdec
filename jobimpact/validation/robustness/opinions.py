"""Who says how exposed tasks are: the study, its heads for other raters, raters' own labels, published indices.

Users' tables become opinions in `jobimpact.validation.robustness.user_opinions`.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError, SourceError
from jobimpact.estimates.means.occupations import MEASURES
from jobimpact.exposure.doubt.plaintext import plain_text
from jobimpact.exposure.encoder.models import DEFAULT_MODEL
from jobimpact.exposure.encoder.sentence import Device, Encoder
from jobimpact.exposure.heads.rubric import RATERS, RubricHeads, heads_hash
from jobimpact.exposure.score import load_scorer
from jobimpact.sources.labels.eloundou import AUTOMATION_LEVEL, LABEL_EXPOSURE, read_eloundou_labels
from jobimpact.sources.labels.parshall import join_relabels, read_relabels
from jobimpact.sources.store.inputs import Inputs
from jobimpact.study import Study
from jobimpact.validation.compare.published import load_published

OWN_MODEL, LABELS, PUBLISHED = "study", "labels", "published"
# All heads of a study share one automation score: it is trained on GPT-4's labels alone.
AUTOMATION_RATER = "gpt4"
_LABEL_SOURCE, _RELABEL_SOURCE = "eloundou-labels", "parshall-relabels"
_LATER = f"rater=gpt4_0613, gpt5_4, model={LABELS}"
KEY = ["onetsoc_code", "task_id"]
WEIGHING = ["task_type", "importance"]
INDEX_COLUMNS = ["voice", "soc_code", "index_value"]


@dataclass(frozen=True)
class Opinion:
    """One rater's scores by one model, a row per task or per occupation."""

    rater: str  # who judges: human, gpt4, ...
    model: str  # labels: the rater's own; study: its heads; parts of these, or a user's name
    scores: pd.DataFrame  # onetsoc_code, measures on 0-1, task_type and importance where known
    per_task: bool = True


@dataclass(frozen=True)
class Opinions:
    """What is at hand for a multiverse, and what is not.

    `indices` are published ones on the codes of OEWS; `by_jobs` those among them that came over a bridge of
    classifications, carried by jobs in place of equal shares; `left_out` has ``choice`` and ``reason`` of
    what could have been among them.
    """

    opinions: tuple[Opinion, ...] = ()
    indices: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*INDEX_COLUMNS, "split"]))
    by_jobs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=INDEX_COLUMNS))
    left_out: tuple[tuple[str, str], ...] = ()

    def joined(self, other: "Opinions") -> "Opinions":
        """Return both together; a rater that speaks twice through the same model is an InputError."""
        opinions = (*self.opinions, *other.opinions)
        names = [(opinion.rater, opinion.model) for opinion in opinions]
        voices = pd.concat([part["voice"].drop_duplicates() for part in (self.indices, other.indices)])
        repeated = [" by ".join(name) for name in names if names.count(name) > 1] + voices[voices.duplicated()].tolist()
        if repeated:
            raise InputError(f"found scores of {repeated[0]} twice; expected each rater and model once: rename one of them")
        indices, by_jobs = _stacked(self.indices, other.indices), _stacked(self.by_jobs, other.by_jobs)
        return Opinions(opinions, indices, by_jobs, (*self.left_out, *other.left_out))


def _stacked(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    tables = [table for table in (first, second) if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else first


def study_opinions(tasks: pd.DataFrame, rater: str) -> Opinions:
    """Return what a study itself says: its rater's alpha, beta and gamma, and GPT-4's automation score."""
    columns = ["onetsoc_code", *WEIGHING]
    exposed = [measure for measure in MEASURES if measure != "automation"]
    if rater == AUTOMATION_RATER:
        return Opinions((Opinion(rater, OWN_MODEL, tasks[[*columns, *MEASURES]]),))
    study = Opinion(rater, OWN_MODEL, tasks[[*columns, *exposed]])
    return Opinions((study, Opinion(AUTOMATION_RATER, OWN_MODEL, tasks[[*columns, "automation"]])))


def label_opinions(labels: pd.DataFrame, tasks: pd.DataFrame | None = None) -> Opinions:
    """Return raters' own labels as opinions, the importance of tasks from those of the study.

    Alpha, beta and gamma by `LABEL_EXPOSURE`, for ``gpt4`` also automation (Eloundou et al. 2024,
    doi:10.1126/science.adj0998). Raters without any label are left out.
    """
    base = with_weighing(labels[[*KEY, "task_type"]], tasks)
    opinions = []
    for rater in ("human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4"):
        if rater not in labels or labels[rater].isna().all():
            continue
        scores = {measure: labels[rater].map(dict(values)).to_numpy(float) for measure, values in LABEL_EXPOSURE.items()}
        if rater == AUTOMATION_RATER and "gpt4_automation" in labels:
            scores["automation"] = labels["gpt4_automation"].map(dict(AUTOMATION_LEVEL)).to_numpy(float)
        opinions.append(Opinion(rater, LABELS, base.assign(**scores)))
    return Opinions(tuple(opinions))


def score_opinions(
    tasks: pd.DataFrame, score: Callable[[pd.Series, str], pd.DataFrame], raters: Sequence[str], model: str
) -> Opinions:
    """Score the tasks of a study for other raters; tasks without a text keep missing scores.

    `score` takes the texts and the name of a rater and returns measures with their index, as those of
    :func:`head_scorers` do.
    """
    opinions = []
    for rater in raters:
        scores = score(tasks["task"], rater)
        columns = [measure for measure in MEASURES if measure in scores]
        if rater != AUTOMATION_RATER and "automation" in columns:
            columns.remove("automation")
        weighing = tasks[["onetsoc_code", *WEIGHING]]
        opinions.append(Opinion(rater, model, weighing.join(scores[columns], validate="one_to_one")))
    return Opinions(tuple(opinions))


def head_scorers(texts: pd.Series, encoder: Encoder, heads: RubricHeads) -> dict[str, Callable[[pd.Series, str], pd.DataFrame]]:
    """Return scorers of heads and of their parts, which encode `texts` once for all raters.

    Heads are a blend of networks that read the encoder as tuned here, or as published. Each kind alone is
    another model: ``study`` is the blend, ``tuned`` and ``published encoder`` its parts where it has both.
    """
    filled = texts.notna().to_numpy()
    vectors = encoder.encode([plain_text(text) for text in texts[filled]])
    reads = np.array([int(member.get("reads", np.array(0))) > 0 for member in heads.members_])
    parts = {OWN_MODEL: np.ones(len(reads), dtype=bool)}
    if reads.any() and not reads.all():
        parts |= {"tuned": ~reads, "published encoder": reads}
    return {name: _scorer(_only(heads, part).predict_proba(vectors), filled) for name, part in parts.items()}


def _only(heads: RubricHeads, part: np.ndarray) -> RubricHeads:
    subset = heads.halved()
    subset.members_ = [member for member, selected in zip(subset.members_, part, strict=True) if selected]
    # The parts of a blend are weighted as in the blend, and sum to 1 again.
    subset.weights_ = heads.weights_[part] / heads.weights_[part].sum()
    return subset


def _scorer(probabilities: Mapping[str, np.ndarray], filled: np.ndarray) -> Callable[[pd.Series, str], pd.DataFrame]:
    levels = np.array(list(AUTOMATION_LEVEL.values()))

    def score(texts: pd.Series, rater: str) -> pd.DataFrame:
        if rater not in probabilities:
            raters = ", ".join(name for name in probabilities if not name.endswith("automation"))
            raise InputError(f"rater {rater!r} is not among those that the heads know ({raters}): use one of them")
        # As in the scores of a study, so that its own rater comes out the same to the last digit.
        label = np.round(probabilities[rater], 6)
        columns = [label[:, 1], label[:, 1] + label[:, 2] / 2, label[:, 1] + label[:, 2]]
        columns.append(probabilities["gpt4_automation"] @ levels)
        scores = pd.DataFrame(np.nan, index=texts.index, columns=list(MEASURES))
        scores.loc[filled, :] = np.round(np.column_stack(columns), 6)
        return scores

    return score


def study_and_heads(
    study: Study, raters: list[str] | None, folder: str | Path | None, device: Device, *, progress: bool
) -> Opinions:
    """Return what the study's heads say for the raters, and their parts; the study alone where they are not its own."""
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
    pairs = {(opinion.rater, opinion.model) for opinion in opinions.opinions}
    rest = tuple(o for o in study_opinions(tasks, rater).opinions if (o.rater, OWN_MODEL) not in pairs)
    return opinions.joined(Opinions(rest))


def with_weighing(scores: pd.DataFrame, tasks: pd.DataFrame | None) -> pd.DataFrame:
    """Return `scores` with the task type and importance of `tasks` where it has none itself."""
    missing = [column for column in WEIGHING if column not in scores]
    if not missing:
        return scores
    if tasks is None:
        return scores.assign(**dict.fromkeys(missing))
    return scores.merge(tasks[[*KEY, *missing]], on=KEY, how="left", validate="many_to_one").set_axis(scores.index)


def opinions_at_hand(inputs: Inputs, tasks: pd.DataFrame | None = None, names: Sequence[str] | None = None) -> Opinions:
    """Return labels and indices at hand, without an index that is the mean of labels that are there too."""
    labels = labels_at_hand(inputs, tasks)
    indices = indices_at_hand(inputs, names)
    raters = {opinion.rater for opinion in labels.opinions}
    twice = [index for index, rater in assumption("robustness", "labelled").items() if rater in raters]
    tables = (indices.indices, indices.by_jobs)
    remaining, by_jobs = (table[~table["voice"].isin(twice)].reset_index(drop=True) for table in tables)
    reason = "the labels that it is the mean of are there themselves"
    notes = tuple((f"rater={index}, model={PUBLISHED}", reason) for index in twice if index in set(indices.indices["voice"]))
    others = tuple(note for note in indices.left_out if not any(f"rater={index}," in note[0] for index in twice))
    return labels.joined(Opinions(indices=remaining, by_jobs=by_jobs, left_out=(*notes, *others)))


def labels_at_hand(inputs: Inputs, tasks: pd.DataFrame | None = None) -> Opinions:
    """Return raters' own labels in the data folder; ``left_out`` says what brings those that are not."""
    try:
        labels = read_eloundou_labels(inputs.file(_LABEL_SOURCE, "full_labelset.tsv*", "full_labelset.csv*"))
    except SourceError as error:
        return Opinions(left_out=((f"model={LABELS}", str(error)),))
    try:
        file = inputs.file(_RELABEL_SOURCE, "eloundou_replication_gpt-4-0613*", "eloundou_replication_gpt-5.4*")
    except SourceError as error:
        return Opinions(left_out=((_LATER, str(error)),)).joined(label_opinions(labels, tasks))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CoverageWarning)
        extended = join_relabels(labels, read_relabels(file.parent))
    # Said in the result, beside what else is left out, and not on the screen as well.
    notes = tuple((_LATER, str(warning.message)) for warning in caught)
    return Opinions(left_out=notes).joined(label_opinions(extended, tasks))


def indices_at_hand(inputs: Inputs, names: Sequence[str] | None = None) -> Opinions:
    """Return the published indices at hand on the codes of OEWS, by default those of exposure to AI.

    ``left_out`` names the indices that are not there, with the command that brings each, and how many codes
    of an index found no partner.
    """
    published = load_published(inputs, list(assumption("robustness", "indices") if names is None else names), by_jobs=True)
    missing = [
        (f"rater={voice}, model={PUBLISHED}", f"{title} is not here: run {command}")
        for voice, title, command in published.absent.itertuples(index=False)
    ]
    partial = published.voices[published.voices["n_lost"] > 0]
    missing += [
        (f"rater={row.voice}, model={PUBLISHED}", f"{row.n_lost} of {row.n_published} published codes found no partner in OEWS")
        for row in partial.itertuples()
    ]
    return Opinions(indices=published.indices, by_jobs=published.by_jobs, left_out=tuple(missing))
