"""Task text in, exposure out."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from jobimpact.errors import EmptyTextWarning, InputError, ModelError
from jobimpact.exposure.encoder import SentenceEncoder
from jobimpact.exposure.models import DEFAULT_MODEL
from jobimpact.exposure.rubric import AUTOMATION_OF_LEVEL, RATERS, Rater, RubricHeads

if TYPE_CHECKING:
    from jobimpact.exposure.caching import CachedEncoder
    from jobimpact.exposure.encoder import Encoder

SCORE_COLUMNS = ["p_e0", "p_e1", "p_e2", "alpha", "beta", "gamma", "beta_low", "beta_high", "automation"]

MULTILINGUAL = "multilingual"

_WEIGHTS = Path(__file__).parent / "weights"

# Scores are rounded here, once: below this the arithmetic of different machines differs, and no user needs it.
_DECIMALS = 6


@cache
def _shipped_heads() -> RubricHeads:
    return RubricHeads.load(_WEIGHTS / "rubric.npz")


def load_heads(folder: Path | None = None) -> RubricHeads:
    """Return the heads in `folder`, as `jobimpact train` writes it; by default those that travel with the package."""
    return _shipped_heads() if folder is None else RubricHeads.load(folder / "rubric.npz")


def make_encoder(model: str = DEFAULT_MODEL, *, adapter: Path | Literal["auto"] | None = "auto", **options: Any) -> CachedEncoder:
    """Return the encoder `model`: ``multilingual``, or whatever :class:`SentenceEncoder` takes, with its `options`.

    The multilingual encoder knows neither device nor precision; those options are left out for it.
    """
    if model != MULTILINGUAL:
        return SentenceEncoder(model, adapter=adapter, **options)
    from jobimpact.exposure.multilingual import MultilingualEncoder

    return MultilingualEncoder(**{name: value for name, value in options.items() if name not in {"device", "precision"}})


def load_scorer(folder: Path | None = None, *, model: str = DEFAULT_MODEL, **options: Any) -> tuple[CachedEncoder, RubricHeads]:
    """Return encoder and heads that belong together.

    Parameters
    ----------
    folder
        Written by `jobimpact train`: heads, and the adapter if the encoder was tuned; by default what travels with the
        package.
    model
        Encoder that the heads were trained on.
    options
        ``device``, ``precision``, ``cache``, ``cache_folder``, ``progress`` of :class:`SentenceEncoder`.
    """
    if folder is None:
        return make_encoder(model, **options), load_heads(_WEIGHTS / MULTILINGUAL if model == MULTILINGUAL else None)
    adapter = folder / "adapter"
    return make_encoder(model, adapter=adapter if adapter.is_dir() else None, **options), load_heads(folder)


def score_texts(texts: pd.Series, encoder: Encoder, heads: RubricHeads | None = None, *, rater: Rater = "human") -> pd.DataFrame:
    """Score task texts.

    Parameters
    ----------
    texts
        n task texts; missing and blank ones get missing scores and are counted in a warning.
    encoder
        Gives the vectors.
    heads
        Trained on vectors of the same encoder; by default those of the package.
    rater
        Whose label is predicted.

    Returns
    -------
    pandas.DataFrame
        With the index of `texts`: ``p_e0 p_e1 p_e2`` (probabilities of the label, sum 1), ``alpha`` = P(E1), ``beta`` =
        P(E1) + P(E2)/2, ``gamma`` = P(E1) + P(E2), ``beta_low beta_high`` (90 % prediction interval for a human rater's
        label), ``automation`` (expected T0..T4 on 0..1). Definitions: Eloundou et al. 2024, doi:10.1126/science.adj0998.

    Raises
    ------
    ModelError
        If the heads were trained on another encoder.
    InputError
        If no row has text.

    Warns
    -----
    EmptyTextWarning
        With the number of rows without text.
    """
    heads = heads or load_heads()
    if rater not in RATERS:
        raise InputError(f"rater {rater!r} is not known: use one of {', '.join(RATERS)}")
    if heads.encoder_hash_ != encoder.weights_hash:
        raise ModelError(
            f"the heads belong to encoder weights {heads.encoder_hash_[:12]}..., the model has {encoder.weights_hash[:12]}...: "
            "train heads for it with `jobimpact train --model NAME --out FOLDER` and pass --heads"
        )
    filled = _filled(texts)
    scores = pd.DataFrame(np.nan, index=texts.index, columns=SCORE_COLUMNS)
    probabilities = heads.predict_proba(encoder.encode(texts[filled].tolist()))
    scores.loc[filled] = _score_table(heads, probabilities, rater)
    return scores


def _filled(texts: pd.Series) -> np.ndarray:
    filled = texts.map(lambda text: isinstance(text, str) and not text.isspace() and text != "").to_numpy(dtype=bool)
    if not filled.any():
        raise InputError(f"none of {len(texts)} rows has task text: check --text-column")
    if not filled.all():
        warnings.warn(
            f"{int((~filled).sum())} of {len(texts)} rows have no task text and get missing scores, "
            f"first: row {int(np.flatnonzero(~filled)[0]) + 1}",
            EmptyTextWarning,
            stacklevel=3,
        )
    return np.asarray(filled)


def _score_table(heads: RubricHeads, probabilities: dict[str, np.ndarray], rater: Rater) -> np.ndarray:
    """Return the (n, 9) scores in the order of SCORE_COLUMNS; rounded so that alpha, beta and gamma follow from the p's."""
    label = np.round(probabilities[rater], _DECIMALS)
    p_e1, p_e2 = label[:, 1], label[:, 2]
    p_e0 = np.round(1 - p_e1 - p_e2, _DECIMALS)
    low, high = heads.beta_interval(probabilities["human"])
    automation = probabilities["gpt4_automation"] @ AUTOMATION_OF_LEVEL
    columns = [p_e0, p_e1, p_e2, p_e1, p_e1 + p_e2 / 2, p_e1 + p_e2, low, high, automation]
    return np.round(np.column_stack(columns), _DECIMALS)


def score_table(
    table: pd.DataFrame, text_column: str, encoder: Encoder, heads: RubricHeads | None = None, *,
    rater: Rater = "human", name: str = "the table",
) -> pd.DataFrame:  # fmt: skip
    """Return `table` with the columns of :func:`score_texts` added; every row and column is kept, in order.

    Raises
    ------
    InputError
        If `table` has a column of one of the added names already.
    """
    taken = [column for column in SCORE_COLUMNS if column in table.columns]
    if taken:
        raise InputError(f"{name}: the columns {', '.join(taken)} are there already: rename or remove them before scoring")
    texts = table[text_column].map(lambda cell: str(cell) if pd.notna(cell) else None).astype(object)
    return pd.concat([table, score_texts(texts, encoder, heads, rater=rater)], axis=1)
