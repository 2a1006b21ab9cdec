"""Sectors: exposure by NAICS sector, one sector's figures, and the largest occupations in it."""

import streamlit as st
from loaders import load_employment, load_study
from parts import INTERVAL, choose, show_comparison, show_figure, show_note, show_occupations, show_table, show_tiles

from jobimpact.estimates.means.cells import occupation_cells
from jobimpact.reporting.claims.intervals import with_interval
from jobimpact.reporting.figures.study import plot_sectors
from jobimpact.reporting.figures.style import source_line
from jobimpact.reporting.formats.escaping import escape_markdown
from jobimpact.screen.browse import ALL_JOBS, choices, coverage, order_by_exposure, select_row
from jobimpact.screen.figures import plot_sectors_narrow
from jobimpact.screen.tiles import group_tiles
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
_INDUSTRY_COLUMNS = ("naics_title", "naics", "exposure_beta", *INTERVAL, "share_workers_50", "tot_emp", "matched_share")


def show() -> None:
    """Show the page."""
    study = load_study()
    nation = select_row(study["groups"], "group_type", "all")
    source = f"{source_line(study.manifest)} {coverage(nation)}"
    mean = nation["exposure_beta"]
    sectors = with_interval(study.tables, "sectors", order_by_exposure(study["sectors"]))
    st.header("Sectors")
    narrow = plot_sectors_narrow(sectors, mean=mean)
    show_figure(plot_sectors(sectors, source=source, mean=mean), "sectors", narrow=narrow, source=source)
    with st.expander("The same as a table"):
        show_table(sectors, _COLUMNS, name="sectors", source=source)
    naics = choose("Sector", "sector", choices(sectors, "naics", "naics_title"))
    if naics is not None:
        _show_sector(study, naics)


def _show_sector(study: Study, naics: str) -> None:
    row = select_row(study["sectors"], "naics", naics)
    nation = select_row(study["groups"], "group_type", "all")
    source = f"{source_line(study.manifest)} {coverage(row)}"
    st.subheader(escape_markdown(row["naics_title"]))
    show_tiles(group_tiles(row, study.tables, "sectors", naics), 3)
    show_comparison(
        {row["naics_title"]: row, ALL_JOBS: nation}, name=f"comparison-sector-{naics}", source=source_line(study.manifest)
    )
    _show_industries(study, naics, source)
    cells = occupation_cells(study["occupations"], load_employment("sector"), "naics", naics)
    show_occupations(cells, name=f"sector-{naics}", place="this sector", source=source)


def _show_industries(study: Study, naics: str, source: str) -> None:
    """Show the industries of a sector; studies of earlier versions have none."""
    if "industries" not in study.tables:
        return
    industries = study["industries"].query("naics_sector == @naics")
    if industries.empty:
        return
    st.subheader("Industries")
    show_note("NAICS industries of three and four digits. Of those of four digits BLS does not publish all.")
    rows = with_interval(study.tables, "industries", order_by_exposure(industries))
    release = str(industries["release"].iloc[0])
    source = f"{source} Employment of industries: OEWS {release}. Low and high: 95 % interval."
    show_table(rows, _INDUSTRY_COLUMNS, name=f"industries-{naics}", source=source)


show()
