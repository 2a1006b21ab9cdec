"""Indices of other classifications on the codes of OEWS, carried there by jobs in place of equal shares.

Two assumptions make a bridge: how the workers of a split code are spread over its parts, and how much each
source of a joined code counts. `jobimpact.sources.indices.on_oews` takes parts and sources for equally large.
Here the parts of a code have its workers in proportion to the jobs of OEWS, and sources count by the jobs
that they send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.estimates.crosswalks.carry import convert_employment, convert_scores
from jobimpact.estimates.crosswalks.shares import invert_crosswalk, weigh_crosswalk
from jobimpact.sources.crosswalks.editions import pair_soc_codes
from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
from jobimpact.sources.indices.read import SOC_2010

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class _Step:
    """A crosswalk whose shares follow the jobs of its partners, and the jobs of its sources, by code."""

    pairs: pd.DataFrame
    jobs: pd.Series


def bridge_by_jobs(
    scores: Sequence[pd.DataFrame], crosswalk: pd.DataFrame, isco_pairs: pd.DataFrame, employment: pd.Series
) -> pd.DataFrame:
    """Carry indices on SOC 2010 and ISCO-08 to the codes of OEWS by jobs: ``voice soc_code index_value``.

    No US survey has jobs by SOC 2010 code or ISCO-08 group any more: those of OEWS are carried back, the jobs
    of a code to its sources as if these were equally large (:func:`invert_crosswalk`), and then forward in
    proportion to the jobs of the partners (:func:`weigh_crosswalk`). Codes without jobs in OEWS, such as the
    military, keep equal shares. Occupations that OEWS combines are averaged: jobs of their parts are not
    published. Indices on SOC 2018 cross no bridge and are not in the result.
    """
    to_oews = invert_crosswalk(read_oews_to_soc_2018())
    parts = convert_employment(employment, invert_crosswalk(to_oews)).employment.set_index("to_code")["employment"]
    new = _step(pair_soc_codes(crosswalk), parts)
    isco = _step(isco_pairs, new.jobs)
    chains = {SOC_2010: (new,), "ISCO-08": (isco, new)}
    last = _Step(to_oews, parts)
    tables = []
    for table in scores:
        code = "isco_code" if "isco_code" in table else "soc_code"
        steps = chains.get("ISCO-08" if code == "isco_code" else str(table["classification"].iloc[0]))
        if steps is None:
            continue
        values = table.set_index(code)["index_value"]
        for step in (*steps, last):
            values = _carried(values, step)
        tables.append(pd.DataFrame({"voice": table["voice"].iloc[0], "soc_code": values.index, "index_value": values.to_numpy()}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["voice", "soc_code", "index_value"])


def _step(pairs: pd.DataFrame, jobs: pd.Series) -> _Step:
    """Return the pairs with shares by the jobs of their partners, and the jobs of their sources."""
    back = convert_employment(jobs, invert_crosswalk(pairs)).employment
    return _Step(weigh_crosswalk(pairs, jobs), back.set_index("to_code")["employment"])


def _carried(values: pd.Series, step: _Step) -> pd.Series:
    return convert_scores(values, step.pairs, step.jobs).scores.set_index("to_code")["converted_score"].dropna()
