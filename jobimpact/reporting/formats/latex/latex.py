r"""The report as LaTeX: a text, a folder with a booktabs table per file for ``\input``, figures as PDF, and references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.files import check_target, written_whole
from jobimpact.reporting.claims.claims import read_claims
from jobimpact.reporting.compose.appendix import anchor_of, frame_words, is_code, ledger_rows, source_texts
from jobimpact.reporting.compose.document import DataTable, Figure, PrintedCell
from jobimpact.reporting.formats.archive import write_folder
from jobimpact.reporting.formats.bibtex import render_bibtex, source_keys
from jobimpact.reporting.formats.branding import Brand, citation_line, draw_logo
from jobimpact.reporting.formats.columns import fit_columns
from jobimpact.reporting.formats.figure_files import figure_bytes
from jobimpact.reporting.formats.fonts import find_typefaces
from jobimpact.reporting.formats.latex.text import escape_latex, is_chinese, latex_words, other_characters
from jobimpact.reporting.formats.layout import free_name, ledger_heads, sentence_gap
from jobimpact.reporting.formats.templates import make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jinja2 import Environment

    from jobimpact.reporting.compose.document import Document
    from jobimpact.reporting.words.narrative import Sentence

_REFERENCES = "references.bib"
_PARTS = {"tables", "figures", _REFERENCES, "logo.pdf", "logo.png", "logo.jpg", "logo.jpeg", "body.tex", "commands.tex"}
_CHINESE_BESIDE_FIGURE = re.compile("[\u4e00-\u9fff][0-9A-Za-z+-]|[0-9A-Za-z%][\u4e00-\u9fff]")
# Braces and percent signs are LaTeX's own.
_DELIMITERS = {"block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "<<"}
_DELIMITERS |= {"variable_end_string": ">>", "comment_start_string": "<#", "comment_end_string": "#>"}
_LEDGER_SHARES = (0.115, 0.16, 0.19, 0.14, 0.395)
_CODE, _NUMBER = "l", "r"


def write_tex(document: Document, path: Path, brand: Brand | None = None) -> Path:
    """Write `document` as LaTeX; text and folder appear whole or not at all.

    Beside ``report.tex`` the folder ``report-files`` holds ``body.tex`` and ``commands.tex``, which any text
    can take in, ``tables/*.tex``, ``figures/*.pdf`` and ``references.bib``. A report in English is printed by
    pdflatex or xelatex, one in Chinese by xelatex. A folder with other files is left as it is, and an
    InputError.
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
    brand, faces = brand or Brand(), find_typefaces(brand.folder if brand else None)
    environment = _environment(document)
    names = _block_names(document)
    tables, figures = {}, {}
    for block in document.blocks():
        if isinstance(block, DataTable):
            tables[names[anchor_of(block)]] = table_source(document, block, names[anchor_of(block)])
        elif isinstance(block, Figure):
            figures[names[anchor_of(block)]] = figure_bytes(block, "pdf", faces, title=False)
    context = _context(document, path, brand) | {"names": names}
    body = environment.get_template("body.tex.j2").render(context).rstrip("\n") + "\n"
    references = render_bibtex(document)
    report = environment.get_template("report.tex.j2").render(context, coded=False)
    characters = other_characters("".join([report, body, *tables.values(), references]))
    if document.language == "zh":
        characters = {character for character in characters if not is_chinese(character)}
    declared = [(character, is_chinese(character)) for character in sorted(characters)]
    commands = environment.get_template("commands.tex.j2").render(context, characters=declared)
    # Which characters LaTeX does not know is known only when all sources are there; the head of the report says so.
    if declared and document.language != "zh":
        report = environment.get_template("report.tex.j2").render(context, coded=True)
    files = {f"tables/{name}.tex": source.encode() for name, source in tables.items()}
    files |= {f"figures/{name}.pdf": content for name, content in figures.items()}
    files |= {context["logo"]: draw_logo(brand, "pdf")} if context["logo"] else {}
    return report, files | {"body.tex": body.encode(), "commands.tex": commands.encode(), _REFERENCES: references.encode()}


def table_source(document: Document, table: DataTable, label: str) -> str:
    r"""Return `table` as LaTeX, in the language of the document; it is ``\ref{tab:label}``."""
    context = {"table": table, "label": label, "grid": _grid(document, table), "paged": needs_pages(table)}
    return _environment(document).get_template("table.tex.j2").render(context, words=frame_words(document))


def needs_pages(table: DataTable) -> bool:
    """Return whether the table may not fit on one upright page; letters that become codes make it longer than it seems."""
    fitted = fit_columns(table)
    texts = (text for row in table.rows for cell in row for text in (cell.text, *cell.details))
    coded = any(not is_chinese(letter) for text in texts for letter in other_characters(escape_latex(text)))
    return fitted.landscape or coded or fitted.lines > int(assumption("typesetting", "float_rows"))


def _environment(document: Document) -> Environment:
    environment = make_environment(frame_words(document), lambda text: Markup(latex_words(text)), **_DELIMITERS)  # noqa: S704
    environment.tests["landscape"] = lambda table: fit_columns(table).landscape
    environment.filters |= {
        "exact": lambda text: Markup(escape_latex(text)),  # noqa: S704 - LaTeX, where nothing of it is a command
        "raw": Markup,
        "code": lambda character: f"{ord(character):04X}",
        "identifier": _identifier,
        "gapped": _gapped_parts,
        "guarded": _guarded,
    }
    return environment


def _context(document: Document, path: Path, brand: Brand) -> dict[str, Any]:
    """Return what the templates print."""
    claims, words = read_claims(document.claims), frame_words(document)
    commands = {"text": "setmainfont", "heading": "setsansfont"}
    texts = [source_texts(source, document) for source in document.sources]
    ledger_columns = "".join(_text_column(share) for share in _LEDGER_SHARES)
    return {
        "document": document,
        "brand": brand,
        "citation": citation_line(document, brand),
        "words": {name: str(word) for name, word in words.items()},
        "blank": sentence_gap(document),
        "chinese": document.language == "zh",
        "program": "xelatex" if document.language == "zh" else "pdflatex",
        "name": _comment(path.name),
        "stem": _comment(path.stem),
        "folder": Markup(_folder_name(path)),  # noqa: S704 - letters, digits and hyphens
        "logo": _logo_name(brand),
        "fonts": [(command, brand.fonts[use]) for use, command in commands.items() if brand.fonts and brand.fonts.get(use)],
        "colours": [(name, brand.colour(name)[1:].upper()) for name in ("accent", "ink", "quiet")],
        "numbers": {claim.claim_id: number for number, claim in enumerate(claims, start=1)},
        "sources": list(zip(map(Markup, source_keys(document)), texts, strict=True)),
        "ledger": {"columns": Markup(ledger_columns), "heads": [Markup(escape_latex(head)) for head in ledger_heads(words)]},  # noqa: S704
        "ledger_rows": ledger_rows(document),
    }


def _comment(name: str) -> Markup:
    """Return a file's name as a comment of one line."""
    return Markup(re.sub(r"[\r\n]", " ", name))  # noqa: S704


def _identifier(name: str) -> Markup:
    return Markup(re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "report")  # noqa: S704


def _folder_name(path: Path) -> str:
    r"""Return the name of the folder; TeX's ``\input`` takes letters, digits and hyphens safely."""
    return f"{_identifier(path.stem)}-files"


def _logo_name(brand: Brand) -> str:
    """Return the name of a brand's logo in the folder: LaTeX takes PDF, PNG and JPEG."""
    return f"logo{'.pdf' if brand.logo.suffix.lower() == '.svg' else brand.logo.suffix.lower()}" if brand.logo else ""


def _check_folder(folder: Path) -> None:
    if folder.is_dir():
        foreign = sorted(entry.name for entry in folder.iterdir() if entry.name not in _PARTS)
        if foreign:
            raise InputError(
                f"{folder}: this folder holds other files ({foreign[0]}); it is left as it is: choose another {{out}}",
                parameters=["out"],
            )
    elif folder.exists():
        raise InputError(
            f"{folder}: this is a file; expected the folder of a report's tables: choose another {{out}}", parameters=["out"]
        )


def _block_names(document: Document) -> dict[str, str]:
    """Return the name of the file of every table and figure, by what names it in the document."""
    others: dict[type, set[str]] = {DataTable: set(), Figure: set()}
    blocks = [block for block in document.blocks() if isinstance(block, DataTable | Figure)]
    return {anchor_of(block): Markup(free_name(_identifier(block.name), others[type(block)], "-{}")) for block in blocks}  # noqa: S704


def _gapped_parts(sentence: Sentence) -> Iterator[tuple[Any, bool]]:
    """Yield the parts of a sentence, and whether room must be left in front of each.

    xeCJK leaves room between Chinese and figures, but not beside a link.
    """
    before = ""
    for part in sentence.parts:
        text = part if isinstance(part, str) else part.text
        yield part, bool(_CHINESE_BESIDE_FIGURE.fullmatch(before[-1:] + text[:1]))
        before = text or before


def _grid(document: Document, table: DataTable) -> dict[str, Any]:
    """Return columns, heads and rows of a table."""
    fitted = fit_columns(table)
    columns, heads = [], []
    for position, (column, share, inset) in enumerate(zip(table.columns, fitted.shares, fitted.inset, strict=True)):
        if column.numeric:
            kind = _NUMBER
        elif table.rows and is_code(table, position):
            kind = (r">{\hspace{8pt}}" if inset else "") + _CODE
        else:
            kind = _text_column(share, inset=inset)
        # A cell of numbers or codes is never broken; its head is, at the width that the column should have.
        head = _text_column(share, "b", "raggedleft" if kind == _NUMBER else "raggedright", inset=inset)
        columns.append(kind)
        heads.append(Markup(rf"\multicolumn{{1}}{{{head}}}{{{latex_words(column.title)}}}"))  # noqa: S704 - escaped
    empty = (PrintedCell(str(frame_words(document)["none"])), *[PrintedCell("")] * (len(columns) - 1))
    return {
        "columns": Markup("".join(columns)),  # noqa: S704 - made here
        "heads": heads,
        "rows": table.rows or (empty,),
        # Rows of more than one line, which nothing else keeps apart.
        "spaced": fitted.lines > len(table.rows),
    }


def _text_column(share: float, column: str = "p", side: str = "raggedright", *, inset: bool = False) -> str:
    skip = r"\leftskip=8pt" if inset else ""
    return rf">{{\{side}{skip}\arraybackslash}}{column}{{\dimexpr {share:.4f}\linewidth-2\tabcolsep\relax}}"


def _guarded(source: str) -> Markup:
    """Return a row's first cell so that the line end before it does not take its bracket or star for an option."""
    return Markup(f"{{}}{source}" if source.startswith(("[", "*")) else source)  # noqa: S704 - escaped
