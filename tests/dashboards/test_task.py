"""The page that scores one task, with a planted model."""

import runpy
from pathlib import Path

import pytest

from jobimpact.exposure.explain import reasons

PLANTED = runpy.run_path(str(Path(__file__).resolve().parents[1] / "exposure" / "explain" / "test_reasons.py"))
HOSTILE = "if a < b > c & write $5 *notes* [x](javascript:alert) "


@pytest.fixture
def asked(monkeypatch):
    """Put the planted model in; return how often it was loaded, and for what."""
    found = []

    def load(**options):
        found.append(options)
        return PLANTED["planted_explainer"]()

    monkeypatch.setattr(reasons, "load_explainer", load)
    return found


def html(app):
    return " ".join(block.proto.body for block in app.get("html"))


def values(app):
    return {metric.label: metric.value for metric in app.metric}


def test_nothing_is_loaded_before_a_task_is_given(open_page, asked):
    app = open_page("task")
    assert not app.exception
    assert not app.error  # the page needs no study
    assert app.header[0].value == "Score a task"
    assert not app.metric
    assert not asked


def test_typed_task_is_scored_with_interval_words_and_neighbours(open_page, asked):
    app = open_page("task")
    app.text_area[0].set_value("please write a story")
    app.button[0].click().run()
    assert not app.exception
    assert values(app) == {"Exposure (beta)": "0.90", "Label set": "E2 or E1", "Automation grade": "0.50"}
    assert 'title="+0.60 raises the score">write' in html(app)
    assert "write short stories" in html(app)
    assert len(app.dataframe) == len(app.get("download_button")) == 2
    assert app.dataframe[0].value["similarity"].is_monotonic_decreasing
    assert asked == [{"reference": "starter", "language": "en"}]


def test_task_in_the_address_is_scored_and_its_text_stays_text(open_page, asked):
    app = open_page("task", task=HOSTILE)
    assert not app.exception
    assert app.text_area[0].value == HOSTILE
    assert "&lt; b" not in app.text_area[0].value
    assert "if a &lt; b &gt; c &amp;" in html(app)
    assert "a < b" not in html(app)


def test_example_is_one_click(open_page, asked):
    app = open_page("task")
    chosen = next(button for button in app.button if "bricks" in button.label)
    chosen.click().run()
    assert app.text_area[0].value == "Lay bricks in a straight course"
    assert values(app)["Exposure (beta)"] == "0.30"


def test_chinese_page_uses_the_chinese_model(open_page, asked):
    app = open_page("task", language="zh", task="请撰写报告")
    assert not app.exception
    assert app.header[0].value == "为一项任务评分"
    assert values(app)["暴露度（beta）"] == "0.90"
    assert asked == [{"reference": "starter", "language": "zh"}]


@pytest.mark.parametrize("task", ["", "   ", "\t"])
def test_empty_task_is_asked_for_again(open_page, asked, task):
    app = open_page("task")
    app.text_area[0].set_value(task)
    app.button[0].click().run()
    assert not app.exception
    assert not app.metric
    assert "Type a task first" in app.info[0].value


@pytest.mark.parametrize("task", ["7 8 9", "😀"])
def test_text_that_cannot_be_scored_is_one_line(open_page, asked, task):
    app = open_page("task", task=task)
    assert not app.exception
    assert not app.metric
    assert "none that can be scored" in app.error[0].value


def test_doubted_task_says_why(open_page, asked):
    app = open_page("task", task="write")
    assert "one word" in app.warning[0].value
    assert any("nothing is left to compare" in caption.value for caption in app.caption)


def test_unknown_language_in_the_address_is_english(open_page, asked):
    app = open_page("task", language="<b>", task="write ads")
    assert not app.exception
    assert app.header[0].value == "Score a task"


def test_every_text_in_a_row_is_scored_and_stays(open_page, asked):
    app = open_page("task")
    for text in ("Write letters", "Lay bricks", "Write bricks"):
        app.text_area[0].set_value(text)
        app.button[0].click().run()
        assert app.text_area[0].value == text
        assert in_url(app, "task") == text
        assert text.split()[-1] in html(app)
    app.text_area[0].set_value("word " * 500)
    app.button[0].click().run()
    assert "2,500 characters long" in app.info[0].value


def test_the_language_goes_back_and_forth(open_page, tiny_study):
    for page in ("task", "report"):
        app = open_page(page, tiny_study)
        for language in ("zh", "en", "zh", "en"):
            app.radio[0].set_value(language).run()
            assert app.radio[0].value == language
            assert in_url(app, "language") == language


def in_url(app, name):
    """Return a parameter of the URL; older Streamlit gives a list."""
    value = app.query_params[name]
    return value[0] if isinstance(value, list) else value
