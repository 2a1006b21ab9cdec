"""Planted raters: a backend that answers by rule, and a chat-completions server whose faults the test chooses."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jobimpact.exposure.rater.answers import Answer
from jobimpact.exposure.rater.prompts import default_settings


class PlantedBackend:
    """Answers by `rule`: (prompt, task) -> probabilities by level, or a text that says why there is no answer."""

    def __init__(self, rule, model_id="planted", mass=0.9, stop_after=None):
        self.rule, self.model_id, self.mass, self.stop_after = rule, model_id, mass, stop_after
        self.asked = []

    def ask(self, questions):
        for question in questions:
            if self.stop_after is not None and len(self.asked) >= self.stop_after:
                raise KeyboardInterrupt
            self.asked.append(question)
            reply = self.rule(question.prompt, question.task)
            yield Answer(question, reason=reply) if isinstance(reply, str) else Answer(question, reply, self.mass, raw="planted")


class FakeServer:
    """A chat-completions server; `behave(number, body, send)` answers request `number`, counted from 1."""

    def __init__(self, behave):
        self.bodies, self.headers = [], []
        self.under_way = self.most_under_way = 0
        lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    fake.bodies.append(body)
                    fake.headers.append(dict(self.headers))
                    fake.under_way += 1
                    fake.most_under_way = max(fake.most_under_way, fake.under_way)
                    number = len(fake.bodies)
                try:
                    behave(number, body, self.send)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client has gone, as a timeout does
                finally:
                    with lock:
                        fake.under_way -= 1

            def send(self, content, status=200, headers=None):
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def fake_server():
    """Start servers; they end with the test."""
    started = []

    def start(behave):
        started.append(FakeServer(behave))
        return started[-1]

    yield start
    for server in started:
        server.close()


@pytest.fixture
def quick_settings():
    """The package's settings, with waits that a test can afford."""
    return {**default_settings(), "timeout": 60.0, "attempts": 3, "first_wait": 0.01, "longest_wait": 2.0, "concurrency": 3}


@pytest.fixture
def no_proxy(monkeypatch):
    """Keep a proxy of the machine out of the way of the server in the next thread."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def completion(text, tokens=None):
    """Return a chat completion; `tokens`: (token, logprob, {other: logprob}) of each written token."""
    content = [
        {"token": token, "logprob": log, "top_logprobs": [{"token": other, "logprob": value} for other, value in others.items()]}
        for token, log, others in tokens or []
    ]
    return {
        "choices": [{"message": {"role": "assistant", "content": text}, "logprobs": {"content": content} if tokens else None}]
    }


@pytest.fixture
def planted():
    return PlantedBackend


@pytest.fixture
def chat():
    return completion
