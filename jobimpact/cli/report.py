"""The `jobimpact report` command: a study as a report, of one type, in one format or in several."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jobimpact.cli.options import Language, StudyArgument

_TYPES = "overview, sector, occupation, state, comparison or methods. Default: what the options below say, else overview."
_FORMATS = "html, pdf, docx, tex, xlsx, csv, dta, bib, figures or pack (also: replication); may be given several times."
_SECTOR = "Sector: NAICS code or title, such as 52."
_OCCUPATION = "Occupation: SOC code or title, such as 15-1252."
_STATE = "State: postal code, area code or name, such as CA."
_ESTIMATE = "Comparison: of what, such as share:beta>=0.5. Default: mean:beta."
_WRITER = "Language model that chooses among wordings people wrote: smollm2-135m-instruct, a GGUF, ..."
_DRAFT = "Language model that writes a free draft beside it, to be checked."
_REPLICATIONS = "For --type methods: what `jobimpact replicate --all --out FILE.parquet` wrote."
_OUT = "File to write, or folder for one format or several. Default: reports."
EXAMPLES = tuple(
    f"jobimpact report reports/study {options}"
    for options in (
        "--type sector --naics 52 --format pdf",
        "--soc 15-1252 --format docx --out developers.docx",
        "--state CA --language zh",
        "--other reports/before --format tex",
        "--format html --format xlsx --format replication --out briefing",
    )
)


def report(
    study: StudyArgument,
    kind: Annotated[
        Literal["overview", "sector", "occupation", "state", "comparison", "methods"] | None,
        typer.Option("--type", help=_TYPES, metavar="TYPE"),
    ] = None,
    naics: Annotated[str | None, typer.Option("--naics", help=_SECTOR, metavar="CODE")] = None,
    soc: Annotated[str | None, typer.Option("--soc", help=_OCCUPATION, metavar="CODE")] = None,
    state: Annotated[str | None, typer.Option("--state", help=_STATE, metavar="CODE")] = None,
    other: Annotated[Path | None, typer.Option("--other", help="Comparison: the study before.", metavar="STUDY")] = None,
    estimate: Annotated[str | None, typer.Option("--estimate", help=_ESTIMATE, metavar="WHAT")] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help=f"{_FORMATS} Default: by the ending of --out, else html.", metavar="FORMAT"),
    ] = None,
    language: Annotated[Language, typer.Option("--language", help="Of the report.")] = "en",
    brand: Annotated[
        Path | None, typer.Option("--brand", help="Folder with brand.toml; see reports/README.md.", metavar="FOLDER")
    ] = None,
    writer: Annotated[str | None, typer.Option("--writer", help=_WRITER, metavar="MODEL")] = None,
    drafter: Annotated[str | None, typer.Option("--draft", help=_DRAFT, metavar="MODEL")] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="OpenAI-compatible server of --writer and --draft.", metavar="URL")
    ] = None,
    replications: Annotated[Path | None, typer.Option("--replications", help=_REPLICATIONS, metavar="FILE")] = None,
    out: Annotated[Path | None, typer.Option("--out", help=_OUT, metavar="PATH")] = None,
) -> None:
    """Write a report of a study, from its tables alone; its name and the key of its row name the file."""
    from jobimpact.run import report as write_report

    result = write_report(
        study, kind, naics=naics, soc=soc, state=state, other=other, estimate=estimate, formats=formats or [],
        language=language, brand=brand, writer=writer, drafter=drafter, base_url=base_url, replications=replications,
        out=out, progress=True,
    )  # fmt: skip
    for note in result.notes:
        typer.echo(note)
    for path in result.table["path"]:
        typer.echo(f"Report: {path}")
