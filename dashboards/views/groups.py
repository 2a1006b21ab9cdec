"""Pay and people: exposure by pay, education, preparation, sex, race and ethnicity, and by groups of occupations."""

import streamlit as st
from loaders import load_study
from parts import INTERVAL, choose, show_figure, show_note, show_table

from jobimpact.assumptions import read_assumptions
from jobimpact.reporting.claims.intervals import with_interval
from jobimpact.reporting.figures.style import source_line
from jobimpact.screen.browse import coverage, select_row
from jobimpact.screen.figures import plot_groups

_COLUMNS = ("group_title", "exposure_beta", *INTERVAL, "share_workers_50", "tot_emp", "matched_share")
_LEFT_OUT = "all"
_FIGURE_ROWS = 30  # more bars than that are a table


def show() -> None:
    """Show the page."""
    study = load_study()
    groups = study["groups"]
    nation = select_row(groups, "group_type", _LEFT_OUT)
    entries = read_assumptions("group_types")
    kinds = set(groups["group_type"])
    options = {kind: str(entry["title"]) for kind, entry in entries.items() if kind in kinds and kind != _LEFT_OUT}
    st.header("Pay and people")
    show_note("Groups of workers differ by the occupations that they work in; within an occupation all are taken to be alike.")
    kind = choose("Groups", "groups", options)
    if kind is None:
        return
    rows = with_interval(study.tables, "groups", groups[groups["group_type"] == kind])
    source = f"{source_line(study.manifest)} {coverage(nation)}"
    if len(rows) <= _FIGURE_ROWS:
        figure = plot_groups(rows, title=options[kind], mean=float(nation["exposure_beta"]))
        show_figure(figure, f"groups-{kind}", source=source)
    entry = entries[kind]
    show_note(f"{entry['basis']} ({entry['source']}). Low and high: 95 % interval.")
    show_table(rows, _COLUMNS, name=f"groups-{kind}", source=source)


show()
