"""The labels of the rubric of Eloundou et al. 2024 (doi:10.1126/science.adj0998), and sets of them in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from jobimpact.assumptions import read_assumptions

if TYPE_CHECKING:
    import pandas as pd

# What a label is worth as beta, the least exposed first: not exposed, with software built on a model, by a model alone.
BETA_OF_LABEL: Final = {"E0": 0.0, "E2": 0.5, "E1": 1.0}


def label_set(low: float, high: float, language: str = "en") -> str:
    """Return the labels from `low` to `high` in words, the least exposed first; empty where they are missing.

    Between two labels, as in studies of earlier versions, it is those on both sides.

    Examples
    --------
    >>> label_set(0.5, 1.0), label_set(0.0, 0.0), label_set(0.0, 1.0)
    ('E2 or E1', 'E0', 'any label')
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    words, values = read_assumptions("reasons")[language], BETA_OF_LABEL.values()
    if not any(low <= value <= high for value in values):
        low = max(value for value in values if value <= low)
        high = min(value for value in values if value >= high)
    names = [name for name, value in BETA_OF_LABEL.items() if low <= value <= high]
    return str(words["any_label"]) if len(names) == len(BETA_OF_LABEL) else str(words["or"]).join(names)


def with_label_set(scores: pd.DataFrame, language: str = "en") -> pd.DataFrame:
    """Return `scores` with a column ``label_set``, the words of :func:`label_set`, missing where the ends are."""
    ends = zip(scores["beta_low"], scores["beta_high"], strict=True)
    words: list[Any] = [label_set(low, high, language) or None for low, high in ends]
    return scores.assign(label_set=words)
