"""How wide the columns of a printed table are, and whether the table needs a page turned on its side."""

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from jobimpact.assumptions import assumption
from jobimpact.reporting.compose.appendix import is_code
from jobimpact.reporting.compose.document import DataTable
from jobimpact.reporting.formats.layout import WIDE, plain

# Widths in letters, each half as wide as the type is high, of the letters of a sans serif (Helvetica's, rounded to classes).
_THIN = frozenset("fijlrtI.,:;'!()[]{}|/- ")
_BROAD = frozenset("mwCDGHMNOQRUW%@&\N{EM DASH}\N{HORIZONTAL ELLIPSIS}")
_LETTER, _CAPITAL, _THIN_LETTER, _BROAD_LETTER, _CHINESE_LETTER = 1.1, 1.34, 0.56, 1.56, 2.0
_BOLD = 1.08
_NEARLY = 1e-6
# What stays together: a word, or a Chinese character, with what hangs on it.
_PIECE = re.compile(r"[\u3400-\u9fff][\u3001\u3002\uff09\uff0c\uff1a\uff1b]*|[^\s\u3400-\u9fff]+")
_Text = tuple[tuple[float, float], ...]  # width of each piece, and of the blank after it


@dataclass(frozen=True)
class Columns:
    """The columns of a table, in letters."""

    widths: tuple[float, ...]  # of each, with the gap between two of them
    landscape: bool  # they are those of a page turned on its side
    lines: int  # of the table without its head, with texts broken at these widths
    # texts right of numbers begin a little further right, so that the two do not run together
    inset: tuple[bool, ...]

    @property
    def room(self) -> float:
        """Letters that the page has beside each other."""
        return _room(landscape=self.landscape)

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the page's width that each column takes; a table of few short columns leaves some of it free."""
        return tuple(width / max(self.room, sum(self.widths)) for width in self.widths)


@dataclass(frozen=True)
class _Column:
    """A column without the gap beside it: its least width, the text of its head, and those of its cells."""

    least: float
    head: _Text
    cells: tuple[tuple[_Text, ...], ...]

    def lines(self, width: float) -> list[tuple[int, int]]:
        """Return the lines that the head and each cell take at a width, and those that they have to take.

        Two lines of a head are as good as one; more weigh as much as several of a cell's, as they come again on every page.
        """
        head = (_lines(self.head, width), 2)
        return [head] * int(_size("head_weight")) + [
            (sum(_lines(text, width) for text in cell), len(cell)) for cell in self.cells
        ]


@lru_cache(maxsize=256)
def fit_columns(table: DataTable) -> Columns:
    """Return widths at which no number, code or word is broken, and the table has as few lines as the page allows.

    Every letter of room that is left goes to the column whose broken texts make most of the lines. What then is left is
    spread over all columns, up to an assumption: a figure far from its name is hard to read.
    """
    numeric = [column.numeric for column in table.columns]
    inset = (False, *(left and not right for left, right in itertools.pairwise(numeric)))[: len(numeric)]
    margins = [_size("column_gap") + (_size("after_numbers") if right else 0.0) for right in inset]
    gaps = sum(margins)
    for short in (_size("short_text"), _size("shorter_text")):
        columns = [_column(table, index, short) for index in range(len(table.columns))]
        landscape = sum(column.least for column in columns) + gaps > _room(landscape=False)
        if not landscape:
            break
    widths = [column.least for column in columns]
    spare = max(_room(landscape=landscape) - gaps - sum(widths), 0.0)
    lines = [column.lines(width) for column, width in zip(columns, widths, strict=True)]
    while spare >= 1 and (index := _tallest(lines)) is not None:
        widths[index] += 1
        spare -= 1
        lines[index] = columns[index].lines(widths[index])
    tall = sum(max(height for height, _ in row) for row in list(zip(*lines, strict=True))[int(_size("head_weight")) :])
    more = min(spare / len(columns), _size("widest_gap"))
    final = tuple(width + margin + more for width, margin in zip(widths, margins, strict=True))
    return Columns(final, landscape, tall, inset)


def _tallest(lines: list[list[tuple[int, int]]]) -> int | None:
    """Return the place of the column whose broken texts make most lines of the table; None where no text is broken."""
    excess = [0] * len(lines)
    for row in zip(*lines, strict=True):
        tallest = max(height for height, _ in row)
        for index, (height, needed) in enumerate(row):
            excess[index] += max(height - needed, 0) if height == tallest else 0
    return excess.index(max(excess)) if any(excess) else None


def set_width(text: str) -> float:
    """Return the width of `text` in letters, each half as wide as the type is high.

    Examples
    --------
    >>> round(set_width("1,234"), 2), set_width("零售")
    (4.96, 4.0)
    """
    return sum(map(_letter, text))


def _letter(letter: str) -> float:
    if letter in _THIN:
        return _THIN_LETTER
    if letter in _BROAD:
        return _BROAD_LETTER
    if letter.isascii():
        return _CAPITAL if letter.isupper() else _LETTER
    return _CHINESE_LETTER if unicodedata.east_asian_width(letter) in WIDE else _CAPITAL


def _room(*, landscape: bool) -> float:
    return _size("level_characters" if landscape else "upright_characters")


def _size(name: str) -> float:
    return float(assumption("typesetting", name))


def _column(table: DataTable, index: int, short: float) -> _Column:
    """Return a column; texts of `short` letters at most are not broken."""
    column, longest = table.columns[index], _size("longest_word")
    head = _text(column.title, _BOLD)
    cells = tuple(tuple(map(_text, (row[index].text, *row[index].details))) for row in table.rows)
    texts = [text for cell in cells for text in cell]
    if column.numeric or (table.rows and is_code(table, index)):
        least = max((sum(map(sum, text)) for text in texts), default=0.0)
    else:
        least = min(max((_longest(text, short) for text in texts), default=1.0), longest)
    return _Column(max(min(_longest(head, short), longest), least), head, cells)


def _text(text: str, scale: float = 1.0) -> _Text:
    """Return the pieces of a text."""
    line = plain(text)
    blanks = (_THIN_LETTER if line[match.end() : match.end() + 1] == " " else 0.0 for match in _PIECE.finditer(line))
    return tuple((scale * set_width(piece), scale * blank) for piece, blank in zip(_PIECE.findall(line), blanks, strict=True))


def _longest(text: _Text, short: float) -> float:
    """Return the width of the longest part of a text that is not broken."""
    return max([*(piece for piece, _ in text), total if (total := sum(map(sum, text))) <= short else 1.0, 1.0])


def _lines(text: _Text, width: float) -> int:
    lines, width_so_far = 1, 0.0
    for piece, blank in text:
        if width_so_far and width_so_far + piece > width + _NEARLY:
            lines, width_so_far = lines + 1, 0.0
        lines += int((width_so_far + piece) / (width + _NEARLY)) if not width_so_far else 0
        width_so_far += piece + blank
    return lines
