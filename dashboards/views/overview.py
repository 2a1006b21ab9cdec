"""Overview: five headline numbers, exposure by sector, the summary, and what the numbers do not mean."""

import pandas as pd
import streamlit as st
from loaders import load_study
from parts import INTERVAL, show_definitions, show_figure, show_note, show_table, show_tiles

from jobimpact.reporting.claims.facts import Facts
from jobimpact.reporting.claims.intervals import with_interval
from jobimpact.reporting.compose.sources import source_rows, table_source_rows
from jobimpact.reporting.figures.study import plot_sectors
from jobimpact.reporting.figures.style import source_line
from jobimpact.reporting.formats.escaping import escape_markdown
from jobimpact.reporting.words.overview import summarise
from jobimpact.screen.browse import caveats, coverage, order_by_exposure, select_row
from jobimpact.screen.figures import plot_sectors_narrow
from jobimpact.screen.tiles import headline_tiles
from jobimpact.study import Study

_COLUMNS = (
    "naics_title",
    "exposure_beta",
    *INTERVAL,
    "exposure_alpha",
    "exposure_gamma",
    "share_workers_50",
    "tot_emp",
    "matched_share",
)
_SOURCE_COLUMNS = ("use", "title", "publisher", "release_text", "licence", "citation")


def show() -> None:
    """Show the page."""
    study = load_study()
    nation = select_row(study["groups"], "group_type", "all")
    source = f"{source_line(study.manifest)} {coverage(nation)}"
    st.header("How exposed is work to language models?")
    show_note(
        "Wage and salary jobs in the United States. Exposure runs from 0 (no task could be done in half the time with a language "
        "model) to 1 (every task could). It is not a forecast of jobs lost."
    )
    tiles = headline_tiles(study.tables)
    if not tiles:
        st.warning("No job of this study could be given an exposure: no scored occupation has published employment.")
    show_tiles(tiles, 5)
    if tiles:
        with st.expander("How these five numbers are defined"):
            show_definitions(tiles)
    mean = nation["exposure_beta"]
    sectors = with_interval(study.tables, "sectors", order_by_exposure(study["sectors"]))
    narrow = plot_sectors_narrow(sectors, mean=mean)
    show_figure(plot_sectors(sectors, source=source, mean=mean), "overview", narrow=narrow, source=source)
    with st.expander("Exposure by sector as a table"):
        show_table(sectors, _COLUMNS, name="sectors", source=source)
    _show_text(study)
    with st.expander("Sources and licences"):
        rows = pd.DataFrame([*source_rows(study.manifest), *table_source_rows(study.tables)])
        show_table(rows, _SOURCE_COLUMNS, name="sources", source=source)


def _show_text(study: Study) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("In words")
        paragraphs: dict[str, list[str]] = {}
        for sentence in summarise(Facts(study.tables)):
            paragraphs.setdefault(sentence.paragraph, []).append(sentence.text)
        for sentences in paragraphs.values():
            st.markdown(escape_markdown(" ".join(sentences)))
    with right:
        st.subheader("What the numbers do not mean")
        st.markdown("\n".join(f"- {escape_markdown(limit)}" for limit in caveats(study.manifest)))


show()
