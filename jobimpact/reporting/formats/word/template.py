"""The look of a Word report, made in code: page, styles, fonts for Latin and Chinese, header and page numbers."""

from __future__ import annotations

import html
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.reporting.compose.appendix import frame_words
from jobimpact.reporting.formats.branding import draw_logo
from jobimpact.reporting.formats.layout import plain
from jobimpact.reporting.formats.word import xml

if TYPE_CHECKING:
    from jobimpact.reporting.compose.document import Document
    from jobimpact.reporting.formats.branding import Brand

PAGE = (21.0, 29.7)  # A4, in centimetres
# Families that Word and LibreOffice have, for Latin and for Chinese; a brand names its own for Latin.
_LATIN = {"text": "Georgia", "heading": "Arial"}
_CHINESE = {"text": "SimSun", "heading": "Microsoft YaHei"}
_LOGO_HEIGHT = 1.4  # centimetres
_LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
# Style identifier: based on, use of its font, points, colour, bold, space before and after in points, other paragraph properties.
_KEEP, _RIGHT = "<w:keepNext/>", '<w:jc w:val="right"/>'
_APART = '<w:ind w:left="170"/>'  # text right of numbers
_TABS = '<w:tabs><w:tab w:val="right" w:pos="9638"/></w:tabs>'  # 17 cm
_LOW = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
_PARAGRAPHS: dict[str, tuple[str, str, float, str, bool, float, float, str]] = {
    "Kicker": ("Normal", "heading", 9, "quiet", False, 0, 4, _KEEP),
    "Lead": ("Normal", "text", 11.5, "ink", False, 0, 7, ""),
    "Note": ("Normal", "heading", 8.5, "quiet", False, 3, 10, ""),
    "Caveat": ("ListBullet", "text", 10.5, "ink", False, 0, 4, ""),
    "TableText": ("Normal", "heading", 8.5, "ink", False, 1.5, 1.5, ""),
    "TableApart": ("TableText", "heading", 8.5, "ink", False, 1.5, 1.5, _APART),
    "TableHeadApart": ("TableHead", "heading", 8.5, "ink", True, 2, 2, _APART),
    "TableNumber": ("TableText", "heading", 8.5, "ink", False, 1.5, 1.5, _RIGHT),
    "TableHead": ("TableText", "heading", 8.5, "ink", True, 2, 2, _KEEP),
    "TableHeadNumber": ("TableHead", "heading", 8.5, "ink", True, 2, 2, _RIGHT),
    "TableDetail": ("TableText", "heading", 7.5, "quiet", False, 0, 1.5, '<w:ind w:left="170" w:hanging="113"/>'),
    "TileNote": ("TableText", "heading", 7.5, "quiet", False, 0, 1.5, ""),
    "TileFigure": ("TableText", "heading", 20, "accent", True, 3, 3, ""),
    "Ledger": ("TableText", "heading", 7.5, "ink", False, 1, 1, ""),
    "Source": ("Normal", "heading", 8.5, "ink", False, 0, 5, ""),
    "TOC1": ("Normal", "heading", 8.5, "ink", False, 1.5, 1.5, _TABS),
    "Gap": ("Normal", "heading", 6, "ink", False, 0, 4, ""),
    "SectionEnd": ("Normal", "heading", 1, "ink", False, 0, 0, _LOW),
}
# Those that Word gives to what it makes itself.
_BUILT_IN = {"TOC1": "toc 1"}
_KNOWN: dict[str, tuple[str, float, str, bool, float, float]] = {
    "Normal": ("text", 10.5, "ink", False, 0, 6),
    "Title": ("heading", 23, "accent", True, 0, 4),
    "Subtitle": ("heading", 11, "quiet", False, 0, 14),
    "Heading 1": ("heading", 15, "accent", True, 20, 6),
    "Heading 2": ("heading", 12, "accent", True, 12, 4),
    "Caption": ("heading", 9.5, "ink", True, 10, 3),
    "Header": ("heading", 8, "quiet", False, 0, 0),
    "Footer": ("heading", 8, "quiet", False, 0, 0),
}
_CHARACTERS = {
    "FigureLink": "",
    "ModelMark": '<w:vertAlign w:val="superscript"/>',
    "Strong1": "<w:b/>",
    "Quiet": '<w:color w:val="{quiet}"/>',
}


@dataclass(frozen=True)
class _Look:
    """Colours and fonts: the project's, or those of a brand."""

    brand: Brand

    def ink(self, name: str) -> str:
        return self.brand.colour(name).removeprefix("#").upper()

    def fonts(self, use: str) -> str:
        latin = html.escape((self.brand.fonts or {}).get(use) or _LATIN[use])
        return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:cs="{latin}" w:eastAsia="{_CHINESE[use]}"/>'

    def letters(self, use: str, points: float, ink: str, *, bold: bool) -> str:
        weight = "<w:b/><w:bCs/>" if bold else '<w:b w:val="0"/><w:bCs w:val="0"/>'
        size = round(points * 2)
        sizes = f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
        return f'<w:rPr>{self.fonts(use)}{weight}<w:color w:val="{self.ink(ink)}"/>{sizes}</w:rPr>'


def styled_file(document: Document, brand: Brand) -> Any:
    """Return an empty Word file with the report's page, styles, header, footer and properties."""
    import docx

    file, look = docx.Document(), _Look(brand)
    _set_language(file, look)
    for name, (use, points, ink, bold, before, after) in _KNOWN.items():
        _restyle(file.styles[name], look.letters(use, points, ink, bold=bold), before=before, after=after)
    _add_styles(file, look)
    _set_page(file.sections[0])
    _set_margins(file.sections[0], document, brand)
    _set_properties(file, document, brand)
    return file


def brand_logo(file: Any, brand: Brand) -> None:
    """Put logo and name of a brand at the top of the first page."""
    from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
    from docx.shared import Cm

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


def _restyle(style: Any, letters: str, *, before: float, after: float) -> None:
    """Give one of Word's own styles the report's look; its outline level and its name stay."""
    from docx.oxml import parse_xml
    from docx.shared import Pt

    element = style.element
    properties = element.get_or_add_pPr()
    for border in properties.findall(f"{{{element.nsmap['w']}}}pBdr"):
        properties.remove(border)
    old = element.rPr
    new = parse_xml(letters.replace("<w:rPr>", f"<w:rPr {xml.NAMESPACE}>", 1))
    if old is None:
        element.append(new)
    else:
        element.replace(old, new)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    style.paragraph_format.line_spacing = 1.15


def _add_styles(file: Any, look: _Look) -> None:
    from docx.oxml import parse_xml

    styles = file.styles.element
    for name, (parent, use, points, ink, bold, before, after, other) in _PARAGRAPHS.items():
        spacing = "" if other == _LOW else f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}"/>'
        first, last = (other, "") if other in (_KEEP, _TABS) else ("", other)
        known = _BUILT_IN.get(name)
        own, shown = ("", known) if known else (' w:customStyle="1"', name)
        styles.append(
            parse_xml(
                f'<w:style {xml.NAMESPACE} w:type="paragraph"{own} w:styleId="{name}"><w:name w:val="{shown}"/>'
                f'<w:basedOn w:val="{parent}"/><w:qFormat/><w:pPr>{first}{spacing}{last}</w:pPr>'
                f"{look.letters(use, points, ink, bold=bold)}</w:style>"
            )
        )
    for name, marks in _CHARACTERS.items():
        inner = marks.format(quiet=look.ink("quiet"))
        styles.append(
            parse_xml(
                f'<w:style {xml.NAMESPACE} w:type="character" w:customStyle="1" w:styleId="{name}"><w:name w:val="{name}"/>'
                f"<w:rPr>{inner}</w:rPr></w:style>"
            )
        )
    styles.append(parse_xml(_table_style(look)))


def _table_style(look: _Look) -> str:
    """Return a table style with rules above, below and under the head, and hairlines between rows."""
    rules = ((12, "ink"), (8, "ink"), (4, "line"))
    thick, middle, thin = (f'w:val="single" w:sz="{size}" w:space="0" w:color="{look.ink(ink)}"' for size, ink in rules)
    return (
        f'<w:style {xml.NAMESPACE} w:type="table" w:customStyle="1" w:styleId="ReportTable"><w:name w:val="ReportTable"/>'
        '<w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>'
        f'<w:top {thick}/><w:bottom {thick}/><w:insideH {thin}/></w:tblBorders><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>'
        f'<w:bottom {middle}/></w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr>'
        "</w:tblStylePr></w:style>"
    )


def _set_language(file: Any, look: _Look) -> None:
    """Say which language each script is in, for spelling and for screen readers, and which font Chinese takes.

    Latin words of a Chinese report are English: said to be Chinese, they would be broken anywhere.
    """
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn

    defaults = file.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for name in ("w:lang", "w:rFonts"):
        for element in defaults.findall(qn(name)):
            defaults.remove(element)
    defaults.insert(0, parse_xml(look.fonts("text").replace("<w:rFonts", f"<w:rFonts {xml.NAMESPACE}")))
    defaults.append(parse_xml(f'<w:lang {xml.NAMESPACE} w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'))
    settings = file.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    settings.find(f".//{qn('w:compatSetting')}").set(qn("w:val"), "15")


def _set_page(section: Any) -> None:
    from docx.shared import Cm

    margin = Cm(float(assumption("typesetting", "margin")))
    section.page_width, section.page_height = Cm(PAGE[0]), Cm(PAGE[1])
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = margin
    section.header_distance = section.footer_distance = Cm(float(assumption("typesetting", "margin")) / 2)


def turn_page(file: Any, *, level: bool) -> None:
    """Begin a new page that lies on its side, or stands upright again."""
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Cm

    section = file.add_section(WD_SECTION.NEW_PAGE)
    # The paragraph that ends a section is empty; it must not need a page of its own.
    file.paragraphs[-1].style = file.styles["SectionEnd"]
    section.different_first_page_header_footer = False
    section.orientation = WD_ORIENT.LANDSCAPE if level else WD_ORIENT.PORTRAIT
    wide, tall = (PAGE[1], PAGE[0]) if level else PAGE
    section.page_width, section.page_height = Cm(wide), Cm(tall)


def text_width(*, level: bool = False) -> float:
    """Return the width between the margins in centimetres."""
    return float(PAGE[1] if level else PAGE[0]) - 2 * float(assumption("typesetting", "margin"))


def text_height() -> float:
    """Return the height between the margins of an upright page in centimetres."""
    return PAGE[1] - 2 * float(assumption("typesetting", "margin"))


def _set_margins(section: Any, document: Document, brand: Brand) -> None:
    """Put the title above every page but the first, its number and a brand's own line below."""
    from docx.oxml import parse_xml

    top = section.header.paragraphs[0]._p  # noqa: SLF001 - python-docx has no fields
    top.getparent().replace(top, parse_xml(xml.paragraph("Header", xml.run(document.title))))
    own = xml.run(f"{brand.footer}  \N{MIDDLE DOT}  ") if brand.footer else ""
    page = xml.run(f"{frame_words(document)['page']} ")
    numbers = f"{own}{page}{xml.field('PAGE', '1')}{xml.run(' / ')}{xml.field('NUMPAGES', '1')}"
    line = xml.paragraph("Footer", numbers).replace("</w:pPr>", '<w:jc w:val="right"/></w:pPr>', 1)
    section.different_first_page_header_footer = True
    for footer in (section.footer, section.first_page_footer):
        foot = footer.paragraphs[0]._p  # noqa: SLF001
        foot.getparent().replace(foot, parse_xml(line))


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
    element = properties._element  # noqa: SLF001 - python-docx cannot take a date away
    for name in ("created", "modified"):
        for child in [part for part in element if part.tag.endswith(f"}}{name}")]:
            element.remove(child)
