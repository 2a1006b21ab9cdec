"""Published indices on the codes of OEWS: both ways there, what is lost, and correlations that papers print."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.facts.codes import oews_code
from jobimpact.sources.crosswalks.isco import read_isco_soc
from jobimpact.sources.crosswalks.soc import read_soc_2010_to_2018
from jobimpact.sources.indices.on_oews import bring_isco_to_oews, bring_to_oews
from jobimpact.sources.indices.packaged import read_packaged_isco_crosswalk
from jobimpact.sources.indices.read import read_index
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.labels.eloundou import read_eloundou_occupations
from jobimpact.tables import check_table

SCORES = pd.DataFrame({"voice": "ilo", "isco_code": ["2511", "2512", "9999"], "title": "A", "index_value": [0.2, 0.6, 0.9]})
PAIRS = pd.DataFrame({"from_code": ["2511", "2512", "2512"], "to_code": ["15-1121", "15-1121", "15-1132"]})
SOC = pd.DataFrame({"soc_code_2010": ["15-1121", "15-1132"], "soc_code": ["15-1211", "15-1252"], "share_2010": [1.0, 1.0]})
MICROSOFT, ANTHROPIC, AIOE = (
    pd.DataFrame({"voice": voice, "classification": classification, "soc_code": codes, "title": None, "index_value": values})
    for voice, classification, codes, values in (
        ("microsoft", "SOC 2018", ["31-1121", "31-1122"], [0.2, 0.4]),
        ("anthropic", "SOC 2018", ["11-1011", "55-1011"], [0.0, 0.7]),
        ("aioe", "SOC 2010", ["15-1131", "19-1020"], [1.5, -0.5]),
    )
)
CROSSWALK = pd.DataFrame(
    {
        "soc_code_2010": ["15-1131", "15-1131"], "title_2010": ["A", "A"], "soc_code": ["15-1251", "15-1252"],
        "title": ["A1", "A2"], "share_2010": [0.5, 0.5],
    }
)  # fmt: skip


class TestBring:
    def test_codes_that_oews_combines_are_averaged(self) -> None:
        brought = bring_to_oews([MICROSOFT])
        check_table("indices", brought.table)
        assert brought.table["soc_code"].tolist() == ["31-1120"]
        assert brought.table["index_value"].tolist() == [pytest.approx(0.3)]
        assert brought.table["split"].tolist() == [True]

    def test_one_part_of_a_combination_is_not_its_value(self) -> None:
        table = MICROSOFT.iloc[:1]
        brought = bring_to_oews([table]).table
        assert brought[["soc_code", "split"]].to_numpy().tolist() == [["31-1120", True]]
        whole = bring_to_oews([table.assign(soc_code="31-1120")]).table
        assert whole[["soc_code", "split"]].to_numpy().tolist() == [["31-1120", False]]

    def test_what_finds_no_partner_is_listed(self) -> None:
        tables = [ANTHROPIC, AIOE]
        brought = bring_to_oews(tables, CROSSWALK)
        assert brought.table[["voice", "soc_code"]].to_numpy().tolist() == [
            ["anthropic", "11-1011"], ["aioe", "15-1251"], ["aioe", "15-1252"],
        ]  # fmt: skip
        assert brought.unmatched.to_numpy().tolist() == [["anthropic", "55-1011"], ["aioe", "19-1020"]]

    def test_soc_2010_needs_a_crosswalk(self) -> None:
        with pytest.raises(InputError, match="index 'aioe' is on SOC 2010"):
            bring_to_oews([AIOE])


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


@pytest.fixture(scope="module")
def voices(publisher_data: Path) -> pd.DataFrame:
    """Published indices in columns, by OEWS code, with employment and the mean labels of Eloundou et al."""
    tables = [
        read_index("microsoft", publisher_data / "microsoft_working_with_ai"),
        read_index("anthropic", publisher_data / "anthropic_economic_index"),
        read_index("aioe", publisher_data / "felten_aioe"),
        read_index("lm_aioe", publisher_data / "felten_aioe"),
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

    def test_packaged_pairs_are_those_of_bls(self, publisher_data: Path) -> None:
        pairs = read_isco_soc(publisher_data / "crosswalks" / "ISCO_SOC_Crosswalk.xls", minor_groups="expand")
        packaged = read_packaged_isco_crosswalk()
        pd.testing.assert_frame_equal(packaged[["from_code", "to_code"]], pairs[["from_code", "to_code"]], check_dtype=False)
