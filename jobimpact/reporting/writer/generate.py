"""Sentences of a report reworded by a language model, each verified, each falling back to the realiser's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeGuard

from jobimpact.progress import track
from jobimpact.reporting.claims.claims import Claim, read_claims
from jobimpact.reporting.compose.document import Paragraph
from jobimpact.reporting.writer.lexicon import setting
from jobimpact.reporting.writer.prompts import Part, conversation, fill, make_template, with_words
from jobimpact.reporting.writer.tokens import normal_text
from jobimpact.reporting.writer.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobimpact.reporting.compose.document import Block, Document
    from jobimpact.reporting.words.narrative import Sentence

State = Literal["accepted", "unchanged", "rejected", "failed", "not asked"]
_QUOTES = "\"'\u201c\u201d\u2018\u2019*_` "
_ENDS = (".", "\u3002")
_TWICE = re.compile(r"\b([^\W\d_]+) \1\b", re.IGNORECASE)


class Backend(Protocol):
    """Anything that goes on with conversations; see :mod:`jobimpact.exposure.rater.writing`."""

    @property
    def model_id(self) -> str:
        """Name of what determines the texts."""

    def write(
        self, conversations: Sequence[tuple[tuple[str, str], ...]], seed: int | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """Yield number, text and reason for each conversation, in any order."""


@dataclass(frozen=True)
class Outcome:
    """What became of one sentence.

    Attributes
    ----------
    sentence
        As the realiser wrote it.
    written
        As it is printed: the model's where it was accepted, else the realiser's.
    state
        ``accepted``; ``unchanged`` where the model gave the sentence back as it was; ``rejected`` where no text of it was
        borne out; ``failed`` where none came; ``not asked`` where the sentence has no figure or name, or is a caveat or note.
    text
        The last text of the model, figures and names filled in where they could be.
    reasons
        Why that text was not accepted.
    tried
        Texts that came.
    """

    sentence: Sentence
    written: Sentence
    state: State
    text: str = ""
    reasons: tuple[str, ...] = ()
    tried: int = 0


def rewrite(document: Document, backend: Backend, *, progress: bool = False) -> tuple[Document, tuple[Outcome, ...]]:
    """Let a language model reword the sentences of a document.

    Parameters
    ----------
    document
        Of the realiser.
    backend
        Such as one of :func:`jobimpact.exposure.rater.writing.text_backend`.
    progress
        Whether a bar on standard error counts the texts as they come.

    Returns
    -------
    Document
        With the sentences that were accepted in place of the realiser's; each says who wrote it.
    tuple of Outcome
        One per sentence, in the order of reading.
    """
    open_to = [s for block in document.blocks() if _open(block) for s in block.sentences]
    asked = iter(rewrite_sentences(open_to, read_claims(document.claims), backend, document.language, progress=progress))
    outcomes: list[Outcome] = []

    def rewritten(block: Block) -> Block:
        if not isinstance(block, Paragraph):
            return block
        if not _open(block):
            outcomes.extend(Outcome(sentence, sentence, "not asked") for sentence in block.sentences)
            return block
        found = [next(asked) for _ in block.sentences]
        outcomes.extend(found)
        return replace(block, sentences=tuple(outcome.written for outcome in found))

    sections = tuple(
        replace(section, blocks=tuple(rewritten(block) for block in section.blocks)) for section in document.sections
    )
    return replace(document, sections=sections), tuple(outcomes)


def _open(block: Block) -> TypeGuard[Paragraph]:
    """Whether sentences of a block may be reworded: caveats and notes stay as people wrote them."""
    return isinstance(block, Paragraph) and block.style in ("lead", "body")


def rewrite_sentences(
    sentences: Sequence[Sentence], ledger: Iterable[Claim], backend: Backend, language: str = "en", *, progress: bool = False
) -> tuple[Outcome, ...]:
    """Let a language model reword sentences.

    The model is given a sentence at a time, without figures and names. Its most probable text is verified first, then
    sampled ones, as many as data/writer.toml says; the first that is borne out and differs from the sentence is taken.

    Parameters
    ----------
    sentences
        Of the realiser.
    ledger
        Claims of the report.
    backend, language, progress
        As in :func:`rewrite`.

    Returns
    -------
    tuple of Outcome
        One per sentence.
    """
    claims = tuple(ledger)
    templates = [make_template(sentence) for sentence in sentences]
    outcomes = {n: Outcome(sentence, sentence, "not asked") for n, sentence in enumerate(sentences)}
    waiting = [n for n, sentence in enumerate(sentences) if templates[n].parts and not sentence.written_by]
    for attempt in range(setting("candidates")):
        # Sentences that differ in figures and names alone are one question.
        asked: dict[str, list[int]] = {}
        for n in waiting:
            asked.setdefault(templates[n].text, []).append(n)
        prompts = [conversation(templates[alike[0]], language) for alike in asked.values()]
        seed = setting("seed") + attempt if attempt else None
        texts = backend.write(prompts, seed) if prompts else ()
        for number, text, reason in track(texts, f"Wording {attempt + 1}", show=progress, total=len(prompts)):
            for n in list(asked.values())[number]:
                outcomes[n] = _judged(outcomes[n], text, reason, claims, backend.model_id, language)
        waiting = [n for n in waiting if outcomes[n].state != "accepted"]
    return tuple(outcomes[n] for n in range(len(sentences)))


def _judged(before: Outcome, text: str, reason: str, claims: tuple[Claim, ...], model: str, language: str) -> Outcome:
    """Return the outcome after one more text; a sentence that the model once gave back unchanged stays so."""
    sentence = before.sentence
    if reason:
        return before if before.tried else replace(before, state="failed", reasons=(reason,))
    tried = before.tried + 1
    parts = read_output(text, sentence)
    if isinstance(parts, str):
        kept = before.state == "unchanged"
        return replace(before, tried=tried) if kept else Outcome(sentence, sentence, "rejected", text, (parts,), tried)
    made = replace(sentence, parts=parts, written_by=model)
    if normal_text(made.text) == normal_text(sentence.text):
        return Outcome(sentence, sentence, "unchanged", made.text, (), tried)
    verdict = verify(made.text, sentence, claims, language)
    if verdict.accepted:
        return Outcome(sentence, made, "accepted", made.text, (), tried)
    if before.state == "unchanged":
        return replace(before, tried=tried)
    return Outcome(sentence, sentence, "rejected", made.text, verdict.reasons, tried)


def read_output(text: str, sentence: Sentence) -> tuple[Part, ...] | str:
    """Return the parts of what a model wrote for `sentence`; a text says why it is no sentence with its placeholders.

    Parameters
    ----------
    text
        The model's reply; only its first line is read, without quotation marks around it.
    sentence
        That was to be reworded.
    """
    if len(text) > setting("longest_text"):
        return f"the text has {len(text):,} characters"
    line = text.strip().splitlines()[0].strip(_QUOTES) if text.strip() else ""
    line = normal_text(line)
    if not line:
        return "no text"
    parts = fill(line, make_template(sentence))
    return parts if isinstance(parts, str) else _well_formed(parts, sentence)


def _well_formed(parts: tuple[Part, ...], sentence: Sentence) -> tuple[Part, ...] | str:
    first = parts[0]
    if isinstance(first, str) and first[0].islower():
        parts = (first[0].upper() + first[1:], *parts[1:])
    last = parts[-1]
    if not isinstance(last, str) or not last.endswith(_ENDS):
        return "no full stop at the end"
    literals = "".join(part if isinstance(part, str) else "\0" for part in parts)
    if any(end in literals[:-1] for end in (". ", "\u3002")) or "?" in literals or "!" in literals:
        return "more than one sentence"
    if literals.count("(") != literals.count(")") or _TWICE.search(literals) or "\0 \0" in literals or "\0\0" in literals:
        return "brackets, words or placeholders that do not fit together"
    return with_words(parts, sentence)
