"""The groups of jobs that questions are about: which occupations each has, with how many jobs and what wage bill."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.weights import wage_quintiles
from jobimpact.facts.codes import soc_major
from jobimpact.validation.robustness.queries import Kind, Subject

_LISTED = 5


@dataclass(frozen=True)
class Members:
    """The m members of one kind over the n occupations of a multiverse.

    Attributes
    ----------
    kind
        ``sector``, ``state``, ``group``, ``quintile``, ``all`` or ``occupation``.
    keys, titles
        m codes and names.
    jobs, bills
        (m, n) jobs and annual wage bills in dollars, 0 where they are not released; for occupations (1, n),
        the country.
    totals
        (m,) published jobs, cells that are suppressed included.
    aliases
        Other names of keys, such as postal abbreviations.
    """

    kind: Kind
    keys: tuple[str, ...]
    titles: tuple[str, ...]
    jobs: np.ndarray
    bills: np.ndarray
    totals: np.ndarray
    aliases: Mapping[str, str] = field(default_factory=dict)

    def position(self, subject: Subject) -> int:
        """Return the position of a subject, or raise InputError with the nearest codes and titles."""
        code = self.aliases.get(subject.code, subject.code)
        if code in self.keys:
            return self.keys.index(code)
        names = {title.upper(): f"{key} {title}" for key, title in zip(self.keys, self.titles, strict=True)}
        names |= {key: f"{key} {title}" for key, title in zip(self.keys, self.titles, strict=True)}
        # An unknown code is answered by those that begin with it, then by the nearest in spelling, then by any.
        starts = [label for name, label in names.items() if name.startswith(subject.code)]
        close = starts or [names[key] for key in difflib.get_close_matches(subject.code, names, _LISTED, 0.4)]
        labels = list(dict.fromkeys(close or names.values()))[:_LISTED]
        raise InputError(f"{subject} is not known; expected the code of one of {len(self.keys)}, such as {'; '.join(labels)}")

    def weights(self, scheme: str) -> np.ndarray:
        """Return the (m, n) weights of occupations: ``employment``, ``wage_bill``, or ``equal`` for all that have jobs."""
        if scheme == "employment":
            return self.jobs
        return self.bills if scheme == "wage_bill" else (self.jobs > 0).astype(float)


def find_members(
    codes: pd.Index, national: pd.DataFrame, sector: pd.DataFrame, state: pd.DataFrame, states: pd.DataFrame
) -> dict[Kind, Members]:
    """Return the members of every kind, from tables ``oews``, over the n `codes` of the multiverse."""
    detailed = national[national["o_group"] == "detailed"]
    if not detailed["soc_code"].isin(codes).any():
        raise InputError(
            f"none of {len(codes):,} occupations with exposure is in OEWS, first {codes[0]}; expected SOC 2018 codes"
        )
    heads = national[national["o_group"] == "major"].set_index("soc_code")
    everything = detailed.assign(all="all")
    total = national[national["o_group"] == "total"].set_index("soc_code")["tot_emp"].set_axis(["all"])
    quintiles = detailed.assign(quintile=wage_quintiles(detailed)).dropna(subset=["quintile"])
    quintiles = quintiles.assign(quintile=quintiles["quintile"].astype(int).astype(str))
    quintile_jobs = quintiles.groupby("quintile")["tot_emp"].sum()
    quintile_titles = {key: f"Wage fifth {key}" for key in quintile_jobs.index}
    majors = detailed.assign(group=soc_major(detailed["soc_code"]))
    members: dict[Kind, Members] = {
        "all": _members("all", codes, everything, "all", total, {"all": "All jobs"}),
        "group": _members("group", codes, majors, "group", heads["tot_emp"], heads["title"]),
        "quintile": _members("quintile", codes, quintiles, "quintile", quintile_jobs, quintile_titles),
        "sector": _published("sector", codes, sector, "naics", "naics_title"),
        "state": _published("state", codes, state, "area", "area_title"),
    }
    names = detailed.set_index("soc_code")["title"].reindex(codes).fillna("").tolist()
    # Occupations rank by exposure alone; the jobs that are covered are those of the country.
    whole = members["all"]
    members["occupation"] = Members("occupation", tuple(codes), tuple(names), whole.jobs, whole.bills, whole.totals)
    # Postal abbreviations are what people type; OEWS has FIPS codes.
    postal = dict(zip(states["state"], states["fips"], strict=True))
    return {**members, "state": replace(members["state"], aliases=postal)}


def _published(kind: Kind, codes: pd.Index, oews: pd.DataFrame, by: str, title: str) -> Members:
    heads = oews[oews["o_group"] == "total"].set_index(by).sort_index()
    return _members(kind, codes, oews[oews["o_group"] == "detailed"], by, heads["tot_emp"], heads[title])


def _members(
    kind: Kind, codes: pd.Index, cells: pd.DataFrame, by: str, totals: pd.Series, titles: Mapping[str, str] | pd.Series
) -> Members:
    keys = totals.index
    rows, columns = keys.get_indexer(pd.Index(cells[by])), codes.get_indexer(pd.Index(cells["soc_code"]))
    cell = (rows >= 0) & (columns >= 0)
    jobs, bills = (np.zeros((len(keys), len(codes))) for _ in range(2))
    # Cells that BLS withholds count as no jobs here; `totals` still has them, so coverage falls.
    employment = cells["tot_emp"].fillna(0.0).to_numpy(float)
    jobs[rows[cell], columns[cell]] = employment[cell]
    bills[rows[cell], columns[cell]] = (employment * cells["a_mean"].fillna(0.0).to_numpy(float))[cell]
    names = tuple(str(titles[key]) for key in keys)
    return Members(kind, tuple(map(str, keys)), names, jobs, bills, totals.to_numpy(float))
