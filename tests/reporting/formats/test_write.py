import importlib
import inspect
from dataclasses import replace

import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.formats.branding import Brand
from jobimpact.reporting.formats.write import WRITERS, find_format, write_report


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_is_made_from_a_document_alone_or_written_to_a_path(name):
    known = WRITERS[name]
    function = getattr(importlib.import_module(f"jobimpact.reporting.formats.{known.module}"), known.function)
    takes = list(inspect.signature(function).parameters)
    given = ["document"] if known.rendered else ["document", "path"]
    assert takes[: len(given)] == given
    assert ("brand" in takes) == known.branded
    assert known.holds
    assert known.suffix.startswith(".")


def test_names_that_a_user_may_give():
    assert [find_format(name) for name in ("html", "PDF", "latex", "replication", "stata")] == [
        "html",
        "pdf",
        "tex",
        "pack",
        "dta",
    ]
    with pytest.raises(InputError, match="formats 'odt': this is no format of a report; expected one of html, pdf"):
        find_format("odt")


def test_a_brand_orders_sections_for_every_format(small_document, tmp_path, monkeypatch):
    import jobimpact.reporting.formats.bibtex as plain_writer

    seen = []

    def record(document):
        seen.append([section.identifier for section in document.sections])
        return "made"

    monkeypatch.setattr(plain_writer, "render_bibtex", record)
    assert write_report(small_document, tmp_path / "a.bib", "bib").read_text() == "made"
    write_report(small_document, tmp_path / "a.bib", "bib", Brand(first=("limits",)))
    assert seen == [["headlines", "summary", "sectors", "limits"], ["limits", "headlines", "summary", "sectors"]]


@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"pack"}))  # a pack composes its document anew: test_pack.py
def test_every_format_writes_the_small_document_twice_alike(documents, name, tmp_path):
    pytest.importorskip("typst", reason="typst is not installed")
    known = WRITERS[name]
    paths = [write_report(documents.make_document(), tmp_path / place / f"report{known.suffix}", name) for place in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].stat().st_size > 100
    assert {path.name.partition(".")[0].partition("-")[0] for path in (tmp_path / "a").iterdir()} == {"report"}


def test_a_document_of_nothing_is_written_all_the_same(small_document, tmp_path):
    empty = replace(small_document, sections=(), sources=(), claims=small_document.claims.iloc[:0])
    for name in ("html", "pdf"):
        assert write_report(empty, tmp_path / f"empty.{name}", name).stat().st_size > 1000
