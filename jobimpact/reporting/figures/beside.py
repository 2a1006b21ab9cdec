"""One sector, state or occupation beside the country, as a plotly figure for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.figures.study import axis, column_notes, column_width, interval_column
from jobimpact.reporting.figures.style import colour, escape, finish, note, share_ticks
from jobimpact.reporting.words.wording import format_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import plotly.graph_objects as go

_ROW, _LABEL, _LEFT = 46, 42, 335  # height of a row and left margin in pixels, characters of its name per line
_RANGE, _DOT, _INTERVAL = 12, 14, 2  # widths in pixels
_UP = 15  # of a figure over its dot, in pixels
_Properties = dict[str, Any]


def plot_beside(rows: pd.DataFrame, *, source: str) -> go.Figure:
    """Plot exposure (beta) of a few rows, with its interval and the range from alpha (model alone) to gamma (all software built).

    Parameters
    ----------
    rows
        ``row_name exposure_alpha exposure_beta exposure_gamma estimate_low estimate_high``, the row that it is about first; a
        row without exposure has its name and no mark.
    source
        Source line, see :func:`jobimpact.reporting.figures.style.source_line`.
    """
    import plotly.graph_objects as go

    rows = rows.assign(place=range(len(rows)))
    scored = rows[rows["exposure_beta"].notna()]
    figure = go.Figure()
    for row in records(scored):
        figure.add_scatter(**_line(row, "exposure_alpha", "exposure_gamma", "light", _RANGE))
    for row in records(scored.dropna(subset=["estimate_low", "estimate_high"])):
        figure.add_scatter(**_line(row, "estimate_low", "estimate_high", "ink", _INTERVAL))
    inks = [colour("strong" if place == 0 else "bar") for place in scored["place"]]
    figure.add_scatter(
        x=scored["exposure_beta"].tolist(),
        y=scored["place"].tolist(),
        mode="markers",
        marker={"color": inks, "size": _DOT, "symbol": "circle"},
        hoverinfo="skip",
        showlegend=False,
    )
    marks = share_ticks(scored[["exposure_gamma", "estimate_high"]].max().dropna().tolist())
    columns = interval_column(rows)
    legend = _legend(with_interval=bool(columns))
    names = [escape(str(name), _LABEL, most=2) for name in rows["row_name"]]
    return finish(
        figure,
        title="Exposure beside the country",
        source=source,
        height=_ROW * len(rows) + 126,
        margin=(_LEFT, sum(map(column_width, columns)) + 24, 64, 56),
        x=axis((0, marks[-1]), marks, [f"{mark:.1f}" for mark in marks], legend) | {"showgrid": True},
        y=axis((len(rows) - 0.4, -0.6), list(range(len(rows))), names, "") | {"tickfont": {"size": 13}},
        notes=[*_values(scored), *column_notes(columns)],
    )


def _line(row: _Properties, low: str, high: str, ink: str, width: int) -> _Properties:
    drawn = {"mode": "lines", "line": {"color": colour(ink), "width": width}, "hoverinfo": "skip", "showlegend": False}
    return {"x": [row[low], row[high]], "y": [row["place"]] * 2, **drawn}


def _values(scored: pd.DataFrame) -> Iterator[_Properties]:
    for row in records(scored):
        text = f"<b>{format_cell(float(row['exposure_beta']), '0-1')}</b>"
        yield note(text, row["exposure_beta"], row["place"], xanchor="center", yshift=_UP, font={"size": 13})


def _legend(*, with_interval: bool) -> str:
    return f"Dot: beta. Pale bar: from alpha to gamma{'. Thin line: interval of beta' if with_interval else ''}"
