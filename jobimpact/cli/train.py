"""The `jobimpact train` command: labels in; adapter, heads, calibration and model card out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobimpact.cli.options import DeviceOption, ModelOption, PrecisionOption

_LABELS = "Eloundou et al. label file or its folder; default: `sources pull eloundou-labels`."
_RELABELS = "Labels of later models (D. Parshall); default: the source parshall-relabels, if there."
_USAGE = "Anthropic Economic Index task files; default: the source aei-usage, if there."
_DEMOGRAPHICS = "CPS table 11 and crosswalk, for the audit; default: the source, if there."
_TEACHER = "Folder or Hugging Face name of a larger encoder that labels unlabelled texts."
_UNLABELLED = (
    "Texts for the teacher: a source or a file with a column task; may be repeated. Default: starter, and onet if it is there."
)
_LESSONS = "lessons.npz of an earlier run, instead of training its teacher again."
_REFIT = "Train what is shipped once more, on all labels, after it was measured."
_FROZEN = "Leave the encoder as published and train heads alone, measured in five folds."


def train(
    labels: Annotated[Path | None, typer.Option("--labels", help=_LABELS)] = None,
    relabels: Annotated[Path | None, typer.Option("--relabels", help=_RELABELS)] = None,
    usage: Annotated[Path | None, typer.Option("--usage", help=_USAGE)] = None,
    demographics: Annotated[Path | None, typer.Option("--demographics", help=_DEMOGRAPHICS)] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for adapter, heads and model card.")] = Path("heads"),
    model: ModelOption = "all-MiniLM-L6-v2",
    device: DeviceOption = "auto",
    precision: PrecisionOption = "auto",
    seed: Annotated[int, typer.Option("--seed", help="Of split, weights and order.")] = 1,
    members: Annotated[int, typer.Option("--members", min=1, help="Adapters that are averaged into one.")] = 3,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the labels.")] = 3,
    teacher: Annotated[str | None, typer.Option("--teacher", help=_TEACHER)] = None,
    unlabelled: Annotated[list[str] | None, typer.Option("--unlabelled", help=_UNLABELLED)] = None,
    lessons: Annotated[Path | None, typer.Option("--lessons", help=_LESSONS)] = None,
    refit: Annotated[bool, typer.Option("--refit/--no-refit", help=_REFIT)] = True,
    frozen: Annotated[bool, typer.Option("--frozen", help=_FROZEN)] = False,
) -> None:
    """Fine-tune encoder and heads on labelled tasks and measure them on occupations they have not seen."""
    from jobimpact.training.train import train as train_model

    result = train_model(
        labels, relabels=relabels, usage=usage, demographics=demographics, out=out, model=model, device=device,
        precision=precision, seed=seed, members=members, epochs=epochs, teacher=teacher, unlabelled=unlabelled or [],
        lessons=lessons, refit=refit, frozen=frozen, progress=True,
    )  # fmt: skip
    # One column per part of the labels: the figures are many, the parts are few.
    typer.echo(result.table.round(3).T.to_string(header=False))
    for note in result.notes:
        typer.echo(note)
