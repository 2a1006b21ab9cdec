"""The `jobimpact dashboard` command: the pages in a browser."""

from pathlib import Path


def dashboard(study: Path | None = None, port: int = 8501, headless: bool = False) -> None:
    """Open the dashboard on a study."""
    from jobimpact.screen.serve import open_dashboard
    from jobimpact.study import last_study

    open_dashboard(study or last_study(), port=port, headless=headless)
