"""How much preparation occupations need: entry-level education of the BLS projections, and job zones of O*NET."""

from pathlib import Path

import pandas as pd

from jobimpact.facts.codes import normalise_soc
from jobimpact.sources.rawtables import (
    check_cells,
    check_filled,
    check_source_table,
    onetsoc_codes,
    opened_file,
    plain_ids,
    read_raw_table,
)
from jobimpact.tables import table_columns

_EDUCATION = {
    "Occupation Code": "soc_code",
    "Education Code": "education_code",
    "Typical Entry-Level Education": "education",
}
_STEM = "Job Zones"
_ZONES = {"O*NET-SOC Code": "onetsoc_code", "Job Zone": "job_zone"}


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

    Notes
    -----
    Source: BLS, Employment Projections, https://www.bls.gov/emp/data/occupational-data.htm (public domain). One category
    for the whole occupation, assigned by analysts: what an entrant typically needs, not what those who work in it have.
    """
    path = Path(path)
    raw = read_raw_table(path, list(_EDUCATION), separator=",", quoted=True)
    check_filled(raw, list(_EDUCATION), path.name)
    table = raw.rename(columns=_EDUCATION)
    codes, levels = normalise_soc(table["soc_code"]), plain_ids(table["education_code"])
    check_cells(codes.notna(), table["soc_code"], path.name, "a SOC code such as 11-1011")
    check_cells(levels.str.fullmatch("[1-8]"), table["education_code"], path.name, "an education code from 1 to 8")
    table = table.assign(soc_code=codes, education_code=levels, education=table["education"].str.strip())
    table = table.sort_values("soc_code", ignore_index=True)[table_columns("entry_education")]
    return check_source_table("entry_education", table, path.name, ("soc_code",))


def read_job_zones(path: str | Path) -> pd.DataFrame:
    """Read the job zone of every O*NET occupation.

    Parameters
    ----------
    path
        The O*NET database folder or its zip, in the text or the Excel layout, or the Job Zones file alone.

    Returns
    -------
    pandas.DataFrame
        The table ``job_zones``, sorted by code: ``onetsoc_code`` (O*NET-SOC 2019) and ``job_zone``, 1 to 5.

    Notes
    -----
    Source: O*NET database, USDOL/ETA, CC BY 4.0, https://www.onetcenter.org/database.html. Zones as in
    https://www.onetonline.org/help/online/zones.
    """
    with opened_file(Path(path), [_STEM], "an O*NET database or its Job Zones: run `jobimpact sources pull onet`") as file:
        raw, name = read_raw_table(file, list(_ZONES)), file.name
    check_filled(raw, list(_ZONES), name)
    zones = plain_ids(raw["Job Zone"])
    check_cells(zones.str.fullmatch("[1-5]"), raw["Job Zone"], name, "a job zone from 1 to 5")
    table = pd.DataFrame({"onetsoc_code": onetsoc_codes(raw["O*NET-SOC Code"], name), "job_zone": zones.astype("int64")})
    table = table.sort_values("onetsoc_code", ignore_index=True)[table_columns("job_zones")]
    return check_source_table("job_zones", table, name, ("onetsoc_code",))
