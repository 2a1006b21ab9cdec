"""A user's own employment table: a code and a weight in each row, cells of a published table or persons of a survey."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from jobimpact.errors import CodeWarning, InputError
from jobimpact.facts.codes import normalise_onetsoc, normalise_soc
from jobimpact.sources.indices.packaged import read_packaged_isco_crosswalk
from jobimpact.sources.usertables import find_column, read_user_table

if TYPE_CHECKING:
    from collections.abc import Sequence

Classification = Literal["soc", "onetsoc", "soc2010", "census", "isco", "esco", "csco", "other"]
Totals = Literal["refuse", "leave-out", "keep"]

# What publishers write in place of a figure that they do not release.
_SUPPRESSED = ("", "*", "**", "-", "~", "..", "...", ":", "x", "c", "d", "s", "n", "na", "n/a", "nan", "none", "null", "<na>")
_TOP_CODED = "#"
_THOUSANDS = r"[1-9]\d{0,2}([,\s]\d{3})+(\.\d+)?"  # blanks of any width part thousands too
_DECIMAL_COMMA = r"-?(\d+|\d{1,3}(\.\d{3})+),\d+"
_CERTAIN_COMMA = r"-?0\d*,\d+|-?\d+,(\d{1,2}|\d{4,})|-?\d{1,3}(\.\d{3})+,\d+"  # which no thousands are written like
_TOTAL_WORDS = ("total", "totals", "all", "all occupations", "sum", "insgesamt", "gesamt", "ensemble", "合计", "总计")
_ROUNDING = 0.005  # by which a row of a total may differ from the sum of the others
_NOT_GIVEN = "not given"
_FEWEST = 2
_ZEROS = "; if 1 to 3 are the groups 01 to 03 of the armed forces, write their zero"


@dataclass(frozen=True)
class UserEmployment:
    """Employment by code as a user has it.

    Attributes
    ----------
    rows
        One row for each of the user's, in their order: ``code`` (normalised; as given where it is none of the
        classification), ``weight`` (missing where suppressed), and where they were named ``wage``, ``stratum``, ``psu``,
        ``sampling_fraction``, ``weight_se``.
    groups
        The columns to group by, with the same index; cells without a value are ``not given``.
    classification
        What the codes are of.
    replicates
        (n, R) replicate weights, or None.
    persons
        Rows are persons of a sample, not cells of a table.
    name
        Of the file.
    """

    rows: pd.DataFrame
    groups: pd.DataFrame
    classification: Classification
    replicates: np.ndarray | None = field(default=None, repr=False)
    persons: bool = False
    name: str = ""


def read_user_employment(
    path: str | Path,
    code_column: str = "code",
    weight_column: str = "weight",
    *,
    classification: Classification = "soc",
    group_columns: Sequence[str] = (),
    wage_column: str | None = None,
    stratum_column: str | None = None,
    psu_column: str | None = None,
    sampling_fraction_column: str | None = None,
    replicate_prefix: str | None = None,
    weight_se_column: str | None = None,
    persons: bool = False,
    totals: Totals = "refuse",
    encoding: str = "utf-8-sig",
    sheet: str | None = None,
) -> UserEmployment:
    """Read a table of employment by code: .csv, .tsv, .xlsx, .parquet or .jsonl.

    Parameters
    ----------
    code_column, classification
        Occupation codes, detailed or of groups, as publishers or spreadsheets write them; what is none stays as it is written.
    weight_column
        Jobs of the cell, or the survey weight of the person; 0 or more. A publisher's marker of suppression (``*``, ``-``,
        ``..``) or an empty cell is missing, and counted as such.
    group_columns
        Columns to group by, such as region or sex.
    wage_column
        Mean annual wage of the cell, or the person's; ``#``, which BLS writes above its highest figure, is not known.
    stratum_column, psu_column, sampling_fraction_column
        Of the sample, the last one the part of the stratum's units that was drawn. Any of them says that rows are persons.
    replicate_prefix
        Columns whose names begin so are replicate weights; with ``*`` or ``?`` in it, those whose whole name fits. Each must
        end in its number, as flags such as REPWTP do not.
    weight_se_column
        Standard error of the cell's jobs, in jobs.
    persons
        Whether rows are persons of a sample, where no column of the design says so.
    totals
        What becomes of groups beside codes below them in a table of cells: ``refuse``, ``leave-out``, or ``keep`` where they
        hold jobs of their own.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing (with the nearest name), a weight is negative or no number, no
        weight is above 0, a choice is unknown, or groups stand beside their own details.

    Warns
    -----
    CodeWarning
        With the number and size of totals left out, and of wages above the publisher's highest figure.
    """
    path = Path(path)
    for option, value, allowed in (
        ("classification", classification, get_args(Classification)),
        ("totals", totals, get_args(Totals)),
    ):
        if value not in allowed:
            raise InputError(f"{option} {value!r} is not known: use one of {', '.join(allowed)}")
    find = _Finder(read_user_table(path, encoding=encoding, sheet=sheet), path.name)
    columns = {"code": _codes(find.column(code_column, "code_column"), classification)}
    columns["weight"] = find.numbers(weight_column, "weight_column")
    for name, column in (("wage", wage_column), ("sampling_fraction", sampling_fraction_column), ("weight_se", weight_se_column)):
        if column is not None:
            columns[name] = find.numbers(column, f"{name}_column", open_top=name == "wage")
    for name, column in (("stratum", stratum_column), ("psu", psu_column)):
        if column is not None:
            columns[name] = _labels(find.column(column, f"{name}_column"))
    rows = pd.DataFrame(columns)
    if not rows["weight"].sum() > 0:
        raise InputError(f"{path.name}: found no weight above 0 in {weight_column!r}; expected jobs or survey weights")
    groups = pd.DataFrame({name: _labels(find.column(name, "group_columns")) for name in group_columns}, index=rows.index)
    replicates = None if replicate_prefix is None else find.replicates(replicate_prefix, weight_column)
    is_sample = persons or replicates is not None or bool({"stratum", "psu", "sampling_fraction"} & set(rows))
    if not is_sample:
        stay = _settle_totals(rows, groups, classification, totals, path.name)
        rows, groups = rows[stay].reset_index(drop=True), groups[stay].reset_index(drop=True)
    return UserEmployment(rows, groups, classification, replicates, is_sample, path.name)


@dataclass(frozen=True)
class _Finder:
    """Columns of a user's table, by their names."""

    table: pd.DataFrame
    name: str

    def column(self, column: str, option: str) -> pd.Series:
        return self.table[find_column(self.table, column, option=option, name=self.name)].reset_index(drop=True)

    def numbers(self, column: str, option: str, *, least: float = 0.0, open_top: bool = False) -> pd.Series:
        cells = self.column(column, option)
        if is_float_dtype(cells) and not (cells < least).any() and not np.isinf(cells).any():
            return cells.astype("float64")
        text = cells.astype(object).where(cells.notna(), "").astype(str).str.strip()
        if open_top and (above := text == _TOP_CODED).any():
            text = text.mask(above, "")
            warnings.warn(
                f"{self.name}: {int(above.sum()):,} cells of {column!r} are {_TOP_CODED}, above the publisher's highest figure: "
                "they are not known, and their rows are in no wage bill",
                CodeWarning,
                stacklevel=3,
            )
        text = self._with_points(text, column)
        plain = text.where(~text.str.fullmatch(_THOUSANDS), text.str.replace(r"[,\s]", "", regex=True))
        numbers = pd.to_numeric(plain, errors="coerce").astype("float64")
        strange = (numbers.isna() & ~text.str.lower().str.strip("()").isin(_SUPPRESSED)) | np.isinf(numbers)
        for wrong, what in ((strange, "is no number"), (numbers < least, "is negative")):
            if wrong.any():
                row = int(wrong.to_numpy().argmax())
                raise InputError(
                    f"{self.name}: row {row + 1:,} of {column!r} has {text.iloc[row][:40]!r}, which {what} ({int(wrong.sum()):,} "
                    "such rows); expected numbers of 0 or more"
                )
        return numbers

    def _with_points(self, text: pd.Series, column: str) -> pd.Series:
        """Return numbers with decimal commas with points, where the file's own separator says that commas are decimal."""
        certain = text.str.fullmatch(_CERTAIN_COMMA)
        if not certain.any():
            return text
        commas = text.str.fullmatch(_DECIMAL_COMMA)
        if self.table.attrs.get("separator") == ";" and not text[~commas].str.contains(",", regex=False).any():
            return text.mask(commas, text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False))
        row = int(certain.to_numpy().argmax())
        raise InputError(
            f"{self.name}: row {row + 1:,} of {column!r} has {text.iloc[row][:40]!r}; is that a decimal comma? Expected a point: "
            f"write {text.iloc[row].replace('.', '').replace(',', '.')[:40]}"
        )

    def replicates(self, pattern: str, weight_column: str) -> np.ndarray:
        folded = (pattern if re.search(r"[*?\[]", pattern) else f"{pattern}*").casefold()
        others = [name for name in map(str, self.table) if name.casefold() != weight_column.casefold()]
        names = [name for name in others if fnmatchcase(name.casefold(), folded)]
        if len(names) < _FEWEST:
            raise InputError(
                f"{self.name}: found {len(names)} columns that begin with {pattern!r}; expected two or more replicates"
            )
        if strange := [column for column in names if not column[-1].isdigit()]:
            raise InputError(
                f"{self.name}: found {strange[0]!r} among the {len(names)} columns of {pattern!r}; expected replicate weights "
                "that end in their number: narrow the pattern, such as 'repwt[0-9]*'"
            )
        # Successive differences give some replicate weights below 0.
        weights = np.column_stack([self.numbers(column, "replicate_prefix", least=-np.inf) for column in names])
        if np.isnan(weights).any():
            raise InputError(
                f"{self.name}: found {int(np.isnan(weights).sum()):,} replicate weights without a number; expected one in every "
                "row of each: give the file as it was released"
            )
        return weights


def _codes(cells: pd.Series, classification: Classification) -> pd.Series:
    # A column of codes with a gap is read as floats: 2512.0.
    text = cells.astype(object).where(cells.notna(), "").astype(str).str.strip().str.replace(r"\.0$", "", regex=True)
    if classification in ("soc", "soc2010"):
        # 15 and 15-12 are ways to write the groups 15-0000 and 15-1200.
        filled = text.where(~text.str.fullmatch(r"\d\d(-\d{0,3})?"), text.str.replace("-", "", regex=False).str.ljust(6, "0"))
        codes = normalise_soc(filled)
    elif classification == "onetsoc":
        codes = normalise_onetsoc(cells.astype(object))
    elif classification == "isco":
        codes = text.str.replace(r"^OC(?=\d)", "", regex=True)
        # Groups that surveys fill with zeros to four digits, such as 2500; no unit group ends so that is not one.
        padded = codes.str.fullmatch(r"\d{3}0") & ~codes.isin(set(read_packaged_isco_crosswalk()["from_code"]))
        codes = codes.mask(padded, codes.str.rstrip("0"))
    elif classification == "csco":
        codes = text.str.replace(r"(-00)+$", "", regex=True)
    elif classification == "census":
        codes = text.where(~text.str.fullmatch(r"\d{1,3}"), text.str.zfill(4))
    else:
        codes = text
    return codes.where(codes.notna(), text).astype(object)


def _labels(cells: pd.Series) -> pd.Series:
    text = cells.astype(object).where(cells.notna(), "").astype(str).str.strip()
    return text.mask(text == "", _NOT_GIVEN)


def _has_below(rows: pd.DataFrame, groups: pd.DataFrame, classification: Classification) -> pd.Series:
    """Return which rows are groups that other rows of the same cell stand below, as totals do."""
    codes = rows["code"]
    if classification in ("soc", "soc2010"):
        stems = codes.str.replace("-", "", regex=False).str.rstrip("0")
    elif classification in ("isco", "csco"):
        stems = codes
    else:
        return pd.Series(data=False, index=rows.index)
    cells = list(groups.itertuples(index=False, name=None)) if len(groups.columns) else [()] * len(rows)
    pairs = pd.Series(list(zip(cells, stems, strict=True)), index=rows.index)
    # The stem of 00-0000 is empty, and so is that of a row without a code, which stands above nothing.
    coded = codes.str.contains(r"\d")
    above = {(cell, stem[:end]) for cell, stem in pairs[coded] for end in range(len(stem))}
    has_below = pairs.isin(above) & coded
    if classification == "soc" and has_below.any():
        # Beside its totals OEWS lists what it publishes combined, such as 13-1020, twice: as broad group and as detail.
        same = pd.DataFrame({"pair": pairs, "weight": rows["weight"]}).duplicated()
        has_below |= same & coded & codes.str.endswith("0")
    return has_below


def _is_sum(rows: pd.DataFrame, groups: pd.DataFrame) -> pd.Series:
    """Return which rows have no code and are called a total, or hold as much as all others of their cell."""
    uncoded = ~rows["code"].str.contains(r"\d")
    cells = [groups[name] for name in groups] or [pd.Series(0, index=rows.index)]
    others = rows["weight"].where(~uncoded).groupby(cells).transform("sum")
    is_word = rows["code"].str.strip().str.casefold().isin(_TOTAL_WORDS)
    return uncoded & (is_word | ((rows["weight"] - others).abs() <= _ROUNDING * others)) & (others > 0)


def _settle_totals(
    rows: pd.DataFrame, groups: pd.DataFrame, classification: Classification, totals: Totals, name: str
) -> pd.Series:
    """Return which rows stay, as `totals` says of groups that stand beside their own details."""
    is_total = _has_below(rows, groups, classification) | _is_sum(rows, groups)
    if totals == "keep" or not is_total.any():
        return pd.Series(data=True, index=rows.index)
    first, size = rows.loc[is_total, "code"].iloc[0], rows.loc[is_total, "weight"].sum()
    if totals == "refuse":
        raise InputError(
            f"{name}: found {int(is_total.sum()):,} groups beside codes below them (first: {first}), with {size:,.0f} jobs, "
            "which would count twice if they are totals; expected details alone: give {totals} leave-out, or {totals} keep if "
            f"they are not{_ZEROS if classification == 'isco' and len(first) == 1 else ''}",
            parameters=["totals"],
        )
    warnings.warn(
        f"{name}: {int(is_total.sum()):,} rows of totals (first: {first}), {size:,.0f} jobs, are left out beside their details",
        CodeWarning,
        stacklevel=3,
    )
    return ~is_total
