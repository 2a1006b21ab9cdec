"""Blocks of a document as parts of a Word file, one after the other."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.compose.appendix import (
    frame_words,
    group_blocks,
    is_key,
    is_short,
    ledger_rows,
    model_mark,
    model_marks,
    source_texts,
    split_lead,
    stated_claims,
)
from jobimpact.reporting.compose.document import DataTable
from jobimpact.reporting.formats.columns import fit_columns
from jobimpact.reporting.formats.figure_files import figure_bytes
from jobimpact.reporting.formats.fonts import find_typefaces
from jobimpact.reporting.formats.layout import sentence_gap
from jobimpact.reporting.formats.word import xml
from jobimpact.reporting.formats.word.template import (
    brand_logo,
    describe_picture,
    styled_file,
    text_height,
    text_width,
    turn_page,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobimpact.reporting.compose.appendix import LedgerRow
    from jobimpact.reporting.compose.document import Cell, Column, Document, Figure, Paragraph, Section, SourceNote, Tile, Tiles
    from jobimpact.reporting.formats.branding import Brand
    from jobimpact.reporting.words.narrative import Sentence

_STYLES = {"lead": "Lead", "body": "Normal", "note": "Note", "caveat": "Caveat"}
_DAGGER = "\N{DAGGER}"
_LEDGER_SHARES = (0.09, 0.17, 0.2, 0.11, 0.43)
_CAPTION_ROOM = 4.0  # centimetres below a figure


class BlockWriter:
    """Writes a document into a Word file.

    Attributes
    ----------
    file
        The file of python-docx.
    numbers
        Number of each claim in the list of every figure; bookmarks are named by it.
    stated
        Numbers of the claims that the text has printed, to which the list links back.
    """

    def __init__(self, document: Document, brand: Brand) -> None:
        self.document = document
        self.brand = brand
        self.words = frame_words(document)
        self.file = styled_file(document, brand)
        self.numbers = {claim.claim_id: number for number, claim in enumerate(stated_claims(document), start=1)}
        self.stated: set[int] = set()
        self.counts = {"bookmark": 0, "table": 0, "figure": 0}
        self.level = False
        self.faces = find_typefaces(brand.folder)
        self.colon = "\N{FULLWIDTH COLON}" if document.language == "zh" else ". "

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

    def _add(self, part: str) -> None:
        from docx.oxml import parse_xml

        # Before the properties of the last section, which end the body.
        self.file.element.body[-1].addprevious(parse_xml(part))

    def _mark(self, name: str, runs: str) -> str:
        self.counts["bookmark"] += 1
        return xml.bookmark(name, self.counts["bookmark"], runs)

    def _front(self) -> None:
        brand_logo(self.file, self.brand)
        document = self.document
        for style, text in (("Kicker", document.kicker), ("Title", document.title), ("Subtitle", document.subtitle)):
            if text:
                self._add(xml.paragraph(style, xml.run(text)))
        titles = [section.title for section in document.sections]
        titles += [self.words["sources"]] if document.sources else []
        titles += [self.words["every_figure"]] if self.numbers else []
        self._add(xml.paragraph("TableHead", xml.run(self.words["contents"]), keep=True))
        for number, title in enumerate(titles, start=1):
            # The whole list is the result of one field, so that Word can make it anew. Pages are known to the program that
            # sets them alone: they appear once it updates its fields.
            start = xml.field_start(r'TOC \o "1-1" \h \z') if number == 1 else ""
            end = xml.field_end() if number == len(titles) else ""
            place = f"section_{number}"
            entry = xml.run(title) + xml.tab() + xml.field(f"PAGEREF {place} \\h", "")
            self._add(xml.paragraph("TOC1", start + xml.link(place, entry) + end))

    def _heading(self, title: str, number: int) -> None:
        self._add(xml.paragraph("Heading1", self._mark(f"section_{number}", xml.run(title))))

    def _section(self, section: Section, number: int) -> None:
        first = section.blocks[0] if section.blocks else None
        self._turn(level=isinstance(first, DataTable) and fit_columns(first).turned)
        self._heading(section.title, number)
        written: dict[str, Callable[[Any], None]] = {"table": self._table, "figure": self._figure, "tiles": self._tiles}
        for kind, blocks in group_blocks(section):
            for block in blocks:
                self._turn(level=isinstance(block, DataTable) and fit_columns(block).turned)
                written.get(kind, self._paragraph)(block)
        for line in model_marks(section, self.words):
            self._add(xml.paragraph("Note", xml.run(f"{_DAGGER} {line}")))

    def _turn(self, *, level: bool) -> None:
        if level != self.level:
            turn_page(self.file, level=level)
            self.level = level

    def _paragraph(self, block: Paragraph) -> None:
        gap = xml.run(sentence_gap(self.document)) if sentence_gap(self.document) else ""
        lead, rest = split_lead(block) if block.style == "caveat" else ("", block)
        bold = xml.run(lead, "Strong1") + gap if lead else ""
        self._add(xml.paragraph(_STYLES[block.style], bold + gap.join(map(self._sentence, rest.sentences))))

    def _sentence(self, sentence: Sentence) -> str:
        runs = [
            self._claim(part) if isinstance(part, Claim) else xml.run(part if isinstance(part, str) else part.text)
            for part in sentence.parts
        ]
        return "".join(runs) + (xml.run(_DAGGER, "ModelMark") if model_mark(sentence, self.words) else "")

    def _claim(self, claim: Claim) -> str:
        number = self.numbers[claim.claim_id]
        linked = xml.link(f"cell_{number}", xml.run(claim.text, "FigureLink"))
        if number in self.stated:
            return linked
        self.stated.add(number)
        return self._mark(f"stated_{number}", linked)

    def _tiles(self, block: Tiles) -> None:
        rows = [self._tile(tile) for tile in block.tiles]
        self._grid((), rows, shares=(0.24, 0.76), styles=(), title=" / ".join(tile.name for tile in block.tiles))
        self._gap()

    def _tile(self, tile: Tile) -> tuple[xml.WordCell, ...]:
        texts = [("TableHead", xml.run(tile.name))]
        texts += [("TableText", xml.run(tile.note))] if tile.note else []
        texts.append(("TileNote", xml.run(tile.definition)))
        return xml.WordCell((("TileFigure", self._claim(tile.claim)),)), xml.WordCell(tuple(texts))

    def _gap(self) -> None:
        """Part a table from what follows: two tables in a row would become one."""
        self._add(xml.paragraph("Gap", ""))

    def _caption(self, kind: str, title: str, *, keep: bool) -> None:
        self.counts[kind] += 1
        number = self.counts[kind]
        counted = xml.run(f"{self.words[kind]} ") + xml.field(f"SEQ {kind.title()} \\* ARABIC", str(number))
        self._add(xml.paragraph("Caption", self._mark(f"{kind}_{number}", counted) + xml.run(f"{self.colon}{title}"), keep=keep))

    def _note(self, note: str) -> None:
        if note:
            self._add(xml.paragraph("Note", xml.run(note)))
        else:
            self._gap()

    def _grid(
        self,
        head: tuple[str, ...],
        rows: list[tuple[xml.WordCell, ...]],
        *,
        shares: tuple[float, ...],
        styles: tuple[str, ...],
        title: str,
        note: str = "",
        whole: bool = False,
    ) -> None:
        width = text_width(level=self.level)
        self._add(xml.table(head, rows, shares=shares, centimetres=width, styles=styles, title=title, note=note, whole=whole))

    def _table(self, block: DataTable) -> None:
        fitted = fit_columns(block)
        kinds = [
            "Number" if column.numeric else "Apart" if apart else ""
            for column, apart in zip(block.columns, fitted.apart, strict=True)
        ]
        self._caption("table", block.title, keep=True)
        self._grid(
            tuple(column.title for column in block.columns),
            [tuple(map(_cell, row, block.columns, kinds)) for row in block.rows]
            or [_empty(self.words["none"], len(block.columns))],
            shares=fitted.shares,
            styles=tuple(f"TableHead{kind}" for kind in kinds),
            title=block.title,
            note=block.note,
            whole=is_short(block),
        )
        self._note(block.note)

    def _figure(self, block: Figure) -> None:
        from docx.shared import Cm

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
            self._add(xml.paragraph("Source", self._source(source)))

    def _source(self, source: SourceNote) -> str:
        title, about, cited = source_texts(source, self.document)
        gap = sentence_gap(self.document)
        texts = [(title, "Strong1"), (gap + about, ""), (gap + cited, "Quiet"), (f" {source.url}", "Quiet")]
        return "".join(xml.run(text, style) for text, style in texts if text.strip())

    def _ledger(self, number: int) -> None:
        self._turn(level=True)
        self._heading(self.words["every_figure"], number)
        self._add(xml.paragraph("Note", xml.run(self.words["ledger_note"])))
        heads = [self.words[name] for name in ("as_printed", "of", "cell", "unrounded", "definition")]
        heads[3] += f" ({self.words['interval']})"
        rows = [self._ledger_row(row, place) for place, row in enumerate(ledger_rows(self.document), start=1)]
        title = str(self.words["every_figure"])
        self._grid(tuple(heads), rows, shares=_LEDGER_SHARES, styles=("TableHead",) * len(heads), title=title)
        self._add(xml.paragraph("Note", xml.run(self.words["made_by"])))

    def _ledger_row(self, row: LedgerRow, number: int) -> tuple[xml.WordCell, ...]:
        claim, stated = row.claim, xml.run(row.claim.text)
        back = xml.link(f"stated_{number}", stated) if number in self.stated else stated
        place = f"{claim.table_name}, {claim.row_key}, {claim.column_name}"
        texts = [[self._mark(f"cell_{number}", back)]]
        texts += [[xml.run(text)] for text in (claim.row_title, place, row.unrounded, f"{claim.definition} {row.source}")]
        texts[3] += [xml.run(f"({row.interval})")] if row.interval else []
        return tuple(xml.WordCell(tuple(("Ledger", runs) for runs in lines)) for lines in texts)


def _cell(cell: Cell, column: Column, kind: str) -> xml.WordCell:
    bold = "Strong1" if is_key(column) or cell.details else ""
    details = [("TableDetail", xml.run(line)) for line in cell.details]
    return xml.WordCell(((f"Table{kind or 'Text'}", xml.run(cell.text, bold)), *details))


def _empty(text: str, columns: int) -> tuple[xml.WordCell, ...]:
    """Return the row of a table that has none."""
    return tuple(xml.WordCell((("TableText", xml.run(text if place == 0 else "")),)) for place in range(columns))
