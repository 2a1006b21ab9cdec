"""The look of all figures: print style, palette, layout, and the line that says where the numbers come from."""

from __future__ import annotations

import html
import math
import textwrap
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.paths import packaged
from jobimpact.reporting.words.wording import format_release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

_LINE = 18  # height of a line of small text in pixels
_SOURCE_CHARACTERS = 165  # of small text that fit the width


@cache
def read_style() -> dict[str, Any]:
    """Return data/figures.toml."""
    return tomllib.loads(packaged("data", "figures.toml").read_text(encoding="utf-8"))


def colour(name: str) -> str:
    """Return a colour of the print style by its name."""
    return str(read_style()["style"][name])


def short_name(table_name: str, row_key: str, title: str) -> str:
    """Return a name that fits beside a bar."""
    return str(read_style()["short"].get(f"{table_name}.{row_key}", title))


def escape(text: str, width: int = 0, most: int | None = None) -> str:
    """Return `text` as plotly takes it literally, in lines of `width` characters at most, `most` of them."""
    lines = textwrap.wrap(text, width, max_lines=most, placeholder=" \N{HORIZONTAL ELLIPSIS}") if width else [text]
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def source_line(manifest: Mapping[str, Any]) -> str:
    """Return where a study's figures come from, in one line, for the foot of a figure."""
    inputs = manifest.get("inputs", {})
    employment = inputs.get("employment", {})
    figures = " ".join([str(employment.get("name", "OEWS")), format_release(str(employment.get("release", "")))]).strip()
    return (
        f"Source: jobimpact; employment and wages: BLS {figures}; tasks: {task_line(inputs.get('tasks', {}))}; "
        "rubric: Eloundou et al. 2024. Self-employed not included."
    )


def task_line(tasks: Mapping[str, Any], title: str = "") -> str:
    """Return what the foot of a figure calls a list of tasks, with its release; `title` in place of its own."""
    # A title says after a comma what it is in detail; a user's file may have commas in its name.
    name = title or str(tasks.get("title") or tasks.get("name") or "not stated").partition(", ")[0]
    return " ".join(part for part in (name, str(tasks.get("release", ""))) if part)


def note(text: str, x: float, y: float, *, small: bool = False, **properties: Any) -> dict[str, Any]:
    """Return an annotation without an arrow: `text` (escaped already), its place, and other plotly `properties`."""
    style = read_style()["style"]
    font = {"size": style["small_font_size"], "color": style["quiet"]} if small else {}
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": font} | properties


def upright(position: float, ink: str) -> dict[str, Any]:
    """Return a dashed upright line through the whole plotting area at `place` of the x axis."""
    line = {"color": ink, "width": 1.5, "dash": "dash"}
    ends = {"x0": position, "x1": position, "y0": 0, "y1": 1}
    return {"type": "line", **ends, "yref": "y domain", "line": line}


def finish(
    figure: go.Figure,
    *,
    title: str,
    source: str,
    height: int,
    margin: tuple[int, int, int, int],
    x: dict[str, Any],
    y: dict[str, Any],
    notes: Sequence[dict[str, Any]] = (),
    lines: Sequence[dict[str, Any]] = (),
    legend: dict[str, Any] | None = None,
) -> go.Figure:
    """Give `figure`, which has its traces, the print style, its title, axes and source line; return it.

    `margin` is left, right, top and bottom in pixels; room for the source line is added to it and to the
    `height`. Ranges and ticks of `x` and `y` are always given, so that every renderer draws the same figure;
    `notes` and `lines` come all at once, because plotly checks every one again whenever one is added.
    """
    style = read_style()["style"]
    left, right, top, bottom = margin
    credit = escape(source, _SOURCE_CHARACTERS)
    foot = bottom + _LINE * (credit.count("<br>") + 1) + 4
    corner = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "align": "left"}
    foot_note = note(credit, 0, 0, small=True, xshift=-left + 2, yshift=-foot + 2, **corner)
    # A line that crosses bars is as dark as they are without colours: an edge keeps it apart.
    casing = {"color": style["paper"], "width": 4}
    axis = {"showgrid": False, "zeroline": False, "ticks": "", "fixedrange": True, "gridcolor": style["grid"]}
    text = {"text": f"<b>{escape(title)}</b>", "x": 0, "xref": "container", "xanchor": "left", "y": 1, "yanchor": "top"}
    figure.update_layout(
        title=text | {"pad": {"t": 6, "l": 2}, "font": {"size": style["font_size"] + 2}},
        width=style["width"],
        height=height + foot - bottom,
        margin={"l": left, "r": right, "t": top, "b": foot, "pad": 4},
        font={"family": style["font"], "size": style["font_size"], "color": style["ink"]},
        paper_bgcolor=style["paper"],
        plot_bgcolor=style["paper"],
        template="none",
        xaxis=axis | x,
        yaxis=axis | y,
        hoverlabel={"bgcolor": style["paper"], "font": {"color": style["ink"]}},
        annotations=[*notes, foot_note],
        shapes=[*({**line, "line": casing | {"dash": "solid"}} for line in lines), *lines],
        showlegend=legend is not None,
        legend={"itemsizing": "constant", "font": {"size": style["font_size"] - 1}} | (legend or {}),
    )
    return figure


def axis_of(limits: tuple[float, float], marks: Sequence[float], texts: Sequence[str], title: str) -> dict[str, Any]:
    """Return the properties of an axis with its range, ticks and title."""
    return {
        "range": list(limits),
        "tickvals": list(marks),
        "ticktext": list(texts),
        "title": {"text": title, "font": {"size": 13}},
    }


def ticks(top: float, most: int = 6) -> list[float]:
    """Return round ticks from zero to at least `top`, `most` at most."""
    if not top > 0:
        return [0.0, 1.0]
    size = 10.0 ** math.floor(math.log10(top))
    step = next(part * size for part in (0.1, 0.2, 0.25, 0.5, 1, 2, 5) if top / (part * size) <= most - 1)
    return [round(step * index, 10) for index in range(math.ceil(round(top / step, 9)) + 1)]


def share_ticks(values: Sequence[float]) -> list[float]:
    """Return ticks of an exposure axis from zero to a tenth above the highest of `values`, at most one."""
    top = min(max(math.ceil(10 * max(values, default=0.0) + 0.2), 2) / 10, 1.0)
    return [round(0.1 * index, 1) for index in range(round(10 * top) + 1)]
