"""The formats of a report, and the one function that writes a document in any of them."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobimpact.errors import InputError
from jobimpact.files import written_whole
from jobimpact.reporting.compose.document import Document
from jobimpact.reporting.formats.branding import Brand


@dataclass(frozen=True)
class Format:
    """A format of a report, and where it is made.

    ``render_...`` takes a document and returns the content of its file; ``write_...``, for formats of several
    files, takes a document and a path, writes whole or not at all, and returns the path.
    """

    suffix: str
    module: str
    function: str
    holds: str  # what a reader finds in it, for `--help`
    branded: bool = False  # the function also takes a brand, to show its logo, colours and fonts

    @property
    def rendered(self) -> bool:
        """Whether the function returns the content of the file."""
        return self.function.startswith("render_")


# A module is imported when its format is asked for: each rests on a library of its own.
WRITERS: dict[str, Format] = {
    "html": Format(".html", "html", "render_html", "one page that works offline", branded=True),
    "pdf": Format(".pdf", "pdf", "render_pdf", "typeset pages with vector figures", branded=True),
    "docx": Format(".docx", "word.word", "render_docx", "Word, with real tables and captions", branded=True),
    "tex": Format(".tex", "latex.latex", "write_tex", "LaTeX with booktabs tables", branded=True),
    "xlsx": Format(".xlsx", "workbook.workbook", "write_xlsx", "every table and the data dictionary"),
    "csv": Format(".zip", "datafiles", "write_csv", "every table as CSV"),
    "dta": Format(".zip", "datafiles", "write_dta", "every table for Stata, with labels"),
    "bib": Format(".bib", "bibtex", "render_bibtex", "every source as BibTeX"),
    "figures": Format(".zip", "figure_files", "write_figures", "every figure as SVG, PDF and PNG"),
    "pack": Format(".zip", "pack.pack", "write_pack", "replication pack: tables, manifest, script, README"),
}
_ALIASES = {"latex": "tex", "word": "docx", "excel": "xlsx", "stata": "dta", "bibtex": "bib", "replication": "pack"}


def find_format(name: str) -> str:
    """Return the name of a format in :data:`WRITERS` for the name that a user gave.

    Examples
    --------
    >>> find_format("replication"), find_format("pdf")
    ('pack', 'pdf')
    """
    format_name = _ALIASES.get(name.lower(), name.lower())
    if format_name not in WRITERS:
        raise InputError(
            f"{{formats}} {name!r}: this is no format of a report; expected one of {', '.join(WRITERS)}", parameters=["formats"]
        )
    return format_name


def write_report(document: Document, path: Path, format: str, brand: Brand | None = None) -> Path:  # noqa: A002 - as in --format
    """Write a document in one format; the file appears whole or not at all.

    The order of sections of a `brand` holds for every format, its logo, colours and fonts for those that are
    branded. An unknown format, a library or font that is not installed, or a fault in a template or logo is
    an InputError.
    """
    from jobimpact.reporting.formats.branding import Brand, apply_brand

    writer, brand = WRITERS[find_format(format)], brand or Brand()
    document, options = apply_brand(document, brand), {"brand": brand} if writer.branded else {}
    if not writer.rendered:
        return Path(_function(writer)(document, path, **options))
    content = _function(writer)(document, **options)
    with written_whole(path) as temporary:
        temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def _function(writer: Format) -> Callable[..., Any]:
    module = importlib.import_module(f"jobimpact.reporting.formats.{writer.module}")
    function: Callable[..., Any] = getattr(module, writer.function)
    return function
