"""More published indices on SOC: small layouts, broken files, and the publishers' own files with published figures."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.indices.published import read_aioe, read_microsoft_applicability
from jobimpact.sources.indices.soc_indices import (
    read_daioe,
    read_eisfeldt,
    read_eloundou_index,
    read_frey_osborne,
    read_microsoft_side,
    read_nesta_sml,
)
from jobimpact.tables import check_table

OCC_LEVEL = pd.DataFrame(
    {
        "O*NET-SOC Code": ["11-1011.03", "11-1011.00", "15-1252.00"], "Title": ["B", "A", "C"],
        **{f"{rater}_rating_{measure}": [0.2, 0.6, 0.5] for rater in ("human", "dv") for measure in ("alpha", "beta", "gamma")},
    }
)  # fmt: skip
DAIOE = pd.DataFrame(
    {
        "occ_code_onetsoc2010": ["11-1011.00", "11-1011.03", "11-1011.00", "11-1011.03", "11-1011.00"],
        "occ_title_onetsoc2010": "A", "year": [2022, 2022, 2023, 2023, 2024], "daioe_genai": [1.0, 1.0, 3.0, 5.0, None],
    }
)  # fmt: skip
NESTA = pd.DataFrame({"onet_code": ["15-1131.00", "15-1131.00", "15-1132.00"], "onet_occupation": "A", "risk": [3.0, 3.0, 3.5]})
EISFELDT = pd.DataFrame({"soc2010": ["11-1011", "11-1021"], "genaiexp_estz_total": [0.5, None]})


def write(folder: Path, name: str, table: pd.DataFrame, sep: str = ",") -> Path:
    table.to_csv(folder / name, index=False, sep=sep)
    return folder / name


def test_occupations_of_a_soc_code_are_averaged(tmp_path: Path) -> None:
    write(tmp_path, "occ_level.csv", OCC_LEVEL)
    table = check_table("index_scores", read_eloundou_index(tmp_path, "gpt4"))
    assert table["voice"].unique().tolist() == ["eloundou_gpt4"]
    assert table[["soc_code", "title", "index_value"]].to_numpy().tolist() == [
        ["11-1011", "A", pytest.approx(0.4)], ["15-1252", "C", 0.5],
    ]  # fmt: skip


def test_newest_year_that_has_the_measure(tmp_path: Path) -> None:
    write(tmp_path, "daioe_onetsoc2010.csv", DAIOE, "\t")
    table = check_table("index_scores", read_daioe(tmp_path))
    assert table[["classification", "soc_code", "index_value"]].to_numpy().tolist() == [["SOC 2010", "11-1011", 4.0]]


def test_values_of_esco_occupations_go_back_to_their_onet_occupation(tmp_path: Path) -> None:
    """Three ESCO rows of two O*NET-SOC occupations count as two."""
    write(tmp_path, "mcc_risk_All_occupations.csv", NESTA)
    assert read_nesta_sml(tmp_path)["index_value"].tolist() == [3.0, 3.5]


def test_occupations_listed_without_a_score_are_not_in_the_index(tmp_path: Path) -> None:
    table = read_eisfeldt(write(tmp_path, "genaiexp_estz_occscores.csv", EISFELDT))
    assert table["soc_code"].tolist() == ["11-1011"]
    assert table["title"].isna().all()


@pytest.mark.parametrize("reader", [read_daioe, read_nesta_sml, read_frey_osborne, read_eisfeldt, read_microsoft_side])
def test_missing_file(tmp_path: Path, reader) -> None:
    with pytest.raises(SourceError, match="found no file"):
        reader(tmp_path)


def test_bad_cells(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found 'high' among its scores"):
        read_daioe(write(tmp_path, "daioe.csv", DAIOE.assign(daioe_genai="high"), "\t"))
    with pytest.raises(SourceError, match=r"found 11-1011.00 more than once in 2023"):
        read_daioe(write(tmp_path, "daioe.csv", pd.concat([DAIOE, DAIOE]), "\t"))
    with pytest.raises(SourceError, match=r"two values for 15-1131.00"):
        read_nesta_sml(write(tmp_path, "nesta.csv", NESTA.assign(risk=[3.0, 3.1, 3.5])))
    with pytest.raises(SourceError, match="found no score in any row"):
        read_daioe(write(tmp_path, "daioe.csv", DAIOE.assign(daioe_genai=None), "\t"))
    with pytest.raises(SourceError, match="found no score in any row"):
        read_eisfeldt(write(tmp_path, "genaiexp_estz_occscores.csv", EISFELDT.assign(genaiexp_estz_total=None)))
    broken_off = pd.DataFrame({"SOC code": ["11-1011", "11-1021"], "Occupation": "A", "Probability": [0.5, None]})
    with pytest.raises(SourceError, match="found data row 2 of 2 without"):
        read_frey_osborne(write(tmp_path, "fo.csv", broken_off))


def test_unknown_choice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="rater 'claude' has no published"):
        read_eloundou_index(tmp_path, "claude")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="side 'both' is unknown"):
        read_microsoft_side(tmp_path, "both")  # type: ignore[arg-type]


@pytest.mark.publisher
class TestPublished:
    def test_sizes(self, publisher_data: Path) -> None:
        """Frey and Osborne 2013 list 702 occupations; Eisfeldt et al. score 778 of 840; DAIOE has 966 O*NET-SOC codes."""
        assert len(read_frey_osborne(publisher_data / "frey_osborne_2013")) == 702
        assert len(read_eisfeldt(publisher_data / "eisfeldt_et_al")) == 778
        assert len(read_daioe(publisher_data / "daioe")) == 773
        assert len(read_nesta_sml(publisher_data / "nesta_sml_risk")) == 573

    def test_share_at_high_risk(self, publisher_data: Path) -> None:
        """Frey and Osborne 2013: high risk is a probability above .7; telemarketers are at .99, therapists at .0028."""
        scores = read_frey_osborne(publisher_data / "frey_osborne_2013").set_index("soc_code")["index_value"]
        assert scores["41-9041"] == 0.99
        assert scores["29-1125"] == scores.min() == 0.0028

    def test_sides_average_to_the_whole(self, publisher_data: Path) -> None:
        """Tomlinson et al. 2025, equation 1: applicability is the mean of the user and the AI side."""
        folder = publisher_data / "microsoft_working_with_ai"
        whole = read_microsoft_applicability(folder).set_index("soc_code")["index_value"]
        sides = [read_microsoft_side(folder, side).set_index("soc_code")["index_value"] for side in ("user", "ai")]
        np.testing.assert_allclose((sides[0] + sides[1]) / 2, whole, atol=1e-12)

    def test_daioe_builds_on_the_abilities_of_aioe(self, publisher_data: Path) -> None:
        """DAIOE links progress to the abilities of Felten et al.; with AIOE it has r .9 and more."""
        daioe = read_daioe(publisher_data / "daioe").set_index("soc_code")["index_value"]
        aioe = read_aioe(publisher_data / "felten_aioe").set_index("soc_code")["index_value"]
        assert daioe.corr(aioe) > 0.9
