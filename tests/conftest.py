"""What all tests share: where the publishers' files are, and a data folder of their own."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# One time limit per example would fail on a busy machine without saying anything about the code.
settings.register_profile("jobimpact", deadline=None)
settings.load_profile("jobimpact")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def publisher_data() -> Path:
    """Folder of the publishers' files; the test is skipped by name where there is none."""
    folder = Path(os.environ.get("JOBIMPACT_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"publishers' files are not at {folder}: set JOBIMPACT_TEST_DATA")
    return folder


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty data folder that JOBIMPACT_DATA points at."""
    home = tmp_path / "data-home"
    monkeypatch.setenv("JOBIMPACT_DATA", str(home))
    return home


@pytest.fixture(scope="session")
def starter_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a real study of the starter set with its report, made once for all tests of a process."""
    import jobimpact

    return jobimpact.run("starter", out=tmp_path_factory.mktemp("starter") / "study").path
