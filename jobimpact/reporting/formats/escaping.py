"""Text that stays text: in a spreadsheet, where a cell may become a formula, and in Markdown, where a dollar starts one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# A tab or line end in front of these is dropped by spreadsheets, so it counts as one of them; spreadsheets in Chinese or
# Japanese take the wide forms for the signs themselves.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$:])")
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
    """Return `table` as a CSV file that spreadsheets open as text and numbers.

    Parameters
    ----------
    table
        Any table; missing cells are empty in the file. Unrounded.
    source
        Where the figures come from; the last column, so that a row that is copied on its own still says it.

    Returns
    -------
    bytes
        UTF-8 with a byte-order mark, lines ended by CR LF; cells and names that begin with ``= + - @`` have an
        apostrophe in front.
    """
    escaped = table.assign(source=source)
    for column in escaped.columns:
        if not _is_number(escaped[column]):
            escaped[column] = escaped[column].astype(object).map(escape_formula, na_action="ignore")
    escaped.columns = [str(escape_formula(str(column))) for column in escaped.columns]
    text: str = escaped.to_csv(index=False, lineterminator="\r\n")
    return text.encode("utf-8-sig")


def _is_number(cells: pd.Series) -> bool:
    from pandas.api.types import is_numeric_dtype

    return bool(is_numeric_dtype(cells))
