"""Report: one that can be cited, about the country, a sector, an occupation or a state, in any format and both languages."""

from pathlib import Path
from typing import cast

import streamlit as st
from loaders import load_report, load_study
from parts import choose, choose_language, choose_plain, show_note

from jobimpact.assumptions import read_assumptions
from jobimpact.reporting.compose.document import ReportType
from jobimpact.reporting.formats.naming import report_command, report_name, shown_folder
from jobimpact.screen.browse import local_choices
from jobimpact.study import Study

# What a report can be about: table; its key, the code that is chosen, and the title.
_SUBJECTS = {
    "sector": ("sectors", ("naics", "naics", "naics_title")),
    "occupation": ("occupations", ("soc_code", "soc_code", "title")),
    "state": ("areas", ("area", "state", "area_title")),
}


def show() -> None:
    """Show the page."""
    study = load_study()
    title, choice = st.columns([4, 1], vertical_alignment="bottom")
    with choice:
        language = choose_language()
    phrases = read_assumptions("pages")[language]
    title.header(phrases["title"])
    show_note(phrases["intro"])
    left, right = st.columns(2)
    with left:
        kind = cast("ReportType", choose_plain(phrases["type"], "type", phrases["types"]))
        key = _choose_subject(study, kind, phrases["subject"], language)
    with right:
        form = choose_plain(phrases["format"], "format", phrases["formats"])
    if key is not None:
        _show_report(study, (kind, key, language, form), phrases)


def _choose_subject(study: Study, kind: str, labels: dict[str, str], language: str) -> str | None:
    if kind not in _SUBJECTS:
        return ""
    table, columns = _SUBJECTS[kind]
    return choose(labels[kind], kind, local_choices(study[table], columns, table, language))


def _show_report(study: Study, asked: tuple[ReportType, str, str, str], phrases: dict[str, str]) -> None:
    kind, key, language, form = asked
    folder = study.path or Path("study")
    name = report_name(folder.name, kind, key, language, form)
    if st.button(phrases["make"], type="primary"):
        st.session_state["report"] = asked
    if st.session_state.get("report") == asked:
        with st.spinner(phrases["wait"]):
            file = load_report(*asked)
        st.download_button(phrases["save"].format(name=name), file, name, icon=":material/download:", on_click="ignore")
    show_note(phrases["command"])
    st.code(report_command(shown_folder(folder), *asked), language="bash")


show()
