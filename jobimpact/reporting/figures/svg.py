"""A plotly figure as static SVG, without a browser: vector, small, the same bytes every time.

Draws what this package's figures use: bars, markers, lines and text on linear or logarithmic axes with given ranges and
ticks; lines and rectangles; annotations; a legend. Anything else raises an error, so that no mark is lost silently.
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from jobimpact.errors import InputError
from jobimpact.reporting.figures.svg_parts import line, number, symbol, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import plotly.graph_objects as go

_LETTER = 0.54  # width of a letter in font sizes


def draw_svg(figure: go.Figure, *, label: str, title: bool = True, crop: int = 0) -> str:
    """Draw `figure` as an SVG element.

    Parameters
    ----------
    figure
        Made by a ``plot_`` function of this package.
    label
        What the figure shows, in a sentence, for readers who do not see it.
    title
        Whether the figure's own title is drawn.
    crop
        Pixels left out at the top: the room of a title that is not drawn.

    Raises
    ------
    InputError
        If the figure holds a trace or an axis that this cannot draw.
    """
    drawn = _Node(figure.to_dict())
    frame = _Frame(drawn)
    font = drawn.layout.font
    attributes = (
        f'role="img" aria-label="{html.escape(label)}" viewBox="0 {crop} {number(frame.wide)} {number(frame.tall - crop)}" '
        f'font-family="{html.escape(font.family)}" font-size="{number(font.size)}" fill="{font.color}"'
    )
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>']
    parts += _axes(frame)
    for trace in drawn.data:
        parts += _trace(frame, trace)
    parts += [_shape(frame, shape) for shape in drawn.layout.shapes]
    parts += [_annotation(frame, annotation) for annotation in drawn.layout.annotations]
    parts += _legend(frame)
    if title and drawn.layout.title.text:
        size = drawn.layout.title.font.size
        parts.append(text((2, 6), drawn.layout.title.text, (size, font.color), ("left", "top")))
    return "\n".join([*parts, "</svg>"])


class _Node:
    """Part of a figure's dictionary; what is not there is an empty part, which is false."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def __getattr__(self, name: str) -> Any:
        value = self._content.get(name, {})
        if isinstance(value, dict):
            return _Node(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [_Node(part) for part in value]
        return value

    def __bool__(self) -> bool:
        return bool(self._content)

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class _Frame:
    """Where the plotting area stands, and data to pixels."""

    def __init__(self, figure: _Node) -> None:
        layout, margin = figure.layout, figure.layout.margin
        if not (layout.width and layout.height and layout.xaxis.range and layout.yaxis.range):
            raise InputError("this figure has no size or no axis range: only figures made by jobimpact.reporting are drawn")
        self.figure = figure
        self.wide, self.tall = float(layout.width), float(layout.height)
        self.left, self.top = float(margin.l), float(margin.t)
        self.width = self.wide - self.left - float(margin.r)
        self.height = self.tall - self.top - float(margin.b)

    def x(self, value: float, *, reference: str = "x", logged: bool = False) -> float:
        """Return pixels from the left; `logged` values are logarithms already where the axis is logarithmic."""
        if reference in ("paper", "x domain"):
            return self.left + self.width * value
        return self.left + self.width * _share(self.figure.layout.xaxis, value, logged=logged)

    def y(self, value: float, *, reference: str = "y", logged: bool = False) -> float:
        """Return pixels from the top."""
        if reference in ("paper", "y domain"):
            return self.top + self.height * (1 - value)
        return self.top + self.height * (1 - _share(self.figure.layout.yaxis, value, logged=logged))


def _share(axis: Any, value: float, *, logged: bool) -> float:
    low, high = (float(end) for end in axis.range)
    place = math.log10(value) if axis.type == "log" and not logged else float(value)
    return (place - low) / (high - low)


def _axes(frame: _Frame) -> Iterator[str]:
    x_axis, y_axis, font = frame.figure.layout.xaxis, frame.figure.layout.yaxis, frame.figure.layout.font
    bottom, right = frame.top + frame.height, frame.left + frame.width
    if x_axis.visible is not False:
        for value, mark in zip(x_axis.tickvals, x_axis.ticktext, strict=True):
            x = frame.x(value)
            if x_axis.showgrid:
                yield line((x, frame.top), (x, bottom), x_axis.gridcolor, 1)
            yield text((x, bottom + 6), mark, (13, font.color), ("center", "top"))
        yield text((frame.left + frame.width / 2, bottom + 30), x_axis.title.text or "", (13, font.color), ("center", "top"))
    if y_axis.visible is not False:
        size = y_axis.tickfont.size or font.size
        for value, mark in zip(y_axis.tickvals, y_axis.ticktext, strict=True):
            y = frame.y(value)
            if y_axis.showgrid:
                yield line((frame.left, y), (right, y), y_axis.gridcolor, 1)
            yield text((frame.left - 8, y), mark, (size, font.color), ("right", "middle"))
        if y_axis.title.text:
            x, y = frame.left - 48, frame.top + frame.height / 2
            turned = text((0, 0), y_axis.title.text, (13, font.color), ("center", "middle"))
            yield f'<g transform="translate({number(x)} {number(y)}) rotate(-90)">{turned}</g>'


def _trace(frame: _Frame, trace: Any) -> Iterator[str]:
    if (trace.xaxis or "x", trace.yaxis or "y") != ("x", "y"):
        raise InputError(f"a trace on the axis {trace.yaxis or trace.xaxis} cannot be drawn as SVG; expected one pair of axes")
    if trace.type == "bar":
        yield from _bars(frame, trace)
    elif trace.type == "scatter":
        if "lines" in trace.mode:
            yield from _lines(frame, trace)
        if "markers" in trace.mode:
            yield from _markers(frame, trace)
        if "text" in trace.mode:
            for place, (x, y, words) in enumerate(zip(trace.x, trace.y, trace.text, strict=True)):
                ink, size = _each(trace.textfont.color, place), trace.textfont.size
                yield text((frame.x(x), frame.y(y)), words, (size, ink), ("center", "middle"))
    else:
        raise InputError(f"a trace of type {trace.type!r} cannot be drawn as SVG; expected bar or scatter")


def _bars(frame: _Frame, trace: Any) -> Iterator[str]:
    level = trace.orientation == "h"
    for place, (x, y) in enumerate(zip(trace.x, trace.y, strict=True)):
        if level:
            ends = sorted((frame.x(0), frame.x(x))), sorted((frame.y(y - trace.width / 2), frame.y(y + trace.width / 2)))
        else:
            ends = sorted((frame.x(x - trace.width / 2), frame.x(x + trace.width / 2))), sorted((frame.y(0), frame.y(y)))
        (left, right), (top, bottom) = ends
        fill = _each(trace.marker.color, place)
        yield (
            f'<rect x="{number(left)}" y="{number(top)}" width="{number(right - left)}" height="{number(bottom - top)}" '
            f'fill="{fill}">{_hover(trace, place)}</rect>'
        )


def _lines(frame: _Frame, trace: Any) -> Iterator[str]:
    points: list[str] = []
    for x, y in [*zip(trace.x, trace.y, strict=True), (None, None)]:
        if x is not None and y is not None:
            points.append(f"{number(frame.x(x))},{number(frame.y(y))}")
        elif points:
            style = f'fill="none" stroke="{trace.line.color}" stroke-width="{number(trace.line.width)}"'
            yield f'<polyline points="{" ".join(points)}" {style}/>'
            points = []


def _markers(frame: _Frame, trace: Any) -> Iterator[str]:
    marker = trace.marker
    style = f'fill="{marker.color}" fill-opacity="{number(marker.opacity or 1)}"'
    yield f'<g {style} stroke="{marker.line.color or "none"}" stroke-width="{number(marker.line.width or 0)}">'
    for place, (x, y) in enumerate(zip(trace.x, trace.y, strict=True)):
        yield symbol(marker.symbol, (frame.x(x), frame.y(y)), _each(marker.size, place) / 2, _hover(trace, place))
    yield "</g>"


def _hover(trace: Any, place: int) -> str:
    if not trace.hovertext:
        return ""
    words = re.sub(r"</?b>", "", trace.hovertext[place]).replace("<br>", "\n")
    return f"<title>{html.escape(html.unescape(words))}</title>"


def _shape(frame: _Frame, shape: Any) -> str:
    if shape.type != "line":
        raise InputError(f"a shape of type {shape.type!r} cannot be drawn as SVG; expected line")
    x_reference, y_reference = shape.xref or "x", shape.yref or "y"
    start = frame.x(shape.x0, reference=x_reference), frame.y(shape.y0, reference=y_reference)
    end = frame.x(shape.x1, reference=x_reference), frame.y(shape.y1, reference=y_reference)
    return line(start, end, shape.line.color, shape.line.width, dashed=shape.line.dash == "dash")


def _annotation(frame: _Frame, note: Any) -> str:
    x = frame.x(note.x, reference=note.xref or "x", logged=True) + (note.xshift or 0)
    y = frame.y(note.y, reference=note.yref or "y", logged=True) - (note.yshift or 0)
    font = frame.figure.layout.font
    size, ink = note.font.size or font.size, note.font.color or font.color
    return text((x, y), note.text, (size, ink), (note.xanchor or "center", note.yanchor or "middle"), halo=bool(note.bgcolor))


def _legend(frame: _Frame) -> Iterator[str]:
    legend, font = frame.figure.layout.legend, frame.figure.layout.font
    shown = [trace for trace in frame.figure.data if trace.showlegend]
    if not shown:
        return
    size, level = legend.font.size or 13, legend.orientation == "h"
    x, y = frame.x(legend.x, reference="paper"), frame.y(legend.y, reference="paper")
    rows = (
        _legend_rows([trace.name for trace in shown], size, frame.wide - x) if level else [[place] for place in range(len(shown))]
    )
    top = y - (len(rows) * 22 if legend.yanchor == "bottom" else 0)
    for step, row in enumerate(rows):
        left = x
        for place in row:
            yield _legend_key(shown[place], left + 10, top + 22 * step + 11)
            yield text((left + 24, top + 22 * step + 11), shown[place].name, (size, font.color), ("left", "middle"))
            left += _entry_width(shown[place].name, size)


def _legend_rows(names: list[str], size: float, width: float) -> list[list[int]]:
    """Return the entries of each row of a level legend, by their place."""
    rows: list[list[int]] = [[]]
    used = 0.0
    for place, name in enumerate(names):
        wide = _entry_width(name, size)
        if rows[-1] and used + wide > width:
            rows.append([])
            used = 0.0
        rows[-1].append(place)
        used += wide
    return rows


def _entry_width(name: str, size: float) -> float:
    """Return the pixels that an entry of a level legend takes; a Chinese letter is as wide as it is high."""
    letters = sum(1.0 if unicodedata.east_asian_width(letter) in ("W", "F") else _LETTER for letter in name)
    return 24 + size * letters + 14


def _legend_key(trace: Any, x: float, y: float) -> str:
    if "lines" in trace.mode:
        return line((x - 9, y), (x + 9, y), trace.line.color, trace.line.width)
    marker = trace.marker
    style = f'fill="{marker.color}" stroke="{marker.line.color or "none"}" stroke-width="{number(marker.line.width or 0)}"'
    return f"<g {style}>{symbol(marker.symbol, (x, y), 7)}</g>"


def _each(value: Any, place: int) -> Any:
    return value if isinstance(value, (str, int, float)) else value[place]
