"""Who works in an occupation: women and the groups of the Current Population Survey (CPS), by SOC 2018 code.

BLS publishes CPS table 11 with titles and no codes. The titles are those of the Census 2018 occupation list, whose codes
stand for one SOC occupation or for several: 15-124X and 11-2030 are patterns, taken apart here.
"""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from jobimpact.errors import CoverageWarning, SourceError
from jobimpact.facts.codes import read_soc_to_oews
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.rawtables import EXCEL_ENDINGS, check_source_table, opened_file, read_raw_sheet
from jobimpact.tables import table_columns

_CPS_STEMS = ("cpsaat11", "bls_occupation_demographics_2022")
_CENSUS_STEMS = ("census_2018-occupation-code-list-and-crosswalk", "2018-occupation-code-list-and-crosswalk")
_CENSUS_SHEET = "2018 Census Occ Code List"
_SHARES: Final = ("share_women", "share_white", "share_black", "share_asian", "share_hispanic")
_CPS_HEADER = ("Women", "White", "Black or African American", "Asian", "Hispanic or Latino")
_TOTAL = "Total, 16 years and over"
# Census code, then SOC codes: digits, or X where any digit is meant.
_CENSUS_CODE = re.compile(r"\d{4}")
_SOC_PATTERN = re.compile(r"\d{2}-\d[\dX]{3}")
_YEAR = re.compile(r"(19|20)\d\d")
_NONE = dict.fromkeys("-\u2013\u2014")
_THOUSAND = 1000.0
_SHOWN = 5


def read_cps_demographics(path: str | Path, census: str | Path | None = None) -> pd.DataFrame:
    """Read the shares of women and of groups in every SOC 2018 occupation.

    Parameters
    ----------
    path
        CPS table 11 (``cpsaat11.xlsx``), or a folder or zip that holds it.
    census
        The Census 2018 occupation list and crosswalk (.xlsx), or a folder or zip that holds it; `path` where not given.

    Returns
    -------
    pandas.DataFrame
        The table ``demographics``: ``soc_code``, ``census_code``, ``census_title``, ``n_soc`` (SOC occupations that share the
        estimate), ``employed`` (persons in all of them together: not to be summed over SOC codes), ``year``, and
        ``share_women``, ``share_white``, ``share_black``, ``share_asian``, ``share_hispanic`` on 0-1, missing where
        fewer than 50,000 were employed. Sorted by ``soc_code``; civilian occupations only, as the survey is.

    Warns
    -----
    CoverageWarning
        With titles and employment, if a title of the table has no partner in the Census list.

    Notes
    -----
    Sources: BLS, Labor Force Statistics from the Current Population Survey, table 11, https://www.bls.gov/cps/tables.htm;
    U.S. Census Bureau, 2018 Census Occupation Code List, last updated 26 September 2019. Both US public domain.
    """
    codes = read_census_occupations(path if census is None else census)
    matched = match_census_codes(read_cps_occupations(path), codes)
    unmatched = matched[matched["census_code"].isna()]
    if not unmatched.empty:
        largest = ", ".join(f"{row.title} ({row.employed:,.0f})" for row in unmatched[:_SHOWN].itertuples())
        warnings.warn(
            f"{len(unmatched)} of {len(matched)} occupations of CPS table 11 have no partner in the Census list, with "
            f"{unmatched['employed'].sum():,.0f} of {matched['employed'].sum():,.0f} employed: {largest}",
            CoverageWarning,
            stacklevel=2,
        )
    # All patterns, so that no open one takes the codes of a narrower one that found no title.
    socs = expand_patterns(codes["soc_pattern"].tolist(), detailed_soc_codes())
    socs = socs.merge(matched.dropna(subset=["census_code"]), on="soc_pattern", how="inner", validate="many_to_one")
    socs["n_soc"] = socs.groupby("census_code")["soc_code"].transform("size").astype("int64")
    table = socs.rename(columns={"title": "census_title"}).sort_values("soc_code", ignore_index=True)
    table = table[table_columns("demographics")]
    return check_source_table("demographics", table, Path(path).name, ("soc_code",))


def read_cps_occupations(path: str | Path) -> pd.DataFrame:
    """Read the detailed occupations of CPS table 11, by title.

    Returns
    -------
    pandas.DataFrame
        ``title``, ``employed`` (persons), ``year`` and the five shares on 0-1, in the publisher's order. Headings and
        totals are left out: what remains adds up to the published total within rounding.
    """
    cells, name = _read_sheet(Path(path), _CPS_STEMS, None)
    rows, year = _cps_rows(cells, name)
    total = rows.loc[rows["title"] == _TOTAL, "employed"]
    # Headings end in "occupations"; so do remainders, "Other ... occupations". That the rest adds up is checked below.
    heading = rows["title"].str.endswith(" occupations") & ~rows["title"].str.startswith("Other ")
    detailed = rows[~heading & (rows["title"] != _TOTAL)]
    rounding = _THOUSAND / 2 * (len(detailed) + 1)
    if len(total) != 1 or abs(detailed["employed"].sum() - total.iloc[0]) > rounding:
        published = f"{total.iloc[0]:,.0f}" if len(total) == 1 else f"{len(total)} rows {_TOTAL!r}"
        raise SourceError(
            f"{name}: found {len(detailed)} occupations with {detailed['employed'].sum():,.0f} employed and a total of "
            f"{published}; expected the same within rounding: download it again"
        )
    return detailed.assign(year=year).reset_index(drop=True)


def read_census_occupations(path: str | Path) -> pd.DataFrame:
    """Read the Census 2018 occupation list.

    Returns
    -------
    pandas.DataFrame
        ``census_code`` (four digits), ``title`` and ``soc_pattern``: a SOC 2018 code, a broader code such as 11-2030, or a
        code with X for any digit such as 13-20XX.
    """
    cells, name = _read_sheet(Path(path), _CENSUS_STEMS, _CENSUS_SHEET)
    cells = cells.reindex(columns=range(4)).astype(object).fillna("")
    real = cells[2].map(lambda cell: _CENSUS_CODE.fullmatch(cell) is not None) & cells[3].map(
        lambda cell: _SOC_PATTERN.fullmatch(cell) is not None
    )
    occupations = pd.DataFrame({"census_code": cells[2], "title": cells[1], "soc_pattern": cells[3]})[real]
    repeated = occupations["census_code"].duplicated() | occupations["title"].map(_plain).duplicated()
    if occupations.empty or repeated.any():
        raise SourceError(
            f"{name}: found {len(occupations)} Census occupation codes with a SOC code, {int(repeated.sum())} twice, on the "
            f"sheet {_CENSUS_SHEET!r}; expected each code and title once: give the Census Bureau's workbook"
        )
    return occupations.reset_index(drop=True)


def match_census_codes(occupations: pd.DataFrame, census: pd.DataFrame) -> pd.DataFrame:
    """Return `occupations` with ``census_code`` and ``soc_pattern`` of the same title; missing where there is none.

    Titles are compared without regard to case, punctuation and blanks.
    """
    left = occupations.assign(plain=occupations["title"].map(_plain))
    right = census.assign(plain=census["title"].map(_plain))[["plain", "census_code", "soc_pattern"]]
    return left.merge(right, on="plain", how="left", validate="one_to_one").drop(columns="plain")


def expand_patterns(patterns: Sequence[str], codes: Sequence[str]) -> pd.DataFrame:
    """Return which of the SOC `codes` each pattern stands for.

    A code goes to the pattern that leaves the fewest digits open: 13-2031 to 13-2031 before 13-203X before 13-20XX. Zeros at
    the end are open, as in the codes of broad occupations.

    Returns
    -------
    pandas.DataFrame
        ``soc_code`` and ``soc_pattern``, one row per code that fits a pattern.

    Examples
    --------
    >>> expand_patterns(["13-2031", "13-20XX"], ["13-2031", "13-2099", "15-1252"])["soc_pattern"].tolist()
    ['13-2031', '13-20XX']
    """
    stems = {re.sub(r"[0X]+$", "", pattern): pattern for pattern in patterns}
    pairs = []
    for code in codes:
        stem = next((code[:end] for end in range(len(code), 2, -1) if code[:end] in stems), None)
        if stem is not None:
            pairs.append((code, stems[stem]))
    return pd.DataFrame(pairs, columns=["soc_code", "soc_pattern"])


def detailed_soc_codes() -> list[str]:
    """Return the 867 detailed occupations of SOC 2018: those of OEWS, with what it publishes combined taken apart."""
    national, details = read_employment("national"), read_soc_to_oews()
    published = set(national.loc[national["o_group"] == "detailed", "soc_code"])
    return sorted((published - set(details["oews_code"].dropna())) | set(details["soc_code"]))


def _read_sheet(path: Path, stems: Sequence[str], sheet: str | None) -> tuple[pd.DataFrame, str]:
    expected = f"{stems[0]}.xlsx: run `jobimpact sources add cps-demographics FILE_OR_FOLDER`"
    with opened_file(path, stems, expected, EXCEL_ENDINGS) as file:
        cells = read_raw_sheet(file, sheet)
        return cells.apply(lambda column: column.map(_one_blank, na_action="ignore")), file.name


def _cps_rows(cells: pd.DataFrame, name: str) -> tuple[pd.DataFrame, int]:
    """Return title, employment and shares of every row with figures, and the year."""
    header = [row for row, line in enumerate(cells.itertuples(index=False)) if tuple(line)[2:] == _CPS_HEADER]
    above = cells.iloc[: header[0] if header else 0].to_numpy().ravel()
    years = [cell for cell in above if isinstance(cell, str) and _YEAR.fullmatch(cell)]
    if len(header) != 1 or len(years) != 1:
        raise SourceError(
            f"{name}: found {len(header)} rows with the header {', '.join(_CPS_HEADER)} and {len(years)} years above; expected "
            "one of each: give CPS table 11 as BLS released it"
        )
    body = cells.loc[header[0] + 1 :].dropna(subset=[0, 1])
    figures = body.loc[:, 1:].replace(_NONE)
    numbers = figures.apply(pd.to_numeric, errors="coerce")
    odd = numbers.isna() & figures.notna()
    shares = numbers.loc[:, 2:] / 100
    if odd.to_numpy().any() or numbers[1].isna().any() or ((shares < 0) | (shares > 1)).to_numpy().any() or body.empty:
        raise SourceError(
            f"{name}: found a cell below the header that is neither a number nor a dash, or a percentage outside 0 to 100; "
            "expected thousands employed and five percentages: give CPS table 11 as BLS released it"
        )
    # BLS prints employment in thousands.
    rows = pd.DataFrame({"title": body[0], "employed": numbers[1] * _THOUSAND})
    rows[list(_SHARES)] = shares
    return rows, int(years[0])


def _plain(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", title.lower()).strip()


def _one_blank(cell: str) -> str:
    return " ".join(cell.split())
