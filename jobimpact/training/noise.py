"""How well any predictor can agree with a rater's single label, given how far that label is noise.

With reliability R, the share of the variance of labels that a second labelling of the same tasks would repeat, no predictor
that has not seen the labels can correlate with them by more than sqrt(R) (Spearman 1904, doi:10.2307/1412159).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.exposure.heads.intervals import BETA_OF_LEVEL
from jobimpact.training.consensus import rater_levels
from jobimpact.training.heads import core_weights

_INTERVAL = (0.05, 0.95)
_BLOCK = 2048  # rows of the similarity matrix that are in memory at a time
_FEWEST_GROUPS = 10  # a bootstrap over fewer says nothing of the spread
_FEWEST_VALUES = 3


def noise_ceiling(
    labels: pd.DataFrame,
    vectors: np.ndarray | None = None,
    *,
    rater: str = "human",
    families: Mapping[str, Sequence[str]] | None = None,
    n_boot: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """Return estimates of the highest correlation that a predictor of beta can have with one rater's labels.

    `vectors` (n, d) of the texts are from an encoder that was not trained on these labels, for near
    duplicates. `families` are raters that share errors, by default the assumption ``families``; the
    one-factor estimate takes two other raters of different ones. `n_boot` bootstrap samples are drawn of
    texts or of SOC codes.

    Returns
    -------
    pandas.DataFrame
        One row per ``level`` (task, occupation) and ``method``, with ``reliability``, ``ceiling_r``, its
        square root, the 90 % interval ``low``, ``high`` of that, and ``n``, what the estimate rests on.

        - ``identical texts``: variance of the labels of one text in different SOC codes (n texts). Labelled
        by the same
          people in related occupations, such labels are likelier to agree: an upper bound.
        - ``identical texts, other major group``: the same over major groups, where hands and meaning differ
        more. - ``near duplicates``: half the squared difference of labels against similarity, extrapolated
        to 1 (n pairs):
          the nugget of a variogram (Matheron 1963, doi:10.2113/gsecongeo.58.8.1246). What similarity does
          not see counts as noise.
        - ``one factor, A and B``: r(rater, A) r(rater, B) / r(A, B) (Spearman 1904; n tasks or
        occupations). Errors that
          A and B share make it too low: a lower bound.

        At occupation level labels are means with weight 2 for Core tasks and 1 for others, and noise is
        taken for independent between tasks, which makes the first three upper bounds.
    """
    table = _prepare(labels, rater, vectors)
    rng = np.random.default_rng(seed)
    shares = _occupation_shares(table)
    rows: list[dict[str, object]] = []
    within: dict[str, tuple[float, np.ndarray, int]] = {
        "identical texts": _identical(table, "soc_code", rng, n_boot),
        "identical texts, other major group": _identical(table, "soc_major", rng, n_boot),
    }
    if vectors is not None:
        within["near duplicates"] = _near_duplicates(table, np.asarray(vectors), rng, n_boot)
    for method, (noise, draws, n) in within.items():
        rows += [
            _row(level, method, 1 - noise * share / total, 1 - draws * share / total, n)
            for level, (total, share) in shares.items()
        ]
    families = assumption("pooling", "families") if families is None else families
    for pair in _foreign_pairs(labels, rater, families):
        rows += [_one_factor(labels, rater, pair, level, rng, n_boot) for level in shares]
    result = pd.DataFrame(rows).dropna(subset=["reliability"])
    return result.sort_values("level", ascending=False, kind="stable", ignore_index=True)


def _prepare(labels: pd.DataFrame, rater: str, vectors: np.ndarray | None) -> pd.DataFrame:
    needed = ["onetsoc_code", "soc_code", "task", "task_type", rater]
    missing = [column for column in needed if column not in labels]
    if missing:
        raise InputError(f"found no column {missing[0]!r} in the labels; expected {', '.join(needed)}")
    if vectors is not None and len(vectors) != len(labels):
        raise InputError(f"found {len(vectors):,} vectors; expected one for each of {len(labels):,} labelled tasks")
    levels = rater_levels(labels, [rater])[:, 0]
    beta = np.where(levels >= 0, BETA_OF_LEVEL[levels], np.nan)
    return pd.DataFrame(
        {
            "onetsoc_code": labels["onetsoc_code"].to_numpy(),
            "soc_code": labels["soc_code"].to_numpy(),
            "soc_major": labels["soc_code"].str[:2].to_numpy(),
            "text": pd.factorize(labels["task"].str.casefold())[0],  # case makes no other task
            "weight": core_weights(labels),
            "beta": beta,
        }
    )


def _occupation_shares(table: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return, by level, the variance of labels and the share of a task's noise that is left in a mean."""
    rated = table.dropna(subset=["beta"])
    grouped = rated["weight"].groupby(rated["onetsoc_code"])
    totals = grouped.sum()
    means = (rated["beta"] * rated["weight"]).groupby(rated["onetsoc_code"]).sum() / totals
    left = (rated["weight"] ** 2).groupby(rated["onetsoc_code"]).sum() / totals**2
    return {"task": (float(rated["beta"].var()), 1.0), "occupation": (float(means.var()), float(left.mean()))}


def _identical(table: pd.DataFrame, apart: str, rng: np.random.Generator, n_boot: int) -> tuple[float, np.ndarray, int]:
    """Return the mean variance within a text over codes in column `apart`, its bootstrap draws, and the number of texts."""
    each = table.dropna(subset=["beta"]).drop_duplicates(["text", apart]).groupby("text")["beta"].var().dropna().to_numpy()
    if len(each) < _FEWEST_GROUPS:
        return np.nan, np.full(n_boot, np.nan), len(each)
    draws = np.array([each[rng.integers(len(each), size=len(each))].mean() for _ in range(n_boot)])
    return float(each.mean()), draws, len(each)


def _near_duplicates(
    table: pd.DataFrame, vectors: np.ndarray, rng: np.random.Generator, n_boot: int
) -> tuple[float, np.ndarray, int]:
    """Return the nugget of half the squared differences of labels against 1 - similarity, its draws, and the pairs."""
    first, second, similarity = _similar_pairs(table, vectors, assumption("pooling", "similar_from"))
    if len(first) < _FEWEST_GROUPS:
        return np.nan, np.full(n_boot, np.nan), len(first)
    beta = table["beta"].to_numpy()
    half = (beta[first] - beta[second]) ** 2 / 2
    # Boilerplate has hundreds of near-copies; without this they would be the whole sample.
    partners = np.bincount(np.concatenate([first, second]), minlength=len(table))
    weight = 1 / np.minimum(partners[first], partners[second])
    distance = 1 - similarity
    moments = weight[:, None] * np.column_stack([np.ones_like(half), distance, distance**2, half, distance * half])
    codes, numbers = np.unique(table["soc_code"].to_numpy()[first], return_inverse=True)
    by_code = np.stack([np.bincount(numbers, column, len(codes)) for column in moments.T], axis=1)
    draws = [_intercept(by_code[rng.integers(len(codes), size=len(codes))].sum(0)) for _ in range(n_boot)]
    return _intercept(by_code.sum(axis=0)), np.array(draws), len(first)


def _intercept(moments: np.ndarray) -> float:
    """Return the intercept of a weighted straight line from its sums w, wx, wxx, wy, wxy."""
    w, wx, wxx, wy, wxy = moments
    spread = w * wxx - wx**2
    return float((wy * wxx - wx * wxy) / spread) if spread > 0 else np.nan


def _similar_pairs(table: pd.DataFrame, vectors: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return numbers of rows (i < j) of other texts in other SOC codes that are at least so similar, and how similar."""
    rows = np.flatnonzero(table["beta"].notna())
    unit = vectors[rows] / np.linalg.norm(vectors[rows], axis=1, keepdims=True)
    codes, texts = pd.factorize(table["soc_code"])[0][rows], table["text"].to_numpy()[rows]
    pairs: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        similarity = unit[block] @ unit[start:].T
        i, j = np.nonzero(similarity >= least)
        distinct = (i < j) & (codes[block][i] != codes[start:][j]) & (texts[block][i] != texts[start:][j])
        i, j = i[distinct], j[distinct]
        pairs.append((rows[start + i], rows[start + j], np.minimum(similarity[i, j], 1)))  # rounding passes 1
    first, second, similar = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return first, second, similar


def _foreign_pairs(labels: pd.DataFrame, rater: str, families: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return pairs of raters in `labels` that are not in one family with each other or with `rater`."""
    family = {member: name for name, members in families.items() for member in members}
    others = [name for name in family if name in labels and family[name] != family.get(rater) and name != rater]
    return [(a, b) for a, b in combinations(others, 2) if family[a] != family[b]]


def _one_factor(
    labels: pd.DataFrame, rater: str, pair: tuple[str, str], level: str, rng: np.random.Generator, n_boot: int
) -> dict[str, object]:
    names = [rater, *pair]
    levels = rater_levels(labels, names)
    rated = np.asarray((levels >= 0).all(axis=1))
    tasks = labels[rated]
    values = pd.DataFrame(BETA_OF_LEVEL[levels[rated]], columns=names)
    codes = tasks["soc_code"].to_numpy()
    if level == "occupation":
        weight = core_weights(tasks)
        occupations = tasks["onetsoc_code"].to_numpy()
        totals = pd.Series(weight).groupby(occupations).sum()
        values = values.mul(weight, axis=0).groupby(occupations).sum().div(totals, axis=0)
        codes = values.index.str[:7].to_numpy()  # specialities of a SOC code are drawn together
    method = f"one factor, {pair[0]} and {pair[1]}"
    unique, numbers = np.unique(codes, return_inverse=True)
    if len(values) < _FEWEST_VALUES or len(unique) < _FEWEST_GROUPS:
        return _row(level, method, np.nan, np.array([]), len(values))
    points = values.to_numpy()
    draws = []
    for _ in range(n_boot):
        times = np.bincount(rng.integers(len(unique), size=len(unique)), minlength=len(unique))
        draws.append(_triad(points, times[numbers].astype(float)))
    return _row(level, method, _triad(points, np.ones(len(points))), np.array(draws), len(points))


def _triad(points: np.ndarray, weights: np.ndarray) -> float:
    """Return r01 r02 / r12 of weighted columns."""
    centred = points - np.average(points, axis=0, weights=weights)
    covariance = (centred * weights[:, None]).T @ centred
    r = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    return float(r[0, 1] * r[0, 2] / r[1, 2])


def _row(level: str, method: str, reliability: float, draws: np.ndarray, n: int) -> dict[str, object]:
    roots = np.sqrt(np.clip([*draws, reliability], 0, 1))
    whole = len(draws) and np.isfinite(draws).all()
    low, high = np.quantile(roots[:-1], _INTERVAL) if whole else (np.nan, np.nan)
    return {
        "level": level, "method": method, "reliability": float(reliability), "ceiling_r": float(roots[-1]),
        "low": float(low), "high": float(high), "n": int(n),
    }  # fmt: skip
