"""What stands behind a figure that a report prints: the grade of its column, and the test that earns it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Final

from jobimpact.paths import packaged

GRADES: Final = "RXPHU"  # reproduces, independent program, property, held out, unchecked


@dataclass(frozen=True)
class Evidence:
    """One entry of data/evidence.toml."""

    columns: tuple[str, ...]
    grade: str
    test: str
    what: str
    what_zh: str
    tables: tuple[str, ...] = ()


@cache
def read_evidence() -> tuple[Evidence, ...]:
    """Return the entries of data/evidence.toml in their order."""
    entries = tomllib.loads(packaged("data", "evidence.toml").read_text(encoding="utf-8"))["evidence"]
    return tuple(
        Evidence(**{**entry, "columns": tuple(entry["columns"]), "tables": tuple(entry.get("tables", ()))}) for entry in entries
    )


def grades(table: str, column: str) -> str:
    """Return the grades of a figure of `table` and `column`, the strongest first; U where nothing stands behind it.

    Examples
    --------
    >>> grades("sectors", "exposure_beta"), grades("sectors", "naics")
    ('RXP', 'U')
    """
    name = column.partition(" - ")[0]
    letters = {entry.grade for entry in read_evidence() if name in entry.columns and (not entry.tables or table in entry.tables)}
    return "".join(letter for letter in GRADES if letter in letters) or "U"
