"""Start the Streamlit dashboard on a study."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

from jobimpact.errors import JobImpactError
from jobimpact.paths import packaged
from jobimpact.reporting.figures.style import colour
from jobimpact.study import read_study

STUDY_VARIABLE = "JOBIMPACT_STUDY"
ADDRESS_VARIABLE = "STREAMLIT_SERVER_ADDRESS"
_LOOPBACK = "127.0.0.1"
# Streamlit's own font has no Chinese signs: those that systems bring for a screen come before whatever else they have.
_FONTS = '"Source Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
_STOPPED = (0, -signal.SIGINT, -signal.SIGTERM, 128 + signal.SIGINT, 128 + signal.SIGTERM)


def open_dashboard(study: Path, *, port: int = 8501, headless: bool = False) -> None:
    """Serve the dashboard of `study` until the user stops it, on this machine alone.

    Other machines can reach it only where the environment variable ``STREAMLIT_SERVER_ADDRESS`` names another address.
    """
    read_study(study)
    if importlib.util.find_spec("streamlit") is None:
        raise JobImpactError("the dashboard needs Streamlit: run `pip install 'jobimpact[dashboard]'`")
    environment = os.environ | {STUDY_VARIABLE: str(study.resolve())}
    code = _serve(_command(port, headless=headless), environment)
    if code not in _STOPPED:
        raise JobImpactError(f"the dashboard ended with exit code {code}: is port {port} free? Try {{port}}", parameters=["port"])


def _serve(command: list[str], environment: dict[str, str]) -> int:
    """Run the server and return its exit code. Whoever ends this process means the server, which would go on alone."""
    servers: list[subprocess.Popen[bytes]] = []
    signals: list[int] = []

    def stop(number: int, _: object) -> None:
        signals.append(number)
        for server in servers:
            server.terminate()

    # The handler is there before the server is: a signal in between is remembered.
    before = signal.signal(signal.SIGTERM, stop)
    try:
        with subprocess.Popen(command, env=environment) as server:  # noqa: S603 - our own file
            servers.append(server)
            if signals:
                server.terminate()
            return _wait(server)
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait(server: subprocess.Popen[bytes]) -> int:
    """Return the exit code of the server; Ctrl-C reaches it too, and it ends by itself."""
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue


def _command(port: int, *, headless: bool) -> list[str]:
    """Return the command that serves the pages: no questions, no reports home, no reloading when files change."""
    options = {
        "server.port": str(port),
        "server.address": os.environ.get(ADDRESS_VARIABLE) or _LOOPBACK,
        "server.headless": str(headless).lower(),
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "theme.base": "light",  # the figures are drawn on white
        "theme.primaryColor": colour("bar"),
        "theme.font": _FONTS,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(packaged("dashboards", "app.py")), *flags]
