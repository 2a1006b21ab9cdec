"""Published indices: their layouts in small, broken files, and the publishers' own files with published figures."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.facts.codes import oews_code
from jobimpact.sources.crosswalks.soc import read_soc_2010_to_2018
from jobimpact.sources.indices.published import (
    bring_to_oews,
    read_aioe,
    read_anthropic_exposure,
    read_lm_aioe,
    read_microsoft_applicability,
)
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.labels.eloundou import read_eloundou_occupations
from jobimpact.tables import check_table

if TYPE_CHECKING:
    from collections.abc import Callable

MICROSOFT = pd.DataFrame({"SOC Code": ["31-1121", "31-1122"], "title": ["A", "B"], "ai_applicability_score": [0.2, 0.4]})
ANTHROPIC = pd.DataFrame({"occ_code": ["11-1011", "55-1011"], "title": ["A", "B"], "observed_exposure": [0.0, 0.7]})
AIOE = pd.DataFrame({"SOC Code": ["15-1131", "19-1020"], "Occupation Title": ["A", "B"], "AIOE": [1.5, -0.5]})
CROSSWALK = pd.DataFrame(
    {
        "soc_code_2010": ["15-1131", "15-1131"], "title_2010": ["A", "A"], "soc_code": ["15-1251", "15-1252"],
        "title": ["A1", "A2"], "share_2010": [0.5, 0.5],
    }
)  # fmt: skip


def write_microsoft(folder: Path, table: pd.DataFrame = MICROSOFT) -> Path:
    path = folder / "soc_ai_applicability_scores.csv"
    table.to_csv(path, index=False)
    return path


def write_anthropic(folder: Path) -> Path:
    path = folder / "job_exposure.csv"
    ANTHROPIC.to_csv(path, index=False)
    return path


def write_aioe(folder: Path) -> Path:
    path = folder / "AIOE_DataAppendix.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame([["Contents"]]).to_excel(book, sheet_name="Index", index=False, header=False)
        AIOE.to_excel(book, sheet_name="Appendix A", index=False)
    return path


class TestRead:
    @pytest.mark.parametrize("as_folder", [True, False])
    def test_layouts(self, tmp_path: Path, as_folder: bool) -> None:
        cases: list[tuple[Callable[[Path], pd.DataFrame], Path, str]] = [
            (read_microsoft_applicability, write_microsoft(tmp_path), "SOC 2018"),
            (read_anthropic_exposure, write_anthropic(tmp_path), "SOC 2018"),
            (read_aioe, write_aioe(tmp_path), "SOC 2010"),
        ]
        for read, path, classification in cases:
            table = check_table("index_scores", read(tmp_path if as_folder else path))
            assert table["classification"].eq(classification).all()
            assert table["title"].tolist() == ["A", "B"]
        assert read_aioe(tmp_path)["index_value"].tolist() == [1.5, -0.5]

    def test_wrong_sheet(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="expected 'LM AIOE'"):
            read_lm_aioe(write_aioe(tmp_path))

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="found no file 'job_exposure' in it"):
            read_anthropic_exposure(tmp_path)
        with pytest.raises(SourceError, match="no such file or folder"):
            read_anthropic_exposure(tmp_path / "nothing.csv")

    def test_bad_cells(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="found 'high' among its scores"):
            read_microsoft_applicability(write_microsoft(tmp_path, MICROSOFT.assign(ai_applicability_score="high")))
        with pytest.raises(SourceError, match="found '99' among its SOC codes"):
            read_microsoft_applicability(write_microsoft(tmp_path, MICROSOFT.assign(**{"SOC Code": "99"})))
        with pytest.raises(SourceError, match="31-1121 more than once"):
            read_microsoft_applicability(write_microsoft(tmp_path, MICROSOFT.assign(**{"SOC Code": "31-1121"})))


class TestBring:
    def test_codes_that_oews_combines_are_averaged(self, tmp_path: Path) -> None:
        brought = bring_to_oews([read_microsoft_applicability(write_microsoft(tmp_path))])
        check_table("indices", brought.table)
        assert brought.table["soc_code"].tolist() == ["31-1120"]
        assert brought.table["index_value"].tolist() == [pytest.approx(0.3)]
        assert brought.table["split"].tolist() == [True]

    def test_one_part_of_a_combination_is_not_its_value(self, tmp_path: Path) -> None:
        table = read_microsoft_applicability(write_microsoft(tmp_path)).iloc[:1]
        brought = bring_to_oews([table]).table
        assert brought[["soc_code", "split"]].to_numpy().tolist() == [["31-1120", True]]
        whole = bring_to_oews([table.assign(soc_code="31-1120")]).table
        assert whole[["soc_code", "split"]].to_numpy().tolist() == [["31-1120", False]]

    def test_what_finds_no_partner_is_listed(self, tmp_path: Path) -> None:
        tables = [read_anthropic_exposure(write_anthropic(tmp_path)), read_aioe(write_aioe(tmp_path))]
        brought = bring_to_oews(tables, CROSSWALK)
        assert brought.table[["voice", "soc_code"]].to_numpy().tolist() == [
            ["anthropic", "11-1011"], ["aioe", "15-1251"], ["aioe", "15-1252"],
        ]  # fmt: skip
        assert brought.unmatched.to_numpy().tolist() == [["anthropic", "55-1011"], ["aioe", "19-1020"]]

    def test_soc_2010_needs_a_crosswalk(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="index 'aioe' is on SOC 2010"):
            bring_to_oews([read_aioe(write_aioe(tmp_path))])


@pytest.fixture(scope="module")
def voices(publisher_data: Path) -> pd.DataFrame:
    """Published indices in columns, by OEWS code, with employment and the mean labels of Eloundou et al."""
    tables = [
        read_microsoft_applicability(publisher_data / "microsoft_working_with_ai"),
        read_anthropic_exposure(publisher_data / "anthropic_economic_index"),
        read_aioe(publisher_data / "felten_aioe"),
        read_lm_aioe(publisher_data / "felten_aioe"),
    ]
    crosswalk = read_soc_2010_to_2018(publisher_data / "crosswalks" / "soc_2010_to_2018_crosswalk.xlsx")
    wide = bring_to_oews(tables, crosswalk).table.pivot_table(index="soc_code", columns="voice", values="index_value")
    labels = read_eloundou_occupations(publisher_data / "openai_gpts_are_gpts")
    means = labels.groupby(oews_code(labels["onetsoc_code"]))[["human_alpha", "human_beta", "gpt4_alpha"]].mean()
    national = read_employment("national").query("o_group == 'detailed'").set_index("soc_code")["tot_emp"]
    return wide.join(means, validate="one_to_one").join(national, validate="one_to_one")


def weighted_r(table: pd.DataFrame, a: str, b: str) -> float:
    both = table[[a, b, "tot_emp"]].dropna()
    covariance = np.cov(both[[a, b]].to_numpy().T, aweights=both["tot_emp"])
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


@pytest.mark.publisher
class TestPublished:
    def test_language_version_of_aioe(self, voices: pd.DataFrame) -> None:
        """Felten, Raj, Seamans 2023, arXiv 2303.01157: r .98 with AIOE."""
        assert voices["aioe"].corr(voices["lm_aioe"]) == pytest.approx(0.98, abs=0.005)

    def test_language_version_and_human_labels(self, voices: pd.DataFrame) -> None:
        """r .86 on the full files; .85 on copies that withhold 105 SOC codes."""
        assert voices["lm_aioe"].corr(voices["human_beta"]) == pytest.approx(0.86, abs=0.015)

    def test_microsoft_and_direct_exposure(self, voices: pd.DataFrame) -> None:
        """Tomlinson et al. 2025, arXiv 2507.07935: r .73 with E1, over workers."""
        assert weighted_r(voices, "microsoft", "human_alpha") == pytest.approx(0.73, abs=0.04)
        assert voices["microsoft"].corr(voices["human_alpha"]) == pytest.approx(0.68, abs=0.04)

    def test_all_of_oews_but_a_few(self, voices: pd.DataFrame) -> None:
        covered = voices[["microsoft", "anthropic", "aioe", "lm_aioe"]].notna().mul(voices["tot_emp"], axis=0).sum()
        total = read_employment("national").query("o_group == 'detailed'")["tot_emp"].sum()
        assert (covered / total > 0.9).all()
