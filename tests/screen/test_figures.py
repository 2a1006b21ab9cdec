import numpy as np

from jobimpact.reporting.figures.states import plot_states
from jobimpact.screen.browse import compare_rows, occupation_peers
from jobimpact.screen.figures import narrow_state_tiles, plot_comparison, plot_sectors_narrow


def texts(figure):
    return [note.text for note in figure.layout.annotations]


def test_comparison_marks_every_scored_row_and_names_the_others(study):
    comparison = compare_rows(occupation_peers(study.tables, "29-1141"))
    figure = plot_comparison(comparison)
    assert list(figure.data[-1].x) == comparison["exposure_beta"].tolist()
    comparison.loc[0, ["exposure_beta", "exposure_alpha", "exposure_gamma"]] = np.nan
    figure = plot_comparison(comparison)
    assert list(figure.data[-1].x) == comparison["exposure_beta"].tolist()[1:]
    assert any("not scored" in text for text in texts(figure))
    assert len(plot_comparison(comparison.head(1)).data[-1].x) == 0


def test_narrow_sectors_have_all_bars_and_no_fixed_width(study):
    figure = plot_sectors_narrow(study["sectors"], mean=0.3)
    assert figure.layout.width is None
    assert sorted(figure.data[0].x) == sorted(study["sectors"]["exposure_beta"])
    assert [shape.line.dash for shape in figure.layout.shapes] == ["solid", "dash"]  # the mean, and its edge
    assert len(plot_sectors_narrow(study["sectors"], mean=float("nan")).layout.shapes) == 0
    empty = plot_sectors_narrow(study["sectors"].assign(exposure_beta=np.nan))
    assert sum("not scored" in text for text in texts(empty)) == 20


def test_narrow_states_fit_a_telephone_and_leave_the_map_alone(study):
    wide = plot_states(study["areas"], source="BLS OEWS May 2025")
    before = wide.to_json()
    narrow = narrow_state_tiles(wide)
    assert narrow.layout.width <= 400
    assert sum(len(trace.text) for trace in narrow.data) == sum(len(trace.text) for trace in wide.data) == 54
    assert all("<br>" not in text for trace in narrow.data for text in trace.text)
    assert wide.to_json() == before
