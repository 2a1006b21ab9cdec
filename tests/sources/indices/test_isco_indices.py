"""Indices on ISCO-08: small layouts, the chain to OEWS, the publishers' own files."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import SourceError
from jobimpact.sources.crosswalks.isco import read_isco_soc
from jobimpact.sources.indices.isco_indices import bring_isco_to_oews, read_ilo_index, read_techxposure
from jobimpact.sources.indices.packaged import read_packaged_isco_crosswalk
from jobimpact.sources.tasks.isco import read_ilo_scores
from jobimpact.tables import check_table

TECH = pd.DataFrame(
    {
        "isco4d": ["110", "110", "2512"],
        "isco4d_label": ["A", "A", "B"],
        "tech40_id": ["36", "1", "36.0"],
        "xposure4d": [2, 9, 0.5],
    }
)
SCORES = pd.DataFrame({"voice": "ilo", "isco_code": ["2511", "2512", "9999"], "title": "A", "index_value": [0.2, 0.6, 0.9]})
PAIRS = pd.DataFrame({"from_code": ["2511", "2512", "2512"], "to_code": ["15-1121", "15-1121", "15-1132"]})
SOC = pd.DataFrame({"soc_code_2010": ["15-1121", "15-1132"], "soc_code": ["15-1211", "15-1252"], "share_2010": [1.0, 1.0]})


def test_only_the_chosen_technologies_count(tmp_path: Path) -> None:
    TECH.to_csv(tmp_path / "techXposure_isco4d_by_tech.csv", index=False)
    table = check_table("isco_index_scores", read_techxposure(tmp_path))
    assert table[["isco_code", "index_value"]].to_numpy().tolist() == [["0110", 2.0], ["2512", 0.5]]


def test_bad_cells(tmp_path: Path) -> None:
    path = tmp_path / "techXposure_isco4d_by_tech.csv"
    for change in ({"xposure4d": "many"}, {"isco4d": "25121"}):
        TECH.assign(**change).to_csv(path, index=False)
        with pytest.raises(SourceError, match="expected a number and a code of four digits"):
            read_techxposure(path)
    TECH.assign(tech40_id="1").to_csv(path, index=False)
    with pytest.raises(SourceError, match="found no score in any row"):
        read_techxposure(path)
    path.unlink()
    with pytest.raises(SourceError, match="found no file 'techXposure_isco4d_by_tech'"):
        read_techxposure(tmp_path)


def test_chain_takes_means_and_names_what_is_lost() -> None:
    brought = bring_isco_to_oews([SCORES], PAIRS, SOC)
    check_table("indices", brought.table)
    assert brought.table.set_index("soc_code")["index_value"].to_dict() == {"15-1211": pytest.approx(0.4), "15-1252": 0.6}
    assert brought.table["split"].all()
    assert brought.unmatched.to_numpy().tolist() == [["ilo", "9999"]]


@settings(max_examples=10)
@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_values_stay_within_the_bounds_of_the_index(values: list[float]) -> None:
    brought = bring_isco_to_oews([SCORES.assign(index_value=values)], PAIRS, SOC).table["index_value"]
    assert min(values) - 1e-9 <= brought.min()
    assert brought.max() <= max(values) + 1e-9


@pytest.mark.publisher
class TestPublished:
    def test_ilo_means_are_those_of_the_file(self, publisher_data: Path) -> None:
        """The authors print the mean of each unit group with two digits."""
        path = publisher_data / "ilo_gmyrek_2025" / "ilo_2025_scores_60pct.csv.gz"
        ours = check_table("isco_index_scores", read_ilo_index(path)).set_index("isco_code")["index_value"]
        theirs = read_ilo_scores(path).groupby("isco_code")["mean_score_2025"].first()
        assert (ours - theirs).abs().max() < 0.005 + 1e-9

    def test_techxposure(self, publisher_data: Path) -> None:
        assert len(read_techxposure(publisher_data / "techxposure")) == 416

    def test_packaged_pairs_are_those_of_bls(self, publisher_data: Path) -> None:
        pairs = read_isco_soc(publisher_data / "crosswalks" / "ISCO_SOC_Crosswalk.xls", minor_groups="expand")
        packaged = read_packaged_isco_crosswalk()
        pd.testing.assert_frame_equal(packaged[["from_code", "to_code"]], pairs[["from_code", "to_code"]], check_dtype=False)
