"""Text that stays text: in a spreadsheet, where a cell may become a formula, and in Markdown, where a dollar starts one."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from jobimpact.reporting.formats.layout import plain

# A tab or line end in front of these is dropped by spreadsheets, so it counts as one of them; spreadsheets in Chinese or
# Japanese take the wide forms for the signs themselves.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$:])")
# Of files that people also read as they are; an underscore within a word is no markup there.
_MARKUP = re.compile(r"([\\`*\[\]<>|~$]|(?<![^\W_])_|_(?![^\W_]))")
_LINES = re.compile(r"\s+")
_PERCENT = re.compile(r"(?<=\d) %")


def escape_formula(cell: object) -> object:
    """Return `cell` with an apostrophe in front where a spreadsheet would take its text for a formula.

    Numbers stay numbers, also negative ones.

    Examples
    --------
    >>> escape_formula("=1+1"), escape_formula("Nurses"), escape_formula(-0.5)
    ("'=1+1", 'Nurses', -0.5)
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def escape_markdown(text: str) -> str:
    r"""Return `text` as one line that Markdown prints literally: no formula, link, list, emoji or HTML comes of it.

    No line ends between a number and its percent sign.

    Examples
    --------
    >>> escape_markdown("$1 or $2, *all* of it")
    '\\$1 or \\$2, \\*all\\* of it'
    """
    return unbroken(_MARKDOWN.sub(r"\\\1", _LINES.sub(" ", text).strip()))


def unbroken(text: str) -> str:
    """Return `text` with numbers and percent signs that stay on one line."""
    return _PERCENT.sub("\N{NO-BREAK SPACE}%", text)


def csv_bytes(table: pd.DataFrame, *, source: str) -> bytes:
    """Return `table` as a CSV file that spreadsheets open as text and numbers, unrounded.

    UTF-8 with a byte-order mark, lines ended by CR LF; cells and names that begin with ``= + - @`` have an
    apostrophe in front. The last column is the `source`, so that a row that is copied on its own still says
    it.
    """
    escaped = escape_table(table.assign(source=source))
    text: str = escaped.to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")


def escape_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with an apostrophe in front of every text and name that a spreadsheet would take for a formula."""
    from pandas.api.types import is_numeric_dtype

    escaped = table.copy()
    for column in escaped.columns:
        if not is_numeric_dtype(escaped[column]):
            escaped[column] = escaped[column].astype(object).map(escape_formula, na_action="ignore")
    return escaped.set_axis([str(escape_formula(str(column))) for column in escaped.columns], axis=1)


def markdown_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown, every cell of it literal."""
    lines = [" | ".join(map(markdown_line, row)) for row in (titles, *rows)]
    return "\n".join(f"| {line} |" for line in (lines[0], " | ".join(["---"] * len(titles)), *lines[1:]))


def markdown_line(text: str) -> str:
    r"""Return `text` as one line that Markdown prints literally; addresses and names of columns stay as they are.

    Examples
    --------
    >>> print(markdown_line("<b> *all* of tot_emp, see https://www.bls.gov/oes/"))
    \<b\> \*all\* of tot_emp, see https://www.bls.gov/oes/
    """
    return _MARKUP.sub(r"\\\1", plain(text).strip())
