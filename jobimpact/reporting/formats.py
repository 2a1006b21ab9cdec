"""The formats of a report, and the one function that writes a document in any of them."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobimpact.reporting.branding import Brand
    from jobimpact.reporting.document import Document


@dataclass(frozen=True)
class Format:
    """A format of a report.

    Attributes
    ----------
    suffix
        Ending of its file; empty for a folder.
    module, function
        Where its writer is: a function of a document and a path, and of a brand where it can show one. It writes the file
        whole or not at all and returns the path.
    holds
        What a reader finds in it, for ``--help``.
    """

    suffix: str
    module: str
    function: str
    holds: str


# A writer is imported when it is asked for: each rests on a library of its own.
WRITERS: dict[str, Format] = {
    "html": Format(".html", "html", "write_html", "one page that works offline"),
    "pdf": Format(".pdf", "pdf", "write_pdf", "typeset pages with vector figures"),
    "docx": Format(".docx", "word", "write_docx", "Word, with real tables and captions"),
    "tex": Format(".tex", "latex", "write_tex", "LaTeX with booktabs tables"),
    "xlsx": Format(".xlsx", "workbook", "write_xlsx", "every table and the data dictionary"),
    "csv": Format(".zip", "datafiles", "write_csv", "every table as CSV"),
    "dta": Format(".zip", "datafiles", "write_dta", "every table for Stata, with labels"),
    "bib": Format(".bib", "bibtex", "write_bibtex", "every source as BibTeX"),
    "figures": Format(".zip", "figure_files", "write_figures", "every figure as SVG, PDF and PNG"),
    "pack": Format(".zip", "pack", "write_pack", "replication pack: tables, manifest, script, README"),
}
_ALIASES = {"latex": "tex", "word": "docx", "excel": "xlsx", "stata": "dta", "bibtex": "bib", "replication": "pack"}


def find_format(name: str) -> str:
    """Return the name of a format in :data:`WRITERS` for the name that a user gave.

    Raises
    ------
    InputError
        If there is no such format.

    Examples
    --------
    >>> find_format("replication"), find_format("pdf")
    ('pack', 'pdf')
    """
    found = _ALIASES.get(name.lower(), name.lower())
    if found not in WRITERS:
        raise InputError(f"--format {name!r}: this is no format of a report; expected one of {', '.join(WRITERS)}")
    return found


def write_report(document: Document, path: Path, format: str, brand: Brand | None = None) -> Path:  # noqa: A002 - as in --format
    """Write a document in one format; the file appears whole or not at all.

    Parameters
    ----------
    document
        What :func:`jobimpact.reporting.compose.compose` gives.
    path
        File or, for formats without an ending, folder to write.
    format
        A name of :data:`WRITERS`.
    brand
        Look of a ministry: its order of sections holds for every format, its logo, colours and fonts for those whose
        writer takes a brand.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    InputError
        If the format is unknown, its library is not installed, or the file cannot be written.
    """
    from jobimpact.reporting.branding import apply_brand

    writer = _writer(find_format(format))
    if brand is None:
        return writer(document, path)
    if "brand" in inspect.signature(writer).parameters:
        return writer(document, path, brand=brand)
    return writer(apply_brand(document, brand), path)


def _writer(name: str) -> Callable[..., Path]:
    known = WRITERS[name]
    module = importlib.import_module(f"jobimpact.reporting.{known.module}")
    writer: Callable[..., Any] = getattr(module, known.function)
    return writer
