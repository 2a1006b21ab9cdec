"""A citation as its publisher writes it, taken apart: who, when, what, where. What cannot be told apart stays whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# A full stop ends a sentence unless it stands after an initial.
_SENTENCE = re.compile(r"(?<!\b[A-Z])\.(?: (?=[^\s(])|$)")
_DATED = re.compile(r"^(?P<who>[^()]+?) \((?P<year>\d{4})\b(?P<remark>[^()]*)\)$")
_PERSON = re.compile(r"([^\s,][^,]*?), ((?:[A-Z]\.[ -]?)+?)(?=, (?:and )?|$| and )")
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_YEAR = re.compile(rf"\([^()]*?\b((?:19|20)\d{{2}})\b[^()]*\)|\b(?:{_MONTH}) ((?:19|20)\d{{2}})\b")
_PROCEEDINGS = re.compile(r"^(?P<booktitle>[A-Z].* (?:19|20)\d{2}), (?P<pages>\d+-\d+)$")
_PAPER = re.compile(r"^(?P<institution>.+?) (?P<series>(?:Working|Discussion) Paper) (?P<number>\S+)$")
_NEXT_WORK = re.compile(r"(?<= )\((?:19|20)\d{2}\)")
_JOURNAL = re.compile(r"^(?P<journal>[A-Z][^\d.?]*?) (?P<volume>\d+)(?:\((?P<number>[\d-]+)\))?, (?P<pages>\d+-\d+)$")
_PLACES = ("doi", "eprint", "url")
_DOI = re.compile(r"\bdoi:\s?(10\.\d{4,9}/[^\s;,]+)|\bhttps?://(?:dx\.)?doi\.org/(10\.\d{4,9}/[^\s;,]+)", re.IGNORECASE)
_ARXIV = re.compile(r"\barXiv[: ](\d{4}\.\d{4,5})", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>;,\"'{}|\\^`]+")


@dataclass(frozen=True)
class Reference:
    """The parts of a citation; empty where it does not say.

    Attributes
    ----------
    persons
        Surname and initials of each author; empty where an institution is the author.
    others
        Whether the citation ends its authors with "et al.".
    institution
        Author that is no person, or who publishes a series of working papers.
    year, title
        As they stand.
    dated
        Whether the year stands after the author, so that author and title are certain.
    journal, volume, number, pages, booktitle, series
        Of a paper in a journal, in proceedings, or in a series of working papers.
    doi, eprint, url
        The first of each that the citation names; `eprint` is a number of arXiv.
    rest
        What is in none of these, word for word.
    """

    persons: tuple[tuple[str, str], ...] = ()
    others: bool = False
    institution: str = ""
    year: str = ""
    title: str = ""
    dated: bool = False
    journal: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    booktitle: str = ""
    series: str = ""
    doi: str = ""
    eprint: str = ""
    url: str = ""
    rest: tuple[str, ...] = field(default=())


def parse_citation(citation: str) -> Reference:
    """Take a citation apart.

    Read are "Surname, I., and Surname, I. (year). Title. Journal volume(number), pages. doi:..." and "Institution. Title
    (year). https://...", the two forms of data/sources.toml. Only the first work that a citation names is taken apart.

    Examples
    --------
    >>> found = parse_citation("Berg, J., and Roe, A. (2024). Work. Science 384(6702), 1306-1308. doi:10.1126/science.adj0998.")
    >>> found.persons, found.year, found.title, found.journal, found.doi
    ((('Berg', 'J.'), ('Roe', 'A.')), '2024', 'Work', 'Science', '10.1126/science.adj0998')
    """
    sentences = [part.strip() for part in _SENTENCE.split(_bare(citation)) if part.strip()]
    links: dict[str, Any] = _links(_first_work(citation))
    if len(sentences) < 2:  # noqa: PLR2004 - who and what
        return Reference(rest=tuple(sentences), **links)
    dated = _DATED.match(sentences[0])
    who = dated["who"] if dated else sentences[0]
    persons, others = _persons(who)
    title, venue = _title_and_venue(sentences[1])
    after = [*venue, *sentences[2:]]
    place = _place(after[0]) if after else {}
    remark = [dated["remark"].strip(", ")] if dated else []
    rest = [part for part in [*remark, *(after[1:] if place else after)] if part]
    year = dated["year"] if dated else _year(sentences[1])
    return Reference(
        **({"institution": "" if persons else who} | place | links),
        persons=persons,
        others=others,
        year=year,
        title=title,
        dated=bool(dated),
        rest=tuple(part for part in rest if not _ARXIV.fullmatch(part)),
    )


def _first_work(citation: str) -> str:
    """Return the citation up to a second work, whose links are not those of the first."""
    years = [found.start() for found in _NEXT_WORK.finditer(citation)]
    first = _DATED.match(citation[: years[0]] + "(2000)") if years else None
    return citation[: years[1]] if first and len(years) > 1 else citation


def _place(sentence: str) -> dict[str, str]:
    """Return where a work appeared: journal, proceedings or series; empty where the sentence is none of these."""
    for pattern in (_PROCEEDINGS, _JOURNAL, _PAPER):
        found = pattern.match(sentence)
        if found:
            return {name: text or "" for name, text in found.groupdict().items()}
    return {}


def _bare(citation: str) -> str:
    """Return the citation without its first links, which are fields of their own."""
    text, own = " ".join(citation.split()), " ".join(_first_work(citation).split())
    for pattern in (_DOI, _URL):
        found = pattern.search(own)
        if found:
            text = text.replace(found[0].rstrip(".)"), "", 1)
    return re.sub(r"(?:(?<=^)|(?<= ))[.;,]\s*", "", text).strip()


def _links(citation: str) -> dict[str, str]:
    doi, eprint, url = (pattern.search(citation) for pattern in (_DOI, _ARXIV, _URL))
    found = (doi[1] or doi[2] if doi else "", eprint[1] if eprint else "", url[0] if url else "")
    return {name: text.rstrip(".)") for name, text in zip(_PLACES, found, strict=True)}


def _persons(who: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Return surnames and initials, and whether others follow; nobody where a part of `who` is not read so."""
    others = who.endswith(("et al.", "et al"))
    names = re.sub(r",? et al\.?$", "", who)
    found = _PERSON.findall(names)
    left = re.sub(r"[\s,]|\band\b", "", _PERSON.sub("", names))
    if left or not found:
        return (), False
    return tuple((surname.removeprefix("and ").strip(), initials.strip()) for surname, initials in found), others


def _title_and_venue(sentence: str) -> tuple[str, list[str]]:
    """Return the title, and the journal where the title ends with a question mark and so has no full stop before it."""
    title, mark, venue = sentence.partition("? ")
    return (f"{title}?", [venue]) if mark and _JOURNAL.match(venue) else (sentence, [])


def _year(title: str) -> str:
    found = _YEAR.search(title)
    return (found[1] or found[2]) if found else ""
