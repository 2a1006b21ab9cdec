"""What a report says of the language model that reworded it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from jobimpact.reporting.compose.document import Cell, Column, DataTable, Section
from jobimpact.reporting.words.wording import report_words
from jobimpact.reporting.writer.quality import measure_writing, written_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobimpact.reporting.compose.document import Document
    from jobimpact.reporting.writer.generate import Outcome

_DASH, _DECIMALS = "\N{EN DASH}", 3


def with_account(document: Document, outcomes: Sequence[Outcome], writer: str) -> Document:
    """Return the document with a section on its language model, and with the tables behind it.

    Parameters
    ----------
    document, outcomes
        Of :func:`jobimpact.reporting.writer.generate.rewrite`.
    writer
        Name of the model.

    Returns
    -------
    Document
        Its last section counts the sentences that were accepted, left as they were and refused, and measures them; its
        ``tables`` have ``written_sentences`` and ``writing_quality`` of the data dictionary.
    """
    quality = measure_writing(outcomes, writer, document.language)
    words = report_words(document.language)["writer"]
    row = {str(name): value for name, value in quality.iloc[0].items()}
    table = DataTable(
        "writing-quality",
        words["table"],
        words["note"].format(writer=writer),
        (Column("", words["measure"]), Column("", words["value"], numeric=True)),
        tuple((Cell(title), _cell(float(row[name]), whole=name.startswith("n_"))) for name, title in words["rows"].items()),
        "writing_quality",
    )
    tables = {**document.tables, "written_sentences": written_sentences(outcomes, writer), "writing_quality": quality}
    section = Section("writer", words["title"], (table,))
    return replace(document, sections=(*document.sections, section), tables=tables)


def _cell(value: float, *, whole: bool) -> Cell:
    if math.isnan(value):
        return Cell(_DASH, math.nan)
    return Cell(f"{value:,.0f}" if whole else f"{value:.{_DECIMALS}f}", value)
