r"""The report as LaTeX: a text, a folder with a booktabs table per file for ``\input``, figures as PDF, and references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobimpact.errors import InputError
from jobimpact.files import check_target, written_whole
from jobimpact.reporting.claims.claims import Claim
from jobimpact.reporting.compose.appendix import (
    frame_words,
    group_blocks,
    model_mark,
    model_marks,
    source_texts,
    split_lead,
    stated_claims,
)
from jobimpact.reporting.compose.document import DataTable, Paragraph, Tiles
from jobimpact.reporting.formats.bibtex import render_bibtex, source_keys
from jobimpact.reporting.formats.branding import Brand, draw_logo
from jobimpact.reporting.formats.columns import fit_columns
from jobimpact.reporting.formats.figure_files import figure_bytes
from jobimpact.reporting.formats.fonts import find_typefaces
from jobimpact.reporting.formats.latex.preamble import commands, preamble
from jobimpact.reporting.formats.latex.tables import ledger_source, table_source
from jobimpact.reporting.formats.latex.text import escape_latex, latex_words
from jobimpact.reporting.formats.layout import sentence_gap
from jobimpact.reporting.formats.pack.archive import write_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobimpact.reporting.compose.document import Block, Document, Figure, Section
    from jobimpact.reporting.words.narrative import Sentence

_REFERENCES = "references.bib"
_PARTS = {"tables", "figures", _REFERENCES, "logo.pdf", "logo.png", "logo.jpg", "logo.jpeg", "body.tex", "commands.tex"}
_CHINESE_BESIDE_FIGURE = re.compile("[\u4e00-\u9fff][0-9A-Za-z+-]|[0-9A-Za-z%][\u4e00-\u9fff]")
_CONTENTS = r"{\setlength{\parskip}{0pt}\tableofcontents}"
_HEAD = r"""% !TeX program = {program}
% Made by jobimpact. To print: {program} {name}; bibtex {stem}; {program} {name} twice more.
% For a paper of your own: \input{{{folder}/commands}} before \begin{{document}} and \input{{{folder}/body}} in it, or single
% tables, which need no more than the packages that they name: \input{{{folder}/tables/NAME}}"""
_CODES = "% Some names hold characters beyond Latin: pdflatex prints their codes, xelatex the characters."


def write_tex(document: Document, path: Path, brand: Brand | None = None) -> Path:
    r"""Write `document` as LaTeX; text and folder appear whole or not at all.

    Beside ``report.tex`` the folder ``report-files`` holds ``body.tex`` and ``commands.tex``, which any text can take in,
    ``tables/*.tex``, ``figures/*.pdf`` and ``references.bib``. A report in English is printed by pdflatex or xelatex,
    one in Chinese by xelatex.

    Parameters
    ----------
    document
        The report.
    path
        File to write.
    brand
        Look of a ministry, see :func:`jobimpact.reporting.formats.branding.read_brand`.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    InputError
        If typst, which draws the figures, is not installed, if the logo cannot be drawn, if the folder holds other files, or
        cannot be written.
    """
    folder = path.with_name(_folder_name(path))
    _check_folder(folder)
    check_target(path)
    text, files = tex_sources(document, path, brand)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        write_folder(files, folder, mark=_REFERENCES)
    return path


def tex_sources(document: Document, path: Path, brand: Brand | None = None) -> tuple[str, dict[str, bytes]]:
    """Return the text of the report for the file `path`, and the content of the folder beside it by name."""
    brand = brand or Brand()
    writer = _Writer(document, _folder_name(path), brand)
    front, body, references = writer.front(), writer.body(), render_bibtex(document)
    program = "xelatex" if document.language == "zh" else "pdflatex"
    head = _HEAD.format(program=program, name=_one_word(path.name), stem=_one_word(path.stem), folder=writer.folder)
    before = preamble(document, brand, writer.folder)
    defined = commands(document, brand, "".join([before, front, body, *writer.tables.values(), references]))
    head += f"\n{_CODES}" if program == "pdflatex" and "character{" in defined else ""
    lines = [head, before, r"\begin{document}", front, rf"\input{{{writer.folder}/body}}", writer.references(), r"\end{document}"]
    text = "\n".join([*lines, ""])
    files = {f"tables/{name}.tex": source.encode() for name, source in writer.tables.items()}
    files |= {f"figures/{name}.pdf": content for name, content in writer.figures.items()}
    files |= {writer.logo: draw_logo(brand, "pdf")} if writer.logo else {}
    files |= {"body.tex": f"{body}\n".encode(), "commands.tex": defined.encode()}
    return text, files | {_REFERENCES: references.encode()}


def _one_word(name: str) -> str:
    return re.sub(r"[\r\n]", " ", name)


def _folder_name(path: Path) -> str:
    r"""Return the name of the folder; TeX's ``\input`` takes letters, digits and hyphens safely."""
    return f"{_identifier(path.stem)}-files"


def _identifier(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "report"


def _logo_name(brand: Brand) -> str:
    """Return the name of a brand's logo in the folder: LaTeX takes PDF, PNG and JPEG."""
    return f"logo{'.pdf' if brand.logo.suffix.lower() == '.svg' else brand.logo.suffix.lower()}" if brand.logo else ""


def _check_folder(folder: Path) -> None:
    if folder.is_dir():
        foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in _PARTS)
        if foreign:
            raise InputError(f"{folder}: this folder holds other files ({foreign[0]}); it is left as it is: choose another --out")
    elif folder.exists():
        raise InputError(f"{folder}: this is a file; expected the folder of a report's tables: choose another --out")


class _Writer:
    """Turns blocks into LaTeX, and keeps the tables and figures that they take in."""

    def __init__(self, document: Document, folder: str, brand: Brand) -> None:
        self.document = document
        self.brand = brand
        self.logo = _logo_name(brand)
        self.folder = folder
        self.words: Mapping[str, Any] = frame_words(document)
        self.numbers = {claim.claim_id: number for number, claim in enumerate(stated_claims(document), start=1)}
        self.faces = find_typefaces(brand.folder)
        self.tables: dict[str, str] = {}
        self.figures: dict[str, bytes] = {}

    def body(self) -> str:
        """Return the sections, the sources, and the list of every figure."""
        parts = [self._section(section) for section in self.document.sections]
        return "\n\n".join(part for part in [*parts, self._sources(), self._ledger()] if part)

    def references(self) -> str:
        return rf"\nocite{{*}}\bibliographystyle{{plainnat}}\bibliography{{{self.folder}/references}}"

    def front(self) -> str:
        """Return what stands above the sections: whose report, its title, the contents."""
        kicker, title, subtitle = (
            latex_words(text) for text in (self.document.kicker, self.document.title, self.document.subtitle)
        )
        lines = [r"\begingroup\raggedright", *self._masthead()]
        lines += [rf"{{\sffamily\small\color{{quiet}}{kicker}\par}}"] if kicker else []
        lines += [rf"{{\sffamily\bfseries\LARGE\color{{accent}}{title}\par}}"]
        lines += [rf"{{\sffamily\color{{quiet}}{subtitle}\par}}"] if subtitle else []
        contents = escape_latex(self.words["contents"])
        return "\n".join([*lines, r"\endgroup", rf"\renewcommand{{\contentsname}}{{{contents}}}", _CONTENTS])

    def _masthead(self) -> list[str]:
        """Return the line with logo and name of a brand."""
        alt, name = escape_latex(self.brand.logo_alt), escape_latex(self.brand.name)
        picture = rf"\includegraphics[height=1.4cm,alt={{{alt}}}]{{{self.folder}/{self.logo}}}"
        shown = [rf"\raisebox{{-.4\height}}{{{picture}}}"] if self.logo else []
        shown += [rf"\sffamily\bfseries {name}"] if name else []
        line = r"\hspace{1em}".join(shown)
        return [rf"{{{line}\par\medskip}}"] if shown else []

    def _section(self, section: Section) -> str:
        lines = [rf"\section{{{latex_words(section.title)}}}\label{{sec:{_identifier(section.identifier)}}}"]
        for kind, blocks in group_blocks(section):
            lines.append(self._list(blocks) if kind == "caveats" else self._block(blocks[0]))
        marks = (rf"\bymodel{{}} {escape_latex(line)}" for line in model_marks(section, self.words))
        lines += [rf"{{\footnotesize {mark}\par}}" for mark in marks]
        return "\n\n".join(lines)

    def _list(self, blocks: tuple[Paragraph, ...]) -> str:
        # An item that begins with a bracket would be taken for a label.
        items = [rf"\item {{}}{self._item(block)}" for block in blocks]
        return "\n".join([r"\begin{itemize}", *items, r"\end{itemize}"])

    def _item(self, block: Paragraph) -> str:
        lead, rest = split_lead(block)
        bold = rf"\textbf{{{latex_words(lead)}}}{sentence_gap(self.document)}" if lead else ""
        return f"{bold}{self._sentences(rest)}"

    def _block(self, block: Block) -> str:
        if isinstance(block, Paragraph):
            text = self._sentences(block)
            look = {"lead": rf"{{\large {text}\par}}", "note": rf"{{\footnotesize {text}\par}}"}
            return look.get(block.style, text)
        if isinstance(block, Tiles):
            return self._tiles(block)
        return self._table(block) if isinstance(block, DataTable) else self._figure(block)

    def _sentences(self, block: Paragraph) -> str:
        return sentence_gap(self.document).join(self._sentence(sentence) for sentence in block.sentences)

    def _sentence(self, sentence: Sentence) -> str:
        source, before = "", ""
        for part in sentence.parts:
            text = part if isinstance(part, str) else part.text
            # xeCJK leaves room between Chinese and figures, but not beside a link.
            source += r"\claimgap{}" if _CHINESE_BESIDE_FIGURE.fullmatch(before[-1:] + text[:1]) else ""
            source += self._claim(part) if isinstance(part, Claim) else latex_words(text)
            before = text or before
        return source + (r"\bymodel{}" if model_mark(sentence, self.words) else "")

    def _claim(self, claim: Claim) -> str:
        return rf"\claim{{{self.numbers[claim.claim_id]}}}{{{escape_latex(claim.text)}}}"

    def _tiles(self, block: Tiles) -> str:
        rows = []
        for tile in block.tiles:
            note = rf"\newline {latex_words(tile.note)}" if tile.note else ""
            about = rf"\textbf{{{latex_words(tile.name)}}}{note}\newline{{\footnotesize {latex_words(tile.definition)}}}"
            rows.append(rf"\leavevmode{{\Large\bfseries\color{{accent}}{self._claim(tile.claim)}}} & {about} \\")
        wide = r"p{\dimexpr .22\linewidth-2\tabcolsep\relax}p{\dimexpr .78\linewidth-2\tabcolsep\relax}"
        rule = "\n\\addlinespace\n"
        # In one piece, whatever page it is on.
        return "\n".join([rf"\begin{{tabular}}{{{wide}}}", r"\toprule", rule.join(rows), r"\bottomrule", r"\end{tabular}"])

    def _table(self, block: DataTable) -> str:
        name = self._free(block.name, self.tables)
        self.tables[name] = table_source(self.document, block, name)
        taken = rf"\input{{{self.folder}/tables/{name}}}"
        return f"\\begin{{landscape}}\n{taken}\n\\end{{landscape}}" if fit_columns(block).turned else taken

    def _figure(self, block: Figure) -> str:
        name = self._free(block.name, self.figures)
        self.figures[name] = figure_bytes(block, "pdf", self.faces, title=False)
        size = r"width=\linewidth,height=.8\textheight,keepaspectratio"
        note = [rf"\par{{\footnotesize\raggedright {latex_words(block.note)}\par}}"] if block.note else []
        return "\n".join(
            [
                r"\begin{figure}",
                rf"\includegraphics[{size},alt={{{escape_latex(block.alt)}}}]{{{self.folder}/figures/{name}.pdf}}",
                rf"\caption{{{latex_words(block.title)}}}\label{{fig:{name}}}",
                *note,
                r"\end{figure}",
            ]
        )

    def _free(self, name: str, taken: Mapping[str, object]) -> str:
        base, count = _identifier(name), 1
        free = base
        while free in taken:
            count += 1
            free = f"{base}-{count}"
        return free

    def _sources(self) -> str:
        if not self.document.sources:
            return ""
        lines = [rf"\section{{{escape_latex(self.words['sources'])}}}\label{{sec:list-of-sources}}"]
        gap = sentence_gap(self.document)
        for source, key in zip(self.document.sources, source_keys(self.document), strict=True):
            title, *more = (latex_words(text) for text in source_texts(source, self.document))
            lines.append(gap.join([rf"\textbf{{{title}}}", *filter(None, more)]) + rf"\sourcecite{{{key}}}\par")
        return "\n\n".join(lines)

    def _ledger(self) -> str:
        if not self.numbers:
            return ""
        title, note, made = (escape_latex(str(self.words[name])) for name in ("every_figure", "ledger_note", "made_by"))
        head = rf"\section{{{title}}}\label{{sec:every-figure}}"
        return "\n\n".join(
            [head, rf"{{\footnotesize {note}\par}}", ledger_source(self.document), rf"{{\footnotesize {made}\par}}"]
        )
