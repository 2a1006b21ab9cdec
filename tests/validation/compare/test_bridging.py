"""Bridges by jobs: by hand, bounds, and the same codes as with equal shares."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.sources.indices.on_oews import bring_to_oews
from jobimpact.sources.indices.packaged import read_packaged_indices, read_packaged_isco_crosswalk, read_packaged_soc_crosswalk
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.validation.compare.published import bridge_by_jobs
from jobimpact.validation.robustness.multiverse import build_multiverse
from jobimpact.validation.robustness.opinions import indices_at_hand

# A becomes all of 15-1251 but what B sends; B is split; C joins B's other part.
PAIRS = pd.DataFrame(
    {
        "soc_code_2010": ["15-1131", "15-1132", "15-1132", "15-1133"],
        "title_2010": ["A", "B", "B", "C"],
        "soc_code": ["15-1251", "15-1251", "15-1252", "15-1252"],
        "title": ["X", "X", "Y", "Y"],
        "share_2010": [1.0, 0.5, 0.5, 1.0],
    }
)
JOBS = pd.Series({"15-1251": 900.0, "15-1252": 300.0})
ISCO = read_packaged_isco_crosswalk()


def scores(values: dict[str, float], classification: str = "SOC 2010") -> pd.DataFrame:
    return pd.DataFrame(
        {"voice": "x", "classification": classification, "soc_code": list(values), "index_value": list(values.values())}
    )


def test_by_hand() -> None:
    """Sources taken for equally large send 1 and 1/2 to X, so that its 900 jobs came as 600 of A and 300 of B; Y's 300 as 100
    of B and 200 of C. B's 400 jobs go forward by its partners' jobs: 300 to X, 100 to Y.
    """
    found = bridge_by_jobs([scores({"15-1131": 1.0, "15-1132": 0.0, "15-1133": 0.6})], PAIRS, ISCO, JOBS)
    assert found.set_index("soc_code")["index_value"].to_dict() == pytest.approx(
        {"15-1251": 600 / (600 + 300), "15-1252": 0.6 * 200 / (200 + 100)}
    )


def test_jobs_decide_where_equal_shares_do_not() -> None:
    """With most jobs in Y, B's workers are mostly Y's, and of X's hardly any are B's."""
    jobs = pd.Series({"15-1251": 10.0, "15-1252": 990.0})
    given = scores({"15-1131": 1.0, "15-1132": 0.0, "15-1133": 0.0})
    by_jobs = bridge_by_jobs([given], PAIRS, ISCO, jobs).set_index("soc_code")["index_value"]
    equal = bring_to_oews([given], PAIRS).table.set_index("soc_code")["index_value"]
    # X: 20/3 of A, and (10/3 + 330) * 10/1000 of B.
    assert by_jobs["15-1251"] == pytest.approx((20 / 3) / (20 / 3 + (10 / 3 + 330) / 100))
    assert equal["15-1251"] == pytest.approx(2 / 3)


def test_soc_2018_crosses_no_bridge() -> None:
    assert bridge_by_jobs([scores({"15-1252": 0.3}, "SOC 2018")], PAIRS, ISCO, JOBS).empty


@settings(max_examples=15)
@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.lists(st.floats(0, 1e6), min_size=2, max_size=2))
def test_values_stay_within_the_bounds_of_the_index(values: list[float], jobs: list[float]) -> None:
    given_scores = scores(dict(zip(["15-1131", "15-1132", "15-1133"], values, strict=True)))
    found = bridge_by_jobs([given_scores], PAIRS, ISCO, pd.Series(jobs, index=JOBS.index))["index_value"]
    assert len(found) == 2
    assert min(values) - 1e-9 <= found.min()
    assert found.max() <= max(values) + 1e-9


def test_packaged_index_has_the_same_codes_either_way() -> None:
    daioe = read_packaged_indices().query("voice == 'daioe'")
    national = read_employment("national").query("o_group == 'detailed'")
    jobs = national.set_index("soc_code")["tot_emp"]
    by_jobs = bridge_by_jobs([daioe], read_packaged_soc_crosswalk(), ISCO, jobs).set_index("soc_code")["index_value"]
    equal = bring_to_oews([daioe], read_packaged_soc_crosswalk()).table.set_index("soc_code")
    assert sorted(by_jobs.index) == sorted(equal.index)
    whole = equal.loc[~equal["split"], "index_value"]
    assert (by_jobs[whole.index] - whole).abs().max() < 1e-12
    assert not np.allclose(by_jobs[equal.index], equal["index_value"])


def test_the_multiverse_has_both(data_home) -> None:
    opinions = indices_at_hand(Inputs(), ["microsoft", "daioe"])
    multiverse = build_multiverse(opinions)
    rules = multiverse.versions.groupby("rater")["crosswalk"].agg(list).to_dict()
    assert rules == {"microsoft": ["equal", "exact"], "daioe": ["equal", "employment", "exact"]}
    of_daioe = multiverse.exposures[multiverse.versions["rater"] == "daioe"]
    assert (np.isnan(of_daioe[0]) == np.isnan(of_daioe[1])).all()
    assert np.nanmax(np.abs(of_daioe[0] - of_daioe[1])) > 0.01


@pytest.mark.publisher
def test_isco_by_jobs(publisher_data, data_home) -> None:
    """The ILO's index by jobs is close to that by equal shares and not the same."""
    opinions = indices_at_hand(Inputs(publisher_data), ["ilo"])
    both = opinions.indices.merge(opinions.by_jobs, on=["voice", "soc_code"], how="outer", validate="one_to_one")
    assert both.notna().all(axis=None)
    assert 0.99 < both["index_value_x"].corr(both["index_value_y"]) < 0.9999
