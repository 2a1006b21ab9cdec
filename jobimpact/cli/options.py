"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "fp32", "bf16"]
Language = Literal["en", "zh"]
Rater = Literal["human", "gpt4", "gpt4_alt", "gpt4_0613", "gpt5_4", "consensus"]

MODELS = "Encoder: all-MiniLM-L6-v2 or multilingual (packages), a folder, or a Hugging Face name."
_DATA = "Folder with publishers' files under their own names; it comes before the data folder."

StudyArgument = Annotated[Path, typer.Argument(help="Folder of a study.", metavar="STUDY")]
LastStudyArgument = Annotated[Path | None, typer.Argument(help="Folder of a study; default: the last one.", metavar="[STUDY]")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="File for the table; its ending says the format.")]
DataOption = Annotated[Path | None, typer.Option("--data", help=_DATA, metavar="FOLDER")]
ModelOption = Annotated[str, typer.Option("--model", help=MODELS)]
AnyModelOption = Annotated[str | None, typer.Option("--model", help=f"{MODELS} Default: all-MiniLM-L6-v2; multilingual for zh.")]
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
