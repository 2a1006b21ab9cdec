"""A report as a reader has it: a file opened in a browser, offline, by mouse or keyboard, on any width."""

import runpy
from pathlib import Path

import pytest

from jobimpact.reporting.formats.write import write_report

pytestmark = pytest.mark.browser
DOCUMENTS = Path(__file__).resolve().parents[1] / "reporting" / "documents.py"


@pytest.fixture(scope="module", params=["en", "zh"])
def opened(request, browser, tmp_path_factory):
    """Return a browser that shows the small document."""
    document = runpy.run_path(str(DOCUMENTS))["make_document"](request.param)
    path = write_report(document, tmp_path_factory.mktemp("page") / "report.html", "html")
    browser.open(path.as_uri())
    browser.wait_for("document.readyState == 'complete' && document.querySelector('h1') != null")
    return browser


def test_it_loads_nothing_and_runs_nothing(opened):
    loaded = opened.evaluate("performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length")
    assert loaded == 0
    assert opened.evaluate("document.scripts.length") == 0


def test_a_click_on_a_figure_leads_to_its_cell(opened):
    opened.evaluate("document.querySelector('#summary a.claim').click()")
    row = opened.wait_for("document.querySelector('tr:target') && document.querySelector('tr:target').innerText")
    for word in ("0.31", "groups", "all|all", "exposure_beta", "0.312345", "OEWS", "Mean exposure (beta)"):
        assert word in row
    # The page glides there.
    opened.wait_for("(top => 0 <= top && top < 1000)(document.querySelector('tr:target').getBoundingClientRect().top)")
    colour = opened.evaluate("getComputedStyle(document.querySelector('tr:target')).backgroundColor")
    assert colour != "rgba(0, 0, 0, 0)"


def test_the_keyboard_reaches_every_figure_and_every_wide_table(opened):
    assert opened.evaluate("document.querySelectorAll('a')[0].getAttribute('href')") == "#content"
    assert opened.evaluate("[...document.querySelectorAll('.scroll')].every(part => part.tabIndex == 0)")
    assert opened.evaluate("[...document.querySelectorAll('a.claim')].every(link => link.tabIndex == 0 && link.href)")
    named = "document.getElementById(e.getAttribute('aria-labelledby')).innerText.trim() != ''"
    assert opened.evaluate(f"[...document.querySelectorAll('[aria-labelledby]')].every(e => {named})")


def test_a_narrow_window_does_not_scroll_sideways(opened):
    opened._command("Emulation.setDeviceMetricsOverride", width=420, height=900, deviceScaleFactor=1, mobile=False)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 420
