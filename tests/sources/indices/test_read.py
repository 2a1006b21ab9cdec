"""Published indices as released: their layouts in small, broken files, and the publishers' own files with published figures."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.indices.read import read_index
from jobimpact.sources.tasks.isco import read_ilo_scores
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
MICROSOFT = pd.DataFrame({"SOC Code": ["31-1121", "31-1122"], "title": ["A", "B"], "ai_applicability_score": [0.2, 0.4]})
ANTHROPIC = pd.DataFrame({"occ_code": ["11-1011", "55-1011"], "title": ["A", "B"], "observed_exposure": [0.0, 0.7]})
AIOE = pd.DataFrame({"SOC Code": ["15-1131", "19-1020"], "Occupation Title": ["A", "B"], "AIOE": [1.5, -0.5]})
TECH = pd.DataFrame(
    {
        "isco4d": ["110", "110", "2512"],
        "isco4d_label": ["A", "A", "B"],
        "tech40_id": ["36", "1", "36.0"],
        "xposure4d": [2, 9, 0.5],
    }
)


def write(folder: Path, name: str, table: pd.DataFrame, sep: str = ",") -> Path:
    table.to_csv(folder / name, index=False, sep=sep)
    return folder / name


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
        cases = [
            ("microsoft", write_microsoft(tmp_path), "SOC 2018"),
            ("anthropic", write_anthropic(tmp_path), "SOC 2018"),
            ("aioe", write_aioe(tmp_path), "SOC 2010"),
        ]
        for name, path, classification in cases:
            table = check_table("index_scores", read_index(name, tmp_path if as_folder else path))
            assert table["classification"].eq(classification).all()
            assert table["title"].tolist() == ["A", "B"]
        assert read_index("aioe", tmp_path)["index_value"].tolist() == [1.5, -0.5]

    def test_wrong_sheet(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="expected 'LM AIOE'"):
            read_index("lm_aioe", write_aioe(tmp_path))

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="found no file 'job_exposure' in it"):
            read_index("anthropic", tmp_path)
        with pytest.raises(SourceError, match="no such file or folder"):
            read_index("anthropic", tmp_path / "nothing.csv")

    def test_bad_cells(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"found 'high' in data row 1 .*expected a score"):
            read_index("microsoft", write_microsoft(tmp_path, MICROSOFT.assign(ai_applicability_score="high")))
        with pytest.raises(SourceError, match=r"found '99' in data row .*expected a code of SOC 2018"):
            read_index("microsoft", write_microsoft(tmp_path, MICROSOFT.assign(**{"SOC Code": "99"})))
        with pytest.raises(SourceError, match="31-1121 more than once"):
            read_index("microsoft", write_microsoft(tmp_path, MICROSOFT.assign(**{"SOC Code": "31-1121"})))


def test_only_the_chosen_technologies_count(tmp_path: Path) -> None:
    TECH.to_csv(tmp_path / "techXposure_isco4d_by_tech.csv", index=False)
    table = check_table("isco_index_scores", read_index("techxposure", tmp_path))
    assert table[["isco_code", "index_value"]].to_numpy().tolist() == [["0110", 2.0], ["2512", 0.5]]


def test_bad_cells_of_technologies(tmp_path: Path) -> None:
    path = tmp_path / "techXposure_isco4d_by_tech.csv"
    for change, kind in (({"xposure4d": "many"}, "score"), ({"isco4d": "25121"}, "code of ISCO-08")):
        TECH.assign(**change).to_csv(path, index=False)
        with pytest.raises(SourceError, match=f"expected a {kind}"):
            read_index("techxposure", path)
    TECH.assign(tech40_id="1").to_csv(path, index=False)
    with pytest.raises(SourceError, match="found no score in any row"):
        read_index("techxposure", path)
    path.unlink()
    with pytest.raises(SourceError, match="found no file 'techXposure_isco4d_by_tech'"):
        read_index("techxposure", tmp_path)


def test_occupations_of_a_soc_code_are_averaged(tmp_path: Path) -> None:
    write(tmp_path, "occ_level.csv", OCC_LEVEL)
    table = check_table("index_scores", read_index("eloundou_gpt4", tmp_path))
    assert table["voice"].unique().tolist() == ["eloundou_gpt4"]
    assert table[["soc_code", "title", "index_value"]].to_numpy().tolist() == [
        ["11-1011", "A", pytest.approx(0.4)], ["15-1252", "C", 0.5],
    ]  # fmt: skip


def test_newest_year_that_has_the_measure(tmp_path: Path) -> None:
    write(tmp_path, "daioe_onetsoc2010.csv", DAIOE, "\t")
    table = check_table("index_scores", read_index("daioe", tmp_path))
    assert table[["classification", "soc_code", "index_value"]].to_numpy().tolist() == [["SOC 2010", "11-1011", 4.0]]


def test_values_of_esco_occupations_go_back_to_their_onet_occupation(tmp_path: Path) -> None:
    """Three ESCO rows of two O*NET-SOC occupations count as two."""
    write(tmp_path, "mcc_risk_All_occupations.csv", NESTA)
    assert read_index("nesta_sml", tmp_path)["index_value"].tolist() == [3.0, 3.5]


def test_occupations_listed_without_a_score_are_not_in_the_index(tmp_path: Path) -> None:
    table = read_index("eisfeldt", write(tmp_path, "genaiexp_estz_occscores.csv", EISFELDT))
    assert table["soc_code"].tolist() == ["11-1011"]
    assert table["title"].isna().all()


@pytest.mark.parametrize("name", ["daioe", "nesta_sml", "frey_osborne", "eisfeldt", "microsoft_user"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="found no file"):
        read_index(name, tmp_path)


def test_bad_cells(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"found 'high' in data row 5 .*expected a score"):
        read_index("daioe", write(tmp_path, "daioe.csv", DAIOE.assign(daioe_genai="high"), "\t"))
    with pytest.raises(SourceError, match=r"found 11-1011.00 more than once"):
        read_index("daioe", write(tmp_path, "daioe.csv", pd.concat([DAIOE, DAIOE]), "\t"))
    with pytest.raises(SourceError, match=r"found 15-1131.00 more than once; expected one value"):
        read_index("nesta_sml", write(tmp_path, "nesta.csv", NESTA.assign(risk=[3.0, 3.1, 3.5])))
    with pytest.raises(SourceError, match="found no score in any row"):
        read_index("daioe", write(tmp_path, "daioe.csv", DAIOE.assign(daioe_genai=None), "\t"))
    with pytest.raises(SourceError, match="found no score in any row"):
        read_index("eisfeldt", write(tmp_path, "genaiexp_estz_occscores.csv", EISFELDT.assign(genaiexp_estz_total=None)))
    broken_off = pd.DataFrame({"SOC code": ["11-1011", "11-1021"], "Occupation": "A", "Probability": [0.5, None]})
    with pytest.raises(SourceError, match="found data row 2 of 2 without"):
        read_index("frey_osborne", write(tmp_path, "fo.csv", broken_off))


def test_unknown_index(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="index 'microsoft_both' is not known; expected one of eloundou_human"):
        read_index("microsoft_both", tmp_path)


@pytest.mark.publisher
class TestPublished:
    def test_sizes(self, publisher_data: Path) -> None:
        """Frey and Osborne 2013 list 702 occupations; Eisfeldt et al. score 778 of 840; DAIOE has 966 O*NET-SOC codes."""
        assert len(read_index("frey_osborne", publisher_data / "frey_osborne_2013")) == 702
        assert len(read_index("eisfeldt", publisher_data / "eisfeldt_et_al")) == 778
        assert len(read_index("daioe", publisher_data / "daioe")) == 773
        assert len(read_index("nesta_sml", publisher_data / "nesta_sml_risk")) == 573

    def test_share_at_high_risk(self, publisher_data: Path) -> None:
        """Frey and Osborne 2013: high risk is a probability above .7; telemarketers are at .99, therapists at .0028."""
        scores = read_index("frey_osborne", publisher_data / "frey_osborne_2013").set_index("soc_code")["index_value"]
        assert scores["41-9041"] == 0.99
        assert scores["29-1125"] == scores.min() == 0.0028

    def test_sides_average_to_the_whole(self, publisher_data: Path) -> None:
        """Tomlinson et al. 2025, equation 1: applicability is the mean of the user and the AI side."""
        folder = publisher_data / "microsoft_working_with_ai"
        whole = read_index("microsoft", folder).set_index("soc_code")["index_value"]
        sides = [read_index(f"microsoft_{side}", folder).set_index("soc_code")["index_value"] for side in ("user", "ai")]
        np.testing.assert_allclose((sides[0] + sides[1]) / 2, whole, atol=1e-12)

    def test_daioe_builds_on_the_abilities_of_aioe(self, publisher_data: Path) -> None:
        """DAIOE links progress to the abilities of Felten et al.; with AIOE it has r .9 and more."""
        daioe = read_index("daioe", publisher_data / "daioe").set_index("soc_code")["index_value"]
        aioe = read_index("aioe", publisher_data / "felten_aioe").set_index("soc_code")["index_value"]
        assert daioe.corr(aioe) > 0.9

    def test_ilo_means_are_those_of_the_file(self, publisher_data: Path) -> None:
        """The authors print the mean of each unit group with two digits."""
        path = publisher_data / "ilo_gmyrek_2025" / "ilo_2025_scores_60pct.csv.gz"
        ours = check_table("isco_index_scores", read_index("ilo", path)).set_index("isco_code")["index_value"]
        theirs = read_ilo_scores(path).groupby("isco_code")["mean_score_2025"].first()
        assert (ours - theirs).abs().max() < 0.005 + 1e-9

    def test_techxposure(self, publisher_data: Path) -> None:
        assert len(read_index("techxposure", publisher_data / "techxposure")) == 416
