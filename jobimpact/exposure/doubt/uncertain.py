"""Which scores to doubt, and why: texts that are no single task statement in a language that the encoder knows.

A doubted text keeps its score, but the interval of :func:`widen` and a reason in words. A text without any letters cannot be
scored; it gets the reason alone. A score whose interval holds no label keeps the labels on both sides, with a reason.
"""

import re
import unicodedata
import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import EmptyTextWarning, InputError
from jobimpact.exposure.doubt.domain import DomainGauge
from jobimpact.exposure.doubt.languages import foreign_language
from jobimpact.exposure.doubt.plaintext import strip_markup
from jobimpact.exposure.encoder.limits import EncoderLimits
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL

# What scoring says of every text.
DOUBT = ["uncertain", "uncertain_reason"]
DOUBT_COLUMNS = [*DOUBT, "unscorable"]

NO_TEXT = "no text"
STRANGE = "unlike any task that the model learnt from"
BETWEEN_LABELS = "between two labels, neither of which is in its interval"

_NOT_LETTER = re.compile(r"[\W\d_]+")
_WORD = re.compile(r"\S*[^\W\d_]\S*")
# Thai, Lao, Burmese, Khmer, Japanese and Chinese stand without blanks between words.
_BULLET = re.compile(r"(?<=\S)\s*[\u2022\u25cf\u25aa\u25e6\u00b7|]\s*(?=\S)")
_NUMBER = re.compile(r"(?:^|\s)\d{1,2}[.)]\s+(?=\w)")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]")
_EMOJI = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]|\u20e3")
_SENTENCE_END = r"(?<=\w{{{letters}}})[.!?]+[\"')\]]*\s+(?=[^\Wa-z_])|[\u3002\uff01\uff1f](?=.)"


def doubts(texts: pd.Series, limits: EncoderLimits) -> pd.DataFrame:
    """Say which of `texts`, as the user gave them, can be scored, and how far.

    The columns, with the index of `texts`: ``uncertain``; ``uncertain_reason``, all reasons in words,
    separated by "; ", missing where there is none; ``unscorable``, where a score must be missing
    (`uncertain` is True too).

    Examples
    --------
    >>> from jobimpact.exposure.encoder.limits import EncoderLimits
    >>> english = EncoderLimits(languages=frozenset({"en"}))
    >>> doubts(pd.Series(["Lay bricks in a straight course", "Bricklaying", "100 %"]), english)["uncertain_reason"].tolist()
    [nan, 'one word', 'no letters (numbers or signs only)']
    """
    flags: dict[object, tuple[str, bool]] = {}
    for text in texts:
        if isinstance(text, str) and text not in flags:
            flags[text] = _doubt(text, limits)
    rows = [flags[text] if isinstance(text, str) else (NO_TEXT, True) for text in texts]
    reasons = [reason for reason, _ in rows]
    return pd.DataFrame(
        {
            "uncertain": np.array([bool(reason) for reason in reasons], dtype=bool),
            "uncertain_reason": _words(reasons),
            "unscorable": np.array([unscorable for _, unscorable in rows], dtype=bool),
        },
        index=texts.index,
    )


def doubt_strange(doubt: pd.DataFrame, vectors: np.ndarray, gauge: DomainGauge) -> pd.DataFrame:
    """Return `doubt` with the texts added that lie far from all tasks that the model learnt from.

    `vectors` (m, d) are those of the m texts that are not ``unscorable``, in their order, by the gauge's
    encoder.
    """
    scorable = int((~doubt["unscorable"]).sum())
    if len(vectors) != scorable:
        raise InputError(f"{len(vectors)} vectors for {scorable} texts that can be scored: give one for each")
    return _with_reason(doubt, gauge.is_strange(vectors), STRANGE)


def check_scorable(doubt: pd.DataFrame) -> None:
    """Warn of the texts that `doubt` calls unscorable, with their number, the reasons and the first of them.

    Raises
    ------
    InputError
        If no row has text.
    """
    missing = doubt["unscorable"].to_numpy()
    if (doubt["uncertain_reason"] == NO_TEXT).all():
        raise InputError(f"none of {len(doubt)} rows has task text: check the column of texts")
    if missing.any():
        reasons = doubt.loc[missing, "uncertain_reason"].value_counts()
        warnings.warn(
            f"{int(missing.sum())} of {len(doubt)} rows have no text that can be scored and get missing scores "
            f"({', '.join(f'{reason}: {count}' for reason, count in reasons.items())}), "
            f"first: row {int(np.flatnonzero(missing)[0]) + 1}",
            EmptyTextWarning,
            stacklevel=5,
        )


def widen(low: np.ndarray, high: np.ndarray, uncertain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the 90 % intervals, where `uncertain` those of the whole range of labels.

    A conformal interval covers 90 % for texts that could have stood among the calibration tasks
    (exchangeability: Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World). For a
    doubted text that is exactly what is in doubt; the one interval that covers without this assumption is
    the whole range. Missing ends stay missing.
    """
    widened = np.asarray(uncertain, dtype=bool) & ~np.isnan(low) & ~np.isnan(high)
    return np.where(widened, BETA_OF_LEVEL.min(), low), np.where(widened, BETA_OF_LEVEL.max(), high)


def with_doubt(scores: pd.DataFrame, doubt: pd.DataFrame, empty: np.ndarray) -> pd.DataFrame:
    """Return `scores` with intervals widened where a text is doubted, and the columns DOUBT of `doubt` at the right.

    `empty` (m,) says of the m texts that are not ``unscorable`` whose interval held no label: they are
    uncertain too.
    """
    low, high = (scores[name].to_numpy() for name in ("beta_low", "beta_high"))
    low, high = widen(low, high, doubt["uncertain"].to_numpy())
    clear = ~doubt["uncertain"][~doubt["unscorable"]].to_numpy()  # a doubted text has every label already
    doubt = _with_reason(doubt, empty & clear, BETWEEN_LABELS)
    return scores.assign(beta_low=low, beta_high=high, **{name: doubt[name].to_numpy() for name in DOUBT})


def _with_reason(doubt: pd.DataFrame, rows: np.ndarray, reason: str) -> pd.DataFrame:
    """Return `doubt` with a further `reason` where `rows`, of the texts that are not ``unscorable``, is true."""
    mask = np.zeros(len(doubt), dtype=bool)
    mask[~doubt["unscorable"].to_numpy()] = rows
    earlier = doubt["uncertain_reason"].fillna("")
    reasons = [f"{old}; {reason}".removeprefix("; ") if new else old for old, new in zip(earlier, mask, strict=True)]
    return doubt.assign(uncertain=doubt["uncertain"] | mask, uncertain_reason=_words(reasons))


def _words(reasons: list[str]) -> Any:
    return pd.array([reason or None for reason in reasons], dtype=pd.StringDtype(na_value=np.nan))


def _doubt(raw: str, limits: EncoderLimits) -> tuple[str, bool]:
    """Return the reasons to doubt `raw`, empty if there are none, and whether it cannot be scored at all."""
    text, tagged = strip_markup(raw)
    if not text:
        return ("nothing but HTML" if tagged else "no text"), True
    emoji = not text.isascii() and _EMOJI.search(text)
    letters = _share_of_letters(text)
    if not letters:
        return ("emoji only" if emoji else "no letters (numbers or signs only)"), True
    words = _word_count(text)
    one_word = words < assumption("doubt", "least_words") or _repeats(text)
    reasons = [
        "HTML removed" if tagged else None,
        "emoji in the text" if emoji else None,
        "mostly numbers or signs" if letters < assumption("doubt", "least_letters") else None,
        "one word" if one_word else None,
        foreign_language(text, limits.languages, by_words=not one_word) if limits.languages else None,
        "several sentences or tasks in one text" if words > assumption("doubt", "most_words") or _parts(raw, text) else None,
        f"longer than the {limits.limit:,} {limits.unit} that the encoder reads" if limits.cuts(text) else None,
    ]
    return "; ".join(reason for reason in reasons if reason), False


def _share_of_letters(text: str) -> float:
    """Return letters as a share of all visible characters; accents and vowel signs count with their letters."""
    if text.isascii():
        return len(_NOT_LETTER.sub("", text)) / (len(text) - text.count(" "))
    kinds = [unicodedata.category(character)[0] for character in text if character != " "]
    return (kinds.count("L") + kinds.count("M")) / len(kinds) if "L" in kinds else 0.0


def _word_count(text: str) -> float:
    if text.isascii():
        return len(_WORD.findall(text))
    unspaced = len(_UNSPACED.findall(text))
    return unspaced / float(assumption("doubt", "characters_per_word")) + len(_WORD.findall(_UNSPACED.sub(" ", text)))


def _repeats(text: str) -> bool:
    """Whether one word is said over and over."""
    first, *others = text.casefold().split()
    return bool(others) and all(word == first for word in others)


def _parts(raw: str, text: str) -> bool:
    """Whether there are more sentences in `text`, or more lines in `raw`, than a task has."""
    most = int(assumption("doubt", "most_sentences"))
    if sum(1 for _ in _sentence_end().finditer(text)) >= most:
        return True
    # Marks of a list in the middle of a text part as many tasks as lines do.
    content = raw.strip()
    if _BULLET.search(content) or len(_NUMBER.findall(content)) >= most:
        return True
    # A line that goes on in small letters was only wrapped.
    starts = [line.lstrip()[:1] for line in raw.splitlines()] if "\n" in raw or "\r" in raw else []
    return sum(bool(start) and not start.islower() for start in starts) > most


@cache
def _sentence_end() -> re.Pattern[str]:
    return re.compile(_SENTENCE_END.format(letters=int(assumption("doubt", "sentence_letters"))))
