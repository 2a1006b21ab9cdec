"""Errors of sampling, model and crosswalk put together: each by hand, together by published formulas, on real cells."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.stats import norm, t

from jobimpact.errors import InputError
from jobimpact.estimates.crosswalks.code_exposures import CodeExposures
from jobimpact.estimates.means.aggregates import aggregate_areas
from jobimpact.estimates.own_tables.aggregates import GroupMeans, combine_errors, estimate_user_aggregates, group_means
from jobimpact.estimates.own_tables.classifications import study_exposures
from jobimpact.estimates.own_tables.match import match_employment
from jobimpact.estimates.own_tables.survey import SurveyEstimate
from jobimpact.facts.states import read_states
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.jobs.user_employment import read_user_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.tables import check_table, table_columns

pytestmark = pytest.mark.filterwarnings("ignore::jobimpact.errors.CoverageWarning")


def exposures(weights, beta, errors, drawn=()):
    weights = sp.csr_matrix(np.array(weights, dtype=float))
    n, units = weights.shape
    scores = np.column_stack([np.zeros(units), beta, np.ones(units), np.full((units, 3), 0.5)])
    codes = pd.Index([f"c{place}" for place in range(n)])
    return CodeExposures(
        codes, np.full(n, "own", dtype=object), weights, tuple(sp.csr_matrix(np.array(w, dtype=float)) for w in drawn),
        np.ones(n), pd.Series(1.0, index=codes), np.ones(n), scores, np.arange(units), np.array(errors, dtype=float),
        np.zeros((0, units)),
    )  # fmt: skip


def only(sampling=np.nan, model=np.nan, crosswalk=np.nan, df=np.nan):
    """Return the errors of a mean of .5 with these variances."""
    scores = norm.ppf((np.arange(2000) + 0.5) / 2000)
    deviations = np.sqrt(np.nan_to_num(model) + np.nan_to_num(crosswalk)) * scores[None]
    found = GroupMeans(np.full((1, 6), 0.5), np.array([model]), np.array([np.nan]), np.array([crosswalk]), deviations)
    own = SurveyEstimate(0.5, np.sqrt(sampling), np.nan, np.nan, df, "linearised")
    return combine_errors(found, None, [own], level=0.9).iloc[0]


def test_codes_that_share_an_occupation_share_its_error():
    """Weights (1, 0) and (1/2, 1/2), jobs 1 and 3: shares 5/8 and 3/8, variance (5/8)^2 .1^2 + (3/8)^2 .2^2."""
    found = group_means(sp.csr_matrix([[1.0, 3.0], [0.0, 0.0]]), exposures([[1, 0], [0.5, 0.5]], [0.2, 0.6], [0.1, 0.2]))
    assert found.means[0, 1] == pytest.approx(5 / 8 * 0.2 + 3 / 8 * 0.6)
    assert found.model_variance[0] == pytest.approx((5 / 8 * 0.1) ** 2 + (3 / 8 * 0.2) ** 2)
    # A group without any employment has neither a mean nor an error.
    assert np.isnan([*found.means[1], found.model_variance[1], found.crosswalk_variance[1]]).all()
    assert np.isnan(found.crosswalk_variance[0])


def test_variance_between_draws_is_that_of_rubin():
    """Rubin 1987, equation 3.1.5: (1 + 1/3) times the variance .04 of .2, .4 and .6."""
    drawn = [[[1, 0]], [[0.5, 0.5]], [[0, 1]]]
    found = group_means(sp.csr_matrix([[2.0]]), exposures([[0.5, 0.5]], [0.2, 0.6], [0.0, 0.0], drawn))
    assert found.crosswalk_variance[0] == pytest.approx(4 / 3 * 0.04)


def test_an_interval_of_sampling_alone_is_student_s():
    row = only(sampling=0.01**2, df=11.0)
    assert (row["se_parts"], row["sampling_df"]) == ("sampling", 11.0)
    assert row["mean_high"] == pytest.approx(0.5 + 0.01 * t.ppf(0.95, 11), abs=1e-4)


def test_an_interval_of_the_model_alone_is_normal():
    row = only(model=0.02**2)
    assert row["mean_low"] == pytest.approx(0.5 - 0.02 * norm.ppf(0.95), abs=1e-4)
    assert np.isnan(row["sampling_df"])


def test_parts_add_up_in_squares_and_the_interval_holds_them_all():
    row = only(sampling=0.03**2, model=0.04**2)
    assert row["mean_se"] == pytest.approx(0.05)
    assert row["mean_high"] - row["mean_low"] == pytest.approx(2 * 0.05 * norm.ppf(0.95), rel=0.05)
    assert only(model=0.5**2)[["mean_low", "mean_high"]].tolist() == [0.0, 1.0]


def test_draws_have_the_variance_of_their_parts():
    drawn = [[[1, 0]], [[0.5, 0.5]], [[0, 1]]]
    found = group_means(sp.csr_matrix([[2.0]]), exposures([[0.5, 0.5]], [0.2, 0.6], [0.1, 0.2], drawn))
    assert found.deviations.var() == pytest.approx(found.model_variance[0] + found.crosswalk_variance[0], rel=0.05)


def test_nothing_is_stated_where_nothing_is_known():
    row = only()
    assert row["se_parts"] == "none"
    assert row[["mean_se", "mean_low", "mean_high", "sampling_df"]].isna().all()


@pytest.fixture(scope="module")
def soc(part_scored):
    return study_exposures("soc-2018", pd.DataFrame(), part_scored, Inputs(None)).exposures


def read(tmp_path, table, **options):
    pd.DataFrame(table).to_csv(tmp_path / "own.csv", index=False)
    return read_user_employment(tmp_path / "own.csv", **options)


def test_states_as_a_users_table_give_the_study_s_areas(tmp_path, part_scored, soc):
    """OEWS May 2025, all 54 states and territories; tolerance 1e-9 relative."""
    oews = read_employment("state")
    own = oews[oews["o_group"] == "detailed"][["soc_code", "tot_emp", "a_mean", "area"]]
    options = {"code_column": "soc_code", "weight_column": "tot_emp", "wage_column": "a_mean", "group_columns": ["area"]}
    matched = match_employment(read(tmp_path, own, **options), soc.table())
    found = estimate_user_aggregates(matched, soc, ["area"])
    assert list(found) == ["area", *table_columns("user_aggregates")]
    check_table("user_aggregates", found[table_columns("user_aggregates")])
    study = aggregate_areas(part_scored, oews, read_states()).set_index("area").loc[found["area"]].reset_index()
    assert len(study) == 54
    for column in (
        "emp_matched", "cells_suppressed", "wage_bill", *["exposure_alpha", "exposure_beta", "exposure_gamma"],
        "exposure_beta_wage_bill", "share_workers_10", "share_workers_50",
    ):  # fmt: skip
        np.testing.assert_allclose(found[column], study[column], rtol=1e-9, err_msg=column)


def test_replicate_weights_by_hand(tmp_path, soc):
    """SDR as in the CPS: 4/R times the sum of (R_r - R)^2 (Census Bureau; Wolter 2007), plus the model's variance."""
    rng, n, r = np.random.default_rng(11), 300, 160
    codes = rng.choice(soc.codes[soc.matched_at == "own"], n)
    weight = rng.uniform(500, 3000, n)
    replicates = weight[:, None] * (1 + 0.3 * rng.choice([-1, 1], (n, r)))
    table = pd.DataFrame({"occ": codes, "weight": weight, "sex": rng.choice(["f", "m"], n)})
    table = table.join(pd.DataFrame(replicates, columns=[f"repwt{i + 1}" for i in range(r)]))
    options = {"code_column": "occ", "group_columns": ["sex"], "replicate_prefix": "repwt*"}
    with_errors = soc.__class__(**{**vars(soc), "errors": np.full(len(soc.errors), 0.08)})
    matched = match_employment(read(tmp_path, table, **options), soc.table())
    found = estimate_user_aggregates(matched, with_errors, ["sex"], method="sdr").set_index("sex")
    beta = soc.table().set_index("code").loc[codes, "exposure_beta"].to_numpy()
    for sex, row in found.iterrows():
        inside = (table["sex"] == sex).to_numpy()
        mean = (weight * beta)[inside].sum() / weight[inside].sum()
        drawn = (replicates[inside] * beta[inside, None]).sum(axis=0) / replicates[inside].sum(axis=0)
        sampling = 4 / r * ((drawn - mean) ** 2).sum()
        shares = pd.Series(weight[inside]).groupby(beta_key(codes[inside], soc)).sum() / weight[inside].sum()
        model = 0.08**2 * (shares**2).sum()
        assert row["exposure_beta"] == pytest.approx(mean, rel=1e-12)
        assert row["se_sampling"] == pytest.approx(np.sqrt(sampling), rel=1e-9)
        assert row["mean_se"] == pytest.approx(np.sqrt(sampling + model), rel=1e-9)
        assert (row["se_parts"], row["se_method"]) == ("sampling+model", "replicates")


def beta_key(codes, soc):
    """The occupation of OEWS behind each SOC code: combined codes share one."""
    return soc.weights[soc.codes.get_indexer(codes)].argmax(axis=1).A1


def test_groups_by_two_columns_and_a_group_without_partner(tmp_path, soc):
    code = soc.codes[0]
    table = {"code": [code, code, "99-9999"], "weight": [1, 2, 4], "region": ["n", "s", "s"], "sex": ["f", "f", "m"]}
    matched = match_employment(read(tmp_path, table, group_columns=["region", "sex"]), soc.table())
    found = estimate_user_aggregates(matched, soc, ["region", "sex"])
    assert found[["region", "sex"]].to_numpy().tolist() == [["n", "f"], ["s", "f"], ["s", "m"]]
    assert found["matched_share"].tolist() == [1, 1, 0]
    assert found.loc[2, ["exposure_beta", "mean_se", "share_workers_50", "wage_bill"]].isna().all()
    whole = estimate_user_aggregates(matched, soc)
    assert whole.loc[0, ["n_rows", "tot_emp", "emp_matched"]].tolist() == [3, 7, 3]


def test_bad_groups_are_one_line(tmp_path, soc):
    table = {"code": [soc.codes[0]], "weight": [1], "tot_emp": ["x"]}
    matched = match_employment(read(tmp_path, table, group_columns=["tot_emp"]), soc.table())
    with pytest.raises(InputError, match="'tot_emp' to group by, which the result has too"):
        estimate_user_aggregates(matched, soc, ["tot_emp"])
    with pytest.raises(InputError, match="no column 'sex' to group by; expected one of tot_emp"):
        estimate_user_aggregates(matched, soc, ["sex"])
