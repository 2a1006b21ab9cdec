"""The map of states as tiles: every state the same size, no outlines to fetch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jobimpact.facts.states import read_states
from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.figures.style import colour, escape, finish, note, read_style
from jobimpact.reporting.words.wording import format_cell, threshold

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_TILE, _GAP, _LEGEND = 58, 4, 260  # pixels
_CUT = 0.005  # half of the last printed digit


def plot_states(areas: pd.DataFrame, *, source: str) -> go.Figure:
    """Plot exposure by state on a grid of tiles; the shade is the class, the figure in the tile the value.

    A state without a row or without exposure is an empty tile.

    Examples
    --------
    >>> import pandas as pd
    >>> areas = pd.DataFrame({"area": ["06", "48"], "exposure_beta": [0.41, 0.36], "tot_emp": [18e6, 13e6]})
    >>> areas = areas.assign(matched_share=0.9, share_workers_50=[0.3, 0.2])
    >>> [tiles.name for tiles in plot_states(areas, source="Source: jobimpact").data]
    ['0.41', '0.36', 'no covered jobs']
    """
    import plotly.graph_objects as go

    tiles = _tiles(areas)
    tiles["class"] = shade_classes(tiles["exposure_beta"])
    figure = go.Figure()
    number = int(tiles["class"].max()) + 1
    # The legend lists traces in their order: the most exposed states stand first.
    for shade in reversed(range(number)):
        members = tiles[tiles["class"] == shade]
        values = dict.fromkeys(
            format_cell(value, "0-1") for value in (members["exposure_beta"].min(), members["exposure_beta"].max())
        )
        _add_tiles(figure, members, " to ".join(values), *_shade(shade, number))
    empty = tiles[tiles["exposure_beta"].isna()]
    if len(empty):
        _add_tiles(figure, empty, "no covered jobs", colour("missing"), colour("quiet"))
    columns, rows = int(tiles["column"].max()) + 1, int(tiles["row"].max()) + 1
    width, tall = columns * (_TILE + _GAP), rows * (_TILE + _GAP)
    side = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "align": "left"}
    meaning = f"Exposure (beta), mean over jobs;<br>shades in steps of {format_cell(shade_step(tiles['exposure_beta']), '0-1')}"
    notes = [
        note(meaning, 1, 1, small=True, xshift=24, yshift=-36, **side),
        note("GU, PR, VI: territories", 1, 0, small=True, xshift=24, **side),
    ]
    left = read_style()["style"]["width"] - width - _LEGEND
    return finish(
        figure,
        title="Exposure by state",
        source=source,
        height=tall + 60,
        margin=(left, _LEGEND, 44, 16),
        x={"range": [-0.5, columns - 0.5], "visible": False},
        y={"range": [rows - 0.5, -0.5], "visible": False},
        notes=notes,
        legend={"x": 1.03, "y": 1 - 50 / tall, "xanchor": "left", "yanchor": "top"},
    )


def shade_step(values: pd.Series, most: int = 5) -> float:
    """Return the width of a class: what counts as about equal, or so many times that, that `most` classes hold all values."""
    least, span = threshold("about_equal"), float(values.max() - values.min())
    return least * max(math.ceil(span / (least * (most - 1))), 1) if span == span else least  # noqa: PLR0124


def shade_classes(values: pd.Series, most: int = 5) -> pd.Series:
    """Return the class of every value, 0 the lowest, -1 where missing: equal steps, see :func:`shade_step`.

    Quantiles would paint differences that the project calls about equal. Classes are cut between values as printed, so that
    two tiles with the same figure have the same shade.
    """
    figures = values.round(2)  # as format_value rounds
    step = shade_step(figures, most)
    classes = ((figures + _CUT) // step).astype("float64")
    ranks = {value: rank for rank, value in enumerate(sorted(classes.dropna().unique()))}
    return classes.map(ranks).fillna(-1).astype(int)


def _shade(shade: int, number: int) -> tuple[str, str]:
    """Return fill and ink of a class; fewer classes use the shades furthest apart."""
    shades = read_style()["sequential"]
    last = len(shades["colours"]) - 1
    index = round(shade * last / (number - 1)) if number > 1 else last // 2
    return shades["colours"][index], shades["ink_on"][index]


def _tiles(areas: pd.DataFrame) -> pd.DataFrame:
    columns = ["area", "exposure_beta", "tot_emp", "matched_share", "share_workers_50"]
    tiles = read_states().merge(areas[columns], left_on="fips", right_on="area", how="left", validate="one_to_one")
    return tiles.astype(dict.fromkeys(columns[1:], "float64"))


def _add_tiles(figure: go.Figure, tiles: pd.DataFrame, name: str, fill: str, ink: str) -> None:
    figure.add_scatter(
        x=tiles["column"].tolist(),
        y=tiles["row"].tolist(),
        mode="markers+text",
        name=name,
        showlegend=True,
        marker={"symbol": "square", "size": _TILE, "color": fill, "opacity": 1, "line": {"width": 0.8, "color": colour("quiet")}},
        text=[_tile_text(row) for row in records(tiles)],
        textposition="middle center",
        textfont={"color": ink, "size": 13},
        hovertext=[_tile_hover(row) for row in records(tiles)],
        hoverinfo="text",
        cliponaxis=False,
    )


def _tile_text(row: dict[str, Any]) -> str:
    value = row["exposure_beta"]
    figure = "\N{EN DASH}" if math.isnan(value) else format_cell(value, "0-1")
    return f"<b>{row['state']}</b><br>{figure}"


def _tile_hover(row: dict[str, Any]) -> str:
    if math.isnan(row["exposure_beta"]):
        return f"<b>{escape(row['name'])}</b><br>no covered jobs"
    return (
        f"<b>{escape(row['name'])}</b><br>exposure {format_cell(row['exposure_beta'], '0-1')}<br>"
        f"{format_cell(row['share_workers_50'], 'share')} of covered jobs at 0.50 or more<br>"
        f"{format_cell(row['tot_emp'], 'jobs')} jobs, {format_cell(row['matched_share'], 'share')} covered"
    )
