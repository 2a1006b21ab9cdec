"""Blocks of a document as parts of a Word file, one after the other."""

import io
from typing import Any

from docx.shared import Cm

from jobimpact.reporting.claims.claims import Claim, read_claims
from jobimpact.reporting.compose.appendix import (
    LedgerRow,
    frame_words,
    group_blocks,
    is_key,
    is_short,
    ledger_rows,
    model_mark,
    model_marks,
    source_texts,
    split_lead,
    unprinted_claims,
)
from jobimpact.reporting.compose.document import (
    Column,
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
from jobimpact.reporting.formats.branding import Brand, citation_line
from jobimpact.reporting.formats.columns import fit_columns
from jobimpact.reporting.formats.figure_files import figure_bytes
from jobimpact.reporting.formats.fonts import find_typefaces
from jobimpact.reporting.formats.layout import caption_colon, ledger_heads, sentence_gap
from jobimpact.reporting.formats.word.elements import (
    Parts,
    WordCell,
    bookmark,
    element,
    field,
    field_end,
    field_start,
    link,
    paragraph,
    run,
    table,
)
from jobimpact.reporting.formats.word.template import add_logo, describe_picture, styled_file, text_height, text_width, turn_page
from jobimpact.reporting.words.narrative import Sentence

_STYLES = {"lead": "Lead", "body": "Normal", "note": "Note", "caveat": "Caveat", "finding": "Finding"}
_DAGGER = "\N{DAGGER}"
_LEDGER_SHARES = (0.09, 0.17, 0.2, 0.11, 0.43)
_TILE_SHARES = (0.24, 0.76)
_CAPTION_ROOM = 4.0  # centimetres below a figure


class WordWriter:
    """Writes a document into a Word file."""

    def __init__(self, document: Document, brand: Brand) -> None:
        self.document = document
        self.words = frame_words(document)
        self.gap = sentence_gap(document)
        self.brand, self.file = brand, styled_file(document, brand)
        self.numbers = {claim.claim_id: number for number, claim in enumerate(read_claims(document.claims), start=1)}
        self.linked: set[int] = set()
        self.counts = {"bookmark": 0, "table": 0, "figure": 0}
        self.level = False
        self.faces = find_typefaces(brand.folder)
        add_logo(self.file, brand)

    def write(self) -> Any:
        """Write everything and return the file."""
        self._front()
        for number, section in enumerate(self.document.sections, start=1):
            self._section(section, number)
        number = len(self.document.sections) + 1
        if self.document.sources:
            self._sources(number)
        if self.numbers:
            self._ledger(number + bool(self.document.sources))
        return self.file

    def _add(self, part: Any) -> None:
        # Before the properties of the last section, which end the body.
        self.file.element.body[-1].addprevious(part)

    def _text(self, style: str, text: str, *, keep: bool = False) -> None:
        self._add(paragraph(style, [run(text)], keep=keep))

    def _bookmark(self, name: str, parts: Parts) -> Parts:
        self.counts["bookmark"] += 1
        return bookmark(name, self.counts["bookmark"], parts)

    def _front(self) -> None:
        document = self.document
        front = ("Kicker", document.kicker), ("Title", document.title), ("Subtitle", document.subtitle)
        for style, text in (*front, ("Subtitle", citation_line(document, self.brand))):
            if text:
                self._text(style, text)
        titles = [section.title for section in document.sections]
        titles += [self.words["sources"]] if document.sources else []
        titles += [self.words["every_figure"]] if self.numbers else []
        self._text("TableHead", self.words["contents"], keep=True)
        for number, title in enumerate(titles, start=1):
            # The whole list is the result of one field, so that Word can make it anew. Pages are known to the program that
            # sets them alone: they appear once it updates its fields.
            start = field_start(r'TOC \o "1-1" \h \z') if number == 1 else []
            end = [field_end()] if number == len(titles) else []
            target = f"section_{number}"
            entry = [run(title), element("r", element("tab")), *field(f"PAGEREF {target} \\h", [run("")])]
            self._add(paragraph("toc1", [*start, link(target, entry), *end]))

    def _heading(self, title: str, number: int) -> None:
        self._add(paragraph("Heading1", self._bookmark(f"section_{number}", [run(title)])))

    def _section(self, section: Section, number: int) -> None:
        self._turn(level=_is_wide(section.blocks[0] if section.blocks else None))
        self._heading(section.title, number)
        writers: dict[str, Any] = {"table": self._table, "figure": self._figure, "tiles": self._tiles}
        for kind, blocks in group_blocks(section):
            for block in blocks:
                self._turn(level=_is_wide(block))
                writers.get(kind, self._paragraph)(block)
        for line in model_marks(section, self.words):
            self._text("Note", f"{_DAGGER} {line}")

    def _turn(self, *, level: bool) -> None:
        if level != self.level:
            turn_page(self.file, level=level)
            self.level = level

    def _paragraph(self, block: Paragraph) -> None:
        lead, rest = split_lead(block) if block.style == "caveat" else ("", block)
        sentences = [[run(lead, "Strong1")]] if lead else []
        sentences += [self._sentence(sentence) for sentence in rest.sentences]
        parts = sentences[0] if sentences else []
        for sentence in sentences[1:]:
            parts = [*parts, *([run(self.gap)] if self.gap else []), *sentence]
        self._add(paragraph(_STYLES[block.style], parts))

    def _sentence(self, sentence: Sentence) -> Parts:
        parts: Parts = []
        for part in sentence.parts:
            text = part if isinstance(part, str) else part.text
            parts += self._claim(part, run(text, "FigureLink")) if isinstance(part, Claim) else [run(text)]
        for letter, claim in unprinted_claims(sentence):
            parts += self._claim(claim, run(letter, "BasisMark"))
        return [*parts, run(_DAGGER, "ModelMark")] if model_mark(sentence, self.words) else parts

    def _claim(self, claim: Claim, text: Any) -> Parts:
        number = self.numbers[claim.claim_id]
        figure = [link(f"cell_{number}", [text])]
        if number in self.linked:
            return figure
        self.linked.add(number)
        return self._bookmark(f"stated_{number}", figure)

    def _tiles(self, block: Tiles) -> None:
        rows = [self._tile(tile) for tile in block.tiles]
        self._grid([], rows, _TILE_SHARES, title=" / ".join(tile.name for tile in block.tiles))
        self._note("")

    def _tile(self, tile: Tile) -> list[WordCell]:
        texts = [("TableHead", tile.name), ("TableText", tile.note), ("TileNote", tile.definition)]
        about = tuple((style, [run(text)]) for style, text in texts if text or style != "TableText")
        return [WordCell((("TileFigure", self._claim(tile.claim, run(tile.claim.text, "FigureLink"))),)), WordCell(about)]

    def _caption(self, kind: str, title: str, *, keep: bool) -> None:
        self.counts[kind] += 1
        number = self.counts[kind]
        name = [run(f"{self.words[kind]} "), *field(f"SEQ {kind.title()} \\* ARABIC", [run(str(number))])]
        parts = [*self._bookmark(f"{kind}_{number}", name), run(f"{caption_colon(self.document)}{title}")]
        self._add(paragraph("Caption", parts, keep=keep))

    def _note(self, note: str) -> None:
        """Write the note of a table or figure; without one, a gap, as two tables in a row would become one."""
        self._add(paragraph("Note", [run(note)]) if note else paragraph("Gap", []))

    def _grid(self, head: list[WordCell], rows: list[list[WordCell]], shares: tuple[float, ...], **options: Any) -> None:
        self._add(table(head, rows, shares=shares, centimetres=text_width(level=self.level), **options))

    def _table(self, block: DataTable) -> None:
        fitted = fit_columns(block)
        kinds = [
            "Number" if column.numeric else "Inset" if inset else ""
            for column, inset in zip(block.columns, fitted.inset, strict=True)
        ]
        heads = [_text_cell(f"TableHead{kind}", column.title) for column, kind in zip(block.columns, kinds, strict=True)]
        rows = [[_cell(*cell) for cell in zip(row, block.columns, kinds, strict=True)] for row in block.rows]
        # A table without a row says so in its first cell.
        empty = [_text_cell("TableText", text) for text in (self.words["none"], *[""] * (len(block.columns) - 1))]
        self._caption("table", block.title, keep=True)
        self._grid(heads, rows or [empty], fitted.shares, title=block.title, note=block.note, whole=is_short(block))
        self._note(block.note)

    def _figure(self, block: Figure) -> None:
        picture = self.file.add_picture(io.BytesIO(figure_bytes(block, "png", self.faces, title=False)), width=Cm(text_width()))
        most = Cm(text_height() - _CAPTION_ROOM)
        if picture.height > most:
            picture.width, picture.height = round(picture.width * most / picture.height), most
        name = f"{self.words['figure']} {self.counts['figure'] + 1}"
        describe_picture(picture, name=name, title=block.title, descr=block.alt)
        self.file.paragraphs[-1].paragraph_format.keep_with_next = True
        self._caption("figure", block.title, keep=bool(block.note))
        self._note(block.note)

    def _sources(self, number: int) -> None:
        self._turn(level=False)
        self._heading(self.words["sources"], number)
        for source in self.document.sources:
            self._add(paragraph("Source", self._source(source)))

    def _source(self, source: SourceNote) -> Parts:
        title, about, citation = source_texts(source, self.document)
        texts = [(title, "Strong1"), (self.gap + about, ""), (self.gap + citation, "Quiet"), (f" {source.url}", "Quiet")]
        return [run(text, style) for text, style in texts if text.strip()]

    def _ledger(self, number: int) -> None:
        self._turn(level=True)
        self._heading(self.words["every_figure"], number)
        self._text("Note", self.words["ledger_note"])
        heads = [_text_cell("TableHead", head) for head in ledger_heads(self.words)]
        rows = [self._ledger_row(row, i) for i, row in enumerate(ledger_rows(self.document), start=1)]
        self._grid(heads, rows, _LEDGER_SHARES, title=str(self.words["every_figure"]))
        self._text("Note", self.words["made_by"])

    def _ledger_row(self, row: LedgerRow, number: int) -> list[WordCell]:
        claim, text = row.claim, run(row.claim.text)
        figure = link(f"stated_{number}", [text]) if number in self.linked else text
        cell = f"{claim.table_name}, {claim.row_key}, {claim.column_name}"
        lines: list[list[Parts]] = [[self._bookmark(f"cell_{number}", [figure])]]
        lines += [[[run(text)]] for text in (claim.row_title, cell, row.unrounded, f"{claim.definition} {row.source}")]
        lines[3] += [[run(f"({row.interval})")]] if row.interval else []
        return [WordCell(tuple(("Ledger", parts) for parts in cell_lines)) for cell_lines in lines]


def _is_wide(block: object) -> bool:
    """Return whether a block needs a page that lies on its side."""
    return isinstance(block, DataTable) and fit_columns(block).landscape


def _text_cell(style: str, text: str) -> WordCell:
    return WordCell(((style, [run(text)]),))


def _cell(cell: PrintedCell, column: Column, kind: str) -> WordCell:
    bold = "Strong1" if is_key(column) or cell.listed else ""
    details = [("TableDetail", [run(line)]) for line in cell.details]
    return WordCell(((f"Table{kind or 'Text'}", [run(cell.text, bold)]), *details))
