"""Crosswalks of the O*NET-SOC and SOC editions, and of NAICS vintages, as their publishers release them."""

import re
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.sources.crosswalks.pairs import Side, make_pairs, read_rows_below
from jobimpact.sources.crosswalks.soc import soc_codes
from jobimpact.sources.rawtables import check_cells, check_columns, onetsoc_codes, plain_ids

Vintage = Literal["NAICS 2007", "NAICS 2012", "NAICS 2017", "NAICS 2022"]

_ONETSOC_2010 = Side("O*NET-SOC 2010", "O*NET-SOC 2010 Code", "O*NET-SOC 2010 Title", onetsoc_codes)
_ONETSOC_2019 = Side("O*NET-SOC 2019", "O*NET-SOC 2019 Code", "O*NET-SOC 2019 Title", onetsoc_codes)
_SOC_2018 = Side("SOC 2018", "2018 SOC Code", "2018 SOC Title", soc_codes)


def read_onetsoc_2010_to_2019(path: str | Path) -> pd.DataFrame:
    """Read which O*NET-SOC 2019 occupations each O*NET-SOC 2010 occupation became.

    Parameters
    ----------
    path
        ``onet_2010_to_2019_Crosswalk.xlsx``, or the table as CSV.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``, 1,164 pairs as released: 1,110 codes of 2010, 1,012 of 2019. Four codes of 2019 are new and have
        no pair.

    Notes
    -----
    Source: National Center for O*NET Development, https://www.onetcenter.org/taxonomy.html, CC BY 4.0.
    """
    return _read(path, _ONETSOC_2010, _ONETSOC_2019)


def read_onetsoc_2019_to_soc_2018(path: str | Path) -> pd.DataFrame:
    """Read the SOC 2018 occupation of each O*NET-SOC 2019 occupation.

    Parameters, errors and source are those of `read_onetsoc_2010_to_2019`; the file is ``onet_2019_to_SOC_Crosswalk.xlsx``.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``, 1,016 pairs as released, many-to-one: the SOC code is the first six digits.
    """
    return _read(path, _ONETSOC_2019, _SOC_2018)


def read_onetsoc_2010_to_soc_2018(path: str | Path) -> pd.DataFrame:
    """Read the SOC 2018 occupations of each O*NET-SOC 2010 occupation.

    Parameters, errors and source are those of `read_onetsoc_2010_to_2019`; the file is
    ``onet_2010_to_2018_SOC_Crosswalk.xlsx``.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``, 1,170 pairs as released. One of them leads to a broad group, not to a detailed occupation:
        19-1020.01, biologists, to 19-1020.
    """
    return _read(path, _ONETSOC_2010, _SOC_2018)


def pair_soc_codes(crosswalk: pd.DataFrame, name: str = "soc_crosswalk") -> pd.DataFrame:
    """Return the table ``soc_crosswalk`` as a table ``crosswalk``; `name` is that of its file, for errors."""
    left = Side("SOC 2010", "soc_code_2010", "title_2010", soc_codes)
    return make_pairs(crosswalk, left, Side("SOC 2018", "soc_code", "title", soc_codes), name)


def read_naics_concordance(path: str | Path, older: Vintage | None = None, newer: Vintage | None = None) -> pd.DataFrame:
    """Read which industries of a NAICS edition each industry of another one became.

    Parameters
    ----------
    path
        The Census Bureau's concordance, such as ``2017_to_2022_NAICS.xlsx``, or the table as CSV.
    older, newer
        The edition that the pairs start from and the one that they lead to. They may be given the other way round: the
        bureau publishes both directions. Where not given they are read off the name of the file.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk`` of six-digit industries. Several pieces of an industry that go to the same one are one pair; a
        title is that of the first piece.

    Raises
    ------
    InputError
        If an edition is unknown, or not given and not in the name.
    SourceError
        If the file is missing, broken off, lacks a column, repeats a pair, or holds a code that is none.

    Notes
    -----
    Source: U.S. Census Bureau, https://www.census.gov/naics/, US public domain. The bureau says which industries touch, not
    how much of one goes to the other: its Economic Census has that, for the years ending in 2 and 7.
    """
    match = re.match(r"(\d{4})_to_(\d{4})", Path(path).name)
    years = [f"NAICS {year}" for year in match.groups()] if match else ["", ""]
    left, right = _naics(older or years[0]), _naics(newer or years[1])
    raw = read_rows_below(Path(path), [left.code, right.code])
    # The older edition's header goes on: "(and specific piece of the 2017 industry that is contained in the 2022 industry)".
    titles = {name: side.title for side in (left, right) for name in raw if str(name).startswith(side.title)}
    raw = raw.rename(columns=titles)
    check_columns(raw, [left.title, right.title], Path(path).name)
    pieces = raw.duplicated([left.code, right.code])
    return make_pairs(raw[~pieces].reset_index(drop=True), left, right, Path(path).name)


def _read(path: str | Path, left: Side, right: Side) -> pd.DataFrame:
    raw = read_rows_below(Path(path), [left.code, left.title, right.code, right.title])
    return make_pairs(raw, left, right, Path(path).name)


def _naics(name: str) -> Side:
    vintage = next((edition for edition in get_args(Vintage) if edition == name), None)
    if vintage is None:
        raise InputError(
            f"NAICS edition {name!r} is unknown; expected one of {', '.join(get_args(Vintage))}, given or in a file name such as "
            "2017_to_2022_NAICS.xlsx"
        )
    year = name.rpartition(" ")[2]
    return Side(vintage, f"{year} NAICS Code", f"{year} NAICS Title", _industry_codes)


def _industry_codes(codes: pd.Series, name: str) -> pd.Series:
    plain = plain_ids(codes)
    check_cells(plain.str.fullmatch(r"[1-9]\d{5}"), codes, name, "a NAICS code of six digits such as 541511")
    return plain
