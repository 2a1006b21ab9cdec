"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Device(StrEnum):
    """Where the encoder runs."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class Precision(StrEnum):
    """Arithmetic of the encoder."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"


class Language(StrEnum):
    """Language of the starter tasks and the report."""

    en = "en"
    zh = "zh"


class Rater(StrEnum):
    """Whose labels the scores predict."""

    human = "human"
    gpt4 = "gpt4"
    gpt4_alt = "gpt4_alt"
    gpt4_0613 = "gpt4_0613"
    gpt5_4 = "gpt5_4"
    consensus = "consensus"


class Method(StrEnum):
    """How tasks are scored."""

    rubric = "rubric"
    capabilities = "capabilities"
    rater = "rater"


MODELS = "Encoder: all-MiniLM-L6-v2 or multilingual (packages), a folder, or a Hugging Face name."
ModelOption = Annotated[str, typer.Option("--model", help=MODELS)]
HeadsOption = Annotated[
    Path | None, typer.Option("--heads", help="Folder written by `jobimpact train`; default: what travels with the package.")
]
DeviceOption = Annotated[Device, typer.Option("--device", help="Where the encoder runs.")]
PrecisionOption = Annotated[Precision, typer.Option("--precision", help="auto: bf16 where the device computes in it, else fp32.")]
RaterOption = Annotated[
    Rater, typer.Option("--rater", help="Whose label is predicted; consensus pools all raters by their reliability.")
]
TextOption = Annotated[str, typer.Option("--text-column", help="Column of the task text.")]
EncodingOption = Annotated[str, typer.Option("--encoding", help="Of CSV, TSV and JSONL files, such as cp1252.")]
CacheOption = Annotated[bool, typer.Option("--cache/--no-cache", help="Keep embeddings on disk.")]
