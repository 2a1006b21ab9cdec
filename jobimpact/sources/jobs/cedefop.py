"""Employment by ISCO-08 group in European countries, observed and forecast, from the Cedefop Skills Forecast."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import SourceError
from jobimpact.sources.rawtables import check_source_table
from jobimpact.tables import table_columns

_STEMS = ("db_occupation_detail.json", "db_occupation.json")
_TOTAL = "total"


def read_cedefop_employment(path: str | Path) -> pd.DataFrame:
    """Read employment by country, ISCO-08 group and year.

    Parameters
    ----------
    path
        ``db_occupation.json`` (major groups) or ``db_occupation_detail.json`` (sub-major groups), gzipped or not, or a folder
        that holds either or both.

    Returns
    -------
    pandas.DataFrame
        The table ``cedefop_employment``, sorted: ``country`` (as Cedefop writes it), ``aggregate`` (a group of countries),
        ``isco_group`` (``total``, or one or two digits; no armed forces, which are in the total only), ``year``,
        ``tot_emp`` (persons, the self-employed among them) and ``forecast``, true after the year that data/europe.toml calls
        the last observed.

    Notes
    -----
    Source: Cedefop, Skills Forecast, https://www.cedefop.europa.eu/en/tools/skills-forecast. Licence not stated in the file;
    the source must be acknowledged.
    """
    path = Path(path)
    files = (
        [path] if path.is_file() else [file for stem in _STEMS for file in (path / stem, path / f"{stem}.gz") if file.is_file()]
    )
    if not files:
        raise SourceError(f"{path}: found no {' or '.join(_STEMS)} (or .gz); expected Cedefop's tables: check the path")
    # Both files have the totals: equal rows are one, different ones repeat a key and are refused below.
    rows = pd.concat([_read(file) for file in files], ignore_index=True).drop_duplicates()
    last = int(assumption("europe", "last_observed"))
    table = rows.assign(forecast=rows["year"] > last, aggregate=rows["country"].isin(assumption("europe", "aggregates")))
    key = ["country", "isco_group", "year"]
    table = table.sort_values(key, ignore_index=True)[table_columns("cedefop_employment")]
    return check_source_table("cedefop_employment", table, " and ".join(file.name for file in files), key)


def _read(file: Path) -> pd.DataFrame:
    content = file.read_bytes()
    try:
        text = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
        countries = json.loads(text)
        return pd.DataFrame(_rows(countries), columns=["country", "isco_group", "year", "tot_emp"])
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise SourceError(
            f"{file.name}: cannot be read as Cedefop's table ({type(error).__name__}: {reason}); expected country, ISCO code and "
            "history of years: download it again"
        ) from error


def _rows(countries: dict[str, Any]) -> Iterator[tuple[str, str, int, float]]:
    for country, groups in countries.items():
        for code, record in groups.items():
            for cell in record["history"]:
                yield country, _TOTAL if code == "Total" else str(code), int(cell["year"]), float(cell["value"])
