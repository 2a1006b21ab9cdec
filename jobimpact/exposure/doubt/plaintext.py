"""What of a user's text is really encoded: words, without markup, invisible characters and typographic variants.

Tags are found by their shape, not parsed: html.parser reads broken markup differently from one Python release to the
next, and a score must not depend on that.
"""

import html
import re
import unicodedata
from html.entities import html5

from jobimpact.assumptions import assumption

# Elements of the HTML Living Standard (and of older pages) that stand inside a word; every other known one ends it.
_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike strong sub sup time "
    "tt u var wbr"
)
_OTHER_NAMES = (
    "address area article aside audio base blockquote body br button canvas caption center col colgroup datalist dd details "
    "dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr "
    "html iframe img input label legend li link main map menu meta meter nav noscript object ol optgroup option output p param "
    "picture pre progress ruby rp rt script section select slot source style summary svg table tbody td template textarea "
    "tfoot th thead title tr track ul video"
)
_INLINE = frozenset(_INLINE_NAMES.split())
_KNOWN = _INLINE | frozenset(_OTHER_NAMES.split())
_BARE = "async|checked|controls|defer|disabled|hidden|multiple|nowrap|open|readonly|required|selected"
_VALUE = r"\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'|[^\s\"'<>=]+)"
_TAG = re.compile(rf"</?([a-z][a-z0-9]*(?::[a-z]+)?)(?:\s+(?:[a-z][a-z0-9:_-]*{_VALUE}|{_BARE}))*\s*/?>", re.IGNORECASE)
_DECLARATION = re.compile(r"<!doctype[^<>]*>|<\?[a-z][^<>]*\?>", re.IGNORECASE)
_UNREAD = re.compile(r"<!--|<(script|style)\b[^<>]*>", re.IGNORECASE)
_UNREAD_END = {kind: re.compile(pattern, re.IGNORECASE)
               for kind, pattern in (("", "-->"), ("script", r"</script\s*>"), ("style", r"</style\s*>"))}  # fmt: skip
# With a semicolon only: "plan&notify" is no entity, whatever browsers make of it.
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_MARKS = re.compile(r"[<>&]")

# Characters without a width (Unicode property Default_Ignorable_Code_Point) and control characters other than white space.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Office programs put their bullets here.
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
# The ordinary comma, colon or bracket of Chinese and Japanese, which NFKC would turn into the Latin one.
_WIDE_SIGNS = re.compile("([\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff60])")


def plain_text(text: str) -> str:
    r"""Return what of `text` is encoded.

    HTML tags, comments, scripts and styles are taken out and entities decoded; control characters and characters without a
    width are removed; variants of letters and digits become the ordinary ones (Unicode NFKC, UAX 15), except the full-width
    punctuation of a text in Chinese or Japanese; white space becomes single blanks; halves of surrogate pairs become question
    marks. An ordinary task statement comes back as it is. Cleaning twice changes nothing more.

    Examples
    --------
    >>> plain_text("<p>Prepare &amp; file\u00a0tax returns</p>")
    'Prepare & file tax returns'
    """
    return strip_markup(text)[0]


def strip_markup(text: str) -> tuple[str, bool]:
    """Return :func:`plain_text` of `text`, and whether there were tags in it."""
    if text.isascii() and text.isprintable() and not _MARKS.search(text):
        return " ".join(text.split()), False
    text = text.encode("utf-8", "replace").decode("utf-8")
    tagged = False
    for _ in range(int(assumption("doubt", "markup_passes"))):
        before = text
        without = _without_tags(text)
        tagged |= without != text
        text = _normal(_ENTITY.sub(_decoded, without))
        if text == before:
            return text, tagged
    return _normal(_MARKS.sub(" ", text)), tagged


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    return _TAG.sub(_in_place_of_tag, _DECLARATION.sub(" ", _without_unread(text)))


def _without_unread(text: str) -> str:
    """Leave out comments, scripts and styles; one that never ends stays."""
    parts, start = [], 0
    while opening := _UNREAD.search(text, start):
        end = _UNREAD_END[(opening[1] or "").lower()].search(text, opening.end())
        if end is None:
            break
        parts += [text[start : opening.start()], " "]
        start = end.end()
    return "".join([*parts, text[start:]])


def _in_place_of_tag(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name not in _KNOWN and ":" not in name:
        return tag[0]
    return "" if name in _INLINE else " "


def _decoded(entity: re.Match[str]) -> str:
    # html.unescape also decodes the beginning of an unknown name.
    return html.unescape(entity[0]) if entity[0][1] == "#" or entity[0][1:] in html5 else entity[0]


def _normal(text: str) -> str:
    text = _PRIVATE.sub(" ", _INVISIBLE.sub("", text))
    if _CJK.search(text):
        parts = _WIDE_SIGNS.split(text)
        text = "".join(part if number % 2 else unicodedata.normalize("NFKC", part) for number, part in enumerate(parts))
    else:
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.split())
