"""Crosswalks of ISCO-08: to and from SOC 2010 by BLS, and of ESCO occupations to O*NET-SOC 2010 and ISCO-08 by Nesta.

There is no official table from SOC 2018 to ISCO-08: chain SOC 2018, SOC 2010 and ISCO-08 with
`jobimpact.estimates.crosswalks.carry.compose_crosswalks`.
"""

from pathlib import Path
from typing import Literal

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.crosswalks.pairs import Side, check_pairs, make_pairs, read_rows_below
from jobimpact.sources.crosswalks.soc import soc_codes
from jobimpact.sources.rawtables import check_cells, check_filled, onetsoc_codes, read_raw_table
from jobimpact.sources.tasks.isco import UNIT_LEVEL

Start = Literal["ISCO-08", "SOC 2010"]
MinorGroups = Literal["keep", "expand"]

ISCO_SOC_FILES = ("ISCO_SOC_Crosswalk.xls*", "isco08_to_soc2010.csv*")
_SHEETS = {"ISCO-08": "ISCO-08 to 2010 SOC", "SOC 2010": "2010 SOC to ISCO-08"}
_WORKBOOKS = (".xls", ".xlsx")
_PARTIAL = "*"
_ESCO_URI = r"http://data\.europa\.eu/esco/occupation/[0-9a-f-]{36}"
_ESCO_COLUMNS = ["concept_uri", "esco_occupation", "isco_code", "onet_code", "onet_occupation", "semantic_similarity"]


def read_isco_soc(path: str | Path, start: Start = "ISCO-08", *, minor_groups: MinorGroups = "keep") -> pd.DataFrame:
    """Read which ISCO-08 unit groups and SOC 2010 occupations belong together.

    Parameters
    ----------
    path
        BLS's workbook ``ISCO_SOC_Crosswalk.xls``, or its first sheet as CSV (with the lines of notes above it).
    start
        Classification that the pairs start from. Both directions have the same pairs; shares and partial flags differ. Of a
        CSV only the flags of the direction ISCO-08 to SOC 2010 are known: from SOC 2010 a pair is then flagged where the
        occupation has several partners.
    minor_groups
        SOC 19-2099 and 53-2022 are matched to the minor groups 211 and 315, not to unit groups. ``keep`` leaves them as they
        are released; ``expand`` puts the unit groups of 211 and 315 in their place, which a table by unit group needs.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``: 1,125 pairs as released, 438 codes of ISCO-08 (436 unit groups, 211 and 315), 840 of SOC 2010;
        1,132 where expanded. Armed forces keep their leading zero: 0110.

    Raises
    ------
    InputError
        If `start` or `minor_groups` is none of those named.
    SourceError
        If the file is missing, broken off, lacks a column, repeats a pair, or holds a code or flag that is none.

    Notes
    -----
    Source: U.S. Bureau of Labor Statistics for the SOC Policy Committee, August 2012, updated June 2015,
    https://www.bls.gov/soc/soccrosswalks.htm, US public domain. Expanded, its pairs are those of the table of the Institute
    for Structural Research (IBS, Warsaw), and 29-2055 with 3259, which IBS lacks.
    """
    if start not in _SHEETS or minor_groups not in ("keep", "expand"):
        raise InputError(
            f"found start {start!r} and minor_groups {minor_groups!r}; expected start of {' or '.join(_SHEETS)} and minor_groups "
            "of keep or expand"
        )
    path = Path(path)
    columns = ["ISCO-08 Code", "ISCO-08 Title EN", "part", "2010 SOC Code", "2010 SOC Title"]
    workbook = path.name.lower().endswith(_WORKBOOKS)
    raw = read_rows_below(path, columns, _SHEETS[start] if workbook else None)
    check_filled(raw, [column for column in columns if column != "part"], path.name)
    check_cells(raw["part"].isna() | raw["part"].eq(_PARTIAL), raw["part"], path.name, "* or nothing in the column 'part'")
    _check_minor_groups(raw, path.name)
    if minor_groups == "expand":
        raw = _expand_minor_groups(raw)
    isco = Side("ISCO-08", "ISCO-08 Code", "ISCO-08 Title EN", _isco_codes)
    soc = Side("SOC 2010", "2010 SOC Code", "2010 SOC Title", soc_codes)
    left, right = (isco, soc) if start == "ISCO-08" else (soc, isco)
    flags = raw["part"].eq(_PARTIAL) if workbook or start == "ISCO-08" else None
    if flags is not None and minor_groups == "expand":
        touched = raw[left.code].isin(raw.loc[raw["expanded"], left.code])
        flags = flags | (touched & raw[left.code].duplicated(keep=False))
    return make_pairs(raw, left, right, path.name, partial=flags)


def read_esco_to_onetsoc_2010(path: str | Path) -> pd.DataFrame:
    """Read the O*NET-SOC 2010 occupation that Nesta matched to each ESCO occupation.

    Parameters
    ----------
    path
        ``esco_onet_crosswalk_Nov2020.csv``, gzipped or not.

    Returns
    -------
    pandas.DataFrame
        Table ``text_crosswalk``, 1,680 ESCO occupations (of the level below ISCO unit groups; those further down inherit),
        one partner each; ``from_code`` is the occupation's address in ESCO.

    Notes
    -----
    Source: Kanders, Djumalieva, Sleeman and Orlik 2020, Mapping Career Causeways, Nesta, MIT. Found by the likeness of job
    titles and descriptions within the O*NET occupations of the ISCO group, and settled by hand where two ways differed.
    """
    raw, name = _read_esco(path)
    pairs = make_pairs(raw, _ESCO, Side("O*NET-SOC 2010", "onet_code", "onet_occupation", onetsoc_codes), name, method="research")
    likeness = pd.to_numeric(raw["semantic_similarity"], errors="coerce")
    check_cells(likeness.notna(), raw["semantic_similarity"], name, "a number as semantic_similarity")
    return check_pairs("text_crosswalk", pairs.assign(text_similarity=likeness.astype("float64")), name)


def read_esco_to_isco(path: str | Path) -> pd.DataFrame:
    """Read the ISCO-08 unit group of each ESCO occupation, which ESCO itself states.

    Parameters, errors and source are those of `read_esco_to_onetsoc_2010`.

    Returns
    -------
    pandas.DataFrame
        Table ``crosswalk``, 1,680 pairs, many-to-one into 423 unit groups, without titles of these.
    """
    raw, name = _read_esco(path)
    # The file has no titles of unit groups: the code fills the column and is taken out again.
    isco = Side("ISCO-08", "isco_code", "isco_code", _isco_codes)
    pairs = make_pairs(raw, _ESCO, isco, name, method="structure")
    return check_pairs("crosswalk", pairs.assign(to_title=pd.Series(None, pairs.index, dtype=object)), name)


def _read_esco(path: str | Path) -> tuple[pd.DataFrame, str]:
    path = Path(path)
    raw = read_raw_table(path, _ESCO_COLUMNS, separator=",", quoted=True)
    check_filled(raw, _ESCO_COLUMNS, path.name)
    return raw, path.name


def _expand_minor_groups(raw: pd.DataFrame) -> pd.DataFrame:
    """Return `raw` with a row for each unit group in place of a minor group, and ``expanded``, true for these rows."""
    units, minor = _unit_groups(raw)
    rows = [raw[~minor].assign(expanded=False)]
    for row in raw[minor].to_dict("records"):
        below = units[units["ISCO-08 Code"].str.startswith(row["ISCO-08 Code"])]
        same = {str(column): cell for column, cell in row.items() if column not in units}
        rows.append(below.assign(**same, expanded=len(below) > 1))
    return pd.concat(rows, ignore_index=True)


def _unit_groups(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return code and title of the unit groups in `raw`, and which of its rows have a minor group instead."""
    minor = raw["ISCO-08 Code"].str.len() == UNIT_LEVEL - 1
    units = raw.loc[~minor, ["ISCO-08 Code", "ISCO-08 Title EN"]].drop_duplicates("ISCO-08 Code")
    return units, minor


def _check_minor_groups(raw: pd.DataFrame, name: str) -> None:
    """Raise SourceError where a code of three digits has no unit group below it: 110 is 0110 that a spreadsheet cut."""
    units, minor = _unit_groups(raw)
    orphans = [code for code in raw.loc[minor, "ISCO-08 Code"] if not units["ISCO-08 Code"].str.startswith(code).any()]
    if orphans:
        raise SourceError(
            f"{name}: found the minor group {orphans[0]!r} and no unit group below it ({len(orphans):,} such rows); expected "
            "codes as text, such as 0110 with its zero: give the file as BLS released it"
        )


def _isco_codes(codes: pd.Series, name: str) -> pd.Series:
    check_cells(codes.str.fullmatch(r"\d{3,4}"), codes, name, "an ISCO-08 code of three or four digits, as text, such as 0110")
    return codes


def _esco_codes(codes: pd.Series, name: str) -> pd.Series:
    check_cells(codes.str.fullmatch(_ESCO_URI), codes, name, "the address of an ESCO occupation")
    return codes


_ESCO = Side("ESCO", "concept_uri", "esco_occupation", _esco_codes)
