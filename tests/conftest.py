"""What all tests share: where the publishers' files are, and a data folder of their own."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from jobimpact.exposure.encoder.sentence import SentenceEncoder

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
    from jobimpact.exposure.explain.nearest import read_reference

    study = shared_folder / "starter" / "study"
    with FileLock(shared_folder / "starter.lock"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOBIMPACT_DATA", str(shared_folder / "starter" / "home"))
        if not study.exists():
            # The published encoder's vectors, among which reasons look for neighbours.
            jobimpact.SentenceEncoder(adapter=None).encode(read_reference("starter")["task"].tolist())
            jobimpact.run("starter", out=study)
    return study


@pytest.fixture(scope="session")
def starter_home(starter_study: Path) -> Path:
    """Return a data folder whose cache has the vectors of the starter set; a test that writes copies it."""
    return starter_study.with_name("home")


@pytest.fixture(scope="session")
def label_sample(publisher_data: Path) -> pd.DataFrame:
    """Return the labelled tasks of every third SOC code of a major group: the shape of the whole at a third of its time."""
    from jobimpact.exposure.splits import assign_folds
    from jobimpact.sources.labels.eloundou import read_eloundou_labels

    labels = read_eloundou_labels(publisher_data / "openai_gpts_are_gpts")
    return labels[assign_folds(labels, n_folds=3, seed=0) == 0].reset_index(drop=True)


@pytest.fixture(scope="session")
def published_encoder(shared_folder: Path, label_sample: pd.DataFrame) -> SentenceEncoder:
    """Return the encoder without an adapter, with the vectors of `label_sample`, which all processes of a run share."""
    from jobimpact.exposure.encoder.sentence import SentenceEncoder

    with FileLock(shared_folder / "published.lock"):
        encoder = SentenceEncoder(adapter=None, device="cpu", precision="fp32", cache_folder=shared_folder / "published")
        encoder.encode(label_sample["task"].tolist())
    return encoder


@pytest.fixture(scope="session", autouse=True)
def one_small_model() -> Iterator[None]:
    """Read SmolLM2 from its file once in a process: nothing writes into it, and unpacking it takes longer than an answer."""
    from jobimpact.exposure.rater import local

    tokenizer, load, models = functools.cache(local._load_tokenizer), local.LocalModel._load, {}

    def loaded(model: local.LocalModel) -> Any:
        if model.name != local.DEFAULT_LLM:
            return load(model)
        if model.precision not in models:
            models[model.precision] = load(model)
        return models[model.precision]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "_load_tokenizer", tokenizer)
        patch.setattr(local.LocalModel, "_load", loaded)
        yield
