"""The tables of a study and their ledger, on drawn scores over the jobs of the package."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.estimates.study_tables import aggregate_study, read_study_employment, study_notes, study_uncertainty
from jobimpact.exposure.heads.components import VarianceComponents
from jobimpact.reporting.claims.cells import Cell, Difference
from jobimpact.reporting.claims.claims import read_claims
from jobimpact.reporting.claims.intervals import Intervals
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.study import LATER_TABLES, TABLES, Study, read_study, write_study
from jobimpact.tables import check_table, table_columns

KEYS = {"occupations": ["soc_code"], "sectors": ["naics"], "areas": ["area"], "industries": ["i_group", "naics"]}
PARTS = VarianceComponents(shared=0.01, own=0.6, noise=0.3, bias=0.0, n_tasks=1000, n_occupations=100)


@pytest.fixture(scope="module")
def employment():
    return read_study_employment()


@pytest.fixture(scope="module")
def tables(employment):
    statements = read_starter_tasks()
    rng = np.random.default_rng(0)
    base = statements["soc_code"].map(lambda code: 0.5 if code < "31" else 0.2)
    beta = (base + rng.normal(0, 0.1, len(statements))).clip(0, 1)
    tasks = statements.assign(
        p_e0=1 - beta, p_e1=beta, p_e2=0.0, alpha=beta, beta=beta, gamma=beta,
        beta_low=0.0, beta_high=1.0, automation=beta / 2, automation_share=0.5, uncertain=False, uncertain_reason=pd.NA,
        task_weight=1.0, soc_major=statements["soc_code"].str[:2] + "-0000",
    )  # fmt: skip
    raters = pd.DataFrame({"human": beta, "gpt4": (beta * 1.2).clip(upper=1)})
    found = {"tasks": tasks[table_columns("tasks")], **aggregate_study(tasks, employment, PARTS)}
    found |= study_uncertainty(found, employment, components=PARTS, raters=raters)
    return {**found, "claims": compose(Request(Study(found, {}))).claims}


def test_every_table_of_a_study_is_made(tables):
    assert set(tables) == set(TABLES)
    for name, table in tables.items():
        check_table(name, table)
    kinds = set(tables["groups"]["group_type"])
    assert kinds >= {"all", "soc_major", "soc_minor", "soc_broad", "wage_decile"}
    assert kinds >= {"education", "job_zone", "sex", "race_ethnicity"}
    assert set(tables["industries"]["i_group"]) == {"3-digit", "4-digit"}


def keyed(name, tables):
    table = tables[name]
    keys = KEYS.get(name, ["group_type", "group"])
    return table.set_index(table[keys].agg("|".join, axis=1))


@pytest.mark.parametrize("name", ["occupations", "sectors", "industries", "areas", "groups"])
def test_ledger_states_every_cell_that_the_study_states_and_no_other(tables, name):
    ledger = tables["variance_ledger"]
    own = ledger[(ledger["table_name"] == name) & (ledger["cause"] == "total") & ~ledger["row_key"].str.contains(" - ")]
    cells = own.pivot_table(index="row_key", columns="column_name", values="point_estimate", dropna=False)
    study = keyed(name, tables)
    for column in cells.columns:
        first, _, second = column.partition(" - ")
        known = study[first] - study[second] if second else study[first]
        stated, expected = cells[column].dropna(), known.dropna()
        assert set(stated.index) == set(expected.index)
        np.testing.assert_allclose(stated, expected.reindex(stated.index), rtol=1e-9, atol=1e-12)


def test_ledger_compares_rows_with_each_other_and_with_the_country(tables):
    total = tables["variance_ledger"].query("cause == 'total' and column_name == 'exposure_beta'")
    gaps = total[total["row_key"].str.contains(" - ")].set_index(["table_name", "row_key"])
    sectors = keyed("sectors", tables)["exposure_beta"]
    nation = keyed("groups", tables).loc["all|all", "exposure_beta"]
    beside = gaps.loc[("sectors", "52 - groups:all|all")]
    assert beside["point_estimate"] == pytest.approx(sectors["52"] - nation)
    assert beside["estimate_low"] < beside["point_estimate"] < beside["estimate_high"]
    assert ("industries", "3-digit|524000 - groups:all|all") in gaps.index
    # What both share cancels: the difference is known better than its two sides.
    own = total.set_index(["table_name", "row_key"])["estimate_se"]
    assert beside["estimate_se"] < np.hypot(own["sectors", "52"], own["groups", "all|all"])
    assert not (tables["variance_ledger"]["row_key"] == "groups:all|all").any()
    # Each state with the next in the order, which has no territories, and the two ends.
    areas = tables["areas"][~tables["areas"]["state"].isin(["GU", "PR", "VI"])].sort_values("exposure_beta", ascending=False)
    order = list(areas["area"])
    for first, second in ((order[0], order[1]), (order[30], order[31]), (order[0], order[-1])):
        assert gaps.loc[("areas", f"{first} - {second}")]["point_estimate"] >= 0
    assert not any(key.startswith("72 - ") and "groups" not in key for name, key in gaps.index if name == "areas")
    # An occupation with the country and its major group.
    occupations = keyed("occupations", tables)["exposure_beta"]
    for row in ("all|all", "soc_major|15-0000"):
        gap = gaps.loc[("occupations", f"15-1252 - groups:{row}")]
        assert gap["point_estimate"] == pytest.approx(occupations["15-1252"] - keyed("groups", tables).loc[row, "exposure_beta"])


def test_no_end_of_an_interval_lies_beyond_what_an_estimate_can_be(tables):
    """Many groups lie near zero, where a normal quantile would pass it: a report would then print an exposure below zero."""
    ledger = tables["variance_ledger"]
    gap = ledger["row_key"].str.contains(" - ") | ledger["column_name"].str.contains(" - ")
    ends = ledger[["estimate_low", "estimate_high"]]
    assert ends[~gap].min(axis=None) == 0.0
    assert ends[~gap].max(axis=None) == 1.0
    assert -1.0 <= ends[gap].min(axis=None) < 0.0
    assert ends[gap].max(axis=None) <= 1.0


def test_claims_carry_intervals_and_a_difference_turns_round(tables):
    ends = Intervals(tables)
    claims = {claim.claim_id: claim for claim in read_claims(tables["claims"])}
    mean = claims["groups.all.all.exposure_beta"]
    assert mean.estimate_low < mean.value < mean.estimate_high
    assert (mean.estimate_low, mean.estimate_high) == ends.find(Cell("groups", "all|all", "exposure_beta"))
    sector, nation = Cell("sectors", "52", "exposure_beta"), Cell("groups", "all|all", "exposure_beta")
    low, high = ends.find(Difference(sector, nation))
    assert ends.find(Difference(nation, sector)) == (-high, -low)
    assert all(np.isnan(claim.interval).all() for claim in claims.values() if claim.kind == "rank")
    steps = [claim for claim in claims.values() if claim.kind == "direction" and claim.estimate_low < 0 < claim.estimate_high]
    assert all(claim.text in ("about equal", "are not distinguishable") for claim in steps)


def test_groups_without_wages_of_their_own_have_no_wage_bill_in_the_ledger(tables):
    ledger = tables["variance_ledger"]
    assert not (ledger["column_name"].str.startswith("exposure_beta_wage_bill") & ledger["row_key"].str.startswith("sex|")).any()


def test_what_tables_cover_is_said(tables, employment):
    notes = study_notes(tables, employment)["groups"]
    assert len(notes) >= 10
    assert all("exposure covers" in note for note in notes)


def test_studies_of_earlier_versions_are_read_and_have_no_intervals(tables, tmp_path, data_home):
    older = {name: table for name, table in tables.items() if name not in LATER_TABLES}
    claims = tables["claims"].drop(columns=["estimate_low", "estimate_high"])
    manifest = {"inputs": {"tasks": {"name": "starter"}, "employment": {"release": "2025-05"}}}
    write_study(Study({**older, "claims": claims}, manifest), tmp_path / "old")
    again = read_study(tmp_path / "old")
    assert set(again.tables) == set(TABLES) - set(LATER_TABLES)
    assert again["claims"][["estimate_low", "estimate_high"]].isna().all().all()
