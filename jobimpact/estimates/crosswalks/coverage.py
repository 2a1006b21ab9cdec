"""What a crosswalk covers: its pairs, the employment without partner, and the employment that many-to-many links carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.carry import convert_employment
from jobimpact.estimates.crosswalks.shares import ASSUMED, check_amounts, system
from jobimpact.tables import check_table, table_columns

if TYPE_CHECKING:
    from jobimpact.estimates.crosswalks.carry import ConvertedEmployment

LINKS = ("one-to-one", "many-to-one", "one-to-many", "many-to-many")


@dataclass(frozen=True)
class CrosswalkCoverage:
    """How far a crosswalk reaches, and how much of it is a guess.

    ``str()`` of it says the same in a sentence.

    Attributes
    ----------
    n_pairs, n_from, n_to
        Pairs, and codes on both sides.
    links
        Table ``crosswalk_links``, one row for each kind of link.
    assumed
        Jobs that go over shares that are assumed (equal, drawn, by likeness of texts).
    converted
        The employment carried over, with what finds no partner.
    """

    n_pairs: int
    n_from: int
    n_to: int
    links: pd.DataFrame
    assumed: float
    converted: ConvertedEmployment

    def __str__(self) -> str:
        """Return pairs, codes and the employment behind them in a sentence."""
        many = self.links.loc[self.links["link"].eq("many-to-many"), "link_employment_share"].sum()
        codes = f"{self.n_pairs:,} pairs of {self.n_from:,} and {self.n_to:,} codes"
        return f"{codes}, {100 * many:.1f} % of jobs many-to-many. {self.converted}"


def measure_crosswalk(crosswalk: pd.DataFrame, employment: pd.Series) -> CrosswalkCoverage:
    """Measure what a crosswalk covers of the employment given.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``.
    employment
        Jobs by ``from_code``; missing where unknown.

    Returns
    -------
    CrosswalkCoverage
        A link is one-to-many where its first code has several partners and its second code no other source, many-to-one the
        other way round, many-to-many where both have several.

    Raises
    ------
    InputError
        As `jobimpact.estimates.crosswalks.carry.convert_employment`.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> found = measure_crosswalk(read_oews_to_soc_2018(), pd.Series({"31-1120": 300.0, "11-1011": 100.0}))
    >>> found.links[["link", "link_employment"]].to_numpy().tolist()
    [['one-to-one', 100.0], ['many-to-one', 0.0], ['one-to-many', 300.0], ['many-to-many', 0.0]]
    """
    converted = convert_employment(employment, crosswalk)
    splits = crosswalk["from_code"].map(crosswalk["from_code"].value_counts()) > 1
    joins = crosswalk["to_code"].map(crosswalk["to_code"].value_counts()) > 1
    kind = pd.Series("one-to-one", index=crosswalk.index).mask(joins, "many-to-one").mask(splits, "one-to-many")
    kind = kind.mask(splits & joins, "many-to-many")
    moved = (crosswalk["from_code"].map(check_amounts(employment, "employment")) * crosswalk["share"]).fillna(0.0)
    links = pd.DataFrame(
        {
            "n_pairs": kind.groupby(kind).size().reindex(LINKS, fill_value=0).astype("int64"),
            "link_employment": moved.groupby(kind).sum().reindex(LINKS, fill_value=0.0),
        }
    )
    total = converted.total if converted.total > 0 else 1.0
    links = links.assign(link_employment_share=links["link_employment"] / total).rename_axis("link").reset_index()
    return CrosswalkCoverage(
        len(crosswalk),
        crosswalk["from_code"].nunique(),
        crosswalk["to_code"].nunique(),
        check_table("crosswalk_links", links[table_columns("crosswalk_links")]),
        float(moved[crosswalk["share_basis"].isin(ASSUMED)].sum()),
        converted,
    )


def compare_shares(crosswalk: pd.DataFrame, other: pd.DataFrame, employment: pd.Series | None = None) -> float:
    """Return how much of employment two crosswalks send to the same codes, from 0 to 1.

    The part of a code that both send to the same partner is the smaller of its two shares (1 less half the sum of absolute
    differences, the total variation distance). A likeness of texts is judged so against an official table.

    Parameters
    ----------
    crosswalk, other
        Tables ``crosswalk`` between the same classifications. Codes that only one of them has count as 0.
    employment
        Jobs by ``from_code``; without it all codes count alike.

    Raises
    ------
    InputError
        If a crosswalk has several classifications on a side, or none of its codes has employment.

    Examples
    --------
    >>> from jobimpact.sources.crosswalks.us import read_oews_to_soc_2018
    >>> compare_shares(read_oews_to_soc_2018(), read_oews_to_soc_2018())
    1.0
    """
    for side in ("from_system", "to_system"):
        system(pd.concat([crosswalk[[side]], other[[side]]]), side)
    both = crosswalk[["from_code", "to_code", "share"]].merge(
        other[["from_code", "to_code", "share"]],
        on=["from_code", "to_code"],
        how="inner",
        validate="one_to_one",
        suffixes=("", "_other"),
    )
    same = both[["share", "share_other"]].min(axis=1).groupby(both["from_code"]).sum()
    codes = sorted({*crosswalk["from_code"], *other["from_code"]})
    weights = pd.Series(1.0, index=codes)
    if employment is not None:
        weights = check_amounts(employment, "employment").reindex(codes).fillna(0.0)
    if not weights.sum() > 0:
        raise InputError("employment: found no jobs in any code of the crosswalks; expected jobs by their from_code")
    return float((same.reindex(codes).fillna(0.0) * weights).sum() / weights.sum())
