"""Claims: every figure that a report states, bound to the cell that holds it."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from jobimpact.reporting.claims.cells import DIFFERENCE, TITLES, find_rows, like_rows, read_value, records, row_keys, select_rows
from jobimpact.reporting.claims.intervals import Intervals, known
from jobimpact.reporting.words.wording import direction_word, format_cell, format_value, unit_and_decimals, wording
from jobimpact.tables import read_dictionary, table_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# An identifier is an anchor in HTML: letters, digits, points, hyphens and underscores.
_SIGNS = {DIFFERENCE: "-less-", ">=": "-from-", "<": "-below-", "=": "-is-", "|": ".", ":": ".", " ": "-", "*": "all"}
_OF_COVERED = ("exposure_", "share_workers_", "wage_bill")
_NO_ANCHOR = re.compile(r"[^A-Za-z0-9._-]")
RANK = "rank from the {end}"


@dataclass(frozen=True)
class Claim:
    """A figure and what it rests on; a row of the table ``claims``.

    Attributes
    ----------
    claim_id
        Names the binding, so it stays when the value changes; the anchor in the report.
    kind
        ``value``, ``share``, ``rank``, ``count``, ``sum``, ``difference`` or ``direction``.
    table_name, row_key, column_name
        The cell; for other kinds than value and share see :func:`jobimpact.reporting.claims.cells.read_value`.
    row_title
        Name of the row as sentences print it.
    value
        Unrounded.
    unit, decimals
        How `text` states it.
    text
        The figure, or the word of a rank or direction, as printed.
    definition
        What it means, in a sentence or two, with the employment that it covers.
    estimate_low, estimate_high
        Ends of the interval of `value`, from the study's variance ledger; missing where it has none.
    """

    claim_id: str
    kind: str
    table_name: str
    row_key: str
    row_title: str
    column_name: str
    value: float
    unit: str
    decimals: int
    text: str
    definition: str
    estimate_low: float = math.nan
    estimate_high: float = math.nan


def claim_id(kind: str, table_name: str, row_key: str, column_name: str, unit: str = "") -> str:
    """Return the identifier of the claim with this binding."""
    parts = [table_name, row_key, column_name]
    if kind == "rank":
        parts.append(unit)
    elif kind not in ("value", "share"):
        parts.append(kind)
    identifier = ".".join(parts)
    for sign, word in _SIGNS.items():
        identifier = identifier.replace(sign, word)
    # A key of a user's file may hold anything; what is written out stays different for different keys.
    return _NO_ANCHOR.sub(lambda found: f"_{ord(found[0]):x}_", identifier)


def read_cell(tables: Mapping[str, pd.DataFrame], claim: Claim) -> float:
    """Look the claim's value up again in `tables`; missing where the cell is missing.

    Raises
    ------
    InputError
        If the table, row or column is not there.
    """
    return read_value(tables, claim.kind, claim.table_name, claim.row_key, claim.column_name, unit=claim.unit)


def read_claims(claims: pd.DataFrame) -> tuple[Claim, ...]:
    """Return the rows of the table ``claims`` as :class:`Claim`."""
    columns = [column for column in table_columns("claims") if column in claims]
    rows = records(claims[columns])
    ends = (known(row.pop("estimate_low", None), row.pop("estimate_high", None)) for row in rows)
    return tuple(Claim(**row, estimate_low=low, estimate_high=high) for row, (low, high) in zip(rows, ends, strict=True))


def claims_table(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return the table ``claims``."""
    rows = pd.DataFrame([asdict(claim) for claim in claims], columns=table_columns("claims"))
    return rows.astype({"value": "float64", "decimals": "int64", "estimate_low": "float64", "estimate_high": "float64"})


def make_claims(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the claims of a study's report: all that its headlines and its summary state.

    Parameters
    ----------
    tables
        ``occupations sectors areas groups`` of the data dictionary. Any may be empty; cells may be missing.

    Returns
    -------
    pandas.DataFrame
        Table ``claims`` of the data dictionary, one row per binding.
    """
    from jobimpact.reporting.claims.selection import select_claims

    ledger = Ledger(tables)
    select_claims(ledger)
    return claims_table(ledger.claims.values())


class Ledger:
    """Collects claims, one per binding; a missing cell gives no claim.

    Attributes
    ----------
    tables
        Tables of the study.
    claims
        By identifier, in the order in which they were stated.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.tables = tables
        self.claims: dict[str, Claim] = {}
        self._intervals = Intervals(tables)

    def state(
        self, kind: str, table_name: str, row_key: str, column_name: str, *, unit: str = "", definition: str = ""
    ) -> Claim | None:
        """Add the claim of this binding and return it; None where its cell is missing.

        `unit` is needed for ranks alone; elsewhere it follows from the column.
        """
        identifier = claim_id(kind, table_name, row_key, column_name, unit)
        if identifier in self.claims:
            return self.claims[identifier]
        value = read_value(self.tables, kind, table_name, row_key, column_name, unit=unit)
        if math.isnan(value):
            return None
        unit, decimals = _stated_in(kind, column_name, unit, value)
        low, high = self._intervals.find(kind, table_name, row_key, column_name)
        text = direction_word(value, low=low, high=high) if kind == "direction" else format_value(value, unit, decimals)
        self.claims[identifier] = Claim(
            identifier,
            "share" if kind == "value" and unit == "percent" else kind,
            table_name,
            row_key,
            self.title(table_name, row_key),
            column_name,
            value,
            unit,
            decimals,
            text,
            definition or self.define(kind, table_name, row_key, column_name),
            low,
            high,
        )
        return self.claims[identifier]

    def value(self, table_name: str, row_key: str, column_name: str, definition: str = "") -> Claim | None:
        """Add the claim of one cell."""
        return self.state("value", table_name, row_key, column_name, definition=definition)

    def rank(self, table_name: str, row_key: str, column_name: str, end: str) -> Claim | None:
        """Add the claim of the row's place, counted from the `end` ``top`` or ``bottom``."""
        return self.state("rank", table_name, row_key, column_name, unit=RANK.format(end=end))

    def ordered(self, table_name: str, column_name: str, conditions: str = "*") -> list[str]:
        """Return the keys of the rows with a value that meet `conditions`, the highest first, ties by key."""
        if table_name not in self.tables:
            return []
        rows = select_rows(self.tables, table_name, conditions).dropna(subset=[column_name])
        keyed = rows.assign(_key=row_keys(table_name, rows)).sort_values("_key", kind="stable")
        return [str(key) for key in keyed.sort_values(column_name, ascending=False, kind="stable")["_key"]]

    def title(self, table_name: str, row_key: str) -> str:
        """Return the name of the row (or rows) as sentences print it."""
        if DIFFERENCE in row_key:
            return " less ".join(self.title(table_name, key) for key in row_key.split(DIFFERENCE))
        table = self.tables[table_name]
        own = table.loc[find_rows(table_name, table, row_key), TITLES[table_name]]
        title = str(own.iloc[0]) if len(own) else row_key
        return str(wording()["names"].get(f"{table_name}.{row_key}", title))

    def define(self, kind: str, table_name: str, row_key: str, column_name: str) -> str:
        """Return what the figure means, from the data dictionary, with the employment that it covers."""
        columns = read_dictionary()["columns"]
        meaning = ". Less: ".join(columns[column]["description"] for column in column_name.split(DIFFERENCE))
        lead = {
            "rank": f"Place in the table {table_name} ({_among(table_name, row_key)}), ordered by",
            "count": f"Rows of the table {table_name} ({row_key}) with a value of",
            "sum": f"Sum over the rows of the table {table_name} ({row_key}) of",
            "difference": "Difference of two rows in" if DIFFERENCE in row_key else "Difference",
            "direction": "Word for the difference in",
        }.get(kind)
        text = f"{lead}: {meaning}." if lead else f"{meaning}."
        return text + self._covered(kind, table_name, row_key, column_name)

    def _covered(self, kind: str, table_name: str, row_key: str, column_name: str) -> str:
        if kind != "value" or not is_covered(self.tables, table_name, column_name):
            return ""
        share = read_value(self.tables, "value", table_name, row_key, "matched_share")
        jobs = read_value(self.tables, "value", table_name, row_key, "tot_emp")
        return f" Covers {format_cell(share, 'share')} of {format_cell(jobs, 'jobs')} jobs."


def is_covered(tables: Mapping[str, pd.DataFrame], table_name: str, column_name: str) -> bool:
    """Return whether a column is about covered jobs alone; published employment, for one, is about all."""
    return "matched_share" in tables[table_name] and column_name.startswith(_OF_COVERED)


def _among(table_name: str, row_key: str) -> str:
    if table_name == "areas":
        return "states and the District of Columbia"
    return like_rows(table_name, row_key).replace("*", "all rows")


def _stated_in(kind: str, column_name: str, unit: str, value: float) -> tuple[str, int]:
    columns: dict[str, Any] = read_dictionary()["columns"]
    if kind == "rank":
        return unit, 0
    if kind == "direction":
        return "direction", 0
    if kind == "count":
        return "rows", 0
    return unit_and_decimals(columns[column_name.partition(DIFFERENCE)[0]]["unit"], value)
