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

if TYPE_CHECKING:
    from collections.abc import Iterator

    import plotly.graph_objects as go

_LETTER = 0.54  # width of a letter in font sizes
Point = tuple[float, float]

_LINE = 1.25  # height of a line of text in font sizes
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_CORNERS: dict[str, tuple[Point, ...]] = {
    "square": ((-0.886, -0.886), (0.886, -0.886), (0.886, 0.886), (-0.886, 0.886)),
    "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
    "triangle-up": ((-1.2, 0.78), (1.2, 0.78), (0, -1.3)),
    "triangle-down": ((-1.2, -0.78), (1.2, -0.78), (0, 1.3)),
}


def draw_svg(figure: go.Figure, *, label: str, title: bool = True, crop: int = 0) -> str:
    """Draw a figure of this package as an SVG element; `label` is for readers who do not see it.

    `crop` pixels are left out at the top: the room of a title that is not drawn. A trace or an axis that this
    cannot draw is an InputError.
    """
    node = _Node(figure.to_dict())
    frame = _Frame(node)
    font = node.layout.font
    attributes = (
        f'role="img" aria-label="{html.escape(label)}" viewBox="0 {crop} {_number(frame.wide)} {_number(frame.tall - crop)}" '
        f'font-family="{html.escape(font.family)}" font-size="{_number(font.size)}" fill="{font.color}"'
    )
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>']
    parts += _axes(frame)
    for trace in node.data:
        parts += _trace(frame, trace)
    parts += [_shape(frame, shape) for shape in node.layout.shapes]
    parts += [_annotation(frame, annotation) for annotation in node.layout.annotations]
    parts += _legend(frame)
    if title and node.layout.title.text:
        size = node.layout.title.font.size
        parts.append(_text((2, 6), node.layout.title.text, (size, font.color), ("left", "top")))
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
    position = math.log10(value) if axis.type == "log" and not logged else float(value)
    return (position - low) / (high - low)


def _axes(frame: _Frame) -> Iterator[str]:
    x_axis, y_axis, font = frame.figure.layout.xaxis, frame.figure.layout.yaxis, frame.figure.layout.font
    bottom, right = frame.top + frame.height, frame.left + frame.width
    if x_axis.visible is not False:
        for value, mark in zip(x_axis.tickvals, x_axis.ticktext, strict=True):
            x = frame.x(value)
            if x_axis.showgrid:
                yield _line((x, frame.top), (x, bottom), x_axis.gridcolor, 1)
            yield _text((x, bottom + 6), mark, (13, font.color), ("center", "top"))
        yield _text((frame.left + frame.width / 2, bottom + 30), x_axis.title.text or "", (13, font.color), ("center", "top"))
    if y_axis.visible is not False:
        size = y_axis.tickfont.size or font.size
        for value, mark in zip(y_axis.tickvals, y_axis.ticktext, strict=True):
            y = frame.y(value)
            if y_axis.showgrid:
                yield _line((frame.left, y), (right, y), y_axis.gridcolor, 1)
            yield _text((frame.left - 8, y), mark, (size, font.color), ("right", "middle"))
        if y_axis.title.text:
            x, y = frame.left - 48, frame.top + frame.height / 2
            rotated = _text((0, 0), y_axis.title.text, (13, font.color), ("center", "middle"))
            yield f'<g transform="translate({_number(x)} {_number(y)}) rotate(-90)">{rotated}</g>'


def _trace(frame: _Frame, trace: Any) -> Iterator[str]:
    # A second pair of axes, as the specification curve has, would be drawn over the first.
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
            for index, (x, y, words) in enumerate(zip(trace.x, trace.y, trace.text, strict=True)):
                ink, size = _each(trace.textfont.color, index), trace.textfont.size
                yield _text((frame.x(x), frame.y(y)), words, (size, ink), ("center", "middle"))
    else:
        raise InputError(f"a trace of type {trace.type!r} cannot be drawn as SVG; expected bar or scatter")


def _bars(frame: _Frame, trace: Any) -> Iterator[str]:
    horizontal = trace.orientation == "h"
    for index, (x, y) in enumerate(zip(trace.x, trace.y, strict=True)):
        if horizontal:
            corners = sorted((frame.x(0), frame.x(x))), sorted((frame.y(y - trace.width / 2), frame.y(y + trace.width / 2)))
        else:
            corners = sorted((frame.x(x - trace.width / 2), frame.x(x + trace.width / 2))), sorted((frame.y(0), frame.y(y)))
        # Pixels count from the top, and a value may be negative: sorted, a rectangle has no negative height.
        (left, right), (top, bottom) = corners
        fill = _each(trace.marker.color, index)
        yield (
            f'<rect x="{_number(left)}" y="{_number(top)}" width="{_number(right - left)}" height="{_number(bottom - top)}" '
            f'fill="{fill}">{_hover(trace, index)}</rect>'
        )


def _lines(frame: _Frame, trace: Any) -> Iterator[str]:
    points: list[str] = []
    # A line is broken where a point is missing; one more at the end closes the last piece.
    for x, y in [*zip(trace.x, trace.y, strict=True), (None, None)]:
        if x is not None and y is not None:
            points.append(f"{_number(frame.x(x))},{_number(frame.y(y))}")
        elif points:
            style = f'fill="none" stroke="{trace.line.color}" stroke-width="{_number(trace.line.width)}"'
            yield f'<polyline points="{" ".join(points)}" {style}/>'
            points = []


def _markers(frame: _Frame, trace: Any) -> Iterator[str]:
    marker = trace.marker
    style = f'fill="{marker.color}" fill-opacity="{_number(marker.opacity or 1)}"'
    yield f'<g {style} stroke="{marker.line.color or "none"}" stroke-width="{_number(marker.line.width or 0)}">'
    for index, (x, y) in enumerate(zip(trace.x, trace.y, strict=True)):
        yield _symbol(marker.symbol, (frame.x(x), frame.y(y)), _each(marker.size, index) / 2, _hover(trace, index))
    yield "</g>"


def _hover(trace: Any, index: int) -> str:
    if not trace.hovertext:
        return ""
    words = re.sub(r"</?b>", "", trace.hovertext[index]).replace("<br>", "\n")
    return f"<title>{html.escape(html.unescape(words))}</title>"


def _shape(frame: _Frame, shape: Any) -> str:
    if shape.type != "line":
        raise InputError(f"a shape of type {shape.type!r} cannot be drawn as SVG; expected line")
    x_reference, y_reference = shape.xref or "x", shape.yref or "y"
    start = frame.x(shape.x0, reference=x_reference), frame.y(shape.y0, reference=y_reference)
    end = frame.x(shape.x1, reference=x_reference), frame.y(shape.y1, reference=y_reference)
    return _line(start, end, shape.line.color, shape.line.width, dashed=shape.line.dash == "dash")


def _annotation(frame: _Frame, note: Any) -> str:
    # plotly takes logarithms for annotations on a logarithmic axis, and values for everything else.
    x = frame.x(note.x, reference=note.xref or "x", logged=True) + (note.xshift or 0)
    y = frame.y(note.y, reference=note.yref or "y", logged=True) - (note.yshift or 0)
    font = frame.figure.layout.font
    size, ink = note.font.size or font.size, note.font.color or font.color
    return _text((x, y), note.text, (size, ink), (note.xanchor or "center", note.yanchor or "middle"), halo=bool(note.bgcolor))


def _legend(frame: _Frame) -> Iterator[str]:
    legend, font = frame.figure.layout.legend, frame.figure.layout.font
    traces = [trace for trace in frame.figure.data if trace.showlegend]
    if not traces:
        return
    size, horizontal = legend.font.size or 13, legend.orientation == "h"
    x, y = frame.x(legend.x, reference="paper"), frame.y(legend.y, reference="paper")
    rows = (
        _legend_rows([trace.name for trace in traces], size, frame.wide - x)
        if horizontal
        else [[index] for index in range(len(traces))]
    )
    top = y - (len(rows) * 22 if legend.yanchor == "bottom" else 0)
    for step, row in enumerate(rows):
        left = x
        for index in row:
            yield _legend_key(traces[index], left + 10, top + 22 * step + 11)
            yield _text((left + 24, top + 22 * step + 11), traces[index].name, (size, font.color), ("left", "middle"))
            left += _entry_width(traces[index].name, size)


def _legend_rows(names: list[str], size: float, width: float) -> list[list[int]]:
    """Return the entries of each row of a level legend, by their place."""
    rows: list[list[int]] = [[]]
    row_width = 0.0
    for index, name in enumerate(names):
        entry_width = _entry_width(name, size)
        if rows[-1] and row_width + entry_width > width:
            rows.append([])
            row_width = 0.0
        rows[-1].append(index)
        row_width += entry_width
    return rows


def _entry_width(name: str, size: float) -> float:
    """Return the pixels that an entry of a level legend takes; a Chinese letter is as wide as it is high."""
    letters = sum(1.0 if unicodedata.east_asian_width(letter) in ("W", "F") else _LETTER for letter in name)
    return 24 + size * letters + 14


def _legend_key(trace: Any, x: float, y: float) -> str:
    if "lines" in trace.mode:
        return _line((x - 9, y), (x + 9, y), trace.line.color, trace.line.width)
    marker = trace.marker
    style = f'fill="{marker.color}" stroke="{marker.line.color or "none"}" stroke-width="{_number(marker.line.width or 0)}"'
    return f"<g {style}>{_symbol(marker.symbol, (x, y), 7)}</g>"


def _each(value: Any, index: int) -> Any:
    return value if isinstance(value, (str, int, float)) else value[index]


def _number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _line(start: Point, end: Point, ink: str, width: float, *, dashed: bool = False) -> str:
    """Return a straight line."""
    ends = f'x1="{_number(start[0])}" y1="{_number(start[1])}" x2="{_number(end[0])}" y2="{_number(end[1])}"'
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<line {ends} stroke="{ink}" stroke-width="{_number(width)}"{dash}/>'


def _symbol(name: str, at: Point, radius: float, inner: str = "") -> str:
    """Return a marker with `inner` elements; the area is about that of a circle of this radius."""
    x, y = at
    if name == "circle":
        return f'<circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}">{inner}</circle>'
    if name not in _CORNERS:
        raise InputError(f"a marker of the shape {name!r} cannot be drawn as SVG; expected circle, {', '.join(_CORNERS)}")
    # A square marker of plotly is as wide as its size says.
    scale = radius / 0.886 if name == "square" else radius
    corners = " ".join(f"{_number(x + scale * dx)},{_number(y + scale * dy)}" for dx, dy in _CORNERS[name])
    return f'<polygon points="{corners}">{inner}</polygon>'


def _text(at: Point, markup: str, font: tuple[float, str], anchor: tuple[str, str], *, halo: bool = False) -> str:
    """Return text with plotly's ``<br>`` and ``<b>``, escaped; `anchor` says which part of it stands at the point."""
    size, ink = font
    lines = markup.split("<br>")
    block = (len(lines) - 1) * _LINE * size
    first = at[1] + {"top": 0.85 * size, "middle": 0.35 * size - block / 2, "bottom": -0.25 * size - block}[anchor[1]]
    spans = [
        f'<tspan x="{_number(at[0])}" y="{_number(first + step * _LINE * size)}">{_bold(words)}</tspan>'
        for step, words in enumerate(lines)
    ]
    edge = ' stroke="#fff" stroke-width="3" stroke-opacity="0.8" paint-order="stroke"' if halo else ""
    return f'<text font-size="{_number(size)}" fill="{ink}" text-anchor="{_ANCHORS[anchor[0]]}"{edge}>{"".join(spans)}</text>'


def _bold(words: str) -> str:
    marks = {"<b>": '<tspan font-weight="bold">', "</b>": "</tspan>"}
    pieces = re.split(r"(</?b>)", words)
    return "".join(marks.get(piece) or html.escape(html.unescape(piece), quote=False) for piece in pieces)
