"""A document as one HTML page: no scripts, nothing to fetch, the same bytes for the same document."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from jobimpact.errors import InputError
from jobimpact.reporting.compose.appendix import (
    anchor_of,
    frame_words,
    is_code,
    is_key,
    is_long_list,
    is_short,
    ledger_rows,
    number_blocks,
    seen_text,
)
from jobimpact.reporting.compose.document import DataTable, Document, Figure, Paragraph, Section
from jobimpact.reporting.figures.svg import draw_svg
from jobimpact.reporting.formats.branding import COLOURS, Brand, citation_line
from jobimpact.reporting.formats.figure_files import page_svg
from jobimpact.reporting.formats.fonts import CHINESE, embed_chinese
from jobimpact.reporting.formats.layout import caption_colon, sentence_gap
from jobimpact.reporting.formats.templates import make_environment

_LANGUAGES = {"zh": "zh-Hans"}


def render_html(document: Document, brand: Brand | None = None) -> str:
    """Return `document` as one HTML page that needs nothing else."""
    from jinja2 import TemplateError

    brand = brand or Brand()
    words = frame_words(document)
    environment = make_environment(words, seen_text)
    environment.tests |= {"long_list": is_long_list, "short": is_short}
    environment.filters |= {
        "anchor": lambda claim: f"c-{claim.claim_id}",
        "classes": _classes,
        "style_class": _style_class,
        "web": lambda url: url if url.startswith(("https://", "http://")) else "",
    }
    try:
        return environment.from_string(_read(brand, "document.html.j2")).render(_context(document, brand, words))
    except TemplateError as error:
        raise InputError(f"{brand.template('document.html.j2')}: {error}: mend the template") from error


def _context(document: Document, brand: Brand, words: Mapping[str, Any]) -> dict[str, Any]:
    figures = [block for block in document.blocks() if isinstance(block, Figure)]
    return {
        "document": document,
        "brand": brand,
        "citation": citation_line(document, brand),
        "words": words,
        "html_language": _LANGUAGES.get(document.language, document.language),
        "version": document.manifest.get("packages", {}).get("jobimpact", ""),
        "style": _style(document, brand),
        "logo": _logo(brand),
        "figures": {anchor_of(block): Markup(page_svg(block)) for block in figures},  # noqa: S704 - escaped there
        "numbers": number_blocks(document),
        "ledger": ledger_rows(document),
        "hinted": next((section.identifier for section in document.sections if _has_figures(section)), ""),
        "blank": sentence_gap(document),
        "colon": caption_colon(document),
    }


def _has_figures(section: Section) -> bool:
    """Return whether a sentence of the section states a figure, which leads to its cell."""
    return any(isinstance(block, Paragraph) and any(sentence.claims for sentence in block.sentences) for block in section.blocks)


def _style(document: Document, brand: Brand) -> Any:
    """Return the style sheet: the project's or the brand's, its colours and fonts, and Chinese glyphs where there are any."""
    colours = "; ".join(f"--{name}: {brand.colour(name)}" for name in COLOURS)
    fonts = "".join(f"--{use}: '{family}'; " for use, family in (brand.fonts or {}).items())
    parts = [_read(brand, "report.css"), f":root {{ {fonts}{colours}; }}", _chinese_face(document)]
    # A style sheet ends at this sign, whatever stands around it.
    return Markup("\n".join(part for part in parts if part).replace("</", "<\\/"))  # noqa: S704


def _chinese_face(document: Document) -> str:
    if document.language != "zh":
        return ""
    return embed_chinese("".join(_texts(document)))


def _texts(document: Document) -> Iterator[str]:
    """Yield what may hold Chinese: enough to know every glyph that the page needs."""
    yield repr(frame_words(document))
    for section in document.sections:
        yield repr((section.title, [block for block in section.blocks if not isinstance(block, Figure)]))
    yield repr((document.title, document.subtitle, document.kicker, document.sources))
    for block in document.blocks():
        if isinstance(block, Figure):
            yield f"{block.title}{block.note}{''.join(CHINESE.findall(draw_svg(block.figure, label='')))}"
    yield document.claims.to_csv()


def _logo(brand: Brand) -> str:
    if brand.logo is None:
        return ""
    return f"data:{brand.logo_type};base64,{base64.b64encode(brand.logo.read_bytes()).decode()}"


def _read(brand: Brand, name: str) -> str:
    return brand.template(name).read_text(encoding="utf-8")


def _classes(table: DataTable, index: int) -> Any:
    column = table.columns[index]
    classes = {"n": column.numeric, "key": is_key(column), "code": not column.numeric and is_code(table, index)}
    names = " ".join(name for name, holds in classes.items() if holds)
    return Markup(f' class="{names}"' if names else "")  # noqa: S704 - fixed words


def _style_class(style: str) -> Any:
    return Markup({"lead": ' class="lead"', "note": ' class="note quiet"'}.get(style, ""))  # noqa: S704 - fixed words
