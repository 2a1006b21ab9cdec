"""Own scores and published indices as voices on the same occupations: what they say together, and where they part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EnsembleMethod = Literal["one_factor", "equal"]
Standard = Literal["rank", "z"]

OWN_VOICE: Final = "jobimpact"
_FEWEST_VOICES = 3
_FEWEST_COMMON = 10
_MAX_STEPS = 2000
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Ensemble:
    """What several voices say of occupations.

    Attributes
    ----------
    scores
        Table ``ensemble_scores``, one row per occupation that any voice speaks of.
    percentiles
        Table ``voice_percentiles``: employment-weighted percentile of each occupation in each voice.
    weights
        One row per family of voices: ``voices``, ``n_occupations``, ``loading`` (correlation with what all share; missing
        for ``equal``), ``reliability``, its square, and ``weight``, its part in the score of an occupation of which all speak.
    """

    scores: pd.DataFrame
    percentiles: pd.DataFrame
    weights: pd.DataFrame

    def disagreements(self, n: int = 25) -> pd.DataFrame:
        """Return the `n` occupations on which voices part most, with each voice's percentile in a column."""
        chosen = self.scores[self.scores["n_voices"] > 1].nlargest(n, "voice_spread")
        wide = self.percentiles.pivot_table(index="soc_code", columns="voice", values="percentile").rename_axis(columns=None)
        return chosen.merge(wide, on="soc_code", how="left", validate="one_to_one")


def ensemble(
    occupations: pd.DataFrame,
    indices: pd.DataFrame,
    *,
    method: EnsembleMethod = "one_factor",
    standard: Standard = "rank",
    families: Mapping[str, Sequence[str]] | None = None,
    column: str = "exposure_beta",
) -> Ensemble:
    """Pool own exposure scores and published indices, by occupation.

    Each voice is brought to mean 0 and variance 1 over workers; voices of one family are averaged first, as they are one
    voice. ``one_factor``: x_k = l_k f + e_k, the loadings fitted to the correlations (unweighted least squares, Harman and
    Jones 1966, doi:10.1007/BF02289468), the score the mean of f given the voices that speak (Thomson's regression score):
    sum w_k x_k with w_k = (l_k / u_k) / (1 + sum l^2 / u), u_k = 1 - l_k^2, and its standard error 1 / sqrt(1 + sum l^2 / u).
    ``equal``: the mean of the voices that speak, and its standard error from their spread.

    Parameters
    ----------
    occupations
        Table ``occupations``; needs ``soc_code``, ``title``, ``tot_emp`` and `column`, the own voice.
    indices
        Table ``indices``: published voices on the same codes. Empty tables and missing voices are allowed.
    method
        How voices are weighed.
    standard
        ``rank``: normal scores of employment-weighted percentiles, so that the units of an index do not matter. ``z``: values
        less their mean, over their standard deviation.
    families
        Voices that are one, by name; by default the assumption ``index_families``.
    column
        Of `occupations`: the own score.

    Raises
    ------
    InputError
        If a column is missing, a voice speaks of no occupation with employment, voices have too few occupations in common, or
        ``one_factor`` has fewer than three families, which is what it takes to tell reliability.
    """
    if method not in {"one_factor", "equal"} or standard not in {"rank", "z"}:
        raise InputError(f"found method {method!r} and standard {standard!r}; expected one_factor or equal, and rank or z")
    values, employment = _collect(occupations, indices, column)
    percentiles = values.apply(_percentile, employment=employment)
    standardised = (_normal(percentiles) if standard == "rank" else values).apply(_to_unit, employment=employment)
    joined = _join_families(standardised, assumption("pooling", "index_families") if families is None else families, employment)
    if method == "one_factor":
        loadings = fit_loadings(_correlations(joined, employment))
        score, error, weights = _factor_scores(joined, loadings)
    else:
        loadings = pd.Series(np.nan, index=joined.columns)
        score, error, weights = _equal_scores(joined)
    return Ensemble(
        _score_table(occupations, percentiles, score, error, employment),
        _tidy_percentiles(percentiles),
        pd.DataFrame(
            {
                "voices": joined.columns, "n_occupations": joined.notna().sum().to_numpy(),
                "loading": loadings.to_numpy(), "reliability": loadings.to_numpy() ** 2, "weight": weights.to_numpy(),
            }
        ),
    )  # fmt: skip


def fit_loadings(correlations: pd.DataFrame) -> pd.Series:
    """Return the loadings of a one-factor model: those that minimise sum over j < k of (r_jk - l_j l_k)^2.

    Raises
    ------
    InputError
        If there are fewer than three variables, or a correlation is missing.

    Examples
    --------
    >>> loadings = np.array([0.9, 0.8, 0.7])
    >>> fit_loadings(pd.DataFrame(np.outer(loadings, loadings))).round(6).tolist()
    [0.9, 0.8, 0.7]
    """
    r = correlations.to_numpy().copy()
    if len(r) < _FEWEST_VOICES:
        raise InputError(
            f"found {len(r)} independent voices ({', '.join(map(str, correlations.columns))}); expected at least "
            f"{_FEWEST_VOICES} to tell how reliable each is: add an index or use method 'equal'"
        )
    if np.isnan(r).any():
        a, b = (str(correlations.columns[i]) for i in np.argwhere(np.isnan(r))[0])
        raise InputError(f"voices {a} and {b} have fewer than {_FEWEST_COMMON} occupations in common; leave one of them out")
    np.fill_diagonal(r, 0)
    most = np.sqrt(1 - assumption("pooling", "least_unique_variance"))
    loadings = np.full(len(r), np.sqrt(max(r.sum() / (len(r) * (len(r) - 1)), 0.01)))
    for _ in range(_MAX_STEPS):
        before = loadings.copy()
        for k in range(len(r)):  # each given the others is a regression of its correlations on their loadings
            others = np.delete(loadings, k)
            loadings[k] = np.clip(np.delete(r[k], k) @ others / (others @ others), -most, most)
        if np.abs(loadings - before).max() < _TOLERANCE:
            break
    return pd.Series(loadings, index=correlations.columns)


def _collect(occupations: pd.DataFrame, indices: pd.DataFrame, column: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return values (occupations by voices) and employment, 0 where it is not known."""
    needed = ["soc_code", "title", "tot_emp", column]
    missing = [name for name in needed if name not in occupations]
    if missing:
        raise InputError(f"found no column {missing[0]!r} in the occupations; expected {', '.join(needed)}")
    own = occupations[["soc_code", column]].rename(columns={column: "index_value"}).assign(voice=OWN_VOICE)
    voices = pd.concat([own, indices[["voice", "soc_code", "index_value"]]], ignore_index=True).dropna(subset=["index_value"])
    repeated = voices.duplicated(["voice", "soc_code"])
    if repeated.any():
        voice, code = voices.loc[repeated, ["voice", "soc_code"]].iloc[0]
        raise InputError(f"voice {voice!r} speaks of {code} more than once; expected one value for each occupation")
    values = voices.pivot_table(index="soc_code", columns="voice", values="index_value").rename_axis(columns=None)
    values = values[list(dict.fromkeys(voices["voice"]))]
    employment = occupations.set_index("soc_code")["tot_emp"].reindex(values.index).fillna(0.0)
    silent = [voice for voice in values if not employment[values[voice].notna()].sum() > 0]
    if silent:
        raise InputError(
            f"voice {silent[0]!r} speaks of no occupation with employment; expected codes such as 11-1011, as OEWS has"
        )
    return values, employment


def _percentile(values: pd.Series, *, employment: pd.Series) -> pd.Series:
    """Return the share of workers in lower occupations, ties counted half; occupations without workers are placed too."""
    known = values.dropna()
    by_value = employment[known.index].groupby(known).sum()
    below = (by_value.cumsum() - by_value / 2) / by_value.sum()
    return known.map(below)


def _normal(percentiles: pd.DataFrame) -> pd.DataFrame:
    from scipy.special import ndtri

    # An occupation without workers at an end has percentile 0 or 1, whose normal score has no end.
    edge = 1e-4
    scores: pd.DataFrame = percentiles.clip(edge, 1 - edge).apply(ndtri)
    return scores


def _to_unit(values: pd.Series, *, employment: pd.Series) -> pd.Series:
    """Return values with mean 0 and variance 1 over workers."""
    known = values.dropna()
    weight = employment[known.index] / employment[known.index].sum()
    centred = known - (known * weight).sum()
    spread = float(np.sqrt((centred**2 * weight).sum()))
    if not spread > 0:
        raise InputError(f"voice {values.name!r} says the same of every occupation; expected values that differ: leave it out")
    return centred / spread


def _join_families(values: pd.DataFrame, families: Mapping[str, Sequence[str]], employment: pd.Series) -> pd.DataFrame:
    groups = [[voice for voice in members if voice in values] for members in families.values()]
    single = [[str(voice)] for voice in values if not any(voice in group for group in groups)]
    together = {" + ".join(group): values[group].mean(axis="columns") for group in [*single, *groups] if group}
    joined: pd.DataFrame = pd.DataFrame(together).apply(_to_unit, employment=employment)
    return joined


def _correlations(values: pd.DataFrame, employment: pd.Series) -> pd.DataFrame:
    """Return employment-weighted correlations of columns over the occupations that both speak of."""
    result = pd.DataFrame(np.eye(values.shape[1]), index=values.columns, columns=values.columns)
    for i, a in enumerate(values):
        for b in values.columns[:i]:
            both = values[[a, b]].dropna()
            both = both[employment[both.index] > 0]
            if len(both) < _FEWEST_COMMON:
                result.loc[a, b] = result.loc[b, a] = np.nan
                continue
            covariance = np.cov(both.to_numpy().T, aweights=employment[both.index], ddof=0)
            result.loc[a, b] = result.loc[b, a] = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    return result


def _factor_scores(values: pd.DataFrame, loadings: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    unique = 1 - loadings**2
    information = values.notna().mul(loadings**2 / unique).sum(axis=1)
    score = values.mul(loadings / unique).sum(axis=1) / (1 + information)
    weights = (loadings / unique) / (loadings / unique).sum()
    return score, 1 / np.sqrt(1 + information), weights


def _equal_scores(values: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    n = values.notna().sum(axis=1)
    weights = pd.Series(1 / values.shape[1], index=values.columns)
    return values.mean(axis=1), values.std(axis=1) / np.sqrt(n), weights


def _score_table(
    occupations: pd.DataFrame, percentiles: pd.DataFrame, score: pd.Series, error: pd.Series, employment: pd.Series
) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "ensemble": score,
            "ensemble_se": error,
            "ensemble_percentile": _percentile(score, employment=employment),
            "voice_spread": percentiles.max(axis=1) - percentiles.min(axis=1),
            "n_voices": percentiles.notna().sum(axis=1).astype("int64"),
            "highest_voice": percentiles.idxmax(axis=1),
            "lowest_voice": percentiles.idxmin(axis=1),
        }
    )
    known = occupations[["soc_code", "title", "tot_emp"]]
    table = table.rename_axis("soc_code").reset_index().merge(known, on="soc_code", how="left", validate="one_to_one")
    return check_table("ensemble_scores", table[table_columns("ensemble_scores")])


def _tidy_percentiles(percentiles: pd.DataFrame) -> pd.DataFrame:
    tidy = percentiles.reset_index().melt("soc_code", var_name="voice", value_name="percentile").dropna(subset=["percentile"])
    return check_table("voice_percentiles", tidy.reset_index(drop=True)[table_columns("voice_percentiles")])
