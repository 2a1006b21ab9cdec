"""The groups above a SOC 2018 detailed occupation, and what OEWS publishes of them."""

from typing import Literal

import pandas as pd

from jobimpact.facts.codes import soc_major

SocLevel = Literal["major", "minor", "broad"]

# SOC 2018 numbers minor groups NN-N000 but for three, and broad occupations by their first five digits but for physicians,
# who outgrew the ten codes of 29-1210.
_MINOR_EXCEPTIONS = {"15-1": "15-1200", "31-1": "31-1100", "51-51": "51-5100"}
_BROAD_EXCEPTIONS = {"29-122": "29-1210"}


def soc_group(codes: pd.Series, level: SocLevel) -> pd.Series:
    """Return the group of SOC 2018 codes, and of those that OEWS combines, missing where the code is.

    Source: U.S. Bureau of Labor Statistics for the SOC Policy Committee, Standard Occupational Classification
    Manual 2018, https://www.bls.gov/soc/2018/soc_2018_manual.pdf, "Coding structure".

    Examples
    --------
    >>> codes = pd.Series(["15-1252", "11-1011", "29-1229"])
    >>> soc_group(codes, "minor").tolist(), soc_group(codes, "broad").tolist()
    (['15-1200', '11-1000', '29-1000'], ['15-1250', '11-1010', '29-1210'])
    """
    if level == "major":
        return soc_major(codes)
    exceptions = _MINOR_EXCEPTIONS if level == "minor" else _BROAD_EXCEPTIONS
    digits, zeros = (4, "000") if level == "minor" else (6, "0")
    groups = codes.str[:digits] + zeros
    for stem, group in exceptions.items():
        groups = groups.mask(codes.str.startswith(stem, na=False), group)
    return groups


def published_groups(national: pd.DataFrame, level: SocLevel) -> pd.DataFrame:
    """Return ``tot_emp`` and ``title`` of every SOC group at a level, from OEWS, by ``group``.

    BLS lists a group of one occupation only as that occupation, and a minor group of one broad occupation
    only as the broad one. Where it publishes neither the group nor such a row, ``tot_emp`` is the sum of its
    detailed occupations.
    """
    detailed = national[national["o_group"] == "detailed"]
    heads = national[national["o_group"] == level]
    if level == "broad":
        # A minor group of one broad occupation stands at its own level, under the code of the broad one.
        minor = national[(national["o_group"] == "minor") & ~national["soc_code"].str.endswith("00")]
        heads = pd.concat([heads, minor])
    rows = pd.concat([heads.assign(group=soc_group(heads["soc_code"], level)), _alone(detailed, level)])
    rows = rows.drop_duplicates("group").set_index("group")[["tot_emp", "title"]]
    sums = detailed.groupby(soc_group(detailed["soc_code"], level))["tot_emp"].sum()
    rows = rows.reindex(sums.index.rename("group"))
    return rows.assign(tot_emp=rows["tot_emp"].fillna(sums), title=rows["title"].fillna(rows.index.to_series()))


def _alone(detailed: pd.DataFrame, level: SocLevel) -> pd.DataFrame:
    """Return the detailed occupations that are the only one of their group."""
    group = soc_group(detailed["soc_code"], level)
    return detailed.assign(group=group)[~group.duplicated(keep=False)]
