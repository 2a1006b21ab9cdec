import itertools
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.compose.document import Figure
from jobimpact.reporting.figures.style import read_style
from jobimpact.reporting.formats import figure_files, fonts
from jobimpact.reporting.formats.figure_files import IMAGE_KINDS, draw_print_svg, figure_bytes, write_figures

pytest.importorskip("typst", reason="typst is not installed")


@pytest.fixture(scope="module")
def figure(small_document):
    return next(block for block in small_document.blocks() if isinstance(block, Figure))


def chinese(figure):
    drawn = figure.figure.__class__(figure.figure)
    drawn.update_layout(title={"text": "<b>行业的暴露度</b>"})
    return replace(figure, figure=drawn)


def test_a_zip_and_a_folder_hold_every_figure_in_every_kind(small_document, tmp_path):
    with zipfile.ZipFile(write_figures(small_document, tmp_path / "figures.zip")) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(files) == [f"01-sectors.{kind}" for kind in sorted(IMAGE_KINDS)]
    folder = write_figures(small_document, tmp_path / "figures")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    write_figures(small_document, folder)  # an older one is replaced
    assert sorted(tmp_path.iterdir()) == [folder, tmp_path / "figures.zip"]


def test_a_folder_with_other_files_is_left_alone(small_document, tmp_path):
    (tmp_path / "thesis.docx").write_text("x")
    with pytest.raises(InputError, match="choose another out"):
        write_figures(small_document, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_png_has_the_resolution_of_print(figure):
    from PIL import Image

    image = Image.open(BytesIO(figure_bytes(figure, "png")))
    assert image.width == pytest.approx(170 / 25.4 * 300, abs=2)
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    image.verify()


def test_every_file_says_what_it_shows(figure, tmp_path):
    from lxml import etree
    from PIL import Image

    odd = replace(figure, title="A <b> & 就业", alt='Bars: "x" & <y>')
    drawn = etree.fromstring(figure_bytes(odd, "svg"))
    assert [(child.tag.partition("}")[2], child.text) for child in drawn[:2]] == [("title", odd.title), ("desc", odd.alt)]
    assert Image.open(BytesIO(figure_bytes(odd, "png"))).text == {"Title": odd.title, "Description": odd.alt}
    (tmp_path / "figure.pdf").write_bytes(figure_bytes(odd, "pdf"))
    if shutil.which("pdfinfo"):
        said = subprocess.run(["pdfinfo", tmp_path / "figure.pdf"], capture_output=True, text=True, check=True).stdout
        assert "Title:           A <b> & 就业" in said
        assert "Tagged:          yes" in said


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_pdf_has_text_and_no_pixels(figure, tmp_path):
    (tmp_path / "figure.pdf").write_bytes(figure_bytes(figure, "pdf"))
    words = subprocess.run(["pdftotext", tmp_path / "figure.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "Exposure by sector" in words
    assert "<script>alert(1)</script>" in words
    listed = subprocess.run(["pdfimages", "-list", tmp_path / "figure.pdf"], capture_output=True, text=True, check=True).stdout
    assert len(listed.splitlines()) == 2


def test_only_colours_that_survive_greyscale_are_used(figure):
    """tests/reporting/test_figures.py tests those colours."""
    style = read_style()
    known = {value for value in style["style"].values() if str(value).startswith("#")} | set(style["sequential"]["colours"])
    known |= {family["colour"] for family in style["families"]} | {"#fff", "#ffffff"}
    drawn = figure_bytes(figure, "svg").decode()
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", drawn)) - {"#1"} <= known
    assert drawn.startswith('<svg style="background:#ffffff"')


@pytest.mark.parametrize("kind", IMAGE_KINDS)
def test_the_same_figure_gives_the_same_bytes(documents, figure, kind):
    again = next(block for block in documents.make_document().blocks() if isinstance(block, Figure))
    assert figure_bytes(figure, kind) == figure_bytes(again, kind)


def test_a_text_with_chinese_is_set_in_a_chinese_family(figure):
    faces = replace(fonts.find_typefaces(), chinese="Some Chinese Family")
    drawn = draw_print_svg(chinese(figure), faces, title=True)
    found = re.findall(r'<text font-family="Some Chinese Family"[^>]*>.*?</text>', drawn, re.DOTALL)
    assert len(found) == 1
    assert "行业的暴露度" in found[0]


def test_without_chinese_glyphs_it_says_what_to_install(figure, monkeypatch):
    bare = replace(fonts.find_typefaces(), chinese="")
    monkeypatch.setattr(figure_files, "find_typefaces", lambda: bare)
    assert figure_bytes(figure, "png").startswith(b"\x89PNG")
    with pytest.raises(InputError, match=r"figure 'sectors': found Chinese .*jobimpact\[fonts-zh\]"):
        figure_bytes(chinese(figure), "png")


def test_a_document_without_figures(small_document, tmp_path):
    with pytest.raises(InputError, match="has no figure to write"):
        write_figures(replace(small_document, sections=small_document.sections[:1]), tmp_path / "figures.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_level_legend_leaves_room_for_chinese(study):
    from jobimpact.reporting.figures.svg import draw_svg
    from jobimpact.reporting.figures.wages import plot_wages

    drawn = plot_wages(study["occupations"], study["groups"], source="s")
    for trace in drawn.data:
        if trace.showlegend is not False:
            trace.name = "管理商业科学"
    found = re.findall(
        r'<text font-size="([0-9.]+)"[^>]*><tspan x="([0-9.]+)" y="([0-9.]+)">管理商业科学<', draw_svg(drawn, label="")
    )
    places = sorted((float(y), float(x)) for _, x, y in found)
    gaps = [right[1] - left[1] for left, right in itertools.pairwise(places) if left[0] == right[0]]
    assert gaps
    assert min(gaps) > 6 * float(found[0][0])
