"""Router of the dashboard: pages, and errors of ours as one line."""

import streamlit as st
from loaders import load_illustration
from parts import set_style, show_note

from jobimpact.errors import JobImpactError

st.set_page_config(page_title="jobimpact", layout="wide", initial_sidebar_state="collapsed")
set_style()
page = st.navigation(
    [
        st.Page("views/overview.py", title="Overview", default=True),
        st.Page("views/occupations.py", title="Occupations"),
        st.Page("views/sectors.py", title="Sectors"),
        st.Page("views/states.py", title="States"),
        st.Page("views/groups.py", title="Pay and people"),
        st.Page("views/task.py", title="Score a task"),
        st.Page("views/report.py", title="Report"),
    ],
    position="top",
)
try:
    show_note(load_illustration())
    page.run()
except JobImpactError as error:
    st.error(" ".join(str(error).split()))
