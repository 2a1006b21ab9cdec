"""How a source is cited: who, when, what, where, as fields of data/sources.toml, and printed as one text."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Citation:
    """The fields of a citation; empty where it has none. `str` prints it.

    Attributes
    ----------
    authors
        Each as ``Surname, I.``; the last is ``others`` where there are more. Empty where an institution is the author.
    institution
        Author that is no person, or who publishes a series of working papers.
    year, updated
        Of the first edition, and of the one that was used where that is another.
    title
        Of the paper, table or database.
    journal, volume, number, pages, booktitle, series
        Of a paper in a journal, in proceedings, or in a series of working papers.
    publisher
        With its town, where the publisher asks for it.
    doi, eprint, url
        Where it is; `eprint` is a number of arXiv.
    notes
        Sentences after these: the licence that must be named, what a copy lacks, a second work.

    Examples
    --------
    >>> paper = Citation(
    ...     ("Berg, J.", "Roe, A."), year="2024", title="Work", journal="Science", volume="384", pages="1-8", doi="10.1126/x"
    ... )
    >>> print(paper)
    Berg, J., and Roe, A. (2024). Work. Science 384, 1-8. doi:10.1126/x.
    """

    authors: tuple[str, ...] = ()
    institution: str = ""
    year: str = ""
    updated: str = ""
    title: str = ""
    journal: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    booktitle: str = ""
    series: str = ""
    publisher: str = ""
    doi: str = ""
    eprint: str = ""
    url: str = ""
    notes: str = ""

    def __str__(self) -> str:
        """Return the citation as publishers print it, in sentences."""
        doi = f"doi:{self.doi}" if self.doi else ""
        eprint = f"arXiv {self.eprint}" if self.eprint else ""
        source = (self._author(), self.title, self._venue(), self.publisher)
        sentences = (*source, doi, eprint, self.url, self.notes)
        return " ".join(text if text.endswith((".", "?")) else f"{text}." for text in sentences if text)

    def _author(self) -> str:
        *first, last = self.authors or (self.institution,)
        names = ", ".join([*first, "et al." if last == "others" else f"and {last}" if first else last])
        # A table or database has its date in its title, which is then not said twice.
        if not self.year or re.search(rf"\b{self.year}\b", self.title):
            return names
        return f"{names} ({self.year}{f', updated {self.updated}' if self.updated else ''})"

    def _venue(self) -> str:
        if self.journal:
            issue = f"{self.volume}({self.number})" if self.number else self.volume
            return f"{self.journal} {issue}, {self.pages}"
        if self.series:
            return f"{self.institution} {self.series} {self.number}"
        return f"{self.booktitle}, {self.pages}" if self.booktitle else ""
