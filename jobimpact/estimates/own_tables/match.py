"""Exposure of a user's own employment: codes of any level matched to exposure, means and shares with sampling errors."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.means.aggregates import CUTS, weighted_means
from jobimpact.estimates.means.definitions import Operator, above_cut
from jobimpact.estimates.means.levels import EXPOSURES
from jobimpact.estimates.means.soc_levels import SocLevel, soc_group
from jobimpact.estimates.means.weights import covered_share
from jobimpact.estimates.own_tables.survey import ReplicateMethod, SurveyDesign, SurveyEstimate, survey_mean, survey_ratio
from jobimpact.facts.codes import normalise_soc, oews_code
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from jobimpact.sources.jobs.user_employment import UserEmployment

_SOC_LEVELS: tuple[SocLevel, ...] = ("broad", "minor", "major")
_SHARE = "share_workers_50"


@dataclass(frozen=True)
class MatchedEmployment:
    """A user's employment with the exposure of each row.

    Attributes
    ----------
    employment
        As read.
    rows
        Its rows with ``code_used`` (the code that was looked for: of O*NET-SOC and OEWS codes sometimes a wider one),
        ``matched_at`` (what the exposure is of; missing where there is none) and the four ``exposure_*``.
    unknown
        Table ``unknown_codes``: codes without an exposure and their size, the largest first.
    """

    employment: UserEmployment
    rows: pd.DataFrame
    unknown: pd.DataFrame


def soc_exposures(occupations: pd.DataFrame) -> pd.DataFrame:
    """Return the exposure of SOC 2018 codes at all levels.

    Parameters
    ----------
    occupations
        Table ``occupations`` of a study.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``matched_at`` (``soc_detailed``, or ``soc_broad``, ``soc_minor``, ``soc_major``, ``all`` for means over
        scored detailed occupations weighted by OEWS employment) and the four ``exposure_*``.
    """
    scored = occupations.dropna(subset=["exposure_beta"])
    jobs = scored[scored["tot_emp"].gt(0)]
    parts = [
        scored.rename(columns={"soc_code": "code"}).assign(matched_at="soc_detailed"),
        *(_group_means(jobs, soc_group(jobs["soc_code"], level), f"soc_{level}") for level in _SOC_LEVELS),
        _group_means(jobs, pd.Series("00-0000", index=jobs.index), "all"),
    ]
    table = pd.concat(parts, ignore_index=True)[["code", "matched_at", *EXPOSURES]]
    # OEWS publishes some combinations under the code of the broad occupation: the more detailed row stays.
    return table.drop_duplicates("code", ignore_index=True)


def prefix_exposures(exposure: pd.DataFrame, code_column: str, separator: str = "") -> pd.DataFrame:
    """Return the exposure of codes of a classification whose groups are the starts of their codes, such as ISCO-08 and CSCO.

    Parameters
    ----------
    exposure
        `code_column` and ``exposure_*``, one row per detailed code.
    code_column
        ``isco_code`` or ``csco_code``.
    separator
        Between the parts of a code; none where every digit is a level.

    Returns
    -------
    pandas.DataFrame
        As :func:`soc_exposures`; a group has the mean of its codes with equal weights, as ``matched_at`` says.

    Raises
    ------
    InputError
        If no code has an exposure.
    """
    scores = (
        exposure.reindex(columns=[code_column, *EXPOSURES]).rename(columns={code_column: "code"}).dropna(subset=["exposure_beta"])
    )
    if scores.empty:
        raise InputError(f"found no exposure of any {code_column}; expected exposure_beta of one code at least")
    parts = [scores.assign(matched_at="detailed")]
    pieces = scores["code"].str.split(separator) if separator else scores["code"].map(list)
    for level in range(int(pieces.map(len).max()) - 1, 0, -1):
        group = pieces.map(lambda piece, level=level: separator.join(piece[:level]) if len(piece) > level else None)
        means = scores[EXPOSURES].groupby(group).mean().rename_axis("code").reset_index()
        parts.append(means.assign(matched_at=f"level {level}, equal weights"))
    return pd.concat(parts, ignore_index=True)[["code", "matched_at", *EXPOSURES]].drop_duplicates("code", ignore_index=True)


def match_employment(employment: UserEmployment, exposures: pd.DataFrame) -> MatchedEmployment:
    """Return each row of a user's employment with the exposure of its code.

    Parameters
    ----------
    employment
        See :func:`jobimpact.sources.jobs.user_employment.read_user_employment`.
    exposures
        ``code``, ``matched_at`` and ``exposure_*``: see :func:`soc_exposures` and :func:`prefix_exposures`. For O*NET-SOC
        codes, rows of their own may stand in it; a code without one gets that of its SOC code.

    Returns
    -------
    MatchedEmployment
        Rows keep their order; a code without an exposure keeps its row.

    Raises
    ------
    InputError
        If a code stands twice in `exposures`.

    Warns
    -----
    CoverageWarning
        With the largest codes without an exposure, and their part of the weight.
    """
    twice = exposures["code"].duplicated()
    if twice.any():
        raise InputError(f"found {exposures.loc[twice, 'code'].iloc[0]} twice among the exposures; expected each code once")
    known = set(exposures["code"])
    codes = employment.rows["code"]
    lookup = codes
    if employment.classification in ("soc", "onetsoc"):
        plain = normalise_soc(codes)
        for fallback in (plain, oews_code(plain)):
            lookup = lookup.where(lookup.isin(known) | fallback.isna(), fallback)
    rows = employment.rows.assign(code_used=lookup).merge(
        exposures.rename(columns={"code": "code_used"}), on="code_used", how="left", validate="many_to_one"
    )
    unknown = _unknown(rows)
    if not unknown.empty:
        _warn_unknown(unknown, employment.name)
    return MatchedEmployment(employment, rows, unknown)


def estimate_user_groups(
    matched: MatchedEmployment,
    by: str | None = None,
    *,
    cut: float = CUTS[_SHARE],
    operator: Operator = ">=",
    method: ReplicateMethod = "sdr",
    fay: float = 0.0,
) -> pd.DataFrame:
    """Return exposure and its sampling error, of all rows or of each group.

    Parameters
    ----------
    matched
        See :func:`match_employment`.
    by
        One of the columns that were read to group by; all rows together when not given.
    cut, operator
        Of the share of workers above a cut.
    method, fay
        Of the replicate weights; see :class:`jobimpact.estimates.own_tables.survey.SurveyDesign`.

    Returns
    -------
    pandas.DataFrame
        Table ``user_groups``: coverage; the mean of exposure_beta, the share of workers above the cut, and the share of the
        wage bill that is exposed (missing without wages), each with ``_se``, ``_low`` and ``_high``; ``se_df`` and
        ``se_method``. The errors are those of sampling alone: not of the scores, and not of what a code without an exposure
        would have had.

    Raises
    ------
    InputError
        If there is no such group column, or the design cannot give a variance.
    """
    groups = matched.employment.groups
    if by is not None and by not in groups:
        known = ", ".join(map(str, groups)) or "those named by group_columns when reading, which are none"
        raise InputError(f"found no column {by!r} to group by; expected one of {known}")
    labels = pd.Series("all", index=matched.rows.index) if by is None else groups[by]
    design = user_design(matched.employment, method=method, fay=fay)
    rows = [_row(matched, labels == label, str(label), cut, operator, design) for label in dict.fromkeys(labels)]
    table = pd.DataFrame(rows).assign(group_type=by or "all", cut=cut, operator=operator)
    return check_table("user_groups", table.sort_values("group", ignore_index=True)[table_columns("user_groups")])


def user_design(employment: UserEmployment, *, method: ReplicateMethod = "sdr", fay: float = 0.0) -> SurveyDesign:
    """Return the sampling design that a user's table states."""
    rows = employment.rows

    def given(name: str) -> np.ndarray | None:
        return rows[name].to_numpy() if name in rows else None

    return SurveyDesign(
        strata=given("stratum"),
        psus=given("psu"),
        persons=employment.persons,
        sampling_fractions=given("sampling_fraction"),
        replicates=employment.replicates,
        method=method,
        fay=fay,
        cell_errors=given("weight_se"),
    )


def _row(
    matched: MatchedEmployment, inside: pd.Series, label: str, cut: float, operator: Operator, design: SurveyDesign
) -> dict[str, object]:
    rows = matched.rows
    exposure, given = rows["exposure_beta"].to_numpy(), rows["weight"].to_numpy()
    weights = np.nan_to_num(given)
    counted = inside.to_numpy() & np.isfinite(exposure) & (weights > 0)
    total, covered = float(weights[inside.to_numpy()].sum()), float(weights[counted].sum())
    mean = survey_mean(exposure, weights, design, counted)
    above = survey_mean(above_cut(exposure, cut, operator).astype(float), weights, design, counted)
    unknown = float("nan")
    bill = SurveyEstimate(unknown, unknown, unknown, unknown, unknown, mean.method)
    if "wage" in rows:
        wages = rows["wage"].to_numpy()
        bill = survey_ratio(wages * exposure, wages, weights, design, counted & np.isfinite(wages))
    row: dict[str, object] = {
        "group": label,
        "n_rows": int(inside.sum()),
        "tot_emp": total,
        "emp_matched": covered,
        "matched_share": float(covered_share([covered], [total])[0]),
        "cells_suppressed": int((inside & rows["weight"].isna()).sum()),
        "se_df": mean.df if np.isfinite(mean.df) else float("nan"),
        "se_method": mean.method,
    }
    for name, found in (("exposure_beta", mean), ("share_above", above), ("exposed_wage_share", bill)):
        row |= {name: found.value, f"{name}_se": found.se, f"{name}_low": found.low, f"{name}_high": found.high}
    return row


def _group_means(jobs: pd.DataFrame, group: pd.Series, matched_at: str) -> pd.DataFrame:
    means = weighted_means(jobs.assign(code=group), EXPOSURES, "tot_emp", "code")
    return means.rename_axis("code").reset_index().assign(matched_at=matched_at)


def _unknown(rows: pd.DataFrame) -> pd.DataFrame:
    lost = rows[rows["exposure_beta"].isna()]
    table = lost.groupby("code").agg(n_rows=("code", "size"), tot_emp=("weight", "sum")).reset_index()
    table = table.assign(emp_share=table["tot_emp"] / rows["weight"].sum())
    table = table.sort_values(["tot_emp", "code"], ascending=[False, True], ignore_index=True)
    return table.astype({"n_rows": "int64"}).rename(columns={"code": "unknown_code"})[table_columns("unknown_codes")]


def _warn_unknown(unknown: pd.DataFrame, name: str) -> None:
    shown = unknown.head(int(assumption("distributions", "largest_unknown")))
    pairs = zip(shown["unknown_code"], shown["tot_emp"], strict=True)
    named = ", ".join(f"{code or '(no code)'} ({size:,.0f})" for code, size in pairs)
    warnings.warn(
        f"{name}: {len(unknown)} codes have no exposure, with {unknown['tot_emp'].sum():,.0f} "
        f"({100 * unknown['emp_share'].sum():.1f} %) of the weight: {named}{', ...' if len(unknown) > len(shown) else ''}",
        CoverageWarning,
        stacklevel=3,
    )
