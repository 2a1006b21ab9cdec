"""Every answer of a rater, kept on disk by prompt, model and text, so that nothing is asked twice."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from jobimpact.errors import InputError
from jobimpact.exposure.rater.prompts import Question

_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    prompt_hash TEXT, model_id TEXT, text_hash TEXT, prompt_id TEXT, task TEXT, title TEXT,
    probabilities TEXT, mass REAL, reason TEXT, raw TEXT,
    PRIMARY KEY (prompt_hash, model_id, text_hash)
)
"""


@dataclass(frozen=True)
class Answer:
    """What a model said to one question.

    Attributes
    ----------
    probabilities
        By level, sum 1; empty where there is no answer.
    mass
        Probability that the model gives to the answers offered together, before they are scaled to sum 1;
        None where it gives no probabilities, only text.
    reason
        Why there is no answer; empty where there is one.
    raw
        What came from the model: the body of a server's reply, or log-probabilities as JSON.
    """

    question: Question
    probabilities: Mapping[str, float] = field(default_factory=dict)
    mass: float | None = None
    reason: str = ""
    raw: str = ""


class AnswerStore:
    """A table of answers in an SQLite file, or in memory without one; used as a context manager.

    Each answer is written when it comes, so that a run that is killed loses the answers under way and no
    other. Questions that got no usable answer are kept with their raw reply and reason, and are asked again
    in the next run. What cannot be opened, read or written as such a store is an InputError.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = None if path is None else Path(path)
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(":memory:" if self.path is None else self.path, timeout=30)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            # With a write-ahead log an answer is safe from a killed process without waiting for the disk each time.
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            with connection:
                connection.execute(_TABLE)
                connection.execute("DELETE FROM answers WHERE prompt_hash = ''")  # fails where nothing can be written
        except sqlite3.Error as error:
            connection.close()
            raise self._unusable(error) from error
        self._connection = connection
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _unusable(self, error: Exception) -> InputError:
        return InputError(f"{self.path}: cannot be used as a store of answers ({error}): choose another file for the answers")

    @property
    def connection(self) -> sqlite3.Connection:
        """The open database."""
        if self._connection is None:
            raise InputError("the store of answers is closed: use it in a `with` block")
        return self._connection

    def put(self, model_id: str, answer: Answer) -> None:
        """Keep `answer`, in the place of an earlier one to the same question."""
        question = answer.question
        row = (
            question.prompt.hash, model_id, question.text_hash, question.prompt.prompt_id, question.task, question.title,
            json.dumps(dict(answer.probabilities)), answer.mass, answer.reason, answer.raw,
        )  # fmt: skip
        try:
            with self.connection:
                self.connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def get(self, model_id: str, questions: Iterable[Question]) -> dict[Question, Answer]:
        """Return the answers of `model_id` to `questions` that have probabilities."""
        query = (
            "SELECT probabilities, mass, reason, raw FROM answers "
            "WHERE prompt_hash = ? AND model_id = ? AND text_hash = ? AND reason = ''"
        )
        answers: dict[Question, Answer] = {}
        try:
            for question in questions:
                row = self.connection.execute(query, (question.prompt.hash, model_id, question.text_hash)).fetchone()
                if row is not None:
                    answers[question] = Answer(question, json.loads(row[0]), *row[1:])
        except (sqlite3.Error, ValueError) as error:
            raise self._unusable(error) from error
        return answers
