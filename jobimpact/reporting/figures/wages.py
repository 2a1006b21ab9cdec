"""The wage figure: occupations as bubbles over pay, and the mean of each fifth of jobs."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.claims.cells import records
from jobimpact.reporting.figures.style import axis_of, colour, escape, finish, note, read_style, share_ticks
from jobimpact.reporting.words.wording import format_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import plotly.graph_objects as go

_WIDTH, _HEIGHT = 850, 520  # of the plotting area in pixels
_LARGEST, _SMALLEST = 52.0, 4.0  # diameter of a bubble in pixels
_NAMED, _CHARACTERS = 40, 36  # occupations tried for a label, characters of a label
_LETTER, _LINE = 6.1, 15.0  # size of a label's letter in pixels
_MARKS = (15_000, 20_000, 30_000, 40_000, 50_000, 75_000, 100_000, 150_000, 200_000, 300_000, 400_000, 600_000)


def plot_wages(occupations: pd.DataFrame, groups: pd.DataFrame, *, source: str) -> go.Figure:
    """Plot exposure against the median annual wage; the area of a bubble is the employment of the occupation.

    Occupations without exposure, employment or an annual median wage are left aside; ``wage_quintile`` of
    `groups` gives the means.

    Examples
    --------
    >>> import pandas as pd
    >>> occupations = pd.DataFrame({"soc_code": ["15-1252"], "soc_major": ["15-0000"], "title": ["Software Developers"]})
    >>> occupations = occupations.assign(exposure_beta=0.6, tot_emp=1.6e6, a_median=135_000.0, wage_quintile=5.0)
    >>> groups = pd.DataFrame({"group_type": ["wage_quintile"], "group": ["5"], "exposure_beta": [0.5]})
    >>> figure = plot_wages(occupations.assign(median_top_coded=False), groups, source="Source: jobimpact")
    >>> figure.layout.annotations[0].text, figure.layout.annotations[1].text
    ('<b>0.50</b>', 'Software Developers')
    """
    import plotly.graph_objects as go

    points = occupations.dropna(subset=["exposure_beta", "tot_emp", "a_median"])
    points = points[points["tot_emp"] > 0].sort_values(["tot_emp", "soc_code"], ascending=[False, True])
    scale = _Scale(points)
    figure = go.Figure()
    for family in read_style()["families"]:
        members = points[points["soc_major"].str[:2].isin(family["majors"])]
        _add_bubbles(figure, members, family, scale)
    notes, boxes = _add_quintile_means(figure, points, groups, scale)
    texts, y_texts = [f"${mark:,}" for mark in scale.marks], [f"{mark:.1f}" for mark in scale.y_marks]
    # By way of the logarithm, as the range is: a tick at an end of it must not lie a rounding error outside.
    marks = [10 ** math.log10(mark) for mark in scale.marks]
    wage_axis = axis_of(scale.x_range, marks, texts, "Median annual wage (logarithmic scale)")
    return finish(
        figure,
        title="Exposure and pay, by occupation",
        source=source,
        height=_HEIGHT + 140,
        margin=(70, 40, 80, 60),
        x=wage_axis | {"type": "log"},
        y=axis_of(scale.y_range, scale.y_marks, y_texts, "Exposure (beta)") | {"showgrid": True},
        notes=[*notes, *_labels(points, scale, boxes)],
        legend={"orientation": "h", "x": 0, "y": 1.01, "xanchor": "left", "yanchor": "bottom"},
    )


class _Scale:
    """From wage, exposure and employment to pixels of the plotting area."""

    def __init__(self, points: pd.DataFrame) -> None:
        wages = points["a_median"].to_numpy(float)
        low, high = (float(wages.min()), float(wages.max())) if len(wages) else (20_000.0, 200_000.0)
        self.x_range = math.log10(low) - 0.04, math.log10(high) + 0.06
        self.marks = [mark for mark in _MARKS if self.x_range[0] <= math.log10(mark) <= self.x_range[1]]
        self.y_marks = share_ticks([float(value) for value in points["exposure_beta"]])
        # Room below zero for the lower half of a bubble.
        self.y_range = -0.04 * self.y_marks[-1], self.y_marks[-1]
        self._most = float(points["tot_emp"].max()) if len(points) else 1.0

    def x(self, wage: float) -> float:
        """Return pixels from the left."""
        return _WIDTH * (math.log10(wage) - self.x_range[0]) / (self.x_range[1] - self.x_range[0])

    def y(self, exposure: float) -> float:
        """Return pixels from the bottom."""
        return _HEIGHT * (exposure - self.y_range[0]) / (self.y_range[1] - self.y_range[0])

    def size(self, jobs: float) -> float:
        """Return the diameter of the bubble."""
        return round(max(_LARGEST * math.sqrt(jobs / self._most), _SMALLEST), 2)


def _add_bubbles(figure: go.Figure, members: pd.DataFrame, family: dict[str, Any], scale: _Scale) -> None:
    figure.add_scatter(
        x=members["a_median"].tolist(),
        y=members["exposure_beta"].tolist(),
        mode="markers",
        name=family["title"],
        showlegend=True,
        marker={
            "symbol": family["symbol"],
            "size": [scale.size(float(jobs)) for jobs in members["tot_emp"]],
            "color": family["colour"],
            "opacity": 0.6,
            "line": {"width": 0.8, "color": colour("paper")},
        },
        hovertext=[_hover(row) for row in records(members)],
        hoverinfo="text",
    )


def _hover(row: dict[str, Any]) -> str:
    more = " or more" if row["median_top_coded"] else ""
    return (
        f"<b>{escape(str(row['title']))}</b> ({row['soc_code']})<br>exposure {format_cell(row['exposure_beta'], '0-1')}<br>"
        f"median wage {format_cell(row['a_median'], 'US dollars per year')}{more}<br>{format_cell(row['tot_emp'], 'jobs')} jobs"
    )


def _add_quintile_means(
    figure: go.Figure, points: pd.DataFrame, groups: pd.DataFrame, scale: _Scale
) -> tuple[list[dict[str, Any]], list[_Box]]:
    """Add the mean of each quintile over the range of its wages; return its notes, and the room that lines and notes take."""
    quintiles = groups[(groups["group_type"] == "wage_quintile") & groups["exposure_beta"].notna()].sort_values("group")
    x: list[float | None] = []
    y: list[float | None] = []
    notes: list[dict[str, Any]] = []
    boxes: list[_Box] = []
    for group, mean in zip(quintiles["group"], quintiles["exposure_beta"].astype(float), strict=True):
        wages = points.loc[points["wage_quintile"] == float(group), "a_median"]
        if wages.empty:
            continue
        low, high = float(wages.min()), float(wages.max())
        x += [low, high, None]
        y += [mean, mean, None]
        # Half a letter above the line, at its left end, where the next fifth's line does not begin.
        boxes += [_Box(scale.x(low), scale.y(mean) - 4, scale.x(high), scale.y(mean) + 4)]
        boxes += [_Box(scale.x(low), scale.y(mean), scale.x(low) + 36, scale.y(mean) + 22)]
        text = f"<b>{format_cell(mean, '0-1')}</b>"
        halo: dict[str, Any] = {"bgcolor": "rgba(255,255,255,0.8)", "font": {"color": colour("ink"), "size": 14}}
        notes.append(note(text, math.log10(low), mean, xanchor="left", yanchor="bottom", yshift=2, **halo))
    for name, ink, width in (("", "paper", 8), ("Mean of each fifth of jobs by pay", "ink", 4)):
        line = {"color": colour(ink), "width": width}
        figure.add_scatter(x=x, y=y, mode="lines", name=name, showlegend=bool(name), line=line, hoverinfo="skip")
    return notes, boxes


class _Box:
    """A rectangle in pixels of the plotting area."""

    def __init__(self, left: float, bottom: float, right: float, top: float) -> None:
        self.left, self.bottom, self.right, self.top = left, bottom, right, top

    def meets(self, other: _Box) -> bool:
        """Whether the two overlap."""
        separate = self.right <= other.left or other.right <= self.left or self.top <= other.bottom or other.top <= self.bottom
        return not separate

    def fits(self) -> bool:
        """Whether it lies in the plotting area."""
        return self.left >= 0 and self.right <= _WIDTH and self.bottom >= 0 and self.top <= _HEIGHT


def _labels(points: pd.DataFrame, scale: _Scale, boxes: list[_Box]) -> Iterator[dict[str, Any]]:
    """Name the largest occupations wherever a label fits without covering another label, a mean or a large bubble."""
    largest = records(points.head(_NAMED))
    bubbles = [_bubble(row, scale) for row in largest]
    for row, bubble in zip(largest, bubbles, strict=True):
        text = textwrap.shorten(str(row["title"]), _CHARACTERS, placeholder=" …")
        neighbours = [box for box in bubbles if box is not bubble]
        label = _place(bubble, _LETTER * len(text), boxes + neighbours)
        if label is None:
            continue
        box, properties = label
        boxes.append(box)
        yield note(escape(text), math.log10(row["a_median"]), row["exposure_beta"], **properties, **_LABEL)


_LABEL: dict[str, Any] = {"bgcolor": "rgba(255,255,255,0.7)", "font": {"size": 11.5}}


def _bubble(row: dict[str, Any], scale: _Scale) -> _Box:
    # The square inside the circle and a little more: a label may touch the rim.
    half = 0.4 * scale.size(row["tot_emp"])
    x, y = scale.x(row["a_median"]), scale.y(row["exposure_beta"])
    return _Box(x - half, y - half, x + half, y + half)


def _place(bubble: _Box, width: float, boxes: list[_Box]) -> tuple[_Box, dict[str, Any]] | None:
    """Return the box and the properties of a label right of, left of, above or below its bubble, where one is free."""
    x, y = (bubble.left + bubble.right) / 2, (bubble.bottom + bubble.top) / 2
    half = (bubble.right - bubble.left) / 0.8 / 2 + 2
    choices = (
        (_Box(x + half, y - _LINE / 2, x + half + width, y + _LINE / 2), "left", "middle", half, 0.0),
        (_Box(x - half - width, y - _LINE / 2, x - half, y + _LINE / 2), "right", "middle", -half, 0.0),
        (_Box(x - width / 2, y + half, x + width / 2, y + half + _LINE), "center", "bottom", 0.0, half),
        (_Box(x - width / 2, y - half - _LINE, x + width / 2, y - half), "center", "top", 0.0, -half),
    )
    for box, x_anchor, y_anchor, x_shift, y_shift in choices:
        if box.fits() and not any(box.meets(other) for other in boxes):
            return box, {"xanchor": x_anchor, "yanchor": y_anchor, "xshift": round(x_shift, 1), "yshift": round(y_shift, 1)}
    return None
