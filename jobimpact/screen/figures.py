"""Figures that only the dashboard shows."""

from __future__ import annotations

import math
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.figures.style import colour, escape, finish, note, share_ticks, short_name, upright
from jobimpact.reporting.words.wording import format_cell, format_value, threshold
from jobimpact.screen.browse import NOT_SCORED, order_by_exposure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LABEL, _TILE = 52, 30  # characters of a name, side of a state in pixels: what fits a screen of 400
_HALO = "rgba(255,255,255,0.85)"  # behind a name, so that a line does not cross its letters


def plot_comparison(comparison: pd.DataFrame) -> go.Figure:
    """Plot exposure (beta) of a few rows, each with the range from alpha (model alone) to gamma (all software built).

    `comparison` is that of :func:`jobimpact.screen.browse.compare_rows`; a row without exposure has its name and no mark. Like
    all figures here it takes the width that it is given, and its source line belongs under it.
    """
    import plotly.graph_objects as go

    rows = comparison.assign(position=range(len(comparison)))
    marked = rows[rows["exposure_beta"].notna()]
    figure = go.Figure()
    for row in marked.to_dict(orient="records"):
        _add_line(
            figure, (row["exposure_alpha"], row["exposure_gamma"]), row["position"], {"color": colour("light"), "width": 12}
        )
    figure.add_scatter(
        x=marked["exposure_beta"].tolist(),
        y=marked["position"].tolist(),
        mode="markers",
        marker={"color": [colour("strong" if position == 0 else "bar") for position in marked["position"]], "size": 14},
        hovertext=[_hover(row) for row in marked.to_dict(orient="records")],
        hoverinfo="text",
    )
    marks = share_ticks([float(value) for value in marked["exposure_gamma"]])
    notes = _name_notes(rows["name"], rows["exposure_beta"], 16)
    legend = "Dot: beta. Pale bar: from alpha to gamma"
    return _finish_narrow(figure, marks, len(rows), title="Exposure in comparison", legend=legend, notes=notes, row=48)


def plot_sectors_narrow(sectors: pd.DataFrame, *, mean: float | None = None) -> go.Figure:
    """Plot exposure by sector (table ``sectors``) for a narrow screen: names above bars; `mean` of all jobs as a line."""
    rows = order_by_exposure(sectors)
    names = [short_name("sectors", str(key), title) for key, title in zip(rows["naics"], rows["naics_title"], strict=True)]
    low = threshold("low_coverage")
    colours = [colour("light" if share < low else "bar") for share in rows["matched_share"]]
    legend = f"Beta. Pale: under {format_value(low, 'percent', 0)} of jobs covered. Dashed: all jobs"
    return _plot_bars(rows, names, colours, mean, title="Exposure by sector (NAICS)", legend=legend, row=38)


def plot_groups(groups: pd.DataFrame, *, title: str, mean: float | None = None) -> go.Figure:
    """Plot exposure of the groups of one type, in their order and each with its interval; `mean` of all jobs as a line.

    `groups` are rows of the table ``groups`` with ``estimate_low`` and ``estimate_high``; `title` says what they are made by.
    """
    legend = "Bar: beta. Thin line: its interval. Dashed: all jobs"
    colours = [colour("bar")] * len(groups)
    names = groups["group_title"].astype(str).tolist()
    return _plot_bars(groups, names, colours, mean, title=title, legend=legend, row=40, interval=True)


def _plot_bars(
    rows: pd.DataFrame,
    names: Sequence[str],
    colours: Sequence[str],
    mean: float | None,
    *,
    title: str,
    legend: str,
    row: int,
    interval: bool = False,
) -> go.Figure:
    import plotly.graph_objects as go

    values, positions = rows["exposure_beta"], range(len(rows))
    bars = {"orientation": "h", "width": 0.34, "marker": {"color": list(colours)}, "hoverinfo": "skip"}
    figure = go.Figure(go.Bar(x=values.fillna(0.0).tolist(), y=list(positions), **bars))
    ends = values.dropna().tolist()
    if interval:
        for position, low, high in zip(positions, rows["estimate_low"], rows["estimate_high"], strict=True):
            if not math.isnan(low + high):
                _add_line(figure, (low, high), position, {"color": colour("ink"), "width": 1.5})
        ends += rows["estimate_high"].dropna().tolist()
    lines = [] if mean is None or math.isnan(mean) else [upright(float(mean), colour("mean"))]
    notes = _name_notes(names, values, 15)
    return _finish_narrow(figure, share_ticks(ends), len(rows), title=title, legend=legend, notes=notes, lines=lines, row=row)


def _add_line(figure: go.Figure, ends: tuple[float, float], position: int, line: Mapping[str, Any]) -> None:
    figure.add_scatter(x=list(ends), y=[position] * 2, mode="lines", line=line, hoverinfo="skip")


def narrow_state_tiles(figure: go.Figure) -> go.Figure:
    """Return the state map of :func:`jobimpact.reporting.figures.states.plot_states` small enough for a narrow screen.

    Tiles carry the code of the state alone. The source line belongs under it.
    """
    import plotly.graph_objects as go

    small = go.Figure(figure)
    small.update_traces(marker={"size": _TILE - 2}, textfont={"size": 10})
    for trace in small.data:
        trace.text = [text.partition("<br>")[0] for text in trace.text]
    columns, rows = (abs(axis.range[1] - axis.range[0]) for axis in (small.layout.xaxis, small.layout.yaxis))
    # The source line and the notes would run over the tiles.
    small.layout.annotations = ()
    small.update_layout(
        width=round(columns * _TILE),
        height=round(rows * _TILE) + 100,
        margin={"l": 0, "r": 0, "t": 36, "b": 64, "pad": 0},
        legend={"orientation": "h", "x": 0, "y": -0.02, "xanchor": "left", "yanchor": "top", "font": {"size": 12}},
    )
    return small


def _finish_narrow(
    figure: go.Figure,
    marks: Sequence[float],
    number: int,
    *,
    title: str,
    legend: str,
    notes: Sequence[dict[str, Any]],
    row: int,
    lines: Sequence[dict[str, Any]] = (),
) -> go.Figure:
    """Give the print style without a fixed width, without a source line, and with names inside the plotting area."""
    finish(
        figure,
        title=title,
        source="",
        height=row * number + 84,
        margin=(20, 24, 36, 28),
        x={
            "range": [0, marks[-1]],
            "tickvals": marks,
            "ticktext": [f"{mark:.1f}" for mark in marks],
            "title": {"text": legend, "font": {"size": 12}},
        },
        y={"range": [number - 0.5, -0.8], "visible": False},
        notes=notes,
        lines=[line | {"layer": "below"} for line in lines],
    )
    return figure.update_layout(width=None)


def _name_notes(names: Iterable[str], values: Iterable[float], shift: int) -> list[dict[str, Any]]:
    """Return the name and the value of each row, `shift` pixels above its mark."""
    notes = []
    for position, (name, value) in enumerate(zip(names, values, strict=True)):
        figure = NOT_SCORED if math.isnan(value) else format_cell(value, "0-1")
        text = f"{escape(shorten(str(name), _LABEL, placeholder=' …'))} <b>{figure}</b>"
        look: dict[str, Any] = {"xanchor": "left", "yanchor": "middle", "bgcolor": _HALO, "font": {"size": 12.5}}
        notes.append(note(text, 0, position, yshift=shift, **look))
    return notes


def _hover(row: Mapping[Any, Any]) -> str:
    figures = ", ".join(f"{name} {format_cell(float(row[f'exposure_{name}']), '0-1')}" for name in ("beta", "alpha", "gamma"))
    return f"<b>{escape(str(row['name']))}</b><br>{figures}"
