import signal
import subprocess
import sys

import pytest

from jobimpact.errors import JobImpactError, StudyError
from jobimpact.screen import serve as dashboard


@pytest.fixture
def a_study(monkeypatch, tmp_path):
    """Any folder counts as a study; what is started is given by the test."""
    monkeypatch.setattr(dashboard, "read_study", lambda _: None)
    return tmp_path


def start(monkeypatch, code):
    monkeypatch.setattr(dashboard, "_command", lambda *_, **__: [sys.executable, "-c", code])


def test_no_study_no_server(tmp_path):
    with pytest.raises(StudyError, match="jobimpact run"):
        dashboard.open_dashboard(tmp_path / "nothing")


def test_without_streamlit_it_says_what_to_install(a_study, monkeypatch):
    monkeypatch.setattr(dashboard.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(JobImpactError, match=r"pip install 'jobimpact\[dashboard\]'"):
        dashboard.open_dashboard(a_study)


def test_server_gets_the_study_and_listens_on_this_machine_alone(a_study, monkeypatch):
    monkeypatch.delenv(dashboard.ADDRESS_VARIABLE, raising=False)
    command = dashboard._command(8765, headless=True)
    assert "--server.port=8765" in command
    assert "--server.address=127.0.0.1" in command
    assert "--server.headless=true" in command
    assert "--browser.gatherUsageStats=false" in command
    monkeypatch.setenv(dashboard.ADDRESS_VARIABLE, "0.0.0.0")  # noqa: S104 - what a user asks for
    assert "--server.address=0.0.0.0" in dashboard._command(8765, headless=False)
    start(monkeypatch, f"import os; assert os.environ['JOBIMPACT_STUDY'] == {str(a_study.resolve())!r}")
    dashboard.open_dashboard(a_study)


def test_options_are_known_to_streamlit():
    config = pytest.importorskip("streamlit.config")
    known = config.get_config_options()
    for flag in dashboard._command(8765, headless=True)[5:]:
        assert flag.removeprefix("--").partition("=")[0] in known, flag


def test_failing_server_is_one_line(a_study, monkeypatch):
    start(monkeypatch, "raise SystemExit(1)")
    with pytest.raises(JobImpactError, match="exit code 1: is port 8501 free"):
        dashboard.open_dashboard(a_study)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ending_the_command_ends_the_server(tmp_path):
    code = (
        "from jobimpact.screen import serve\n"
        "serve.read_study = lambda _: None\n"
        "serve._command = lambda *_, **__: ['sh', '-c', 'echo $$; exec sleep 60']\n"
        "from pathlib import Path\n"
        "serve.open_dashboard(Path('.'))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        server = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    with pytest.raises(ProcessLookupError):
        __import__("os").kill(server, 0)
