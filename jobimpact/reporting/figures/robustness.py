"""The specification curve: every universe's estimate in order, and below it the choices that led there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from jobimpact.assumptions import assumption
from jobimpact.reporting.figures.style import axis_of, colour, escape, finish, note, source_line, ticks
from jobimpact.validation.robustness.robustness import claim_threshold, estimate_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

    from jobimpact.validation.robustness.robustness import Robustness

_CHOICES = ("rater", "model", "measure", "task_weights", "crosswalk", "worker_weights", "statistic")
# Pixels of the curve and of a level's row, rows between two choices, characters of a line of the axis title.
_CURVE, _ROW, _GAP, _LABEL = 250, 15, 0.9, 36


def plot_robustness(result: Robustness) -> go.Figure:
    """Plot the specification curve of a question that was asked of a study.

    Parameters
    ----------
    result
        Of :func:`jobimpact.validation.robustness.robustness.robustness`.

    Examples
    --------
    >>> from jobimpact import robustness
    >>> result = robustness("reports/study", "sector 52 > sector 23", raters="none", indices="none")
    >>> plot_robustness(result).layout.title.text
    '<b>sector 52 &gt; sector 23</b>'
    """
    query = result.query
    return plot_specification_curve(
        result.table,
        title=str(query),
        source=source_line(result.manifest),
        claim=claim_threshold(query),
        unit=estimate_unit(query),
        reference=result.reference,
    )


def plot_specification_curve(
    universes: pd.DataFrame,
    *,
    title: str,
    source: str,
    unit: str = "standard deviations over jobs",
    claim: float | None = 0.0,
    reference: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Plot the estimates of all evaluated universes in their order, and a mark for each of their choices.

    Simonsohn, Simmons and Nelson 2020, doi:10.1038/s41562-020-0912-z. Of more universes than the assumption
    ``curve_points``, evenly spaced ones are shown, and the figure says so. A line marks the `claim`, the
    estimate at which the answer changes; a diamond the `reference`, which is the study's own universe.

    Examples
    --------
    >>> import pandas as pd
    >>> universes = pd.DataFrame({"universe": [0, 1], "answer": ["yes", "no"], "comparable": [0.4, -0.1]})
    >>> universes = universes.assign(estimate=universes["comparable"], covered=0.9, rater=["human", "gpt4"])
    >>> universes = universes.assign(**dict.fromkeys(_CHOICES[1:], "same"))
    >>> figure = plot_specification_curve(universes, title="Do exposed jobs pay more?", source="Source: jobimpact")
    >>> figure.layout.yaxis2.ticktext
    ('gpt4', 'human')
    """
    import plotly.graph_objects as go

    curve, total = _shown(universes, 0 if reference is None else int(reference["universe"]))
    positions = np.arange(len(curve))
    estimates = curve["comparable"].to_numpy(float)
    rows, heads = _rows(curve)
    figure = go.Figure()

    def mark(mask: np.ndarray, y: Sequence[float], marker: Mapping[str, Any], **options: Any) -> None:
        figure.add_scatter(x=positions[mask].tolist(), y=list(y), mode="markers", marker=marker, **options)

    for answer, ink, symbol, size in (("yes", "strong", "circle", 4), ("no", "mean", "x-thin-open", 5)):
        mask = curve["answer"].eq(answer).to_numpy()
        hover = [_hover(row) for row in curve[mask].to_dict(orient="records")]
        marker = {"color": colour(ink), "size": size, "symbol": symbol}
        mark(mask, estimates[mask].tolist(), marker, name=f"claim holds: {answer}", hovertext=hover, hoverinfo="text", yaxis="y")
    for choice, level, height in rows:
        mask = curve[choice].eq(level).to_numpy()
        marker = {"color": colour("bar"), "size": 3, "symbol": "line-ns-open"}
        mark(mask, [height] * int(mask.sum()), marker, yaxis="y2", showlegend=False, hoverinfo="skip")
    is_study = curve["universe"].eq(-1 if reference is None else reference["universe"]).to_numpy()
    if is_study.any():
        marker = {"color": colour("paper"), "size": 11, "symbol": "diamond", "line": {"color": colour("ink"), "width": 2}}
        mark(is_study, estimates[is_study].tolist(), marker, name="this study", hoverinfo="skip")
    axis = _estimate_axis(estimates, unit, [] if claim is None else [claim])
    return _finish(figure, title, source, (rows, heads), axis, (len(curve), total))


def _shown(universes: pd.DataFrame, study_universe: int) -> tuple[pd.DataFrame, int]:
    """Return the universes to show, lowest first, and how many were evaluated; the study's own is always among them."""
    evaluated = universes[universes["answer"].notna()].sort_values("comparable", kind="stable", ignore_index=True)
    most = assumption("robustness", "curve_points")
    if len(evaluated) <= most:
        return evaluated, len(evaluated)
    retained = np.unique(np.linspace(0, len(evaluated) - 1, most).round().astype(int))
    # Without its own point a study could not be compared with the rest.
    mask = evaluated.index.isin(retained) | evaluated["universe"].eq(study_universe).to_numpy()
    return evaluated[mask].reset_index(drop=True), len(evaluated)


def _rows(universes: pd.DataFrame) -> tuple[list[tuple[str, str, float]], list[tuple[str, float]]]:
    """Return choice, level and height of every row below the curve, from the top, and the heads of choices that vary."""
    rows, heads, height = [], [], 0.0
    for choice in _CHOICES:
        levels = list(dict.fromkeys(universes[choice]))
        if len(levels) < 2:  # noqa: PLR2004 - a choice with one level is none
            continue
        heads.append((choice.replace("_", " "), height))
        height -= 1
        for level in sorted(levels):
            rows.append((choice, level, height))
            height -= 1
        height -= _GAP
    return rows, heads


def _estimate_axis(estimates: np.ndarray, unit: str, claims: Sequence[float]) -> dict[str, Any]:
    """Return range, ticks and title of the axis of estimates, and the claims that lie on it."""
    low, high = (float(end) for end in (min([*estimates, *claims]), max([*estimates, *claims])))
    # Universes that all agree have no range of their own.
    pad = 0.05 * (high - low) or 0.5
    step = ticks(high - low + 2 * pad)[1]
    marks = [round(step * mark, 10) for mark in range(math.ceil((low - pad) / step), math.floor((high + pad) / step) + 1)]
    title = escape(f"Estimate: {unit}", _LABEL)
    axis = axis_of((low - pad, high + pad), marks, [f"{mark:g}" for mark in marks], title)
    return axis | {"claims": list(claims)}


def _hover(row: Mapping[Any, Any]) -> str:
    choices = "<br>".join(f"{choice.replace('_', ' ')}: {escape(str(row[choice]))}" for choice in _CHOICES)
    return f"<b>estimate {row['estimate']:.3g}</b><br>{choices}<br>{row['covered']:.0%} of the jobs covered"


def _finish(
    figure: go.Figure,
    title: str,
    source: str,
    below_curve: tuple[Sequence[tuple[str, str, float]], Sequence[tuple[str, float]]],
    axis: Mapping[str, Any],
    counts: tuple[int, int],
) -> go.Figure:
    """Give the print style: the curve above, the choices below on an axis of their own."""
    (rows, heads), (curve_points, total) = below_curve, counts
    below = _ROW * (len(rows) + len(heads) + _GAP * len(heads) + 1)
    edge = below / (below + _CURVE)
    count = f"{total:,} universes" if curve_points == total else f"{curve_points:,} of {total:,} universes"
    axis_notes = [
        note(f"<b>{head}</b>", 0, height, xref="paper", yref="y2", xanchor="right", xshift=-6, font={"size": 12})
        for head, height in heads
    ]
    line = {"color": colour("quiet"), "width": 1, "dash": "dash"}
    across = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "yref": "y", "line": line}
    finish(
        figure,
        title=title,
        source=source,
        height=round(_CURVE + below) + 130,
        margin=(150, 20, 84, 40),
        x={"range": [-0.02 * max(curve_points, 1), 1.02 * max(curve_points, 1)], "showticklabels": False, "anchor": "y2",
           "title": {"text": f"{count}, lowest estimate first", "font": {"size": 13}}},
        y={"domain": [edge + 0.02, 1], "showgrid": True, **{key: value for key, value in axis.items() if key != "claims"}},
        notes=axis_notes,
        lines=[across | {"y0": claim, "y1": claim} for claim in axis["claims"]],
        legend={"orientation": "h", "x": 0, "y": 1.0, "xanchor": "left", "yanchor": "bottom"},
    )  # fmt: skip
    heights, names = [height for *_, height in rows], [escape(level) for _, level, _ in rows]
    levels = {"tickvals": heights, "ticktext": names, "tickfont": {"size": 12}}
    room = {"range": [min(heights, default=0.0) - 1, 1], "domain": [0, edge], "anchor": "x"}
    style = {"showgrid": False, "zeroline": False, "fixedrange": True}
    return figure.update_layout(yaxis2=room | style | levels)
