"""The brief: the key findings of a study on one page, with one figure and one table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.estimates.means.headlines import stated_rows
from jobimpact.reporting import plots
from jobimpact.reporting.claims.cells import BETA, NATION
from jobimpact.reporting.compose.tables import by_exposure, findings, judges, sections, study_parts

if TYPE_CHECKING:
    from jobimpact.reporting.compose.document import Request, Section
    from jobimpact.reporting.compose.parts import Parts

_ENDS = 4  # sectors at each end


def compose_brief(request: Request) -> tuple[Parts, str, tuple[Section, ...]]:
    """Return the brief: its maker, nothing, and the sections."""
    parts = study_parts(request)
    sectors = by_exposure(stated_rows(parts.study["sectors"]).dropna(subset=[BETA]), "naics")
    # Both ends tell the story; twenty bars would fill the page, and a figure of judges says what their table does.
    ends = sectors if len(sectors) <= 2 * _ENDS else pd.concat([sectors.head(_ENDS), sectors.tail(_ENDS)])
    few = replace(parts.study, tables={**parts.study.tables, "sectors": ends})
    blocks = (
        ("findings", findings(parts)),
        ("sectors", [parts.figure("ends", plots.plot_sectors(few)), *list(judges(parts, "groups", NATION))[:1]]),
    )
    return parts, "", sections(parts, blocks)
