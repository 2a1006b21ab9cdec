"""The figure of a sector, state or occupation beside the country shows the figures of its rows."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Figure, Request
from jobimpact.reporting.figures.study import plot_beside
from jobimpact.reporting.figures.svg import draw_svg

ROWS = pd.DataFrame(
    {
        "row_name": ["Finance & <Insurance>", "All occupations"],
        "exposure_alpha": [0.25, 0.13],
        "exposure_beta": [0.48, 0.26],
        "exposure_gamma": [0.72, 0.38],
        "estimate_low": [0.44, np.nan],
        "estimate_high": [0.70, np.nan],
    }
)


def texts(figure):
    return [note.text for note in figure.layout.annotations]


def test_marks_stand_at_their_figures():
    figure = plot_beside(ROWS, source="Source")
    dots = [trace for trace in figure.data if trace.mode == "markers"]
    lines = {tuple(trace.x) for trace in figure.data if trace.mode == "lines"}
    assert list(dots[0].x) == [0.48, 0.26]
    assert lines == {(0.25, 0.72), (0.13, 0.38), (0.44, 0.70)}
    assert {"<b>0.48</b>", "<b>0.26</b>", "0.44\N{EN DASH}0.70"} <= set(texts(figure))
    assert "Finance &amp; &lt;Insurance&gt;" in draw_svg(figure, label="beside")


def test_without_intervals_none_is_named():
    figure = plot_beside(ROWS.assign(estimate_low=np.nan, estimate_high=np.nan), source="Source")
    assert not [text for text in texts(figure) if "interval" in text]
    assert "interval" not in figure.layout.xaxis.title.text


def test_a_row_without_exposure_has_its_name_and_no_mark():
    rows = ROWS.copy()
    rows.loc[0, ["exposure_alpha", "exposure_beta", "exposure_gamma", "estimate_low", "estimate_high"]] = np.nan
    figure = plot_beside(rows, source="Source")
    assert len(figure.layout.yaxis.ticktext) == 2
    assert list(next(trace for trace in figure.data if trace.mode == "markers").x) == [0.26]


@pytest.mark.parametrize(("kind", "key", "shown"), [("sector", "52", 2), ("state", "CA", 2), ("occupation", "15-1252", 3)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_opens_with_the_figure_of_its_rows(study, kind, key, shown, language):
    document = compose(Request(study, kind, language, key))
    figures = [block for block in document.sections[0].blocks if isinstance(block, Figure)]
    assert len(figures) == 1
    dots = next(trace for trace in figures[0].figure.data if trace.mode == "markers")
    nation = study["groups"].query("group_type == 'all'")["exposure_beta"].iloc[0]
    assert len(dots.x) == shown
    assert dots.x[-1] == pytest.approx(nation)
    if language == "zh":
        assert "alpha\u5230gamma" in figures[0].figure.layout.xaxis.title.text
