"""Words that moved a score: the score again without each of them."""

import copy
import re
import unicodedata
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import LongTextWarning, UntriedWordsWarning
from jobimpact.exposure.doubt.plaintext import plain_text
from jobimpact.exposure.encoder.cached import normalise_text
from jobimpact.exposure.encoder.sentence import Encoder
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL
from jobimpact.exposure.heads.rubric import Rater, RubricHeads, check_heads
from jobimpact.exposure.texts import Texts, text_series
from jobimpact.tables import check_table, table_columns

Span = tuple[int, int]

# Chinese and Japanese have no blanks between words: there every character is tried, and runs of characters as phrases.
_CJK = "\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
_PIECE = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_FEWEST_RANKED = 3  # ranks of two words agree or do not by chance alone
_DECIMALS = 6


def split_words(text: str) -> list[Span]:
    """Return where the words of `text` begin and end, each with the punctuation that hangs on it.

    A Chinese or Japanese character counts as a word. A sign that means something by itself, such as an emoji, is one too.

    Examples
    --------
    >>> text = "Check bills, then pay"
    >>> [text[start:end] for start, end in split_words(text)]
    ['Check', 'bills,', 'then', 'pay']
    """
    spans: list[Span] = []
    pending: int | None = None  # where punctuation began that has no word before it
    for piece in _PIECE.finditer(text):
        start = piece.start() if pending is None else pending
        if not _is_punctuation(piece[0]):
            spans.append((start, piece.end()))
            pending = None
        elif spans:
            spans[-1] = (spans[-1][0], piece.end())
        else:
            pending = start
    return spans or ([] if pending is None else [(pending, len(text))])


def _is_punctuation(piece: str) -> bool:
    return all(unicodedata.category(character).startswith("P") for character in piece)


def explain_words(
    texts: Texts, encoder: Encoder, heads: RubricHeads, rater: Rater = "human", *, mask: str | None = None
) -> pd.DataFrame:
    """Return the table ``word_effects``: how much words, and runs of up to three, moved the score.

    The effect of words is the beta of the whole text less the beta of the text without them (occlusion:
    Zeiler and Fergus 2014, doi:10.1007/978-3-319-10590-1_53; erasure of words: Li, Monroe and Jurafsky
    2016, arXiv:1612.08220). +0.2 means that the score would be 0.2 lower without these words, all others in
    place. Effects do not add up to the score, because words act together, and they say what the model
    reacts to, not why a person would label so.

    Texts are read without their markup; a missing or blank one has no rows, one of a single word a row
    without effect: nothing is left to compare it with. Shortened texts are never kept in the encoder's
    cache. `mask` hides a word for ``effect_masked``; by default it is that of the default encoder. An
    UntriedWordsWarning counts the texts that have more words than are tried (data/reasons.toml,
    ``most_words``).
    """
    mask = str(assumption("reasons", "mask")) if mask is None else mask
    texts = text_series(texts)
    check_heads(heads, encoder, rater)
    read = {row: plain_text(text) for row, text in enumerate(texts, 1) if isinstance(text, str)}
    normal = {row: text for row, text in read.items() if text}
    spans = {row: split_words(text) for row, text in normal.items()}
    _warn_long(spans)
    parts = [pd.DataFrame(columns=table_columns("word_effects")[:-1])]
    plain = uncached(encoder)
    for rows in _groups(spans):
        effects = pd.concat([_variants(i, normal[i], spans[i], mask) for i in rows], ignore_index=True)
        betas = _betas([*effects["without"], *effects["hidden"], *(normal[row] for row in rows)], plain, heads, rater)
        whole = effects["row"].map({row: betas[normal[row]] for row in rows})
        effects["effect"] = whole - effects["without"].map(betas)
        effects["effect_masked"] = whole - effects["hidden"].map(betas)
        parts.append(effects[table_columns("word_effects")[:-1]])
    types: dict[str, Any] = {"words": object, "effect": "float64", "effect_masked": "float64"}
    types |= dict.fromkeys(("row", "position", "n_words", "start", "end"), "int64")
    table = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True).astype(types)
    rounded = table.round({"effect": _DECIMALS, "effect_masked": _DECIMALS})
    return check_table("word_effects", _with_share(rounded))


def uncached(encoder: Encoder) -> Encoder:
    """Return `encoder`, or a copy of it that shares its weights and keeps no vectors on disk."""
    if not getattr(encoder, "cache", False):
        return encoder
    without: Any = copy.copy(encoder)
    without.cache = False
    return without  # type: ignore[no-any-return]  # of the encoder's own type


def agreement_of_occlusions(effects: pd.DataFrame) -> pd.Series:
    """Return, by row, the Spearman correlation of the effects of leaving words out and of hiding them.

    1 where both rank the words alike; missing below three words or where all effects are equal.
    """
    single = effects[effects["n_words"] == 1].dropna(subset=["effect", "effect_masked"])
    correlations = {}
    for row, part in single.groupby("row"):
        left, right = part["effect"].rank(), part["effect_masked"].rank()
        if len(part) >= _FEWEST_RANKED and min(np.ptp(left), np.ptp(right)) > 0:
            correlations[row] = float(np.clip(left.corr(right), -1, 1))
    return pd.Series(correlations, dtype="float64", name="agreement")


def _warn_long(spans: dict[int, list[Span]]) -> None:
    most = int(assumption("reasons", "most_words"))
    long = [row for row, words in spans.items() if len(words) > most]
    if long:
        warnings.warn(
            f"{len(long)} of {len(spans)} texts have more than {most} words, of which only the first {most} were left out in "
            f"turn, first: row {long[0]} ({len(spans[long[0]]):,} words): split them into single tasks",
            UntriedWordsWarning,
            stacklevel=3,
        )


def _groups(spans: dict[int, list[Span]]) -> Iterator[list[int]]:
    """Yield rows whose variants are scored together."""
    most, room = int(assumption("reasons", "most_words")), int(assumption("reasons", "variants_at_once"))
    per_word = int(assumption("reasons", "longest_phrase")) + 1
    group: list[int] = []
    size = 0
    for row, words in spans.items():
        group.append(row)
        size += per_word * min(len(words), most) + 1
        if size >= room:
            yield group
            group, size = [], 0
    if group:
        yield group


def _variants(row: int, text: str, spans: list[Span], mask: str) -> pd.DataFrame:
    """Return the runs of words of one text, with the text without each and, for single words, with each hidden."""
    retained = spans[: int(assumption("reasons", "most_words"))]
    records = []
    for size in range(1, int(assumption("reasons", "longest_phrase")) + 1):
        for first in range(len(retained) - size + 1):
            start, end = retained[first][0], retained[first + size - 1][1]
            inner = [index for index in range(start, end) if not (text[index].isspace() or _is_punctuation(text[index]))]
            core = (inner[0], inner[-1] + 1) if inner else (start, end)
            without = normalise_text(text[:start] + text[end:]) or None
            if without is None and size > 1:
                continue
            hidden = normalise_text(text[: core[0]] + mask + text[core[1] :]) if size == 1 and without else None
            records.append((row, first + 1, size, text[slice(*core)], *core, without, hidden))
    names = ["row", "position", "n_words", "words", "start", "end", "without", "hidden"]
    return pd.DataFrame(records, columns=names).astype({"without": object, "hidden": object})


def _betas(texts: list[str | None], encoder: Encoder, heads: RubricHeads, rater: Rater) -> dict[str, float]:
    """Return beta by text; without doubts, which shortened texts would raise for being short."""
    distinct = list(dict.fromkeys(text for text in texts if isinstance(text, str)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LongTextWarning)  # said of the text itself when it was scored
        betas = heads.predict_proba(encoder.encode(distinct))[rater] @ BETA_OF_LEVEL
    return dict(zip(distinct, betas.tolist(), strict=True))


def _with_share(effects: pd.DataFrame) -> pd.DataFrame:
    size = effects["effect"].abs()
    total = size.groupby([effects["row"], effects["n_words"]]).transform("sum", min_count=1)
    share = (size / total.where(total > 0)).where(total != 0, 0.0).clip(0, 1)
    return effects.assign(share=share.where(effects["effect"].notna()).astype(float))
