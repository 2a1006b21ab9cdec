"""What a sector's or a place's exposure is made of: its occupations, and how their mix differs from the whole country's."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.change.shift_share import shift_share
from jobimpact.estimates.means.cells import check_release, occupation_cells
from jobimpact.facts.codes import major_group, soc_major
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.study import Study
from jobimpact.tables import table_columns

MixBy = Literal["naics", "area"]
_LEVELS: dict[MixBy, Literal["sector", "state"]] = {"naics": "sector", "area": "state"}


@dataclass(frozen=True)
class Mix:
    """The covered jobs of a group by occupation and by major group, beside those of the whole country."""

    occupations: pd.DataFrame  # table `mix_occupations`, the largest part of the group's exposure first
    majors: pd.DataFrame  # table `mix_majors`: the same by SOC major group, in the order of codes


def group_mix(study: Study, by: MixBy, key: str) -> Mix:
    """Return what the exposure of a sector or a place is made of; `by` is ``naics`` or ``area``.

    The study's employment must be of the release that is at hand; else, or without such a group, an
    InputError.
    """
    employment = _employment(study, by)
    cells = occupation_cells(study["occupations"], employment, by, key)
    return mix_of(cells, study["occupations"], study["groups"])


def _employment(study: Study, by: MixBy) -> pd.DataFrame:
    """Return the employment by sector or state that the study was made with."""
    if by not in _LEVELS:
        raise InputError(f"by {by!r}: expected one of {', '.join(_LEVELS)}")
    release = str(study.manifest.get("inputs", {}).get("employment", {}).get("release", ""))
    return check_release(read_employment(_LEVELS[by]), release)


def mix_of(cells: pd.DataFrame, occupations: pd.DataFrame, groups: pd.DataFrame) -> Mix:
    """Return the mix of the jobs in `cells`, detailed occupations of one group, beside that of the country.

    Over covered jobs, those with an exposure and released employment: ``exposure_part`` sums to 1,
    ``mix_effect`` to the group's exposure less the country's (a mix relative to the mean of both, as in
    :func:`shift_share`). Empty where the group has no covered job; `groups` names the major groups.

    Examples
    --------
    >>> jobs = pd.DataFrame({"soc_code": ["11-1011", "41-2031"], "title": ["a", "b"], "soc_major": ["11-0000", "41-0000"]})
    >>> jobs = jobs.assign(tot_emp=100.0, a_mean=5e4, exposure_beta=[0.6, 0.2])
    >>> groups = pd.DataFrame({"group_type": [], "group": [], "group_title": []}, dtype="object")
    >>> mix = mix_of(jobs.assign(tot_emp=[300.0, 100.0]), jobs, groups)
    >>> mix.majors[["soc_major", "exposure_part", "mix_effect"]].round(3).values.tolist()
    [['11-0000', 0.9, 0.038], ['41-0000', 0.1, 0.062]]
    """
    tables = [table.dropna(subset=["tot_emp", "exposure_beta"]) for table in (cells, occupations)]
    group, country = (table[table["tot_emp"] > 0] for table in tables)
    if group.empty or country.empty:
        return Mix(pd.DataFrame(columns=table_columns("mix_occupations")), pd.DataFrame(columns=table_columns("mix_majors")))
    split = shift_share(country, group, key="soc_code", weight="tot_emp", value="exposure_beta")
    units = split.units[split.units["share_after"] > 0]
    rows = group.set_index("soc_code").join(units[["share_before", "share_after"]], how="left", validate="one_to_one")
    rows = rows.assign(
        soc_major=[major_group(code) for code in rows.index],
        covered_share=rows["share_after"],
        covered_share_all=rows["share_before"],
        exposure_part=rows["share_after"] * rows["exposure_beta"] / split.after if split.after else float("nan"),
        mix_effect=split.units["composition"].reindex(rows.index),
    )
    rows = rows.reset_index().sort_values(["exposure_part", "soc_code"], ascending=[False, True], ignore_index=True)
    return Mix(rows[table_columns("mix_occupations")], _majors(rows, split.units, groups))


def _majors(rows: pd.DataFrame, units: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Sum over major groups; those without a job here count with what their absence does."""
    majors = soc_major(units.index.to_series())
    sums = units[["share_before", "share_after", "composition"]].groupby(majors).sum()
    sums.columns = pd.Index(["covered_share_all", "covered_share", "mix_effect"])
    by_major = rows.assign(weighted=rows["tot_emp"] * rows["exposure_beta"]).groupby("soc_major")
    sums = sums.join(by_major[["tot_emp", "weighted", "exposure_part"]].sum(), validate="one_to_one")
    titles = groups[groups["group_type"] == "soc_major"].set_index("group")["group_title"]
    sums = sums.rename_axis("soc_major").reset_index()
    return sums.assign(
        major_title=[str(titles.get(code, code)) for code in sums["soc_major"]],
        tot_emp=sums["tot_emp"].fillna(0.0),
        exposure_part=sums["exposure_part"].fillna(0.0),
        exposure_beta=sums["weighted"] / sums["tot_emp"],
    )[table_columns("mix_majors")]


def occupation_places(study: Study, soc_code: str, by: MixBy) -> pd.DataFrame:
    """Return the sectors or places with released employment of one occupation, the largest first.

    Table ``mix_sectors`` or ``mix_areas``: ``occupation_share`` is of all jobs of the occupation,
    ``employment_share`` of all jobs there. Cells that BLS did not release are not in it. The release must be
    at hand, else an InputError.
    """
    employment = _employment(study, by)
    groups = study["sectors" if by == "naics" else "areas"]
    cells = employment[(employment["soc_code"] == soc_code) & (employment["o_group"] == "detailed")]
    cells = cells[cells["tot_emp"] > 0]
    # The table's own columns are those of the place; of the cell come jobs and wages.
    rows = cells[[by, "tot_emp", "a_mean"]].merge(groups.drop(columns="tot_emp"), on=by, how="inner", validate="one_to_one")
    totals = groups.set_index(by)["tot_emp"]
    whole = float(study["occupations"].set_index("soc_code")["tot_emp"].get(soc_code, float("nan")))
    rows = rows.assign(
        occupation_share=rows["tot_emp"] / whole,
        employment_share=rows["tot_emp"] / totals.reindex(rows[by]).to_numpy(dtype="float64"),
    )
    rows = rows.sort_values(["tot_emp", by], ascending=[False, True], ignore_index=True)
    return rows[table_columns("mix_sectors" if by == "naics" else "mix_areas")]
