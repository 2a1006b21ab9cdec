"""Words under which people look for an occupation: the alternate and short titles of O*NET."""

from pathlib import Path

import pandas as pd

from jobimpact.paths import packaged
from jobimpact.sources.rawtables import check_source_table, onetsoc_codes, opened_file, read_raw_table
from jobimpact.tables import table_columns

ALTERNATE_FILE = "alternate_titles.parquet"
_COLUMNS = ("O*NET-SOC Code", "Alternate Title", "Short Title")


def read_alternate_titles(path: str | Path) -> pd.DataFrame:
    """Read the alternate and short titles of occupations.

    Parameters
    ----------
    path
        The O*NET database folder or its zip, in the text or the Excel layout, or the file Alternate Titles alone.

    Returns
    -------
    pandas.DataFrame
        Table ``alternate_titles``: ``soc_code`` (SOC 2018) and ``alternate_title``, sorted, each pair once.

    Notes
    -----
    Source: O*NET database, USDOL/ETA, CC BY 4.0, https://www.onetcenter.org/database.html.
    """
    with opened_file(Path(path), ["Alternate Titles"], "an O*NET database: run `jobimpact sources pull onet`") as file:
        raw, name = read_raw_table(file, list(_COLUMNS)), file.name
    codes = onetsoc_codes(raw["O*NET-SOC Code"], name).str[:7]
    parts = [pd.DataFrame({"soc_code": codes, "alternate_title": raw[column]}) for column in _COLUMNS[1:]]
    titles = pd.concat(parts).dropna().drop_duplicates().sort_values(["soc_code", "alternate_title"], ignore_index=True)
    table = titles[table_columns("alternate_titles")]
    return check_source_table("alternate_titles", table, name, ("soc_code", "alternate_title"))


def read_packaged_titles(path: str | Path | None = None) -> pd.DataFrame:
    """Return the table ``alternate_titles`` that travels with the package, or one like it."""
    return pd.read_parquet(path or packaged("data", "employment", ALTERNATE_FILE))
