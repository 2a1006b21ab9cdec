"""Figures that only the dashboard shows."""

from __future__ import annotations

import math
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.figures.style import colour, escape, finish, note, share_ticks, short_name, upright
from jobimpact.reporting.words.wording import format_cell, format_value, threshold
from jobimpact.screen.browse import NOT_SCORED, order_by_exposure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LABEL, _TILE = 52, 30  # characters of a name, side of a state in pixels: what fits a screen of 400
_HALO = "rgba(255,255,255,0.85)"  # behind a name, so that a line does not cross its letters


def plot_comparison(comparison: pd.DataFrame) -> go.Figure:
    """Plot exposure (beta) of a few rows, each with the range from alpha (model alone) to gamma (all software built).

    The figure takes the width that it is given. Its source line belongs under it.

    Parameters
    ----------
    comparison
        See :func:`jobimpact.screen.browse.compare_rows`. A row without exposure has its name and no mark.
    """
    import plotly.graph_objects as go

    rows = comparison.assign(place=range(len(comparison)))
    scored = rows[rows["exposure_beta"].notna()]
    figure = go.Figure()
    for row in scored.to_dict(orient="records"):
        line = {"color": colour("light"), "width": 12}
        ends = [row["exposure_alpha"], row["exposure_gamma"]]
        figure.add_scatter(x=ends, y=[row["place"]] * 2, mode="lines", line=line, hoverinfo="skip")
    figure.add_scatter(
        x=scored["exposure_beta"].tolist(),
        y=scored["place"].tolist(),
        mode="markers",
        marker={"color": [colour("strong" if place == 0 else "bar") for place in scored["place"]], "size": 14},
        hovertext=[_hover(row) for row in scored.to_dict(orient="records")],
        hoverinfo="text",
    )
    marks = share_ticks([float(value) for value in scored["exposure_gamma"]])
    notes = [_name_note(str(row["name"]), row["exposure_beta"], row["place"], 16) for row in rows.to_dict(orient="records")]
    legend = "Dot: beta. Pale bar: from alpha to gamma"
    return _finish_narrow(figure, marks, len(rows), title="Exposure in comparison", legend=legend, notes=notes, row=48)


def plot_sectors_narrow(sectors: pd.DataFrame, *, mean: float | None = None) -> go.Figure:
    """Plot exposure by sector for a narrow screen: names above bars, as wide as there is room.

    Its source line belongs under it.

    Parameters
    ----------
    sectors
        Table ``sectors``.
    mean
        Exposure of all jobs, drawn as a line where given.
    """
    import plotly.graph_objects as go

    rows = order_by_exposure(sectors)
    rows = rows.assign(place=range(len(rows)))
    names = [short_name("sectors", str(key), title) for key, title in zip(rows["naics"], rows["naics_title"], strict=True)]
    low = threshold("low_coverage")
    colours = [colour("light" if share < low else "bar") for share in rows["matched_share"]]
    bars = {"orientation": "h", "width": 0.34, "marker": {"color": colours}, "hoverinfo": "skip"}
    figure = go.Figure(go.Bar(x=rows["exposure_beta"].fillna(0.0).tolist(), y=rows["place"].tolist(), **bars))
    known = mean is not None and not math.isnan(mean)
    lines = [upright(float(mean), colour("mean"))] if known and mean is not None else []
    cells = zip(names, rows["exposure_beta"], rows["place"], strict=True)
    notes = [_name_note(name, value, place, 15) for name, value, place in cells]
    title = "Exposure by sector (NAICS)"
    marks = share_ticks([float(value) for value in rows["exposure_beta"].dropna()])
    legend = f"Beta. Pale: under {format_value(low, 'percent', 0)} of jobs covered. Dashed: all jobs"
    return _finish_narrow(figure, marks, len(rows), title=title, legend=legend, notes=notes, lines=lines, row=38)


def plot_groups(groups: pd.DataFrame, *, title: str, mean: float | None = None) -> go.Figure:
    """Plot exposure of the groups of one type, each with its interval; the figure takes the width that it is given.

    Its source line belongs under it.

    Parameters
    ----------
    groups
        Rows of the table ``groups`` with ``estimate_low`` and ``estimate_high``, in the order in which they are drawn.
    title
        What the groups are made by.
    mean
        Exposure of all jobs, drawn as a line where given.
    """
    import plotly.graph_objects as go

    rows = groups.assign(place=range(len(groups)))
    bars = {"orientation": "h", "width": 0.34, "marker": {"color": colour("bar")}, "hoverinfo": "skip"}
    figure = go.Figure(go.Bar(x=rows["exposure_beta"].fillna(0.0).tolist(), y=rows["place"].tolist(), **bars))
    for row in rows.dropna(subset=["estimate_low", "estimate_high"]).to_dict(orient="records"):
        ends = [row["estimate_low"], row["estimate_high"]]
        line = {"color": colour("ink"), "width": 1.5}
        figure.add_scatter(x=ends, y=[row["place"]] * 2, mode="lines", line=line, hoverinfo="skip")
    known = mean is not None and not math.isnan(mean)
    lines = [upright(float(mean), colour("mean"))] if known and mean is not None else []
    cells = zip(rows["group_title"], rows["exposure_beta"], rows["place"], strict=True)
    notes = [_name_note(str(name), value, place, 15) for name, value, place in cells]
    reach = [float(value) for name in ("exposure_beta", "estimate_high") for value in rows[name].dropna()]
    legend = "Bar: beta. Thin line: its interval. Dashed: all jobs"
    return _finish_narrow(figure, share_ticks(reach), len(rows), title=title, legend=legend, notes=notes, lines=lines, row=40)


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


def _name_note(name: str, value: float, place: int, shift: int) -> dict[str, Any]:
    shown = NOT_SCORED if math.isnan(value) else format_cell(value, "0-1")
    text = f"{escape(shorten(name, _LABEL, placeholder=' …'))} <b>{shown}</b>"
    return note(text, 0, place, xanchor="left", yanchor="middle", yshift=shift, bgcolor=_HALO, font={"size": 12.5})


def _hover(row: Mapping[Any, Any]) -> str:
    figures = ", ".join(f"{name} {format_cell(float(row[f'exposure_{name}']), '0-1')}" for name in ("beta", "alpha", "gamma"))
    return f"<b>{escape(str(row['name']))}</b><br>{figures}"
