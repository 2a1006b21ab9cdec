"""The facts that a report states: claims in its language; what a study does not hold is not stated."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from jobimpact.errors import InputError
from jobimpact.reporting.claims.cells import DIFFERENCE, TITLES, find_rows, like_rows, other_table, read_value
from jobimpact.reporting.claims.claims import Claim, Ledger, is_covered
from jobimpact.reporting.words.narrative import interval
from jobimpact.reporting.words.wording import direction_word, format_cell, format_value, report_words, wording
from jobimpact.tables import read_dictionary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

# Rows of these tables are rows of others, which have the names.
_SAME_ROWS = {
    "mix_occupations": "occupations.",
    "occupation_cells": "occupations.",
    "mix_majors": "groups.soc_major|",
    "mix_sectors": "sectors.",
    "mix_areas": "areas.",
    "change_occupations": "occupations.",
}
_CONDITIONS = ("=", "<")


class Facts:
    """States claims, in the language of a report.

    Parameters
    ----------
    tables
        Tables of a study, and those made for the report, by name.
    language
        ``en`` or ``zh``.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], language: str = "en") -> None:
        self.tables, self.language = tables, language
        self._ledger = _AllTables(tables)
        self._stated: dict[str, Claim] = {}

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim that was stated, in that order."""
        return tuple(self._stated.values())

    def state(self, kind: str, table_name: str, row_key: str, column_name: str, *, unit: str = "") -> Claim | None:
        """State a claim; None where its table, row or column is not there or the cell is missing."""
        with suppress(InputError, KeyError):
            claim = self._ledger.state(kind, table_name, row_key, column_name, unit=unit)
            if claim is not None and claim.claim_id not in self._stated:
                said = localise(claim, self.language, self.name(table_name, row_key))
                self._stated[claim.claim_id] = replace(said, definition=said.definition + self._covered(claim))
            return None if claim is None else self._stated[claim.claim_id]
        return None

    def _covered(self, claim: Claim) -> str:
        """Return how much employment a figure covers, in a language whose definitions do not say it yet."""
        known = is_covered(self.tables, claim.table_name, claim.column_name)
        if self.language == "en" or claim.kind not in ("value", "share") or not known:
            return ""
        cells = [read_value(self.tables, "value", claim.table_name, claim.row_key, name) for name in ("tot_emp", "matched_share")]
        jobs, share = (format_cell(*cell, self.language) for cell in zip(cells, ("jobs", "share"), strict=True))
        return str(report_words(self.language)["definitions"]["covered"]).format(jobs=jobs, share=share)

    def value(self, table_name: str, row_key: str, column_name: str) -> Claim | None:
        """State one cell."""
        return self.state("value", table_name, row_key, column_name)

    def count(self, table_name: str, conditions: str, column_name: str) -> Claim | None:
        """State how many rows that meet the conditions have a value."""
        return self.state("count", table_name, conditions, column_name)

    def total(self, table_name: str, conditions: str, column_name: str) -> Claim | None:
        """State the sum over the rows that meet the conditions."""
        return self.state("sum", table_name, conditions, column_name)

    def rank(self, table_name: str, row_key: str, column_name: str) -> Claim | None:
        """State the place of the row, counted from the nearer end."""
        places = [self._ledger_rank(table_name, row_key, column_name, end) for end in ("top", "bottom")]
        known = [place for place in places if place is not None]
        if not known:
            return None
        nearer = min(known, key=lambda place: place[0])
        return self.state("rank", table_name, row_key, column_name, unit=nearer[1])

    def _ledger_rank(self, table_name: str, row_key: str, column_name: str, end: str) -> tuple[float, str] | None:
        with suppress(InputError, KeyError):
            unit = f"rank from the {end}"
            place = read_value(self.tables, "rank", table_name, row_key, column_name, unit=unit)
            return None if place != place else (place, unit)  # noqa: PLR0124 - missing is not itself
        return None

    def direction(self, table_name: str, row_key: str, column_name: str) -> Claim | None:
        """State the word for a difference ``A - B`` of rows."""
        return self.state("direction", table_name, row_key, column_name)

    def difference(self, table_name: str, row_key: str, column_name: str) -> Claim | None:
        """State a difference ``A - B`` of rows."""
        return self.state("difference", table_name, row_key, column_name)

    def ordered(self, table_name: str, column_name: str, conditions: str = "*") -> list[str]:
        """Return the keys of the rows with a value, the highest first; none where the study does not hold them."""
        with suppress(InputError, KeyError):
            return self._ledger.ordered(table_name, column_name, conditions)
        return []

    def among(self, table_name: str, row_key: str) -> str:
        """Return the condition of the rows among which a row is ranked."""
        return like_rows(table_name, row_key)

    def name(self, table_name: str, row_key: str) -> str:
        """Return the name of a row, or of the rows that meet conditions, in the language of the report."""
        return row_name(self.tables, table_name, row_key, self.language)

    def title(self, table_name: str, row_key: str) -> str:
        """Return the name of a row as a table or a title prints it."""
        return row_title(self.tables, table_name, row_key, self.language)


class _AllTables(Ledger):
    """A ledger of every table that a report reads, whose claims are named in the language of the report afterwards."""

    def title(self, table_name: str, row_key: str) -> str:
        return f"{table_name} {row_key}"


def row_name(tables: Mapping[str, pd.DataFrame], table_name: str, row_key: str, language: str) -> str:
    """Return the name of a row as sentences print it; the publisher's title where the language has no other."""
    if DIFFERENCE in row_key and table_name != "variance_ledger" and not find_rows(table_name, tables[table_name], row_key).any():
        ends = [other_table(tables, table_name, key) for key in row_key.split(DIFFERENCE)]
        return str(wording(language)["less"]).join(row_name(tables, *end, language) for end in ends)
    if table_name == "variance_ledger":
        inner, _, rest = row_key.partition("|")
        return row_name(tables, inner, rest.rsplit("|", 2)[0], language)
    known = _known_name(table_name, row_key, language)
    if known:
        return known
    if any(sign in row_key for sign in _CONDITIONS):
        return str(wording(language)["rows"].get(table_name, row_key))
    return _own_title(tables, table_name, row_key)


def row_title(tables: Mapping[str, pd.DataFrame], table_name: str, row_key: str, language: str) -> str:
    """Return the name of a row as a table or a title prints it: in English that of the publisher."""
    if language == "en" and table_name in TITLES:
        return _own_title(tables, table_name, row_key)
    return row_name(tables, table_name, row_key, language)


def _own_title(tables: Mapping[str, pd.DataFrame], table_name: str, row_key: str) -> str:
    table, column = tables[table_name], TITLES.get(table_name, "")
    if column not in table:
        return row_key
    own = table[column].to_numpy()[find_rows(table_name, table, row_key)]
    return str(own[0]) if len(own) else row_key


def _known_name(table_name: str, row_key: str, language: str) -> str:
    """Return the name that `language` has for a row, empty where it has none."""
    names = wording(language)["names"]
    return str(names.get(f"{table_name}.{row_key}") or names.get(f"{_SAME_ROWS.get(table_name, '')}{row_key}", ""))


def localise(claim: Claim, language: str, row_title: str) -> Claim:
    """Return the claim as `language` states it, its row named `row_title`."""
    if claim.kind == "direction":
        text = direction_word(claim.value, language, *interval(claim))
    else:
        text = format_value(claim.value, claim.unit, claim.decimals, language)
    definition = claim.definition if language == "en" else define(claim, language)
    return replace(claim, text=text, row_title=row_title, definition=definition)


def define(claim: Claim, language: str) -> str:
    """Return what a claim's figure means, in `language`."""
    words, described = report_words(language), read_dictionary()["columns"]
    meanings = [words["meanings"].get(name, described[name]["description"]) for name in claim.column_name.split(DIFFERENCE)]
    return str(words["definitions"][claim.kind]).format(meaning=str(words["definitions"]["less"]).join(meanings))


def localise_claim(claim: Claim, language: str) -> Claim:
    """Return the claim as `language` states it; a row that the language has no name for keeps the one it has."""
    keys, titles = claim.row_key.split(DIFFERENCE), claim.row_title.split(wording("en")["less"])
    if len(keys) != len(titles):
        keys, titles = [claim.row_key], [claim.row_title]
    names = [_known_name(claim.table_name, key, language) or title for key, title in zip(keys, titles, strict=True)]
    return localise(claim, language, str(wording(language)["less"]).join(names))
