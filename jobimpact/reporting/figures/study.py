"""Figures of a study as plotly figures: table in, figure out, each with its source line.

The state map and the wage figure have files of their own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.figures.style import colour, escape, finish, note, share_ticks, short_name, ticks, upright
from jobimpact.reporting.words.wording import format_cell, format_value, threshold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_ROW, _LABEL = 25, 50  # height of a bar's row in pixels, characters of its label per line
# Width in pixels of each column beside the bars.
_WIDTHS = {"interval": 92, "Jobs, millions": 86, "Covered": 64}
_BINS = 20
_Properties = dict[str, Any]


def plot_sectors(sectors: pd.DataFrame, *, source: str, mean: float | None = None) -> go.Figure:
    """Plot exposure by NAICS sector, with the jobs of each and the share of them that is covered.

    Parameters
    ----------
    sectors
        Table ``sectors``; intervals are shown where :func:`jobimpact.reporting.claims.intervals.with_interval` has added them.
    source
        Source line, see :func:`jobimpact.reporting.figures.style.source_line`.
    mean
        Exposure of all jobs, drawn as a line where given.
    """
    names = [short_name("sectors", str(key), title) for key, title in zip(sectors["naics"], sectors["naics_title"], strict=True)]
    return _plot_bars(sectors.assign(name=names), "Exposure by sector (NAICS)", source, mean)


def plot_major_groups(groups: pd.DataFrame, *, source: str, mean: float | None = None) -> go.Figure:
    """Plot exposure by SOC major group, with the jobs of each and the share of them that is covered.

    Parameters
    ----------
    groups
        Table ``groups``, intervals as above; rows of other types are left aside.
    source, mean
        See :func:`plot_sectors`.
    """
    majors = groups[groups["group_type"] == "soc_major"]
    names = majors["group_title"].str.removesuffix(" Occupations")
    return _plot_bars(majors.assign(name=names), "Exposure by major occupation group (SOC)", source, mean)


def plot_distribution(occupations: pd.DataFrame, *, source: str) -> go.Figure:
    """Plot how many workers are in occupations of which exposure.

    Parameters
    ----------
    occupations
        Table ``occupations``; those without exposure or employment are left aside.
    source
        Source line.
    """
    import plotly.graph_objects as go

    known = occupations.dropna(subset=["exposure_beta", "tot_emp"])
    exposure, jobs = known["exposure_beta"].to_numpy(float), known["tot_emp"].to_numpy(float)
    edges = np.arange(_BINS + 1) / _BINS
    millions = np.histogram(exposure, bins=edges, weights=jobs)[0] / 1e6
    counts = np.histogram(exposure, bins=edges)[0]
    cut = threshold("high_exposure")
    hover = [
        f"exposure {low:.2f} to {high:.2f}<br>{format_cell(1e6 * total, 'jobs')} jobs in {count} occupations"
        for low, high, total, count in zip(edges, edges[1:], millions, counts, strict=False)
    ]
    figure = go.Figure(
        go.Bar(
            x=(edges[:-1] + 0.5 / _BINS).tolist(),
            y=millions.tolist(),
            width=0.92 / _BINS,
            marker={"color": [colour("strong" if low >= cut else "light") for low in edges[:-1].tolist()]},
            hovertext=hover,
            hoverinfo="text",
            showlegend=False,
        )
    )
    marks = ticks(float(millions.max(initial=0.0)))
    notes, lines = _mark_distribution(exposure, jobs)
    x_marks = [place / 10 for place in range(11)]
    return finish(
        figure,
        title="Workers by the exposure of their occupation",
        source=source,
        height=420,
        margin=(70, 20, 76, 60),
        x=axis((0, 1), x_marks, [f"{mark:.1f}" for mark in x_marks], "Exposure (beta) of the occupation"),
        y=axis((0, marks[-1]), marks, [f"{mark:g}" for mark in marks], "Million jobs") | {"showgrid": True},
        notes=notes,
        lines=lines,
    )


def _mark_distribution(exposure: np.ndarray, jobs: np.ndarray) -> tuple[list[_Properties], list[_Properties]]:
    """Return notes and lines of the mean, and of the share of jobs from the cut on."""
    if not jobs.sum() > 0:
        return [], []
    cut = threshold("high_exposure")
    mean = float(np.average(exposure, weights=jobs))
    share = float(jobs[exposure >= cut].sum() / jobs.sum())
    # Two levels, so that the texts never run into each other.
    texts = (
        (mean, 24, "mean", f"mean of all covered jobs {format_cell(mean, '0-1')}"),
        (cut, 4, "ink", f"{format_cell(share, 'share')} of covered jobs at {cut:.2f} or more"),
    )
    notes = [
        note(text, place, 1, yref="paper", xanchor="left", yanchor="bottom", yshift=up, font={"color": colour(ink), "size": 13})
        for place, up, ink, text in texts
    ]
    return notes, [upright(place, colour(ink)) for place, _, ink, _ in texts]


def _plot_bars(rows: pd.DataFrame, title: str, source: str, mean: float | None) -> go.Figure:
    """Plot horizontal bars of ``exposure_beta``, the highest first, with columns at the right."""
    import plotly.graph_objects as go

    rows = rows.sort_values("exposure_beta", ascending=False, kind="stable", na_position="last")
    values = [float(value) for value in rows["exposure_beta"]]
    places = list(range(len(rows)))
    figure = go.Figure(
        go.Bar(
            x=[0.0 if math.isnan(value) else value for value in values],
            y=places,
            orientation="h",
            width=0.7,
            marker={"color": [_bar_colour(share) for share in rows["matched_share"]]},
            hovertext=[_bar_hover(row) for row in records(rows)],
            hoverinfo="text",
            showlegend=False,
        )
    )
    marks = share_ticks([value for value in values if not math.isnan(value)])
    means = [] if mean is None or math.isnan(mean) else [mean]
    names = [escape(name, _LABEL, most=2) for name in rows["name"]]
    columns = _columns(rows)
    return finish(
        figure,
        title=title,
        source=source,
        height=_ROW * len(rows) + 120,
        margin=(335, sum(column_width(name) for name in columns) + 14, 64, 56),
        x=axis((0, marks[-1]), marks, [f"{mark:.1f}" for mark in marks], _pale_note()) | {"showgrid": True},
        y=axis((len(rows) - 0.4, -0.6), places, names, "") | {"tickfont": {"size": 13}},
        notes=[*_values(values), *column_notes(columns), *(_mean_note(place, marks[-1]) for place in means)],
        lines=[upright(place, colour("mean")) for place in means],
    )


def _values(values: Sequence[float]) -> Iterator[_Properties]:
    """Return the value at the end of each bar."""
    halo: _Properties = {"bgcolor": "rgba(255,255,255,0.8)", "borderpad": 0, "font": {"size": 13}}
    for place, value in enumerate(values):
        shown = "no covered jobs" if math.isnan(value) else f"<b>{format_cell(value, '0-1')}</b>"
        yield note(shown, 0 if math.isnan(value) else value, place, xanchor="left", xshift=4, **halo)


def _columns(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Return the columns beside the bars, texts by head: intervals where there are any, jobs, coverage."""
    return {
        **interval_column(rows),
        "Jobs, millions": ["n/a" if math.isnan(jobs) else f"{jobs / 1e6:.1f}" for jobs in rows["tot_emp"]],
        "Covered": [format_value(share, "percent", 0) for share in rows["matched_share"]],
    }


def interval_column(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Return the column of intervals, texts by head; nothing where `rows` have none."""
    if "estimate_low" not in rows or rows["estimate_low"].isna().all():
        return {}
    ends = zip(rows["estimate_low"], rows["estimate_high"], strict=True)
    texts = ["" if math.isnan(low) else f"{format_cell(low, '0-1')}\N{EN DASH}{format_cell(high, '0-1')}" for low, high in ends]
    return {f"{100 * float(assumption('variance', 'level')):.0f} % interval": texts}


def column_width(head: str) -> int:
    """Return the width of a column beside the bars, in pixels."""
    return _WIDTHS.get(head, _WIDTHS["interval"])


def column_notes(columns: Mapping[str, Sequence[str]]) -> Iterator[_Properties]:
    """Return the notes of the columns, each flush right, with its head."""
    right: _Properties = {"xref": "paper", "xanchor": "right", "align": "right"}
    edge = 0
    for head, texts in columns.items():
        edge += column_width(head)
        yield note(head, 1, 1, small=True, yref="paper", yanchor="bottom", xshift=edge, yshift=6, **right)
        for place, text in enumerate(texts):
            yield note(text, 1, place, xshift=edge, font={"size": 13}, **right)


def _mean_note(mean: float, top: float) -> _Properties:
    font = {"color": colour("mean"), "size": 13}
    # Far to the right its text would run into the heads of the columns.
    anchor = "right" if mean > 0.7 * top else "center"
    text = f"all covered jobs {format_cell(mean, '0-1')}"
    return note(text, mean, 1, yref="paper", xanchor=anchor, yanchor="bottom", yshift=6, font=font)


def _bar_colour(share: float) -> str:
    return colour("light" if share < threshold("low_coverage") else "bar")


def _pale_note() -> str:
    cut = format_value(threshold("low_coverage"), "percent", 0)
    return f"Exposure (beta), mean over jobs. Pale bar: less than {cut} of jobs covered"


def _bar_hover(row: _Properties) -> str:
    figures = [f"{name} {format_cell(float(row[column]), '0-1')}" for name, column in _HOVER]
    jobs, share = format_cell(float(row["tot_emp"]), "jobs"), format_cell(float(row["matched_share"]), "share")
    return f"<b>{escape(str(row['name']))}</b><br>exposure {', '.join(figures)}<br>{jobs} jobs, {share} covered"


_HOVER = (("beta", "exposure_beta"), ("direct (alpha)", "exposure_alpha"), ("all software built (gamma)", "exposure_gamma"))


def axis(limits: tuple[float, float], marks: Sequence[float], texts: Sequence[str], title: str) -> _Properties:
    """Return the properties of an axis with its range, ticks and title."""
    return {
        "range": list(limits),
        "tickvals": list(marks),
        "ticktext": list(texts),
        "title": {"text": title, "font": {"size": 13}},
    }
