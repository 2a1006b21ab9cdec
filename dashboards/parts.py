"""What the views are put together from: tiles, tables with their download, figures, and choices kept in the URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from jobimpact.reporting.formats.escaping import csv_bytes, escape_markdown
from jobimpact.screen.browse import compare_rows, coverages, style_table
from jobimpact.screen.figures import plot_comparison
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

    from jobimpact.screen.tiles import Tile
    from jobimpact.sources.tasks.starter import Language

# Figures of the report are 960 pixels wide; where they do not fit, the narrow one is shown in their place.
_STYLE = """<style>
.block-container {max-width: 1040px; padding: 4rem 1rem 3rem 1rem;}
[data-testid="stMetricValue"] {font-size: 1.7rem;}
[data-testid="stMetricLabel"] p {font-weight: 600; white-space: normal;}
/* The table's own download would write cells that a spreadsheet takes for formulas; ours is under the table. */
[data-testid="stElementToolbarButton"]:has([aria-label="Download as CSV"]) {display: none;}
@media print {
  [class*="st-key-narrow-"] {display: none;}
  [class*="st-key-wide-"] {zoom: .72;}
}
@media screen and (min-width: 1000px) {
  [class*="st-key-narrow-"] {display: none;}
  .st-key-tiles-5 [data-testid="stMetricLabel"] {min-height: 3.9rem; align-items: flex-start;}
}
@media screen and (max-width: 999px) {
  [class*="st-key-wide-"] {display: none;}
  [class*="st-key-tiles-"] [data-testid="stColumn"] {min-width: calc(50% - 1rem);}
}
</style>"""
INTERVAL = ("estimate_low", "estimate_high")  # of the exposure before them in a table
_LANGUAGES: dict[Language, str] = {"en": "English", "zh": "中文"}
_MISSING = "unknown"  # never a zero and never an empty cell
# Name and width in pixels of a column.
_COLUMNS = {
    "title": ("Occupation", 290),
    "soc_code": ("SOC code", 80),
    "found_as": ("Found as", 180),
    "tot_emp": ("Jobs", 95),
    "a_median": ("Median wage", 105),
    "a_mean": ("Mean wage", 105),
    "exposure_beta": ("Exposure (beta)", 120),
    "exposure_alpha": ("alpha", 75),
    "exposure_gamma": ("gamma", 75),
    "exposure_automation": ("Automation", 95),
    "exposure_beta_wage_bill": ("Wage bill (beta)", 120),
    "estimate_low": ("Low", 60),
    "estimate_high": ("High", 60),
    "group_title": ("Group", 330),
    "group": ("Code", 80),
    "naics": ("NAICS", 75),
    "n_occupations": ("Occupations", 100),
    "name": ("", 280),
    "n_tasks": ("Scored tasks", 100),
    "task": ("Task", 340),
    "task_type": ("Type", 105),
    "beta": ("beta", 120),
    "label_set": ("Label set", 90),
    "alpha": ("alpha", 60),
    "gamma": ("gamma", 65),
    "automation": ("Automation", 90),
    "naics_title": ("Sector", 330),
    "area_title": ("State", 180),
    "state": ("Code", 60),
    "matched_share": ("Matched share", 110),
    "cells_suppressed": ("Suppressed", 95),
    "share_workers_50": ("Jobs at 0.50+", 110),
    "employment_share": ("Share of jobs", 110),
    "use": ("Used for", 200),
    "publisher": ("Publisher", 220),
    "release_text": ("Release", 90),
    "licence": ("Licence", 120),
    "citation": ("Citation", 600),
    "similarity": ("Similarity", 85),
    "onetsoc_code": ("O*NET-SOC", 100),
    "human": ("Human", 70),
    "gpt4": ("GPT-4", 70),
    "gpt4_alt": ("GPT-4, other rubric", 140),
    "n_same_text": ("Same text", 90),
    "words": ("Words", 240),
    "n_words": ("Words left out", 115),
    "effect": ("Effect", 80),
    "effect_masked": ("Effect, hidden", 110),
    "share": ("Share", 80),
}
_BAR = "beta"  # of a task; drawn as a bar


def set_style() -> None:
    """Set the few rules of the page that Streamlit has no option for."""
    st.html(_STYLE)


def show_tiles(tiles: Sequence[Tile], columns: int) -> None:
    """Show figures large, `columns` in a row; the definition is behind the question mark."""
    with st.container(key=f"tiles-{columns}"):
        for start in range(0, len(tiles), columns):
            for column, tile in zip(st.columns(columns), tiles[start : start + columns], strict=False):
                with column.container(border=True, height="stretch"):
                    st.metric(escape_markdown(tile.label), tile.value, help=escape_markdown(tile.definition) or None)
                    show_note(tile.note)


def show_definitions(tiles: Sequence[Tile]) -> None:
    """Show what each figure means in full, for readers without a pointer and for print."""
    for tile in tiles:
        st.markdown(f"**{escape_markdown(tile.label)}: {escape_markdown(tile.value)}.** {escape_markdown(tile.definition)}")


def show_figure(figure: go.Figure, key: str, *, narrow: go.Figure | None = None, source: str) -> None:
    """Show a figure; on a narrow screen the `narrow` one, with its source line under it. Without one, it fits every width."""
    if narrow is not None:
        with st.container(key=f"wide-{key}"):
            _plot(figure, f"{key}-wide")
    with st.container(key=f"narrow-{key}" if narrow is not None else f"any-{key}"):
        _plot(figure if narrow is None else narrow, key)
        show_note(source)


def _plot(figure: go.Figure, key: str) -> None:
    width: Any = "stretch" if figure.layout.width is None else "content"
    st.plotly_chart(figure, width=width, theme=None, key=key, config={"displayModeBar": False})


def show_comparison(rows: Mapping[str, Mapping[str, Any]], *, name: str, source: str) -> None:
    """Show the exposures of a few rows beside one another, as a figure and as a table; `source` is without coverage."""
    source = f"{source} {coverages(rows)}"
    comparison = compare_rows(rows)
    show_figure(plot_comparison(comparison), name, source=source)
    with st.expander("The comparison as a table"):
        show_table(comparison, list(comparison.columns), name=name, source=source)


def show_note(text: str) -> None:
    """Show a small line of plain text."""
    st.caption(escape_markdown(text))


def show_table(
    table: pd.DataFrame,
    columns: Sequence[str],
    *,
    name: str,
    source: str,
    key: str | None = None,
    on_select: Any = "ignore",
    **options: Any,
) -> list[int]:
    """Show columns of `table` with source line and download, which holds all columns; return the positions of selected rows.

    `name` is that of the download and, without a `key`, of the table in the session; the rest goes to Streamlit's table.
    """
    event: Any = st.dataframe(
        style_table(table, columns),
        hide_index=True,
        column_config={column: _column(column) for column in columns},
        placeholder=_MISSING,
        key=key or f"table-{name}",
        on_select=on_select,
        selection_mode="single-row",
        **options,
    )
    note, button = st.columns([6, 1], vertical_alignment="center")
    note.caption(escape_markdown(source))
    file, icon = csv_bytes(table, source=source), ":material/download:"
    button.download_button("CSV", file, f"jobimpact-{name}.csv", "text/csv", icon=icon, on_click="ignore", width="stretch")
    return [] if on_select == "ignore" else list(event.selection.rows)


def _column(column: str) -> Any:
    entry: Mapping[str, Any] = read_dictionary()["columns"].get(column, {})
    label, width = _COLUMNS[column]
    meaning = entry.get("description")
    if column == _BAR:
        return st.column_config.ProgressColumn(label, help=meaning, width=width, format="%.2f", min_value=0, max_value=1)
    # Numbers stay numbers, so that a click on the header sorts by value and not by text.
    kind = st.column_config.NumberColumn if entry.get("type") in ("float", "int") else st.column_config.TextColumn
    return kind(label, help=meaning, width=width)


def show_occupations(cells: pd.DataFrame, *, name: str, place: str, source: str) -> None:
    """Show the occupations of a sector or state (table ``occupation_cells``); selecting one opens its card.

    `place` is what the sector or state is called in a sentence, such as "this sector".
    """
    st.subheader("Largest occupations")
    show_note(
        f"Exposure: that of the occupation in the whole country. Jobs and wages: those in {place}. Select a row for its card."
    )
    columns = ("title", "soc_code", "tot_emp", "employment_share", "a_mean", "n_tasks", "exposure_beta")
    rows = show_table(cells, columns, name=name, source=source, on_select="rerun")
    if rows:
        st.switch_page("views/occupations.py", query_params={"occupation": str(cells["soc_code"].iloc[rows[0]])})


def linked(name: str, options: Collection[str] | None = None, start: str | None = None) -> tuple[str, Callable[[], None]]:
    """Return the key of a widget whose value stands in the URL as `name`, and what to call when the reader changes it.

    The widget follows the URL when that changed, so that links and the back button work, and the URL follows the
    reader. A value that is none of `options` is replaced by `start`.
    """
    key, seen, requested = f"linked-{name}", f"linked-{name}-seen", st.query_params.get(name)
    if key not in st.session_state or st.session_state.get(seen) != requested:
        st.session_state[key], st.session_state[seen] = requested, requested
    if options is not None and st.session_state[key] not in options:
        st.session_state[key] = start

    def keep() -> None:
        value = st.session_state[key]
        st.session_state[seen] = value
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value

    return key, keep


def choose_language() -> Language:
    """Return the language that the reader chose for a page; it stands in the URL."""
    key, keep = linked("language", _LANGUAGES, "en")
    return st.radio(
        "Language / 语言", list(_LANGUAGES), horizontal=True, format_func=_LANGUAGES.__getitem__, key=key, on_change=keep,
        label_visibility="collapsed",
    )  # fmt: skip


def choose_plain(label: str, name: str, options: Mapping[str, str]) -> str:
    """Return which of a few options the reader chose, shown without their codes; it stands in the URL as `name`."""
    key, keep = linked(name, options, next(iter(options)))
    return st.selectbox(label, list(options), format_func=options.__getitem__, key=key, on_change=keep)


def choose(label: str, name: str, options: Mapping[str, str], *, known: Collection[str] = (), first: bool = True) -> str | None:
    """Return the code that the reader chose; it stands in the URL as `name`, so that the view can be linked.

    The URL may name codes that are `known` without a warning although they are no option now. Of a code that is neither
    there is a warning, and nothing is chosen. Without `first` nothing is chosen where the URL names none.
    """
    requested = st.query_params.get(name)
    wrong = requested is not None and requested not in options and requested not in known
    if wrong:
        st.warning(escape_markdown(f"{label} {str(requested)[:40]!r} of the address is not in this study; choose another."))
    key, keep = linked(name, options, next(iter(options), None) if first and not wrong else None)

    def title(code: str) -> str:
        return f"{options[code]} ({code})"

    code: str | None = st.selectbox(
        label, list(options), format_func=title, key=key, on_change=keep, placeholder="Choose", index=None
    )
    return code
