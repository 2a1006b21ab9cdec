"""A free draft beside a report, in which figures and names are placeholders of claims that a language model may set."""

from __future__ import annotations

import itertools
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

_LABEL = re.compile(r"\[([CN][0-9]+)\]")
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
    """What a language model made of a report: Markdown that first says that a person has to check it."""

    text: str
    n_sentences: int  # of the model that stand in it
    n_left_out: int  # with a digit of their own or an unknown placeholder
    n_failed: int  # paragraphs for which no text came


@dataclass
class _Template:
    """A paragraph with placeholders, what they stand for, and the sentences that the model made of it."""

    section: str
    report_text: str
    text: str
    parts: dict[str, Claim | Name]
    sentences: list[tuple[str, str]] = field(default_factory=list)


def write_draft(document: Document, writer: Writer, *, progress: bool = False) -> Draft:
    """Let a language model write a draft of a document by paragraph, without caveats and small print.

    A sentence of its stays where all of its figures and names are placeholders of the paragraph; it is followed by
    what they stand for. A package of the extra ``reports`` that is missing is an InputError.
    """
    language = document.language
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
    counts = {"n_sentences": n_sentences, "n_left_out": n_left_out, "n_failed": n_failed}
    return Draft(_page(document, writer.model_id, drafts, counts), **counts)


def _page(document: Document, model: str, drafts: Sequence[_Template], counts: dict[str, int]) -> str:
    """Return the draft as Markdown, with how like the report it is and how both read at its end."""
    words, language = report_words(document.language)["draft"], document.language
    lines = [words["first"].format(model=model), "", f"# {document.title}"]
    for title, templates in itertools.groupby(drafts, key=lambda template: template.section):
        lines += ["", f"## {title}"]
        for template in templates:
            lines += ["", *(f"{text} `{{{claims or words['none']}}}`" for text, claims in template.sentences)]
    pairs = [(template.report_text, " ".join(text for text, _ in template.sentences)) for template in drafts]
    rouge, chrf = likeness(pairs, language)
    report_lix, draft_lix = (lix((pair[index] for pair in pairs), language) for index in (0, 1))
    last = words["last"].format(**counts, rouge=rouge, chrf=chrf, lix=draft_lix, own=report_lix)
    return "\n".join([*lines, "", "---", "", last, ""])


def _template(section: str, paragraph: Paragraph) -> _Template:
    """Return a paragraph in which figures and names are placeholders such as [C1] and [N2]."""
    parts: dict[str, Claim | Name] = {}
    text = ""
    for part in (part for sentence in paragraph.sentences for part in (*sentence.parts, " ")):
        if isinstance(part, str):
            text += part
        elif isinstance(part, Claim) and not _DIGIT.search(part.text):
            text += part.text  # a word of order or direction, which has no figure to protect
        else:
            kind = "C" if isinstance(part, Claim) else "N"
            label = f"{kind}{sum(name.startswith(kind) for name in parts) + 1}"
            parts[label] = part
            text += f"[{label}]"
    return _Template(section, " ".join(sentence.text for sentence in paragraph.sentences), text.strip(), parts)


def fill(sentence: str, parts: dict[str, Claim | Name]) -> tuple[str, str] | None:
    """Return a sentence filled, and what its placeholders stand for; None where it has other ones, or digits."""
    labels, bare = _LABEL.findall(sentence), _LABEL.sub("", sentence)
    if not set(labels) <= set(parts) or re.search(r"[\d\[\]]", bare):
        return None
    rows = (parts[label] for label in dict.fromkeys(labels))
    claims = ", ".join(row.claim_id if isinstance(row, Claim) else f"{row.table_name}|{row.row_key}" for row in rows)
    return _LABEL.sub(lambda match: parts[match[1]].text, sentence), claims
