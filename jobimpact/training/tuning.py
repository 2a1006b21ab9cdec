"""Fine-tuning from labels to a measured model: split, members, their average, temperatures, intervals, figures, card.

Members that saw different occupations are averaged in their weights. How sure heads may be is a temperature of logits, learnt
from tasks that they were not trained on: networks trained until they agree best with people are too sure of themselves. Logits
divided by one number per head, chosen by cross-entropy on held-out labels, mend that (Guo, Pleiss, Sun, Weinberger 2017, "On
calibration of modern neural networks", arXiv:1706.04599). The order of a head's levels for a task stays; the mean over levels,
and so beta, moves.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.exposure.encoder.models import DEFAULT_MODEL
from jobimpact.exposure.encoder.sentence import Device, Precision, SentenceEncoder
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, LabelIntervals, fit_intervals
from jobimpact.exposure.heads.rubric import LEVELS, RubricHeads
from jobimpact.exposure.splits import assign_folds, leak_free
from jobimpact.facts.codes import soc_major
from jobimpact.training.distillation import Lessons, Teacher, teach, with_lessons
from jobimpact.training.finetune import TuneSettings, tune_encoder
from jobimpact.training.heads import (
    TrainedHeads,
    cross_fitted,
    describe_heads,
    held_out_table,
    kernel_ridge,
    label_levels,
    label_targets,
    measure,
    rows_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import torch

# Of 20 folds of SOC codes, two (a tenth of the codes) are the test and two choose the epoch and calibrate the intervals.
_FOLDS = 20
_TEST = (0, 1)
_VALIDATION = (2, 3)
_REHEARSAL_FOLDS = 5
_RANGE = (0.5, 4.0)
_WEIGHTS, _CONFIG = "adapter_model.safetensors", "adapter_config.json"


@dataclass(frozen=True)
class Recipe:
    """How the encoder is tuned.

    Attributes
    ----------
    settings
        Of every member; members differ in order and dropout and are averaged in weight space.
    rank
        Of the averaged adapter.
    published
        Heads on the encoder as published, trained beside, with `published_weight` in the mean of
        probabilities. With a teacher's texts there is more to learn from, and less dropout and weight decay
        is better (:func:`taught_heads`).
    teacher
        A larger encoder whose labels of unlabelled texts are learnt with the raters', or None. It is
        trained once, on the labels of the measured model's training, and what it says is learnt by the
        model that is written too.
    lessons
        What a teacher said in an earlier run, in its place; or None.
    refit
        Whether the model that is written is trained once more, by the same recipe, on all labelled tasks.
    """

    settings: TuneSettings = field(default_factory=TuneSettings)
    n_members: int = 3
    rank: int = 32
    published: RubricHeads = field(default_factory=lambda: RubricHeads(dropout=0.5, weight_decay=0.3, n_members=2))
    published_weight: float = 0.4
    teacher: Teacher | None = None
    lessons: Lessons | None = None
    refit: bool = True


def taught_heads(seed: int = 0) -> RubricHeads:
    """Return unfitted heads on the published encoder for a recipe with a teacher; settings chosen on validation."""
    return RubricHeads(dropout=0.3, weight_decay=0.1, epochs=60, n_members=2, random_state=seed)


@dataclass(frozen=True)
class _Tuned:
    encoder: SentenceEncoder
    adapter: Path
    heads: RubricHeads
    curves: pd.DataFrame
    temperatures: dict[str, float]
    lessons: Lessons | None


def train_tuned(
    labels: pd.DataFrame,
    out: Path,
    *,
    model: str = DEFAULT_MODEL,
    recipe: Recipe | None = None,
    device: Device = "auto",
    precision: Precision = "auto",
    seed: int = 1,
    progress: bool = False,
) -> TrainedHeads:
    """Fine-tune the encoder together with the heads, and measure both on SOC codes that nothing else used.

    Of 20 folds of SOC codes (:func:`jobimpact.exposure.splits.assign_folds`) two are the test, two choose
    the epoch and calibrate the intervals, the others are trained on, without texts that a held-out code
    also has. The figures are those of this model on the test. What is written to `out`, ``adapter/`` and,
    of a teacher, ``lessons.npz``, is with `refit` the same recipe on all labelled tasks, with intervals
    calibrated on all predictions for held-out occupations; else the measured model itself. The caller
    writes heads and card beside it.
    """
    recipe = recipe or Recipe(TuneSettings(random_state=seed))
    plain = SentenceEncoder(model, adapter=None, device=device, precision=precision, progress=progress)
    folds = assign_folds(labels, n_folds=_FOLDS, seed=seed)
    test, validation = np.isin(folds, _TEST), np.isin(folds, _VALIDATION)
    train = leak_free(labels, test | validation)
    # Raters' reliability is learnt on training tasks alone, or the consensus would tell of the test.
    targets = label_targets(labels, train)
    measured = _tune(labels, targets, train, validation, plain, out / "measured", recipe)
    final = _refit(labels, measured, plain, out, recipe) if recipe.refit else measured
    shutil.copytree(final.adapter, out / "adapter")
    if recipe.teacher is not None and measured.lessons is not None:
        measured.lessons.save(out / "lessons.npz")
    return _calibrated(labels, folds, plain, measured, final, recipe, seed)


def _calibrated(
    labels: pd.DataFrame, folds: np.ndarray, plain: SentenceEncoder, measured: _Tuned, final: _Tuned, recipe: Recipe, seed: int
) -> TrainedHeads:
    """Return the `final` heads with intervals, and the figures of the `measured` ones."""
    test, validation = np.isin(folds, _TEST), np.isin(folds, _VALIDATION)
    rest = test | validation
    train = leak_free(labels, rest)
    texts, human = labels["task"], BETA_OF_LEVEL[label_levels(labels)["human"]]
    rehearsal = _rehearse(labels[~rest], plain, recipe, seed)
    held_out, predictions = _measured_predictions(labels, measured, test, validation, rehearsal)
    train_vectors, test_vectors = (plain.encode(texts[rows].tolist()) for rows in (train, test))
    reference = kernel_ridge(train_vectors, human[train], test_vectors)
    predictions["reference"] = pd.Series(reference, index=labels.index[test])
    figures = measure(labels[rest], predictions, held_out)
    vectors = final.encoder.encode(texts.tolist())
    final.heads.intervals_, _ = _intervals(labels, vectors, held_out["human"], rest, folds[rest], rehearsal, ~rest)
    split = (
        f"{_FOLDS} folds of SOC codes dealt within major groups, seed {seed}: {len(_TEST)} are the test ({int(test.sum()):,} "
        f"tasks), {len(_VALIDATION)} choose the epoch and calibrate the intervals of the test ({int(validation.sum()):,}), the "
        f"others are trained on ({int(train.sum()):,}), without texts that a held-out code also has"
    )
    if recipe.refit:
        split += (
            ". The model that is shipped was then trained by the same recipe on all labelled tasks, its intervals "
            "calibrated on the predictions that the measured model made for test and validation"
        )
    card = describe_heads(labels, final.heads, figures, split) | {
        "tuning": asdict(recipe.settings)
        | {"n_members": recipe.n_members, "averaged_rank": recipe.rank, "published_weight": recipe.published_weight}
        | {"temperatures": measured.temperatures}
        | ({} if measured.lessons is None else {**measured.lessons.about, "teacher_texts": len(measured.lessons.texts)}),
        "curve": measured.curves.round(4).to_dict("records"),
    }
    return TrainedHeads(final.heads, figures, predictions, card)


@dataclass(frozen=True)
class _Rehearsal:
    """Predictions of simpler heads for the tasks that the measured model is trained on, and the folds that gave them."""

    probabilities: np.ndarray
    folds: np.ndarray


def _rehearse(labels: pd.DataFrame, plain: SentenceEncoder, recipe: Recipe, seed: int) -> _Rehearsal:
    folds = assign_folds(labels, n_folds=_REHEARSAL_FOLDS, seed=seed)
    vectors = plain.encode(labels["task"].tolist())
    return _Rehearsal(cross_fitted(labels, vectors, folds, recipe.published)["human"], folds)


def _intervals(
    labels: pd.DataFrame, vectors: np.ndarray, probabilities: np.ndarray, rows: np.ndarray, folds: np.ndarray,
    rehearsal: _Rehearsal, rehearsed: np.ndarray,
) -> tuple[LabelIntervals, tuple[np.ndarray, np.ndarray]]:  # fmt: skip
    """Return intervals for the `probabilities` of the mask `rows`, shaped on the `rehearsal`, and their ends."""
    human = BETA_OF_LEVEL[label_levels(labels)["human"]]
    groups, codes = (codes.to_numpy(dtype=str) for codes in (soc_major(labels["soc_code"]), labels["soc_code"]))

    def both(column: np.ndarray) -> np.ndarray:
        return np.concatenate([column[rows], column[rehearsed]])

    probabilities = np.concatenate([probabilities, rehearsal.probabilities])
    # Both deals number their folds from 0, and no fold of one is a fold of the other.
    folds = np.concatenate([folds, rehearsal.folds + folds.max() + 1])
    columns = both(vectors), both(human), both(groups), folds
    intervals, (low, high) = fit_intervals(probabilities, *columns, rehearsal=both(rehearsed), occupations=both(codes))
    return intervals, (low[: rows.sum()], high[: rows.sum()])


def _measured_predictions(
    labels: pd.DataFrame, measured: _Tuned, test: np.ndarray, validation: np.ndarray, rehearsal: _Rehearsal
) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Return the probabilities by head and the held-out table of all tasks that the measured model was not trained on."""
    vectors = measured.encoder.encode(labels["task"].tolist())
    calibration = measured.heads.predict_proba(vectors[validation])["human"]
    rest = test | validation
    # Memberships are learnt from training and validation, the scale from validation: the test is used for neither.
    folds = assign_folds(labels[validation], n_folds=min(5, labels.loc[validation, "soc_code"].nunique()))
    intervals, ends = _intervals(labels, vectors, calibration, validation, folds, rehearsal, ~rest)
    held_out = measured.heads.predict_proba(vectors[rest])
    low, high, _ = intervals.ends(held_out["human"], vectors[rest])
    among = validation[rest]
    low[among], high[among] = ends
    return held_out, held_out_table(labels[rest], held_out, low, high, np.where(test[rest], "test", "validation"))


def _tune(
    labels: pd.DataFrame,
    targets: Mapping[str, np.ndarray],
    train: np.ndarray,
    validation: np.ndarray,
    plain: SentenceEncoder,
    out: Path,
    recipe: Recipe,
    temperatures: Mapping[str, float] | None = None,
) -> _Tuned:
    """Return members tuned on `train`, averaged, blended and cooled by `temperatures`, by default by those of `validation`."""
    rows = train | validation
    options: dict[str, Any] = {"device": plain.device, "progress": plain.progress}
    tuning = {**options, "bf16": plain.precision == "bf16"}
    labelled = labels["task"][rows].tolist(), rows_of(targets, rows), validation[rows]
    lessons = recipe.lessons
    if lessons is None and recipe.teacher is not None:
        lessons = teach(recipe.teacher, *labelled, out / "teacher", **tuning)
    if lessons is not None:
        lessons = lessons.without(labels["task"])
    texts, part, held = with_lessons(*labelled, lessons)
    members = []
    for number in range(recipe.n_members):
        settings = replace(recipe.settings, member=number)
        folder = out / f"member-{number}"
        members.append(tune_encoder(plain.files.folder, texts, part, held, folder, settings, **tuning))
    average_adapters([member.adapter for member in members], out / "adapter", rank=recipe.rank)
    # Its vectors are those of one run's adapter and would never be asked for again: they stay out of the cache.
    options |= {"precision": plain.precision, "cache": False}
    encoder = SentenceEncoder(plain.files.name, adapter=out / "adapter", **options)
    learnt = [text for text, kept_out in zip(texts, held, strict=True) if not kept_out]
    published = RubricHeads(**recipe.published.get_params()).fit(plain.encode(learnt), rows_of(part, ~held))
    tuned = average_heads([member.heads for member in members])
    heads = blend_heads(tuned, published, recipe.published_weight)
    if temperatures is None:
        held_out = encoder.encode(labels["task"][validation].tolist())
        temperatures = fit_temperatures(heads, held_out, rows_of(targets, validation))
    heads = cooled(heads, temperatures).halved()  # measured as it will be stored
    heads.encoder_hash_ = encoder.weights_hash
    curves = [member.curve.assign(member=number) for number, member in enumerate(members)]
    return _Tuned(encoder, out / "adapter", heads, pd.concat(curves, ignore_index=True), dict(temperatures), lessons)


def _refit(labels: pd.DataFrame, measured: _Tuned, plain: SentenceEncoder, out: Path, recipe: Recipe) -> _Tuned:
    """Return the model of the same recipe on all labelled tasks, as sure of itself as the measured one was found to be."""
    # Nothing is held out that could choose the epoch: that of the measured members is taken.
    epochs = int(measured.curves[measured.curves["kept"]].groupby("member")["epoch"].max().median())
    everything = np.ones(len(labels), dtype=bool)
    again = replace(recipe, settings=replace(recipe.settings, epochs=epochs), lessons=measured.lessons)
    targets = label_targets(labels)
    return _tune(labels, targets, everything, ~everything, plain, out / "refit", again, measured.temperatures)


def fit_temperatures(heads: RubricHeads, vectors: np.ndarray, targets: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Return, by head, the temperature from 0.5 to 4 with the least cross-entropy; 1 without labels.

    `vectors` are (n, d), `targets` by head (n, levels) probabilities of the label, missing rows where there
    is none.
    """
    from scipy.optimize import minimize_scalar

    temperatures = {}
    for head in heads.heads_:
        labelled = ~np.isnan(targets[head][:, 0])

        def surprise(temperature: float, head: str = head, labelled: np.ndarray = labelled) -> float:
            probabilities = cooled(heads, {head: temperature}).predict_proba(vectors[labelled])[head]
            return float(-(targets[head][labelled] * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1).mean())

        # Finer than two digits, held-out labels tell nothing.
        best = minimize_scalar(surprise, bounds=_RANGE, method="bounded", options={"xatol": 0.01}) if labelled.any() else None
        temperatures[head] = 1.0 if best is None else round(float(best.x), 2)
    return temperatures


def cooled(heads: RubricHeads, temperatures: Mapping[str, float]) -> RubricHeads:
    """Return `heads` whose logits are divided by the temperature of their head; heads that are not named stay as they are."""
    divisor = np.concatenate([np.full(len(LEVELS[head]), temperatures.get(head, 1.0)) for head in heads.heads_])
    copy = RubricHeads(**heads.get_params())
    copy.members_ = [
        {**member, "head_w": member["head_w"] / divisor, "head_b": member["head_b"] / divisor} for member in heads.members_
    ]
    copy.heads_, copy.weights_, copy.encoder_hash_, copy.intervals_ = heads.heads_, heads.weights_, heads.encoder_hash_, None
    return copy


def average_adapters(adapters: Sequence[Path], out: Path, *, rank: int) -> None:
    """Write the adapter whose updates are the means of those of `adapters`, in half precision.

    Members that start from the same weights can be averaged in weight space, which keeps most of what an
    ensemble gains and costs nothing when texts are scored (Wortsman et al. 2022, "Model soups",
    arXiv:2203.05482). The mean of k updates of rank r has rank kr; it is brought back to `rank`, or less
    where there is less, by its singular values, the best approximation there is.
    """
    import torch
    from safetensors.torch import load_file, save_file

    parts = [load_file(folder / _WEIGHTS) for folder in adapters]
    config = json.loads((adapters[0] / _CONFIG).read_text(encoding="utf-8"))
    scale = config["lora_alpha"] / config["r"]  # peft multiplies the updates by it
    rank = min(rank, config["r"] * len(parts))
    averaged: dict[str, torch.Tensor] = {}
    for name in [name for name in parts[0] if ".lora_A." in name]:
        other = name.replace(".lora_A.", ".lora_B.")
        # sums of half precision would lose what the members differ in
        down = torch.cat([part[name].double() for part in parts])
        up = torch.cat([part[other].double() for part in parts], dim=1) * scale / len(parts)
        averaged[name], averaged[other] = _low_rank(up, down, rank)
    out.mkdir(parents=True, exist_ok=True)
    save_file(averaged, out / _WEIGHTS)
    averaged_config = {**config, "r": rank, "lora_alpha": rank}  # scale 1: the old one is in the updates
    (out / _CONFIG).write_text(json.dumps(averaged_config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (out / _WEIGHTS).chmod((out / _CONFIG).stat().st_mode)  # safetensors lets the owner alone read


def _low_rank(up: torch.Tensor, down: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return A (rank, in) and B (out, rank) with B @ A the best approximation of up @ down (Eckart and Young 1936)."""
    import torch

    up_q, up_r = torch.linalg.qr(up)
    down_q, down_r = torch.linalg.qr(down.T)
    left, values, right = torch.linalg.svd(up_r @ down_r.T)
    root = values[:rank].sqrt()
    first = (root[:, None] * (right[:rank] @ down_q.T)).half().contiguous()
    second = ((up_q @ left[:, :rank]) * root).half().contiguous()
    return first, second


def blend_heads(tuned: RubricHeads, published: RubricHeads, weight: float) -> RubricHeads:
    """Return heads whose probabilities are those of `tuned` and, with `weight` in 0-1, of `published`.

    The first are linear heads on the vectors of the adapted encoder, the first half of what
    :class:`SentenceEncoder` gives; the second read the vectors of the encoder as published, its second
    half.
    """
    if tuned.heads_ != published.heads_:
        one, other = ", ".join(tuned.heads_), ", ".join(published.heads_)
        raise InputError(f"heads {one} cannot be blended with {other}: train both on the same raters' labels")
    start = len(tuned.members_[0]["head_w"])
    heads = RubricHeads(**published.get_params() | {"n_members": 1 + len(published.members_)})
    heads.members_ = [tuned.members_[0], *(part | {"reads": np.array(start)} for part in published.members_)]
    heads.weights_ = np.concatenate([[1 - weight], published.weights_ * weight])
    heads.heads_, heads.encoder_hash_, heads.intervals_ = tuned.heads_, "", None
    return heads


def average_heads(members: Sequence[RubricHeads]) -> RubricHeads:
    """Return linear heads whose weights are the means of those of `members`."""
    heads = RubricHeads(hidden=0, n_members=1)
    names = members[0].members_[0]
    heads.members_ = [{name: np.mean([part.members_[0][name] for part in members], axis=0) for name in names}]
    heads.heads_, heads.encoder_hash_, heads.intervals_ = members[0].heads_, "", None
    heads.weights_ = np.ones(1)
    return heads
