"""Figures that `make figures` measured: what README and docs quote, and what a demonstration names beside its own numbers."""

from __future__ import annotations

import json
from functools import cache

from jobimpact.paths import packaged


@cache
def measured() -> dict[str, float]:
    """Return the figures of data/measured.json by name.

    Examples
    --------
    >>> 0.2 < measured()["starter.exposure_beta"] < measured()["onet.exposure_beta"]
    True
    """
    figures: dict[str, float] = json.loads(packaged("data", "measured.json").read_text(encoding="utf-8"))
    return figures
