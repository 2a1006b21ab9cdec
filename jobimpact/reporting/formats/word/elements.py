"""Parts of a Word file that python-docx has no call for: links, bookmarks, fields, tables with repeated heads (ECMA-376)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from jobimpact.reporting.formats.layout import plain

_TWIPS = 567  # twentieths of a point in a centimetre
Parts = list[Any]  # elements of a paragraph, one after the other


@dataclass(frozen=True)
class WordCell:
    """A cell of a Word table: its paragraphs, each of a style and parts."""

    paragraphs: tuple[tuple[str, Parts], ...]


def element(tag: str, *children: Any, **attributes: object) -> Any:
    """Return the element ``w:tag``; lxml escapes what is in it."""
    result = OxmlElement(f"w:{tag}", {qn(f"w:{name}"): str(value) for name, value in attributes.items()})
    result.extend(children)
    return result


def run(text: str, style: str = "") -> Any:
    """Return `text` in a character style."""
    result = element("r")
    result.text = plain(text)
    if style:
        result.style = style
    return result


def paragraph(style: str, parts: Parts, *, keep: bool = False) -> Any:
    """Return a paragraph; `keep` keeps it on the page of the next one."""
    properties = element("pPr", element("pStyle", val=style), *([element("keepNext")] if keep else []))
    return element("p", properties, *parts)


def bookmark(name: str, number: int, parts: Parts) -> Parts:
    """Return `parts` as the target `name`, whose `number` is unique in the file."""
    return [element("bookmarkStart", id=number, name=name), *parts, element("bookmarkEnd", id=number)]


def link(name: str, parts: Parts) -> Any:
    """Return `parts` as a link to the bookmark `name`."""
    return element("hyperlink", *parts, anchor=name, history=1)


def field(instruction: str, result: Parts) -> Parts:
    """Return a field that Word computes anew, with the parts that it shows until then."""
    return [*field_start(instruction), *result, field_end()]


def field_start(instruction: str) -> Parts:
    """Return what opens a field, up to its result, which may go on in later paragraphs."""
    code = element("instrText")
    code.text = f" {instruction} "
    code.set(qn("xml:space"), "preserve")
    return [_field_mark("begin"), element("r", code), _field_mark("separate")]


def field_end() -> Any:
    """Return what closes a field."""
    return _field_mark("end")


def _field_mark(kind: str) -> Any:
    return element("r", element("fldChar", fldCharType=kind))


def table(
    head: Sequence[WordCell],
    rows: Sequence[Sequence[WordCell]],
    *,
    shares: Sequence[float],
    centimetres: float,
    title: str,
    note: str = "",
    whole: bool = False,
) -> Any:
    """Return a table whose head, which may be empty, is repeated on every page.

    Columns take `shares` of the width in `centimetres`; `title` and `note` are for readers who do not see the
    table, a note stands below it on the same page, and no page ends within a `whole` one.
    """
    widths = [round(share * centimetres * _TWIPS) for share in shares]
    look = {"firstRow": int(bool(head)), "lastRow": 0, "firstColumn": 1, "lastColumn": 0, "noHBand": 1, "noVBand": 1}
    properties = element(
        "tblPr",
        element("tblStyle", val="ReportTable"),
        element("tblW", w=sum(widths), type="dxa"),
        element("tblLayout", type="fixed"),
        element("tblLook", val="00A0" if head else "0080", **look),
        element("tblCaption", val=plain(title)),
        element("tblDescription", val=plain(note)),
    )
    lines = [_row(head, widths, repeated=True)] if head else []
    # The last row stays with the note below it.
    lines += [_row(cells, widths, keep=whole) for cells in rows[:-1]]
    lines += [_row(cells, widths, keep=bool(note)) for cells in rows[-1:]]
    return element("tbl", properties, element("tblGrid", *(element("gridCol", w=width) for width in widths)), *lines)


def _row(cells: Sequence[WordCell], widths: list[int], *, repeated: bool = False, keep: bool = False) -> Any:
    result = element("tr", element("trPr", element("cantSplit"), *([element("tblHeader")] if repeated else [])))
    for cell, width in zip(cells, widths, strict=True):
        lines = [paragraph(style, parts, keep=keep) for style, parts in cell.paragraphs]
        result.append(element("tc", element("tcPr", element("tcW", w=width, type="dxa")), *lines))
    return result
