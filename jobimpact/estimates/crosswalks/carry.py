"""Employment and scores carried from one classification to another: nothing is made, and what gets lost is listed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.estimates.crosswalks.shares import ASSUMED, check_amounts, check_crosswalk, share_sums, system
from jobimpact.tables import check_table, table_columns

_LISTED = 3  # codes that a sentence names


@dataclass(frozen=True)
class ConvertedEmployment:
    """Employment in another classification, and what did not arrive there.

    ``str()`` of it says in a sentence how much arrived, over what shares, and what did not.

    Attributes
    ----------
    employment
        Table ``converted_employment``.
    without_partner
        Table ``without_partner``: codes, or parts of codes, that the crosswalk leads nowhere, the largest
        first.
    unknown
        Codes whose employment is missing; they are in no sum.
    total
        Jobs given. It is the sum of ``employment`` and ``employment_lost`` but for rounding.
    from_system, to_system
        Names of the classifications.
    """

    employment: pd.DataFrame
    without_partner: pd.DataFrame
    unknown: list[str]
    total: float
    from_system: str
    to_system: str

    def __str__(self) -> str:
        """Return what arrived and what did not, in a sentence."""
        arrived, missing = self.employment["employment"].sum(), self.without_partner["employment_lost"].sum()
        assumed = self.employment["employment_assumed"].sum()
        return (
            f"Of {self.total:,.0f} jobs in {self.from_system}, {arrived:,.0f} ({_percent(arrived, self.total)}) are in "
            f"{len(self.employment):,} codes of {self.to_system}, {_percent(assumed, self.total)} over assumed shares; "
            f"{missing:,.0f} have no partner{_first_codes(self.without_partner)}; {len(self.unknown)} codes have no employment."
        )


@dataclass(frozen=True)
class ConvertedScores:
    """Scores in another classification, and what they rest on.

    ``str()`` of it says in a sentence how many codes have a score and what did not count.

    Attributes
    ----------
    scores
        Table ``converted_scores``.
    without_partner
        Table ``without_partner``: codes with a score, or parts of them, that the crosswalk leads nowhere.
    without_employment
        Codes that have a score and no employment, although employment was given: they count only where no
        other source of a code has both.
    from_system, to_system
        Names of the classifications.
    """

    scores: pd.DataFrame
    without_partner: pd.DataFrame
    without_employment: list[str]
    from_system: str
    to_system: str

    def __str__(self) -> str:
        """Return how many codes have a score and what did not count, in a sentence."""
        n_scored = int(self.scores["converted_score"].notna().sum())
        weighted = int(self.scores["score_weights"].eq("employment").sum())
        return (
            f"{n_scored:,} of {len(self.scores):,} codes of {self.to_system} have a score from {self.from_system}, "
            f"{weighted:,} weighted by employment; {len(self.without_partner)} codes with a score have no partner"
            f"{_first_codes(self.without_partner)}, {len(self.without_employment)} no employment."
        )


def convert_employment(employment: pd.Series, crosswalk: pd.DataFrame) -> ConvertedEmployment:
    """Carry employment over a crosswalk, so that none is made and none is lost unseen.

    Parameters
    ----------
    employment
        Jobs by ``from_code``; missing where unknown.
    crosswalk
        Table ``crosswalk``.

    Returns
    -------
    ConvertedEmployment
        The jobs of a code are the sum of its sources' jobs times their shares.

    Raises
    ------
    InputError
        As `check_crosswalk`; if a code stands twice in `employment` or has a negative number.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> converted = convert_employment(pd.Series({"31-1120": 1000.0, "99-9999": 10.0}), read_oews_to_soc_2018())
    >>> converted.employment[["to_code", "employment"]].to_numpy().tolist()
    [['31-1121', 500.0], ['31-1122', 500.0]]
    >>> converted.without_partner.to_numpy().tolist()
    [['99-9999', 1.0, 10.0]]
    """
    check_crosswalk(crosswalk)
    jobs = check_amounts(employment, "employment")
    pairs = _with_amounts(crosswalk, jobs, "jobs").dropna(subset=["jobs"])
    flow = pairs["jobs"] * pairs["share"]
    assumed = flow.where(pairs["share_basis"].isin(ASSUMED), 0.0)
    target = pairs["to_code"]
    arrived = pd.DataFrame(
        {
            "employment": flow.groupby(target).sum(),
            "employment_assumed": assumed.groupby(target).sum(),
            "n_from": target.groupby(target).size().astype("int64"),
        }
    )
    return ConvertedEmployment(
        check_table("converted_employment", _with_titles(arrived, crosswalk)[table_columns("converted_employment")]),
        _without_partner(jobs.index, crosswalk, jobs),
        jobs.index[jobs.isna()].to_list(),
        float(jobs.sum()),
        system(crosswalk, "from_system"),
        system(crosswalk, "to_system"),
    )


def convert_scores(scores: pd.Series, crosswalk: pd.DataFrame, employment: pd.Series | None = None) -> ConvertedScores:
    """Carry scores per worker over a crosswalk: means over the sources of a code, weighted by the jobs that they send.

    Parameters
    ----------
    scores
        A score by ``from_code`` that is a mean over workers (an exposure, a share, an index); missing where
        unknown.
    crosswalk
        Table ``crosswalk``.
    employment
        Jobs by ``from_code``. Without it a source weighs what its share is, as if all sources were equally
        large.

    Returns
    -------
    ConvertedScores
        The score of a code lies between those of its sources; a code none of whose sources has a score has
        none.

    Raises
    ------
    InputError
        As `check_crosswalk`; if a code stands twice, a score is no number, or employment is negative.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> converted = convert_scores(pd.Series({"31-1120": 0.2}), read_oews_to_soc_2018())
    >>> converted.scores.dropna(subset=["converted_score"])[["to_code", "converted_score"]].to_numpy().tolist()
    [['31-1121', 0.2], ['31-1122', 0.2]]
    """
    check_crosswalk(crosswalk)
    values = check_amounts(scores, "scores", negative=True)
    nothing = pd.Series(np.nan, index=values.index)
    jobs = nothing if employment is None else check_amounts(employment, "employment")
    pairs = _with_amounts(_with_amounts(crosswalk, values, "value"), jobs, "jobs")
    converted = _weighted_scores(pairs)
    present = values.dropna()
    return ConvertedScores(
        check_table("converted_scores", _with_titles(converted, crosswalk)[table_columns("converted_scores")]),
        _without_partner(present.index, crosswalk, jobs.reindex(present.index)),
        [] if employment is None else [code for code in present.index if not jobs.get(code, 0.0) > 0],
        system(crosswalk, "from_system"),
        system(crosswalk, "to_system"),
    )


def _weighted_scores(pairs: pd.DataFrame) -> pd.DataFrame:
    target, value = pairs["to_code"], pairs["value"]
    by_jobs = (pairs["jobs"] * pairs["share"]).fillna(0.0)
    # Jobs count where any source of the code has both a score and jobs; only else do shares alone.
    usable = by_jobs.where(value.notna(), 0.0).groupby(target).transform("sum") > 0
    weight = by_jobs.where(usable, pairs["share"])
    counts = value.notna() & (weight > 0)
    counted_weight = weight.where(counts, 0.0)
    sums = counted_weight.groupby(target).sum()
    bounds = value.where(counts).groupby(target)
    # The quotient of two rounded sums can pass a bound by one unit in the last place.
    means = ((counted_weight * value.fillna(0.0)).groupby(target).sum() / sums.where(sums > 0)).clip(bounds.min(), bounds.max())
    total = weight.groupby(target).sum()
    return pd.DataFrame(
        {
            "converted_score": means,
            "n_from": target.groupby(target).size().astype("int64"),
            "n_scored": counts.groupby(target).sum().astype("int64"),
            "scored_share": (sums / total.where(total > 0)).clip(upper=1.0),
            "score_weights": np.where(means.isna(), "none", np.where(usable.groupby(target).first(), "employment", "shares")),
        }
    )


def _with_amounts(pairs: pd.DataFrame, amounts: pd.Series, name: str) -> pd.DataFrame:
    by_code = amounts.rename(name).rename_axis("from_code").reset_index()
    return pairs.merge(by_code, on="from_code", how="left", validate="many_to_one")


def _with_titles(targets: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    titles = dict(zip(crosswalk["to_code"], crosswalk["to_title"], strict=True))
    table = targets.rename_axis("to_code").reset_index()
    to_title = pd.Series([titles[code] for code in table["to_code"]], index=table.index, dtype=object)
    return table.assign(to_system=system(crosswalk, "to_system"), to_title=to_title)


def _without_partner(codes: pd.Index, crosswalk: pd.DataFrame, jobs: pd.Series) -> pd.DataFrame:
    # Jobs of a code that is in no pair would vanish in the merge; they are listed as without partner.
    part = 1 - share_sums(crosswalk).reindex(codes).fillna(0.0)
    table = pd.DataFrame({"from_code": codes, "part_lost": part.to_numpy(), "employment_lost": (part * jobs).to_numpy()})
    table = table[table["part_lost"] > assumption("crosswalks", "share_tolerance")]
    table = table.sort_values(["employment_lost", "from_code"], ascending=[False, True], ignore_index=True)
    return check_table("without_partner", table)


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f} %" if whole > 0 else "0 %"


def _first_codes(table: pd.DataFrame) -> str:
    if table.empty:
        return ""
    codes = list(table["from_code"].head(_LISTED))
    more = len(table) - len(codes)
    return f" ({', '.join(codes)}{f' and {more} more' if more else ''})"
