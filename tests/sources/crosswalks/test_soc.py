"""SOC 2010 to 2018: the publisher's two layouts, what a bridge keeps, and what finds no partner."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.crosswalks.soc import bridge_scores, read_soc_2010_to_2018

# A stays; B is split in two; C and part of B become one.
PAIRS = pd.DataFrame(
    {
        "2010 SOC Code": ["11-1011", "15-1131", "15-1131", "15-1132"],
        "2010 SOC Title": ["A", "B", "B", "C"],
        "2018 SOC Code": ["11-1011", "15-1251", "15-1252", "15-1252"],
        "2018 SOC Title": ["A", "B1", "B2C", "B2C"],
    }
)


def write(folder: Path, pairs: pd.DataFrame = PAIRS) -> Path:
    path = folder / "crosswalk_soc2010_to_soc2018.csv"
    pairs.to_csv(path, index=False)
    return path


def write_workbook(folder: Path) -> Path:
    path = folder / "soc_2010_to_2018_crosswalk.xlsx"
    above = pd.DataFrame([["The bureau"], [None], ["November"], [None]])
    body = pd.DataFrame([list(PAIRS.columns), *PAIRS.to_numpy().tolist()])
    pd.concat([above, body]).to_excel(path, index=False, header=False)
    return path


class TestRead:
    def test_both_layouts_are_the_same_table(self, tmp_path: Path) -> None:
        text = read_soc_2010_to_2018(write(tmp_path))
        pd.testing.assert_frame_equal(read_soc_2010_to_2018(write_workbook(tmp_path)), text, check_dtype=False)
        assert text["share_2010"].tolist() == [1.0, 0.5, 0.5, 1.0]

    def test_no_header(self, tmp_path: Path) -> None:
        path = tmp_path / "other.xlsx"
        pd.DataFrame([["a", "b"]]).to_excel(path, index=False, header=False)
        with pytest.raises(SourceError, match="found no row with '2010 SOC Code'"):
            read_soc_2010_to_2018(path)

    def test_a_code_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"found 'none' in data row 3 .*expected a SOC code"):
            read_soc_2010_to_2018(write(tmp_path, PAIRS.replace("15-1252", "none")))

    def test_a_repeated_pair(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="15-1132 15-1252 more than once"):
            read_soc_2010_to_2018(write(tmp_path, pd.concat([PAIRS, PAIRS[3:]])))

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="no such file"):
            read_soc_2010_to_2018(tmp_path / "nothing.csv")


class TestBridge:
    def test_scores_are_means_by_the_part_that_comes(self, tmp_path: Path) -> None:
        pairs = read_soc_2010_to_2018(write(tmp_path))
        bridged = bridge_scores(pd.Series({"11-1011": 0.2, "15-1131": 0.4, "15-1132": 1.0, "99-9999": 0.5}), pairs)
        assert bridged.scores["score"].round(9).to_dict() == {"11-1011": 0.2, "15-1251": 0.4, "15-1252": 0.8}
        assert bridged.scores["split"].to_dict() == {"11-1011": False, "15-1251": True, "15-1252": True}
        assert bridged.unmatched == ["99-9999"]
        assert bridged.without_score == []

    def test_missing_scores_are_not_zero(self, tmp_path: Path) -> None:
        pairs = read_soc_2010_to_2018(write(tmp_path))
        bridged = bridge_scores(pd.Series({"15-1131": 0.4, "15-1132": None}), pairs)
        assert bridged.scores["score"].to_dict() == {"15-1251": 0.4, "15-1252": 0.4}
        assert bridged.without_score == ["11-1011"]

    @settings(max_examples=25)
    @given(st.lists(st.floats(-5, 5), min_size=3, max_size=3))
    def test_stays_between_the_scores_it_comes_from(self, values: list[float]) -> None:
        pairs = PAIRS.set_axis(["soc_code_2010", "title_2010", "soc_code", "title"], axis=1)
        pairs = pairs.assign(share_2010=1 / pairs.groupby("soc_code_2010")["soc_code"].transform("size"))
        scores = pd.Series(values, index=["11-1011", "15-1131", "15-1132"])
        bridged = bridge_scores(scores, pairs).scores["score"]
        assert min(values[1:]) - 1e-9 <= bridged["15-1252"] <= max(values[1:]) + 1e-9
        assert bridged["11-1011"] == values[0]

    def test_a_code_twice(self) -> None:
        with pytest.raises(InputError, match="found 11-1011 twice"):
            bridge_scores(pd.Series([1.0, 2.0], index=["11-1011", "11-1011"]), pd.DataFrame())


@pytest.mark.publisher
def test_the_real_crosswalk(publisher_data: Path) -> None:
    """900 pairs, 840 codes of 2010, 867 of 2018; the shares of every 2010 code sum to 1, so employment is conserved."""
    folder = publisher_data / "crosswalks"
    pairs = read_soc_2010_to_2018(folder / "soc_2010_to_2018_crosswalk.xlsx")
    pd.testing.assert_frame_equal(pairs, read_soc_2010_to_2018(folder / "crosswalk_soc2010_to_soc2018.csv"))
    assert (len(pairs), pairs["soc_code_2010"].nunique(), pairs["soc_code"].nunique()) == (900, 840, 867)
    assert pairs.groupby("soc_code_2010")["share_2010"].sum().sub(1).abs().max() < 1e-12
    assert pairs["share_2010"].sum() == pytest.approx(840)
