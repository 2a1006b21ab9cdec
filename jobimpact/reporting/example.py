"""The figure that the README shows, from a study: ``python -m jobimpact.reporting.example STUDY FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from jobimpact.files import written_whole
from jobimpact.reporting.claims.intervals import with_interval
from jobimpact.reporting.figures.study import plot_sectors
from jobimpact.reporting.figures.style import source_line
from jobimpact.reporting.figures.svg import draw_svg
from jobimpact.study import read_study


def write_example(study: Path, target: Path) -> None:
    """Write exposure by sector of the study in the folder `study` as an SVG file."""
    read = read_study(study)
    groups = read["groups"]
    mean = float(groups.loc[groups["group_type"] == "all", "exposure_beta"].iloc[0])
    figure = plot_sectors(with_interval(read.tables, "sectors", read["sectors"]), source=source_line(read.manifest), mean=mean)
    drawing = draw_svg(figure, label="Exposure by NAICS sector")
    with written_whole(target) as path:
        # A page on a dark ground would make black text on it unreadable.
        path.write_text(drawing.replace("<svg ", '<svg style="background:#ffffff" ', 1), encoding="utf-8")


if __name__ == "__main__":
    write_example(Path(sys.argv[1]), Path(sys.argv[2]))
