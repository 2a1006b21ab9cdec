import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobimpact.assumptions import read_assumptions
from jobimpact.errors import InputError
from jobimpact.estimates.means.definitions import Definition, above_cut, check_definition, compare_definitions, definition_value
from jobimpact.estimates.means.headlines import headline_numbers, headlines_table
from jobimpact.tables import check_table

ABOVE = Definition("beta", "employment", "matched", "jobs in four occupations", "OEWS 2025-05", 0.5, ">=")
OCCUPATIONS = pd.DataFrame(
    {
        "tot_emp": [100.0, 300.0, 50.0, 50.0],
        "a_mean": [20_000.0, 60_000.0, np.nan, 40_000.0],
        "exposure_alpha": [0.1, 0.0, 0.3, np.nan],
        "exposure_beta": [0.5, 0.1, 0.8, np.nan],
        "exposure_gamma": [0.9, 0.5, 1.0, np.nan],
    }
)


@pytest.mark.publisher
def test_workers_above_a_cut_hang_on_the_operator(publisher_data):
    """findings.md: OEWS May 2021 and human beta of Eloundou et al. 2024: 24.3 % with >=, 20.0 % with >, 81-82 % for 0.1.

    That is on the full file. The copy in the publishers' folder withholds 105 SOC codes, so that 680 of 831 occupations with
    87 % of employment are left; on it the figures are 23.8, 20.0 and 84.0 %. Tolerance: half of the last digit stated.
    """
    from jobimpact.estimates.means.occupations import aggregate_occupations
    from jobimpact.estimates.means.weights import task_weights
    from jobimpact.facts.codes import oews_code
    from jobimpact.sources.jobs.oews import read_oews
    from jobimpact.sources.labels.eloundou import LABEL_EXPOSURE, read_eloundou_labels

    folder = publisher_data / "openai_gpts_are_gpts"
    labels, national = read_eloundou_labels(folder), read_oews(folder / "national_May2021_dl.csv.gz")
    scores = {name: labels["human"].map(dict(value)) for name, value in LABEL_EXPOSURE.items()}
    tasks = labels.assign(task_weight=task_weights(labels), automation=0.0, **scores)
    codes = oews_code(tasks["soc_code"])
    occupations = aggregate_occupations(tasks, national, codes.where(codes.notna(), tasks["soc_code"]))
    published = float(national.loc[national["o_group"] == "total", "tot_emp"].iloc[0])
    defined = Definition("beta", "employment", "matched", "wage and salary jobs in the United States", "OEWS 2021-05", 0.5, ">=")
    table = compare_definitions(occupations, defined, published)
    others = table.set_index(["changed_part", "alternative"])["headline_value"]
    full = labels["soc_code"].nunique() > 850  # 873 codes in the full file, 768 in the copy
    expected = (0.243, 0.200, 0.815) if full else (0.238, 0.200, 0.840)
    assert others["as defined", ">= 0.5"] == pytest.approx(expected[0], abs=0.0005)
    assert others["operator", "> 0.5"] == pytest.approx(expected[1], abs=0.0005)
    assert others["cut", ">= 0.1"] == pytest.approx(expected[2], abs=0.006 if full else 0.0005)
    check_table("headline_alternatives", table)


def test_known_values():
    assert definition_value(OCCUPATIONS, ABOVE) == pytest.approx(150 / 450)
    table = compare_definitions(OCCUPATIONS, ABOVE, published=600.0)
    check_table("headline_alternatives", table)
    others = table.set_index(["changed_part", "alternative"])["headline_value"]
    assert others["as defined", ">= 0.5"] == pytest.approx(150 / 450)
    assert others["operator", "> 0.5"] == pytest.approx(50 / 450)
    assert others["measure", "gamma"] == 1
    assert others["measure", "alpha"] == 0
    assert others["weight", "wage_bill"] == pytest.approx(2e6 / 2e7)
    assert others["weight", "equal"] == pytest.approx(2 / 3)
    assert others["denominator", "detailed"] == pytest.approx(150 / 500)
    assert others["denominator", "published"] == pytest.approx(150 / 600)
    assert (table["headline_difference"] == table["headline_value"] - table["headline_value"][0]).all()


def test_what_cannot_be_had_is_missing_and_not_left_out():
    table = compare_definitions(OCCUPATIONS.drop(columns="exposure_gamma"), ABOVE).set_index("alternative")["headline_value"]
    assert np.isnan(table["gamma"])
    assert np.isnan(table["published"])


def test_mean_is_weighted():
    mean = Definition("beta", "employment", "matched", "all", "2025-05")
    assert definition_value(OCCUPATIONS, mean) == pytest.approx((50 + 30 + 40) / 450)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 1000)), min_size=1, max_size=30), st.sampled_from([0.1, 0.25, 0.5]))
def test_larger_denominators_and_stricter_operators_never_raise_a_share(rows, cut):
    table = pd.DataFrame(rows, columns=["exposure_beta", "tot_emp"]).assign(a_mean=1.0)
    table.loc[len(table)] = [np.nan, 10, 1.0]
    share = {
        (sign, denominator): definition_value(table, Definition("beta", "employment", denominator, "p", "r", cut, sign))
        for sign in (">=", ">")
        for denominator in ("matched", "detailed")
    }
    assert 0 <= share[">", "matched"] <= share[">=", "matched"] <= 1
    assert share[">=", "detailed"] <= share[">=", "matched"]


def test_a_mean_that_rounding_moved_off_the_cut_still_lies_at_it():
    exposure = np.array([0.1 + 0.2, 0.3, 0.3 - 1e-6])
    assert above_cut(exposure, 0.3, ">=").tolist() == [True, True, False]
    assert not above_cut(exposure, 0.3, ">").any()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"release": ""}, "found no release"),
        ({"measure": "", "weight": ""}, "found no measure, weight"),
        ({"operator": None}, "found no operator"),
        ({"cut": None}, "found no cut"),
        ({"weight": "jobs"}, "the weight 'jobs'"),
        ({"operator": "<"}, "the operator '<'"),
        ({"cut": 50.0}, "the cut 50.0"),
    ],
)
def test_incomplete_definition_is_refused_everywhere(change, found):
    definition = Definition(**(vars(ABOVE) | change))
    for use in (check_definition, Definition.sentence, lambda definition: definition_value(OCCUPATIONS, definition)):
        with pytest.raises(InputError, match=found) as caught:
            use(definition)
        assert "\n" not in str(caught.value)


def test_columns_that_are_not_there_are_named():
    with pytest.raises(InputError, match="no column 'exposure_beta'"):
        definition_value(OCCUPATIONS.drop(columns="exposure_beta"), ABOVE)


@pytest.fixture
def study_tables():
    row = {"tot_emp": 500.0, "emp_matched": 450.0, "matched_share": 0.9, "exposure_beta": 120 / 450}
    row |= {"exposure_beta_wage_bill": 0.14, "share_workers_10": 1.0, "share_workers_50": 150 / 450}
    groups = pd.DataFrame([{"group_type": "all", "group": "all", **row}])
    return groups, pd.DataFrame([{"naics": "52", "naics_title": "Finance", **row}])


def test_headlines_of_a_study_carry_their_definition(study_tables):
    found = headline_numbers(*study_tables, OCCUPATIONS, release="OEWS 2025-05")
    assert len(found) == 5
    for headline in found[:2]:
        assert headline.alternatives["headline_value"][0] == pytest.approx(headline.value)
    table = headlines_table(found)
    assert table["release"].eq("OEWS 2025-05").all()
    assert "33.3 %. Expected share of jobs" in found[1].to_text()
    assert found[4].to_text().startswith("Most exposed sector (Finance): 0.267. Mean exposure")


def test_headlines_without_a_release_are_shown_but_not_exported(study_tables):
    found = headline_numbers(*study_tables)
    assert found[0].definition.startswith("Mean over jobs")
    for export in (found[0].to_text, found[0].to_record, lambda: headlines_table(found)):
        with pytest.raises(InputError, match="no complete definition"):
            export()


@pytest.mark.parametrize("file", ["headlines", "variance", "debiased"])
def test_assumptions_are_complete(file):
    for name, entry in read_assumptions(file).items():
        assert set(entry) == {"value", "unit", "range", "source", "description"}, name
        if isinstance(entry["value"], int | float):
            assert entry["range"][0] <= entry["value"] <= entry["range"][1], name
