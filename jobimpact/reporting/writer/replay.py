"""A report reworded again from the sentences that were kept of a language model, each verified again, without the model."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.claims.claims import read_claims
from jobimpact.reporting.compose.document import Paragraph
from jobimpact.reporting.writer.account import with_account
from jobimpact.reporting.writer.generate import Outcome, read_output
from jobimpact.reporting.writer.verify import verify

if TYPE_CHECKING:
    import pandas as pd

    from jobimpact.reporting.claims.claims import Claim
    from jobimpact.reporting.compose.document import Block, Document
    from jobimpact.reporting.words.narrative import Sentence


def replay(document: Document, kept: pd.DataFrame) -> tuple[Document, tuple[Outcome, ...]]:
    """Return the document as the language model worded it, with the section that says so.

    Parameters
    ----------
    document
        Of the realiser.
    kept
        Table ``written_sentences`` of :func:`jobimpact.reporting.writer.quality.written_sentences`, one row at least. A row
        belongs to the sentence that the realiser writes in the same words; rows without one are left aside.

    Returns
    -------
    Document
        Accepted sentences of `kept` stand in it where their claims still bear them out, else the realiser's.
    tuple of Outcome
        One per sentence, in the order of reading.
    """
    rows: dict[str, deque[dict[str, Any]]] = defaultdict(deque)
    for row in records(kept):
        rows[str(row["realiser_text"])].append(row)
    ledger = tuple(read_claims(document.claims))
    outcomes: list[Outcome] = []

    def reworded(block: Block) -> Block:
        if not isinstance(block, Paragraph):
            return block
        found = []
        for sentence in block.sentences:
            waiting = rows[sentence.text]
            found.append(_again(sentence, waiting.popleft() if waiting else {}, ledger, document.language))
        outcomes.extend(found)
        return replace(block, sentences=tuple(outcome.written for outcome in found))

    sections = tuple(replace(section, blocks=tuple(reworded(block) for block in section.blocks)) for section in document.sections)
    writer = str(kept["writer"].iloc[0])
    return with_account(replace(document, sections=sections), outcomes, writer), tuple(outcomes)


def _again(sentence: Sentence, row: dict[str, Any], ledger: tuple[Claim, ...], language: str) -> Outcome:
    """Return what became of a sentence; a kept text that is not borne out any more is refused like a new one."""
    if not row:
        return Outcome(sentence, sentence, "not asked")
    tried, text = int(row["texts_tried"]), str(row["written_text"])
    if row["outcome"] != "accepted":
        reasons = tuple(str(row["refusals"]).split("\n")) if row["refusals"] else ()
        return Outcome(sentence, sentence, row["outcome"], text, reasons, tried)
    parts = read_output(str(row["template"]), sentence)
    if isinstance(parts, str):
        return Outcome(sentence, sentence, "rejected", text, (parts,), tried)
    made = replace(sentence, parts=parts, written_by=str(row["writer"]))
    verdict = verify(made.text, sentence, ledger, language)
    if not verdict.accepted:
        return Outcome(sentence, sentence, "rejected", made.text, verdict.reasons, tried)
    return Outcome(sentence, made, "accepted", made.text, (), tried)
