"""`train`: labels in; adapter, heads, calibration and model card out."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.exposure.encoder.sentence import Device, Precision
from jobimpact.exposure.heads.rubric import RubricHeads
from jobimpact.exposure.methods import read_tasks
from jobimpact.exposure.score import make_encoder
from jobimpact.results import Result
from jobimpact.sources.jobs.demographics import read_cps_demographics
from jobimpact.sources.labels.eloundou import read_eloundou_labels
from jobimpact.sources.labels.parshall import join_relabels, read_relabels
from jobimpact.sources.labels.usage import read_task_usage
from jobimpact.sources.store.fetch import locate
from jobimpact.training.card import finish, write_model
from jobimpact.training.distillation import Lessons, Teacher
from jobimpact.training.distillation import unlabelled as without_labels
from jobimpact.training.finetune import TuneSettings
from jobimpact.training.heads import train_heads
from jobimpact.training.tuning import Recipe, taught_heads, train_tuned

_FILES = {"labels": "eloundou-labels", "relabels": "parshall-relabels", "usage": "aei-usage", "demographics": "cps-demographics"}


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Training(Result):
    """A model that was trained, and how well it agrees with raters on occupations that it has not seen.

    Attributes
    ----------
    table
        Table ``model_figures``, one row per part of the labels.
    folder
        With adapter, heads, calibration and model card.
    """

    folder: Path


def train(
    labels: str | Path | None = None,
    *,
    relabels: str | Path | None = None,
    usage: str | Path | None = None,
    demographics: str | Path | None = None,
    out: str | Path = "heads",
    model: str = "all-MiniLM-L6-v2",
    device: Device = "auto",
    precision: Precision = "auto",
    seed: int = 1,
    members: int = 3,
    epochs: int = 3,
    teacher: str | None = None,
    unlabelled: Sequence[str] = (),
    lessons: str | Path | None = None,
    refit: bool = True,
    frozen: bool = False,
    progress: bool = False,
) -> Training:
    """Fine-tune encoder and heads on labelled tasks and measure them on occupations they have not seen.

    Parameters
    ----------
    labels, relabels, usage, demographics
        Files or folders of Eloundou et al.'s labels, labels of later models, the Anthropic Economic Index and CPS table 11; by
        default the sources, of which only the labels are needed.
    out
        Folder for adapter, heads and model card.
    model
        Encoder that is tuned.
    device, precision
        Where it runs, and its arithmetic.
    seed
        Of split, weights and order.
    members
        Adapters that are averaged into one.
    epochs
        Passes over the labels.
    teacher
        A larger encoder that labels unlabelled texts.
    unlabelled
        Texts for the teacher: sources or files with a column ``task``.
    lessons
        ``lessons.npz`` of an earlier run, instead of training its teacher again.
    refit
        Whether what is shipped is trained once more, on all labels, after it was measured.
    frozen
        Whether the encoder stays as published and heads alone are trained, measured in five folds.
    progress
        Whether bars are shown.

    Raises
    ------
    InputError
        If more than one of `frozen`, `teacher` and `lessons` is given, or a file cannot be read.
    SourceError
        If the labels are not here, with the command that brings them.

    Examples
    --------
    >>> train("full_labelset.tsv", out="heads")
    Traceback (most recent call last):
        ...
    jobimpact.errors.SourceError: full_labelset.tsv: no such file or folder; ...`jobimpact sources pull eloundou-labels`...
    """
    if sum((frozen, bool(teacher), lessons is not None)) > 1:
        names = ["frozen", "teacher", "lessons"]
        raise InputError(
            "found more than one of {frozen}, {teacher} and {lessons}; a teacher or its lessons need an encoder that is tuned, "
            "and lessons are a teacher's: leave all but one of them out",
            parameters=names,
        )
    tasks = read_eloundou_labels(Path(labels) if labels else locate(_FILES["labels"]))
    later = _read(read_relabels, relabels, "relabels")
    tasks = tasks if later is None else join_relabels(tasks, later)
    # Read before anything is trained: a file that is not there is said at once, not after hours.
    tables = {
        "usage": _read(read_task_usage, usage, "usage"),
        "demographics": _read(read_cps_demographics, demographics, "demographics"),
    }
    options: dict[str, Any] = {"device": device, "precision": precision, "progress": progress}
    # Whatever fails in these hours, an older model in `out` is still whole.
    with TemporaryDirectory() as name:
        folder = Path(name)
        plain = make_encoder(model, adapter=None, **options)
        if frozen:
            trained = train_heads(tasks, plain, RubricHeads(random_state=seed), seed=seed, progress=progress)
            encoder = plain
        else:
            recipe = Recipe(TuneSettings(random_state=seed, epochs=epochs), n_members=members, refit=refit)
            if teacher:
                recipe = replace(recipe, teacher=_teacher(teacher, unlabelled, tasks["task"]), published=taught_heads(seed))
            if lessons is not None:
                recipe = replace(recipe, lessons=Lessons.load(Path(lessons)), published=taught_heads(seed))
            trained = train_tuned(tasks, folder, model=model, recipe=recipe, seed=seed, **options)
            encoder = make_encoder(model, adapter=folder / "adapter", **options)
        finished = finish(trained, tasks, encoder, plain, seed=seed, **tables)
        write_model(finished, Path(out), None if frozen else folder / "adapter")
        if (folder / "lessons.npz").is_file():
            shutil.copy(folder / "lessons.npz", Path(out) / "lessons.npz")
    return Training(
        title=f"Agreement of the model in {out} with raters",
        table=trained.figures,
        notes=(f"Adapter, heads and model card: {out}",),
        folder=Path(out),
    )


def _teacher(model: str, names: Sequence[str], labelled: pd.Series) -> Teacher:
    """Return the teacher with the texts that are named, or of the starter set and, where it is there, O*NET."""
    # O*NET's texts do not travel with the package
    sources = list(names) or ["starter", *(["onet"] if _located("onet") else [])]
    tables = [read_tasks(name)[:2] for name in sources]
    texts = [text for table, column in tables for text in table[column]]
    return Teacher(model, without_labels(texts, labelled))


def _read(reader: Callable[[Path], pd.DataFrame], path: str | Path | None, name: str) -> pd.DataFrame | None:
    """Return the table of a file, or of its source where the user has it."""
    file = Path(path) if path else _located(_FILES[name])
    return None if file is None else reader(file)


def _located(name: str) -> Path | None:
    """Return where the source `name` is, or None if the user does not have it."""
    try:
        return locate(name)
    except SourceError:
        return None
