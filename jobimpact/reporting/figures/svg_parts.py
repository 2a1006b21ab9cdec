"""Marks and text as SVG elements."""

from __future__ import annotations

import html
import re

from jobimpact.errors import InputError

Point = tuple[float, float]

_LINE = 1.25  # height of a line of text in font sizes
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_CORNERS: dict[str, tuple[Point, ...]] = {
    "square": ((-0.886, -0.886), (0.886, -0.886), (0.886, 0.886), (-0.886, 0.886)),
    "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
    "triangle-up": ((-1.2, 0.78), (1.2, 0.78), (0, -1.3)),
    "triangle-down": ((-1.2, -0.78), (1.2, -0.78), (0, 1.3)),
}


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def line(start: Point, end: Point, ink: str, width: float, *, dashed: bool = False) -> str:
    """Return a straight line."""
    ends = f'x1="{number(start[0])}" y1="{number(start[1])}" x2="{number(end[0])}" y2="{number(end[1])}"'
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<line {ends} stroke="{ink}" stroke-width="{number(width)}"{dash}/>'


def symbol(name: str, at: Point, radius: float, inner: str = "") -> str:
    """Return a marker with `inner` elements; the area is about that of a circle of this radius."""
    x, y = at
    if name == "circle":
        return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}">{inner}</circle>'
    if name not in _CORNERS:
        raise InputError(f"a marker of the shape {name!r} cannot be drawn as SVG; expected circle, {', '.join(_CORNERS)}")
    # A square marker of plotly is as wide as its size says.
    scale = radius / 0.886 if name == "square" else radius
    corners = " ".join(f"{number(x + scale * dx)},{number(y + scale * dy)}" for dx, dy in _CORNERS[name])
    return f'<polygon points="{corners}">{inner}</polygon>'


def text(at: Point, markup: str, font: tuple[float, str], place: tuple[str, str], *, halo: bool = False) -> str:
    """Return text with plotly's ``<br>`` and ``<b>``; everything else in it is escaped.

    Parameters
    ----------
    at
        The point that the text stands at.
    markup
        Text as plotly takes it.
    font
        Size in pixels and colour.
    place
        Which part of the text stands at the point: left, center or right; top, middle or bottom.
    halo
        Whether the text has a white edge.
    """
    size, ink = font
    lines = markup.split("<br>")
    block = (len(lines) - 1) * _LINE * size
    first = at[1] + {"top": 0.85 * size, "middle": 0.35 * size - block / 2, "bottom": -0.25 * size - block}[place[1]]
    spans = [
        f'<tspan x="{number(at[0])}" y="{number(first + step * _LINE * size)}">{_bold(words)}</tspan>'
        for step, words in enumerate(lines)
    ]
    edge = ' stroke="#fff" stroke-width="3" stroke-opacity="0.8" paint-order="stroke"' if halo else ""
    return f'<text font-size="{number(size)}" fill="{ink}" text-anchor="{_ANCHORS[place[0]]}"{edge}>{"".join(spans)}</text>'


def _bold(words: str) -> str:
    marks = {"<b>": '<tspan font-weight="bold">', "</b>": "</tspan>"}
    pieces = re.split(r"(</?b>)", words)
    return "".join(marks.get(piece) or html.escape(html.unescape(piece), quote=False) for piece in pieces)
