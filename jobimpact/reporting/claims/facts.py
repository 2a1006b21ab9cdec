"""The one ledger of a report: states figures as claims, in its language; what a study does not hold is not stated."""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.headlines import Headline, headline_numbers
from jobimpact.reporting.claims.cells import (
    DIFFERENCE,
    TITLES,
    Binding,
    Cell,
    Count,
    Difference,
    find_rows,
    like_rows,
    read_value,
    row_keys,
    select_rows,
)
from jobimpact.reporting.claims.claims import Claim, claim_id
from jobimpact.reporting.claims.intervals import UNKNOWN, Ends, Intervals
from jobimpact.reporting.words.wording import (
    direction_word,
    format_cell,
    format_value,
    report_words,
    unit_and_decimals,
    wording,
)
from jobimpact.tables import column_entries

# Rows of these tables are rows of others, which have the names.
_ESTIMATES = ("estimate", "estimate_low", "estimate_high")  # of the tables raters and variance_ledger
_SAME_ROWS = {
    "change_raters": "raters.",
    "mix_occupations": "occupations.",
    "occupation_cells": "occupations.",
    "mix_majors": "groups.soc_major|",
    "mix_sectors": "sectors.",
    "mix_areas": "areas.",
    "change_occupations": "occupations.",
}
_OF_COVERED = ("exposure_", "share_workers_", "wage_bill")
_RANK = "rank from the {end}"
_CHANGE = "difference of "


class Facts:
    """States claims, one per binding, in the language of a report."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], language: str = "en") -> None:
        self.tables, self.language = tables, language
        self._intervals = Intervals(tables)
        # What two studies are compared by is a mean or a share, as its table says.
        units = tables["change_sides"]["side_unit"] if "change_sides" in tables else ["0-1"]
        self._units = {f"{start}estimate": f"{start}{next(iter(units))}" for start in ("", _CHANGE)}
        self._claims: dict[str, Claim | None] = {}

    def value(self, table: str, key: str, column: str) -> Claim | None:
        """State one cell; None, as for every other claim, where its table, row or column is not there or it is missing."""
        return self._state("value", Cell(table, key, column))

    def values(self, table: str, keys: Iterable[str], column: str) -> list[Claim]:
        """State the cells of a column in these rows that are not missing."""
        return [claim for claim in (self.value(table, key, column) for key in keys) if claim is not None]

    def count(self, table: str, conditions: str, column: str) -> Claim | None:
        """State how many rows that meet the conditions have a value."""
        return self._state("count", Count(table, conditions, column))

    def total(self, table: str, conditions: str, column: str) -> Claim | None:
        """State the sum over the rows that meet the conditions."""
        return self._state("sum", Count(table, conditions, column))

    def direction(self, left: Cell, right: Cell) -> Claim | None:
        """State the word for the left cell less the right one."""
        return self._state("direction", Difference(left, right))

    def difference(self, left: Cell, right: Cell) -> Claim | None:
        """State the left cell less the right one."""
        return self._state("difference", Difference(left, right))

    def rank(self, table: str, key: str, column: str, end: str = "") -> Claim | None:
        """State the place of the row from the `end` ``top`` or ``bottom``; by default from the nearer one."""
        cell = Cell(table, key, column)
        if not end:
            ranks = {}
            with suppress(InputError, KeyError):
                ranks = {end: read_value(self.tables, "rank", cell, unit=_RANK.format(end=end)) for end in ("top", "bottom")}
            end = min(ranks, key=ranks.__getitem__, default="top")
        return self._state("rank", cell, unit=_RANK.format(end=end))

    def _state(self, kind: str, binding: Binding, *, unit: str = "") -> Claim | None:
        identifier = claim_id(kind, binding, unit)
        if identifier not in self._claims:
            # What the study does not hold is not looked for twice.
            self._claims[identifier] = None
            with suppress(InputError, KeyError):
                self._claims[identifier] = self._make(identifier, kind, binding, unit)
        return self._claims[identifier]

    def _make(self, identifier: str, kind: str, binding: Binding, unit: str) -> Claim | None:
        value = read_value(self.tables, kind, binding, unit=unit)
        if math.isnan(value):
            return None
        unit, decimals = self._stated_in(kind, binding, unit, value)
        # The interval of a cell is not one of its rank.
        low, high = UNKNOWN if kind == "rank" else self._intervals.find(binding)
        if kind == "direction":
            text = direction_word(value, self.language, low, high)
        else:
            text = format_value(value, unit, decimals, self.language)
        name, meaning = self._name_of(binding), self._define(kind, binding)
        # What prints in percent is a share, under the same identifier.
        kind = "share" if kind == "value" and unit == "percent" else kind
        cell = binding.table, binding.key, name, binding.column
        return Claim(identifier, kind, *cell, value, unit, decimals, text, meaning, low, high)

    def interval(self, cell: Cell) -> Ends:
        """Return the ends of the interval of a cell, missing where the study has none."""
        return self._intervals.find(cell)

    def unit(self, column: str, table: str = "") -> str:
        """Return the unit of a column of the data dictionary, empty where it has none."""
        unit = str(column_entries(table).get(column, {}).get("unit", ""))
        return self._units.get(unit, unit)

    def _stated_in(self, kind: str, binding: Binding, unit: str, value: float) -> tuple[str, int]:
        if kind in ("rank", "direction", "count"):
            return {"rank": unit, "direction": "direction", "count": "rows"}[kind], 0
        column = binding.column.partition(DIFFERENCE)[0]
        if column in _ESTIMATES and isinstance(binding, Cell) and binding.key.count("|") > 1:
            # A row of the ledger, or of a judge, is of the column that its key names.
            return unit_and_decimals(self.unit(binding.key.rsplit("|", 2)[1]), value)
        changes = kind == "difference" and binding.table == "change_sides"
        return unit_and_decimals(f"{_CHANGE if changes else ''}{self.unit(column, binding.table)}", value)

    def _name_of(self, binding: Binding) -> str:
        if isinstance(binding, Difference) and DIFFERENCE in binding.key:
            names = (self.name(cell.table, cell.key) for cell in (binding.left, binding.right))
            return str(wording(self.language)["less"]).join(names)
        if isinstance(binding, Count):
            rows = wording(self.language)["rows"].get(binding.table, binding.key)
            return _known_name(binding.table, binding.key, self.language) or str(rows)
        return self.name(binding.table, binding.key)

    def _define(self, kind: str, binding: Binding) -> str:
        """Return what a figure means, from the data dictionary, with the employment that it covers."""
        words, columns = report_words(self.language), column_entries(binding.table)
        templates: Mapping[str, str] = words["definitions"]
        meanings = [words["meanings"].get(name, columns[name]["description"]) for name in binding.column.split(DIFFERENCE)]
        rows = like_rows(binding.table, binding.key) if kind == "rank" else binding.key
        rows = _known_name(binding.table, rows, self.language) or rows
        definition = templates[kind].format(meaning=templates["less"].join(meanings), table=binding.table, rows=rows)
        if kind != "value" or "matched_share" not in self.tables[binding.table] or not binding.column.startswith(_OF_COVERED):
            return definition
        share, jobs = (
            format_cell(read_value(self.tables, "value", Cell(binding.table, binding.key, column)), unit, self.language)
            for column, unit in (("matched_share", "share"), ("tot_emp", "jobs"))
        )
        return definition + templates["covered"].format(share=share, jobs=jobs)

    def ordered(self, table: str, column: str, conditions: str = "*") -> list[str]:
        """Return the keys of the rows with a value, the highest first, ties by key; none where the study has no such table."""
        with suppress(InputError, KeyError):
            rows = select_rows(self.tables, table, conditions).dropna(subset=[column])
            # Sorted by key first, so that ties do not hang on the order of the rows.
            keyed = rows.assign(_key=row_keys(table, rows)).sort_values("_key", kind="stable")
            return [str(key) for key in keyed.sort_values(column, ascending=False, kind="stable")["_key"]]
        return []

    def name(self, table: str, key: str) -> str:
        """Return the name of a row in the language of the report, as sentences print it."""
        return row_name(self.tables, table, key, self.language)

    def title(self, table: str, key: str) -> str:
        """Return the name of a row as a table or a title prints it."""
        return row_title(self.tables, table, key, self.language)


def study_headlines(tables: Mapping[str, pd.DataFrame]) -> list[Headline]:
    """Return the headlines of the study, none where no job was matched."""
    with suppress(InputError, IndexError, KeyError):
        return headline_numbers(tables["groups"], tables["sectors"])
    return []


def row_name(tables: Mapping[str, pd.DataFrame], table: str, key: str, language: str) -> str:
    """Return the name of a row as sentences print it; the publisher's title where the language has no other."""
    if table == "raters":
        # Its key is table|row|column|judge.
        return _known_name(table, key.rpartition("|")[2], language) or key
    if table == "variance_ledger":
        # Its key is table|row|column|component, and a row may hold the sign too.
        inner, _, rest = key.partition("|")
        return row_name(tables, inner, rest.rsplit("|", 2)[0], language)
    return _known_name(table, key, language) or _publisher_title(tables, table, key)


def row_title(tables: Mapping[str, pd.DataFrame], table: str, key: str, language: str) -> str:
    """Return the name of a row as a table or a title prints it: in English that of the publisher."""
    if language == "en" and table in TITLES:
        return _publisher_title(tables, table, key)
    return row_name(tables, table, key, language)


def _publisher_title(tables: Mapping[str, pd.DataFrame], table: str, key: str) -> str:
    rows, column = tables[table], TITLES.get(table, "")
    if column not in rows:
        return key
    titles = rows[column].to_numpy()[find_rows(table, rows, key)]
    return str(titles[0]) if len(titles) else key


def _known_name(table: str, key: str, language: str) -> str:
    """Return the name that `language` has for a row, empty where it has none."""
    names = wording(language)["names"]
    return str(names.get(f"{table}.{key}") or names.get(f"{_SAME_ROWS.get(table, '')}{key}", ""))
