"""Find an occupation by what a person would type: a title, part of it, a code, or something close to one."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

from jobimpact.facts.codes import published_codes, read_soc_to_oews

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

_CODE = re.compile(r"(\d{2})[-\u2010-\u2015\u2212]?(\d{0,4})(?:\.\d{0,2})?")
_WORD = re.compile(r"\w+")
_MOST_WORDS = 12  # of a query; nobody means more
_CLOSE = 0.75  # of difflib, a wrong or missing letter in a word of five
# How well a word of the query fits a word of a name: the whole word or its plural, its beginning, a part of it, a misspelling.
_WHOLE, _START, _PART, _TYPO = 0, 1, 2, 3
_PART_LETTERS = 3  # fewer would fit inside almost any word


def occupation_names(occupations: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    """Return every name and code under which an occupation of the study can be looked for.

    Parameters
    ----------
    occupations, tasks
        Tables of a study.

    Returns
    -------
    pandas.DataFrame
        ``soc_code`` (of `occupations`), ``code`` and ``name``: first its own, then those of its parts.
    """
    import pandas as pd

    own = occupations[["soc_code", "title"]].rename(columns={"title": "name"}).assign(code=occupations["soc_code"])
    combined = read_soc_to_oews().dropna(subset=["oews_code"])
    details = pd.DataFrame({"soc_code": combined["oews_code"], "code": combined["soc_code"], "name": combined["soc_title"]})
    listed = tasks.drop_duplicates("onetsoc_code")
    finer = pd.DataFrame(
        {
            "soc_code": published_codes(listed["soc_code"]),
            "code": listed["onetsoc_code"],
            "name": listed["title"],
        }
    )
    names = pd.concat([own, details, finer], ignore_index=True)[["soc_code", "code", "name"]]
    names = names[names["soc_code"].isin(occupations["soc_code"])]
    return names.drop_duplicates(["soc_code", "name"], ignore_index=True)


def search_occupations(occupations: pd.DataFrame, query: str, names: pd.DataFrame) -> pd.DataFrame:
    """Return the occupations that `query` may mean, the best match first, of equal ones the largest.

    Case, order of words, punctuation and accents do not matter; a word may be cut short or have a wrong letter. Where no
    name has all words, those that have most of them are returned. A query without letters and digits finds nothing, an
    empty one everything.

    Parameters
    ----------
    occupations
        Table ``occupations``.
    query
        A title or part of it, or a SOC or O*NET-SOC code or its beginning.
    names
        See :func:`occupation_names`.

    Returns
    -------
    pandas.DataFrame
        Rows of `occupations` with ``found_as``, the name that matched where it is not the title.
    """
    found = _ranked(names, query)
    if found is None:
        result = occupations.assign(found_as="", _rank=0)
    else:
        best = found.sort_values("rank", kind="stable").drop_duplicates("soc_code").set_index("soc_code")
        result = occupations[occupations["soc_code"].isin(best.index)]
        shown = result["soc_code"].map(best["name"])
        result = result.assign(found_as=shown.where(shown != result["title"], ""), _rank=result["soc_code"].map(best["rank"]))
    ordered = result.sort_values(["_rank", "tot_emp", "soc_code"], ascending=[True, False, True], ignore_index=True)
    return ordered.drop(columns="_rank")


def _ranked(names: pd.DataFrame, query: str) -> pd.DataFrame | None:
    """Return the names that match with their ``rank``, the best the lowest; None where nothing is asked for."""
    if not query.strip():
        return None
    code = _CODE.fullmatch(unicodedata.normalize("NFKC", query).strip())
    if code is not None:
        start = f"{code[1]}-{code[2]}"
        return names[names["code"].str.startswith(start)].assign(rank=0)
    wanted = _words(query)[:_MOST_WORDS]
    spelled = [_words(name) for name in names["name"]]
    vocabulary = sorted({word for words in spelled for word in words})
    fits = [_fits(word, vocabulary) for word in wanted]
    scores = [_score(words, fits) for words in spelled]
    most = max((number for number, _ in scores), default=0)
    chosen = [bool(number) and number == most for number, _ in scores]
    return names.assign(rank=[rank for _, rank in scores])[chosen]


def _words(text: str) -> list[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    return _WORD.findall(plain)


def _fits(word: str, vocabulary: Sequence[str]) -> dict[str, int]:
    """Return the words of `vocabulary` that `word` may stand for, and how well; misspellings only for want of others."""
    fits: dict[str, int] = {}
    for known in vocabulary:
        if known in (word, f"{word}s"):
            fits[known] = _WHOLE
        elif known.startswith(word):
            fits[known] = _START
        elif len(word) >= _PART_LETTERS and word in known:
            fits[known] = _PART
    if fits or len(word) < _PART_LETTERS:
        return fits
    return dict.fromkeys(difflib.get_close_matches(word, vocabulary, n=8, cutoff=_CLOSE), _TYPO)


def _score(words: Sequence[str], fits: Sequence[Mapping[str, int]]) -> tuple[int, int]:
    """Return how many words of the query the name has, and its rank: how well they fit; a name of these words alone is first."""
    met = [min(places) for fit in fits if (places := [fit[word] for word in words if word in fit])]
    alone = len(met) == len(words) and not any(met)
    return len(met), 0 if alone else 1 + sum(met)
