"""Schemas of all tables, built from data/dictionary.toml so that documentation and checks are the same thing."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from jobimpact.errors import InputError
from jobimpact.paths import packaged

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import pandera.pandas as pa

# Columns of a study that are estimates with an interval each.
ESTIMATES = ("exposure_beta", "exposure_beta_wage_bill", "share_workers_10", "share_workers_50")
_DTYPES = {"int": "int64", "float": "float64", "bool": "bool"}


@cache
def read_dictionary() -> dict[str, Any]:
    """Return data/dictionary.toml: ``tables`` and ``columns`` by name."""
    return tomllib.loads(packaged("data", "dictionary.toml").read_text(encoding="utf-8"))


def table_columns(name: str) -> list[str]:
    """Return the column names of the table `name`, in their order."""
    return list(read_dictionary()["tables"][name]["columns"])


def column_entries(table: str = "") -> dict[str, Any]:
    """Return what the dictionary says of each column, with what `table` means by some of them."""
    dictionary = read_dictionary()
    columns: dict[str, Any] = dictionary["columns"]
    parts = {"low": "Lower end of the interval", "high": "Upper end of the interval", "se": "Standard error"}
    errors = {
        f"{name}_{part}": columns[name] | {"description": f"{words}, given the judge: {columns[name]['description']}"}
        for name in ESTIMATES
        for part, words in parts.items()
    }
    return {**errors, **columns, **dictionary["tables"].get(table, {}).get("meanings", {})}


def describe_table(name: str) -> pd.DataFrame:
    """Return one row per column of the table `name`: column, type, unit, description, source.

    Examples
    --------
    >>> describe_table("sectors")[["column", "unit"]].head(3).to_numpy().tolist()
    [['naics', 'code'], ['naics_title', 'name'], ['n_occupations', 'occupations']]
    """
    import pandas as pd

    columns, fields = column_entries(name), ("type", "unit", "description", "source")
    return pd.DataFrame(
        [{"column": column, **{field: columns[column][field] for field in fields}} for column in table_columns(name)]
    )


@cache
def table_schema(name: str) -> pa.DataFrameSchema:
    """Return the pandera schema of the table `name`."""
    import pandera.pandas as pa

    table, columns = read_dictionary()["tables"][name], column_entries(name)
    missing = set(table["missing"])
    return pa.DataFrameSchema(
        {column: _column(columns[column], nullable=column in missing) for column in table["columns"]},
        strict=True,
        ordered=True,
        unique=list(table["key"]),
        name=name,
    )


def _column(entry: dict[str, Any], *, nullable: bool) -> pa.Column:
    import pandera.pandas as pa

    limits: dict[str, Callable[[Any], pa.Check]] = {
        "min": pa.Check.ge,
        "max": pa.Check.le,
        "values": pa.Check.isin,
        "pattern": pa.Check.str_matches,
    }
    checks = [pa.Check(_is_text, name="is_text")] if entry["type"] == "str" else []
    checks += [check(entry[name]) for name, check in limits.items() if name in entry]
    return pa.Column(_DTYPES.get(entry["type"]), checks=checks, nullable=nullable)


def _is_text(cells: pd.Series) -> bool:
    """Whether every cell is text; pandas 2 keeps text as object and pandas 3 as str."""
    from pandas.api.types import infer_dtype

    return infer_dtype(cells, skipna=True) in {"string", "empty"}


def check_table(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` if it fits the schema of `name`, else raise.

    Raises
    ------
    InputError
        With the first offending column and cell.
    """
    import pandera.errors

    try:
        return table_schema(name).validate(table)
    except (pandera.errors.SchemaError, pandera.errors.SchemaErrors) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"table {name!r} does not fit its schema: {reason[:300]}") from error
