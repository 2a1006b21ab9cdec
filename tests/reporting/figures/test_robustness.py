import numpy as np
import pandas as pd
import pytest

from jobimpact.assumptions import assumption
from jobimpact.reporting.figures.robustness import plot_specification_curve

CHOICES = {"model": "labels", "measure": "beta", "task_weights": "core", "crosswalk": "equal", "worker_weights": "employment"}


@pytest.fixture
def universes():
    estimates = np.r_[np.linspace(0.6, -0.2, 9), np.nan]
    answers = ["yes"] * 6 + ["no"] * 3 + [None]
    table = pd.DataFrame({"universe": range(1, 11), "rater": ["<b>me", "you"] * 5, "estimate": estimates, "answer": answers})
    return table.assign(comparable=2 * table["estimate"], covered=0.9, statistic="mean", **CHOICES)


def test_every_evaluated_universe_is_there_once_in_order(universes):
    figure = plot_specification_curve(universes, title="A & B?", source="OEWS", reference={"universe": 3})
    holds, fails = figure.data[:2]
    assert sorted([*holds.x, *fails.x]) == list(range(9))
    assert sorted([*holds.y, *fails.y]) == sorted(universes["comparable"].dropna())
    assert list(fails.y) == sorted(fails.y)
    own = figure.data[-1]
    assert own.name == "this study"
    assert own.y == (universes.loc[2, "comparable"],)
    assert figure.layout.yaxis2.ticktext == ("&lt;b&gt;me", "you")  # rows of choices that vary, and no others
    assert any(note.text == "OEWS" for note in figure.layout.annotations)
    assert "9 universes" in figure.layout.xaxis.title.text


def test_without_a_claim_or_a_reference(universes):
    figure = plot_specification_curve(universes, title="?", source="", claim=None, reference={"universe": 10})
    assert len(figure.layout.shapes) == 0
    assert "this study" not in [trace.name for trace in figure.data]


def test_equal_estimates_have_an_axis(universes):
    figure = plot_specification_curve(universes.assign(comparable=0.3).head(9), title="?", source="", claim=0.3)
    low, high = figure.layout.yaxis.range
    assert low < 0.3 < high
    assert len(figure.layout.yaxis.tickvals) > 1


def test_too_many_universes_are_thinned_and_said_so(universes):
    most = assumption("robustness", "curve_points")
    many = pd.concat([universes.head(9)] * (most // 4), ignore_index=True)
    many = many.assign(universe=range(1, len(many) + 1))
    figure = plot_specification_curve(many, title="?", source="", reference={"universe": 77})
    shown = len(figure.data[0].x) + len(figure.data[1].x)
    assert most <= shown <= most + 1
    assert f"of {len(many):,} universes" in figure.layout.xaxis.title.text
    assert figure.data[-1].name == "this study"
