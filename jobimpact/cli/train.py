"""The `jobimpact train` command: labels in; adapter, heads, calibration and model card out."""

from pathlib import Path

import typer

from jobimpact.cli.options import Device, Precision


def train(
    labels: Path | None = None,
    relabels: Path | None = None,
    usage: Path | None = None,
    demographics: Path | None = None,
    out: Path = Path("heads"),
    model: str = "all-MiniLM-L6-v2",
    device: Device = "auto",
    precision: Precision = "auto",
    seed: int = 1,
    members: int = 3,
    epochs: int = 3,
    teacher: str | None = None,
    unlabelled: list[str] | None = None,
    lessons: Path | None = None,
    refit: bool = True,
    frozen: bool = False,
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
