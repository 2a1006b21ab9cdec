"""Task texts as users give them, as one Series."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.sources.usertables import MISSING_WORDS

Texts = pd.Series | np.ndarray | Sequence[str | None]


def text_series(texts: Any, name: str = "texts") -> pd.Series:
    """Return `texts`, a list, an array or a Series, as a Series; a Series comes back as it is, with its index.

    Examples
    --------
    >>> text_series(["Lay bricks", None]).tolist()
    ['Lay bricks', None]
    """
    if isinstance(texts, pd.Series):
        return texts
    if isinstance(texts, pd.DataFrame):
        columns = ", ".join(map(repr, texts.columns[:5]))
        raise InputError(f"{name} is a DataFrame with the columns {columns}; expected one of its columns: table['task']")
    if isinstance(texts, str):
        raise InputError(f"{name} is one str; expected a list, array or Series of texts: put it in a list")
    if np.ndim(texts) != 1 and len(texts):
        raise InputError(f"{name} has {np.ndim(texts)} dimensions; expected one text for each row")
    return pd.Series(list(texts), dtype=object)


def cell_texts(cells: pd.Series) -> pd.Series:
    """Return the cells of a table's column as texts, missing where they are, or hold a word that programs write for that."""
    return cells.map(_cell_text).astype(object)


def _cell_text(cell: object) -> str | None:
    # Missing values are printed as words that programs write for missing, such as nan.
    text = str(cell)
    return None if text.strip().casefold() in MISSING_WORDS else text
