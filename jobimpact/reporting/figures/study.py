"""Figures of a study as plotly figures: sectors, groups, the distribution, one row beside the country; table in, figure out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.estimates.means.levels import with_probabilities
from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.figures.style import axis_of, colour, escape, finish, note, share_ticks, short_name, ticks, upright
from jobimpact.reporting.words.wording import format_cell, format_value, threshold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_ROW, _LABEL = 25, 50  # height of a bar's row in pixels, characters of its label per line
_HOVER = (("beta", "exposure_beta"), ("direct (alpha)", "exposure_alpha"), ("all software built (gamma)", "exposure_gamma"))
# Width in pixels of each column beside the bars.
_WIDTHS = {"interval": 92, "Jobs, millions": 86, "Covered": 64}
_BINS = 20
_LEFT = 335  # margin for the names of rows, in pixels
_BESIDE_ROW, _JUDGE_ROW, _BESIDE_LABEL = 46, 32, 42  # the same of a row beside the country, of a judge
_RANGE, _DOT, _INTERVAL = 12, 14, 2  # widths in pixels
_UP = 15  # of a figure over its dot, in pixels
_Properties = dict[str, Any]
_SILENT: _Properties = {"hoverinfo": "skip", "showlegend": False}


def plot_sectors(sectors: pd.DataFrame, *, source: str, mean: float | None = None) -> go.Figure:
    """Plot exposure by NAICS sector, with the jobs of each and the share of them that is covered.

    Intervals are shown where :func:`jobimpact.reporting.claims.intervals.with_interval` has added them, and
    `mean`, the exposure of all jobs, is a line.

    Examples
    --------
    >>> import pandas as pd
    >>> sectors = pd.DataFrame({"naics": ["52", "23"], "naics_title": ["Finance and Insurance", "Construction"]})
    >>> sectors = sectors.assign(exposure_alpha=[0.2, 0.1], exposure_beta=[0.5, 0.2], exposure_gamma=[0.7, 0.3])
    >>> sectors = sectors.assign(tot_emp=[6.5e6, 8.1e6], matched_share=[0.9, 0.8])
    >>> figure = plot_sectors(sectors, source="Source: jobimpact", mean=0.3)
    >>> [bar.x for bar in figure.data]
    [(0.5, 0.2)]
    """
    names = [short_name("sectors", str(key), title) for key, title in zip(sectors["naics"], sectors["naics_title"], strict=True)]
    return _plot_bars(sectors.assign(name=names), "Exposure by sector (NAICS)", source, mean)


def plot_major_groups(groups: pd.DataFrame, *, source: str, mean: float | None = None) -> go.Figure:
    """Plot exposure by SOC major group as :func:`plot_sectors` does; rows of other types are left aside.

    Examples
    --------
    >>> import pandas as pd
    >>> groups = pd.DataFrame({"group_type": "soc_major", "group_title": ["Legal Occupations", "Sales Occupations"]})
    >>> groups = groups.assign(exposure_alpha=[0.2, 0.1], exposure_beta=[0.5, 0.2], exposure_gamma=[0.7, 0.3])
    >>> groups = groups.assign(tot_emp=[1.2e6, 9e6], matched_share=[0.9, 0.8])
    >>> plot_major_groups(groups, source="Source: jobimpact").layout.yaxis.ticktext
    ('Legal', 'Sales')
    """
    majors = groups[groups["group_type"] == "soc_major"]
    names = majors["group_title"].str.removesuffix(" Occupations")
    return _plot_bars(majors.assign(name=names), "Exposure by major occupation group (SOC)", source, mean)


def plot_distribution(occupations: pd.DataFrame, *, source: str) -> go.Figure:
    """Plot how many workers are in occupations of which exposure; both must be known.

    Examples
    --------
    >>> import pandas as pd
    >>> occupations = pd.DataFrame({"exposure_beta": [0.12, 0.61], "tot_emp": [3e6, 1e6]})
    >>> figure = plot_distribution(occupations, source="Source: jobimpact")
    >>> max(figure.data[0].y)
    3.0
    """
    covered = occupations.dropna(subset=["exposure_beta", "tot_emp"])
    exposure, jobs = covered["exposure_beta"].to_numpy(float), covered["tot_emp"].to_numpy(float)
    edges = np.arange(_BINS + 1) / _BINS
    millions = np.histogram(exposure, bins=edges, weights=jobs)[0] / 1e6
    counts = np.histogram(exposure, bins=edges)[0]
    cut = threshold("high_exposure")
    hover = [
        f"exposure {low:.2f} to {high:.2f}<br>{format_cell(1e6 * total, 'jobs')} jobs in {count} occupations"
        for low, high, total, count in zip(edges, edges[1:], millions, counts, strict=False)
    ]
    middles = (edges[:-1] + 0.5 / _BINS).tolist()
    inks = [colour("strong" if low >= cut else "light") for low in edges[:-1].tolist()]
    figure = _bars(middles, millions.tolist(), inks, hover, width=0.92 / _BINS)
    marks = ticks(float(millions.max(initial=0.0)))
    notes, lines = _mark_distribution(exposure, jobs, with_probabilities(covered)["share_workers_50"].to_numpy())
    x_marks = [tenth / 10 for tenth in range(11)]
    return finish(
        figure,
        title="Workers by the exposure of their occupation",
        source=source,
        height=420,
        margin=(70, 20, 76, 60),
        x=axis_of((0, 1), x_marks, [f"{mark:.1f}" for mark in x_marks], "Exposure (beta) of the occupation"),
        y=axis_of((0, marks[-1]), marks, [f"{mark:g}" for mark in marks], "Million jobs") | {"showgrid": True},
        notes=notes,
        lines=lines,
    )


def _mark_distribution(
    exposure: np.ndarray, jobs: np.ndarray, probabilities: np.ndarray
) -> tuple[list[_Properties], list[_Properties]]:
    """Return notes and lines of the mean, and of the expected share of jobs from the cut on, by `probabilities` to lie there."""
    if not jobs.sum() > 0:
        return [], []
    cut = threshold("high_exposure")
    mean = float(np.average(exposure, weights=jobs))
    share = float(np.average(probabilities, weights=jobs))
    # Two levels, so that the texts never run into each other.
    texts = (
        (mean, 24, "mean", f"mean of all covered jobs {format_cell(mean, '0-1')}"),
        (cut, 4, "ink", f"{format_cell(share, 'share')} of covered jobs at {cut:.2f} or more"),
    )
    notes = [
        note(
            text, position, 1, yref="paper", xanchor="left", yanchor="bottom", yshift=up, font={"color": colour(ink), "size": 13}
        )
        for position, up, ink, text in texts
    ]
    return notes, [upright(position, colour(ink)) for position, _, ink, _ in texts]


def _plot_bars(rows: pd.DataFrame, title: str, source: str, mean: float | None) -> go.Figure:
    """Plot horizontal bars of ``exposure_beta``, the highest first, with columns at the right."""
    rows = rows.sort_values("exposure_beta", ascending=False, kind="stable", na_position="last")
    values = [float(value) for value in rows["exposure_beta"]]
    indices = list(range(len(rows)))
    least = threshold("low_coverage")
    inks = [colour("light" if share < least else "bar") for share in rows["matched_share"]]
    lengths = [0.0 if math.isnan(value) else value for value in values]
    hover = [_bar_hover(row) for row in records(rows)]
    figure = _bars(lengths, indices, inks, hover, orientation="h", width=0.7)
    cut = format_value(least, "percent", 0)
    axis_title = f"Exposure (beta), mean over jobs. Pale bar: less than {cut} of jobs covered"
    marks = share_ticks([value for value in values if not math.isnan(value)])
    means = [] if mean is None or math.isnan(mean) else [mean]
    names = [escape(name, _LABEL, most=2) for name in rows["name"]]
    columns = {
        **_interval_column(rows),
        "Jobs, millions": ["n/a" if math.isnan(jobs) else f"{jobs / 1e6:.1f}" for jobs in rows["tot_emp"]],
        "Covered": [format_value(share, "percent", 0) for share in rows["matched_share"]],
    }
    return finish(
        figure,
        title=title,
        source=source,
        height=_ROW * len(rows) + 120,
        margin=(_LEFT, sum(_column_width(name) for name in columns) + 14, 64, 56),
        x=axis_of((0, marks[-1]), marks, [f"{mark:.1f}" for mark in marks], axis_title) | {"showgrid": True},
        y=axis_of((len(rows) - 0.4, -0.6), indices, names, "") | {"tickfont": {"size": 13}},
        notes=[*_values(values), *_column_notes(columns), *(_mean_note(value, marks[-1]) for value in means)],
        lines=[upright(value, colour("mean")) for value in means],
    )


def _bars(x: Sequence[float], y: Sequence[float], inks: list[str], hover: list[str], **options: Any) -> go.Figure:
    import plotly.graph_objects as go

    look = {"marker": {"color": inks}, "hoverinfo": "text", "showlegend": False}
    return go.Figure(go.Bar(x=x, y=y, hovertext=hover, **look, **options))


def _values(values: Sequence[float]) -> Iterator[_Properties]:
    """Return the value at the end of each bar."""
    halo: _Properties = {"bgcolor": "rgba(255,255,255,0.8)", "borderpad": 0, "font": {"size": 13}}
    for index, value in enumerate(values):
        text = "no covered jobs" if math.isnan(value) else f"<b>{format_cell(value, '0-1')}</b>"
        yield note(text, 0 if math.isnan(value) else value, index, xanchor="left", xshift=4, **halo)


def _interval_column(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Return the column of intervals, texts by head; nothing where `rows` have none."""
    if "estimate_low" not in rows or rows["estimate_low"].isna().all():
        return {}
    ends = zip(rows["estimate_low"], rows["estimate_high"], strict=True)
    texts = ["" if math.isnan(low) else f"{format_cell(low, '0-1')}\N{EN DASH}{format_cell(high, '0-1')}" for low, high in ends]
    return {f"{100 * float(assumption('variance', 'level')):.0f} % interval": texts}


def _column_width(head: str) -> int:
    return _WIDTHS.get(head, _WIDTHS["interval"])


def _column_notes(columns: Mapping[str, Sequence[str]]) -> Iterator[_Properties]:
    """Return the notes of the columns, each flush right, with its head."""
    right: _Properties = {"xref": "paper", "xanchor": "right", "align": "right"}
    edge = 0
    for head, texts in columns.items():
        edge += _column_width(head)
        yield note(head, 1, 1, small=True, yref="paper", yanchor="bottom", xshift=edge, yshift=6, **right)
        for index, text in enumerate(texts):
            yield note(text, 1, index, xshift=edge, font={"size": 13}, **right)


def _mean_note(mean: float, top: float) -> _Properties:
    font = {"color": colour("mean"), "size": 13}
    # Far to the right its text would run into the heads of the columns.
    anchor = "right" if mean > 0.7 * top else "center"
    text = f"all covered jobs {format_cell(mean, '0-1')}"
    return note(text, mean, 1, yref="paper", xanchor=anchor, yanchor="bottom", yshift=6, font=font)


def _bar_hover(row: _Properties) -> str:
    figures = [f"{name} {format_cell(float(row[column]), '0-1')}" for name, column in _HOVER]
    jobs = format_cell(float(row["tot_emp"]), "jobs")
    share = format_cell(float(row["matched_share"]), "share")
    return f"<b>{escape(str(row['name']))}</b><br>exposure {', '.join(figures)}<br>{jobs} jobs, {share} covered"


def plot_judges(rows: pd.DataFrame, *, source: str) -> go.Figure:
    """Plot exposure (beta) by each judge; the interval of one whose row has ends is given that judge.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"row_name": ["human raters", "GPT-4"], "exposure_beta": [0.26, 0.29]})
    >>> rows = rows.assign(estimate_low=[0.24, None], estimate_high=[0.27, None])
    >>> plot_judges(rows, source="Source: jobimpact").layout.yaxis.ticktext
    ('human raters', 'GPT-4')
    """
    points = rows.assign(exposure_alpha=rows["exposure_beta"], exposure_gamma=rows["exposure_beta"])
    legend = "Dot: beta by judge. Thin line: interval given the judge of the study"
    return plot_beside(points, source=source, title="Exposure by judge", legend=legend, spacing=_JUDGE_ROW)


def plot_beside(
    rows: pd.DataFrame, *, source: str, title: str = "Exposure beside the country", legend: str = "", spacing: int = _BESIDE_ROW
) -> go.Figure:
    """Plot exposure (beta) of a few rows, with its interval and the range from alpha to gamma.

    The row that it is about comes first; one without exposure has its name and no mark. `spacing`: height of each, pixels.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"row_name": ["Retail Trade", "All occupations"], "exposure_alpha": [0.1, 0.2]})
    >>> rows = rows.assign(exposure_beta=[0.3, 0.4], exposure_gamma=[0.5, 0.6], estimate_low=0.2, estimate_high=0.5)
    >>> plot_beside(rows, source="Source: jobimpact").layout.yaxis.ticktext
    ('Retail Trade', 'All occupations')
    """
    import plotly.graph_objects as go

    rows = rows.assign(place=range(len(rows)))
    dots = rows[rows["exposure_beta"].notna()]
    figure = go.Figure()
    for row in records(dots):
        figure.add_scatter(**_line(row, "exposure_alpha", "exposure_gamma", "light", _RANGE))
    for row in records(dots.dropna(subset=["estimate_low", "estimate_high"])):
        figure.add_scatter(**_line(row, "estimate_low", "estimate_high", "ink", _INTERVAL))
    inks = [colour("strong" if index == 0 else "bar") for index in dots["place"]]
    look = {"mode": "markers", "marker": {"color": inks, "size": _DOT, "symbol": "circle"}} | _SILENT
    figure.add_scatter(x=dots["exposure_beta"].tolist(), y=dots["place"].tolist(), **look)
    marks = share_ticks(dots[["exposure_gamma", "estimate_high"]].max().dropna().tolist())
    columns = _interval_column(rows)
    legend = legend or f"Dot: beta. Pale bar: from alpha to gamma{'. Thin line: interval of beta' if columns else ''}"
    names = [escape(str(name), _BESIDE_LABEL, most=2) for name in rows["row_name"]]
    return finish(
        figure,
        title=title,
        source=source,
        height=spacing * len(rows) + 126,
        margin=(_LEFT, sum(map(_column_width, columns)) + 24, 64, 56),
        x=axis_of((0, marks[-1]), marks, [f"{mark:.1f}" for mark in marks], legend) | {"showgrid": True},
        y=axis_of((len(rows) - 0.4, -0.6), list(range(len(rows))), names, "") | {"tickfont": {"size": 13}},
        notes=[*_dot_values(dots), *_column_notes(columns)],
    )


def _line(row: _Properties, low: str, high: str, ink: str, width: int) -> _Properties:
    style = {"mode": "lines", "line": {"color": colour(ink), "width": width}}
    return {"x": [row[low], row[high]], "y": [row["place"]] * 2, **style, **_SILENT}


def _dot_values(dots: pd.DataFrame) -> Iterator[_Properties]:
    for row in records(dots):
        text = f"<b>{format_cell(float(row['exposure_beta']), '0-1')}</b>"
        yield note(text, row["exposure_beta"], row["place"], xanchor="center", yshift=_UP, font={"size": 13})
