import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.compose.document import Column, DataTable, PrintedCell, Section
from jobimpact.reporting.formats import fonts, pdf
from jobimpact.reporting.formats.branding import Brand, apply_brand
from jobimpact.reporting.formats.pdf import render_pdf
from jobimpact.reporting.formats.write import write_report

typst = pytest.importorskip("typst", reason="typst is not installed")
NEEDS_POPPLER = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
NEEDS_CHINESE = pytest.mark.skipif(not fonts.find_typefaces().chinese, reason="no font with Chinese glyphs")
# The small document has a Chinese name in it.
pytestmark = NEEDS_CHINESE


def words_of(content, tmp_path, *options):
    (tmp_path / "read.pdf").write_bytes(content)
    done = subprocess.run(["pdftotext", *options, tmp_path / "read.pdf", "-"], capture_output=True, text=True, check=True)
    return done.stdout.replace("\N{NO-BREAK SPACE}", " ")


def facts_of(content, tmp_path):
    (tmp_path / "read.pdf").write_bytes(content)
    done = subprocess.run(["pdfinfo", tmp_path / "read.pdf"], capture_output=True, text=True, check=True)
    return dict(line.split(":", 1) for line in done.stdout.splitlines() if ":" in line)


@pytest.fixture(scope="module")
def content(small_document):
    return render_pdf(small_document)


@NEEDS_POPPLER
def test_hostile_words_stay_words(documents, content, tmp_path):
    words = re.sub(r"\s+", "", words_of(content, tmp_path))
    for said in documents.HOSTILE[:6]:
        assert re.sub(r"\s+", "", said) in words, said
    assert "49jobs" not in words


@NEEDS_POPPLER
def test_title_language_tags_and_no_date(content, tmp_path):
    facts = facts_of(content, tmp_path)
    assert facts["Title"].strip() == "How exposed is work?"
    assert facts["Tagged"].strip() == "yes"
    assert facts["JavaScript"].strip() == "none" or facts["JavaScript"].strip() == "no"
    assert "1970" in facts.get("CreationDate", "1970")  # none, or the fixed one
    assert b"pdfuaid" in content
    listed = subprocess.run(["pdffonts", tmp_path / "read.pdf"], capture_output=True, text=True, check=True).stdout
    embedded = [re.search(r" (yes|no) +(yes|no) +(yes|no) +\d", line)[1] for line in listed.splitlines()[2:]]
    assert set(embedded) == {"yes"}


@NEEDS_POPPLER
def test_every_figure_is_in_it_and_the_ledger_stays_in_the_pack(small_document, content, tmp_path):
    words = words_of(content, tmp_path, "-layout")
    for _, row in small_document.claims.iterrows():
        assert row["text"] in words
        assert row["column_name"] not in words
    assert "in the HTML report and in the replication pack" in words
    assert "Page 1 / " in words
    assert "Wording by SmolLM2-135M" in words


@NEEDS_POPPLER
def test_figures_are_vectors(content, tmp_path):
    (tmp_path / "read.pdf").write_bytes(content)
    listed = subprocess.run(["pdfimages", "-list", tmp_path / "read.pdf"], capture_output=True, text=True, check=True).stdout
    assert len(listed.splitlines()) == 2  # the head of the list alone
    assert "no covered jobs" in words_of(content, tmp_path)


@NEEDS_POPPLER
def test_a_long_table_breaks_and_repeats_its_head(small_document, tmp_path):
    columns = (
        Column("a", "Name of the row"),
        Column("b", "First number", True),
        Column("c", "Second number", True),
        Column("d", "Third"),
    )
    rows = tuple(
        (PrintedCell(f"Row {place}"), PrintedCell(f"{place}.5"), PrintedCell("\N{EN DASH}"), PrintedCell("x"))
        for place in range(150)
    )
    table = DataTable("long", "A long table", "", columns, rows)
    made = render_pdf(replace(small_document, sections=(Section("long", "Long", (table,)),)))
    words = words_of(made, tmp_path, "-layout")
    assert words.count("Name of the row") >= 3
    assert all(f"Row {place} " in words for place in range(150))


@NEEDS_POPPLER
def test_a_long_list_stands_in_three_columns(small_document, tmp_path):
    columns = (Column("a", "State"), Column("exposure_beta", "Beta", True))
    rows = tuple((PrintedCell(f"State{place}"), PrintedCell(f"{place}.5")) for place in range(60))
    table = DataTable("list", "All states", "", columns, rows)
    made = render_pdf(replace(small_document, sections=(Section("list", "List", (table,)),)))
    assert re.search(r"State0 .*State20 .*State40 ", words_of(made, tmp_path, "-layout"))


@NEEDS_POPPLER
def test_a_hash_is_copied_whole_and_a_wide_table_lies_on_its_side(small_document, tmp_path):
    code = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    hashes = DataTable(
        "h", "Hashes", "", (Column("a", "Name"), Column("b", "Value")), ((PrintedCell("Weights"), PrintedCell(code)),)
    )
    columns = (Column("a", "Name"), *(Column("b", "Jobs", True) for _ in range(12)))
    wide = DataTable("w", "Wide", "", columns, ((PrintedCell("a"), *[PrintedCell("1,234,567,890")] * 12),))
    made = render_pdf(replace(small_document, sections=(Section("s", "S", (hashes, wide)),)))
    assert code in words_of(made, tmp_path)
    told = subprocess.run(["pdfinfo", "-l", "3", tmp_path / "read.pdf"], capture_output=True, text=True, check=True).stdout
    sizes = re.findall(r"size:\s+([\d.]+) x ([\d.]+)", told)
    assert [float(width) > float(height) for width, height in sizes] == [False, True, False]
    assert words_of(made, tmp_path).count("1,234,567,890") == 12


@NEEDS_POPPLER
def test_chinese_glyphs(small_chinese_document, tmp_path):
    made = render_pdf(small_chinese_document)
    words = words_of(made, tmp_path)
    for said in ("工作的暴露度有多高", "报告和复现包", "平均暴露度为"):
        assert said in words
    listed = subprocess.run(["pdffonts", tmp_path / "read.pdf"], capture_output=True, text=True, check=True).stdout
    assert re.search("CJK|Han|YaHei|PingFang|SimHei|Hei", listed)


def test_without_chinese_glyphs_it_says_what_to_install(small_document, small_chinese_document, tmp_path, monkeypatch):
    bare = replace(fonts.find_typefaces(), chinese="")
    monkeypatch.setattr(pdf, "find_typefaces", lambda folder: bare)
    for document in (small_document, small_chinese_document):
        with pytest.raises(InputError, match=r'no font with Chinese glyphs .* pip install "jobimpact\[fonts-zh\]"'):
            write_report(document, tmp_path / "report.pdf", "pdf")
    assert list(tmp_path.iterdir()) == []


def test_without_typst_it_says_what_to_install(small_document, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(InputError, match=r'pip install "jobimpact\[reports\]"'):
        write_report(small_document, tmp_path / "report.pdf", "pdf")


def test_the_same_document_gives_the_same_bytes(documents, content, tmp_path):
    assert write_report(documents.make_document(), tmp_path / "report.pdf", "pdf").read_bytes() == content


@NEEDS_POPPLER
def test_a_brand_shows(small_document, tmp_path):
    (tmp_path / "arms.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    )
    brand = Brand("Ministry of #emph[Work]", "Contact: #x", tmp_path / "arms.svg", "Arms", first=("limits",), folder=tmp_path)
    words = words_of(render_pdf(apply_brand(small_document, brand), brand), tmp_path)
    assert "Ministry of #emph[Work]" in words
    assert "Contact: #x" in words
    assert words.index("Exposure is not job loss.") < words.index("Mean exposure")


def test_a_brands_template_reads_nothing_outside_and_its_fault_is_one_line(small_document, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    folder = tmp_path / "brand"
    folder.mkdir()
    (folder / "report.typ").write_text(f'#read("{secret}")')
    with pytest.raises(InputError, match="mend the template"):
        render_pdf(small_document, Brand(folder=folder))
    (folder / "report.typ").unlink()
    with pytest.raises(InputError, match="found no font 'No Such Font'"):
        render_pdf(small_document, Brand(folder=folder, fonts={"text": "No Such Font"}))
