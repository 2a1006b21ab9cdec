"""The sources of a report as BibTeX: one entry each, with the software and the model that made it."""

import re
import unicodedata
import urllib.parse
from collections.abc import Iterator, Mapping
from functools import cache

from jobimpact.facts.citations import Citation
from jobimpact.facts.registry import read_registry
from jobimpact.reporting.compose.document import Document, SourceNote
from jobimpact.reporting.formats.latex.text import escape_latex
from jobimpact.reporting.formats.layout import free_name
from jobimpact.reporting.words.wording import format_release

_KEY = re.compile(r"[^A-Za-z0-9:.-]+")
_SAFE = "/:?&=#%+,;@!$()*'-._~"  # signs of an address that stay; all others are written as their code
_DATE = re.compile(r"(\d{4})(?:-(?:0[1-9]|1[0-2]))?")
_SOFTWARE, _MODEL = "jobimpact", "jobimpact-model"
_UNDATED = "undated"
_DEVELOPERS = "The jobimpact developers"


def render_bibtex(document: Document) -> str:
    """Return the sources of `document` as BibTeX, and entries of the software and of the model where the study names them."""
    keys = source_keys(document)
    entries = [_source_entry(source, key) for source, key in zip(document.sources, keys, strict=True)]
    return "\n".join([*entries, *_project_entries(document)])


def source_keys(document: Document) -> list[str]:
    """Return the key of each source, in their order: letters, digits, hyphens; no two alike, whatever their case."""
    keys: list[str] = []
    # BibTeX takes no notice of case, and the project's own entries come last in any file.
    others = {_SOFTWARE, _MODEL}
    for source in document.sources:
        ascii_key = unicodedata.normalize("NFKD", source.key).encode("ascii", "ignore").decode()
        keys.append(free_name(_KEY.sub("-", ascii_key).strip("-.:") or "source", others, "-{}"))
    return keys


@cache
def _citations() -> dict[str, Citation]:
    """Return the fields of every citation in the registry, by the text that is printed of it."""
    return {source.citation: source.reference for source in read_registry().values()}


def _source_entry(source: SourceNote, key: str) -> str:
    # A study of another version may bring a text of its own: that is cited whole, never guessed at.
    citation = _citations().get(source.citation) or Citation(notes=source.citation)
    year = citation.year or _release_year(source)
    updated = f"updated {citation.updated}" if citation.updated else ""
    rest = ". ".join(text.rstrip(".") for text in (updated, citation.publisher, citation.notes) if text)
    note = [rest] if rest else []
    release_is_said = any(text in f"{citation.title} {rest} {year}" for text in (source.release, format_release(source.release)))
    note += [] if release_is_said else [f"Release {source.release}"]
    note += [f"Licence: {source.licence}"] if source.licence and source.licence not in rest else []
    institution = "" if citation.series else citation.institution
    authors = " and ".join(map(_person, citation.authors)) or _braced(institution) or _braced(source.publisher)
    fields = {
        "author": authors,
        "key": "" if authors else key,  # what an entry without an author is sorted by
        "title": _braced(citation.title or source.title),
        "journal": escape_latex(citation.journal),
        "booktitle": escape_latex(citation.booktitle),
        "institution": escape_latex(citation.institution) if citation.series else "",
        "type": escape_latex(citation.series),
        "volume": citation.volume,
        "number": escape_latex(citation.number),
        "pages": citation.pages.replace("-", "--"),
        "year": year or _UNDATED,
        "doi": _address(citation.doi),
        "eprint": citation.eprint,
        "archiveprefix": "arXiv" if citation.eprint else "",
        "url": _url(source.url) or _url(citation.url),
        "note": escape_latex(". ".join(note)),
        "annote": escape_latex(f"Used for: {source.use}") if source.use else "",
    }
    kinds = {"journal": "article", "booktitle": "inproceedings", "type": "techreport"}
    return _entry(next((kind for field, kind in kinds.items() if fields[field]), "misc"), key, fields)


def _release_year(source: SourceNote) -> str:
    """Return the year of the release where the citation names it as a year of its own, not as the end of a span."""
    release = _DATE.fullmatch(source.release)
    year = release[1] if release else ""
    return year if year and re.search(rf"(?<![-\d]){year}(?![-\d])", source.citation) else ""


def _person(author: str) -> str:
    """Return an author; a surname is in braces where BibTeX would take it for several names."""
    surname, comma, initials = escape_latex(author).partition(", ")
    surname = f"{{{surname}}}" if re.search(r"\band\b", surname) else surname
    return f"{surname}{comma}{initials}"


def _braced(text: str) -> str:
    """Return a text whose capitals and words BibTeX leaves as they are."""
    return f"{{{escape_latex(text)}}}" if text else ""


def _url(address: str) -> str:
    """Return a web address as a field holds it; anything else, such as a script, is left out."""
    return _address(address) if re.match(r"https?://[^\s/]+", address, re.IGNORECASE) else ""


def _address(text: str) -> str:
    return urllib.parse.quote(text, safe=_SAFE)


def _project_entries(document: Document) -> Iterator[str]:
    """Yield entries of the software and of the trained model."""
    manifest = document.manifest
    version = str(manifest.get("packages", {}).get("jobimpact", ""))
    common = {"author": _braced(_DEVELOPERS), "title": "", "year": _UNDATED}
    title = "{jobimpact: labour-market impact analysis}"
    yield _entry("misc", _SOFTWARE, common | {"title": title, "note": f"Version {escape_latex(version)}" if version else ""})
    model: Mapping[str, object] = manifest.get("model", {})
    encoder = str(model.get("encoder") or "")
    rater = str(manifest.get("parameters", {}).get("rater") or "")
    hashes = [
        f"SHA-256 of the {part}: {model[name]}"
        for name, part in (("heads_sha256", "heads"), ("adapter_sha256", "adapter"), ("weights_sha256", "encoder"))
        if model.get(name)
    ]
    if hashes:
        about = f"Exposure model of jobimpact{f', rater {rater}' if rater else ''}{f', on {encoder}' if encoder else ''}"
        yield _entry("misc", _MODEL, common | {"title": _braced(about), "note": escape_latex(". ".join(hashes))})


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])
