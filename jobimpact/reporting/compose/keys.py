"""Which row a report is about: keys as people write them, and near matches where there is none."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.reporting.compose.parts import setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobimpact.reporting.compose.document import Request

_LIKE_A_WORD, _LIKE_A_TITLE = 0.75, 0.5  # ratios of difflib


def find_sector(request: Request) -> str:
    """Return the NAICS code of the sector that is asked for, by code or title."""
    from jobimpact.facts.codes import sector_of

    sectors = request.study["sectors"]
    titles = dict(zip(sectors["naics"], sectors["naics_title"], strict=True))
    return _find(sector_of(request.key.strip()), titles, titles, "NAICS sector", "such as 52")


def find_occupation(request: Request) -> str:
    """Return the SOC code of the occupation that is asked for, by SOC code, O*NET-SOC code or title."""
    from jobimpact.facts.codes import oews_partners

    rows = request.study["occupations"]
    titles = dict(zip(rows["soc_code"], rows["title"], strict=True))
    key = request.key.strip()
    if key not in titles:
        # An O*NET-SOC code is a SOC code with a suffix.
        key = key.partition(".")[0]
        key = oews_partners().get(key) or key
    return _find(key, titles, titles, "SOC code", "such as 15-1252")


def find_area(request: Request) -> str:
    """Return the code of the state that is asked for, by area code, postal code or name."""
    areas = request.study["areas"]
    titles = dict(zip(areas["area"], areas["area_title"], strict=True))
    postal = dict(zip(areas["state"].str.upper(), areas["area"], strict=True))
    key = request.key.strip()
    key = postal.get(key.upper(), key)
    return _find(key, titles, {code: titles[area] for code, area in postal.items()}, "state", "such as CA or 06")


def file_key(request: Request) -> str:
    """Return the key of the row as a file name has it; empty for a report on no row."""
    if request.report_type == "state":
        areas, area = request.study["areas"], find_area(request)
        return str(areas.loc[areas["area"] == area, "state"].iloc[0])
    finders = {"sector": find_sector, "occupation": find_occupation}
    return finders[request.report_type](request) if request.report_type in finders else ""


def _find(key: str, titles: Mapping[str, str], listing: Mapping[str, str], what: str, example: str) -> str:
    if key in titles:
        return key
    same = [code for code, title in titles.items() if title.casefold() == key.casefold()]
    if len(same) == 1:
        return same[0]
    if not key:
        raise InputError(f"found no key for the report; expected a {what} of the study, {example}")
    near = near_matches(key, listing)
    nearest = ", ".join(f"{code} ({title})" for code, title in near)
    raise InputError(f"{what} {key!r}: not in this study; expected one {example}; nearest: {nearest or 'none'}")


def near_matches(key: str, titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return codes and titles like the key: titles that hold it, titles with a word like it, then the most alike.

    Examples
    --------
    >>> near_matches("finence", {"52": "Finance and Insurance", "51": "Information"})
    [('52', 'Finance and Insurance')]
    """
    most, text = setting("near"), key.casefold()
    holding = [code for code, title in titles.items() if text in title.casefold()]
    by_word: dict[str, list[str]] = {}
    for code, title in titles.items():
        for word in re.findall(r"\w{4,}", title.casefold()):
            by_word.setdefault(word, []).append(code)
    spelled = difflib.get_close_matches(text, list(by_word), n=most, cutoff=_LIKE_A_WORD)
    whole = {text.casefold(): code for code, title in titles.items() for text in (title, code)}
    similar = difflib.get_close_matches(text, list(whole), n=most, cutoff=_LIKE_A_TITLE)
    codes = [*holding, *(code for word in spelled for code in by_word[word]), *(whole[text] for text in similar)]
    return [(code, titles[code]) for code in list(dict.fromkeys(codes))[:most]]
