import html
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.claims.intervals import with_interval
from jobimpact.reporting.figures.states import plot_states, shade_classes
from jobimpact.reporting.figures.study import plot_distribution, plot_major_groups, plot_sectors
from jobimpact.reporting.figures.style import escape, read_style, share_ticks, source_line, ticks
from jobimpact.reporting.figures.svg import draw_svg
from jobimpact.reporting.figures.wages import plot_wages

SVG = "{http://www.w3.org/2000/svg}"
SOURCE = 'Source: "ours" & <theirs>'


def figures(study):
    return {
        "sectors": plot_sectors(study["sectors"], source=SOURCE, mean=0.3),
        "majors": plot_major_groups(study["groups"], source=SOURCE),
        "distribution": plot_distribution(study["occupations"], source=SOURCE),
        "states": plot_states(study["areas"], source=SOURCE),
        "wages": plot_wages(study["occupations"], study["groups"], source=SOURCE),
    }


def drawn(figure):
    return ET.fromstring(draw_svg(figure, label="what it shows"))  # noqa: S314 - our own SVG


def texts(tree):
    return ["".join(text.itertext()) for text in tree.iter(f"{SVG}text")]


def titles(tree):
    return [title.text for title in tree.iter(f"{SVG}title")]


@pytest.fixture(scope="module")
def plotted(study):
    return figures(study)


def test_every_figure_states_its_source_and_its_title(plotted):
    for figure in plotted.values():
        assert html.unescape(figure.layout.annotations[-1].text) == SOURCE
        assert figure.layout.title.text.startswith("<b>Exposure") or "Workers" in figure.layout.title.text
        assert SOURCE in texts(drawn(figure))


def test_no_figure_needs_anything_from_elsewhere(plotted):
    for figure in plotted.values():
        assert {trace.type for trace in figure.data} <= {"bar", "scatter"}
        assert "geo" not in figure.to_json()
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", draw_svg(figure, label=""))


def test_figures_leave_their_tables_alone(study):
    before = {name: table.copy() for name, table in study.tables.items()}
    figures(study)
    for name, table in study.tables.items():
        pd.testing.assert_frame_equal(table, before[name])


def test_the_same_table_gives_the_same_svg(study, plotted):
    for name, figure in figures(study).items():
        assert draw_svg(figure, label="x") == draw_svg(plotted[name], label="x")


def test_sectors_show_exposure_jobs_and_coverage_the_highest_first(study, plotted):
    figure = plotted["sectors"]
    best = study["sectors"].sort_values("exposure_beta").iloc[-1]
    assert figure.data[0].x[0] == best["exposure_beta"]
    assert list(figure.data[0].x) == sorted(figure.data[0].x, reverse=True)
    assert f"{100 * best['matched_share']:.1f} % covered" in figure.data[0].hovertext[0]
    shown = texts(drawn(figure))
    assert f"{best['exposure_beta']:.2f}" in shown
    assert f"{best['tot_emp'] / 1e6:.1f}" in shown
    assert f"{100 * best['matched_share']:.0f} %" in shown
    assert len(titles(drawn(figure))) == 20


def test_bars_with_low_coverage_are_pale(study, changed):
    low = changed(study, "sectors", study["sectors"]["naics"] == "52", "matched_share", 0.2)
    row = [place for place, text in enumerate(plot_sectors(low["sectors"], source="").data[0].hovertext) if "Finance" in text]
    colours = plot_sectors(low["sectors"], source="").data[0].marker.color
    assert colours[row[0]] == read_style()["style"]["light"]


def test_bars_end_where_the_axis_says(plotted):
    figure = plotted["sectors"]
    margin = figure.layout.margin
    plot_width = figure.layout.width - margin.l - margin.r
    wide = [float(bar.get("width")) for bar in drawn(figure).iter(f"{SVG}rect")]
    expected = [plot_width * value / figure.layout.xaxis.range[1] for value in figure.data[0].x]
    assert wide == pytest.approx(expected, abs=0.01)


def test_distribution_adds_up_to_the_covered_jobs(study, plotted):
    figure = plotted["distribution"]
    covered = study["groups"].query("group_type == 'all'").iloc[0]
    assert sum(figure.data[0].y) == pytest.approx(covered["emp_matched"] / 1e6)
    assert any(f"{100 * covered['share_workers_50']:.1f} % of covered jobs" in text for text in texts(drawn(figure)))
    strong = [
        x for x, ink in zip(figure.data[0].x, figure.data[0].marker.color, strict=True) if ink == read_style()["style"]["strong"]
    ]
    assert min(strong) == pytest.approx(0.525)


def test_every_state_has_its_tile_and_figure(study, plotted):
    shown = texts(drawn(plotted["states"]))
    for row in study["areas"].to_dict(orient="records"):
        assert f"{row['state']}{row['exposure_beta']:.2f}" in shown
    places = [(x, y) for trace in plotted["states"].data for x, y in zip(trace.x, trace.y, strict=True)]
    assert len(places) == len(set(places)) == 54


def test_tiles_with_the_same_figure_have_the_same_shade():
    values = pd.Series([0.204, 0.196, 0.31, 0.32, 0.33, 0.34, np.nan])
    classes = shade_classes(values)
    assert classes[0] == classes[1] == 0
    assert classes.iloc[-1] == -1
    assert classes.iloc[:-1].is_monotonic_increasing
    assert shade_classes(pd.Series([np.nan])).tolist() == [-1]
    assert shade_classes(pd.Series([0.3, 0.3])).tolist() == [0, 0]


def test_wages_show_every_occupation_once_and_the_mean_of_every_fifth(study, plotted):
    known = study["occupations"].dropna(subset=["exposure_beta", "tot_emp", "a_median"])
    assert sum(len(trace.x) for trace in plotted["wages"].data if trace.mode == "markers") == len(known) > 200
    line = plotted["wages"].data[-1]
    means = study["groups"].query("group_type == 'wage_quintile'")["exposure_beta"]
    assert [value for value in line.y if value is not None] == [value for value in means for _ in range(2)]
    largest = known.loc[known["tot_emp"].idxmax()]
    assert any(largest["title"] in text and "jobs" in text for text in titles(drawn(plotted["wages"])))


def test_labels_of_the_wage_figure_do_not_overlap(plotted):
    figure = plotted["wages"]
    boxes = []
    for note in figure.layout.annotations[:-1]:
        if note.font.size != 11.5:
            continue
        x = 850 * (note.x - figure.layout.xaxis.range[0]) / (figure.layout.xaxis.range[1] - figure.layout.xaxis.range[0])
        y = 520 * (note.y - figure.layout.yaxis.range[0]) / (figure.layout.yaxis.range[1] - figure.layout.yaxis.range[0])
        wide = 6.1 * len(html.unescape(note.text))
        left = x + (note.xshift or 0) - {"left": 0, "center": wide / 2, "right": wide}[note.xanchor]
        low = y + (note.yshift or 0) - {"bottom": 0, "middle": 7.5, "top": 15}[note.yanchor]
        boxes.append((left, low, left + wide, low + 15))
    assert len(boxes) >= 8
    for place, one in enumerate(boxes):
        for other in boxes[:place]:
            apart = one[2] <= other[0] + 0.2 or other[2] <= one[0] + 0.2 or one[3] <= other[1] + 0.2 or other[3] <= one[1] + 0.2
            assert apart


def test_users_titles_are_text_in_every_figure(make_study, odd_statements):
    study = make_study(odd_statements, odd_statements["task"].map(lambda _: 0.6))
    odd = study["occupations"].assign(
        title=study["occupations"]["soc_code"].map(dict(zip(odd_statements["soc_code"], odd_statements["title"], strict=True)))
    )
    figure = plot_wages(odd.dropna(subset=["title"]), study["groups"], source=SOURCE)
    tree = drawn(figure)
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= {
        "svg",
        "g",
        "text",
        "tspan",
        "title",
        "line",
        "polyline",
        "polygon",
        "circle",
    }
    hovers = " ".join(titles(tree))
    for title in odd_statements["title"]:
        assert title in hovers


def test_figures_of_a_tiny_study(make_study, odd_statements):
    tiny = make_study(odd_statements.iloc[:1])
    for figure in figures(tiny).values():
        assert SOURCE in texts(drawn(figure))


def test_figures_of_empty_tables(study):
    empty = {name: table.iloc[:0] for name, table in study.tables.items()}
    for figure in figures(empty).values():
        assert SOURCE in texts(drawn(figure))
    states = drawn(figures(empty)["states"])
    assert "no covered jobs" in texts(states)


def test_sectors_without_exposure_say_so(study, changed):
    none = changed(study, "sectors", study["sectors"]["naics"].isin(["52", "11"]), "exposure_beta", float("nan"))
    figure = plot_sectors(none["sectors"], source=SOURCE)
    assert texts(drawn(figure)).count("no covered jobs") == 2
    assert list(figure.data[0].x[-2:]) == [0.0, 0.0]


def test_a_long_name_stays_beside_its_bar(study):
    named = study["sectors"].assign(naics=[f"x{place}" for place in range(len(study["sectors"]))], naics_title="Word " * 60)
    texts = plot_sectors(named, source="s").layout.yaxis.ticktext
    assert {text.count("<br>") for text in texts} == {1}
    assert all(text.endswith("Word \N{HORIZONTAL ELLIPSIS}") for text in texts)


def test_a_line_over_bars_has_an_edge(plotted):
    shapes = plotted["sectors"].layout.shapes
    edges, lines = shapes[: len(shapes) // 2], shapes[len(shapes) // 2 :]
    assert len(lines) > 0
    assert [(edge.x0, edge.line.color, edge.line.dash) for edge in edges] == [(line.x0, "#ffffff", "solid") for line in lines]
    assert all(edge.line.width > line.line.width for edge, line in zip(edges, lines, strict=True))


def test_the_source_line_names_release_and_tasks(manifest):
    line = source_line(manifest)
    assert "BLS OEWS May 2025" in line
    assert "Starter task statements 2026" in line
    assert "Eloundou" in line
    assert source_line({}).startswith("Source: jobimpact")


def test_svg_refuses_what_it_cannot_draw(plotted):
    with pytest.raises(InputError, match="no size"):
        draw_svg(go.Figure(), label="x")
    odd = go.Figure(plotted["sectors"])
    odd.add_trace(go.Pie(values=[1]))
    with pytest.raises(InputError, match="'pie' cannot be drawn"):
        draw_svg(odd, label="x")
    for trace, expected in (
        ({"marker": {"symbol": "x-thin-open", "size": 9}}, "a marker of the shape 'x-thin-open' cannot be drawn"),
        ({"yaxis": "y2"}, "a trace on the axis y2 cannot be drawn"),
    ):
        odd = go.Figure(plotted["sectors"])
        odd.add_scatter(x=[0.1], y=[1], mode="markers", **trace)
        with pytest.raises(InputError, match=expected):
            draw_svg(odd, label="x")
    odd = go.Figure(plotted["sectors"])
    odd.add_shape(type="circle", x0=0, x1=1, y0=0, y1=1)
    with pytest.raises(InputError, match="'circle' cannot be drawn"):
        draw_svg(odd, label="x")


def test_ticks_are_round_and_reach_the_top():
    assert ticks(16.2) == [0, 5, 10, 15, 20]
    assert ticks(0.0) == [0.0, 1.0]
    for top in np.geomspace(0.003, 4e5, 60):
        marks = ticks(float(top))
        assert marks[-1] >= top * (1 - 1e-9)
        assert 2 <= len(marks) <= 7
    assert share_ticks([0.46])[-1] == 0.5
    assert share_ticks([0.99])[-1] == 1.0
    assert share_ticks([])[-1] == 0.2


def test_escape_breaks_lines_and_keeps_signs():
    assert escape("A & B <c>") == "A &amp; B &lt;c&gt;"
    assert escape("one two three", 8) == "one two<br>three"


def test_bars_state_the_intervals_of_their_sectors(study):
    """The column beside a bar has the ends that the variance ledger has; a study without ledger has no such column."""
    ends = {"estimate_low": study["sectors"]["exposure_beta"] - 0.05, "estimate_high": study["sectors"]["exposure_beta"] + 0.05}
    keys = {"table_name": "sectors", "row_key": study["sectors"]["naics"], "column_name": "exposure_beta", "cause": "total"}
    ledger = pd.DataFrame({**keys, "point_estimate": study["sectors"]["exposure_beta"], **ends})
    shown = with_interval({**study.tables, "variance_ledger": ledger}, "sectors", study["sectors"])
    texts = [note.text for note in plot_sectors(shown, source="").layout.annotations]
    assert texts.count("95 % interval") == 1
    for low, high in zip(shown["estimate_low"], shown["estimate_high"], strict=True):
        assert f"{low:.2f}\N{EN DASH}{high:.2f}" in texts
    plain = [note.text for note in plot_sectors(study["sectors"], source="").layout.annotations]
    assert not [text for text in plain if "interval" in text or "\N{EN DASH}" in text]
