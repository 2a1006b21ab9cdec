"""The packaged employment tables: occupation by country, NAICS sector, industry and state, derived from one OEWS release."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import pandas as pd

from jobimpact.errors import InputError, SourceError
from jobimpact.facts.states import read_states
from jobimpact.paths import data_home, packaged
from jobimpact.sources.jobs.oews import read_oews, stated_release
from jobimpact.tables import check_table, read_dictionary, table_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from jobimpact.sources.jobs.oews import IndustryLevel

EmploymentLevel = Literal["national", "sector", "industry", "state"]

_LEVELS: tuple[EmploymentLevel, ...] = get_args(EmploymentLevel)
_ROWS = ("total", "major", "detailed")
_INDUSTRIES: tuple[IndustryLevel, ...] = ("3-digit", "4-digit")
# Estimates are rounded to tens: each part of a sum, and the total, can be off by 5.
_ROUNDING = 5.0
# What holds each part of a release, in the order of preference: made from the flat files, workbook, BLS's zip.
_FILES = {
    "industry": ("national_industry_occupation.csv", "national_industry_occupation.csv.gz"),
    "national": ("national_m20??_dl.xlsx", "oesm??nat.zip"),
    "sector": ("natsector_m20??_dl.xlsx", "oesm??in4.zip"),
    "3-digit": ("nat3d_m20??_dl.xlsx", "oesm??in4.zip"),
    "4-digit": ("nat4d_m20??_dl.xlsx", "oesm??in4.zip"),
    "state": ("state_occupation.csv", "state_occupation.csv.gz", "state_m20??_dl.xlsx", "oesm??st.zip"),
}
# BLS's zips by name, with the file in them that holds each level.
_MEMBERS: dict[str, dict[IndustryLevel, str]] = {
    "oesm??in4.zip": {"sector": "natsector_m*.xlsx", "3-digit": "nat3d_m*.xlsx", "4-digit": "nat4d_m*.xlsx"},
    "oesm??nat.zip": {"cross-industry": "national_m*.xlsx"},
    "oesm??st.zip": {"cross-industry": "state_m*.xlsx"},
}


def read_employment(level: EmploymentLevel) -> pd.DataFrame:
    """Read employment and wages of every occupation at one level, from the newest release at hand.

    The package carries OEWS May 2025. A table that the user derived from a newer release (in the folder
    ``employment`` of the data folder) comes before it; column ``release`` says which one it is.

    Parameters
    ----------
    level
        ``national``: all industries, with major, minor, broad and detailed occupations. ``sector``: the 20 NAICS
        sectors, 99 being government. ``industry``: 3-digit industries, which make up the country, and 4-digit ones, which
        do not (BLS publishes none below 327, 455, 484, 517, 523 and 531, and combines others, such as 3250A1). ``state``:
        50 states, the District of Columbia, Guam, Puerto Rico and the Virgin Islands. All but the first have totals,
        major groups and detailed occupations.

    Returns
    -------
    pandas.DataFrame
        Table ``oews`` of the data dictionary, sorted by area, industry and occupation.

    Raises
    ------
    InputError
        `level` is none of the four.
    SourceError
        The user's own table is damaged.

    Notes
    -----
    Source: BLS OEWS, https://www.bls.gov/oes/ (public domain). Self-employed workers are not covered; detailed
    occupations do not add up to the totals, because some are suppressed.

    Examples
    --------
    >>> national = read_employment("national")
    >>> national.loc[0, "title"], f"{national.loc[0, 'tot_emp']:,.0f}"
    ('All Occupations', '155,495,730')

    """
    if level not in _LEVELS:
        raise InputError(f"employment level {level!r}: expected one of {', '.join(_LEVELS)}")
    estimates = pd.read_parquet(packaged("data", "employment", _file_name(level)))
    path = data_home() / "employment" / _file_name(level)
    if not path.exists():
        return estimates
    try:
        derived = check_table("oews", pd.read_parquet(path, columns=table_columns("oews")))
    except (OSError, ValueError, InputError) as error:
        reason = " ".join(str(error).split())[:160]
        raise SourceError(f"{path} is damaged ({reason}): derive it again or delete it") from error
    # A newer package may carry a later release than the one that the user derived.
    return derived if derived["release"].max() > estimates["release"].max() else estimates


def derive_employment(national_industry: Path | Sequence[Path], state: Path, out_dir: Path) -> list[Path]:
    """Derive the employment tables from the files of one OEWS release and return their paths; the same files, the same bytes.

    `national_industry` is one file with all industries (made from the flat files), or the official national and sector files
    and, for a table of industries, those of 3 and 4 digits. Nothing is written where a file is of another release, or sectors
    or states are missing.
    """
    paths = [national_industry] if isinstance(national_industry, str | Path) else list(national_industry)
    levels: tuple[IndustryLevel, ...] = ("cross-industry", "sector", *_INDUSTRIES)
    industries = pd.concat([_read(path, levels) for path in dict.fromkeys(map(Path, paths))], ignore_index=True)
    tables = {
        "national": industries[industries["i_group"] == "cross-industry"],
        "sector": _at_rows(industries[industries["i_group"] == "sector"]),
        "state": _at_rows(_read(Path(state), ["cross-industry"])),
        "industry": _at_rows(industries[industries["i_group"].isin(_INDUSTRIES)]),
    }
    if tables["industry"].empty:
        del tables["industry"]
    _check_complete(tables)
    return _write_tables({Path(out_dir) / _file_name(level): table for level, table in tables.items()})


def derive_from_folder(folder: str | Path, out_dir: str | Path | None = None) -> list[Path]:
    """Find the newest OEWS release that is complete in a folder or its subfolders, and derive the tables from it.

    Files are known by their names: ``national_industry_occupation.csv`` and ``state_occupation.csv`` (or .csv.gz), or
    BLS's ``national_M2025_dl.xlsx``, ``natsector_M2025_dl.xlsx`` and ``state_M2025_dl.xlsx``, or its zips
    ``oesm25nat.zip``, ``oesm25in4.zip`` and ``oesm25st.zip``. Industries of 3 and 4 digits come from the first, from
    ``nat3d_M2025_dl.xlsx`` and ``nat4d_M2025_dl.xlsx``, or from ``oesm25in4.zip``; without them no table of industries is
    derived.

    Parameters
    ----------
    folder
        Folder of the publisher's files.
    out_dir
        Folder of the results; by default that of the data folder where `jobimpact run` finds them.

    Returns
    -------
    list of Path
        What `derive_employment` returns.

    Raises
    ------
    SourceError
        No release is complete (the parts that are missing are named), or what `derive_employment` raises.

    """
    folder, out_dir = Path(folder), data_home() / "employment" if out_dir is None else Path(out_dir)
    if not folder.is_dir():
        raise SourceError(f"{folder} is not a folder: give the folder with BLS's OEWS files")
    releases = _find_releases(folder)
    # Text such as 2025-05 sorts by date.
    for parts in (releases[release] for release in sorted(releases, reverse=True)):
        if {"industry", "state"} <= parts.keys():
            return derive_employment(parts["industry"], parts["state"], out_dir)
        if {"national", "sector", "state"} <= parts.keys():
            files = [parts[part] for part in ("national", "sector", *_INDUSTRIES) if part in parts]
            return derive_employment(files, parts["state"], out_dir)
    contents = "; ".join(f"{release}: {', '.join(sorted(releases[release]))}" for release in sorted(releases)) or "nothing"
    raise SourceError(
        f"{folder} has no complete OEWS release (found {contents}); expected the national, the sector (natsector) and "
        "the state file of one May, from https://www.bls.gov/oes/tables.htm"
    )


def _find_releases(folder: Path) -> dict[str, dict[str, Path]]:
    """Return, for each release, the file of each part; the first pattern of a part wins."""
    releases: dict[str, dict[str, Path]] = {}
    candidates = sorted(path for path in (*folder.glob("*"), *folder.glob("*/*")) if path.is_file())
    for part, patterns in _FILES.items():
        for pattern in patterns:
            for path in candidates:
                release = stated_release(path) if Path(path.name.lower()).match(pattern) else None
                if release is not None:
                    releases.setdefault(release, {}).setdefault(part, path)
    return releases


def _read(path: Path, i_groups: Sequence[IndustryLevel]) -> pd.DataFrame:
    name = Path(path.name.lower())
    held = next((members for archive, members in _MEMBERS.items() if name.match(archive)), None)
    if held is None:
        return read_oews(path, i_groups=i_groups)
    members = {level: member for level, member in held.items() if level in i_groups}
    entries = [entry.rpartition("/")[2].lower() for entry in _entries(path)]
    # Only the levels below the sector may be absent.
    present = [
        member
        for level, member in members.items()
        if level not in _INDUSTRIES or any(Path(entry).match(member) for entry in entries)
    ]
    return pd.concat([read_oews(path, member=name, i_groups=i_groups) for name in present], ignore_index=True)


def _entries(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return []  # read_oews says what is wrong with it


def _at_rows(estimates: pd.DataFrame) -> pd.DataFrame:
    return estimates[estimates["o_group"].isin(_ROWS)]


def _check_complete(tables: dict[str, pd.DataFrame]) -> None:
    """Raise unless the tables are of one release, the sectors make up the country, and no state is missing."""
    releases = sorted({release for table in tables.values() for release in table["release"]})
    if len(releases) != 1:
        raise SourceError(f"files of different releases: found {', '.join(releases) or 'none'}; expected one")
    totals = {level: table[table["o_group"] == "total"] for level, table in tables.items()}
    country, sectors = totals["national"]["tot_emp"].sum(), totals["sector"]["tot_emp"].sum()
    if len(totals["national"]) != 1 or abs(country - sectors) > _ROUNDING * (len(totals["sector"]) + 1):
        raise SourceError(
            f"the sectors of {releases[0]} hold {sectors:,.0f} jobs and the country {country:,.0f}: "
            "expected the same within rounding; give the national file and the file with all 20 sectors"
        )
    if "industry" in totals:
        parts = totals["industry"].query("i_group == '3-digit'")
        if abs(country - parts["tot_emp"].sum()) > _ROUNDING * (len(parts) + 1):
            raise SourceError(
                f"the 3-digit industries of {releases[0]} hold {parts['tot_emp'].sum():,.0f} jobs and the country "
                f"{country:,.0f}: expected the same within rounding; give the files with all industries of 3 and 4 digits"
            )
    states = read_states()
    absent = states[~states["fips"].isin(totals["state"]["area"])]
    if not absent.empty:
        raise SourceError(f"the state file lacks {_first(absent['name'])}; expected {len(states)} areas")


def _first(names: Iterable[str]) -> str:
    everything = list(names)
    examples = everything[:3]
    more = len(everything) - len(examples)
    return ", ".join(examples) + (f" and {more} more" if more else "")


def _file_name(level: str) -> str:
    return f"{level}_occupation.parquet"


def _write_tables(tables: dict[Path, pd.DataFrame]) -> list[Path]:
    """Write all tables under temporary names first, so that a failure leaves the old ones as they were."""
    import pyarrow.parquet as pq

    temporaries = {path: path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in tables}
    try:
        for path, temporary in temporaries.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(_to_arrow(tables[path]), temporary, compression="zstd", compression_level=19)
        for path, temporary in temporaries.items():
            temporary.replace(path)
    except OSError as error:
        folder = next(iter(temporaries)).parent
        raise SourceError(f"{folder} cannot be written: {error.strerror or error}; choose another folder") from error
    finally:
        for temporary in temporaries.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return list(temporaries)


def _to_arrow(estimates: pd.DataFrame) -> pa.Table:
    """Return the rows in a fixed order and with fixed types, without pandas' notes: the same table, the same bytes."""
    import pyarrow as pa

    types = {"str": pa.string(), "float": pa.float64(), "bool": pa.bool_()}
    columns = read_dictionary()["columns"]
    schema = pa.schema([(column, types[columns[column]["type"]]) for column in table_columns("oews")])
    ordered = estimates.sort_values(["area", "naics", "soc_code"], kind="stable")
    return pa.Table.from_pandas(ordered, schema=schema, preserve_index=False).replace_schema_metadata(None)
