"""Figures of a document as files for print: SVG, PDF with vectors, and PNG, without a browser.

The colours are those of data/figures.toml, which stay apart in greyscale and for colour-blind readers.
"""

import html
import re
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Literal

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.reporting.compose.document import Document, Figure
from jobimpact.reporting.figures.svg import draw_svg
from jobimpact.reporting.formats.archive import write_folder, write_zip
from jobimpact.reporting.formats.fonts import CHINESE, Typefaces, check_chinese, coded_text, find_typefaces, load_typst
from jobimpact.reporting.formats.layout import plain

ImageKind = Literal["svg", "pdf", "png"]
IMAGE_KINDS: tuple[ImageKind, ...] = ("svg", "pdf", "png")
_TITLE_ROOM = 30  # pixels at the top of a figure, where its title would be
_FAMILY = re.compile(r'font-family="[^"]*"')
_TEXT = re.compile(r"<text .*?</text>", re.DOTALL)
_PAGE = """#set document(title: sys.inputs.title)
#set page(width: {width}mm, height: auto, margin: 0pt)
#image("figure.svg", width: 100%, alt: sys.inputs.alt)
"""
_INCH = 0.0254  # metres
_HEADER = 33  # bytes of a PNG file before its other chunks


def write_figures(document: Document, path: Path) -> Path:
    """Write every figure of `document` as SVG, PDF and PNG, named by number and identifier.

    A `path` that ends in ``.zip`` is one file, else a folder, made anew.
    """
    figures = [block for block in document.blocks() if isinstance(block, Figure)]
    if not figures:
        raise InputError(
            f"this {document.report_type} report has no figure to write; expected one at least: choose another --format"
        )
    faces = find_typefaces()
    files = {
        f"{number:02d}-{figure.name}.{kind}": figure_bytes(figure, kind, faces)
        for number, figure in enumerate(figures, start=1)
        for kind in IMAGE_KINDS
    }
    return write_zip(files, path) if path.suffix.lower() == ".zip" else write_folder(files, path, mark=next(iter(files)))


def figure_bytes(figure: Figure, kind: ImageKind, faces: Typefaces | None = None, *, title: bool = True) -> bytes:
    """Return a figure as the bytes of a file: SVG, PDF with vectors, or PNG.

    The same figure, fonts and library give the same bytes. Without `title` a caption has it.
    """
    faces = faces or find_typefaces()
    if kind == "svg":
        return _named_svg(figure, title=title).encode()
    with tempfile.TemporaryDirectory(prefix="jobimpact-") as folder:
        (Path(folder) / "figure.svg").write_text(draw_print_svg(figure, faces, title=title), encoding="utf-8")
        page = Path(folder) / "figure.typ"
        page.write_text(_PAGE.replace("{width}", str(assumption("formats", "width_mm"))), encoding="utf-8")
        dots = float(assumption("formats", "dots_per_inch"))
        inputs = {"alt": plain(figure.alt), "title": plain(figure.title)}
        compiled = load_typst().compile(
            page, root=folder, format=kind, ppi=dots, font_paths=faces.book, sys_inputs=inputs, timestamp=0
        )
        return _named_png(bytes(compiled), figure, dots) if kind == "png" else bytes(compiled)


def draw_print_svg(figure: Figure, faces: Typefaces, *, title: bool = False) -> str:
    """Return a figure as SVG in fonts that the typesetter finds.

    A text with Chinese is set in the Chinese family as a whole: the typesetter takes one family for each
    text.
    """
    svg = _FAMILY.sub(f'font-family="{faces.sans}"', page_svg(figure, title=title), count=1)
    check_chinese(faces, svg, f"figure {figure.name!r}")

    def in_family(match: re.Match[str]) -> str:
        family = faces.chinese if CHINESE.search(match[0]) else faces.sans
        return coded_text(match[0], faces, family).replace("<text ", f'<text font-family="{family}" ', 1)

    return _TEXT.sub(in_family, svg)


def _named_svg(figure: Figure, *, title: bool) -> str:
    """Return a figure as SVG that says what it is, on white for readers with a dark ground.

    Whoever opens the file has fonts of their own: the families of the page stay.
    """
    names = f"<title>{html.escape(plain(figure.title))}</title><desc>{html.escape(plain(figure.alt))}</desc>"
    head, _, rest = page_svg(figure, title=title).partition(">")
    white = head.replace("<svg ", '<svg style="background:#ffffff" ', 1)
    return f"{white}>{names}{rest}"


def _named_png(content: bytes, figure: Figure, dots: float) -> bytes:
    """Return a PNG file with its resolution, which word processors set it by, its title and its text for who does not see it."""
    metre = round(dots / _INCH)
    chunks = [(b"pHYs", struct.pack(">IIB", metre, metre, 1))]
    texts = (("Title", figure.title), ("Description", figure.alt))
    chunks += [(b"iTXt", f"{key}\0\0\0\0\0{plain(text)}".encode()) for key, text in texts]
    encoded = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"".join([content[:_HEADER], *encoded, content[_HEADER:]])


def page_svg(figure: Figure, *, title: bool = False) -> str:
    """Return a figure as SVG for a page that has its title already, in the fonts of the page."""
    svg = draw_svg(figure.figure, label=figure.alt, title=title, crop=0 if title else _TITLE_ROOM)
    # A control is no XML, and a mark of direction would turn around what stands after it.
    return "\n".join(map(plain, svg.split("\n")))
