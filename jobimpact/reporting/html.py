"""The report as one HTML page: no scripts, nothing to fetch, the same bytes for the same study."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from jobimpact.files import written_whole
from jobimpact.paths import packaged
from jobimpact.reporting import page
from jobimpact.reporting.claims import Claim
from jobimpact.reporting.figures import plot_distribution, plot_major_groups, plot_sectors
from jobimpact.reporting.narrative import summarise
from jobimpact.reporting.statemap import plot_state_tiles
from jobimpact.reporting.style import source_line
from jobimpact.reporting.svg import draw_svg
from jobimpact.reporting.wages import plot_wages
from jobimpact.reporting.wording import format_release

if TYPE_CHECKING:
    from pathlib import Path

    import plotly.graph_objects as go

    from jobimpact.reporting.narrative import Sentence
    from jobimpact.study import Study

_TITLE_ROOM = 30  # pixels at the top of a figure, where its title would be: the page has its own
# For readers who do not see a figure: what it shows, and where the same figures stand as text.
_LABELS = {
    "sectors": "Bars: exposure of each sector. The same figures are in the table below.",
    "majors": "Bars: exposure of each major occupation group. The same figures are in the table below.",
    "states": "Tile map: exposure of each state. The same figures are in the list below.",
    "wages": "Marks: exposure of each occupation over its median annual wage. The means of the fifths are in the table below.",
    "distribution": "Bars: million jobs by the exposure of their occupation, in steps of 0.05.",
}


def write_html_report(study: Study, path: Path) -> None:
    """Write the report of `study` as one HTML file that needs nothing else; it appears whole or not at all.

    Parameters
    ----------
    study
        With its claims; the report reads its tables and its manifest, nothing else of the run.
    path
        File to write.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    text = render_html_report(study)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def render_html_report(study: Study) -> str:
    """Return the report of `study` as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(packaged("reporting", "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests["claim"] = lambda part: isinstance(part, Claim)
    environment.filters["unbroken"] = lambda text: text.replace(" %", "\N{NO-BREAK SPACE}%")
    return environment.get_template("report.html.j2").render(_context(study))


def _context(study: Study) -> dict[str, Any]:
    tables, manifest = study.tables, study.manifest
    sentences = summarise(tables["claims"])
    headlines, covered = page.tiles(tables, tables["claims"]), page.coverage(tables["claims"])
    majors = tables["groups"][tables["groups"]["group_type"] == "soc_major"]
    majors = majors.assign(group_title=majors["group_title"].str.removesuffix(" Occupations"))
    return {
        "release": format_release(str(manifest.get("inputs", {}).get("employment", {}).get("release", ""))),
        "tasks_title": manifest.get("inputs", {}).get("tasks", {}).get("title", ""),
        "coverage": covered,
        "tiles": headlines,
        "paragraphs": _paragraphs(sentences),
        "figures": _figures(study),
        "sectors": page.rows_of(tables["sectors"]),
        "majors": page.rows_of(majors),
        "lists": {part["name"]: part["rows"] for part in page.occupation_lists(tables["occupations"], tables["tasks"])},
        "states": page.state_rows(tables["areas"]),
        "fifths": page.fifth_rows(tables["groups"], tables["occupations"]),
        "wages": page.wage_notes(tables["occupations"]),
        "model": page.model_figures(manifest),
        "sources": page.source_rows(manifest),
        "ledger": page.ledger(headlines, sentences, list(covered.values())),
        "parameters": manifest.get("parameters", {}),
        "fingerprints": _fingerprints(study),
        "packages": manifest.get("packages", {}),
    }


def _paragraphs(sentences: list[Sentence]) -> list[list[Sentence]]:
    return [list(part) for _, part in itertools.groupby(sentences, key=lambda sentence: sentence.paragraph)]


def _figures(study: Study) -> dict[str, str]:
    """Return the figures as SVG by name."""
    from markupsafe import Markup

    tables, source, mean = study.tables, source_line(study.manifest), _mean(study)
    figures: dict[str, go.Figure] = {
        "sectors": plot_sectors(tables["sectors"], source=source, mean=mean),
        "majors": plot_major_groups(tables["groups"], source=source, mean=mean),
        "states": plot_state_tiles(tables["areas"], source=source),
        "wages": plot_wages(tables["occupations"], tables["groups"], source=source),
        "distribution": plot_distribution(tables["occupations"], source=source),
    }
    drawn = {name: draw_svg(figure, label=_LABELS[name], title=False, crop=_TITLE_ROOM) for name, figure in figures.items()}
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - draw_svg has escaped all text


def _mean(study: Study) -> float:
    groups = study.tables["groups"]
    national = groups.loc[groups["group_type"] == "all", "exposure_beta"]
    return float(national.iloc[0]) if len(national) else math.nan


def _fingerprints(study: Study) -> list[tuple[str, str]]:
    """Return the hashes by which a run can be recognised: model, task texts, tables."""
    model, tasks = study.manifest.get("model", {}), study.manifest.get("inputs", {}).get("tasks", {})
    found = [
        ("Encoder weights", model.get("weights_sha256")),
        ("Adapter", model.get("adapter_sha256")),
        ("Heads", model.get("heads_sha256")),
        ("Task file", tasks.get("sha256")),
        *sorted(study.manifest.get("tables_sha256", {}).items()),
    ]
    return [(name, str(digest)) for name, digest in found if digest]
