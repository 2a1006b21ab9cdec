import math

import pandas as pd
import pytest

from jobimpact.errors import InputError
from jobimpact.facts.states import territories
from jobimpact.reporting.claims.cells import Cell, Count, Difference, parse, read_value, select_rows
from jobimpact.reporting.claims.claims import Claim, claim_id, claims_table, read_cell, read_claims
from jobimpact.reporting.claims.facts import Facts
from jobimpact.reporting.compose.compose import compose
from jobimpact.reporting.compose.document import Request
from jobimpact.reporting.words.wording import format_release, format_value
from jobimpact.sources.tasks.starter import read_starter_tasks
from jobimpact.study import Study
from jobimpact.tables import read_dictionary, table_columns


def cell(study, claim):
    """Look a single cell up with plain pandas, not with the code under test."""
    keys = read_dictionary()["tables"][claim.table_name]["key"]
    return (
        study[claim.table_name]
        .astype(dict.fromkeys(keys, str))
        .set_index(keys)[claim.column_name]
        .loc[tuple(claim.row_key.split("|")) if len(keys) > 1 else claim.row_key]
    )


def test_every_claim_equals_its_cell(study):
    claims = read_claims(study["claims"])
    assert len(claims) > 60
    for claim in claims:
        assert read_cell(study.tables, claim) == claim.value
        assert format_value(claim.value, claim.unit, claim.decimals) == claim.text
    plain = [claim for claim in claims if claim.kind in ("value", "share")]
    assert len(plain) > 30
    for claim in plain:
        assert cell(study, claim) == claim.value


def test_ranks_counts_and_sums_are_what_pandas_finds(study):
    by_id = {claim.claim_id: claim for claim in read_claims(study["claims"])}
    states = study["areas"][~study["areas"]["state"].isin(["GU", "PR", "VI"])]
    best = states.loc[states["exposure_beta"].idxmax()]
    assert by_id[f"areas.{best['area']}.exposure_beta.rank-from-the-top"].text == "highest"
    assert by_id["areas.all.exposure_beta.count"].value == 51
    high = study["occupations"].query("exposure_beta >= 0.5")
    assert by_id["occupations.exposure_beta-from-0.50.tot_emp-from-0.tot_emp.count"].value == len(high.dropna(subset=["tot_emp"]))
    assert by_id["occupations.exposure_beta-from-0.50.tot_emp-from-0.tot_emp.sum"].value == high["tot_emp"].sum()
    second = study["sectors"].sort_values("exposure_beta").iloc[-2]["naics"]
    assert by_id[f"sectors.{second}.exposure_beta.rank-from-the-top"].text == "second highest"


def test_the_sum_of_highly_exposed_jobs_agrees_with_the_share(study):
    by_id = {claim.claim_id: claim.value for claim in read_claims(study["claims"])}
    jobs = by_id["occupations.exposure_beta-from-0.50.tot_emp-from-0.tot_emp.sum"]
    assert jobs / by_id["groups.all.all.emp_matched"] == pytest.approx(by_id["groups.all.all.share_workers_50"])


def test_claims_are_unchanged_by_the_order_of_rows(study):
    shuffled = {name: table.sample(frac=1, random_state=1) for name, table in study.tables.items() if name != "claims"}
    pd.testing.assert_frame_equal(compose(Request(Study(shuffled, study.manifest))).claims, study["claims"])


def test_identifiers_are_anchors(study):
    assert study["claims"]["claim_id"].str.fullmatch(r"[A-Za-z0-9._-]+").all()
    assert study["claims"]["claim_id"].is_unique


def test_the_table_and_the_claims_are_the_same_thing(study):
    claims = read_claims(study["claims"])
    pd.testing.assert_frame_equal(claims_table(claims), study["claims"])
    assert list(Claim.__dataclass_fields__) == table_columns("claims")
    with pytest.raises(AttributeError):
        claims[0].value = 1.0


def test_equal_values_share_a_rank(study, changed):
    top = study["sectors"]["exposure_beta"].max()
    tied = changed(study, "sectors", study["sectors"]["naics"].isin(["11", "72"]), "exposure_beta", top)
    claims = read_claims(compose(Request(tied)).claims)
    ranks = [claim for claim in claims if claim.table_name == "sectors" and claim.unit == "rank from the top"]
    assert [claim.text for claim in ranks] == ["highest"] * 3


def test_claims_without_sectors_areas_or_wages(study):
    tables = {name: study[name] for name in ("tasks", "occupations", "groups")}
    tables["groups"] = tables["groups"][tables["groups"]["group_type"] == "all"]
    tables["sectors"], tables["areas"] = study["sectors"].iloc[:0], study["areas"].iloc[:0]
    claims = read_claims(compose(Request(Study(tables, study.manifest))).claims)
    assert {claim.table_name for claim in claims} == {"groups", "occupations"}


def test_claims_of_a_study_that_matched_nothing(make_study):
    statements = read_starter_tasks().iloc[:5].assign(soc_code="55-1011", onetsoc_code="55-1011.00")
    study = make_study(statements)
    facts = Facts(study.tables)
    assert facts.value("groups", "all|all", "emp_matched").text == "0"
    assert facts.value("groups", "all|all", "exposure_beta") is None
    assert "groups.all.all.exposure_beta" not in set(study["claims"]["claim_id"])


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (0.2539, "0-1", 2, "0.25"),
        (0.999, "percent", 1, "99.9 %"),
        (133_285_120, "million jobs", 1, "133.3 million"),
        (7_654, "jobs", -1, "7,650"),
        (765_432, "jobs", -3, "765,000"),
        (50_980, "US dollars per year", -2, "$51,000"),
        (22.0, "rows", 0, "22"),
        (-0.0001, "0-1", 2, "0.00"),
        (0.03, "direction", 0, "higher"),
        (-0.03, "direction", 0, "lower"),
        (0.0199, "direction", 0, "about equal"),
        (1.0, "rank from the bottom", 0, "lowest"),
        (9.0, "rank from the top", 0, "number 9"),
        (math.nan, "0-1", 2, "n/a"),
    ],
)
def test_values_as_text(value, unit, decimals, text):
    assert format_value(value, unit, decimals) == text


def test_releases_as_text():
    assert format_release("2025-05") == "May 2025"
    assert format_release("30.1") == "30.1"
    assert format_release("2025-13") == "2025-13"


def test_what_cannot_be_looked_up_says_so(study):
    with pytest.raises(InputError, match="no table 'cities'"):
        read_value(study.tables, "value", Cell("cities", "1", "exposure_beta"))
    with pytest.raises(InputError, match="0 rows with the key '98'"):
        read_value(study.tables, "value", Cell("sectors", "98", "exposure_beta"))
    with pytest.raises(InputError, match="no column 'risk'"):
        read_value(study.tables, "value", Cell("sectors", "52", "risk"))
    with pytest.raises(InputError, match="kind 'guess' is not known"):
        read_value(study.tables, "guess", Cell("sectors", "52", "exposure_beta"))
    with pytest.raises(InputError, match="condition 'risk>=1'"):
        select_rows(study.tables, "sectors", "risk>=1")


def test_territories_have_cells_but_no_rank(study):
    assert territories() == {"GU", "PR", "VI"}
    assert len(select_rows(study.tables, "areas")) == 51
    assert read_value(study.tables, "value", Cell("areas", "66", "exposure_beta")) > 0


def test_identifier_names_the_binding_not_the_value():
    share = Cell("sectors", "52", "matched_share")
    assert claim_id("share", share) == claim_id("value", share)
    gap = Difference(Cell("groups", "a|1", "x"), Cell("groups", "a|2", "x"))
    assert claim_id("difference", gap) == "groups.a.1-less-a.2.x.difference"


@pytest.mark.parametrize(
    ("kind", "binding"),
    [
        ("value", Cell("tasks", "15-1252.00|a - b|c:d", "beta")),
        ("rank", Cell("sectors", "52", "exposure_beta")),
        ("count", Count("occupations", "exposure_beta>=0.50|tot_emp>=0", "tot_emp")),
        ("direction", Difference(Cell("groups", "a|1", "x"), Cell("groups", "a|2", "x"))),
        ("direction", Difference(Cell("groups", "all|all", "x"), Cell("groups", "all|all", "y"))),
        ("difference", Difference(Cell("sectors", "52", "x"), Cell("groups", "all|all", "x"))),
        ("difference", Difference(Cell("groups", "all|all", "x"), Cell("sectors", "52", "y"))),
    ],
)
def test_a_binding_is_read_back_from_its_text(kind, binding):
    assert parse(kind, binding.table, binding.key, binding.column) == binding


def test_identifiers_are_anchors_whatever_a_users_file_has_for_keys(make_study, odd_statements):
    for identifier in ('<b>"1"', "a#1 ('x')", "任务/1", "a|b", "a - b"):
        odd = odd_statements.assign(task_id=[identifier, "2", "3"])
        document = compose(Request(make_study(odd), "occupation", "en", "15-1252"))
        assert document.claims["claim_id"].str.fullmatch(r"[A-Za-z0-9._-]+").all()
        own = document.claims[document.claims["table_name"] == "tasks"].query("kind == 'value'")
        assert set(own["row_key"]) == {f"15-1252.00|{identifier}"}
        assert not own["row_title"].str.contains(" less ").any()
    assert claim_id("value", Cell("tasks", "x|a#1", "beta")) != claim_id("value", Cell("tasks", "x|a-1", "beta"))


def test_only_figures_of_covered_jobs_say_what_they_cover(study):
    """Published employment is that of all jobs, and a share of them covers all of them."""
    definitions = study["claims"].query("table_name == 'groups' and row_key == 'all|all'").set_index("column_name")["definition"]
    for column in ("exposure_beta", "share_workers_50", "exposure_beta_wage_bill"):
        assert "Covers " in definitions[column]
    for column in ("tot_emp", "matched_share", "emp_matched", "n_occupations"):
        assert "Covers " not in definitions[column]
