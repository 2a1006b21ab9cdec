"""Fonts for formats that carry their letters: what is installed, and whether it has Chinese glyphs."""

from __future__ import annotations

import base64
import html
import importlib
import importlib.util
import re
import unicodedata
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobimpact.errors import FontWarning, InputError
from jobimpact.reporting.compose.appendix import read_formats

if TYPE_CHECKING:
    import typst

INSTALL_CHINESE = 'pip install "jobimpact[fonts-zh]"'
# CJK ideographs, their extension A, compatibility forms, and the punctuation and full-width forms set with them.
CHINESE = re.compile("[\u2e80-\u2fdf\u3001-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
# Letters that every font for print has: Latin of Western Europe, common Chinese, punctuation. Others are looked for.
_ODD = re.compile("[^\\s]?[^\x00-\u00ff\u2010-\u2027\u2030-\u203a\u20ac\u2122\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\ufffd]+")
_PROBE = b'#set document(title: "x")\n#sys.inputs.text'
# Some joined letters are printed in a text and not in a drawing.
_DRAWN_PROBE = b'#set document(title: "x")\n#image(bytes(sys.inputs.text), format: "svg", alt: "x")'
_DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" font-family="{}"><text y="9">{}</text></svg>'


@dataclass(frozen=True)
class Typefaces:
    """Fonts that a typesetter finds: the first family of each use that is there."""

    # what typst takes as its fonts: all of the machine, of packages, of a brand, and its own
    book: typst.Fonts
    sans: str
    serif: str
    mono: str
    chinese: str  # family with simplified Chinese; empty where there is none


def find_typefaces(folder: Path | None = None, *, system: bool = True) -> Typefaces:
    """Find the fonts of packages, of a brand's `folder`, and those of the operating system where `system`."""
    book = load_typst().Fonts(include_system_fonts=system, font_paths=[*_packaged_folders(), *([folder] if folder else [])])
    installed, preferred = set(book.families()), read_formats()["fonts"]
    families = {
        use: next((family for family in preferred[use] if family in installed), "")
        for use in ("sans", "serif", "mono", "chinese")
    }
    # typst brings a serif family and a mono family of its own, never a sans one.
    return Typefaces(book, families["sans"] or families["serif"], families["serif"], families["mono"], families["chinese"])


def check_chinese(faces: Typefaces, text: str, what: str) -> None:
    """Raise InputError where `text` has Chinese that `faces` has no glyphs for, so that no box is ever printed."""
    match = CHINESE.search(text)
    if match and not faces.chinese:
        raise InputError(
            f"{what}: found Chinese ({match[0]}) and no font with Chinese glyphs on this machine; "
            f"expected one: {INSTALL_CHINESE}, or install Noto Sans CJK"
        )


def coded_text(text: str, faces: Typefaces | None, drawn_in: str = "") -> str:
    """Return `text` with its code, such as [U+1F469], for every letter that no font of `faces` has, so that none is lost.

    A letter that is joined with others, as an accent is with its letter, is looked for together with them. Without `faces`
    there is a code for all but the commonest letters. `drawn_in` is the family of a text in an SVG file.
    """
    return _ODD.sub(lambda match: match[0] if faces and _is_printed(match[0], faces, drawn_in) else _codes(match[0]), text)


def _codes(text: str) -> str:
    """Return `text` with the codes of all but its first letter, where that is a common one."""
    return "".join(letter if not _ODD.fullmatch(letter) else f"[U+{ord(letter):04X}]" for letter in text)


@lru_cache(maxsize=1024)
def _is_printed(text: str, faces: Typefaces, drawn_in: str) -> bool:
    if any(unicodedata.category(letter) == "Co" for letter in text):
        return False  # what a font has at places of private use is another sign in each
    typst = load_typst()
    page, content = (_DRAWN_PROBE, _DRAWING.format(drawn_in, html.escape(text))) if drawn_in else (_PROBE, text)
    try:
        # The standard of accessible files refuses what has no glyph.
        typst.compile(page, format="pdf", font_paths=faces.book, pdf_standards=["ua-1"], sys_inputs={"text": content})
    except typst.TypstError:
        return False
    return True


def load_typst() -> Any:
    """Return the library that typesets PDF; an InputError where it is not installed."""
    try:
        import typst
    except ImportError as error:
        raise InputError('PDF and figures need typst, which is not installed: pip install "jobimpact[reports]"') from error
    return typst


def embed_chinese(text: str) -> str:
    """Return the Chinese glyphs of `text` as a style sheet's font face; empty where no font file with them is found.

    Browsers on a machine without Chinese fonts then print them all the same. The same text gives the same bytes.
    """
    path = _chinese_file()
    letters = "".join(sorted(set(CHINESE.findall(text))))
    if path is None or not letters:
        return ""
    coded = base64.b64encode(_subset(path, letters)).decode()
    source = f"url(data:font/woff;base64,{coded}) format('woff')"
    return f"@font-face {{ font-family: 'Report Chinese'; src: {source}; }}"


def warn_unembedded(language: str) -> None:
    """Warn where pages in `language` need Chinese glyphs and cannot carry them, so that they rely on their readers' fonts."""
    if language == "zh" and _chinese_file() is None:
        warnings.warn(
            f"the page carries no Chinese glyphs, so its readers need a Chinese font; to carry them: {INSTALL_CHINESE}",
            FontWarning,
            stacklevel=2,
        )


@cache
def _subset(path: Path, letters: str) -> bytes:

    subset: Any = importlib.import_module("fontTools.subset")
    options = subset.Options(flavor="woff", desubroutinize=True, hinting=False, layout_features=["locl"], notdef_outline=True)
    room = BytesIO()
    with subset.load_font(str(path), options) as font:
        font.recalcTimestamp = False
        cutter = subset.Subsetter(options)
        cutter.populate(text=letters)
        cutter.subset(font)
        subset.save_font(font, room, options)
    return room.getvalue()


@cache
def _chinese_file() -> Path | None:
    """Return a font file with Chinese glyphs out of a package; those of the machine are the browser's own business."""
    if importlib.util.find_spec("fontTools") is None:
        return None
    files = (path for folder in _packaged_folders() for path in sorted(folder.glob("*CJK*Regular*.otf")))
    return next(files, None)


@cache
def _packaged_folders() -> tuple[Path, ...]:
    specs = (importlib.util.find_spec(name) for name in read_formats()["fonts"]["packages"])
    folders = [Path(location) for spec in specs if spec for location in spec.submodule_search_locations or ()]
    return tuple(inner if (inner := folder / "files").is_dir() else folder for folder in folders)
