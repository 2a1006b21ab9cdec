"""A model behind an OpenAI-compatible server: bounded retries, few requests at a time, and a reason for each missing answer.

What a server's reply says: probabilities from its log-probabilities where it gives them, else the answer in its text.
"""

import json
import math
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import Empty, Full, Queue, SimpleQueue
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3

from jobimpact.errors import InputError
from jobimpact.exposure.rater.answers import Answer
from jobimpact.exposure.rater.prompts import Question

# Statuses after which the same request may succeed: timeouts, limits and faults of the server (RFC 9110, RFC 6585).
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_BAD_REQUEST = frozenset({400, 422})
# Statuses that every other question would meet too: key, payment, address.
_FATAL = frozenset({401, 402, 403, 404, 405, 410})
_REDIRECTS = range(300, 400)
_LONGEST_BODY = 1_000_000  # bytes; a reply of a few tokens has some thousands
_LONGEST_REASON = 160
_PATIENCE = 0.1  # seconds between two looks at whether the run was interrupted
_THOUGHTS = re.compile(r"^.*?</think(?:ing)?>", re.DOTALL)
_SHOWN = 40  # characters of a reply in a reason
_DRESSING = " \t\r\n*_`'\"()[]{}.:"


@dataclass(frozen=True)
class _Failure:
    """Why a request gave no reply.

    `retry` says whether asking again may help, `fatal` whether every other question would fail in the same way.
    """

    reason: str
    retry: bool = False
    fatal: bool = False
    wait: float | None = None
    raw: str = ""


class _Bearer(requests.auth.AuthBase):
    """Put the key into the header; said openly, so that requests does not take one from a netrc file."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class ServerModel:
    """A model behind ``/v1/chat/completions``, read as a rater.

    Parameters
    ----------
    base_url
        Such as ``http://localhost:8000/v1``; with no path, ``/v1`` is added.
    key
        Sent as a bearer token; never stored, shown or logged, and struck out of what the server sends back.
    settings
        Those of :class:`jobimpact.exposure.rater.prompts.PromptBook`.

    Attributes
    ----------
    model_id
        Address and name: what the answers depend on.
    """

    def __init__(self, base_url: str, model: str, settings: Mapping[str, Any], *, key: str = "") -> None:
        self.url: Final = _endpoint(base_url)
        self.model: Final = model
        self.model_id: Final = f"{self.url}#{model}"
        self._key, self._auth = key, _Bearer(key)
        self._settings = dict(settings)
        self._lock = threading.Lock()
        self._optional: dict[str, Any] = {
            "temperature": 0,
            "max_tokens": settings["max_tokens"],
            "logprobs": True,
            "top_logprobs": settings["top_logprobs"],
        }
        self._resume_at = 0.0
        self._failed_in_a_row = 0
        self._gave_up = ""

    def ask(self, questions: Sequence[Question]) -> Iterator[Answer]:
        """Yield an answer to each of `questions` as it comes; a question without one is yielded with its reason.

        Closing the iterator, as an interruption does, stops the threads: no further request is sent.
        """
        queue: SimpleQueue[Question] = SimpleQueue()
        # Bounded, so that no thread runs far ahead of the one that keeps the answers: what waits here an interruption loses.
        come: Queue[Answer] = Queue(maxsize=self._settings["concurrency"])
        stop = threading.Event()
        self._gave_up, self._failed_in_a_row = "", 0
        for question in questions:
            queue.put(question)

        def work() -> None:
            with requests.Session() as session:
                while not stop.is_set():
                    try:
                        question = queue.get_nowait()
                    except Empty:
                        return
                    answer = self._answer(session, question, stop)
                    while not stop.is_set():
                        with suppress(Full):
                            come.put(answer, timeout=_PATIENCE)
                            break

        for _ in range(min(self._settings["concurrency"], len(questions))):
            threading.Thread(target=work, daemon=True).start()
        try:
            for _ in questions:
                yield come.get()
        finally:
            stop.set()

    def _answer(self, session: requests.Session, question: Question, stop: threading.Event) -> Answer:
        """Return the answer or the reason why there is none; never raises, for nobody would hear it in a thread."""
        if self._gave_up:
            return Answer(question, reason=f"not asked, for the server failed before: {self._gave_up}")
        try:
            answer, failure = self._try(session, question, stop)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other answers must not be lost
            answer, failure = None, _Failure(f"{type(error).__name__}: {self._clean(str(error))}")
        if answer is not None:
            with self._lock:
                self._failed_in_a_row = 0
            return answer
        failure = failure or _Failure(self._gave_up or "interrupted")
        if failure.retry or failure.fatal:
            self._count_failure(failure)
        return Answer(question, reason=failure.reason, raw=failure.raw)

    def _count_failure(self, failure: _Failure) -> None:
        with self._lock:
            self._failed_in_a_row += 1
            if failure.fatal or self._failed_in_a_row >= self._settings["give_up_after"]:
                self._gave_up = self._gave_up or failure.reason

    def _try(self, session: requests.Session, question: Question, stop: threading.Event) -> tuple[Answer | None, _Failure | None]:
        attempts, failure = int(self._settings["attempts"]), None
        n_tries = 0
        while n_tries < attempts and not self._gave_up:
            if stop.wait(max(0.0, self._resume_at - time.monotonic())):
                return None, failure
            sent = dict(self._optional)
            reply = self._post(session, question, sent)
            if isinstance(reply, Answer):
                return reply, None
            failure = reply
            if not failure.retry:
                if self._simplified(failure.reason, sent):
                    continue
                return None, failure
            n_tries += 1
            wait = self._settings["first_wait"] * 2 ** (n_tries - 1) if failure.wait is None else failure.wait
            if wait > self._settings["longest_wait"] and failure.wait is not None:
                return None, replace(failure, reason=f"{failure.reason}; the server asks to wait {wait:,.0f} s", fatal=True)
            if n_tries < attempts and stop.wait(min(wait, self._settings["longest_wait"])):
                return None, failure
        if failure is not None and n_tries > 1:
            failure = replace(failure, reason=f"{failure.reason} ({n_tries} attempts)")
        return None, failure

    def _post(self, session: requests.Session, question: Question, optional: Mapping[str, Any]) -> Answer | _Failure:
        turn = {"role": "user", "content": question.prompt.fill(question.task, question.title)}
        raw = self._fetch(session, {"model": self.model, "messages": [turn], **optional})
        if isinstance(raw, _Failure):
            return raw
        try:
            return read_reply(question, json.loads(raw), raw)
        except WrongSchemaError as error:
            return _Failure(str(error), retry=True, raw=raw)
        except ValueError:
            return _Failure(f"the reply is no JSON: {raw[:40]!r}", retry=True, raw=raw)

    def _fetch(self, session: requests.Session, body: dict[str, Any]) -> str | _Failure:
        """Return the body of the server's reply, with the key struck out."""
        timeout = self._settings["timeout"]
        deadline = time.monotonic() + timeout
        try:
            with session.post(
                self.url, json=body, auth=self._auth, timeout=timeout, stream=True, allow_redirects=False
            ) as response:
                raw = self._clean(_read_body(response, deadline), longest=_LONGEST_BODY)
                return raw if response.status_code == requests.codes.ok else self._refused(response, raw)
        except (requests.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError):
            return _Failure(f"no reply within {timeout:g} s", retry=True)
        except requests.ConnectionError as error:
            return _Failure(_connection_reason(error), retry=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            return _Failure(f"the reply broke off ({type(error).__name__})", retry=True)

    def _refused(self, response: requests.Response, raw: str) -> _Failure:
        status = response.status_code
        reason = f"HTTP {status}: {_message(raw)}" if raw else f"HTTP {status}"
        if status in _PASSING:
            wait = _retry_after(response.headers.get("Retry-After", ""))
            if wait is not None and wait <= self._settings["longest_wait"]:
                self._resume_at = max(self._resume_at, time.monotonic() + wait)  # holds for the other threads too
            return _Failure(reason, retry=True, wait=wait, raw=raw)
        if status in _REDIRECTS:
            return _Failure(
                f"HTTP {status}: moved to {response.headers.get('Location', 'elsewhere')}: give that address", fatal=True
            )
        return _Failure(reason, fatal=status in _FATAL, raw=raw)

    def _simplified(self, reason: str, sent: Mapping[str, Any]) -> bool:
        """Leave out the optional field that the server complained of; whether there was one, and asking again is worth it."""
        if not any(f"HTTP {status}" in reason for status in _BAD_REQUEST):
            return False
        field = next((name for name in ("top_logprobs", "logprobs", "max_tokens", "temperature") if name in reason), "")
        with self._lock:
            if field not in self._optional:
                return field in sent  # another thread has left it out meanwhile
            dropped = self._optional.pop(field)
            if field == "max_tokens":
                self._optional["max_completion_tokens"] = dropped
            if field == "logprobs":
                self._optional.pop("top_logprobs", None)
        return True

    def _clean(self, text: str, longest: int = _LONGEST_REASON) -> str:
        return (text.replace(self._key, "***") if self._key else text)[:longest]


def _endpoint(base_url: str) -> str:
    parts = urlsplit(base_url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(f"{base_url!r} is no address of a server; expected one such as http://localhost:8000/v1")
    if parts.username or parts.password or parts.query:
        raise InputError(
            "the address of the server carries a password or a query; expected the address alone: put the key into a variable"
        )
    path = parts.path.rstrip("/") or "/v1"
    path = path if path.endswith("/chat/completions") else f"{path}/chat/completions"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _read_body(response: requests.Response, deadline: float) -> str:
    """Return the body; a server that sends it drop by drop has no more time than one that sends nothing."""
    parts: list[bytes] = []
    size = 0
    while part := response.raw.read1(8192, decode_content=True):
        parts.append(part)
        size += len(part)
        if time.monotonic() > deadline:
            raise TimeoutError
        if size > _LONGEST_BODY:
            break
    return b"".join(parts).decode("utf-8", "replace")


def _message(raw: str) -> str:
    """Return the server's own words, as short as a reason has to be."""
    try:
        error = json.loads(raw)["error"]
        text = error["message"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError):
        text = raw
    return " ".join(str(text).split())[:_LONGEST_REASON]


def _connection_reason(error: requests.ConnectionError) -> str:
    text = str(error)
    if "refused" in text:
        return "connection refused: is the server running?"
    return "the server's name is not known" if "resolve" in text else f"no connection ({type(error).__name__})"


def _retry_after(header: str) -> float | None:
    """Return the seconds that a Retry-After header asks for, given as a number or a date (RFC 9110, section 10.2.3)."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


class WrongSchemaError(ValueError):
    """A reply is not a chat completion."""


def read_reply(question: Question, body: Any, raw: str) -> Answer:
    """Return the answer in a chat completion, of which `body` is the JSON and `raw` the reply as it came.

    Probabilities are those of ``choices[0].logprobs.content`` where the server gives them; else the answer
    written has probability 1 and no mass. There is a reason where the text is none of the answers.

    Raises
    ------
    WrongSchemaError
        If `body` is not a chat completion.
    """
    try:
        choice = body["choices"][0]
        text = choice["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise WrongSchemaError(f"the reply has no choices[0].message.content ({type(error).__name__})") from error
    if text is not None and not isinstance(text, str):
        raise WrongSchemaError(f"choices[0].message.content is {type(text).__name__}, not text")
    options = question.prompt.answers
    shares = _from_tokens(options, choice.get("logprobs"))
    if shares is not None:
        return Answer(question, shares[0], shares[1], raw=raw)
    level = find_answer(options, text or "")
    if level is None:
        return Answer(question, reason=f"the reply {_shortened(text or '')} is none of {', '.join(options.values())}", raw=raw)
    return Answer(question, {name: float(name == level) for name in options}, raw=raw)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}...")


def _from_tokens(options: Mapping[str, str], logprobs: Any) -> tuple[dict[str, float], float] | None:
    """Return probabilities and mass at the first written token that tells the options apart, or None where there is none."""
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    prefix, before = "", 0.0
    for entry in tokens if isinstance(tokens, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("token"), str):
            return None
        if _option_of(options, prefix + entry["token"]) is not None:
            return _shares(options, prefix, before, entry)
        prefix += entry["token"]
        before += _number(entry.get("logprob"))
        if not any(text.startswith(prefix.lstrip(_DRESSING)) for text in options.values()):
            return None  # the model writes something else first, such as a sentence
    return None


def _shares(
    options: Mapping[str, str], written: str, before: float, entry: dict[str, Any]
) -> tuple[dict[str, float], float] | None:
    shares = dict.fromkeys(options, 0.0)
    candidates = {entry["token"]: _number(entry.get("logprob"))}
    for other in entry.get("top_logprobs") or []:
        if isinstance(other, dict) and isinstance(other.get("token"), str):
            candidates[other["token"]] = _number(other.get("logprob"))
    for token, log in candidates.items():
        level = _option_of(options, written + token)
        if level is not None:
            shares[level] += math.exp(min(log, 0.0))
    total = sum(shares.values())
    if total <= 0 or len(candidates) == 1:
        return None  # one token without its rivals says no more than the text does
    return {level: share / total for level, share in shares.items()}, min(total * math.exp(min(before, 0.0)), 1.0)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not math.isnan(value) else -math.inf


def _option_of(options: Mapping[str, str], begun: str) -> str | None:
    """Return the level of the one option that `begun` is the beginning of, or that it begins with."""
    begun = begun.lstrip(_DRESSING)
    if not begun:
        return None
    whole = [level for level, text in options.items() if re.match(rf"{re.escape(text)}(?!\w)", begun)]
    partly = [level for level, text in options.items() if text.startswith(begun)]
    matches = whole or partly
    return matches[0] if len(matches) == 1 else None


def find_answer(options: Mapping[str, str], text: str) -> str | None:
    """Return the level that `text` answers, None where it answers none or several.

    A reply counts when it is an option, or when exactly one of the options stands in it as a word. An option of one sign has
    to open a line with a mark behind it (``B.``) or to end the reply after a mark or "is", for ``A`` is also a word.

    Examples
    --------
    >>> find_answer({"E0": "A", "E1": "B"}, "A language model would help: **B**.")
    'E1'
    """
    text = _THOUGHTS.sub("", text)
    exact = [level for level, option in options.items() if text.strip(_DRESSING) == option]
    if exact:
        return exact[0]
    matches = [level for level, option in options.items() if _word(option).search(text)]
    return matches[0] if len(matches) == 1 else None


def _word(option: str) -> re.Pattern[str]:
    sign = re.escape(option)
    if len(option) == 1:
        return re.compile(rf"^[\s*(`'\"]*{sign}(?=[).:;*\n])|(?:\bis|[:\n*(])[\s*(`'\"]*{sign}[\s*)`'\".]*\Z", re.MULTILINE)
    return re.compile(rf"(?<!\w){sign}(?!\w)")
