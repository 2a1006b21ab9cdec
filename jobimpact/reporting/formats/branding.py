"""The look that a ministry gives its reports: one folder with logo, colours, fonts, order of sections, footer, templates."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.paths import packaged
from jobimpact.reporting.compose.appendix import read_formats
from jobimpact.reporting.compose.document import Document
from jobimpact.reporting.formats.fonts import load_typst
from jobimpact.reporting.words.wording import report_words

BRAND_FILE = "brand.toml"
COLOURS = ("accent", "ink", "quiet", "line", "pale")
_INKS = ("accent", "ink", "quiet")  # colours of letters
_FONTS = ("text", "heading")
_KEYS = ("name", "authors", "footer", "logo", "logo_alt", "colours", "fonts", "sections")
_SECTION_KEYS = ("first",)
_LOGOS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
# How the files of a kind begin; an SVG is text with that element in it.
_BEGINNINGS = {".png": b"\x89PNG\r\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
# A family is a name; anything else could end the style sheet that it stands in.
_FAMILY = re.compile(r"[\w .-]{1,60}")


@dataclass(frozen=True)
class Brand:
    """The look of a report of a publishing body; what is not given is the project's own."""

    name: str = ""
    footer: str = ""  # line for the foot of every page
    logo: Path | None = None  # PNG, JPEG or SVG
    logo_alt: str = ""  # for readers who do not see it
    colours: Mapping[str, str] | None = None  # #rrggbb by the names of COLOURS
    fonts: Mapping[str, str] | None = None  # family by use: text heading
    first: tuple[str, ...] = ()  # sections that come first; none can be left out, so that caveats stay
    folder: Path | None = None  # its templates, style sheet and fonts come before the project's own
    authors: str = ""  # whom the suggested citation names; else `name`

    def colour(self, name: str) -> str:
        """Return a colour of the brand, or the project's own."""
        return (self.colours or {}).get(name) or str(read_formats()["colours"][name])

    def template(self, name: str) -> Path:
        """Return the path of a template: the brand's own where it has one."""
        path = self.folder / name if self.folder else None
        return path if path is not None and path.is_file() else packaged("reporting", "templates", name)

    @property
    def logo_type(self) -> str:
        """Media type of the logo."""
        return _LOGOS[self.logo.suffix.lower()] if self.logo else ""


def read_brand(folder: Path) -> Brand:
    """Read a folder with ``brand.toml``, every entry of which is optional (see reports/README.md).

    A missing file, an unknown entry, or one that is not of its kind is an InputError.
    """
    path = folder / BRAND_FILE
    if not path.is_file():
        raise InputError(f"{folder}: found no {BRAND_FILE}: a brand is a folder with that file, see reports/README.md")
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: this is no TOML ({error}): mend that line") from error
    _check_names(path, "entry", entries, _KEYS)
    sections = _table(path, entries, "sections", _SECTION_KEYS)
    return Brand(
        name=_text(path, entries, "name"),
        authors=_text(path, entries, "authors"),
        footer=_text(path, entries, "footer"),
        logo=_logo(path, _text(path, entries, "logo")),
        logo_alt=_text(path, entries, "logo_alt") or _text(path, entries, "name"),
        colours=_readable(
            path, _matching(path, "colours", _table(path, entries, "colours", COLOURS), _COLOUR, "a colour such as #16425b")
        ),
        fonts=_matching(path, "fonts", _table(path, entries, "fonts", _FONTS), _FAMILY, "the name of a font family"),
        first=_identifiers(path, "first", sections),
        folder=folder,
    )


def apply_brand(document: Document, brand: Brand) -> Document:
    """Return `document` with its sections in the order of the brand.

    One brand serves every type of report, so a name that this document has no section for is no error.
    """
    sections = {section.identifier: section for section in document.sections}
    ahead = [sections[name] for name in brand.first if name in sections]
    ordered = {section.identifier: section for section in [*ahead, *document.sections]}
    return replace(document, sections=tuple(ordered.values()))


def citation_line(document: Document, brand: Brand) -> str:
    """Return how a report is to be cited: authors of the brand, year and day of the study, title and version."""
    day = str(document.manifest.get("date", ""))
    return str(report_words(document.language)["notes"]["citation"]).format(
        authors=brand.authors or brand.name or "jobimpact",
        year=day[:4] or "n.d.",
        title=document.title,
        kicker=document.kicker,
        version=document.manifest.get("packages", {}).get("jobimpact", ""),
        date=f", {day}" if day else "",
    )


def draw_logo(brand: Brand, kind: Literal["png", "pdf"]) -> bytes:
    """Return the logo for a format that does not take SVG: one in SVG drawn as `kind`, another as it is."""
    logo = brand.logo
    if logo is None or logo.suffix.lower() != ".svg":
        return logo.read_bytes() if logo else b""
    page = '#set page(width: auto, height: auto, margin: 0pt, fill: none)\n#image(bytes(sys.inputs.svg), format: "svg")'
    typst = load_typst()
    inputs = {"svg": logo.read_text("utf-8")}
    try:
        return bytes(typst.compile(page.encode(), format=kind, ppi=300.0, sys_inputs=inputs, timestamp=0))
    except typst.TypstError as error:
        raise InputError(f"{logo}: this logo cannot be drawn ({error.message}): mend it, or give a PNG") from error


def _check_names(path: Path, what: str, entries: Mapping[str, Any], expected: tuple[str, ...]) -> None:
    odd = [name for name in entries if name not in expected]
    if odd:
        raise InputError(f"{path}: found the {what} {odd[0]!r}; expected {', '.join(expected)}")


def _entry(path: Path, entries: Mapping[str, Any], name: str, default: Any, expected: str) -> Any:
    """Return an entry, which must be of the type of its default."""
    value = entries.get(name, default)
    if not isinstance(value, type(default)):
        raise InputError(f"{path}: {name} is {value!r}; expected {expected}")
    return value


def _text(path: Path, entries: Mapping[str, Any], name: str) -> str:
    return " ".join(_entry(path, entries, name, "", "text in quotes").split())


def _table(path: Path, entries: Mapping[str, Any], name: str, expected: tuple[str, ...]) -> Mapping[str, Any]:
    value: Mapping[str, Any] = _entry(path, entries, name, {}, f"a table [{name}]")
    _check_names(path, f"entry of [{name}]", value, expected)
    return value


def _matching(path: Path, name: str, entries: Mapping[str, Any], pattern: re.Pattern[str], expected: str) -> Mapping[str, str]:
    for key, value in entries.items():
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise InputError(f"{path}: {name}.{key} is {value!r}; expected {expected}")
    return dict(entries)


def _readable(path: Path, colours: Mapping[str, str]) -> Mapping[str, str]:
    """Return the colours; those of letters must be dark enough to be read on white."""
    least = float(assumption("formats", "least_contrast"))
    for name in _INKS:
        contrast = _contrast(colours[name]) if name in colours else least
        if contrast < least:
            raise InputError(
                f"{path}: colours.{name} is {colours[name]!r}, whose contrast with white is {contrast:.1f}:1; "
                f"expected {least:g}:1 at least, to be read: choose a darker one"
            )
    return colours


def _contrast(colour: str) -> float:
    """Return the contrast of a colour with white: WCAG 2.2, relative luminance."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004 - of sRGB
    return 1.05 / (sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) + 0.05)


def _identifiers(path: Path, name: str, entries: Mapping[str, Any]) -> tuple[str, ...]:
    value = entries.get(name, [])
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise InputError(f"{path}: sections.{name} is {value!r}; expected a list of section names")
    return tuple(value)


def _logo(path: Path, name: str) -> Path | None:
    if not name:
        return None
    logo = path.parent / name
    # A brand is passed around as a folder, so nothing outside of it may end up in a report.
    if not logo.resolve().is_relative_to(path.parent.resolve()):
        raise InputError(f"{path}: the logo {name!r} is outside the folder: put it beside {BRAND_FILE}")
    if logo.suffix.lower() not in _LOGOS:
        raise InputError(f"{path}: the logo {name!r} has an ending that is not known; expected {', '.join(_LOGOS)}")
    if not logo.is_file():
        raise InputError(f"{path}: the logo {name!r} is not in the folder")
    largest, size = int(assumption("formats", "largest_logo")), logo.stat().st_size
    if size > largest:
        raise InputError(f"{path}: the logo {name!r} has {size:,} bytes; expected {largest:,} at most: make it smaller")
    content, suffix = logo.read_bytes(), logo.suffix.lower()
    if not (_is_svg(content) if suffix == ".svg" else content.startswith(_BEGINNINGS[suffix])):
        raise InputError(f"{path}: the logo {name!r} is no {suffix[1:].upper()} file inside: save it again as one")
    return logo


def _is_svg(content: bytes) -> bool:
    try:
        return "<svg" in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
