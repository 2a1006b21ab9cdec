"""A table as a Stata file: names that Stata takes, labels from the data dictionary, codes as text, nothing rounded."""

import io
import re
import warnings
from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, datetime

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import InputError
from jobimpact.reporting.formats.codebook import UNDESCRIBED
from jobimpact.reporting.formats.layout import free_name
from jobimpact.tables import column_entries, read_dictionary

_RESERVED = frozenset(assumption("exports", "stata_reserved"))
_FIXED_TEXT = re.compile(r"str\d+")
# The file says nothing of when it was made: the same table gives the same bytes.
_STAMP = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_NO_YES: dict[float, str] = {0: "no", 1: "yes"}


def stata_names(columns: Iterable[str]) -> dict[str, str]:
    """Return a Stata name for every column: at most 32 letters, digits and underscores, all different.

    Letters of any alphabet stay. Names that differ by case alone get a number too, as other programs ignore
    case.

    Examples
    --------
    >>> stata_names(["tot_emp", "share of jobs", "2nd", "if"])
    {'tot_emp': 'tot_emp', 'share of jobs': 'share_of_jobs', '2nd': '_2nd', 'if': 'if_'}
    """
    most = int(assumption("exports", "stata_name"))
    names: dict[str, str] = {}
    others: set[str] = set()
    for column in columns:
        clean = "".join(sign if _is_letter(sign) else "_" for sign in column) or "_"
        clean = f"_{clean}" if clean[0].isdigit() else clean
        clean = f"{clean}_" if clean in _RESERVED or _FIXED_TEXT.fullmatch(clean) else clean
        names[column] = free_name(clean, others, most=most)
    return names


def _is_letter(sign: str) -> bool:
    # Between these two, pandas replaces letters such as the ordinal signs, which Stata does not take.
    return sign == "_" or (sign.isalnum() and (ord(sign) < 128 or ord(sign) > 191) and len(sign.encode()) < 4)  # noqa: PLR2004


def stata_label(text: str) -> str:
    """Return `text` on one line, cut at a word with an ellipsis where Stata's labels are shorter.

    Examples
    --------
    >>> stata_label("Mean beta")
    'Mean beta'
    """
    most, line = int(assumption("exports", "stata_label")), " ".join(text.split())
    if len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:.(") + "\N{HORIZONTAL ELLIPSIS}"


def stata_bytes(table: pd.DataFrame, name: str, *, title: str = "", meanings: Mapping[str, str] | None = None) -> bytes:
    """Return `table` as a file of Stata 14 or later (format 118, or 119 for more than 32,767 variables).

    Numbers are doubles or whole numbers, missing where they are; codes and texts are text, empty where
    missing, strL where they are long; columns with a list of allowed values are numbers with value labels;
    truth values 0 no, 1 yes. Variable labels are descriptions of the data dictionary, else of `meanings`, cut
    to 80 characters. A number that is infinite or beyond what Stata holds is an InputError.
    """
    from pandas.errors import PossiblePrecisionLoss

    names = stata_names([str(column) for column in table.columns])
    described = {column: column_entries(name).get(column, {}) for column in names}
    renamed = table.set_axis(list(names), axis=1)
    data = renamed.assign(**{column: _variable(renamed[column], described[column].get("values", ())) for column in names})
    descriptions = {column: entry.get("description", UNDESCRIBED) for column, entry in described.items()} | dict(meanings or {})
    labels = {names[column]: stata_label(descriptions[column]) for column in names}
    flags: dict[Hashable, dict[float, str]] = {names[column]: _NO_YES for column in names if renamed[column].dtype.kind == "b"}
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PossiblePrecisionLoss)
            data.rename(columns=names).to_stata(
                buffer,
                write_index=False,
                version=None,
                time_stamp=_STAMP,
                data_label=stata_label(title or read_dictionary()["tables"].get(name, {}).get("description", name)),
                variable_labels=labels,
                value_labels=flags or None,
                convert_strl=[names[column] for column in names if _is_long(data[column])],
            )
    except (ValueError, PossiblePrecisionLoss) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"table {name!r} cannot be a Stata file ({reason}): choose csv or parquet") from error
    return buffer.getvalue()


def _variable(cells: pd.Series, values: Iterable[object]) -> pd.Series:
    """Return a column as Stata holds it."""
    if cells.dtype.kind == "b":
        return cells.astype("int8")
    if cells.dtype.kind in "iuf":
        return cells
    text = cells.map(str, na_action="ignore").astype(object)
    allowed = [str(value) for value in values]
    if allowed and set(text.dropna()) <= set(allowed):
        return pd.Series(pd.Categorical(text, categories=allowed), index=cells.index)
    # A text of Stata ends at a NUL; whatever stood behind it would be gone.
    return text.where(text.notna(), "").astype(object).str.replace("\0", "\N{REPLACEMENT CHARACTER}", regex=False)


def _is_long(cells: pd.Series) -> bool:
    fixed = int(assumption("exports", "stata_fixed_text"))
    return cells.dtype == object and bool(cells.map(lambda text: len(text.encode()) > fixed).any())
