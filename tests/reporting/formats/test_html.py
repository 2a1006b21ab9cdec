"""Any document as a page: whatever its words, it stays one page that loads nothing, and every figure leads to its cell."""

import re

import pytest

from jobimpact.errors import InputError
from jobimpact.reporting.formats.branding import Brand, apply_brand
from jobimpact.reporting.formats.fonts import embed_chinese
from jobimpact.reporting.formats.html import render_html
from jobimpact.reporting.formats.write import write_report


@pytest.fixture(scope="module")
def text(small_document):
    return render_html(small_document)


@pytest.fixture(scope="module")
def page(documents, text):
    return documents.Page(text)


def seen(words):
    """Return words as a page shows them: one blank between them, controls as a sign of their own."""
    return re.sub("[\x00-\x1f\u202a-\u202e]", "\N{REPLACEMENT CHARACTER}", " ".join(words.split())).replace(
        "0 %", "0\N{NO-BREAK SPACE}%"
    )


def test_hostile_words_stay_words(documents, text, page):
    assert set(page.tags) <= documents.TAGS
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    words = "".join(page.words)
    for said in documents.HOSTILE:
        assert words.count(seen(said)) >= 3, said
    assert "49 jobs" not in words
    assert not re.search("[\x00-\x08\x0e-\x1f\u202a-\u202e]", text)


def test_nothing_is_loaded_and_only_the_web_is_linked(page):
    for tag, name, value in page.attributes:
        assert name not in {"src", "srcset", "action", "data"}, (tag, name)
        if name == "href":
            assert value.startswith(("#", "https://www.bls.gov/"))
    assert "script" not in page.tags


def test_every_figure_leads_to_its_cell(small_document, text, page):
    identifiers = page.values("id")
    assert len(identifiers) == len(set(identifiers))
    targets = {value.removeprefix("#") for value in page.values("href") if value.startswith("#")}
    assert targets <= set(identifiers)
    for claim in small_document.claims["claim_id"]:
        assert f"c-{claim}" in targets
        row = text[text.index(f'id="c-{claim}"') :].partition("</tr>")[0]
        found = small_document.claims.set_index("claim_id").loc[claim]
        for word in (found["table_name"], found["row_key"], found["column_name"]):
            assert f"<code>{word}</code>" in row
        assert "OEWS May 2025" in row


def test_a_claim_with_an_interval_shows_it(small_document, monkeypatch):
    from jobimpact.reporting.compose import appendix

    assert '<td class="n">none</td>' in render_html(small_document)
    monkeypatch.setattr(appendix, "_interval", lambda claim, words, language: "0.29 to 0.33")
    assert '<td class="n">0.29 to 0.33</td>' in render_html(small_document)


def test_the_sentence_of_a_model_is_marked_and_no_other(text):
    assert text.count('<span class="model">') == 1
    marked = re.search(r'<span class="model">(.*?)</small></span>', text, re.DOTALL)[1]
    assert "12.3" in marked
    assert "highest" not in marked
    assert text.count("Wording by SmolLM2-135M, checked against the figures</p>") == 1


def test_headings_landmarks_captions(page):
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in zip(page.headings, page.headings[1:], strict=False))
    assert page.tags.count("main") == page.tags.count("header") == page.tags.count("footer") == page.tags.count("nav") == 1
    assert page.tags.count("caption") == page.tags.count("table") == 3
    assert page.tags.count("figcaption") == page.tags.count("svg") == 1
    assert ("html", "lang", "en") in page.attributes
    assert ("svg", "aria-label", "Bars: exposure of each sector.") in page.attributes


def test_figures_and_tables_of_one_name_have_their_own_numbers(small_document, text):
    assert "Figure 1. Exposure by sector" in text
    assert "Table 1. Sector" in text


def test_chinese(documents, small_chinese_document):
    page = documents.Page(render_html(small_chinese_document))
    assert ("html", "lang", "zh-Hans") in page.attributes
    words = "".join(page.words)
    for said in ("每个数字及其单元格", "图 1：", "平均暴露度为0.31；为最高。"):
        assert said in words
    assert not [word for word in ("Used for", "Contents", "As printed", "none") if word in page.words]


def test_chinese_glyphs_travel_with_the_page(small_chinese_document):
    pytest.importorskip("cvttf_NotoSansCJK_Regular", reason="no package with Chinese glyphs")
    text = render_html(small_chinese_document)
    assert re.findall(r"url\((?!data:font/woff;base64,)", text) == []
    assert text.count("@font-face") == 1
    assert len(text) < 300_000
    assert embed_chinese("abc") == ""
    assert embed_chinese("中文") == embed_chinese("文中文 a")


def test_the_same_document_gives_the_same_bytes(documents, text, tmp_path):
    written = write_report(documents.make_document(), tmp_path / "deep" / "report.html", "html")
    assert written.read_bytes() == text.encode()


def test_a_brand_shows(documents, small_document, tmp_path):
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    brand = Brand(
        name="Ministry of <Work>",
        footer="Contact: </style><b>",
        logo=tmp_path / "logo.svg",
        logo_alt='Arms "x"',
        colours={"accent": "#7a1f1f"},
        fonts={"text": "Charter"},
        first=("limits", "nowhere"),
    )
    text = render_html(apply_brand(small_document, brand), brand)
    page = documents.Page(text)
    assert page.tags.count("img") == 1
    assert page.values("src")[0].startswith("data:image/svg+xml;base64,")
    assert "Ministry of <Work>" in page.words
    assert "Contact: </style><b>" in page.words
    assert text.rindex("--accent: #7a1f1f") > text.rindex("--accent: #16425b")
    assert "--text: 'Charter'" in text
    assert text.index('id="limits"') < text.index('id="headlines"')


def test_a_brands_template_prints_and_cannot_run(small_document, tmp_path):
    (tmp_path / "document.html.j2").write_text("<p>{{ document.title }}</p>")
    assert render_html(small_document, Brand(folder=tmp_path)) == "<p>How exposed is work?</p>"
    (tmp_path / "document.html.j2").write_text("{{ ''.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(InputError, match="mend the template"):
        render_html(small_document, Brand(folder=tmp_path))


def test_a_file_that_cannot_be_written(small_document, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(small_document, tmp_path / "file" / "report.html", "html")
