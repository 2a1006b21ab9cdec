"""HTML of an explained score: figures in their places, and text that stays text."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from jobimpact.screen.explained import nearest_html, scale_html, score_tiles, words_html

SCORE = {"beta": 0.3, "beta_low": 0.0, "beta_high": 0.5, "automation": 0.5, "p_e0": 0.65, "p_e1": 0.25, "p_e2": 0.1}
HOSTILE = "<img src=x onerror=alert(1)> & \"quoted\" 'text' 😀"


class Reader(HTMLParser):
    """Collects elements, their attributes and the text between them."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.said = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said.append(data)


def effects(text, values):
    rows = []
    for place, (word, value) in enumerate(zip(re.finditer(r"\S+", text), values, strict=True), 1):
        rows.append((1, place, 1, word[0], word.start(), word.end(), value, value, 0.0))
    names = ["row", "position", "n_words", "words", "start", "end", "effect", "effect_masked", "share"]
    return pd.DataFrame(rows, columns=names)


def neighbours(**cells):
    row = {
        "row": 1, "rank": 1, "reference": "starter", "onetsoc_code": "11-1011.00", "title": "Chiefs", "task": "Lead",
        "human": "E1", "gpt4": None, "gpt4_alt": None, "beta": 0.42, "similarity": 0.8, "n_same_text": 1,
    }  # fmt: skip
    return pd.DataFrame([row | cells])


def only_known_elements(page):
    found = {tag for tag, _ in Reader(page).elements}
    assert found <= {"style", "div", "span", "small", "i", "em", "b", "p"}, found
    assert not any(name.startswith("on") for _, attributes in Reader(page).elements for name in attributes)


def test_scale_places_score_interval_and_chances():
    page = scale_html(SCORE)
    only_known_elements(page)
    assert 'class="ji-mark" style="left:30.0%"' in page
    assert 'class="ji-range" style="left:-1.0%;width:52.0%"' in page
    widths = [float(width) for width in re.findall(r'<div style="width:([\d.]+)%;', page)]
    assert widths == [65, 10, 25]  # E0, E2, E1: from the least exposed to the most
    assert "E1 exposed: 25 %" in page
    assert "25%</span>" in scale_html(SCORE, "zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tiles_have_the_three_figures(language):
    tiles = score_tiles(SCORE, language)
    assert [tile.value for tile in tiles] == ["0.30", {"en": "E0 or E2", "zh": "E0或E2"}[language], "0.50"]
    assert all(tile.label and tile.note for tile in tiles)
    unknown = score_tiles(SCORE | {"beta": None, "automation": float("nan")}, language)
    assert [tile.value for tile in unknown][::2] == [{"en": "n/a", "zh": "无数据"}[language]] * 2


def test_words_are_marked_by_size_and_direction():
    text = "Write the long report"
    page = words_html(text, effects(text, [0.4, 0.01, -0.1, float("nan")]))
    marked = {attributes["title"]: attributes for tag, attributes in Reader(page).elements if "title" in attributes}
    assert list(marked) == ["+0.40 raises the score", "−0.10 lowers the score"]
    strong, weak = (float(re.search(r"([\d.]+)\)$", attributes["style"])[1]) for attributes in marked.values())
    assert strong == pytest.approx(4 * weak)
    assert "".join(Reader(page).said[1:]).startswith("Write+0.40 the long−0.10 report")


def test_text_stays_text():
    for page in (
        words_html(HOSTILE, effects(HOSTILE, [0.2, -0.2, 0.2, 0.1, 0.1, 0.1, 0.1])),
        words_html(HOSTILE, effects(HOSTILE, [0.0] * 7)),
        nearest_html(neighbours(task=HOSTILE, title=HOSTILE, n_same_text=3)),
    ):
        only_known_elements(page)
        said = re.sub(r"[+−]\d\.\d\d", "", "".join(Reader(page).said))
        assert HOSTILE in said


def test_nearest_shows_labels_that_are_there():
    page = nearest_html(neighbours())
    assert "human E1" in page
    assert "GPT-4" not in page
    assert "<b>0.42</b><small>exposure</small>" in page
    assert "similarity 0.80" in page
    assert 'style="width:42%"' in page
    assert "3 occupations" in nearest_html(neighbours(n_same_text=3))
