"""A headless Chromium without a driver: it is spoken to through two pipes, in the DevTools protocol."""

import json
import os
import runpy
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PATIENCE = 240  # seconds; a busy machine is slow, a broken page is broken for good


class Browser:
    """One page of a headless Chromium."""

    def __init__(self, program, profile):
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe"]
        # Chromium reads its file 3 and writes its file 4.
        pipes = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", pipes, "browser", program, *options, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._answers, self._count, self._session = b"", 0, None
        target = self._command("Target.getTargets")["targetInfos"]
        page = next(info["targetId"] for info in target if info["type"] == "page")
        self._session = self._command("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]

    def _command(self, method, **parameters):
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._answers:
                part = os.read(self._read, 65536)
                if not part:
                    raise RuntimeError(f"Chromium ended with {self._process.wait()}")
                self._answers += part
            answer, _, self._answers = self._answers.partition(b"\0")
            answer = json.loads(answer)
            if answer.get("id") == self._count:
                return answer["result"]

    def open(self, url, width=1400, height=1000):
        """Open a page in a window of this size."""
        self._command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._command("Page.navigate", url=url)

    def evaluate(self, script):
        """Return the value of a JavaScript expression."""
        return self._command("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait_for(self, script):
        """Return the value of the expression as soon as it is true."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            value = self.evaluate(script)
            if value:
                return value
            time.sleep(0.2)
        pytest.fail(f"the page never came to: {script}; it shows {self.evaluate('document.body.innerText')!r:.400}")

    def close(self):
        """End the browser."""
        self._process.terminate()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Return a headless Chromium; skipped by name where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed")
    opened = Browser(program, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """Return the tiny study of tests/dashboards."""
    make_study = runpy.run_path(str(TESTS / "dashboards" / "conftest.py"))["make_study"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOBIMPACT_DATA", str(tmp_path_factory.mktemp("home")))
        return make_study(tmp_path_factory.mktemp("study") / "tiny")


@pytest.fixture(scope="session")
def dashboard(study, starter_home, tmp_path_factory):
    """Start `jobimpact dashboard` on the tiny study and return its address; it ends with its parent."""
    home = shutil.copytree(starter_home, tmp_path_factory.mktemp("home") / "data")
    pytest.importorskip("streamlit")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = "from jobimpact.cli.app import main; main()"
    arguments = ["dashboard", str(study.path), "--headless", "--port", str(port)]
    log = tmp_path_factory.mktemp("log") / "dashboard.txt"
    with log.open("wb") as stream:
        environment = os.environ | {"JOBIMPACT_DATA": str(home)}
        process = subprocess.Popen([sys.executable, "-c", command, *arguments], env=environment, stdout=stream, stderr=stream)
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + PATIENCE
    while not answers(address):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            pytest.fail(f"the dashboard did not start: {log.read_text()}")
        time.sleep(0.2)
    yield address
    process.terminate()
    assert process.wait(timeout=PATIENCE) == 0
    assert not answers(address)
    assert "Traceback" not in log.read_text()


def answers(address):
    """Whether the server is there."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
