"""The page that makes reports: the file is the one that the command writes, in both languages."""

import zipfile
from io import BytesIO

import pytest

from jobimpact.assumptions import read_assumptions
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.formats.html import render_html
from jobimpact.reporting.formats.write import WRITERS
from jobimpact.study import read_study


@pytest.fixture
def asked(monkeypatch, open_page, tiny_study):
    """Return a function that makes a report on the page; it returns the page and the file."""
    files = []

    def make(**parameters):
        import streamlit

        real = streamlit.download_button
        monkeypatch.setattr(streamlit, "download_button", lambda *given, **rest: (files.append(given), real(*given, **rest))[1])
        app = open_page("report", tiny_study, **parameters)
        assert not app.exception
        assert not files
        app = app.button[0].click().run()
        assert not app.exception
        return app, files[-1]

    return make


def test_web_page_is_the_report_of_the_command(asked, tiny_study):
    _, (label, file, name) = asked()
    assert name in label
    assert file.decode() == render_html(compose(Request(read_study(tiny_study))))


def test_a_chinese_sector_report_as_tables(asked, tiny_study, monkeypatch):
    monkeypatch.chdir(tiny_study.parent.parent)
    app, (label, file, name) = asked(type="sector", sector="62", language="zh", format="csv")
    assert name == "tiny-sector-62-zh-csv.zip"
    assert label == f"保存 {name}"
    assert "sectors.csv" in {entry.rpartition("/")[2] for entry in zipfile.ZipFile(BytesIO(file)).namelist()}
    # The command is one that runs where the dashboard was started.
    assert app.code[0].value == f"jobimpact report {tiny_study.parent.name}/tiny --naics 62 --format csv --language zh"


def test_words_are_there_in_both_languages_for_every_format():
    words = read_assumptions("pages")
    assert set(words) == {"en", "zh"}
    for phrases in words.values():
        assert list(phrases["formats"]) == list(WRITERS)
        assert set(phrases) == set(words["en"])
        assert set(phrases["types"]) == set(words["en"]["types"])
