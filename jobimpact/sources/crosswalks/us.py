"""Crosswalks of the codes that US surveys publish: OEWS and Census (CPS, ACS) occupations, to SOC 2018 and O*NET-SOC 2019."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.facts.codes import read_soc_to_oews
from jobimpact.sources.crosswalks.pairs import Side, check_pairs, make_pairs, with_equal_shares
from jobimpact.sources.jobs.demographics import detailed_soc_codes, expand_patterns, read_census_occupations
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.rawtables import onetsoc_codes, read_raw_table

_CENSUS_CODE = r"\d{4}"


def read_oews_to_soc_2018() -> pd.DataFrame:
    """Return the SOC 2018 occupations behind each occupation of OEWS May 2025.

    OEWS publishes 28 of the 867 detailed occupations only in twelve combinations, such as 13-1020, and leaves out eight
    kinds of work: legislators, fishing and hunting workers, and the military.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``: a pair per SOC 2018 occupation that OEWS covers. A combination is shared equally: its parts are
        not published.

    Notes
    -----
    Source: BLS OEWS May 2025 and the SOC 2018 structure, US public domain; data/employment/soc_to_oews.csv.

    Examples
    --------
    >>> pairs = read_oews_to_soc_2018()
    >>> pairs.loc[pairs["from_code"] == "31-1120", ["to_code", "share"]].to_numpy().tolist()
    [['31-1121', 0.5], ['31-1122', 0.5]]
    """
    apart = read_soc_to_oews().dropna(subset=["oews_code"])
    combined = apart.rename(
        columns={"oews_code": "from_code", "oews_title": "from_title", "soc_code": "to_code", "soc_title": "to_title"}
    )
    national = read_employment("national")
    alone = national[(national["o_group"] == "detailed") & ~national["soc_code"].isin(apart["oews_code"])]
    same = pd.DataFrame(
        {"from_code": alone["soc_code"], "from_title": alone["title"], "to_code": alone["soc_code"], "to_title": alone["title"]}
    )
    pairs = pd.concat([same, combined[list(same)]]).sort_values(["from_code", "to_code"], ignore_index=True)
    pairs = with_equal_shares(pairs.assign(from_system="OEWS", to_system="SOC 2018", method="structure"))
    return check_pairs("crosswalk", pairs.assign(partial=pairs["share"] < 1), "soc_to_oews.csv")


def read_census_to_soc_2018(path: str | Path) -> pd.DataFrame:
    """Read the SOC 2018 occupations behind each Census 2018 occupation, the code of the CPS and the ACS.

    Parameters
    ----------
    path
        The Census Bureau's ``2018-occupation-code-list-and-crosswalk.xlsx``, or a folder or zip that holds it.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``. SOC patterns such as 13-20XX are taken apart into the detailed occupations that no narrower
        pattern has; titles are those of the Census occupation.

    Raises
    ------
    SourceError
        If the file is missing, damaged or of another layout.

    Notes
    -----
    Source: U.S. Census Bureau, 2018 Census Occupation Code List, 26 September 2019, US public domain. Code 9830, military of
    unstated rank, has no SOC code and so no pair.
    """
    census = read_census_occupations(path)
    parts = expand_patterns(census["soc_pattern"].tolist(), detailed_soc_codes())
    pairs = parts.merge(census, on="soc_pattern", how="inner", validate="many_to_many").rename(
        columns={"census_code": "from_code", "title": "from_title", "soc_code": "to_code"}
    )
    pairs = pairs.assign(
        from_system="Census 2018",
        to_system="SOC 2018",
        to_title=pd.Series(None, index=pairs.index, dtype=object),
        method="official",
    ).sort_values(["from_code", "to_code"], ignore_index=True)
    pairs = with_equal_shares(pairs)
    return check_pairs("crosswalk", pairs.assign(partial=pairs["share"] < 1), Path(path).name)


def read_onetsoc_2019_to_census(path: str | Path) -> pd.DataFrame:
    """Read the Census 2018 occupation of each O*NET-SOC 2019 occupation.

    Parameters
    ----------
    path
        ``onet_soc_2019_to_cps.csv`` of the Budget Lab at Yale.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``, many-to-one, 1,014 pairs. Rows without a Census code (51-8099.00 and 51-8099.01 as released) have
        no pair. Financial risk specialists (13-2054.00) are at 0900 here and at 0960 in the Census list.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, repeats an occupation, or holds a code that is none.

    Notes
    -----
    Source: Budget Lab at Yale, https://github.com/Budget-Lab-Yale/AI-Employment-Model, no licence stated; codes of the
    U.S. Census Bureau and O*NET (CC BY 4.0).
    """
    path = Path(path)
    raw = read_raw_table(path, ["Occupation", "Code", "cps_code"], separator=",", quoted=True)
    paired = raw.dropna(subset=["cps_code"]).reset_index(drop=True)
    census = Side("Census 2018", "cps_code", "cps_title", _census_codes)
    left = Side("O*NET-SOC 2019", "Code", "Occupation", onetsoc_codes)
    pairs = make_pairs(paired.assign(cps_title="-"), left, census, path.name, method="research")
    return pairs.assign(to_title=pd.Series(None, index=pairs.index, dtype=object))


def _census_codes(codes: pd.Series, name: str) -> pd.Series:
    wrong = ~codes.str.fullmatch(_CENSUS_CODE)
    if wrong.any():
        raise SourceError(
            f"{name}: found {codes[wrong].iloc[0]!r} as cps_code; expected four digits, as text, such as 0010: give the file as "
            "it was released"
        )
    return codes
