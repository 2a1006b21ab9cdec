"""What a report states: the cells, ranks and differences of its headlines and its summary."""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.estimates.means.headline import headlines
from jobimpact.reporting.claims.cells import DIFFERENCE
from jobimpact.reporting.words.wording import threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from jobimpact.estimates.means.headline import Headline
    from jobimpact.reporting.claims.claims import Ledger

BETA, BILL = "exposure_beta", "exposure_beta_wage_bill"
NATION = "all|all"
HIGH = f"{BETA}>={{cut:.2f}}"
_NATIONAL = ("n_occupations", "emp_matched", "tot_emp", "matched_share", BETA, "share_workers_50", "share_workers_10", BILL)


def select_claims(ledger: Ledger) -> None:
    """State in `ledger` all that the headlines and the summary of a report need."""
    for headline in study_headlines(ledger.tables):
        ledger.value(headline.table, headline.row_key, headline.column, headline.definition)
    if NATION in ledger.ordered("groups", "tot_emp"):
        for column in _NATIONAL:
            ledger.value("groups", NATION, column)
        ledger.state("direction", "groups", NATION, f"{BILL}{DIFFERENCE}{BETA}")
    _state_ends(ledger, "sectors")
    _state_ends(ledger, "areas")
    _state_ends(ledger, "groups", "group_type=soc_major")
    _state_wages(ledger)
    _state_high(ledger)
    _state_coverage(ledger)


def study_headlines(tables: Mapping[str, pd.DataFrame]) -> list[Headline]:
    """Return the headlines of the study, none where no job was matched."""
    with suppress(InputError, IndexError, KeyError):
        return headlines(tables["groups"], tables["sectors"])
    return []


def _state_ends(ledger: Ledger, table_name: str, conditions: str = "*") -> None:
    """State how many rows there are, the highest and the lowest few with their ranks, and how far apart they are."""
    keys = ledger.ordered(table_name, BETA, conditions)
    if not keys:
        return
    ledger.state("count", table_name, conditions, BETA)
    named = max(min(int(threshold("named")), len(keys) // 2), 1)
    for end, chosen in (("top", keys[:named]), ("bottom", keys[::-1][:named])):
        for key in chosen:
            ledger.value(table_name, key, BETA)
            ledger.rank(table_name, key, BETA, end)
    if len(keys) > 1:
        for kind in ("difference", "direction"):
            ledger.state(kind, table_name, f"{keys[0]}{DIFFERENCE}{keys[-1]}", BETA)


def _state_wages(ledger: Ledger) -> None:
    """State the exposure of each fifth, its ranks at both ends, and the direction of each step and of the whole."""
    fifths = sorted(ledger.ordered("groups", BETA, "group_type=wage_quintile"))
    if len(fifths) < 2:  # noqa: PLR2004 - a gradient needs two ends
        return
    for key in fifths:
        ledger.value("groups", key, BETA)
    for end in ("top", "bottom"):
        for key in fifths:
            ledger.rank("groups", key, BETA, end)
    for lower, upper in itertools.pairwise(fifths):
        ledger.state("direction", "groups", f"{upper}{DIFFERENCE}{lower}", BETA)
    ledger.state("direction", "groups", f"{fifths[-1]}{DIFFERENCE}{fifths[0]}", BETA)


def _state_high(ledger: Ledger) -> None:
    """State how many occupations are highly exposed, their jobs, and the largest of them."""
    ranked = ledger.ordered("occupations", BETA)
    if not ranked:
        return
    ledger.value("occupations", ranked[0], BETA)
    ledger.rank("occupations", ranked[0], BETA, "top")
    high = f"{HIGH.format(cut=threshold('high_exposure'))}|tot_emp>=0"
    ledger.state("count", "occupations", high, "tot_emp")
    ledger.state("sum", "occupations", high, "tot_emp")
    for key in ledger.ordered("occupations", "tot_emp", high)[: int(threshold("named"))]:
        ledger.value("occupations", key, "tot_emp")
        ledger.value("occupations", key, BETA)


def _state_coverage(ledger: Ledger) -> None:
    """State the matched share of the sectors with the lowest, where it is low."""
    low = ledger.ordered("sectors", "matched_share", f"matched_share<{threshold('low_coverage')}|{BETA}>=0")
    for key in low[::-1][: int(threshold("named"))]:
        ledger.value("sectors", key, "matched_share")
        ledger.rank("sectors", key, "matched_share", "bottom")
