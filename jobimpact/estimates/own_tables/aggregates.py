"""Exposure of any groups of employment by code, with the errors of sampling, of the model and of the crosswalk put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.matrices import quotient
from jobimpact.estimates.means.levels import SCORES
from jobimpact.estimates.means.weights import covered_share
from jobimpact.estimates.own_tables.match import user_design
from jobimpact.estimates.own_tables.survey import SurveyDesign, survey_mean
from jobimpact.estimates.variance.ledger import interval
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import scipy.sparse as sp
    from numpy.typing import NDArray

    from jobimpact.estimates.crosswalks.code_exposures import CodeExposures
    from jobimpact.estimates.own_tables.match import MatchedEmployment
    from jobimpact.estimates.own_tables.survey import ReplicateMethod, SurveyEstimate

_PARTS = ("sampling", "model", "weights", "crosswalk")
ERRORS = ["mean_se", "mean_low", "mean_high", *(f"se_{part}" for part in _PARTS), "sampling_df", "se_parts"]
# What is the same in all draws differs by rounding alone.
_ROUNDING = 1e-24


@dataclass(frozen=True)
class GroupMeans:
    """Mean exposures of G groups and how far beta may be off."""

    means: NDArray[np.float64]  # (G, 6) in the order of SCORES
    model_variance: NDArray[np.float64]  # (G,) of beta, missing where the study has no errors
    weights_variance: NDArray[np.float64]  # (G,) of beta, missing where one scheme of task weights is known
    crosswalk_variance: NDArray[np.float64]  # (G,) of beta, missing where no share is assumed
    deviations: NDArray[np.float64]  # (G, D) draws of beta less its mean that make these variances

    @property
    def beta(self) -> NDArray[np.float64]:
        """(G,) mean beta."""
        beta: NDArray[np.float64] = self.means[:, SCORES.index("exposure_beta")]
        return beta


def group_means(members: sp.csr_matrix, exposures: CodeExposures) -> GroupMeans:
    """Return the mean exposure of groups of codes, with the variances of beta that do not come from sampling.

    `members` is (G, K) employment of each code in each group. With the share a_gu of a scored occupation u in
    the mean of group g, var(model) = sum of a_gu^2 se_u^2: codes and groups that rest on the same occupation
    share its error, and the draws are those of the study's own ledger. Schemes of task weights are equally
    likely. Over M draws of the crosswalk, var(crosswalk) = (1 + 1/M) times the variance between draws (Rubin
    1987, doi:10.1002/9780470316696, equation 3.1.5). A level that all scores have in common is in none;
    `jobimpact debias` measures it.
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
    deviations = over_errors @ exposures.deviations()
    none = np.full(len(totals), np.nan)
    weights, crosswalk = none.copy(), none.copy()
    if len(exposures.shifts):
        weights = (over_errors @ exposures.shifts.T).var(axis=1)
    if n := len(exposures.weight_draws):
        betas = np.stack([shares @ (draw @ exposures.beta()) for draw in exposures.weight_draws], axis=1)
        crosswalk = (1 + 1 / n) * betas.var(axis=1, ddof=1)
        crosswalk[crosswalk < _ROUNDING] = 0.0
        spread = np.sqrt((n + 1) / (n - 1)) * (betas - betas.mean(axis=1, keepdims=True))
        order = np.random.default_rng(int(assumption("crosswalks", "seed"))).permutation(deviations.shape[1]) % n
        deviations = deviations + spread[:, order]
    model = np.asarray(over_errors.multiply(over_errors) @ (exposures.errors**2)).ravel()
    means, empty = np.clip(over_units @ exposures.scores, 0, 1), ~(totals > 0)
    for values in (means, model, weights, crosswalk, deviations):
        values[empty] = np.nan
    return GroupMeans(means, model, weights, crosswalk, deviations)


def combine_errors(
    groups: GroupMeans,
    values: NDArray[np.float64] | None = None,
    sampling: Sequence[SurveyEstimate] | None = None,
    *,
    level: float | None = None,
) -> pd.DataFrame:
    """Return `ERRORS`, one error and interval of each mean beta (G,), by default that of the groups, from the parts known.

    ``mean_se`` is the root of the sum of the variances known; parts that are not known are missing, and
    ``se_parts`` says which the sum has. The interval has quantiles of draws of all parts together, sampling by
    Student's t with the sample's degrees of freedom, ``sampling_df``, and holds the mean, see
    :func:`jobimpact.estimates.variance.ledger.interval`.

    Examples
    --------
    >>> deviations = np.random.default_rng(0).normal(0, 0.05, (1, 1000))
    >>> groups = GroupMeans(np.full((1, 6), 0.5), np.array([0.03**2]), np.array([0.04**2]), np.array([np.nan]), deviations)
    >>> combine_errors(groups)[["mean_se", "se_parts"]].to_numpy().tolist()
    [[0.05, 'model+weights']]
    """
    from scipy.special import stdtrit

    values = groups.beta if values is None else values
    n = len(values)
    sample = np.full(n, np.nan) if sampling is None else np.array([estimate.se**2 for estimate in sampling])
    df = np.full(n, np.nan) if sampling is None else np.array([estimate.df for estimate in sampling])
    variances = np.stack([sample, groups.model_variance, groups.weights_variance, groups.crosswalk_variance])
    finite = np.isfinite(variances)
    total = np.where(finite.any(axis=0), np.where(finite, variances, 0.0).sum(axis=0), np.nan)
    n_draws = groups.deviations.shape[1]
    order = np.random.default_rng(int(assumption("variance", "seed"))).permutation(n_draws)
    # Student's t with a million degrees of freedom is the normal to the last digit.
    scores = stdtrit(np.clip(np.nan_to_num(df, nan=1e6), 1.0, 1e6)[:, None], (order + 0.5) / n_draws)
    draws = values[:, None] + groups.deviations + np.sqrt(np.nan_to_num(sample))[:, None] * scores
    low, high = interval(draws, values, float(assumption("variance", "level")) if level is None else level)
    words = ["+".join(part for part, has in zip(_PARTS, column, strict=True) if has) or "none" for column in finite.T]
    without = np.isnan(total)
    table = {"mean_se": np.sqrt(total), "mean_low": np.where(without, np.nan, low), "mean_high": np.where(without, np.nan, high)}
    table |= {f"se_{part}": error for part, error in zip(_PARTS, np.sqrt(variances), strict=True)}
    return pd.DataFrame({**table, "sampling_df": np.where(np.isfinite(df), df, np.nan), "se_parts": words})[ERRORS]


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
    return combine_errors(group_means(members, exposures), values, level=level)


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
    scores = pd.DataFrame(means.means, columns=SCORES)
    table = cells.coverage().join(scores).join(cells.wages()).join(combine_errors(means, None, sampling, level=level))
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


def _checked_groups(groups: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    for name in by:
        if name not in groups:
            columns = ", ".join(map(str, groups)) or "those named by group_columns when reading, which are none"
            raise InputError(f"found no column {name!r} to group by; expected one of {columns}")
        if name in table_columns("user_aggregates"):
            raise InputError(f"found the column {name!r} to group by, which the result has too; expected another name: rename it")
    return groups[list(by)]
