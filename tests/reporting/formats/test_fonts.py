from dataclasses import replace

import pytest

from jobimpact.errors import FontWarning, InputError
from jobimpact.reporting.compose.document import Paragraph, Section
from jobimpact.reporting.formats import fonts, pdf
from jobimpact.reporting.formats.fonts import CHINESE, check_chinese, coded_text, embed_chinese, find_typefaces, warn_unembedded
from jobimpact.reporting.words.narrative import Sentence

pytest.importorskip("typst", reason="typst is not installed")


@pytest.fixture
def bare(monkeypatch):
    """A machine without any font: what typst brings is all there is."""
    monkeypatch.setattr(fonts, "_packaged_folders", lambda: ())
    return find_typefaces(system=False)


def test_without_any_font_there_is_still_a_page(bare, small_document, monkeypatch):
    assert (bare.sans, bare.serif, bare.mono, bare.chinese) == ("Libertinus Serif", "Libertinus Serif", "DejaVu Sans Mono", "")
    monkeypatch.setattr(pdf, "find_typefaces", lambda folder: bare)
    plain = Section("a", "Plain", (Paragraph((Sentence("a", "a", ("Plain words.",), ()),)),))
    claims = small_document.claims.iloc[:1]
    document = replace(small_document, sections=(plain,), kicker="", sources=(), claims=claims)
    assert pdf.render_pdf(document).startswith(b"%PDF-1.7")


def test_the_package_of_the_extra_comes_first():
    pytest.importorskip("fontpkg_arimo", reason="fontpkg-arimo is not installed")
    assert find_typefaces(system=False).sans == find_typefaces().sans == "Arimo"


def test_a_package_with_chinese_is_enough():
    pytest.importorskip("cvttf_NotoSansCJK_Regular", reason="no package with Chinese glyphs")
    assert find_typefaces(system=False).chinese == "Noto Sans CJK TC"


def test_chinese_is_told_from_other_signs():
    assert CHINESE.findall("a\N{EN DASH}“x”…é中，。（２）") == list("中，。（２）")


def test_what_is_missing_is_named(bare):
    check_chinese(bare, "No Chinese here: é – “x”", "report")
    with pytest.raises(InputError, match=r"^report: found Chinese \(中\) .* expected one: pip install \"jobimpact\[fonts-zh\]\""):
        check_chinese(bare, "a 中文 b", "report")


def test_a_letter_without_a_glyph_is_printed_as_its_code(bare):
    text = "Cook \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} caf\xe9, e\N{COMBINING ACUTE ACCENT}; 零售业"
    shown = coded_text(text, bare)
    assert shown == "Cook [U+1F469][U+200D][U+1F4BB] caf\xe9, e\N{COMBINING ACUTE ACCENT}; 零售业"
    assert coded_text("\ue000", find_typefaces()) == "[U+E000]"
    assert coded_text("\N{CYRILLIC CAPITAL LETTER YA}", None) == "[U+042F]"


def test_only_the_glyphs_of_the_text_are_embedded():
    pytest.importorskip("cvttf_NotoSansCJK_Regular", reason="no package with Chinese glyphs")
    import base64
    import re
    from io import BytesIO

    from fontTools.ttLib import TTFont

    face = embed_chinese("就业 jobs 就")
    coded = re.search(r"base64,([^)]+)\)", face)[1]
    with TTFont(BytesIO(base64.b64decode(coded))) as font:
        assert set(font.getBestCmap()) == {ord("就"), ord("业")}


def test_without_a_package_the_browser_looks_for_itself(bare, monkeypatch):
    fonts._chinese_file.cache_clear()
    assert embed_chinese("中文") == ""
    warn_unembedded("en")
    with pytest.warns(FontWarning, match=r"carries no Chinese glyphs.*jobimpact\[fonts-zh\]"):
        warn_unembedded("zh")
    fonts._chinese_file.cache_clear()
