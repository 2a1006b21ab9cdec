"""A study beside published indices: small tables by hand, packaged figures, the publishers' own files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobimpact.errors import InputError
from jobimpact.sources.indices.read import published_indices
from jobimpact.sources.jobs.employment import read_employment
from jobimpact.sources.store.inputs import Inputs
from jobimpact.tables import check_table, table_columns
from jobimpact.validation.compare.compare import compare_indices
from jobimpact.validation.compare.published import PACKAGED, Published, load_published

CODES = [f"11-{number:04d}" for number in range(1001, 1021)]


def occupations(values=None) -> pd.DataFrame:
    rising = np.linspace(0.1, 0.9, len(CODES)) if values is None else values
    jobs = np.where(np.arange(len(CODES)) == 0, 1000.0, 100.0)
    return pd.DataFrame({"soc_code": CODES, "title": [f"T{code}" for code in CODES], "tot_emp": jobs, "exposure_beta": rising})


def published(**voices: list[float]) -> Published:
    rows = [(voice, code, value, False) for voice, values in voices.items() for code, value in zip(CODES, values, strict=False)]
    index = pd.DataFrame(rows, columns=table_columns("indices"))
    described = pd.DataFrame({"voice": list(voices)}).reindex(columns=table_columns("index_voices"))
    return Published(index, described, pd.DataFrame(columns=table_columns("absent_indices")))


class TestByHand:
    def test_matched_occupations_and_jobs(self) -> None:
        """The index speaks of the first 12 of 20 occupations: 2,100 of 2,900 jobs."""
        found = compare_indices(occupations(), published(x=list(np.linspace(0, 1, 12))))
        row = check_table("index_pairs", found.table).iloc[0]
        assert (row["voice_a"], row["voice_b"], row["n_matched"], row["emp_in_common"]) == ("study", "x", 12, 2100)
        assert row["emp_without_partner"] == pytest.approx(800 / 2900)
        assert row["pearson"] == pytest.approx(1)
        coverage = found.coverage.set_index("voice")["emp_spoken_share"]
        assert coverage.to_dict() == {"study": 1.0, "x": pytest.approx(2100 / 2900)}

    def test_largest_disagreement_by_name(self) -> None:
        values = list(np.linspace(0.1, 0.9, 20))
        values[0] = 2.0  # the largest occupation, last in the study and first in the index
        found = compare_indices(occupations(), published(x=values), n=2)
        first = check_table("index_disagreements", found.disagreements).iloc[0]
        assert first[["soc_code", "title", "gap_rank"]].tolist() == [CODES[0], f"T{CODES[0]}", 1]
        assert (first["percentile_a"], first["percentile_b"]) == pytest.approx((500 / 2900, 2400 / 2900))
        assert first["percentile_gap"] == pytest.approx(-1900 / 2900)
        assert len(found.disagreements) == 2

    def test_every_pair_once_the_study_first(self) -> None:
        found = compare_indices(occupations(), published(x=[1.0, 2] * 10, y=[2.0, 1] * 10))
        assert found.table[["voice_a", "voice_b"]].to_numpy().tolist() == [["study", "x"], ["study", "y"], ["x", "y"]]
        assert found.table["pearson"].iloc[2] == pytest.approx(-1)

    def test_employment_weighs(self) -> None:
        values = list(np.linspace(0.1, 0.9, 20))
        values[0] = 0.9
        row = compare_indices(occupations(), published(x=values)).table.iloc[0]
        assert row["pearson_emp"] < row["pearson"] - 0.2

    def test_too_few_in_common_have_no_correlation(self) -> None:
        row = compare_indices(occupations(), published(x=[0.1, 0.2, 0.4])).table.iloc[0]
        assert row["n_matched"] == 3
        assert row[["pearson", "spearman", "pearson_emp", "spearman_emp"]].isna().all()

    def test_tables_are_not_changed(self) -> None:
        before, index = occupations(), published(x=[1.0, 2] * 10)
        after = index.indices.copy()
        compare_indices(before, index)
        pd.testing.assert_frame_equal(before, occupations())
        pd.testing.assert_frame_equal(index.indices, after)

    def test_json_holds_everything(self) -> None:
        found = compare_indices(occupations(), published(x=[0.1, 0.2, 0.4]))
        records = json.loads(json.dumps(found.to_record(), allow_nan=False))
        assert set(records) == {"study", "pairs", "coverage", "disagreements", "voices", "absent"}
        assert records["pairs"][0]["pearson"] is None

    def test_bad_input(self) -> None:
        with pytest.raises(InputError, match="found no column 'exposure_gamma'"):
            compare_indices(occupations(), published(x=[1.0]), column="exposure_gamma")
        with pytest.raises(InputError, match="no occupation of the study has exposure_beta"):
            compare_indices(occupations(float("nan")), published(x=[1.0]))
        with pytest.raises(InputError, match="found no published index"):
            compare_indices(occupations(), published())
        with pytest.raises(InputError, match="no occupation of the study has employment"):
            compare_indices(occupations().assign(tot_emp=np.nan), published(x=[1.0]))

    @settings(max_examples=20)
    @given(st.permutations(range(20)), st.lists(st.floats(0.1, 1e7), min_size=20, max_size=20))
    def test_all_jobs_in_common_are_all_jobs_in_any_order(self, order: list[int], jobs: list[float]) -> None:
        """Sums of the same jobs in another order differ in the last place; a share of them stays within 0 and 1."""
        study = occupations().assign(tot_emp=jobs).iloc[order].reset_index(drop=True)
        found = compare_indices(study, published(x=list(np.linspace(0, 1, 20))), n=1)
        assert found.table["emp_without_partner"].iloc[0] == pytest.approx(0, abs=1e-12)
        assert found.coverage["emp_spoken_share"].tolist() == pytest.approx([1.0, 1.0])


class TestLoad:
    def test_what_travels_is_there_and_the_rest_is_named(self, data_home: Path) -> None:
        found = load_published(Inputs())
        travelling = [voice.name for voice in published_indices().values() if voice.packaged]
        assert check_table("index_voices", found.voices)["voice"].tolist() == travelling
        assert found.voices["origin"].eq(PACKAGED).all()
        assert set(found.absent["voice"]) == {voice.name for voice in published_indices().values()} - set(travelling)
        assert found.absent.set_index("voice")["command"]["ilo"] == "`jobimpact sources add ilo-2025 FILE_OR_FOLDER`"
        national = read_employment("national").query("o_group == 'detailed'")
        assert set(found.indices["soc_code"]) <= set(national["soc_code"]) | {"11-1031"}

    def test_own_file_comes_first(self, tmp_path: Path, data_home: Path) -> None:
        table = pd.DataFrame({"occ_code": ["11-1011"], "title": ["A"], "observed_exposure": [0.9]})
        table.to_csv(tmp_path / "job_exposure.csv", index=False)
        found = load_published(Inputs(tmp_path), ["anthropic"])
        assert found.voices["origin"].tolist() == ["job_exposure.csv"]
        assert found.indices["index_value"].tolist() == [0.9]

    def test_none_wanted_and_none_at_hand(self, data_home: Path) -> None:
        assert load_published(Inputs(), []).indices.empty
        found = load_published(Inputs(), ["ilo"], by_jobs=True)
        assert (len(found.indices), len(found.by_jobs), found.absent["voice"].tolist()) == (0, 0, ["ilo"])
        twice = load_published(Inputs(), ["microsoft", "microsoft"])
        assert twice.voices["voice"].tolist() == ["microsoft"]

    def test_unknown_index(self) -> None:
        with pytest.raises(InputError, match="index 'webb' is not known; expected one of eloundou_human, "):
            load_published(Inputs(), ["webb"])


@pytest.mark.publisher
def test_published_correlations(publisher_data: Path, data_home: Path) -> None:
    """Felten et al. 2023, arXiv 2303.01157: AIOE and its language version r .98; with human beta .86 on the whole file."""
    names = ["eloundou_human", "aioe", "lm_aioe", "frey_osborne", "ilo"]
    found = load_published(Inputs(publisher_data), names)
    assert found.absent.empty
    human = found.indices.query("voice == 'eloundou_human'").set_index("soc_code")["index_value"]
    national = read_employment("national").query("o_group == 'detailed'")[["soc_code", "title", "tot_emp"]]
    study = national.assign(exposure_beta=national["soc_code"].map(human))
    pairs = compare_indices(study, found, n=1).table.set_index(["voice_a", "voice_b"])
    assert pairs.loc[("study", "eloundou_human"), "pearson"] == pytest.approx(1)
    assert pairs.loc[("aioe", "lm_aioe"), "pearson"] == pytest.approx(0.98, abs=0.005)
    assert pairs.loc[("study", "lm_aioe"), "pearson"] == pytest.approx(0.86, abs=0.02)  # 105 SOC codes withheld
    assert pairs.loc[("study", "ilo"), "pearson"] > 0.7
    assert pairs.loc[("study", "frey_osborne"), "pearson"] < 0
    assert pairs["emp_without_partner"].between(0, 1).all()
