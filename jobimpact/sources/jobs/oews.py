"""OEWS estimates of the US Bureau of Labor Statistics: employment and wages by occupation, industry and state."""

import difflib
import re
import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.paths import packaged
from jobimpact.sources.jobs.oews_files import Cells, read_cells
from jobimpact.tables import check_table, read_dictionary, table_columns

IndustryLevel = Literal["cross-industry", "ownership", "sector", "3-digit", "4-digit", "5-digit", "6-digit"]
OccupationLevel = Literal["total", "major", "minor", "broad", "detailed"]

_NUMBERS = ("TOT_EMP", "EMP_PRSE", "H_MEAN", "A_MEAN", "H_MEDIAN", "A_MEDIAN", "MEAN_PRSE")
_WAGES = {"H_MEAN": "hourly", "A_MEAN": "annual", "H_MEDIAN": "hourly", "A_MEDIAN": "annual"}
_MARKERS = ("", "*", "**", "#", "-", "~")
# The columns by which a layout is known, besides the figures that all of them have.
_LAYOUTS = {
    "official": ("AREA", "AREA_TITLE", "NAICS", "NAICS_TITLE", "I_GROUP", "OCC_CODE", "OCC_TITLE", "O_GROUP"),
    "flat industry": ("NAICS", "NAICS_TITLE", "NAICS_LEVEL", "OCC_CODE", "OCC_TITLE", "OCC_LEVEL", "FOOTNOTES"),
    "flat state": ("AREA", "AREA_TITLE", "OCC_CODE", "OCC_TITLE", "OCC_LEVEL", "FOOTNOTES"),
}
_O_GROUPS = {"0": "major", "1": "minor", "2": "broad", "3": "detailed"}
_I_GROUPS = {"0": "cross-industry", "1": "ownership", "2": "sector", "3": "3-digit", "4": "4-digit", "5": "5-digit"}
_RELEASE = re.compile(r"(?i)(?<![a-z])m(?:ay)?[ _]?(20\d\d)(?!\d)|oesm(\d\d)(?=[a-z])")
_TOP_CODE_NOTE = re.compile(r"\$([\d.,]+\d) per hour or \$([\d.,]+\d) per year")


def read_oews(
    path: str | Path,
    *,
    release: str | None = None,
    member: str | None = None,
    i_groups: Collection[IndustryLevel] | None = None,
    o_groups: Collection[OccupationLevel] | None = None,
) -> pd.DataFrame:
    """Read a file of OEWS estimates, in either of the layouts that exist, into one tidy table.

    The layouts are known by their columns: the official one (``national_M2024_dl``, ``natsector_M2024_dl``,
    ``state_M2024_dl``; workbook, CSV, or the zip in which BLS distributes it), and the one made from the flat files
    ``oe.*`` (industry or state times occupation, CSV).

    Occupations that are paid only by the hour or only by the year (actors, teachers, pilots) have only that wage:
    ``a_mean`` or ``h_mean`` alone is missing, and ``wage_suppressed`` is false. A wage at or above the top code of the
    release is the top code, flagged. What BLS did not release is missing, flagged. Where BLS lists the same estimate
    twice, as a broad and as a detailed occupation, the detailed row stays.

    Parameters
    ----------
    path
        The file.
    release
        Reference month such as ``2025-05``; needed only where no name tells it, and checked against those that do.
    member
        Which file of a zip with several, as a pattern such as ``natsector*.xlsx``.
    i_groups, o_groups
        Levels of industry and occupation to keep; all by default.

    Returns
    -------
    pandas.DataFrame
        Table ``oews`` of the data dictionary: jobs, US dollars per hour and per year, percent, and four flags.

    Raises
    ------
    SourceError
        The file is missing, empty, truncated or of another layout, states another release, or holds a cell that is
        neither a figure nor one of BLS's markers.
    InputError
        A level or a release is not written as expected.

    Notes
    -----
    Source: BLS, Occupational Employment and Wage Statistics, https://www.bls.gov/oes/tables.htm (public domain).

    Examples
    --------
    >>> read_oews("oesm25nat.zip")
    Traceback (most recent call last):
        ...
    jobimpact.errors.SourceError: oesm25nat.zip is not there: give the path of the publisher's file
    """
    _check_levels("i_group", i_groups)
    _check_levels("o_group", o_groups)
    name = Path(path).name
    cells = read_cells(path, lambda header: _choose_columns(header, name), member=member)
    release = _find_release(cells, Path(path), release)
    estimates = _keys(cells.table).assign(release=release)
    estimates = pd.concat([estimates, _figures(cells, name, release)], axis=1)[table_columns("oews")]
    estimates = _drop_repeats(estimates, name)
    for column, levels in (("i_group", i_groups), ("o_group", o_groups)):
        if levels is not None:
            estimates = estimates[estimates[column].isin(list(levels))]
    try:
        return check_table("oews", estimates.reset_index(drop=True))
    except InputError as error:
        raise SourceError(f"{name} is not as OEWS publishes it: {error}") from error


def stated_release(path: str | Path) -> str | None:
    """Return the release that a file's name tells, or else its folder's, such as ``2025-05``; None if neither does.

    Examples
    --------
    >>> stated_release("natsector_M2024_dl.xlsx"), stated_release("may2025/state_occupation.csv.gz")
    ('2024-05', '2025-05')

    """
    path = Path(path).absolute()
    return next(iter((_releases_in((path.name,)) or _releases_in((path.parent.name,))).values()), None)


def _check_levels(column: str, levels: Collection[str] | None) -> None:
    values = read_dictionary()["columns"][column]["values"]
    for level in [levels] if isinstance(levels, str) else levels or ():
        if isinstance(levels, str) or level not in values:
            raise InputError(f"{column} {level!r}: expected a list of {', '.join(values)}")


def _choose_columns(header: list[str], name: str) -> list[str]:
    """Return the columns of the layout that the header fits, or name what is missing from the nearest one."""
    missing = {
        layout: [column for column in (*columns, *_NUMBERS) if column not in header] for layout, columns in _LAYOUTS.items()
    }
    nearest = min(missing, key=lambda layout: len(missing[layout]) / len((*_LAYOUTS[layout], *_NUMBERS)))
    if not missing[nearest]:
        return [*_LAYOUTS[nearest], *_NUMBERS]
    hints = []
    for column in missing[nearest][:5]:
        close = difflib.get_close_matches(column, header, n=1, cutoff=0.5)
        hints.append(f"{column} (did you mean {close[0]}?)" if close else column)
    more = len(missing[nearest]) - len(hints)
    raise SourceError(
        f"{name} has not the columns of OEWS ({nearest} layout): missing {', '.join(hints)}"
        f"{f' and {more} more' if more else ''}; give a file as BLS publishes it"
    )


def _find_release(cells: Cells, path: Path, release: str | None) -> str:
    """Return the reference month that the names state; the folder's name counts only where no other does."""
    if release is not None and not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", release):
        raise InputError(f"release {release!r}: expected year and month, such as 2025-05")
    releases = _releases_in(cells.names) or _releases_in((path.absolute().parent.name,))
    if len({*releases.values(), *([release] if release else [])}) > 1:
        statements = "; ".join(f"{name!r} says {month}" for name, month in releases.items())
        request = f", but release {release} was asked for" if release else ""
        raise SourceError(f"{path.name} does not have one release: {statements}{request}")
    if releases:
        return next(iter(releases.values()))
    if release is None:
        raise SourceError(f"{path.name} does not tell its release: give release=, such as 2025-05")
    return release


def _releases_in(names: tuple[str, ...]) -> dict[str, str]:
    matches = {name: _RELEASE.search(name) for name in names}
    return {name: f"{match[1] or f'20{match[2]}'}-05" for name, match in matches.items() if match}


def _keys(table: pd.DataFrame) -> pd.DataFrame:
    """Return area, industry and occupation of each row in the words of the official layout."""
    keys = pd.DataFrame({"soc_code": table["OCC_CODE"], "title": table["OCC_TITLE"]})
    if "O_GROUP" in table:
        names = ["AREA_TITLE", "NAICS", "NAICS_TITLE"]
        keys[[name.lower() for name in names]] = table[names]
        groups = {"i_group": table["I_GROUP"].str.lower(), "o_group": table["O_GROUP"].str.lower()}
        return keys.assign(area=table["AREA"].str.zfill(2), **groups)
    o_group = table["OCC_LEVEL"].map(_O_GROUPS).mask(table["OCC_CODE"] == "00-0000", "total")
    if "AREA" in table:
        # The flat files write a state as its FIPS code and five zeros.
        areas = table["AREA"].str.zfill(7).str.replace(r"^(\d\d)0{5}$", r"\1", regex=True)
        return keys.assign(o_group=o_group, area=areas, area_title=table["AREA_TITLE"], **_all_industries())
    return keys.assign(o_group=o_group, area="99", area_title="U.S.", **_flat_industries(table))


def _all_industries() -> dict[str, str]:
    return {"naics": "000000", "naics_title": "Cross-industry", "i_group": "cross-industry"}


def _flat_industries(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return code, title and level of the flat files' industries as the official files write them."""
    industries = table[["NAICS", "NAICS_TITLE", "NAICS_LEVEL"]].drop_duplicates("NAICS")
    renamed = {industry[0]: _flat_industry(*industry) for industry in industries.itertuples(index=False)}
    return {
        column: table["NAICS"].map({code: industry[column] for code, industry in renamed.items()}) for column in _all_industries()
    }


def _flat_industry(code: str, title: str, level: str) -> dict[str, str]:
    if level == "0":
        return _all_industries()
    group = _I_GROUPS.get(level, level)
    # Federal, state and local government, and public or private schools and hospitals, cut across the industries.
    if re.fullmatch(r"999[1-3]01", code) or title.endswith(" Owned"):
        group = "ownership"
    elif level == "5" and not code.endswith("0"):
        group = "6-digit"
    title = re.sub(r"^Sectors? [\d, and]+ - ", "", title)
    return {"naics": _sector(code), "naics_title": title, "i_group": group}


def _sector(code: str) -> str:
    """Turn the half-open ranges of the flat files into NAICS: 31--34 is 31-33, 11--12 is 11, 99-100 is 99."""
    ends = re.fullmatch(r"(\d\d)(?:--(\d\d)|-(100))", code)
    if ends is None:
        return code
    first, last = int(ends[1]), int(ends[2] or ends[3]) - 1
    return str(first) if first == last else f"{first}-{last}"


def _figures(cells: Cells, name: str, release: str) -> pd.DataFrame:
    """Return the figures as numbers, with a flag where a marker stood in place of one."""
    numbers = {column: _to_numbers(cells.table[column], name) for column in _NUMBERS}
    top_coded = {column: _is_top_coded(cells.table, column) for column in _WAGES}
    if any(flags.any() for flags in top_coded.values()):
        bounds = _top_code(release, cells.notes, name)
        for column, unit in _WAGES.items():
            numbers[column] = numbers[column].mask(top_coded[column], bounds[unit])
    return pd.DataFrame({column.lower(): values for column, values in numbers.items()}).assign(
        emp_suppressed=numbers["TOT_EMP"].isna(),
        wage_suppressed=numbers["A_MEAN"].isna() & numbers["H_MEAN"].isna(),
        mean_top_coded=top_coded["H_MEAN"] | top_coded["A_MEAN"],
        median_top_coded=top_coded["H_MEDIAN"] | top_coded["A_MEDIAN"],
    )


def _to_numbers(column: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(column.str.replace(",", "", regex=False), errors="coerce").astype("float64")
    strange = numbers.isna() & ~column.isin(_MARKERS)
    if strange.any():
        first = column[strange].iloc[0]
        raise SourceError(
            f"{name} has {int(strange.sum())} cells in {column.name} that are no figure (first: {first!r}); "
            "expected a number or one of BLS's markers * ** # -"
        )
    return numbers


def _is_top_coded(table: pd.DataFrame, column: str) -> pd.Series:
    if "FOOTNOTES" not in table:
        return table[column] == "#"
    notes = table["FOOTNOTES"]
    return notes.map({note: f"{column}:5" in note.split(";") for note in notes.unique()}).astype(bool)


@cache
def _read_top_codes() -> list[dict[str, Any]]:
    text = packaged("data", "employment", "top_codes.toml").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = tomllib.loads(text)["top_codes"]
    return entries


def _top_code(release: str, notes: str, name: str) -> dict[str, float]:
    """Return the top code per hour and per year: what the workbook states, else data/employment/top_codes.toml."""
    note = _TOP_CODE_NOTE.search(notes)
    if note:
        return {unit: float(note[group].replace(",", "")) for group, unit in ((1, "hourly"), (2, "annual"))}
    for entry in _read_top_codes():
        if entry["first_release"] <= release <= entry["last_release"]:
            return {unit: float(entry[unit]) for unit in ("hourly", "annual")}
    newest = _read_top_codes()[-1]["last_release"]
    raise SourceError(
        f"{name} has top-coded wages of {release}, but top codes are known up to {newest}: "
        "add the release to data/employment/top_codes.toml"
    )


def _drop_repeats(estimates: pd.DataFrame, name: str) -> pd.DataFrame:
    """Keep one row where BLS lists an estimate under two levels: the detailed occupation, the shorter industry."""
    key = ["area", "naics", "soc_code"]
    if not estimates.duplicated(key).any():
        return estimates
    different = estimates.drop_duplicates([*key, "tot_emp", "h_mean", "a_mean", "a_median"])
    clash = different[different.duplicated(key)]
    if not clash.empty:
        first = clash.iloc[0]
        raise SourceError(
            f"{name} has {len(clash)} keys with two different estimates (first: area {first['area']}, industry "
            f"{first['naics']}, occupation {first['soc_code']}); give a file without ownership or metropolitan detail"
        )
    order = estimates[["i_group", "o_group"]].apply(
        lambda levels: levels.map(read_dictionary()["columns"][levels.name]["values"].index)
    )
    by_level = estimates.assign(**order).sort_values(["i_group", "o_group"], ascending=[True, False], kind="stable")
    return estimates.loc[by_level.drop_duplicates(key).index.sort_values()]
