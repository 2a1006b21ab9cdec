"""The figures of a study, as its report shows them: give a study or its folder, get a plotly figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobimpact.reporting.claims.intervals import with_interval
from jobimpact.reporting.figures import states, study, wages
from jobimpact.reporting.figures.style import source_line
from jobimpact.study import open_study

if TYPE_CHECKING:
    from pathlib import Path

    import plotly.graph_objects as go

    from jobimpact.study import Study


def plot_sectors(source: Study | str | Path) -> go.Figure:
    """Plot exposure by NAICS sector with its intervals, the jobs of each and the share of them that is covered.

    Examples
    --------
    >>> figure = plot_sectors("reports/study")
    >>> figure.layout.title.text
    '<b>Exposure by sector (NAICS)</b>'
    """
    return _plot_rows(open_study(source), "sectors")


def plot_major_groups(source: Study | str | Path) -> go.Figure:
    """Plot exposure by SOC major group with its intervals.

    Examples
    --------
    >>> plot_major_groups("reports/study").layout.title.text
    '<b>Exposure by major occupation group (SOC)</b>'
    """
    return _plot_rows(open_study(source), "groups")


def _plot_rows(source: Study, table_name: str) -> go.Figure:
    plot = {"sectors": study.plot_sectors, "groups": study.plot_major_groups}[table_name]
    groups = source["groups"]
    # A study without any covered job has no mean to compare with.
    mean = groups.loc[groups["group_type"] == "all", "exposure_beta"].min()
    rows = with_interval(source.tables, table_name, source[table_name])
    return plot(rows, source=source_line(source.manifest), mean=float(mean))


def plot_distribution(source: Study | str | Path) -> go.Figure:
    """Plot how many workers are in occupations of which exposure.

    Examples
    --------
    >>> plot_distribution("reports/study").layout.title.text
    '<b>Workers by the exposure of their occupation</b>'
    """
    source = open_study(source)
    return study.plot_distribution(source["occupations"], source=source_line(source.manifest))


def plot_states(source: Study | str | Path) -> go.Figure:
    """Plot exposure by state on a grid of tiles.

    Examples
    --------
    >>> plot_states("reports/study").layout.title.text
    '<b>Exposure by state</b>'
    """
    source = open_study(source)
    return states.plot_states(source["areas"], source=source_line(source.manifest))


def plot_wages(source: Study | str | Path) -> go.Figure:
    """Plot exposure against the median wage, the area of a bubble by employment, with the mean of each wage quintile.

    Examples
    --------
    >>> plot_wages("reports/study").layout.title.text
    '<b>Exposure and pay, by occupation</b>'
    """
    source = open_study(source)
    return wages.plot_wages(source["occupations"], source["groups"], source=source_line(source.manifest))
