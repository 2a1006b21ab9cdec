"""The look of a Word report: page, styles of templates/word.toml, fonts for Latin and Chinese, header and page numbers."""

import io
import tomllib
from collections.abc import Mapping
from typing import Any

from docx import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_PARAGRAPH_ALIGNMENT, WD_TAB_ALIGNMENT
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.paths import packaged
from jobimpact.reporting.compose.appendix import frame_words
from jobimpact.reporting.compose.document import Document
from jobimpact.reporting.formats.branding import Brand, draw_logo
from jobimpact.reporting.formats.layout import plain
from jobimpact.reporting.formats.word.elements import element, field, paragraph, run

PAGE = (21.0, 29.7)  # A4, in centimetres
_LOGO_HEIGHT = 1.4  # centimetres
_LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
_TABLE_STYLE = """<w:style {names} w:type="table" w:customStyle="1" w:styleId="ReportTable"><w:name w:val="ReportTable"/>
<w:basedOn w:val="TableNormal"/>
<w:tblPr><w:tblBorders><w:top {rule} w:sz="12" w:color="{ink}"/><w:bottom {rule} w:sz="12" w:color="{ink}"/>
<w:insideH {rule} w:sz="4" w:color="{line}"/></w:tblBorders>
<w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders><w:bottom {rule} w:sz="8" w:color="{ink}"/></w:tcBorders>
<w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>"""


def styled_file(document: Document, brand: Brand) -> Any:
    """Return an empty Word file with the report's page, styles, header, footer and properties."""
    file = WordDocument()
    _set_languages(file, brand)
    look = _read_look()
    for name, properties in look["known"].items():
        _restyle(file.styles[name], properties, brand)
    for name, properties in look["paragraphs"].items():
        # The style of a table of contents is Word's own; python-docx's template has none of it.
        style = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("toc"))
        style.base_style, style.quick_style = file.styles[properties.get("based_on", "Normal")], True
        _restyle(style, properties, brand)
    for name, properties in look["characters"].items():
        _set_letters(file.styles.add_style(name, WD_STYLE_TYPE.CHARACTER), properties, brand)
    ink, line = (brand.colour(name).removeprefix("#") for name in ("ink", "line"))
    rule = 'w:val="single" w:space="0"'
    file.styles.element.append(parse_xml(_TABLE_STYLE.format(names=nsdecls("w"), rule=rule, ink=ink, line=line)))
    _set_page(file.sections[0])
    _set_margins(file.sections[0], document, brand)
    _set_properties(file, document, brand)
    return file


def _read_look() -> dict[str, Any]:
    return tomllib.loads(packaged("reporting", "templates", "word.toml").read_text(encoding="utf-8"))


def _fonts(use: str, brand: Brand) -> dict[str, str]:
    """Return the families of a use by the kind of letter: Latin, or Chinese."""
    families = _read_look()["fonts"][use]
    latin = (brand.fonts or {}).get(use) or families["latin"]
    return {"ascii": latin, "hAnsi": latin, "cs": latin, "eastAsia": families["chinese"]}


def _restyle(style: Any, properties: Mapping[str, Any], brand: Brand) -> None:
    """Give a paragraph style the look of an entry of word.toml."""
    for border in style.element.findall(f"{qn('w:pPr')}/{qn('w:pBdr')}"):
        border.getparent().remove(border)
    _set_letters(style, properties, brand)
    spacing = style.paragraph_format
    spacing.space_before, spacing.space_after = Pt(properties.get("before", 0)), Pt(properties.get("after", 0))
    if "based_on" in properties:
        # What the style that it is based on says of space holds, but for what it says itself.
        spacing.space_before = Pt(properties["before"]) if "before" in properties else None
        spacing.space_after = Pt(properties["after"]) if "after" in properties else None
    if "left" in properties:
        spacing.left_indent, spacing.first_line_indent = Pt(properties["left"]), -Pt(properties.get("hanging", 0)) or None
    if "line" in properties:
        spacing.line_spacing = properties["line"]
    if "exact" in properties:
        spacing.line_spacing = Pt(properties["exact"])
    if properties.get("align") == "right":
        spacing.alignment = WD_PARAGRAPH_ALIGNMENT.RIGHT
    if "tab" in properties:
        spacing.tab_stops.add_tab_stop(Cm(properties["tab"]), WD_TAB_ALIGNMENT.RIGHT)
    spacing.keep_with_next = properties.get("keep", spacing.keep_with_next)


def _set_letters(style: Any, properties: Mapping[str, Any], brand: Brand) -> None:
    """Give a style its letters in place of those that python-docx's template has for it."""
    if style.element.rPr is not None:
        style.element.remove(style.element.rPr)
    font = style.font
    font.bold, font.superscript = properties.get("bold"), properties.get("superscript")
    if "points" in properties:
        font.size = Pt(properties["points"])
    if "colour" in properties:
        font.color.rgb = RGBColor.from_string(brand.colour(properties["colour"]).removeprefix("#").upper())
    if "font" in properties:
        # python-docx sets the family of Latin letters alone.
        letters = style.element.get_or_add_rPr()
        letters.insert(0, element("rFonts", **_fonts(properties["font"], brand)))


def _set_languages(file: Any, brand: Brand) -> None:
    """Say which language each script is in, for spelling and for screen readers, and which font Chinese takes.

    Latin words of a Chinese report are English: said to be Chinese, they would be broken anywhere.
    """
    defaults = file.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for name in ("w:lang", "w:rFonts"):
        for entry in defaults.findall(qn(name)):
            defaults.remove(entry)
    defaults.insert(0, element("rFonts", **_fonts("text", brand)))
    defaults.append(element("lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"))
    settings = file.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    settings.find(f".//{qn('w:compatSetting')}").set(qn("w:val"), "15")


def _margin() -> float:
    return float(assumption("typesetting", "margin"))


def text_width(*, level: bool = False) -> float:
    """Return the width between the margins in centimetres."""
    return PAGE[1 if level else 0] - 2 * _margin()


def text_height() -> float:
    """Return the height between the margins of an upright page in centimetres."""
    return PAGE[1] - 2 * _margin()


def _set_page(section: Any) -> None:
    margin = Cm(_margin())
    section.page_width, section.page_height = Cm(PAGE[0]), Cm(PAGE[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = margin
    section.header_distance = section.footer_distance = Cm(_margin() / 2)


def turn_page(file: Any, *, level: bool) -> None:
    """Begin a new page that lies on its side, or stands upright again."""
    section = file.add_section(WD_SECTION.NEW_PAGE)
    # The paragraph that ends a section is empty; it must not need a page of its own.
    file.paragraphs[-1].style = file.styles["SectionEnd"]
    section.different_first_page_header_footer = False
    section.orientation = WD_ORIENT.LANDSCAPE if level else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(PAGE[level]), Cm(PAGE[not level])


def _set_margins(section: Any, document: Document, brand: Brand) -> None:
    """Put the title above every page but the first, its number and a brand's own line below."""
    section.different_first_page_header_footer = True
    section.header.paragraphs[0].text = plain(document.title)
    before = f"{brand.footer}  \N{MIDDLE DOT}  " if brand.footer else ""
    for footer in (section.footer, section.first_page_footer):
        parts = [run(f"{before}{frame_words(document)['page']} "), *field("PAGE", [run("1")]), run(" / ")]
        line = paragraph("Footer", [*parts, *field("NUMPAGES", [run("1")])])
        empty = footer.paragraphs[0]._p  # noqa: SLF001 - python-docx has no fields
        empty.getparent().replace(empty, line)


def _set_properties(file: Any, document: Document, brand: Brand) -> None:
    """Set title, subject and language; a date of making would make two runs differ, so there is none."""
    properties = file.core_properties
    most = 255  # characters that the format allows in each
    properties.title, properties.subject = plain(document.title)[:most], plain(document.subtitle)[:most]
    properties.keywords = plain(document.kicker)[:most]
    properties.author = plain(brand.name)[:most] or "jobimpact"
    properties.language = _LANGUAGES.get(document.language, document.language)
    properties.comments = plain(frame_words(document)["made_by"])[:most]
    properties.last_modified_by = "jobimpact"
    entries = properties._element  # noqa: SLF001 - python-docx cannot take a date away
    for date in [entry for entry in entries if entry.tag.endswith(("}created", "}modified"))]:
        entries.remove(date)


def add_logo(file: Any, brand: Brand) -> None:
    """Put logo and name of a brand at the top of the first page."""
    if brand.logo:
        try:
            picture = file.add_picture(io.BytesIO(draw_logo(brand, "png")), height=Cm(_LOGO_HEIGHT))
        except (UnrecognizedImageError, InvalidImageStreamError, UnexpectedEndOfFileError) as error:
            raise InputError(f"{brand.logo}: Word takes no such picture: save it again as PNG") from error
        describe_picture(picture, descr=brand.logo_alt)
    if brand.name:
        file.add_paragraph(plain(brand.name), style="Kicker")


def describe_picture(picture: Any, **texts: str) -> None:
    """Give a picture its name, title and alternative text, and no margins of its own, which python-docx knows none of."""
    inline = picture._inline  # noqa: SLF001
    for side in "TBLR":
        inline.set(f"dist{side}", "0")
    for key, text in texts.items():
        inline.docPr.set(key, plain(text))
