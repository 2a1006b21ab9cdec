"""Find an occupation by what a person would type: a title, part of it, a code, or something close to one."""

import re
import unicodedata

import pandas as pd
from rapidfuzz import fuzz, utils

from jobimpact.facts.codes import published_codes, read_soc_to_oews
from jobimpact.sources.jobs.alternate_titles import read_packaged_titles

_CODE = re.compile(r"(\d{2})[-\u2010-\u2015\u2212]?(\d{0,4})(?:\.\d{0,2})?")
_MOST_WORDS = 12  # of a query; nobody means more
_GUESS = 5.0  # of 100, per word, within which guesses are equally good
_OTHER = 0.5  # of 100, by which an alternate title fits less well than the publisher's own
_WHOLE = 95.0  # of 100, for a word of which the query has the beginning
_CLOSE = 75  # of 100, a wrong or missing letter in a word of five
_PART_LETTERS = 3  # fewer would fit inside almost any word


def occupation_names(occupations: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    """Return every name and code under which an occupation of a study, whose tables these are, can be looked for.

    Columns ``soc_code`` (of `occupations`), ``code``, ``name`` and ``other``: first the occupation's own, then those of its
    parts, then ``other`` ones under which people look for it.
    """
    import pandas as pd

    combined = read_soc_to_oews().dropna(subset=["oews_code"])
    specialities = tasks.drop_duplicates("onetsoc_code")
    parts = (
        (occupations["soc_code"], occupations["soc_code"], occupations["title"]),
        (combined["oews_code"], combined["soc_code"], combined["soc_title"]),
        (published_codes(specialities["soc_code"]), specialities["onetsoc_code"], specialities["title"]),
    )
    words = read_packaged_titles()
    alternates = (published_codes(words["soc_code"]), words["soc_code"], words["alternate_title"])
    columns = ("soc_code", "code", "name")
    names = pd.concat([pd.DataFrame(dict(zip(columns, part, strict=True))) for part in (*parts, alternates)], ignore_index=True)
    # Combinations and parts that this study does not have would lead nowhere.
    names["other"] = names.index >= len(names) - len(words)
    names = names[names["soc_code"].isin(occupations["soc_code"])]
    return names.drop_duplicates(["soc_code", "name"], ignore_index=True)


def search_occupations(occupations: pd.DataFrame, query: str, names: pd.DataFrame) -> pd.DataFrame:
    """Return the occupations that `query` may mean, the best match first, of equal ones that with most such names, the largest.

    Case, order of words, punctuation and accents do not matter; a word may be cut short or have a wrong letter. Where no
    name has all words, those that have most of them are returned. A query without letters and digits finds nothing, an
    empty one everything. A SOC or O*NET-SOC code or its beginning is a query too.

    `names` are those of :func:`occupation_names`. The rows of `occupations` come back with ``found_as``, the name that matched
    where it is not the title, and ``guess``: whether a word of the query fits none of it whole or from its start.
    """
    matches = _ranked(names, query)
    if matches is None:
        result = occupations.assign(found_as="", guess=False, _rank=0, _names=0)
    else:
        best = matches.sort_values("rank", kind="stable").drop_duplicates("soc_code").set_index("soc_code")
        result = occupations[occupations["soc_code"].isin(best.index)]
        match = result["soc_code"].map(best["name"])
        guess = result["soc_code"].map(best["guess"])
        result = result.assign(
            found_as=match.where(match != result["title"], ""),
            guess=guess,
            _rank=result["soc_code"].map(best["rank"]),
            _names=result["soc_code"].map(matches["soc_code"].value_counts()),
        )
    # Of equally good ones comes first what has most such names: many human resources specialists are called HR something.
    order = {"_rank": True, "_names": False, "tot_emp": False, "soc_code": True}
    return result.sort_values(list(order), ascending=list(order.values()), ignore_index=True).drop(columns=["_rank", "_names"])


def _ranked(names: pd.DataFrame, query: str) -> pd.DataFrame | None:
    """Return the names that match with their ``rank``, the best the lowest; None where nothing is asked for."""
    if not query.strip():
        return None
    code = _CODE.fullmatch(unicodedata.normalize("NFKC", query).strip())
    if code is not None:
        start = f"{code[1]}-{code[2]}"
        return names[names["code"].str.startswith(start)].assign(rank=0, guess=False)
    words = _words(query)[:_MOST_WORDS]
    scores = [_likeness(words, _words(name)) for name in names["name"]]
    most = max((number for number, _ in scores), default=0)
    matches = [bool(number) and number == most for number, _ in scores]
    # A whole word or its start fits better than a word that is spelt alike or lies inside another.
    sure = [number == len(words) and likeness >= _WHOLE * number - 1 for number, likeness in scores]
    # A publisher's own title comes before another one that fits as well; between guesses a letter more or less says nothing.
    steps = [1.0 if certain else _GUESS * max(len(words), 1) for certain in sure]
    ranks = [
        _OTHER * (other and certain) - step * round(likeness / step)
        for (_, likeness), other, certain, step in zip(scores, names["other"], sure, steps, strict=True)
    ]
    return names.assign(rank=ranks, guess=[not certain for certain in sure])[matches]


def _words(text: str) -> list[str]:
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return utils.default_process(letters).split()


def _likeness(query: list[str], name: list[str]) -> tuple[int, float]:
    """Return how many words of a query a name has, and how well they fit: each by the best word of the name, 0-100."""
    fits = [max((_fit(word, other) for other in name), default=0.0) for word in query]
    # A name of these words alone comes before one that has others too.
    return sum(fit > 0 for fit in fits), sum(fits) - (len(name) > len(query))


def _fit(word: str, other: str) -> float:
    if other.startswith(word):
        return 100.0 if len(other) - len(word) <= 1 else _WHOLE
    return fuzz.ratio(word, other, score_cutoff=_CLOSE) or (90.0 if len(word) >= _PART_LETTERS and word in other else 0.0)
