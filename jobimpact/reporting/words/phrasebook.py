"""Sentences in wordings that people wrote: a language model may choose among them, and nothing else."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pandas as pd

from jobimpact.assumptions import assumption, read_assumptions
from jobimpact.progress import track
from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.compose.document import Column, DataTable, Paragraph, PrintedCell, Section
from jobimpact.reporting.words.quality import lix
from jobimpact.reporting.words.wording import report_words
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.compose.document import Block, Document
    from jobimpact.reporting.words.narrative import Sentence

LETTERS = "ABCDEFGHIJ"
Outcome = Literal["chosen", "failed", "not asked"]
_DASH, _EMPTY, _LEAST = "\N{EN DASH}", "...", 1e-6


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
    """Which wording of a sentence is printed.

    Attributes
    ----------
    sentence
        As it is without a language model: in the first of its wordings.
    outcome
        ``chosen`` by the model, be it the first wording; ``failed`` where no usable answer came; ``not asked``
        where the sentence has one wording only.
    index
        Of the wording, 0 for the first.
    share
        Probability that the model gives to the wording, its leaning to single letters taken out; missing where it
        did not choose.
    reason
        Why it failed; empty else.
    """

    sentence: Sentence
    outcome: Outcome = "not asked"
    index: int = 0
    share: float = math.nan
    reason: str = ""

    def printed(self, writer: str) -> Sentence:
        """Return the sentence in the wording that was chosen, with the name of who chose it."""
        if self.outcome != "chosen":
            return self.sentence
        return replace(self.sentence, parts=self.sentence.wordings[self.index], written_by=writer)


def choose_wordings(document: Document, chooser: Chooser, *, progress: bool = False) -> tuple[Document, list[Choice]]:
    """Let a language model choose among the wordings of each sentence, in the order of reading.

    Whatever the model answers, every sentence is one that a person wrote, with figures from its claims: without a
    usable answer it stays in its first wording.

    Parameters
    ----------
    document
        In first wordings.
    chooser
        Such as :class:`jobimpact.exposure.rater.writing.LetterChooser`.
    progress
        Whether a bar on standard error counts the sentences.

    Returns
    -------
    Document
        With the wordings that were chosen, and a last section that says so.
    list of Choice
        One per sentence.
    """
    choices: list[Choice] = []
    before: list[str] = []
    leanings: dict[int, list[float]] = {}
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


def _choose(
    sentence: Sentence,
    before: Sequence[str],
    chooser: Chooser,
    language: str,
    leanings: dict[int, list[float]],
) -> Choice:
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
    context = before[len(before) - int(assumption("phrasebook", "context_sentences")) :] if before else ()
    listed = "\n".join(f"{letter}. {text}" for letter, text in zip(LETTERS, options, strict=False))
    return str(words["choose"]).format(text=" ".join(context) or words["start"], options=listed)


def prompts(language: str) -> dict[str, Any]:
    """Return the prompts of data/phrasebook.toml in `language`."""
    words: dict[str, Any] = read_assumptions("phrasebook")["prompts"][language]
    return words


def replay(document: Document, rows: pd.DataFrame) -> tuple[Document, list[str]]:
    """Return the document in the wordings that a language model chose before, without the model.

    Parameters
    ----------
    document
        In first wordings.
    rows
        Table ``written_sentences`` of :func:`with_choices`, one row at least. A row belongs to the sentence with the
        same first wording.

    Returns
    -------
    Document
        As :func:`choose_wordings` gave it.
    list of str
        Choices of `rows` that are no wording of a sentence of the document.
    """
    waiting: dict[str, deque[dict[str, Any]]] = defaultdict(deque)
    for row in records(rows):
        waiting[str(row["default_text"])].append(row)
    choices, wrong = [], []
    for sentence in document.sentences():
        row = waiting[sentence.text].popleft() if waiting[sentence.text] else {"outcome": "not asked"}
        choice = Choice(sentence)
        if row["outcome"] != "not asked":
            index = int(row["wording"]) - 1
            choice = Choice(sentence, row["outcome"], index, float(row["probability"]), str(row["failure"]))
            if index not in range(len(sentence.texts)) or sentence.texts[index] != row["printed_text"]:
                choice = Choice(sentence)
                wrong.append(row)
        choices.append(choice)
    wrong += [row for group in waiting.values() for row in group if row["outcome"] == "chosen"]
    messages = [f"{row['printed_text']!r} is no wording of a sentence of this report" for row in wrong]
    return with_choices(document, choices, str(rows["writer"].iloc[0])), messages


def with_choices(document: Document, choices: Sequence[Choice], writer: str) -> Document:
    """Return the document in the wordings that were chosen, with a section that says so and the tables behind it.

    Parameters
    ----------
    document
        In first wordings.
    choices
        One per sentence, in the order of reading.
    writer
        Name of the model.

    Returns
    -------
    Document
        Its ``tables`` have ``written_sentences`` and ``writing_quality`` of the data dictionary.
    """
    sentences = iter([choice.printed(writer) for choice in choices])

    def reworded(block: Block) -> Block:
        if not isinstance(block, Paragraph):
            return block
        return replace(block, sentences=tuple(next(sentences) for _ in block.sentences))

    sections = [replace(section, blocks=tuple(map(reworded, section.blocks))) for section in document.sections]
    quality = _quality(choices, writer, document.language)
    tables = {**document.tables, "written_sentences": _rows(choices, writer), "writing_quality": quality}
    return replace(document, sections=(*sections, _account(quality, document.language)), tables=tables)


def _rows(choices: Sequence[Choice], writer: str) -> pd.DataFrame:
    rows = [
        (
            place, choice.sentence.topic, writer, choice.outcome, choice.index + 1, len(choice.sentence.wordings) or 1,
            choice.share, choice.sentence.text, choice.printed(writer).text, choice.reason,
        )
        for place, choice in enumerate(choices, 1)
    ]  # fmt: skip
    counts = {"sentence": "int64", "wording": "int64", "n_wordings": "int64", "probability": "float64"}
    return pd.DataFrame(rows, columns=table_columns("written_sentences")).astype(counts)


def _quality(choices: Sequence[Choice], writer: str, language: str) -> pd.DataFrame:
    """Return table ``writing_quality``, one row: counts of sentences, share that was changed, readability."""
    outcomes = [choice.outcome for choice in choices if choice.outcome != "not asked"]
    n_changed = sum(choice.index > 0 for choice in choices)
    row = (
        writer, len(choices), len(outcomes), outcomes.count("chosen"), n_changed, outcomes.count("failed"),
        n_changed / len(choices) if choices else math.nan,
        lix((choice.printed(writer).text for choice in choices), language),
        lix((choice.sentence.text for choice in choices), language),
    )  # fmt: skip
    table = pd.DataFrame([row], columns=table_columns("writing_quality"))
    return table.astype(dict.fromkeys(("share_changed", "lix", "lix_default"), "float64"))


def _account(quality: pd.DataFrame, language: str) -> Section:
    words = report_words(language)["writer"]
    row = {str(name): value for name, value in quality.iloc[0].items()}
    table = DataTable(
        "writing-quality",
        words["table"],
        words["note"].format(writer=row["writer"]),
        (Column("", words["measure"]), Column("", words["value"], numeric=True)),
        tuple(
            (PrintedCell(title), _cell(float(row[name]), whole=name.startswith("n_"))) for name, title in words["rows"].items()
        ),
        "writing_quality",
    )
    return Section("writer", words["title"], (table,))


def _cell(value: float, *, whole: bool) -> PrintedCell:
    if math.isnan(value):
        return PrintedCell(_DASH, math.nan)
    return PrintedCell(f"{value:,.0f}" if whole else f"{value:.3f}", value)
