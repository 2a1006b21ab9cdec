"""Published indices of exposure by occupation, as released, and brought to the codes of OEWS.

Those on SOC are read here and in `jobimpact.sources.indices.soc_indices`, those on ISCO-08 in
`jobimpact.sources.indices.isco_indices`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.facts.codes import normalise_soc, oews_code
from jobimpact.sources.crosswalks.soc import bridge_scores
from jobimpact.sources.rawtables import (
    check_columns,
    check_filled,
    check_source_table,
    find_file,
    read_raw_sheet,
    read_raw_table,
)
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

SOC_2010, SOC_2018 = "SOC 2010", "SOC 2018"


@dataclass(frozen=True)
class IndexLayout:
    """Where a publisher's file has codes, titles and values: column names, sheet, and the classification of its codes."""

    voice: str
    source: str
    stem: str
    code: str
    title: str | None
    value: str
    classification: str
    sheet: str | None = None
    gaps: bool = False  # whether the publisher lists occupations without a value


_MICROSOFT = IndexLayout(
    "microsoft",
    "microsoft-applicability",
    "soc_ai_applicability_scores",
    "SOC Code",
    "title",
    "ai_applicability_score",
    SOC_2018,
)
_ANTHROPIC = IndexLayout("anthropic", "anthropic-exposure", "job_exposure", "occ_code", "title", "observed_exposure", SOC_2018)
_AIOE = IndexLayout("aioe", "felten-aioe", "AIOE_DataAppendix", "SOC Code", "Occupation Title", "AIOE", SOC_2010, "Appendix A")
_LM_AIOE = IndexLayout(
    "lm_aioe", "felten-aioe", "Language Modeling AIOE and AIIE", "SOC Code", "Occupation Title", "Language Modeling AIOE",
    SOC_2010, "LM AIOE",
)  # fmt: skip


def read_microsoft_applicability(path: str | Path) -> pd.DataFrame:
    """Read the AI applicability score of occupations, from use of Bing Copilot.

    Parameters
    ----------
    path
        ``soc_ai_applicability_scores.csv``, or a folder that holds it.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2018: the mean of the scores for what users ask and what the AI does.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, or holds a code or a value that is none.

    Notes
    -----
    Source: Tomlinson, Jaffe, Wang, Counts, Suri 2025, arXiv 2507.07935; CC BY 4.0.
    """
    return read_index(path, _MICROSOFT)


def read_anthropic_exposure(path: str | Path) -> pd.DataFrame:
    """Read the observed exposure of occupations, from use of Claude.

    Parameters and errors are those of `read_microsoft_applicability`, the file is ``job_exposure.csv``.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2018, 0 to 1, many of them 0. The publisher builds it on the exposure labels of Eloundou
        et al. too, so it is not wholly independent of them.

    Notes
    -----
    Source: Anthropic Economic Index, labor market impacts, 2026, https://huggingface.co/datasets/Anthropic/EconomicIndex.
    """
    return read_index(path, _ANTHROPIC)


def read_aioe(path: str | Path) -> pd.DataFrame:
    """Read the AI occupational exposure of Felten, Raj and Seamans, from abilities.

    Parameters and errors are those of `read_microsoft_applicability`, the file is ``AIOE_DataAppendix.xlsx``.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2010, standardised over occupations.

    Notes
    -----
    Source: Felten, Raj, Seamans 2021, doi:10.1002/smj.3286.
    """
    return read_index(path, _AIOE)


def read_lm_aioe(path: str | Path) -> pd.DataFrame:
    """Read the language-model version of AIOE.

    Parameters and errors are those of `read_microsoft_applicability`, the file is ``Language Modeling AIOE and AIIE.xlsx``.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2010, standardised over occupations.

    Notes
    -----
    Source: Felten, Raj, Seamans 2023, arXiv 2303.01157.
    """
    return read_index(path, _LM_AIOE)


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
    tables, lost = [], []
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
            lost += [(voice, code) for code in bridged.unmatched]
        else:
            by_code = table[["soc_code"]].assign(score=table["index_value"], split=table.get("split", False))
        published = oews_code(by_code["soc_code"])
        by_code = by_code.assign(split=by_code["split"] | published.ne(by_code["soc_code"]))
        lost += [(voice, code) for code in by_code.loc[published.isna(), "soc_code"]]
        grouped = by_code.groupby(published)
        brought = pd.DataFrame({"index_value": grouped["score"].mean(), "split": grouped["split"].any()})
        tables.append(brought.rename_axis("soc_code").reset_index().assign(voice=voice))
    result = pd.concat(tables, ignore_index=True)[table_columns("indices")]
    return Indices(result, pd.DataFrame(lost, columns=["voice", "soc_code"], dtype="object"))


def read_index(path: str | Path, layout: IndexLayout) -> pd.DataFrame:
    """Read the table ``index_scores`` from a publisher's file, or a folder that holds it.

    Occupations that the publisher lists without a value are not in the table: the index does not speak of them.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, or holds a code or a value that is none.
    """
    place = Path(path)
    if not place.exists():
        raise SourceError(f"{place}: no such file or folder; expected {layout.stem}: check the path")
    file = find_file(place, layout.stem) if place.is_dir() else place
    if file is None:
        raise SourceError(f"{place}: found no file {layout.stem!r} in it; expected source {layout.source}: give the file itself")
    columns = [layout.code, *([layout.title] if layout.title else []), layout.value]
    if layout.sheet is None:
        raw = read_raw_table(file, columns, separator=",", quoted=True)
    else:
        cells = read_raw_sheet(file, layout.sheet)
        raw = cells.iloc[1:].set_axis(cells.iloc[0].str.strip().to_list(), axis=1).reset_index(drop=True)
        check_columns(raw, columns, file.name)
        raw = raw[columns].dropna(how="all")
    if layout.gaps:
        raw = raw.dropna(subset=[layout.value])
    check_filled(raw, columns, file.name)
    codes, values = normalise_soc(raw[layout.code]), pd.to_numeric(raw[layout.value], errors="coerce")
    for cells_, parsed, what in ((raw[layout.code], codes, "SOC codes"), (raw[layout.value], values, "scores")):
        if parsed.isna().any():
            raise SourceError(
                f"{file.name}: found {cells_[parsed.isna()].iloc[0]!r} among its {what}; expected the publisher's own cells: "
                "download it again"
            )
    titles = raw[layout.title] if layout.title else None
    table = pd.DataFrame({"voice": layout.voice, "classification": layout.classification, "soc_code": codes,
                          "title": titles, "index_value": values.astype("float64")})  # fmt: skip
    check_any(table, file.name)
    return check_source_table("index_scores", table.reset_index(drop=True), file.name, ("soc_code",))


def check_any(scores: pd.DataFrame, name: str) -> None:
    """Raise SourceError if the file `name` gave no score at all."""
    if scores.empty:
        raise SourceError(f"{name}: found no score in any row; expected the publisher's scores: download it again")
