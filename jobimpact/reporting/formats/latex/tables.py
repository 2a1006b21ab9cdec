r"""Tables as LaTeX with booktabs rules, each a file for ``\input``: a float, or over pages with its head repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption
from jobimpact.reporting.compose.appendix import frame_words, is_code, ledger_rows
from jobimpact.reporting.formats.columns import fit_columns
from jobimpact.reporting.formats.latex.text import escape_latex, is_chinese, latex_words, other_characters

if TYPE_CHECKING:
    from jobimpact.reporting.compose.document import Cell, DataTable, Document

_LEDGER_SHARES = (0.115, 0.16, 0.19, 0.14, 0.395)
_CODE, _NUMBER = "l", "r"
_GAP = r"\setlength{\tabcolsep}{4pt}"
_APART = "\n\\addlinespace[2pt]\n"  # between rows of more than one line, which nothing else keeps apart


@dataclass(frozen=True)
class _Grid:
    """Columns, head and rows of a table as LaTeX."""

    columns: tuple[str, ...]
    head: str
    rows: str


def table_source(document: Document, table: DataTable, label: str) -> str:
    r"""Return `table` as LaTeX.

    Parameters
    ----------
    document
        For its language.
    table
        Printed cell by cell.
    label
        Letters, digits and hyphens: the table is ``\ref{tab:label}``.
    """
    grid = _grid(document, table)
    caption = rf"\caption{{{latex_words(table.title)}}}\label{{tab:{label}}}"
    note = latex_words(table.note)
    if not needs_pages(table):
        lines = ["% Needs the packages array and booktabs.", *_float(grid, caption)]
        lines += [rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize {note}}}"] if note else []
        return "\n".join([*lines, r"\end{table}", ""])
    word = escape_latex(str(frame_words(document)["table"]))
    again = rf"\multicolumn{{{len(grid.columns)}}}{{l}}{{\emph{{{word} \thetable}}}}\\"
    lines = ["% Needs the packages array, booktabs and longtable.", rf"{{\footnotesize{_GAP}\setlength{{\LTpost}}{{4pt}}"]
    lines += _pages(grid, first=rf"{caption}\\", later=again)
    # No page ends between a table and its note.
    lines += [rf"\nopagebreak\parbox{{\linewidth}}{{\footnotesize {note}}}\par"] if note else []
    return "\n".join([*lines, r"\bigskip}", ""])


def needs_pages(table: DataTable) -> bool:
    """Return whether the table may not fit on one upright page; letters that become codes make it longer than it seems."""
    fitted = fit_columns(table)
    texts = (text for row in table.rows for cell in row for text in (cell.text, *cell.details))
    coded = any(not is_chinese(letter) for text in texts for letter in other_characters(escape_latex(text)))
    return fitted.turned or coded or fitted.lines > int(assumption("typesetting", "float_rows"))


def ledger_source(document: Document) -> str:
    """Return the list of every figure; each row is the target of the links from its figure."""
    words = frame_words(document)
    heads = [str(words[name]) for name in ("as_printed", "of", "cell", "unrounded", "definition")]
    heads[3] += f" ({words['interval']})"
    rows = []
    for number, row in enumerate(ledger_rows(document), start=1):
        claim = row.claim
        place = f"{claim.table_name}, {claim.row_key}, {claim.column_name}"
        stated = rf"\claimrow{{{number}}}{{{escape_latex(claim.text)}}}"
        texts = (claim.row_title, place, row.unrounded, f"{claim.definition} {row.source}")
        cells = [stated, *(latex_words(text) for text in texts)]
        cells[3] += rf"\newline ({escape_latex(row.interval)})" if row.interval else ""
        rows.append(_row(cells))
    columns = tuple(_text(share) for share in _LEDGER_SHARES)
    head = " & ".join(_guarded(escape_latex(title)) for title in heads)
    pages = _pages(_Grid(columns, head, _APART.join(rows)), first="", later="")
    return "\n".join([rf"{{\scriptsize{_GAP}", *pages, r"\addtocounter{table}{-1}}", ""])


def _grid(document: Document, table: DataTable) -> _Grid:
    fitted = fit_columns(table)
    shares = fitted.shares
    places = range(len(table.columns))
    columns = [
        _NUMBER
        if table.columns[place].numeric
        else _indent(fitted.apart[place]) + _CODE
        if table.rows and is_code(table, place)
        else _text(shares[place], apart=fitted.apart[place])
        for place in places
    ]
    # A cell of numbers or codes is never broken; its head is, at the width that the column should have.
    heads = [
        _head(table.columns[place].title, shares[place], right=columns[place] == _NUMBER, apart=fitted.apart[place])
        for place in places
    ]
    rows = [_row([_cell(cell) for cell in row]) for row in table.rows]
    none = escape_latex(str(frame_words(document)["none"]))
    apart = _APART if fitted.lines > len(rows) else "\n"
    return _Grid(tuple(columns), " & ".join(heads), apart.join(rows or [_row([none, *[""] * (len(columns) - 1)])]))


def _float(grid: _Grid, caption: str) -> list[str]:
    start = [r"\begin{table}", rf"\centering\footnotesize{_GAP}", caption, rf"\begin{{tabular}}{{{''.join(grid.columns)}}}"]
    return [*start, r"\toprule", rf"{grid.head} \\", r"\midrule", grid.rows, r"\bottomrule", r"\end{tabular}"]


def _pages(grid: _Grid, *, first: str, later: str) -> list[str]:
    top = [r"\toprule", rf"{grid.head} \\", r"\midrule"]
    start = [rf"\begin{{longtable}}{{{''.join(grid.columns)}}}", *([first] if first else []), *top, r"\endfirsthead"]
    again = [*([later] if later else []), *top, r"\endhead"]
    return [*start, *again, r"\bottomrule", r"\endfoot", grid.rows, r"\end{longtable}"]


def _text(share: float, column: str = "p", side: str = "raggedright", *, apart: bool = False) -> str:
    skip = r"\leftskip=8pt" if apart else ""
    return rf">{{\{side}{skip}\arraybackslash}}{column}{{\dimexpr {share:.4f}\linewidth-2\tabcolsep\relax}}"


def _indent(apart: bool) -> str:
    return r">{\hspace{8pt}}" if apart else ""


def _head(title: str, share: float, *, right: bool, apart: bool) -> str:
    look = _text(share, "b", "raggedleft" if right else "raggedright", apart=apart)
    return rf"\multicolumn{{1}}{{{look}}}{{{latex_words(title)}}}"


def _row(cells: list[str]) -> str:
    return rf"{' & '.join([_guarded(cells[0]), *cells[1:]])} \\"


def _guarded(source: str) -> str:
    """Return a row's first cell so that the line end before it does not take its bracket or star for an option."""
    return f"{{}}{source}" if source.startswith(("[", "*")) else source


def _cell(cell: Cell) -> str:
    details = "".join(rf"\newline {{\scriptsize {latex_words(line)}}}" for line in cell.details)
    text = latex_words(cell.text)
    return rf"\textbf{{{text}}}{details}" if details else text
