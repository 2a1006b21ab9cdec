"""Task text in, exposure out."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.exposure.doubt.domain import DomainGauge
from jobimpact.exposure.doubt.plaintext import plain_text
from jobimpact.exposure.doubt.uncertain import DOUBT, check_scorable, doubt_strange, doubts, with_doubt
from jobimpact.exposure.encoder.cached import CachedEncoder
from jobimpact.exposure.encoder.limits import limits_of
from jobimpact.exposure.encoder.models import DEFAULT_MODEL
from jobimpact.exposure.encoder.multilingual import MultilingualEncoder
from jobimpact.exposure.encoder.sentence import Encoder, SentenceEncoder
from jobimpact.exposure.heads.components import VarianceComponents
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL, LabelEnds
from jobimpact.exposure.heads.rubric import AUTOMATION_OF_LEVEL, RATERS, Rater, RubricHeads, check_heads
from jobimpact.exposure.heads.usage import UsageHead
from jobimpact.exposure.texts import Texts, text_series
from jobimpact.paths import packaged

SCORE_COLUMNS = ["p_e0", "p_e1", "p_e2", "alpha", "beta", "gamma", "beta_low", "beta_high", "automation"]
# What scoring by rubric adds to a table.
RUBRIC_COLUMNS = [*SCORE_COLUMNS, "automation_share", *DOUBT]

MULTILINGUAL = "multilingual"
_WEIGHTS = packaged("exposure", "weights")

# Scores are rounded here, once: below this the arithmetic of different machines differs, and no user needs it.
DECIMALS = 6


@dataclass(frozen=True)
class Companions:
    """What scores beside the heads, fitted on vectors of the same encoder; None where it is not there.

    Attributes
    ----------
    gauge
        Says which texts are unlike all that the model learnt from.
    usage
        Predicts which share of AI use of a task is automation.
    components
        Variance components of the predictions for human raters, for standard errors of occupation means.
    """

    gauge: DomainGauge | None = None
    usage: UsageHead | None = None
    components: VarianceComponents | None = None


def load_heads(folder: str | Path | None = None) -> RubricHeads:
    """Return the heads in `folder`, as `jobimpact train` writes it; by default those that travel with the package.

    Examples
    --------
    >>> load_heads().heads_
    ('human', 'gpt4', 'gpt4_alt', 'gpt4_0613', 'gpt5_4', 'consensus', 'gpt4_automation')
    """
    return _shipped_heads() if folder is None else RubricHeads.load(Path(folder) / "rubric.npz")


@cache
def _shipped_heads() -> RubricHeads:
    return RubricHeads.load(_WEIGHTS / "rubric.npz")


def load_companions(folder: str | Path) -> Companions:
    """Return the companions in `folder`, those that are there."""
    gauge, usage, components = (Path(folder, name) for name in ("domain.npz", "usage.npz", "components.json"))
    companions = Companions()
    if gauge.is_file():
        from jobimpact.exposure.doubt.domain import DomainGauge

        companions = replace(companions, gauge=DomainGauge.load(gauge))
    if usage.is_file():
        from jobimpact.exposure.heads.usage import UsageHead

        companions = replace(companions, usage=UsageHead.load(usage))
    if components.is_file():
        from jobimpact.exposure.heads.components import read_components

        companions = replace(companions, components=read_components(components))
    return companions


_shipped_companions = cache(load_companions)  # a folder of the user's may change, the package's does not


def find_companions(encoder: Encoder) -> Companions:
    """Return the shipped companions that were fitted on vectors of `encoder`; none for an encoder of the user's own."""
    for folder in (_WEIGHTS, _WEIGHTS / MULTILINGUAL):
        companions = _shipped_companions(folder)
        if companions.gauge is not None and companions.gauge.encoder_hash_ == encoder.weights_hash:
            return companions
    return Companions()


def make_encoder(model: str = DEFAULT_MODEL, *, adapter: Path | Literal["auto"] | None = "auto", **options: Any) -> CachedEncoder:
    """Return the encoder `model`: ``multilingual``, or whatever :class:`SentenceEncoder` takes, with its `options`.

    The multilingual encoder knows neither device nor precision; those options are left out for it.
    """
    if model != MULTILINGUAL:
        return SentenceEncoder(model, adapter=adapter, **options)

    return MultilingualEncoder(**{name: value for name, value in options.items() if name not in {"device", "precision"}})


def load_scorer(
    folder: str | Path | None = None, *, model: str = DEFAULT_MODEL, **options: Any
) -> tuple[CachedEncoder, RubricHeads]:
    """Return encoder and heads that belong together.

    They are those in the `folder` of `jobimpact train`, with the adapter if the encoder was tuned, or those
    of the package for `model`. `options` are ``device``, ``precision``, ``cache``, ``cache_folder``,
    ``progress`` of :class:`SentenceEncoder`.
    """
    if folder is None:
        return make_encoder(model, **options), load_heads(_WEIGHTS / MULTILINGUAL if model == MULTILINGUAL else None)
    adapter = Path(folder) / "adapter"
    return make_encoder(model, adapter=adapter if adapter.is_dir() else None, **options), load_heads(folder)


def score_texts(
    texts: Texts,
    encoder: Encoder,
    heads: RubricHeads | None = None,
    *,
    rater: Rater = "human",
    companions: Companions | None = None,
    all_raters: bool = False,
) -> pd.DataFrame:
    """Score task texts.

    Parameters
    ----------
    texts
        n task texts: a list, array or Series. Missing and blank ones and those without letters get missing scores with a
        reason and are counted in a warning; HTML is stripped before a text is read.
    encoder
        Gives the vectors.
    heads
        Trained on vectors of the same encoder; by default those of the package.
    rater
        Whose label is predicted.
    companions
        By default those of the package that belong to `encoder`.
    all_raters
        Whether to add ``beta_<rater>`` for every rater that the heads know.

    Returns
    -------
    pandas.DataFrame
        With the index of `texts`: ``p_e0 p_e1 p_e2`` (probabilities of the label, sum 1), ``alpha`` = P(E1), ``beta`` =
        P(E1) + P(E2)/2, ``gamma`` = P(E1) + P(E2), ``beta_low beta_high`` (90 % prediction interval for a human rater's
        label: both ends are labels, 0, 0.5 or 1; any label where the text is doubted), ``automation`` (expected T0..T4 on
        0..1), ``automation_share`` (predicted share of AI use for the task that automates it, against augments),
        ``uncertain`` and ``uncertain_reason`` (:mod:`jobimpact.exposure.doubt.uncertain`). Definitions: Eloundou et al. 2024,
        doi:10.1126/science.adj0998.

    Raises
    ------
    ModelError
        If the heads were trained on another encoder.
    InputError
        If no row has text that can be scored, `texts` is a DataFrame, or the heads do not know the rater.

    Warns
    -----
    EmptyTextWarning
        With the number of rows without text, or without letters.

    Examples
    --------
    >>> import pandas as pd
    >>> from jobimpact import SentenceEncoder
    >>> texts = pd.Series(["Draft replies to customers", "Lay bricks in courses"], index=["a", "b"])
    >>> scores = score_texts(texts, SentenceEncoder())
    >>> scores["beta"].round(1).to_dict()
    {'a': 0.9, 'b': 0.0}
    """
    texts = text_series(texts)
    heads = heads or load_heads()
    check_heads(heads, encoder, rater)
    companions = companions or find_companions(encoder)
    doubt, scorable, vectors = encode_scorable(texts, encoder)
    if companions.gauge is not None:
        doubt = doubt_strange(doubt, vectors, companions.gauge)
    probabilities = heads.predict_proba(vectors)
    human = probabilities["human"]
    ends = heads.beta_interval(human, vectors)
    automation = probabilities["gpt4_automation"] @ AUTOMATION_OF_LEVEL
    scores = pd.DataFrame(np.nan, index=texts.index, columns=[*SCORE_COLUMNS, "automation_share"])
    # The interval is for a human rater's label, whoever the rater is whose label is predicted.
    scores.loc[scorable, SCORE_COLUMNS] = score_columns(probabilities[rater], ends, automation)
    if companions.usage is not None:
        scores.loc[scorable, "automation_share"] = np.round(companions.usage.predict(vectors), DECIMALS)
    scores = with_doubt(scores, doubt, ends.empty)
    if all_raters:
        for name in (name for name in RATERS if name in heads.heads_):
            scores.loc[scorable, f"beta_{name}"] = np.round(probabilities[name] @ BETA_OF_LEVEL, DECIMALS)
    return scores


def encode_scorable(texts: pd.Series, encoder: Encoder) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the doubts about n `texts`, the mask (n,) of those that can be scored, and their vectors."""
    doubt = doubts(texts, limits_of(encoder))
    scorable = ~doubt["unscorable"].to_numpy()
    check_scorable(doubt)
    return doubt, scorable, encoder.encode([plain_text(text) for text in texts[scorable]])


def score_columns(label: np.ndarray, ends: LabelEnds, automation: np.ndarray) -> np.ndarray:
    """Return the (n, 9) scores in the order of SCORE_COLUMNS.

    The probabilities (n, 3) are rounded first, so that alpha, beta and gamma follow from what is printed.
    """
    label = np.round(label, DECIMALS)
    p_e1, p_e2 = label[:, 1], label[:, 2]
    exposed = p_e1 + p_e2
    columns = [1 - p_e1 - p_e2, p_e1, p_e2, p_e1, p_e1 + p_e2 / 2, exposed, ends.low, ends.high, automation]
    return np.asarray(np.round(np.clip(np.column_stack(columns), 0, 1), DECIMALS))


def add_scores(table: pd.DataFrame, scores: pd.DataFrame, name: str = "the table") -> pd.DataFrame:
    """Return `table` with the columns of `scores` at its right; none may be there already."""
    repeated = [column for column in scores.columns if column in table.columns]
    if repeated:
        raise InputError(f"{name}: the columns {', '.join(repeated)} are there already: rename or remove them before scoring")
    return pd.concat([table, scores], axis=1)
