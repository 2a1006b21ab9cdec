"""States: the tile map, the table, and one state beside the United States."""

import streamlit as st
from loaders import load_employment, load_study
from parts import choose, open_occupation, show_figure, show_note, show_table, show_tiles

from jobimpact.estimates.cells import occupation_cells
from jobimpact.reporting.browse import choices, coverage, order_by_exposure, select_row
from jobimpact.reporting.cells import territories
from jobimpact.reporting.escaping import escape_markdown
from jobimpact.reporting.figures_dashboard import compare_exposure, narrow_state_tiles, plot_comparison
from jobimpact.reporting.statemap import plot_state_tiles
from jobimpact.reporting.style import source_line
from jobimpact.reporting.tiles import group_tiles
from jobimpact.study import Study

_COLUMNS = ("area_title", "state", "exposure_beta", "exposure_alpha", "exposure_gamma", "share_workers_50", "tot_emp", "matched_share", "cells_suppressed")
_CELL_COLUMNS = ("title", "soc_code", "tot_emp", "employment_share", "a_mean", "n_tasks", "exposure_beta")


def show() -> None:
    """Show the page."""
    study = load_study()
    source = f"{source_line(study.manifest)} {coverage(select_row(study['groups'], 'group_type', 'all'))}"
    st.header("States")
    figure = plot_state_tiles(study["areas"], source=source)
    show_figure(figure, "states", narrow=narrow_state_tiles(figure), source=source)
    with st.expander("The same as a table"):
        show_table(order_by_exposure(study["areas"]), _COLUMNS, name="states", source=source)
    by_name = study["areas"].sort_values("area_title")
    chosen = choose("State", "state", choices(by_name, "state", "area_title"))
    if chosen is not None:
        _show_state(study, chosen)


def _show_state(study: Study, state: str) -> None:
    row = select_row(study["areas"], "state", state)
    nation = select_row(study["groups"], "group_type", "all")
    source = f"{source_line(study.manifest)} {coverage(row)}"
    st.subheader(escape_markdown(str(row["area_title"])))
    if state in territories():
        show_note("A territory: not in the figures of the United States.")
    show_tiles(group_tiles(row), 3)
    show_figure(plot_comparison(compare_exposure({str(row["area_title"]): row, "United States": nation})), "state", source=source)
    st.subheader("Largest occupations")
    cells = occupation_cells(study["occupations"], load_employment("state"), "area", str(row["area"]))
    show_note("Exposure is that of the occupation in the whole country; jobs and wages are those in this state. Select a row for its card.")
    rows = show_table(cells, _CELL_COLUMNS, name=f"state-{state}", source=source, height=420, on_select="rerun")
    open_occupation(cells, rows)


show()
