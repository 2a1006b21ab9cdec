"""Figures of a document as files for print: SVG, PDF with vectors, and PNG, without a browser.

The colours are those of data/figures.toml, which stay apart in greyscale and for colour-blind readers.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.reporting.archive import write_folder, write_zip
from jobimpact.reporting.document import Figure
from jobimpact.reporting.fonts import CHINESE, check_chinese, find_typefaces, load_typst
from jobimpact.reporting.layout import plain
from jobimpact.reporting.svg import draw_svg

if TYPE_CHECKING:
    from jobimpact.reporting.document import Document
    from jobimpact.reporting.fonts import Typefaces

ImageKind = Literal["svg", "pdf", "png"]
IMAGE_KINDS: tuple[ImageKind, ...] = ("svg", "pdf", "png")
_TITLE_ROOM = 30  # pixels at the top of a figure, where its title would be
_FAMILY = re.compile(r'font-family="[^"]*"')
_TEXT = re.compile(r"<text .*?</text>", re.DOTALL)
_PAGE = '#set page(width: {width}mm, height: auto, margin: 0pt)\n#image("figure.svg", width: 100%, alt: sys.inputs.alt)\n'


def write_figures(document: Document, path: Path) -> Path:
    """Write every figure of `document` as SVG, PDF and PNG, named by number and identifier.

    Parameters
    ----------
    document
        Of any type and language.
    path
        A name that ends in ``.zip`` for one file, else a folder, made anew; each appears whole or not at all.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    InputError
        If the document has no figure, if typst is not installed, if a font for Chinese is missing, or if the files cannot
        be written.
    """
    figures = [block for block in document.blocks() if isinstance(block, Figure)]
    if not figures:
        raise InputError(
            f"this {document.report_type} report has no figure to write; expected one at least: choose another --format"
        )
    faces = find_typefaces()
    made = {
        f"{place:02d}-{figure.name}.{kind}": figure_bytes(figure, kind, faces)
        for place, figure in enumerate(figures, start=1)
        for kind in IMAGE_KINDS
    }
    return write_zip(made, path) if path.suffix.lower() == ".zip" else write_folder(made, path, mark=next(iter(made)))


def figure_bytes(figure: Figure, kind: ImageKind, faces: Typefaces | None = None, *, title: bool = True) -> bytes:
    """Return a figure as the bytes of a file; the same figure, fonts and library give the same bytes.

    Parameters
    ----------
    figure
        Of a document.
    kind
        ``svg``, ``pdf`` with vectors, or ``png`` at the resolution of data/formats.toml.
    faces
        Fonts, where they were looked for already.
    title
        Whether the figure's own title is drawn; a caption has it otherwise.

    Raises
    ------
    InputError
        If typst is not installed, or the figure has Chinese and no font of this machine does.
    """
    faces = faces or find_typefaces()
    if kind == "svg":
        # Whoever opens the file has fonts of their own: the families of the page stay. White, for readers on a dark ground.
        return _drawn(figure, title=title).replace("<svg ", '<svg style="background:#ffffff" ', 1).encode()
    with tempfile.TemporaryDirectory(prefix="jobimpact-") as folder:
        (Path(folder) / "figure.svg").write_text(draw_print_svg(figure, faces, title=title), encoding="utf-8")
        page = Path(folder) / "figure.typ"
        page.write_text(_PAGE.replace("{width}", str(assumption("formats", "width_mm"))), encoding="utf-8")
        return bytes(
            load_typst().compile(
                page,
                root=folder,
                format=kind,
                ppi=float(assumption("formats", "dots_per_inch")),
                font_paths=faces.book,
                sys_inputs={"alt": plain(figure.alt)},
                timestamp=0,
            )
        )


def draw_print_svg(figure: Figure, faces: Typefaces, *, title: bool = False) -> str:
    """Return a figure as SVG in fonts that the typesetter finds.

    A text with Chinese is set in the Chinese family as a whole: the typesetter takes one family for each text.

    Raises
    ------
    InputError
        If the figure has Chinese and `faces` has no family for it.
    """
    drawn = _FAMILY.sub(f'font-family="{faces.sans}"', _drawn(figure, title=title), count=1)
    check_chinese(faces, drawn, f"figure {figure.name!r}")
    chinese = f'<text font-family="{faces.chinese}" '
    return _TEXT.sub(lambda text: text[0].replace("<text ", chinese, 1) if CHINESE.search(text[0]) else text[0], drawn)


def _drawn(figure: Figure, *, title: bool) -> str:
    drawn = draw_svg(figure.figure, label=figure.alt, title=title, crop=0 if title else _TITLE_ROOM)
    # A control is no XML, and a mark of direction would turn around what stands after it.
    return "\n".join(map(plain, drawn.split("\n")))
