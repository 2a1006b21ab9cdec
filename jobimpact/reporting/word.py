"""A document as a Word file (DOCX): real headings, captions, tables with repeated heads, links from figures to their cells."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.files import written_whole
from jobimpact.reporting.archive import zip_bytes
from jobimpact.reporting.branding import Brand, apply_brand

if TYPE_CHECKING:
    from pathlib import Path

    from jobimpact.reporting.document import Document


def write_docx(document: Document, path: Path, brand: Brand | None = None) -> Path:
    """Write `document` as a DOCX file; it appears whole or not at all.

    Parameters
    ----------
    document
        Of any type and language.
    path
        File to write.
    brand
        Look of a ministry, see :func:`jobimpact.reporting.branding.read_brand`.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    InputError
        If python-docx or typst, which draws the figures, is not installed, if a figure has Chinese and no font of this
        machine does, or if the file cannot be written.
    """
    content = render_docx(document, brand)
    with written_whole(path) as temporary:
        temporary.write_bytes(content)
    return path


def render_docx(document: Document, brand: Brand | None = None) -> bytes:
    """Return `document` as a DOCX file; the same document gives the same bytes.

    Raises
    ------
    InputError
        See :func:`write_docx`.
    """
    if importlib.util.find_spec("docx") is None:
        raise InputError('DOCX needs the library python-docx, which is not installed: pip install "jobimpact[reports]"')
    from jobimpact.reporting.word_blocks import BlockWriter

    brand = brand or Brand()
    stream = io.BytesIO()
    BlockWriter(apply_brand(document, brand), brand).write().save(stream)
    # A DOCX file is a zip archive; python-docx puts the time of writing into it.
    with zipfile.ZipFile(stream) as archive:
        return zip_bytes({name: archive.read(name) for name in archive.namelist()})
