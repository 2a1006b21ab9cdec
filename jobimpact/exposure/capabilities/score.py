"""Exposure to capabilities that nobody has labelled: a task is exposed to what it resembles.

Scores of this method and of the rubric (:mod:`jobimpact.exposure.score`) have the same columns, but not the same worth: the
rubric is learnt from labels of tasks, this method only learns from them how near is near. Compare tasks and occupations by
it; the level of a capability that has no labels rests on the assumption that nearness means the same for all of them.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jobimpact.errors import MissingScoreWarning, ModelError
from jobimpact.exposure.capabilities.file import capabilities_hash, read_capabilities
from jobimpact.exposure.capabilities.scorer import (
    COVERED,
    CapabilityScorer,
    any_of,
    interval_ends,
    load_calibration,
    nearness_probability,
)
from jobimpact.exposure.doubt.uncertain import with_doubt
from jobimpact.exposure.encoder.sentence import SentenceEncoder
from jobimpact.exposure.heads.rubric import AUTOMATION_OF_LEVEL
from jobimpact.exposure.score import DECIMALS, SCORE_COLUMNS, encode_scorable, score_columns
from jobimpact.exposure.texts import Texts, text_series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobimpact.exposure.capabilities.file import Capability
    from jobimpact.exposure.capabilities.scorer import CapabilityCalibration
    from jobimpact.exposure.encoder.sentence import Encoder


def capability_encoder(**options: Any) -> SentenceEncoder:
    """Return the encoder that capabilities are calibrated for: all-MiniLM-L6-v2 as published.

    The adapter that tunes it to the rubric is left out: it moves tasks together that raters label alike,
    and the similarity to a technology that they did not think of would no longer be one of meaning.
    """
    return SentenceEncoder(adapter=None, **options)


def score_capabilities(
    texts: Texts,
    encoder: Encoder,
    capabilities: Mapping[str, Capability] | None = None,
    calibration: CapabilityCalibration | None = None,
) -> pd.DataFrame:
    """Score n task texts by their nearness to `capabilities`, by default those of the package.

    The columns, with the index of `texts`: those of every scored file; for every capability
    ``exposure_NAME``, the probability that it covers the task (:class:`CapabilityScorer`); ``capability``,
    the name of the one with the highest; ``uncertain`` and ``uncertain_reason``.

    With the package's own, ``p_e0 p_e1 p_e2`` are probabilities of a human rater's label by multinomial
    regression on the nearness to all of them, and ``automation`` is T0..T4 on 0..1 by the same regression
    on GPT-4's label. They speak of language models and software built on them, as the labels do (Eloundou
    et al. 2024, doi:10.1126/science.adj0998); robots and the like count in their own column only.

    With others, ``beta`` is the probability that at least one covers the task, 1 - prod(1 - exposure_NAME).
    They are scored as described, nothing is still to be built on them: ``p_e1`` = ``alpha`` = ``beta`` =
    ``gamma``, ``p_e2`` = 0. ``beta_low beta_high`` is the 90 % interval for "covered", 0 or 1, its ends among them; that it
    covers 90 % was seen for language capabilities and is assumed for others. ``automation`` is missing,
    with a MissingScoreWarning: nobody has labelled it.

    Raises
    ------
    ModelError
        If the calibration was made for another encoder.
    InputError
        If no row has text.
    """
    texts = text_series(texts)
    capabilities = read_capabilities() if capabilities is None else capabilities
    calibration = calibration or load_calibration()
    scorer = make_scorer(capabilities, encoder, calibration)
    doubt, scorable, vectors = encode_scorable(texts, encoder)
    nearness = scorer.transform(vectors)
    exposures = nearness_probability(nearness, calibration.intercept, calibration.slope)
    if capabilities_hash(capabilities) == calibration.capabilities_hash:
        label = calibration.label_probabilities(nearness)
        ends = interval_ends(calibration.label_quantile, label)
        automation = calibration.automation_probabilities(nearness) @ AUTOMATION_OF_LEVEL
    else:
        label = covered_probabilities(any_of(exposures))
        ends = interval_ends(calibration.any_quantile, label, labels=COVERED)
        automation = np.full(len(exposures), np.nan)
        warnings.warn(
            f"automation is missing in all {len(texts)} rows: how much of a task these {len(capabilities)} "
            "capabilities take over is labelled nowhere; beta is the probability that at least one of them covers it",
            MissingScoreWarning,
            stacklevel=2,
        )
    contract = score_columns(label, ends, automation)
    columns = [*SCORE_COLUMNS, *(f"exposure_{name}" for name in capabilities)]
    scores = pd.DataFrame(np.nan, index=texts.index, columns=columns)
    scores.loc[scorable] = np.column_stack([contract, np.round(exposures, DECIMALS)])
    strongest = np.full(len(texts), None, dtype=object)
    strongest[scorable] = np.array(scorer.names_, dtype=object)[exposures.argmax(axis=1)]
    return with_doubt(scores.assign(capability=strongest), doubt, ends.empty)


def make_scorer(capabilities: Mapping[str, Capability], encoder: Encoder, calibration: CapabilityCalibration) -> CapabilityScorer:
    """Return the scorer of `capabilities`, with the step to a probability learnt in `calibration`."""
    if encoder.weights_hash != calibration.encoder_hash:
        raise ModelError(
            f"capabilities are calibrated for encoder weights {calibration.encoder_hash[:12]}... (all-MiniLM-L6-v2 as "
            f"published), the model has {encoder.weights_hash[:12]}...: use `capability_encoder()`"
        )
    vectors = {name: encoder.encode(capability.statements) for name, capability in capabilities.items()}
    return CapabilityScorer(intercept=calibration.intercept, slope=calibration.slope).fit(calibration.background, vectors)


def covered_probabilities(covered: np.ndarray) -> np.ndarray:
    """Return the (n, 3) probabilities of E0, E1, E2 where a task is covered directly, with `covered` (n,), or not at all."""
    return np.column_stack([1 - covered, covered, np.zeros(len(covered))])
