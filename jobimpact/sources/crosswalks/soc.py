"""SOC 2010 to SOC 2018, as the Bureau of Labor Statistics maps them, and scores carried over it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.facts.codes import normalise_soc
from jobimpact.sources.crosswalks.pairs import read_rows_below
from jobimpact.sources.rawtables import check_cells, check_filled, check_source_table
from jobimpact.tables import table_columns

_COLUMNS = {
    "2010 SOC Code": "soc_code_2010",
    "2010 SOC Title": "title_2010",
    "2018 SOC Code": "soc_code",
    "2018 SOC Title": "title",
}

SOC_FILES = ("soc_2010_to_2018_crosswalk.xlsx", "crosswalk_soc2010_to_soc2018.csv*")


@dataclass(frozen=True)
class BridgedScores:
    """Scores on SOC 2018, and what found no partner on the way.

    Attributes
    ----------
    scores
        Index ``soc_code`` (SOC 2018): the score, and ``split``, true where the code has part of a 2010 code, or parts of
        several, so that its score is shared or a mean.
    unmatched
        ``soc_code_2010`` that has a score and is not in the crosswalk.
    without_score
        SOC 2018 codes of the crosswalk none of whose 2010 codes has a score.
    """

    scores: pd.DataFrame
    unmatched: list[str]
    without_score: list[str]


def read_soc_2010_to_2018(path: str | Path) -> pd.DataFrame:
    """Read the crosswalk of SOC 2010 and SOC 2018 detailed occupations.

    Parameters
    ----------
    path
        BLS's workbook ``soc_2010_to_2018_crosswalk.xlsx``, or its table as CSV.

    Returns
    -------
    pandas.DataFrame
        Table ``soc_crosswalk``: ``soc_code_2010``, ``title_2010``, ``soc_code``, ``title``, one row per pair, and ``share_2010``,
        the part of the 2010 code that goes to this 2018 code: 1 over the number of its 2018 codes, for want of employment
        by pair. Shares of a 2010 code sum to 1, so that employment is neither made nor lost.

    Notes
    -----
    Source: U.S. Bureau of Labor Statistics for the SOC Policy Committee, November 2017, https://www.bls.gov/soc/2018/.
    """
    file = Path(path)
    raw = read_rows_below(file, list(_COLUMNS))
    check_filled(raw, list(_COLUMNS), file.name)
    pairs = raw[list(_COLUMNS)].rename(columns=_COLUMNS).reset_index(drop=True)
    for column in ("soc_code_2010", "soc_code"):
        pairs[column] = soc_codes(pairs[column], file.name)
    pairs["share_2010"] = 1 / pairs.groupby("soc_code_2010")["soc_code"].transform("size")
    return check_source_table("soc_crosswalk", pairs[table_columns("soc_crosswalk")], file.name, ("soc_code_2010", "soc_code"))


def soc_codes(codes: pd.Series, name: str) -> pd.Series:
    """Return SOC codes in the form ``NN-NNNN``; raise SourceError where a cell of the file `name` is none."""
    normal = normalise_soc(codes)
    check_cells(normal.notna(), codes, name, "a SOC code such as 11-1011")
    return normal


def bridge_scores(scores: pd.Series, crosswalk: pd.DataFrame) -> BridgedScores:
    """Carry scores of SOC 2010 occupations over to SOC 2018.

    Parameters
    ----------
    scores
        A score per worker (an index, a share), by ``soc_code_2010``.
    crosswalk
        Table ``soc_crosswalk``.

    Returns
    -------
    BridgedScores
        The score of a 2018 code is the mean of those of its 2010 codes, each weighted by its ``share_2010``.

    Raises
    ------
    InputError
        If a code stands twice in `scores`.

    Examples
    --------
    >>> pairs = pd.DataFrame({"soc_code_2010": ["15-1131", "15-1131"], "soc_code": ["15-1251", "15-1252"], "share_2010": 0.5})
    >>> bridge_scores(pd.Series({"15-1131": 0.7}), pairs).scores["score"].to_dict()
    {'15-1251': 0.7, '15-1252': 0.7}
    """
    if scores.index.duplicated().any():
        raise InputError(f"found {scores.index[scores.index.duplicated()][0]} twice among the SOC 2010 codes; expected each once")
    by_code = scores.dropna().rename("score").rename_axis("soc_code_2010").reset_index()
    pairs = crosswalk.merge(by_code, on="soc_code_2010", how="left", validate="many_to_one")
    several = pairs.groupby("soc_code")["share_2010"].transform("size") > 1
    split = (several | (pairs["share_2010"] < 1)).groupby(pairs["soc_code"]).any()
    values = pairs.dropna(subset=["score"])
    totals = values.groupby("soc_code")["share_2010"].sum()
    means = (values["score"] * values["share_2010"]).groupby(values["soc_code"]).sum() / totals
    bridged = pd.DataFrame({"score": means, "split": split.reindex(means.index).astype(bool)})
    return BridgedScores(
        bridged,
        sorted(set(by_code["soc_code_2010"]) - set(crosswalk["soc_code_2010"])),
        sorted(set(crosswalk["soc_code"]) - set(means.index)),
    )
