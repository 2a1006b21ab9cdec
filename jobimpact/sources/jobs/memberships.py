"""Which part of an occupation's jobs belongs to which group: education, job zone, sex, race and ethnicity."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import InputError, SourceError
from jobimpact.facts.codes import oews_code
from jobimpact.paths import packaged
from jobimpact.tables import check_table, read_dictionary, table_columns

_TABLES = ("entry_education", "job_zones", "demographics")
_DTYPES = {"str": "str", "int": "int64", "float": "float64"}
_RACES = {"white": "share_white", "black": "share_black", "asian": "share_asian"}


@dataclass(frozen=True)
class Traits:
    """What is known of occupations besides employment and wages; None where it is not at hand.

    Attributes
    ----------
    entry_education, job_zones, demographics
        The tables of these names in the data dictionary.
    """

    entry_education: pd.DataFrame | None = None
    job_zones: pd.DataFrame | None = None
    demographics: pd.DataFrame | None = None


def read_traits() -> Traits:
    """Read the traits that the package carries.

    Returns
    -------
    Traits
        Entry-level education of the BLS projections 2024-34, job zones of O*NET 30.1, CPS table 11 of 2022.

    Notes
    -----
    Sources and licences: entries ``bls-entry-education``, ``onet-job-zones`` and ``cps-shares`` of data/sources.toml.

    Examples
    --------
    >>> read_traits().entry_education.loc[0].tolist()
    ['11-1011', '3', "Bachelor's degree"]
    """
    return Traits(**{name: read_trait(name) for name in _TABLES})


def read_trait(name: str) -> pd.DataFrame:
    """Read one packaged table of :class:`Traits` by its name.

    Raises
    ------
    InputError
        If `name` is none of them.
    SourceError
        If the packaged file was changed so that it does not fit its table.
    """
    if name not in _TABLES:
        raise InputError(f"no packaged trait {name!r}; expected one of {', '.join(_TABLES)}")
    path = _packaged_file(name)
    types = {column: read_dictionary()["columns"][column]["type"] for column in table_columns(name)}
    dtypes: dict[str, str] = {column: _DTYPES[kind] for column, kind in types.items()}
    try:
        return check_table(name, pd.read_csv(path, dtype=dtypes))
    except (OSError, ValueError, InputError) as error:
        reason = " ".join(str(error).split())[:160]
        raise SourceError(f"{path} is damaged ({reason}): install the package again") from error


def make_memberships(traits: Traits) -> pd.DataFrame:
    """Return which part of each occupation's jobs belongs to which group.

    Parameters
    ----------
    traits
        See :func:`read_traits`; a table that is None gives no groups.

    Returns
    -------
    pandas.DataFrame
        Table ``memberships``: ``group_type`` (``education``, ``job_zone``, ``sex``, ``race_ethnicity``), ``group``,
        ``group_title``, ``soc_code`` (as OEWS publishes it) and ``group_share``, the part of the occupation's jobs. Shares
        of an occupation add up to 1 within education, job zone and sex; within race they do with ``other_race``; Hispanics
        are of any race and stand beside. An occupation whose shares are not published has no row.

    Notes
    -----
    An occupation of several O*NET-SOC codes is split over their zones in equal parts, as their employment is not published.
    Where OEWS combines occupations with different CPS estimates, the shares are means weighted by CPS employment, over those
    of them whose shares are published: of the buyers that are 13-1020, the CPS has none of 13-1021, farm products.
    """
    parts = []
    if traits.entry_education is not None:
        parts.append(_education(traits.entry_education))
    if traits.job_zones is not None:
        parts.append(_job_zones(traits.job_zones))
    if traits.demographics is not None:
        parts.append(_demographics(traits.demographics))
    if not parts:
        return pd.DataFrame(columns=table_columns("memberships"))
    return check_table("memberships", pd.concat(parts, ignore_index=True)[table_columns("memberships")])


def _education(education: pd.DataFrame) -> pd.DataFrame:
    rows = education.assign(soc_code=oews_code(education["soc_code"])).dropna(subset=["soc_code"])
    rows = rows.rename(columns={"education_code": "group", "education": "group_title"})
    return rows.assign(group_type="education", group_share=1.0).sort_values("group", kind="stable")


def _job_zones(zones: pd.DataFrame) -> pd.DataFrame:
    rows = zones.assign(soc_code=oews_code(zones["onetsoc_code"])).dropna(subset=["soc_code"])
    counts = rows.groupby(["job_zone", "soc_code"]).size().rename("n").reset_index()
    share = counts["n"] / counts.groupby("soc_code")["n"].transform("sum")
    group = counts["job_zone"].astype(str)
    return counts.assign(group_type="job_zone", group=group, group_title=group.map(_titles("job_zone")), group_share=share)


def _demographics(demographics: pd.DataFrame) -> pd.DataFrame:
    shares = ["share_women", *_RACES.values(), "share_hispanic"]
    rows = demographics.dropna(subset=shares).assign(oews=lambda table: oews_code(table["soc_code"])).dropna(subset=["oews"])
    # One estimate per Census code, however many SOC codes it stands for.
    rows = rows.drop_duplicates(["oews", "census_code"])
    # Weighted by persons: a small part of a combination must not speak for all of it.
    sums = rows[shares].multiply(rows["employed"], axis=0).groupby(rows["oews"]).sum()
    means = sums.divide(rows.groupby("oews")["employed"].sum(), axis=0)
    shares_by_group = {
        ("sex", "women"): means["share_women"],
        ("sex", "men"): 1 - means["share_women"],
        **{("race_ethnicity", race): means[column] for race, column in _RACES.items()},
        # Below 0 only by rounding of the three published shares.
        ("race_ethnicity", "other_race"): (1 - means[list(_RACES.values())].sum(axis=1)).clip(lower=0),
        ("race_ethnicity", "hispanic"): means["share_hispanic"],
    }
    return pd.concat(
        [
            pd.DataFrame({"soc_code": share.index, "group_share": share.to_numpy()}).assign(
                group_type=group_type, group=group, group_title=_titles(group_type)[group]
            )
            for (group_type, group), share in shares_by_group.items()
        ]
    )


def _titles(group_type: str) -> Mapping[str, str]:
    titles: Mapping[str, str] = read_assumptions("group_types")[group_type]["titles"]
    return titles


def _packaged_file(name: str) -> Path:
    return packaged("data", "employment", f"{name}.csv")
