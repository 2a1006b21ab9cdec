"""From the occupations of a study to the classification of a user's table: which crosswalks lead there, in words and pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.code_exposures import (
    OWN,
    code_exposures,
    with_groups,
    with_onetsoc,
    with_partners,
    with_schemes,
)
from jobimpact.estimates.crosswalks.shares import invert_crosswalk
from jobimpact.estimates.means.soc_levels import SocLevel, soc_group
from jobimpact.facts.codes import oews_code, published_codes
from jobimpact.sources.crosswalks.editions import pair_soc_codes
from jobimpact.sources.crosswalks.isco import read_esco_to_isco
from jobimpact.sources.crosswalks.pairs import with_equal_shares
from jobimpact.sources.crosswalks.us import read_census_to_soc_2018, read_oews_to_soc_2018
from jobimpact.sources.indices.packaged import read_packaged_isco_crosswalk, read_packaged_soc_crosswalk
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jobimpact.estimates.crosswalks.code_exposures import CodeExposures
    from jobimpact.sources.store.inputs import Inputs

UserClassification = Literal["soc-2018", "onetsoc-2019", "soc-2010", "census-2018", "isco-08", "esco", "csco-2022"]
Within = Literal["equal", "us-jobs"]

_SOC_LEVELS: tuple[SocLevel, ...] = ("broad", "minor", "major")
# The minor groups of SOC 2010 that do not end in three zeros; 31-1100 of 2018 was one that does.
_MINOR_2010 = {"15-1200": "15-1100", "31-1100": "31-1000"}
_ESCO_FILE = "esco_onet_crosswalk_Nov2020.csv*"
_CENSUS_FILE = "*2018-occupation-code-list-and-crosswalk*.xlsx"
_ISCO_DIGITS = 4
_PATHS = {
    "soc-2018": "the study's own codes (SOC 2018; no crosswalk; groups by US jobs)",
    "onetsoc-2019": "the study's own codes (O*NET-SOC 2019 by their own tasks, else their SOC 2018 code; no crosswalk)",
    "soc-2010": "OEWS > SOC 2018 > SOC 2010 (BLS 2017, shares of split codes equal; codes and groups by US jobs)",
    "census-2018": "OEWS > SOC 2018 > Census 2018 (Census Bureau 2019; codes by US jobs)",
    "isco-08": "OEWS > SOC 2018 > SOC 2010 > ISCO-08 (BLS 2017 and 2015, shares of split codes equal; unit groups by US jobs",
    "csco-2022": "OEWS > SOC 2018 > SOC 2010 > ISCO-08 (BLS), then CSCO 2022 by likeness of texts, not by an official table",
}


@dataclass(frozen=True)
class UserExposures:
    """Exposure of the codes of a user's classification, and the way there in words."""

    exposures: CodeExposures
    path: str


def study_exposures(
    classification: UserClassification,
    tasks: pd.DataFrame,
    occupations: pd.DataFrame,
    inputs: Inputs,
    *,
    codes: Iterable[str] = (),
    within: Within = "equal",
    n_draws: int | None = None,
    csco_pairs: pd.DataFrame | None = None,
) -> UserExposures:
    """Return the exposure of the codes of a classification, detailed ones and groups.

    `codes` are the user's, for ESCO, whose dotted codes (2512.4) are not listed anywhere; `csco_pairs` the
    table ``text_crosswalk`` from CSCO 2022 to ISCO-08. `within` says what a group of ISCO-08 is made of: its
    detailed codes in equal parts, or by the US jobs behind them.
    """
    # Without tasks other weights of them are not known.
    oews_codes = published_codes(tasks["soc_code"]) if len(tasks) else None

    def detailed(steps: Sequence[pd.DataFrame]) -> CodeExposures:
        exposures = code_exposures(occupations, steps, n_draws=n_draws)
        return exposures if oews_codes is None else with_schemes(exposures, tasks, oews_codes, occupations)

    soc_2018 = _with_codes_of(occupations, read_oews_to_soc_2018())
    if classification in ("soc-2018", "onetsoc-2019"):
        # The codes that OEWS combines are single-sourced: nothing is assumed.
        base = detailed([soc_2018.assign(share_basis="only partner")])
        exposures = _with_soc_groups(base, classification)
        if classification == "onetsoc-2019" and oews_codes is not None:
            exposures = with_onetsoc(exposures, tasks, oews_codes, occupations)
        return UserExposures(exposures, _PATHS[classification])
    if classification == "census-2018":
        census = read_census_to_soc_2018(inputs.file("cps-demographics", _CENSUS_FILE))
        steps = [soc_2018, _reversed_pairs(census)]
        return UserExposures(detailed(steps), _PATHS[classification])
    # SOC 2018 leads to ISCO-08 through SOC 2010 alone: BLS publishes no newer table.
    soc_2010 = invert_crosswalk(pair_soc_codes(read_packaged_soc_crosswalk()))
    if classification == "soc-2010":
        base = detailed([soc_2018, soc_2010])
        return UserExposures(_with_soc_groups(base, classification), _PATHS[classification])
    units = detailed([soc_2018, soc_2010, _reversed_pairs(read_packaged_isco_crosswalk())])
    if classification == "csco-2022":
        if csco_pairs is None:
            raise InputError("found no pairs of CSCO 2022 and ISCO-08; expected those by likeness of texts: give csco_pairs")
        partners = with_partners(units, csco_pairs, OWN, n_draws=n_draws)
        return UserExposures(_with_prefixes(partners, "-", by_jobs=False), f"{_PATHS[classification]}; groups in equal parts")
    groups = _with_prefixes(units, "", by_jobs=within == "us-jobs")
    way = f"{_PATHS['isco-08']}, groups {'by US jobs' if within == 'us-jobs' else 'in equal parts'})"
    if classification == "isco-08":
        return UserExposures(groups, way)
    esco = with_partners(groups, _esco_pairs(codes, inputs), "its ISCO-08 group")
    return UserExposures(esco, f"{way}, each ESCO occupation as its ISCO-08 group")


def isco_codes() -> pd.Series:
    """Return the unit groups of ISCO-08 that the crosswalk of BLS has."""
    return pd.Series(sorted(read_packaged_isco_crosswalk()["from_code"].unique()), name="isco_code", dtype=object)


def _with_codes_of(occupations: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of OEWS and SOC 2018 with the study's codes that are not in OEWS, each for itself."""
    outside = ~occupations["soc_code"].isin(pairs["from_code"]) & ~occupations["soc_code"].isin(pairs["to_code"])
    codes, titles = occupations.loc[outside, "soc_code"], occupations.loc[outside, "title"]
    more = pd.DataFrame(
        {
            "from_system": "OEWS", "from_code": codes, "from_title": titles,
            "to_system": "SOC 2018", "to_code": codes, "to_title": titles,
            "share": 1.0, "share_basis": "only partner", "partial": False, "method": "structure",
        }
    )  # fmt: skip
    return pd.concat([pairs, more[table_columns("crosswalk")]], ignore_index=True)


def _reversed_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs from the other side, each code's partners in equal parts, as nothing is published of them."""
    other = {f"{a}_{part}": f"{b}_{part}" for part in ("system", "code", "title") for a, b in (("from", "to"), ("to", "from"))}
    reverse = with_equal_shares(pairs.rename(columns=other))
    return reverse.assign(partial=reverse["share_basis"].eq("equal"))[table_columns("crosswalk")]


def _with_soc_groups(base: CodeExposures, classification: str) -> CodeExposures:
    codes = pd.Series(base.us_jobs.index, index=base.us_jobs.index, dtype=object)
    # What OEWS publishes under one code, such as 13-1020, is not always a broad occupation.
    published = oews_code(codes) if classification != "soc-2010" else codes.where(codes.isna())
    groups: dict[str, pd.Series] = {"oews": published}
    for level in _SOC_LEVELS:
        group = soc_group(codes, level)
        if classification == "soc-2010" and level == "minor":
            group = group.replace(_MINOR_2010)
        groups[f"soc_{level}"] = group
    groups["all"] = pd.Series("00-0000", index=codes.index, dtype=object)
    return with_groups(base, groups, by_jobs=True)


def _with_prefixes(base: CodeExposures, separator: str, *, by_jobs: bool) -> CodeExposures:
    pieces = pd.Series(base.us_jobs.index, index=base.us_jobs.index).map(
        lambda code: code.split(separator) if separator else list(code)
    )
    weighting = "US jobs" if by_jobs else "equal weights"
    groups = {
        f"level {level}, {weighting}": pieces.map(
            lambda piece, level=level: separator.join(piece[:level]) if len(piece) > level else np.nan
        )
        for level in range(int(pieces.map(len).max()) - 1, 0, -1)
    }
    return with_groups(base, groups, by_jobs=by_jobs)


def _esco_pairs(codes: Iterable[str], inputs: Inputs) -> pd.DataFrame:
    """Return the ISCO-08 group of ESCO occupations: of dotted codes the first four digits, of addresses as ESCO states it."""
    esco = pd.Series(sorted(set(codes)), dtype=object)
    dotted = esco[esco.str.fullmatch(r"\d{1,4}(\.\d+)*")]
    parts = [pd.DataFrame({"from_code": dotted, "to_code": dotted.str.split(".").str[0].str[:_ISCO_DIGITS]})]
    if esco.str.startswith("http").any():
        published = read_esco_to_isco(inputs.file("esco-onet", _ESCO_FILE))
        parts.append(published.loc[published["from_code"].isin(esco), ["from_code", "to_code"]])
    pairs = pd.concat(parts, ignore_index=True)
    if pairs.empty:
        first = esco.iloc[0] if len(esco) else "no code"
        raise InputError(
            f"found no ESCO code (first: {first!r}); expected codes such as 2512.4, or addresses of occupations in ESCO"
        )
    none = pd.Series(None, index=pairs.index, dtype=object)
    pairs = pairs.assign(from_system="ESCO", to_system="ISCO-08", method="structure", from_title=none, to_title=none)
    return with_equal_shares(pairs).assign(partial=False)[table_columns("crosswalk")]
