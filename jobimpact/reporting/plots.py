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
    >>> plot_sectors("reports/study").write_html("sectors.html")  # doctest: +SKIP
    """
    made = open_study(source)
    sectors = with_interval(made.tables, "sectors", made["sectors"])
    return study.plot_sectors(sectors, source=source_line(made.manifest), mean=_mean(made))


def plot_major_groups(source: Study | str | Path) -> go.Figure:
    """Plot exposure by SOC major group with its intervals.

    Examples
    --------
    >>> plot_major_groups("reports/study")  # doctest: +SKIP
    """
    made = open_study(source)
    groups = with_interval(made.tables, "groups", made["groups"])
    return study.plot_major_groups(groups, source=source_line(made.manifest), mean=_mean(made))


def plot_distribution(source: Study | str | Path) -> go.Figure:
    """Plot how many workers are in occupations of which exposure.

    Examples
    --------
    >>> plot_distribution("reports/study")  # doctest: +SKIP
    """
    made = open_study(source)
    return study.plot_distribution(made["occupations"], source=source_line(made.manifest))


def plot_states(source: Study | str | Path) -> go.Figure:
    """Plot exposure by state on a grid of tiles.

    Examples
    --------
    >>> plot_states("reports/study")  # doctest: +SKIP
    """
    made = open_study(source)
    return states.plot_states(made["areas"], source=source_line(made.manifest))


def plot_wages(source: Study | str | Path) -> go.Figure:
    """Plot exposure against the median wage, the area of a bubble by employment, with the mean of each wage quintile.

    Examples
    --------
    >>> plot_wages("reports/study")  # doctest: +SKIP
    """
    made = open_study(source)
    return wages.plot_wages(made["occupations"], made["groups"], source=source_line(made.manifest))


def _mean(made: Study) -> float:
    groups = made["groups"]
    return float(groups.loc[groups["group_type"] == "all", "exposure_beta"].iloc[0])
