"""Exposure of any groups of employment by code, with the errors of sampling, of the model and of the crosswalk put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.matrices import quotient
from jobimpact.estimates.means.aggregates import CUTS
from jobimpact.estimates.means.definitions import above_cut
from jobimpact.estimates.means.levels import EXPOSURES
from jobimpact.estimates.means.weights import covered_share
from jobimpact.estimates.own_tables.match import user_design
from jobimpact.estimates.own_tables.survey import SurveyDesign, survey_mean
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray

    from jobimpact.estimates.crosswalks.code_exposures import CodeExposures
    from jobimpact.estimates.own_tables.match import MatchedEmployment
    from jobimpact.estimates.own_tables.survey import ReplicateMethod, SurveyEstimate

ERRORS = ["mean_se", "mean_low", "mean_high", "mean_df", "se_sampling", "se_model", "se_crosswalk", "se_parts"]
_PARTS = ("sampling", "model", "crosswalk")


@dataclass(frozen=True)
class GroupMeans:
    """Mean exposures of G groups and how far beta may be off."""

    means: NDArray[np.float64]  # (G, 4) in the order of EXPOSURES
    model_variance: NDArray[np.float64]  # (G,) of beta, missing where the study has no errors
    crosswalk_variance: NDArray[np.float64]  # (G,) of beta, missing where no share is assumed
    n_draws: int  # of the shares; 0 where none is assumed


def group_means(members: sp.csr_matrix, exposures: CodeExposures) -> GroupMeans:
    """Return the mean exposure of groups of codes, with the variances of beta that do not come from sampling.

    `members` is (G, K) employment of each code in each group. With the share a_gu of a scored occupation u in
    the mean of group g, var(model) = sum of a_gu^2 se_u^2: codes and groups that rest on the same occupation
    share its error. Over M draws of the crosswalk, var(crosswalk) = (1 + 1/M) times the variance between
    draws (Rubin 1987, doi:10.1002/9780470316696, equation 3.1.5). A level that all scores have in common is
    in neither; `jobimpact debias` measures it.
    """
    import scipy.sparse as sp

    totals = np.asarray(members.sum(axis=1)).ravel()
    inverse = np.divide(1.0, totals, out=np.full(len(totals), np.nan), where=totals > 0)
    shares = sp.diags(inverse) @ members
    over_units = shares @ exposures.weights
    n_units, n_errors = len(exposures.error_of), len(exposures.errors)
    # Codes that rest on one occupation share its error, so shares are summed by occupation before they are squared.
    to_error = sp.csr_matrix((np.ones(n_units), (np.arange(n_units), exposures.error_of)), shape=(n_units, n_errors))
    over_errors = (over_units @ to_error).tocsr()
    model = np.asarray(over_errors.multiply(over_errors) @ (exposures.errors**2)).ravel()
    means = np.clip(over_units @ exposures.scores, 0, 1)
    empty = ~(totals > 0)
    crosswalk, n_draws = np.full(len(totals), np.nan), len(exposures.weight_draws)
    if n_draws:
        betas = np.stack([shares @ (weights @ exposures.beta()) for weights in exposures.weight_draws], axis=1)
        crosswalk = (1 + 1 / n_draws) * betas.var(axis=1, ddof=1)
        # What is the same in all draws differs by rounding alone.
        crosswalk[crosswalk < _ROUNDING] = 0.0
    means[empty], model[empty], crosswalk[empty] = np.nan, np.nan, np.nan
    return GroupMeans(means, model, crosswalk, n_draws)


def combine_errors(
    values: NDArray[np.float64],
    groups: GroupMeans,
    sampling: Sequence[SurveyEstimate] | None = None,
    *,
    level: float | None = None,
) -> pd.DataFrame:
    """Return `ERRORS`, one error and interval of each mean beta (G,) from the parts that are known.

    ``mean_se`` is the root of the sum of the variances known; the interval is by Student's t with
    ``mean_df``, missing where it is as good as infinite; parts that are not known are missing, and
    ``se_parts`` says which the sum has. Degrees of freedom: (sum of v)^2 / sum(v^2 / df) over the parts, df
    being that of the sample, infinite for the model and M - 1 for M draws (Satterthwaite 1946, Biometrics
    Bulletin 2(6), doi:10.2307/3002019). With the crosswalk's part alone beside one of infinite df that is
    Rubin's (M - 1)(1 + 1/r)^2; with sampling alone it is the sample's own.

    Examples
    --------
    >>> groups = GroupMeans(np.array([[0.1, 0.5, 0.7, 0.3]]), np.array([0.03**2]), np.array([0.04**2]), n_draws=50)
    >>> combine_errors(np.array([0.5]), groups)[["mean_se", "mean_df", "se_parts"]].round(3).to_numpy().tolist()
    [[0.05, 119.629, 'model+crosswalk']]
    """
    from scipy.special import stdtrit

    n = len(values)
    sample, sample_df = np.full(n, np.nan), np.full(n, np.nan)
    if sampling is not None:
        sample = np.array([estimate.se**2 for estimate in sampling])
        sample_df = np.array([estimate.df for estimate in sampling])
    variances = np.stack([sample, groups.model_variance, groups.crosswalk_variance])
    sample_df = np.where(np.isnan(sample_df), np.inf, sample_df)
    freedom = np.stack([sample_df, np.full(n, np.inf), np.full(n, max(groups.n_draws - 1.0, 1.0))])
    finite = np.isfinite(variances)
    total = np.where(finite.any(axis=0), np.where(finite, variances, 0.0).sum(axis=0), np.nan)
    # Satterthwaite: degrees of freedom of a sum of variances, each known with its own.
    uncertain = (np.where(finite, variances, 0.0) ** 2 / freedom).sum(axis=0)
    df = np.divide(total**2, uncertain, out=np.full(n, np.inf), where=uncertain > 0)
    level = float(assumption("aggregate", "interval_level")) if level is None else level
    half = np.sqrt(total) * stdtrit(np.minimum(df, _NORMAL), (1 + level) / 2)
    words = ["+".join(part for part, has in zip(_PARTS, column, strict=True) if has) or "none" for column in finite.T]
    table = {"mean_se": np.sqrt(total), "mean_low": values - half, "mean_high": values + half}
    table["mean_df"] = np.where((df < _NORMAL) & np.isfinite(total), df, np.nan)
    table |= {f"se_{part}": error for part, error in zip(_PARTS, np.sqrt(variances), strict=True)}
    return pd.DataFrame(table).assign(se_parts=pd.Series(words, dtype=object))[ERRORS]


def errors_of_cells(
    cells: pd.DataFrame, order: Sequence[str], values: NDArray[np.float64], exposures: CodeExposures, level: float | None
) -> pd.DataFrame:
    """Return :func:`combine_errors` of groups of published cells, for which no sampling is known.

    `cells` has ``group code tot_emp``, and `order` the groups in the order of `values`, their mean beta.
    Cells of codes without an exposure do not count.
    """
    import scipy.sparse as sp

    group = pd.Index(order).get_indexer(pd.Index(cells["group"]))
    code = exposures.codes.get_indexer(pd.Index(cells["code"]))
    jobs = np.nan_to_num(cells["tot_emp"].to_numpy(dtype=float))
    counts = (group >= 0) & (code >= 0) & (jobs > 0)
    members = sp.csr_matrix((jobs[counts], (group[counts], code[counts])), shape=(len(order), len(exposures.codes)))
    return combine_errors(values, group_means(members, exposures), level=level)


def estimate_user_aggregates(
    matched: MatchedEmployment,
    exposures: CodeExposures,
    by: Sequence[str] = (),
    *,
    method: ReplicateMethod = "sdr",
    fay: float = 0.0,
    level: float | None = None,
) -> pd.DataFrame:
    """Return table ``user_aggregates``, with the columns `by` first where there are groups."""
    groups = _checked_groups(matched.employment.groups, by)
    order = groups.drop_duplicates().sort_values(list(by), kind="stable") if len(by) else groups.iloc[:1]
    number = np.zeros(len(groups), dtype=int)
    if len(by):
        numbered = order.reset_index(drop=True).assign(number_=range(len(order)))
        number = groups.merge(numbered, on=list(by), how="left", validate="many_to_one")["number_"].to_numpy()
    cells = _Cells.of(matched, exposures, number, len(order))
    means = group_means(cells.members(), exposures)
    design = user_design(matched.employment, method=method, fay=fay)
    sampling = [cells.sampling(group, design) for group in range(cells.n_groups)]
    beta = EXPOSURES.index("exposure_beta")
    table = cells.coverage().join(pd.DataFrame(means.means, columns=EXPOSURES)).join(cells.shares()).join(cells.wages())
    table = table.join(combine_errors(means.means[:, beta], means, sampling, level=level))
    table = table.assign(se_method=design.se_method())
    checked = check_table("user_aggregates", table[table_columns("user_aggregates")])
    return order[list(by)].reset_index(drop=True).join(checked)


@dataclass(frozen=True)
class _Cells:
    """Rows of a user's table as numbers: group, code (-1 without an exposure), weight (0 where suppressed), exposure."""

    n_groups: int
    group: NDArray[np.intp]
    code: NDArray[np.intp]
    weights: NDArray[np.float64]
    suppressed: NDArray[np.bool_]
    beta: NDArray[np.float64]
    wage: NDArray[np.float64] | None
    exposures: CodeExposures

    @classmethod
    def of(cls, matched: MatchedEmployment, exposures: CodeExposures, group: NDArray[np.intp], n_groups: int) -> _Cells:
        rows = matched.rows
        weights = rows["weight"].to_numpy(dtype=float)
        wage = rows["wage"].to_numpy(dtype=float) if "wage" in rows else None
        code = exposures.codes.get_indexer(pd.Index(rows["code_used"]))
        # -1 picks the last element, the appended missing value, for rows without an exposure.
        beta = np.append(np.clip(exposures.weights @ exposures.beta(), 0, 1), np.nan)[code]
        return cls(n_groups, group, code, np.nan_to_num(weights), np.isnan(weights), beta, wage, exposures)

    @property
    def matched(self) -> NDArray[np.bool_]:
        """Rows that have an exposure and a weight."""
        return (self.code >= 0) & (self.weights > 0)

    def sums(self, amounts: NDArray[np.float64], rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the sum of `amounts` over `rows` in each group."""
        return np.bincount(self.group[rows], weights=amounts[rows], minlength=self.n_groups).astype(np.float64)

    def counts(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return how many of `rows` each group has."""
        return np.bincount(self.group[rows], minlength=self.n_groups).astype(np.int64)

    def members(self) -> sp.csr_matrix:
        import scipy.sparse as sp

        rows = self.matched
        shape = (self.n_groups, len(self.exposures.codes))
        return sp.csr_matrix((self.weights[rows], (self.group[rows], self.code[rows])), shape=shape)

    def sampling(self, group: int, design: SurveyDesign) -> SurveyEstimate:
        return survey_mean(self.beta, self.weights, design, self.matched & (self.group == group))

    def coverage(self) -> pd.DataFrame:
        every = np.ones(len(self.group), dtype=bool)
        total, matched = self.sums(self.weights, every), self.sums(self.weights, self.matched)
        part = np.append(np.nan_to_num(self.exposures.scored_share), np.nan)[self.code]
        scored_share = quotient(self.sums(self.weights * part, self.matched), matched, np.nan)
        return pd.DataFrame(
            {
                "n_rows": self.counts(every),
                "cells_suppressed": self.counts(self.suppressed),
                "tot_emp": total,
                "emp_matched": matched,
                "matched_share": covered_share(matched, total),
                "jobs_scored_share": np.minimum(scored_share, 1.0),
            }
        )

    def shares(self) -> pd.DataFrame:
        matched = self.sums(self.weights, self.matched)
        shares = {}
        for name, cut in CUTS.items():
            above = above_cut(self.beta, cut).astype(float)
            shares[name] = quotient(self.sums(self.weights * above, self.matched), matched, np.nan)
        return pd.DataFrame(shares).clip(upper=1.0)

    def wages(self) -> pd.DataFrame:
        unknown = np.full(self.n_groups, np.nan)
        if self.wage is None:
            return pd.DataFrame({"wage_bill": unknown, "exposure_beta_wage_bill": unknown})
        bill, paid = self.weights * self.wage, self.matched & np.isfinite(self.wage)
        total, exposed = self.sums(bill, paid), self.sums(bill * self.beta, paid)
        # Without a matched row it is nothing; without a wage it is not known.
        wageless = (self.sums(paid.astype(float), paid) == 0) & (self.sums(self.weights, self.matched) > 0)
        share = np.clip(quotient(exposed, total, np.nan), 0, 1)
        return pd.DataFrame({"wage_bill": np.where(wageless, np.nan, total), "exposure_beta_wage_bill": share})


# Student's t with more degrees of freedom is the normal to the last digit.
_NORMAL = 1e6
_ROUNDING = 1e-24


def _checked_groups(groups: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    for name in by:
        if name not in groups:
            columns = ", ".join(map(str, groups)) or "those named by group_columns when reading, which are none"
            raise InputError(f"found no column {name!r} to group by; expected one of {columns}")
        if name in table_columns("user_aggregates"):
            raise InputError(f"found the column {name!r} to group by, which the result has too; expected another name: rename it")
    return groups[list(by)]
