"""Texts that a user's file may hold, in every format for print: none is lost, none runs off the page, none is obeyed."""

import io
import re
import shutil
import subprocess
import unicodedata
import zipfile

import pytest
from lxml import etree

from jobimpact.reporting.formats.fonts import coded_text, find_typefaces
from jobimpact.reporting.formats.latex.text import other_characters
from jobimpact.reporting.formats.layout import plain
from jobimpact.reporting.formats.write import write_report

pytest.importorskip("typst", reason="typst is not installed")
pytest.importorskip("docx", reason="python-docx is not installed")
pytestmark = [
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed"),
    pytest.mark.skipif(not find_typefaces().chinese, reason="no font with Chinese glyphs, which a text has"),
]
TEXTS = (
    "Donaudampfschifffahrtselektrizitaet" * 12,
    "https://example.org/" + "a/b_c?d=e&" * 30,
    "Cook \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} \N{TEST TUBE} \N{WHITE HEAVY CHECK MARK} done",
    "one\u202etwo\u2066three\u200ffour",
    '#import "x": * = Head - item ```raw``` $ x $ /* c */ // d @r <l> \\u{202e} ~ -- --- ...',
    r"\end{document} ^^41 \write18{ls} \\ & } { $ ~ \verb|x| \catcode`\%=12 %",
    "</td></table><style>p{}</style> &lt; &#x3c; ]]> <![CDATA[ -->",
    "a\x00b\ufffec\x0bd\x85e\u2028f",
    (
        "\N{THAI CHARACTER KO KAI}\N{THAI CHARACTER SARA A} \N{HANGUL SYLLABLE GA} \N{CYRILLIC CAPITAL LETTER YA} "
        "\N{GREEK SMALL LETTER OMEGA} \u2265 0.5 \u2192 1"
    ),
    "e\N{COMBINING ACUTE ACCENT} a\u0308\u0323 \ue000 \U0001f600",
)


@pytest.fixture(scope="module")
def document(documents):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "HOSTILE", TEXTS)
        return documents.make_document()


def squeezed(text):
    """Return a text as a program may read it out of a page: without blanks, letters and their accents as one."""
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFC", text))


def pages_of(path):
    """Return the words of a PDF file, without blanks; fail where one runs over the edge of its page."""
    boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, check=True).stdout
    for page in etree.fromstring(boxes, etree.HTMLParser()).iter("page"):
        over = [word.text for word in page.iter("word") if float(word.get("xmax")) > float(page.get("width")) - 20]
        assert over == []
    return squeezed(subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout)


def test_pdf(document, tmp_path):
    words, faces = pages_of(write_report(document, tmp_path / "report.pdf", "pdf")), find_typefaces()
    for text in TEXTS:
        assert squeezed(coded_text(plain(text), faces)) in words, text


def test_docx(document, tmp_path):
    with zipfile.ZipFile(io.BytesIO(write_report(document, tmp_path / "report.docx", "docx").read_bytes())) as archive:
        words = squeezed("".join(etree.fromstring(archive.read("word/document.xml")).itertext()))
    for text in TEXTS:
        assert words.count(squeezed(plain(text))) >= 4, text  # a sentence, a row, a detail, a caveat


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex(document, tmp_path):
    path = write_report(document, tmp_path / "report.tex", "tex")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", path.name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    log = path.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, re.findall(r"^!.*(?:\n.*){4}", log, re.MULTILINE)[:1]
    assert "Overfull \\vbox" not in log
    words = pages_of(path.with_suffix(".pdf")).replace("-", "")
    for text in TEXTS:
        coded = "".join(f"[U+{ord(letter):04X}]" if letter in other_characters(letter) else letter for letter in plain(text))
        # Broken words end with hyphens; two signs are set as mathematics.
        expected = squeezed(coded).replace("-", "").replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")
        assert expected.replace("[U+2265]", "\u2265").replace("[U+2192]", "\u2192") in words, text


def test_html(document, documents, tmp_path):
    page = documents.Page(write_report(document, tmp_path / "report.html", "html").read_text(encoding="utf-8"))
    words = squeezed("".join(page.words))
    for text in TEXTS:
        assert squeezed(plain(text)) in words, text
    assert set(page.tags) <= documents.TAGS | {"img", "b", "i", "dl", "dt", "dd", "title", "desc"}
