"""The `jobimpact headlines` command: a study's headline numbers, each with its definition and under every other one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jobimpact.cli.options import check_out, print_json, print_table, write_table

if TYPE_CHECKING:
    from jobimpact.study import Study


def headlines(study: Path | None = None, alternatives: bool = False, out: Path | None = None, json_: bool = False) -> None:
    """State a study's headline numbers with their definitions, and what other definitions would make of them."""
    # Imported inside, here and in every command: `--help` and a typo must not wait for pandas.
    import pandas as pd

    from jobimpact.estimates.means.headlines import headlines as study_headlines

    check_out(out)
    result = study_headlines(study)
    write_table(pd.concat([result.table, result.alternatives], ignore_index=True) if alternatives else result.table, out)
    if json_:
        print_json(result.to_records(alternatives=alternatives))
        return
    for number, sentence in zip(result.numbers, result.sentences(), strict=True):
        typer.echo(sentence)
        if alternatives and number.alternatives is not None:
            print_table(number.alternatives[["changed_part", "alternative", "headline_value"]])


def print_headlines(study: Study) -> None:
    """Print the headlines of a study just written, and where it is."""
    from jobimpact.estimates.means.headlines import headlines as study_headlines

    result = study_headlines(study)
    for line, number in zip(result.lines(), result.numbers, strict=True):
        typer.echo(f"{line}\n    {number.definition}")
    typer.echo(f"Study:  {study.path}")
    typer.echo(f"Report: {study.path}/report.html")
