"""What survives over the universes: members among the most exposed, pairs in their order, the claim at each level of a choice."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from jobimpact.tables import check_table, table_columns
from jobimpact.validation.robustness.estimands import FACTORS
from jobimpact.validation.robustness.members import Members
from jobimpact.validation.robustness.queries import Comparison, Query, Ranking


def member_survival(query: Query, values: np.ndarray, weights: np.ndarray, members: Members) -> pd.DataFrame:
    """Return the table ``robust_members`` of a question about a rank, the most frequent first.

    `values` (u, m) are those of the members in the evaluated universes, missing where a member has none.
    """
    columns = table_columns("robust_members")
    if not isinstance(query, Ranking):
        return pd.DataFrame(columns=columns)
    held = _among_top(values, query.k)
    survival, weighted = _shares(held, weights)
    table = pd.DataFrame(
        {
            "member": list(members.keys),
            "member_title": list(members.titles),
            "n_universes": (~np.isnan(held)).sum(axis=0).astype("int64"),
            "survival": survival,
            "survival_weighted": weighted,
        }
    )
    table = table.assign(verdict=_verdicts(table["survival"]))
    table = table.sort_values(["survival_weighted", "survival", "member"], ascending=[False, False, True], ignore_index=True)
    return check_table("robust_members", table[columns])


def pair_survival(query: Query, values: np.ndarray, weights: np.ndarray, members: Members) -> pd.DataFrame:
    """Return the table ``robust_pairs`` of a comparison of two of a kind: every pair in its more frequent order.

    Parameters are those of `member_survival`; without values (kinds of many members) the table is empty.
    """
    columns = table_columns("robust_pairs")
    if not isinstance(query, Comparison) or not values.shape[1]:
        return pd.DataFrame(columns=columns)
    table = _pair_shares(values, weights, members.keys)
    verdicts = np.where(table["survival"].lt(1) & table["reversed"].eq(0), "never reversed", _verdicts(table["survival"]))
    return check_table("robust_pairs", table.assign(verdict=verdicts)[columns])


def choice_survival(universes: pd.DataFrame, weights: np.ndarray) -> pd.DataFrame:
    """Return the table ``choice_survival``: how often the claim holds at each level of each choice."""
    rows = []
    cells = universes.assign(yes=universes["answer"].eq("yes").astype(float), weight=weights)
    for choice in FACTORS:
        for level, part in cells.groupby(choice, sort=False):
            yes, weight = part["yes"].to_numpy(float), part["weight"].to_numpy(float)
            weighted = float(yes @ weight / weight.sum()) if weight.sum() > 0 else np.nan
            rows.append((choice, level, len(part), yes.mean(), weighted, part["comparable"].mean()))
    table = pd.DataFrame(rows, columns=table_columns("choice_survival"))
    return check_table("choice_survival", table)


def _verdicts(survival: pd.Series) -> np.ndarray:
    return np.select([survival.eq(1), survival.eq(0), survival.isna()], ["always", "never", "not evaluated"], "sometimes")


def _shares(held: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return plain and weighted shares of universes in which each column of `held` (1, 0, missing) is 1."""
    # Missing values weigh in neither part: a member is judged by the universes that cover it.
    finite = ~np.isnan(held)
    filled = np.where(finite, held, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return filled.sum(axis=0) / finite.sum(axis=0), (weights @ filled) / (weights @ finite)


def _among_top(values: np.ndarray, k: int) -> np.ndarray:
    """Return (u, m) whether each member is among the `k` highest of its row; missing where it has no value."""
    order = np.full(values.shape, np.nan)
    for row, cells in enumerate(values):
        finite = cells[~np.isnan(cells)]
        # Members with equal values share a rank, the better one: a tie at the last place keeps both.
        higher = len(finite) - np.searchsorted(np.sort(finite), cells, side="right")
        order[row] = np.where(np.isnan(cells), np.nan, higher < k)
    return order


def _pair_shares(values: np.ndarray, weights: np.ndarray, keys: Sequence[str]) -> pd.DataFrame:
    """Return, for every pair of members, the side that is higher more often and in which share of universes it is."""
    rows = []
    for a in range(len(keys)):
        others = values[:, a + 1 :]
        both = ~np.isnan(values[:, [a]]) & ~np.isnan(others)
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = values[:, [a]] - others
            # A tie counts for neither order, so the two shares need not sum to 1.
            above, below = np.where(both, gap > 0, np.nan), np.where(both, gap < 0, np.nan)
        (up, up_weighted), (down, down_weighted) = _shares(above, weights), _shares(below, weights)
        for column, b in enumerate(range(a + 1, len(keys))):
            first = not down[column] > up[column]
            share, weighted = (up, up_weighted) if first else (down, down_weighted)
            names = (keys[a], keys[b]) if first else (keys[b], keys[a])
            against = (down if first else up)[column]
            rows.append((*names, int(both[:, column].sum()), share[column], weighted[column], against))
    return pd.DataFrame(rows, columns=["higher", "lower", "n_universes", "survival", "survival_weighted", "reversed"])
