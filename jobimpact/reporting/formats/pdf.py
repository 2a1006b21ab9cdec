"""A document as PDF, typeset by typst: vector figures, tables that break across pages, links from figures to their cells."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jobimpact.errors import InputError
from jobimpact.reporting.compose.appendix import (
    anchor_of,
    frame_words,
    group_blocks,
    is_key,
    is_long_list,
    is_short,
    model_marks,
    number_blocks,
    seen_text,
    source_texts,
    split_lead,
)
from jobimpact.reporting.compose.document import (
    DataTable,
    Document,
    Figure,
    Paragraph,
    PrintedCell,
    Section,
    SourceNote,
    Tile,
    Tiles,
)
from jobimpact.reporting.formats.branding import COLOURS, Brand, citation_line
from jobimpact.reporting.formats.columns import fit_columns
from jobimpact.reporting.formats.figure_files import draw_print_svg
from jobimpact.reporting.formats.fonts import Typefaces, check_chinese, coded_text, find_typefaces, load_typst
from jobimpact.reporting.formats.layout import caption_colon, plain, sentence_gap
from jobimpact.reporting.words.narrative import Sentence

_Content = dict[str, Any]
_NO_GLYPH = "PDF/UA-1 error: the PDF contains text with missing codepoints"


def render_pdf(document: Document, brand: Brand | None = None) -> bytes:
    """Return `document` as a tagged PDF (PDF/UA-1).

    The same document, fonts and version of typst give the same bytes: no date is in it.
    """
    brand = brand or Brand()
    faces = find_typefaces(brand.folder)
    content = json.dumps(_content(document, brand, faces), ensure_ascii=False)
    check_chinese(faces, content, f"{document.report_type} report as PDF")
    typst, page = load_typst(), brand.template("report.typ")
    with tempfile.TemporaryDirectory(prefix="jobimpact-") as name:
        folder = Path(name)
        shutil.copyfile(page, folder / page.name)
        if brand.logo:
            shutil.copyfile(brand.logo, folder / _logo_name(brand))
        try:
            return _compile(folder, page.name, coded_text(content, faces), faces)
        except typst.TypstError as error:
            if _NO_GLYPH not in error.message:
                fault = "mend the template, or the logo" if brand.logo else "mend the template"
                raise InputError(f"{page}: {error.message}: {fault}") from error
        # Letters that a font has each may be none of its glyphs side by side.
        return _compile(folder, page.name, coded_text(content, None), faces)


def _compile(folder: Path, page: str, content: str, faces: Typefaces) -> bytes:
    """Return the PDF of `content`; the folder is all that a brand's template can read."""
    (folder / "document.json").write_text(content, encoding="utf-8")
    return bytes(
        load_typst().compile(folder / page, root=folder, format="pdf", font_paths=faces.book, pdf_standards=["ua-1"], timestamp=0)
    )


def _content(document: Document, brand: Brand, faces: Typefaces) -> _Content:
    """Return all that the template prints, as text."""
    words, chinese = frame_words(document), document.language == "zh"
    writer = _Writer(words, number_blocks(document), faces)
    return {
        "title": seen_text(document.title),
        "subtitle": seen_text(document.subtitle),
        "kicker": seen_text(document.kicker),
        "citation": seen_text(citation_line(document, brand)),
        "author": seen_text(brand.name) or "jobimpact",
        "keywords": [document.report_type],
        "lang": document.language,
        "region": "CN" if chinese else "US",
        "words": {name: word for name, word in words.items() if isinstance(word, str)},
        "blank": sentence_gap(document),
        "colon": caption_colon(document),
        "colours": {name: brand.colour(name) for name in COLOURS},
        "fonts": _fonts(brand, faces, chinese=chinese),
        "logo": _logo_name(brand),
        "logo_alt": seen_text(brand.logo_alt),
        "brand": seen_text(brand.name),
        "footer": seen_text(brand.footer or document.title),
        "sections": [writer.section(section) for section in document.sections],
        "sources": [_source(source, document) for source in document.sources],
    }


def _fonts(brand: Brand, faces: Typefaces, *, chinese: bool) -> dict[str, list[str]]:
    brand_fonts, installed = brand.fonts or {}, set(faces.book.families())
    missing = [family for family in brand_fonts.values() if family not in installed]
    if missing:
        raise InputError(
            f"{brand.folder}: found no font {missing[0]!r}; expected its file (.ttf or .otf) in that folder, or installed"
        )
    # Chinese has no serif of ours beside it.
    text = brand_fonts.get("text") or (faces.sans if chinese else faces.serif)
    families = {"text": text, "heading": brand_fonts.get("heading") or faces.sans, "mono": faces.mono}
    return {use: [family for family in (name, faces.chinese) if family] for use, name in families.items()}


def _logo_name(brand: Brand) -> str:
    return f"logo{brand.logo.suffix.lower()}" if brand.logo else ""


def _source(source: SourceNote, document: Document) -> _Content:
    texts = zip(("title", "about", "citation"), source_texts(source, document), strict=True)
    url = plain(source.url) if source.url.startswith(("https://", "http://")) else ""
    return {name: seen_text(text) for name, text in texts} | {"url": url}


class _Writer:
    """Turns blocks into what the template prints, and knows which figures were printed before."""

    def __init__(self, words: Mapping[str, Any], numbers: Mapping[str, int], faces: Typefaces) -> None:
        self._words, self._numbers, self._faces = words, numbers, faces

    def section(self, section: Section) -> _Content:
        blocks = [self._block(kind, members) for kind, members in group_blocks(section) if not _is_for_machines(members[0])]
        marks = [seen_text(mark) for mark in model_marks(section, self._words)]
        if marks:
            blocks.append({"kind": "models", "lines": marks})
        return {"title": seen_text(section.title), "blocks": blocks}

    def _block(self, kind: str, blocks: Sequence[Any]) -> _Content:
        if kind in ("caveats", "findings"):
            return {"kind": kind, "paragraphs": [self._caveat(block) for block in blocks]}
        makers: dict[str, Callable[[Any], _Content]] = {
            "tiles": self._tiles,
            "table": self._table,
            "figure": self._figure,
            "paragraph": self._paragraph,
        }
        return {"kind": kind, **makers[kind](blocks[0])}

    def _paragraph(self, block: Paragraph) -> _Content:
        return {"style": block.style, "sentences": [self._sentence(sentence) for sentence in block.sentences]}

    def _caveat(self, block: Paragraph) -> _Content:
        lead, rest = split_lead(block)
        return {"lead": seen_text(lead), **self._paragraph(rest)}

    def _sentence(self, sentence: Sentence) -> _Content:
        return {"text": seen_text(sentence.text), "model": sentence.written_by}

    def _tiles(self, block: Tiles) -> _Content:
        return {"tiles": [self._tile(tile) for tile in block.tiles]}

    def _tile(self, tile: Tile) -> _Content:
        texts = {"name": tile.name, "note": tile.note, "definition": tile.definition}
        return {"text": seen_text(tile.claim.text)} | {name: seen_text(text) for name, text in texts.items()}

    def _table(self, block: DataTable) -> _Content:
        fitted, is_list = fit_columns(block), is_long_list(block)
        # Of the page, or of a third of it, which a list fills.
        shares = [width / sum(fitted.widths) for width in fitted.widths] if is_list else fitted.shares
        columns = []
        for column, share, inset in zip(block.columns, shares, fitted.inset, strict=True):
            look = {"numeric": column.numeric, "key": is_key(column), "share": round(share, 4), "apart": inset}
            columns.append({"title": seen_text(column.title)} | look)
        return {
            "number": self._numbers[anchor_of(block)],
            "title": seen_text(block.title),
            "note": seen_text(block.note),
            "columns": columns,
            "rows": [[_cell(cell) for cell in row] for row in block.rows],
            "turned": fitted.landscape,
            "listed": is_list,
            "short": is_short(block),
        }

    def _figure(self, block: Figure) -> _Content:
        return {
            "number": self._numbers[anchor_of(block)],
            "title": seen_text(block.title),
            "note": seen_text(block.note),
            "alt": seen_text(block.alt),
            "svg": draw_print_svg(block, self._faces),
        }


def _is_for_machines(block: Any) -> bool:
    """Return whether a block is a table of hashes or settings, which nobody reads on paper: the replication pack has them."""
    return isinstance(block, DataTable) and block.name.partition("-")[0] in ("hashes", "settings")


def _cell(cell: PrintedCell) -> _Content:
    return {"text": seen_text(cell.text), "details": [seen_text(line) for line in cell.details], "listed": cell.listed}
