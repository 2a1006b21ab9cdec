"""Crosswalks of the codes that US surveys publish: OEWS and Census (CPS, ACS) occupations, to SOC 2018."""

from pathlib import Path

import pandas as pd

from jobimpact.facts.codes import read_soc_to_oews
from jobimpact.sources.crosswalks.pairs import check_pairs, with_equal_shares
from jobimpact.sources.jobs.demographics import detailed_soc_codes, expand_patterns, read_census_occupations
from jobimpact.sources.jobs.employment import read_employment


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
    combined = read_soc_to_oews().dropna(subset=["oews_code"])
    parts = combined.rename(
        columns={"oews_code": "from_code", "oews_title": "from_title", "soc_code": "to_code", "soc_title": "to_title"}
    )
    national = read_employment("national")
    alone = national[(national["o_group"] == "detailed") & ~national["soc_code"].isin(combined["oews_code"])]
    same = pd.DataFrame(
        {"from_code": alone["soc_code"], "from_title": alone["title"], "to_code": alone["soc_code"], "to_title": alone["title"]}
    )
    pairs = pd.concat([same, parts[list(same)]]).sort_values(["from_code", "to_code"], ignore_index=True)
    # Nothing is published of how the jobs of a combination are spread over its parts.
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
