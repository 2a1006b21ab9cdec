"""The `jobimpact wordings` command: further wordings of a report's statements, for a person to accept."""

from pathlib import Path

import typer

from jobimpact.cli.options import Language, register


def propose(llm: str, out: Path, base_url: str = "", language: Language = "en", statement: str = "") -> None:
    """Ask a language model for further wordings; those that pass a filter are written to a file for a person to read."""
    from jobimpact.exposure.rater.writing import text_backend
    from jobimpact.files import check_target, written_whole
    from jobimpact.reporting.words.proposals import proposals_file, propose_wordings

    check_target(out)
    writer = text_backend(llm, base_url or None)
    proposals = propose_wordings(writer, language, statement, progress=True)
    with written_whole(out) as path:
        path.write_text(proposals_file(proposals, writer.model_id, language), encoding="utf-8")
    n_passed = sum(len(entry.texts) for entry in proposals)
    n_refused = sum(entry.n_refused for entry in proposals)
    typer.echo(f"Wordings by {writer.model_id}: {n_passed} to read, {n_refused} refused: {out}")


wordings_app = register(typer.Typer(help="The wordings of a report's statements: propose more.", no_args_is_help=True), propose)
