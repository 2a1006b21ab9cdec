"""The report as LaTeX: it compiles, prints every word as it is, and its tables fit into other texts."""

import dataclasses
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.reporting.compose.document import Column, DataTable, PrintedCell, Section
from jobimpact.reporting.formats.bibtex import render_bibtex
from jobimpact.reporting.formats.branding import Brand
from jobimpact.reporting.formats.fonts import find_typefaces
from jobimpact.reporting.formats.latex import latex
from jobimpact.reporting.formats.latex import text as latex_text
from jobimpact.reporting.formats.latex.latex import needs_pages, table_source, tex_sources, write_tex
from jobimpact.reporting.formats.latex.text import escape_latex, other_characters
from jobimpact.reporting.formats.layout import plain
from jobimpact.reporting.formats.write import write_report

pytest.importorskip("typst", reason="typst, which draws the figures, is not installed")
pytestmark = pytest.mark.skipif(not find_typefaces().chinese, reason="no font with Chinese glyphs, which the document has")
NEEDS_PDFLATEX = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
NEEDS_BIBTEX = pytest.mark.skipif(shutil.which("bibtex") is None, reason="bibtex is not installed")


def has_ctex():
    if shutil.which("xelatex") is None or shutil.which("kpsewhich") is None:
        return False
    return bool(subprocess.run(["kpsewhich", "ctexart.cls"], capture_output=True, text=True, check=False).stdout.strip())


def compiled(path, program="pdflatex"):
    """Return the log of one run; fail with its first error."""
    command = [program, "-halt-on-error", "-interaction=nonstopmode", path.name]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, check=False)
    log = path.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, re.findall(r"^!.*(?:\n.*){4}", log, re.MULTILINE)[:1]
    return log


def words_of(path):
    done = subprocess.run(["pdftotext", path.with_suffix(".pdf"), "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s|\xa0", "", done.stdout)


def printed(text):
    """Return how pdflatex prints a text: characters beyond Latin as their codes, straight quotation marks as its own."""
    coded = "".join(f"[U+{ord(letter):04X}]" if letter in other_characters(text) else letter for letter in text)
    return re.sub(r"\s", "", coded).replace("'", "’")


def read_bytes(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def body_of(report):
    return (report.with_name(f"{report.stem.replace(' ', '-').replace('#', '')}-files") / "body.tex").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def report(tmp_path_factory, small_document):
    return write_tex(small_document, tmp_path_factory.mktemp("tex") / "my report #1.tex")


def test_a_text_with_a_folder_of_its_parts(report):
    folder = report.with_name("my-report-1-files")
    assert set(read_bytes(folder)) == {
        "body.tex",
        "commands.tex",
        "tables/by-sector.tex",
        "figures/sectors.pdf",
        "references.bib",
    }
    assert (folder / "figures/sectors.pdf").read_bytes().startswith(b"%PDF")
    assert r"\input{my-report-1-files/body}" in report.read_text(encoding="utf-8")
    assert r"\input{my-report-1-files/tables/by-sector}" in (folder / "body.tex").read_text(encoding="utf-8")


@NEEDS_PDFLATEX
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_hostile_words_are_printed_as_they_are(tmp_path, small_document, documents):
    path = write_tex(small_document, tmp_path / "report.tex")
    compiled(path)
    words = words_of(path)
    for text in documents.HOSTILE:
        assert printed(plain(text)) in words, text
    assert "31-33" in words


@pytest.mark.slow
@NEEDS_PDFLATEX
@NEEDS_BIBTEX
def test_the_second_run_has_links_and_references(tmp_path, small_document):
    path = write_tex(small_document, tmp_path / "report.tex")
    compiled(path)
    subprocess.run(["bibtex", "report"], cwd=tmp_path, check=True, capture_output=True)
    compiled(path)
    log = compiled(path)
    assert not re.search(r"LaTeX Warning: .*undefined|multiply defined|Overfull \\hbox \(\d{2,}", log)
    assert "U.S." not in (tmp_path / "report.bbl").read_text(encoding="utf-8")
    assert "OEWS, May 2025" in (tmp_path / "report.bbl").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(not has_ctex(), reason="xelatex with ctex is not installed")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_xelatex_prints_chinese(tmp_path, documents, language):
    path = write_tex(documents.make_document(language), tmp_path / "report.tex")
    log = compiled(path, "xelatex")
    assert "Missing character" not in log
    assert printed("零售业：数据录入员（2024年）") not in words_of(path)
    assert "零售业：数据录入员（2024年）" in words_of(path)


@NEEDS_PDFLATEX
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_a_brand_shows(tmp_path, small_document):
    (tmp_path / "arms.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    )
    brand = Brand(
        r"Ministry of \input{x} & Work", "Contact: 100 % #x_y", tmp_path / "arms.svg", "Arms_1", {"accent": "#7a1f1f"},
        {"text": "DejaVu Serif"}, ("limits",), tmp_path,
    )  # fmt: skip
    path = write_report(small_document, tmp_path / "report.tex", "tex", brand)
    text = path.read_text(encoding="utf-8")
    assert r"\definecolor{accent}{HTML}{7A1F1F}" in (tmp_path / "report-files" / "commands.tex").read_text(encoding="utf-8")
    assert body_of(path).index("sec:limits") < body_of(path).index("sec:headlines")
    assert (tmp_path / "report-files" / "logo.pdf").read_bytes().startswith(b"%PDF")
    assert r"\IfFontExistsTF{DejaVu Serif}" in text
    compiled(path)
    words = words_of(path)
    assert r"Ministryof\input{x}&Work" in words
    assert words.count("Contact:100%#x_y") >= 2  # at the foot of every page
    write_report(small_document, path, "tex")  # a logo of before is no foreign file
    assert not (tmp_path / "report-files" / "logo.pdf").exists()


@NEEDS_PDFLATEX
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_the_body_goes_into_a_paper_of_ones_own(tmp_path, small_document, documents):
    write_tex(small_document, tmp_path / "report.tex")
    lines = (
        r"\documentclass[12pt,twoside]{article}\usepackage{hyperref}\input{report-files/commands}",
        r"\begin{document}\section{Mine}\input{report-files/body}\end{document}",
    )
    (tmp_path / "paper.tex").write_text("\n".join(lines), encoding="utf-8")
    compiled(tmp_path / "paper.tex")
    words = words_of(tmp_path / "paper.tex").replace("'", "’")
    assert "Exposureisnotjobloss" in words
    for text in documents.HOSTILE:
        assert printed(plain(text)) in words, text


@NEEDS_PDFLATEX
def test_a_table_goes_into_another_text(tmp_path, small_document):
    block = next(block for block in small_document.blocks() if isinstance(block, DataTable))
    rows = tuple(row for row in block.rows if row[0].text.isascii() and "\x07" not in row[0].text and not row[0].details)
    table = dataclasses.replace(block, rows=rows)
    (tmp_path / "table.tex").write_text(table_source(small_document, table, "mine"), encoding="utf-8")
    start = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{mathptmx,array,booktabs}\begin{document}"
    (tmp_path / "paper.tex").write_text(start + r"\ref{tab:mine}\input{table}\end{document}", encoding="utf-8")
    compiled(tmp_path / "paper.tex")


@NEEDS_PDFLATEX
def test_every_letter_that_counts_as_latin_is_printed(tmp_path):
    letters = "".join(sorted(latex_text._PRINTED | set(latex_text._MARKS)))
    lines = "\n\n".join(escape_latex(letters[place : place + 20]) for place in range(0, len(letters), 20))
    start = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{mathptmx}\begin{document}"
    (tmp_path / "letters.tex").write_text(f"{start}\n{lines}\n\\end{{document}}\n", encoding="utf-8")
    assert "Missing character" not in compiled(tmp_path / "letters.tex")


@given(st.text())
def test_escaped_text_holds_no_command_of_its_own(text):
    source = escape_latex(text)
    assert "\n" not in source
    names = r"text[a-z]+|ensuremath|hspace|dots|dag"
    signs = r"leq|geq|neq|approx|rightarrow|alpha|beta|gamma|rho"
    left = re.sub(rf"\\(?:{names}|{signs})\b", "", source)
    assert not re.search(r"\\[^#%&$_,]", left)
    assert not re.search(r"(?<!\\)[#%&$_^]", left)
    assert source.count("{") == source.count("}")


def test_two_hyphens_are_no_dash():
    assert escape_latex("31--33 ''x'' ,,y ?`z") == "31-{}-33 '{}'x'{}' ,{},y ?\\textasciigrave{}z"


def test_the_same_document_gives_the_same_bytes(report, small_document):
    text, files = tex_sources(small_document, report)
    assert text == report.read_text(encoding="utf-8")
    assert files == read_bytes(report.with_name("my-report-1-files"))


def test_figures_in_the_text_lead_to_their_rows(report, small_document):
    text = body_of(report)
    links, rows = (set(re.findall(rf"\\{name}\{{(\d+)\}}", text)) for name in ("claim", "claimrow"))
    assert links <= rows
    assert len(rows) == len(small_document.claims)
    assert r"\claim{1}{0.31}" in text
    assert "0.312345" in text


def test_a_figure_stands_apart_from_chinese(tmp_path, small_chinese_document):
    write_tex(small_chinese_document, tmp_path / "report.tex")
    text = (tmp_path / "report-files" / "body.tex").read_text(encoding="utf-8")
    assert r"平均暴露度为\claimgap{}\claim{1}{0.31}；" in text
    assert r"为\claim{3}{最高}。" in text


def test_a_sentence_of_a_model_is_marked(report):
    text = body_of(report)
    assert text.count(r"\bymodel{}") == 2  # the sentence, and what the mark means
    assert "Wording by SmolLM2-135M" in text


def test_missing_cells_and_codes(small_document):
    rows = (
        (PrintedCell("Agriculture"), PrintedCell("44-45"), PrintedCell("\N{EN DASH}", float("nan"))),
        (PrintedCell("[x] * and more words"), PrintedCell("52"), PrintedCell("0.5", 0.5)),
    )
    columns = (Column("", "Sector"), Column("naics", "NAICS"), Column("exposure_beta", "Beta", numeric=True))
    source = table_source(small_document, DataTable("t", "T", "", columns, rows), "t")
    assert r"Agriculture & 44-45 & -- \\" in source
    assert r"{}[x] * and more words & 52 & 0.5 \\" in source
    assert re.search(r"\\relax\}lr\}", source)


def test_a_long_table_runs_over_pages(small_document):
    columns = (Column("", "State"),)
    short, long = (
        DataTable("t", "T", "N", columns, tuple((PrintedCell(f"S{place}"),) for place in range(rows))) for rows in (5, 60)
    )
    assert not needs_pages(short)
    assert needs_pages(long)
    assert r"\endhead" in table_source(small_document, long, "t")
    empty = dataclasses.replace(short, rows=())
    assert "None in this study." in table_source(small_document, empty, "t")


def test_names_of_tables_stay_in_the_folder(tmp_path, small_document):
    block = next(block for block in small_document.blocks() if isinstance(block, DataTable))
    odd = tuple(dataclasses.replace(block, name=name) for name in ("../../x", "x", "X y"))
    document = dataclasses.replace(small_document, sections=(Section("s", "S", odd),))
    path = write_tex(document, tmp_path / "deep" / "report.tex")
    assert set(read_bytes(tmp_path)) == {
        "deep/report.tex", "deep/report-files/references.bib",
        "deep/report-files/body.tex", "deep/report-files/commands.tex",
        *(f"deep/report-files/tables/{name}.tex" for name in ("x", "x-2", "X-y")),
    }  # fmt: skip
    assert path == tmp_path / "deep" / "report.tex"


def test_whole_or_not_at_all(tmp_path, monkeypatch, small_document):
    path = write_tex(small_document, tmp_path / "report.tex")
    before = read_bytes(tmp_path)

    def fail(*_args, **_options):
        raise InputError("no figure")

    monkeypatch.setattr(latex, "figure_bytes", fail)
    with pytest.raises(InputError, match="no figure"):
        write_tex(small_document, path)
    assert read_bytes(tmp_path) == before
    monkeypatch.undo()
    (tmp_path / "report-files" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds other files \(notes.txt\)"):
        write_tex(small_document, path)
    (tmp_path / "report-files" / "notes.txt").unlink()
    write_tex(small_document, path)
    assert read_bytes(tmp_path) == before
    assert (tmp_path / "report-files" / "references.bib").read_text(encoding="utf-8") == render_bibtex(small_document)


def test_a_closed_folder_is_one_line(tmp_path, small_document):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        write_tex(small_document, tmp_path / "file" / "report.tex")
    with pytest.raises(InputError, match="this is a folder"):
        write_tex(small_document, tmp_path)
