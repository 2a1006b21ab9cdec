"""Occupations: search, the list of matches, and one occupation's card with its tasks."""

import streamlit as st
from loaders import load_names, load_study
from parts import choose, show_comparison, show_note, show_table, show_tiles

from jobimpact.reporting.figures.style import source_line
from jobimpact.reporting.formats.escaping import escape_markdown
from jobimpact.screen.browse import NOT_SCORED, choices, coverage, occupation_peers, occupation_tasks, select_row
from jobimpact.screen.search import search_occupations
from jobimpact.screen.tiles import occupation_tiles
from jobimpact.study import Study

_NAME = "occupation"  # in the URL
_COLUMNS = ("title", "soc_code", "n_tasks", "exposure_beta", "exposure_alpha", "exposure_gamma", "tot_emp", "a_median")
_TASK_COLUMNS = ("task", "beta", "label_set", "alpha", "gamma", "task_type", "automation")


def show() -> None:
    """Show the page."""
    study = load_study()
    source = f"{source_line(study.manifest)} {coverage(select_row(study['groups'], 'group_type', 'all'))}"
    st.header("Occupations")
    label, examples = "Search by title or code, then press Enter", "nurse, softwar develop, 15-1252"
    query = st.text_input(label, placeholder=examples, max_chars=100, on_change=_forget)
    occupations = study["occupations"]
    matches = search_occupations(occupations, query or "", load_names())
    if matches.empty:
        st.info(escape_markdown(f"No occupation matches {query!r}: try one word of the title, or the start of the code."))
        return
    opens = bool(query) and not matches["guess"].iloc[0]
    if query and not opens:
        st.info(escape_markdown(f"No title has the words {query!r}. Did you mean one of these?"))
    show_note(f"{len(matches)} of {len(occupations)} occupations. Select a row, or choose below, to see its card and its tasks.")
    key = f"occupations-{query}"  # another search has other rows, so a selection does not carry over

    def open_row() -> None:
        rows = st.session_state[key].selection.rows
        if rows:
            st.query_params[_NAME] = str(matches["soc_code"].iloc[rows[0]])

    columns = (_COLUMNS[0], "found_as", *_COLUMNS[1:]) if matches["found_as"].any() else _COLUMNS
    show_table(matches, columns, name="occupations", source=source, key=key, on_select=open_row)
    options = choices(matches, "soc_code", "title")
    soc_code = choose("Occupation", _NAME, options, known=set(occupations["soc_code"]), first=opens)
    if soc_code is not None:
        _show_card(study, soc_code, source)


def _forget() -> None:
    """Drop the choice of the URL: after a new search the best match is shown."""
    st.query_params.pop(_NAME, None)


def _show_card(study: Study, soc_code: str, source: str) -> None:
    row = select_row(study["occupations"], "soc_code", soc_code)
    st.subheader(escape_markdown(f"{row['title']} ({soc_code})"))
    show_tiles(occupation_tiles(study.tables, soc_code), 4)
    show_comparison(occupation_peers(study.tables, soc_code), name=f"comparison-{soc_code}", source=source_line(study.manifest))
    tasks = occupation_tasks(study["tasks"], soc_code)
    st.subheader("Tasks")
    if tasks.empty:
        st.info(f"This study has no tasks of this occupation, so it is {NOT_SCORED}: its exposure is unknown, not zero.")
        return
    show_note(
        "Most exposed first. Label set: the labels of which a human rater would give one in nine of ten cases. "
        "Automation: GPT-4's grade on an ordinal scale, 0 no part of the task to 1 all of it."
    )
    show_table(tasks, _TASK_COLUMNS, name=f"tasks-{soc_code}", source=source, row_height=66, height="content")


show()
