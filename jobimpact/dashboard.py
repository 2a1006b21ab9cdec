"""Start the Streamlit dashboard on a study."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from jobimpact.errors import JobImpactError
from jobimpact.paths import packaged
from jobimpact.study import read_study

if TYPE_CHECKING:
    from pathlib import Path

STUDY_VARIABLE = "JOBIMPACT_STUDY"


def open_dashboard(study: Path, *, port: int = 8501, headless: bool = False) -> None:
    """Serve the dashboard of `study` until the user stops it.

    Raises
    ------
    StudyError
        If `study` is not a whole study.
    JobImpactError
        If Streamlit is not installed, or it ends with an error.
    """
    read_study(study)
    if importlib.util.find_spec("streamlit") is None:
        raise JobImpactError("the dashboard needs Streamlit: run `pip install 'jobimpact[dashboard]'`")
    command = [sys.executable, "-m", "streamlit", "run", str(packaged("dashboards", "app.py"))]
    options = [
        f"--server.port={port}",
        f"--server.headless={str(headless).lower()}",
        "--browser.gatherUsageStats=false",
    ]
    environment = os.environ | {STUDY_VARIABLE: str(study.resolve())}
    done = subprocess.run([*command, *options], env=environment, check=False)  # noqa: S603 - our own file
    if done.returncode not in (0, -2, 130):
        raise JobImpactError(f"the dashboard ended with exit code {done.returncode}: is port {port} free? Try --port")
