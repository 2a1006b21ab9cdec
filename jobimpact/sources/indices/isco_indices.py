"""Published indices of exposure by ISCO-08 unit group, and their way over SOC 2010 to the codes of OEWS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import SourceError
from jobimpact.sources.indices.published import SOC_2010, Indices, bring_to_oews, check_any
from jobimpact.sources.rawtables import check_filled, check_source_table, find_file, plain_ids, read_raw_table
from jobimpact.sources.tasks.isco import UNIT_LEVEL, read_ilo_scores
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

_TECHXPOSURE = "techXposure_isco4d_by_tech"


def read_ilo_index(path: str | Path) -> pd.DataFrame:
    """Read the ILO's exposure of ISCO-08 unit groups to generative AI, 2025, as an index.

    Parameters
    ----------
    path
        As `jobimpact.sources.tasks.isco.read_ilo_scores`.

    Returns
    -------
    pandas.DataFrame
        Table ``isco_index_scores``: the mean of the 2025 scores of the group's tasks, 0 to 1.

    Raises
    ------
    SourceError
        As there.

    Notes
    -----
    Source: Gmyrek et al. 2025, ILO Working Paper 140, doi:10.54394/HETP0387.
    """
    scores = read_ilo_scores(path)
    groups = scores.groupby("isco_code").agg(title=("title", "first"), index_value=("score_2025", "mean")).reset_index()
    return _checked(groups.dropna(subset=["index_value"]), "ilo", Path(path).name)


def read_techxposure(path: str | Path) -> pd.DataFrame:
    """Read the exposure of ISCO-08 unit groups to chosen digital technologies by TechXposure.

    Parameters
    ----------
    path
        ``techXposure_isco4d_by_tech.csv``, or a folder that holds it.

    Returns
    -------
    pandas.DataFrame
        Table ``isco_index_scores``: the mean of ``xposure4d`` over the technologies that the assumption
        ``techxposure_technologies`` names, of 40. The exposure is a logarithm of patents weighted by the likeness of their
        text to the occupation's, 0 where no patent is alike.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, or holds a code or a value that is none.

    Notes
    -----
    Source: Prytkova, Petit, Li, Chaturvedi, Ciarli 2024, The Employment Impact of Emerging Digital Technologies; TechXposure
    v0.9.1, doi:10.5281/zenodo.15268469.
    """
    place = Path(path)
    file = find_file(place, _TECHXPOSURE) if place.is_dir() else place
    if file is None:
        raise SourceError(f"{place}: found no file {_TECHXPOSURE!r}; expected it under its own name: give the file itself")
    columns = ["isco4d", "isco4d_label", "tech40_id", "xposure4d"]
    raw = read_raw_table(file, columns, separator=",", quoted=True)
    check_filled(raw, columns, file.name)
    rows = raw[plain_ids(raw["tech40_id"]).isin(assumption("compare", "techxposure_technologies"))]
    values = pd.to_numeric(rows["xposure4d"], errors="coerce").astype("float64")
    codes = plain_ids(rows["isco4d"]).str.zfill(UNIT_LEVEL)
    wrong = values.isna() | ~codes.str.fullmatch(r"\d{4}")
    if wrong.any():
        row = rows[wrong].iloc[0]
        raise SourceError(
            f"{file.name}: found exposure {row['xposure4d']!r} of group {row['isco4d']!r}; expected a number and a code of four "
            "digits: download it again"
        )
    table = pd.DataFrame({"isco_code": codes, "title": rows["isco4d_label"], "index_value": values})
    grouped = table.groupby("isco_code").agg(title=("title", "first"), index_value=("index_value", "mean")).reset_index()
    return _checked(grouped, "techxposure", file.name)


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
    tables, lost = [], []
    for table in scores:
        voice = table["voice"].iloc[0]
        known = table["isco_code"].isin(isco_pairs["from_code"])
        lost += [(voice, code) for code in table.loc[~known, "isco_code"]]
        codes = isco_pairs[["from_code", "to_code"]].rename(columns={"from_code": "isco_code", "to_code": "soc_code"})
        pairs = codes.merge(table, on="isco_code", how="inner", validate="many_to_one")
        means = pairs.groupby("soc_code")["index_value"].mean().reset_index()
        tables.append(means.assign(voice=voice, classification=SOC_2010, title=None)[table_columns("index_scores")])
    brought = bring_to_oews(tables, crosswalk)
    unmatched = pd.concat([pd.DataFrame(lost, columns=["voice", "soc_code"], dtype="object"), brought.unmatched])
    return Indices(brought.table.assign(split=True), unmatched.reset_index(drop=True))


def _checked(groups: pd.DataFrame, voice: str, name: str) -> pd.DataFrame:
    check_any(groups, name)
    table = groups.assign(voice=voice)[table_columns("isco_index_scores")].reset_index(drop=True)
    return check_source_table("isco_index_scores", table, name, ("isco_code",))
