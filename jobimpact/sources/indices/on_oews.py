"""Published indices brought from the codes of their publishers to those of OEWS."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.facts.codes import oews_code
from jobimpact.sources.crosswalks.soc import bridge_scores
from jobimpact.sources.indices.read import SOC_2010
from jobimpact.tables import table_columns


@dataclass(frozen=True)
class Indices:
    """Published indices on the codes of OEWS, and what found no partner.

    Attributes
    ----------
    table
        Table ``indices``: ``voice``, ``soc_code``, ``index_value`` and ``split``, true where the value is shared, a mean, or that
        of one part of what OEWS combines.
    unmatched
        ``voice`` and ``soc_code`` as published: codes that the crosswalk does not know or OEWS does not cover.
    """

    table: pd.DataFrame
    unmatched: pd.DataFrame


def bring_to_oews(scores: Sequence[pd.DataFrame], crosswalk: pd.DataFrame | None = None) -> Indices:
    """Bring published indices to the occupation codes of OEWS.

    SOC 2010 goes to SOC 2018 by `bridge_scores`; occupations that OEWS publishes only in combination are averaged.

    Parameters
    ----------
    scores
        Tables ``index_scores``; on SOC 2018 a column ``split`` may say which values are not as they were published.
    crosswalk
        Table ``soc_crosswalk``; needed for indices on SOC 2010.

    Raises
    ------
    InputError
        If an index on SOC 2010 comes without a crosswalk.
    """
    tables, unmatched = [], []
    for table in scores:
        voice = table["voice"].iloc[0]
        values = table.set_index("soc_code")["index_value"]
        if table["classification"].iloc[0] == SOC_2010:
            if crosswalk is None:
                raise InputError(
                    f"index {voice!r} is on SOC 2010; expected a crosswalk to SOC 2018: give `read_soc_2010_to_2018`"
                )
            bridged = bridge_scores(values, crosswalk)
            by_code = bridged.scores.reset_index()
            unmatched += [(voice, code) for code in bridged.unmatched]
        else:
            by_code = table[["soc_code"]].assign(score=table["index_value"], split=table.get("split", False))
        published = oews_code(by_code["soc_code"])
        # One part of a combination is not its value, even where no other part has one.
        by_code = by_code.assign(split=by_code["split"] | published.ne(by_code["soc_code"]))
        unmatched += [(voice, code) for code in by_code.loc[published.isna(), "soc_code"]]
        grouped = by_code.groupby(published)
        brought = pd.DataFrame({"index_value": grouped["score"].mean(), "split": grouped["split"].any()})
        tables.append(brought.rename_axis("soc_code").reset_index().assign(voice=voice))
    result = pd.concat(tables, ignore_index=True)[table_columns("indices")]
    return Indices(result, pd.DataFrame(unmatched, columns=["voice", "soc_code"], dtype="object"))


def bring_isco_to_oews(scores: Sequence[pd.DataFrame], isco_pairs: pd.DataFrame, crosswalk: pd.DataFrame) -> Indices:
    """Bring indices on ISCO-08 to the codes of OEWS: ISCO-08 to SOC 2010 to SOC 2018 to OEWS.

    There is no official table from ISCO-08 to SOC 2018, and both steps are many-to-many. A SOC 2010 occupation takes the
    plain mean of its unit groups, as nothing says how its workers are spread over them; then `bring_to_oews`.

    Parameters
    ----------
    scores
        Tables ``isco_index_scores``.
    isco_pairs
        Table ``crosswalk`` from ISCO-08 to SOC 2010, as `jobimpact.sources.crosswalks.isco.read_isco_soc` reads it.
    crosswalk
        Table ``soc_crosswalk``.

    Returns
    -------
    Indices
        ``split`` is true in every row: no value came through the chain as it was published. In ``unmatched``, ``soc_code``
        is the ISCO-08 code where the first step already found no partner.
    """
    tables, orphans = [], []
    for table in scores:
        voice = table["voice"].iloc[0]
        has_partner = table["isco_code"].isin(isco_pairs["from_code"])
        orphans += [(voice, code) for code in table.loc[~has_partner, "isco_code"]]
        codes = isco_pairs[["from_code", "to_code"]].rename(columns={"from_code": "isco_code", "to_code": "soc_code"})
        pairs = codes.merge(table, on="isco_code", how="inner", validate="many_to_one")
        means = pairs.groupby("soc_code")["index_value"].mean().reset_index()
        scores_of = means.assign(voice=voice, classification=SOC_2010, title=None)
        tables.append(scores_of[table_columns("index_scores")])
    brought = bring_to_oews(tables, crosswalk)
    without = pd.DataFrame(orphans, columns=["voice", "soc_code"], dtype="object")
    unmatched = pd.concat([without, brought.unmatched])
    return Indices(brought.table.assign(split=True), unmatched.reset_index(drop=True))
