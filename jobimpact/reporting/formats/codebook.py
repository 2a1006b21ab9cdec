"""The codebook of a document's tables: what every column means, for workbooks, CSV and Stata files."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from jobimpact.paths import packaged
from jobimpact.tables import column_entries, read_dictionary

UNDESCRIBED = "Not in the data dictionary of this version"
_TYPES = {"b": "bool", "i": "int", "u": "int", "f": "float"}


@cache
def read_exports() -> dict[str, Any]:
    """Return data/exports.toml: limits of formats, number formats by unit, licences, and words by language."""
    return tomllib.loads(packaged("data", "exports.toml").read_text(encoding="utf-8"))


def export_words(language: str) -> dict[str, Any]:
    """Return the words that data files print around their tables; English where a language has none."""
    words: dict[str, Any] = read_exports()["en"] | read_exports().get(language, {})
    return words


def column_type(cells: pd.Series) -> str:
    """Return the type of a column in the words of the data dictionary: str, int, float or bool."""
    return _TYPES.get(cells.dtype.kind, "str")


def column_unit(column: str) -> str:
    """Return the unit of a column, empty where the data dictionary has none."""
    return str(read_dictionary()["columns"].get(column, {}).get("unit", ""))


def make_codebook(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Describe every column of `tables` with the data dictionary, one row per table and column.

    A column that the dictionary does not have is listed as not described, never left out; allowed values are
    separated by semicolons.

    Examples
    --------
    >>> import pandas as pd
    >>> book = make_codebook({"sectors": pd.DataFrame({"naics": ["52"], "tot_emp": [float("nan")]})})
    >>> book[["column", "type", "unit", "missing"]].values.tolist()
    [['naics', 'str', 'code', 0], ['tot_emp', 'float', 'jobs', 1]]
    """
    rows = []
    for name, table in tables.items():
        descriptions = column_entries(name)
        for column in table.columns:
            entry = descriptions.get(column, {})
            rows.append(
                {
                    "table": name,
                    "column": str(column),
                    "type": entry.get("type", column_type(table[column])),
                    "unit": entry.get("unit", ""),
                    "rows": len(table),
                    "missing": int(table[column].isna().sum()),
                    "description": entry.get("description", UNDESCRIBED),
                    "source": entry.get("source", ""),
                    "values": "; ".join(map(str, entry.get("values", ()))),
                }
            )
    columns = ("table", "column", "type", "unit", "rows", "missing", "description", "source", "values")
    return pd.DataFrame(rows, columns=columns)
