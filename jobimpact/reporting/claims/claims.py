"""Claims: every figure that a report states, bound to the cell that holds it."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import pandas as pd

from jobimpact.reporting.claims.cells import DIFFERENCE, Binding, parse, read_value, records
from jobimpact.reporting.claims.intervals import Ends, both_ends
from jobimpact.tables import table_columns

# An identifier is an anchor in HTML: letters, digits, points, hyphens and underscores.
_SIGNS = {DIFFERENCE: "-less-", ">=": "-from-", "<": "-below-", "=": "-is-", "|": ".", ":": ".", " ": "-", "*": "all"}
_NO_ANCHOR = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True)
class Claim:
    """A figure and what it rests on; a row of the table ``claims`` of the data dictionary.

    Its identifier names the binding, so it stays when the value changes, and is the anchor in the report.
    """

    claim_id: str
    kind: str
    # of the binding, like row_key and column_name: see jobimpact.reporting.claims.cells.parse
    table_name: str
    row_key: str
    row_title: str  # as sentences print the name of the row
    column_name: str
    value: float  # unrounded; unit and decimals are those of its text
    unit: str
    decimals: int
    text: str
    definition: str
    estimate_low: float = math.nan
    estimate_high: float = math.nan

    @property
    def binding(self) -> Binding:
        """What the figure is read from."""
        return parse(self.kind, self.table_name, self.row_key, self.column_name)

    @property
    def interval(self) -> Ends:
        """Both ends of the interval of the value, missing where it is not known."""
        return self.estimate_low, self.estimate_high


def claim_id(kind: str, binding: Binding, unit: str = "") -> str:
    """Return the identifier of the claim with this binding.

    Examples
    --------
    >>> from jobimpact.reporting.claims.cells import Cell
    >>> claim_id("rank", Cell("sectors", "52", "exposure_beta"), "rank from the top")
    'sectors.52.exposure_beta.rank-from-the-top'
    """
    parts = [binding.table, binding.key, binding.column]
    if kind == "rank":
        parts.append(unit)
    elif kind not in ("value", "share"):
        parts.append(kind)
    identifier = ".".join(parts)
    for sign, word in _SIGNS.items():
        identifier = identifier.replace(sign, word)
    # A key of a user's file may hold anything; what is written out stays different for different keys.
    return _NO_ANCHOR.sub(lambda match: f"_{ord(match[0]):x}_", identifier)


def read_cell(tables: Mapping[str, pd.DataFrame], claim: Claim) -> float:
    """Look the claim's value up again in `tables`; an InputError where its cell is not there."""
    return read_value(tables, claim.kind, claim.binding, unit=claim.unit)


def read_claims(claims: pd.DataFrame) -> tuple[Claim, ...]:
    """Return the rows of the table ``claims`` as :class:`Claim`."""
    columns = [column for column in table_columns("claims") if column in claims]
    rows = records(claims[columns])
    ends = (both_ends(row.pop("estimate_low", None), row.pop("estimate_high", None)) for row in rows)
    return tuple(Claim(**row, estimate_low=low, estimate_high=high) for row, (low, high) in zip(rows, ends, strict=True))


def claims_table(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return the table ``claims``."""
    rows = pd.DataFrame([asdict(claim) for claim in claims], columns=table_columns("claims"))
    return rows.astype({"value": "float64", "decimals": "int64", "estimate_low": "float64", "estimate_high": "float64"})
