"""What writers of several formats share: text that every format can hold, and the widths of a table's columns."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption

if TYPE_CHECKING:
    from jobimpact.reporting.document import DataTable, Document

_LINES = re.compile(r"\s+")
# Controls, and the marks that turn the direction of the text after them: nothing of a name may rearrange a page.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile(r"[\W_](?=\w)|[^\W_]{16}(?=[^\W_])")
_WIDE = ("W", "F")
_BOLD, _DIGIT = 1.25, 1.1  # width of a bold letter and of a digit in letters
_CHINESE_WORD = 8  # letters


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
    words = plain(text).split(" ")
    return " ".join(_BREAK.sub("\\g<0>\u200b", part) if len(part) > longest else part for part in words)


def text_width(text: str) -> int:
    """Return the width of `text` in letters; a Chinese character is two wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in _WIDE else 1 for letter in text)


def column_shares(table: DataTable) -> tuple[float, ...]:
    """Return the share of the width that each column of `table` takes, so that numbers fit on a line and words are whole."""
    least, wanted, whole = _widths(table)
    room = float(assumption("typesetting", "level_characters" if is_wide(table) else "upright_characters"))
    need, ask = sum(least), sum(wanted)
    spare = max(room - need, 0.0)
    widths = [low + spare * (high - low) / (ask - need) if ask > need else low for low, high in zip(least, wanted, strict=True)]
    if ask <= room:
        # What is left goes to text that is broken, else to all text: numbers far apart are hard to compare.
        broken = [full - width for full, width in zip(whole, wanted, strict=True)]
        texts = [0 if column.numeric else width for width, column in zip(wanted, table.columns, strict=True)]
        takers = next(parts for parts in (broken, texts, wanted) if any(parts))
        widths = [width + (room - ask) * part / sum(takers) for width, part in zip(wanted, takers, strict=True)]
    return tuple(width / sum(widths) for width in widths)


def is_wide(table: DataTable) -> bool:
    """Return whether the table needs a page turned on its side."""
    return bool(sum(_widths(table)[0]) > assumption("typesetting", "upright_characters"))


def _widths(table: DataTable) -> tuple[list[int], list[int], list[int]]:
    """Return the least, the wanted and the whole width of each column, in letters."""
    gap, widest, longest = (int(assumption("typesetting", name)) for name in ("column_gap", "widest_text", "longest_word"))
    least, wanted, whole = [], [], []
    for place, column in enumerate(table.columns):
        texts = [plain(row[place].text) for row in table.rows]
        head = math.ceil(_BOLD * min(_longest_word([column.title]), longest))
        if column.numeric:
            least.append(max(head, math.ceil(_DIGIT * max(map(text_width, texts), default=0))) + gap)
            wanted.append(least[-1])
            whole.append(least[-1])
            continue
        details = [plain(line) for row in table.rows for line in row[place].details]
        words = min(_longest_word([*texts, *details]), longest)
        full = max([head, *map(text_width, [*texts, *details])])
        least.append(max(head, words) + gap)
        wanted.append(max(min(full, widest) + gap, least[-1]))
        whole.append(max(full + gap, wanted[-1]))
    return least, wanted, whole


def _longest_word(texts: list[str]) -> int:
    # Chinese is broken anywhere; four characters side by side are still read as a word.
    words = [part for text in texts for part in text.split()]
    return max((min(text_width(part), _CHINESE_WORD) if _is_chinese(part) else len(part) for part in words), default=1)


def _is_chinese(part: str) -> bool:
    return any(unicodedata.east_asian_width(letter) in _WIDE for letter in part)
