"""BibTeX: read back by another program, and nothing of a name becomes BibTeX or LaTeX."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.facts.registry import read_registry
from jobimpact.reporting.compose.document import SourceNote
from jobimpact.reporting.formats.bibtex import render_bibtex, source_keys
from jobimpact.reporting.formats.layout import plain
from jobimpact.reporting.formats.write import write_report

bibtexparser = pytest.importorskip("bibtexparser", reason="bibtexparser is not installed")


def read(text):
    """Return the entries as another program reads them."""
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    return {
        entry.key: {"type": entry.entry_type, **{field.key: field.value for field in entry.fields}} for entry in library.entries
    }


def published_notes():
    return tuple(
        SourceNote(
            name, "Task texts", source.title, source.publisher, source.release, source.licence, source.citation, source.homepage
        )
        for name, source in read_registry().items()
    )


def letters(source):
    """Return what LaTeX prints of a field, by the names of its commands, without blanks."""
    names = {"textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}", "textasciicircum": "^", "textasciitilde": "~"}
    names |= {"textquotedbl": '"', "textless": "<", "textgreater": ">", "textbar": "|", "textasciigrave": "`"}
    pieces = re.split(r"(\\text[a-z]+\{\}|\\[#%&_$])", source)
    shown = (names[piece[1:-2]] if piece.startswith("\\text") else piece[1:] if piece.startswith("\\") else
             piece.replace("{", "").replace("}", "").replace("~", "") for piece in pieces)  # fmt: skip
    return re.sub(r"\s", "", "".join(shown))


def test_every_source_of_the_project_is_an_entry(small_document):
    notes = published_notes()
    entries = read(render_bibtex(dataclasses.replace(small_document, sources=notes)))
    assert set(entries) == {note.key for note in notes} | {"jobimpact", "jobimpact-model"}
    for note in notes:
        entry = entries[note.key]
        assert re.fullmatch(r"\{.+\}", entry["title"])
        assert entry["author"] or entry["key"]
        assert entry.get("url", "") == note.url
        assert not re.search(r"\b(19|20)\d\d\b", entry["year"]) or entry["year"] in note.citation


def test_a_paper_is_an_article(small_document):
    entry = read(render_bibtex(dataclasses.replace(small_document, sources=published_notes())))["eloundou-labels"]
    assert entry["type"] == "article"
    assert entry["doi"] == "10.1126/science.adj0998"
    assert entry["author"] == "Eloundou, T. and Manning, S. and Mishkin, P. and Rock, D."
    assert "O*NET 27.2" in entry["note"]


def test_a_citation_of_another_version_is_cited_whole(small_document):
    note = dataclasses.replace(published_notes()[6], citation="Roe, J. (2019). Another text. Science 1, 2-3.")
    entry = read(render_bibtex(dataclasses.replace(small_document, sources=(note,))))["eloundou-labels"]
    assert (entry["type"], entry["author"]) == ("misc", f"{{{note.publisher}}}")
    assert "Another text" in entry["note"]
    assert "doi" not in entry


def test_hostile_words_stay_words(small_document, documents):
    notes = tuple(SourceNote(text, text, text, text, text, text, text, text) for text in documents.HOSTILE)
    text = render_bibtex(dataclasses.replace(small_document, sources=notes))
    entries = list(read(text).values())[: len(notes)]
    assert len(entries) == len(notes)
    for entry, hostile in zip(entries, documents.HOSTILE, strict=True):
        assert letters(entry["title"]) == re.sub(r"\s", "", plain(hostile))
        assert "url" not in entry  # an address within another text is none
    assert not re.search(r"(?<!\\)[#%&$_]", re.sub(r"url = .*", "", text))


@given(
    st.lists(st.text(max_size=40), min_size=1, max_size=6),
    st.text(alphabet='{}\\"@=,%#\n abc', max_size=60),
)  # fmt: skip
def test_any_source_is_read_back(small_document, names, text):
    notes = tuple(SourceNote(name, text, text, text, text, text, text, text) for name in names)
    document = dataclasses.replace(small_document, sources=notes)
    made = render_bibtex(document)
    assert made.count("{") == made.count("}")
    keys = source_keys(document)
    assert len({key.lower() for key in keys}) == len(keys)
    assert all(re.fullmatch(r"[A-Za-z0-9:.-]+", key) for key in keys)
    assert list(read(made))[: len(keys)] == keys


def test_an_address_that_is_none_of_the_web_is_left_out(small_document):
    entries = read(render_bibtex(small_document))
    assert "javascript" not in entries["tasks"].get("url", "")
    assert entries["oews"]["url"] == "https://www.bls.gov/oes/"


def test_software_and_model_are_entries(small_document):
    entries = read(render_bibtex(small_document))
    assert entries["jobimpact"]["note"] == "Version 0.1.0"
    assert "SHA-256 of the heads: 11" in entries["jobimpact-model"]["note"]


def test_the_file_is_written_whole(tmp_path, small_document):
    path = write_report(small_document, tmp_path / "new" / "references.bib", "bib")
    assert path.read_text(encoding="utf-8") == render_bibtex(small_document)
    with pytest.raises(InputError, match="cannot be written"):
        write_report(small_document, path / "below.bib", "bib")
