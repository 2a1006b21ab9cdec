"""More published indices of exposure by SOC occupation: Eloundou, Microsoft's two sides, Frey-Osborne, Eisfeldt, DAIOE, SML."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError, SourceError
from jobimpact.sources.indices.published import SOC_2010, SOC_2018, IndexLayout, check_any, read_index
from jobimpact.sources.labels.eloundou import read_eloundou_occupations
from jobimpact.sources.rawtables import check_filled, check_source_table, find_file, onetsoc_codes, read_raw_table
from jobimpact.tables import table_columns

LabelRater = Literal["human", "gpt4"]
MicrosoftSide = Literal["user", "ai"]

_FREY_OSBORNE = IndexLayout(
    "frey_osborne", "frey-osborne", "frey_osborne_automation_risk_index_clean", "SOC code", "Occupation", "Probability", SOC_2010
)
_EISFELDT = IndexLayout(
    "eisfeldt", "eisfeldt", "genaiexp_estz_occscores", "soc2010", None, "genaiexp_estz_total", SOC_2010, gaps=True
)
_DAIOE, _NESTA = "daioe_onetsoc2010", "mcc_risk_All_occupations"


def read_eloundou_index(path: str | Path, rater: LabelRater = "human") -> pd.DataFrame:
    """Read the beta of occupations by Eloundou et al. as an index.

    Parameters
    ----------
    path
        ``occ_level.csv``, or a folder that holds it.
    rater
        ``human`` or ``gpt4``.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2018, 0 to 1: the mean over the O*NET-SOC occupations of the code.

    Raises
    ------
    InputError
        If the rater is unknown.
    SourceError
        As `jobimpact.sources.labels.eloundou.read_eloundou_occupations`.

    Notes
    -----
    Source: Eloundou, Manning, Mishkin, Rock 2024, doi:10.1126/science.adj0998; MIT licence.
    """
    if rater not in {"human", "gpt4"}:
        raise InputError(f"rater {rater!r} has no published occupation scores; expected human or gpt4")
    scores = read_eloundou_occupations(path)
    return _mean_by_soc(scores["onetsoc_code"], scores["title"], scores[f"{rater}_beta"], f"eloundou_{rater}", SOC_2018, path)


def read_microsoft_side(path: str | Path, side: MicrosoftSide = "user") -> pd.DataFrame:
    """Read one half of the AI applicability score: what users want done, or what the AI does.

    Parameters
    ----------
    path
        ``soc_metrics.csv``, or a folder that holds it.
    side
        ``user`` (goals that the AI assists with) or ``ai`` (activities that it performs itself).

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2018. The mean of the two sides is `read_microsoft_applicability`.

    Raises
    ------
    InputError
        If the side is unknown.
    SourceError
        As `jobimpact.sources.indices.published.read_index`.

    Notes
    -----
    Source: Tomlinson, Jaffe, Wang, Counts, Suri 2025, arXiv 2507.07935; CC BY 4.0.
    """
    if side not in {"user", "ai"}:
        raise InputError(f"side {side!r} is unknown; expected user or ai")
    layout = IndexLayout(
        f"microsoft_{side}", "microsoft-applicability", "soc_metrics", "SOC Code", "title", f"ai_applicability_score_{side}",
        SOC_2018,
    )  # fmt: skip
    return read_index(path, layout)


def read_frey_osborne(path: str | Path) -> pd.DataFrame:
    """Read the probability of computerisation of 702 occupations.

    Parameters
    ----------
    path
        ``frey_osborne_automation_risk_index_clean.csv``, or a folder that holds it.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2010, 0 to 1. It is about automation by the machine learning and robots of 2013, not about
        language models.

    Raises
    ------
    SourceError
        As `jobimpact.sources.indices.published.read_index`.

    Notes
    -----
    Source: Frey, Osborne 2017, doi:10.1016/j.techfore.2016.08.019 (working paper 2013), appendix A.
    """
    return read_index(path, _FREY_OSBORNE)


def read_eisfeldt(path: str | Path) -> pd.DataFrame:
    """Read the exposure of occupations to generative AI by Eisfeldt, Schubert, Taska and Zhang.

    Parameters
    ----------
    path
        ``genaiexp_estz_occscores.csv``, or a folder that holds it.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2010, 0 to 1, all tasks; ``title`` is missing, as in the file. Occupations that the
        authors list without a score are not in it.

    Raises
    ------
    SourceError
        As `jobimpact.sources.indices.published.read_index`.

    Notes
    -----
    Source: Eisfeldt, Schubert, Taska, Zhang 2023, Generative AI and Firm Values, NBER WP 31222, doi:10.3386/w31222.
    """
    return read_index(path, _EISFELDT)


def read_daioe(path: str | Path) -> pd.DataFrame:
    """Read the dynamic AI occupational exposure to generative AI, in its newest year.

    Parameters
    ----------
    path
        ``daioe_onetsoc2010.csv`` (tab separated, gzipped or not), or a folder that holds it.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2010: the mean over the O*NET-SOC occupations of the code of the column that the
        assumption ``daioe_measure`` names, in the newest year that has it.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, repeats an occupation, or holds a code or a value that is none.

    Notes
    -----
    Source: Lodefalk, Engberg 2026, DAIOE: Dynamic AI Occupational Exposure, https://github.com/Magnus-L/daioe-pipeline; data
    CC BY 4.0.
    """
    file, measure = _find(Path(path), _DAIOE), assumption("compare", "daioe_measure")
    columns = ["occ_code_onetsoc2010", "occ_title_onetsoc2010", "year", measure]
    raw = read_raw_table(file, columns, separator="\t", quoted=True)
    check_filled(raw, columns[:3], file.name)
    values = _numbers(raw[measure], file.name)
    newest = raw.loc[values.notna(), "year"].max()
    chosen = raw["year"].eq(newest) & values.notna()
    rows = raw[chosen]
    codes = onetsoc_codes(rows[columns[0]], file.name)
    if codes.duplicated().any():
        raise SourceError(
            f"{file.name}: found {codes[codes.duplicated()].iloc[0]} more than once in {newest}; expected each occupation once: "
            "download it again"
        )
    return _mean_by_soc(codes, rows[columns[1]], values[chosen], "daioe", SOC_2010, file)


def read_nesta_sml(path: str | Path) -> pd.DataFrame:
    """Read the suitability for machine learning of occupations, as Nesta released it.

    Parameters
    ----------
    path
        ``mcc_risk_All_occupations.csv``, or a folder that holds it.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, SOC 2010, 1 to 5. Nesta gives each of 1,627 ESCO occupations the value of its O*NET-SOC
        occupation, so the values go back to those codes, one each, and to their mean in a SOC code: no crosswalk is crossed.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, gives an O*NET-SOC occupation two values, or holds a code or a
        value that is none.

    Notes
    -----
    Source: Brynjolfsson, Mitchell, Rock 2018, doi:10.1257/pandp.20181019; Kanders, Djumalieva, Sleeman, Orlik 2020, Mapping
    Career Causeways, Nesta, MIT licence, https://github.com/nestauk/mapping-career-causeways.
    """
    file = _find(Path(path), _NESTA)
    columns = ["onet_code", "onet_occupation", "risk"]
    raw = read_raw_table(file, columns, separator=",", quoted=True)
    check_filled(raw, columns, file.name)
    rows = pd.DataFrame(
        {"code": onetsoc_codes(raw["onet_code"], file.name), "title": raw["onet_occupation"],
         "risk": _numbers(raw["risk"], file.name)}
    ).drop_duplicates(["code", "risk"])  # fmt: skip
    if rows["code"].duplicated().any():
        raise SourceError(
            f"{file.name}: found two values for {rows.loc[rows['code'].duplicated(), 'code'].iloc[0]}; expected one for each "
            "O*NET-SOC occupation: download it again"
        )
    return _mean_by_soc(rows["code"], rows["title"], rows["risk"], "nesta_sml", SOC_2010, file)


def _find(place: Path, stem: str) -> Path:
    file = find_file(place, stem) if place.is_dir() else place
    if file is None or not file.is_file():
        raise SourceError(f"{place}: found no file {stem!r}; expected it under the publisher's name: give the file itself")
    return file


def _numbers(cells: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    wrong = numbers.isna() & cells.notna()
    if wrong.any():
        raise SourceError(
            f"{name}: found {cells[wrong].iloc[0]!r} among its scores; expected the publisher's own cells: download it again"
        )
    return numbers


def _mean_by_soc(
    codes: pd.Series, titles: pd.Series, values: pd.Series, voice: str, classification: str, path: str | Path
) -> pd.DataFrame:
    """Return ``index_scores`` by SOC code; the title is that of its first O*NET-SOC occupation."""
    rows = pd.DataFrame({"soc_code": codes.str[:7], "title": titles, "index_value": values, "detail": codes})
    grouped = rows.sort_values("detail", kind="stable").groupby("soc_code")
    table = grouped.agg(title=("title", "first"), index_value=("index_value", "mean")).reset_index()
    table = table.assign(voice=voice, classification=classification)[table_columns("index_scores")]
    check_any(table, Path(path).name)
    return check_source_table("index_scores", table, Path(path).name, ("soc_code",))
