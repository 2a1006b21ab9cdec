"""Where files of sources are found: a folder of publishers' files first, then the data folder."""

from pathlib import Path

import pandas as pd
import pytest

from jobimpact.errors import InputError, SourceError
from jobimpact.sources.store.fetch import add
from jobimpact.sources.store.inputs import Inputs


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"SOC Code": ["11-1011"], "title": ["A"], "ai_applicability_score": [0.2]}).to_csv(path, index=False)
    return path


NAME = "soc_ai_applicability_scores.csv"


def test_any_depth_without_regard_to_case_and_hidden_files_are_not_seen(tmp_path: Path, data_home: Path) -> None:
    write(tmp_path / "files" / ".cache" / NAME)
    inputs = Inputs(tmp_path / "files")
    assert inputs.find("microsoft-applicability", NAME) is None
    deep = write(tmp_path / "files" / "a" / "b" / NAME.upper())
    assert Inputs(tmp_path / "files").find("microsoft-applicability", NAME) == deep


def test_the_folder_comes_before_the_data_folder(tmp_path: Path, data_home: Path) -> None:
    added = add("microsoft-applicability", write(tmp_path / "own" / NAME))
    assert Inputs().file("microsoft-applicability", NAME).is_relative_to(added)
    here = write(tmp_path / "files" / NAME)
    assert Inputs(tmp_path / "files").file("microsoft-applicability", NAME) == here


def test_patterns_are_tried_in_their_order(tmp_path: Path, data_home: Path) -> None:
    first, second = write(tmp_path / "z.csv"), write(tmp_path / "a.csv")
    assert Inputs(tmp_path).find("daioe", "z.csv", "a.csv") == first
    assert Inputs(tmp_path).find("daioe", "none.csv", "a.csv") == second


def test_what_is_missing_is_named_with_the_command_that_brings_it(tmp_path: Path, data_home: Path) -> None:
    with pytest.raises(SourceError, match=r"daioe_onetsoc2010.csv\* is not here: .*jobimpact sources add daioe FILE_OR_FOLDER"):
        Inputs().file("daioe", "daioe_onetsoc2010.csv*")
    with pytest.raises(SourceError, match=r"found no file 'daioe_onetsoc2010.csv\*' .*jobimpact sources add daioe"):
        Inputs(tmp_path).file("daioe", "daioe_onetsoc2010.csv*")
    with pytest.raises(InputError, match=r"no such folder.*check data"):
        Inputs(tmp_path / "nowhere")


def test_a_file_is_read_once(tmp_path: Path, data_home: Path) -> None:
    write(tmp_path / NAME)
    calls = []

    def read(path: Path) -> pd.DataFrame:
        calls.append(path)
        return pd.read_csv(path)

    inputs = Inputs(tmp_path)
    assert inputs.table(read, "microsoft-applicability", NAME) is inputs.table(read, "microsoft-applicability", NAME)
    assert len(calls) == 1
