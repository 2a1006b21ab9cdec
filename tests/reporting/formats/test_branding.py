import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.reporting.formats.branding import Brand, apply_brand, read_brand
from jobimpact.reporting.formats.write import write_report

WHOLE = """
name = "Ministry of Work"
footer = "Contact: press@example.org"
logo = "arms.svg"
logo_alt = "Arms of the ministry"
[colours]
accent = "#7a1f1f"
[fonts]
heading = "Fira Sans"
[sections]
first = ["limits", "summary"]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "arms.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "brand.toml").write_text(WHOLE)
    return tmp_path


def test_everything_that_a_brand_may_say(folder):
    brand = read_brand(folder)
    assert (brand.name, brand.footer, brand.logo_alt) == (
        "Ministry of Work",
        "Contact: press@example.org",
        "Arms of the ministry",
    )
    assert brand.logo == folder / "arms.svg"
    assert brand.logo_type == "image/svg+xml"
    assert brand.colour("accent") == "#7a1f1f"
    assert brand.colour("ink") == Brand().colour("ink") == "#1a1a1a"
    assert brand.first == ("limits", "summary")


def test_colours_of_letters_are_dark_and_those_of_grounds_may_be_light(folder):
    (folder / "brand.toml").write_text("[colours]\naccent = '#767676'\npale = '#ffffff'\nline = '#eeeeee'")
    assert read_brand(folder).colour("accent") == "#767676"  # 4.54:1


def test_an_empty_brand_changes_nothing(tmp_path, small_document):
    (tmp_path / "brand.toml").write_text("")
    brand = read_brand(tmp_path)
    assert apply_brand(small_document, brand) == small_document
    assert brand.template("report.css").parent.name == "templates"
    (tmp_path / "report.css").write_text("p { color: black }")
    assert brand.template("report.css") == tmp_path / "report.css"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("nme = 'x'", "found the entry 'nme'; expected name, authors, footer"),
        ("name = 3", "name is 3; expected text"),
        ("name = 'x", "this is no TOML"),
        ("colours = 'red'", r"expected a table \[colours\]"),
        ("[colours]\naccent = 'red'", "colours.accent is 'red'; expected a colour such as #16425b"),
        ("[colours]\naccent = '#16425b; } </style>'", "expected a colour"),
        ("[colours]\nquiet = '#999999'", "contrast with white is 2.8:1; expected 4.5:1 at least"),
        ("[colours]\nblue = '#16425b'", "found the entry of .colours. 'blue'; expected accent"),
        ('[fonts]\ntext = "x\'; } </style>"', "expected the name of a font family"),
        ("[sections]\nfirst = 'limits'", "expected a list of section names"),
        ("[sections]\nhidden = ['limits']", "found the entry of .sections. 'hidden'"),
        ("logo = 'arms.gif'", "has an ending that is not known"),
        ("logo = 'none.png'", "is not in the folder"),
        ("logo = '../brand/../../etc/x.png'", "is outside the folder"),
    ],
)
def test_a_fault_is_named(folder, content, expected):
    (folder / "brand.toml").write_text(content)
    with pytest.raises(InputError, match=expected):
        read_brand(folder)


def test_a_large_logo_and_no_brand(folder):
    (folder / "arms.svg").write_bytes(b" " * 1_000_001)
    with pytest.raises(InputError, match="1,000,001 bytes; expected 1,000,000 at most"):
        read_brand(folder)
    with pytest.raises(InputError, match=r"found no brand.toml"):
        read_brand(folder / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("arms.png", b"<svg/>", "is no PNG file inside: save it again as one"),
        ("arms.jpg", b"\x89PNG\r\n", "is no JPG file inside"),
        ("arms.svg", b"\x89PNG\r\n", "is no SVG file inside"),
    ],
)
def test_a_logo_that_is_something_else(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "brand.toml").write_text(f"logo = '{name}'")
    with pytest.raises(InputError, match=expected):
        read_brand(tmp_path)


@pytest.mark.parametrize(("format", "name"), [("pdf", "svg"), ("docx", "svg"), ("tex", "svg"), ("pdf", "png"), ("docx", "png")])
def test_a_broken_logo_is_one_line_in_every_format_that_draws_it(small_document, tmp_path, format, name):  # noqa: A002
    pytest.importorskip("typst", reason="typst is not installed")
    logo = tmp_path / f"arms.{name}"
    logo.write_bytes(b"<svg <broken" if name == "svg" else b"\x89PNG\r\n\x1a\n" + b"x" * 40)
    with pytest.raises(InputError, match=r"logo|picture"):
        write_report(small_document, tmp_path / f"report.{format}", format, Brand(logo=logo, folder=tmp_path))
    assert list(tmp_path.iterdir()) == [logo]


@given(st.lists(st.sampled_from(["headlines", "summary", "sectors", "limits", "nowhere"])))
def test_an_order_moves_sections_and_loses_none(small_document, first):
    before = [section.identifier for section in small_document.sections]
    after = [section.identifier for section in apply_brand(small_document, Brand(first=tuple(first))).sections]
    assert sorted(after) == sorted(before)
    wanted = list(dict.fromkeys(name for name in first if name in before))
    assert after[: len(wanted)] == wanted
    assert [name for name in before if name not in wanted] == after[len(wanted) :]
