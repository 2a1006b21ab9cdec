"""A free draft beside a report, in which figures and names are placeholders of claims that a language model may set."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from jobimpact.progress import track
from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.compose.document import Paragraph
from jobimpact.reporting.words.phrasebook import prompts
from jobimpact.reporting.words.quality import likeness, lix
from jobimpact.reporting.words.wording import report_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobimpact.reporting.compose.document import Document
    from jobimpact.reporting.words.narrative import Name

_PLACE = re.compile(r"\[([CN][0-9]+)\]")
_DIGIT = re.compile(r"\d")
_SENTENCE_ENDS = {
    "en": re.compile(r"(?<=[.!?])\s+(?=[A-Z\[])"),
    "zh": re.compile("(?<=[\u3002\uff01\uff1f])\\s*(?=.)"),
}


class Writer(Protocol):
    """Anything that writes a text for a prompt; see :mod:`jobimpact.exposure.rater.writing`."""

    @property
    def model_id(self) -> str:
        """Name of what determines the texts."""

    def write(self, prompts: Sequence[str], seed: int | None = None) -> Iterator[tuple[int, str, str]]:
        """Yield number, text and reason for each prompt, in any order; without a text the reason says why."""


@dataclass(frozen=True)
class Draft:
    """What a language model made of a report.

    Attributes
    ----------
    text
        Markdown; its first line says that a person has to check it.
    n_sentences
        Sentences of the model that stand in it.
    n_left_out
        Sentences that were left out: with a digit of their own or an unknown placeholder.
    n_failed
        Paragraphs for which no text came.
    """

    text: str
    n_sentences: int
    n_left_out: int
    n_failed: int


@dataclass
class _Template:
    """A paragraph with placeholders, what they stand for, and what the model made of it."""

    section: str
    printed: str
    text: str
    parts: dict[str, Claim | Name]
    sentences: list[tuple[str, str]] = field(default_factory=list)


def write_draft(document: Document, writer: Writer, *, progress: bool = False) -> Draft:
    """Let a language model write a draft of a document, paragraph by paragraph.

    A sentence of its stays where all of its figures and names are placeholders of the paragraph; it is followed by
    what they stand for. Caveats and small print are not given to the model.

    Parameters
    ----------
    document
        A report.
    writer
        As of :func:`jobimpact.exposure.rater.writing.text_backend`.
    progress
        Whether a bar on standard error counts the paragraphs.

    Raises
    ------
    InputError
        If a package of the extra ``reports`` is missing.
    """
    words, language = report_words(document.language)["draft"], document.language
    templates = [
        _template(section.title, block)
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Paragraph) and block.style in ("lead", "body")
    ]
    questions = [prompts(language)["draft"].format(text=template.text) for template in templates]
    n_left_out = n_failed = 0
    for number, text, reason in track(writer.write(questions), "Draft", show=progress, total=len(questions)):
        n_failed += bool(reason)
        for sentence in _SENTENCE_ENDS[language].split(" ".join(text.split())) if text else ():
            text_and_claims = fill(sentence, templates[number].parts)
            n_left_out += text_and_claims is None
            templates[number].sentences += [text_and_claims] if text_and_claims else []
    drafts = [template for template in templates if template.sentences]
    n_sentences = sum(len(template.sentences) for template in drafts)
    lines = [words["first"].format(model=writer.model_id), "", f"# {document.title}"]
    title = ""
    for template in drafts:
        lines += ["", f"## {template.section}"] if template.section != title else []
        title = template.section
        lines += ["", *(f"{text} `{{{claims or words['none']}}}`" for text, claims in template.sentences)]
    pairs = [(template.printed, " ".join(text for text, _ in template.sentences)) for template in drafts]
    rouge, chrf = likeness(pairs, language)
    scores = {"rouge": rouge, "chrf": chrf, "lix": lix((text for _, text in pairs), language)}
    counts = {"n_sentences": n_sentences, "n_left_out": n_left_out, "n_failed": n_failed}
    report_lix = lix((text for text, _ in pairs), language)
    lines += ["", "---", "", words["last"].format(**counts, **scores, own=report_lix), ""]
    return Draft("\n".join(lines), **counts)


def _template(section: str, paragraph: Paragraph) -> _Template:
    parts: dict[str, Claim | Name] = {}
    text = ""
    for part in (part for sentence in paragraph.sentences for part in (*sentence.parts, " ")):
        if isinstance(part, str):
            text += part
        elif isinstance(part, Claim) and not _DIGIT.search(part.text):
            text += part.text  # a word of order or direction, which has no figure to protect
        else:
            kind = "C" if isinstance(part, Claim) else "N"
            place = f"{kind}{sum(name.startswith(kind) for name in parts) + 1}"
            parts[place] = part
            text += f"[{place}]"
    return _Template(section, " ".join(sentence.text for sentence in paragraph.sentences), text.strip(), parts)


def fill(sentence: str, parts: dict[str, Claim | Name]) -> tuple[str, str] | None:
    """Return a sentence filled, and what its placeholders stand for; None where it has other ones, or digits."""
    places = _PLACE.findall(sentence)
    bare = _PLACE.sub("", sentence)
    if not set(places) <= set(parts) or _DIGIT.search(bare) or "[" in bare or "]" in bare:
        return None
    rows = (parts[place] for place in dict.fromkeys(places))
    claims = ", ".join(row.claim_id if isinstance(row, Claim) else f"{row.table_name}|{row.row_key}" for row in rows)
    return _PLACE.sub(lambda match: parts[match[1]].text, sentence), claims
