"""The `jobimpact report` command: a study as a report, of one type, in one format or in several."""

from pathlib import Path
from typing import Literal

import typer

from jobimpact.cli.options import Language


def report(
    study: Path,
    kind: Literal["overview", "brief", "sector", "occupation", "state", "comparison", "methods"] | None = None,
    naics: str | None = None,
    soc: str | None = None,
    state: str | None = None,
    other: Path | None = None,
    estimate: str | None = None,
    formats: list[str] | None = None,
    language: Language = "en",
    brand: Path | None = None,
    writer: str | None = None,
    drafter: str | None = None,
    base_url: str | None = None,
    replications: Path | None = None,
    out: Path | None = None,
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
