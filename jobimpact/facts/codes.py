"""Codes as text: SOC 2018, O*NET-SOC 2019, those that OEWS publishes in place of some details, and NAICS sectors."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import pandas as pd

from jobimpact.paths import packaged

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212"), "-")
# What surrounds a code in spreadsheets: blanks, a byte-order mark, and the formula ="13-2011" of BLS tables.
_WRAPPING = " \t\r\n\ufeff\u200b=\"'"
# The civilian and military major groups of SOC 2018 are the odd numbers 11 to 55; 00-0000 is all occupations.
_SIX_DIGITS = r"(?P<major>00|1[1-9]|[2-4]\d|5[0-5])(?P<dash>-?)(?P<rest>[0-9]{4})"
_CODE = re.compile(_SIX_DIGITS + r"(?:\.(?P<suffix>[0-9]{1,2}))?", re.ASCII)
# Excel takes 11-2021 for November 2021; the date still says which code it was.
_NOVEMBER = re.compile(r"([0-9]{4})-11-01(?: 00:00:00)?")
# NAICS sectors of several two-digit codes.
_WIDE_SECTORS = {"31": "31-33", "32": "31-33", "33": "31-33", "44": "44-45", "45": "44-45", "48": "48-49", "49": "48-49"}


def normalise_soc(codes: pd.Series) -> pd.Series:
    """Bring SOC codes into the form ``NN-NNNN``.

    Accepts text and numbers: ``11-1011``, ``111011``, ``111011.0`` and ``11-1011.0`` (a code that was read as a
    float), blanks around it, any Unicode dash, Excel's ``="11-1011"``, and the first of November that Excel makes
    of ``11-2021``. An O*NET-SOC code gives the SOC code that it belongs to, which is its first six digits.

    A cell that cannot be a SOC 2018 code (wrong length, or a major group that does not exist) becomes missing.

    Examples
    --------
    >>> normalise_soc(pd.Series(["11-1011", 151252.0, "29\u20131141.00", "541511"])).fillna("").tolist()
    ['11-1011', '15-1252', '29-1141', '']

    """
    return _map_cells(codes, _soc)


def normalise_onetsoc(codes: pd.Series) -> pd.Series:
    """Bring O*NET-SOC codes into the form ``NN-NNNN.NN``.

    Accepts what `normalise_soc` accepts. A code without a suffix, or with the suffix ``.0``, becomes ``.00``.
    One digit after the point is the trap: a number loses its last zero, so ``172199.1`` (no dash, it can have been
    a number) is ``17-2199.10``. With a dash it never was a number, and ``17-2199.1`` may be somebody's ``.01`` or
    ``.10``, both of which exist: it becomes missing rather than a guess.

    Examples
    --------
    >>> normalise_onetsoc(pd.Series(["11-1011", 111011.03, "172199.1", "17-2199.1"])).fillna("").tolist()
    ['11-1011.00', '11-1011.03', '17-2199.10', '']

    """
    return _map_cells(codes, _onetsoc)


def soc_major(codes: pd.Series) -> pd.Series:
    """Return the SOC major group ``NN-0000`` of SOC or O*NET-SOC codes; missing where the code is.

    Examples
    --------
    >>> soc_major(pd.Series(["15-1252", "11-1011.03"])).tolist()
    ['15-0000', '11-0000']

    """
    return _map_cells(codes, lambda cell: None if (code := _soc(cell)) is None else major_group(code))


def major_group(code: str) -> str:
    """Return the SOC major group of one code ``NN-NNNN``; `soc_major` takes a column of them."""
    return f"{code[:2]}-0000"


def oews_code(codes: pd.Series) -> pd.Series:
    """Return the code under which OEWS May 2025 publishes each SOC 2018 detailed occupation.

    Most codes stay as they are. 28 detailed occupations are published only as one of twelve combinations, such as
    31-1121 and 31-1122 as 31-1120. Legislators (11-1031), fishing and hunting workers (45-3031) and the military
    (55-xxxx) are not in OEWS: their code is missing.

    Notes
    -----
    Source: BLS OEWS May 2025 and the SOC 2018 structure; the table is data/employment/soc_to_oews.csv. May 2021 to
    May 2024 use the same codes and also have 11-1031; May 2020 has another set.

    Examples
    --------
    >>> oews_code(pd.Series(["31-1122", "15-1252", "55-1011"])).fillna("").tolist()
    ['31-1120', '15-1252', '']

    """

    def convert(cell: object) -> str | None:
        code = _soc(cell)
        return None if code is None else oews_partners().get(code, code) or None

    return _map_cells(codes, convert)


def published_codes(codes: pd.Series) -> pd.Series:
    """Return the code under which OEWS publishes each occupation, the SOC code itself where it publishes none.

    A study has a row for every occupation with tasks, so the military keep their own codes here, unlike in `oews_code`.

    A cell that is no SOC code stays as it is.

    Examples
    --------
    >>> published_codes(pd.Series(["31-1122", "15-1252", "55-1011"])).tolist()
    ['31-1120', '15-1252', '55-1011']

    """

    def convert(cell: object) -> str | None:
        code = _soc(cell)
        return str(cell) if code is None else oews_partners().get(code) or code

    return _map_cells(codes, convert)


@cache
def oews_partners() -> dict[str, str]:
    """Return, for each SOC code that OEWS does not publish as it is, the code of its combination, or "" for none.

    Examples
    --------
    >>> oews_partners()["31-1121"], oews_partners()["11-1031"]
    ('31-1120', '')

    """
    table = read_soc_to_oews().fillna("")
    return dict(zip(table["soc_code"], table["oews_code"], strict=True))


def read_soc_to_oews() -> pd.DataFrame:
    """Read the SOC 2018 detailed codes that OEWS does not publish under their own code.

    Columns ``soc_code``, ``oews_code`` (missing where OEWS does not cover the occupation), ``soc_title`` and ``oews_title``.
    """
    return pd.read_csv(packaged("data", "employment", "soc_to_oews.csv"), dtype=str)


def sector_of(digits: str) -> str:
    """Return the NAICS sector of the first two digits of an industry code: 31-33 for 32."""
    return _WIDE_SECTORS.get(digits, digits)


def _map_cells(codes: pd.Series, convert: Callable[[object], str | None]) -> pd.Series:
    cells = codes.astype(object)
    converted = {cell: convert(cell) for cell in cells.dropna().unique()}
    return pd.Series([converted.get(cell) for cell in cells], index=codes.index, name=codes.name)


def _match(cell: object) -> re.Match[str] | None:
    text = unicodedata.normalize("NFKC", str(cell)).translate(_DASHES).strip(_WRAPPING)
    november = _NOVEMBER.fullmatch(text)
    match = _CODE.fullmatch(f"11-{november[1]}" if november else text)
    if match is None or (int(match["major"]) % 2 == 0 and match["major"] + match["rest"] != "000000"):
        return None
    return match


def _soc(cell: object) -> str | None:
    match = _match(cell)
    return None if match is None else f"{match['major']}-{match['rest']}"


def _onetsoc(cell: object) -> str | None:
    match = _match(cell)
    if match is None:
        return None
    suffix = match["suffix"] or "00"
    # With a dash it never was a number that lost its zero: .1 may be .01 or .10.
    if len(suffix) == 1 and suffix != "0" and match["dash"]:
        return None
    return f"{match['major']}-{match['rest']}.{suffix.ljust(2, '0')}"
