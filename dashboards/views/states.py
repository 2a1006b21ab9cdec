"""States: the tile map, the table, and one state beside the United States."""

import streamlit as st
from loaders import load_employment, load_study
from parts import INTERVAL, choose, show_comparison, show_figure, show_note, show_occupations, show_table, show_tiles

from jobimpact.estimates.means.cells import occupation_cells
from jobimpact.facts.states import territories
from jobimpact.reporting.claims.intervals import with_interval
from jobimpact.reporting.figures.states import plot_states
from jobimpact.reporting.figures.style import source_line
from jobimpact.reporting.formats.escaping import escape_markdown
from jobimpact.screen.browse import choices, coverage, order_by_exposure, select_row
from jobimpact.screen.figures import narrow_state_tiles
from jobimpact.screen.tiles import group_tiles
from jobimpact.study import Study

_EXPOSURES = ("exposure_beta", "exposure_alpha", "exposure_gamma", "share_workers_50")
_COLUMNS = ("area_title", "state", _EXPOSURES[0], *INTERVAL, *_EXPOSURES[1:], "tot_emp", "matched_share", "cells_suppressed")


def show() -> None:
    """Show the page."""
    study = load_study()
    source = f"{source_line(study.manifest)} {coverage(select_row(study['groups'], 'group_type', 'all'))}"
    st.header("States")
    figure = plot_states(study["areas"], source=source)
    show_figure(figure, "states", narrow=narrow_state_tiles(figure), source=source)
    with st.expander("The same as a table"):
        show_table(
            with_interval(study.tables, "areas", order_by_exposure(study["areas"])), _COLUMNS, name="states", source=source
        )
    by_name = study["areas"].sort_values("area_title")
    state = choose("State", "state", choices(by_name, "state", "area_title"))
    if state is not None:
        _show_state(study, state)


def _show_state(study: Study, state: str) -> None:
    row = select_row(study["areas"], "state", state)
    nation = select_row(study["groups"], "group_type", "all")
    source = f"{source_line(study.manifest)} {coverage(row)}"
    st.subheader(escape_markdown(row["area_title"]))
    if state in territories():
        show_note("A territory: not in the figures of the United States.")
    show_tiles(group_tiles(row, study.tables, "areas", str(row["area"])), 3)
    show_comparison(
        {row["area_title"]: row, "United States": nation}, name=f"comparison-state-{state}", source=source_line(study.manifest)
    )
    cells = occupation_cells(study["occupations"], load_employment("state"), "area", row["area"])
    show_occupations(cells, name=f"state-{state}", place="this state", source=source)


show()
