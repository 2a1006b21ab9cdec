"""Published indices of exposure by occupation, each read by the layout that data/indices.toml gives of its file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import InputError, SourceError
from jobimpact.facts.codes import normalise_onetsoc, normalise_soc
from jobimpact.facts.registry import load_function
from jobimpact.sources.rawtables import (
    check_cells,
    check_columns,
    check_filled,
    check_source_table,
    find_file,
    plain_ids,
    read_raw_sheet,
    read_raw_table,
)
from jobimpact.tables import table_columns

SOC_2010, SOC_2018, ISCO_08 = "SOC 2010", "SOC 2018", "ISCO-08"
Codes = Literal["SOC 2010", "SOC 2018", "ISCO-08", "O*NET-SOC 2010", "O*NET-SOC 2019"]
_CLASSIFICATIONS: Mapping[str, str] = {"O*NET-SOC 2010": SOC_2010, "O*NET-SOC 2019": SOC_2018}


@dataclass(frozen=True)
class PublishedIndex:
    """A published index and the layout of its file; the comments of data/indices.toml say what each field means."""

    name: str
    title: str
    source: str
    patterns: tuple[str, ...]
    codes: Codes
    code: str
    value: str
    unit: str
    packaged: bool
    note: str
    label: str | None = None
    reader: str | None = None
    sheet: str | None = None
    separator: str = ","
    gaps: bool = False
    repeats: bool = False
    newest: str | None = None
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def classification(self) -> str:
        """The classification of the index once it is read: SOC 2010, SOC 2018 or ISCO-08."""
        return _CLASSIFICATIONS.get(self.codes, self.codes)

    @property
    def is_detailed(self) -> bool:
        """Whether several rows of the file make up one occupation of the index, which is their mean."""
        return self.codes in _CLASSIFICATIONS or self.codes == ISCO_08


def published_indices() -> dict[str, PublishedIndex]:
    """Return the published indices that a study is compared with, by name, in the order of data/indices.toml.

    Examples
    --------
    >>> list(published_indices())[:3]
    ['eloundou_human', 'eloundou_gpt4', 'aioe']
    """
    return {name: _index(name, entry) for name, entry in read_assumptions("indices").items()}


def read_index(name: str, path: str | Path) -> pd.DataFrame:
    """Read a published index from its publisher's file.

    Parameters
    ----------
    name
        Entry of data/indices.toml, where its paper, unit and caveat are.
    path
        The publisher's file, or a folder that holds it under the publisher's name.

    Returns
    -------
    pandas.DataFrame
        Table ``index_scores``, or ``isco_index_scores`` where the publisher has ISCO-08 unit groups: one row for each
        occupation, the mean of its rows where the file is finer. Occupations that the publisher lists without a value are
        not in it: the index does not speak of them.

    Raises
    ------
    InputError
        If there is no such index.
    SourceError
        If the file is missing, broken off, lacks a column, or holds a code or a value that is none.
    """
    indices = published_indices()
    if name not in indices:
        raise InputError(f"index {name!r} is not known; expected one of {', '.join(indices)}: give one of these")
    index, path = indices[name], Path(path)
    file = path if index.reader else _find(index, path)
    raw = load_function(index.reader)(path) if index.reader else _read_raw(index, file)
    rows = _parse(index, raw, file.name)
    occupations = _average(rows, index.classification) if index.is_detailed else rows
    if occupations.empty:
        raise SourceError(f"{file.name}: found no score in any row; expected the publisher's scores: download it again")
    isco = index.codes == ISCO_08
    schema, key = ("isco_index_scores", "isco_code") if isco else ("index_scores", "soc_code")
    table = occupations.rename(columns={"code": key}).assign(voice=name, classification=index.classification)
    return check_source_table(schema, table[table_columns(schema)].reset_index(drop=True), file.name, (key,))


def _index(name: str, entry: Mapping[str, Any]) -> PublishedIndex:
    fields = {key: value for key, value in entry.items() if key not in {"pattern", "patterns"}}
    return PublishedIndex(name=name, patterns=(entry["pattern"], *entry.get("patterns", ())), **fields)


def _find(index: PublishedIndex, path: Path) -> Path:
    stem = index.patterns[0].partition(".")[0]
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder; expected {stem}: check the path")
    file = find_file(path, stem) if path.is_dir() else path
    if file is None:
        raise SourceError(f"{path}: found no file {stem!r} in it; expected source {index.source}: give the file itself")
    return file


def _read_raw(index: PublishedIndex, file: Path) -> pd.DataFrame:
    columns = [*filter(None, (index.code, index.label, index.newest, *index.only)), index.value]
    if index.sheet is None:
        raw = read_raw_table(file, columns, separator=index.separator, quoted=True)
    else:
        cells = read_raw_sheet(file, index.sheet)
        raw = cells.iloc[1:].set_axis(cells.iloc[0].str.strip().to_list(), axis=1).reset_index(drop=True)
        check_columns(raw, columns, file.name)
        raw = raw[columns].dropna(how="all")
    check_filled(raw, columns[:-1] if index.gaps else columns, file.name)
    for column, identifiers in index.only.items():
        raw = raw[plain_ids(raw[column]).isin(identifiers)]
    if index.newest:
        # The last year of a series may have its rows and no values yet.
        years = raw.loc[raw[index.value].notna(), index.newest]
        raw = raw[raw[index.newest].eq(years.max())]
    return raw


def _parse(index: PublishedIndex, raw: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return ``code title index_value`` of the rows that have a value."""
    filled = raw.dropna(subset=[index.value])
    codes = _codes(filled[index.code], index.codes)
    values = pd.to_numeric(filled[index.value], errors="coerce")
    check_cells(codes.notna(), filled[index.code], name, f"a code of {index.codes}")
    check_cells(values.notna(), filled[index.value], name, "a score")
    titles = filled[index.label] if index.label else None
    rows = pd.DataFrame({"code": codes, "title": titles, "index_value": values.astype("float64")})
    if index.repeats:
        rows = rows.drop_duplicates(["code", "index_value"])
    repeated = rows["code"].duplicated()
    if index.codes in _CLASSIFICATIONS and repeated.any():
        raise SourceError(
            f"{name}: found {rows.loc[repeated, 'code'].iloc[0]} more than once; expected one value for each occupation: "
            "download it again"
        )
    return rows


def _codes(cells: pd.Series, codes: Codes) -> pd.Series:
    if codes == ISCO_08:
        digits = plain_ids(cells).str.zfill(4)  # a spreadsheet takes the zero of 0110 away
        return digits.where(digits.str.fullmatch(r"\d{4}"))
    return normalise_onetsoc(cells) if codes in _CLASSIFICATIONS else normalise_soc(cells)


def _average(rows: pd.DataFrame, classification: str) -> pd.DataFrame:
    """Return the mean by unit group or SOC code; the title is that of its first row by code."""
    # The lowest code of a SOC occupation, .00, bears its title; .01 and on are specialities.
    ordered = rows.sort_values("code", kind="stable")
    codes = ordered["code"] if classification == ISCO_08 else normalise_soc(ordered["code"])
    return ordered.groupby(codes).agg(title=("title", "first"), index_value=("index_value", "mean")).reset_index()
