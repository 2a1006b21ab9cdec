"""The `jobimpact wordings` command: further wordings of a report's statements, for a person to accept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobimpact.cli.options import Command, Language

wordings_app = typer.Typer(
    help="The wordings of a report's statements: propose more.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@wordings_app.callback()
def _wordings() -> None:
    """Keep `propose` a word of its own: Typer would leave out the name of an only command."""


@wordings_app.command(cls=Command, epilog="Example: jobimpact wordings propose --llm smollm2-135m-instruct --out proposals.toml")
def propose(
    llm: Annotated[
        str,
        typer.Option("--llm", help="Language model: smollm2-135m-instruct, a GGUF file, a folder, ...", metavar="MODEL"),
    ],
    out: Annotated[Path, typer.Option("--out", help="TOML file to write.", metavar="FILE")],
    base_url: Annotated[str, typer.Option("--base-url", help="OpenAI-compatible server of --llm.", metavar="URL")] = "",
    language: Annotated[Language, typer.Option("--language", help="Of the statements.")] = "en",
    statement: Annotated[
        str,
        typer.Option(
            "--statement",
            help="Part and topic, such as sector.level. Default: every statement.",
            metavar="NAME",
        ),
    ] = "",
) -> None:
    """Ask a language model for further wordings; those that pass a filter are written to a file for a person to read."""
    from jobimpact.exposure.rater.writing import text_backend
    from jobimpact.files import check_target, written_whole
    from jobimpact.reporting.words.proposals import proposals_file, propose_wordings

    check_target(out)
    writer = text_backend(llm, base_url or None)
    proposals = propose_wordings(writer, language, statement, progress=True)
    with written_whole(out) as path:
        path.write_text(proposals_file(proposals, writer.model_id, language), encoding="utf-8")
    n_passed, n_refused = sum(len(entry.texts) for entry in proposals), sum(entry.n_refused for entry in proposals)
    typer.echo(f"Wordings by {writer.model_id}: {n_passed} to read, {n_refused} refused: {out}")
