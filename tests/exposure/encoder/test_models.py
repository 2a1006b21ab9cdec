"""A model cut into packages: planted parts, whole, broken and false."""

import zipfile
from io import BytesIO

import pytest

from jobimpact.errors import ModelError
from jobimpact.exposure.encoder import models
from jobimpact.exposure.encoder.models import MPNET, PARTS, join_mpnet
from jobimpact.files import file_sha256


@pytest.fixture
def cut(tmp_path, data_home, monkeypatch):
    """Return a function that lays bytes down as five parts."""

    def lay(content):
        step = -(-len(content) // len(PARTS))
        files = {name: tmp_path / f"{MPNET}.zip.{number:03d}" for number, name in enumerate(PARTS, 1)}
        for number, path in enumerate(files.values()):
            path.write_bytes(content[number * step : (number + 1) * step])
        monkeypatch.setattr(models, "_files", lambda name: [files[name]])

    return lay


def archive():
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        target.writestr(f"{MPNET}/model.safetensors", b"weights" * 100)
        target.writestr(f"{MPNET}/1_Pooling/config.json", "{}")
        target.writestr(f"{MPNET}/run.py", "print('never unpacked')")
        target.writestr("../outside.json", "{}")
    return content.getvalue()


def test_parts_make_the_model_once(cut, data_home, tmp_path, monkeypatch):
    cut(archive())
    (tmp_path / "expected").write_bytes(b"weights" * 100)
    monkeypatch.setattr(models, "MPNET_SHA256", file_sha256(tmp_path / "expected"))
    folder = join_mpnet()
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["config.json", "model.safetensors"]
    assert [path.name for path in folder.parent.iterdir()] == [MPNET]
    monkeypatch.setattr(models, "_files", lambda _: [])
    assert join_mpnet() == folder


def test_other_weights_are_refused_and_nothing_stays(cut, data_home):
    cut(archive())
    with pytest.raises(ModelError, match=r"expected 78c0197b6159\.\.\.: reinstall them"):
        join_mpnet()
    assert not [*(data_home / "cache" / "models").iterdir()]


def test_broken_parts_are_one_error(cut, data_home):
    cut(archive()[:-40])
    with pytest.raises(ModelError, match="make no zip file"):
        join_mpnet()
    assert not [*(data_home / "cache" / "models").iterdir()]


def test_without_packages_there_is_none(data_home, monkeypatch):
    monkeypatch.setattr(models.metadata, "files", lambda name: (_ for _ in ()).throw(models.metadata.PackageNotFoundError))
    assert join_mpnet() is None
