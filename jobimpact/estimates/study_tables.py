"""From scored tasks to every other table of a study: occupations, sectors, industries, places, groups, variance ledger."""

import itertools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from jobimpact.assumptions import assumption
from jobimpact.errors import CoverageWarning
from jobimpact.estimates.means.aggregates import (
    aggregate_areas,
    aggregate_groups,
    aggregate_industries,
    aggregate_sectors,
    group_notes,
)
from jobimpact.estimates.means.occupations import aggregate_occupations
from jobimpact.estimates.means.populations import study_populations, with_nation
from jobimpact.estimates.variance.exposures import occupation_exposures
from jobimpact.estimates.variance.ledger import variance_ledger
from jobimpact.estimates.variance.raters import rater_estimates
from jobimpact.exposure.heads.components import VarianceComponents
from jobimpact.facts.codes import published_codes
from jobimpact.facts.states import read_states
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.jobs.memberships import make_memberships, read_traits

# Groups of these types are compared with each other in reports.
_COMPARED = ("soc_major", "wage_quintile", "education", "job_zone", "sex", "race_ethnicity")
_BETA = "exposure_beta"
# The country beside the rows of other tables, named as differences across tables name it.
_NATION, NATION_BESIDE, _BESIDE = "all|all", "groups:all|all", ("sectors", "areas", "industries")


@dataclass(frozen=True)
class Employment:
    """What jobs a study is about: tables ``oews`` by level, and memberships of groups in occupations."""

    national: pd.DataFrame
    sector: pd.DataFrame
    industry: pd.DataFrame
    state: pd.DataFrame
    states: pd.DataFrame
    memberships: pd.DataFrame


def read_study_employment() -> Employment:
    """Read the employment that the package carries, or that the user derived (`jobimpact sources derive`)."""
    return Employment(
        national=read_employment("national"),
        sector=read_employment("sector"),
        industry=read_employment("industry"),
        state=read_employment("state"),
        states=read_states(),
        memberships=make_memberships(read_traits()),
    )


def aggregate_study(
    tasks: pd.DataFrame, employment: Employment, components: VarianceComponents | None = None
) -> dict[str, pd.DataFrame]:
    """Return the tables ``occupations sectors industries areas groups`` of a study.

    Without the `components` of the model that scored the tasks, occupations have no standard errors.
    """
    published = published_codes(tasks["soc_code"])
    occupations = aggregate_occupations(tasks, employment.national, published, components)
    return {
        "occupations": occupations,
        "sectors": aggregate_sectors(occupations, employment.sector),
        "industries": aggregate_industries(occupations, employment.industry),
        "areas": aggregate_areas(occupations, employment.state, employment.states),
        "groups": aggregate_groups(occupations, employment.national, employment.memberships),
    }


def study_uncertainty(
    tables: Mapping[str, pd.DataFrame],
    employment: Employment,
    *,
    components: VarianceComponents | None = None,
    raters: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Return the tables ``variance_ledger`` and ``raters`` of a study.

    The ledger has estimates, and differences that reports may state. `tables` are those of
    :func:`aggregate_study`, with ``tasks``; `raters` (rows of ``tasks``, R) has beta by each judge.
    """
    tasks = tables["tasks"]
    codes = published_codes(tasks["soc_code"])
    populations = study_populations(
        tables["occupations"],
        employment.national,
        employment.sector,
        employment.state,
        employment.industry,
        employment.memberships,
    )
    national = next(population for population in populations if population.table_name == "groups")
    with_country = [
        with_nation(population, national, NATION_BESIDE, _NATION) if population.table_name in _BESIDE else population
        for population in populations
    ]
    exposures = occupation_exposures(tasks, codes, components=components)
    ledger = variance_ledger(exposures, with_country, gaps=study_gaps(tables, employment.states))
    judges = rater_estimates(tasks, codes, raters, populations, components)
    unknown, bill = _unknown_bills(tables), "exposure_beta_wage_bill"
    of_bills = (ledger["table_name"] == "groups") & ledger["column_name"].str.startswith(bill)
    sides = ledger["row_key"].where(of_bills, "").str.split(" - ")
    omitted = (ledger["row_key"] == NATION_BESIDE) | sides.map(lambda keys: not unknown.isdisjoint(keys))
    judged = ~((judges["table"] == "groups") & (judges["column"] == bill) & judges["row"].isin(unknown))
    return {"variance_ledger": ledger[~omitted].reset_index(drop=True), "raters": judges[judged].reset_index(drop=True)}


def study_gaps(tables: Mapping[str, pd.DataFrame], states: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """Return by table the pairs of rows that reports compare.

    All sectors, all groups of a type, the two ends of the states and each state with the next, every sector,
    industry and state with the country, and every occupation with the country and its major group. The first
    of a pair is the more exposed where both are of one kind; of wage fifths, education and job zones it is
    the one further up. Territories have no place in the order of the states.
    """
    groups = tables["groups"].dropna(subset=[_BETA])
    compared = groups[groups["group_type"].isin(_COMPARED)]
    pairs = [
        pair
        for kind, rows in compared.groupby("group_type", sort=False)
        for pair in itertools.combinations([f"{kind}|{group}" for group in _ordered(str(kind), rows)], 2)
    ]
    sectors, areas = (_by_exposure(tables[name], by) for name, by in (("sectors", "naics"), ("areas", "area")))
    exposed = tables["industries"].dropna(subset=[_BETA])
    industries = [*(exposed["i_group"] + "|" + exposed["naics"])]
    keys_by_table = {"sectors": sectors, "areas": areas, "industries": industries}
    nation = {name: [(key, NATION_BESIDE) for key in keys] for name, keys in keys_by_table.items()}
    territories = set(states.loc[states["territory"], "fips"])
    ranked = [area for area in areas if area not in territories]
    neighbours = dict.fromkeys([*itertools.pairwise(ranked), *([(ranked[0], ranked[-1])] if len(ranked) > 1 else [])])
    return {
        "sectors": [*itertools.combinations(sectors, 2), *nation["sectors"]],
        "areas": [*neighbours, *nation["areas"]],
        "industries": nation["industries"],
        "groups": pairs,
        "occupations": _occupation_gaps(tables["occupations"].dropna(subset=[_BETA]), groups),
    }


def _occupation_gaps(occupations: pd.DataFrame, groups: pd.DataFrame) -> list[tuple[str, str]]:
    """Return every occupation beside the country and its major group, where these have an exposure."""
    group_rows = set("groups:" + groups["group_type"] + "|" + groups["group"])
    sides = zip(occupations["soc_code"].astype(str), occupations["soc_major"].astype(str), strict=True)
    pairs = [(code, row) for code, major in sides for row in (NATION_BESIDE, f"groups:soc_major|{major}")]
    return [pair for pair in pairs if pair[1] in group_rows]


def _ordered(kind: str, rows: pd.DataFrame) -> list[str]:
    if kind in ("wage_quintile", "education", "job_zone"):
        return sorted(rows["group"], reverse=True)
    return _by_exposure(rows, "group")


def _by_exposure(rows: pd.DataFrame, key: str) -> list[str]:
    ranked = rows.dropna(subset=[_BETA]).sort_values(key).sort_values(_BETA, ascending=False, kind="stable")
    return [str(row) for row in ranked[key]]


def check_coverage(tables: Mapping[str, pd.DataFrame]) -> None:
    """Warn where a study covers too little of national employment for its numbers to be the country's."""
    groups = tables["groups"]
    share = float(groups.loc[groups["group_type"] == "all", "matched_share"].iloc[0])
    least = assumption("headlines", "national_coverage")
    if share < least:
        message = (
            f"the scored occupations hold {100 * share:.1f} % of US employment, less than {100 * least:.0f} %: national numbers "
            "are of these occupations only"
        )
        warnings.warn(message, CoverageWarning, stacklevel=2)


def _unknown_bills(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Return the rows of ``groups`` whose wage bill the study does not state, such as women: nor is its error known."""
    groups = tables["groups"]
    missing = groups["exposure_beta_wage_bill"].isna()
    return set(groups.loc[missing, ["group_type", "group"]].agg("|".join, axis=1))


def study_notes(tables: Mapping[str, pd.DataFrame], employment: Employment, rater: str = "human") -> dict[str, list[str]]:
    """Return sentences on what the tables cover and rest on, for the manifest."""
    notes = {"groups": group_notes(tables["groups"])}
    if rater != "human":
        notes["variance_ledger"] = [f"variance_ledger: errors were measured on human labels and are taken as those of {rater}"]
    national, industry = (str(oews["release"].iloc[0]) for oews in (employment.national, employment.industry))
    if national != industry:
        notes["industries"] = [f"industries: employment is of OEWS {industry}, that of the other tables of {national}"]
    return notes
