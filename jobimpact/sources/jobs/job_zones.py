"""O*NET job zones: how much preparation an occupation needs, from 1 (little or none) to 5 (extensive)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import check_filled, check_source_table, find_file, onetsoc_codes, plain_ids, read_raw_table
from jobimpact.sources.store.archives import opened_folder
from jobimpact.tables import table_columns

_STEM = "Job Zones"
_COLUMNS = {"O*NET-SOC Code": "onetsoc_code", "Job Zone": "job_zone"}


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

    Raises
    ------
    SourceError
        If the file is missing, broken off, lacks a column, or holds a code or zone that is none.

    Notes
    -----
    Source: O*NET database, USDOL/ETA, CC BY 4.0, https://www.onetcenter.org/database.html. Zones as in
    https://www.onetonline.org/help/online/zones.
    """
    path = Path(path)
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder; expected an O*NET database or its {_STEM} file: check the path")
    with opened_folder(path, lambda name: name.lower().startswith(_STEM.lower())) as opened:
        file = opened if opened.is_file() else find_file(opened, _STEM)
        if file is None:
            raise SourceError(f"{path}: found no {_STEM} file in it; expected an O*NET database: give the file itself")
        raw = read_raw_table(file, list(_COLUMNS))
        check_filled(raw, list(_COLUMNS), file.name)
        zones = plain_ids(raw["Job Zone"])
        wrong = ~zones.str.fullmatch("[1-5]")
        if wrong.any():
            raise SourceError(
                f"{file.name}: found the job zone {zones[wrong].iloc[0]!r} in {int(wrong.sum()):,} rows; expected 1 to 5: "
                "give the file as O*NET released it"
            )
        table = pd.DataFrame({"onetsoc_code": onetsoc_codes(raw["O*NET-SOC Code"], file.name), "job_zone": zones.astype("int64")})
        table = table.sort_values("onetsoc_code", ignore_index=True)[table_columns("job_zones")]
        return check_source_table("job_zones", table, file.name, ("onetsoc_code",))
