"""How a text reads, and how like another it is."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_END = re.compile(r"[.!?:]+(?=\s|$)")
_SIGN = re.compile(r"[\u3400-\u9fff]|[0-9a-z.]+", re.IGNORECASE)


def lix(texts: Iterable[str], language: str = "en") -> float:
    """Return the readability index LIX of texts: words per sentence plus the percentage of long words.

    About 30 is easy, 50 as in official texts, 60 hard (Bjornsson 1968). Missing for languages without blanks.

    Examples
    --------
    >>> lix(["Exposure is highest in Utah.", "It is low in Ohio."])
    25.0
    """
    whole = " ".join(texts)
    words = _WORD.findall(whole)
    if language == "zh" or not words:
        return float("nan")
    longest = int(assumption("phrasebook", "long_word"))
    long_words = sum(len(word) > longest for word in words)
    return len(words) / max(len(_END.findall(whole)), 1) + 100 * long_words / len(words)


def likeness(pairs: Sequence[tuple[str, str]], language: str = "en") -> tuple[float, float]:
    """Return ROUGE-L (mean F-measure, 0-1) and chrF (0-100) of pairs of target and text.

    Of words in English, of signs in Chinese. Sources: Lin 2004, ROUGE: a package for automatic evaluation of
    summaries; Popovic 2015, chrF: character n-gram F-score for automatic MT evaluation.
    """
    if not pairs:
        return float("nan"), float("nan")
    try:
        from rouge_score.rouge_scorer import RougeScorer
        from sacrebleu import corpus_chrf
    except ImportError as error:
        raise InputError(f"{error.name} is not installed: run `pip install 'jobimpact[reports]'`") from error
    # The tokenizer of rouge-score drops Chinese.
    signs = SimpleNamespace(tokenize=_SIGN.findall) if language == "zh" else None
    scorer = RougeScorer(["rougeL"], tokenizer=signs)
    rouge = [scorer.score(target, text)["rougeL"].fmeasure for target, text in pairs]
    chrf = corpus_chrf([text for _, text in pairs], [[target for target, _ in pairs]]).score
    return sum(rouge) / len(rouge), float(chrf)
