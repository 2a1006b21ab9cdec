"""Questions that a multiverse answers with yes or no: a small language, and what it is parsed into."""

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from jobimpact.errors import InputError

Kind = Literal["occupation", "sector", "state", "group", "quintile", "all"]
KINDS: tuple[Kind, ...] = ("occupation", "sector", "state", "group", "quintile", "all")

EXAMPLES = (
    "sector 52 > sector 23",
    "state 06 > state 48",
    "occupation 15-1252 in top 25",
    "group 43-0000 rank <= 3",
    "sign wage gradient positive",
    "share workers >= 0.5 above 0.2",
    "exposure sector 52 above 0.4",
)


@dataclass(frozen=True)
class Subject:
    """What a question is about: an occupation, or a group of jobs."""

    kind: Kind
    code: str  # as in OEWS; all for all jobs

    def __str__(self) -> str:
        return "all" if self.kind == "all" else f"{self.kind} {self.code}"


@dataclass(frozen=True)
class Comparison:
    """Whether `higher` is more exposed than `lower`. The estimate is their gap; a tie is a no."""

    higher: Subject
    lower: Subject

    def __str__(self) -> str:
        return f"{self.higher} > {self.lower}"


@dataclass(frozen=True)
class Ranking:
    """Whether `subject` is among the `k` most exposed of its kind. The estimate is its rank, 1 and the number that are higher."""

    subject: Subject
    k: int

    def __str__(self) -> str:
        return f"{self.subject} in top {self.k}"


@dataclass(frozen=True)
class WageGradient:
    """Whether exposure rises (`positive`) or falls with the wage. The estimate is the slope on the log of the mean wage."""

    positive: bool

    def __str__(self) -> str:
        return f"sign wage gradient {'positive' if self.positive else 'negative'}"


@dataclass(frozen=True)
class WorkerShare:
    """Whether the share of jobs in occupations from `cut` on is above (or below) `level`.

    Where the question leaves `cut` or `strict` open, the cuts or both signs of data/robustness.toml are
    choices of the multiverse.
    """

    subject: Subject
    cut: float | None
    strict: bool | None  # whether the cut must be passed (>) or reached (>=)
    above: bool
    level: float

    def __str__(self) -> str:
        sign = "" if self.strict is None else (" >" if self.strict else " >=")
        cut = "" if self.cut is None else f"{sign or ' at'} {self.cut:g}"
        where = "" if self.subject.kind == "all" else f" in {self.subject}"
        return f"share workers{cut}{where} {'above' if self.above else 'below'} {self.level:g}"


@dataclass(frozen=True)
class Level:
    """Whether the mean exposure of `subject` is above (or below) `level`, 0-1."""

    subject: Subject
    above: bool
    level: float

    def __str__(self) -> str:
        return f"exposure {self.subject} {'above' if self.above else 'below'} {self.level:g}"


Query = Comparison | Ranking | WageGradient | WorkerShare | Level

_SUBJECT = r"(?:(?P<{0}kind>[a-z]+)\s+(?P<{0}code>[0-9a-z][0-9a-z.\-]*)|(?P<{0}all>all))"
_NUMBER = r"(?P<{0}>[0-9]*\.?[0-9]+)\s*(?P<{0}_percent>%?)"
_WHERE = r"(?P<side>above|below)\s+" + _NUMBER.format("level")
_PATTERNS: dict[str, str] = {
    "comparison": _SUBJECT.format("a_") + r"\s*(?P<sign>[<>])\s*" + _SUBJECT.format("b_"),
    "ranking": _SUBJECT.format("a_") + r"\s+(?:in\s+top\s+|rank\s*(?P<sign><=|<)\s*)(?P<k>[0-9]+)",
    "gradient": r"(?:sign\s+)?wage\s+gradient(?:\s+(?:is\s+)?(?P<word>positive|negative)|\s*(?P<sign>[<>])\s*0)?",
    "share": r"share\s+workers(?:\s+at|\s*(?P<sign>>=|>))?(?:\s*" + _NUMBER.format("cut") + r")?(?:\s+in\s+"
    + _SUBJECT.format("a_") + r")?\s+" + _WHERE,
    "level": r"exposure\s+" + _SUBJECT.format("a_") + r"\s+" + _WHERE,
}  # fmt: skip


def parse_query(text: str) -> Query:
    """Parse a question.

    Parameters
    ----------
    text
        One question; capitals and blanks do not matter. SUBJECT is ``occupation CODE``, ``sector CODE``, ``state CODE``
        (FIPS or postal), ``group CODE`` (SOC major), ``quintile 1`` to ``5`` or ``all``::

            SUBJECT > SUBJECT                         is the first more exposed than the second (or <)
            SUBJECT in top K                          or: SUBJECT rank <= K
            sign wage gradient [positive|negative]
            share workers [>=|>] [CUT] [in SUBJECT] above|below LEVEL
            exposure SUBJECT above|below LEVEL

        CUT and LEVEL are numbers from 0 to 1, or percentages.

    Returns
    -------
    Comparison, Ranking, WageGradient, WorkerShare or Level
        ``str()`` of it is the question in its plain form.

    Raises
    ------
    InputError
        If it is no such question, with examples.

    Examples
    --------
    >>> parse_query("Sector 52 > sector 23")
    Comparison(higher=Subject(kind='sector', code='52'), lower=Subject(kind='sector', code='23'))
    >>> print(parse_query("share workers >= 50 % above 20 %"))
    share workers >= 0.5 above 0.2
    """
    plain = " ".join(text.lower().split())
    for name, pattern in _PATTERNS.items():
        match = re.fullmatch(pattern, plain, re.ASCII)
        if match is not None:
            return _BUILDERS[name](match, text)
    raise InputError(f"query {text.strip()!r} was not understood{_hint(plain)}; expected a question such as {_examples()}")


def _comparison(match: re.Match[str], text: str) -> Query:
    first, second = _subject(match, "a_", text), _subject(match, "b_", text)
    if first == second:
        raise InputError(f"query {text!r} compares {first} with itself; expected two: name another one")
    return Comparison(first, second) if match["sign"] == ">" else Comparison(second, first)


def _ranking(match: re.Match[str], text: str) -> Query:
    subject, k = _subject(match, "a_", text), int(match["k"]) - (match["sign"] == "<")
    if subject.kind == "all":
        raise InputError(f"query {text!r} ranks all jobs among nothing: name an occupation, sector, state, group or quintile")
    if k < 1:
        raise InputError(f"query {text!r} asks for the first {k}; expected 1 or more, such as: {subject} in top 3")
    return Ranking(subject, k)


def _gradient(match: re.Match[str], text: str) -> Query:  # noqa: ARG001 - all builders are called alike
    return WageGradient(match["word"] != "negative" and match["sign"] != "<")


def _share(match: re.Match[str], text: str) -> Query:
    subject = _subject(match, "a_", text) if match["a_kind"] else Subject("all", "all")
    if subject.kind == "occupation":
        raise InputError(f"query {text!r}: the jobs of one occupation share its exposure; ask: exposure {subject} above LEVEL")
    cut = None if match["cut"] is None else _number(match, "cut", text)
    strict = None if match["sign"] is None else match["sign"] == ">"
    return WorkerShare(subject, cut, strict, match["side"] == "above", _number(match, "level", text))


def _level(match: re.Match[str], text: str) -> Query:
    return Level(_subject(match, "a_", text), match["side"] == "above", _number(match, "level", text))


_BUILDERS: dict[str, Callable[[re.Match[str], str], Query]] = {
    "comparison": _comparison, "ranking": _ranking, "gradient": _gradient, "share": _share, "level": _level,
}  # fmt: skip


def _subject(match: re.Match[str], prefix: str, text: str) -> Subject:
    if match[f"{prefix}all"]:
        return Subject("all", "all")
    word, code = match[f"{prefix}kind"], match[f"{prefix}code"].upper()
    for kind in KINDS:
        if word == kind and kind != "all":
            # A quintile or sector code is as OEWS has it; an O*NET-SOC code is looked up by the SOC code that it belongs to.
            return Subject(kind, code[:7] if kind == "occupation" else code)
    raise InputError(f"query {text.strip()!r}: found {word!r}{_meant(word)}; expected one of {', '.join(KINDS)}: {_examples()}")


def _number(match: re.Match[str], name: str, text: str) -> float:
    value = float(match[name]) / (100 if match[f"{name}_percent"] else 1)
    if not 0 <= value <= 1:
        raise InputError(
            f"query {text.strip()!r}: found {match[name]}; expected a number from 0 to 1, or a percentage such as 20 %"
        )
    return value


def _meant(word: str) -> str:
    close = difflib.get_close_matches(word, KINDS, 1, 0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _hint(plain: str) -> str:
    if not plain:
        return " (it is empty)"
    words = {*KINDS, "share", "workers", "wage", "gradient", "exposure", "above", "below", "positive", "negative"}
    for word in re.findall(r"[a-z]+", plain):
        if word not in words and len(word) > 3:  # noqa: PLR2004 - shorter words are "in", "top" and the like
            close = difflib.get_close_matches(word, words, 1, 0.7)
            if close:
                return f" (did you mean {close[0]!r} for {word!r}?)"
    return ""


def _examples() -> str:
    return ", ".join(f'"{example}"' for example in EXAMPLES)
