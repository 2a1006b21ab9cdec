"""Splits that do not leak: whole SOC codes, and no text on both sides."""

import numpy as np
import pandas as pd

from jobimpact.errors import InputError

_FEWEST = 2


def assign_folds(labels: pd.DataFrame, *, n_folds: int = 5, seed: int = 0) -> np.ndarray:
    """Return the fold of every row of `labels`, from 0, its SOC code dealt out within its major group.

    `seed` is that of the order in which the codes of a major group are dealt.
    """
    codes = np.array(sorted(labels["soc_code"].unique()))  # the deal must not hang on the order of rows
    if not _FEWEST <= n_folds <= len(codes):
        raise InputError(f"{len(codes)} SOC codes cannot make {n_folds} folds: use between {_FEWEST} and {len(codes)}")
    shuffled = np.random.default_rng(seed).permutation(codes)
    majors = np.array([code[:2] for code in shuffled])
    dealt = shuffled[np.argsort(majors, kind="stable")]
    fold_of = {code: number % n_folds for number, code in enumerate(dealt)}
    return labels["soc_code"].map(fold_of).to_numpy()


def leak_free(labels: pd.DataFrame, held_out: np.ndarray) -> np.ndarray:
    """Return the mask of rows that may be trained on: not held out, and no text that a held-out row also has.

    1,273 of the 19,265 task texts of O*NET 27.2 stand in several occupations: keeping SOC codes apart is not enough.
    """
    texts = labels["task"].str.casefold()
    return ~held_out & ~texts.isin(set(texts[held_out])).to_numpy()
