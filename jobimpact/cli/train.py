"""The `jobimpact train` command: labels in; adapter, heads, companions and model card out."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jobimpact.cli.options import Device, DeviceOption, ModelOption, Precision, PrecisionOption
from jobimpact.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from jobimpact.training.distillation import Teacher


def train(
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="Eloundou et al. label file or its folder; default: `sources pull eloundou-labels`."),
    ] = None,
    relabels: Annotated[
        Path | None,
        typer.Option("--relabels", help="Labels of later models (D. Parshall); default: the source parshall-relabels, if there."),
    ] = None,
    usage: Annotated[
        Path | None,
        typer.Option("--usage", help="Anthropic Economic Index task files; default: the source aei-usage, if there."),
    ] = None,
    demographics: Annotated[
        Path | None,
        typer.Option("--demographics", help="CPS table 11 and crosswalk, for the audit; default: the source, if there."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for adapter, heads and model card.")] = Path("heads"),
    model: ModelOption = "all-MiniLM-L6-v2",
    device: DeviceOption = Device.auto,
    precision: PrecisionOption = Precision.auto,
    seed: Annotated[int, typer.Option("--seed", help="Of split, weights and order.")] = 1,
    members: Annotated[int, typer.Option("--members", min=1, help="Adapters that are averaged into one.")] = 3,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the labels.")] = 3,
    teacher: Annotated[
        str, typer.Option("--teacher", help="Folder or Hugging Face name of a larger encoder that labels unlabelled texts.")
    ] = "",
    unlabelled: Annotated[
        list[str] | None,
        typer.Option("--unlabelled", help="Texts for the teacher: a source or a file with a column task; may be repeated. "
                                          "Default: starter, and onet if it is there."),
    ] = None,
    lessons: Annotated[
        Path | None, typer.Option("--lessons", help="lessons.npz of an earlier run, instead of training its teacher again.")
    ] = None,
    refit: Annotated[
        bool, typer.Option("--refit/--no-refit", help="Train what is shipped once more, on all labels, after it was measured.")
    ] = True,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Leave the encoder as published and train heads alone, measured in five folds.")
    ] = False,
) -> None:  # fmt: skip
    """Fine-tune encoder and heads on labelled tasks and measure them on occupations they have not seen."""
    from jobimpact.exposure.heads.rubric import RubricHeads
    from jobimpact.exposure.score import make_encoder
    from jobimpact.training.card import finish, write_model
    from jobimpact.training.distillation import Lessons
    from jobimpact.training.finetune import TuneSettings
    from jobimpact.training.heads import train_heads
    from jobimpact.training.tuning import Recipe, taught_heads, train_tuned

    if sum((frozen, bool(teacher), lessons is not None)) > 1:
        raise InputError("found more than one of --frozen, --teacher and --lessons; a teacher or its lessons need an encoder "
                         "that is tuned, and lessons are a teacher's: leave all but one of them out")  # fmt: skip
    table = _read_labels(labels, relabels)
    where: dict[str, Any] = {"device": device.value, "precision": precision.value, "progress": True}
    with TemporaryDirectory() as room:
        folder = Path(room)
        plain = make_encoder(model, adapter=None, **where)
        if frozen:
            trained, encoder = train_heads(table, plain, RubricHeads(random_state=seed), seed=seed, progress=True), plain
        else:
            recipe = replace(Recipe(TuneSettings(random_state=seed, epochs=epochs)), n_members=members, refit=refit)
            if teacher:
                recipe = replace(recipe, teacher=_find_teacher(teacher, unlabelled, table["task"]), published=taught_heads(seed))
            if lessons is not None:
                recipe = replace(recipe, lessons=Lessons.load(lessons), published=taught_heads(seed))
            trained = train_tuned(table, folder, model=model, recipe=recipe, seed=seed, **where)
            encoder = make_encoder(model, adapter=folder / "adapter", **where)
        finished = finish(
            trained, table, encoder, plain, usage=_read_usage(usage), demographics=_read_demographics(demographics), seed=seed
        )
        write_model(finished, out, None if frozen else folder / "adapter")
        if (folder / "lessons.npz").is_file():
            shutil.copy(folder / "lessons.npz", out / "lessons.npz")
    typer.echo(trained.figures.round(3).T.to_string(header=False))
    typer.echo(f"Adapter, heads and model card: {out}")


def _read_labels(labels: Path | None, relabels: Path | None) -> pd.DataFrame:
    from jobimpact.sources.labels.eloundou import read_eloundou_labels
    from jobimpact.sources.labels.parshall import join_relabels, read_relabels
    from jobimpact.sources.store.fetch import locate

    table = read_eloundou_labels(labels or locate("eloundou-labels"))
    more = relabels or _located("parshall-relabels")
    return table if more is None else join_relabels(table, read_relabels(more))


def _find_teacher(model: str, sources: list[str] | None, labelled: pd.Series) -> Teacher:
    """Return the teacher with the texts of `sources`, or of the starter set and, where it is there, O*NET."""
    from jobimpact.cli.score import read_tasks
    from jobimpact.training.distillation import Teacher, unlabelled

    names = sources or ["starter", *(["onet"] if _located("onet") else [])]
    tables = [read_tasks(name, "task", "utf-8-sig") for name in names]
    texts = [text for table, column in tables for text in table[column]]
    return Teacher(model, unlabelled(texts, labelled))


def _read_usage(path: Path | None) -> pd.DataFrame | None:
    from jobimpact.sources.labels.usage import read_task_usage

    found = path or _located("aei-usage")
    return None if found is None else read_task_usage(found)


def _read_demographics(path: Path | None) -> pd.DataFrame | None:
    from jobimpact.sources.jobs.demographics import read_cps_demographics

    found = path or _located("cps-demographics")
    return None if found is None else read_cps_demographics(found)


def _located(name: str) -> Path | None:
    """Return where the source `name` is, or None if the user does not have it."""
    from jobimpact.errors import SourceError
    from jobimpact.sources.store.fetch import locate

    try:
        return locate(name)
    except SourceError:
        return None
