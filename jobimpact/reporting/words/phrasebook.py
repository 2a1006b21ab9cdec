"""Sentences in wordings that people wrote: a language model may choose among them, and nothing else."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pandas as pd

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.progress import track
from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.compose.document import Column, DataTable, Paragraph, PrintedCell, Section
from jobimpact.reporting.words.quality import lix
from jobimpact.reporting.words.wording import DASH, report_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.compose.document import Block, Document
    from jobimpact.reporting.words.narrative import Sentence

LETTERS = "ABCDEFGHIJ"
Leanings = dict[int, list[float]]  # probabilities of options without content, by their number
Outcome = Literal["chosen", "failed", "not asked"]
# Options without content, and the least probability that is divided by.
_EMPTY, _LEAST = "...", 1e-6


class Chooser(Protocol):
    """Anything that says how probable each letter is as the answer to a question.

    See :class:`jobimpact.exposure.rater.writing.LetterChooser`.
    """

    @property
    def model_id(self) -> str:
        """Name of what determines the answers."""

    def shares(self, question: str, letters: str) -> Sequence[float]:
        """Return the probability of each of `letters` as the answer; an error says why there is none."""


@dataclass(frozen=True)
class Choice:
    """Which wording of a sentence is printed, and why."""

    sentence: Sentence  # in the first of its wordings
    outcome: Outcome = "not asked"  # nobody is asked where there is one wording only
    index: int = 0  # of the wording that was chosen
    share: float = math.nan  # probability of the wording, the model's leaning to single letters taken out
    reason: str = ""  # of a failure

    def printed(self, writer: str) -> Sentence:
        """Return the sentence in the wording that was chosen, with the name of who chose it."""
        if self.outcome != "chosen":
            return self.sentence
        return replace(self.sentence, parts=self.sentence.wordings[self.index], written_by=writer)


def choose_wordings(document: Document, chooser: Chooser, *, progress: bool = False) -> tuple[Document, list[Choice]]:
    """Let a language model choose among the wordings of each sentence, in the order of reading.

    Whatever it answers, every sentence is one that a person wrote, with figures from its claims: without a usable
    answer it stays in its first wording. A last section of the document says what was chosen.
    """
    choices: list[Choice] = []
    before: list[str] = []
    leanings: Leanings = {}
    failures, deadline = 0, time.monotonic() + float(assumption("phrasebook", "longest_time"))
    for sentence in track(list(document.sentences()), "Wording", show=progress):
        choice = Choice(sentence)
        if len(sentence.wordings) > 1:
            if failures >= int(assumption("phrasebook", "give_up_after")):
                choice = Choice(sentence, "failed", reason="not asked again, as no answer came before")
            elif time.monotonic() > deadline:
                choice = Choice(sentence, "failed", reason="not asked, as the time for choices was over")
            else:
                choice = _choose(sentence, before, chooser, document.language, leanings)
                failures = failures + 1 if choice.outcome == "failed" else 0
        choices.append(choice)
        before.append(choice.printed("").text)
    return with_choices(document, choices, chooser.model_id), choices


def _choose(sentence: Sentence, before: Sequence[str], chooser: Chooser, language: str, leanings: Leanings) -> Choice:
    """Ask for one sentence.

    Small models lean to some letters whatever these stand for. As in contextual calibration (Zhao et al. 2021,
    Calibrate before use, ICML), the probabilities are divided by those for options without content, which
    `leanings` keeps by the number of options.
    """
    texts = sentence.texts[: len(LETTERS)]
    n, letters = len(texts), LETTERS[: len(texts)]
    try:
        if n not in leanings:
            leanings[n] = _shares(chooser, _question([_EMPTY] * n, (), language), letters)
        shares = _shares(chooser, _question(texts, before, language), letters)
    except Exception as error:  # noqa: BLE001 - whatever a model does, the report has its sentence
        return Choice(sentence, "failed", reason=f"{type(error).__name__}: {error}"[:200])
    weights = [share / max(leaning, _LEAST) for share, leaning in zip(shares, leanings[n], strict=True)]
    index = weights.index(max(weights))
    return Choice(sentence, "chosen", index, weights[index] / sum(weights))


def _shares(chooser: Chooser, question: str, letters: str) -> list[float]:
    shares = [float(share) for share in chooser.shares(question, letters)]
    if len(shares) != len(letters) or not all(0 <= share <= 1 for share in shares) or not sum(shares):
        raise ValueError(f"the answer has no probabilities of {', '.join(letters)}")
    return shares


def _question(options: Sequence[str], before: Sequence[str], language: str) -> str:
    words = prompts(language)
    context = before[max(len(before) - int(assumption("phrasebook", "context_sentences")), 0) :]
    lines = "\n".join(f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=False))
    return str(words["choose"]).format(text=" ".join(context) or words["start"], options=lines)


def prompts(language: str) -> dict[str, Any]:
    """Return the prompts of data/phrasebook.toml in `language`."""
    words: dict[str, Any] = read_assumptions("phrasebook")["prompts"][language]
    return words


def replay(document: Document, rows: pd.DataFrame) -> tuple[Document, list[str]]:
    """Return the document in the wordings of a table ``written_sentences``, without the model that chose them.

    A row belongs to the sentence with the same first wording. What is no wording of a sentence of the document is
    returned in messages, and not printed.
    """
    rows_of = {text: deque(records(group)) for text, group in rows.groupby("default_text")}
    choices, wrong = [], []
    for sentence in document.sentences():
        choice = Choice(sentence)
        row: dict[str, Any] = rows_of[sentence.text].popleft() if rows_of.get(sentence.text) else {}
        outcome = row.get("outcome", "not asked")
        if outcome != "not asked":
            index, text = int(row["wording"]) - 1, row["printed_text"]
            if sentence.texts[index : index + 1] == (text,):
                choice = Choice(sentence, outcome, index, float(row["probability"]), str(row["failure"]))
            else:
                wrong.append(text)
        choices.append(choice)
    wrong += [row["printed_text"] for group in rows_of.values() for row in group if row["outcome"] == "chosen"]
    messages = [f"{text!r} is no wording of a sentence of this report" for text in wrong]
    return with_choices(document, choices, str(rows["writer"].iloc[0])), messages


def with_choices(document: Document, choices: Sequence[Choice], writer: str) -> Document:
    """Return the document in the wordings that `writer` chose, one per sentence, with a section that says so."""
    sentences = iter([choice.printed(writer) for choice in choices])

    def reworded(block: Block) -> Block:
        if not isinstance(block, Paragraph):
            return block
        return replace(block, sentences=tuple(next(sentences) for _ in block.sentences))

    sections = [replace(section, blocks=tuple(map(reworded, section.blocks))) for section in document.sections]
    rows = _rows(choices, writer)
    quality = _quality(rows, writer, document.language)
    tables = {**document.tables, "written_sentences": rows, "writing_quality": quality}
    return replace(document, sections=(*sections, _account(quality, document.language)), tables=tables)


def _rows(choices: Sequence[Choice], writer: str) -> pd.DataFrame:
    """Return table ``written_sentences``."""
    columns = {
        "sentence": range(1, len(choices) + 1),
        "topic": [choice.sentence.topic for choice in choices],
        "writer": writer,
        "outcome": [choice.outcome for choice in choices],
        "wording": [choice.index + 1 for choice in choices],
        "n_wordings": [len(choice.sentence.texts) for choice in choices],
        "probability": [choice.share for choice in choices],
        "default_text": [choice.sentence.text for choice in choices],
        "printed_text": [choice.printed(writer).text for choice in choices],
        "failure": [choice.reason for choice in choices],
    }
    # Without a sentence there is nothing to tell the types of columns from.
    whole = dict.fromkeys(("sentence", "wording", "n_wordings"), "int64")
    return pd.DataFrame(columns).astype(whole | {"probability": "float64"})


def _quality(rows: pd.DataFrame, writer: str, language: str) -> pd.DataFrame:
    """Return table ``writing_quality``, one row: counts of sentences, share that was changed, readability."""
    n_chosen, n_failed = (int(rows["outcome"].eq(outcome).sum()) for outcome in ("chosen", "failed"))
    changed = rows["wording"] > 1
    quality = {
        "writer": writer,
        "n_sentences": len(rows),
        "n_asked": n_chosen + n_failed,
        "n_chosen": n_chosen,
        "n_changed": int(changed.sum()),
        "n_failed": n_failed,
        "share_changed": float(changed.mean()),
        "lix": lix(rows["printed_text"], language),
        "lix_default": lix(rows["default_text"], language),
    }
    return pd.DataFrame([quality])


def _account(quality: pd.DataFrame, language: str) -> Section:
    """Return the section that says in the report what a language model chose."""
    words, row = report_words(language)["writer"], records(quality)[0]
    columns = Column("", words["measure"]), Column("", words["value"], numeric=True)
    note = words["note"].format(writer=row["writer"])
    cells = tuple((PrintedCell(title), _cell(row[name])) for name, title in words["rows"].items())
    table = DataTable("writing-quality", words["table"], note, columns, cells, "writing_quality")
    return Section("writer", words["title"], (table,))


def _cell(value: float) -> PrintedCell:
    text = f"{value:,}" if isinstance(value, int) else DASH if math.isnan(value) else f"{value:.3f}"
    return PrintedCell(text, float(value))
