"""Typical entry-level education of every occupation, from the BLS Employment Projections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jobimpact.errors import SourceError
from jobimpact.facts.codes import normalise_soc
from jobimpact.sources.rawtables import check_filled, check_source_table, plain_ids, read_raw_table
from jobimpact.tables import table_columns

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {
    "Occupation Code": "soc_code",
    "Education Code": "education_code",
    "Typical Entry-Level Education": "education",
}


def read_entry_education(path: str | Path) -> pd.DataFrame:
    """Read the education that BLS takes to be typical for entering each occupation.

    Parameters
    ----------
    path
        The table of occupations that BLS exports from its projections, ``Employment Projections.csv`` (2024-34 has 832
        occupations), gzipped or not, or .xlsx.

    Returns
    -------
    pandas.DataFrame
        The table ``entry_education``, sorted by code: ``soc_code`` (codes of the National Employment Matrix, which are those
        of OEWS and two that OEWS does not cover), ``education_code`` (1 doctoral or professional degree to 8 no formal
        credential) and ``education``.

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, or holds a code that is none.

    Notes
    -----
    Source: BLS, Employment Projections, https://www.bls.gov/emp/data/occupational-data.htm (public domain). One category
    for the whole occupation, assigned by analysts: what an entrant typically needs, not what those who work in it have.
    """
    path = Path(path)
    raw = read_raw_table(path, list(_COLUMNS), separator=",", quoted=True)
    check_filled(raw, list(_COLUMNS), path.name)
    table = raw.rename(columns=_COLUMNS)
    codes, levels = normalise_soc(table["soc_code"]), plain_ids(table["education_code"])
    for column, wrong, expected in (
        ("soc_code", codes.isna(), "a SOC code such as 11-1011"),
        ("education_code", ~levels.str.fullmatch("[1-8]"), "an education code from 1 to 8"),
    ):
        if wrong.any():
            raise SourceError(
                f"{path.name}: found {table.loc[wrong, column].iloc[0]!r} in {int(wrong.sum()):,} rows; expected "
                f"{expected}: give the file as BLS exports it"
            )
    table = table.assign(soc_code=codes, education_code=levels, education=table["education"].str.strip())
    table = table.sort_values("soc_code", ignore_index=True)[table_columns("entry_education")]
    return check_source_table("entry_education", table, path.name, ("soc_code",))
