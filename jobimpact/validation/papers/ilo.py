"""Gmyrek et al., Generative AI and Jobs: A Refined Global Index, ILO Working Paper 140 (2025), doi:10.54394/HETP0387."""

from typing import Final

import pandas as pd

from jobimpact.sources.store.inputs import Inputs
from jobimpact.sources.tasks.isco import read_ilo_scores
from jobimpact.validation.papers.figure import Figure, withheld

_SOURCE: Final = "ilo-2025"


def groups_at(inputs: Inputs, potential: str) -> Figure:
    """Return how many unit groups have a gradient of exposure in 2025."""
    scores = _scores(inputs)
    groups = scores.drop_duplicates("isco_code")
    return _figure(scores, float(groups["potential25"].eq(potential).sum()), len(groups), "unit groups")


def vintages_r(inputs: Inputs) -> Figure:
    """Return Pearson's correlation over unit groups of the mean scores of 2023 and of 2025."""
    scores = _scores(inputs)
    means = scores.groupby("isco_code")[["score_2023", "score_2025"]].mean()
    return _figure(scores, float(means["score_2023"].corr(means["score_2025"])), len(means), "unit groups")


def models_r(inputs: Inputs) -> Figure:
    """Return Pearson's correlation over tasks of the scores by GPT-4o and by Gemini."""
    scores = _scores(inputs)
    both = scores[["gpt4o", "gemini"]].dropna()
    return _figure(scores, float(both["gpt4o"].corr(both["gemini"])), len(both), "tasks")


def _scores(inputs: Inputs) -> pd.DataFrame:
    return inputs.table(read_ilo_scores, _SOURCE, "Final_Scores_ISCO08_Gmyrek_et_al_2025.*", "ilo_2025_scores*.csv*")


def _figure(scores: pd.DataFrame, value: float, n: int, of: str) -> Figure:
    return Figure(value, n, of, (_SOURCE,), withheld(scores, "ilo_2025", key="isco_code"))
