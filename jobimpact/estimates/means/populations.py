"""Cells of employment and the groups they belong to: what an estimate is a mean over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jobimpact.errors import InputError
from jobimpact.estimates.means.levels import national_levels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import scipy.sparse as sp

_CELL_COLUMNS = ["soc_code", "tot_emp", "emp_prse", "a_mean", "mean_prse"]


@dataclass(frozen=True)
class Population:
    """Groups of one table of a study and the cells of employment that make them up."""

    table_name: str
    row_keys: tuple[str, ...]  # keys of the G groups in that table
    cells: pd.DataFrame  # C rows, each once however many groups hold it: one draw of its employment for all
    members: sp.csr_matrix  # (G, C) share of each cell in each group
    weighted_by_jobs: bool = True  # False where each group is one occupation, which rests on no employment


def make_population(table_name: str, cells: pd.DataFrame, members: pd.DataFrame) -> Population:
    """Return groups with any shares of cells, whose standard errors are relative, in percent.

    `members` has ``row_key``, ``cell`` (number of the row in `cells`, from 0) and ``member_share`` on 0-1.

    Examples
    --------
    >>> cells = pd.DataFrame({"soc_code": ["a"], "tot_emp": [10.0], "emp_prse": 1.0, "a_mean": 5e4, "mean_prse": 1.0})
    >>> members = pd.DataFrame({"row_key": ["women", "men"], "cell": [0, 0], "member_share": [0.4, 0.6]})
    >>> make_population("groups", cells, members).row_keys
    ('women', 'men')
    """
    if absent := [column for column in _CELL_COLUMNS if column not in cells]:
        raise InputError(f"the cells of {table_name} have no column {absent[0]!r}; expected {', '.join(_CELL_COLUMNS)}")
    keys = tuple(dict.fromkeys(members["row_key"]))
    # Cells once each, however many groups share them: women and men of an occupation have one sampling error.
    plain = cells[_CELL_COLUMNS].reset_index(drop=True)
    return Population(table_name, keys, plain, _members_matrix(members, keys, len(plain), table_name))


def _members_matrix(members: pd.DataFrame, keys: Sequence[str], n_cells: int, name: str) -> sp.csr_matrix:
    import scipy.sparse as sp

    if not members["cell"].between(0, n_cells - 1).all():
        raise InputError(f"a group of {name} has a cell that is not there; expected numbers from 0 to {n_cells - 1}")
    repeated = members[members.duplicated(["row_key", "cell"])]
    if not repeated.empty:
        key, cell = repeated.iloc[0][["row_key", "cell"]]
        raise InputError(f"group {key!r} of {name} has cell {cell} twice; expected each once")
    rows = members["row_key"].map({key: number for number, key in enumerate(keys)}).to_numpy()
    shares = members["member_share"].to_numpy(dtype=np.float64)
    return sp.csr_matrix((shares, (rows, members["cell"].to_numpy())), shape=(len(keys), n_cells))


def population_by(table_name: str, cells: pd.DataFrame, by: str, prefix: str = "") -> Population:
    """Return one group for every value of column `by`, each cell in one group; cells without a value belong to none."""
    grouped = cells[cells[by].notna()].reset_index(drop=True)
    keys = prefix + grouped[by].astype(str)
    # Rows of a key together, so that the groups come in the order of their keys.
    members = pd.DataFrame({"row_key": keys, "cell": np.arange(len(grouped)), "member_share": 1.0})
    return make_population(table_name, grouped, members.sort_values("row_key", kind="stable"))


def occupation_population(codes: Iterable[str]) -> Population:
    """Return a population in which each occupation is a group of its own."""
    cells = pd.DataFrame({"soc_code": list(codes)})
    # An occupation's exposure rests on its tasks alone: one job without a sampling error stands for all.
    cells = cells.assign(tot_emp=1.0, emp_prse=0.0, a_mean=np.nan, mean_prse=0.0, row_key=cells["soc_code"])
    return replace(population_by("occupations", cells, "row_key"), weighted_by_jobs=False)


def with_nation(population: Population, national: Population, key: str, nation: str) -> Population:
    """Return `population` with the whole country as one more group, over cells of its own."""
    import scipy.sparse as sp

    # Cells of their own, not those of the population: BLS suppresses other cells by sector than for the country.
    row = national.members[national.row_keys.index(nation)]
    return replace(
        population,
        row_keys=(*population.row_keys, key),
        cells=pd.concat([population.cells, national.cells], ignore_index=True),
        members=sp.csr_matrix(sp.block_diag([population.members, row])),
    )


def study_populations(
    occupations: pd.DataFrame,
    national: pd.DataFrame,
    sector: pd.DataFrame,
    state: pd.DataFrame,
    industry: pd.DataFrame | None = None,
    memberships: pd.DataFrame | None = None,
) -> list[Population]:
    """Return the populations of a study's tables: occupations, groups, sectors, areas, industries.

    Row keys are those of the study's tables: the SOC code, ``all|all``, ``soc_major|11-0000``,
    ``wage_quintile|1``, the NAICS code (of industries ``i_group|naics``) and the area code. Cells that were
    not released have no employment and count nowhere. Shares of groups in occupations (women, job zones) are
    taken as known: their own sampling error is in no part.
    """
    populations = [occupation_population(occupations["soc_code"]), _national_groups(occupations, national, memberships)]
    for name, oews, by in (("sectors", sector, "naics"), ("areas", state, "area")):
        populations.append(population_by(name, oews[oews["o_group"] == "detailed"], by))
    if industry is not None:
        detailed = industry[industry["o_group"] == "detailed"]
        keys = detailed["i_group"] + "|" + detailed["naics"]
        populations.append(population_by("industries", detailed.assign(key=keys), "key"))
    return populations


def _national_groups(occupations: pd.DataFrame, national: pd.DataFrame, memberships: pd.DataFrame | None) -> Population:
    """Return all groups of the country over the same cells, which are drawn once for all of them."""
    detailed = national[national["o_group"] == "detailed"].reset_index(drop=True)
    number = pd.Series(detailed.index, index=detailed["soc_code"])
    jobs = detailed.set_index("soc_code")["tot_emp"]
    parts = []
    for level in national_levels(occupations, national, memberships):
        cells = level.cells[level.cells["tot_emp"] > 0]
        # Employment of a membership is a part of the published cell; of SOC groups and wage parts it is the whole.
        share = cells["tot_emp"].to_numpy() / jobs.reindex(cells["soc_code"]).to_numpy()
        key = level.group_type + "|" + cells["group"].astype(str)
        members = pd.DataFrame({"row_key": key.to_numpy(), "cell": number.reindex(cells["soc_code"]).to_numpy()})
        parts.append(members.assign(member_share=share))
    return make_population("groups", detailed, pd.concat(parts, ignore_index=True))
