"""The report as DOCX, read back by python-docx: headings, captions, tables, links, language, and every word as it is."""

import dataclasses
import importlib.util
import io
import re
import shutil
import subprocess
import zipfile

import pytest
from lxml import etree

from jobimpact.errors import InputError
from jobimpact.reporting.compose.document import Column, DataTable, Paragraph, PrintedCell, Section, Tiles
from jobimpact.reporting.formats.branding import Brand, apply_brand
from jobimpact.reporting.formats.fonts import find_typefaces
from jobimpact.reporting.formats.layout import plain
from jobimpact.reporting.formats.word.word import render_docx
from jobimpact.reporting.formats.write import write_report
from jobimpact.reporting.words.narrative import Sentence

docx = pytest.importorskip("docx", reason="python-docx is not installed")
pytest.importorskip("typst", reason="typst, which draws the figures, is not installed")
pytestmark = pytest.mark.skipif(not find_typefaces().chinese, reason="no font with Chinese glyphs, which the document has")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="#b3470b"/></svg>'


def part(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read(name))


def attributes(root, element, name):
    return [found.get(W + name) for found in root.iter(W + element)]


def words_of(element):
    return "".join(element.itertext())


@pytest.fixture(scope="module")
def content(small_document):
    return render_docx(small_document)


@pytest.fixture(scope="module")
def body(content):
    return part(content, "word/document.xml")


@pytest.fixture(scope="module")
def file(content):
    return docx.Document(io.BytesIO(content))


def test_headings_are_headings(file, small_document):
    heads = [line.text for line in file.paragraphs if line.style.name == "Heading 1"]
    titles = [section.title for section in small_document.sections]
    assert heads == [*titles, "Sources", "Every figure and its cell"]
    assert next(line.text for line in file.paragraphs if line.style.name == "Title") == small_document.title


def test_hostile_words_stay_words(body, documents):
    words = words_of(body)
    for text in documents.HOSTILE:
        assert words.count(plain(text)) >= 4, text  # a sentence, a row, a detail, a caveat
    assert not [code for code in attributes(body, "instrText", "x") if code]
    codes = {code.text.split()[0] for code in body.iter(W + "instrText")}
    assert codes == {"TOC", "PAGEREF", "SEQ"}


def test_contents_are_a_field_that_knows_its_pages(file, body, small_document):
    entries = [line for line in file.paragraphs if line.style.name == "toc 1"]
    titles = [plain(section.title) for section in small_document.sections]
    assert [line.text.partition("\t")[0] for line in entries] == [*titles, "Sources", "Every figure and its cell"]
    codes = [code.text.strip() for code in body.iter(W + "instrText")]
    assert [code for code in codes if code.startswith("PAGEREF")] == [f"PAGEREF section_{place} \\h" for place in range(1, 7)]


def test_items_of_a_list_are_found_by_their_first_words(small_document):
    text = "Exposure is not job loss. It says what could be done."
    item = Paragraph((Sentence("a", "a", (text,), ()),), style="caveat")
    made = docx.Document(io.BytesIO(render_docx(dataclasses.replace(small_document, sections=(Section("s", "S", (item,)),)))))
    runs = next(line for line in made.paragraphs if line.style.name == "Caveat").runs
    assert next((run.text, run.style.name) for run in runs if run.text.strip()) == ("Exposure is not job loss.", "Strong1")
    assert "".join(run.text for run in runs) == text


def test_the_title_stands_above_every_page_but_the_first(file, small_document):
    heads = [
        section.first_page_header.paragraphs[0].text for section in file.sections if section.different_first_page_header_footer
    ]
    assert heads == [""]
    assert file.sections[0].different_first_page_header_footer
    assert file.sections[0].header.paragraphs[0].text == small_document.title
    assert "NUMPAGES" in etree.tostring(file.sections[0].first_page_footer._element).decode()


def test_captions_count_by_fields(file, body):
    captions = [line.text for line in file.paragraphs if line.style.name == "Caption"]
    assert [caption[:10] for caption in captions] == ["Figure 1. ", "Table 1. S"]
    codes = " ".join(code.text for code in body.iter(W + "instrText"))
    assert "SEQ Table" in codes
    assert "SEQ Figure" in codes


def test_tables_hold_the_cells_and_repeat_their_head(file, small_document):
    block = next(block for block in small_document.blocks() if isinstance(block, DataTable))
    table = file.tables[1]
    shown = [[cell.paragraphs[0].text for cell in row.cells] for row in table.rows]
    assert shown[0] == [column.title for column in block.columns]
    assert shown[1:] == [[plain(cell.text) for cell in row] for row in block.rows]
    heads = [row._tr.trPr is not None and bool(row._tr.trPr.findall(W + "tblHeader")) for row in table.rows]
    assert heads == [True, *[False] * len(block.rows)]
    details = [line.text for line in table.rows[1].cells[0].paragraphs[1:]]
    assert details == [plain(line) for line in block.rows[0][0].details]
    assert table._tbl.tblPr.find(W + "tblCaption").get(W + "val") == plain(block.title)
    numbers = table.rows[1].cells[1].paragraphs[0]
    assert numbers.style.name == "TableNumber"


def test_every_figure_leads_to_its_row_and_back(body, file, small_document):
    targets, links = attributes(body, "bookmarkStart", "name"), attributes(body, "hyperlink", "anchor")
    assert set(links) <= set(targets)
    assert len(targets) == len(set(targets))
    assert len(set(attributes(body, "bookmarkStart", "id"))) == len(targets)
    rows = [name for name in targets if name.startswith("cell_") and f"stated_{name[5:]}" in links]
    assert len(rows) == len(small_document.claims)
    ledger = file.tables[-1]
    assert [cell.text for cell in ledger.rows[1].cells][:4] == [
        "0.31",
        "All occupations",
        "groups, all|all, exposure_beta",
        "0.312345",
    ]
    assert all(re.fullmatch(r"[A-Za-z_]\w{0,39}", name) for name in targets)


def test_text_right_of_numbers_stands_apart(small_document):
    columns = (Column("", "Name"), Column("", "Change", numeric=True), Column("", "Now"))
    table = DataTable("t", "T", "", columns, ((PrintedCell("a"), PrintedCell("0.1"), PrintedCell("higher")),))
    document = dataclasses.replace(small_document, sections=(Section("one", "One", (table,)),))
    head, row = docx.Document(io.BytesIO(render_docx(document))).tables[0].rows
    assert [cell.paragraphs[0].style.name for cell in head.cells] == ["TableHead", "TableHeadNumber", "TableHeadInset"]
    assert [cell.paragraphs[0].style.name for cell in row.cells] == ["TableText", "TableNumber", "TableInset"]
    assert row.cells[2].paragraphs[0].style.paragraph_format.left_indent > 0


def test_a_figure_has_its_alternative_text(file):
    shape = file.inline_shapes[0]
    assert shape._inline.docPr.get("descr") == "Bars: exposure of each sector."
    assert [shape._inline.get(f"dist{side}") for side in "TBLR"] == ["0"] * 4  # LibreOffice takes 3 mm else
    image = next(part for part in file.part.package.iter_parts() if part.content_type == "image/png")
    pixels = int.from_bytes(image.blob[16:20], "big")
    assert pixels / shape.width.inches >= 200


def test_a_sentence_of_a_model_is_marked(body, file):
    marks = [run for run in body.iter(W + "r") if words_of(run) == "\N{DAGGER}"]
    assert len(marks) == 1
    assert "\N{DAGGER} Wording by SmolLM2-135M, checked against the figures" in [line.text for line in file.paragraphs]


@pytest.mark.parametrize(("language", "code"), [("en", "en-US"), ("zh", "zh-CN")])
def test_the_language_and_a_chinese_font_are_stated(documents, language, code):
    content = render_docx(documents.make_document(language))
    styles = part(content, "word/styles.xml")
    stated = next(styles.iter(W + "lang"))
    assert (stated.get(W + "val"), stated.get(W + "eastAsia")) == ("en-US", "zh-CN")  # of Latin words, of Chinese
    assert {"SimSun", "Microsoft YaHei"} <= set(attributes(styles, "rFonts", "eastAsia"))
    assert docx.Document(io.BytesIO(content)).core_properties.language == code


def test_properties_and_page_numbers(content, file, small_document):
    assert file.core_properties.title == small_document.title
    assert file.core_properties.author == "jobimpact"
    foot = etree.tostring(file.sections[0].footer._element).decode()
    assert "PAGE" in foot
    assert "NUMPAGES" in foot
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"2013" not in archive.read("docProps/core.xml")  # the date of python-docx's own template


def test_the_same_document_gives_the_same_bytes(content, small_document):
    assert render_docx(small_document) == content


def test_a_wide_table_is_turned_and_the_next_section_is_not(small_document):
    columns = (Column("", "Name"), *(Column("", f"Jobs {place}", numeric=True) for place in range(12)))
    row = (PrintedCell("a"), *[PrintedCell("1,234,567,890", 1_234_567_890.0)] * 12)
    wide = DataTable("wide", "Wide", "", columns, (row,))
    sections = (Section("one", "One", (wide, wide)), *small_document.sections[:1])
    document = dataclasses.replace(small_document, sections=sections)
    made = docx.Document(io.BytesIO(render_docx(document))).sections
    shapes = [section.page_width > section.page_height for section in made]
    assert shapes == [False, True, False, True]  # front, the tables, the rest, the list of every figure


def test_no_page_ends_within_a_short_table(small_document):
    columns = (Column("", "Name"),)
    made = []
    for rows, note in ((3, ""), (40, ""), (3, "A note")):
        table = DataTable("t", "T", note, columns, tuple((PrintedCell(f"row {place}"),) for place in range(rows)))
        document = dataclasses.replace(small_document, sections=(Section("one", "One", (table,)),))
        shown = docx.Document(io.BytesIO(render_docx(document))).tables[0].rows[1:]
        made.append([row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in shown])
    assert made == [[True, True, None], [None] * 40, [True, True, True]]  # nor between a table and its note


def test_an_empty_table_says_so(small_document):
    table = DataTable("none", "None", "", (Column("", "Name"), Column("", "Jobs", numeric=True)), ())
    document = dataclasses.replace(small_document, sections=(Section("one", "One", (table,)),))
    made = docx.Document(io.BytesIO(render_docx(document)))
    assert [cell.text for cell in made.tables[0].rows[1].cells] == ["None in this study.", ""]


def test_a_brand_gives_its_look(tmp_path, small_document):
    (tmp_path / "logo.svg").write_text(LOGO, encoding="utf-8")
    brand = Brand(
        name="Ministry <of> Work", footer="Act & Decree", logo=tmp_path / "logo.svg", logo_alt="Arms",
        colours={"accent": "#123456"}, fonts={"heading": "Verdana"}, first=("limits",), folder=tmp_path,
    )  # fmt: skip
    content = render_docx(apply_brand(small_document, brand), brand)
    made = docx.Document(io.BytesIO(content))
    assert "123456" in attributes(part(content, "word/styles.xml"), "color", "val")
    assert "Verdana" in attributes(part(content, "word/styles.xml"), "rFonts", "ascii")
    assert made.inline_shapes[0]._inline.docPr.get("descr") == "Arms"
    assert made.core_properties.author == "Ministry <of> Work"
    assert "Act & Decree" in made.sections[0].footer.paragraphs[0].text
    assert next(line.text for line in made.paragraphs if line.style.name == "Heading 1") == "Limits"


def test_tiles_stand_in_a_table(file, small_document):
    tiles = next(block for block in small_document.blocks() if isinstance(block, Tiles)).tiles
    assert [row.cells[0].text for row in file.tables[0].rows] == [tile.claim.text for tile in tiles]


def test_without_the_library_one_line_says_what_to_install(monkeypatch, small_document):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"DOCX needs the library python-docx.*pip install \"jobimpact\[reports\]\""):
        render_docx(small_document)


def test_whole_or_not_at_all(tmp_path, content, small_document):
    path = write_report(small_document, tmp_path / "new" / "report.docx", "docx")
    assert path.read_bytes() == content
    assert [entry.name for entry in path.parent.iterdir()] == ["report.docx"]
    with pytest.raises(InputError, match="cannot be written"):
        write_report(small_document, path / "below.docx", "docx")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_another_office_opens_it(tmp_path, content):
    (tmp_path / "report.docx").write_bytes(content)
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf", "report.docx"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
