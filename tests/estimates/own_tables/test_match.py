"""Users' own employment: matched at any level, unknown codes with their size, the same figures as the study's own tables."""

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import CoverageWarning, InputError
from jobimpact.estimates.means.aggregates import aggregate_areas, aggregate_groups
from jobimpact.estimates.means.levels import EXPOSURES
from jobimpact.estimates.own_tables.match import estimate_user_groups, match_employment, prefix_exposures, soc_exposures
from jobimpact.facts.states import read_states
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.jobs.user_employment import read_user_employment
from jobimpact.tables import check_table


def read(tmp_path, table, **options):
    path = tmp_path / "own.csv"
    pd.DataFrame(table).to_csv(path, index=False)
    return read_user_employment(path, **options)


@pytest.fixture(scope="module")
def exposures(all_scored):
    return soc_exposures(all_scored)


def test_states_as_a_users_table_give_the_study_s_figures(tmp_path, part_scored):
    oews = read_employment("state")
    oews = oews[oews["area"].isin(["06", "48", "72"])]
    own = oews[oews["o_group"] == "detailed"][["soc_code", "tot_emp", "a_mean", "area"]]
    employment = read(
        tmp_path, own, code_column="soc_code", weight_column="tot_emp", wage_column="a_mean", group_columns=["area"]
    )
    with pytest.warns(CoverageWarning, match="codes have no exposure"):
        matched = match_employment(employment, soc_exposures(part_scored))
    check_table("unknown_codes", matched.unknown)
    ours = estimate_user_groups(matched, "area").set_index("group")
    study = aggregate_areas(part_scored, oews, read_states()).set_index("area")
    for mine, theirs in {
        "exposure_beta": "exposure_beta", "share_above": "share_workers_50", "emp_matched": "emp_matched",
        "cells_suppressed": "cells_suppressed", "exposed_wage_share": "exposure_beta_wage_bill",
    }.items():  # fmt: skip
        np.testing.assert_allclose(ours[mine], study[theirs], rtol=1e-12)
    assert set(ours["se_method"]) == {"none"}
    assert ours["exposure_beta_se"].isna().all()


def test_groups_have_the_means_of_the_study(all_scored, national, exposures):
    groups = aggregate_groups(all_scored, national)
    by_code = exposures.set_index("code")
    for group_type in ("soc_major", "soc_minor", "soc_broad"):
        rows = groups[(groups["group_type"] == group_type) & ~groups["group"].isin(all_scored["soc_code"])]
        found = by_code.loc[rows["group"]]
        np.testing.assert_allclose(found["exposure_beta"], rows["exposure_beta"])
        assert (found["matched_at"] == group_type).all()
    nation = groups.loc[groups["group_type"] == "all", "exposure_beta"].iloc[0]
    assert by_code.loc["00-0000", "exposure_beta"] == pytest.approx(nation)


def test_codes_of_every_kind_find_their_exposure(tmp_path, exposures):
    codes = ["15-1252", "31-1121", "15-1252.00", "15-1200", "29-1210"]
    employment = read(tmp_path, {"code": codes, "weight": 1.0}, totals="keep")
    rows = match_employment(employment, exposures).rows
    assert rows["exposure_beta"].notna().all()
    # OEWS publishes 31-1121 only within 31-1120.
    known = exposures.set_index("code")["exposure_beta"]
    assert rows["exposure_beta"].tolist() == known[["15-1252", "31-1120", "15-1252", "15-1200", "29-1210"]].tolist()


def test_onetsoc_codes_have_their_own_exposure_before_that_of_their_soc_code(tmp_path, exposures):
    own = pd.DataFrame({"code": ["15-1252.01"], "matched_at": "onetsoc", **dict.fromkeys(EXPOSURES, 0.123)})
    both = pd.concat([exposures, own], ignore_index=True)
    employment = read(tmp_path, {"code": ["15-1252.01", "15-1252.02"], "weight": 1.0}, classification="onetsoc")
    rows = match_employment(employment, both).rows
    assert rows["exposure_beta"].tolist() == [0.123, exposures.set_index("code").loc["15-1252", "exposure_beta"]]


def test_unknown_codes_are_listed_with_their_size_and_nothing_is_lost(tmp_path, exposures):
    table = {"code": ["15-1252", "99-9999", "chef", "", "chef"], "weight": [60, 10, 5, 20, 5]}
    employment = read(tmp_path, table)
    with pytest.warns(CoverageWarning, match=r"3 codes have no exposure, with 40 \(40.0 %\) of the weight: \(no code\) \(20\)"):
        matched = match_employment(employment, exposures)
    unknown = check_table("unknown_codes", matched.unknown)
    assert unknown["unknown_code"].tolist() == ["", "99-9999", "chef"]
    assert unknown["n_rows"].tolist() == [1, 1, 2]
    assert unknown["emp_share"].sum() == pytest.approx(0.4)
    row = estimate_user_groups(matched).iloc[0]
    assert row[["n_rows", "tot_emp", "emp_matched", "matched_share"]].tolist() == [5, 100, 60, 0.6]


def test_persons_with_strata_and_units_have_errors_of_sampling(tmp_path, exposures):
    rng = np.random.default_rng(5)
    codes = rng.choice(exposures.loc[exposures["matched_at"] == "soc_detailed", "code"], 400)
    table = {
        "code": codes, "weight": rng.uniform(50, 150, 400), "wage": rng.uniform(2e4, 9e4, 400),
        "region": rng.choice(["n", "s"], 400), "st": np.repeat(np.arange(4), 100), "cl": np.tile(np.repeat(np.arange(10), 10), 4),
    }  # fmt: skip
    employment = read(tmp_path, table, stratum_column="st", psu_column="cl", wage_column="wage", group_columns=["region"])
    matched = match_employment(employment, exposures)
    whole = estimate_user_groups(matched).iloc[0]
    parts = estimate_user_groups(matched, "region")
    assert whole["se_method"] == "linearised"
    # 40 units in 4 strata; a region is a domain, with the degrees of freedom of the whole sample.
    assert parts["se_df"].tolist() == [36, 36]
    assert (parts["exposure_beta_se"] > whole["exposure_beta_se"]).all()
    assert np.average(parts["exposure_beta"], weights=parts["emp_matched"]) == pytest.approx(whole["exposure_beta"])
    for name in ("exposure_beta", "share_above", "exposed_wage_share"):
        assert whole[f"{name}_low"] < whole[name] < whole[f"{name}_high"]
    strict = estimate_user_groups(matched, operator=">").iloc[0]
    assert strict["share_above"] <= whole["share_above"]


def test_published_errors_of_cells_are_used(tmp_path, exposures):
    table = {"code": ["15-1252", "29-1141"], "weight": [100, 100], "se": [10, 0]}
    row = estimate_user_groups(match_employment(read(tmp_path, table, weight_se_column="se"), exposures)).iloc[0]
    values = exposures.set_index("code").loc[["15-1252", "29-1141"], "exposure_beta"]
    assert row["se_method"] == "cell errors"
    assert row["exposure_beta_se"] == pytest.approx(abs(values.iloc[0] - values.iloc[1]) / 2 * 10 / 200)


def test_isco_and_csco_groups_have_equal_weights():
    scores = pd.DataFrame({"isco_code": ["2511", "2512", "2521"], "exposure_beta": [0.2, 0.4, 0.9]})
    table = prefix_exposures(scores, "isco_code").set_index("code")
    assert table.loc["251", "exposure_beta"] == pytest.approx(0.3)
    assert table.loc["25", "exposure_beta"] == pytest.approx(0.5)
    assert table.loc["2", "matched_at"] == "level 1, equal weights"
    chinese = pd.DataFrame({"csco_code": ["2-01-06-03", "2-01-06-04"], "exposure_beta": [0.2, 0.6]})
    assert prefix_exposures(chinese, "csco_code", "-").set_index("code").loc["2-01-06", "exposure_beta"] == pytest.approx(0.4)


def test_bad_choices_are_one_line(tmp_path, exposures):
    with pytest.raises(InputError, match="found no exposure of any isco_code"):
        prefix_exposures(pd.DataFrame({"isco_code": ["2511"], "exposure_beta": [np.nan]}), "isco_code")
    matched = match_employment(read(tmp_path, {"code": ["15-1252"], "weight": [1]}), exposures)
    with pytest.raises(InputError, match="no column 'sex' to group by"):
        estimate_user_groups(matched, "sex")
    with pytest.raises(InputError, match="found the operator '=>'; expected one of >=, >"):
        estimate_user_groups(matched, operator="=>")
    with pytest.raises(InputError, match="twice among the exposures"):
        match_employment(matched.employment, pd.concat([exposures, exposures]))
