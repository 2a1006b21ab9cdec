"""How far the change of an estimate between two studies may be off, where both share errors."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jobimpact.assumptions import assumption
from jobimpact.estimates.change.estimate import Estimate
from jobimpact.estimates.change.mixture import Mixture
from jobimpact.estimates.means.definitions import above_cut
from jobimpact.estimates.variance.exposures import draw_exposures, normal_scores, occupation_exposures
from jobimpact.estimates.variance.ledger import interval
from jobimpact.exposure.heads.components import label_variance, task_shares

Ends = tuple[float, float]


def change_intervals(mixture: Mixture, pairs: Sequence[tuple[Estimate, Estimate]]) -> list[Ends]:
    """Return the interval of the change of each pair of estimates, before and after, from common draws of both sides.

    Missing where a side does not know the errors of its scores or its employment, or has no such estimate of beta.
    Level, draws and seed are those of data/variance.toml.

    Notes
    -----
    The error of the mean of an occupation is u + sum(s v) over its tasks, s being their shares, see
    :func:`jobimpact.exposure.heads.components.occupation_standard_errors`. Two studies with one judge, encoder
    and heads have u in common, and v of the tasks that both scored; v of all others are independent. With the
    components a (shared) and b (own), and the variance q of a label, both errors have the covariance a
    sqrt(sum(s0 q) sum(s1 q)) + b sum(s0 s1 q), the last sum being over tasks of both; with another judge or
    model it is 0. At the correlation r the error of each is drawn as sd (sqrt(r) z + sqrt(1 - r) z'), z being
    the same for both. The scheme of task weights is the same in each draw, where both allow the same ones;
    studies that differ in theirs keep their own, as that is a cause of the change. To each draw of the
    exposures f is added the sampling of employment, whose variance in an estimate A is the sum over cells of
    (share x relative error x (f - A))^2, of the difference of both where they have the same cells.
    """
    sides, unknown = mixture.sides, (float("nan"), float("nan"))
    if any(side.components is None or "beta" not in side.scores for side in sides):
        return [unknown] * len(pairs)
    n, seed = int(assumption("variance", "draws")), int(assumption("variance", "seed"))
    codes, draws = _draw_both(mixture, n, seed)
    # Of the errors and the schemes, and of what is each side's own, are the first three.
    sampling = normal_scores((1, n), np.random.default_rng([seed, 3]))[0]
    same = sides[0].same_employment(sides[1])
    return [
        _interval(mixture, pair, codes, draws, sampling, same=same and pair[0].cell_key == pair[1].cell_key)
        if all(estimate.measure == "beta" for estimate in pair)
        else unknown
        for pair in pairs
    ]


def same_model(mixture: Mixture) -> bool:
    """Whether both sides have one judge, encoder and heads, so that their errors have a common part."""
    return bool(mixture.sides[0].model) and mixture.sides[0].model == mixture.sides[1].model


def _draw_both(mixture: Mixture, n: int, seed: int) -> tuple[pd.Index, list[NDArray[np.float64]]]:
    """Return the occupations of both sides, and by side (O, n) draws of their exposures, missing where it has none."""
    sides, tables = mixture.sides, []
    for number, side in enumerate(sides):
        weight = pd.Series(mixture.weights(number, number), index=side.tasks.index)
        beta = side.scores["beta"].where(weight > 0)
        tables.append(side.tasks.assign(beta=beta, task_weight=weight, oews=side.oews_codes))
    schemes = None if sides[0].weights == sides[1].weights else ()
    both = [
        occupation_exposures(table, table["oews"], components=side.components, schemes=schemes)
        for table, side in zip(tables, sides, strict=True)
    ]
    codes = both[0].codes.union(both[1].codes)
    rows = [one.codes.get_indexer(codes) for one in both]
    errors = [np.where(row >= 0, one.error_sd[row], 0.0) for one, row in zip(both, rows, strict=True)]
    covariance = _covariance(mixture, tables).reindex(codes).fillna(0.0).to_numpy()
    product = errors[0] * errors[1]
    common = np.clip(np.divide(covariance, product, out=np.zeros_like(product), where=product > 0), 0.0, 1.0)
    draws = []
    for number, (one, row, error) in enumerate(zip(both, rows, errors, strict=True)):
        options = np.where(row >= 0, one.options[:, row], np.nan)
        shared = replace(one, codes=codes, options=options, model_sd=error * np.sqrt(common), noise_sd=np.zeros(len(codes)))
        specific = normal_scores((len(codes), n), np.random.default_rng([seed, number + 1]))
        # One seed for both sides: the same errors and the same schemes.
        draws.append(draw_exposures(shared, n, np.random.default_rng(seed)) + (error * np.sqrt(1 - common))[:, None] * specific)
    return codes, draws


def _covariance(mixture: Mixture, tables: Sequence[pd.DataFrame]) -> pd.Series:
    """Return the covariance of both sides' errors by occupation, none where their models differ."""
    components = mixture.sides[0].components
    if components is None or not same_model(mixture):
        return pd.Series(dtype="float64")
    shares, variances = [], []
    for table in tables:
        shares.append(task_shares(table[table["beta"].notna()], "oews", "onetsoc_code").reindex(table.index).to_numpy())
        variances.append(label_variance(table["beta"]).to_numpy())
    sums = [pd.Series(shares[side] * variances[side]).groupby(tables[side]["oews"].to_numpy()).sum() for side in (0, 1)]
    rows, matched = mixture.exchangeable[0]
    product = shares[0] * shares[1][rows] * np.sqrt(variances[0] * variances[1][rows])
    both = pd.Series(np.where(matched, product, 0.0)).groupby(tables[0]["oews"].to_numpy()).sum()
    return components.shared * (sums[0] * sums[1]) ** 0.5 + components.own * both


def _interval(
    mixture: Mixture,
    pair: tuple[Estimate, Estimate],
    codes: pd.Index,
    draws: Sequence[NDArray[np.float64]],
    sampling: NDArray[np.float64],
    *,
    same: bool,
) -> Ends:
    """Return the interval of one change; `same` says whether both estimates are over the same cells of employment."""
    cells = []
    for number, (estimate, side) in enumerate(zip(pair, mixture.sides, strict=True)):
        averages = estimate.values(mixture.occupations(number, number, number))
        cells.append(estimate.cells(averages, side.employment).set_index("soc_code").reindex(codes))
    member = (cells[0]["weight"].notna() | cells[1]["weight"].notna()).to_numpy()
    points, levels, gaps, errors = [], [], [], []
    for estimate, exposure, table in zip(pair, draws, cells, strict=True):
        share = (table["weight"] / table["weight"].sum())[member].fillna(0.0).to_numpy()
        values = exposure[member]
        averaged = np.nan_to_num(values if estimate.cut is None else above_cut(values, estimate.cut, estimate.operator))
        points.append(share @ table["value"][member].fillna(0.0).to_numpy() if share.any() else np.nan)
        levels.append(share @ averaged)
        gaps.append(share[:, None] * (averaged - levels[-1]))
        # A cell that one side alone has a score for has no share in the other's estimate.
        errors.append(table["error"][member].fillna(0.0 if table["error"].notna().any() else np.nan).to_numpy())
    independent = errors[0] @ gaps[0] ** 2 + errors[1] @ gaps[1] ** 2
    variance = np.fmax(*errors) @ (gaps[1] - gaps[0]) ** 2 if same else independent
    changes = levels[1] - levels[0] + np.sqrt(variance) * sampling
    low, high = interval(changes[None], np.array([points[1] - points[0]]), float(assumption("variance", "level")), least=-1.0)
    return float(low[0]), float(high[0])
