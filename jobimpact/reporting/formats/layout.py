"""What writers of several formats share: text that every format can hold."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from jobimpact.assumptions import assumption
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


def caption_colon(document: Document) -> str:
    """Return what stands between the number of a table or figure and its title."""
    return "\N{FULLWIDTH COLON}" if document.language == "zh" else ". "


def ledger_heads(words: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the heads of the list of every figure on paper, where the interval stands under the unrounded value."""
    heads = [str(words[name]) for name in ("as_printed", "of", "cell", "unrounded", "definition")]
    heads[3] += f" ({words['interval']})"
    return tuple(heads)


def free_name(name: str, others: set[str], ending: str = "_{}", most: int | None = None) -> str:
    """Return `name`, with a number where it is in use already, and put it among the `others`.

    `others` are in lower case, as most programs take no notice of case; `most` is how many letters a name may
    have.

    Examples
    --------
    >>> others = {"jobs"}
    >>> free_name("Jobs", others), free_name("jobs", others), sorted(others)
    ('Jobs_2', 'jobs_3', ['jobs', 'jobs_2', 'jobs_3'])
    """
    free, number = name[:most], 2
    while free.casefold() in others:
        suffix = ending.format(number)
        free = (name if most is None else name[: most - len(suffix)].rstrip()) + suffix
        number += 1
    others.add(free.casefold())
    return free


def breakable(text: str) -> str:
    """Return `text` with places, at zero-width blanks, where a word too long for a narrow column may be broken."""
    longest = int(assumption("typesetting", "longest_word"))

    def broken(run: re.Match[str]) -> str:
        return _BREAK.sub("\\g<0>\u200b", run[0]) if len(run[0]) > longest else run[0]

    return _RUN.sub(broken, plain(text))


def text_width(text: str) -> int:
    """Return the width of `text` in letters of equal width, as a spreadsheet counts; a Chinese character is two wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in WIDE else 1 for letter in text)
