"""The `jobimpact dashboard` command: the pages in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from jobimpact.cli.options import LastStudyArgument


def dashboard(
    study: LastStudyArgument = None,
    port: Annotated[int, typer.Option("--port", help="Port to serve on.")] = 8501,
    headless: Annotated[bool, typer.Option("--headless", help="Do not open a browser.")] = False,
) -> None:
    """Open the dashboard on a study."""
    from jobimpact.screen.serve import open_dashboard
    from jobimpact.study import last_study

    open_dashboard(study or last_study(), port=port, headless=headless)
