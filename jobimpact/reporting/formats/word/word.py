"""A document as a Word file (DOCX): real headings, captions, tables with repeated heads, links from figures to their cells."""

import importlib.util
import io
import zipfile

from jobimpact.errors import InputError
from jobimpact.reporting.compose.document import Document
from jobimpact.reporting.formats.archive import zip_bytes
from jobimpact.reporting.formats.branding import Brand


def render_docx(document: Document, brand: Brand | None = None) -> bytes:
    """Return `document` as a DOCX file; the same document gives the same bytes."""
    if importlib.util.find_spec("docx") is None:
        raise InputError('DOCX needs the library python-docx, which is not installed: pip install "jobimpact[reports]"')
    from jobimpact.reporting.formats.word.writer import WordWriter

    stream = io.BytesIO()
    WordWriter(document, brand or Brand()).write().save(stream)
    # A DOCX file is a zip archive; python-docx puts the time of writing into it.
    with zipfile.ZipFile(stream) as archive:
        return zip_bytes({name: archive.read(name) for name in archive.namelist()})
