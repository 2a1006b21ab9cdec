"""Text as LaTeX prints it literally, and the characters that a document must declare before it can print them."""

import re
import unicodedata

from jobimpact.reporting.formats.layout import breakable, plain

_MARKS = {
    "\\": r"\textbackslash{}",
    # Not \{ and \}: BibTeX counts braces without looking at the backslash in front.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    '"': r"\textquotedbl{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{THIN SPACE}": r"\,",
    "\N{ZERO WIDTH SPACE}": r"\hspace{0pt}",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{HORIZONTAL ELLIPSIS}": r"\dots{}",
    "\N{EURO SIGN}": r"\texteuro{}",
    "\N{BULLET}": r"\textbullet{}",
    "\N{DAGGER}": r"\dag{}",
    "\N{TRADE MARK SIGN}": r"\texttrademark{}",
    "\N{MINUS SIGN}": r"\ensuremath{-}",
    "\N{LESS-THAN OR EQUAL TO}": r"\ensuremath{\leq}",
    "\N{GREATER-THAN OR EQUAL TO}": r"\ensuremath{\geq}",
    "\N{NOT EQUAL TO}": r"\ensuremath{\neq}",
    "\N{ALMOST EQUAL TO}": r"\ensuremath{\approx}",
    "\N{RIGHTWARDS ARROW}": r"\ensuremath{\rightarrow}",
    "\N{GREEK SMALL LETTER ALPHA}": r"\ensuremath{\alpha}",
    "\N{GREEK SMALL LETTER BETA}": r"\ensuremath{\beta}",
    "\N{GREEK SMALL LETTER GAMMA}": r"\ensuremath{\gamma}",
    "\N{GREEK SMALL LETTER RHO}": r"\ensuremath{\rho}",
}
# Two of these in a row would be set as one sign: a dash, or a quotation mark.
_LIGATURES = re.compile(r"(?<=-)(?=-)|(?<=')(?=')|(?<=,)(?=,)")
_MARK = re.compile("|".join(re.escape(mark) for mark in _MARKS))
# The letters of Latin-1 and of the font encoding T1, which every LaTeX prints.
_PRINTED = frozenset(
    [chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x2018, 0x201A), *range(0x201C, 0x201F))]
) | frozenset(
    "ĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİıĴĵĶķĹĺĻļĽľŁłŃńŅņŇňŊŋŌōŎŏŐőŒœŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽž"
)


def escape_latex(text: str) -> str:
    r"""Return `text` as LaTeX prints it literally: no command, formula, comment or ligature comes of it.

    Characters beyond Latin stay as they are; see :func:`other_characters`.

    Examples
    --------
    >>> escape_latex("R&D: 5 % of $1")
    'R\\&D: 5~\\% of \\$1'
    """
    separated = _LIGATURES.sub("\x00", plain(text).replace(" %", "\N{NO-BREAK SPACE}%"))
    return _MARK.sub(lambda match: _MARKS[match[0]], separated).replace("\x00", "{}")


def latex_words(text: str) -> str:
    """Return `text` as LaTeX prints it literally, with places to break words that are longer than a narrow column."""
    return escape_latex(breakable(text))


def other_characters(text: str) -> set[str]:
    """Return the characters of LaTeX source `text` that LaTeX has no sign for until it is told."""
    return {character for character in text if character not in _PRINTED and character != "\n"}


def is_chinese(character: str) -> bool:
    """Return whether the character is set in a Chinese font: an ideograph, or punctuation of full width."""
    return unicodedata.east_asian_width(character) in ("W", "F") and ord(character) < 0x1F000  # noqa: PLR2004 - pictures begin here
