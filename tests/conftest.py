"""What all tests share: where the publishers' files are, and a data folder of their own."""

import os
from pathlib import Path

import pytest
from filelock import FileLock
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
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def starter_study(shared_folder: Path) -> Path:
    """Return the folder of a real study of the starter set with its report, made once; its vectors are in `starter_home`."""
    import jobimpact

    study = shared_folder / "starter" / "study"
    with FileLock(shared_folder / "starter.lock"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOBIMPACT_DATA", str(shared_folder / "starter" / "home"))
        if not study.exists():
            jobimpact.run("starter", out=study)
    return study


@pytest.fixture(scope="session")
def starter_home(starter_study: Path) -> Path:
    """Return a data folder whose cache has the vectors of the starter set."""
    return starter_study.with_name("home")
