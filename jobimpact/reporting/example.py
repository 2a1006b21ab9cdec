"""The figure that the README shows, from a study: ``python -m jobimpact.reporting.example STUDY FILE``."""

import sys
from pathlib import Path

from jobimpact.files import written_whole
from jobimpact.reporting.figures.svg import draw_svg
from jobimpact.reporting.plots import plot_sectors

if __name__ == "__main__":
    drawing = draw_svg(plot_sectors(sys.argv[1]), label="Exposure by NAICS sector")
    with written_whole(Path(sys.argv[2])) as path:
        # A page on a dark ground would make black text on it unreadable.
        path.write_text(drawing.replace("<svg ", '<svg style="background:#ffffff" ', 1), encoding="utf-8")
