"""Parts of a Word file as WordprocessingML text (ECMA-376): runs, links, captions, tables. All text is escaped here."""

from __future__ import annotations

import html
from dataclasses import dataclass

from jobimpact.reporting.formats.layout import plain

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TWIPS = 567  # twentieths of a point in a centimetre


@dataclass(frozen=True)
class WordCell:
    """A cell of a Word table: its paragraphs, each of a style and runs of WordprocessingML."""

    paragraphs: tuple[tuple[str, str], ...]


def escape(text: str) -> str:
    """Return `text` as XML holds it, also in an attribute; what XML cannot hold is U+FFFD."""
    return html.escape(plain(text))


def run(text: str, style: str = "") -> str:
    """Return `text` as a run of a character style."""
    properties = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(style: str, runs: str, *, keep: bool = False) -> str:
    """Return a paragraph; `keep` keeps it on the page of the next one."""
    kept = "<w:keepNext/>" if keep else ""
    return f'<w:p {NAMESPACE}><w:pPr><w:pStyle w:val="{style}"/>{kept}</w:pPr>{runs}</w:p>'


def bookmark(name: str, number: int, runs: str) -> str:
    """Return `runs` as the target `name`, whose `number` is unique in the file."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{runs}<w:bookmarkEnd w:id="{number}"/>'


def link(name: str, runs: str) -> str:
    """Return `runs` as a link to the bookmark `name`."""
    return f'<w:hyperlink w:anchor="{name}" w:history="1">{runs}</w:hyperlink>'


def tab() -> str:
    """Return what moves to the next tab stop."""
    return "<w:r><w:tab/></w:r>"


def field(instruction: str, result: str) -> str:
    """Return a field that Word computes anew, with the result that it shows until then."""
    return f"{field_start(instruction)}{run(result)}{field_end()}"


def field_start(instruction: str) -> str:
    """Return what opens a field, up to its result."""
    code = f'<w:r><w:instrText xml:space="preserve"> {escape(instruction)} </w:instrText></w:r>'
    return f"{_mark('begin')}{code}{_mark('separate')}"


def field_end() -> str:
    """Return what closes a field."""
    return _mark("end")


def _mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def table(
    head: tuple[str, ...],
    rows: list[tuple[WordCell, ...]],
    *,
    shares: tuple[float, ...],
    centimetres: float,
    styles: tuple[str, ...],
    title: str,
    note: str,
    whole: bool = False,
) -> str:
    """Return a table whose head is repeated on every page.

    Parameters
    ----------
    head
        Titles of the C columns; empty for a table without a head.
    rows
        Each of C cells.
    shares, centimetres
        Of the width that each column takes; the width of the table.
    styles
        Of the head of each column.
    title, note
        For readers who do not see the table; a note stands below it on the same page.
    whole
        Whether no page may end within it.
    """
    widths = [round(share * centimetres * _TWIPS) for share in shares]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    top = [WordCell(((style, run(words)),)) for style, words in zip(styles, head, strict=True)] if head else []
    properties = (
        f'<w:tblStyle w:val="ReportTable"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f'<w:tblLook w:val="{"00A0" if head else "0080"}" w:firstRow="{int(bool(head))}" w:lastRow="0" w:firstColumn="1" '
        f'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
        f'<w:tblCaption w:val="{escape(title)}"/><w:tblDescription w:val="{escape(note)}"/>'
    )
    lines = [_row(tuple(top), widths, head=True)] if head else []
    last = len(rows)
    lines += [_row(cells, widths, keep=bool(note) if place == last else whole) for place, cells in enumerate(rows, start=1)]
    return f"<w:tbl {NAMESPACE}><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"


def _row(cells: tuple[WordCell, ...], widths: list[int], *, head: bool = False, keep: bool = False) -> str:
    kept = "<w:keepNext/>" if keep else ""
    repeated = "<w:tblHeader/>" if head else ""
    parts = [f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>"]
    for cell, width in zip(cells, widths, strict=True):
        inner = "".join(f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{kept}</w:pPr>{runs}</w:p>' for style, runs in cell.paragraphs)
        parts.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inner}</w:tc>')
    return "".join([*parts, "</w:tr>"])
