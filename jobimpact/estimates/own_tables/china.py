"""Exposure of the groups of CSCO, the Chinese classification of occupations; unweighted, as no employment is published."""

from __future__ import annotations

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.aggregates import CUTS
from jobimpact.estimates.means.definitions import above_cut
from jobimpact.estimates.means.levels import EXPOSURES
from jobimpact.tables import table_columns

_DETAILED = 4
_UNWEIGHTED = "unweighted: each detailed occupation counts once, no employment by CSCO occupation is published"


def aggregate_csco(exposure: pd.DataFrame, structure: pd.DataFrame) -> pd.DataFrame:
    """Return the unweighted mean exposure of the CSCO groups at levels 1 to 3.

    Parameters
    ----------
    exposure
        ``csco_code`` of detailed occupations (such as 2-01-06-03) and at least ``exposure_beta``; other ``exposure_*``
        columns that are absent come out as missing.
    structure
        Table ``csco_structure``.

    Returns
    -------
    pandas.DataFrame
        Table ``csco_groups``: ``csco_code level title n_detailed`` (occupations in the group), ``n_occupations`` (with an
        exposure), ``share_scored`` of the two, the four exposures, ``occupations_50`` (share of scored occupations with
        exposure_beta of 0.50 or more), ``tot_emp``, ``emp_matched`` and ``matched_share``, all three missing, and
        ``weighting``, which says so.

    Raises
    ------
    InputError
        If a code of `exposure` is not a detailed occupation of `structure`, or stands twice.
    """
    scores = _checked(exposure, structure)
    detailed = structure.loc[structure["level"] == _DETAILED, ["csco_code"]]
    cells = detailed.merge(scores, on="csco_code", how="left", validate="one_to_one")
    parts = []
    for level in range(1, _DETAILED):
        group = cells["csco_code"].str.split("-").str[:level].str.join("-")
        parts.append(_means(cells, group).assign(level=level))
    table = pd.concat(parts).rename_axis("csco_code").reset_index()
    titles = structure.set_index("csco_code")["title"]
    missing = dict.fromkeys(("tot_emp", "emp_matched", "matched_share"), float("nan"))
    table = table.assign(title=table["csco_code"].map(titles), weighting=_UNWEIGHTED, **missing)
    return table[table_columns("csco_groups")]


def _means(cells: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    known = cells["exposure_beta"].notna()
    above = pd.Series(above_cut(cells["exposure_beta"].to_numpy(), CUTS["share_workers_50"]), index=cells.index)
    table = cells[EXPOSURES].groupby(group).mean()
    counts = known.groupby(group).agg(["size", "sum"]).astype("int64")
    return table.assign(
        n_detailed=counts["size"],
        n_occupations=counts["sum"],
        share_scored=counts["sum"] / counts["size"],
        occupations_50=above.astype(float).where(known).groupby(group).mean(),
    )


def _checked(exposure: pd.DataFrame, structure: pd.DataFrame) -> pd.DataFrame:
    if absent := [column for column in ("csco_code", "exposure_beta") if column not in exposure]:
        raise InputError(f"the exposure has no column {absent[0]!r}; expected csco_code and exposure_beta")
    known = set(structure.loc[structure["level"] == _DETAILED, "csco_code"])
    strange = [code for code in exposure["csco_code"] if code not in known]
    if strange:
        raise InputError(
            f"found {strange[0]!r} ({len(strange):,} such rows) among the CSCO codes; expected detailed occupations such as "
            "2-01-06-03: give the classification that the exposure was made with"
        )
    twice = exposure["csco_code"].duplicated()
    if twice.any():
        raise InputError(f"found {exposure.loc[twice, 'csco_code'].iloc[0]} twice among the CSCO codes; expected each once")
    return exposure.reindex(columns=["csco_code", *EXPOSURES]).astype(dict.fromkeys(EXPOSURES, "float64"))
