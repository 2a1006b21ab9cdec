"""The sources of a report as BibTeX: one entry each, with the software and the model that made it."""

from __future__ import annotations

import re
import unicodedata
import urllib.parse
from typing import TYPE_CHECKING

from jobimpact.reporting.formats.citations import Reference, parse_citation
from jobimpact.reporting.formats.latex.text import escape_latex
from jobimpact.reporting.words.wording import format_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobimpact.reporting.compose.document import Document, SourceNote

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
    entries += _own_entries(document)
    return "\n".join(entries)


def source_keys(document: Document) -> list[str]:
    """Return the key of each source, in their order: letters, digits, hyphens; no two alike, whatever their case."""
    keys: list[str] = []
    taken = {_SOFTWARE, _MODEL}
    for source in document.sources:
        ascii_key = unicodedata.normalize("NFKD", source.key).encode("ascii", "ignore").decode()
        base = _KEY.sub("-", ascii_key).strip("-.:") or "source"
        key, count = base, 1
        while key.lower() in taken:
            count += 1
            key = f"{base}-{count}"
        taken.add(key.lower())
        keys.append(key)
    return keys


def _source_entry(source: SourceNote, key: str) -> str:
    found = _trusted(parse_citation(source.citation), source)
    year = found.year or _release_year(source)
    rest = ". ".join(part.rstrip(".") for part in found.rest)
    note = [rest] if rest else []
    said = f"{found.title} {rest} {year}"
    told = any(release in said for release in (source.release, format_release(source.release)))
    note += [] if told else [f"Release {source.release}"]
    note += [f"Licence: {source.licence}"] if source.licence and source.licence not in rest else []
    authors = _authors(found) or _braced(source.publisher)
    fields = {
        "author": authors,
        "key": "" if authors else key,  # what an entry without an author is sorted by
        "title": f"{{{escape_latex(found.title or source.title)}}}",
        "journal": escape_latex(found.journal),
        "booktitle": escape_latex(found.booktitle),
        "institution": escape_latex(found.institution) if found.series else "",
        "type": escape_latex(found.series),
        "volume": found.volume,
        "number": escape_latex(found.number),
        "pages": found.pages.replace("-", "--"),
        "year": year or _UNDATED,
        "doi": _address(found.doi),
        "eprint": found.eprint,
        "archiveprefix": "arXiv" if found.eprint else "",
        "url": _url(source.url) or _url(found.url),
        "note": escape_latex(". ".join(note)),
        "annote": escape_latex(f"Used for: {source.use}") if source.use else "",
    }
    return _entry(_kind(found), key, fields)


def _kind(found: Reference) -> str:
    if found.journal:
        return "article"
    if found.booktitle:
        return "inproceedings"
    return "techreport" if found.series and found.institution else "misc"


def _trusted(found: Reference, source: SourceNote) -> Reference:
    """Return the citation taken apart, or whole where its first sentence is no author's name."""
    known = found.institution and source.publisher and (found.institution in source.publisher)
    if found.persons or found.dated or known:
        return found
    rest = (source.citation,) if source.citation else ()
    return Reference(doi=found.doi, eprint=found.eprint, url=found.url, rest=rest)


def _release_year(source: SourceNote) -> str:
    """Return the year of the release where the citation names it as a year of its own, not as the end of a span."""
    release = _DATE.fullmatch(source.release)
    year = release[1] if release else ""
    return year if year and re.search(rf"(?<![-\d]){year}(?![-\d])", source.citation) else ""


def _authors(found: Reference) -> str:
    names = [f"{_name(surname)}, {escape_latex(initials)}" for surname, initials in found.persons]
    return " and ".join([*names, "others"] if found.others else names) or _braced("" if found.series else found.institution)


def _name(surname: str) -> str:
    """Return a surname, in braces where BibTeX would take it for several names."""
    text = escape_latex(surname)
    return f"{{{text}}}" if re.search(r"\band\b|,", text) else text


def _braced(institution: str) -> str:
    return f"{{{escape_latex(institution)}}}" if institution else ""


def _url(address: str) -> str:
    """Return a web address as a field holds it; anything else, such as a script, is left out."""
    return _address(address) if re.match(r"https?://[^\s/]+", address, re.IGNORECASE) else ""


def _address(text: str) -> str:
    return urllib.parse.quote(text, safe=_SAFE)


def _own_entries(document: Document) -> Iterable[str]:
    """Yield entries of the software and of the trained model."""
    manifest = document.manifest
    version = str(manifest.get("packages", {}).get("jobimpact", ""))
    release = f"Version {version}" if version else ""
    title = "{jobimpact: labour-market impact analysis}"
    yield _entry(
        "misc", _SOFTWARE, {"author": _braced(_DEVELOPERS), "title": title, "year": _UNDATED, "note": escape_latex(release)}
    )
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
        fields = {"author": _braced(_DEVELOPERS), "title": f"{{{escape_latex(about)}}}", "year": _UNDATED}
        yield _entry("misc", _MODEL, fields | {"note": escape_latex(". ".join(hashes))})


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])
