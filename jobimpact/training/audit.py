"""Is the model even-handed? Mean residuals of held-out predictions by group of occupations and tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.facts.codes import oews_code, soc_major
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.tables import check_table, table_columns

UNKNOWN = "unknown"
DIMENSIONS = ("all", "soc_major", "wage_quintile", "women_quintile", "length_quintile", "task_type", "job_zone")
_NEEDED = ("onetsoc_code", "soc_code", "task", "task_type", "beta", "beta_low", "beta_high", "human")
_NUMBERS = ("beta", "beta_low", "beta_high", "human")
_FEWEST = 2  # clusters; one has no spread
_LEAST_FOR_R = 3  # two points always lie on a line


def audit_groups(
    tasks: pd.DataFrame, *, demographics: pd.DataFrame | None = None, job_zones: pd.Series | None = None
) -> pd.DataFrame:
    """Return which groups every task is in: index of `tasks`, ``dimension group group_title``.

    Every SOC code counts once in the quantiles of median wage and share of women, every task in those of
    length; equal values stay together. A dimension is left out where its table is not given. No task is
    left out: what is not known is the group ``unknown``.
    """
    national = read_employment("national")
    codes = pd.Series(tasks["soc_code"].unique())
    published = oews_code(codes)  # OEWS publishes some codes together
    wage = published.map(national.set_index("soc_code")["a_median"]).set_axis(codes)
    dollars = "median wage {low:,.0f} to {high:,.0f} $"
    parts = [
        _named(pd.Series("all", index=tasks.index), "all", {"all": "All tasks"}),
        _by_major(tasks, national),
        _by_quantile(tasks["soc_code"], wage, "wage_quintile", dollars, "wage not known"),
    ]
    if demographics is not None:
        percent = _column(demographics, "share_women").reindex(codes) * 100
        wording = "{low:.0f} to {high:.0f} % women"
        parts.append(_by_quantile(tasks["soc_code"], percent, "women_quintile", wording, "share of women not known"))
    length = tasks["task"].str.len().astype("float64")
    task_rows = pd.Series(tasks.index, index=tasks.index)  # lengths are cut over tasks, not codes
    parts.append(_by_quantile(task_rows, length, "length_quintile", "{low:.0f} to {high:.0f} characters"))
    kind = tasks["task_type"].astype(object).where(tasks["task_type"].notna(), UNKNOWN)
    parts.append(_named(kind, "task_type", {"Core": "Core", "Supplemental": "Supplemental", UNKNOWN: "type not rated"}))
    if job_zones is not None:
        parts.append(_by_zone(tasks["onetsoc_code"], job_zones))
    return pd.concat(parts)


def _by_major(tasks: pd.DataFrame, national: pd.DataFrame) -> pd.DataFrame:
    titles = national[national["o_group"] == "major"].set_index("soc_code")["title"].to_dict()
    majors = soc_major(tasks["soc_code"])
    if majors.isna().any():
        raise InputError(f"{tasks['soc_code'][majors.isna()].iloc[0]!r} is no SOC 2018 code; expected such as 15-1252: mend it")
    return _named(majors, "soc_major", {code: titles.get(code, code) for code in sorted(majors.unique())})


def _by_quantile(members: pd.Series, values: pd.Series, dimension: str, wording: str, unknown: str = UNKNOWN) -> pd.DataFrame:
    """Cut `values` (by member) and give every task the group of its member; fewer groups where values repeat too often."""
    filled, quantiles = values.dropna(), assumption("audit", "quantiles")
    cut = pd.Series(dtype="float64") if filled.empty else pd.qcut(filled, quantiles, labels=False, duplicates="drop")
    order = {cell: str(number) for number, cell in enumerate(np.sort(cut.dropna().unique()), 1)}
    groups = cut.map(order)
    ends = filled.groupby(groups).agg(["min", "max"])
    titles = {str(name): wording.format(low=low, high=high) for name, low, high in ends.itertuples()}
    return _named(members.map(groups.to_dict()).astype(object).fillna(UNKNOWN), dimension, titles | {UNKNOWN: unknown})


def _by_zone(codes: pd.Series, job_zones: pd.Series) -> pd.DataFrame:
    if job_zones.index.duplicated().any():
        raise InputError("job zones have an O*NET-SOC code more than once; expected one zone for each: drop the copies")
    zone_of = job_zones.dropna().astype("int64").astype(str).to_dict()
    zones = codes.map(zone_of).astype(object).fillna(UNKNOWN)
    titles = {zone: f"job zone {zone}" for zone in sorted(set(zone_of.values()))}
    return _named(zones, "job_zone", titles | {UNKNOWN: "job zone not known"})


def _named(groups: pd.Series, dimension: str, titles: dict[str, str]) -> pd.DataFrame:
    table = pd.DataFrame({"dimension": dimension, "group": groups, "group_title": groups.map(titles)})
    rank = {name: rank for rank, name in enumerate(titles)}
    return table.iloc[np.argsort(table["group"].map(rank).to_numpy(), kind="stable")]


def _column(demographics: pd.DataFrame, name: str) -> pd.Series:
    missing = [column for column in ("soc_code", name) if column not in demographics]
    if missing:
        raise InputError(f"demographics lack {', '.join(missing)}; expected the table of read_cps_demographics: give that")
    if demographics["soc_code"].duplicated().any():
        raise InputError("demographics have a SOC code more than once; expected one row for each: drop the copies")
    return demographics.set_index("soc_code")[name]


def audit(
    predictions: pd.DataFrame, *, demographics: pd.DataFrame | None = None, job_zones: pd.Series | None = None
) -> pd.DataFrame:
    """Compare predicted with human beta in every group of occupations and tasks: the table ``audit``.

    ``bias`` is the mean over tasks of predicted minus human beta; its standard error and interval let
    residuals of the same SOC code depend on each other (:func:`clustered_mean`; with fewer than eight codes
    the 95 % interval covers about nine times in ten). ``p_adjusted`` is Holm's over all groups of the
    table. ``flag``: the bias is beyond the bound of data/audit.toml; ``established``: it also differs from
    zero by `p_adjusted`. Tasks whose occupation has no wage, share or zone are a group of their own.

    Parameters
    ----------
    predictions
        Held-out predictions, one row per task: ``onetsoc_code soc_code task task_type``, predicted ``beta``
        with the ends ``beta_low beta_high`` of its interval, and ``human``, the raters' label as beta (0,
        0.5, 1).
    demographics
        Table ``demographics``, for fifths by share of women.
    job_zones
        O*NET job zone, 1 to 5, by ``onetsoc_code``.
    """
    tasks = _checked(predictions)
    groups = audit_groups(tasks, demographics=demographics, job_zones=job_zones)
    keys = ["dimension", "group", "group_title"]
    numbers = tasks[list(_NUMBERS)].to_numpy("float64")
    clusters = pd.factorize(tasks["soc_code"])[0]
    rows = []
    for names, members in groups.groupby(keys, sort=False):
        group = members.index.to_numpy()
        rows.append(dict(zip(keys, names, strict=True)) | _measure(numbers[group], clusters[group]))
    table = pd.DataFrame(rows)
    table["p_adjusted"] = holm(table.pop("p").to_numpy())
    table["flag"] = table["bias"].abs() > assumption("audit", "bias_bound")
    table["established"] = table["flag"] & (table["p_adjusted"] < assumption("audit", "family_error"))
    return check_table("audit", table[table_columns("audit")])


def holm(p_values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return p-values adjusted so that the chance of any false finding among them stays below the level.

    Holm 1979, Scandinavian Journal of Statistics 6(2), 65-70; holds however the tests depend on each other.
    Missing values stay missing and are not counted.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype="float64")
    adjusted = np.full(len(values), np.nan)
    order = [index for index in np.argsort(values, kind="stable") if not np.isnan(values[index])]
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min((len(order) - rank) * float(values[index]), 1.0))
        adjusted[index] = highest
    return adjusted


@dataclass(frozen=True)
class ClusteredMean:
    """A mean of values that may depend on each other within clusters; `error` is missing where there is one cluster."""

    mean: float
    error: float
    freedom: float
    n_clusters: int


def clustered_mean(values: np.ndarray, clusters: np.ndarray) -> ClusteredMean:
    """Return the mean of `values` (n,), and its error however those of the same one of `clusters` (n,) depend on each other.

    Bell and McCaffrey 2002, Survey Methodology 28(2), 169-181, for a mean: sums of deviations s of clusters of size m give the
    variance sum(s^2 / (1 - m / n)) / n^2, and Satterthwaite's degrees of freedom, fewer where clusters are unequal. With equal
    clusters these are the usual factor G / (G - 1) and G - 1.
    """
    mean, n = float(values.mean()), len(values)
    _, numbers, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if len(sizes) < _FEWEST:
        return ClusteredMean(mean, np.nan, np.nan, len(sizes))
    sums = np.bincount(numbers, weights=values - mean)
    grown = 1 / (1 - sizes / n)  # a large cluster draws the mean towards itself
    across = grown * sizes**2 / n
    freedom = n**2 / float((sizes**2).sum() + across.sum() ** 2 - (across**2).sum())
    return ClusteredMean(mean, float(np.sqrt((grown * sums**2).sum()) / n), freedom, len(sizes))


def _measure(numbers: np.ndarray, clusters: np.ndarray) -> dict[str, Any]:
    from scipy.stats import t as student

    predicted, low, high, human = numbers.T
    bias = clustered_mean(predicted - human, clusters)
    reach = float(student.ppf(0.5 + assumption("audit", "interval_level") / 2, bias.freedom)) * bias.error
    varies = len(numbers) >= _LEAST_FOR_R and np.ptp(predicted) > 0 and np.ptp(human) > 0
    return {
        "n_tasks": len(numbers),
        "n_soc_codes": bias.n_clusters,
        "mean_predicted": float(predicted.mean()),
        "mean_human": float(human.mean()),
        "bias": bias.mean,
        "bias_se": bias.error,
        "bias_low": bias.mean - reach,
        "bias_high": bias.mean + reach,
        "p": _p_value(bias),
        "r_human": float(np.corrcoef(predicted, human)[0, 1]) if varies else np.nan,
        "coverage": float(((human >= low) & (human <= high)).mean()),
        "mean_width": float((high - low).mean()),
    }


def _p_value(bias: ClusteredMean) -> float:
    from scipy.stats import t as student

    if np.isnan(bias.error):
        return np.nan
    if bias.error == 0:  # residuals that are all alike leave nothing to chance
        return 1.0 if bias.mean == 0 else 0.0
    return float(2 * student.sf(abs(bias.mean) / bias.error, bias.freedom))


def _checked(predictions: pd.DataFrame) -> pd.DataFrame:
    missing = [column for column in _NEEDED if column not in predictions]
    if missing:
        raise InputError(f"held-out predictions lack {', '.join(missing)}; expected {', '.join(_NEEDED)}: add them")
    if predictions.empty:
        raise InputError("held-out predictions have no rows; expected one for each labelled task")
    numbers = predictions[list(_NUMBERS)]
    bad = ~((numbers >= 0) & (numbers <= 1)).all(axis=1) | predictions[["soc_code", "onetsoc_code", "task"]].isna().any(axis=1)
    if bad.any():
        first = predictions[bad].iloc[0]
        raise InputError(
            f"held-out predictions have {int(bad.sum()):,} of {len(predictions):,} rows with a missing cell or a number outside "
            f"0 to 1, first in {first['onetsoc_code']}; expected whole rows: leave out what was not scored"
        )
    return predictions.reset_index(drop=True)
