"""What writers of several formats share: text that every format can hold."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption

if TYPE_CHECKING:
    from jobimpact.reporting.compose.document import Document

_LINES = re.compile(r"\s+")
# Controls, and the marks that turn the direction of the text after them: nothing of a name may rearrange a page.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]")
# A run without a place to break a line; Chinese may be broken anywhere.
_RUN = re.compile("[^\\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+")
_BREAK = re.compile(r"[\W_](?=\w)|[^\W_]{16}(?=[^\W_])")
WIDE = ("W", "F")


def plain(text: str) -> str:
    r"""Return `text` as one line that every format can hold; controls and marks of direction become U+FFFD.

    Examples
    --------
    >>> plain("a\tb\x07c")
    'a b\ufffdc'
    """
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _LINES.sub(" ", text))


def sentence_gap(document: Document) -> str:
    """Return what stands between two sentences: a blank, nothing in Chinese."""
    return "" if document.language == "zh" else " "


def breakable(text: str) -> str:
    """Return `text` with places, at zero-width blanks, where a word too long for a narrow column may be broken."""
    longest = int(assumption("typesetting", "longest_word"))

    def broken(run: re.Match[str]) -> str:
        return _BREAK.sub("\\g<0>\u200b", run[0]) if len(run[0]) > longest else run[0]

    return _RUN.sub(broken, plain(text))


def text_width(text: str) -> int:
    """Return the width of `text` in letters of equal width, as a spreadsheet counts; a Chinese character is two wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in WIDE else 1 for letter in text)
