"""What every format prints around a document: its words, and the list of every figure with the cell that holds it."""

from __future__ import annotations

import itertools
import math
import re
import string
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.assumptions import assumption
from jobimpact.paths import packaged
from jobimpact.reporting.claims.cells import DIFFERENCE
from jobimpact.reporting.claims.claims import Claim, read_claims
from jobimpact.reporting.compose.document import DataTable, Figure, Paragraph, Tiles
from jobimpact.reporting.formats.escaping import unbroken
from jobimpact.reporting.formats.layout import plain
from jobimpact.reporting.words.wording import format_release, format_value, report_words
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobimpact.reporting.compose.document import Block, Column, Document, Section, SourceNote
    from jobimpact.reporting.words.narrative import Sentence


_LISTS = {"caveat": "caveats", "finding": "findings"}  # kinds of blocks that are one list, by the style of a paragraph
_LEAD = re.compile(r"(?:[^.。]{4,}\.\s|[^.。]{2,}。)(?=\s*\S)")


@dataclass(frozen=True)
class LedgerRow:
    """A claim as the list of every figure prints it."""

    claim: Claim
    kind: str  # in the language of the document
    unrounded: str
    interval: str  # both ends in the unit of the claim; empty where it has none
    source: str  # who published or computed it, from which release


@cache
def read_formats() -> dict[str, Any]:
    """Return data/formats.toml: fonts, thresholds of layout, and words by language."""
    return tomllib.loads(packaged("data", "formats.toml").read_text(encoding="utf-8"))


def seen_text(text: str) -> str:
    """Return a text of the document as a page shows it: in one line, without controls, no figure apart from its percent sign."""
    return unbroken(plain(text))


def frame_words(document: Document) -> dict[str, Any]:
    """Return the words around the content in the document's language, its own labels before those of the package."""
    words: dict[str, Any] = read_formats()["words"][document.language]
    level = format_value(float(assumption("variance", "level")), "percent", 0)
    note = words["ledger_note"].replace("{level}", level)
    return {**words, "ledger_note": note, **report_words(document.language)["labels"], **document.labels}


def ledger_rows(document: Document) -> list[LedgerRow]:
    """Return the rows of the list of every figure."""
    words = frame_words(document)
    rows = []
    for claim in read_claims(document.claims):
        kind, source = str(words["kinds"].get(claim.kind, claim.kind)), _source(claim, document, words)
        interval = _interval(claim, words, document.language)
        rows.append(LedgerRow(claim, kind, _unrounded(claim.value), interval, source))
    return rows


def unprinted_claims(sentence: Sentence) -> list[tuple[str, Claim]]:
    """Return what a sentence rests on and does not print, such as the rank behind "the most", each with its letter behind it."""
    claims = (claim for claim in sentence.claims if claim not in sentence.parts)
    return list(zip(itertools.cycle(string.ascii_lowercase), claims))


def number_blocks(document: Document) -> dict[str, int]:
    """Return the number of every figure and of every table, each counted in the order of reading, by :func:`anchor_of`."""
    kinds: dict[type, itertools.count[int]] = {Figure: itertools.count(1), DataTable: itertools.count(1)}
    return {anchor_of(block): next(kinds[type(block)]) for block in document.blocks() if isinstance(block, Figure | DataTable)}


def anchor_of(block: Figure | DataTable) -> str:
    """Return what names the block in a file: a figure and a table may have the same name."""
    return f"{'figure' if isinstance(block, Figure) else 'table'}-{block.name}"


def is_code(table: DataTable, index: int) -> bool:
    """Return whether a column, not that of the rows' names, holds codes, which are never broken into lines."""
    longest = int(assumption("formats", "code_characters"))
    cells = [row[index] for row in table.rows]
    return index > 0 and all(len(cell.text) <= longest and not cell.details for cell in cells)


def is_long_list(table: DataTable) -> bool:
    """Return whether a table is so long and narrow that it is set in columns side by side."""
    detailed = any(cell.details for row in table.rows for cell in row)
    long = len(table.rows) >= assumption("formats", "list_rows")
    return long and not detailed and len(table.columns) <= assumption("formats", "list_columns")


def is_short(table: DataTable) -> bool:
    """Return whether a table is never broken by the end of a page."""
    lines = sum(1 + sum(len(cell.details) for cell in row) for row in table.rows)
    return lines <= int(assumption("formats", "whole_rows"))


def is_key(column: Column) -> bool:
    """Return whether a column holds the figure that a report is about, which is set in bold."""
    return column.name in read_formats()["columns"]["key"]


def group_blocks(section: Section) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the blocks with their kind: ``tiles table figure paragraph`` each, ``caveats`` and ``findings`` in a row as one."""
    kinds = {Tiles: "tiles", DataTable: "table", Figure: "figure", Paragraph: "paragraph"}

    def kind(block: Block) -> str:
        return _LISTS.get(block.style, "paragraph") if isinstance(block, Paragraph) else kinds[type(block)]

    for kind_of_run, blocks in itertools.groupby(section.blocks, key=kind):
        if kind_of_run in _LISTS.values():
            yield kind_of_run, tuple(blocks)
        else:
            yield from ((kind_of_run, (block,)) for block in blocks)


def split_lead(paragraph: Paragraph) -> tuple[str, Paragraph]:
    """Return the words by which an item of a list is found, which are set in bold, and the item without them.

    They are its first sentence, where that is short and more follows; else there are none.
    """
    first = paragraph.sentences[0] if paragraph.sentences else None
    match = _LEAD.match(first.parts[0]) if first and first.parts and isinstance(first.parts[0], str) else None
    if first is None or match is None or match.end() > int(assumption("formats", "lead_characters")):
        return "", paragraph
    rest = replace(first, parts=(str(first.parts[0])[match.end() :].lstrip(), *first.parts[1:]))
    return match[0].strip(), replace(paragraph, sentences=(rest, *paragraph.sentences[1:]))


def model_marks(section: Section, words: Mapping[str, Any]) -> list[str]:
    """Return what is said of the sentences of a section that language models worded, once for each model."""
    sentences = (sentence for block in section.blocks if isinstance(block, Paragraph) for sentence in block.sentences)
    return list(dict.fromkeys(mark for sentence in sentences if (mark := model_mark(sentence, words))))


def model_mark(sentence: Sentence, words: Mapping[str, Any]) -> str:
    """Return what is said of a sentence that a language model worded; empty where none did."""
    label = str(words["written_by_model"])
    if not sentence.written_by:
        return ""
    return label.replace("{model}", sentence.written_by) if "{model}" in label else f"{label}: {sentence.written_by}"


def source_texts(source: SourceNote, document: Document) -> tuple[str, str, str]:
    """Return what a source is and was used for, what its publisher states, and how to cite it where that says more."""
    words, chinese = frame_words(document), document.language == "zh"
    colon, stop, gap = ("\N{FULLWIDTH COLON}", "\N{IDEOGRAPHIC FULL STOP}", "") if chinese else (": ", ".", " ")
    facts = [source.publisher] if source.publisher else []
    facts += [f"{words[name]}{colon}{text}" for name in ("release", "licence") if (text := getattr(source, name))]
    cited = source.citation if source.citation != source.title else ""
    return f"{source.use}{colon}{source.title}{stop}", gap.join(f"{fact.rstrip('.')}{stop}" for fact in facts), cited


def _unrounded(value: float) -> str:
    if math.isnan(value):
        return "\N{EN DASH}"
    return f"{value:,.0f}" if value == int(value) else f"{value:.6f}"


def _interval(claim: Claim, words: Mapping[str, Any], language: str) -> str:
    low, high = claim.estimate_low, claim.estimate_high
    if math.isnan(low) or math.isnan(high):
        return ""
    # The interval of a word such as "higher" is that of the difference behind it.
    unit, decimals = ("", 3) if claim.unit == "direction" else (claim.unit, claim.decimals)
    ends = [format_value(end, unit, decimals, language) for end in (low, high)]
    return str(words["between"]).format(low=ends[0], high=ends[1])


def _source(claim: Claim, document: Document, words: Mapping[str, Any]) -> str:
    """Return who published the column, or what it was computed from, with releases."""
    columns = read_dictionary()["columns"]
    publisher = str(columns.get(claim.column_name.partition(DIFFERENCE)[0], {}).get("source", ""))
    inputs = [manifest.get("inputs", {}) for manifest in _manifests(claim, document)]
    employment, tasks = (
        [title for part in inputs if (title := _named(part.get(name, {}), document.language))] for name in ("employment", "tasks")
    )
    if "jobimpact" in publisher:
        rests_on = "; ".join(dict.fromkeys([*employment, *tasks]))
        version = str(document.manifest.get("packages", {}).get("jobimpact", ""))
        return str(words["computed_from"]).format(version=version, inputs=rests_on or words["not_stated"])
    published = "; ".join(dict.fromkeys(employment)) if publisher.startswith("BLS OEWS") and employment else publisher
    return str(words["taken_from"]).format(inputs=published) if published else ""


def _manifests(claim: Claim, document: Document) -> list[Mapping[str, Any]]:
    """Return the manifests of what a figure was made from: of a comparison one study or the other, or both."""
    other = document.request.other if document.request else None
    if other is None or not claim.table_name.startswith("change_"):
        return [document.manifest]
    if claim.row_key == "before" or claim.column_name.endswith("_before"):
        return [other.manifest]
    if claim.row_key == "after" or claim.column_name.endswith("_after"):
        return [document.manifest]
    return [other.manifest, document.manifest]


def _named(source: Mapping[str, Any], language: str) -> str:
    title = str(source.get("title") or source.get("name") or "")
    release = format_release(str(source.get("release", "")), language)
    return " ".join(part for part in (title, release) if part)
